//! JSON in one pass, however broken.
//!
//! The reader has no error state: a missing comma or bracket changes nothing, what stands between
//! tokens and is no JSON is read as plain text, and a body that ends early is read to its end. So one
//! reader serves JSON, NDJSON, JSON text sequences, server-sent events and JSONP.

use crate::builder::scalar::Literal;
use crate::builder::{Builder, Form};
use crate::fact::Value;
use crate::key_table::Key;
use crate::shapes::hidden;
use crate::value::Kinds;

pub(crate) mod check;
mod string;

pub(crate) use string::{Scan, scan, unescape};

/// Reads `doc`; `foreign` says that it does not stand in the body as it is.
pub(crate) fn read(builder: &mut Builder<'_>, doc: &[u8], foreign: bool) {
    Reader {
        doc,
        foreign,
        at: 0,
        base: builder.depth(),
        key: Key::default(),
        name: Name::None,
        decoded: Vec::new(),
    }
    .run(builder);
}

/// Reads JSON that stands in a string under `key`.
pub(crate) fn read_under(builder: &mut Builder<'_>, key: Key, name: Value<'_>, doc: &[u8]) {
    let decoded = name.bytes.to_vec();
    let base = builder.depth();
    Reader { doc, foreign: true, at: 0, base, key, name: Name::Decoded, decoded }.run(builder);
}

/// Where the text of the key before a value stands.
#[derive(Clone, Copy)]
enum Name {
    None,
    /// From, to, in the document.
    Plain(usize, usize),
    /// In `Reader::decoded`.
    Decoded,
}

struct Reader<'d> {
    doc: &'d [u8],
    foreign: bool,
    at: usize,
    /// Containers that were open before this document: not to be closed by it.
    base: usize,
    /// The key that waits for its value.
    key: Key,
    name: Name,
    decoded: Vec<u8>,
}

impl Reader<'_> {
    fn run(mut self, builder: &mut Builder<'_>) {
        while let Some(byte) = self.doc.get(self.at).copied() {
            // Most tokens are strings and commas: two branches that are guessed right beat a jump table.
            if byte == b'"' {
                self.string(builder);
                if builder.is_over() {
                    return;
                }
                if self.doc.get(self.at) == Some(&b',') {
                    self.at = self.at.wrapping_add(1);
                }
                continue;
            }
            match byte {
                b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' => self.at = self.at.wrapping_add(1),
                b'{' => self.open(builder, Form::Object),
                b'[' => self.open(builder, Form::Array),
                b'}' => self.close(builder, Form::Object),
                b']' => self.close(builder, Form::Array),
                b'-' | b'0'..=b'9' => self.number(builder),
                _ => self.word(builder),
            }
            if builder.is_over() {
                return;
            }
        }
        while builder.depth() > self.base {
            builder.close(self.doc.len());
        }
    }

    fn value(&self, start: usize, end: usize) -> Value<'_> {
        Value { bytes: self.doc.get(start..end).unwrap_or_default(), start, foreign: self.foreign }
    }

    /// The key that waits, with its text; none waits after it.
    fn take_key(&mut self) -> (Key, Name) {
        (std::mem::take(&mut self.key), std::mem::replace(&mut self.name, Name::None))
    }

    fn name_value<'v>(&'v self, name: Name) -> Value<'v> {
        match name {
            Name::None => Value { bytes: &[], start: 0, foreign: self.foreign },
            Name::Plain(start, end) => self.value(start, end),
            Name::Decoded => Value { bytes: &self.decoded, start: 0, foreign: true },
        }
    }

    fn open(&mut self, builder: &mut Builder<'_>, form: Form) {
        let start = self.at;
        let (key, name) = self.take_key();
        if builder.depth() > builder.bounds.depth {
            return self.too_deep(builder);
        }
        let name = self.name_value(name);
        builder.open(form, key, Value { foreign: name.foreign || self.foreign, ..name }, start, self.foreign);
        self.at = start.wrapping_add(1);
    }

    fn close(&mut self, builder: &mut Builder<'_>, form: Form) {
        self.at = self.at.wrapping_add(1);
        self.take_key();
        // A bracket that fits nothing is skipped; one that fits an outer container closes up to it.
        let fits = (self.base..builder.depth()).rev().find(|at| builder.form_at(*at) == Some(form));
        if let Some(fits) = fits {
            while builder.depth() > fits {
                builder.close(self.at);
            }
        }
    }

    fn string(&mut self, builder: &mut Builder<'_>) {
        let start = self.at.wrapping_add(1);
        if builder.form() == Form::Object && !self.key.named && self.expected_key(builder, start) {
            return;
        }
        let Scan { end, escaped } = scan(self.doc, start);
        self.at = end.wrapping_add(1);
        if builder.form() == Form::Object && self.colon_follows() {
            let raw = self.doc.get(start..end).unwrap_or_default();
            if escaped {
                self.decoded = unescape(raw);
                self.key = builder.scratch.keys.key(&self.decoded);
                builder.scratch.keys.follow(self.key);
                self.name = Name::Decoded;
            } else {
                self.key = builder.scratch.keys.key(raw);
                builder.scratch.keys.follow(self.key);
                self.name = Name::Plain(start, end);
            }
            return;
        }
        let (key, name) = self.take_key();
        if escaped {
            let decoded = unescape(self.doc.get(start..end).unwrap_or_default());
            let value = Value { bytes: &decoded, start: 0, foreign: true };
            let name = self.name_value(name);
            text(builder, key, name, value, Kinds::of(&decoded));
        } else {
            let value = self.value(start, end);
            text(builder, key, self.name_value(name), value, Kinds::of(value.bytes));
        }
    }

    /// Whether the key that followed the last one before stands here again; then it is taken.
    #[inline]
    fn expected_key(&mut self, builder: &mut Builder<'_>, start: usize) -> bool {
        let rest = self.doc.get(start..).unwrap_or_default();
        let Some((key, length)) = builder.scratch.keys.expected(rest) else { return false };
        let end = start.wrapping_add(length);
        if self.doc.get(end..end.wrapping_add(2)) != Some(b"\":") {
            return false;
        }
        builder.scratch.keys.arrived(key);
        self.key = key;
        self.name = Name::Plain(start, end);
        self.at = end.wrapping_add(2);
        true
    }

    /// Whether the string before `at` is a key; then `at` moves behind its colon.
    #[inline]
    fn colon_follows(&mut self) -> bool {
        let mut at = self.at;
        loop {
            match self.doc.get(at) {
                Some(b':') => {
                    self.at = at.wrapping_add(1);
                    return true;
                }
                Some(b' ' | b'\n' | b'\r' | b'\t') => at = at.wrapping_add(1),
                _ => return false,
            }
        }
    }

    fn number(&mut self, builder: &mut Builder<'_>) {
        let start = self.at;
        let rest = self.doc.get(start..).unwrap_or_default();
        let length = rest
            .iter()
            .take_while(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E'))
            .count();
        let end = start.wrapping_add(length.max(1));
        if self.doc.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'@' | b'_' | b'/')) {
            return self.word(builder);
        }
        self.at = end;
        let (key, name) = self.take_key();
        builder.number(key, self.name_value(name), self.value(start, end));
    }

    /// `true`, `false`, `null`, or something that is no JSON.
    fn word(&mut self, builder: &mut Builder<'_>) {
        let start = self.at;
        let rest = self.doc.get(start..).unwrap_or_default();
        let length = memchr::memchr3(b'"', b'{', b'[', rest).unwrap_or(rest.len());
        let near = rest.get(..length).unwrap_or_default();
        let stop = near.iter().position(|b| matches!(b, b',' | b'}' | b']' | b'\n')).unwrap_or(length);
        let run = near.get(..stop).unwrap_or_default();
        self.at = start.wrapping_add(stop.max(1));
        let literal = match run.trim_ascii_end() {
            b"null" => Literal::Null,
            b"true" | b"false" => Literal::Bool,
            _ => {
                self.take_key();
                let garbage = self.value(start, start.wrapping_add(stop));
                return builder.free_text(garbage, true);
            }
        };
        let (key, name) = self.take_key();
        builder.literal(key, self.name_value(name), literal);
    }

    /// Reads a container beyond the bound on depth as plain text.
    fn too_deep(&mut self, builder: &mut Builder<'_>) {
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(byte) = self.doc.get(self.at).copied() {
            self.at = self.at.wrapping_add(1);
            match byte {
                b'"' => self.at = scan(self.doc, self.at).end.wrapping_add(1),
                b'{' | b'[' => depth = depth.saturating_add(1),
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        let raw = self.doc.get(start..self.at.min(self.doc.len())).unwrap_or_default();
        if memchr::memchr(b'\\', raw).is_some() {
            let decoded = unescape(raw);
            builder.free_text(Value { bytes: &decoded, start: 0, foreign: true }, true);
        } else {
            builder.free_text(Value { bytes: raw, start, foreign: self.foreign }, true);
        }
    }
}

/// A decoded string: JSON again, or a value.
fn text(builder: &mut Builder<'_>, key: Key, name: Value<'_>, value: Value<'_>, kinds: Kinds) {
    let embedded = value.bytes.len() > 4
        && matches!(value.bytes.first(), Some(b'{' | b'[' | b'"' | b' ' | b'\n'))
        && is_json(value.bytes.trim_ascii());
    if !embedded {
        return hidden::string(builder, key, name, value, kinds);
    }
    if builder.level >= builder.bounds.embedded {
        return builder.free_text(value, true);
    }
    builder.embed(key, name, value.bytes);
}

/// Whether a string looks like JSON from both ends.
fn is_json(text: &[u8]) -> bool {
    match text {
        [b'{', .., b'}'] => text.contains(&b'"') || text.len() == 2,
        [b'[', inner @ .., b']'] => {
            matches!(inner.trim_ascii_start().first(), Some(b'{' | b'[' | b'"' | b'0'..=b'9' | b'-'))
        }
        [b'"', b'{' | b'[' | b'\\' | b'"', .., b'"'] => true,
        _ => false,
    }
}
