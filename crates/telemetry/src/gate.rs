//! Keeps a flood of equal occurrences from becoming a flood of lines.

use std::sync::atomic::{AtomicU64, Ordering};

/// Lets a bounded number of lines per second pass and counts the rest; metrics count all of them.
#[derive(Debug)]
pub(crate) struct Gate {
    /// The second in its upper 40 bits, lines written in it in its lower 24.
    window: AtomicU64,
    /// Lines held back since the last one that passed.
    held: AtomicU64,
}

impl Gate {
    /// Lines of one kind per second: enough to see what happens, too few to fill a disk.
    const LINES_PER_SEC: u64 = 20;

    pub(crate) const fn new() -> Self {
        Self { window: AtomicU64::new(0), held: AtomicU64::new(0) }
    }

    /// Whether a line may be written in second `now_secs`; if so, how many were held back before it.
    ///
    /// Races may let a few more lines pass at the turn of a second; none is lost from the count.
    pub(crate) fn admit(&self, now_secs: u64) -> Option<u64> {
        let seen = self.window.load(Ordering::Relaxed);
        let lines = if seen >> 24 == now_secs { seen & 0xff_ffff } else { 0 };
        if lines >= Self::LINES_PER_SEC {
            self.held.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        self.window.store((now_secs << 24) | (lines + 1), Ordering::Relaxed);
        Some(self.held.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_held_back_and_counted_with_the_next_line() {
        let gate = Gate::new();
        let passed = (0..1000).filter(|_| gate.admit(5).is_some()).count();
        assert_eq!(passed, 20);
        assert_eq!(gate.admit(6), Some(980));
        assert_eq!(gate.admit(6), Some(0));
    }
}
