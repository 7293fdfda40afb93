//! The thread that keeps a spool on disk.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use super::{Spooled, file};
use crate::disk::Disk;

enum Work {
    Write(u64, u64, Spooled),
    Remove(u64),
    /// The first goes, once the second is there.
    Replaced(u64, u64),
    Flush(SyncSender<bool>),
}

/// What is on disk follows what is in memory, in the same order. It ends when this is dropped, after
/// the work that it was given; nobody waits for it then, for a disk may hang.
pub(super) struct Shadow {
    work: SyncSender<Work>,
    failed: Arc<AtomicU64>,
    /// Closed when the thread has ended and given the lock back.
    ended: Receiver<()>,
}

impl Shadow {
    /// Bound: works that wait for the disk are at most four per place of the spool. What does not fit
    /// is not written, and counted; what is not removed is delivered again after a restart.
    pub(super) fn start(
        disk: Arc<dyn Disk>,
        dir: PathBuf,
        lock: Box<dyn Send + Sync>,
        count: usize,
    ) -> io::Result<Self> {
        let (work, queue) = sync_channel(count.saturating_mul(4).clamp(64, 65_536));
        let failed = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&failed);
        let (end, ended) = sync_channel::<()>(0);
        std::thread::Builder::new().name("alert-spool".into()).spawn(move || {
            keep(&queue, &*disk, &dir, &counted);
            // Held as long as something may be written.
            drop(lock);
            drop(end);
        })?;
        Ok(Self { work, failed, ended })
    }

    pub(super) fn write(&self, id: u64, since: u64, notice: Spooled) {
        if self.work.try_send(Work::Write(id, since, notice)).is_err() {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn remove(&self, id: u64) {
        // Lost, it is delivered again after a restart: at least once, never not at all.
        let _ = self.work.try_send(Work::Remove(id));
    }

    pub(super) fn replaced(&self, old: u64, new: u64) {
        // Lost, both are there after a restart, and the newer wins.
        let _ = self.work.try_send(Work::Replaced(old, new));
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Lets the thread end, and waits for it at most `patience`; whether it ended.
    pub(super) fn close(self, patience: Duration) -> bool {
        let Self { work, failed: _, ended } = self;
        drop(work);
        ended.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected)
    }

    pub(super) fn flush(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let (done, wait) = sync_channel(1);
        let mut flush = Work::Flush(done);
        loop {
            match self.work.try_send(flush) {
                Ok(()) => {
                    return wait.recv_timeout(until.saturating_duration_since(Instant::now())) == Ok(true);
                }
                Err(TrySendError::Full(back)) if Instant::now() < until => {
                    flush = back;
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(_) => return false,
            }
        }
    }
}

fn keep(queue: &Receiver<Work>, disk: &dyn Disk, dir: &Path, failed: &AtomicU64) {
    // What waits in memory only, each with the files of older notices that stand for it meanwhile.
    // Bounded by what waits: a removal takes its entry out.
    let mut missing: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    let mut whole = true;
    let remove = |id: u64| disk.remove(&dir.join(file::name(id))).is_ok();
    while let Ok(work) = queue.recv() {
        match work {
            Work::Write(id, since, notice) => {
                if file::write(disk, dir, id, since, &notice).is_err() {
                    missing.insert(id, Vec::new());
                    failed.fetch_add(1, Ordering::Relaxed);
                }
            }
            // What is not removed comes again after a restart.
            Work::Remove(id) => match missing.remove(&id) {
                Some(older) => whole &= older.into_iter().all(remove),
                None => whole &= remove(id),
            },
            Work::Replaced(old, new) => {
                let mut files = missing.remove(&old).unwrap_or_else(|| vec![old]);
                match missing.get_mut(&new) {
                    // INVARIANT (nothing durable is lost): the older notice stays on disk until the
                    // newer one is there, or is done.
                    Some(older) => older.append(&mut files),
                    None => whole &= files.into_iter().all(remove),
                }
            }
            Work::Flush(done) => {
                let _ = done.send(whole && missing.is_empty());
                whole = true;
            }
        }
    }
}
