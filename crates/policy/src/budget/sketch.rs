//! What is remembered of accounts that had to leave the table.
//!
//! Two cells answer for every key. An evicted account raises both of its cells to at least what it
//! had; a key that appears takes the lower of its two cells as its beginning. So an account that
//! comes back has at least what it left with, whatever happened in between, and a stranger begins
//! above nothing only when both its cells were raised by others. Cells belong to regions of keys
//! ([`super::keys::REGION`]): a provider whose addresses flood the table raises a sixty-fourth of them.
//!
//! INVARIANT (no forgetting for free): for every key, the lower of its two cells is at least what
//! any account of that key had when it was evicted, at every later time and for every window.

use super::clock::HOUR_SECS;
use super::keys::REGION;

/// An upper bound of what an account holds, by age: all of it is at `at` or earlier, `hour` of it
/// within an hour before `at`, `day` (which includes `hour`) within a day before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) at: u32,
    pub(crate) hour: u32,
    pub(crate) day: u32,
    pub(crate) total: u32,
}

impl Profile {
    /// The ages that a profile tells apart, in seconds.
    pub(crate) const EDGES: [u32; 2] = [HOUR_SECS, 24 * HOUR_SECS];

    /// The same account in three steps, oldest first, each at the latest time it can have.
    pub(crate) fn steps(self) -> [(u32, u32); 3] {
        let [hour, day] = Self::EDGES.map(|secs| self.at.saturating_sub(secs).saturating_sub(1));
        [
            (day, self.total.saturating_sub(self.day)),
            (hour, self.day.saturating_sub(self.hour)),
            (self.at, self.hour),
        ]
    }

    /// The same account, seen from `at` or its own time, whichever is later.
    fn seen_from(self, at: u32) -> Self {
        let [hour, day] = Self::EDGES;
        let gap = at.saturating_sub(self.at);
        Self {
            at: self.at.max(at),
            hour: if gap > hour { 0 } else { self.hour },
            day: if gap > day { 0 } else { self.day },
            total: self.total,
        }
    }

    /// At least both.
    fn or(self, other: Self) -> Self {
        let (one, two) = (self.seen_from(other.at), other.seen_from(self.at));
        Self {
            at: one.at,
            hour: one.hour.max(two.hour),
            day: one.day.max(two.day),
            total: one.total.max(two.total),
        }
    }
}

/// A profile in 12 bytes: time, hour and day as 16 bits each (the greatest value stands for "as
/// much as the total"), total.
#[derive(Clone, Copy)]
struct Cell([u32; 3]);

impl Cell {
    fn unpack(self) -> Option<Profile> {
        let [at, ages, total] = self.0;
        let age = |bits: u32| if bits == 0xffff { total } else { bits };
        (total > 0).then(|| Profile { at, hour: age(ages >> 16), day: age(ages & 0xffff), total })
    }

    fn pack(profile: Profile) -> Self {
        let age = |weight: u32| weight.min(0xffff);
        Self([profile.at, (age(profile.hour) << 16) | age(profile.day), profile.total])
    }
}

/// The cells: [`Sketch::CELLS_PER_KEY`] for each key that the table may hold, 12 bytes each.
#[derive(Debug)]
pub(crate) struct Sketch {
    cells: Vec<[u32; 3]>,
}

impl Sketch {
    /// With as many live evicted accounts as the table has keys, a stranger finds both its cells
    /// raised once in six times (`(1 - e^(-2/4))^2` = 0.15).
    pub(crate) const CELLS_PER_KEY: usize = 4;

    pub(crate) fn for_keys(keys: usize) -> Self {
        Self { cells: vec![[0; 3]; keys.saturating_mul(Self::CELLS_PER_KEY).max(2)] }
    }

    fn places(&self, key: u64) -> [usize; 2] {
        // A small table has one region.
        let regions = if self.cells.len() >= 4096 { REGION.saturating_add(1) } else { 1 };
        let cells = u64::try_from(self.cells.len()).unwrap_or(u64::MAX) / regions;
        let first = (key & REGION).checked_rem(regions).unwrap_or(0).saturating_mul(cells);
        // Two parts of one keyed hash, 29 bits each, scaled to the number of cells.
        [key >> 35, key >> 6 & 0x1fff_ffff]
            .map(|part| first.saturating_add(part.wrapping_mul(cells) >> 29))
            .map(|place| usize::try_from(place).unwrap_or(0))
    }

    /// Remembers an account that leaves. Cells older than `since` are written over.
    pub(crate) fn remember(&mut self, key: u64, profile: Profile, since: u32) {
        for place in self.places(key) {
            if let Some(cell) = self.cells.get_mut(place) {
                let held = Cell(*cell).unpack().filter(|held| held.at >= since);
                let Cell(packed) = Cell::pack(held.map_or(profile, |held| held.or(profile)));
                *cell = packed;
            }
        }
    }

    /// What an account of `key` had at most, if one was ever evicted and still counts at `since`.
    pub(crate) fn recall(&self, key: u64, since: u32) -> Option<Profile> {
        let cells = self.places(key).map(|place| {
            self.cells.get(place).and_then(|cell| Cell(*cell).unpack()).filter(|held| held.at >= since)
        });
        let [Some(one), Some(two)] = cells else { return None };
        Some(if (one.total, one.at) <= (two.total, two.at) { one } else { two })
    }

    /// Bytes of all cells.
    pub(crate) fn bytes(&self) -> usize {
        self.cells.len().saturating_mul(size_of::<[u32; 3]>())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::budget::book::Book;

    #[test]
    fn a_key_that_never_left_begins_at_nothing() {
        let mut sketch = Sketch::for_keys(1000);
        sketch.remember(7 << 33 | 7, Profile { at: 100, hour: 3, day: 3, total: 3 }, 0);
        assert_eq!(sketch.recall(900 << 52 | 900, 0), None);
    }

    proptest! {
        /// The slow model of a sketch is the list of all accounts that left.
        #[test]
        fn an_account_comes_back_with_at_least_what_it_left_with(
            left in prop::collection::vec((0u64..6, prop::collection::vec((0u32..400_000, 1u32..6), 1..9)), 1..12),
            windows in prop::collection::vec((0u32..900_000, 1u32..500_000), 8),
        ) {
            // Three keys' worth of cells for six keys: they collide.
            let mut sketch = Sketch::for_keys(3);
            let mix = |key: u64| (key + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut books: Vec<(u64, Book)> = Vec::new();
            for (key, mut entries) in left {
                entries.sort_unstable();
                let mut book = Book::default();
                for (nth, (at, weight)) in (1u64..).zip(entries) {
                    book.enter(nth << 8, 1, at, weight, 0);
                }
                sketch.remember(mix(key), book.profile(0).unwrap(), 0);
                books.push((key, book));
            }
            for (key, book) in books {
                let back = Book::inherited(sketch.recall(mix(key), 0).unwrap());
                for &(after, secs) in &windows {
                    let since = (book.newest() + after).saturating_sub(secs);
                    prop_assert!(back.sum(since) >= book.sum(since), "key {key} since {since}");
                }
            }
        }
    }
}
