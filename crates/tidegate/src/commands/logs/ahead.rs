//! What is packed is unpacked on a thread of its own, while the lines before it are judged.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, sync_channel};

/// Bytes of one piece, and pieces that wait: 1 MiB together.
const PIECE: usize = 256 * 1024;
const WAITING: usize = 4;

/// A stream that is read ahead. Its thread ends with the stream, or when this is dropped.
pub(super) struct Ahead {
    pieces: Receiver<io::Result<Vec<u8>>>,
    held: Vec<u8>,
    from: usize,
}

impl Ahead {
    /// # Errors
    /// When no thread can be started.
    pub(super) fn new(mut source: Box<dyn Read + Send>) -> io::Result<Self> {
        let (give, pieces) = sync_channel(WAITING);
        std::thread::Builder::new().name("unpack".into()).spawn(move || {
            loop {
                let mut piece = vec![0; PIECE];
                let read = source.read(&mut piece).map(|count| {
                    piece.truncate(count);
                    piece
                });
                let is_last = read.as_ref().is_ok_and(Vec::is_empty)
                    || read.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
                if give.send(read).is_err() || is_last {
                    break;
                }
            }
        })?;
        Ok(Self { pieces, held: Vec::new(), from: 0 })
    }
}

impl Read for Ahead {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.from >= self.held.len() {
            // A thread that ended said all it had.
            self.held = self.pieces.recv().unwrap_or_else(|_| Ok(Vec::new()))?;
            self.from = 0;
        }
        let rest = self.held.get(self.from..).unwrap_or_default();
        let count = rest.len().min(to.len());
        if let (Some(to), Some(rest)) = (to.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(rest);
        }
        self.from += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives what it has, then breaks.
    struct Breaks(Option<Vec<u8>>);

    impl Read for Breaks {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let Some(bytes) = self.0.take() else { return Err(io::Error::other("broken off")) };
            to[..bytes.len()].copy_from_slice(&bytes);
            Ok(bytes.len())
        }
    }

    #[test]
    fn all_bytes_come_in_their_order_and_an_end_is_an_end() {
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let mut ahead = Ahead::new(Box::new(io::Cursor::new(bytes.clone()))).unwrap();
        let mut all = Vec::new();
        ahead.read_to_end(&mut all).unwrap();
        assert!(all == bytes);
        assert_eq!(ahead.read(&mut [0; 8]).unwrap(), 0, "and stays one");
    }

    #[test]
    fn what_came_before_a_fault_is_given_and_then_the_fault() {
        let mut ahead = Ahead::new(Box::new(Breaks(Some(b"lines\n".to_vec())))).unwrap();
        let mut held = [0; 16];
        assert_eq!(ahead.read(&mut held).unwrap(), 6);
        assert_eq!(ahead.read(&mut held).unwrap_err().to_string(), "broken off");
    }
}
