//! Logs from their first line to their last: recognised, read, counted. Several are read side by side, in
//! the order of their times, so that a client's visits to all of them are one sequence.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::Timestamp;
use events::{Dialect, Event, Reader};
use hunt::{Hunt, LineRef};

use super::growing::{Change, Growing};
use super::inputs::Log;
use super::lines::{Line, Lines};
use super::open;
use super::rejects::Rejects;
use crate::exit::say;

/// Lines from which a dialect is recognised.
const FIRST: usize = 256;
/// Lines of them that are looked at together.
const AT_ONCE: usize = 64;
/// Bytes of them.
const FIRST_BYTES: usize = 8 << 20;
/// Lines and bytes without one that can be read, after which a log is given up: what never ends is no log.
const MOST_BLIND: u64 = 100_000;
const MOST_BLIND_BYTES: u64 = 256 << 20;
/// Of fewer lines than this nobody is told that most cannot be read.
const FEWEST: u64 = 10;
/// Lines between two looks at how far it is.
const TICK: u64 = 8192;

/// What was read of a log.
#[derive(Debug, Default)]
pub(in crate::commands) struct Read {
    pub(in crate::commands) name: String,
    pub(in crate::commands) dialect: Option<Dialect>,
    pub(in crate::commands) lines: u64,
    pub(in crate::commands) unreadable: u64,
    pub(in crate::commands) events: u64,
    /// Why a part could not be read to its end.
    pub(in crate::commands) broken: Option<String>,
}

impl Read {
    /// What a person must be warned of: that most of the log says nothing to the hunt.
    pub(in crate::commands) fn warning(&self) -> Option<String> {
        let Self { name, dialect, lines, unreadable, .. } = self;
        if *lines < FEWEST || unreadable * 2 < *lines {
            return None;
        }
        let read_as =
            dialect.map_or("by any dialect".to_owned(), |dialect| format!("as `{}`", dialect.word()));
        Some(format!(
            "{unreadable} of {lines} lines of `{name}` cannot be read {read_as}: what stands in them was not looked at"
        ))
    }
}

/// Who hears the events of logs.
pub(in crate::commands) trait Hears {
    /// What wrote the lines of an input is known.
    fn reads(&mut self, input: u32, dialect: Dialect);
    /// An event.
    fn take(&mut self, event: &Event<'_>, line: LineRef);
}

impl Hears for Hunt {
    fn reads(&mut self, input: u32, dialect: Dialect) {
        Self::reads(self, input, dialect);
    }

    fn take(&mut self, event: &Event<'_>, line: LineRef) {
        Self::take(self, event, line);
    }
}

/// A log that is being read.
pub(in crate::commands) struct Source {
    parts: VecDeque<PathBuf>,
    part: PathBuf,
    lines: Option<Lines>,
    /// The first lines, kept until it is known what they are.
    first: VecDeque<Vec<u8>>,
    wanted: Option<Dialect>,
    reader: Option<Reader>,
    /// Whether it was said what the lines are.
    is_told: bool,
    input: u32,
    bytes: Arc<AtomicU64>,
    /// Whether the last part goes on; and that part, as soon as it is open, with the bytes read before it.
    follows: bool,
    growing: Option<(Growing, u64)>,
    /// Bytes of lines so far.
    passed: u64,
    /// The line whose turn it is, and its time.
    line: Vec<u8>,
    at: Timestamp,
    pub(in crate::commands) read: Read,
}

impl Source {
    pub(in crate::commands) fn new(
        log: &Log,
        input: u32,
        wanted: Option<Dialect>,
        bytes: Arc<AtomicU64>,
        follows: bool,
    ) -> Self {
        let name = log.parts.last().map_or_else(String::new, |part| part.display().to_string());
        Self {
            parts: log.parts.iter().cloned().collect(),
            part: PathBuf::new(),
            lines: None,
            first: VecDeque::new(),
            wanted,
            reader: None,
            is_told: false,
            input,
            bytes,
            follows,
            growing: None,
            passed: 0,
            line: Vec::new(),
            at: Timestamp::default(),
            read: Read { name, ..Read::default() },
        }
    }

    /// Goes to the next line; `false` where there is none (yet, of a log that goes on). A part that breaks
    /// off, or cannot be opened, is told, and the next one is read.
    pub(in crate::commands) fn next(&mut self) -> bool {
        loop {
            if let Some(line) = self.first.pop_front() {
                self.line = line;
                return true;
            }
            if self.is_hopeless() {
                self.give_up();
                return false;
            }
            let goes_on = self.growing.is_some();
            let Some(lines) = &mut self.lines else {
                if !self.open() {
                    return false;
                }
                continue;
            };
            match lines.next(goes_on) {
                Ok(Some(Line::Whole(line) | Line::Long(line))) => {
                    self.line.clear();
                    self.line.extend_from_slice(line);
                    self.passed += u64::try_from(self.line.len()).unwrap_or(0) + 1;
                    if self.reader.is_none() {
                        self.recognise();
                    }
                    return true;
                }
                Ok(None) if goes_on => {
                    if let Some((growing, before)) = &mut self.growing {
                        growing.rest(self.bytes.load(Ordering::Relaxed).saturating_sub(*before));
                    }
                    return false;
                }
                Ok(None) => self.lines = None,
                Err(error) => {
                    self.breaks(&error.to_string(), "read up to there");
                    self.lines = None;
                    self.growing = None;
                }
            }
        }
    }

    /// Opens the next part that can be opened.
    fn open(&mut self) -> bool {
        while let Some(part) = self.parts.pop_front() {
            self.part = part;
            let before = self.bytes.load(Ordering::Relaxed);
            match open::open(&self.part, Arc::clone(&self.bytes)) {
                Ok((source, plain)) => {
                    let plain = plain.filter(|_| self.follows && self.parts.is_empty());
                    self.growing = plain.map(|file| (Growing::new(&self.part, file), before));
                    self.lines = Some(Lines::new(source));
                    return true;
                }
                Err(error) => self.breaks(&error.to_string(), "left out"),
            }
        }
        false
    }

    /// What became of the part that is followed since it was read to its end.
    pub(in crate::commands) fn change(&self) -> Change {
        self.growing.as_ref().map_or(Change::None, |(growing, _)| growing.change())
    }

    /// Whether it is at a part that may grow, or has one before it.
    pub(in crate::commands) fn is_growing(&self) -> bool {
        self.growing.is_some() || !self.parts.is_empty()
    }

    fn breaks(&mut self, why: &str, and: &str) {
        say(&format!("tidegate: cannot read `{}`: {why}; {and}", self.part.display()));
        self.read.broken.get_or_insert_with(|| format!("`{}`: {why}", self.part.display()));
    }

    /// Whether nothing could be read for so long that nothing will be. A log that is followed may become one.
    fn is_hopeless(&self) -> bool {
        let Read { lines, events, .. } = self.read;
        let is_endless = lines >= MOST_BLIND || self.reader.is_none() && self.passed >= MOST_BLIND_BYTES;
        events == 0 && self.growing.is_none() && is_endless
    }

    fn give_up(&mut self) {
        if self.lines.take().is_some() || !self.parts.is_empty() {
            self.parts.clear();
            let why = format!("none of its first {} lines can be read", self.read.lines);
            self.breaks(&why, "given up");
        }
    }

    /// Looks at the first lines; the one whose turn it is becomes the first of them again.
    fn recognise(&mut self) {
        let mut bytes = self.line.len();
        self.first.push_back(std::mem::take(&mut self.line));
        while let Some(lines) = &mut self.lines
            && self.first.len() < FIRST
            && bytes < FIRST_BYTES
        {
            let goes_on = self.growing.is_some();
            let line = match lines.next(goes_on) {
                Ok(Some(Line::Whole(line) | Line::Long(line))) => line,
                Ok(None) => break,
                Err(error) => {
                    self.breaks(&error.to_string(), "read up to there");
                    self.lines = None;
                    self.growing = None;
                    break;
                }
            };
            bytes += line.len();
            self.passed += u64::try_from(line.len()).unwrap_or(0) + 1;
            self.first.push_back(line.to_vec());
        }
        let known = self.wanted.as_ref().map_or(Dialect::ALL, std::slice::from_ref);
        // What stands before the lines of a log may be anything: each few of them are looked at for themselves.
        let mut pieces = self.first.make_contiguous().chunks(AT_ONCE);
        let verdict =
            pieces.find_map(|piece| Reader::recognise_among(known, piece.iter().map(Vec::as_slice)));
        self.reader = verdict.map(|verdict| verdict.reader()).or_else(|| self.wanted.map(Reader::new));
        self.read.dialect = self.reader.as_ref().map(Reader::dialect);
        self.line = self.first.pop_front().unwrap_or_default();
    }

    /// The time of the line whose turn it is, as far as it tells one.
    pub(in crate::commands) fn time(&mut self) -> Timestamp {
        // A copy: what the dialect remembers between lines must not hear a line twice.
        if let Some(mut reader) = self.reader.clone() {
            let at = &mut self.at;
            let _ = reader.read(&self.line, &mut |event| {
                let own = event.exchange.as_ref().map(|exchange| exchange.at);
                *at = own.or(event.at).unwrap_or(*at);
            });
        }
        self.at
    }

    /// Gives the line whose turn it is to the hunt.
    ///
    /// # Errors
    /// When a line that cannot be read cannot be kept either.
    pub(in crate::commands) fn judge(
        &mut self,
        hunt: &mut impl Hears,
        rejects: &mut Rejects,
    ) -> anyhow::Result<()> {
        self.read.lines += 1;
        if !self.is_told
            && let Some(dialect) = self.read.dialect
        {
            self.is_told = true;
            hunt.reads(self.input, dialect);
        }
        let at = LineRef { input: self.input, line: self.read.lines };
        let events = &mut self.read.events;
        let result = self.reader.as_mut().map(|reader| {
            reader.read(&self.line, &mut |event| {
                *events += 1;
                hunt.take(&event, at);
            })
        });
        if !matches!(result, Some(Ok(()))) {
            self.read.unreadable += 1;
            rejects.keep(&self.line)?;
        }
        Ok(())
    }

    /// What the dialect held back at the end.
    pub(in crate::commands) fn finish(&mut self, hunt: &mut impl Hears) {
        let at = LineRef { input: self.input, line: self.read.lines };
        let events = &mut self.read.events;
        if let Some(reader) = &mut self.reader {
            // A piece of a line without its rest tells nothing that could be kept.
            let _ = reader.finish(&mut |event| {
                *events += 1;
                hunt.take(&event, at);
            });
        }
    }

    /// The line whose turn it is.
    pub(in crate::commands) fn line(&self) -> &[u8] {
        &self.line
    }
}

/// Reads all logs to their ends, `tick` after every [`TICK`] lines.
///
/// # Errors
/// As [`Source::judge`].
pub(in crate::commands) fn all<H: Hears>(
    sources: &mut [Source],
    hunt: &mut H,
    rejects: &mut Rejects,
    mut tick: impl FnMut(&H) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut count = 0u64;
    let mut ticks = |hunt: &H| {
        count += 1;
        if count.is_multiple_of(TICK) { tick(hunt) } else { Ok(()) }
    };
    if let [only] = sources {
        while only.next() {
            only.judge(hunt, rejects)?;
            ticks(hunt)?;
        }
        only.finish(hunt);
        return Ok(());
    }
    let mut waiting = std::collections::BinaryHeap::new();
    for (nth, source) in sources.iter_mut().enumerate() {
        if source.next() {
            waiting.push(std::cmp::Reverse((source.time(), nth)));
        }
    }
    while let Some(std::cmp::Reverse((_, nth))) = waiting.pop() {
        let Some(source) = sources.get_mut(nth) else { continue };
        source.judge(hunt, rejects)?;
        if source.next() {
            waiting.push(std::cmp::Reverse((source.time(), nth)));
        } else {
            source.finish(hunt);
        }
        ticks(hunt)?;
    }
    Ok(())
}
