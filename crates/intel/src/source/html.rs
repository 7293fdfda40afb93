//! HTML into blocks: what a reader sees, without menus, scripts and hidden parts.
//!
//! The page is read as a flat stream of tokens (`html5gum`, the WHATWG tokenizer). No tree is built, so
//! depth costs nothing. What is hidden ends where its element does: with its end tag, with that of an element
//! around it, or where a browser ends it without one (`<p hidden>` at the next block).

use std::collections::BTreeMap;
use std::ops::Range;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Token, Tokenizer};

use super::mapped::cut;
use super::{Block, BlockKind, Shown};
use crate::model::DroppedAs;

/// A line that is broken after so many bytes was wrapped.
const WRAPPED_MIN: usize = 60;
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
    if let Some(Skipped { start, reason, .. }) = page.skipping.take() {
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

/// An element that is left out.
struct Skipped {
    name: String,
    start: usize,
    reason: DroppedAs,
    /// Elements that are open in it, by name; of those only that [`is_counted`].
    open: BTreeMap<String, usize>,
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
    skipping: Option<Skipped>,
    /// A line break that no text has followed yet.
    broken_at: Option<usize>,
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
        if let Some(skipped) = &mut self.skipping {
            if !ends_without_tag(skipped, name) {
                if is_counted(name) || skipped.name == name {
                    *skipped.open.entry(name.to_owned()).or_insert(0) += 1;
                }
                return;
            }
            self.end_skip(at);
        }
        let reason = match name {
            "script" | "style" | "noscript" | "template" | "svg" | "iframe" | "object" | "canvas"
            | "math" => Some(DroppedAs::NotShown),
            "nav" | "footer" | "aside" | "form" | "button" | "select" | "dialog" | "menu" => {
                Some(DroppedAs::Navigation)
            }
            "del" | "s" | "strike" => Some(DroppedAs::Withdrawn),
            _ => (is_hidden && !is_void(name)).then_some(DroppedAs::NotShown),
        };
        if let Some(reason) = reason {
            // What stands around something left out within a line is one sentence.
            if block_of(name).is_some() || reason == DroppedAs::Navigation {
                self.end_block(at);
            }
            let (name, open) = (name.to_owned(), BTreeMap::new());
            self.skipping = Some(Skipped { name, start: at, reason, open });
            return;
        }
        match name {
            "br" if self.broken_at.is_none() => self.broken_at = Some(at),
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
        if let Some(skipped) = &mut self.skipping {
            let within = skipped.open.get_mut(name).filter(|count| **count > 0);
            if let Some(count) = within {
                *count -= 1;
                return;
            }
            let is_own = skipped.name == name;
            // The end of an element around it ends it too; but for scripts, which nothing else ends.
            if !is_own && (!is_counted(name) || is_raw(&skipped.name)) {
                return;
            }
            self.end_skip(at);
            if is_own {
                return;
            }
        }
        if block_of(name).is_some() {
            self.end_block(at);
        }
    }

    fn end_skip(&mut self, at: usize) {
        if let Some(Skipped { start, reason, .. }) = self.skipping.take() {
            self.shown.dropped.push((start..at, reason));
        }
    }

    /// What a line break means, now that text follows it: a line of a list or an address, or nothing, where a
    /// sentence was only wrapped. Words are apart in any case.
    fn after_break(&mut self, next: &str, at: usize) {
        let Some(broken_at) = self.broken_at.filter(|_| !next.trim_start().is_empty()) else { return };
        self.broken_at = None;
        let line = cut(&self.shown.text.text, self.start..self.shown.text.text.len()).trim_end();
        let last_line = line.rsplit('\n').next().unwrap_or_default();
        let first = next.trim_start().chars().next();
        let ends = line.ends_with(['.', '!', '?', ':', ';']) || line.is_empty();
        let goes_on = first.is_some_and(|first| {
            first.is_lowercase() || (first.is_ascii_digit() && line.ends_with(char::is_lowercase))
        });
        let is_wrapped = last_line.len() >= WRAPPED_MIN;
        if ends || !(goes_on || is_wrapped) {
            self.end_line(broken_at);
        } else {
            self.shown.text.put("\n", at, 0);
        }
    }

    /// Text with its references decoded and, outside code, its white space folded.
    fn text(&mut self, html: &str, range: Range<usize>) {
        self.after_break(cut(html, range.clone()), range.start);
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
                let is_bare =
                    self.shown.text.text.len() <= self.start || self.shown.text.text.ends_with([' ', '\n']);
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
        self.broken_at = None;
        self.in_title = false;
    }
}

/// Whether an element that is left out, and has no end tag, ends before an element `name` begins (HTML,
/// 13.1.2.4, optional tags).
fn ends_without_tag(skipped: &Skipped, name: &str) -> bool {
    let holds =
        |names: &[&str]| names.iter().any(|name| skipped.open.get(*name).is_some_and(|count| *count > 0));
    match skipped.name.as_str() {
        "p" => block_of(name).is_some(),
        "li" => name == "li" && !holds(&["ul", "ol"]),
        "dt" | "dd" => matches!(name, "dt" | "dd") && !holds(&["dl"]),
        "td" | "th" => matches!(name, "td" | "th" | "tr" | "tbody") && !holds(&["table"]),
        "tr" => matches!(name, "tr" | "tbody") && !holds(&["table"]),
        _ => false,
    }
}

/// Elements that are followed within what is left out, so that the end of one around it is known: a closed
/// set.
fn is_counted(name: &str) -> bool {
    block_of(name).is_some()
        || matches!(name, "td" | "th" | "nav" | "footer" | "aside" | "form" | "a" | "span")
}

/// Elements whose content is no mark-up.
fn is_raw(name: &str) -> bool {
    matches!(name, "script" | "style" | "noscript" | "iframe" | "template" | "svg" | "math")
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
    // Those that pages are full of; what the tokenizer makes of all others is a hundred times slower.
    let known = match raw {
        "&amp;" => "&",
        "&lt;" => "<",
        "&gt;" => ">",
        "&quot;" => "\"",
        "&apos;" | "&#39;" | "&#x27;" => "'",
        "&nbsp;" | "&#160;" => " ",
        _ => "",
    };
    if !known.is_empty() {
        return (len, known.to_owned());
    }
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
    fn what_is_hidden_ends_where_a_browser_ends_it() {
        for (html, text) in [
            ("<p hidden>secret<p>shown", "shown"),
            ("<p hidden>secret<div>shown</div>", "shown"),
            ("<ul><li hidden>a<ul><li>b</ul><li>shown</ul>", "shown"),
            ("<section><div hidden>secret</section><p>shown", "shown"),
            ("<p>shown <span hidden>secret</p><p>too", "shown|too"),
            ("<div hidden><div>a</div>b</div><p>shown", "shown"),
            ("<table><tr><td hidden>a<td>shown</tr></table>", "shown"),
            ("<nav><ul><li>a</ul></nav>shown", "shown"),
            ("<p>a</p><script>if (a</p>b) c()</script><p>shown", "a|shown"),
            ("<p>It lost <del>10,000</del> <s>9,000</s>5,000 records", "It lost 5,000 records"),
            ("<p>It lost <span hidden>10,000</span>5,000 records", "It lost 5,000 records"),
        ] {
            assert_eq!(blocks(html), text, "{html}");
        }
        let struck = shown("<p>It lost <del>10,000</del> 5,000 records");
        assert_eq!(struck.dropped, [(15..22, DroppedAs::Withdrawn)]);
    }

    #[test]
    fn a_line_break_parts_words_and_only_what_is_a_line_of_its_own() {
        for (html, text) in [
            ("<p>An attacker<br>downloaded 5,000<br/>records.", "An attacker\ndownloaded 5,000\nrecords."),
            ("<p>It was shut.<br>Then it was open.", "It was shut.|Then it was open."),
            ("<p>Names<br>Emails<br>Phones", "Names|Emails|Phones"),
            ("<p>May 1: found<br>\nMay 2: shut", "May 1: found|May 2: shut"),
            ("<p>one<br><br>two", "one|two"),
            (
                "<p>The letter says that for eleven days the interface of the shop at<br>Acme Telecom was open.",
                "The letter says that for eleven days the interface of the shop at\nAcme Telecom was open.",
            ),
            ("<p>a<br>", "a"),
            ("a<wbr>b", "ab"),
        ] {
            assert_eq!(blocks(html), text, "{html}");
        }
    }

    /// The text of each block.
    fn blocks(html: &str) -> String {
        let shown = shown(html);
        let texts = shown.blocks.iter().map(|block| cut(&shown.text.text, block.range.clone()));
        texts.collect::<Vec<_>>().join("|")
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
