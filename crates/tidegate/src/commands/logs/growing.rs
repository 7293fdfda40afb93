//! A file that is followed: whether it was cut, or its name means another one by now.
//!
//! Cut files are what logrotate's `copytruncate` leaves. One that is shorter than what was read of it was
//! cut; so was one in which the last bytes that were read stand no more, for it may have grown beyond them
//! since. What a writer added between the last look and the cut is in the copy only.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// Bytes by which a file is known again.
const TAIL: usize = 256;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands) enum Change {
    /// Nothing, or it grew.
    None,
    /// It was cut: what stands in it now is to be read from its beginning.
    Cut,
    /// Its name means another file.
    Another,
}

/// A file that is followed, by a handle of its own: reading goes on elsewhere.
pub(super) struct Growing {
    path: PathBuf,
    file: File,
    /// Where reading rests, and the bytes before it.
    at: u64,
    tail: Vec<u8>,
}

impl Growing {
    pub(super) fn new(path: &Path, file: File) -> Self {
        Self { path: path.to_owned(), file, at: 0, tail: Vec::new() }
    }

    /// Reading came to the end of the file, `at` bytes from its beginning.
    pub(super) fn rest(&mut self, at: u64) {
        if at == self.at {
            return;
        }
        self.at = at;
        let length = usize::try_from(at).unwrap_or(TAIL).min(TAIL);
        self.tail.resize(length, 0);
        let from = at.saturating_sub(u64::try_from(length).unwrap_or(0));
        if self.file.read_exact_at(&mut self.tail, from).is_err() {
            // It was cut already: no byte is known again.
            self.tail.clear();
        }
    }

    /// What became of it since.
    pub(super) fn change(&self) -> Change {
        let Ok(held) = self.file.metadata() else { return Change::None };
        if held.len() < self.at || !self.is_known().unwrap_or(true) {
            return Change::Cut;
        }
        match std::fs::metadata(&self.path) {
            Ok(named) if !is_same(&held, &named) => Change::Another,
            // Between two files of a rotation there is none.
            _ => Change::None,
        }
    }

    fn is_known(&self) -> io::Result<bool> {
        let mut now = [0; TAIL];
        let Some(now) = now.get_mut(..self.tail.len()) else { return Ok(true) };
        let from = self.at.saturating_sub(u64::try_from(now.len()).unwrap_or(0));
        self.file.read_exact_at(now, from)?;
        Ok(*now == *self.tail)
    }
}

fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_grew_is_the_same_and_one_that_was_cut_or_replaced_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.log");
        let whole = "a line\n".repeat(100);
        let followed = || {
            std::fs::write(&path, &whole).unwrap();
            let mut growing = Growing::new(&path, File::open(&path).unwrap());
            growing.rest(700);
            growing
        };
        let append = |text: &str| {
            use std::io::Write as _;
            std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(text.as_bytes()).unwrap();
        };
        let growing = followed();
        assert_eq!(growing.change(), Change::None);
        append("more\n");
        assert_eq!(growing.change(), Change::None, "it grew");
        // `std::fs::write` cuts the file that is there, as `copytruncate` does.
        std::fs::write(&path, "new\n").unwrap();
        assert_eq!(growing.change(), Change::Cut, "it is shorter");
        let growing = followed();
        std::fs::write(&path, "other line\n".repeat(100)).unwrap();
        assert_eq!(growing.change(), Change::Cut, "it grew beyond what was read since");
        let growing = followed();
        std::fs::rename(&path, folder.path().join("access.log.1")).unwrap();
        assert_eq!(growing.change(), Change::None, "there is no new one yet");
        std::fs::write(&path, "new\n").unwrap();
        assert_eq!(growing.change(), Change::Another);
    }
}
