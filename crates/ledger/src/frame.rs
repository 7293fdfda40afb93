//! Segments: a header, then frames, each bound to everything before it.
//!
//! ```text
//! segment = header frame*
//! header  = "tidegate ledger1" number created previous{number length head} crc   (88 bytes)
//! frame   = length:u32 crc:u32 link:8 bytes payload                              (16 bytes + payload)
//! ```
//! Numbers are little-endian. `crc` is CRC-32 over length, link and payload: it tells a torn write
//! from a whole one. The *head* after a frame is SHA-256 over the head before it and the payload;
//! `link` is its first eight bytes, so that an edited frame is found at its place. Whoever can edit
//! the file can also recompute links: only a head that was kept elsewhere (an *anchor*: the log has
//! one each minute) proves that nothing was rewritten.
//!
//! INVARIANT (length of the previous): a segment ends where its successor says. Bytes after that
//! belong to a write that failed, was never acknowledged, and is not part of the ledger.

use std::fmt;
use std::str::FromStr;

use domain::Timestamp;
use sha2::{Digest, Sha256};

use crate::codec::{Reading, Writing};
use crate::wire::{Input, Malformed};
use crate::{Entry, EntryError};

/// Bytes of a segment's header.
pub const HEADER_BYTES: usize = 88;
/// Bytes of a frame beside its payload.
pub const FRAME_BYTES: usize = 16;
/// Largest payload of a frame: some 300,000 subjects with three keys.
pub const MOST_FRAME_BYTES: usize = 16 << 20;

const MAGIC: &[u8; 16] = b"tidegate ledger1";

/// The hash over everything in the ledger up to a point; printed, it is an anchor.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Head([u8; 32]);

impl Head {
    /// The head of an empty ledger.
    pub const GENESIS: Self = Self([0; 32]);

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn then(self, payload: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(payload);
        Self(hash.finalize().into())
    }

    fn link(&self) -> [u8; 8] {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        [a, b, c, d, e, f, g, h]
    }
}

impl fmt::Display for Head {
    /// 64 lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Head {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = Malformed("a head hash is 64 hexadecimal digits");
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong);
        }
        let (high, low) = text.split_at(32);
        let half = |text| u128::from_str_radix(text, 16).map(u128::to_be_bytes).map_err(|_| wrong);
        let mut bytes = [0; 32];
        let (first, second) = bytes.split_at_mut(16);
        first.copy_from_slice(&half(high)?);
        second.copy_from_slice(&half(low)?);
        Ok(Self(bytes))
    }
}

impl serde::Serialize for Head {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Head {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A place in the ledger: so many bytes into a segment, and the head there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Mark {
    /// Number of the segment; 0 before the first.
    pub segment: u64,
    /// Bytes of the segment up to here, its header included.
    pub length: u64,
    /// The head here.
    pub head: Head,
}

impl Mark {
    /// Where a ledger begins.
    pub const GENESIS: Self = Self { segment: 0, length: 0, head: Head::GENESIS };
}

/// The first bytes of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its number, from 1, larger than every one before.
    pub number: u64,
    /// When it was begun.
    pub created: Timestamp,
    /// Where the ledger ended before it.
    pub previous: Mark,
}

impl Header {
    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(MAGIC);
        for number in [self.number, self.created.millis(), self.previous.segment, self.previous.length] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&self.previous.head.0);
        let crc = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&u64::from(crc).to_le_bytes());
        let mut header = [0; HEADER_BYTES];
        header.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        header
    }

    /// Reads the header at the start of `bytes`.
    ///
    /// # Errors
    /// When `bytes` are too few, are no segment, or are damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let (covered, _) =
            bytes.split_at_checked(HEADER_BYTES - 8).ok_or(Malformed("the segment header is incomplete"))?;
        let mut input = Input(bytes);
        if input.array::<16>()? != *MAGIC {
            return Err(Malformed("this is no ledger segment"));
        }
        let mut number = || input.array().map(u64::from_le_bytes);
        let (own, created, segment, length) = (number()?, number()?, number()?, number()?);
        let head = Head(input.array()?);
        if u64::from_le_bytes(input.array()?) != u64::from(crc32fast::hash(covered)) {
            return Err(Malformed("the segment header is damaged"));
        }
        Ok(Self {
            number: own,
            created: Timestamp::from_millis(created),
            previous: Mark { segment, length, head },
        })
    }

    /// Whether `bytes`, all that a file holds, may be what a write that tore left of a header: no more
    /// than one, and of its first words, or nothing but zeros that a disk put where it had promised room.
    #[must_use]
    pub fn is_begun(bytes: &[u8]) -> bool {
        let begins = bytes.iter().zip(MAGIC).all(|(byte, magic)| byte == magic);
        bytes.len() <= HEADER_BYTES && (begins || bytes.iter().all(|byte| *byte == 0))
    }

    fn mark(&self) -> Mark {
        let head = self.previous.head.then(&self.encode());
        Mark { segment: self.number, length: bytes(HEADER_BYTES), head }
    }
}

/// Writes a segment: entries in, bytes out.
pub struct Writer {
    mark: Mark,
    codec: Writing,
    payload: Vec<u8>,
}

impl Writer {
    /// A writer at the end of `header`, whose bytes the caller writes first.
    #[must_use]
    pub fn after(header: &Header) -> Self {
        Self { mark: header.mark(), codec: Writing::default(), payload: Vec::new() }
    }

    /// Appends the frame of `entry` to `out`.
    ///
    /// # Errors
    /// When the entry does not fit the format; then nothing was appended and the writer is as before.
    pub fn push(&mut self, entry: &Entry, out: &mut Vec<u8>) -> Result<(), EntryError> {
        entry.check()?;
        self.payload.clear();
        self.codec.entry(entry, &mut self.payload);
        self.frame(out);
        Ok(())
    }

    /// Appends a frame that is sound on the outside around whatever `payload` is, so that the fuzz
    /// target reaches what the checksum and the chain guard.
    #[cfg(feature = "fuzzing")]
    pub fn push_payload(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        self.payload.clear();
        self.payload.extend_from_slice(payload);
        self.frame(out);
    }

    fn frame(&mut self, out: &mut Vec<u8>) {
        self.mark.head = self.mark.head.then(&self.payload);
        let length = u32::try_from(self.payload.len()).unwrap_or(u32::MAX).to_le_bytes();
        let link = self.mark.head.link();
        out.extend_from_slice(&length);
        out.extend_from_slice(&frame_crc(length, link, &self.payload));
        out.extend_from_slice(&link);
        out.extend_from_slice(&self.payload);
        self.mark.length = self.mark.length.saturating_add(bytes(FRAME_BYTES + self.payload.len()));
    }

    /// Where the segment ends now, if all that was pushed is written.
    #[must_use]
    pub const fn mark(&self) -> Mark {
        self.mark
    }
}

/// What stands at a place in a segment.
#[derive(Debug)]
pub enum Frame {
    /// A whole entry, and how many bytes its frame took.
    Whole(Box<Entry>, usize),
    /// A frame may begin here, but at least so many bytes are needed to tell.
    Short(usize),
    /// No frame of this ledger stands here.
    Broken(Malformed),
}

/// Reads a segment: bytes in, entries out.
pub struct Reader {
    mark: Mark,
    codec: Reading,
}

impl Reader {
    /// A reader at the end of `header`.
    #[must_use]
    pub fn after(header: &Header) -> Self {
        Self { mark: header.mark(), codec: Reading::default() }
    }

    /// Reads the frame at the start of `bytes`, which begin where the last one ended.
    /// After [`Frame::Broken`] nothing further can be read.
    pub fn next(&mut self, bytes: &[u8]) -> Frame {
        match self.frame(bytes) {
            Ok(frame) => frame,
            Err(why) => Frame::Broken(why),
        }
    }

    fn frame(&mut self, from: &[u8]) -> Result<Frame, Malformed> {
        let mut input = Input(from);
        let Some(length) = from.first_chunk::<4>().copied() else { return Ok(Frame::Short(FRAME_BYTES)) };
        let count = usize::try_from(u32::from_le_bytes(length))
            .ok()
            .filter(|count| (1..=MOST_FRAME_BYTES).contains(count))
            .ok_or(Malformed("a frame has an impossible length"))?;
        if from.len() < FRAME_BYTES + count {
            return Ok(Frame::Short(FRAME_BYTES + count));
        }
        let _length = input.array::<4>()?;
        let crc = input.array::<4>()?;
        let link = input.array::<8>()?;
        let payload = input.take(count)?;
        if frame_crc(length, link, payload) != crc {
            return Err(Malformed("a frame is torn or damaged"));
        }
        let head = self.mark.head.then(payload);
        if head.link() != link {
            return Err(Malformed("a frame does not continue what stands before it"));
        }
        let entry = self.codec.entry(payload)?;
        self.mark.head = head;
        self.mark.length = self.mark.length.saturating_add(bytes(FRAME_BYTES + count));
        Ok(Frame::Whole(Box::new(entry), FRAME_BYTES + count))
    }

    /// Where the last whole frame ended.
    #[must_use]
    pub const fn mark(&self) -> Mark {
        self.mark
    }
}

fn frame_crc(length: [u8; 4], link: [u8; 8], payload: &[u8]) -> [u8; 4] {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&length);
    crc.update(&link);
    crc.update(payload);
    crc.finalize().to_le_bytes()
}

/// A length in memory as a length in a file.
fn bytes(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
