//! Telephone numbers: by the digits, and by what stands between them.

use smallvec::SmallVec;

/// The parts of what may be a telephone number.
struct Parts {
    plus: bool,
    /// Lengths of the runs of digits.
    groups: SmallVec<[u8; 8]>,
    digits: u8,
    dots: u8,
    slashes: u8,
    bracket: bool,
    first: u8,
}

/// Reads digits, joints and one leading `+`; `None` when anything else occurs.
fn parts(text: &[u8]) -> Option<Parts> {
    let text = without_extension(without_scheme(text.trim_ascii()));
    if text.len() > 40 {
        return None;
    }
    let mut parts = Parts {
        plus: false,
        groups: SmallVec::new(),
        digits: 0,
        dots: 0,
        slashes: 0,
        bracket: false,
        first: 0,
    };
    let mut run = 0_u8;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                if parts.digits == 0 {
                    parts.first = *byte;
                }
                run = run.saturating_add(1);
                parts.digits = parts.digits.saturating_add(1);
                continue;
            }
            b'+' if at == 0 => parts.plus = true,
            b'.' => parts.dots = parts.dots.saturating_add(1),
            b'/' => parts.slashes = parts.slashes.saturating_add(1),
            b'(' => parts.bracket = true,
            b' ' | b'-' | b')' => {}
            _ => return None,
        }
        if run > 0 {
            parts.groups.push(run);
            run = 0;
        }
    }
    if run > 0 {
        parts.groups.push(run);
    }
    Some(parts)
}

/// Whether a value under a telephone's key is a number: 7 to 15 digits, no date, not all the same.
pub(crate) fn is_plausible(text: &[u8]) -> bool {
    let bare = text.strip_prefix(b"+").unwrap_or(text);
    if bare.iter().all(u8::is_ascii_digit) {
        return (7..=15).contains(&bare.len()) && !is_placeholder(bare);
    }
    let Some(parts) = parts(text) else { return false };
    (7..=15).contains(&parts.digits) && !is_date_like(&parts) && !is_placeholder(text)
}

/// Whether a value is a telephone number under any key, by its form alone.
pub(crate) fn is_unmistakable(text: &[u8]) -> bool {
    let Some(parts) = parts(text) else { return false };
    if !(8..=15).contains(&parts.digits) || is_placeholder(text) {
        return false;
    }
    if parts.plus {
        // One dot alone is a coordinate or an amount with its sign.
        return parts.first != b'0' && (parts.dots != 1 || parts.groups.len() > 2);
    }
    is_north_american(text, &parts) || is_national(&parts) || is_international_without_plus(text, &parts)
}

/// `(555) 234-5678`, `555-234-5678`, `1-555-234-5678`; area and exchange start with 2 to 9.
fn is_north_american(text: &[u8], parts: &Parts) -> bool {
    let groups = match parts.groups.as_slice() {
        [1, rest @ ..] if parts.first == b'1' => rest,
        rest => rest,
    };
    let mut starts = SmallVec::<[u8; 4]>::new();
    let mut inside = false;
    for byte in text {
        if byte.is_ascii_digit() && !inside {
            starts.push(*byte);
        }
        inside = byte.is_ascii_digit();
    }
    let fine = |start: &u8| (b'2'..=b'9').contains(start);
    groups == [3, 3, 4] && parts.slashes == 0 && starts.iter().rev().skip(1).take(2).all(fine)
}

/// `0151 23456789`, `(030) 1234567`, `0151/2345678`, `06 12 34 56 78`: a trunk zero, then few groups.
fn is_national(parts: &Parts) -> bool {
    if parts.first != b'0' || !(9..=12).contains(&parts.digits) || is_date_like(parts) {
        return false;
    }
    match parts.groups.as_slice() {
        [2, 2, 2, 2, 2] => parts.slashes == 0,
        [3..=5, rest @ ..] => {
            (1..=3).contains(&rest.len()) && rest.iter().all(|n| *n >= 2) && parts.dots == 0
        }
        [2, 4, 4] => parts.bracket,
        _ => false,
    }
}

/// `0049 151 2345678`.
fn is_international_without_plus(text: &[u8], parts: &Parts) -> bool {
    text.starts_with(b"00")
        && !text.starts_with(b"000")
        && (11..=15).contains(&parts.digits)
        && matches!(parts.groups.first(), Some(3..=5))
        && parts.groups.len() >= 2
        && parts.dots == 0
}

/// `01.02.1990`, `2024-01-15`, `01-02-24`.
fn is_date_like(parts: &Parts) -> bool {
    !parts.plus && matches!(parts.groups.as_slice(), [1..=2, 1..=2, 4 | 2] | [4, 1..=2, 1..=2])
}

/// `0000000000`, `+11111111`.
fn is_placeholder(text: &[u8]) -> bool {
    let mut digits = text.iter().filter(|b| b.is_ascii_digit());
    let Some(first) = digits.next() else { return true };
    digits.all(|digit| digit == first)
}

pub(crate) fn without_scheme(text: &[u8]) -> &[u8] {
    match text.split_at_checked(4) {
        Some((scheme, rest))
            if scheme.eq_ignore_ascii_case(b"tel:") || scheme.eq_ignore_ascii_case(b"sms:") =>
        {
            rest.trim_ascii_start()
        }
        _ => text,
    }
}

/// Cuts `;ext=12`, ` ext. 12`, ` x12`, ` #12`, ` Durchwahl 12` off.
pub(crate) fn without_extension(text: &[u8]) -> &[u8] {
    let stop = text
        .iter()
        .skip(7)
        .position(|b| matches!(b, b';' | b'x' | b'X' | b'e' | b'E' | b'#' | b','))
        .map(|n| n.saturating_add(7));
    let Some((number, rest)) = stop.and_then(|at| text.split_at_checked(at)) else { return text };
    let tail = rest.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = rest.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if (1..=6).contains(&tail) && letters <= 9 { number.trim_ascii_end() } else { text }
}

/// The telephone numbers within a text: those with a plus, and the unmistakable national forms.
pub(crate) fn find(text: &[u8]) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let mut at = 0_usize;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let skip = rest.iter().position(|b| b.is_ascii_digit() || matches!(b, b'+' | b'('))?;
            let start = at.saturating_add(skip);
            let glued = start.checked_sub(1).and_then(|before| text.get(before)).is_some_and(|b| {
                b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'/' | b'.' | b'=' | b'#')
            });
            let run = text.get(start..)?;
            let mut length = run.iter().take(40).take_while(|b| is_part(**b)).count().max(1);
            at = start.saturating_add(length);
            while let Some(last) = run.get(length.saturating_sub(1))
                && !last.is_ascii_digit()
                && length > 1
            {
                length = length.saturating_sub(1);
            }
            let candidate = run.get(..length).unwrap_or_default();
            let after = run.get(length);
            let glued = glued && run.first() != Some(&b'+')
                || after.is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'@' | b'%' | b':'));
            if !glued && is_unmistakable(candidate) {
                return Some(start..start.saturating_add(length));
            }
            // Two numbers beside each other look like one run: try the run from its next plus.
            if let Some(plus) = candidate.iter().skip(1).position(|b| *b == b'+') {
                at = start.saturating_add(plus).saturating_add(1);
            }
        }
    })
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'+' | b' ' | b'-' | b'.' | b'/' | b'(' | b')')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unmistakable_numbers_need_no_key() {
        for text in [
            "+49 151 23456789",
            "+4915123456789",
            "+1 (555) 234-5678",
            "(555) 234-5678",
            "555-234-5678",
            "555.234.5678",
            "1-555-234-5678",
            "0151 23456789",
            "0151-23456789",
            "(030) 1234567",
            "030/1234567",
            "06 12 34 56 78",
            "0049 151 2345678",
            "+33.6.12.34.56.78",
            "tel:+4915123456789",
            "+49 151 23456789 ext. 12",
        ] {
            assert!(is_unmistakable(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_shops_are_full_of_is_no_telephone_number() {
        for text in [
            "2024-01-15",
            "01.02.1990",
            "01-02-2024",
            "20240115",
            "1700000000",
            "1700000000000",
            "19.99",
            "1234567890",
            "+52.520008",
            "52.520008",
            "-13.404954",
            "192.168.100.200",
            "978-3-16-148410-0",
            "4006381333931",
            "2024-01-15 10",
            "0.10.2.31",
            "12345-6789",
            "ORD-2024-00017",
            "+0000000000",
            "0000000000",
            "+10",
            "1.234.567",
            "123-45-6789",
            "000-000-0000",
            "111-222-3333",
        ] {
            assert!(!is_unmistakable(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn under_its_key_a_bare_run_of_digits_is_enough() {
        for (text, yes) in [
            ("15123456789", true),
            ("2345678", true),
            ("123456", false),
            ("01.02.1990", false),
            ("T1 Ultra", false),
            ("0000000", false),
            ("1234567890123456", false),
            ("030 1234567 x12", true),
        ] {
            assert_eq!(is_plausible(text.as_bytes()), yes, "{text}");
        }
    }

    #[test]
    fn numbers_are_found_in_texts() {
        let text = "Call +49 151 23456789 or (555) 234-5678, order 1234567890 of 2024-01-15, v1.2.3.";
        let found: Vec<_> = find(text.as_bytes()).map(|range| text.get(range).unwrap()).collect();
        assert_eq!(found, ["+49 151 23456789", "(555) 234-5678"]);
    }
}
