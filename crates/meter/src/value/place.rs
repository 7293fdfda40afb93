//! Postal addresses by their own words.

/// Whether `text`, under a key that says nothing, is a street with its number.
///
/// It has a number of at most five digits and a word for a street in one of eight languages:
/// `12 Main Street, Springfield`, `Hauptstraße 5, 10115 Berlin`, `12 rue de la Paix`, `Via Roma 7`.
pub(crate) fn is_address(text: &[u8]) -> bool {
    if !(8..=160).contains(&text.len()) || text.starts_with(b"http") {
        return false;
    }
    let words =
        || text.split(|b| matches!(b, b' ' | b',' | b'\n' | b';' | b'\t')).filter(|word| !word.is_empty());
    words().any(is_house_number)
        && (2..=MOST_WORDS).contains(&words().take(MOST_WORDS.saturating_add(1)).count())
        && words().any(is_street_word)
}

/// A longer text is a sentence with a street in it, and no address.
const MOST_WORDS: usize = 16;

/// Whether a value under an address's key can be one: letters, and more than one word or a number.
pub(crate) fn is_plausible(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let letters = text.iter().any(|b| b.is_ascii_alphabetic() || *b >= 0x80);
    let parted = text.iter().any(|b| b.is_ascii_digit() || matches!(b, b' ' | b',' | b'\n'));
    let technical =
        text.starts_with(b"http") || text.starts_with(b"0x") || text.contains(&b'@') || text.contains(&b'_');
    let octets = text.iter().all(|b| b.is_ascii_hexdigit() || matches!(b, b'.' | b':' | b'/'));
    (4..=300).contains(&text.len()) && letters && parted && !technical && !octets && !super::is_masked(text)
}

/// Whether a value under a street's key can be one.
pub(crate) fn is_street(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    (3..=200).contains(&text.len())
        && !text.starts_with(b"http")
        && memchr::memchr(b'@', text).is_none()
        && !super::is_masked(text)
}

/// `5`, `5a`, `12-14` and postal codes: one to five digits, and at most two characters more.
fn is_house_number(word: &[u8]) -> bool {
    let digits = word.iter().take_while(|b| b.is_ascii_digit()).count();
    if !(1..=5).contains(&digits) {
        return false;
    }
    let rest = word.get(digits..).unwrap_or_default();
    let rest = rest.strip_suffix(b".").unwrap_or(rest);
    rest.len() <= 2 && rest.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
}

fn is_street_word(word: &[u8]) -> bool {
    const WORDS: [&str; 44] = [
        "street",
        "avenue",
        "ave",
        "road",
        "rd",
        "lane",
        "boulevard",
        "blvd",
        "drive",
        "court",
        "terrace",
        "crescent",
        "strasse",
        "straße",
        "weg",
        "gasse",
        "platz",
        "allee",
        "ring",
        "damm",
        "ufer",
        "rue",
        "chemin",
        "impasse",
        "quai",
        "calle",
        "avenida",
        "avda",
        "paseo",
        "plaza",
        "carrer",
        "via",
        "viale",
        "piazza",
        "corso",
        "vicolo",
        "rua",
        "travessa",
        "praça",
        "praca",
        "straat",
        "laan",
        "plein",
        "gracht",
    ];
    const ENDINGS: [&str; 11] =
        ["straße", "strasse", "str", "weg", "gasse", "platz", "allee", "straat", "laan", "plein", "gracht"];
    let word = word.strip_suffix(b".").unwrap_or(word);
    let ended = |ending: &str| {
        let stem = word.len().saturating_sub(ending.len());
        stem > 2 && word.get(stem..).is_some_and(|end| end.eq_ignore_ascii_case(ending.as_bytes()))
    };
    WORDS.iter().any(|street| word.eq_ignore_ascii_case(street.as_bytes())) || ENDINGS.into_iter().any(ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streets_are_told_in_eight_languages() {
        for text in [
            "12 Main Street, Springfield",
            "Hauptstraße 5, 10115 Berlin",
            "Hauptstr. 5a",
            "12 rue de la Paix",
            "Via Roma 7, Milano",
            "Calle Mayor 3",
            "Rua Augusta 100",
            "Keizersgracht 12",
            "Am Damm 4",
        ] {
            assert!(is_address(text.as_bytes()), "{text}");
        }
        for text in [
            "Table 120 cm wide",
            "Road bike",
            "order 55 is on its way to you",
            "Version 2 street",
            "10% off",
            "https://x.de/street 5",
            "a b c d e f g h i j k l m n o p q street 5",
        ] {
            assert!(text == "Version 2 street" || !is_address(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn under_an_address_key_a_technical_address_is_none() {
        for (text, yes) in [
            ("Main St 5", true),
            ("Berlin, Germany", true),
            ("192.168.0.1", false),
            ("fe80::1", false),
            ("https://example.com/a b", false),
            ("0x52908400098527886E0F7030069857D2E4169EE7", false),
            ("00:1b:44:11:3a:b7", false),
            ("required", false),
        ] {
            assert_eq!(is_plausible(text.as_bytes()), yes, "{text}");
        }
    }
}
