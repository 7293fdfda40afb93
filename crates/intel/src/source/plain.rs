//! Plain text into blocks. A line is a paragraph, unless the text was wrapped to a width.

use std::ops::Range;

use super::mapped::{Mapped, cut};
use super::{Block, BlockKind, Shown};
use crate::model::DroppedAs;

/// The longest line of a text that was wrapped by hand or by a mailer.
const WRAPPED_MAX: usize = 120;

/// The most lines that are read. Those of a report as long as what is understood are a tenth of it.
const LINES_MAX: usize = 200_000;

/// The text as it stands, in blocks.
pub(super) fn shown(text: &str) -> Shown {
    let lines = lines(text);
    let mut dropped = Vec::new();
    dropped.extend(beyond(text, &lines));
    Shown { text: Mapped::verbatim(text, 0), blocks: blocks(text, lines), dropped }
}

/// The blocks of a text without mark-up.
fn blocks(text: &str, lines: Vec<Range<usize>>) -> Vec<Block> {
    let width = wrapped_at(text, &lines);
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in lines {
        let shown = cut(text, line.clone());
        if shown.is_empty() {
            open = false;
            continue;
        }
        let kind = kind(shown);
        let joins = open && width.is_some() && kind == BlockKind::Paragraph;
        match blocks.last_mut().filter(|_| joins) {
            Some(last) => last.range.end = line.end,
            None => blocks.push(Block { range: line.clone(), kind }),
        }
        // A line that ends well before the width ends its paragraph.
        open = kind != BlockKind::Heading && width.is_some_and(|width| shown.len() * 100 >= width * 55);
    }
    blocks
}

/// What follows the last of `lines` and is not read.
pub(super) fn beyond(text: &str, lines: &[Range<usize>]) -> Option<(Range<usize>, DroppedAs)> {
    let end = lines.last().filter(|_| lines.len() >= LINES_MAX)?.end;
    let rest = end..text.len();
    (!cut(text, rest.clone()).trim().is_empty()).then_some((rest, DroppedAs::TooLong))
}

/// Lines without the space around them, the first ones.
pub(super) fn lines(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n').take(LINES_MAX) {
        let start = at + (line.len() - line.trim_start().len());
        let end = at + line.trim_end().len();
        lines.push(start.min(end)..end);
        at += line.len();
    }
    lines
}

/// The width, where most lines that are followed by another one come near to it.
fn wrapped_at(text: &str, lines: &[Range<usize>]) -> Option<usize> {
    let width =
        lines.iter().map(|line| line.len()).max().filter(|width| (40..=WRAPPED_MAX).contains(width))?;
    let (mut inner, mut full) = (0_usize, 0_usize);
    for pair in lines.windows(2) {
        if let [line, next] = pair
            && !line.is_empty()
            && !next.is_empty()
            && kind(cut(text, next.clone())) == BlockKind::Paragraph
        {
            inner += 1;
            full += usize::from(line.len() * 100 >= width * 70);
        }
    }
    (inner >= 3 && full * 10 >= inner * 6).then_some(width)
}

/// What a line is by its look.
pub(super) fn kind(line: &str) -> BlockKind {
    if bullet(line) > 0 {
        return BlockKind::Item;
    }
    if line.contains('\t') || line.matches(" | ").count() > 1 {
        return BlockKind::Row;
    }
    if is_heading(line) { BlockKind::Heading } else { BlockKind::Paragraph }
}

/// How many bytes of a line are its bullet or number, with the space after it.
pub(super) fn bullet(line: &str) -> usize {
    let mut letters = line.chars();
    match letters.next() {
        Some(sign @ ('-' | '*' | '+' | '•' | '–' | '·' | '▪' | '◦' | '‣')) if letters.next() == Some(' ') => {
            sign.len_utf8() + 1
        }
        Some(digit) if digit.is_ascii_digit() => {
            let digits = line.bytes().take_while(u8::is_ascii_digit).count();
            let rest = line.as_bytes().get(digits..).unwrap_or_default();
            let is_number = digits <= 2 && matches!(rest, [b'.' | b')', b' ', ..]);
            if is_number { digits + 2 } else { 0 }
        }
        _ => 0,
    }
}

/// A short line that ends like no sentence and whose words are mostly capitalised.
fn is_heading(line: &str) -> bool {
    if line.len() > 100 || line.ends_with(['.', '!', '?', ',', ';', '"', '\u{201D}']) {
        return false;
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    if words.is_empty() || words.len() > 14 {
        return false;
    }
    let starts = |word: &&&str| word.chars().next().is_some_and(char::is_uppercase);
    let long: Vec<&&str> = words.iter().filter(|word| word.len() > 3).collect();
    let capital = long.iter().filter(|word| starts(word)).count();
    let is_title = !long.is_empty() && capital * 10 >= long.len() * 7;
    is_title || (words.len() <= 4 && words.first().is_some_and(|first| starts(&first))) || line.ends_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<&str> {
        blocks(text, lines(text)).into_iter().map(|block| cut(text, block.range)).collect()
    }

    #[test]
    fn a_line_is_a_paragraph_unless_the_text_was_wrapped() {
        let long = "A line that is one paragraph and goes on for quite a while, far beyond any width that people wrap at, so it stands alone.";
        assert_eq!(of(&format!("{long}\n{long}\n")), [long, long]);
        let wrapped = "The service answered without asking who was\ncalling. It gave out ten records with every\nrequest, and it did so for eleven days\nbefore anybody looked.\n\nThe second paragraph.";
        assert_eq!(of(wrapped).len(), 2);
    }

    #[test]
    fn items_and_headings_stand_alone() {
        let kinds: Vec<BlockKind> = [
            "- one item",
            "2) another",
            "Indicators of Compromise",
            "Timeline:",
            "It was shut down on Monday.",
        ]
        .into_iter()
        .map(kind)
        .collect();
        use BlockKind::{Heading, Item, Paragraph};
        assert_eq!(kinds, [Item, Item, Heading, Heading, Paragraph]);
    }
}
