//! One pass over JSON text: grammar, keys, depth.

use std::borrow::Cow;
use std::collections::HashSet;

use super::BodyFault;

/// Checks that `body` is one JSON text (RFC 8259) with one reading: UTF-8, no key twice in an
/// object, no NUL, at most `most_depth` deep. Linear in the length of `body`.
///
/// # Errors
/// The first fault.
pub fn check_json(body: &[u8], most_depth: usize) -> Result<(), BodyFault> {
    let text = std::str::from_utf8(body).map_err(|_| BodyFault::Malformed)?;
    Walk { text, at: 0, most_depth, open: Vec::new(), keys: Vec::new(), many: HashSet::new(), objects: 0 }
        .run()
}

/// An open array or object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Array,
    Object(Object),
}

/// An object by its number, and where its keys begin.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Object {
    number: usize,
    first_key: usize,
}

/// Up to so many keys of an object are compared one by one, more are looked up.
const FEW_KEYS: usize = 16;

struct Walk<'a> {
    text: &'a str,
    at: usize,
    most_depth: usize,
    open: Vec<Open>,
    /// The keys of the open objects, unescaped; of each its first [`FEW_KEYS`].
    keys: Vec<Cow<'a, str>>,
    /// The further keys of objects with many, with their object's number. Hashed with a random
    /// state; at most one per three bytes of the body.
    many: HashSet<(usize, Cow<'a, str>)>,
    objects: usize,
}

impl<'a> Walk<'a> {
    fn run(mut self) -> Result<(), BodyFault> {
        self.value()?;
        while let Some(open) = self.open.last().copied() {
            self.skip_space();
            match (self.peek(), open) {
                (Some(b','), Open::Array) => {
                    self.at += 1;
                    self.value()?;
                }
                (Some(b','), Open::Object(object)) => {
                    self.at += 1;
                    self.skip_space();
                    self.key(object)?;
                    self.value()?;
                }
                (Some(b']'), Open::Array) => {
                    self.at += 1;
                    self.open.pop();
                }
                (Some(b'}'), Open::Object(object)) => {
                    self.at += 1;
                    self.open.pop();
                    self.keys.truncate(object.first_key);
                }
                _ => return Err(BodyFault::Malformed),
            }
        }
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { Err(BodyFault::Malformed) }
    }

    /// Reads a scalar, or opens arrays and objects down to the first scalar or empty one.
    fn value(&mut self) -> Result<(), BodyFault> {
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'[') => {
                    self.enter(Open::Array)?;
                    self.skip_space();
                    if self.peek() == Some(b']') {
                        return Ok(());
                    }
                }
                Some(b'{') => {
                    self.objects += 1;
                    let object = Object { number: self.objects, first_key: self.keys.len() };
                    self.enter(Open::Object(object))?;
                    self.skip_space();
                    if self.peek() == Some(b'}') {
                        return Ok(());
                    }
                    self.key(object)?;
                }
                Some(b'"') => return self.string().map(drop),
                Some(b'-' | b'0'..=b'9') => return self.number(),
                _ => return self.word(),
            }
        }
    }

    fn enter(&mut self, open: Open) -> Result<(), BodyFault> {
        if self.open.len() == self.most_depth {
            return Err(BodyFault::TooDeep);
        }
        self.open.push(open);
        self.at += 1;
        Ok(())
    }

    /// A key and its colon.
    fn key(&mut self, object: Object) -> Result<(), BodyFault> {
        let key = self.string()?;
        let few = self.keys.get(object.first_key..).unwrap_or_default();
        if few.contains(&key) {
            return Err(BodyFault::DuplicateKey);
        }
        if few.len() < FEW_KEYS {
            self.keys.push(key);
        } else if !self.many.insert((object.number, key)) {
            return Err(BodyFault::DuplicateKey);
        }
        self.skip_space();
        self.eat(b':')
    }

    /// A string, unescaped only where it has escapes.
    fn string(&mut self) -> Result<Cow<'a, str>, BodyFault> {
        self.eat(b'"')?;
        let rest = self.text.get(self.at..).unwrap_or_default();
        let bytes = rest.as_bytes();
        let mut end = 0;
        let mut escaped = false;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    end += 2;
                }
                Some(0) => return Err(BodyFault::Nul),
                Some(0x01..=0x1f) | None => return Err(BodyFault::Malformed),
                Some(_) => end += 1,
            }
        }
        let inner = rest.get(..end).ok_or(BodyFault::Malformed)?;
        self.at += end + 1;
        if escaped { unescape(inner).map(Cow::Owned) } else { Ok(Cow::Borrowed(inner)) }
    }

    fn number(&mut self) -> Result<(), BodyFault> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), BodyFault> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(BodyFault::Malformed) }
    }

    fn word(&mut self) -> Result<(), BodyFault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        for word in ["true", "false", "null"] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(());
            }
        }
        Err(if rest.starts_with('\0') { BodyFault::Nul } else { BodyFault::Malformed })
    }

    fn eat(&mut self, byte: u8) -> Result<(), BodyFault> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(BodyFault::Malformed)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }
}

/// The text of a string with escapes. A lone surrogate has no single reading.
fn unescape(inner: &str) -> Result<String, BodyFault> {
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let mut chars = escape.chars().skip(1);
        let mut used = 2;
        out.push(match chars.next() {
            Some(plain @ ('"' | '\\' | '/')) => plain,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let first = code_unit(escape, 2)?;
                used = 6;
                match first {
                    0 => return Err(BodyFault::Nul),
                    0xd800..=0xdbff if escape.get(6..8) == Some("\\u") => {
                        used = 12;
                        let pair = [first, code_unit(escape, 8)?];
                        let mut decoded = char::decode_utf16(pair);
                        decoded.next().and_then(Result::ok).ok_or(BodyFault::Malformed)?
                    }
                    unit => char::from_u32(u32::from(unit)).ok_or(BodyFault::Malformed)?,
                }
            }
            _ => return Err(BodyFault::Malformed),
        });
        rest = escape.get(used..).unwrap_or_default();
    }
    out.push_str(rest);
    Ok(out)
}

fn code_unit(escape: &str, at: usize) -> Result<u16, BodyFault> {
    let digits = escape.get(at..at + 4).ok_or(BodyFault::Malformed)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(BodyFault::Malformed);
    }
    u16::from_str_radix(digits, 16).map_err(|_| BodyFault::Malformed)
}
