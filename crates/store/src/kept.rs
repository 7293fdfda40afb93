//! A file of the state folder that is replaced whole: the old one or the new one is there, never a part.

use std::io::{self, Read, Write};
use std::path::Path;

use crate::disk::{Disk, FileSystem, put_small};

/// Puts `bytes` into the file `name` of `dir` (0600), durably.
///
/// # Errors
/// The disk's own; the file before is still there then.
pub fn put(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    put_small(&FileSystem, dir, name, bytes)
}

/// What the file `name` of `dir` holds, `most` bytes at most; `None` where there is none.
///
/// # Errors
/// The disk's own, and `FileTooLarge`.
pub fn read(dir: &Path, name: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match FileSystem.open(&dir.join(name)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(Some(bytes))
}

/// Appends `line` and a line end to the file `name` of `dir` (0600), durably.
///
/// # Errors
/// The disk's own; nobody knows then whether the line is there.
pub fn append(dir: &Path, name: &str, line: &str) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(dir.join(name))?;
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_read_within_its_bound() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read(dir.path(), "x.state", 9).unwrap(), None);
        put(dir.path(), "x.state", b"first").unwrap();
        put(dir.path(), "x.state", b"second").unwrap();
        assert_eq!(read(dir.path(), "x.state", 6).unwrap().unwrap(), b"second");
        assert_eq!(read(dir.path(), "x.state", 5).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(FileSystem.is_private(&dir.path().join("x.state")).unwrap());
        assert_eq!(FileSystem.list(dir.path()).unwrap(), ["x.state"]);
    }

    #[test]
    fn lines_are_appended_and_nobody_else_reads_them() {
        let dir = tempfile::tempdir().unwrap();
        append(dir.path(), "audit.ndjson", "one").unwrap();
        append(dir.path(), "audit.ndjson", "two").unwrap();
        assert_eq!(read(dir.path(), "audit.ndjson", 99).unwrap().unwrap(), b"one\ntwo\n");
        assert!(FileSystem.is_private(&dir.path().join("audit.ndjson")).unwrap());
    }
}
