//! JSON (RFC 8259) to a tree.
//!
//! A reader of its own, because YAML's is not right for all JSON: a YAML key ends after 1,024
//! characters, `\ud83d\ude00` is two errors instead of one emoji, and it is slower. Strict: no
//! comments, no trailing commas, no lone surrogates; a byte order mark is skipped.

use std::sync::Arc;

use memchr::memchr2;

use crate::tree::build::Builder;
use crate::tree::error::TreeError;
use crate::tree::node::{Key, Node, Span, Value};

/// Reads one JSON value and nothing after it.
pub(super) fn read(text: &str) -> Result<Node, TreeError> {
    let skipped = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: skipped,
        line: 1,
        line_start: skipped,
        counted: (skipped, 1),
    };
    let mut builder = Builder::default();
    reader.skip_space();
    if reader.peek().is_none() {
        return builder.finish();
    }
    // Each turn reads one value, then whatever ends after it.
    let mut depth: Vec<u8> = Vec::new();
    loop {
        let opened = reader.value(&mut builder)?;
        reader.skip_space();
        if let Some(closer) = opened {
            if reader.peek() == Some(closer) {
                reader.at += 1;
                close(&mut builder, reader.at);
            } else {
                depth.push(closer);
                reader.key_if(closer, &mut builder)?;
                continue;
            }
        }
        loop {
            reader.skip_space();
            let Some(&closer) = depth.last() else {
                return match reader.peek() {
                    None => builder.finish(),
                    Some(_) => {
                        Err(reader
                            .wrong("more text after the end of the document", "write one value per file"))
                    }
                };
            };
            match reader.peek() {
                Some(b',') => {
                    reader.at += 1;
                    reader.skip_space();
                    if reader.peek() == Some(closer) {
                        return Err(
                            reader.wrong("a comma before the end of a list or object", "remove the comma")
                        );
                    }
                    reader.key_if(closer, &mut builder)?;
                    break;
                }
                Some(byte) if byte == closer => {
                    reader.at += 1;
                    depth.pop();
                    close(&mut builder, reader.at);
                }
                Some(b']' | b'}') => {
                    return Err(reader
                        .wrong("the wrong bracket closes here", "close with the bracket that was opened"));
                }
                Some(_) => return Err(reader.wrong("a comma is missing here", "put `,` between values")),
                None => {
                    return Err(
                        reader.wrong("the text ends inside a list or object", "close every `[` and `{`")
                    );
                }
            }
        }
    }
}

fn close(builder: &mut Builder, end: usize) {
    // JSON has no merge keys, so closing cannot fail on one.
    let _ = builder.close(u32::try_from(end).unwrap_or(u32::MAX));
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    line: u32,
    line_start: usize,
    /// A byte of the current line and its column: columns are counted on from there.
    counted: (usize, u32),
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' => {
                    self.at += 1;
                    self.line = self.line.saturating_add(1);
                    self.line_start = self.at;
                    self.counted = (self.at, 1);
                }
                _ => return,
            }
        }
    }

    /// The place of byte `start`, which is on the current line and not before the last place asked for.
    fn span(&mut self, start: usize, end: usize) -> Span {
        let (from, column) = self.counted;
        let between = self.bytes.get(from..start).unwrap_or_default();
        let characters = between.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let column = column.saturating_add(number(characters));
        self.counted = (start, column);
        Span { start: number(start), end: number(end), line: self.line, column }
    }

    fn wrong(&mut self, what: &str, help: &'static str) -> TreeError {
        let end = self.text.get(self.at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let at = self.span(self.at, self.at + end);
        TreeError::Syntax { what: what.to_owned(), at, help: Some(help) }
    }

    /// Reads `"key":` where an object is open.
    fn key_if(&mut self, closer: u8, builder: &mut Builder) -> Result<(), TreeError> {
        if closer != b'}' {
            return Ok(());
        }
        if self.peek() != Some(b'"') {
            return Err(
                self.wrong("a key is missing here", "write keys in double quotes; JSON has no comments")
            );
        }
        let start = self.at;
        let at = self.span(start, start);
        let text = self.string()?;
        let span = Span { end: u32::try_from(self.at).unwrap_or(u32::MAX), ..at };
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.wrong("a colon is missing after the key", "write `\"key\": value`"));
        }
        self.at += 1;
        self.skip_space();
        builder.key(Key { text, span });
        Ok(())
    }

    /// Reads one scalar, or the start of a list or object and says which bracket closes it.
    fn value(&mut self, builder: &mut Builder) -> Result<Option<u8>, TreeError> {
        let start = self.at;
        let at = self.span(start, start);
        let value = match self.peek() {
            Some(b'{') => {
                self.at += 1;
                builder.open_mapping(at, 0)?;
                return Ok(Some(b'}'));
            }
            Some(b'[') => {
                self.at += 1;
                builder.open_sequence(at, 0)?;
                return Ok(Some(b']'));
            }
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            Some(b'\'') => return Err(self.wrong("a value in single quotes", "use double quotes")),
            Some(b'/' | b'#') => return Err(self.wrong("a value is missing here", "JSON has no comments")),
            Some(_) => return Err(self.wrong("this is no JSON value", "put text in double quotes")),
            None => return Err(self.wrong("the text ends where a value is due", "complete the document")),
        };
        let end = u32::try_from(self.at).unwrap_or(u32::MAX);
        builder.scalar(Node { value, span: Span { end, ..at } }, 0)?;
        Ok(None)
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, TreeError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let after = rest.get(word.len());
        if rest.starts_with(word.as_bytes()) && !after.is_some_and(u8::is_ascii_alphanumeric) {
            self.at += word.len();
            return Ok(value);
        }
        Err(self.wrong("this is no JSON value", "write `true`, `false`, `null`, or text in double quotes"))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Value, TreeError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || leading_zero && whole > 1 {
            return Err(self.wrong("this is no JSON number", "write digits without leading zeros"));
        }
        let mut fraction = false;
        if self.peek() == Some(b'.') {
            self.at += 1;
            fraction = true;
            if self.digits() == 0 {
                return Err(self.wrong("digits are missing after the point", "write for example `1.5`"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            fraction = true;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.wrong("digits are missing in the exponent", "write for example `1e6`"));
            }
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        if !fraction && let Ok(whole) = text.parse() {
            return Ok(Value::Integer(whole));
        }
        Ok(Value::Float(text.parse().unwrap_or(f64::NAN)))
    }

    /// Reads a string from its opening quote to after its closing one.
    fn string(&mut self) -> Result<Arc<str>, TreeError> {
        self.at += 1;
        let mut decoded: Option<String> = None;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(stop) = memchr2(b'"', b'\\', rest) else {
                return Err(self.wrong("a string is not closed", "end it with `\"`"));
            };
            let piece = self.text.get(self.at..self.at + stop).unwrap_or_default();
            if let Some(control) = piece.bytes().position(|byte| byte < b' ') {
                self.at += control;
                return Err(
                    self.wrong("a control character in a string", "write it as an escape, such as `\\n`")
                );
            }
            self.at += stop + 1;
            if rest.get(stop) == Some(&b'"') {
                return Ok(match decoded {
                    None => piece.into(),
                    Some(mut text) => {
                        text.push_str(piece);
                        text.into()
                    }
                });
            }
            let text = decoded.get_or_insert_default();
            text.push_str(piece);
            let character = self.escape()?;
            text.push(character);
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<char, TreeError> {
        let Some(sign) = self.peek() else {
            return Err(self.wrong("a string is not closed", "end it with `\"`"));
        };
        let simple = match sign {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.unicode();
            }
            _ => {
                return Err(
                    self.wrong("an unknown escape", "after a backslash write one of `\" \\ / b f n r t u`")
                );
            }
        };
        self.at += 1;
        Ok(simple)
    }

    fn unicode(&mut self) -> Result<char, TreeError> {
        let lone = "half of a surrogate pair";
        let help = "write both halves, such as `\\ud83d\\ude00`, or the character itself";
        let first = self.hex()?;
        let code = match first {
            0xd800..=0xdbff => {
                if self.bytes.get(self.at..self.at + 2) != Some(b"\\u") {
                    return Err(self.wrong(lone, help));
                }
                self.at += 2;
                let second = self.hex()?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(self.wrong(lone, help));
                }
                0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            other => other,
        };
        char::from_u32(code).ok_or_else(|| self.wrong(lone, help))
    }

    fn hex(&mut self) -> Result<u32, TreeError> {
        let digits =
            self.text.get(self.at..self.at + 4).filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => {
                Err(self
                    .wrong("four hexadecimal digits are missing after `\\u`", "write for example `\\u00e9`"))
            }
        }
    }
}
