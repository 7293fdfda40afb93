//! Percent-encoding: strict once, tolerant after, upper case out.

use super::TargetError;

/// Bytes that stand for themselves in a canonical path segment: RFC 3986 `pchar` without `;`
/// (some servers cut there) and `+` (some servers read a space).
pub(super) const SEGMENT: [bool; 256] = table(b"-._~!$&'()*,=:@");
/// Bytes that stand for themselves in a canonical query name.
pub(super) const QUERY_NAME: [bool; 256] = table(b"-._~!$'()*,:@/?");
/// Bytes that stand for themselves in a canonical query value.
pub(super) const QUERY_VALUE: [bool; 256] = table(b"-._~!$'()*,:@/?=");

const fn table(extra: &[u8]) -> [bool; 256] {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        #[expect(clippy::indexing_slicing, clippy::as_conversions, reason = "constant evaluation below 128")]
        {
            plain[byte] = (byte as u8).is_ascii_alphanumeric();
        }
        byte += 1;
    }
    let mut nth = 0;
    while nth < extra.len() {
        #[expect(clippy::indexing_slicing, clippy::as_conversions, reason = "constant evaluation in bounds")]
        {
            plain[extra[nth] as usize] = true;
        }
        nth += 1;
    }
    plain
}

/// Whether `byte` stands for itself in `plain`.
#[inline]
pub(super) fn is_plain(plain: &[bool; 256], byte: u8) -> bool {
    plain.get(usize::from(byte)).copied().unwrap_or(false)
}

/// Appends `text` to `out`, everything outside `plain` as `%XX` in upper case.
pub(super) fn encode(text: &str, plain: &[bool; 256], out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if is_plain(plain, byte) {
            out.push(char::from(byte));
        } else {
            let digit = |nibble: u8| char::from(HEX.get(usize::from(nibble)).copied().unwrap_or(b'0'));
            out.push('%');
            out.push(digit(byte >> 4));
            out.push(digit(byte & 15));
        }
    }
}

fn hex(digit: Option<&u8>) -> Option<u8> {
    match digit? {
        d @ b'0'..=b'9' => Some(d - b'0'),
        d @ b'a'..=b'f' => Some(d - b'a' + 10),
        d @ b'A'..=b'F' => Some(d - b'A' + 10),
        _ => None,
    }
}

/// The byte that `%XX` at the start of `rest` stands for.
pub(super) fn escape(rest: &[u8]) -> Option<u8> {
    match rest.first() {
        Some(b'%') => Some(hex(rest.get(1))? << 4 | hex(rest.get(2))?),
        _ => None,
    }
}

/// What one round of decoding met.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Met {
    /// Any escape at all.
    pub(super) any: bool,
    /// `%2F`.
    pub(super) slash: bool,
    /// `%5C`.
    pub(super) backslash: bool,
    /// `%2E`.
    pub(super) dot: bool,
    /// A letter, digit, `-`, `.` or `_`.
    pub(super) needless: bool,
    /// Lower-case digits.
    pub(super) lowercase: bool,
}

/// Decodes every escape in `bytes` once. With `strict`, a `%` without two digits is an error;
/// else it stands for itself.
pub(super) fn decode(bytes: &[u8], strict: bool, met: &mut Met) -> Result<Vec<u8>, TargetError> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        let Some(decoded) = escape(rest) else {
            if byte == b'%' && strict {
                return Err(TargetError::InvalidPercent);
            }
            out.push(byte);
            rest = tail;
            continue;
        };
        met.any = true;
        met.slash |= decoded == b'/';
        met.backslash |= decoded == b'\\';
        met.dot |= decoded == b'.';
        met.needless |= decoded.is_ascii_alphanumeric() || b"-._".contains(&decoded);
        met.lowercase |= rest.iter().skip(1).take(2).any(u8::is_ascii_lowercase);
        out.push(decoded);
        rest = rest.get(3..).unwrap_or_default();
    }
    Ok(out)
}
