//! Dates, as they stand under a birth date's key.

/// Whether `text` is a day: `1990-02-01`, `1.2.1990`, `02/01/90`, `19900201`, `1 Feb 1990`, with or without a time.
pub(crate) fn is_day(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    if !(6..=40).contains(&text.len()) {
        return false;
    }
    let numbers: Vec<&[u8]> =
        text.split(|b| !b.is_ascii_digit()).filter(|run| !run.is_empty()).take(3).collect();
    let months = text.iter().filter(|b| b.is_ascii_alphabetic()).count() >= 3;
    match numbers.as_slice() {
        [whole] => whole.len() == 8 && text.len() == 8 && is_year(whole.get(..4).unwrap_or_default()),
        [day, year] if months => day.len() <= 2 && is_year(year) || is_year(day) && year.len() <= 2,
        [a, b, c] => {
            let small = |run: &[u8]| run.len() <= 2;
            is_year(a) && small(b) && small(c)
                || small(a) && small(b) && (is_year(c) || c.len() == 2 && !text.contains(&b':'))
                || { small(a) && is_year(b) && months }
        }
        _ => false,
    }
}

/// Whether an integer under a birth date's key is one: a day as eight digits, or seconds or milliseconds.
pub(crate) fn is_day_number(digits: &[u8]) -> bool {
    let negative = digits.first() == Some(&b'-');
    let digits = digits.strip_prefix(b"-").unwrap_or(digits);
    digits.iter().all(u8::is_ascii_digit) && (if negative { 6..=14 } else { 8..=13 }).contains(&digits.len())
}

fn is_year(run: &[u8]) -> bool {
    matches!(run, [b'1', b'8' | b'9', _, _] | [b'2', b'0', _, _])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_in_the_usual_forms() {
        for text in [
            "1990-02-01",
            "1990-02-01T00:00:00Z",
            "01.02.1990",
            "1/2/1990",
            "02/01/90",
            "19900201",
            "1 Feb 1990",
            "February 1, 1990",
            "1990/02/01",
        ] {
            assert!(is_day(text.as_bytes()), "{text}");
        }
        for text in ["", "unknown", "12345678", "Berlin", "1.2", "2024", "10:30:00 uhr morgens"] {
            assert!(!is_day(text.as_bytes()), "{text}");
        }
        assert!(is_day_number(b"-315619200") && is_day_number(b"19900201") && !is_day_number(b"36"));
    }
}
