//! Memory that is used again for the next body.

use crate::builder::{Deferred, Hit, Open, Raw};
use crate::fact::{Fact, Owned, Text};
use crate::group::Tables;
use crate::key_table::{Key, KeyTable};

/// Working memory of the meter: keep one per worker and hand it to every call.
///
/// It remembers field names between bodies (bounded, see `key_table`), and no values.
#[derive(Debug)]
pub struct Scratch {
    pub(crate) keys: KeyTable,
    pub(crate) open: Vec<Open>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) records: Vec<Raw>,
    pub(crate) owned: Vec<Owned>,
    pub(crate) deferred: Vec<Deferred>,
    pub(crate) hits: Vec<Hit>,
    pub(crate) headers: Vec<Key>,
    pub(crate) issued: Vec<Text>,
    /// Texts that do not stand in the body as they are: decoded, normalised, put together.
    pub(crate) arena: Vec<u8>,
    pub(crate) tables: Tables,
}

impl Scratch {
    /// Working memory whose hash tables are seeded with `seed`.
    ///
    /// # Security
    /// A secret seed keeps whoever can write values into the upstream from slowing the meter down.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self {
            keys: KeyTable::new(seed),
            open: Vec::new(),
            facts: Vec::new(),
            records: Vec::new(),
            owned: Vec::new(),
            deferred: Vec::new(),
            hits: Vec::new(),
            headers: Vec::new(),
            issued: Vec::new(),
            arena: Vec::new(),
            tables: Tables::new(seed),
        }
    }

    /// Forgets the body before. Memory above the size that ordinary bodies need is given back.
    pub(crate) fn begin(&mut self) {
        const MOST_KEPT: usize = 1 << 16;
        self.keys.begin();
        empty(&mut self.open, MOST_KEPT);
        empty(&mut self.facts, MOST_KEPT);
        empty(&mut self.records, MOST_KEPT);
        empty(&mut self.owned, MOST_KEPT);
        empty(&mut self.deferred, MOST_KEPT);
        empty(&mut self.hits, MOST_KEPT);
        empty(&mut self.headers, MOST_KEPT);
        empty(&mut self.issued, MOST_KEPT);
        empty(&mut self.arena, MOST_KEPT.saturating_mul(16));
        self.tables.begin(MOST_KEPT);
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::seeded(0x7469_6465_6761_7465)
    }
}

/// Empties `list`; frees it when it had grown past `most`.
pub(crate) fn empty<T>(list: &mut Vec<T>, most: usize) {
    list.clear();
    if list.capacity() > most {
        list.shrink_to(most);
    }
}
