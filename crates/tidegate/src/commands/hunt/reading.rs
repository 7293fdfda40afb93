//! Logs from their first line to their last: recognised, read, counted. Several are read side by side, in
//! the order of their times, so that a client's visits to all of them are one sequence.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::Context as _;
use domain::Timestamp;
use events::{Dialect, Event, Reader};
use hunt::{Hunt, LineRef};

use super::inputs::Log;
use super::lines::{Line, Lines};
use super::open;
use crate::exit::{Failure, say};

/// Lines from which a dialect is recognised.
const FIRST: usize = 256;
/// Bytes of them.
const FIRST_BYTES: usize = 8 << 20;
/// Lines between two looks at how far it is.
pub(super) const TICK: u64 = 8192;

/// What was read of a log.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) name: String,
    pub(super) dialect: Option<Dialect>,
    pub(super) lines: u64,
    pub(super) unreadable: u64,
    pub(super) events: u64,
    /// Whether a part could not be opened.
    pub(super) is_broken: bool,
}

/// Where lines go that cannot be read.
pub(super) struct Rejects {
    file: Option<(PathBuf, BufWriter<File>)>,
}

impl Rejects {
    /// Opens the file for them, of a hunt in `logs`.
    ///
    /// # Errors
    /// When the file cannot be made, or is one of the logs: it would be emptied before it is read.
    pub(super) fn open(path: Option<&Path>, logs: &[Log]) -> Result<Self, Failure> {
        // What does not exist yet is no log.
        if let Some(own) = path.and_then(|path| std::fs::canonicalize(path).ok()) {
            let mut parts = logs.iter().flat_map(|log| &log.parts);
            if parts.any(|part| std::fs::canonicalize(part).is_ok_and(|part| part == own)) {
                return Err(Failure::Usage(format!(
                    "`--rejects {}` is one of the logs, and would be emptied\n = help: name a file outside of what is read",
                    own.display()
                )));
            }
        }
        let file = path.map(|path| -> anyhow::Result<_> {
            let file = File::create(path).with_context(|| format!("create {}", path.display()))?;
            Ok((path.to_owned(), BufWriter::new(file)))
        });
        Ok(Self { file: file.transpose()? })
    }

    fn keep(&mut self, line: &[u8]) -> anyhow::Result<()> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let written = file.write_all(line).and_then(|()| file.write_all(b"\n"));
        written.with_context(|| format!("write {}", path.display()))
    }

    /// # Errors
    /// When the last lines cannot be written.
    pub(super) fn finish(&mut self) -> anyhow::Result<()> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        file.flush().with_context(|| format!("write {}", path.display()))
    }
}

/// Who hears the events of logs.
pub(super) trait Hears {
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
pub(super) struct Source {
    parts: VecDeque<PathBuf>,
    part: PathBuf,
    lines: Option<Lines>,
    /// The first lines, kept until it is known what they are.
    first: VecDeque<Vec<u8>>,
    wanted: Option<Dialect>,
    reader: Option<Reader>,
    input: u32,
    bytes: Arc<AtomicU64>,
    /// Whether the last part goes on.
    follows: bool,
    /// The line whose turn it is, and its time.
    line: Vec<u8>,
    at: Timestamp,
    pub(super) read: Read,
}

impl Source {
    pub(super) fn new(
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
            input,
            bytes,
            follows,
            line: Vec::new(),
            at: Timestamp::default(),
            read: Read { name, ..Read::default() },
        }
    }

    /// Goes to the next line; `false` where there is none (yet, of a log that goes on). A part that breaks
    /// off, or cannot be opened, is told, and the next one is read.
    pub(super) fn next(&mut self) -> bool {
        loop {
            if let Some(line) = self.first.pop_front() {
                self.line = line;
                return true;
            }
            let goes_on = self.follows && self.parts.is_empty();
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
                    if self.reader.is_none() {
                        self.recognise();
                    }
                    return true;
                }
                Ok(None) if goes_on => return false,
                Ok(None) => self.lines = None,
                Err(error) => {
                    say(&format!(
                        "tidegate: cannot read `{}`: {error}; read up to there",
                        self.part.display()
                    ));
                    self.lines = None;
                }
            }
        }
    }

    /// Opens the next part that can be opened.
    fn open(&mut self) -> bool {
        while let Some(part) = self.parts.pop_front() {
            match open::open(&part, Arc::clone(&self.bytes)) {
                Ok(source) => {
                    self.lines = Some(Lines::new(source));
                    self.part = part;
                    return true;
                }
                Err(error) => {
                    self.read.is_broken = true;
                    say(&format!("tidegate: cannot read `{}`: {error}; left out", part.display()));
                }
            }
        }
        false
    }

    /// Looks at the first lines; the one whose turn it is becomes the first of them again.
    fn recognise(&mut self) {
        let mut bytes = self.line.len();
        self.first.push_back(std::mem::take(&mut self.line));
        while let Some(lines) = &mut self.lines
            && self.first.len() < FIRST
            && bytes < FIRST_BYTES
        {
            let Ok(Some(Line::Whole(line) | Line::Long(line))) = lines.next(self.follows) else { break };
            bytes += line.len();
            self.first.push_back(line.to_vec());
        }
        let known = self.wanted.as_ref().map_or(Dialect::ALL, std::slice::from_ref);
        let verdict = Reader::recognise_among(known, self.first.iter().map(Vec::as_slice));
        self.reader = verdict.map(|verdict| verdict.reader()).or_else(|| self.wanted.map(Reader::new));
        self.read.dialect = self.reader.as_ref().map(Reader::dialect);
        self.line = self.first.pop_front().unwrap_or_default();
    }

    /// The time of the line whose turn it is, as far as it tells one.
    fn time(&mut self) -> Timestamp {
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
    pub(super) fn judge(&mut self, hunt: &mut impl Hears, rejects: &mut Rejects) -> anyhow::Result<()> {
        self.read.lines += 1;
        if self.read.lines == 1
            && let Some(dialect) = self.read.dialect
        {
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
    fn finish(&mut self, hunt: &mut impl Hears) {
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
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }
}

/// Reads all logs to their ends, `tick` after every [`TICK`] lines.
///
/// # Errors
/// As [`Source::judge`].
pub(super) fn all<H: Hears>(
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
