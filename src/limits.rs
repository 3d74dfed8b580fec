//! Budgets of a run, and the world outside it: clock, ids and randomness come from [`Env`] so that the same
//! input gives the same output.

use std::cell::Cell;

/// AppSync's own limits, and ours against runaway templates. Passing one is an explained failure, never a crash.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Turns of one `#foreach`; the loop ends there silently, as on AppSync.
    pub loop_turns: usize,
    /// Bytes of rendered output (AppSync: 5 MB).
    pub output: usize,
    /// Nesting of expressions and blocks in a template's source (ours).
    pub nesting: usize,
    /// Statements and calls in one evaluation (ours).
    pub steps: u64,
    /// Backtracking steps of one regular expression (ours).
    pub regex_backtracks: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            loop_turns: 1000,
            output: 5 * 1024 * 1024,
            nesting: 200,
            steps: 50_000_000,
            regex_backtracks: 1_000_000,
        }
    }
}

/// The world as a template sees it.
#[derive(Debug, Clone)]
pub struct Env {
    /// Now, in milliseconds since 1970 (UTC).
    pub now_ms: i64,
    /// Where `$util.autoId()` and its kin draw from; each draw moves on.
    pub ids: Cell<u64>,
    /// The limits in force.
    pub limits: Limits,
}

impl Env {
    /// A world at a moment, with ids counted from zero.
    pub fn at(now_ms: i64) -> Self {
        Env { now_ms, ids: Cell::new(0), limits: Limits::default() }
    }

    /// The next 64 bits of the deterministic stream (SplitMix64).
    pub fn next_random(&self) -> u64 {
        let state = self.ids.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.ids.set(state);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
