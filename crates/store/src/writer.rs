//! The thread that writes: everything that waits is one write and one `fdatasync`.
//!
//! After a failed write or sync nobody knows what the segment holds beyond its last durable entry, so
//! it is abandoned: the waiting appends fail, the next segment's header says where the ledger really
//! ended, and until that header is durable the ledger is not healthy. A fresh segment is tried at
//! once and then at least every second. Notes of a failed batch are kept and written again.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use domain::Timestamp;
use ledger::{ChainKey, Entry, Header, Mark, Writer};

use crate::disk::{Disk, DiskFile};
use crate::handle::{AppendError, Shared};
use crate::keys::KeyRing;
use crate::layout::Layout;
use crate::queue::Job;
use crate::segment::Link;
use crate::settings::{Clock, LedgerSettings};
use crate::{retain, summary};

/// The thread looks after its chores at least this often.
const TICK: Duration = Duration::from_secs(1);
/// First pause between two tries to begin a segment; doubled up to [`TICK`].
const RETRY: Duration = Duration::from_millis(50);
/// How often the end of the ledger is noted in `head.json`.
const HEAD_EVERY: Duration = Duration::from_secs(60);

/// The segment that is being written.
pub(crate) struct OpenSegment {
    pub(crate) header: Header,
    pub(crate) file: Box<dyn DiskFile>,
    pub(crate) writer: Writer,
}

impl OpenSegment {
    /// Begins segment `number` after `previous`, with `first` as its first entry, durably.
    pub(crate) fn begin(
        disk: &dyn Disk,
        layout: &Layout,
        number: u64,
        now: Timestamp,
        previous: Mark,
        first: Option<&Entry>,
    ) -> io::Result<Self> {
        let header = Header { number, created: now, previous };
        let mut writer = Writer::after(&header);
        let mut bytes = header.encode().to_vec();
        if let Some(first) = first {
            writer.push(first, &mut bytes).map_err(io::Error::other)?;
        }
        let mut file = disk.create(&layout.segment(number))?;
        file.append(&bytes)?;
        file.sync_data()?;
        disk.sync_dir(&layout.segments())?;
        Ok(Self { header, file, writer })
    }
}

/// Everything the thread owns.
pub(crate) struct LedgerThread {
    pub(crate) shared: Arc<Shared>,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) layout: Layout,
    pub(crate) keys: KeyRing,
    pub(crate) clock: Clock,
    pub(crate) segment: Option<OpenSegment>,
    pub(crate) next_number: u64,
    /// Held for as long as the thread lives.
    pub(crate) lock: Box<dyn Send + Sync>,
}

struct Trouble {
    why: Arc<str>,
    retry_at: Instant,
    pause: Duration,
}

impl LedgerThread {
    /// Starts the thread, and its helper for what may take long.
    pub(crate) fn start(self) -> io::Result<JoinHandle<()>> {
        let (chores, queue) = sync_channel(8);
        let keeper = Keeper {
            disk: Arc::clone(&self.disk),
            layout: self.layout.clone(),
            chain: self.keys.chain(),
            settings: self.shared.settings,
        };
        let helper = Builder::new().name("ledger-keeper".into()).spawn(move || keeper.run(&queue))?;
        Builder::new().name("ledger".into()).spawn(move || {
            let mut run = Run { thread: self, chores, trouble: None, kept: Vec::new(), buffer: Vec::new() };
            run.until_closed();
            let Run { thread, chores, .. } = run;
            drop(chores);
            // A panic of the helper costs a summary, which the next opening makes again.
            let _ = helper.join();
            let LedgerThread { lock, .. } = thread;
            drop(lock);
        })
    }
}

struct Run {
    thread: LedgerThread,
    chores: SyncSender<Chore>,
    trouble: Option<Trouble>,
    /// Notes of batches that failed.
    kept: Vec<Job>,
    buffer: Vec<u8>,
}

impl Run {
    fn until_closed(&mut self) {
        let mut head_noted = Instant::now();
        let mut swept = self.thread.clock.now();
        loop {
            let patience = self.trouble.as_ref().map_or(TICK, |trouble| trouble.pause);
            let batch = self.thread.shared.queue.next(patience);
            batch.jobs.iter().for_each(|job| self.thread.clock.hear(job.entry.at()));
            let now = self.thread.clock.now();
            self.turn_key(now);
            if let Some(trouble) = self.trouble.as_mut().filter(|_| batch.closing) {
                // The last chance to write what is kept.
                trouble.retry_at = Instant::now();
            }
            self.commit(batch.jobs, now);
            if now.millis() / 3_600_000 > swept.millis() / 3_600_000 {
                swept = now;
                self.sweep(Some(now), now);
            }
            if batch.closing {
                self.sweep(None, now);
                // Chores may be many; the last head is worth waiting for.
                let _ = self.chores.send(Chore::Head(self.thread.shared.mark()));
                return;
            }
            if head_noted.elapsed() >= HEAD_EVERY {
                head_noted = Instant::now();
                let _ = self.chores.try_send(Chore::Head(self.thread.shared.mark()));
            }
        }
    }

    /// Writes the counts of reads and refusals whose hour is over, a shard at a time.
    fn sweep(&mut self, over: Option<Timestamp>, now: Timestamp) {
        let mut refused = self.thread.shared.refusals.sweep(over, now);
        if self.thread.shared.counters.dropped_notes.load(Ordering::Relaxed) > 0 {
            // Some may have been among what the disk refused for too long: nobody vouches for the rest.
            refused.retain(|entry| !matches!(entry, Entry::Counted { .. }));
        }
        self.commit(as_notes(refused), now);
        let mut shard = 0;
        while let Some(entries) = self.thread.shared.coalescer.sweep(shard, over) {
            self.commit(as_notes(entries), now);
            shard = shard.saturating_add(1);
        }
    }

    fn commit(&mut self, jobs: Vec<Job>, now: Timestamp) {
        let mut batch = std::mem::take(&mut self.kept);
        batch.extend(jobs);
        if let Err(error) = self.ready(now) {
            self.fail(batch, &error);
            return;
        }
        let Some(segment) = self.thread.segment.as_mut().filter(|_| !batch.is_empty()) else { return };
        self.buffer.clear();
        batch.retain_mut(|job| match segment.writer.push(&job.entry, &mut self.buffer) {
            Ok(()) => true,
            Err(error) => {
                answer(&self.thread.shared, job, Err(AppendError::Entry(error)));
                false
            }
        });
        let written = segment.file.append(&self.buffer).and_then(|()| segment.file.sync_data());
        match written {
            Ok(()) => self.durable(batch),
            Err(error) => {
                self.abandon(&error);
                let why = AppendError::Disk { why: error.to_string().into() };
                self.fail(batch, &why);
            }
        }
        if self.buffer.capacity() > 16 << 20 {
            self.buffer = Vec::new();
        }
    }

    fn durable(&mut self, batch: Vec<Job>) {
        let shared = &self.thread.shared;
        if let Some(segment) = &self.thread.segment {
            *shared.durable.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = segment.writer.mark();
        }
        shared.counters.syncs.fetch_add(1, Ordering::Relaxed);
        shared.counters.bytes.fetch_add(wide(self.buffer.len()), Ordering::Relaxed);
        for mut job in batch {
            shared.counters.count(&job.entry);
            answer(shared, &mut job, Ok(()));
        }
    }

    fn fail(&mut self, batch: Vec<Job>, error: &AppendError) {
        let shared = Arc::clone(&self.thread.shared);
        for mut job in batch {
            if job.reply.is_some() {
                answer(&shared, &mut job, Err(error.clone()));
            } else if self.kept.len() < 65_536 {
                self.kept.push(job);
            } else {
                shared.counters.dropped_notes.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn abandon(&mut self, error: &io::Error) {
        self.thread.segment = None;
        self.in_trouble(error);
    }

    fn in_trouble(&mut self, error: &io::Error) {
        let shared = &self.thread.shared;
        shared.counters.failures.fetch_add(1, Ordering::Relaxed);
        if shared.healthy.swap(false, Ordering::AcqRel) {
            tracing::error!(cause = %error, "ledger segment abandoned; nothing with personal data is released");
        }
        let pause = self.trouble.as_ref().map_or(RETRY, |trouble| (trouble.pause * 2).min(TICK));
        self.trouble =
            Some(Trouble { why: error.to_string().into(), retry_at: Instant::now() + pause, pause });
    }

    /// Sees to it that there is a segment with room.
    fn ready(&mut self, now: Timestamp) -> Result<(), AppendError> {
        let LedgerSettings { segment_bytes, segment_age, .. } = self.thread.shared.settings;
        if let Some(segment) = &self.thread.segment {
            let mark = segment.writer.mark();
            let is_old = now.millis_since(segment.header.created) >= segment_age.millis();
            if mark.length < segment_bytes.bytes() && !is_old {
                return Ok(());
            }
            // Everything in it is durable: entries are only ever pushed in `commit`.
            let link = Link {
                path: self.thread.layout.segment(mark.segment),
                header: segment.header,
                sealed: Some(mark),
            };
            self.thread.segment = None;
            self.begin(now)?;
            let _ = self.chores.try_send(Chore::Seal(link, now));
            return Ok(());
        }
        match &self.trouble {
            Some(trouble) if Instant::now() < trouble.retry_at => {
                Err(AppendError::Disk { why: Arc::clone(&trouble.why) })
            }
            _ => self.begin(now),
        }
    }

    fn begin(&mut self, now: Timestamp) -> Result<(), AppendError> {
        let LedgerThread { shared, disk, layout, next_number, .. } = &mut self.thread;
        let number = *next_number;
        // A number is used once, even where the file may not have come into being.
        *next_number = number.saturating_add(1);
        match OpenSegment::begin(&**disk, layout, number, now, shared.mark(), None) {
            Ok(segment) => {
                *shared.durable.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
                    segment.writer.mark();
                self.thread.segment = Some(segment);
                self.trouble = None;
                if !self.thread.shared.healthy.swap(true, Ordering::AcqRel) {
                    tracing::info!(segment = number, "ledger writes again, into a fresh segment");
                }
                Ok(())
            }
            Err(error) => {
                // What may be there of the file is no part of the ledger; removing it is tidiness.
                let _ = self.thread.disk.remove(&self.thread.layout.segment(number));
                self.in_trouble(&error);
                Err(AppendError::Disk { why: error.to_string().into() })
            }
        }
    }

    fn turn_key(&mut self, now: Timestamp) {
        let LedgerThread { shared, disk, layout, keys, .. } = &mut self.thread;
        match keys.turn(&**disk, layout, now, shared.settings.key_period) {
            Ok(true) => shared.key.store(Arc::new(keys.current())),
            Ok(false) => {}
            Err(error) => {
                // The old key goes on: a later erasure then covers a longer time, and nothing is lost.
                tracing::warn!(cause = %error, "no new digest key for the new period; the old one is kept");
            }
        }
    }
}

fn as_notes(entries: Vec<Entry>) -> Vec<Job> {
    entries.into_iter().map(|entry| Job { entry, reply: None, permits: 0 }).collect()
}

fn answer(shared: &Shared, job: &mut Job, answer: Result<(), AppendError>) {
    if let Some(reply) = job.reply.take() {
        // Nobody may be waiting any more: the caller timed out or was dropped.
        let _ = reply.send(answer);
        shared.room.add_permits(usize::try_from(job.permits).unwrap_or(0));
    }
}

/// What may take long and must not hold up an append.
enum Chore {
    /// Note where the ledger ends.
    Head(Mark),
    /// Sum up a sealed segment, then prune.
    Seal(Link, Timestamp),
}

struct Keeper {
    disk: Arc<dyn Disk>,
    layout: Layout,
    chain: ChainKey,
    settings: LedgerSettings,
}

impl Keeper {
    fn run(&self, chores: &Receiver<Chore>) {
        while let Ok(chore) = chores.recv() {
            if let Err(error) = self.perform(chore) {
                tracing::warn!(cause = %error, "a chore of the ledger failed; the next start repeats it");
            }
        }
    }

    fn perform(&self, chore: Chore) -> io::Result<()> {
        match chore {
            Chore::Head(mark) => retain::put_head(&*self.disk, &self.layout, mark),
            Chore::Seal(link, now) => {
                let summary = summary::make(&*self.disk, &link)?;
                summary::save(&*self.disk, &self.layout, &summary)?;
                retain::prune(&*self.disk, &self.layout, &self.chain, now, self.settings.retention)
                    .map(|_| ())
            }
        }
    }
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
