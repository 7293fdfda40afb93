//! Exchange logs, and what the running gateway holds of them, read line by line: by `check`, `inventory` and
//! `config propose`.
//!
//! A line that cannot be read is counted and left out; the caller says so. Memory is one line. A log that
//! grows meanwhile is read as far as it went when it was first looked at, so that readings agree.

use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use domain::{Exchange, Timestamp};

use crate::exit::{Failure, say};

/// Longest line that is read, in bytes; a longer one counts as unreadable.
const MOST_LINE: u64 = 1 << 20;
/// One unreadable line in so many is told; more are an error, for what they would show is not judged.
const MOST_UNREADABLE: u64 = 100;

/// How much of a log was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) lines: u32,
    pub(super) unreadable: u64,
}

impl Read {
    /// Whether so much cannot be read that nothing can be said.
    pub(super) fn is_unjudged(self) -> bool {
        self.unreadable.saturating_mul(MOST_UNREADABLE) > u64::from(self.lines)
    }
}

/// A log, as far as it goes now.
pub(super) struct Log {
    source: Source,
    bytes: u64,
}

/// Where a log stands.
enum Source {
    File(PathBuf),
    /// What a running gateway held.
    Held(Arc<str>),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Held(_) => f.write_str("what the gateway holds"),
        }
    }
}

impl Log {
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let opened = File::open(path).and_then(|file| file.metadata());
        let opened = opened.with_context(|| format!("open {}", path.display()));
        let help = "name an exchange log, as `tidegate serve --exchange-log` writes it";
        let found = opened.map_err(|error| Failure::Input(format!("error: {error:#}\n = help: {help}")))?;
        if !found.is_file() {
            return Err(Failure::Input(format!(
                "error: `{}` is no file, and a log is read more than once\n = help: {help}",
                path.display()
            )));
        }
        Ok(Self { source: Source::File(path.to_owned()), bytes: found.len() })
    }

    /// Gives every exchange with its line to `take`, in the order of the log.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn each(&self, mut take: impl FnMut(&Exchange, u32)) -> Result<Read, Failure> {
        let mut read = Read::default();
        self.until(
            |exchange, line| {
                take(exchange, line);
                true
            },
            &mut read,
        )?;
        Ok(read)
    }

    /// The time of its first exchange.
    fn begins(&self) -> Result<Timestamp, Failure> {
        let mut first = Timestamp::from_millis(0);
        let stop = |exchange: &Exchange, _| {
            first = exchange.at;
            false
        };
        self.until(stop, &mut Read::default())?;
        Ok(first)
    }

    fn until(&self, mut take: impl FnMut(&Exchange, u32) -> bool, read: &mut Read) -> Result<(), Failure> {
        let opened: Box<dyn std::io::Read + '_> = match &self.source {
            Source::File(path) => {
                Box::new(File::open(path).with_context(|| format!("open {}", path.display()))?)
            }
            Source::Held(text) => Box::new(text.as_bytes()),
        };
        let mut reader = BufReader::new(opened.take(self.bytes));
        let mut line = Vec::new();
        // Whether the end of a line that is too long is still to come.
        let mut is_rest = false;
        loop {
            line.clear();
            let got = reader.by_ref().take(MOST_LINE).read_until(b'\n', &mut line).context("read the log")?;
            if got == 0 {
                return Ok(());
            }
            let is_whole = line.ends_with(b"\n") || u64::try_from(got).unwrap_or(u64::MAX) < MOST_LINE;
            let was_rest = std::mem::replace(&mut is_rest, !is_whole);
            if was_rest {
                continue;
            }
            read.lines = read.lines.saturating_add(1);
            let text = if is_whole { std::str::from_utf8(&line).ok() } else { None };
            match text.and_then(|text| report::exchange::parse(text.trim_end()).ok()) {
                Some(exchange) => {
                    if !take(&exchange, read.lines) {
                        return Ok(());
                    }
                }
                None => read.unreadable += 1,
            }
        }
    }
}

/// Several logs, the one that begins first first.
pub(super) struct Logs(Vec<Log>);

impl Logs {
    /// The lines that a running gateway held.
    pub(super) fn held(lines: Arc<str>) -> Self {
        let bytes = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        Self(vec![Log { source: Source::Held(lines), bytes }])
    }

    /// # Errors
    /// When one cannot be opened.
    pub(super) fn open(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut logs = Vec::new();
        for path in paths {
            let log = Log::open(path)?;
            logs.push((log.begins()?, log));
        }
        logs.sort_by_key(|(begins, _)| *begins);
        Ok(Self(logs.into_iter().map(|(_, log)| log).collect()))
    }

    /// Gives every exchange with its line to `take`; says on stderr what cannot be read. Whether so much
    /// cannot be read that the gate stays shut.
    ///
    /// # Errors
    /// When a file cannot be read, or none holds an exchange.
    pub(super) fn told(&self, take: impl FnMut(&Exchange, u32)) -> Result<bool, Failure> {
        let read = self.each(take)?;
        let mut is_unjudged = false;
        let mut found = 0_u64;
        for (log, read) in self.0.iter().zip(&read) {
            found = found.saturating_add(u64::from(read.lines).saturating_sub(read.unreadable));
            is_unjudged |= read.is_unjudged();
            if read.unreadable > 0 {
                let Read { lines, unreadable } = read;
                say(&format!(
                    "tidegate: {unreadable} of {lines} lines of {} cannot be read, and are left out",
                    log.source
                ));
            }
        }
        if found == 0 {
            let names: Vec<String> = self.0.iter().map(|log| format!("`{}`", log.source)).collect();
            return Err(Failure::Input(format!(
                "error: no exchange stands in {}\n = help: name an exchange log, as `tidegate serve --exchange-log` writes it",
                names.join(", ")
            )));
        }
        Ok(is_unjudged)
    }

    /// The same again, in silence.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(super) fn each(&self, mut take: impl FnMut(&Exchange, u32)) -> Result<Vec<Read>, Failure> {
        self.0.iter().map(|log| log.each(&mut take)).collect()
    }
}

/// What is said where too much could not be read.
pub(super) fn unjudged() -> Failure {
    Failure::Input(
        "error: more than one line in a hundred cannot be read: what they would show is not judged".into(),
    )
}
