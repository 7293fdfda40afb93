//! `application/x-www-form-urlencoded`, and query strings.

use crate::builder::{Builder, Form};
use crate::fact::Value;
use crate::key_table::Key;
use crate::shapes::hidden;
use crate::shapes::text::hex;
use crate::value::Kinds;

/// Reads the body as one object of fields.
pub(crate) fn read(builder: &mut Builder<'_>, body: &[u8]) {
    builder.open(Form::Object, Key::default(), Value { bytes: &[], start: 0, foreign: true }, 0, true);
    for pair in body.split(|b| matches!(b, b'&' | b';')) {
        let cut = memchr::memchr(b'=', pair).unwrap_or(pair.len());
        let name = decode(pair.get(..cut).unwrap_or_default());
        let value = decode(pair.get(cut.saturating_add(1)..).unwrap_or_default());
        let key = builder.scratch.keys.key(&name);
        let name = Value { bytes: &name, start: 0, foreign: true };
        let value = Value { bytes: &value, start: 0, foreign: true }.trimmed();
        if matches!(value.bytes, [b'{', .., b'}'] | [b'[', .., b']']) {
            builder.embed(key, name, value.bytes);
        } else {
            hidden::string(builder, key, name, value, Kinds::of(value.bytes));
        }
        if builder.is_over() {
            break;
        }
    }
    builder.close(body.len());
}

/// Plus signs are blanks, `%XX` are bytes; a wrong escape stands for itself. A plus before a digit at
/// the start stays: many clients send telephone numbers so.
fn decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0_usize;
    while let Some(rest) = text.get(at..) {
        let (byte, length) = match rest {
            [] => break,
            [b'%', high, low, ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high.wrapping_mul(16).wrapping_add(low), 3),
                _ => (b'%', 1),
            },
            [b'+', next, ..] if at == 0 && next.is_ascii_digit() => (b'+', 1),
            [b'+', ..] => (b' ', 1),
            [byte, ..] => (*byte, 1),
        };
        out.push(byte);
        at = at.saturating_add(length);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_once() {
        for (text, plain) in [
            ("a%40b.de", "a@b.de"),
            ("a+b", "a b"),
            ("%2540", "%40"),
            ("100%", "100%"),
            ("+4915123456789", "+4915123456789"),
        ] {
            assert_eq!(decode(text.as_bytes()), plain.as_bytes(), "{text}");
        }
    }
}
