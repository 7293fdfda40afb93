//! Segments as they stand on the disk, and the chain they form.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use domain::Timestamp;
use ledger::{Entry, Frame, HEADER_BYTES, Header, Malformed, Mark, Reader};

use crate::disk::Disk;
use crate::layout::Layout;

/// One segment of the chain.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) header: Header,
    pub(crate) path: PathBuf,
    /// Where it ends, as its successor says; `None` for the last one.
    pub(crate) sealed: Option<Mark>,
}

/// The segments of a ledger from first to last, following each header to its predecessor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chain {
    pub(crate) links: Vec<Link>,
    /// What a successor names and is not there (unless pruned: see the checkpoint), in order.
    pub(crate) missing: Vec<Missing>,
    /// Numbers of all segment files, also of those that are no part of the ledger.
    pub(crate) numbers: Vec<u64>,
    /// Numbers of files that no write of a ledger left there as they are: something else, or a segment
    /// whose header is damaged and that no successor continues.
    pub(crate) strays: Vec<u64>,
}

/// A place of the chain where one or more segments are missing, or have no readable header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    /// Where the last of them ended, as their successor says.
    pub(crate) end: Mark,
    /// The number of the segment before them; 0 where there is none.
    pub(crate) after: u64,
    /// When the segment before them was begun: no entry of theirs is older.
    pub(crate) from: Timestamp,
    /// When their successor was begun: no entry of theirs is younger.
    pub(crate) until: Timestamp,
    /// A file of that number is there; its header is damaged.
    pub(crate) is_there: bool,
}

impl Missing {
    pub(crate) const fn why(&self) -> &'static str {
        if self.is_there { "its header is damaged" } else { "the file is missing" }
    }
}

impl Chain {
    pub(crate) fn read(disk: &dyn Disk, layout: &Layout) -> io::Result<Self> {
        let numbers = layout.numbers(disk)?;
        let mut headers = Vec::new();
        let mut strays = Vec::new();
        for number in numbers.iter().rev() {
            let path = layout.segment(*number);
            match header_of(disk, &path).and_then(|header| match header {
                Some(header) if header.number == *number => Ok(Some(header)),
                // A header that is not whole was never followed by an entry.
                _ => is_begun(disk, &path).map(|begun| {
                    strays.extend((!begun).then_some(*number));
                    None
                }),
            }) {
                Ok(header) => headers.extend(header.map(|header| (header, path))),
                // A file that is gone was pruned between listing and reading.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let mut chain = Self { numbers, ..Self::default() };
        let mut after: Option<Header> = None;
        for (header, path) in headers {
            let sealed = match after {
                None => None,
                Some(after) if header.number == after.previous.segment => Some(after.previous),
                // Skipped by its successor: begun, and abandoned before the first entry was durable.
                Some(after) if header.number > after.previous.segment => continue,
                Some(after) => {
                    chain.note_missing(after, Some(header));
                    None
                }
            };
            after = Some(header);
            chain.links.push(Link { header, path, sealed });
        }
        if let Some(first) = after
            && first.previous.segment > 0
        {
            chain.note_missing(first, None);
        }
        chain.links.reverse();
        chain.missing.reverse();
        // What a successor continues is told as missing.
        let is_missing = |number: u64| {
            chain.missing.iter().any(|missing| (missing.after + 1..=missing.end.segment).contains(&number))
        };
        strays.retain(|number| !is_missing(*number));
        strays.reverse();
        chain.strays = strays;
        Ok(chain)
    }

    fn note_missing(&mut self, successor: Header, before: Option<Header>) {
        let end = successor.previous;
        self.missing.push(Missing {
            end,
            after: before.map_or(0, |before| before.number),
            from: before.map_or(Timestamp::from_millis(0), |before| before.created),
            until: successor.created,
            is_there: self.numbers.contains(&end.segment),
        });
    }

    /// What is missing before `link`, if anything.
    pub(crate) fn missing_before(&self, link: &Link) -> Option<&Missing> {
        self.missing.iter().find(|missing| missing.end == link.header.previous)
    }
}

pub(crate) fn header_of(disk: &dyn Disk, path: &Path) -> io::Result<Option<Header>> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    disk.open(path)?.take(HEADER_BYTES.try_into().unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
    Ok(Header::decode(&bytes).ok())
}

/// Whether the file at `path`, whose header cannot be read, may be a segment whose first write tore.
fn is_begun(disk: &dyn Disk, path: &Path) -> io::Result<bool> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    disk.open(path)?.take(wide(HEADER_BYTES).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(Header::is_begun(&bytes))
}

/// Reads the entries of one segment, with one buffer that holds the largest frame met.
pub(crate) struct Scan {
    reader: Reader,
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    /// Bytes of the segment that may still be read into the buffer.
    left: u64,
    at_end: bool,
    broken: Option<Malformed>,
}

const CHUNK: usize = 256 << 10;

impl Scan {
    /// Begins at the first entry of `link`; reads no byte beyond where the segment is sealed.
    pub(crate) fn open(disk: &dyn Disk, link: &Link) -> io::Result<Self> {
        let most = link.sealed.map_or(u64::MAX, |mark| mark.length);
        Self::of(disk.open(&link.path)?, &link.header, most)
    }

    /// Reads `input`, which begins with the bytes of `header`, up to its byte `most`.
    pub(crate) fn of(mut input: Box<dyn Read + Send>, header: &Header, most: u64) -> io::Result<Self> {
        io::copy(&mut input.by_ref().take(wide(HEADER_BYTES)), &mut io::sink())?;
        Ok(Self {
            reader: Reader::after(header),
            input,
            buffer: Vec::new(),
            start: 0,
            left: most.saturating_sub(wide(HEADER_BYTES)),
            at_end: false,
            broken: None,
        })
    }

    /// The next entry; `None` at the end, torn or not.
    pub(crate) fn next(&mut self) -> io::Result<Option<Entry>> {
        let mut needed = ledger::FRAME_BYTES;
        loop {
            let rest = self.buffer.get(self.start..).unwrap_or_default();
            if rest.len() >= needed {
                match self.reader.next(rest) {
                    Frame::Whole(entry, used) => {
                        self.start = self.start.saturating_add(used);
                        return Ok(Some(*entry));
                    }
                    Frame::Short(more) => needed = more,
                    Frame::Broken(why) => {
                        self.broken = Some(why);
                        return Ok(None);
                    }
                }
            } else if self.at_end {
                return Ok(None);
            } else {
                self.fill(needed)?;
            }
        }
    }

    fn fill(&mut self, needed: usize) -> io::Result<()> {
        self.buffer.drain(..self.start.min(self.buffer.len()));
        self.start = 0;
        let wanted = wide(needed.saturating_sub(self.buffer.len()).max(CHUNK)).min(self.left);
        let read = self.input.by_ref().take(wanted).read_to_end(&mut self.buffer)?;
        self.left = self.left.saturating_sub(wide(read));
        self.at_end = wide(read) < wanted || self.left == 0;
        Ok(())
    }

    /// Where the last whole entry ended.
    pub(crate) fn mark(&self) -> Mark {
        self.reader.mark()
    }

    /// Whether what follows the last whole entry is the beginning of a frame, or nothing, or zeros
    /// (blocks that a file got and that were never written).
    pub(crate) fn is_unfinished(&self) -> bool {
        let rest = self.buffer.get(self.start..).unwrap_or_default();
        self.broken.is_none() || rest.iter().all(|byte| *byte == 0)
    }

    /// Why reading stopped before the end; `None` when it stopped at a whole entry.
    pub(crate) fn torn(&self) -> Option<Malformed> {
        self.broken.or_else(|| {
            let rest = self.buffer.len().saturating_sub(self.start);
            (rest > 0).then_some(Malformed("the last frame is incomplete"))
        })
    }
}

pub(crate) fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
