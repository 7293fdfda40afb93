//! Ids and names of knowledge bases that stand in a report.
//!
//! Finds them and says what they are; how the report means them is for the clause they stand in.

mod phrases;

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use phrases::Phrases;

use crate::source::mapped::cut;

/// What an id belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Base {
    Technique,
    Tactic,
    Mitigation,
    Defence,
    Weakness,
    Pattern,
    Vulnerability,
    Owasp,
}

/// An id, or a name that has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) base: Base,
    /// As the knowledge base writes it.
    pub(crate) id: String,
    /// Bytes of the document's text.
    pub(crate) range: Range<usize>,
    /// It is named, and its id does not stand there.
    pub(crate) by_name: bool,
}

/// Every id and name in a text, in order.
pub(crate) fn find(text: &str) -> Vec<Found> {
    let mut found = written(text);
    named(text, &mut found);
    found.sort_by_key(|found| (found.range.start, found.by_name));
    found
}

fn written(text: &str) -> Vec<Found> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = bytes
        .get(at..)
        .and_then(|rest| rest.iter().position(|byte| matches!(byte, b'T' | b'D' | b'C' | b'A' | b'M')))
    {
        at += next;
        let bound = at
            .checked_sub(1)
            .and_then(|before| bytes.get(before))
            .is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-' | b'/'));
        let rest = bytes.get(at..).unwrap_or_default();
        match id(rest).filter(|_| bound) {
            Some((base, len)) => {
                let range = at..at + len;
                let mut id = cut(text, range.clone()).to_owned();
                if base == Base::Owasp && !id.contains(':') {
                    id.push_str(":2023");
                }
                found.push(Found { base, id, range, by_name: false });
                at += len;
            }
            None => at += 1,
        }
    }
    found
}

/// The id at the start of `rest`, and its length.
fn id(rest: &[u8]) -> Option<(Base, usize)> {
    let digits = |from: usize| {
        rest.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let (base, len) = match rest {
        [b'T', b'A', ..] if digits(2) == 4 => (Base::Tactic, 6),
        [b'T', ..] if digits(1) == 4 => {
            let sub = if rest.get(5) == Some(&b'.') && digits(6) == 3 { 4 } else { 0 };
            (Base::Technique, 5 + sub)
        }
        [b'M', b'1', ..] if digits(1) == 4 => (Base::Mitigation, 5),
        [b'D', b'3', b'-', ..] => {
            let letters = rest.iter().skip(3).take_while(|byte| byte.is_ascii_uppercase()).count();
            if !(2..=8).contains(&letters) {
                return None;
            }
            (Base::Defence, 3 + letters)
        }
        [b'C', b'W', b'E', b'-', ..] if (1..=5).contains(&digits(4)) => (Base::Weakness, 4 + digits(4)),
        [b'C', b'A', b'P', b'E', b'C', b'-', ..] if (1..=4).contains(&digits(6)) => {
            (Base::Pattern, 6 + digits(6))
        }
        [b'C', b'V', b'E', b'-', ..]
            if digits(4) == 4 && rest.get(8) == Some(&b'-') && (4..=7).contains(&digits(9)) =>
        {
            (Base::Vulnerability, 9 + digits(9))
        }
        [b'A', b'P', b'I', first, ..] if first.is_ascii_digit() => {
            let rank = digits(3);
            let year = rest.get(3 + rank) == Some(&b':') && digits(4 + rank) == 4;
            let is_rank = rank == 1 || rest.starts_with(b"API10");
            if !is_rank || rank > 2 {
                return None;
            }
            (Base::Owasp, 3 + rank + if year { 5 } else { 0 })
        }
        _ => return None,
    };
    let after = rest.get(len).copied().unwrap_or(b' ');
    (!after.is_ascii_alphanumeric() && after != b'_').then_some((base, len))
}

/// Names that are as good as an id.
struct Names {
    search: Phrases,
    entries: Vec<(Base, String, bool)>,
}

fn names() -> &'static Names {
    static NAMES: OnceLock<Names> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut words: Vec<String> = Vec::new();
        let mut entries: Vec<(Base, String, bool)> = Vec::new();
        let mut add = |name: &str, base: Base, id: &str, needs_capitals: bool| {
            words.push(name.to_owned());
            entries.push((base, id.to_owned(), needs_capitals));
        };
        for defence in catalog::d3fend::techniques() {
            if defence.label.contains(' ') {
                add(defence.label, Base::Defence, defence.id, true);
            }
        }
        for technique in catalog::attack::techniques() {
            // A name of two words or more, which a parent does not share with ordinary speech.
            if technique.name.contains(' ')
                && catalog::attack::current(technique.id).is_some_and(|current| current.id == technique.id)
            {
                add(technique.name, Base::Technique, technique.id, true);
            }
        }
        for rank in 1..=10 {
            let id = format!("API{rank}:2023");
            if let Some(risk) = catalog::owasp::risk(&id) {
                add(risk.name, Base::Owasp, risk.id, true);
            }
        }
        for (name, id) in [
            ("BOLA", "API1:2023"),
            ("Broken Object-Level Authorization", "API1:2023"),
            ("Broken Object Level Authorisation", "API1:2023"),
            ("Broken Object-Level Authorisation", "API1:2023"),
            ("Broken Object Level Access Control", "API1:2023"),
            ("BFLA", "API5:2023"),
            ("Broken Function-Level Authorization", "API5:2023"),
            ("Broken Function Level Authorisation", "API5:2023"),
            ("BOPLA", "API3:2023"),
            ("Broken Object-Property-Level Authorization", "API3:2023"),
        ] {
            add(name, Base::Owasp, id, id.len() == 4);
        }
        Names { search: Phrases::new(&words), entries }
    })
}

/// A search that finds nothing.
pub(crate) fn none() -> AhoCorasick {
    #[expect(clippy::unwrap_used, reason = "no word can always be built")]
    AhoCorasick::new::<[&str; 0], &str>([]).unwrap()
}

fn named(text: &str, found: &mut Vec<Found>) {
    let names = names();
    let written: Vec<(String, usize)> =
        found.iter().map(|found| (found.id.clone(), found.range.start)).collect();
    for (nth, range) in names.search.find(text) {
        let Some((base, id, needs_capitals)) = names.entries.get(nth) else { continue };
        let words = cut(text, range.clone());
        let capitals = words
            .split([' ', '-'])
            .filter(|word| word.len() > 3)
            .all(|word| word.starts_with(char::is_uppercase));
        let before =
            cut(text, 0..range.start).chars().next_back().is_none_or(|letter| !letter.is_alphanumeric());
        let after = cut(text, range.end..text.len()).chars().next().is_none_or(|letter| {
            // Cells that ran together: `Automated ExfiltrationA program`.
            !letter.is_alphanumeric() || letter.is_uppercase() && words.ends_with(char::is_lowercase)
        });
        let is_abbreviation = words.len() < 6 && words.chars().any(char::is_lowercase);
        if (*needs_capitals && !capitals) || !before || !after || is_abbreviation {
            continue;
        }
        // `T1190 - Exploit Public-Facing Application` names what its id has said already.
        let before = written.partition_point(|(_, at)| *at < range.start);
        let near = written.get(before.saturating_sub(3)..before).unwrap_or_default();
        // `T1110 Automated Exfiltration` names another one than its id.
        let family = |id: &str| id.split('.').next().unwrap_or_default().to_owned();
        let another = near.last().is_some_and(|(other, at)| {
            *base == Base::Technique && range.start - at < other.len() + 4 && family(other) != family(id)
        });
        let follows = near.iter().any(|(other, at)| {
            range.start - at < 80
                && (other == id || (*base == Base::Technique && other.starts_with('T') && !another))
        });
        if !follows {
            found.push(Found { base: *base, id: id.clone(), range, by_name: true });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stand_alone_and_in_their_form() {
        for (text, expected) in [
            ("T1595.002 - Active Scanning, (T1190).", &["T1595.002", "T1190"][..]),
            ("the T1 phone, T10200, AT1190 and T1190x", &[]),
            ("TA0010, M1054; D3-ACH and D3-X", &["TA0010", "M1054", "D3-ACH"]),
            ("CWE-639/CWE-306, CAPEC-112, CVE-2031-12345", &["CWE-639", "CAPEC-112", "CVE-2031-12345"]),
            ("API1:2023, API3 and API10:2019, API15", &["API1:2023", "API3:2023", "API10:2019"]),
            ("via Inbound Traffic Filtering and inbound traffic filtering", &["D3-ITF"]),
            ("a Broken Object Level Authorization (BOLA) flaw", &["API1:2023", "API1:2023"]),
            ("bola juice", &[]),
        ] {
            let ids: Vec<String> = find(text).into_iter().map(|found| found.id).collect();
            assert_eq!(ids, expected, "{text}");
        }
    }
}
