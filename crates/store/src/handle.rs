//! The ledger as the gateway holds it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use arc_swap::ArcSwap;
use domain::{Completion, ExchangeId, Exposure, Timestamp};
use ledger::{DigestKey, Entry, EntryError, Head, Mark, Withheld};
use tokio::sync::{Semaphore, oneshot};

use crate::coalesce::{Coalescer, Refusals};
use crate::disk::Disk;
use crate::layout::Layout;
use crate::queue::{Job, Queue};
use crate::settings::LedgerSettings;

/// Weight of everything that may wait for the disk; an append weighs one, and one for every 64 subjects.
const ROOM: u32 = 4096;

/// Evidence that an entry survives a crash: only the ledger makes one, and what releases bytes
/// asks for it.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a durable entry that releases nothing is an account of what did not happen"]
pub struct Durable {
    exchange: Option<ExchangeId>,
    is_repeat: bool,
}

impl Durable {
    /// The exchange that the entry accounts for; `None` for entries about none.
    #[must_use]
    pub const fn exchange(&self) -> Option<ExchangeId> {
        self.exchange
    }

    /// Whether it was a repeated read of an own record, counted and not written: it has no entry
    /// of its own to be completed.
    #[must_use]
    pub const fn is_repeat(&self) -> bool {
        self.is_repeat
    }
}

/// Why an entry is not durable. Nothing may be released.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The entry does not fit the format.
    #[error("the exposure does not fit the ledger")]
    Entry(#[source] EntryError),
    /// The disk refused the write or the promise; the segment is abandoned.
    #[error("the ledger's disk refused: {why}")]
    Disk {
        /// In the operating system's words.
        why: Arc<str>,
    },
    /// An earlier write failed and no fresh segment could be begun since.
    #[error("the ledger is unavailable after a failed write; it tries a fresh segment each second")]
    Unavailable,
    /// The disk did not answer in time. The entry may become durable later; it then has no completion.
    #[error("the ledger's disk did not answer in time")]
    TimedOut,
    /// The ledger was closed.
    #[error("the ledger is closed")]
    Closed,
}

/// What the handle and the thread share.
pub(crate) struct Shared {
    pub(crate) settings: LedgerSettings,
    pub(crate) queue: Queue,
    pub(crate) room: Semaphore,
    pub(crate) healthy: AtomicBool,
    pub(crate) durable: Mutex<Mark>,
    pub(crate) key: ArcSwap<DigestKey>,
    pub(crate) coalescer: Coalescer,
    pub(crate) refusals: Refusals,
    pub(crate) counters: Counters,
}

#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) entries: AtomicU64,
    pub(crate) kinds: [AtomicU64; 5],
    pub(crate) bytes: AtomicU64,
    pub(crate) syncs: AtomicU64,
    pub(crate) failures: AtomicU64,
    pub(crate) dropped_notes: AtomicU64,
    pub(crate) repeats: AtomicU64,
}

/// Entries made durable, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntriesByKind {
    /// Exposures, before their bytes.
    pub intended: u64,
    /// Ends of exposures.
    pub completed: u64,
    /// Counts of repeated reads of own records.
    pub repeated: u64,
    /// Confirmed hints.
    pub confirmed: u64,
    /// Refusals and starts.
    pub other: u64,
}

/// Figures since the ledger was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LedgerStats {
    /// Entries made durable.
    pub entries: u64,
    /// The same by kind.
    pub kinds: EntriesByKind,
    /// Bytes that they took.
    pub bytes: u64,
    /// Group commits.
    pub syncs: u64,
    /// Writes or promises that the disk refused.
    pub failures: u64,
    /// Notes dropped because the disk refused for too long: their exposures end as unknown.
    pub dropped_notes: u64,
    /// Own-record reads that were counted and not written.
    pub repeats: u64,
}

impl Counters {
    /// Counts one durable entry.
    pub(crate) fn count(&self, entry: &Entry) {
        let [intended, completed, repeated, confirmed, other] = &self.kinds;
        let kind = match entry {
            Entry::Intended(_) => intended,
            Entry::Completed { .. } => completed,
            Entry::Repeated { .. } => repeated,
            Entry::Confirmed { .. } => confirmed,
            Entry::Refused(_) | Entry::Started(_) | Entry::Counted { .. } => other,
        };
        kind.fetch_add(1, Ordering::Relaxed);
        self.entries.fetch_add(1, Ordering::Relaxed);
    }
}

impl Shared {
    pub(crate) fn new(settings: LedgerSettings, key: DigestKey, durable: Mark) -> Self {
        Self {
            settings,
            queue: Queue::default(),
            room: Semaphore::new(usize::try_from(ROOM).unwrap_or(usize::MAX)),
            healthy: AtomicBool::new(true),
            durable: Mutex::new(durable),
            key: ArcSwap::from_pointee(key),
            coalescer: Coalescer::new(settings.coalesce_slots),
            refusals: Refusals::new(),
            counters: Counters::default(),
        }
    }

    pub(crate) fn note(&self, entry: Entry) {
        if entry.check().is_err() || !self.queue.note(entry) {
            self.counters.dropped_notes.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        *self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open ledger. Share it in an `Arc`; [`Ledger::close`] it before the process ends.
///
/// One thread of its own writes everything: whatever waits is one write and one `fdatasync`, so the
/// throughput rises with the number of waiting exchanges.
pub struct Ledger {
    pub(crate) shared: Arc<Shared>,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) layout: Layout,
    /// Segments that opening told of as lost.
    pub(crate) lost: Vec<u64>,
    pub(crate) thread: Mutex<Option<JoinHandle<()>>>,
}

impl Ledger {
    /// The key for digests made now. It changes when a period of keys begins: ask per exchange.
    #[must_use]
    pub fn digest_key(&self) -> Arc<DigestKey> {
        self.shared.key.load_full()
    }

    /// Makes `entry` durable. INVARIANT (ledger-before-bytes): the bytes that an exposure is about
    /// leave after this has returned `Ok`, never before.
    ///
    /// Dropping the future midway is safe: the entry may still become durable, without completion,
    /// and then counts as unknown.
    ///
    /// # Errors
    /// When it is not durable, for whatever reason: then nothing may leave.
    pub async fn append(&self, entry: Entry) -> Result<Durable, AppendError> {
        entry.check().map_err(AppendError::Entry)?;
        let exchange = match &entry {
            Entry::Intended(exposure) => Some(exposure.exchange),
            Entry::Completed { exchange, .. } => Some(*exchange),
            _ => None,
        };
        let patience = self.shared.settings.append_timeout.duration();
        match tokio::time::timeout(patience, self.append_and_wait(entry)).await {
            Ok(done) => done.map(|()| Durable { exchange, is_repeat: false }),
            Err(_) => Err(AppendError::TimedOut),
        }
    }

    async fn append_and_wait(&self, entry: Entry) -> Result<(), AppendError> {
        if !self.healthy() {
            return Err(AppendError::Unavailable);
        }
        let permits = weight(&entry);
        let permit = self.shared.room.acquire_many(permits).await.map_err(|_| AppendError::Closed)?;
        let (reply, done) = oneshot::channel();
        self.shared.queue.append(Job { entry, reply: Some(reply), permits })?;
        // The thread gives the room back when the entry has left memory.
        permit.forget();
        done.await.map_err(|_| AppendError::Closed)?
    }

    /// Makes an exposure durable that is the recipient's own data. Where the same read is durable
    /// within this hour already, it is only counted and returns at once, without the disk.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub async fn append_own(&self, exposure: Exposure) -> Result<Durable, AppendError> {
        if let Some(durable) = self.own_is_durable(&exposure) {
            return Ok(durable);
        }
        self.append_new_own(exposure).await
    }

    /// The part of [`Ledger::append_own`] that waits for the disk: for exposures that
    /// [`Ledger::own_is_durable`] does not know.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub async fn append_new_own(&self, exposure: Exposure) -> Result<Durable, AppendError> {
        let durable = self.append(Entry::Intended(exposure.clone())).await?;
        if let Some(evicted) = self.shared.coalescer.remember(exposure) {
            self.shared.note(evicted);
        }
        Ok(durable)
    }

    /// The part of [`Ledger::append_own`] that needs no disk: counts the read where it is durable
    /// within this hour already. Some hundred nanoseconds, no allocation.
    #[must_use = "without the evidence nothing may be released"]
    pub fn own_is_durable(&self, exposure: &Exposure) -> Option<Durable> {
        self.shared.coalescer.hit(exposure).then(|| {
            self.shared.counters.repeats.fetch_add(1, Ordering::Relaxed);
            Durable { exchange: Some(exposure.exchange), is_repeat: true }
        })
    }

    /// Writes `entry` with the next group, within a tenth of a second. Nobody waits for it.
    pub fn note(&self, entry: Entry) {
        self.shared.note(entry);
    }

    /// Notes how the exposure behind `durable` ended; nothing for a repeat, which has no end of its own.
    pub fn complete(&self, durable: &Durable, completion: Completion, at: Timestamp) {
        if let Durable { exchange: Some(exchange), is_repeat: false } = *durable {
            self.shared.note(Entry::Completed { exchange, completion, at });
        }
    }

    /// Notes a refusal. The first of its kind to a recipient at a door is an entry; further ones
    /// within the hour are counted.
    pub fn refused(&self, withheld: Withheld) {
        if let Some(entry) = self.shared.refusals.take(withheld) {
            self.shared.note(entry);
        }
    }

    /// Whether appends can succeed: false from a failed write until a fresh segment was begun.
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.shared.healthy.load(Ordering::Acquire)
    }

    /// The head after the last durable entry: the anchor that belongs into the log each minute.
    #[must_use]
    pub fn head(&self) -> Head {
        self.shared.mark().head
    }

    /// Where the durable part of the ledger ends.
    #[must_use]
    pub fn mark(&self) -> Mark {
        self.shared.mark()
    }

    /// Figures since it was opened.
    #[must_use]
    pub fn stats(&self) -> LedgerStats {
        let Counters { entries, kinds, bytes, syncs, failures, dropped_notes, repeats } =
            &self.shared.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let [intended, completed, repeated, confirmed, other] = kinds.each_ref().map(read);
        LedgerStats {
            entries: read(entries),
            kinds: EntriesByKind { intended, completed, repeated, confirmed, other },
            bytes: read(bytes),
            syncs: read(syncs),
            failures: read(failures),
            dropped_notes: read(dropped_notes),
            repeats: read(repeats),
        }
    }

    /// Writes everything that waits, also the counts of repeated reads, and ends the thread. Later
    /// appends fail with [`AppendError::Closed`]. Blocks for the last write; a second call does nothing.
    pub fn close(&self) {
        self.shared.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic of the thread has already failed every append that waited for it.
            let _ = thread.join();
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.close();
    }
}

fn weight(entry: &Entry) -> u32 {
    match entry {
        Entry::Intended(exposure) => {
            u32::try_from(exposure.subjects.len() / 64).unwrap_or(ROOM).saturating_add(1).min(ROOM)
        }
        _ => 1,
    }
}
