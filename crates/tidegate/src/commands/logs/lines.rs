//! Lines of a stream, bounded: a line that is too long is told and passed over, and costs no more memory.

use std::io::{self, Read};

/// Bytes asked for at once.
const CHUNK: usize = 256 * 1024;

/// Bytes of one line after which a stream is no log.
const MOST_REST: u64 = 256 << 20;

/// Lines of a stream.
pub(super) struct Lines {
    source: Box<dyn Read>,
    held: Vec<u8>,
    from: usize,
    to: usize,
    /// Whether the line that comes is the rest of one that was too long.
    is_rest: bool,
    /// Bytes of it that were passed over.
    rest: u64,
    ended: bool,
}

/// One line, without its line feed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'l> {
    /// A whole one.
    Whole(&'l [u8]),
    /// The beginning of one that is longer than a line may be; its rest is passed over.
    Long(&'l [u8]),
}

impl Lines {
    pub(super) fn new(source: Box<dyn Read>) -> Self {
        Self { source, held: vec![0; CHUNK], from: 0, to: 0, is_rest: false, rest: 0, ended: false }
    }

    /// The next line; `None` at the end of the stream. What stands at the end without a line feed is a line,
    /// unless the stream `goes_on`: then it is kept until the rest of it came.
    ///
    /// # Errors
    /// When the stream cannot be read, or a line does not end within 256 MiB.
    pub(super) fn next(&mut self, goes_on: bool) -> io::Result<Option<Line<'_>>> {
        let mut looked = self.from;
        loop {
            let fresh = self.held.get(looked..self.to).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', fresh) {
                let end = looked + at;
                let start = std::mem::replace(&mut self.from, end + 1);
                if std::mem::take(&mut self.is_rest) {
                    self.rest = 0;
                    looked = self.from;
                    continue;
                }
                return Ok(Some(Line::Whole(self.held.get(start..end).unwrap_or_default())));
            }
            looked = self.to;
            if self.to - self.from > events::MOST_LINE {
                let start = std::mem::replace(&mut self.from, self.to);
                self.rest += u64::try_from(self.to - start).unwrap_or(0);
                if self.rest > MOST_REST {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "a line does not end within 256 MiB",
                    ));
                }
                if !std::mem::replace(&mut self.is_rest, true) {
                    return Ok(Some(Line::Long(self.held.get(start..self.to).unwrap_or_default())));
                }
            }
            if self.ended || !self.fill(&mut looked)? {
                self.ended = !goes_on;
                if goes_on || self.from == self.to || std::mem::take(&mut self.is_rest) {
                    if !goes_on {
                        self.from = self.to;
                    }
                    return Ok(None);
                }
                let start = std::mem::replace(&mut self.from, self.to);
                return Ok(Some(Line::Whole(self.held.get(start..self.to).unwrap_or_default())));
            }
        }
    }

    /// Reads more behind what is held; whether there was any.
    fn fill(&mut self, looked: &mut usize) -> io::Result<bool> {
        if self.from > 0 {
            self.held.copy_within(self.from..self.to, 0);
            *looked -= self.from;
            (self.from, self.to) = (0, self.to - self.from);
        }
        if self.held.len() - self.to < CHUNK / 2 {
            self.held.resize(self.held.len() + CHUNK, 0);
        }
        let Some(room) = self.held.get_mut(self.to..) else { return Ok(false) };
        loop {
            match self.source.read(room) {
                Ok(0) => return Ok(false),
                Ok(count) => {
                    self.to += count;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that gives a few bytes at a time.
    struct Drops(Vec<u8>, usize);

    impl Read for Drops {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(self.1).min(to.len());
            to[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Ok(count)
        }
    }

    fn lines(text: &[u8], at_once: usize) -> Vec<String> {
        let mut lines = Lines::new(Box::new(Drops(text.to_vec(), at_once)));
        let mut all = Vec::new();
        while let Some(line) = lines.next(false).unwrap() {
            all.push(match line {
                Line::Whole(line) => String::from_utf8_lossy(line).into_owned(),
                Line::Long(line) => format!("long {}", line.first().copied().map_or('-', char::from)),
            });
        }
        all
    }

    #[test]
    fn lines_are_whole_however_they_come() {
        for at_once in [1, 3, 1000] {
            assert_eq!(lines(b"a\n\nbcd\r\nlast", at_once), ["a", "", "bcd\r", "last"]);
            assert_eq!(lines(b"", at_once), [""; 0]);
        }
    }

    #[test]
    fn a_line_without_end_is_told_once_and_passed_over() {
        let mut text = b"first\n".to_vec();
        text.extend(std::iter::repeat_n(b'x', events::MOST_LINE * 3));
        text.extend(b"\nlast\n");
        assert_eq!(lines(&text, 100_000), ["first", "long x", "last"]);
    }

    #[test]
    fn what_has_no_line_ends_is_given_up_in_bounded_memory() {
        let mut lines = Lines::new(Box::new(io::repeat(0)));
        assert!(matches!(lines.next(false), Ok(Some(Line::Long(_)))));
        assert!(lines.next(false).unwrap_err().to_string().contains("256 MiB"));
        assert!(lines.held.len() <= events::MOST_LINE + 2 * CHUNK, "{}", lines.held.len());
    }

    #[test]
    fn a_line_that_is_still_being_written_waits_for_its_rest() {
        let mut lines = Lines::new(Box::new(Drops(b"whole\nhal".to_vec(), 100)));
        assert_eq!(lines.next(true).unwrap(), Some(Line::Whole(b"whole")));
        assert_eq!(lines.next(true).unwrap(), None);
        lines.source = Box::new(Drops(b"f\n".to_vec(), 100));
        assert_eq!(lines.next(true).unwrap(), Some(Line::Whole(b"half")));
    }
}
