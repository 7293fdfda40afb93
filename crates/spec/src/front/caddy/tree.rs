//! Caddyfile text to directives, `import` taken in.
//!
//! A directive is a line of words, with a block where its last word is `{`. Quotes, backquotes, heredocs
//! and comments are as in Caddy; `{placeholders}` are words. Snippets are copied where they are imported,
//! with their arguments.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::guard::shown;
use super::super::lines::Lines;
use crate::diagnostic::Diagnostic;
use crate::inventory::{Fault, Kind, Place, SourceId};
use crate::reading::{File, MOST_REFERRED, Reading};
use crate::tree::Span;

const MOST_BYTES: usize = 4 << 20;
/// Most directives of a configuration with all that it imports.
const MOST_DIRECTIVES: usize = 100_000;
const MOST_NESTING: usize = 24;
const MOST_IMPORTS: usize = 16;

#[derive(Clone, Debug)]
pub(super) struct Directive {
    pub(super) words: Vec<Arc<str>>,
    pub(super) block: Option<Vec<Directive>>,
    pub(super) at: Place,
}

impl Directive {
    pub(super) fn word(&self, nth: usize) -> &str {
        self.words.get(nth).map_or("", |word| word)
    }

    pub(super) fn rest(&self, nth: usize) -> &[Arc<str>] {
        self.words.get(nth..).unwrap_or_default()
    }

    pub(super) fn within(&self) -> &[Directive] {
        self.block.as_deref().unwrap_or_default()
    }
}

struct Token {
    text: Arc<str>,
    quoted: bool,
    at: Place,
}

pub(super) struct Reader<'x, 'r, 'f> {
    reading: &'x mut Reading<'r, 'f>,
    snippets: BTreeMap<Arc<str>, Vec<Directive>>,
    directives: usize,
    imported: usize,
    open: Vec<Arc<str>>,
    pub(super) taken: Vec<SourceId>,
}

impl<'x, 'r, 'f> Reader<'x, 'r, 'f> {
    pub(super) fn new(reading: &'x mut Reading<'r, 'f>) -> Self {
        let (snippets, open, taken) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { reading, snippets, directives: 0, imported: 0, open, taken }
    }

    /// The directives of `file`, which is `source`: at the top level sites, snippets and options.
    pub(super) fn read(&mut self, file: &File, source: SourceId, depth: usize) -> Vec<Directive> {
        if file.text.len() > MOST_BYTES {
            self.fault(source, Diagnostic::error("CADDY-004", "file is larger than 4 MiB", Span::START));
            return Vec::new();
        }
        self.open.push(file.name.clone());
        let (lines, unclosed) = tokens(&file.text, source);
        if let Some(at) = unclosed {
            self.fault(source, Diagnostic::error("CADDY-001", "a quote is not closed", at.span));
        }
        let mut lines = lines.into_iter();
        let directives = self.block(&mut lines, depth, None);
        self.open.pop();
        directives
    }

    fn fault(&mut self, source: SourceId, diagnostic: Diagnostic) {
        self.reading.inventory.faults.push(Fault { source, diagnostic });
    }

    fn block(
        &mut self,
        lines: &mut std::vec::IntoIter<Vec<Token>>,
        depth: usize,
        opened: Option<Place>,
    ) -> Vec<Directive> {
        let mut directives: Vec<Directive> = Vec::new();
        while let Some(mut line) = lines.next() {
            let Some(at) = line.first().map(|token| token.at) else { continue };
            if is(line.first(), "}") && line.len() == 1 {
                if opened.is_some() {
                    return directives;
                }
                self.fault(at.source, Diagnostic::error("CADDY-001", "`}` closes nothing", at.span));
                continue;
            }
            // Addresses of a site may go on behind a comma.
            while depth == 0 && line.last().is_some_and(|token| !token.quoted && token.text.ends_with(',')) {
                match lines.next() {
                    Some(next) => line.extend(next),
                    None => break,
                }
            }
            let opens = is(line.last(), "{");
            if opens {
                line.pop();
            }
            self.directives += 1;
            if self.directives > MOST_DIRECTIVES {
                if self.directives == MOST_DIRECTIVES + 1 {
                    let what = format!("more than {MOST_DIRECTIVES} directives");
                    self.fault(at.source, Diagnostic::error("CADDY-004", what, at.span));
                }
                return directives;
            }
            let words: Vec<Arc<str>> = line.iter().map(|token| token.text.clone()).collect();
            let block = match opens {
                true if depth >= MOST_NESTING => {
                    let what = format!("blocks are nested deeper than {MOST_NESTING}");
                    self.fault(at.source, Diagnostic::error("CADDY-004", what, at.span));
                    lines.by_ref().for_each(drop);
                    return directives;
                }
                true => Some(self.block(lines, depth + 1, Some(at))),
                false => None,
            };
            if words.first().is_some_and(|word| &**word == "import") && block.is_none() {
                let directive = Directive { words, block: None, at };
                self.import(&directive, depth, &mut directives);
                continue;
            }
            let snippet = words.first().and_then(|word| word.strip_prefix('(')?.strip_suffix(')'));
            match (snippet, depth, block) {
                (Some(name), 0, Some(block)) => {
                    self.snippets.insert(name.into(), block);
                }
                (_, _, block) => directives.push(Directive { words, block, at }),
            }
        }
        if let Some(opened) = opened {
            let what = "block is not closed before the end of the file";
            let fault = Diagnostic::error("CADDY-001", what, opened.span).help("add the missing `}`");
            self.fault(opened.source, fault);
        }
        directives
    }

    fn import(&mut self, directive: &Directive, depth: usize, directives: &mut Vec<Directive>) {
        let (wanted, at) = (directive.word(1), directive.at);
        let arguments = directive.rest(2);
        if let Some(snippet) = self.snippets.get(wanted) {
            let copied: Vec<Directive> = snippet.iter().map(|inner| filled(inner, arguments)).collect();
            self.directives += copied.iter().map(count).sum::<usize>();
            if self.directives <= MOST_DIRECTIVES {
                directives.extend(copied);
            }
            return;
        }
        let from = self.open.last().cloned().unwrap_or_default();
        let files = match wanted.contains('{') {
            true => Vec::new(),
            false => (self.reading.fetch)(&crate::reading::beside(&from, wanted)),
        };
        if files.is_empty() && !wanted.contains('*') {
            let what = format!("imported `{}` is no snippet above this line and no file", shown(wanted));
            let fault = Diagnostic::error("CADDY-002", what, at.span)
                .why("it can hold what decides who reaches the routes around it");
            self.fault(at.source, fault);
        }
        for file in files {
            self.imported += 1;
            let refused = if self.open.contains(&file.name) {
                Some("file imports itself")
            } else if self.open.len() >= MOST_IMPORTS {
                Some("files import files more than 16 deep")
            } else if self.imported > MOST_REFERRED {
                Some("more than 2,000 files are imported")
            } else {
                None
            };
            if let Some(what) = refused {
                self.fault(at.source, Diagnostic::error("CADDY-003", what, at.span));
                continue;
            }
            let source = self.reading.take_up(&file, Kind::Caddy);
            if !self.taken.contains(&source) {
                self.taken.push(source);
            }
            let read = self.read(&file, source, depth);
            directives.extend(read.iter().map(|inner| filled(inner, arguments)));
        }
    }
}

fn count(directive: &Directive) -> usize {
    1 + directive.within().iter().map(count).sum::<usize>()
}

/// A copy with the arguments of an `import` in place of `{args[0]}` and `{args.0}`.
fn filled(directive: &Directive, arguments: &[Arc<str>]) -> Directive {
    let fill = |word: &Arc<str>| -> Arc<str> {
        if !word.contains("{args") {
            return word.clone();
        }
        let mut text = word.to_string();
        for (nth, argument) in arguments.iter().enumerate().take(16) {
            text = text
                .replace(&format!("{{args[{nth}]}}"), argument)
                .replace(&format!("{{args.{nth}}}"), argument);
        }
        text.into()
    };
    Directive {
        words: directive.words.iter().map(fill).collect(),
        block: directive
            .block
            .as_ref()
            .map(|block| block.iter().map(|inner| filled(inner, arguments)).collect()),
        at: directive.at,
    }
}

fn is(token: Option<&Token>, text: &str) -> bool {
    token.is_some_and(|token| !token.quoted && &*token.text == text)
}

/// The words of every line that has any, and where a quote begins that is not closed.
fn tokens(text: &str, source: SourceId) -> (Vec<Vec<Token>>, Option<Place>) {
    let lines = Lines::new(text);
    let text = text.strip_prefix('\u{feff}').map_or(text, |_| text);
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied();
    let mut out: Vec<Vec<Token>> = Vec::new();
    let mut line: Vec<Token> = Vec::new();
    let mut unclosed = None;
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    while let Some(c) = byte(at) {
        let start = at;
        match c {
            b'\n' => {
                if !line.is_empty() {
                    out.push(std::mem::take(&mut line));
                }
                at += 1;
            }
            b' ' | b'\t' | b'\r' => at += 1,
            b'\\' if byte(at + 1) == Some(b'\n') => at += 2,
            b'\\' if byte(at + 1) == Some(b'\r') && byte(at + 2) == Some(b'\n') => at += 3,
            b'#' => at = end_of_line(bytes, at),
            quote @ (b'"' | b'`') => {
                at += 1;
                while byte(at).is_some_and(|c| c != quote) {
                    at += if quote == b'"' && byte(at) == Some(b'\\') { 2 } else { 1 };
                }
                if byte(at).is_none() {
                    unclosed = Some(Place::new(source, lines.span(start, start + 1)));
                }
                let inner = text.get(start + 1..at.min(bytes.len())).unwrap_or_default();
                let inner = if quote == b'"' { inner.replace("\\\"", "\"") } else { inner.to_owned() };
                at = (at + 1).min(bytes.len());
                line.push(Token {
                    text: inner.into(),
                    quoted: true,
                    at: Place::new(source, lines.span(start, at)),
                });
            }
            _ => {
                while byte(at).is_some_and(|c| !matches!(c, b' ' | b'\t' | b'\r' | b'\n')) {
                    at += 1;
                }
                let word = text.get(start..at).unwrap_or_default();
                let place = Place::new(source, lines.span(start, at));
                let marker = word.strip_prefix("<<").filter(|marker| {
                    !marker.is_empty()
                        && marker.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_' || c == b'-')
                });
                let Some(marker) = marker else {
                    line.push(Token { text: word.into(), quoted: false, at: place });
                    continue;
                };
                let begin = end_of_line(bytes, at).min(bytes.len());
                let mut end = begin;
                let mut closed = None;
                for raw in text.get(begin..).unwrap_or_default().split_inclusive('\n') {
                    if raw
                        .trim_start()
                        .strip_prefix(marker)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
                    {
                        closed = Some(end + (raw.len() - raw.trim_start().len()) + marker.len());
                        break;
                    }
                    end += raw.len();
                }
                line.push(Token {
                    text: text.get(begin..end).unwrap_or_default().into(),
                    quoted: true,
                    at: place,
                });
                at = closed.unwrap_or(bytes.len());
                if closed.is_none() {
                    unclosed = Some(place);
                }
            }
        }
    }
    if !line.is_empty() {
        out.push(line);
    }
    (out, unclosed)
}

fn end_of_line(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', bytes.get(at..).unwrap_or_default()).map_or(bytes.len(), |end| at + end)
}
