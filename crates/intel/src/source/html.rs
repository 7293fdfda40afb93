//! HTML into blocks: what a reader sees, without menus, scripts and hidden parts.
//!
//! The page is read as a flat stream of tokens (`html5gum`, the WHATWG tokenizer). No tree is built, so
//! depth costs nothing; tags that are never closed hide at most what follows them in their block.

use std::ops::Range;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Token, Tokenizer};

use super::mapped::cut;
use super::{Block, BlockKind, Shown};
use crate::model::DroppedAs;

/// The most rules of a style, and the most classes, that are looked at.
const CLASSES_MAX: usize = 500;

/// Longest name of a character reference, with its signs.
const REFERENCE_MAX: usize = 34;

enum Piece {
    Open { name: String, is_hidden: bool, at: usize },
    Close { name: String, at: usize },
    Text(Range<usize>),
    Comment(Range<usize>),
}

/// The text that a reader sees, in blocks.
pub(super) fn shown(html: &str) -> Shown {
    let mut page = Page::default();
    for piece in pieces(html) {
        if page.shown.is_full() {
            page.shown.dropped.push((piece.at()..html.len(), DroppedAs::TooLong));
            page.skipping = None;
            break;
        }
        page.take(html, piece);
    }
    page.end_block(html.len());
    if let Some((_, start, reason, _)) = page.skipping.take() {
        page.shown.dropped.push((start..html.len(), reason));
    }
    if let (Some(title), true) = (page.title, page.has_h1) {
        // The headline stands in the page itself.
        page.shown.blocks.retain(|block| block.range != title);
    }
    page.shown
}

impl Piece {
    const fn at(&self) -> usize {
        match self {
            Self::Open { at, .. } | Self::Close { at, .. } => *at,
            Self::Text(range) | Self::Comment(range) => range.start,
        }
    }
}

fn pieces(html: &str) -> impl Iterator<Item = Piece> {
    let unseen = unseen_classes(html);
    let mut open: Option<(String, bool, usize)> = None;
    let mut attribute = Vec::new();
    let callback = move |event: CallbackEvent<'_>, span: Span<usize>| -> Option<Piece> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_ascii_lowercase();
        match event {
            CallbackEvent::OpenStartTag { name } => open = Some((text(name), false, span.start)),
            CallbackEvent::AttributeName { name } => {
                attribute = name.to_vec();
                if let Some(tag) = open.as_mut().filter(|_| name == b"hidden") {
                    tag.1 = true;
                }
            }
            CallbackEvent::AttributeValue { value } => {
                let value = value.get(..value.len().min(400)).unwrap_or_default();
                let given = String::from_utf8_lossy(value).into_owned();
                let value: String = text(value).chars().filter(|letter| !letter.is_whitespace()).collect();
                let hides = match attribute.as_slice() {
                    b"style" => value.contains("display:none") || value.contains("visibility:hidden"),
                    b"aria-hidden" => value == "true",
                    b"class" => {
                        given.split_whitespace().any(|class| unseen.contains(&class.to_ascii_lowercase()))
                    }
                    _ => false,
                };
                if let Some(tag) = open.as_mut().filter(|_| hides) {
                    tag.1 = true;
                }
            }
            CallbackEvent::CloseStartTag { .. } => {
                let (name, is_hidden, _) = open.take()?;
                return Some(Piece::Open { name, is_hidden, at: span.start.min(span.end) });
            }
            CallbackEvent::EndTag { name } => {
                return Some(Piece::Close { name: text(name), at: span.start });
            }
            CallbackEvent::String { .. } => return Some(Piece::Text(span.start..span.end)),
            CallbackEvent::Comment { .. } => return Some(Piece::Comment(span.start..span.end)),
            CallbackEvent::Doctype { .. } | CallbackEvent::Error(_) => {}
        }
        None
    };
    let mut emitter = CallbackEmitter::new(callback);
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(html, emitter).map(|piece| match piece {
        Ok(piece) => piece,
    })
}

/// Classes that the page's own style hides: `.gone{display:none}`.
fn unseen_classes(html: &str) -> Vec<String> {
    let mut unseen = Vec::new();
    let lower = html.to_ascii_lowercase();
    for style in lower.split("<style").skip(1) {
        let style = style.split("</style").next().unwrap_or_default();
        for rule in style.split('}').take(CLASSES_MAX) {
            let Some((selectors, body)) = rule.rsplit_once('{') else { continue };
            let body: String = body.chars().filter(|letter| !letter.is_whitespace()).collect();
            if !body.contains("display:none") && !body.contains("visibility:hidden") {
                continue;
            }
            let lone = selectors.rsplit('>').next().unwrap_or_default().split(',').map(str::trim);
            let names =
                lone.filter_map(|one| one.strip_prefix('.')).filter(|name| !name.contains([' ', ':', '.']));
            unseen.extend(names.take(CLASSES_MAX - unseen.len().min(CLASSES_MAX)).map(str::to_owned));
        }
    }
    unseen
}

#[derive(Default)]
struct Page {
    shown: Shown,
    /// Name, start, reason and depth of the element that is left out.
    skipping: Option<(String, usize, DroppedAs, usize)>,
    kind: Option<BlockKind>,
    start: usize,
    title: Option<Range<usize>>,
    in_title: bool,
    has_h1: bool,
}

impl Page {
    fn take(&mut self, html: &str, piece: Piece) {
        match piece {
            Piece::Open { name, is_hidden, at } => self.open(&name, is_hidden, at),
            Piece::Close { name, at } => self.close(&name, at),
            Piece::Text(range) if self.skipping.is_none() => self.text(html, range),
            Piece::Comment(range) if self.skipping.is_none() => {
                self.shown.dropped.push((range, DroppedAs::NotShown));
            }
            Piece::Text(_) | Piece::Comment(_) => {}
        }
    }

    fn open(&mut self, name: &str, is_hidden: bool, at: usize) {
        if let Some((skipped, _, _, depth)) = &mut self.skipping {
            *depth += usize::from(skipped == name);
            return;
        }
        let reason = match name {
            "script" | "style" | "noscript" | "template" | "svg" | "iframe" | "object" | "canvas"
            | "math" => Some(DroppedAs::NotShown),
            "nav" | "footer" | "aside" | "form" | "button" | "select" | "dialog" | "menu" => {
                Some(DroppedAs::Navigation)
            }
            _ => (is_hidden && !is_void(name)).then_some(DroppedAs::NotShown),
        };
        if let Some(reason) = reason {
            self.end_block(at);
            self.skipping = Some((name.to_owned(), at, reason, 1));
            return;
        }
        match name {
            "br" | "hr" => self.end_line(at),
            "td" | "th" => {
                if self.shown.text.text.len() > self.start {
                    self.shown.text.put(" | ", at, 0);
                }
                self.kind = Some(BlockKind::Row);
            }
            _ => {
                if let Some(kind) = block_of(name) {
                    self.end_block(at);
                    self.kind = Some(kind);
                    self.in_title = name == "title";
                    self.has_h1 |= name == "h1";
                }
            }
        }
    }

    fn close(&mut self, name: &str, at: usize) {
        if let Some((skipped, start, reason, depth)) = &mut self.skipping {
            if skipped == name {
                *depth -= 1;
                if *depth == 0 {
                    self.shown.dropped.push((*start..at, *reason));
                    self.skipping = None;
                }
            }
            return;
        }
        if block_of(name).is_some() {
            self.end_block(at);
        }
    }

    /// Text with its references decoded and, outside code, its white space folded.
    fn text(&mut self, html: &str, range: Range<usize>) {
        let is_code = self.kind == Some(BlockKind::Code);
        let mut at = range.start;
        while at < range.end {
            let rest = cut(html, at..range.end);
            let Some(letter) = rest.chars().next() else { break };
            if letter == '&' {
                let (len, decoded) = reference(rest);
                self.shown.text.put(&decoded, at, len);
                at += len;
            } else if letter.is_whitespace() && !is_code {
                let len = rest.len() - rest.trim_start().len();
                let is_bare = self.shown.text.text.len() <= self.start || self.shown.text.text.ends_with(' ');
                if !is_bare {
                    self.shown.text.put(" ", at, len);
                }
                at += len;
            } else {
                let len = rest
                    .find(|letter: char| letter == '&' || letter.is_whitespace() && !is_code)
                    .unwrap_or(rest.len());
                self.shown.text.copy(cut(rest, 0..len), at);
                at += len;
            }
        }
    }

    fn end_line(&mut self, at: usize) {
        let kind = self.kind;
        self.end_block(at);
        self.kind = kind;
    }

    fn end_block(&mut self, at: usize) {
        let end = self.shown.text.text.trim_end().len().max(self.start);
        if self.start < end {
            let range = self.start..end;
            if self.in_title {
                self.title = Some(range.clone());
            }
            self.shown.blocks.push(Block { range, kind: self.kind.unwrap_or(BlockKind::Paragraph) });
        }
        self.shown.text.break_line(at);
        self.start = self.shown.text.text.len();
        self.kind = None;
        self.in_title = false;
    }
}

const fn is_void(name: &str) -> bool {
    matches!(
        name.as_bytes(),
        b"br" | b"hr" | b"img" | b"input" | b"meta" | b"link" | b"wbr" | b"source" | b"col" | b"embed"
    )
}

fn block_of(name: &str) -> Option<BlockKind> {
    Some(match name {
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "title" | "caption" | "figcaption" => BlockKind::Heading,
        "li" | "dt" | "dd" => BlockKind::Item,
        "tr" => BlockKind::Row,
        "pre" => BlockKind::Code,
        "p" | "div" | "section" | "article" | "main" | "header" | "body" | "html" | "head" | "ul" | "ol"
        | "dl" | "table" | "thead" | "tbody" | "blockquote" | "figure" | "details" | "summary"
        | "address" => BlockKind::Paragraph,
        _ => return None,
    })
}

/// A character reference at the start of `rest`: its length and what it stands for.
fn reference(rest: &str) -> (usize, String) {
    let head = rest.as_bytes().get(..rest.len().min(REFERENCE_MAX)).unwrap_or_default();
    let name = head.iter().skip(1).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#').count();
    if name == 0 {
        return (1, "&".to_owned());
    }
    let len = 1 + name + usize::from(head.get(1 + name) == Some(&b';'));
    let raw = cut(rest, 0..len);
    let decoded: String = Tokenizer::new(raw)
        .filter_map(|token| match token {
            Ok(Token::String(text)) => Some(String::from_utf8_lossy(&text.value).into_owned()),
            _ => None,
        })
        .collect();
    let decoded = if decoded == "\u{a0}" { " ".to_owned() } else { decoded };
    (len.max(1), decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_sees_is_read_and_leads_back_to_its_bytes() {
        let html = "<html><head><title>T</title><style>p{}</style></head><body><nav><a>Home</a></nav>\
            <h1>The leak</h1><p>Names &amp; mail\n of <b>ten</b>&nbsp;people.<!-- no --></p>\
            <div style='display: none'>hidden</div><ul><li>one</li><li>two</ul>\
            <table><tr><th>When<th>What</tr><tr><td>Monday</td><td>shut</td></tr></table></body></html>";
        let shown = shown(html);
        let blocks: Vec<(&str, BlockKind)> = shown
            .blocks
            .iter()
            .map(|block| (cut(&shown.text.text, block.range.clone()), block.kind))
            .collect();
        assert_eq!(
            blocks,
            [
                ("The leak", BlockKind::Heading),
                ("Names & mail of ten people.", BlockKind::Paragraph),
                ("one", BlockKind::Item),
                ("two", BlockKind::Item),
                ("When | What", BlockKind::Row),
                ("Monday | shut", BlockKind::Row),
            ]
        );
        for (words, raw) in
            [("& mail of", "&amp; mail\n of"), ("ten people", "ten</b>&nbsp;people"), ("shut", "shut")]
        {
            let at = shown.text.text.find(words).unwrap();
            let span = shown.text.span(at..at + words.len()).unwrap();
            assert_eq!(cut(html, span.start..span.end), raw);
        }
        let reasons: Vec<DroppedAs> = shown.dropped.iter().map(|(_, reason)| *reason).collect();
        use DroppedAs::{Navigation, NotShown};
        assert_eq!(reasons, [NotShown, Navigation, NotShown, NotShown]);
    }

    #[test]
    fn depth_and_open_tags_cost_nothing() {
        let bomb = "<div><b><table><tr><td>".repeat(100_000) + "names leaked";
        assert_eq!(shown(&bomb).text.text.trim_matches([' ', '|']).trim(), "names leaked");
        let amps = "&".repeat(300_000) + &"&amp;".repeat(100_000);
        assert_eq!(shown(&amps).text.text.trim_end().len(), 400_000);
        assert_eq!(shown("a&amp;b").text.text, "a&b\n");
        assert_eq!(shown("&&&amp;&amp;").text.text, "&&&&\n");
    }
}
