//! Pieces of text into lines, lines into paragraphs: one paragraph in one line of text.
//!
//! Lines are taken in the order in which the file shows them, which for all but hand-made files is the
//! order of reading. Running heads and page numbers come last, behind a form feed.

use std::collections::{BTreeMap, BTreeSet};

use super::content::Piece;

/// Between words a gap has at least this part of the letters' height; more where widths are guessed.
const WORD_GAP: f64 = 0.15;
const WORD_GAP_GUESSED: f64 = 0.3;
/// Between cells of a table.
const CELL_GAP: f64 = 1.8;
/// Lines of one paragraph lie at most this much further apart than lines mostly do.
const PARAGRAPH_GAP: f64 = 1.22;
/// Words that a hyphen joins to the next one, rather than cut it in two.
const PREFIXES: [&str; 38] = [
    "third", "first", "second", "non", "self", "pre", "post", "co", "re", "multi", "cross", "high", "low",
    "well", "one", "two", "long", "short", "full", "real", "end", "e", "in", "on", "off", "so", "anti",
    "mid", "sub", "ex", "semi", "inter", "follow", "opt", "look", "sign", "log", "built",
];

const LIGATURES: [(char, &str); 7] = [
    ('\u{FB00}', "ff"),
    ('\u{FB01}', "fi"),
    ('\u{FB02}', "fl"),
    ('\u{FB03}', "ffi"),
    ('\u{FB04}', "ffl"),
    ('\u{FB05}', "st"),
    ('\u{FB06}', "st"),
];

/// A line of a page.
#[derive(Clone, Debug)]
pub(super) struct Line {
    text: String,
    from: f64,
    to: f64,
    base: f64,
    size: f64,
    is_turned: bool,
    is_artifact: bool,
}

/// The lines of a page.
pub(super) fn lines(pieces: Vec<Piece>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut last: Option<Piece> = None;
    for piece in pieces {
        if last.as_ref().is_some_and(|last| is_shadow(last, &piece)) {
            continue;
        }
        let Some(line) = lines.last_mut().filter(|line| goes_on(line, &piece)) else {
            lines.push(Line {
                text: piece.text.clone(),
                from: piece.from,
                to: piece.to,
                base: piece.base,
                size: piece.size,
                is_turned: piece.is_turned,
                is_artifact: piece.is_artifact,
            });
            last = Some(piece);
            continue;
        };
        let size = line.size.min(piece.size).max(1.0);
        let gap = (piece.from - line.to) / size;
        let least = if piece.is_guessed { WORD_GAP_GUESSED } else { WORD_GAP };
        if gap > CELL_GAP {
            line.text.truncate(line.text.trim_end().len());
            line.text.push('\t');
        } else if gap > least && !line.text.ends_with(' ') && !piece.text.starts_with(' ') {
            line.text.push(' ');
        }
        line.text.push_str(&piece.text);
        line.to = piece.to;
        line.size = line.size.max(piece.size);
        last = Some(piece);
    }
    lines.retain_mut(|line| {
        line.text = tidied(&line.text);
        !line.text.is_empty()
    });
    lines
}

/// Letters that are shown twice, a little aside, to look bold are one.
fn is_shadow(last: &Piece, piece: &Piece) -> bool {
    let near = |one: f64, other: f64| (one - other).abs() < 0.1 * piece.size.max(1.0);
    last.text == piece.text && near(last.from, piece.from) && near(last.base, piece.base)
}

/// Whether `piece` stands on `line`, after what stands there.
fn goes_on(line: &Line, piece: &Piece) -> bool {
    let size = line.size.max(piece.size).max(1.0);
    line.is_turned == piece.is_turned
        && line.is_artifact == piece.is_artifact
        && (line.base - piece.base).abs() < 0.45 * size
        && piece.from > line.to - 0.7 * size
}

/// Space folded, but for the tabs between cells; no control characters; ligatures as their letters.
fn tidied(text: &str) -> String {
    let mut read = String::with_capacity(text.len());
    for letter in text.chars() {
        match LIGATURES.iter().find(|(ligature, _)| *ligature == letter) {
            Some((_, letters)) => read.push_str(letters),
            // A soft hyphen at the end of a line says that a word goes on.
            None if letter == '\t' || letter == '\u{ad}' || !crate::is_obeyed(letter) => read.push(letter),
            None if letter.is_control() => read.push(' '),
            None => {}
        }
    }
    let hyphen = if read.trim_end().ends_with('\u{ad}') { "\u{ad}" } else { "" };
    let read = read.replace('\u{ad}', "");
    let cells = read.split('\t').map(|cell| cell.split_whitespace().collect::<Vec<_>>().join(" "));
    cells.filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("\t") + hyphen
}

/// The text of all pages, and where in it the running heads begin.
pub(super) fn text(pages: &[Vec<Line>]) -> (String, usize) {
    let running = running(pages);
    let is_running = |line: &Line| line.is_artifact || running.contains(&place(line));
    let has_body = pages.iter().flatten().any(|line| !is_running(line));
    let is_left_out = |line: &Line| has_body && is_running(line);
    let usual = usual_leading(pages);
    let words: BTreeSet<&str> = pages.iter().flatten().flat_map(|line| words_of(&line.text)).collect();
    let mut out = String::new();
    let mut before: Option<(&Line, usize)> = None;
    for (page, lines) in pages.iter().enumerate() {
        let widest = lines.iter().map(|line| line.to).fold(f64::MIN, f64::max);
        for line in lines.iter().filter(|line| !is_left_out(line)) {
            match before {
                Some((last, of)) if joins(last, line, of == page, usual, widest) => {
                    join(&mut out, &line.text, &words);
                }
                Some(_) => {
                    out.push_str("\n\n");
                    out.push_str(&line.text);
                }
                None => out.push_str(&line.text),
            }
            before = Some((line, page));
        }
    }
    out.push('\n');
    let end = out.len();
    let left: Vec<&Line> = pages.iter().flatten().filter(|line| is_left_out(line)).collect();
    if !left.is_empty() {
        out.push('\u{c}');
        for line in left {
            out.push_str(&line.text);
            out.push('\n');
        }
    }
    (out, end)
}

/// Where a line stands, and its text with figures made equal: what is the same on many pages is no part of
/// the text.
fn place(line: &Line) -> (String, String) {
    let text = line.text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter });
    let mut text: String = text.collect();
    while text.contains("00") {
        text = text.replace("00", "0");
    }
    (format!("{:.0}", line.base), text)
}

fn running(pages: &[Vec<Line>]) -> BTreeSet<(String, String)> {
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    for lines in pages {
        let here: BTreeSet<(String, String)> = lines.iter().map(place).collect();
        for place in here {
            *seen.entry(place).or_insert(0) += 1;
        }
    }
    let least = (pages.len() * 6).div_ceil(10).max(2);
    seen.into_iter().filter(|(_, count)| *count >= least).map(|(place, _)| place).collect()
}

/// How far apart lines mostly are, in heights of their letters.
fn usual_leading(pages: &[Vec<Line>]) -> f64 {
    let mut gaps: BTreeMap<String, usize> = BTreeMap::new();
    for pair in pages.iter().flat_map(|lines| lines.windows(2)) {
        if let [line, next] = pair
            && same_size(line, next)
        {
            let gap = (line.base - next.base) / line.size.max(1.0);
            if (0.9..2.2).contains(&gap) {
                *gaps.entry(format!("{gap:.2}")).or_insert(0) += 1;
            }
        }
    }
    // Of two that are as frequent the narrower one lies within paragraphs.
    let most = gaps.iter().max_by(|one, other| one.1.cmp(other.1).then(other.0.cmp(one.0)));
    most.and_then(|(gap, _)| gap.parse().ok()).unwrap_or(1.2)
}

fn same_size(line: &Line, next: &Line) -> bool {
    line.is_turned == next.is_turned && (line.size - next.size).abs() < 0.08 * line.size.max(1.0)
}

/// Whether `next` goes on with the paragraph of `line`.
fn joins(line: &Line, next: &Line, is_same_page: bool, usual: f64, widest: f64) -> bool {
    let is_row = |line: &Line| line.text.contains('\t');
    if !same_size(line, next) || line.is_turned || is_row(line) || is_row(next) {
        return false;
    }
    if super::super::plain::bullet(&next.text) > 0 {
        return false;
    }
    let gap = (line.base - next.base) / line.size.max(1.0);
    if is_same_page && gap > 0.0 {
        return gap <= usual * PARAGRAPH_GAP && (line.from - next.from).abs() < 6.0 * line.size.max(1.0);
    }
    // On the next page, or at the head of the next column: where the sentence has not ended.
    let ends = line.text.ends_with(['.', '!', '?', ':', '"', '”', ')']);
    let goes_on = next.text.starts_with(|letter: char| letter.is_lowercase() || letter == '(');
    let is_full = line.to > widest - 8.0 * line.size.max(1.0);
    !ends && (goes_on || is_full)
}

/// Appends a line to a paragraph: with a space, or with the hyphen at its end taken away where a word was
/// cut in two.
fn join(out: &mut String, next: &str, words: &BTreeSet<&str>) {
    let soft = out.ends_with('\u{ad}');
    if !soft && !out.ends_with('-') {
        out.push(' ');
        out.push_str(next);
        return;
    }
    let body = out.trim_end_matches(['-', '\u{ad}']);
    let token = body.rsplit(char::is_whitespace).next().unwrap_or_default();
    let head = token.rsplit(|letter: char| !letter.is_alphabetic()).next().unwrap_or_default();
    let tail: &str = words_of(next).next().unwrap_or_default();
    let is_plain = head.len() == token.len() || token.ends_with(|letter: char| letter.is_alphabetic());
    let is_word = is_plain
        && !token.contains(['/', '.', '_', '@', ':'])
        && !head.is_empty()
        && next.starts_with(char::is_lowercase);
    let whole = format!("{head}{tail}");
    let is_compound = PREFIXES.contains(&head.to_lowercase().as_str()) && !words.contains(whole.as_str());
    if body.ends_with(char::is_whitespace) {
        // A dash between words.
        out.push(' ');
    } else if soft || (is_word && !is_compound) {
        out.truncate(body.len());
    }
    out.push_str(next);
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str, from: f64, base: f64) -> Piece {
        let width = f64::from(u32::try_from(text.chars().count()).unwrap()) * 5.0;
        Piece {
            text: text.to_owned(),
            from,
            to: from + width,
            base,
            size: 10.0,
            is_turned: false,
            is_guessed: false,
            is_artifact: false,
            unknown: 0,
        }
    }

    fn of(pages: &[&[Piece]]) -> String {
        let pages: Vec<Vec<Line>> = pages.iter().map(|pieces| lines(pieces.to_vec())).collect();
        text(&pages).0
    }

    #[test]
    fn what_a_terminal_obeys_is_no_text_and_ligatures_are_letters() {
        for (text, read) in [
            ("a\u{202e}b\u{1b}c", "ab c"),
            ("of\u{fb01}ce  hours", "office hours"),
            ("co\u{ad}operate", "cooperate"),
            ("infor\u{ad} ", "infor\u{ad}"),
        ] {
            assert_eq!(tidied(text), read);
        }
    }

    #[test]
    fn gaps_are_letters_words_or_cells() {
        let row =
            [piece("na", 0.0, 0.0), piece("mes", 10.2, 0.0), piece("left", 28.0, 0.0), piece("B", 90.0, 0.0)];
        assert_eq!(of(&[&row]), "names left\tB\n");
        let bold = [piece("names", 0.0, 0.0), piece("names", 0.2, 0.0)];
        assert_eq!(of(&[&bold]), "names\n");
        let raised = [piece("names", 0.0, 0.0), piece("1", 25.5, 3.5)];
        assert_eq!(of(&[&raised]), "names1\n");
    }

    #[test]
    fn lines_of_a_paragraph_are_one_line_and_words_cut_in_two_are_one() {
        let page = [
            piece("The Leak", 0.0, 100.0),
            piece("The infor-", 0.0, 76.0),
            piece("mation of third-", 0.0, 64.0),
            piece("party shops, CVE-2031-", 0.0, 52.0),
            piece("1234 and so on.", 0.0, 40.0),
            piece("Next one.", 0.0, 20.0),
        ];
        assert_eq!(
            of(&[&page]),
            "The Leak\n\nThe information of third-party shops, CVE-2031-1234 and so on.\n\nNext one.\n"
        );
    }

    #[test]
    fn a_paragraph_goes_on_over_the_page_and_running_heads_come_last() {
        let first =
            [piece("Report 1", 0.0, 200.0), piece("Names were", 0.0, 24.0), piece("taken and", 0.0, 12.0)];
        let second = [piece("Report 2", 0.0, 200.0), piece("sold later.", 0.0, 180.0)];
        let pages: Vec<Vec<Line>> = [&first[..], &second].map(|pieces| lines(pieces.to_vec())).into();
        let (text, end) = text(&pages);
        assert_eq!(text, "Names were taken and sold later.\n\u{c}Report 1\nReport 2\n");
        assert!(text.get(end..).unwrap().starts_with('\u{c}'));
    }
}
