//! What waits for the ledger's thread: appends that somebody awaits, and notes that nobody does.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ledger::Entry;
use tokio::sync::oneshot;

use crate::handle::AppendError;

/// An entry, and who waits for it to be durable.
pub(crate) struct Job {
    pub(crate) entry: Entry,
    pub(crate) reply: Option<oneshot::Sender<Result<(), AppendError>>>,
    /// Permits to give back when it is done.
    pub(crate) permits: u32,
}

/// Notes wait at most this long for company: an account that is asked for right after an answer knows
/// how the answer ended.
pub(crate) const NOTE_PATIENCE: Duration = Duration::from_millis(100);
/// So many notes are a batch of their own.
const NOTES_AT_ONCE: usize = 1024;
/// Notes kept while the disk refuses; more are dropped and counted.
const MOST_NOTES: usize = 65_536;

#[derive(Default)]
struct Waiting {
    jobs: Vec<Job>,
    appends: usize,
    oldest_note: Option<Instant>,
    /// Until then the thread looks by itself whether notes have come: an answer's end follows its
    /// exposure within moments, and waking the thread for it would cost every exchange a switch.
    alert_until: Option<Instant>,
    /// The thread sleeps for long, and a first note must wake it.
    dozing: bool,
    closing: bool,
}

#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

/// What the thread shall do next.
pub(crate) struct Batch {
    pub(crate) jobs: Vec<Job>,
    pub(crate) closing: bool,
}

impl Queue {
    /// Adds an append; the thread wakes. The caller holds permits, which bound the queue.
    pub(crate) fn append(&self, job: Job) -> Result<(), AppendError> {
        let mut waiting = self.lock();
        if waiting.closing {
            return Err(AppendError::Closed);
        }
        waiting.jobs.push(job);
        waiting.appends = waiting.appends.saturating_add(1);
        let first = waiting.appends == 1;
        drop(waiting);
        if first {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Adds a note; whether there was room.
    pub(crate) fn note(&self, entry: Entry) -> bool {
        let mut waiting = self.lock();
        let notes = waiting.jobs.len().saturating_sub(waiting.appends);
        if waiting.closing || notes >= MOST_NOTES {
            return false;
        }
        waiting.jobs.push(Job { entry, reply: None, permits: 0 });
        waiting.oldest_note.get_or_insert_with(Instant::now);
        let wakes = std::mem::take(&mut waiting.dozing);
        drop(waiting);
        if wakes || notes == NOTES_AT_ONCE {
            self.wake.notify_one();
        }
        true
    }

    pub(crate) fn close(&self) {
        self.lock().closing = true;
        self.wake.notify_one();
    }

    /// Waits until there is something worth a write, for `patience` at most.
    pub(crate) fn next(&self, patience: Duration) -> Batch {
        let until = Instant::now() + patience;
        let mut waiting = self.lock();
        loop {
            let now = Instant::now();
            let notes_due = waiting.oldest_note.map(|since| since + NOTE_PATIENCE);
            let alert_until = waiting.alert_until.filter(|until| *until > now);
            let due = waiting.appends > 0
                || waiting.closing
                || waiting.jobs.len() > NOTES_AT_ONCE
                || notes_due.is_some_and(|due| due <= now);
            if due || now >= until {
                let jobs = if due { std::mem::take(&mut waiting.jobs) } else { Vec::new() };
                if due {
                    waiting.appends = 0;
                    waiting.oldest_note = None;
                    waiting.alert_until = Some(now + NOTE_PATIENCE);
                }
                return Batch { jobs, closing: waiting.closing };
            }
            let soon = notes_due.into_iter().chain(alert_until).min().filter(|soon| *soon < until);
            waiting.dozing = soon.is_none();
            let wait = soon.unwrap_or(until).saturating_duration_since(now);
            (waiting, _) = self.wake.wait_timeout(waiting, wait).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
