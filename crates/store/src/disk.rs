//! The few things that the ledger asks of a disk, so that tests can answer them badly.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

/// A disk: the file system ([`FileSystem`]), or one that forgets, tears, reorders and fails
/// ([`crate::testing::FaultyDisk`]).
pub trait Disk: Send + Sync {
    /// Creates a directory (0700) and those above it; no error when it exists.
    ///
    /// # Errors
    /// The disk's own, as in every method below.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Creates a new file (0600), never an existing one.
    ///
    /// # Errors
    /// `AlreadyExists` when the path exists.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Opens a file for reading from its start.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>>;
    /// Makes the bytes of an existing file durable.
    ///
    /// # Errors
    /// When the disk cannot promise it.
    fn sync_data(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a directory durable.
    ///
    /// # Errors
    /// When the disk cannot promise it.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Length of a file in bytes.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    fn len(&self, path: &Path) -> io::Result<u64>;
    /// Names of the files in a directory, in no order; none when there is no such directory.
    ///
    /// # Errors
    /// The disk's own.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;
    /// Renames a file over another, atomically.
    ///
    /// # Errors
    /// The disk's own.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Takes the lock of the file at `path`, which is created when missing; `None` when another
    /// process holds it. Dropping the value gives it back, and so does the end of the process.
    ///
    /// # Errors
    /// The disk's own.
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Send + Sync>>>;
    /// Whether nobody but its owner can read the file.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    fn is_private(&self, path: &Path) -> io::Result<bool>;
}

/// A file that is being written.
pub trait DiskFile: Send {
    /// Writes all of `bytes` at the end. After an error any part of them may have been written.
    ///
    /// # Errors
    /// The disk's own, such as `StorageFull`.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes everything appended so far durable (`fdatasync`).
    ///
    /// # Errors
    /// When the disk cannot promise it. The state of the file is unknown afterwards: a second call
    /// that succeeds proves nothing (Linux reports a lost write once).
    fn sync_data(&mut self) -> io::Result<()>;
}

/// The file system of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileSystem;

impl Disk for FileSystem {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Box::new(options.open(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(path)?))
    }

    fn sync_data(&self, path: &Path) -> io::Result<()> {
        OpenOptions::new().append(true).open(path)?.sync_data()
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        Ok(fs::metadata(path)?.len())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        // A name that is no UTF-8 is none of ours.
        entries.filter_map(|entry| entry.map(|e| e.file_name().into_string().ok()).transpose()).collect()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Send + Sync>>> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn is_private(&self, path: &Path) -> io::Result<bool> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            Ok(fs::metadata(path)?.permissions().mode() & 0o077 == 0)
        }
        #[cfg(not(unix))]
        fs::metadata(path).map(|_| true)
    }
}

impl DiskFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        File::sync_data(self)
    }
}

/// Reads a small file whole.
pub(crate) fn read_small(disk: &dyn Disk, path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    disk.open(path)?.take(64 << 10).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Puts a small file in place, whole or not at all, durably.
pub(crate) fn put_small(disk: &dyn Disk, dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let fresh = dir.join(format!("{name}.new"));
    match disk.remove(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = disk.create(&fresh)?;
    file.append(bytes)?;
    file.sync_data()?;
    drop(file);
    disk.rename(&fresh, &dir.join(name))?;
    disk.sync_dir(dir)
}
