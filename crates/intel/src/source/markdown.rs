//! Markdown into blocks: headings, items, rows, code; emphasis and link targets left out.
//!
//! No renderer: what matters here is what a reader reads. Front matter is not shown.

use std::ops::Range;

use super::mapped::{Mapped, cut};
use super::{Block, BlockKind, Shown, plain};
use crate::model::DroppedAs;

/// The longest target of a link.
const TARGET_MAX: usize = 2_048;

/// Whether a text carries the marks of Markdown.
pub(super) fn looks_so(text: &str) -> bool {
    let mut signs = 0;
    for line in text.lines().take(400) {
        let is_heading =
            line.trim_start_matches('#').len() < line.len() && line.trim_start_matches('#').starts_with(' ');
        signs += if is_heading { 2 } else { 0 };
        signs += usize::from(
            line.starts_with("```")
                || line.starts_with("> ")
                || line.starts_with("|--")
                || line.starts_with("| --"),
        );
        signs += usize::from(line.contains("](http") || line.matches("**").count() > 1);
    }
    signs >= 2
}

/// The text that a reader sees, in blocks.
pub(super) fn shown(text: &str) -> Shown {
    let mut shown = Shown::default();
    let lines = plain::lines(text);
    let mut fence = false;
    let mut front = cut(text, 0..3) == "---";
    let mut open = false;
    shown.dropped.extend(plain::beyond(text, &lines));
    for (nth, line) in lines.iter().enumerate() {
        if shown.is_full() {
            shown.dropped.push((line.start..text.len(), DroppedAs::TooLong));
            break;
        }
        let content = cut(text, line.clone());
        if front {
            if nth > 0 && content == "---" {
                front = false;
            }
            shown.dropped.push((line.clone(), DroppedAs::NotShown));
            continue;
        }
        if content.starts_with("```") || content.starts_with("~~~") {
            fence = !fence;
            open = false;
            continue;
        }
        if fence {
            block(&mut shown, line.start, BlockKind::Code, |text_out, _| text_out.copy(content, line.start));
            continue;
        }
        if content.is_empty() {
            open = false;
            continue;
        }
        let (kind, skip) = head(content);
        if kind == BlockKind::Row && content.chars().all(|letter| matches!(letter, '|' | '-' | ':' | ' ')) {
            continue;
        }
        let is_rule =
            content.len() >= 3 && content.chars().all(|letter| matches!(letter, '-' | '*' | '=' | '_' | ' '));
        if is_rule {
            // A line below a heading, or a rule between parts.
            if let Some(last) = shown.blocks.last_mut().filter(|_| open && content.starts_with(['-', '='])) {
                last.kind = BlockKind::Heading;
            }
            open = false;
            continue;
        }
        let body = line.start + skip..line.end;
        if open && kind == BlockKind::Paragraph {
            shown.text.put(" ", body.start, 0);
            inline(text, body, &mut shown.text, &mut shown.dropped);
            let end = shown.text.text.len();
            if let Some(last) = shown.blocks.last_mut() {
                last.range.end = end;
            }
        } else {
            block(&mut shown, body.start, kind, |text_out, dropped| {
                if kind == BlockKind::Row {
                    row(text, body.clone(), text_out, dropped)
                } else {
                    inline(text, body.clone(), text_out, dropped)
                }
            });
        }
        open = matches!(kind, BlockKind::Paragraph | BlockKind::Item);
    }
    shown.dropped.retain(|(range, _)| !range.is_empty());
    shown
}

/// What was left out, in bytes of the text.
type LeftOut = Vec<(Range<usize>, DroppedAs)>;

fn block(shown: &mut Shown, at: usize, kind: BlockKind, write: impl FnOnce(&mut Mapped, &mut LeftOut)) {
    shown.text.break_line(at);
    let start = shown.text.text.len();
    write(&mut shown.text, &mut shown.dropped);
    let end = shown.text.text.len();
    if start < end {
        shown.blocks.push(Block { range: start..end, kind });
    }
}

/// What a line is, and how many bytes of it are its mark.
fn head(line: &str) -> (BlockKind, usize) {
    let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
    if (1..=6).contains(&hashes) && line.as_bytes().get(hashes) == Some(&b' ') {
        return (BlockKind::Heading, hashes + 1);
    }
    if line.starts_with('|') {
        return (BlockKind::Row, 0);
    }
    let quote = line.bytes().take_while(|byte| matches!(byte, b'>' | b' ')).count();
    let rest = line.get(quote..).unwrap_or_default();
    let bullet = plain::bullet(rest);
    let is_bold_line =
        line.starts_with("**") && line.ends_with("**") && line.len() < 90 && line.matches("**").count() == 2;
    match (bullet, is_bold_line) {
        (0, true) => (BlockKind::Heading, 0),
        (0, false) => (BlockKind::Paragraph, quote),
        (bullet, _) => (BlockKind::Item, quote + bullet),
    }
}

/// A row of a table: cells with ` | ` between them.
fn row(text: &str, range: Range<usize>, out: &mut Mapped, dropped: &mut LeftOut) {
    let mut at = range.start;
    let mut is_first = true;
    for cell in cut(text, range).split('|') {
        let start = at + (cell.len() - cell.trim_start().len());
        let trimmed = cell.trim();
        if !trimmed.is_empty() {
            if !is_first {
                out.put(" | ", start, 0);
            }
            is_first = false;
            inline(text, start..start + trimmed.len(), out, dropped);
        }
        at += cell.len() + 1;
    }
}

/// Text of a line without emphasis, code marks, link targets and what is struck out (`~~so~~`).
fn inline(text: &str, range: Range<usize>, out: &mut Mapped, dropped: &mut LeftOut) {
    let mut at = range.start;
    let mut since = at;
    // Where a `]` may still follow: found once for all, so that many `[` cost nothing.
    let last_bracket = cut(text, range.clone()).rfind("](").map_or(0, |nth| range.start + nth);
    // The same of what closes a strike: what is found is gone past.
    let last_strike = cut(text, range.clone()).rfind("~~").map_or(0, |nth| range.start + nth);
    let mut ends = Ends::of(cut(text, 0..range.end));
    while at < range.end {
        let rest = cut(text, at..range.end);
        let skip = if rest.starts_with("**") || rest.starts_with("__") {
            2
        } else if rest.starts_with('`') || (rest.starts_with('*') && is_emphasis(text, range.start, at, rest))
        {
            1
        } else if rest.starts_with("~~") && at < last_strike {
            let len = cut(rest, 2..rest.len()).find("~~").map_or(0, |len| len + 4);
            if len > 4 {
                dropped.push((at..at + len, DroppedAs::Withdrawn));
            }
            len
        } else if rest.starts_with("![") {
            2
        } else if rest.starts_with('[') && at < last_bracket && is_link(rest) {
            1
        } else if rest.starts_with("](") {
            match ends.after(at).map(|end| end - at).filter(|close| *close < TARGET_MAX) {
                Some(close) => close + 1,
                None => 0,
            }
        } else if rest.starts_with('\\') && rest.as_bytes().get(1).is_some_and(u8::is_ascii_punctuation) {
            1
        } else {
            0
        };
        if skip > 0 {
            out.copy(cut(text, since..at), since);
            at += skip;
            since = at;
            if rest.starts_with('\\') {
                at += 1;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    out.copy(cut(text, since..range.end), since);
}

/// The ends of the links of a text, asked for from left to right.
///
/// INVARIANT (one look): however many links begin, no byte is looked at twice.
struct Ends<'t> {
    text: &'t str,
    /// The last end that was found; the end of the text where there is none any more.
    next: Option<usize>,
    /// How many bytes were looked at.
    looked_at: usize,
}

impl<'t> Ends<'t> {
    const fn of(text: &'t str) -> Self {
        Self { text, next: None, looked_at: 0 }
    }

    /// The first `)` at or after `at`, which never goes back.
    fn after(&mut self, at: usize) -> Option<usize> {
        let known = self.next.filter(|next| *next >= at);
        let next = known.unwrap_or_else(|| {
            let rest = cut(self.text, at..self.text.len());
            let found = rest.find(')');
            self.looked_at += found.map_or(rest.len(), |nth| nth + 1);
            found.map_or(self.text.len(), |nth| at + nth)
        });
        self.next = Some(next);
        (next < self.text.len()).then_some(next)
    }
}

/// Whether a lone `*` opens or closes emphasis, rather than stand between figures or for itself.
fn is_emphasis(text: &str, start: usize, at: usize, rest: &str) -> bool {
    let before = cut(text, start..at).chars().next_back();
    let after = rest.chars().nth(1);
    let is_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let is_free = |letter: Option<char>| letter.is_none_or(char::is_whitespace);
    !(is_word(before) && is_word(after) || is_free(before) && is_free(after))
}

/// A bracket that is closed before another one opens, and leads somewhere.
fn is_link(rest: &str) -> bool {
    let inner: &str = rest.get(1..).unwrap_or_default();
    let close = inner.bytes().take(300).position(|byte| matches!(byte, b'[' | b']'));
    close.is_some_and(|close| inner.get(close..).is_some_and(|tail| tail.starts_with("](")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_places_stay() {
        let text = "---\ntitle: x\n---\n# The *leak*\n\nIt gave out **names** and\n[mail](https://example.com/a) of `/api/v1`.\n\n- one\n- two\n\n| When | What |\n|---|---|\n| Monday | shut |\n";
        let shown = shown(text);
        let blocks: Vec<(&str, BlockKind)> = shown
            .blocks
            .iter()
            .map(|block| (cut(&shown.text.text, block.range.clone()), block.kind))
            .collect();
        assert_eq!(
            blocks,
            [
                ("The leak", BlockKind::Heading),
                ("It gave out names and mail of /api/v1.", BlockKind::Paragraph),
                ("one", BlockKind::Item),
                ("two", BlockKind::Item),
                ("When | What", BlockKind::Row),
                ("Monday | shut", BlockKind::Row),
            ]
        );
        let at = shown.text.text.find("mail").unwrap();
        let span = shown.text.span(at..at + 4).unwrap();
        assert_eq!(cut(text, span.start..span.end), "mail");
        assert_eq!(shown.dropped.len(), 3);
    }

    #[test]
    fn what_is_struck_out_is_left_out_and_said_so() {
        for (text, read, struck) in [
            ("It lost ~~10,000~~ 5,000 records.", "It lost  5,000 records.", 1),
            ("about ~5,000 records and ~~ more", "about ~5,000 records and ~~ more", 0),
            ("~~~~ a", "", 0),
            ("| ~~a~~ b | c |", "b | c", 1),
        ] {
            let shown = shown(text);
            assert_eq!(shown.text.text.trim(), read, "{text}");
            assert_eq!(shown.dropped.len(), struck, "{text}");
        }
        let many = shown(&("a ".to_owned() + &"~~".repeat(500_001)));
        assert_eq!(many.dropped.len(), 0);
    }

    #[test]
    fn a_million_brackets_are_read_in_linear_time() {
        for unit in ["[", "[a](", "![a](", "](", "[a]("] {
            let text = "# a\n\n".to_owned() + &unit.repeat(1_000_000) + &"](".repeat(10);
            assert_eq!(shown(&text).blocks.len(), 2, "{unit}");
        }
    }

    #[test]
    fn a_line_is_looked_through_once_for_the_ends_of_its_links() {
        for line in ["](".repeat(500), "[a](".repeat(500) + ")", "[a](b)".repeat(500)] {
            let mut ends = Ends::of(&line);
            let found = (0..line.len())
                .filter(|at| ends.after(*at) == cut(&line, *at..line.len()).find(')').map(|nth| at + nth));
            assert_eq!(found.count(), line.len());
            assert!(ends.looked_at <= line.len(), "{} of {}", ends.looked_at, line.len());
        }
    }
}
