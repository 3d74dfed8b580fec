// What the network tab of Chrome's DevTools knows, as it exports it: built from the same events of the DevTools protocol.
const list = (headers) => Object.entries(headers ?? {}).map(([name, value]) => ({ name, value }));
const iso = (seconds) => new Date(seconds * 1000).toISOString();

/** Collects a page's events; `har()` is the export, `har({ sanitized: true })` the one without sensitive data. */
export async function devtools(page) {
  const client = await page.context().newCDPSession(page);
  const entries = new Map();
  const entry = (id) => entries.get(id) ?? entries.set(id, { messages: [] }).get(id);
  const on = (event, act) => client.on(`Network.${event}`, (e) => act(entry(e.requestId), e));
  on('requestWillBeSent', (it, e) => Object.assign(it, { request: e.request, wall: e.wallTime, type: e.type, initiator: e.initiator }));
  on('requestWillBeSentExtraInfo', (it, e) => { it.sent = e.headers; });
  on('responseReceived', (it, e) => { it.response = e.response; });
  on('responseReceivedExtraInfo', (it, e) => { it.received = e.headers; it.status = e.statusCode; });
  on('loadingFinished', (it, e) => {
    it.body = client.send('Network.getResponseBody', { requestId: e.requestId }).catch(() => undefined);
  });
  on('webSocketCreated', (it, e) => Object.assign(it, { url: e.url, type: 'WebSocket', initiator: e.initiator }));
  on('webSocketWillSendHandshakeRequest', (it, e) => { it.wall = e.wallTime; it.sent = e.request.headers; it.offset = e.wallTime - e.timestamp; });
  on('webSocketHandshakeResponseReceived', (it, e) => { it.status = e.response.status; it.received = e.response.headers; });
  const frame = (type) => (it, e) => it.messages.push({ type, time: e.timestamp + it.offset, opcode: e.response.opcode, data: e.response.payloadData });
  on('webSocketFrameSent', frame('send'));
  on('webSocketFrameReceived', frame('receive'));
  await client.send('Network.enable');
  return async ({ sanitized = false } = {}) => {
    const clean = (headers) => list(headers).filter(({ name }) => !sanitized || !/^(authorization|cookie|set-cookie)$/i.test(name));
    const out = [];
    for (const it of entries.values()) {
      const url = it.url ?? it.request?.url;
      if (!url || url.startsWith('data:')) continue;
      const body = await it.body, text = body?.body ?? '';
      out.push({
        _initiator: { type: it.initiator?.type ?? 'other' }, _priority: it.type === 'WebSocket' ? null : 'High', _resourceType: it.initiator?.type === 'preflight' ? 'preflight' : (it.type ?? 'other').toLowerCase(),
        ...(it.type === 'WebSocket' ? { _webSocketMessages: it.messages } : {}),
        cache: {}, connection: '443',
        request: {
          method: it.request?.method ?? 'GET', url, httpVersion: 'http/1.1', headers: clean(it.sent ?? it.request?.headers), queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })), cookies: [], headersSize: -1,
          bodySize: Buffer.byteLength(it.request?.postData ?? ''),
          ...(it.request?.postData ? { postData: { mimeType: it.request.headers['Content-Type'] ?? it.request.headers['content-type'] ?? '', text: it.request.postData } } : {}),
        },
        response: {
          status: it.status ?? it.response?.status ?? 0, statusText: it.response?.statusText ?? '', httpVersion: 'http/1.1', headers: clean(it.received ?? it.response?.headers), cookies: [],
          content: { size: Buffer.byteLength(text), mimeType: it.response?.mimeType ?? 'x-unknown', ...(text ? { text } : {}), ...(body?.base64Encoded ? { encoding: 'base64' } : {}) },
          redirectURL: '', headersSize: -1, bodySize: -1, _transferSize: it.response?.encodedDataLength ?? 0, _error: null,
        },
        serverIPAddress: '127.0.0.1', startedDateTime: iso(it.wall), time: 10, timings: { blocked: -1, dns: -1, ssl: -1, connect: -1, send: 0, wait: 10, receive: 0 },
      });
    }
    return { log: { version: '1.2', creator: { name: 'WebInspector', version: '537.36' }, pages: [], entries: out } };
  };
}
