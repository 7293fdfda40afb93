//! One form for all forms of a word: `exposed`, `exposes` and `exposing` are `expos`.
//!
//! It only has to do the same to the lexicon and to the text. It is no dictionary: where it is too
//! coarse, the lexicon lists a phrase.

/// The stem of a word. Signs of possession and apostrophes do not count.
pub(crate) fn stem(word: &str) -> String {
    let mut lower = String::with_capacity(word.len());
    for letter in word.chars().take(48) {
        match letter {
            '\'' | '\u{2019}' | '\u{2BC}' => {}
            letter if letter.is_ascii() => lower.push(letter.to_ascii_lowercase()),
            letter => lower.extend(letter.to_lowercase()),
        }
    }
    if let Some(plain) = irregular(&lower) {
        return plain.to_owned();
    }
    if !lower.is_ascii() || lower.len() < 4 {
        return lower;
    }
    let len = lower.len();
    let cut = |lower: &str, by: usize| lower.get(..len - by).unwrap_or_default().to_owned();
    let mut stem = if lower.ends_with("ies") || lower.ends_with("ied") {
        if len > 4 { cut(&lower, 3) + "y" } else { lower }
    } else if lower.ends_with("sses")
        || lower.ends_with("ches")
        || lower.ends_with("shes")
        || lower.ends_with("xes")
    {
        cut(&lower, 2)
    } else if lower.ends_with('s')
        && !lower.ends_with("ss")
        && !lower.ends_with("us")
        && !lower.ends_with("is")
    {
        // `bookings` as `booking`.
        let one = cut(&lower, 1);
        if one.ends_with("ing") && one.len() > 5 {
            undouble(one.trim_end_matches("ing").to_owned())
        } else {
            one
        }
    } else if lower.ends_with("ing") && len > 5 {
        undouble(cut(&lower, 3))
    } else if lower.ends_with("ed") && !lower.ends_with("eed") && len > 4 {
        undouble(cut(&lower, 2))
    } else {
        lower
    };
    if stem.len() > 3 && stem.ends_with('e') {
        stem.pop();
    }
    stem
}

/// `scann` is `scan`; `call`, `access` and `buzz` stay.
fn undouble(mut stem: String) -> String {
    let bytes = stem.as_bytes();
    if let [.., one, two] = bytes
        && one == two
        && !matches!(one, b'l' | b's' | b'z' | b'e' | b'o')
        && bytes.len() > 3
    {
        stem.pop();
    }
    stem
}

fn irregular(word: &str) -> Option<&'static str> {
    Some(match word {
        "found" => "find",
        "stole" | "stolen" => "steal",
        "took" | "taken" => "take_",
        "take" | "takes" | "taking" => "take_",
        "got" | "gotten" | "gets" | "getting" => "get",
        "gave" | "given" | "gives" | "giving" => "give",
        "sent" | "sends" | "sending" => "send",
        "said" | "says" | "saying" => "say",
        "told" | "tells" | "telling" => "tell",
        "wrote" | "written" | "writes" | "writing" => "write",
        "held" | "holds" | "holding" => "hold",
        "made" | "makes" | "making" => "make",
        "came" | "comes" | "coming" => "come",
        "went" | "goes" | "going" | "gone" => "go",
        "saw" | "seen" | "sees" | "seeing" => "see",
        "shown" | "showed" | "shows" | "showing" => "show",
        "sold" | "sells" | "selling" => "sell",
        "sought" => "seek",
        "broke" | "broken" => "break",
        "left" => "left",
        "hid" | "hidden" => "hide",
        "withdrew" | "withdrawn" => "withdraw",
        "spilt" => "spill",
        "learnt" => "learn",
        "used" | "uses" | "using" | "use" => "use",
        "was" | "were" | "is" | "are" | "been" | "being" => "be",
        "has" | "had" | "having" => "have",
        "did" | "does" | "doing" | "done" => "do",
        // Without its end it would deny.
        "note" | "notes" | "noted" | "noting" => "note_",
        "urls" => "url",
        "apis" => "api",
        "this" | "its" | "his" | "us" | "as" | "thus" | "yes" => return None,
        "pins" => "pin",
        "people" => "people",
        "data" => "data",
        "bed" | "red" | "need" | "feed" => return None,
        "needed" | "needs" => "need",
        "details" => "detail",
        "credentials" => "credential",
        "addresses" => "address",
        "ring" | "thing" | "string" | "during" => return None,
        "strings" => "string",
        "things" => "thing",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_word_have_one_stem_and_other_words_another() {
        for forms in [
            &["expose", "exposed", "exposes", "exposing"][..],
            &["scan", "scanned", "scanning", "scans"],
            &["call", "called", "calling", "calls"],
            &["query", "queries", "queried"],
            &["access", "accesses", "accessed", "accessing"],
            &["find", "found", "finds", "finding"],
            &["batch", "batches"],
            &["booking", "bookings"],
            &["customer", "customers", "customer's"],
            &["didn't", "didnt", "didn\u{2019}t"],
            &["need", "needs", "needed"],
        ] {
            let all: Vec<String> = forms.iter().map(|form| stem(form)).collect();
            assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:?}");
        }
        assert_ne!(stem("note"), stem("not"));
        assert_ne!(stem("use"), stem("us"));
        assert_ne!(stem("address"), stem("add"));
    }
}
