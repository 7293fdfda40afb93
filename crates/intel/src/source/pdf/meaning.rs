//! The table of a font that says which letters its codes mean (`ToUnicode`, ISO 32000-1, 9.10.3).

use super::object::{Object, Reader};

/// Entries of one table. A range is one, however many codes it covers.
const ENTRIES_MAX: usize = 100_000;
/// Letters of one code, in bytes: ligatures have three or four.
const LETTERS_MAX: usize = 64;

/// Codes from `low` to `high` mean `text`, whose last letter counts up.
#[derive(Clone, Debug)]
struct Entry {
    low: u32,
    high: u32,
    text: String,
}

/// The table.
#[derive(Clone, Debug, Default)]
pub(super) struct Meaning {
    /// By `low`, and by their order in the table.
    entries: Vec<Entry>,
    code_bytes: Option<usize>,
}

impl Meaning {
    /// The table that stands in `stream`.
    pub(super) fn of(stream: &[u8]) -> Self {
        let mut reader = Reader::new(stream, 0);
        let mut found = Self::default();
        let mut operands: Vec<Object> = Vec::new();
        while let Some(value) = reader.value() {
            match value {
                Object::Word(word) => {
                    match word.as_slice() {
                        b"endbfchar" => found.single(&operands),
                        b"endbfrange" => found.ranges(&operands),
                        b"endcodespacerange" => {
                            let bytes = operands.iter().filter_map(text).map(<[u8]>::len).max();
                            found.code_bytes =
                                bytes.filter(|bytes| (1..=4).contains(bytes)).or(found.code_bytes);
                        }
                        _ => {}
                    }
                    operands.clear();
                }
                operand if operands.len() < ENTRIES_MAX => operands.push(operand),
                _ => {}
            }
            if found.entries.len() > ENTRIES_MAX {
                break;
            }
        }
        // The sort is stable: of several for one code the last one counts.
        found.entries.sort_by_key(|entry| entry.low);
        found
    }

    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of a code, where the table says so.
    pub(super) const fn code_bytes(&self) -> Option<usize> {
        self.code_bytes
    }

    /// What `code` means.
    pub(super) fn of_code(&self, code: u32) -> Option<String> {
        let before = self.entries.partition_point(|entry| entry.low <= code);
        // Ranges do not lie in each other but in broken tables, of which the nearest few are looked at.
        let near = self.entries.get(..before)?.iter().rev().take(8);
        let entry = near.into_iter().find(|entry| code <= entry.high)?;
        let mut letters: Vec<char> = entry.text.chars().collect();
        if let Some(last) = letters.last_mut() {
            *last = u32::from(*last).checked_add(code - entry.low).and_then(char::from_u32)?;
        }
        Some(letters.into_iter().filter(|letter| !letter.is_control()).collect())
    }

    fn single(&mut self, operands: &[Object]) {
        for pair in operands.chunks_exact(2) {
            if let [code, to] = pair
                && let (Some(low), Some(text)) = (number(code), letters(to))
            {
                self.entries.push(Entry { low, high: low, text });
            }
        }
    }

    fn ranges(&mut self, operands: &[Object]) {
        for triple in operands.chunks_exact(3) {
            let [low, high, to] = triple else { continue };
            let (Some(low), Some(high)) = (number(low), number(high)) else { continue };
            if let Some(list) = to.list() {
                for (code, to) in (low..=high).zip(list) {
                    if let Some(text) = letters(to) {
                        self.entries.push(Entry { low: code, high: code, text });
                    }
                }
            } else if let Some(text) = letters(to) {
                self.entries.push(Entry { low, high, text });
            }
        }
    }
}

fn text(object: &Object) -> Option<&[u8]> {
    if let Object::Text(text) = object { Some(text) } else { None }
}

fn number(object: &Object) -> Option<u32> {
    let bytes = text(object).filter(|bytes| bytes.len() <= 4)?;
    Some(bytes.iter().fold(0, |code, byte| (code << 8) | u32::from(*byte)))
}

/// UTF-16, or a single byte.
fn letters(object: &Object) -> Option<String> {
    let bytes = text(object).filter(|bytes| bytes.len() <= LETTERS_MAX)?;
    if let [byte] = bytes {
        return Some(char::from(*byte).to_string());
    }
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    });
    Some(char::decode_utf16(units).map(|letter| letter.unwrap_or('\u{FFFD}')).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ranges_and_ligatures_have_their_letters() {
        let table = b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n\
            2 beginbfchar <0003> <0020> <0005> <00660069> endbfchar\n\
            2 beginbfrange <0024> <003D> <0041> <0100> <0101> [<0078> <D83DDE00>] endbfrange";
        let meaning = Meaning::of(table);
        assert_eq!(meaning.code_bytes(), Some(2));
        for (code, text) in [
            (3, Some(" ")),
            (5, Some("fi")),
            (0x24, Some("A")),
            (0x3D, Some("Z")),
            (0x3E, None),
            (0x100, Some("x")),
            (0x101, Some("\u{1F600}")),
            (0x102, None),
        ] {
            assert_eq!(meaning.of_code(code).as_deref(), text, "{code:x}");
        }
    }

    #[test]
    fn a_range_over_all_codes_costs_no_more_than_one_entry() {
        let meaning = Meaning::of(b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange");
        assert_eq!(meaning.entries.len(), 1);
        assert_eq!(meaning.of_code(1).as_deref(), Some("B"));
        assert_eq!(meaning.of_code(u32::MAX), None);
    }
}
