//! Policy files as text: statements with their places, and errors that point at them.
//!
//! Cedar's parser reads a whole file at once and stops at its first fault. Here a file is first cut
//! into statements at every `;` that stands outside strings and comments, so that each policy has a
//! place, and every faulty one is reported in one go. A test holds the cut against Cedar's own.

use std::fmt;
use std::ops::Range;

use cedar_policy::ffi::DetailedError;

/// One policy file: its name for people, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The path as the user wrote it.
    pub file: String,
    /// Its whole text.
    pub text: String,
}

impl Source {
    /// The file called `file` with this `text`.
    #[must_use]
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: file.into(), text: text.into() }
    }
}

/// A place in a file. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Place {
    /// The file, as the user wrote it; `inventory` for the declared operations.
    pub file: String,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// The place of byte `offset` in `source`; its end where `offset` lies beyond.
    pub(super) fn of(source: &Source, offset: usize) -> Self {
        let mut offset = offset.min(source.text.len());
        while !source.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = source.text.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            file: source.file.clone(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Why a policy file does not load. Nothing of it is in force then.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub struct LoadError {
    /// Where.
    pub at: Place,
    /// What is wrong, without full stop.
    pub what: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The line it stands on, for a picture of it; empty for the inventory.
    pub line_text: String,
    /// How many characters of that line to underline, from the column on. At least 1.
    pub width: usize,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)?;
        self.help.iter().try_for_each(|help| write!(f, "\n  help: {help}"))
    }
}

/// A statement of a file: one policy with its annotations.
#[derive(Clone, Debug)]
pub(super) struct Statement<'s> {
    pub source: &'s Source,
    /// Its bytes in the file, with comments and space before it.
    pub span: Range<usize>,
    /// Where its first word stands.
    pub start: usize,
}

impl<'s> Statement<'s> {
    pub(super) fn text(&self) -> &'s str {
        self.source.text.get(self.span.clone()).unwrap_or_default()
    }

    pub(super) fn place(&self) -> Place {
        Place::of(self.source, self.start)
    }

    /// An error about the bytes `range` of the statement's text.
    fn error_in(&self, range: Range<usize>, what: impl Into<String>, help: Option<String>) -> LoadError {
        let at = Place::of(self.source, self.span.start.saturating_add(range.start));
        let line_text = self.source.text.lines().nth(at.line - 1).unwrap_or_default().to_owned();
        let first_line = self.text().get(range).and_then(|text| text.lines().next()).unwrap_or_default();
        LoadError { at, what: what.into(), help, line_text, width: first_line.chars().count().max(1) }
    }

    /// The bytes of the statement's first word.
    fn head(&self) -> Range<usize> {
        let start = self.start.saturating_sub(self.span.start);
        let word = self.text().get(start..).unwrap_or_default();
        start..start + word.find(|c: char| !c.is_ascii_alphanumeric() && c != '@').unwrap_or(word.len())
    }

    /// An error at the statement's first word.
    pub(super) fn error(&self, what: impl Into<String>, help: impl Into<String>) -> LoadError {
        self.error_in(self.head(), what, Some(help.into()))
    }

    /// An error at the first place where the statement says `word`; at its start where it does not.
    pub(super) fn error_on(&self, word: &str, what: impl Into<String>, help: impl Into<String>) -> LoadError {
        let found = self.text().find(word).map(|start| start..start + word.len());
        self.error_in(found.unwrap_or_else(|| self.head()), what, Some(help.into()))
    }

    /// What Cedar says about the statement, every label and related error as one of ours.
    pub(super) fn cedar(&self, error: &DetailedError) -> Vec<LoadError> {
        let label = error.source_locations.first();
        let range = label.map_or_else(|| self.head(), |label| label.loc.start..label.loc.end);
        let what = without_policy(&error.message).trim();
        let help = error.help.as_deref().map(without_policy).map(str::to_owned);
        let help = help.or_else(|| label.and_then(|label| label.label.clone())).or_else(|| {
            what.contains("`Anonymous`")
                .then(|| "ask `principal is User &&` first: it may be nobody".to_owned())
        });
        std::iter::once(self.error_in(range, what, help))
            .chain(error.related.iter().flat_map(|related| self.cedar(related)))
            .collect()
    }
}

/// Cedar says again which policy it speaks of; the place says that already.
fn without_policy(message: &str) -> &str {
    match message.strip_prefix("for policy `") {
        Some(rest) => rest.split_once("`, ").map_or(rest, |(_, message)| message),
        None => message,
    }
}

/// Cuts a file into statements. What follows the last `;` is a statement of its own when it holds
/// more than space and comments: Cedar then says what is missing.
pub(super) fn statements(source: &Source) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let (mut begin, mut start) = (0, None);
    let mut chars = source.text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '/' if chars.peek().is_some_and(|(_, next)| *next == '/') => {
                // Cedar ends a comment at either line break.
                while chars.peek().is_some_and(|(_, next)| !matches!(next, '\n' | '\r')) {
                    chars.next();
                }
            }
            '"' => {
                start.get_or_insert(at);
                while let Some((_, inside)) = chars.next() {
                    match inside {
                        '\\' => drop(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            ';' => {
                let end = at + 1;
                found.push(Statement { source, span: begin..end, start: start.unwrap_or(at) });
                (begin, start) = (end, None);
            }
            c if c.is_whitespace() => {}
            _ => drop(start.get_or_insert(at)),
        }
    }
    if let Some(start) = start {
        found.push(Statement { source, span: begin..source.text.len(), start });
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_semicolon_in_a_string_or_comment_ends_nothing() {
        let source = Source::new(
            "x.cedar",
            "// a; comment\n@id(\"a;\\\";b\")\npermit(principal, action, resource); // end;\n\nforbid(principal, action, resource);\n// ;",
        );
        let places: Vec<_> = statements(&source).iter().map(|s| s.place().to_string()).collect();
        assert_eq!(places, ["x.cedar:2:1", "x.cedar:5:1"]);
    }

    #[test]
    fn a_place_counts_characters_and_not_bytes() {
        let source = Source::new("x.cedar", "// Grüße\nÄ;");
        assert_eq!(Place::of(&source, source.text.find(';').unwrap()).to_string(), "x.cedar:2:2");
        assert_eq!(Place::of(&source, 9999).to_string(), "x.cedar:2:3");
    }

    proptest! {
        #[test]
        fn the_cut_agrees_with_cedars_own_parser(parts in proptest::collection::vec(0usize..8, 0..8)) {
            let text: String = parts.into_iter().map(|part| [
                "permit(principal, action, resource);",
                "forbid(principal, action == Action::\"a;b\", resource) when { \"x\\\";\" == \"//;\" };",
                "// note; \"\n",
                "// note; \"\r",
                "@id(\"a\\\\\") permit(principal, action, resource);",
                "@a(\"//\") @b forbid(principal, action, resource) unless { \"\n;\" like \"*;\" };",
                "\n\t ",
                "permit(principal == ?principal, action, resource);",
            ][part]).collect();
            let whole: cedar_policy::PolicySet = text.parse().unwrap();
            let source = Source::new("x.cedar", text.clone());
            let cut = statements(&source);
            prop_assert_eq!(cut.len(), whole.num_of_policies() + whole.num_of_templates());
            for statement in cut {
                let alone: cedar_policy::PolicySet = statement.text().parse().unwrap();
                prop_assert_eq!(alone.num_of_policies() + alone.num_of_templates(), 1);
            }
        }
    }
}
