//! Card and account numbers.

/// Whether `text` is a card number: 13 to 19 digits of a known network that pass Luhn's check.
pub(crate) fn is_card(text: &[u8]) -> bool {
    if !(13..=23).contains(&text.len()) {
        return false;
    }
    let mut digits = smallvec::SmallVec::<[u8; 20]>::new();
    for byte in text {
        match byte {
            b'0'..=b'9' => digits.push(byte.saturating_sub(b'0')),
            b' ' | b'-' => {}
            _ => return false,
        }
    }
    (13..=19).contains(&digits.len()) && is_of_known_network(&digits) && passes_luhn(&digits)
}

fn is_of_known_network(digits: &[u8]) -> bool {
    let start = |n: usize| {
        digits.iter().take(n).fold(0_u32, |all, d| all.saturating_mul(10).saturating_add(u32::from(*d)))
    };
    match digits.len() {
        13 => start(1) == 4,
        14 => matches!(start(2), 36 | 38 | 39) || matches!(start(3), 300..=305),
        15 => matches!(start(2), 34 | 37),
        16 => {
            start(1) == 4
                || matches!(start(2), 50..=58 | 60 | 65)
                || matches!(start(4), 2221..=2720 | 3528..=3589)
                || matches!(start(3), 644..=649)
        }
        17..=19 => matches!(start(2), 50 | 56..=69) || start(1) == 4 && digits.len() == 19,
        _ => false,
    }
}

/// Luhn's check (ISO/IEC 7812-1 annex B).
fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(*digit);
            match at.checked_rem(2) {
                Some(1) if digit > 4 => digit.saturating_mul(2).saturating_sub(9),
                Some(1) => digit.saturating_mul(2),
                _ => digit,
            }
        })
        .sum();
    sum > 0 && sum.checked_rem(10) == Some(0)
}

/// Whether `text` is an IBAN: country, check digits, and the whole modulo 97 is 1 (ISO 13616).
pub(crate) fn is_iban(text: &[u8]) -> bool {
    let starts = matches!(text, [b'A'..=b'Z', b'A'..=b'Z', b'0'..=b'9', b'0'..=b'9', ..]);
    if !starts || !(15..=42).contains(&text.len()) {
        return false;
    }
    let compact: smallvec::SmallVec<[u8; 36]> = text.iter().copied().filter(|b| *b != b' ').collect();
    let [a, b, c, d, account @ ..] = compact.as_slice() else { return false };
    let form = (11..=30).contains(&account.len())
        && account.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    let rest = account.iter().chain([a, b, c, d]).try_fold(0_u32, |rest, byte| {
        let (value, shift) = match byte {
            b'0'..=b'9' => (u32::from(byte.saturating_sub(b'0')), 10),
            b'A'..=b'Z' => (u32::from(byte.saturating_sub(b'A')).saturating_add(10), 100),
            _ => return None,
        };
        rest.saturating_mul(shift).saturating_add(value).checked_rem(97)
    });
    form && rest == Some(1)
}

/// Whether a value under a payment key can be one: 3 to 42 characters with digits, not masked.
pub(crate) fn is_plausible(text: &[u8]) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let all_digits = digits == text.len();
    (is_iban(text) || is_card(text)) || all_digits && (3..=12).contains(&digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_pass_luhn_and_start_like_a_network() {
        for text in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "5500-0000-0000-0004",
            "378282246310005",
            "3782 822463 10005",
        ] {
            assert!(is_card(text.as_bytes()), "{text}");
        }
        for text in [
            "4111111111111112",
            "9111111111111111",
            "1234567890123456",
            "0000000000000000",
            "41111111",
            "4111a11111111111",
        ] {
            assert!(!is_card(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn ibans_pass_their_checksum() {
        for text in [
            "DE89370400440532013000",
            "DE89 3704 0044 0532 0130 00",
            "GB82WEST12345698765432",
            "FR1420041010050500013M02606",
        ] {
            assert!(is_iban(text.as_bytes()), "{text}");
        }
        for text in ["DE89370400440532013001", "de89370400440532013000", "DE89", "AB12CDEFGHIJKLMNOPQ-"] {
            assert!(!is_iban(text.as_bytes()), "{text}");
        }
    }
}
