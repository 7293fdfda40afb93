//! Files as streams of plain bytes: what is compressed is read on the way, in bounded memory.
//!
//! The kind is told by the first bytes, never by the name: a rotated `access.log.2` may well be gzip.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Chain, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::ahead::Ahead;

/// Bytes read at once.
const CHUNK: usize = 256 * 1024;
/// Longest mark of a kind.
const MARK: usize = 6;
/// Memory that a compressed file may ask for, in KiB. What zstd and xz write by default needs 8 and 64 MiB.
const MOST_WINDOW_KIB: u32 = 128 * 1024;

/// Opens a file, or standard input for `-`. `read` counts the bytes read of it, as they are on disk. Where it
/// is a file as it stands, which may grow, a handle to it comes along.
///
/// # Errors
/// When it cannot be opened, its first bytes cannot be read, or it holds no bytes of text.
pub(super) fn open(path: &Path, read: Arc<AtomicU64>) -> io::Result<(Box<dyn Read>, Option<File>)> {
    if path.as_os_str() == "-" {
        let (source, _) = decoded(Counted { raw: Box::new(io::stdin()), read })?;
        return Ok((source, None));
    }
    let file = File::open(path)?;
    let handle = file.try_clone()?;
    let (source, kind) = decoded(Counted { raw: Box::new(file), read })?;
    let may_grow = kind == Kind::Plain && handle.metadata()?.is_file();
    Ok((source, may_grow.then_some(handle)))
}

/// The first bytes of a stream, as many as a mark has.
fn first_of(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut first = Vec::with_capacity(MARK);
    stream.take(u64::try_from(MARK).unwrap_or(0)).read_to_end(&mut first)?;
    Ok(first)
}

/// Text in units of two or four bytes, told by its mark or by the bytes that ASCII leaves empty.
///
/// # Errors
/// When it is such a text: no dialect has bytes like these.
fn text_of_bytes(first: &[u8]) -> io::Result<()> {
    let is_wide = match *first {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 0, 0xfe, 0xff, ..] => true,
        [a, 0, b, 0, c, 0] | [0, a, 0, b, 0, c] => [a, b, c].iter().all(|byte| *byte != 0 && byte.is_ascii()),
        _ => false,
    };
    if is_wide {
        let why =
            "it is text in UTF-16 or UTF-32; write it as UTF-8 first: iconv -f UTF-16 -t UTF-8 IN > OUT";
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    Ok(())
}

fn decoded(mut raw: Counted) -> io::Result<(Box<dyn Read>, Kind)> {
    let first = first_of(&mut raw)?;
    let kind = Kind::of(&first);
    if kind == Kind::Plain {
        text_of_bytes(&first)?;
    }
    let whole: Chain<Cursor<Vec<u8>>, Counted> = Cursor::new(first).chain(raw);
    let whole = BufReader::with_capacity(CHUNK, whole);
    let packed: Box<dyn Read + Send> = match kind {
        Kind::Plain => return Ok((Box::new(whole), kind)),
        Kind::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(whole)),
        Kind::Zstd => Box::new(Frames { source: whole, decoder: FrameDecoder::new(), is_open: false }),
        Kind::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(whole)),
        Kind::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(whole, true, MOST_WINDOW_KIB)),
    };
    let mut ahead = Ahead::new(packed)?;
    let first = first_of(&mut ahead)?;
    text_of_bytes(&first)?;
    Ok((Box::new(Cursor::new(first).chain(ahead)), kind))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
}

impl Kind {
    fn of(first: &[u8]) -> Self {
        match first {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0] => Self::Xz,
            _ => Self::Plain,
        }
    }
}

struct Counted {
    raw: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.raw.read(to)?;
        self.read.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        Ok(count)
    }
}

/// zstd: frames one after the other, and what may be skipped between them (RFC 8878 section 3.1).
struct Frames {
    source: BufReader<Chain<Cursor<Vec<u8>>, Counted>>,
    decoder: FrameDecoder,
    is_open: bool,
}

impl Frames {
    fn open(&mut self) -> io::Result<bool> {
        loop {
            if self.source.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    io::copy(&mut self.source.by_ref().take(u64::from(length)), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }
}

impl Read for Frames {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while !to.is_empty() {
            if !self.is_open {
                self.is_open = self.open()?;
                if !self.is_open {
                    break;
                }
            }
            if !self.decoder.is_finished() && self.decoder.can_collect() < to.len() {
                let wanted = BlockDecodingStrategy::UptoBytes(to.len());
                self.decoder.decode_blocks(&mut self.source, wanted).map_err(io::Error::other)?;
            }
            let count = self.decoder.read(to)?;
            if count > 0 {
                return Ok(count);
            }
            self.is_open = !self.decoder.is_finished();
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn read(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let raw: Box<dyn Read + Send> = Box::new(Cursor::new(bytes.to_vec()));
        let mut out = Vec::new();
        decoded(Counted { raw, read: Arc::default() })?.0.read_to_end(&mut out)?;
        Ok(out)
    }

    fn packed(plain: &[u8]) -> [(&'static str, Vec<u8>); 4] {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(plain).unwrap();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(plain).unwrap();
        let zstd = ruzstd::encoding::compress_to_vec(plain, ruzstd::encoding::CompressionLevel::Fastest);
        // `printf 'one\ntwo\n' | xz`
        let xz = b"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4F\x02\x00!\x01\x16\x00\x00\x00t/\xe5\xa3\x01\x00\x07one\ntwo\n\x00Q\xab\x9e\xafWupI\x00\x01 \x08\xbb\x19\xd9\xbb\x1f\xb6\xf3}\x01\x00\x00\x00\x00\x04YZ".to_vec();
        [("gzip", gzip.finish().unwrap()), ("bzip2", bzip2.finish().unwrap()), ("zstd", zstd), ("xz", xz)]
    }

    #[test]
    fn what_is_packed_reads_as_what_it_was_also_in_several_pieces() {
        for (kind, once) in packed(b"one\ntwo\n") {
            let twice = [once.clone(), once.clone()].concat();
            assert_eq!(read(&once).unwrap(), b"one\ntwo\n", "{kind}");
            assert_eq!(read(&twice).unwrap(), b"one\ntwo\none\ntwo\n", "{kind}");
            assert!(read(&once[..once.len() - 5]).is_err(), "{kind}: cut off");
        }
        for plain in [&b""[..], b"a", b"198.51.100.7 - -"] {
            assert_eq!(read(plain).unwrap(), plain);
        }
    }

    #[test]
    fn text_in_wide_units_is_said_to_be_so_packed_or_not() {
        let wide = |order: fn(u16) -> [u8; 2], mark: &str| {
            let units = format!("{mark}198.51.100.7 - -\n");
            units.encode_utf16().flat_map(order).collect::<Vec<u8>>()
        };
        for mark in ["\u{feff}", ""] {
            for text in [wide(u16::to_le_bytes, mark), wide(u16::to_be_bytes, mark)] {
                assert!(read(&text).unwrap_err().to_string().contains("iconv"), "{mark:?}");
                for (kind, packed) in packed(&text).into_iter().take(3) {
                    assert!(read(&packed).unwrap_err().to_string().contains("iconv"), "{kind} {mark:?}");
                }
            }
        }
        // A byte-order mark of UTF-8, and bytes that are no text, are left to the dialects.
        for other in [&b"\xef\xbb\xbf198.51.100.7"[..], &[0; 64], b"\x16\x03\x01\x00\xa5\x01"] {
            assert!(read(other).is_ok(), "{other:?}");
        }
    }
}
