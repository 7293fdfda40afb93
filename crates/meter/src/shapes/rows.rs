//! Rows of fields: CSV and its relatives (RFC 4180, read leniently).

use std::ops::Range;

use crate::builder::{Builder, Form};
use crate::fact::Value;
use crate::key::{Flags, Meaning};
use crate::key_table::Key;
use crate::shapes::hidden;
use crate::value::Kinds;

/// One field: where it stands without its quotes, and whether quotes in it are doubled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) range: Range<usize>,
    pub(crate) doubled: bool,
}

/// Reads the body row by row; the first row names the columns where it looks like it. `foreign` rows
/// do not stand in the body as they are.
pub(crate) fn read(builder: &mut Builder<'_>, body: &[u8], tabs: bool, foreign: bool) {
    let mark = if tabs { b'\t' } else { delimiter(body) };
    let mut at = if body.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut fields = Vec::new();
    let mut columns: Option<Vec<Key>> = None;
    while at < body.len() && !builder.is_over() {
        let start = at;
        at = row(body, at, mark, &mut fields);
        if fields.iter().all(|field| field.range.is_empty()) {
            continue;
        }
        if columns.is_none() {
            let header = header(builder, body, &fields);
            let is_header = header.is_some();
            columns = Some(header.unwrap_or_default());
            if is_header {
                continue;
            }
        }
        builder.open(Form::Object, Key::default(), NO_NAME, start, foreign);
        for (nth, field) in fields.iter().enumerate() {
            let key = columns.as_ref().and_then(|columns| columns.get(nth)).copied().unwrap_or_default();
            self::field(builder, body, key, field, foreign);
        }
        builder.close(at);
    }
}

const NO_NAME: Value<'static> = Value { bytes: &[], start: 0, foreign: false };

fn field(builder: &mut Builder<'_>, body: &[u8], key: Key, field: &Field, foreign: bool) {
    let bytes = body.get(field.range.clone()).unwrap_or_default();
    if field.doubled {
        let decoded = undouble(bytes);
        let value = Value { bytes: &decoded, start: 0, foreign: true };
        return text(builder, key, value);
    }
    let value = Value { bytes, start: field.range.start, foreign };
    text(builder, key, value.trimmed());
}

/// A field's text: a number where it is one, for `id` and `customer_id` name the same in CSV and JSON.
fn text(builder: &mut Builder<'_>, key: Key, value: Value<'_>) {
    let kinds = Kinds::of(value.bytes);
    let json = matches!(value.bytes, [b'{', .., b'}'] | [b'[', .., b']']);
    if json && value.bytes.contains(&b'"') {
        return builder.embed(key, NO_NAME, value.bytes);
    }
    hidden::string(builder, key, NO_NAME, value, kinds);
}

/// Doubled quotes stand for one.
pub(crate) fn undouble(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut after_quote = false;
    for byte in bytes {
        if *byte == b'"' && after_quote {
            after_quote = false;
            continue;
        }
        after_quote = *byte == b'"';
        out.push(*byte);
    }
    out
}

/// The keys of the first row, if its fields name columns and are no values.
fn header(builder: &mut Builder<'_>, body: &[u8], fields: &[Field]) -> Option<Vec<Key>> {
    let mut tells = false;
    let mut keys = Vec::with_capacity(fields.len());
    for field in fields {
        let name = body.get(field.range.clone()).unwrap_or_default().trim_ascii();
        let key = if name.is_empty() { Key::default() } else { builder.scratch.keys.key(name) };
        if key.flags.has(Flags::ID.with(Flags::CONTACT)) || name.len() > 64 {
            return None;
        }
        tells |= !matches!(key.meaning, Meaning::Unknown | Meaning::Plain | Meaning::Generic);
        keys.push(key);
    }
    // A first row of values can hold a word of the lexicon too, but then most of its fields say nothing.
    let known = keys.iter().filter(|key| key.meaning != Meaning::Unknown).count();
    (tells && known.saturating_mul(2) >= keys.len().min(4)).then_some(keys)
}

/// The mark that parts the fields of the first row.
pub(crate) fn delimiter(body: &[u8]) -> u8 {
    let head = body.split(|b| *b == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let mut quoted = false;
    let mut counts = [(0_usize, b','), (0, b';'), (0, b'\t'), (0, b'|')];
    for byte in head {
        quoted ^= *byte == b'"';
        if !quoted && let Some((count, _)) = counts.iter_mut().find(|(_, mark)| mark == byte) {
            *count = count.saturating_add(1);
        }
    }
    counts.iter().rev().max_by_key(|(count, _)| *count).map_or(b',', |(_, mark)| *mark)
}

/// Reads the fields of the row at `at`; where the next row begins.
pub(crate) fn row(body: &[u8], at: usize, mark: u8, fields: &mut Vec<Field>) -> usize {
    fields.clear();
    let mut at = at;
    loop {
        let rest = body.get(at..).unwrap_or_default();
        let (field, after) =
            if rest.first() == Some(&b'"') { quoted(body, at) } else { bare(body, at, mark) };
        fields.push(field);
        at = after;
        // What stands between a closing quote and the next mark belongs to no field.
        let rest = body.get(at..).unwrap_or_default();
        let skip = memchr::memchr3(mark, b'\n', b'\r', rest).unwrap_or(rest.len());
        at = at.saturating_add(skip);
        match body.get(at) {
            Some(byte) if *byte == mark => at = at.saturating_add(1),
            Some(b'\r') if body.get(at.saturating_add(1)) == Some(&b'\n') => return at.saturating_add(2),
            Some(_) => return at.saturating_add(1),
            None => return body.len(),
        }
    }
}

fn bare(body: &[u8], at: usize, mark: u8) -> (Field, usize) {
    let rest = body.get(at..).unwrap_or_default();
    let length = memchr::memchr3(mark, b'\n', b'\r', rest).unwrap_or(rest.len());
    let end = at.saturating_add(length);
    (Field { range: at..end, doubled: false }, end)
}

fn quoted(body: &[u8], at: usize) -> (Field, usize) {
    let start = at.saturating_add(1);
    let mut end = start;
    let mut doubled = false;
    loop {
        let rest = body.get(end..).unwrap_or_default();
        let Some(found) = memchr::memchr(b'"', rest) else {
            return (Field { range: start..body.len().max(start), doubled }, body.len());
        };
        end = end.saturating_add(found);
        if body.get(end.saturating_add(1)) != Some(&b'"') {
            return (Field { range: start..end, doubled }, end.saturating_add(1));
        }
        doubled = true;
        end = end.saturating_add(2);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every field of every row, as this module reads them.
    fn ours(text: &[u8], mark: u8) -> Vec<Vec<Vec<u8>>> {
        let (mut at, mut fields, mut rows) = (0, Vec::new(), Vec::new());
        while at < text.len() {
            at = row(text, at, mark, &mut fields);
            let texts = fields.iter().map(|field| {
                let bytes = &text[field.range.clone()];
                if field.doubled { undouble(bytes) } else { bytes.to_vec() }
            });
            rows.push(texts.collect());
        }
        rows
    }

    /// The same by csv-core.
    fn theirs(text: &[u8], mark: u8) -> Vec<Vec<Vec<u8>>> {
        let mut reader = csv_core::ReaderBuilder::new().delimiter(mark).build();
        let (mut at, mut rows, mut row) = (0, Vec::new(), Vec::new());
        let mut out = vec![0; 4096];
        loop {
            let (result, read, written) = reader.read_field(&text[at..], &mut out);
            at += read;
            match result {
                csv_core::ReadFieldResult::Field { record_end } => {
                    row.push(out[..written].to_vec());
                    if record_end {
                        rows.push(std::mem::take(&mut row));
                    }
                }
                csv_core::ReadFieldResult::End => return rows,
                other => assert_eq!(other, csv_core::ReadFieldResult::InputEmpty),
            }
        }
    }

    proptest! {
        #[test]
        fn rows_are_read_as_csv_core_reads_them(
            table in prop::collection::vec(prop::collection::vec("[a-z@ ,;\"\r\nä]{0,8}", 1..5), 1..6), semicolons in any::<bool>()
        ) {
            let mark = if semicolons { b';' } else { b',' };
            let mut text = String::new();
            for row in &table {
                let fields: Vec<_> = row.iter().map(|field| {
                    let plain = !field.is_empty() && !field.contains(['"', '\r', '\n', ',', ';']);
                    if plain { field.clone() } else { format!("\"{}\"", field.replace('"', "\"\"")) }
                }).collect();
                text.push_str(&fields.join(&char::from(mark).to_string()));
                text.push_str("\r\n");
            }
            prop_assert_eq!(ours(text.as_bytes(), mark), theirs(text.as_bytes(), mark), "{}", text);
        }
    }

    #[test]
    fn the_mark_is_told_by_the_first_row() {
        for (text, mark) in [
            ("a;b;c\n1,2;3;4", b';'),
            ("a,b", b','),
            ("a\tb", b'\t'),
            ("\"a;b\",c", b','),
            ("a|b", b'|'),
            ("a", b','),
        ] {
            assert_eq!(delimiter(text.as_bytes()), mark, "{text}");
        }
    }
}
