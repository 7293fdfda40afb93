//! The report as its reader sees it: all of its text, in which each statement can be chosen and each place
//! of a claim can be marked.
//!
//! A report of plain text or Markdown, and the text layer of a PDF, is shown whole, byte for byte but for
//! what [`shown`] replaces. Of the others (HTML, feed) the pane has the statements: their source is nothing
//! to read, and a place in it is no place in the pane. Their claims point to the statement and quote the words.

use intel::{Intel, ReportFormat, Span, is_obeyed};

/// Most bytes of a report in the pane; what is left out is told.
pub(crate) const PANE_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The text, in pieces whose join is what the script counts in.
#[derive(Debug, Default)]
pub(crate) struct Pane {
    pub(crate) pieces: Vec<Piece>,
    /// Bytes of the report at which something begins or ends, with the same place in UTF-16 units of the
    /// pane. Sorted. Empty where the pane has no places.
    places: Vec<(usize, usize)>,
    pub(crate) is_cut: bool,
}

/// A statement, or what stands between two.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) text: String,
    /// Index of the statement.
    pub(crate) statement: Option<usize>,
}

impl Pane {
    /// Linear in the report, and in the logarithm of the places.
    pub(crate) fn new(intel: &Intel, spans: impl Iterator<Item = Span>, bytes: &[u8]) -> Self {
        let format = intel.source.format;
        let is_whole = matches!(format, ReportFormat::Text | ReportFormat::Markdown | ReportFormat::Pdf);
        if is_whole { whole(intel, spans, bytes) } else { of_statements(intel) }
    }

    /// Where a span stands in the pane, in UTF-16 units from its beginning.
    pub(crate) fn mark(&self, span: Span) -> Option<(usize, usize)> {
        let at = |byte: usize| {
            let nth = self.places.binary_search_by_key(&byte, |(byte, _)| *byte).ok()?;
            self.places.get(nth).map(|(_, units)| *units)
        };
        Some((at(span.start)?, at(span.end)?))
    }
}

fn whole(intel: &Intel, spans: impl Iterator<Item = Span>, bytes: &[u8]) -> Pane {
    let end = bytes.len().min(PANE_BYTES_MAX);
    let mut pane = Pane { is_cut: end < bytes.len(), ..Pane::default() };
    let mut borders: Vec<usize> = spans.flat_map(|span| [span.start, span.end]).collect();
    borders.sort_unstable();
    borders.dedup();
    let mut borders = borders.into_iter().peekable();
    let (mut at, mut units) = (0, 0);
    let mut piece = |pane: &mut Pane, from: usize, to: usize, statement: Option<usize>| {
        let mut text = String::new();
        let mut begun = from;
        while let Some(border) = borders.next_if(|border| *border <= to) {
            text.push_str(&read(bytes, begun, border));
            pane.places.push((border, units + length(&text)));
            begun = border.max(begun);
        }
        text.push_str(&read(bytes, begun, to));
        units += length(&text);
        pane.pieces.push(Piece { text, statement });
    };
    for (nth, statement) in intel.statements.iter().enumerate() {
        let (from, to) = (statement.span.start.max(at), statement.span.end.min(end));
        if from >= to {
            continue;
        }
        if at < from {
            piece(&mut pane, at, from, None);
        }
        piece(&mut pane, from, to, Some(nth));
        at = to;
    }
    if at < end {
        piece(&mut pane, at, end, None);
    }
    pane
}

fn of_statements(intel: &Intel) -> Pane {
    let mut pane = Pane::default();
    let mut bytes = 0;
    for (nth, statement) in intel.statements.iter().enumerate() {
        bytes += statement.text.len();
        pane.is_cut = bytes > PANE_BYTES_MAX;
        if pane.is_cut {
            break;
        }
        pane.pieces.push(Piece { text: shown(&statement.text), statement: Some(nth) });
        pane.pieces.push(Piece { text: "\n".to_owned(), statement: None });
    }
    pane
}

fn read(bytes: &[u8], from: usize, to: usize) -> String {
    bytes.get(from..to).map(|part| shown(&String::from_utf8_lossy(part))).unwrap_or_default()
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// `text` as it may stand in a page: one character for one, but none that a parser of HTML drops or joins
/// (carriage return, NUL), and none that is obeyed and not shown (direction, no width).
pub(crate) fn shown(text: &str) -> String {
    let of = |letter: char| match letter {
        '\r' => ' ',
        '\n' | '\t' => letter,
        _ if is_obeyed(letter) => '\u{fffd}',
        _ => letter,
    };
    text.chars().map(of).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

    use super::*;

    #[test]
    fn a_mark_stands_on_the_same_words_in_the_pane_as_in_the_report() {
        let report = "The API asked for no authentication.\r\n\r\nÀ 𝕏 researcher downloaded 5,000 records with \
                      names and email addresses.\r\nHe deleted \u{202e}the data.";
        let intel = intel::understand(report.as_bytes(), "report.txt").unwrap();
        let graph = intel::graph(&intel);
        let spans = || graph.nodes.iter().flat_map(|node| node.spans.iter().copied());
        let pane = Pane::new(&intel, spans(), report.as_bytes());
        let text: Vec<u16> = pane.pieces.iter().flat_map(|piece| piece.text.encode_utf16()).collect();
        assert_eq!(String::from_utf16(&text).unwrap(), shown(report));
        assert!(spans().count() > 4);
        for span in spans() {
            let (from, to) = pane.mark(span).unwrap();
            let marked = String::from_utf16(&text[from..to]).unwrap();
            assert_eq!(marked, shown(&report[span.start..span.end]));
        }
    }

    #[test]
    fn a_report_too_long_for_a_page_is_cut_and_keeps_its_statements() {
        let line = format!("{}\n", "-".repeat(99));
        let report = format!("The API asked for no authentication.\n{}", line.repeat(PANE_BYTES_MAX / 90));
        let intel = intel::understand(report.as_bytes(), "report.txt").unwrap();
        let pane = Pane::new(&intel, std::iter::empty(), report.as_bytes());
        assert!(pane.is_cut);
        assert!(pane.pieces.iter().map(|piece| piece.text.len()).sum::<usize>() <= PANE_BYTES_MAX);
    }
}
