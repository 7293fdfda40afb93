//! HAProxy configuration text to sections of lines of words.
//!
//! Words end at white space outside quotes; `\` keeps the next character; `#` ends the line.

use std::sync::Arc;

use super::super::lines::Lines;
use crate::inventory::{Place, SourceId};

/// Most lines that are read.
pub(super) const MOST_LINES: usize = 100_000;

#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) words: Vec<Arc<str>>,
    pub(super) at: Place,
}

impl Line {
    pub(super) fn word(&self, nth: usize) -> &str {
        self.words.get(nth).map_or("", |word| word)
    }

    /// The words from the `nth` on.
    pub(super) fn rest(&self, nth: usize) -> &[Arc<str>] {
        self.words.get(nth..).unwrap_or_default()
    }
}

#[derive(Clone, Debug)]
pub(super) struct Section {
    /// `frontend`, `backend`, `listen`, `defaults`, and others.
    pub(super) kind: Arc<str>,
    pub(super) name: Arc<str>,
    /// Its position among the sections.
    pub(super) nth: usize,
    /// The `defaults` that it names.
    pub(super) from: Option<Arc<str>>,
    pub(super) lines: Vec<Line>,
    pub(super) at: Place,
}

/// The sections of `text`; lines before the first one; lines with a quote that is not closed; whether
/// there are more lines than are read.
pub(super) struct Sections {
    pub(super) sections: Vec<Section>,
    pub(super) stray: Vec<Line>,
    pub(super) unclosed: Vec<Place>,
    pub(super) cut: bool,
}

pub(super) const KINDS: [&str; 17] = [
    "global",
    "defaults",
    "frontend",
    "backend",
    "listen",
    "peers",
    "resolvers",
    "userlist",
    "program",
    "cache",
    "mailers",
    "http-errors",
    "ring",
    "log-forward",
    "fcgi-app",
    "crt-list",
    "crt-store",
];

pub(super) fn read(text: &str, source: SourceId) -> Sections {
    let lines = Lines::new(text);
    let mut out = Sections { sections: Vec::new(), stray: Vec::new(), unclosed: Vec::new(), cut: false };
    let mut start = 0;
    for (nth, raw) in text.split_inclusive('\n').enumerate() {
        if nth >= MOST_LINES {
            out.cut = true;
            break;
        }
        let (words, closed) = words(raw);
        let indent = raw.len() - raw.trim_start().len();
        let at = Place::new(source, lines.span(start + indent, start + raw.trim_end().len().max(indent)));
        start += raw.len();
        if !closed {
            out.unclosed.push(at);
        }
        let Some(first) = words.first() else { continue };
        if KINDS.contains(&&**first) {
            let name = words.get(1).cloned().unwrap_or_default();
            let from = words.iter().skip_while(|word| &***word != "from").nth(1).cloned();
            let nth = out.sections.len();
            out.sections.push(Section { kind: first.clone(), name, nth, from, lines: Vec::new(), at });
            continue;
        }
        let line = Line { words, at };
        match out.sections.last_mut() {
            Some(section) => section.lines.push(line),
            None => out.stray.push(line),
        }
    }
    out
}

/// The words of a line, and whether every quote is closed.
pub(super) fn words(line: &str) -> (Vec<Arc<str>>, bool) {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut begun = false;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => {
                begun = true;
                match chars.next() {
                    // Inside double quotes only these are escaped; a regular expression keeps its own.
                    Some(c) if quote.is_some() && !matches!(c, '"' | '\\' | '$') => word.extend(['\\', c]),
                    Some(c) if quote.is_none() && !matches!(c, ' ' | '#' | '\\' | '"' | '\'') => {
                        word.extend(['\\', c])
                    }
                    Some(c) => word.push(c),
                    None => {}
                }
            }
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => word.push(c),
            ('"' | '\'', None) => {
                quote = Some(c);
                begun = true;
            }
            ('#', None) => break,
            (c, None) if c.is_whitespace() => {
                if begun {
                    words.push(std::mem::take(&mut word).into());
                    begun = false;
                }
            }
            (c, None) => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun && (quote.is_none() || !word.is_empty()) {
        words.push(word.into());
    }
    (words, quote.is_none())
}
