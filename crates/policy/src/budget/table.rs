//! The accounts by key, bounded in number and in entries.
//!
//! Bound: `keys` accounts and `entries` entries over all of them. Eviction rule: an account whose
//! entries are all too old goes first; else, of a sample, the one with the least weight, where there
//! are any from a region that holds more than an eighth of the table (so that one provider's
//! addresses flush each other, not everybody). What an evicted account had goes to the [`Sketch`];
//! entries above their bound are given up by the largest account of a sample, which keeps its sums.
//! So neither lowers what any account is held to have.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::book::Book;
use super::clock::LONGEST_SECS;
use super::keys::{REGION, REGIONS};
use super::sketch::Sketch;

/// Accounts looked at when one must leave.
const SAMPLE: usize = 32;
/// Accounts this long or shorter gain little from being thinned; they are evicted instead.
const THIN: usize = 12;

/// Keys are keyed hashes already.
#[derive(Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, &byte| hash.rotate_left(8) ^ u64::from(byte));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// Accounts by key.
#[derive(Debug)]
pub(crate) struct Table {
    books: Vec<Book>,
    places: HashMap<u64, u32, BuildHasherDefault<AsIs>>,
    sketch: Sketch,
    /// Accounts by region.
    regions: [u32; REGIONS],
    entries: usize,
    hand: usize,
    births: u32,
    keys: usize,
    most_entries: usize,
}

impl Table {
    /// An empty table for `keys` accounts (at least one) and `entries` entries. Its memory is
    /// reserved at once and touched only as it fills, so that growth never stops a request.
    pub(crate) fn new(keys: u32, entries: u32) -> Self {
        let keys = usize::try_from(keys).unwrap_or(usize::MAX).max(1);
        Self {
            books: Vec::with_capacity(keys),
            places: HashMap::with_capacity_and_hasher(keys, BuildHasherDefault::default()),
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
            Some(book) => look(book),
            None => look(&self.beginning(key, now)),
        }
    }

    fn find(&self, key: u64) -> Option<&Book> {
        let place = usize::try_from(*self.places.get(&key)?).ok()?;
        self.books.get(place)
    }

    fn beginning(&self, key: u64, now: u32) -> Book {
        self.sketch.recall(key, oldest(now)).map_or_else(Book::default, Book::inherited)
    }

    /// Changes the account of `key`, if there is one.
    pub(crate) fn change<R>(&mut self, key: u64, now: u32, change: impl FnOnce(&mut Book) -> R) -> Option<R> {
        let place = usize::try_from(*self.places.get(&key)?).ok()?;
        let book = self.books.get_mut(place)?;
        let before = book.len();
        let result = change(book);
        self.entries = self.entries.saturating_sub(before).saturating_add(book.len());
        if self.entries > self.most_entries {
            self.relieve(now);
        }
        Some(result)
    }

    /// Changes the account of `key`, which begins now if there is none.
    pub(crate) fn open<R>(&mut self, key: u64, now: u32, change: impl FnOnce(&mut Book) -> R) -> Option<R> {
        if !self.places.contains_key(&key) {
            self.begin(key, now);
        }
        self.change(key, now, change)
    }

    fn begin(&mut self, key: u64, now: u32) {
        self.sweep(now);
        while self.books.len() >= self.keys {
            self.evict(now);
        }
        let mut book = self.beginning(key, now);
        self.births = self.births.wrapping_add(1);
        (book.birth, book.key) = (self.births, key);
        self.entries = self.entries.saturating_add(book.len());
        if let (Ok(place), Some(held)) =
            (u32::try_from(self.books.len()), self.regions.get_mut(place_of_region(key)))
        {
            *held = held.saturating_add(1);
            self.places.insert(key, place);
            self.books.push(book);
        }
    }

    /// Takes the accounts away that no longer count for anything, two places per newcomer.
    fn sweep(&mut self, now: u32) {
        for _ in 0..2 {
            self.hand = self.hand.wrapping_add(1);
            let place = self.hand.checked_rem(self.books.len()).unwrap_or(0);
            if self.books.get(place).is_some_and(|book| book.newest() < oldest(now)) {
                self.remove(place);
            }
        }
    }

    /// Accounts spread evenly over the table, others each time: those that came one after the other
    /// stand side by side.
    fn sample(&mut self) -> impl Iterator<Item = (usize, &Book)> {
        self.hand = self.hand.wrapping_add(1);
        let (books, start) = (&self.books, self.hand);
        let step = (books.len() / SAMPLE).max(1);
        (0..SAMPLE.min(books.len())).filter_map(move |nth| {
            let place = start.wrapping_add(nth.wrapping_mul(step)).checked_rem(books.len())?;
            books.get(place).map(|book| (place, book))
        })
    }

    /// Makes room for one account.
    fn evict(&mut self, now: u32) {
        let regions = self.regions;
        let fair = if self.keys >= SAMPLE { self.keys / 8 } else { self.keys };
        let modest = |book: &Book| {
            regions
                .get(place_of_region(book.key))
                .is_none_or(|&held| usize::try_from(held).unwrap_or(0) <= fair)
        };
        let least = |(_, book): &(usize, &Book)| (modest(book), book.sum(oldest(now)));
        let Some(place) = self.sample().min_by_key(least).map(|(place, _)| place) else { return };
        if let Some(book) = self.books.get(place)
            && let Some(profile) = book.profile(oldest(now))
        {
            self.sketch.remember(book.key, profile, oldest(now));
        }
        self.remove(place);
    }

    fn remove(&mut self, place: usize) {
        if place >= self.books.len() {
            return;
        }
        let book = self.books.swap_remove(place);
        self.places.remove(&book.key);
        self.entries = self.entries.saturating_sub(book.len());
        if let Some(held) = self.regions.get_mut(place_of_region(book.key)) {
            *held = held.saturating_sub(1);
        }
        if let Some(moved) = self.books.get(place)
            && let Some(kept) = self.places.get_mut(&moved.key)
            && let Ok(place) = u32::try_from(place)
        {
            *kept = place;
        }
    }

    /// Brings the entries below their bound.
    fn relieve(&mut self, now: u32) {
        while self.entries > self.most_entries && !self.books.is_empty() {
            let largest = self.sample().max_by_key(|(_, book)| book.len()).map(|(place, _)| place);
            match largest.and_then(|place| self.books.get_mut(place)) {
                Some(book) if book.len() > THIN => {
                    let before = book.len();
                    book.thin(oldest(now));
                    self.entries = self.entries.saturating_sub(before).saturating_add(book.len());
                }
                Some(_) => self.evict(now),
                None => return,
            }
        }
    }

    /// Number of accounts.
    pub(crate) fn len(&self) -> usize {
        self.books.len()
    }

    /// Number of entries in all accounts.
    pub(crate) fn entries(&self) -> usize {
        self.entries
    }

    /// Bytes in use: accounts and their heap, the way to them, and what is remembered of evicted ones.
    pub(crate) fn bytes(&self) -> usize {
        let heap: usize = self.books.iter().map(Book::heap_bytes).sum();
        let books = self.books.capacity().saturating_mul(size_of::<Book>());
        // hashbrown holds at most 7 of 8 slots, each with one control byte.
        let places = self.places.capacity().saturating_mul(8) / 7 * (size_of::<(u64, u32)>() + 1);
        heap.saturating_add(books).saturating_add(places).saturating_add(self.sketch.bytes())
    }
}

fn place_of_region(key: u64) -> usize {
    usize::try_from(key & REGION).unwrap_or(0)
}

/// Nothing before this counts in any window.
fn oldest(now: u32) -> u32 {
    now.saturating_sub(LONGEST_SECS)
}
