//! Reads lines of one source: recognises its dialect, peels prefixes, counts what cannot be read.

use domain::Timestamp;

use crate::dialect::{self, Memory};
use crate::peel::{Joiner, Piece};
use crate::{Dialect, Event, MOST_LINE, Prefix, Reject};

/// Lines from which a dialect is recognised.
const FIRST: usize = 64;

/// Which dialect the first lines have, and how many of them it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The dialect.
    pub dialect: Dialect,
    /// What stands before each line: the outer carrier first, and what it carries.
    pub prefixes: [Prefix; 2],
    /// Lines that it reads, of those looked at that are not empty.
    pub reads: usize,
    /// Lines looked at that are not empty, at most 64.
    pub of: usize,
}

impl Verdict {
    /// A reader of such lines, at the beginning of their source.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader { prefixes: self.prefixes, ..Reader::new(self.dialect) }
    }
}

/// Reads the lines of one source.
///
/// It holds pieces of lines that a carrier cut (two of [`MOST_LINE`] at most) and what the dialect
/// remembers: names of columns, and requests that several lines tell of.
#[derive(Clone, Debug)]
pub struct Reader {
    dialect: Dialect,
    prefixes: [Prefix; 2],
    memory: Memory,
    joiner: Joiner,
}

impl Reader {
    /// Reads lines of `dialect` that have nothing before them.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, prefixes: [Prefix::None; 2], memory: Memory::default(), joiner: Joiner::default() }
    }

    /// The dialect that reads the most of the first 64 `lines`, and the most particular among equals;
    /// `None` when none reads any.
    pub fn recognise<'l>(lines: impl Iterator<Item = &'l [u8]> + Clone) -> Option<Verdict> {
        Self::recognise_among(Dialect::ALL, lines)
    }

    /// As [`Reader::recognise`], among `dialects` only: lines of one that a person named can have
    /// prefixes too.
    pub fn recognise_among<'l>(
        dialects: &[Dialect],
        lines: impl Iterator<Item = &'l [u8]> + Clone,
    ) -> Option<Verdict> {
        let first: Vec<&[u8]> = lines.filter(|line| !line.trim_ascii().is_empty()).take(FIRST).collect();
        let mut best: Option<Verdict> = None;
        for prefixes in prefixes(&first) {
            for &dialect in dialects {
                let tried = Verdict { dialect, prefixes, reads: 0, of: first.len() };
                let mut reader = tried.reader();
                let reads = first.iter().filter(|line| {
                    let mut read = false;
                    reader.read(line, &mut |_| read = true).is_ok() && read
                });
                let mut reads = reads.count();
                // Lines that were held back were read too.
                let _ = reader.finish(&mut |_| reads += 1);
                let tried = Verdict { reads: reads.min(first.len()), ..tried };
                // Among equals the first dialect, and the most prefixes: a prefix that most lines have and that
                // leaves lines which are read as well was put there.
                let better = |best: Verdict| {
                    tried.reads > best.reads || tried.reads == best.reads && tried.prefixes != best.prefixes
                };
                if tried.reads > 0 && best.is_none_or(better) {
                    best = Some(tried);
                }
            }
        }
        best
    }

    /// The dialect.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Gives the events of `line` (without its line feed) to `each`.
    ///
    /// # Errors
    /// Why it gave none, when it should have: the caller counts it and goes on.
    pub fn read(&mut self, line: &[u8], each: &mut dyn FnMut(Event<'_>)) -> Result<(), Reject> {
        if line.len() > MOST_LINE {
            return Err(Reject::Long);
        }
        if self.prefixes == [Prefix::None; 2] {
            return self.bare(line, None, each);
        }
        let [outer, inner] = self.prefixes;
        // A line without the prefix is what the carrier itself wrote, or one that came past it.
        let Some(peeled) = outer.peel(line) else { return self.bare(line, None, each) };
        let Some(text) = self.joiner.join(peeled.text, peeled.piece)? else { return Ok(()) };
        self.carried(inner, &text, peeled.at, each)
    }

    /// Gives the events that were held back for lines that could have followed. To be called once,
    /// after the last line.
    ///
    /// # Errors
    /// As [`Reader::read`], for what was held back.
    pub fn finish(&mut self, each: &mut dyn FnMut(Event<'_>)) -> Result<(), Reject> {
        let [_, inner] = self.prefixes;
        let mut result = Ok(());
        for rest in self.joiner.rest() {
            result = result.and(self.carried(inner, &rest, None, each));
        }
        dialect::finish(&mut self.memory, each);
        result
    }

    fn carried(
        &mut self,
        inner: Prefix,
        text: &[u8],
        at: Option<Timestamp>,
        each: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Reject> {
        match inner.peel(text) {
            Some(peeled) if peeled.piece == Piece::Whole => self.bare(&peeled.text, peeled.at.or(at), each),
            _ => self.bare(text, at, each),
        }
    }

    /// A line with nothing before it; `at` is its carrier's time.
    fn bare(
        &mut self,
        line: &[u8],
        at: Option<Timestamp>,
        each: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Reject> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let memory = &mut self.memory;
        match at {
            None => dialect::read(self.dialect, line, memory, each),
            at => dialect::read(self.dialect, line, memory, &mut |mut event| {
                event.at = event.at.or(at);
                each(event);
            }),
        }
    }
}

/// What may stand before `first` lines: nothing; what most of them have; and the same with what most of
/// the carried lines have.
fn prefixes(first: &[&[u8]]) -> Vec<[Prefix; 2]> {
    let mut tried = vec![[Prefix::None; 2]];
    let Some(outer) = most(first) else { return tried };
    tried.push([outer, Prefix::None]);
    let mut joiner = Joiner::default();
    let peeled = first.iter().filter_map(|line| outer.peel(line));
    let carried: Vec<_> = peeled.filter_map(|it| joiner.join(it.text, it.piece).ok().flatten()).collect();
    let carried: Vec<&[u8]> = carried.iter().map(|text| &**text).collect();
    if let Some(inner) = most(&carried) {
        tried.push([outer, inner]);
    }
    tried
}

/// The prefix that at least half of the lines have, and the most particular among equals.
fn most(lines: &[&[u8]]) -> Option<Prefix> {
    let count = |prefix: &Prefix| lines.iter().filter(|line| prefix.peel(line).is_some()).count();
    let best = Prefix::TRIED.iter().rev().max_by_key(|prefix| count(prefix))?;
    (count(best) * 2 >= lines.len().max(1)).then_some(*best)
}
