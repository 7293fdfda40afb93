//! A file of lines written by its own thread: the exchange log.
//!
//! Writers never wait for the disk: the queue holds [`QUEUE`] lines, and what does not fit is dropped
//! and counted. That is right for a log and wrong for an account; exposures go to the ledger.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Lines that may wait for the disk.
pub const QUEUE: usize = 65_536;

enum Work {
    Line(String),
    Reopen,
    Flush(SyncSender<()>),
}

/// An append-only file of lines. Dropping it writes what waits.
pub struct LineLog {
    work: Option<SyncSender<Work>>,
    writer: Option<JoinHandle<()>>,
    dropped: Arc<AtomicU64>,
}

impl LineLog {
    /// Opens `path` for appending; the file is created with mode 0600, for it holds addresses.
    ///
    /// # Errors
    /// When the file cannot be opened or the thread not started.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = append_to(path)?;
        let (work, queue) = sync_channel(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let lost = Arc::clone(&dropped);
        let path = path.to_owned();
        let writer = std::thread::Builder::new()
            .name("exchange-log".into())
            .spawn(move || write(&queue, file, &path, &lost))?;
        Ok(Self { work: Some(work), writer: Some(writer), dropped })
    }

    /// Queues one line (without line end). Never blocks; a full queue drops the line and counts it.
    pub fn append(&self, line: String) {
        let sent = self.work.as_ref().is_some_and(|work| work.try_send(Work::Line(line)).is_ok());
        if !sent {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Opens the path anew: call it after the file was moved away (log rotation, SIGHUP).
    pub fn reopen(&self) {
        if let Some(work) = &self.work {
            // A full queue only delays rotation to the next signal.
            let _ = work.try_send(Work::Reopen);
        }
    }

    /// Waits until everything queued so far is written, at most `patience`.
    pub fn flush(&self, patience: Duration) {
        let (done, wait) = sync_channel(1);
        if self.work.as_ref().is_some_and(|work| work.send(Work::Flush(done)).is_ok()) {
            let _ = wait.recv_timeout(patience);
        }
    }

    /// Lines dropped so far, because the queue was full or the disk refused.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for LineLog {
    fn drop(&mut self) {
        self.work = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn append_to(path: &Path) -> io::Result<BufWriter<File>> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|file| BufWriter::with_capacity(1 << 16, file))
}

fn write(queue: &Receiver<Work>, mut file: BufWriter<File>, path: &Path, dropped: &AtomicU64) {
    let lose = |result: io::Result<()>| {
        if result.is_err() {
            dropped.fetch_add(1, Ordering::Relaxed);
        }
    };
    loop {
        match queue.recv_timeout(Duration::from_millis(500)) {
            Ok(Work::Line(line)) => {
                lose(file.write_all(line.as_bytes()).and_then(|()| file.write_all(b"\n")))
            }
            Ok(Work::Reopen) => {
                lose(file.flush());
                if let Ok(fresh) = append_to(path) {
                    file = fresh;
                }
            }
            Ok(Work::Flush(done)) => {
                lose(file.flush());
                let _ = done.send(());
            }
            Err(RecvTimeoutError::Timeout) => lose(file.flush()),
            Err(RecvTimeoutError::Disconnected) => {
                lose(file.flush());
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_arrive_in_order_and_a_rotated_file_is_opened_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exchanges.ndjson");
        let log = LineLog::open(&path).unwrap();
        log.append("one".into());
        log.append("two".into());
        log.flush(Duration::from_secs(5));
        let moved = folder.path().join("exchanges.1");
        std::fs::rename(&path, &moved).unwrap();
        log.reopen();
        log.append("three".into());
        drop(log);
        assert_eq!(std::fs::read_to_string(&moved).unwrap(), "one\ntwo\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three\n");
    }

    #[test]
    fn the_log_is_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exchanges.ndjson");
        drop(LineLog::open(&path).unwrap());
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}
