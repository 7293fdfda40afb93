//! The accounts by key, bounded in number and in entries.
//!
//! Bound: `keys` accounts and `entries` entries over all of them. Eviction rule: an account whose
//! entries are all too old goes first; else, of a sample, the one with the least weight, where there
//! are any from a region that holds more than an eighth of the table (so that one provider's
//! addresses flush each other, not everybody). An account with one entry, as nine in ten have, is that entry
//! (32 bytes); its book is made when it is looked at. The newest few leave last. What an evicted account had goes to the [`Sketch`];
//! entries above their bound are given up by the largest account of a sample, which keeps its sums.
//! So neither lowers what any account is held to have.

use smallvec::SmallVec;

use super::book::{Book, Once};
use super::clock::LONGEST_SECS;
use super::keys::{REGION, REGIONS};
use super::places::Places;
use super::sketch::Sketch;

/// Accounts looked at when one must leave.
const SAMPLE: usize = 32;
/// The newest accounts leave last: the charge at hand has begun some of them and still needs them.
const YOUNG: u32 = 8;
/// Accounts this long or shorter gain little from being thinned; they are evicted instead.
const THIN: usize = 12;

/// Set in the handle of an account with more than one entry.
const OFTEN: u32 = 1 << 31;

/// Accounts by key.
#[derive(Debug)]
pub(crate) struct Table {
    /// Accounts with one entry, and the others.
    once: Vec<Once>,
    often: Vec<Book>,
    /// Handles: a place in `once`, or [`OFTEN`] and a place in `often`.
    places: Places,
    sketch: Sketch,
    /// Accounts by region.
    regions: [u32; REGIONS],
    entries: usize,
    hand: usize,
    births: u32,
    keys: usize,
    most_entries: usize,
}

fn place_in(handle: u32) -> usize {
    usize::try_from(handle & !OFTEN).unwrap_or(usize::MAX)
}

fn handle_at(place: usize, mark: u32) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX) & !OFTEN | mark
}

impl Table {
    /// An empty table for `keys` accounts (at least one) and `entries` entries. Its memory is
    /// reserved at once and touched only as it fills, so that growth never stops a request.
    pub(crate) fn new(keys: u32, entries: u32) -> Self {
        let keys = usize::try_from(keys.clamp(1, OFTEN - 1)).unwrap_or(1);
        Self {
            once: Vec::with_capacity(keys),
            often: Vec::with_capacity(keys),
            places: Places::for_keys(keys),
            sketch: Sketch::for_keys(keys),
            regions: [0; REGIONS],
            entries: 0,
            hand: 0,
            births: 0,
            keys,
            most_entries: usize::try_from(entries).unwrap_or(usize::MAX).max(1),
        }
    }

    /// Looks at the account of `key`, or at what it would begin with.
    pub(crate) fn view<R>(&self, key: u64, now: u32, look: impl FnOnce(&Book) -> R) -> R {
        match self.find(key) {
            Some(handle) if handle & OFTEN == 0 => match self.once.get(place_in(handle)) {
                Some(once) => look(&Book::of(*once)),
                None => look(&Book::default()),
            },
            Some(handle) => match self.often.get(place_in(handle)) {
                Some(book) => look(book),
                None => look(&Book::default()),
            },
            None => look(&self.beginning(key, now)),
        }
    }

    fn find(&self, key: u64) -> Option<u32> {
        self.places.find(key, |handle| self.key_of(handle))
    }

    fn key_of(&self, handle: u32) -> Option<u64> {
        if handle & OFTEN == 0 {
            self.once.get(place_in(handle)).map(|once| once.key)
        } else {
            self.often.get(place_in(handle)).map(|book| book.key)
        }
    }

    fn beginning(&self, key: u64, now: u32) -> Book {
        self.sketch.recall(key, oldest(now)).map_or_else(Book::default, Book::inherited)
    }

    /// Changes the account of `key`, if there is one.
    pub(crate) fn change<R>(&mut self, key: u64, now: u32, change: impl FnOnce(&mut Book) -> R) -> Option<R> {
        let handle = self.find(key)?;
        let (before, after, result) = if handle & OFTEN == 0 {
            let mut book = Book::of(*self.once.get(place_in(handle))?);
            let result = change(&mut book);
            let after = book.len();
            match book.once() {
                Some(once) => *self.once.get_mut(place_in(handle))? = once,
                None => {
                    self.take(handle);
                    self.put(book);
                }
            }
            (1, after, result)
        } else {
            let book = self.often.get_mut(place_in(handle))?;
            let before = book.len();
            let result = change(book);
            (before, book.len(), result)
        };
        self.changed(before, after, now);
        Some(result)
    }

    /// Changes the account of `key`, which begins now if there is none.
    pub(crate) fn open<R>(&mut self, key: u64, now: u32, change: impl FnOnce(&mut Book) -> R) -> Option<R> {
        if self.find(key).is_some() {
            return self.change(key, now, change);
        }
        self.sweep(now);
        while self.len() >= self.keys {
            self.evict(now);
        }
        let mut book = self.beginning(key, now);
        self.births = self.births.wrapping_add(1);
        (book.birth, book.key) = (self.births, key);
        let result = change(&mut book);
        let after = book.len();
        if let Some(held) = self.regions.get_mut(place_of_region(key)) {
            *held = held.saturating_add(1);
        }
        self.put(book);
        self.changed(0, after, now);
        Some(result)
    }

    fn changed(&mut self, before: usize, after: usize, now: u32) {
        self.entries = self.entries.saturating_sub(before).saturating_add(after);
        if self.entries > self.most_entries {
            self.relieve(now);
        }
    }

    /// Takes in an account whose key is not there.
    fn put(&mut self, book: Book) {
        let key = book.key;
        let handle = match book.once() {
            Some(once) => {
                self.once.push(once);
                handle_at(self.once.len().saturating_sub(1), 0)
            }
            None => {
                self.often.push(book);
                handle_at(self.often.len().saturating_sub(1), OFTEN)
            }
        };
        self.places.insert(key, handle);
    }

    /// Takes an account out; the last of its kind moves to its place.
    fn take(&mut self, handle: u32) -> Option<Book> {
        let key = self.key_of(handle)?;
        let Self { places, once, often, .. } = self;
        let key_of = |handle: u32| {
            if handle & OFTEN == 0 {
                once.get(place_in(handle)).map(|once| once.key)
            } else {
                often.get(place_in(handle)).map(|book| book.key)
            }
        };
        places.remove(key, handle, key_of);
        let (last, mark) = if handle & OFTEN == 0 { (once.len(), 0) } else { (often.len(), OFTEN) };
        let last = handle_at(last.saturating_sub(1), mark);
        if let Some(moved) = key_of(last).filter(|_| last != handle) {
            places.replace(moved, last, handle);
        }
        let place = place_in(handle);
        Some(if mark == 0 { Book::of(once.swap_remove(place)) } else { often.swap_remove(place) })
    }

    /// The handle of the `nth` of all accounts.
    fn nth(&self, nth: usize) -> u32 {
        nth.checked_sub(self.once.len()).map_or(handle_at(nth, 0), |nth| handle_at(nth, OFTEN))
    }

    /// Looks at the account of a handle.
    fn look<R>(&self, handle: u32, look: impl FnOnce(&Book) -> R) -> Option<R> {
        if handle & OFTEN == 0 {
            self.once.get(place_in(handle)).map(|once| look(&Book::of(*once)))
        } else {
            self.often.get(place_in(handle)).map(look)
        }
    }

    /// Takes the accounts away that no longer count for anything, two places per newcomer.
    fn sweep(&mut self, now: u32) {
        for _ in 0..2 {
            self.hand = self.hand.wrapping_add(1);
            let Some(nth) = self.hand.checked_rem(self.len()) else { return };
            let handle = self.nth(nth);
            if self.look(handle, |book| book.newest() < oldest(now)) == Some(true) {
                self.remove(handle);
            }
        }
    }

    /// Accounts spread evenly over the table, others each time: those that came one after the other
    /// stand side by side.
    fn sample(&mut self) -> impl Iterator<Item = u32> {
        self.hand = self.hand.wrapping_add(1);
        let (table, start, len) = (&*self, self.hand, self.len());
        let step = (len / SAMPLE).max(1);
        (0..SAMPLE.min(len))
            .filter_map(move |nth| start.wrapping_add(nth.wrapping_mul(step)).checked_rem(len))
            .map(|nth| table.nth(nth))
    }

    /// Makes room for one account.
    fn evict(&mut self, now: u32) {
        let fair = if self.keys >= SAMPLE { self.keys / 8 } else { self.keys };
        let handles: SmallVec<[u32; SAMPLE]> = self.sample().collect();
        let modest = |key: u64| {
            let held = self.regions.get(place_of_region(key));
            held.is_none_or(|&held| usize::try_from(held).unwrap_or(0) <= fair)
        };
        let is_young = |book: &Book| self.births.wrapping_sub(book.birth) < YOUNG;
        let least = |handle: &u32| {
            self.look(*handle, |book| (is_young(book), modest(book.key), book.sum(oldest(now))))
        };
        let Some(handle) = handles.into_iter().min_by_key(least) else { return };
        let left = self.look(handle, |book| book.profile(oldest(now)).map(|profile| (book.key, profile)));
        if let Some((key, profile)) = left.flatten() {
            self.sketch.remember(key, profile, oldest(now));
        }
        self.remove(handle);
    }

    fn remove(&mut self, handle: u32) {
        let Some(book) = self.take(handle) else { return };
        self.entries = self.entries.saturating_sub(book.len());
        if let Some(held) = self.regions.get_mut(place_of_region(book.key)) {
            *held = held.saturating_sub(1);
        }
    }

    /// Brings the entries below their bound.
    fn relieve(&mut self, now: u32) {
        while self.entries > self.most_entries && self.len() > 0 {
            let handles: SmallVec<[u32; SAMPLE]> = self.sample().collect();
            let length = |handle: &u32| self.look(*handle, Book::len);
            let largest = handles.into_iter().max_by_key(length).filter(|handle| handle & OFTEN != 0);
            match largest.and_then(|handle| self.often.get_mut(place_in(handle))) {
                Some(book) if book.len() > THIN => {
                    let before = book.len();
                    book.thin(oldest(now));
                    self.entries = self.entries.saturating_sub(before).saturating_add(book.len());
                }
                _ => self.evict(now),
            }
        }
    }

    /// Number of accounts.
    pub(crate) fn len(&self) -> usize {
        self.once.len().saturating_add(self.often.len())
    }

    /// Number of entries in all accounts.
    pub(crate) fn entries(&self) -> usize {
        self.entries
    }

    /// Bytes in use: accounts and their heap, the way to them, and what is remembered of evicted ones.
    pub(crate) fn bytes(&self) -> usize {
        let heap: usize = self.often.iter().map(Book::heap_bytes).sum();
        let once = self.once.capacity().saturating_mul(size_of::<Once>());
        let often = self.often.capacity().saturating_mul(size_of::<Book>());
        let held = heap.saturating_add(once).saturating_add(often);
        held.saturating_add(self.places.bytes()).saturating_add(self.sketch.bytes())
    }
}

fn place_of_region(key: u64) -> usize {
    usize::try_from(key & REGION).unwrap_or(0)
}

/// Nothing before this counts in any window.
fn oldest(now: u32) -> u32 {
    now.saturating_sub(LONGEST_SECS)
}
