//! Keeps a flood of equal occurrences from becoming a flood of lines.

use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};

use domain::Timestamp;

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

/// Tells a source that was heard of within the last minute from one that was not.
///
/// Bound: 4,096 slots of 8 bytes, made once. A source takes the slot of its hash; one that comes after
/// it in the same slot displaces it, so that a line may be written once more than a minute, never less.
#[derive(Debug)]
pub struct Seldom {
    /// The source's hash without its lower 32 bits, and the minute (modulo 2^32) in these.
    slots: Box<[AtomicU64]>,
}

impl Default for Seldom {
    fn default() -> Self {
        Self { slots: (0..Self::SLOTS).map(|_| AtomicU64::new(0)).collect() }
    }
}

impl Seldom {
    const SLOTS: usize = 4096;

    /// Whether `source` was not heard of in this minute yet.
    pub fn first(&self, source: impl Hash, now: Timestamp) -> bool {
        let mut hasher = DefaultHasher::new();
        source.hash(&mut hasher);
        let hash = hasher.finish();
        let index = usize::try_from(hash & 0xfff).unwrap_or_default();
        let Some(slot) = self.slots.get(index) else { return true };
        // Never 0, which is an empty slot.
        let minute = (now.millis() / 60_000 + 1) & 0xffff_ffff;
        let told = (hash & !0xffff_ffff) | minute;
        slot.swap(told, Ordering::Relaxed) != told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_heard_of_once_a_minute_and_others_are_too() {
        let seldom = Seldom::default();
        let at = Timestamp::from_secs(600);
        let first = |source: u32, at| seldom.first(source, at);
        assert!(first(7, at) && !first(7, at) && !first(7, Timestamp::from_secs(659)));
        assert!(first(8, at), "another source has its own line");
        assert!(first(7, Timestamp::from_secs(660)) && !first(7, Timestamp::from_secs(660)));
        // However many sources: each at least once.
        assert_eq!((100..20_000).filter(|source| first(*source, at)).count(), 19_900);
    }

    #[test]
    fn a_flood_is_held_back_and_counted_with_the_next_line() {
        let gate = Gate::new();
        let passed = (0..1000).filter(|_| gate.admit(5).is_some()).count();
        assert_eq!(passed, 20);
        assert_eq!(gate.admit(6), Some(980));
        assert_eq!(gate.admit(6), Some(0));
    }
}
