//! Values of a PDF (ISO 32000-1, 7.2 and 7.3), read one after the other, forgivingly: what cannot be read
//! is skipped, and never read again.

use std::collections::BTreeMap;

/// Arrays and dictionaries within each other; writers use less than ten.
const DEPTH_MAX: usize = 48;
/// Values of one object, or of the operands of one operation.
const VALUES_MAX: usize = 100_000;

/// Keys without their slash.
pub(super) type Dictionary = BTreeMap<Vec<u8>, Object>;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Object {
    Null,
    Number(f64),
    Name(Vec<u8>),
    Text(Vec<u8>),
    List(Vec<Object>),
    Dictionary(Dictionary),
    /// The number of another object. Generations are not told apart: the last one counts.
    Reference(u32),
    /// An operator, or a keyword such as `endobj`.
    Word(Vec<u8>),
}

impl Object {
    pub(super) fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    pub(super) fn name(&self) -> Option<&[u8]> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    pub(super) fn dictionary(&self) -> Option<&Dictionary> {
        if let Self::Dictionary(dictionary) = self { Some(dictionary) } else { None }
    }

    /// A whole number from 0 on.
    pub(super) fn count(&self) -> Option<usize> {
        self.number().and_then(whole)
    }
}

/// A number that is whole and not negative.
pub(super) fn whole(number: f64) -> Option<usize> {
    let fits = number.fract() == 0.0 && (0.0..=4_294_967_295.0).contains(&number);
    fits.then(|| format!("{number}").parse().ok()).flatten()
}

/// Reads values from left to right.
pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    pub(super) at: usize,
    values: usize,
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

impl<'b> Reader<'b> {
    pub(super) const fn new(bytes: &'b [u8], at: usize) -> Self {
        Self { bytes, at, values: 0 }
    }

    /// The next value with room for all its parts; nothing at the end, or where it has too many parts.
    pub(super) fn value(&mut self) -> Option<Object> {
        self.values = 0;
        self.nested(DEPTH_MAX)
    }

    /// Goes past the bytes of an inline image, which begin one byte after `ID`.
    pub(super) fn skip_image(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let ends = memchr::memmem::find_iter(rest, b"EI");
        let free = |at: Option<usize>| at.and_then(|at| rest.get(at)).is_none_or(|byte| is_space(*byte));
        let mut ends = ends.filter(|at| free(at.checked_sub(1)) && free(Some(at + 2)));
        self.at = ends.next().map_or(self.bytes.len(), |at| self.at + at + 2);
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                let rest = self.bytes.get(self.at..).unwrap_or_default();
                self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    fn nested(&mut self, depth: usize) -> Option<Object> {
        self.values += 1;
        if depth == 0 || self.values > VALUES_MAX {
            return None;
        }
        self.skip_space();
        let after = self.bytes.get(self.at + 1).copied();
        match self.peek()? {
            b'/' => Some(Object::Name(self.name())),
            b'(' => Some(Object::Text(self.literal())),
            b'<' if after == Some(b'<') => {
                self.at += 2;
                self.dictionary(depth)
            }
            b'<' => Some(Object::Text(self.hexadecimal())),
            b'[' => {
                self.at += 1;
                let mut list = Vec::new();
                loop {
                    self.skip_space();
                    if self.peek()? == b']' {
                        self.at += 1;
                        return Some(Object::List(list));
                    }
                    list.push(self.nested(depth - 1)?);
                }
            }
            b'>' | b']' | b'{' | b'}' | b')' => {
                self.at += 1;
                Some(Object::Null)
            }
            _ => Some(self.word()),
        }
    }

    fn dictionary(&mut self, depth: usize) -> Option<Object> {
        let mut dictionary = Dictionary::new();
        loop {
            self.skip_space();
            match self.peek()? {
                b'>' => {
                    self.at += if self.bytes.get(self.at + 1) == Some(&b'>') { 2 } else { 1 };
                    return Some(Object::Dictionary(dictionary));
                }
                b'/' => {
                    let key = self.name();
                    self.skip_space();
                    if self.peek()? != b'>' {
                        let value = self.nested(depth - 1)?;
                        dictionary.insert(key, value);
                    }
                }
                _ => {
                    self.nested(depth - 1)?;
                }
            }
        }
    }

    /// Bytes up to the next space or delimiter.
    fn run(&mut self) -> &'b [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let len = rest.iter().position(|byte| is_space(*byte) || is_delimiter(*byte)).unwrap_or(rest.len());
        self.at += len;
        rest.get(..len).unwrap_or_default()
    }

    fn name(&mut self) -> Vec<u8> {
        self.at += 1;
        let raw = self.run();
        let mut name = Vec::with_capacity(raw.len());
        let mut at = 0;
        while let Some(byte) = raw.get(at) {
            let pair = raw.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
            match pair.filter(|_| *byte == b'#').and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
                Some(code) => {
                    name.push(code);
                    at += 3;
                }
                None => {
                    name.push(*byte);
                    at += 1;
                }
            }
        }
        name
    }

    /// A number, a reference, or a word.
    fn word(&mut self) -> Object {
        let run = self.run();
        if run.is_empty() {
            self.at += 1;
            return Object::Null;
        }
        let Some(number) = number(run) else {
            return if run == b"null" { Object::Null } else { Object::Word(run.to_owned()) };
        };
        // `12 0 R`
        let here = self.at;
        if let Some(object) = whole(number).and_then(|number| u32::try_from(number).ok()) {
            self.skip_space();
            let is_generation = self.run().iter().all(u8::is_ascii_digit);
            self.skip_space();
            if is_generation && self.run() == b"R" {
                return Object::Reference(object);
            }
            self.at = here;
        }
        Object::Number(number)
    }

    /// A text in parentheses, with its escapes undone.
    fn literal(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => {
                    open += 1;
                    if open > 1 {
                        text.push(byte);
                    }
                }
                b')' => {
                    open = open.saturating_sub(1);
                    if open == 0 {
                        break;
                    }
                    text.push(byte);
                }
                b'\\' => self.escape(&mut text),
                _ => text.push(byte),
            }
        }
        text
    }

    fn escape(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'b' => text.push(8),
            b'f' => text.push(12),
            // A line that goes on.
            b'\r' => self.at += usize::from(self.peek() == Some(b'\n')),
            b'\n' => {}
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else { break };
                    code = code * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                text.extend(u8::try_from(code & 0xFF));
            }
            other => text.push(other),
        }
    }

    fn hexadecimal(&mut self) -> Vec<u8> {
        self.at += 1;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let len = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        self.at += (len + 1).min(rest.len());
        hexadecimal(rest.get(..len).unwrap_or_default())
    }
}

/// Pairs of digits; a last one alone has a 0 after it.
pub(super) fn hexadecimal(text: &[u8]) -> Vec<u8> {
    let digits = text.iter().filter_map(|byte| char::from(*byte).to_digit(16));
    let digits: Vec<u8> = digits.filter_map(|digit| u8::try_from(digit).ok()).collect();
    digits.chunks(2).map(|pair| pair.first().unwrap_or(&0) * 16 + pair.get(1).unwrap_or(&0)).collect()
}

fn number(run: &[u8]) -> Option<f64> {
    let is_number = run.len() < 40 && run.iter().all(|byte| byte.is_ascii_digit() || b"+-.".contains(byte));
    let text = std::str::from_utf8(run).ok().filter(|_| is_number)?;
    // Some writers put two signs before a number.
    let text = if text.starts_with("--") { text.trim_start_matches('-') } else { text };
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let mut reader = Reader::new(text.as_bytes(), 0);
        let mut values = Vec::new();
        while let Some(value) = reader.value() {
            values.push(match value {
                Object::Text(text) | Object::Name(text) | Object::Word(text) => {
                    String::from_utf8_lossy(&text).into_owned()
                }
                other => format!("{other:?}"),
            });
        }
        values
    }

    #[test]
    fn every_kind_of_value_is_read() {
        for (text, values) in [
            ("(a\\(b\\)(c)\\101\\\n.) Tj", &["a(b)(c)A.", "Tj"][..]),
            ("<48 65 6C6> /A#42c % note\n T*", &["Hel`", "ABc", "T*"]),
            (
                "-1.5 +2 .5 12 0 R 12 0 RG",
                &[
                    "Number(-1.5)",
                    "Number(2.0)",
                    "Number(0.5)",
                    "Reference(12)",
                    "Number(12.0)",
                    "Number(0.0)",
                    "RG",
                ],
            ),
            ("[1[2]] null true", &["List([Number(1.0), List([Number(2.0)])])", "Null", "true"]),
            ("(never closed", &["never closed"]),
            ("<< /A 1 /B >>", &["Dictionary({[65]: Number(1.0)})"]),
            (") > ] }", &["Null", "Null", "Null", "Null"]),
        ] {
            assert_eq!(read(text), values, "{text}");
        }
    }

    #[test]
    fn depth_and_length_are_bounded_and_nothing_is_read_twice() {
        for text in ["[".repeat(100_000), "<<".repeat(100_000), "<</A".repeat(100_000), "1 ".repeat(300_000)]
        {
            read(&text);
        }
        assert!(Reader::new("[".repeat(100_000).as_bytes(), 0).value().is_none());
        assert!(Reader::new(("[".to_owned() + &"1 ".repeat(200_000) + "]").as_bytes(), 0).value().is_none());
    }

    #[test]
    fn an_image_within_the_operations_is_gone_past() {
        let bytes = b"ID \x00(EI( EI Tj";
        let mut reader = Reader::new(bytes, 0);
        assert_eq!(reader.value(), Some(Object::Word(b"ID".to_vec())));
        reader.skip_image();
        assert_eq!(reader.value(), Some(Object::Word(b"Tj".to_vec())));
    }
}
