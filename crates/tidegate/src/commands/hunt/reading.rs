//! One log from its first line to its last: recognised, read, counted.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use events::{Dialect, Reader};
use hunt::{Hunt, LineRef};

use super::inputs::Log;
use super::lines::{Line, Lines};
use super::open;
use super::progress::Progress;
use crate::exit::{Failure, say};

/// Lines from which a dialect is recognised.
const FIRST: usize = 256;
/// Bytes of them.
const FIRST_BYTES: usize = 8 << 20;
/// Lines between two looks at the clock.
const TICK: u64 = 8192;

/// What was read of a log.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) name: String,
    pub(super) dialect: Option<Dialect>,
    pub(super) lines: u64,
    pub(super) unreadable: u64,
    pub(super) events: u64,
}

/// Where lines go that cannot be read.
pub(super) struct Rejects {
    file: Option<(PathBuf, BufWriter<File>)>,
}

impl Rejects {
    /// # Errors
    /// When the file cannot be made.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
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

/// Reads the parts of a log. A part that breaks off is told, and the next one is read.
///
/// # Errors
/// When a part cannot be opened, or the rejects cannot be written.
pub(super) fn log(
    log: &Log,
    input: u32,
    dialect: Option<Dialect>,
    hunt: &mut Hunt,
    rejects: &mut Rejects,
    progress: &mut Progress,
) -> Result<Read, Failure> {
    let name = log.parts.last().map_or_else(String::new, |part| part.display().to_string());
    let mut read = Read { name, ..Read::default() };
    let mut reader: Option<Reader> = None;
    for part in &log.parts {
        let wrong = |error: &dyn std::fmt::Display| format!("cannot read `{}`: {error}", part.display());
        let source = open::open(part, Arc::clone(&progress.read))
            .map_err(|error| Failure::Input(format!("error: {}", wrong(&error))))?;
        let mut lines = Lines::new(source);
        let mut first: Vec<Vec<u8>> = Vec::new();
        // The first lines are kept until it is known what they are.
        let mut broken = None;
        while reader.is_none()
            && first.len() < FIRST
            && first.iter().map(Vec::len).sum::<usize>() < FIRST_BYTES
        {
            match lines.next(false) {
                Ok(Some(Line::Whole(line) | Line::Long(line))) => first.push(line.to_vec()),
                Ok(None) => break,
                Err(error) => {
                    broken = Some(error);
                    break;
                }
            }
        }
        if reader.is_none() {
            let texts = first.iter().map(Vec::as_slice);
            let known = dialect.as_ref().map_or(Dialect::ALL, std::slice::from_ref);
            let verdict = Reader::recognise_among(known, texts);
            reader = verdict.map(|verdict| verdict.reader()).or_else(|| dialect.map(Reader::new));
            read.dialect = reader.as_ref().map(Reader::dialect);
        }
        let Some(reader) = &mut reader else {
            // Nothing that is a log, or nothing yet: the next part may say more.
            read.lines += count(&first);
            read.unreadable += count(&first);
            for line in &first {
                rejects.keep(line)?;
            }
            say(&format!(
                "tidegate: no dialect reads the first lines of `{}`; it is left out",
                part.display()
            ));
            continue;
        };
        for line in &first {
            one(reader, line, input, &mut read, hunt, rejects)?;
        }
        loop {
            match lines.next(false) {
                Ok(Some(Line::Whole(line) | Line::Long(line))) => {
                    one(reader, line, input, &mut read, hunt, rejects)?;
                    if read.lines.is_multiple_of(TICK) {
                        progress.tick();
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    broken = Some(error);
                    break;
                }
            }
        }
        if let Some(error) = broken {
            say(&format!("tidegate: {}; read up to there", wrong(&error)));
        }
    }
    if let Some(reader) = &mut reader {
        let at = LineRef { input, line: read.lines };
        let _ = reader.finish(&mut |event| {
            read.events += 1;
            hunt.take(&event, at);
        });
    }
    Ok(read)
}

fn one(
    reader: &mut Reader,
    line: &[u8],
    input: u32,
    read: &mut Read,
    hunt: &mut Hunt,
    rejects: &mut Rejects,
) -> anyhow::Result<()> {
    read.lines += 1;
    let at = LineRef { input, line: read.lines };
    let events = &mut read.events;
    let result = reader.read(line, &mut |event| {
        *events += 1;
        hunt.take(&event, at);
    });
    if result.is_err() {
        read.unreadable += 1;
        rejects.keep(line)?;
    }
    Ok(())
}

fn count(lines: &[Vec<u8>]) -> u64 {
    u64::try_from(lines.len()).unwrap_or(u64::MAX)
}
