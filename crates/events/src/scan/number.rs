//! Numbers as logs write them.

/// Decimal digits and nothing else; `None` also beyond 64 bits.
pub(crate) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 20 {
        return None;
    }
    text.iter().try_fold(0_u64, |sum, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// A status of three digits; `None` for `-`, `000`, `-1` and whatever stands for "no answer".
pub(crate) fn status(text: &[u8]) -> Option<u16> {
    let [hundreds @ b'1'..=b'9', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] = text else { return None };
    Some(u16::from(hundreds - b'0') * 100 + u16::from(tens - b'0') * 10 + u16::from(ones - b'0'))
}

/// Microseconds of seconds with a fraction: `0.123`, `12`, `1e-05` is none.
pub(crate) fn micros_of_seconds(text: &[u8]) -> Option<u64> {
    scaled(text, 6)
}

/// Microseconds of milliseconds with or without a fraction.
pub(crate) fn micros_of_millis(text: &[u8]) -> Option<u64> {
    scaled(text, 3)
}

/// The decimal number `text` times ten to the power of `places`, rounded down.
pub(super) fn scaled(text: &[u8], places: usize) -> Option<u64> {
    let (whole, fraction) = super::cut(text, b'.').unwrap_or((text, &[]));
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(places);
    digits
        .map(|digit| u64::from(digit - b'0'))
        .try_fold(number(whole)?, |sum, digit| sum.checked_mul(10)?.checked_add(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_and_nothing_else() {
        for (text, expected) in [
            ("0", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("-1", None),
            ("-", None),
            ("", None),
            ("1 ", None),
        ] {
            assert_eq!(number(text.as_bytes()), expected, "{text}");
        }
        for (text, expected) in [("200", Some(200)), ("000", None), ("-1", None), ("2000", None), ("-", None)]
        {
            assert_eq!(status(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn durations_are_rounded_down_to_microseconds() {
        for (text, seconds, millis) in [
            ("0.123", Some(123_000), Some(123)),
            ("12", Some(12_000_000), Some(12_000)),
            ("0.0000019", Some(1), Some(0)),
            ("1e-05", None, None),
            ("-1", None, None),
            ("1.", Some(1_000_000), Some(1_000)),
            (".5", None, None),
            ("18446744073709551615", None, None),
        ] {
            assert_eq!(micros_of_seconds(text.as_bytes()), seconds, "{text}");
            assert_eq!(micros_of_millis(text.as_bytes()), millis, "{text}");
        }
    }
}
