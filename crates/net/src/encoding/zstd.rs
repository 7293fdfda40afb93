//! Zstandard frames (RFC 8878) fed piece by piece to a decoder that wants whole blocks.

use std::io::{self, Write as _};

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::Bounded;

/// Largest window, from RFC 9659: what a decoder of the `zstd` content coding must support at least
/// and an encoder may use at most.
const MOST_WINDOW: u64 = 8 << 20;

const MAGIC: u32 = 0xFD2F_B528;

/// Frames one after the other; skippable ones are skipped.
pub(super) struct Frames {
    decoder: FrameDecoder,
    /// Bytes that do not yet make a whole header or block; less than one block (128 KiB) and a piece.
    waiting: Vec<u8>,
    place: Place,
    /// Largest window of a single-segment frame, whose window is its content.
    most_content: u64,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    FrameHeader,
    Block,
    Checksum,
    Skipping(usize),
}

impl Frames {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            decoder: FrameDecoder::new(),
            waiting: Vec::new(),
            place: Place::FrameHeader,
            most_content: MOST_WINDOW.max(u64::try_from(limit).unwrap_or(u64::MAX)),
        }
    }

    pub(super) fn push(&mut self, piece: &[u8], sink: &mut Bounded) -> io::Result<()> {
        self.waiting.extend_from_slice(piece);
        let waiting = std::mem::take(&mut self.waiting);
        let mut rest = waiting.as_slice();
        while let Some(used) = self.step(rest, sink)? {
            rest = rest.get(used..).unwrap_or_default();
        }
        self.waiting = rest.to_vec();
        Ok(())
    }

    pub(super) fn end(&self) -> io::Result<()> {
        if self.place == Place::FrameHeader && self.waiting.is_empty() {
            return Ok(());
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    }

    /// Takes one whole thing off the front of `rest`; `None` when there is none yet.
    fn step(&mut self, rest: &[u8], sink: &mut Bounded) -> io::Result<Option<usize>> {
        match self.place {
            Place::FrameHeader => self.frame_header(rest),
            Place::Block => self.block(rest, sink),
            Place::Checksum if rest.len() < 4 => Ok(None),
            Place::Checksum => {
                self.place = Place::FrameHeader;
                Ok(Some(4))
            }
            Place::Skipping(0) => {
                self.place = Place::FrameHeader;
                Ok(Some(0))
            }
            Place::Skipping(_) if rest.is_empty() => Ok(None),
            Place::Skipping(left) => {
                let used = left.min(rest.len());
                self.place = Place::Skipping(left - used);
                Ok(Some(used))
            }
        }
    }

    fn frame_header(&mut self, rest: &[u8]) -> io::Result<Option<usize>> {
        let Some(magic) = little_endian(rest, 0, 4) else { return Ok(None) };
        if magic & !15 == 0x184D_2A50 {
            let Some(length) = little_endian(rest, 4, 4) else { return Ok(None) };
            self.place = Place::Skipping(usize::try_from(length).map_err(|_| io::ErrorKind::InvalidData)?);
            return Ok(Some(8));
        }
        if magic != u64::from(MAGIC) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let Some(&descriptor) = rest.get(4) else { return Ok(None) };
        let single = descriptor & 0x20 != 0;
        let window_bytes = usize::from(!single);
        let dictionary_bytes = match descriptor & 3 {
            0 => 0,
            1 => 1,
            2 => 2,
            _ => 4,
        };
        let content_bytes = match descriptor >> 6 {
            0 => usize::from(single),
            1 => 2,
            2 => 4,
            _ => 8,
        };
        let length = 5 + window_bytes + dictionary_bytes + content_bytes;
        if rest.len() < length {
            return Ok(None);
        }
        let too_wide = if single {
            let content = little_endian(rest, length - content_bytes, content_bytes).unwrap_or(0);
            content > self.most_content
        } else {
            let byte = rest.get(5).copied().unwrap_or(u8::MAX);
            let base = 1_u64 << (10 + u32::from(byte >> 3));
            base + (base / 8) * u64::from(byte & 7) > MOST_WINDOW
        };
        if too_wide {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut header = rest.get(..length).unwrap_or_default();
        self.decoder.reset(&mut header).map_err(io::Error::other)?;
        self.place = Place::Block;
        Ok(Some(length))
    }

    fn block(&mut self, rest: &[u8], sink: &mut Bounded) -> io::Result<Option<usize>> {
        let Some(header) = little_endian(rest, 0, 3) else { return Ok(None) };
        let (last, kind, size) = (header & 1 == 1, (header >> 1) & 3, header >> 3);
        let content = if kind == 1 { 1 } else { usize::try_from(size).unwrap_or(usize::MAX) };
        if size > 128 * 1024 || kind == 3 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let Some(mut block) = rest.get(..3 + content) else { return Ok(None) };
        // The decoder reads a checksum behind the last block by itself: it gets a stand-in of four
        // bytes, and the real ones are passed over when they come.
        let with_stand_in;
        if last {
            with_stand_in = [block, &[0; 4]].concat();
            block = &with_stand_in;
        }
        self.decoder
            .decode_blocks(&mut block, BlockDecodingStrategy::UptoBlocks(1))
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        self.drain(sink)?;
        if last {
            let left = block.len();
            // Four bytes left: no checksum was wanted.
            self.place = if left == 0 { Place::Checksum } else { Place::FrameHeader };
        }
        Ok(Some(3 + content))
    }

    fn drain(&mut self, sink: &mut Bounded) -> io::Result<()> {
        if self.decoder.can_collect() > sink.left {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if let Some(bytes) = self.decoder.collect() {
            sink.write_all(&bytes)?;
        }
        Ok(())
    }
}

/// `length` bytes of `bytes` from `at` as a little-endian number; `None` when they are not all there.
fn little_endian(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let part = bytes.get(at..at + length)?;
    Some(part.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
