//! How a ledger is kept.

use domain::{ByteSize, Timestamp, Window};

/// How a ledger is kept. Every field has a default that suits a busy gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerSettings {
    /// A segment that has reached this size is sealed and the next begun. Default 64 MiB.
    pub segment_bytes: ByteSize,
    /// A segment older than this is sealed too, so that retention has something to remove. Default 7 d.
    pub segment_age: Window,
    /// Whole segments older than this are removed. Default 400 d, at least 31 d: budgets look back 30.
    pub retention: Window,
    /// A new digest key comes into use after this time. Default 30 d.
    pub key_period: Window,
    /// How long an append may wait for the disk before it fails. Default 5 s.
    pub append_timeout: Window,
    /// Own-record reads remembered for coalescing, about 400 bytes each; 0 writes every read. Default 65,536.
    pub coalesce_slots: usize,
    /// How far back budgets look at start. Default 30 d.
    pub look_back: Window,
}

impl LedgerSettings {
    /// The shortest retention: one day more than the longest budget window.
    pub const LEAST_RETENTION: Window = Window::from_secs(31 * 86_400);
}

impl Default for LedgerSettings {
    fn default() -> Self {
        Self {
            segment_bytes: ByteSize::mib(64),
            segment_age: Window::from_secs(7 * 86_400),
            retention: Window::from_secs(400 * 86_400),
            key_period: Window::MONTH,
            append_timeout: Window::from_secs(5),
            coalesce_slots: 65_536,
            look_back: Window::MONTH,
        }
    }
}

/// The time as the ledger's own thread knows it: the latest that any entry brought, and since then
/// what a steady clock measured.
#[derive(Debug)]
pub(crate) struct Clock {
    at: Timestamp,
    set: std::time::Instant,
}

impl Clock {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { at: now, set: std::time::Instant::now() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let millis = u64::try_from(self.set.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.at.plus(Window::from_millis(millis))
    }

    pub(crate) fn hear(&mut self, at: Timestamp) {
        if at > self.now() {
            *self = Self::new(at);
        }
    }
}
