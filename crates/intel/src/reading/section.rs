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
        .find(|(_, words)| words.iter().any(|word| lower.contains(word)))
        .map_or(Section::Body, |(section, _)| *section)
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
        ] {
            assert_eq!(of_heading(heading, Section::Impact), expected, "{heading}");
        }
    }
}
