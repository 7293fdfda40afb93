//! Totals over everybody: one account per endpoint and kind, never evicted.
//!
//! Bound: twice [`super::plan::ENDPOINTS`] and one accounts; in guard each holds at most what its
//! longest window allows. In observe mode nothing stops them, so above the bound on entries the
//! largest keeps its sums and loses the names.

use super::book::Book;
use super::clock::LONGEST_SECS;

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

    pub(crate) fn open<R>(
        &mut self,
        place: usize,
        now: u32,
        change: impl FnOnce(&mut Book) -> R,
    ) -> Option<R> {
        if self.books.len() <= place {
            self.books.resize(place.saturating_add(1), Book::default());
        }
        let book = self.books.get_mut(place)?;
        let before = book.len();
        let result = change(book);
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
