//! Text without a form, and contacts that hide in escapes.

use crate::builder::Builder;
use crate::fact::Value;

/// Reads the body as plain text: its distinct contacts.
pub(crate) fn read(builder: &mut Builder<'_>, body: &[u8]) {
    builder.free_text(Value { bytes: body, start: 0, foreign: false }, true);
}

/// The text with `%40`, `&#64;`, `&commat;` and the like decoded; `None` where there is nothing to decode.
pub(crate) fn unhide(bytes: &[u8]) -> Option<Vec<u8>> {
    let percent = memchr::memmem::find(bytes, b"%40").is_some();
    let entity = memchr::memchr(b'&', bytes).is_some() && has_at_entity(bytes);
    if !percent && !entity {
        return None;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0_usize;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let (decoded, length) = match rest {
            [b'%', high, low, ..] if percent => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (Some(high.wrapping_mul(16).wrapping_add(low)), 3),
                _ => (None, 1),
            },
            [b'&', ..] if entity => entity_of(rest),
            _ => (None, 1),
        };
        out.extend(decoded.or_else(|| rest.first().copied()));
        at = at.saturating_add(length);
    }
    Some(out)
}

fn has_at_entity(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, b"&").any(|at| {
        let rest = bytes.get(at..).unwrap_or_default();
        matches!(entity_of(rest).0, Some(b'@'))
    })
}

/// The ASCII character that an entity at the start of `rest` stands for, and the entity's length.
fn entity_of(rest: &[u8]) -> (Option<u8>, usize) {
    let Some(end) = rest.iter().take(12).position(|b| *b == b';') else { return (None, 1) };
    let name = rest.get(1..end).unwrap_or_default();
    let decoded = match name {
        [b'#', b'x' | b'X', digits @ ..] => {
            let digits = std::str::from_utf8(digits).unwrap_or_default();
            u8::from_str_radix(digits.trim_start_matches('0'), 16).ok()
        }
        [b'#', digits @ ..] => {
            std::str::from_utf8(digits).unwrap_or_default().trim_start_matches('0').parse().ok()
        }
        b"commat" => Some(b'@'),
        b"period" => Some(b'.'),
        b"amp" => Some(b'&'),
        b"lt" => Some(b'<'),
        b"gt" => Some(b'>'),
        b"quot" => Some(b'"'),
        b"plus" => Some(b'+'),
        _ => None,
    };
    match decoded.filter(u8::is_ascii) {
        Some(byte) => (Some(byte), end.saturating_add(1)),
        None => (None, 1),
    }
}

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
            ("a&#64;b&#46;de", "a@b.de"),
            ("a&#x40;b.de", "a@b.de"),
            ("a&commat;b.de &amp; &unknown; c", "a@b.de & &unknown; c"),
        ] {
            assert_eq!(unhide(hidden.as_bytes()).as_deref(), Some(plain.as_bytes()), "{hidden}");
        }
        for text in ["a & b", "100 %", "&amp;", "%4"] {
            assert_eq!(unhide(text.as_bytes()), None, "{text}");
        }
    }
}
