//! The tree itself.

use std::sync::Arc;

/// A stretch of source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
    /// Line of the first byte, from 1; 0 where the place is not known.
    pub line: u32,
    /// Column of the first byte in characters, from 1.
    pub column: u32,
}

impl Span {
    /// The first place of a text.
    pub const START: Self = Self { start: 0, end: 0, line: 1, column: 1 };

    /// The bytes of the source that the span covers.
    #[must_use]
    pub fn range(&self) -> std::ops::Range<usize> {
        let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        at(self.start)..at(self.end.max(self.start))
    }
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it stands; for an alias, where its anchor stands.
    pub span: Span,
}

/// What stands at a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number within 64 signed bits.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(Arc<str>),
    /// Values in order.
    Sequence(Vec<Node>),
    /// Keys and values in order.
    Mapping(Mapping),
}

impl Value {
    /// The word for it in messages: `text`, `a whole number`, `nothing`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a fractional number",
            Self::Text(_) => "text",
            Self::Sequence(_) => "a list",
            Self::Mapping(_) => "a mapping",
        }
    }
}

impl Node {
    /// The value under `key`, where this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.mapping()?.get(key).map(|entry| &entry.value)
    }

    /// The mapping, where it is one.
    #[must_use]
    pub const fn mapping(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The text, where it is text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Keys and values in order; none where it is no mapping.
    pub fn entries(&self) -> impl Iterator<Item = (&Key, &Self)> {
        self.mapping()
            .map(Mapping::entries)
            .unwrap_or_default()
            .iter()
            .map(|entry| (&entry.key, &entry.value))
    }

    /// The elements in order; none where it is no sequence.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }
}

/// A key and its place. Numbers and words as keys (`200:`, `null:`) are taken as their text.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The text of the key.
    pub text: Arc<str>,
    /// Where it stands.
    pub span: Span,
}

/// One line of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its key.
    pub key: Key,
    /// Its value.
    pub value: Node,
}

/// Keys and values in the order of the text; no key stands twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    entries: Box<[Entry]>,
    /// Positions in `entries` sorted by key; empty while the mapping is small.
    sorted: Box<[u32]>,
}

/// Up to here a look-up compares key by key: faster than a sorted index, and no allocation.
const SMALL: usize = 8;

impl Mapping {
    /// The mapping of `entries`; where a key stands twice, the first stays and `twice` is told of both.
    pub(crate) fn new(mut entries: Vec<Entry>, mut twice: impl FnMut(&Key, &Key)) -> Self {
        let mut sorted = Self::sort(&entries);
        let mut surplus: Vec<u32> = Vec::new();
        if entries.len() <= SMALL {
            for (nth, later) in entries.iter().enumerate() {
                if let Some(first) = entries.iter().take(nth).find(|first| first.key.text == later.key.text) {
                    twice(&first.key, &later.key);
                    surplus.extend(u32::try_from(nth).ok());
                }
            }
        } else {
            let mut first: Option<&Entry> = None;
            for &at in &sorted {
                let Some(entry) = entry_at(&entries, at) else { continue };
                match first {
                    Some(first) if first.key.text == entry.key.text => {
                        twice(&first.key, &entry.key);
                        surplus.push(at);
                    }
                    _ => first = Some(entry),
                }
            }
        }
        if !surplus.is_empty() {
            surplus.sort_unstable();
            let mut nth = 0;
            entries.retain(|_| {
                let keep = surplus.binary_search(&nth).is_err();
                nth += 1;
                keep
            });
            sorted = Self::sort(&entries);
        }
        Self { entries: entries.into(), sorted: sorted.into() }
    }

    fn sort(entries: &[Entry]) -> Vec<u32> {
        if entries.len() <= SMALL {
            return Vec::new();
        }
        let mut sorted: Vec<u32> = (0..u32::try_from(entries.len()).unwrap_or(u32::MAX)).collect();
        sorted.sort_by_key(|at| entry_at(entries, *at).map(|entry| &*entry.key.text));
        sorted
    }

    /// The entry of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Entry> {
        if self.sorted.is_empty() {
            return self.entries.iter().find(|entry| &*entry.key.text == key);
        }
        let text = |at: &u32| entry_at(&self.entries, *at).map_or("", |entry| &*entry.key.text);
        let nth = self.sorted.binary_search_by(|at| text(at).cmp(key)).ok()?;
        self.sorted.get(nth).and_then(|at| entry_at(&self.entries, *at))
    }

    /// All entries in the order of the text.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

fn entry_at(entries: &[Entry], at: u32) -> Option<&Entry> {
    entries.get(usize::try_from(at).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str, nth: u32) -> Entry {
        let span = Span { start: nth, ..Span::START };
        Entry { key: Key { text: text.into(), span }, value: Node { value: Value::Null, span } }
    }

    #[test]
    fn small_and_large_mappings_find_the_same_and_tell_of_the_same_twins() {
        for filler in [0, 20] {
            let mut entries: Vec<Entry> = (0..filler).map(|n| entry(&format!("k{n}"), n)).collect();
            entries.extend([entry("b", 90), entry("a", 91), entry("b", 92)]);
            let mut twins = Vec::new();
            let mapping =
                Mapping::new(entries, |first, later| twins.push((first.span.start, later.span.start)));
            assert_eq!(twins, [(90, 92)]);
            assert_eq!(mapping.get("b").map(|found| found.key.span.start), Some(90));
            assert_eq!(mapping.get("a").map(|found| found.key.span.start), Some(91));
            assert!(mapping.get("c").is_none());
        }
    }
}
