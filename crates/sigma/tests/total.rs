//! Any text is rules or faults with places in it, and never a panic.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use domain::Timestamp;
use proptest::prelude::*;
use sigma::{Event, Fields, File, PACK, load, sample};

/// What an edit puts in: signs with a meaning, other rules' pieces, and what is no ASCII.
const PIECES: [&str; 22] = [
    "",
    "\n",
    "  ",
    "---\n",
    ":",
    "|",
    "|re",
    "|all",
    "'",
    "\"",
    "[",
    "}",
    "*",
    "not ",
    "1 of them",
    "(",
    "%",
    "null",
    "&a *a",
    "\u{fffd}",
    "\u{0}",
    "99999999999999999999",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_shipped_rule_with_any_edits_is_read_and_asked(
        which in 0..PACK.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, prop::sample::select(PIECES.to_vec())), 1..6),
    ) {
        let mut text: Vec<char> = PACK[which].text.chars().collect();
        for (at, len, piece) in edits {
            let at = at.index(text.len() + 1);
            text.splice(at..(at + len).min(text.len()), piece.chars());
        }
        let text: String = text.into_iter().collect();
        let mut loaded = load(&[File { name: "r.yml", text: &text }], 7);
        let spans = loaded.faults.iter().map(|fault| fault.diagnostic.at);
        let spans = spans.chain(loaded.rules.all().iter().flat_map(|rule| rule.reasons.iter().map(|(_, at)| *at)));
        for at in spans {
            prop_assert!(text.get(at.range()).is_some(), "{:?} in\n{}", at, text);
        }
        let event = Event { given: Fields::ALL, target: Some(b"/api/v1/users?id=1&page=2"), status: Some(200), ..Event::default() };
        let _ = loaded.rules.matches(&event, Timestamp::from_secs(1));
        let _ = loaded.rules.matches(&event, Timestamp::from_secs(0));
    }

    #[test]
    fn any_line_is_a_sample_or_says_why_not(
        which in 0..PACK.len(),
        at in any::<prop::sample::Index>(),
        piece in prop::sample::select(vec!["{n%", "}", "\"times\":18446744073709551615,", "[", "\"", "0", "-1", "\u{fffd}"]),
    ) {
        let mut text: Vec<char> = PACK[which].fires.lines().next().unwrap().chars().collect();
        let at = at.index(text.len());
        text.splice(at..at, piece.chars());
        let _ = sample::read(&text.into_iter().collect::<String>());
    }
}
