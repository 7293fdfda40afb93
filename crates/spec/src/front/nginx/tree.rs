//! nginx configuration text to a tree of directives, `include` taken in.
//!
//! Follows the reader of nginx itself: a word ends at white space, `;` or `{`; a quote or `#` counts
//! only where a word begins; a backslash keeps the next character. Blocks of Lua are skipped whole. A
//! broken file gives faults and what could be read.

use std::sync::Arc;

use super::super::lines::Lines;
use super::names::{is_elsewhere, is_module, is_parameters};
use crate::diagnostic::Diagnostic;
use crate::inventory::{Fault, Kind, Place, SourceId};
use crate::reading::{File, MOST_REFERRED, Reading};
use crate::tree::Span;

/// Largest text that is read, in bytes.
const MOST_BYTES: usize = 8 << 20;
/// Most directives of a configuration with everything it includes.
const MOST_DIRECTIVES: usize = 200_000;
/// Deepest nesting of blocks, and of files that include files.
const MOST_NESTING: usize = 32;
const MOST_INCLUDES: usize = 16;

/// Names that are no argument where they begin a line.
const STARTS: [&str; 30] = [
    "location",
    "server",
    "upstream",
    "if",
    "limit_except",
    "map",
    "geo",
    "http",
    "listen",
    "server_name",
    "root",
    "proxy_pass",
    "fastcgi_pass",
    "grpc_pass",
    "uwsgi_pass",
    "auth_basic",
    "auth_request",
    "auth_jwt",
    "allow",
    "deny",
    "satisfy",
    "limit_req",
    "limit_req_zone",
    "include",
    "return",
    "rewrite",
    "internal",
    "try_files",
    "proxy_set_header",
    "ssl_verify_client",
];

/// A word and its place.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: Arc<str>,
    pub(super) at: Place,
}

/// `name args;` or `name args { block }`.
#[derive(Clone, Debug)]
pub(super) struct Directive {
    pub(super) name: Word,
    pub(super) args: Vec<Word>,
    pub(super) block: Option<Vec<Directive>>,
}

impl Directive {
    pub(super) fn arg(&self, nth: usize) -> &str {
        self.args.get(nth).map_or("", |word| &word.text)
    }

    /// The arguments as one text.
    pub(super) fn line(&self) -> String {
        self.args.iter().map(|word| &*word.text).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn at(&self) -> Place {
        self.name.at
    }

    pub(super) fn within(&self) -> &[Directive] {
        self.block.as_deref().unwrap_or_default()
    }
}

enum Token {
    Word(Word),
    Semicolon,
    Open,
    Close(Place),
    End(Place),
}

/// Reads a file with everything it includes.
pub(super) struct Reader<'x, 'r, 'f> {
    reading: &'x mut Reading<'r, 'f>,
    /// The file that was named: relative includes are meant from its folder.
    main: Arc<str>,
    directives: usize,
    included: usize,
    /// Files under reading, from the outside in.
    open: Vec<Arc<str>>,
    /// Files that were taken in.
    pub(super) taken: Vec<SourceId>,
}

impl<'x, 'r, 'f> Reader<'x, 'r, 'f> {
    pub(super) fn new(reading: &'x mut Reading<'r, 'f>, main: Arc<str>) -> Self {
        Self { reading, main, directives: 0, included: 0, open: Vec::new(), taken: Vec::new() }
    }

    /// The directives of `file`, which is `source`.
    pub(super) fn read(&mut self, file: &File, source: SourceId) -> Vec<Directive> {
        if file.text.len() > MOST_BYTES {
            self.fault(source, Diagnostic::error("NGINX-004", "file is larger than 8 MiB", Span::START));
            return Vec::new();
        }
        self.open.push(file.name.clone());
        let mut text = Text { text: &file.text, lines: Lines::new(&file.text), at: 0, source };
        let directives = self.block(&mut text, 0, None);
        self.open.pop();
        directives
    }

    fn fault(&mut self, source: SourceId, diagnostic: Diagnostic) {
        self.reading.inventory.faults.push(Fault { source, diagnostic });
    }

    fn block(&mut self, text: &mut Text<'_>, depth: usize, opened: Option<Place>) -> Vec<Directive> {
        let mut directives = Vec::new();
        let mut words: Vec<Word> = Vec::new();
        loop {
            match text.token() {
                Token::Word(word) => words.push(word),
                Token::Semicolon => {
                    self.finish(std::mem::take(&mut words), None, text.source, &mut directives)
                }
                Token::Open => {
                    let name = words.first().cloned();
                    if name.as_ref().is_some_and(|name| name.text.ends_with("_by_lua_block")) {
                        text.skip_lua();
                        self.finish(
                            std::mem::take(&mut words),
                            Some(Vec::new()),
                            text.source,
                            &mut directives,
                        );
                        continue;
                    }
                    let at =
                        name.map_or_else(|| text.place(text.at.saturating_sub(1), text.at), |name| name.at);
                    if depth >= MOST_NESTING {
                        let what = format!("blocks are nested deeper than {MOST_NESTING}");
                        self.fault(text.source, Diagnostic::error("NGINX-004", what, at.span));
                        text.at = text.text.len();
                        return directives;
                    }
                    let block = self.block(text, depth + 1, Some(at));
                    self.finish(std::mem::take(&mut words), Some(block), text.source, &mut directives);
                }
                Token::Close(at) if opened.is_some() => {
                    self.unended(&mut words, text.source, &mut directives);
                    let _ = at;
                    return directives;
                }
                Token::Close(at) => {
                    self.unended(&mut words, text.source, &mut directives);
                    let what = "`}` closes nothing";
                    self.fault(text.source, Diagnostic::error("NGINX-001", what, at.span));
                }
                Token::End(at) => {
                    self.unended(&mut words, text.source, &mut directives);
                    if let Some(opened) = opened {
                        let what = "block is not closed before the end of the file";
                        let fault =
                            Diagnostic::error("NGINX-001", what, opened.span).help("add the missing `}`");
                        let _ = at;
                        self.fault(text.source, fault);
                    }
                    return directives;
                }
            }
        }
    }

    /// Words without a `;` behind them: a fault, and read as if it stood there.
    fn unended(&mut self, words: &mut Vec<Word>, source: SourceId, directives: &mut Vec<Directive>) {
        let words = std::mem::take(words);
        if let Some(first) = words.first() {
            let what = format!("directive `{}` is not ended by `;`", super::super::guard::shown(&first.text));
            self.fault(source, Diagnostic::error("NGINX-001", what, first.at.span));
            self.finish_one(words, None, source, directives);
        }
    }

    /// Ends a directive, after those before it whose `;` is forgotten: a name of ours that begins a line
    /// is no argument.
    fn finish(
        &mut self,
        mut words: Vec<Word>,
        block: Option<Vec<Directive>>,
        source: SourceId,
        directives: &mut Vec<Directive>,
    ) {
        let is_new = |pair: &[Word]| match pair {
            [before, word] => word.at.span.line > before.at.span.line && STARTS.contains(&&*word.text),
            _ => false,
        };
        while let Some(first) = words.windows(2).position(is_new) {
            let rest = words.split_off(first + 1);
            self.unended(&mut words, source, directives);
            words = rest;
        }
        self.finish_one(words, block, source, directives);
    }

    fn finish_one(
        &mut self,
        words: Vec<Word>,
        block: Option<Vec<Directive>>,
        source: SourceId,
        directives: &mut Vec<Directive>,
    ) {
        let mut words = words.into_iter();
        let Some(name) = words.next() else {
            if block.is_some() {
                let what = "a block without a name";
                self.fault(source, Diagnostic::error("NGINX-001", what, Span::START));
            }
            return;
        };
        self.directives += 1;
        if self.directives > MOST_DIRECTIVES {
            if self.directives == MOST_DIRECTIVES + 1 {
                let what = format!("more than {MOST_DIRECTIVES} directives");
                self.fault(source, Diagnostic::error("NGINX-004", what, name.at.span));
            }
            return;
        }
        let directive = Directive { name, args: words.collect(), block };
        if &*directive.name.text == "include" && directive.block.is_none() {
            self.include(&directive, directives);
        } else {
            directives.push(directive);
        }
    }

    fn include(&mut self, directive: &Directive, directives: &mut Vec<Directive>) {
        let wanted = directive.arg(0);
        let at = directive.at();
        let files = self.find(wanted);
        if files.is_empty() && !wanted.contains(['*', '?', '[']) && !is_parameters(wanted) {
            let what = format!("included file `{}` is not found", super::super::guard::shown(wanted));
            let fault = Diagnostic::error("NGINX-002", what, at.span)
                .why("it can hold what decides who reaches the routes around it")
                .help("check the folder that has it, or name it on the command line");
            self.fault(at.source, fault);
        } else if files.is_empty() && wanted.contains(['*', '?', '[']) && !is_module(wanted) {
            let what = format!("no file is included by `{}`", super::super::guard::shown(wanted));
            let fault = Diagnostic::warning("NGINX-002", what, at.span)
                .why("what it would include can hold routes and what decides who reaches them")
                .help("check the folder that has them, or name it on the command line");
            self.fault(at.source, fault);
        }
        for file in files {
            if is_elsewhere(&self.main, &file.name) {
                let name = super::super::guard::shown(&file.name);
                let what = format!("`{name}` is read from outside of the folder of `{}`", self.main);
                let fault = Diagnostic::warning("NGINX-002", what, at.span)
                    .why("it is a file of this machine, and what is deployed may be another")
                    .help("copy it beside the main file, where `/etc/nginx/` is looked for first");
                self.fault(at.source, fault);
            }
            self.included += 1;
            let refused = if self.open.contains(&file.name) {
                Some("file includes itself")
            } else if self.open.len() >= MOST_INCLUDES {
                Some("files include files more than 16 deep")
            } else if self.included > MOST_REFERRED {
                Some("more than 2,000 files are included")
            } else {
                None
            };
            match refused {
                Some(what) => self.fault(at.source, Diagnostic::error("NGINX-003", what, at.span)),
                None => {
                    let source = self.reading.take_up(&file, Kind::Nginx);
                    if !self.taken.contains(&source) {
                        self.taken.push(source);
                    }
                    directives.extend(self.read(&file, source));
                }
            }
            if refused.is_some() && self.included > MOST_REFERRED {
                break;
            }
        }
    }

    /// nginx takes a relative path from the folder of its main file. In a checkout the including file may
    /// stand alone, and an absolute path (`/etc/nginx/...`) lies below the folder of the main file.
    fn find(&mut self, wanted: &str) -> Vec<File> {
        if wanted.is_empty() || wanted.contains('$') {
            return Vec::new();
        }
        let mut tries = Vec::new();
        // The file of the checkout before one of this machine with the same name.
        for root in ["/etc/nginx/", "/usr/local/nginx/conf/", "/opt/nginx/conf/"] {
            if let Some(below) = wanted.strip_prefix(root) {
                tries.push(crate::reading::beside(&self.main, below));
            }
        }
        tries.push(crate::reading::beside(&self.main, wanted));
        if let Some(last) = self.open.last() {
            tries.push(crate::reading::beside(last, wanted));
        }
        tries.dedup();
        tries
            .iter()
            .map(|path| (self.reading.fetch)(path))
            .find(|files| !files.is_empty())
            .unwrap_or_default()
    }
}

struct Text<'t> {
    text: &'t str,
    lines: Lines<'t>,
    at: usize,
    source: SourceId,
}

impl Text<'_> {
    fn place(&self, start: usize, end: usize) -> Place {
        Place::new(self.source, self.lines.span(start, end))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn token(&mut self) -> Token {
        loop {
            let start = self.at;
            match self.peek() {
                None => return Token::End(self.place(start, start)),
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'#') => {
                    let rest = self.text.as_bytes().get(start..).unwrap_or_default();
                    self.at = memchr::memchr(b'\n', rest).map_or(self.text.len(), |end| start + end + 1);
                }
                // A byte order mark is no part of the first word.
                Some(0xef) if start == 0 && self.text.starts_with('\u{feff}') => self.at = 3,
                Some(b';') => {
                    self.at += 1;
                    return Token::Semicolon;
                }
                Some(b'{') => {
                    self.at += 1;
                    return Token::Open;
                }
                Some(b'}') => {
                    self.at += 1;
                    return Token::Close(self.place(start, self.at));
                }
                Some(quote @ (b'"' | b'\'')) => return Token::Word(self.quoted(quote)),
                Some(_) => return Token::Word(self.bare()),
            }
        }
    }

    fn quoted(&mut self, quote: u8) -> Word {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' => self.at += 2,
                byte if byte == quote => break,
                _ => self.at += 1,
            }
        }
        let end = self.at.min(self.text.len());
        self.at = (end + 1).min(self.text.len());
        let text = self.text.get(start + 1..end).unwrap_or_default();
        Word { text: unescaped(text), at: self.place(start, self.at) }
    }

    fn bare(&mut self) -> Word {
        let start = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b';' => break,
                b'{' if self.text.as_bytes().get(self.at.wrapping_sub(1)) != Some(&b'$') => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        let mut end = self.at.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        self.at = end;
        Word { text: unescaped(self.text.get(start..end).unwrap_or_default()), at: self.place(start, end) }
    }

    /// Skips Lua up to the `}` that closes the block: braces count outside strings and comments.
    fn skip_lua(&mut self) {
        let mut depth = 1_usize;
        while let Some(byte) = self.peek() {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            match byte {
                b'{' => depth += 1,
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        return;
                    }
                }
                b'-' if rest.starts_with(b"--[[") => {
                    let end = memchr::memmem::find(rest, b"]]").unwrap_or(rest.len().saturating_sub(2));
                    self.at += end + 1;
                }
                b'-' if rest.starts_with(b"--") => {
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len().saturating_sub(1));
                }
                b'[' if rest.starts_with(b"[[") => {
                    self.at +=
                        memchr::memmem::find(rest, b"]]").map_or(rest.len().saturating_sub(1), |end| end + 1);
                }
                quote @ (b'"' | b'\'') => {
                    self.at += 1;
                    while let Some(byte) = self.peek() {
                        match byte {
                            b'\\' => self.at += 2,
                            b'\n' => break,
                            byte if byte == quote => break,
                            _ => self.at += 1,
                        }
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at = self.text.len();
    }
}

/// As nginx copies a word: a backslash goes before a quote or a backslash; `\t`, `\r`, `\n` are the
/// characters; before anything else it stays, for regular expressions.
fn unescaped(text: &str) -> Arc<str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some(c @ ('"' | '\'' | '\\')) => plain.push(c),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('n') => plain.push('\n'),
            Some(c) => plain.extend(['\\', c]),
            None => plain.push('\\'),
        }
    }
    plain.into()
}
