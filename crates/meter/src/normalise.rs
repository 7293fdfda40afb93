//! One spelling for each e-mail address and telephone number, so that equal people have equal keys.

use std::borrow::Cow;

use crate::value;

/// The address in lower case, without `mailto:`, a display name or a trailing dot.
///
/// `None` when `text` holds no address or more than one. Dots and `+tags` are kept: whether they
/// matter is the mail provider's secret.
///
/// ```
/// use meter::normalise::email;
/// assert_eq!(email("Ann <Ann@Example.COM>").as_deref(), Some("ann@example.com"));
/// assert_eq!(email("nobody"), None);
/// ```
#[must_use]
pub fn email(text: &str) -> Option<Cow<'_, str>> {
    let mut found = value::email::find(text.as_bytes());
    let address = text.get(found.next()?)?;
    if found.next().is_some() {
        return None;
    }
    Some(lowercase(address))
}

/// The number in E.164 where its country is known (`+…`, `00…`), else its digits as dialled.
///
/// Separators, `tel:`, extensions and the `(0)` after a country code are dropped. `None` unless 7 to
/// 15 digits remain.
///
/// ```
/// use meter::normalise::phone;
/// assert_eq!(phone("+49 (0)151 234-5678").as_deref(), Some("+491512345678"));
/// assert_eq!(phone("0049 151 2345678").as_deref(), Some("+491512345678"));
/// assert_eq!(phone("(555) 234-5678 x9").as_deref(), Some("5552345678"));
/// ```
#[must_use]
pub fn phone(text: &str) -> Option<Cow<'_, str>> {
    let trimmed = text.trim();
    let is_clean = |rest: &str| rest.bytes().all(|b| b.is_ascii_digit());
    if let Some(rest) = trimmed.strip_prefix('+')
        && is_clean(rest)
    {
        return (7..=15).contains(&rest.len()).then_some(Cow::Borrowed(trimmed));
    }
    let mut out = Vec::with_capacity(16);
    phone_into(trimmed.as_bytes(), &mut out);
    let text = String::from_utf8(out).ok()?;
    let digits = text.strip_prefix('+').unwrap_or(&text);
    ((7..=15).contains(&digits.len()) && is_clean(digits)).then_some(Cow::Owned(text))
}

/// The singular under which ids of a resource stand in a subject's key, from a segment of a path or
/// the name of a collection; `None` for versions, verbs and wrappers.
///
/// ```
/// use meter::normalise::resource;
/// assert_eq!(resource("customers").as_deref(), Some("customer"));
/// assert_eq!(resource("v2"), None);
/// ```
#[must_use]
pub fn resource(segment: &str) -> Option<String> {
    crate::key::resource_word(segment)
}

/// Appends the normalised number; nothing else is checked.
pub(crate) fn phone_into(text: &[u8], out: &mut Vec<u8>) {
    let text = value::phone::without_extension(value::phone::without_scheme(text.trim_ascii()));
    let (plus, rest) = match text {
        [b'+', rest @ ..] => (true, rest),
        [b'0', b'0', rest @ ..] if rest.first().is_some_and(|b| matches!(b, b'1'..=b'9')) => {
            (text.iter().filter(|b| b.is_ascii_digit()).count() >= 11, rest)
        }
        _ => (false, text),
    };
    let rest = if plus {
        out.push(b'+');
        rest
    } else {
        text
    };
    let trunk = plus.then(|| memchr::memmem::find(rest, b"(0)")).flatten();
    match trunk.and_then(|at| Some((rest.get(..at)?, rest.get(at.checked_add(3)?..)?))) {
        Some((country, number)) => out.extend(country.iter().chain(number).filter(|b| b.is_ascii_digit())),
        None => out.extend(rest.iter().filter(|b| b.is_ascii_digit())),
    }
}

/// Lower case; borrowed where nothing changes.
pub(crate) fn lowercase(text: &str) -> Cow<'_, str> {
    let lower = text.bytes().all(|b| b < 0x80 && !b.is_ascii_uppercase());
    if lower { Cow::Borrowed(text) } else { Cow::Owned(text.to_lowercase()) }
}

/// Appends `text` in lower case, with single blanks and without punctuation: for comparing names and addresses.
pub(crate) fn fold_into(text: &[u8], out: &mut Vec<u8>) {
    let mut gap = false;
    let start = out.len();
    if text.is_ascii() {
        out.reserve(text.len().saturating_add(1));
        for byte in text {
            if byte.is_ascii_alphanumeric() {
                if gap {
                    out.push(b' ');
                    gap = false;
                }
                out.push(byte.to_ascii_lowercase());
            } else {
                gap = out.len() > start;
            }
        }
        return;
    }
    for c in String::from_utf8_lossy(text).chars() {
        if c.is_alphanumeric() {
            if gap && out.len() > start {
                out.push(b' ');
            }
            gap = false;
            for c in c.to_lowercase() {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        } else {
            gap = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_one_spelling() {
        for text in [
            "ann@example.com",
            "ANN@EXAMPLE.COM",
            " mailto:Ann@Example.com ",
            "\"Ann\" <ann@example.com>",
            "ann@example.com.",
        ] {
            assert_eq!(email(text).as_deref(), Some("ann@example.com"), "{text}");
        }
        assert_eq!(email("JÜRGEN@exämple.de").as_deref(), Some("jürgen@exämple.de"));
        assert_eq!(email("a@b.de, c@d.de"), None);
        assert!(matches!(email("ann@example.com"), Some(Cow::Borrowed(_))));
    }

    #[test]
    fn one_number_has_one_spelling() {
        for text in [
            "+4915123456789",
            "+49 151 23456789",
            "+49 (0)151 / 2345-6789",
            "0049 151 23456789",
            "tel:+49-151-2345-6789",
        ] {
            assert_eq!(phone(text).as_deref(), Some("+4915123456789"), "{text}");
        }
        for (text, expected) in [
            ("0151 23456789", Some("015123456789")),
            ("555-234-5678 ext. 12", Some("5552345678")),
            ("123", None),
            ("+1234567890123456", None),
            ("no number", None),
        ] {
            assert_eq!(phone(text).as_deref(), expected, "{text}");
        }
    }
}
