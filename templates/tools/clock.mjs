// The generated build holds the API key's expiry ("now" + 7 days). So that two runs write the same bytes,
// the generators import this first: their clock stands still.
const NOW = Date.parse('2026-01-12T09:00:00Z');
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...a) { a.length ? super(...a) : super(NOW); }
  static now() { return NOW; }
};
