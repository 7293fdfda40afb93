//! HTML pages: contacts in their text and links, and the JSON that scripts carry.

use super::json;
use crate::builder::Builder;
use crate::fact::Value;

/// Reads the page. Telephone numbers are looked for in text and `tel:` links, not in scripts, styles and drawings.
pub(crate) fn read(builder: &mut Builder<'_>, body: &[u8]) {
    let mut at = 0_usize;
    while let Some(rest) = body.get(at..).filter(|rest| !rest.is_empty()) {
        if builder.is_over() {
            return;
        }
        let text = memchr::memchr(b'<', rest).unwrap_or(rest.len());
        builder.free_text(piece(body, at, at.saturating_add(text)), true);
        at = at.saturating_add(text);
        let Some(tag) = body.get(at..).filter(|rest| !rest.is_empty()) else { return };
        let (end, closed) = tag_end(tag);
        read_tag(builder, body, at, at.saturating_add(end), closed);
        let name = tag_name(tag);
        let inside = at.saturating_add(end);
        at = inside;
        if let Some(closing) =
            [&b"script"[..], b"style", b"svg"].into_iter().find(|raw| name.eq_ignore_ascii_case(raw))
        {
            let content = body.get(inside..).unwrap_or_default();
            let length = find_closing(content, closing);
            let content = piece(body, inside, inside.saturating_add(length));
            let header = tag.get(..end).unwrap_or_default();
            if name.eq_ignore_ascii_case(b"script") && memchr::memmem::find(header, b"json").is_some() {
                json::read(builder, content.bytes, true, 0);
            } else {
                builder.free_text(content, false);
            }
            at = inside.saturating_add(length);
        }
    }
}

fn piece(body: &[u8], start: usize, end: usize) -> Value<'_> {
    Value { bytes: body.get(start..end).unwrap_or_default(), start, foreign: false }
}

/// Attributes: addresses anywhere, numbers only after `tel:`.
fn read_tag(builder: &mut Builder<'_>, body: &[u8], start: usize, end: usize, closed: bool) {
    let tag = piece(body, start, end);
    builder.free_text(tag, !closed);
    for found in memchr::memmem::find_iter(tag.bytes, b"tel:") {
        let from = found.saturating_add(4);
        let number = tag.bytes.get(from..).unwrap_or_default();
        let length = number.iter().take_while(|b| !matches!(b, b'"' | b'\'' | b'>' | b';' | b'?')).count();
        builder.dialled(tag.sub(from..from.saturating_add(length)));
    }
}

/// Where the tag at the start ends, behind its `>`, quotes respected, and whether it does. One that does
/// not end within [`MOST_TAG`] bytes is text up to there, so that a page of brackets is read once.
fn tag_end(tag: &[u8]) -> (usize, bool) {
    let mut quote = 0_u8;
    for (at, byte) in tag.iter().enumerate().skip(1).take(MOST_TAG) {
        match byte {
            b'"' | b'\'' if quote == 0 => quote = *byte,
            byte if *byte == quote => quote = 0,
            b'>' if quote == 0 => return (at.saturating_add(1), true),
            b'<' if quote == 0 => return (at, false),
            _ => {}
        }
    }
    (tag.len().min(MOST_TAG), false)
}

const MOST_TAG: usize = 65_536;

fn tag_name(tag: &[u8]) -> &[u8] {
    let name = tag.get(1..).unwrap_or_default();
    let length = name.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    name.get(..length).unwrap_or_default()
}

/// How far it is to `</name`.
fn find_closing(content: &[u8], name: &[u8]) -> usize {
    memchr::memmem::find_iter(content, b"</")
        .find(|at| {
            let after = content.get(at.saturating_add(2)..).unwrap_or_default();
            after.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        })
        .unwrap_or(content.len())
}
