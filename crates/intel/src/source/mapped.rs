//! Text that remembers which bytes of the report each of its bytes came from.
//!
//! Reading a report changes it (mark-up goes, entities are decoded, seams are opened), and every claim
//! must still point into the original. Passes are stacked: [`Mapped::onto`] makes of two maps one.

use std::ops::Range;

use crate::model::Span;

/// A text with its map.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mapped {
    pub(crate) text: String,
    /// Ascending in `at`; together they cover the text.
    runs: Vec<Run>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    /// Where it begins in the text.
    at: usize,
    /// Where it comes from.
    from: usize,
    /// How many bytes it comes from; 0 for what was inserted.
    len: usize,
    /// Byte by byte, or as a whole.
    is_linear: bool,
}

impl Mapped {
    /// A text as it stands at `from`.
    pub(crate) fn verbatim(text: &str, from: usize) -> Self {
        let mut mapped = Self::default();
        mapped.copy(text, from);
        mapped
    }

    /// Appends `piece`, which stands at `from` byte by byte.
    pub(crate) fn copy(&mut self, piece: &str, from: usize) {
        if piece.is_empty() {
            return;
        }
        let at = self.text.len();
        self.text.push_str(piece);
        if let Some(last) = self.runs.last_mut()
            && last.is_linear
            && last.from + last.len == from
            && last.at + last.len == at
        {
            last.len += piece.len();
            return;
        }
        self.runs.push(Run { at, from, len: piece.len(), is_linear: true });
    }

    /// Appends `piece` in place of `len` bytes at `from`. Without `len` it is inserted there.
    pub(crate) fn put(&mut self, piece: &str, from: usize, len: usize) {
        if piece.is_empty() {
            return;
        }
        self.runs.push(Run { at: self.text.len(), from, len, is_linear: false });
        self.text.push_str(piece);
    }

    /// Ends the line, unless nothing stands in it.
    pub(crate) fn break_line(&mut self, from: usize) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.put("\n", from, 0);
        }
    }

    /// The bytes that `range` of the text came from. Nothing for a range of inserted text.
    pub(crate) fn span(&self, range: Range<usize>) -> Option<Span> {
        let start = self.runs.get(self.run_at(range.start)?)?;
        let last = range.end.checked_sub(1).filter(|last| *last >= range.start)?;
        let end = self.runs.get(self.run_at(last)?)?;
        let start = if start.is_linear { start.from + (range.start - start.at) } else { start.from };
        let end = if end.is_linear { end.from + (last - end.at) + 1 } else { end.from + end.len };
        (start < end).then_some(Span { start, end })
    }

    fn run_at(&self, at: usize) -> Option<usize> {
        self.runs.partition_point(|run| run.at <= at).checked_sub(1)
    }

    /// The same text with its map led through `inner`, whose text this one was made from.
    pub(crate) fn onto(self, inner: &Self) -> Self {
        let mut runs = Vec::with_capacity(self.runs.len());
        for run in &self.runs {
            if !run.is_linear {
                let (from, len) = match inner.span(run.from..run.from + run.len) {
                    Some(span) => (span.start, span.end - span.start),
                    None => (inner.origin(run.from), 0),
                };
                runs.push(Run { from, len, ..*run });
                continue;
            }
            // A linear run may cross several runs of the inner map.
            let (mut from, end) = (run.from, run.from + run.len);
            let mut nth = inner.run_at(from).unwrap_or_default();
            while from < end {
                let Some(under) = inner.runs.get(nth) else { break };
                let until = inner.runs.get(nth + 1).map_or(inner.text.len(), |next| next.at).min(end);
                let at = run.at + (from - run.from);
                runs.push(if under.is_linear {
                    Run { at, from: under.from + (from - under.at), len: until - from, is_linear: true }
                } else {
                    Run { at, from: under.from, len: under.len, is_linear: false }
                });
                (from, nth) = (until, nth + 1);
            }
        }
        Self { text: self.text, runs }
    }

    fn origin(&self, at: usize) -> usize {
        let run = self.run_at(at).and_then(|nth| self.runs.get(nth));
        run.map_or(0, |run| if run.is_linear { run.from + (at - run.at).min(run.len) } else { run.from })
    }
}

/// A part of a text; empty where the range is none of it.
pub(crate) fn cut(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_leads_back_through_two_passes() {
        let report = "a &amp; bc";
        let mut first = Mapped::verbatim("a ", 0);
        first.put("&", 2, 5);
        first.copy(" bc", 7);
        assert_eq!(first.text, "a & bc");
        let mut second = Mapped::verbatim("a & b", 0);
        second.put("\n", 5, 0);
        second.copy("c", 5);
        let both = second.onto(&first);
        assert_eq!(both.text, "a & b\nc");
        for (range, expected) in
            [(0..1, "a"), (2..3, "&amp;"), (2..5, "&amp; b"), (4..7, "bc"), (6..7, "c"), (0..7, report)]
        {
            let span = both.span(range.clone()).unwrap();
            assert_eq!(cut(report, span.start..span.end), expected, "{range:?}");
        }
        assert_eq!(both.span(5..6), None, "an inserted break has no bytes");
    }
}
