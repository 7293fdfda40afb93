//! Numbers that a state gave to a person, where their own form is unmistakable.

/// Whether `text` is such a number under any key: its grammar, and its check digit where it has one.
pub(crate) fn is_unmistakable(text: &[u8]) -> bool {
    match text.len() {
        11 => is_social_security_number(text),
        14 => is_cpf(text),
        15 => is_nir(text),
        16 => is_codice_fiscale(text),
        18 => is_curp(text),
        _ => false,
    }
}

/// Whether a value under such a number's key can be one: 4 to 32 characters with a digit, not masked.
pub(crate) fn is_plausible(text: &[u8]) -> bool {
    let fine = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'.' | b'/');
    (4..=32).contains(&text.len())
        && text.iter().filter(|b| b.is_ascii_digit()).count() >= 2
        && text.iter().all(fine)
        && !super::is_masked(text)
}

/// United States: `123-45-6789`; never 000, 666 or 9xx first, never 00 or 0000.
fn is_social_security_number(text: &[u8]) -> bool {
    let Some((area, group, serial)) = three(text, b'-') else { return false };
    let digits = |part: &[u8], length: usize| part.len() == length && part.iter().all(u8::is_ascii_digit);
    digits(area, 3)
        && digits(group, 2)
        && digits(serial, 4)
        && area != b"000"
        && area != b"666"
        && !area.starts_with(b"9")
        && group != b"00"
        && serial != b"0000"
}

fn three(text: &[u8], mark: u8) -> Option<(&[u8], &[u8], &[u8])> {
    let mut parts = text.split(|b| *b == mark);
    let found = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(found)
}

/// Brazil: `123.456.789-09` with its two check digits.
fn is_cpf(text: &[u8]) -> bool {
    let form = text.iter().enumerate().all(|(at, b)| match at {
        3 | 7 => *b == b'.',
        11 => *b == b'-',
        _ => b.is_ascii_digit(),
    });
    let digits: Vec<u32> = text.iter().filter(|b| b.is_ascii_digit()).map(|b| digit(*b)).collect();
    let check = |length: usize| {
        let sum: u32 = digits
            .iter()
            .take(length)
            .zip((2..=11).rev().skip(10_usize.saturating_sub(length)))
            .map(|(digit, weight)| digit.saturating_mul(weight))
            .sum();
        match sum.saturating_mul(10).checked_rem(11).unwrap_or(0) {
            10 => 0,
            n => n,
        }
    };
    form && digits.windows(2).any(|pair| pair.first() != pair.last())
        && digits.get(9) == Some(&check(9))
        && digits.get(10) == Some(&check(10))
}

/// France: sex, year, month, department, commune, order, key = 97 minus the rest modulo 97.
fn is_nir(text: &[u8]) -> bool {
    if !text.iter().all(u8::is_ascii_digit) || !matches!(text.first(), Some(b'1' | b'2')) {
        return false;
    }
    let number = |part: Option<&[u8]>| {
        part.unwrap_or_default()
            .iter()
            .fold(0_u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(digit(*b))))
    };
    let month = number(text.get(3..5));
    let key = 97_u64.saturating_sub(number(text.get(..13)).checked_rem(97).unwrap_or(0));
    (1..=12).contains(&month) && number(text.get(13..15)) == key
}

/// Italy: `RSSMRA85T10A562S` with its check letter.
fn is_codice_fiscale(text: &[u8]) -> bool {
    const FORM: &[u8; 16] = b"AAAAAA00A00A000A";
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let fits = text.iter().zip(FORM).all(|(b, form)| match form {
        b'A' => b.is_ascii_uppercase(),
        _ => b.is_ascii_digit(),
    });
    let place = |b: u8| if b.is_ascii_digit() { digit(b) } else { u32::from(b.saturating_sub(b'A')) };
    let sum: u32 = text
        .iter()
        .take(15)
        .enumerate()
        .map(|(at, b)| match at.checked_rem(2) {
            Some(0) => ODD.get(usize::try_from(place(*b)).unwrap_or(0)).copied().unwrap_or(0),
            _ => place(*b),
        })
        .sum();
    fits && text.last().map(|b| place(*b)) == sum.checked_rem(26)
}

/// Mexico: `GOMC900520HDFRRL09`.
fn is_curp(text: &[u8]) -> bool {
    const FORM: &[u8; 18] = b"AAAA000000SAAAAAX0";
    text.iter().zip(FORM).all(|(b, form)| match form {
        b'A' => b.is_ascii_uppercase(),
        b'0' => b.is_ascii_digit(),
        b'S' => matches!(b, b'H' | b'M' | b'X'),
        _ => b.is_ascii_uppercase() || b.is_ascii_digit(),
    })
}

fn digit(byte: u8) -> u32 {
    u32::from(byte.saturating_sub(b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_a_form_of_their_own_are_told_without_a_key() {
        for text in
            ["123-45-6789", "529.982.247-25", "RSSMRA85T10A562S", "GOMC900520HDFRRL09", "255081416802538"]
        {
            assert!(is_unmistakable(text.as_bytes()), "{text}");
        }
        for text in [
            "000-45-6789",
            "923-45-6789",
            "123-45-67890",
            "529.982.247-26",
            "RSSMRA85T10A562T",
            "111.111.111-11",
            "255081416802539",
            "1234567890",
            "",
            "ABCDEF12G34H567I",
        ] {
            assert!(!is_unmistakable(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn under_a_key_any_number_will_do_but_no_sentence_and_no_mask() {
        for (text, yes) in [
            ("C01X00T47", true),
            ("12 345 678 901", true),
            ("***-**-1234", false),
            ("required", false),
            ("12", false),
        ] {
            assert_eq!(is_plausible(text.as_bytes()), yes, "{text}");
        }
    }
}
