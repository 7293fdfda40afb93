//! What syslog, containers and journals put before a line, taken off.
//!
//! A carrier that cuts long lines into pieces (containers do, at 16 KiB) has them joined by the
//! [`Joiner`]. What a carrier knows of the time is kept for lines that have none of their own.

mod collectors;
mod containers;
mod journal;
mod syslog;

use std::borrow::Cow;

use domain::Timestamp;

use crate::{MOST_LINE, Reject};

/// What a carrier wraps around each line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Prefix {
    /// Nothing.
    #[default]
    None,
    /// Docker's `json-file`: `{"log":"...\n","stream":"stdout","time":"..."}`.
    Docker,
    /// The container runtime interface of Kubernetes: `2026-11-26T11:42:06.1Z stdout F ...`.
    Cri,
    /// `journalctl -o json`: an object with `MESSAGE`.
    JournalJson,
    /// A collector's object with a line of text in it: `{"@timestamp":"...","message":"..."}`.
    Collector,
    /// syslog, RFC 5424 or RFC 3164, from the wire, a file, or `journalctl -o short`.
    Syslog,
    /// `docker compose logs`: `web-1  | ...`, and `kubectl logs --prefix`: `[pod/web/web] ...`.
    Compose,
    /// `docker logs -t`, `kubectl logs --timestamps`: a time and a space.
    Stamp,
}

/// A line without what its carrier wrapped around it.
#[derive(Debug, PartialEq)]
pub(crate) struct Peeled<'l> {
    /// What the program wrote.
    pub text: Cow<'l, [u8]>,
    /// When the carrier got it, where that has a year.
    pub at: Option<Timestamp>,
    /// Whether it is a piece of a longer line.
    pub piece: Piece,
}

/// A line or a piece of one; pieces of one stream belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// The end of what was begun in this stream, mostly a whole line.
    End(Stream),
    /// More follows.
    More(Stream),
    /// A whole line; this carrier cuts none.
    Whole,
}

/// Which of the two streams of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Out,
    Err,
}

impl Prefix {
    /// Those that a source is tried for, the most particular first.
    pub(crate) const TRIED: &[Self] = &[
        Self::Docker,
        Self::Cri,
        Self::JournalJson,
        Self::Collector,
        Self::Syslog,
        Self::Compose,
        Self::Stamp,
    ];

    /// The word for it in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Docker => "docker",
            Self::Cri => "kubernetes",
            Self::JournalJson => "journal-json",
            Self::Collector => "collector",
            Self::Syslog => "syslog",
            Self::Compose => "compose",
            Self::Stamp => "timestamp",
        }
    }

    /// Takes it off `line`; `None` where it is not there.
    pub(crate) fn peel(self, line: &[u8]) -> Option<Peeled<'_>> {
        match self {
            Self::None => Some(whole(line, None)),
            Self::Docker => containers::docker(line),
            Self::Cri => containers::cri(line),
            Self::JournalJson => journal::json(line),
            Self::Collector => collectors::peel(line),
            Self::Syslog => syslog::peel(line),
            Self::Compose => containers::compose(line),
            Self::Stamp => containers::stamp(line),
        }
    }
}

fn whole(text: &[u8], at: Option<Timestamp>) -> Peeled<'_> {
    Peeled { text: Cow::Borrowed(text), at, piece: Piece::Whole }
}

/// Joins pieces of lines: at most [`MOST_LINE`] bytes for each of two streams; a longer line is
/// rejected at its end and none of it kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Joiner {
    out: Held,
    err: Held,
}

#[derive(Clone, Debug, Default)]
struct Held {
    bytes: Vec<u8>,
    too_long: bool,
}

impl Joiner {
    /// The line that `text` completes: itself, mostly; `None` while more follows.
    pub(crate) fn join<'l>(
        &mut self,
        text: Cow<'l, [u8]>,
        piece: Piece,
    ) -> Result<Option<Cow<'l, [u8]>>, Reject> {
        let (stream, ends) = match piece {
            Piece::Whole => return Ok(Some(text)),
            Piece::End(stream) => (stream, true),
            Piece::More(stream) => (stream, false),
        };
        let held = match stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
        };
        if ends && held.bytes.is_empty() && !held.too_long {
            return Ok(Some(text));
        }
        if held.too_long || held.bytes.len() + text.len() > MOST_LINE {
            *held = Held { bytes: Vec::new(), too_long: !ends };
            return if ends { Err(Reject::Long) } else { Ok(None) };
        }
        held.bytes.extend_from_slice(&text);
        Ok(ends.then(|| Cow::Owned(std::mem::take(&mut held.bytes))))
    }

    /// The pieces that no end followed.
    pub(crate) fn rest(&mut self) -> [Vec<u8>; 2] {
        [&mut self.out, &mut self.err].map(|held| std::mem::take(&mut held.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_stream_are_joined_and_streams_are_kept_apart() {
        let mut joiner = Joiner::default();
        let mut join = |text: &'static str, piece| joiner.join(Cow::Borrowed(text.as_bytes()), piece);
        assert_eq!(join("GET ", Piece::More(Stream::Out)), Ok(None));
        assert_eq!(join("oh", Piece::End(Stream::Err)), Ok(Some(b"oh".into())));
        assert_eq!(join("/a", Piece::More(Stream::Out)), Ok(None));
        assert_eq!(join("/b", Piece::End(Stream::Out)), Ok(Some(b"GET /a/b".into())));
        assert_eq!(join("next", Piece::End(Stream::Out)), Ok(Some(b"next".into())));
        assert_eq!(join("cut", Piece::More(Stream::Err)), Ok(None));
        assert_eq!(joiner.rest(), [b"".to_vec(), b"cut".to_vec()]);
    }

    #[test]
    fn a_line_that_grows_too_long_is_rejected_at_its_end_and_nothing_of_it_is_kept() {
        let mut joiner = Joiner::default();
        let piece = vec![b'a'; MOST_LINE / 4];
        for _ in 0..40 {
            assert_eq!(joiner.join(Cow::Borrowed(&piece), Piece::More(Stream::Out)), Ok(None));
            assert!(joiner.out.bytes.capacity() <= 2 * MOST_LINE);
        }
        assert_eq!(joiner.join(Cow::Borrowed(b"end"), Piece::End(Stream::Out)), Err(Reject::Long));
        assert_eq!(joiner.join(Cow::Borrowed(b"next"), Piece::End(Stream::Out)), Ok(Some(b"next".into())));
    }
}
