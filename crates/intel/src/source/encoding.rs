//! Bytes into text: UTF-8 (mended where it is broken), UTF-16 with a mark. Anything else is refused.

use super::ReadError;
use super::mapped::Mapped;

/// A text and how many bytes of it were no text.
pub(super) fn decode(bytes: &[u8]) -> Result<(Mapped, usize), ReadError> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => Ok(utf8(rest, 3)),
        [0xFF, 0xFE, rest @ ..] => Ok(utf16(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => Ok(utf16(rest, u16::from_be_bytes)),
        _ => {
            refuse_binary(bytes)?;
            Ok(utf8(bytes, 0))
        }
    }
}

/// A text has no NUL, few control characters and few bytes that cannot be decoded.
fn refuse_binary(bytes: &[u8]) -> Result<(), ReadError> {
    let sample = bytes.get(..bytes.len().min(65_536)).unwrap_or_default();
    let odd = sample.iter().filter(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127)).count();
    if sample.contains(&0) || odd * 50 > sample.len() {
        return Err(ReadError::Binary);
    }
    Ok(())
}

fn utf8(bytes: &[u8], from: usize) -> (Mapped, usize) {
    let mut mapped = Mapped::default();
    let (mut at, mut broken) = (from, 0);
    for chunk in bytes.utf8_chunks() {
        mapped.copy(chunk.valid(), at);
        at += chunk.valid().len();
        let bad = chunk.invalid().len();
        if bad > 0 {
            mapped.put("\u{FFFD}", at, bad);
            broken += bad;
            at += bad;
        }
    }
    (mapped, broken)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (Mapped, usize) {
    let mut mapped = Mapped::default();
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [low, high] => unit([*low, *high]),
        _ => 0,
    });
    let (mut at, mut broken) = (2, bytes.len() % 2);
    let mut buffer = [0_u8; 4];
    for read in char::decode_utf16(units) {
        let (letter, len) = match read {
            Ok(letter) => (letter, letter.len_utf16() * 2),
            Err(_) => {
                broken += 2;
                ('\u{FFFD}', 2)
            }
        };
        mapped.put(letter.encode_utf8(&mut buffer), at, len);
        at += len;
    }
    (mapped, broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_bytes_become_one_sign_and_are_counted() {
        let (mapped, broken) = decode(b"caf\xE9 open").unwrap();
        assert_eq!((mapped.text.as_str(), broken), ("caf\u{FFFD} open", 1));
        assert_eq!(mapped.span(7..11).unwrap(), crate::model::Span { start: 5, end: 9 });
    }

    #[test]
    fn utf16_is_read_by_its_mark() {
        let (mapped, broken) = decode(b"\xFF\xFEA\0P\0I\0").unwrap();
        assert_eq!((mapped.text.as_str(), broken), ("API", 0));
        assert_eq!(mapped.span(1..2).unwrap(), crate::model::Span { start: 4, end: 6 });
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [&b"\x7fELF\x02\x01\x01\0\0\0"[..], b"PK\x03\x04\x01\x02\x05\x06", b"\x01\x02\x03"] {
            assert!(matches!(decode(bytes), Err(ReadError::Binary)), "{bytes:?}");
        }
    }
}
