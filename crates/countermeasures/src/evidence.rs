//! The words of the report behind a claim.

use intel::{Span, Statement};

use report::markup::{code, words};

use crate::Report;

/// Most characters of a beginning.
const MOST_BEGUN: usize = 60;
/// Most characters of a quotation.
const MOST_QUOTED: usize = 400;

impl Report<'_> {
    /// The statement that `span` stands in.
    pub(crate) fn statement(&self, span: Span) -> Option<&Statement> {
        let statements = &self.intel.statements;
        let within = statements.iter().find(|statement| statement.span.covers(span));
        within
            .or_else(|| statements.iter().find(|one| one.span.start < span.end && span.start < one.span.end))
    }

    /// What the report says at `span`: its statement as it was read, else its bytes.
    pub(crate) fn quote(&self, span: Span) -> String {
        let text = match self.statement(span) {
            Some(statement) => statement.text.clone(),
            None => {
                let bytes = self.bytes.get(span.start..span.end).unwrap_or_default();
                String::from_utf8_lossy(bytes).split_whitespace().collect::<Vec<_>>().join(" ")
            }
        };
        if text.chars().count() <= MOST_QUOTED {
            return text;
        }
        text.chars().take(MOST_QUOTED).chain(['…']).collect()
    }

    /// The first letters of the report's own bytes at `span`: of what was left out there is no statement.
    pub(crate) fn beginning(&self, span: Span) -> String {
        let bytes = self.bytes.get(span.start..span.end.min(span.start + 4 * MOST_BEGUN)).unwrap_or_default();
        let text = String::from_utf8_lossy(bytes).split_whitespace().collect::<Vec<_>>().join(" ");
        let mut begun: String = text.chars().take(MOST_BEGUN).collect();
        if begun.len() < text.len() {
            begun.push('…');
        }
        begun
    }

    /// What the report says at the first of `spans`.
    pub(crate) fn first_quote(&self, spans: &[Span]) -> String {
        spans.first().map(|span| self.quote(*span)).unwrap_or_default()
    }
}

/// The last line of a page: which report it was made from, how much of it was read, and what ids were held
/// against.
pub(crate) fn made_from(report: &Report<'_>) -> String {
    let intel = report.intel;
    format!(
        "\nMade from the report with SHA-256 {}; read: {}. Held against {}.\n",
        code(&intel.source.sha256),
        words(&intel.how_much_was_read()),
        words(&intel.held_against())
    )
}

/// The word that stands for a value in JSON.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
