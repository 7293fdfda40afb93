//! The item of a JSON feed (jsonfeed.org, version 1.1): its title, its date and its content.
//!
//! The strings are found by their place in the text, so that claims point into the file. What is no
//! string value of the item is not read.

use std::ops::Range;

use super::ReadError;
use super::mapped::{Mapped, cut};
use crate::model::ReportFormat;

/// Deeper nesting than any feed has is not followed.
const DEPTH_MAX: usize = 64;

/// A string value with its object and key.
struct Value<'a> {
    object: usize,
    key: &'a str,
    range: Range<usize>,
}

/// The text of the only item, and how its content is written.
pub(super) fn content(text: &str) -> Result<(Mapped, ReportFormat), ReadError> {
    let values = values(text);
    let is_content = |value: &&Value<'_>| matches!(value.key, "content_html" | "content_text");
    let mut items: Vec<usize> = values.iter().filter(is_content).map(|value| value.object).collect();
    items.dedup();
    let item = match items.as_slice() {
        [] => return Err(ReadError::Empty),
        [item] => *item,
        many => return Err(ReadError::ManyItems(many.len())),
    };
    let of = |key: &str| values.iter().find(|value| value.object == item && value.key == key);
    let is_html = of("content_html").is_some();
    let mut out = Mapped::default();
    let [open, close] = if is_html { ["<p>", "</p>\n"] } else { ["", "\n\n"] };
    for key in ["title", "date_published", if is_html { "content_html" } else { "content_text" }] {
        let Some(value) = of(key) else { continue };
        match key {
            "title" if is_html => out.put("<h1>", value.range.start, 0),
            // The word stands for the key.
            "date_published" => {
                let before = cut(text, 0..value.range.start);
                match before.rfind(key) {
                    Some(at) => out.put(&format!("{open}Published: "), at, key.len()),
                    None => out.put(&format!("{open}Published: "), value.range.start, 0),
                }
            }
            _ => {}
        }
        unescape(text, value.range.clone(), &mut out);
        match key {
            "title" if is_html => out.put("</h1>\n", value.range.end, 0),
            _ => out.put(close, value.range.end, 0),
        }
    }
    Ok((out, if is_html { ReportFormat::Html } else { ReportFormat::Text }))
}

/// Every string value that has a key.
fn values(text: &str) -> Vec<Value<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut stack: Vec<usize> = Vec::new();
    let mut objects = 0;
    let mut key: Option<&str> = None;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => {
                objects += 1;
                if stack.len() >= DEPTH_MAX {
                    break;
                }
                stack.push(objects);
                key = None;
            }
            b'}' | b']' => {
                stack.pop();
            }
            b',' => key = None,
            b'"' => {
                let end = string_end(bytes, at + 1);
                let range = at + 1..end;
                let colon =
                    bytes.get(end + 1..).unwrap_or_default().iter().find(|byte| !byte.is_ascii_whitespace());
                match (key, stack.last()) {
                    (Some(key), Some(object)) => found.push(Value { object: *object, key, range }),
                    (None, _) if colon == Some(&b':') => key = Some(cut(text, range)),
                    _ => {}
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// A JSON string with its escapes undone.
fn unescape(text: &str, range: Range<usize>, out: &mut Mapped) {
    let mut at = range.start;
    while at < range.end {
        let rest = cut(text, at..range.end);
        let plain = rest.find('\\').unwrap_or(rest.len());
        out.copy(rest.get(..plain).unwrap_or_default(), at);
        at += plain;
        let Some(sign) = rest.as_bytes().get(plain + 1) else { return };
        let hex = |from: usize| {
            let digits = rest.get(plain + from..plain + from + 4)?;
            u16::from_str_radix(digits, 16).ok()
        };
        let mut buffer = [0_u8; 4];
        let (len, letter) = match sign {
            b'n' => (2, '\n'),
            b't' => (2, '\t'),
            b'r' => (2, ' '),
            b'b' | b'f' => (2, ' '),
            b'u' => match (hex(2), hex(8).filter(|_| rest.get(plain + 6..plain + 8) == Some("\\u"))) {
                (Some(high @ 0xD800..0xDC00), Some(low)) => {
                    (12, char::decode_utf16([high, low]).next().and_then(Result::ok).unwrap_or('\u{FFFD}'))
                }
                (Some(unit), _) => (6, char::from_u32(u32::from(unit)).unwrap_or('\u{FFFD}')),
                (None, _) => (2, '\u{FFFD}'),
            },
            other if other.is_ascii() => (2, char::from(*other)),
            _ => (1, '\u{FFFD}'),
        };
        out.put(letter.encode_utf8(&mut buffer), at, len);
        at += len;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_item_is_read_and_every_byte_has_its_place() {
        let feed = r#"{"title": "Feed", "items": [{"id": "1", "title": "A \u201cleak\u201d", "date_published": "2031-05-17", "content_text": "Names\nand \"mail\"."}]}"#;
        let (mapped, format) = content(feed).unwrap();
        assert_eq!(format, ReportFormat::Text);
        assert_eq!(mapped.text, "A “leak”\n\nPublished: 2031-05-17\n\nNames\nand \"mail\".\n\n");
        let at = mapped.text.find("mail").unwrap();
        let span = mapped.span(at..at + 4).unwrap();
        assert_eq!(cut(feed, span.start..span.end), "mail");
    }

    #[test]
    fn many_items_and_no_item_are_errors() {
        let two = r#"[{"content_text": "a"}, {"content_text": "b"}]"#;
        assert_eq!(content(two).unwrap_err(), ReadError::ManyItems(2));
        assert_eq!(content(r#"{"content_text": 5}"#).unwrap_err(), ReadError::Empty);
        assert_eq!(content(&"[".repeat(1_000_000)).unwrap_err(), ReadError::Empty);
    }
}
