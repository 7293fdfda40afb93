//! Byte offsets of a text to line and column.

use crate::tree::Span;

/// Where the lines of a text begin.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        Self { text, starts }
    }

    /// The span of the bytes from `start` to `end`. Linear in what stands before `start` on its line.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let nth = self.starts.partition_point(|first| *first <= start);
        let first = nth.checked_sub(1).and_then(|nth| self.starts.get(nth)).copied().unwrap_or(0);
        // A long line is counted in bytes, so that many words on one line stay linear.
        let column = match start.saturating_sub(first) {
            near if near <= 1_000 => {
                self.text.get(first..start).map_or(near, |before| before.chars().count())
            }
            far => far,
        };
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { start: number(start), end: number(end), line: number(nth), column: number(column + 1) }
    }
}
