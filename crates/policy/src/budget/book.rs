//! One account: which subjects were charged to it, when, and what they weigh together.
//!
//! A [`Book`] is an append-only log in the order of time with running sums, so that the sum of any
//! window is the difference of two of them, found by binary search; plus, once it is long, an index
//! from digest to place. Entries leave the log when they are older than every window.
//!
//! INVARIANT (book-order): the times of a log never fall, and each entry's sum is the sum before it
//! plus its own weight. Whoever calls passes times that never fall ([`super::clock`]).

use smallvec::SmallVec;

use super::sketch::Profile;

/// The low byte of an entry's key is its mark; the rest is the digest.
const MARK: u64 = 0xff;
/// Another granted charge found this entry and went free because of it: it cannot be refunded.
const RELIED: u8 = 0x80;
/// In observe mode: the subject left above the budget. It counts, but who acts later does not take it
/// for granted: reading it again is not free.
const OVER: u8 = 0x40;
/// The greatest weight that one subject can have.
pub(crate) const HEAVIEST: u32 = 0x3f;
/// Logs up to this length are searched without an index.
const SHORT: usize = 8;
/// The digest of an entry that counts but names nobody.
const NOBODY: u64 = 0;

/// One line of a log: 16 bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// 56 bits of digest, 8 bits of mark. Two subjects of one book agree in 56 bits by chance once
    /// in 2^36 look-ups of a book with a million entries.
    key: u64,
    /// Seconds since 1970.
    at: u32,
    /// Sum of all weights up to this entry, modulo 2^32.
    sum: u32,
}

impl Entry {
    fn mark(self) -> u8 {
        u8::try_from(self.key & MARK).unwrap_or(u8::MAX)
    }
}

/// What a book knows of a subject: the weight that was charged for it, or another mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    place: usize,
    /// The mark that it was entered with.
    pub(crate) mark: u8,
}

impl Known {
    /// The weight that was granted: what left above the budget was not.
    pub(crate) fn granted(self) -> u32 {
        if self.mark & OVER == 0 { u32::from(self.mark) } else { 0 }
    }

    /// The weight that counts, granted or not.
    pub(crate) fn counted(self) -> u32 {
        u32::from(self.mark & !OVER)
    }
}

/// The mark of a subject that weighs `weight`, and left above the budget if `over`.
pub(crate) fn mark_of(weight: u32, over: bool) -> u8 {
    let weight = u8::try_from(weight.min(HEAVIEST)).unwrap_or(!OVER & !RELIED);
    if over { weight | OVER } else { weight }
}

/// The entries of one commit in one book, for a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) birth: u32,
    first: u32,
    count: u32,
}

/// An account with one entry, as most are: 32 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Once {
    entry: Entry,
    first: u32,
    birth: u32,
    pub(crate) key: u64,
}

/// One account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    log: SmallVec<[Entry; 3]>,
    index: Option<Box<Index>>,
    /// The number of the first entry in the log; numbers are never used twice within one birth.
    first: u32,
    /// The sum before the first entry.
    floor: u32,
    /// Refunded entries that still stand in the log, with weight 0.
    refunded: u32,
    /// Set by the table: tells books of one key apart that lived one after the other.
    pub(crate) birth: u32,
    /// Set by the table: its own key.
    pub(crate) key: u64,
}

impl Book {
    /// An account that starts with what an evicted one had at most.
    pub(crate) fn inherited(profile: Profile) -> Self {
        let mut book = Self::default();
        book.enter_profile(profile);
        book
    }

    /// The account of which only `once` was kept.
    pub(crate) fn of(once: Once) -> Self {
        let Once { entry, first, birth, key } = once;
        let mut book = Self { first, birth, key, ..Self::default() };
        book.log.push(entry);
        book
    }

    /// All of it, if it is one entry and nothing was taken back.
    pub(crate) fn once(&self) -> Option<Once> {
        let Self { log, index, first, floor, refunded, birth, key } = self;
        match log.as_slice() {
            [entry] if index.is_none() && *floor == 0 && *refunded == 0 => {
                Some(Once { entry: *entry, first: *first, birth: *birth, key: *key })
            }
            _ => None,
        }
    }

    fn enter_profile(&mut self, profile: Profile) {
        for (at, weight) in profile.steps() {
            self.enter_nameless(at, weight);
        }
    }

    /// Number of entries, which is what a book costs.
    pub(crate) fn len(&self) -> usize {
        self.log.len()
    }

    /// The time of the newest entry; 0 for an empty book.
    pub(crate) fn newest(&self) -> u32 {
        self.log.last().map_or(0, |entry| entry.at)
    }

    fn total(&self) -> u32 {
        self.log.last().map_or(self.floor, |entry| entry.sum)
    }

    fn sum_before(&self, place: usize) -> u32 {
        place.checked_sub(1).and_then(|before| self.log.get(before)).map_or(self.floor, |entry| entry.sum)
    }

    /// The weight of all entries at `since` or later.
    pub(crate) fn sum(&self, since: u32) -> u32 {
        let start = self.log.partition_point(|entry| entry.at < since);
        self.total().wrapping_sub(self.sum_before(start))
    }

    /// The seconds from `now` until at most `room` weight is left in the window of `secs` seconds.
    pub(crate) fn frees_in(&self, now: u32, secs: u32, room: u32) -> u32 {
        let total = self.total();
        let left = self.log.partition_point(|entry| total.wrapping_sub(entry.sum) > room);
        // `left` is the last entry that must leave. Entries count while `at >= now - secs`.
        self.log
            .get(left)
            .map_or(0, |entry| entry.at.saturating_add(secs).saturating_add(1).saturating_sub(now))
    }

    /// The newest entry of `digest` at `since` or later.
    pub(crate) fn find(&self, digest: u64, since: u32) -> Option<Known> {
        let wanted = named(digest);
        let place = match &self.index {
            Some(index) => index.find(wanted, |number| self.digest_of(number))?,
            None => self.log.iter().rposition(|entry| entry.key & !MARK == wanted)?,
        };
        let entry = self.log.get(place)?;
        (entry.at >= since).then(|| Known { place, mark: entry.mark() & !RELIED })
    }

    fn digest_of(&self, number: u32) -> Option<(usize, u64)> {
        let place = usize::try_from(number.wrapping_sub(self.first)).ok()?;
        self.log.get(place).map(|entry| (place, entry.key & !MARK))
    }

    /// Notes that a granted charge went free because of `known`, unless that was entered by the
    /// same charge, whose entries begin with the number `own`.
    pub(crate) fn rely(&mut self, known: Known, own: u32) {
        let number = self.first.wrapping_add(narrow(known.place));
        if number.wrapping_sub(own) < u32::MAX / 2 {
            return;
        }
        if let Some(entry) = self.log.get_mut(known.place) {
            entry.key |= u64::from(RELIED);
        }
    }

    /// Notes that a granted charge depended on the newest entry.
    pub(crate) fn rely_on_newest(&mut self) {
        if let Some(entry) = self.log.last_mut() {
            entry.key |= u64::from(RELIED);
        }
    }

    /// Empties the book and keeps its memory.
    pub(crate) fn clear(&mut self) {
        self.log.clear();
        self.index = None;
        (self.floor, self.refunded) = (0, 0);
    }

    /// Whether nothing was entered.
    pub(crate) fn is_empty(&self) -> bool {
        self.log.is_empty()
    }

    /// Gives the entry of `known` another mark.
    pub(crate) fn remark(&mut self, known: Known, mark: u8) {
        if let Some(entry) = self.log.get_mut(known.place) {
            entry.key = (entry.key & !MARK) | u64::from(mark);
        }
    }

    /// When `known` was entered.
    pub(crate) fn at(&self, known: Known) -> u32 {
        self.log.get(known.place).map_or(0, |entry| entry.at)
    }

    /// Takes the weight of `known` out of the sums and forgets it.
    pub(crate) fn withdraw(&mut self, known: Known) {
        let first = self.first.wrapping_add(narrow(known.place));
        self.take(Span { birth: self.birth, first, count: 1 });
    }

    /// Enters `digest` at `at`, weighing `weight`, marked `mark` (at most 127). Entries before
    /// `since` may be dropped to make room.
    pub(crate) fn enter(&mut self, digest: u64, mark: u8, at: u32, weight: u32, since: u32) {
        if self.log.len() == self.log.capacity() {
            self.forget(since);
        }
        self.push(named(digest), mark & !RELIED, at, weight);
    }

    fn push(&mut self, digest: u64, mark: u8, at: u32, weight: u32) {
        let at = at.max(self.newest());
        let sum = self.total().wrapping_add(weight);
        let number = self.first.wrapping_add(narrow(self.log.len()));
        self.log.push(Entry { key: digest | u64::from(mark), at, sum });
        if digest == NOBODY {
            return;
        }
        match self.index.take() {
            Some(mut index) if index.has_room() => {
                index.insert(digest, number, |other| self.digest_of(other));
                self.index = Some(index);
            }
            Some(_) => self.reindex(),
            None if self.log.len() > SHORT => self.reindex(),
            None => {}
        }
    }

    /// Drops entries before `since`, when they are at least a quarter of the log.
    fn forget(&mut self, since: u32) {
        let old = self.log.partition_point(|entry| entry.at < since);
        if old == 0 || old.saturating_mul(4) < self.log.len() {
            return;
        }
        self.floor = self.sum_before(old);
        self.first = self.first.wrapping_add(narrow(old));
        self.log.drain(..old);
        self.reindex();
    }

    fn reindex(&mut self) {
        self.index = None;
        if self.log.len() <= SHORT {
            return;
        }
        let mut index = Index::for_entries(self.log.len());
        for (number, entry) in (self.first..).zip(&self.log) {
            let digest = entry.key & !MARK;
            if digest != NOBODY {
                index.insert(digest, number, |other| self.digest_of(other));
            }
        }
        self.index = Some(Box::new(index));
    }

    /// Where the next entries will stand; see [`Self::span_from`].
    pub(crate) fn next_number(&self) -> u32 {
        self.first.wrapping_add(narrow(self.log.len()))
    }

    /// The entries since `first`, to be refunded perhaps.
    pub(crate) fn span_from(&self, first: u32) -> Span {
        Span { birth: self.birth, first, count: self.next_number().wrapping_sub(first) }
    }

    /// Whether the entries of `span` stand as they did.
    pub(crate) fn has(&self, span: Span) -> bool {
        self.birth == span.birth && self.entries(span).is_some()
    }

    /// Whether another charge went free by an entry of `span`.
    pub(crate) fn is_relied_upon(&self, span: Span) -> bool {
        self.entries(span).is_some_and(|entries| entries.iter().any(|entry| entry.mark() & RELIED != 0))
    }

    /// Takes the entries of `span` back. Those that another charge went
    /// free by stay as weight without a name, from `now` on: that charge did tell of them.
    pub(crate) fn refund(&mut self, span: Span, now: u32) {
        let relied = self.entries(span).unwrap_or_default().iter().map(|entry| entry.mark());
        let kept = relied.filter(|mark| mark & RELIED != 0).map(|mark| u32::from(mark & !(RELIED | OVER)));
        let kept = kept.fold(0, u32::saturating_add);
        self.take(span);
        self.enter_nameless(now, kept);
    }

    fn enter_nameless(&mut self, now: u32, weight: u32) {
        if weight > 0 {
            self.push(NOBODY, 1, now, weight);
        }
    }

    fn entries(&self, span: Span) -> Option<&[Entry]> {
        let start = usize::try_from(span.first.wrapping_sub(self.first)).ok()?;
        self.log.get(start..start.checked_add(usize::try_from(span.count).ok()?)?)
    }

    /// Takes the entries of `span` out of the sums and forgets their names.
    fn take(&mut self, span: Span) {
        let Some(count) = self.entries(span).map(<[Entry]>::len) else { return };
        let start = usize::try_from(span.first.wrapping_sub(self.first)).unwrap_or(usize::MAX);
        let end = start.saturating_add(count);
        let before = self.sum_before(start);
        let mut taken = 0u32;
        for (place, entry) in self.log.iter_mut().enumerate().skip(start) {
            if place < end {
                taken = entry.sum.wrapping_sub(before);
                *entry = Entry { key: NOBODY, at: entry.at, sum: before };
            } else {
                entry.sum = entry.sum.wrapping_sub(taken);
            }
        }
        self.refunded = self.refunded.saturating_add(span.count);
        self.drop_refunded();
    }

    /// Refunded entries at the end go at once; those between others when they are the greater part,
    /// for else a client that breaks every connection would fill the log.
    fn drop_refunded(&mut self) {
        while let Some(last) = self.log.last()
            && last.key == NOBODY
            && last.sum == self.sum_before(self.log.len().saturating_sub(1))
        {
            self.log.pop();
            self.refunded = self.refunded.saturating_sub(1);
        }
        let refunded = usize::try_from(self.refunded).unwrap_or(usize::MAX);
        if refunded < 16 || refunded.saturating_mul(2) < self.log.len() {
            return;
        }
        // Fresh numbers: spans that were given out before no longer match anything.
        self.first = self.next_number();
        let mut sum_before = self.floor;
        self.log.retain(|entry| {
            let keep = entry.key != NOBODY || entry.sum != sum_before;
            sum_before = entry.sum;
            keep
        });
        self.refunded = 0;
        self.reindex();
    }

    /// What this book has at most, in a few numbers; `None` when nothing at `since` or later counts.
    pub(crate) fn profile(&self, since: u32) -> Option<Profile> {
        let total = self.sum(since);
        (total > 0).then(|| {
            let at = self.newest();
            let [hour, day] = Profile::EDGES.map(|secs| self.sum(at.saturating_sub(secs).max(since)));
            Profile { at, hour, day, total }
        })
    }

    /// Gives up the names and keeps at least the sums: at most three entries are left.
    pub(crate) fn thin(&mut self, since: u32) {
        let profile = self.profile(since);
        let next = self.next_number();
        let (birth, key) = (self.birth, self.key);
        *self = Self { first: next, birth, key, ..Self::default() };
        if let Some(profile) = profile {
            self.enter_profile(profile);
        }
    }

    /// The weights of entries at `since` or later, by mark; what names nobody is passed as `None`.
    pub(crate) fn weights(&self, since: u32) -> impl Iterator<Item = (Option<u8>, u32)> {
        let start = self.log.partition_point(|entry| entry.at < since);
        let mut before = self.sum_before(start);
        self.log.iter().skip(start).map(move |entry| {
            let weight = entry.sum.wrapping_sub(before);
            before = entry.sum;
            ((entry.key & !MARK != NOBODY).then_some(entry.mark() & !RELIED), weight)
        })
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        let log = if self.log.spilled() { self.log.capacity().saturating_mul(size_of::<Entry>()) } else { 0 };
        log.saturating_add(self.index.as_ref().map_or(0, |index| index.bytes()))
    }
}

/// A digest as a key with an empty mark; the reserved one is moved aside.
fn named(digest: u64) -> u64 {
    match digest & !MARK {
        NOBODY => MARK.wrapping_add(1),
        other => other,
    }
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Open addressing from digest to entry number; entries that left the log stay as dead slots until
/// the next rebuild and are told by their digest.
#[derive(Clone, Debug)]
struct Index {
    slots: Vec<u32>,
    used: usize,
}

/// No entry. A number that happens to be this one is found by no look-up, which costs a re-read.
const EMPTY: u32 = u32::MAX;

impl Index {
    fn for_entries(count: usize) -> Self {
        let slots = count.saturating_add(count / 2).saturating_mul(2).next_power_of_two();
        Self { slots: vec![EMPTY; slots], used: 0 }
    }

    fn has_room(&self) -> bool {
        self.used.saturating_mul(2) < self.slots.len()
    }

    fn bytes(&self) -> usize {
        size_of::<Self>().saturating_add(self.slots.capacity().saturating_mul(size_of::<u32>()))
    }

    /// Slots to look at for `digest`, all of them at most once. Digests are keyed (HMAC), so nobody
    /// outside can choose a long row; the multiplication only spreads digests made by tests.
    fn row(&self, digest: u64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.slots.len().wrapping_sub(1);
        let spread = digest.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24;
        let start = usize::try_from(spread).unwrap_or(0);
        (0..=mask).map(move |step| start.wrapping_add(step) & mask)
    }

    fn find(&self, digest: u64, digest_of: impl Fn(u32) -> Option<(usize, u64)>) -> Option<usize> {
        for slot in self.row(digest) {
            match self.slots.get(slot) {
                None | Some(&EMPTY) => return None,
                Some(&number) => match digest_of(number) {
                    Some((place, other)) if other == digest => return Some(place),
                    _ => {}
                },
            }
        }
        None
    }

    fn insert(&mut self, digest: u64, number: u32, digest_of: impl Fn(u32) -> Option<(usize, u64)>) {
        for slot in self.row(digest) {
            let Some(held) = self.slots.get_mut(slot) else { return };
            if *held == EMPTY {
                self.used = self.used.saturating_add(1);
                *held = number;
                return;
            }
            if digest_of(*held).is_some_and(|(_, other)| other == digest) {
                *held = number;
                return;
            }
        }
    }
}
