//! Scripts: JSON that is assigned, passed on or parsed in them, and the contacts in the rest.
//!
//! `window.__STATE__ = {...}`, `render([...])`, `JSON.parse("...")`. A literal that is no JSON is text.

use super::json;
use crate::builder::Builder;
use crate::fact::Value;
use crate::shape::looks_like_json;

/// Reads the script; `free` also looks for telephone numbers in its text.
pub(crate) fn read(builder: &mut Builder<'_>, script: Value<'_>, free: bool) {
    let doc = script.bytes;
    let mut done = 0_usize;
    let mut at = 0_usize;
    // What literals that turn out to be none may cost: the script is read a bounded number of times.
    let mut spare = doc.len().saturating_mul(2);
    while let Some(found) = doc.get(at..).and_then(|rest| memchr::memchr2(b'=', b'(', rest)) {
        let behind = at.saturating_add(found).saturating_add(1);
        at = behind;
        let Some(rest) = doc.get(behind..) else { break };
        let start = doc.len().saturating_sub(rest.trim_ascii_start().len());
        let literal = doc.get(start..).unwrap_or_default();
        let end = match literal.first() {
            Some(b'{' | b'[') if looks_like_json(literal) => match json::check::length(literal) {
                Ok(length) if length >= SHORTEST => Some(start.saturating_add(length)),
                Ok(_) => None,
                Err(spent) if spent <= spare => {
                    spare = spare.saturating_sub(spent);
                    None
                }
                Err(_) => break,
            },
            Some(quote @ (b'"' | b'\'' | b'`'))
                if doc.get(..behind).is_some_and(|before| before.ends_with(b"JSON.parse(")) =>
            {
                let length = literal_length(literal, *quote);
                Some(start.saturating_add(length))
            }
            _ => None,
        };
        let Some(end) = end else { continue };
        builder.free_text(script.sub(done..start), free);
        let literal = doc.get(start..end).unwrap_or_default();
        if matches!(literal.first(), Some(b'{' | b'[')) {
            json::read(builder, literal, true);
        } else {
            parsed(builder, literal, free);
        }
        if builder.is_over() {
            return;
        }
        (done, at) = (end, end);
    }
    builder.free_text(script.sub(done..doc.len()), free);
}

/// Shorter literals carry nobody: `[1,2]`.
const SHORTEST: usize = 8;

/// How long the string at the start is, with its quotes.
fn literal_length(literal: &[u8], quote: u8) -> usize {
    let mut at = 1_usize;
    while let Some(found) = literal.get(at..).and_then(|rest| memchr::memchr2(quote, b'\\', rest)) {
        at = at.saturating_add(found);
        if literal.get(at) == Some(&quote) {
            return at.saturating_add(1);
        }
        at = at.saturating_add(2);
    }
    literal.len()
}

/// What `JSON.parse` gets.
fn parsed(builder: &mut Builder<'_>, literal: &[u8], free: bool) {
    let raw = literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default();
    let plain = json::unescape(raw);
    if json::check::is_document(plain.trim_ascii()) {
        json::read(builder, &plain, true);
    } else {
        builder.free_text(Value { bytes: &plain, start: 0, foreign: true }, free);
    }
}
