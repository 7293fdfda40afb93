//! Totals over everybody: one account per endpoint and kind, never evicted.
//!
//! Bound: three times [`super::plan::ENDPOINTS`] and one accounts; in guard each holds at most what its
//! longest window allows. In observe mode nothing stops them, so one that holds many times what its windows
//! allow keeps its sums and loses the names, and above the bound on all entries the largest does.

use super::book::Book;
use super::clock::LONGEST_SECS;

/// Entries that every total may hold, and how many for each subject that its longest window allows: names
/// and aliases of those within it, and of those that are not forgotten yet.
const LEAST_MOST: usize = 65_536;
const PER_SUBJECT: usize = 16;

#[derive(Debug)]
pub(crate) struct Totals {
    books: Vec<Book>,
    entries: usize,
    most_entries: usize,
}

impl Totals {
    pub(crate) fn new(entries: u32) -> Self {
        Self { books: Vec::new(), entries: 0, most_entries: usize::try_from(entries).unwrap_or(usize::MAX) }
    }

    pub(crate) fn view<R>(&self, place: usize, look: impl FnOnce(&Book) -> R) -> R {
        match self.books.get(place) {
            Some(book) => look(book),
            None => look(&Book::default()),
        }
    }

    /// Changes a total whose windows allow at most `allowed` subjects.
    pub(crate) fn open<R>(
        &mut self,
        place: usize,
        allowed: u32,
        now: u32,
        change: impl FnOnce(&mut Book) -> R,
    ) -> Option<R> {
        if self.books.len() <= place {
            self.books.resize(place.saturating_add(1), Book::default());
        }
        let book = self.books.get_mut(place)?;
        let before = book.len();
        let result = change(book);
        let allowed = usize::try_from(allowed).unwrap_or(usize::MAX).saturating_mul(PER_SUBJECT);
        if book.len() > allowed.max(LEAST_MOST) {
            book.thin(now.saturating_sub(LONGEST_SECS));
        }
        self.entries = self.entries.saturating_sub(before).saturating_add(book.len());
        while self.entries > self.most_entries {
            let Some(largest) = self.books.iter_mut().max_by_key(|book| book.len()) else { break };
            let before = largest.len();
            largest.thin(now.saturating_sub(LONGEST_SECS));
            self.entries = self.entries.saturating_sub(before).saturating_add(largest.len());
            if before <= largest.len() {
                break;
            }
        }
        Some(result)
    }

    pub(crate) fn bytes(&self) -> usize {
        let books = self.books.capacity().saturating_mul(size_of::<Book>());
        self.books.iter().map(Book::heap_bytes).sum::<usize>().saturating_add(books)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_far_above_what_it_allows_keeps_its_sum_and_loses_its_names() {
        let mut totals = Totals::new(u32::MAX);
        for nth in 1..=100_000_u32 {
            let enter = |book: &mut Book| book.enter(u64::from(nth) << 8, 1, 1000 + nth / 100, 1, 0);
            totals.open(3, 400, 1000 + nth / 100, enter).unwrap();
        }
        let (sum, len) = totals.view(3, |book| (book.sum(0), book.len()));
        assert!(sum == 100_000 && len < 40_000, "{sum} {len}");
        assert!(totals.bytes() < 4_000_000, "{}", totals.bytes());
        let held = |totals: &Totals, nth: u64| totals.view(3, |book| book.find(nth << 8, 0).is_some());
        assert!(held(&totals, 100_000) && !held(&totals, 1));
        // Where as many are allowed, nobody is forgotten.
        for nth in 1..=100_000_u32 {
            let enter = |book: &mut Book| book.enter(u64::from(nth) << 8, 1, 1000 + nth / 100, 1, 0);
            totals.open(4, 80_000, 1000 + nth / 100, enter).unwrap();
        }
        assert_eq!(totals.view(4, Book::len), 100_000);
    }
}
