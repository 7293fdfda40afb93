//! Content codings, decoded within bounds: gzip, deflate (zlib and raw), br, zstd; at most two stacked.
//!
//! A [`Decoder`] takes pieces as they come and never holds more output than its bound: a bomb stops
//! at the bound, not at its end.

mod zstd;

use std::borrow::Cow;
use std::io::{self, Write};

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use smallvec::SmallVec;

/// A content coding (RFC 9110 section 8.4.1, RFC 7932, RFC 8878).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// `gzip`, `x-gzip`.
    Gzip,
    /// `deflate`: zlib by the standard, raw by some servers; told apart by its first two bytes.
    Deflate,
    /// `br`.
    Brotli,
    /// `zstd`.
    Zstd,
}

/// The codings of a body in the order in which they were applied; `identity` is none.
pub type Codings = SmallVec<[Coding; 2]>;

/// Why a body cannot be decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// A coding that we do not know.
    #[error("a content coding is unknown")]
    UnknownCoding,
    /// More than two codings on top of each other.
    #[error("more than two content codings are stacked")]
    TooManyCodings,
    /// Decoded, it is larger than the limit.
    #[error("the decoded body is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The bytes are not what the coding says, or break off.
    #[error("the body is not what its content coding says")]
    Malformed,
}

/// The codings that `headers` name.
///
/// # Errors
/// An unknown coding, or more than two.
pub fn codings(headers: &HeaderMap) -> Result<Codings, DecodeError> {
    let mut codings = Codings::new();
    let names = headers.get_all(CONTENT_ENCODING).iter();
    for name in names.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii) {
        let is = |text: &str| name.eq_ignore_ascii_case(text.as_bytes());
        let coding = match () {
            () if name.is_empty() || is("identity") => continue,
            () if is("gzip") || is("x-gzip") => Coding::Gzip,
            () if is("deflate") => Coding::Deflate,
            () if is("br") => Coding::Brotli,
            () if is("zstd") => Coding::Zstd,
            () => return Err(DecodeError::UnknownCoding),
        };
        if codings.len() == 2 {
            return Err(DecodeError::TooManyCodings);
        }
        codings.push(coding);
    }
    Ok(codings)
}

/// Decodes a whole `body`; gives it back uncopied where there is nothing to decode.
///
/// # Errors
/// [`DecodeError::TooLarge`] above `limit` decoded bytes (also of a body without coding),
/// [`DecodeError::Malformed`] where it is not what `codings` say, or breaks off.
pub fn decode_all(body: &Bytes, codings: &[Coding], limit: usize) -> Result<Bytes, DecodeError> {
    if codings.is_empty() {
        return if body.len() > limit { Err(DecodeError::TooLarge { limit }) } else { Ok(body.clone()) };
    }
    let mut decoder = Decoder::new(codings, limit)?;
    decoder.push(body)?;
    decoder.finish().map(Bytes::from)
}

/// Decodes piece by piece.
pub struct Decoder {
    /// The coding applied last is decoded first.
    layers: SmallVec<[Layer; 2]>,
    limit: usize,
    out: Vec<u8>,
    /// Bytes given out by [`Decoder::take`] before.
    taken: usize,
}

impl Decoder {
    /// A decoder for a body with `codings`, that gives at most `limit` bytes altogether.
    ///
    /// # Errors
    /// More than two codings.
    pub fn new(codings: &[Coding], limit: usize) -> Result<Self, DecodeError> {
        if codings.len() > 2 {
            return Err(DecodeError::TooManyCodings);
        }
        let layers = codings.iter().rev().map(|coding| Layer::new(*coding, limit)).collect();
        Ok(Self { layers, limit, out: Vec::new(), taken: 0 })
    }

    /// Decodes the next piece of the body.
    ///
    /// # Errors
    /// See [`decode_all`]. After an error the decoder is of no use.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        self.run(piece, false)
    }

    /// What was decoded since the last call.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        self.taken += self.out.len();
        std::mem::take(&mut self.out)
    }

    /// Ends the body, and gives what was decoded since the last [`Decoder::take`].
    ///
    /// # Errors
    /// [`DecodeError::Malformed`] where the body breaks off.
    pub fn finish(mut self) -> Result<Vec<u8>, DecodeError> {
        self.run(&[], true)?;
        Ok(self.out)
    }

    fn run(&mut self, piece: &[u8], last: bool) -> Result<(), DecodeError> {
        let mut current = Cow::Borrowed(piece);
        for layer in &mut self.layers {
            current = Cow::Owned(layer.run(&current, last)?);
        }
        if self.taken + self.out.len() + current.len() > self.limit {
            return Err(DecodeError::TooLarge { limit: self.limit });
        }
        if self.out.is_empty() {
            self.out = current.into_owned();
        } else {
            self.out.extend_from_slice(&current);
        }
        Ok(())
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// A sink that refuses to grow beyond its bound.
struct Bounded {
    bytes: Vec<u8>,
    /// Bytes that may still be written.
    left: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Engine {
    Gzip(flate2::write::MultiGzDecoder<Bounded>),
    /// Fewer than two bytes seen: zlib or raw is not known yet.
    Undecided(Vec<u8>, Bounded),
    Zlib(flate2::write::ZlibDecoder<Bounded>),
    Raw(flate2::write::DeflateDecoder<Bounded>),
    Brotli(Box<brotli_decompressor::DecompressorWriter<Bounded>>),
    Zstd(Box<zstd::Frames>, Bounded),
}

struct Layer {
    engine: Engine,
    limit: usize,
    any: bool,
}

impl Layer {
    fn new(coding: Coding, limit: usize) -> Self {
        let sink = Bounded { bytes: Vec::new(), left: limit };
        let engine = match coding {
            Coding::Gzip => Engine::Gzip(flate2::write::MultiGzDecoder::new(sink)),
            Coding::Deflate => Engine::Undecided(Vec::new(), sink),
            Coding::Brotli => {
                Engine::Brotli(Box::new(brotli_decompressor::DecompressorWriter::new(sink, 8192)))
            }
            Coding::Zstd => Engine::Zstd(Box::new(zstd::Frames::new(limit)), sink),
        };
        Self { engine, limit, any: false }
    }

    /// Decodes `piece`, and the end where `last` says so. An empty body is empty under any coding.
    fn run(&mut self, piece: &[u8], last: bool) -> Result<Vec<u8>, DecodeError> {
        self.any |= !piece.is_empty();
        if !self.any {
            return Ok(Vec::new());
        }
        let done = self.feed(piece).and_then(|()| if last { self.end() } else { Ok(()) });
        match done {
            Ok(()) => Ok(std::mem::take(&mut self.sink().bytes)),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                Err(DecodeError::TooLarge { limit: self.limit })
            }
            Err(_) => Err(DecodeError::Malformed),
        }
    }

    fn feed(&mut self, piece: &[u8]) -> io::Result<()> {
        if let Engine::Undecided(seen, sink) = &mut self.engine {
            seen.extend_from_slice(piece);
            let &[first, second, ..] = seen.as_slice() else { return Ok(()) };
            let check = u16::from_be_bytes([first, second]);
            let sink = Bounded { bytes: Vec::new(), left: sink.left };
            let seen = std::mem::take(seen);
            // RFC 1950 section 2.2: method 8, and the two bytes divide by 31.
            self.engine = if first & 15 == 8 && check % 31 == 0 {
                Engine::Zlib(flate2::write::ZlibDecoder::new(sink))
            } else {
                Engine::Raw(flate2::write::DeflateDecoder::new(sink))
            };
            return self.feed(&seen);
        }
        match &mut self.engine {
            Engine::Gzip(gzip) => gzip.write_all(piece).and_then(|()| gzip.flush()),
            Engine::Zlib(zlib) => all_written(zlib, piece),
            Engine::Raw(raw) => all_written(raw, piece),
            Engine::Brotli(brotli) => brotli.write_all(piece),
            Engine::Zstd(frames, sink) => frames.push(piece, sink),
            Engine::Undecided(..) => Ok(()),
        }
    }

    fn end(&mut self) -> io::Result<()> {
        match &mut self.engine {
            Engine::Gzip(gzip) => gzip.try_finish(),
            Engine::Zlib(zlib) => zlib.try_finish(),
            Engine::Raw(raw) => raw.try_finish(),
            Engine::Brotli(brotli) => brotli.close(),
            Engine::Zstd(frames, _) => frames.end(),
            Engine::Undecided(..) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn sink(&mut self) -> &mut Bounded {
        match &mut self.engine {
            Engine::Gzip(gzip) => gzip.get_mut(),
            Engine::Zlib(zlib) => zlib.get_mut(),
            Engine::Raw(raw) => raw.get_mut(),
            Engine::Brotli(brotli) => brotli.get_mut(),
            Engine::Zstd(_, sink) | Engine::Undecided(_, sink) => sink,
        }
    }
}

/// Writes all of `piece`; bytes behind the end of the stream make the body malformed.
fn all_written(decoder: &mut impl Write, mut piece: &[u8]) -> io::Result<()> {
    while !piece.is_empty() {
        match decoder.write(piece)? {
            0 => return Err(io::ErrorKind::InvalidData.into()),
            taken => piece = piece.get(taken..).unwrap_or_default(),
        }
    }
    decoder.flush()
}

#[cfg(test)]
mod tests;
