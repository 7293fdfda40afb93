//! What part of a report a heading opens.

/// A part of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// What happened.
    Body,
    /// What should be done.
    Advice,
    /// What may follow.
    Impact,
    /// What to look for.
    Hunting,
    /// What the attack used.
    Indicators,
    /// When.
    Timeline,
    /// Sources, further reading.
    References,
    /// The publisher, the author, the company in general.
    About,
}

const HEADINGS: &[(Section, &[&str])] = &[
    (
        Section::Hunting,
        &["hunting", "what to look for", "detection opportunities", "detection patterns", "hunt for"],
    ),
    (Section::Indicators, &["indicators of compromise", "iocs", "indicators"]),
    (Section::Timeline, &["timeline", "chronology", "sequence of events", "key dates"]),
    (
        Section::References,
        &["references", "sources", "further reading", "related", "external links", "bibliography"],
    ),
    (
        Section::About,
        &[
            "about us",
            "about the author",
            "about the company",
            "author",
            "contact",
            "about the publisher",
            "disclaimer",
        ],
    ),
    (
        Section::Advice,
        &[
            "recommend",
            "mitigation",
            "prevention",
            "preventing",
            "how to prevent",
            "lessons",
            "best practice",
            "what you can do",
            "what we ask",
            "what others should",
            "what would have helped",
            "what helps",
            "solution",
            "for your own house",
            "lesson",
            "remedy",
            "remedies",
            "habits",
            "what customers should do",
            "what should",
            "what to do",
            "how to protect",
            "protecting",
            "hardening",
            "countermeasures",
            "defen",
            "advice",
            "guidance",
            "next steps for",
            "detection and response",
            "detection & response",
            "how to fix",
            "takeaway",
            "what you should do",
            "steps you can take",
            "what can you do",
            "what organisations",
            "what organizations",
            "checklist",
            "securing",
            "secure your",
        ],
    ),
    (
        Section::Impact,
        &[
            "risk assessment",
            "potential impact",
            "possible consequences",
            "why it matters",
            "what could happen",
            "what can be done with",
            "consequence",
        ],
    ),
];

/// The part that a heading opens. A heading that says nothing of the kind opens what happened.
pub(super) fn of_heading(heading: &str, before: Section) -> Section {
    let lower = heading.trim().to_lowercase();
    if lower.split_whitespace().count() > 12 {
        return before;
    }
    HEADINGS
        .iter()
        .find(|(_, words)| words.iter().any(|word| begins_a_word(&lower, word)))
        .map_or(Section::Body, |(section, _)| *section)
}

/// Whether `phrase` stands in `text` and begins a word there: `author` is not in `unauthorized`.
fn begins_a_word(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        text.get(..at)
            .and_then(|before| before.chars().next_back())
            .is_none_or(|letter| !letter.is_alphanumeric())
    })
}

/// The part that a block opens for itself by the words that run in before its text: `What you can do. Be
/// careful with ...`, `Recommended: install ...`.
pub(super) fn of_run_in(block: &str, before: Section) -> Section {
    let head = block.trim_start_matches(['*', '-', '•', ' ', '_']);
    let end = head.find(['.', ':']).filter(|end| *end < head.len() - 1);
    let Some(label) = end.and_then(|end| head.get(..end)) else { return before };
    if label.split_whitespace().count() > 6 || !label.starts_with(char::is_uppercase) {
        return before;
    }
    match of_heading(label, Section::Body) {
        Section::Body => before,
        section => section,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_open_their_part() {
        for (heading, expected) in [
            ("Recommendations", Section::Advice),
            ("5. Lessons learned", Section::Advice),
            ("Indicators of Compromise (IOCs)", Section::Indicators),
            ("Timeline:", Section::Timeline),
            ("What happened", Section::Body),
            ("NOTICE: UNAUTHORIZED USE OF AN API", Section::Body),
        ] {
            assert_eq!(of_heading(heading, Section::Impact), expected, "{heading}");
        }
    }

    #[test]
    fn words_that_run_in_open_a_part_for_their_block_only() {
        for (block, expected) in [
            ("What you can do. Be careful with calls.", Section::Advice),
            ("* Recommended: install the latest version", Section::Advice),
            ("Notification. The insurer examines it.", Section::Body),
            ("Recommendations were given by many people in that year. They help.", Section::Body),
        ] {
            assert_eq!(of_run_in(block, Section::Body), expected, "{block}");
        }
    }
}
