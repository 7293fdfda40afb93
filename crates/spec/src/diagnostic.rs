//! A fault as text: its place, the source line underlined, and what to do.
//!
//! It prints what it is given, made inert: control characters become visible signs. It knows
//! nothing of what the fault is about and writes nowhere.
//!
//! ```
//! use spec::diagnostic::{Colour, Diagnostic, Source};
//! use spec::tree::Span;
//! let text = "lisen: 127.0.0.1:8080\n";
//! let at = Span { start: 0, end: 5, line: 1, column: 1 };
//! let fault = Diagnostic::error("CONFIG-001", "unknown key `lisen`", at).help("write `listen`");
//! let shown = fault.render(Source { name: "tidegate.yaml", text }, Colour::Never);
//! assert!(shown.starts_with("error[CONFIG-001]: unknown key `lisen`\n --> tidegate.yaml:1:1\n"));
//! ```

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use crate::tree::Span;

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document can be used; something in it is likely not what its author meant.
    Warning,
    /// The document, or the part at fault, cannot be used.
    Error,
}

/// A fault, with its place and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code, such as `CONFIG-001`.
    pub code: &'static str,
    /// What is wrong: small first letter, no full stop, the user's words in backticks.
    pub message: String,
    /// Where it is.
    pub at: Span,
    /// What to say at the place itself. May be empty.
    pub label: String,
    /// Another place that belongs to the fault, and what to say there.
    pub also: Option<(Span, String)>,
    /// Why it matters.
    pub why: Option<String>,
    /// What to do.
    pub help: Option<String>,
}

/// Whether to write terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Never,
    /// ANSI colours: for a terminal whose user did not set `NO_COLOR`.
    Always,
}

/// The text that a fault is in.
#[derive(Clone, Copy, Debug)]
pub struct Source<'t> {
    /// What to call it: the path of the file.
    pub name: &'t str,
    /// The whole text. Empty where it could not be read: then only the place is printed.
    pub text: &'t str,
}

impl Diagnostic {
    /// A fault that makes its document unusable.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>, at: Span) -> Self {
        let message = message.into();
        let severity = Severity::Error;
        Self { severity, code, message, at, label: String::new(), also: None, why: None, help: None }
    }

    /// A fault that leaves its document usable.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>, at: Span) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message, at) }
    }

    /// With `text` at the place itself.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// With a second place.
    #[must_use]
    pub fn also(mut self, at: Span, text: impl Into<String>) -> Self {
        self.also = Some((at, text.into()));
        self
    }

    /// With the reason why it matters.
    #[must_use]
    pub fn why(mut self, text: impl Into<String>) -> Self {
        self.why = Some(text.into());
        self
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// The fault as text, ending in a newline.
    #[must_use]
    pub fn render(&self, source: Source<'_>, colour: Colour) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group: Group<'_> =
            level.primary_title(inert(&self.message)).id(self.code).elements(Vec::<Element<'_>>::new());
        for element in self.places(source) {
            group = group.element(element);
        }
        if let Some(why) = &self.why {
            group = group.element(Level::NOTE.with_name("why").message(inert(why)));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(inert(help)));
        }
        let renderer = match colour {
            Colour::Never => Renderer::plain(),
            Colour::Always => Renderer::styled(),
        };
        let mut shown = renderer.render(&[group]);
        shown.push('\n');
        shown
    }

    /// The header line and the source lines.
    fn places<'t>(&self, source: Source<'t>) -> Vec<Element<'t>> {
        let also = self.also.as_ref().map(|(at, label)| (*at, label.as_str()));
        let both = also.and_then(|(at, label)| {
            let lines = self.at.line.min(at.line)..=self.at.line.max(at.line);
            let window = Window::around(source.text, &[self.at, at])?;
            Some(window.snippet(*lines.start(), &[(self.at, &self.label), (at, label)], Some(source.name)))
        });
        if let Some(both) = both {
            return vec![both];
        }
        let mut places = Vec::new();
        for (at, label) in [(self.at, self.label.as_str())].into_iter().chain(also) {
            match Window::around(source.text, &[at]) {
                Some(window) if at.line > 0 => {
                    places.push(window.snippet(at.line, &[(at, label)], Some(source.name)));
                }
                _ => {
                    let mut origin = Origin::path(inert(source.name).into_owned());
                    if at.line > 0 {
                        let number = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
                        origin = origin.line(number(at.line)).char_column(number(at.column));
                    }
                    places.push(origin.into());
                }
            }
        }
        places
    }
}

/// Longest stretch of source between two places of one fault that is shown as one picture, in bytes.
const MOST_WINDOW: usize = 256 << 10;
/// Longest line of which a piece is shown, in bytes. Of longer ones only the place is named.
const MOST_LINE: usize = 8 << 20;

/// The whole lines around some spans.
struct Window<'t> {
    text: &'t str,
    starts: usize,
}

impl<'t> Window<'t> {
    /// `None` where the stretch or one of its marked lines is too long, or not in the text.
    /// The renderer shows of a long line the piece around the mark.
    fn around(text: &'t str, spans: &[Span]) -> Option<Self> {
        let mut window: Option<Range<usize>> = None;
        for span in spans {
            let line = line_around(text, span.range().start)?;
            if line.len() > MOST_LINE {
                return None;
            }
            window = Some(match window {
                None => line,
                Some(so_far) => so_far.start.min(line.start)..so_far.end.max(line.end),
            });
        }
        let window = window.filter(|window| spans.len() == 1 || window.len() <= MOST_WINDOW)?;
        Some(Self { starts: window.start, text: text.get(window)? })
    }

    fn snippet<'a>(&self, line: u32, marks: &[(Span, &str)], name: Option<&str>) -> Element<'a> {
        let mut snippet = Snippet::source(inert_source(self.text))
            .line_start(usize::try_from(line).unwrap_or(usize::MAX))
            .path(name.map(|name| inert(name).into_owned()));
        for (nth, (span, label)) in marks.iter().enumerate() {
            let kind = if nth == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let start = span.range().start.saturating_sub(self.starts);
            // Only the first line of a long value is underlined.
            let rest = self.text.get(start..).unwrap_or_default();
            let line_len = rest.lines().next().map_or(0, str::len);
            let mut end = start + span.range().len().min(line_len);
            if end == start {
                end += rest.chars().next().filter(|c| *c != '\n' && *c != '\r').map_or(0, char::len_utf8);
            }
            while !self.text.is_char_boundary(end) {
                end += 1;
            }
            let label = (!label.is_empty()).then(|| inert(label).into_owned());
            snippet = snippet.annotation(kind.span(start..end).label(label));
        }
        snippet.into()
    }
}

/// The line of byte `at`, without its line break.
fn line_around(text: &str, at: usize) -> Option<Range<usize>> {
    if text.is_empty() {
        return None;
    }
    let before = text.as_bytes().get(..at)?;
    let after = text.as_bytes().get(at..)?;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |found| found + 1);
    let end = at + after.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(after.len());
    (text.is_char_boundary(start) && text.is_char_boundary(end)).then_some(start..end)
}

/// Text of a message without characters that move a terminal's cursor.
fn inert(text: &str) -> Cow<'_, str> {
    if !text.chars().any(unsafe_to_print) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if unsafe_to_print(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Source text without characters that the renderer does not already replace. Keeps every length.
fn inert_source(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            // C1 controls have two bytes, and so has the sign that stands for them.
            '\u{80}'..='\u{9f}' => '\u{b7}',
            // Zero-width and direction marks have three bytes.
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
                '\u{fffd}'
            }
            other => other,
        })
        .collect()
}

fn unsafe_to_print(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const TEXT: &str = "listen: 127.0.0.1:8080\nmode: gard\nlisten: again\n";

    fn check(text: &str, fault: &Diagnostic, expected: &Expect) {
        expected.assert_eq(&fault.render(Source { name: "tidegate.yaml", text }, Colour::Never));
    }

    fn span(start: u32, end: u32, line: u32, column: u32) -> Span {
        Span { start, end, line, column }
    }

    #[test]
    fn a_fault_shows_its_line_its_reason_and_its_cure() {
        let fault = Diagnostic::error("CONFIG-002", "`gard` is no mode", span(29, 33, 2, 7))
            .label("not known")
            .why("DESIGN.md section 4")
            .help("write `guard`");
        check(
            TEXT,
            &fault,
            &expect![[r#"
            error[CONFIG-002]: `gard` is no mode
             --> tidegate.yaml:2:7
              |
            2 | mode: gard
              |       ^^^^ not known
              |
              = why: DESIGN.md section 4
              = help: write `guard`
        "#]],
        );
    }

    #[test]
    fn a_fault_with_two_places_shows_both() {
        let fault = Diagnostic::error("TEXT-002", "the key `listen` stands twice", span(34, 40, 3, 1))
            .label("again")
            .also(span(0, 6, 1, 1), "first here");
        check(
            TEXT,
            &fault,
            &expect![[r#"
            error[TEXT-002]: the key `listen` stands twice
             --> tidegate.yaml:3:1
              |
            1 | listen: 127.0.0.1:8080
              | ------ first here
            2 | mode: gard
            3 | listen: again
              | ^^^^^^ again
        "#]],
        );
    }

    #[test]
    fn a_place_in_a_line_of_megabytes_prints_a_piece_of_it() {
        let text = format!("{{\"a\": \"{}\", \"b\": 1}}", "x".repeat(1 << 20));
        let at = (1 << 20) + 10;
        let fault = Diagnostic::warning("TEXT-001", "strange", span(at, at + 3, 1, at + 1));
        check(
            &text,
            &fault,
            &expect![[r#"
            warning[TEXT-001]: strange
             --> tidegate.yaml:1:1048587
              |
            1 | ...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "b": 1}
              |                                                                   ^^^
        "#]],
        );
    }

    #[test]
    fn what_is_printed_cannot_move_the_cursor() {
        let text = "a: \u{1b}[2J\u{9b}2J\u{202e}x\n";
        let fault = Diagnostic::error("X-001", "bad \u{1b}[31m key\n", span(3, 7, 1, 4)).help("\u{7}");
        let shown = fault.render(Source { name: "a\u{1b}.yaml", text }, Colour::Never);
        assert!(!shown.chars().any(|c| c != '\n' && unsafe_to_print(c)), "{shown:?}");
    }

    #[test]
    fn a_place_that_is_not_in_the_text_is_named_all_the_same() {
        let fault = Diagnostic::error("X-001", "gone", span(900, 910, 40, 2));
        check(
            "short",
            &fault,
            &expect![[r#"
            error[X-001]: gone
            --> tidegate.yaml:40:2
        "#]],
        );
        check(
            "",
            &Diagnostic::error("X-001", "cannot be read", Span::default()),
            &expect![[r#"
            error[X-001]: cannot be read
            --> tidegate.yaml
        "#]],
        );
    }
}
