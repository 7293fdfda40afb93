//! Words within a field name: where they begin, how they are spelt, and their singular.

use crate::lexicon::{Term, term};

/// The words of a key.
pub(super) struct Folded {
    pub(super) text: String,
    /// Whether a digit stood in the key.
    pub(super) numbered: bool,
}

/// Words in lower case without accents, parted by spaces; digits are dropped.
pub(super) fn fold(key: &str) -> Folded {
    let mut text = String::with_capacity(key.len().saturating_add(8));
    let mut numbered = false;
    let mut before = Before::Other;
    let mut chars = key.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_digit() {
            numbered = true;
        }
        if !c.is_alphabetic() {
            text.push(' ');
            before = Before::Other;
            continue;
        }
        let upper = c.is_uppercase();
        let lower_follows = chars.peek().is_some_and(|next| next.is_lowercase());
        if upper && (before == Before::Lower || before == Before::Upper && lower_follows) {
            text.push(' ');
        }
        before = if upper { Before::Upper } else { Before::Lower };
        for c in c.to_lowercase() {
            fold_accent(c, &mut text);
        }
    }
    Folded { text, numbered }
}

#[derive(PartialEq, Eq)]
enum Before {
    Lower,
    Upper,
    Other,
}

/// Appends the letter without its accent.
fn fold_accent(c: char, out: &mut String) {
    let plain = match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ą' | 'ă' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ğ' => 'g',
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => 'e',
        'ì' | 'í' | 'î' | 'ï' | 'ı' => 'i',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' => 'o',
        'ù' | 'ú' | 'û' | 'ü' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'š' | 'ś' | 'ş' => 's',
        'ž' | 'ź' | 'ż' => 'z',
        'ł' => 'l',
        'ß' => {
            out.push('s');
            's'
        }
        // What `İ` leaves above its `i` in lower case.
        '\u{307}' => return,
        other => other,
    };
    out.push(plain);
}

/// A term with its singular.
pub(super) type Known = (Term, &'static str);

/// `kundennummer` is `kunden` and `nummer`.
pub(super) fn split(word: &str) -> Option<(Known, Known)> {
    if word.len() < 6 {
        return None;
    }
    (3..=word.len().saturating_sub(2)).rev().find_map(|at| {
        let (left, right) = word.split_at_checked(at)?;
        Some((term(left)?, term(right)?))
    })
}

/// The English singular of a word that the lexicon does not know.
pub(super) fn singular(word: &str) -> String {
    if let Some((Term::Person | Term::Thing | Term::Business, noun)) = term(word) {
        return noun.to_owned();
    }
    let keep = ["ss", "us", "is", "as", "os"];
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 2) {
        return format!("{stem}y");
    }
    if let Some(stem) = word.strip_suffix("es")
        && ["s", "x", "z", "ch", "sh"].iter().any(|end| stem.ends_with(end))
    {
        return stem.to_owned();
    }
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !keep.iter().any(|end| word.ends_with(end)) => stem.to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_falls_into_words_at_cases_marks_and_digits() {
        for (key, words) in [
            ("customerID", "customer id"),
            ("XMLHttpRequest", "xml http request"),
            ("first_name", "first name"),
            ("address1", "address"),
            ("Straße", "strasse"),
            ("prénom-usuel", "prenom usuel"),
            ("$type", "type"),
            ("DOĞUM_TARİHİ", "dogum tarihi"),
            ("顧客ID", "顧客 id"),
        ] {
            let text = fold(key).text;
            assert_eq!(text.split_whitespace().collect::<Vec<_>>().join(" "), words, "{key}");
        }
        assert!(fold("line1").numbered && !fold("line").numbered);
    }

    #[test]
    fn singulars_are_plain_english_or_listed() {
        for (word, one) in [
            ("orders", "order"),
            ("policies", "policy"),
            ("boxes", "box"),
            ("status", "status"),
            ("kunden", "kunde"),
            ("gas", "gas"),
        ] {
            assert_eq!(singular(word), one, "{word}");
        }
    }
}
