//! Text without a form, and contacts that hide in escapes.

use crate::builder::Builder;
use crate::fact::Value;
use crate::value::wide;

/// Reads the body as plain text: its distinct contacts, and what its runs of base64 hide.
pub(crate) fn read(builder: &mut Builder<'_>, body: &[u8]) {
    builder.free_text(Value::of_body(body), true);
}

/// How often one text is decoded: `%2540` and `&amp;#64;` were written twice.
const ROUNDS: usize = 3;

/// The text with `%40`, `&#64;`, `&commat;`, `\u0040`, full width and the like decoded; `None` where
/// there is nothing to decode.
pub(crate) fn unhide(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut plain = once(bytes)?;
    for _ in 1..ROUNDS {
        match once(&plain) {
            Some(plainer) => plain = plainer,
            None => break,
        }
    }
    Some(plain)
}

fn once(bytes: &[u8]) -> Option<Vec<u8>> {
    let has = |needle: &[u8]| memchr::memmem::find(bytes, needle).is_some();
    let percent = memchr::memchr(b'%', bytes).is_some() && (has(b"%40") || has(b"%2540"));
    let entity = memchr::memchr(b'&', bytes).is_some() && has_at_entity(bytes);
    let escape = memchr::memchr(b'\\', bytes).is_some() && (has(b"\\u00") || has(b"\\x"));
    let folded = if is_wide(bytes) { wide::fold(bytes) } else { None };
    if !percent && !entity && !escape {
        return folded;
    }
    let bytes = folded.as_deref().unwrap_or(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0_usize;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let (decoded, length) = match rest {
            [b'%', high, low, ..] if percent => byte_of(*high, *low, 3),
            [b'\\', b'u', b'0', b'0', high, low, ..] if escape => byte_of(*high, *low, 6),
            [b'\\', b'x', high, low, ..] if escape => byte_of(*high, *low, 4),
            [b'&', ..] if entity => match entity_of(rest) {
                Some((c, length)) if c.is_ascii() => (u8::try_from(c).ok(), length),
                _ => (None, 1),
            },
            _ => (None, 1),
        };
        out.extend(decoded.or_else(|| rest.first().copied()));
        at = at.saturating_add(length);
    }
    Some(out)
}

fn byte_of(high: u8, low: u8, length: usize) -> (Option<u8>, usize) {
    match (hex(high), hex(low)) {
        (Some(high), Some(low)) => (Some(high.wrapping_mul(16).wrapping_add(low)), length),
        _ => (None, 1),
    }
}

/// Whether a letter of full width or a foreign digit may occur.
fn is_wide(bytes: &[u8]) -> bool {
    memchr::memchr3(0xef, 0xd9, 0xdb, bytes).is_some() || memchr::memchr(0xe0, bytes).is_some()
}

/// Whether an entity stands for an `@`, or for the `&` of such an entity.
fn has_at_entity(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'&', bytes).any(|at| {
        let rest = bytes.get(at..).unwrap_or_default();
        match entity_of(rest) {
            Some(('@', _)) => true,
            Some(('&', length)) => {
                let rest = rest.get(length..).unwrap_or_default();
                rest.starts_with(b"#") || rest.starts_with(b"commat")
            }
            _ => false,
        }
    })
}

/// Appends HTML text with its entities decoded; those that are not known stay.
pub(crate) fn decode_entities(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'&', rest) {
        let (plain, tail) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        out.extend_from_slice(plain);
        rest = match entity_of(tail) {
            Some((c, length)) => {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                tail.get(length..).unwrap_or_default()
            }
            None => {
                out.push(b'&');
                tail.get(1..).unwrap_or_default()
            }
        };
    }
    out.extend_from_slice(rest);
}

/// The character that an entity at the start of `rest` stands for, and the entity's length. Readers of
/// HTML take a number without its semicolon too.
fn entity_of(rest: &[u8]) -> Option<(char, usize)> {
    if let [b'&', b'#', digits @ ..] = rest {
        let (base, digits) = match digits {
            [b'x' | b'X', digits @ ..] => (16, digits),
            digits => (10, digits),
        };
        let length = digits.iter().take(8).take_while(|b| char::from(**b).is_digit(base)).count();
        let text = std::str::from_utf8(digits.get(..length)?).ok()?;
        let c = char::from_u32(u32::from_str_radix(text, base).ok()?)?;
        let mark = if base == 16 { 3_usize } else { 2 };
        let semicolon = usize::from(digits.get(length) == Some(&b';'));
        return Some((c, mark.saturating_add(length).saturating_add(semicolon)));
    }
    let end = rest.iter().take(12).position(|b| *b == b';')?;
    let name = rest.get(1..end)?;
    let (_, c) = NAMED.iter().find(|(known, _)| known.as_bytes() == name)?;
    Some((*c, end.saturating_add(1)))
}

/// The named entities that occur in addresses, names, and headings of tables.
const NAMED: [(&str, char); 30] = [
    ("commat", '@'),
    ("period", '.'),
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("plus", '+'),
    ("colon", ':'),
    ("comma", ','),
    ("lowbar", '_'),
    ("nbsp", ' '),
    ("szlig", 'ß'),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
    ("Auml", 'Ä'),
    ("Ouml", 'Ö'),
    ("Uuml", 'Ü'),
    ("eacute", 'é'),
    ("egrave", 'è'),
    ("ecirc", 'ê'),
    ("agrave", 'à'),
    ("aacute", 'á'),
    ("iacute", 'í'),
    ("oacute", 'ó'),
    ("uacute", 'ú'),
    ("ccedil", 'ç'),
    ("ntilde", 'ñ'),
    ("atilde", 'ã'),
];

pub(crate) fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_at_sign_is_found_behind_its_escapes() {
        for (hidden, plain) in [
            ("a%40b.de", "a@b.de"),
            ("a%2540b.de", "a@b.de"),
            ("a&#64;b&#46;de", "a@b.de"),
            ("a&#64b.de", "a@b.de"),
            ("a&#x40;b.de", "a@b.de"),
            ("a&amp;#64;b.de", "a@b.de"),
            ("a&commat;b.de &amp; &unknown; c", "a@b.de & &unknown; c"),
            ("a\\u0040b.de \\q", "a@b.de \\q"),
            ("a\\x40b.de", "a@b.de"),
            ("ａ＠b.de", "a@b.de"),
        ] {
            let found = unhide(hidden.as_bytes()).map(|plain| String::from_utf8(plain).unwrap());
            assert_eq!(found.as_deref(), Some(plain), "{hidden}");
        }
        for text in ["a & b", "100 %", "&amp;", "%4", "C:\\temp", "مرحبا"] {
            assert_eq!(unhide(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn entities_of_a_page_are_letters() {
        for (page, plain) in [
            ("Stra&szlig;e&nbsp;5", "Straße 5"),
            ("M&#252;ller &amp; Co", "Müller & Co"),
            ("a &b; &", "a &b; &"),
            ("&#x110000;&#;", "&#x110000;&#;"),
        ] {
            let mut out = Vec::new();
            decode_entities(page.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), plain, "{page}");
        }
    }
}
