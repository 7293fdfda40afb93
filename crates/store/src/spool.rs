//! Notices that wait until their receiver has taken them, in memory and on disk.
//!
//! [`Spool`] keeps what waits in memory, within bounds of number and bytes, and a thread of its own
//! keeps the same on disk: whoever puts or takes never waits for the disk, and a disk that is full or
//! hangs costs durability, never the alert. A notice is durable some milliseconds after it was put;
//! after a kill it may be delivered a second time, under the same group and sequence, and is never
//! half there. What a notice means and who gets it is `alert`'s.
//!
//! Order: the gravest first, of these the one that waits longest. Of one group only the newest waits
//! (beside the one under way): an older one is superseded and goes. When there is no room, the oldest
//! of the least grave goes, and is counted.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::{ByteSize, Timestamp};

use crate::disk::Disk;

mod file;
mod shadow;

use shadow::Shadow;

/// A notice as it waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spooled {
    /// What it belongs to: newer notices of a group supersede older ones.
    pub group: Arc<str>,
    /// Its place within the group.
    pub sequence: u64,
    /// How grave; greater is graver.
    pub rank: u8,
    /// One line.
    pub title: Arc<str>,
    /// Its size, as the sender counts: what makes an update worth telling.
    pub records: u64,
    /// When it was made.
    pub at: Timestamp,
    /// What is delivered.
    pub body: Arc<[u8]>,
}

/// The name of a waiting notice: greater is later. A notice that supersedes another has a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpoolId(pub(crate) u64);

/// Bounds of a spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpoolLimits {
    /// Most notices. At least 1.
    pub count: usize,
    /// Most bytes of all bodies.
    pub bytes: ByteSize,
}

/// What became of a notice that was put.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Put {
    /// It is older than, or the same as, one of its group that waits: nothing changed.
    pub stale: bool,
    /// It took the place of an older one of its group.
    pub superseded: bool,
    /// Notices that went for want of room; the one that was put may be among them.
    pub dropped: u64,
}

/// What was found when a spool was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpoolOpening {
    /// Notices that wait since before.
    pub waiting: usize,
    /// Files that were no whole notice, and were removed.
    pub damaged: u64,
    /// Notices above the bounds, which were dropped.
    pub dropped: u64,
}

/// Why a spool cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpoolError {
    /// The disk refused.
    #[error("cannot open the folder for waiting alerts")]
    Disk(#[source] io::Error),
    /// Another process has it.
    #[error("another process delivers the alerts of this folder")]
    Held,
}

struct Waiting {
    notice: Spooled,
    /// Since when its group waits: the id of the first one that it took the place of.
    since: u64,
}

/// Waiting notices; see the module. Bound: [`SpoolLimits`].
pub struct Spool {
    waiting: BTreeMap<u64, Waiting>,
    bytes: u64,
    next: u64,
    /// The one under way is neither superseded nor dropped.
    under_way: Option<u64>,
    limits: SpoolLimits,
    shadow: Shadow,
}

impl Spool {
    /// Opens the spool in `dir`, which is made when missing, and starts the thread that keeps it on
    /// `disk`.
    ///
    /// # Errors
    /// See [`SpoolError`].
    pub fn open(
        dir: &Path,
        disk: Arc<dyn Disk>,
        limits: SpoolLimits,
    ) -> Result<(Self, SpoolOpening), SpoolError> {
        let limits = SpoolLimits { count: limits.count.max(1), ..limits };
        disk.create_dir(dir).map_err(SpoolError::Disk)?;
        let lock = disk.lock(&dir.join("lock")).map_err(SpoolError::Disk)?.ok_or(SpoolError::Held)?;
        let (found, damaged) = file::read_all(&*disk, dir).map_err(SpoolError::Disk)?;
        let next = found.last().map_or(1, |(id, ..)| id.saturating_add(1));
        let shadow = Shadow::start(disk, dir.to_owned(), lock, limits.count).map_err(SpoolError::Disk)?;
        let mut spool = Self { waiting: BTreeMap::new(), bytes: 0, next, under_way: None, limits, shadow };
        let mut dropped = 0;
        for (id, since, notice) in found {
            if spool.is_stale(&notice) {
                spool.shadow.remove(id);
            } else {
                dropped += spool.place(id, since, notice).dropped;
            }
        }
        let opening = SpoolOpening { waiting: spool.waiting.len(), damaged, dropped };
        Ok((spool, opening))
    }

    /// Takes a notice in; see the module for what may go for it. Never waits.
    pub fn put(&mut self, notice: Spooled) -> Put {
        if self.is_stale(&notice) {
            return Put { stale: true, ..Put::default() };
        }
        let id = self.next;
        self.next = self.next.saturating_add(1);
        let since = self.rival(&notice).map_or(id, |(_, rival)| rival.since);
        // Before what it supersedes is removed: a kill in between leaves both, and the newer wins.
        self.shadow.write(id, since, notice.clone());
        self.place(id, since, notice)
    }

    fn is_stale(&self, notice: &Spooled) -> bool {
        let same = |waiting: &Waiting| waiting.notice.group == notice.group;
        self.waiting.values().any(|waiting| same(waiting) && waiting.notice.sequence >= notice.sequence)
    }

    /// The one of its group that waits and is not under way.
    fn rival(&self, notice: &Spooled) -> Option<(u64, &Waiting)> {
        let found = self
            .waiting
            .iter()
            .find(|(id, waiting)| waiting.notice.group == notice.group && self.under_way != Some(**id));
        found.map(|(id, waiting)| (*id, waiting))
    }

    fn place(&mut self, id: u64, since: u64, notice: Spooled) -> Put {
        let mut put = Put::default();
        let rival = self.rival(&notice).map(|(id, _)| id);
        self.bytes = self.bytes.saturating_add(length(&notice));
        self.waiting.insert(id, Waiting { notice, since });
        if let Some(gone) = rival.and_then(|rival| self.waiting.remove(&rival)) {
            self.bytes = self.bytes.saturating_sub(length(&gone.notice));
            put.superseded = true;
        }
        if let Some(rival) = rival {
            self.shadow.replaced(rival, id);
        }
        while self.waiting.len() > self.limits.count || self.bytes > self.limits.bytes.bytes() {
            let Some(victim) = self.victim() else { break };
            self.take_out(victim);
            put.dropped += 1;
        }
        put
    }

    /// The oldest of the least grave that are not under way.
    fn victim(&self) -> Option<u64> {
        let free = self.waiting.iter().filter(|(id, _)| self.under_way != Some(**id));
        free.min_by_key(|(_, waiting)| (waiting.notice.rank, waiting.since)).map(|(id, _)| *id)
    }

    fn take_out(&mut self, id: u64) {
        if let Some(gone) = self.waiting.remove(&id) {
            self.bytes = self.bytes.saturating_sub(length(&gone.notice));
            self.shadow.remove(id);
        }
        if self.under_way == Some(id) {
            self.under_way = None;
        }
    }

    /// The first notice in order that `fits`; it is under way from now on, until [`Spool::done`] or
    /// [`Spool::put_back`].
    pub fn take(&mut self, fits: impl Fn(SpoolId, &Spooled) -> bool) -> Option<(SpoolId, Spooled)> {
        let fitting = self.waiting.iter().filter(|(id, waiting)| fits(SpoolId(**id), &waiting.notice));
        let first =
            fitting.min_by_key(|(_, waiting)| (std::cmp::Reverse(waiting.notice.rank), waiting.since));
        let (id, waiting) = first?;
        self.under_way = Some(*id);
        Some((SpoolId(*id), waiting.notice.clone()))
    }

    /// Whether one that `fits` waits beside the one under way.
    #[must_use]
    pub fn waits(&self, fits: impl Fn(SpoolId, &Spooled) -> bool) -> bool {
        let mut others = self.waiting.iter().filter(|(id, _)| self.under_way != Some(**id));
        others.any(|(id, waiting)| fits(SpoolId(*id), &waiting.notice))
    }

    /// The receiver has it, or never will: it goes.
    pub fn done(&mut self, id: SpoolId) {
        self.take_out(id.0);
    }

    /// It was not delivered and waits again; `false` where a newer one of its group has come since,
    /// which supersedes it.
    pub fn put_back(&mut self, id: SpoolId) -> bool {
        self.under_way = None;
        let Some(back) = self.waiting.get(&id.0) else { return false };
        let since = back.since;
        let (group, sequence) = (Arc::clone(&back.notice.group), back.notice.sequence);
        let newer = self
            .waiting
            .iter_mut()
            .find(|(_, other)| other.notice.group == group && other.notice.sequence > sequence);
        let Some((newest, newer)) = newer else { return true };
        newer.since = newer.since.min(since);
        let newest = *newest;
        if let Some(gone) = self.waiting.remove(&id.0) {
            self.bytes = self.bytes.saturating_sub(length(&gone.notice));
        }
        self.shadow.replaced(id.0, newest);
        false
    }

    /// Drops what was made before `before` and is not under way; how many.
    pub fn drop_older(&mut self, before: Timestamp) -> u64 {
        let old = self.waiting.iter();
        let old = old.filter(|(id, waiting)| waiting.notice.at < before && self.under_way != Some(**id));
        let old: Vec<u64> = old.map(|(id, _)| *id).collect();
        old.iter().for_each(|id| self.take_out(*id));
        u64::try_from(old.len()).unwrap_or(u64::MAX)
    }

    /// Whether `id` still waits.
    #[must_use]
    pub fn holds(&self, id: SpoolId) -> bool {
        self.waiting.contains_key(&id.0)
    }

    /// The newest that waits.
    #[must_use]
    pub fn newest(&self) -> Option<SpoolId> {
        self.waiting.last_key_value().map(|(id, _)| SpoolId(*id))
    }

    /// How many wait, the one under way included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Bytes of all bodies that wait.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Notices so far that the disk would not keep: they wait in memory only.
    #[must_use]
    pub fn not_durable(&self) -> u64 {
        self.shadow.failed()
    }

    /// Waits until the disk holds what was put and nothing that is done, at most `patience`; whether it
    /// does. Blocks: not for a worker thread of a runtime.
    #[must_use]
    pub fn flush(&self, patience: Duration) -> bool {
        self.shadow.flush(patience)
    }

    /// Lets the disk catch up and gives the folder back, within `patience`; whether it did. After it
    /// another one may open it. Blocks, as [`Spool::flush`] does.
    #[must_use]
    pub fn close(self, patience: Duration) -> bool {
        self.shadow.close(patience)
    }
}

fn length(notice: &Spooled) -> u64 {
    u64::try_from(notice.body.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
