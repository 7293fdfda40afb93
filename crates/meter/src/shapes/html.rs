//! HTML pages: contacts in their text and links, tables, lists of definitions, and the JSON that
//! scripts and attributes carry.

use super::{json, script, text};
use crate::builder::Builder;
use crate::fact::Value;

mod grid;

use grid::Grid;

/// Reads the page. Telephone numbers are looked for in text and `tel:` links, not in scripts, styles and drawings.
pub(crate) fn read(builder: &mut Builder<'_>, body: &[u8]) {
    let mut grids: Vec<Grid> = Vec::new();
    let mut at = 0_usize;
    while let Some(rest) = body.get(at..).filter(|rest| !rest.is_empty()) {
        if builder.is_over() {
            return;
        }
        let text = memchr::memchr(b'<', rest).unwrap_or(rest.len());
        let end = at.saturating_add(text);
        match grids.last_mut().filter(|grid| grid.in_cell()) {
            Some(grid) => grid.append(body.get(at..end).unwrap_or_default()),
            None => builder.free_text(piece(body, at, end), true),
        }
        at = end;
        let Some(tag) = body.get(at..).filter(|rest| !rest.is_empty()) else { break };
        let (end, closed) = tag_end(tag);
        let inside = at.saturating_add(end);
        turn(builder, &mut grids, tag, at);
        read_tag(builder, body, at, inside, closed);
        let name = tag_name(tag);
        at = inside;
        if let Some(closing) =
            [&b"script"[..], b"style", b"svg"].into_iter().find(|raw| name.eq_ignore_ascii_case(raw))
        {
            let content = body.get(inside..).unwrap_or_default();
            let length = find_closing(content, closing);
            let content = piece(body, inside, inside.saturating_add(length));
            let header = tag.get(..end).unwrap_or_default();
            if !name.eq_ignore_ascii_case(b"script") {
                builder.free_text(content, false);
            } else if header.windows(4).any(|four| four.eq_ignore_ascii_case(b"json")) {
                json::read(builder, content.bytes, true);
            } else {
                script::read(builder, content, false);
            }
            at = inside.saturating_add(length);
        }
    }
    while let Some(mut grid) = grids.pop() {
        grid.end(builder, body.len());
    }
}

/// Tables within tables beyond this are read as one.
const MOST_GRIDS: usize = 16;

/// What a tag means for the tables and lists around it.
fn turn(builder: &mut Builder<'_>, grids: &mut Vec<Grid>, tag: &[u8], at: usize) {
    let closes = tag.get(1) == Some(&b'/');
    let mut name = [0_u8; 5];
    let written = if closes { tag_name(tag.get(1..).unwrap_or_default()) } else { tag_name(tag) };
    let Some(lower) = name.get_mut(..written.len()) else { return };
    lower.copy_from_slice(written);
    lower.make_ascii_lowercase();
    match (&*lower, closes) {
        (b"table", false) | (b"dl", false) if grids.len() < MOST_GRIDS => {
            if let Some(around) = grids.last_mut() {
                around.break_line();
            }
            grids.push(Grid::begin(builder, lower == b"dl", at));
        }
        (b"table", true) | (b"dl", true)
            if grids.last().is_some_and(|grid| grid.is_list() == (lower == b"dl")) =>
        {
            if let Some(mut grid) = grids.pop() {
                grid.end(builder, at);
            }
        }
        (b"tr", closes) => {
            // Rows without a table around them are a part that a script puts into one.
            if grids.last().is_none_or(Grid::is_list) && grids.len() < MOST_GRIDS {
                grids.push(Grid::begin(builder, false, at));
            }
            match grids.last_mut() {
                Some(grid) if closes => grid.end_row(builder, at),
                Some(grid) => grid.begin_row(builder, at),
                None => {}
            }
        }
        (b"td" | b"th" | b"dd" | b"dt", closes) => {
            let Some(grid) = grids.last_mut() else { return };
            if closes {
                grid.end_cell(builder);
            } else {
                grid.begin_cell(builder, matches!(&*lower, b"th" | b"dt"), at);
            }
        }
        (b"br" | b"p" | b"div" | b"li", _) => {
            if let Some(grid) = grids.last_mut() {
                grid.break_line();
            }
        }
        _ => {}
    }
}

fn piece(body: &[u8], start: usize, end: usize) -> Value<'_> {
    Value { bytes: body.get(start..end).unwrap_or_default(), start, foreign: false }
}

/// Attributes: addresses anywhere, numbers only after `tel:`, and JSON that is a whole value.
fn read_tag(builder: &mut Builder<'_>, body: &[u8], start: usize, end: usize, closed: bool) {
    let tag = piece(body, start, end);
    for found in memchr::memmem::find_iter(tag.bytes, b"tel:") {
        let from = found.saturating_add(4);
        let number = tag.bytes.get(from..).unwrap_or_default();
        let length = number.iter().take_while(|b| !matches!(b, b'"' | b'\'' | b'>' | b';' | b'?')).count();
        builder.dialled(tag.sub(from..from.saturating_add(length)));
    }
    let (mut done, mut at) = (0_usize, 0_usize);
    while let Some(found) = tag.bytes.get(at..).and_then(|rest| memchr::memchr(b'=', rest)) {
        at = at.saturating_add(found).saturating_add(1);
        let [quote @ (b'"' | b'\''), value @ ..] = tag.bytes.get(at..).unwrap_or_default() else { continue };
        if !matches!(value.trim_ascii_start().first(), Some(b'{' | b'[')) {
            continue;
        }
        let length = memchr::memchr(*quote, value).unwrap_or(value.len());
        let mut plain = Vec::with_capacity(length);
        text::decode_entities(value.get(..length).unwrap_or_default(), &mut plain);
        let behind = at.saturating_add(length).saturating_add(1);
        if json::check::is_document(plain.trim_ascii()) {
            builder.free_text(tag.sub(done..at), !closed);
            json::read(builder, &plain, true);
            done = behind;
        }
        at = behind;
    }
    builder.free_text(tag.sub(done..tag.bytes.len()), !closed);
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
