//! The field names that were read before: each distinct name is read word by word once.

use crate::hash::{hash, slot};
use crate::key::{self, Flags, Meaning};

/// A field name as the meter knows it. The default is no name: the element of an array.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) meaning: Meaning,
    pub(crate) flags: Flags,
    /// The noun of a person or of what a container holds.
    pub(crate) word: Word,
    /// Distinguishes names while one body is read; 0 for names that are not kept.
    pub(crate) id: u32,
    /// Which of the plan's paths start with this name, one bit each.
    pub(crate) first: u16,
    /// Which of the plan's paths end with it.
    pub(crate) last: u16,
    pub(crate) named: bool,
}

/// An index into the table's nouns; the default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word(u32);

impl Word {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// Names that were read, by their bytes.
///
/// Bound: [`MOST_NAMES`] names. Eviction: all of them, when a body is begun with the table full.
/// Names beyond the bound, and names that are ids themselves, are read anew each time.
#[derive(Debug)]
pub(crate) struct KeyTable {
    seed: u64,
    slots: Vec<u32>,
    entries: Vec<Entry>,
    bytes: Vec<u8>,
    words: Vec<Box<str>>,
    wanted: Vec<u32>,
    /// The key that was met last, for guessing the next one.
    last: u32,
}

#[derive(Debug)]
struct Entry {
    hash: u64,
    start: usize,
    end: usize,
    /// Its first eight bytes, and which of them are its own.
    head: u64,
    mask: u64,
    key: Key,
    /// The id of the key that came after it last time.
    next: u32,
}

/// Most names that are kept.
const MOST_NAMES: usize = 4096;
/// Most nouns that are kept; they are compared one by one.
const MOST_NOUNS: usize = 1024;
/// Longer names say nothing, unless they are contacts.
const MOST_NAME_BYTES: usize = 64;
const SLOTS: usize = 16_384;

impl KeyTable {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            slots: vec![0; SLOTS],
            entries: Vec::new(),
            bytes: Vec::new(),
            words: Vec::new(),
            wanted: Vec::new(),
            last: 0,
        }
    }

    /// The key that is expected here, if `rest` begins with its name; the name's length.
    ///
    /// Records of one list have the same names in the same order: most names need no hash.
    #[inline]
    pub(crate) fn expected(&self, rest: &[u8]) -> Option<(Key, usize)> {
        let next = self.entry(self.last)?.next;
        let entry = self.entry(next)?;
        let length = entry.end.wrapping_sub(entry.start);
        let eight = <[u8; 8]>::try_from(rest.get(..8)?).map_or(0, u64::from_le_bytes);
        if eight & entry.mask != entry.head {
            return None;
        }
        if length > 8 {
            let tail = self.bytes.get(entry.start.wrapping_add(8)..entry.end)?;
            if rest.get(8..length) != Some(tail) {
                return None;
            }
        }
        Some((entry.key, length))
    }

    /// Notes that the expected key was met.
    #[inline]
    pub(crate) fn arrived(&mut self, key: Key) {
        self.last = key.id;
    }

    /// Notes that `key` came after the last one.
    pub(crate) fn follow(&mut self, key: Key) {
        if let Some(entry) = entry_mut(&mut self.entries, self.last) {
            entry.next = key.id;
        }
        self.last = key.id;
    }

    #[inline]
    fn entry(&self, id: u32) -> Option<&Entry> {
        self.entries.get(usize::try_from(id).ok()?.checked_sub(1)?)
    }

    /// Makes room if the table is full, and forgets the paths of the body before.
    pub(crate) fn begin(&mut self) {
        for id in self.wanted.drain(..) {
            if let Some(entry) = entry_mut(&mut self.entries, id) {
                (entry.key.first, entry.key.last) = (0, 0);
            }
        }
        if self.entries.len() >= MOST_NAMES {
            self.slots.fill(0);
            self.entries.clear();
            self.bytes.clear();
            self.words.clear();
            self.last = 0;
        }
    }

    /// Marks `name` as the first or the last of the plan's path `nth`; its id, for comparing names on the way.
    pub(crate) fn want(&mut self, name: &str, nth: u32, is_first: bool, is_last: bool) -> u32 {
        let id = self.kept(name.as_bytes()).id;
        let bit = 1_u16.checked_shl(nth).unwrap_or(0);
        if let Some(entry) = entry_mut(&mut self.entries, id) {
            entry.key.first |= if is_first { bit } else { 0 };
            entry.key.last |= if is_last { bit } else { 0 };
            self.wanted.push(id);
        }
        id
    }

    /// What `name` says.
    #[inline]
    pub(crate) fn key(&mut self, name: &[u8]) -> Key {
        let hashed = hash(self.seed, name);
        match self.find(name, hashed) {
            Some(key) => key,
            None => self.fresh(name),
        }
    }

    /// What `name` says, without keeping it: for texts of which few are names. Its noun is not told.
    pub(crate) fn peek(&self, name: &[u8]) -> Key {
        if let Some(key) = self.find(name, hash(self.seed, name)) {
            return key;
        }
        let named = Key { named: true, ..Key::default() };
        match kind_of(name) {
            NameKind::Contact => Key { flags: Flags::CONTACT, ..named },
            NameKind::Id => Key { flags: Flags::ID, ..named },
            NameKind::Word => {
                let reading = key::read(&String::from_utf8_lossy(name));
                Key { meaning: reading.meaning, flags: reading.flags, ..named }
            }
        }
    }

    /// The text of a noun.
    pub(crate) fn word(&self, word: Word) -> &str {
        let index = word.0.checked_sub(1).and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| self.words.get(index)).map_or("", AsRef::as_ref)
    }

    #[inline]
    fn find(&self, name: &[u8], hashed: u64) -> Option<Key> {
        let mut at = slot(hashed, SLOTS);
        loop {
            let id = self.slots.get(at).copied().unwrap_or(0);
            let index = usize::try_from(id).unwrap_or(0).checked_sub(1)?;
            let entry = self.entries.get(index)?;
            if entry.hash == hashed && self.bytes.get(entry.start..entry.end) == Some(name) {
                return Some(entry.key);
            }
            at = at.wrapping_add(1) & SLOTS.wrapping_sub(1);
        }
    }

    #[cold]
    fn fresh(&mut self, name: &[u8]) -> Key {
        let named = Key { named: true, ..Key::default() };
        let flags = match kind_of(name) {
            NameKind::Contact => Flags::CONTACT,
            _ if name.len() > MOST_NAME_BYTES => return named,
            NameKind::Id => Flags::ID,
            NameKind::Word => return self.kept(name),
        };
        Key { flags, ..named }
    }

    /// The key of `name`, kept if there is room.
    fn kept(&mut self, name: &[u8]) -> Key {
        let hashed = hash(self.seed, name);
        if let Some(key) = self.find(name, hashed) {
            return key;
        }
        let reading = key::read(&String::from_utf8_lossy(name));
        let id = u32::try_from(self.entries.len()).unwrap_or(u32::MAX).saturating_add(1);
        // Twice the bound, so that a plan's names always find room in a table that `begin` left.
        let is_room = self.entries.len() < MOST_NAMES.saturating_mul(2);
        let mut key = Key {
            meaning: reading.meaning,
            flags: reading.flags,
            word: Word::NONE,
            id: if is_room { id } else { 0 },
            first: 0,
            last: 0,
            named: true,
        };
        if !is_room {
            return key;
        }
        key.word = self.noun(&reading.word);
        let start = self.bytes.len();
        self.bytes.extend_from_slice(name);
        let (head, mask) = head_of(name);
        self.entries.push(Entry { hash: hashed, start, end: self.bytes.len(), head, mask, key, next: 0 });
        let mut at = slot(hashed, SLOTS);
        while self.slots.get(at).is_some_and(|taken| *taken != 0) {
            at = at.wrapping_add(1) & SLOTS.wrapping_sub(1);
        }
        if let Some(free) = self.slots.get_mut(at) {
            *free = id;
        }
        key
    }

    fn noun(&mut self, text: &str) -> Word {
        let known = self.words.iter().position(|word| word.as_ref() == text);
        let index = match known {
            Some(index) => index,
            None if text.is_empty() || self.words.len() >= MOST_NOUNS => return Word::NONE,
            None => {
                self.words.push(text.into());
                self.words.len().saturating_sub(1)
            }
        };
        Word(u32::try_from(index).unwrap_or(0).saturating_add(1))
    }
}

/// The first eight bytes of a name as a number, and the mask that leaves only them.
fn head_of(name: &[u8]) -> (u64, u64) {
    let mut bytes = [0_u8; 8];
    let mut mask = [0_u8; 8];
    for ((byte, own), from) in bytes.iter_mut().zip(&mut mask).zip(name) {
        (*byte, *own) = (*from, 0xff);
    }
    (u64::from_le_bytes(bytes), u64::from_le_bytes(mask))
}

fn entry_mut(entries: &mut [Entry], id: u32) -> Option<&mut Entry> {
    entries.get_mut(usize::try_from(id).ok()?.checked_sub(1)?)
}

enum NameKind {
    Word,
    Id,
    Contact,
}

/// Whether a name is an id or a contact itself, as in a map keyed by them.
fn kind_of(name: &[u8]) -> NameKind {
    let digits = name.iter().filter(|b| b.is_ascii_digit()).count();
    let hex = name.iter().filter(|b| b.is_ascii_hexdigit() || **b == b'-').count();
    if name.contains(&b'@') || name.starts_with(b"+") && digits >= 7 {
        NameKind::Contact
    } else if !name.is_empty() && digits == name.len()
        || name.len() >= 16 && hex == name.len() && digits > 0
        || name.len() >= 4 && digits.saturating_mul(2) >= name.len() && !name.starts_with(b"address")
    {
        NameKind::Id
    } else {
        NameKind::Word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_once_and_a_wanted_one_is_marked_for_one_body() {
        let mut table = KeyTable::new(7);
        let id = table.want("customer_id", 2, true, true);
        let key = table.key(b"customer_id");
        assert_eq!((key.id, key.first, key.last), (id, 4, 4));
        assert_eq!(table.word(key.word), "customer");
        table.begin();
        assert_eq!(table.key(b"customer_id").last, 0);
        assert!(table.key(b"1042").flags.has(Flags::ID));
        assert!(table.key(b"0f8fad5b-d9cb-469f-a165-70867728950e").flags.has(Flags::ID));
        assert!(table.key(b"ann@example.com").flags.has(Flags::CONTACT));
        assert!(table.key(b"customers").flags.has(Flags::PERSON));
    }

    #[test]
    fn the_name_that_followed_last_time_is_expected_again() {
        let mut table = KeyTable::new(7);
        let [id, email, long] = ["id", "email", "a_longer_name"].map(|name| table.key(name.as_bytes()));
        for key in [id, email, long, id] {
            table.follow(key);
        }
        assert_eq!(table.expected(b"email\":\"a@x.de\""), Some((email, 5)));
        assert_eq!(table.expected(b"emai\":\"a@x.de\""), None);
        table.arrived(email);
        assert_eq!(table.expected(b"a_longer_name\":1"), Some((long, 13)));
        assert_eq!(table.expected(b"a_longer_nose\":1"), None);
        assert_eq!(table.expected(b"a_long"), None);
    }

    #[test]
    fn the_table_stays_within_its_bound() {
        let mut table = KeyTable::new(7);
        for n in 0..20_000_u32 {
            let name: String = n.to_string().bytes().map(|b| char::from(b.saturating_add(49))).collect();
            table.key(format!("field{name}").as_bytes());
        }
        assert_eq!(table.entries.len(), MOST_NAMES * 2);
        assert!(table.key(b"email").meaning == Meaning::Email, "names beyond the bound are still read");
        table.begin();
        assert!(table.entries.is_empty());
    }
}
