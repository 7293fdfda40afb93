//! Reads lines of one source: recognises its dialect, peels prefixes, counts what cannot be read.

use crate::dialect::{self, Memory};
use crate::{Dialect, Event, MOST_LINE, Reject};

/// Lines from which a dialect is recognised.
const FIRST: usize = 64;

/// Which dialect the first lines have, and how many of them it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The dialect.
    pub dialect: Dialect,
    /// Lines that it reads, of those looked at that are not empty.
    pub reads: usize,
    /// Lines looked at that are not empty, at most 64.
    pub of: usize,
}

/// Reads the lines of one source.
#[derive(Clone, Debug)]
pub struct Reader {
    dialect: Dialect,
    memory: Memory,
}

impl Reader {
    /// Reads lines of `dialect`.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, memory: Memory::default() }
    }

    /// The dialect that reads the most of the first 64 `lines`, and the most particular among equals;
    /// `None` when none reads any.
    pub fn recognise<'l>(lines: impl Iterator<Item = &'l [u8]> + Clone) -> Option<Verdict> {
        let first = lines.filter(|line| !line.trim_ascii().is_empty()).take(FIRST);
        let of = first.clone().count();
        let score = |&dialect: &Dialect| {
            let mut reader = Self::new(dialect);
            let reads = first.clone().filter(|line| {
                let mut read = false;
                reader.read(line, &mut |_| read = true).is_ok() && read
            });
            Verdict { dialect, reads: reads.count(), of }
        };
        let best = Dialect::ALL.iter().map(score).rev().max_by_key(|verdict| verdict.reads)?;
        (best.reads > 0).then_some(best)
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
    pub fn read<'l>(&mut self, line: &'l [u8], each: &mut dyn FnMut(Event<'l>)) -> Result<(), Reject> {
        if line.len() > MOST_LINE {
            return Err(Reject::Long);
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        dialect::read(self.dialect, &mut self.memory, line, each)
    }
}
