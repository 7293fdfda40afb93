//! One receiver: what waits for it, and the task that brings it there.
//!
//! One delivery at a time, the gravest first. A receiver that fails is left in peace for a growing
//! while; a notice that is high or critical and new ends that rest (at most once a second), so that a
//! receiver that is back hears of it at once. A receiver that refuses one notice gets the others
//! meanwhile. A delivery that hangs gives way to a graver one that is high or critical, and comes again
//! after it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{Severity, Timestamp};
use store::{Spool, SpoolId, Spooled};
use telemetry::{AlertReceiver, Configured, Occurrence as _};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::backoff::{Jitter, RetrySettings};
use crate::clock;
use crate::command::Hook;
use crate::fault::DeliveryFault;
use crate::notice::rank;
use crate::syslog::Syslog;
use crate::webhook::Webhook;

/// Shortest time between a failure and the try of a new grave notice.
const SOON: Duration = Duration::from_secs(1);
/// How long a delivery is left alone while a graver one waits.
const GIVES_WAY: Duration = Duration::from_millis(500);
/// Longest wait without looking.
const LOOK: Duration = Duration::from_secs(60);

/// Where it goes.
pub(crate) enum Sink {
    Webhook(Webhook),
    Syslog(Syslog),
    Command(Hook),
}

impl Sink {
    async fn deliver(&self, notice: &Spooled, now: Timestamp) -> Result<(), DeliveryFault> {
        match self {
            Self::Webhook(webhook) => webhook.deliver(notice, now).await,
            Self::Syslog(syslog) => syslog.deliver(notice).await,
            Self::Command(hook) => hook.deliver(notice).await,
        }
    }
}

/// What became of the notices of one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutletStats {
    /// Its name: the kind, a dash, and the name in the configuration.
    pub name: String,
    /// Its kind.
    pub kind: AlertReceiver,
    /// Notices that wait now.
    pub waiting: usize,
    /// Their bytes.
    pub waiting_bytes: u64,
    /// Taken by the receiver.
    pub delivered: u64,
    /// Tries that failed.
    pub failed: u64,
    /// Gave way to a newer one of their incident.
    pub superseded: u64,
    /// Dropped, because the spool was full.
    pub dropped: u64,
    /// Given up, because they waited too long.
    pub given_up: u64,
    /// Not on disk when they were taken in.
    pub not_durable: u64,
}

#[derive(Default)]
struct Counts {
    delivered: AtomicU64,
    failed: AtomicU64,
    superseded: AtomicU64,
    dropped: AtomicU64,
    given_up: AtomicU64,
}

fn add(count: &AtomicU64, more: u64) {
    count.fetch_add(more, Ordering::Relaxed);
}

/// Ends at a time, or never.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// One receiver.
pub(crate) struct Outlet {
    name: String,
    kind: AlertReceiver,
    severity: Severity,
    sink: Sink,
    /// `None` once it was closed.
    spool: Mutex<Option<Spool>>,
    wake: Notify,
    counts: Counts,
}

/// How a try ended.
enum Tried {
    Answered(Result<(), DeliveryFault>),
    /// Broken off for a graver one.
    GaveWay,
    /// The time to end came first.
    CutOff,
}

/// What the task of a receiver remembers between tries.
struct Rests {
    /// Failures of the receiver in a row, and until when it is left in peace.
    failures: u32,
    until: Instant,
    last_try: Option<Instant>,
    /// The newest notice when the receiver last failed: what is younger is new to it.
    seen: Option<SpoolId>,
    /// Notices that the receiver refused, with how often and until when they rest. Bounded by the
    /// spool: one that waits no more is forgotten.
    refused: BTreeMap<SpoolId, (u32, Instant)>,
}

impl Rests {
    fn may_go(&self, id: SpoolId, notice: &Spooled, now: Instant) -> bool {
        if self.refused.get(&id).is_some_and(|(_, until)| *until > now) {
            return false;
        }
        let new = notice.rank >= rank(Severity::High) && self.seen.is_none_or(|seen| id > seen);
        let soon = self.last_try.is_none_or(|last| last + SOON <= now);
        self.until <= now || (new && soon)
    }

    /// When something that waits may go next.
    fn next(&self, now: Instant) -> Instant {
        let refused = self.refused.values().map(|(_, until)| *until);
        let soon = self.last_try.map(|last| last + SOON);
        let times = refused.chain([self.until]).chain(soon).filter(|at| *at > now);
        times.min().unwrap_or(now + LOOK).min(now + LOOK)
    }
}

impl Outlet {
    pub(crate) fn new(
        name: String,
        kind: AlertReceiver,
        severity: Severity,
        sink: Sink,
        spool: Spool,
    ) -> Self {
        let spool = Mutex::new(Some(spool));
        Self { name, kind, severity, sink, spool, wake: Notify::new(), counts: Counts::default() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn lock(&self) -> MutexGuard<'_, Option<Spool>> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a notice in, if it is grave enough for this receiver. Never waits.
    pub(crate) fn accept(&self, notice: &Spooled) {
        if notice.rank < rank(self.severity) {
            return;
        }
        let put = self.lock().as_mut().map(|spool| spool.put(notice.clone()));
        let dropped = put.map_or(1, |put| put.dropped);
        add(&self.counts.superseded, put.map_or(0, |put| u64::from(put.superseded)));
        if dropped > 0 {
            add(&self.counts.dropped, dropped);
            telemetry::AlertsDropped { outlet: Configured(&self.name), kind: self.kind, alerts: dropped }
                .emit();
        }
        self.wake.notify_one();
    }

    pub(crate) fn stats(&self) -> OutletStats {
        let spool = self.lock();
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        OutletStats {
            name: self.name.clone(),
            kind: self.kind,
            waiting: spool.as_ref().map_or(0, Spool::len),
            waiting_bytes: spool.as_ref().map_or(0, Spool::bytes),
            delivered: of(&self.counts.delivered),
            failed: of(&self.counts.failed),
            superseded: of(&self.counts.superseded),
            dropped: of(&self.counts.dropped),
            given_up: of(&self.counts.given_up),
            not_durable: spool.as_ref().map_or(0, Spool::not_durable),
        }
    }

    /// Gives the folder back, within `patience`; how many still wait there, and whether the disk has
    /// all of them. Blocks.
    pub(crate) fn close(&self, patience: Duration) -> (usize, bool) {
        let Some(spool) = self.lock().take() else { return (0, true) };
        let until = std::time::Instant::now() + patience;
        let left = spool.len();
        let durable = spool.flush(patience);
        (left, spool.close(until.saturating_duration_since(std::time::Instant::now())) && durable)
    }

    /// Brings what waits to the receiver, until `stop` says by when to end; then only what can be
    /// delivered at the first try. Dropped midway, what was under way is delivered again by the next
    /// process.
    pub(crate) async fn work(
        &self,
        retry: &RetrySettings,
        mut jitter: Jitter,
        mut stop: watch::Receiver<Option<Instant>>,
    ) {
        let mut rests = Rests {
            failures: 0,
            until: Instant::now(),
            last_try: None,
            seen: None,
            refused: BTreeMap::new(),
        };
        loop {
            let ends = *stop.borrow_and_update();
            if ends.is_some_and(|ends| ends <= Instant::now()) {
                return;
            }
            self.give_up_old(retry);
            let Some((id, notice)) = self.next(&rests) else {
                if ends.is_some() {
                    return;
                }
                tokio::select! {
                    () = self.wake.notified() => {}
                    () = tokio::time::sleep_until(rests.next(Instant::now())) => {}
                    gone = stop.changed() => if gone.is_err() { return },
                }
                continue;
            };
            let tried = self.try_once(&notice, &rests, &mut stop).await;
            match tried {
                Tried::Answered(_) => rests.last_try = Some(Instant::now()),
                // The graver one follows at once.
                Tried::GaveWay | Tried::CutOff => {}
            }
            match tried {
                Tried::Answered(Ok(())) => self.delivered(id, &mut rests),
                Tried::Answered(Err(fault)) => self.failed(id, fault, &mut rests, retry, &mut jitter),
                Tried::GaveWay => self.put_back(id),
                Tried::CutOff => {
                    self.put_back(id);
                    return;
                }
            }
            // A receiver that fails now is left to the next process.
            if stop.borrow().is_some() && rests.failures > 0 {
                return;
            }
        }
    }

    fn next(&self, rests: &Rests) -> Option<(SpoolId, Spooled)> {
        let now = Instant::now();
        self.lock().as_mut()?.take(|id, notice| rests.may_go(id, notice, now))
    }

    /// One try, until the time to end, or until a graver notice waited for it long enough.
    async fn try_once(
        &self,
        notice: &Spooled,
        rests: &Rests,
        stop: &mut watch::Receiver<Option<Instant>>,
    ) -> Tried {
        let begun = Instant::now();
        let mut trying = std::pin::pin!(self.sink.deliver(notice, clock::now()));
        loop {
            let ends = *stop.borrow_and_update();
            let gives_way = self.graver_waits(notice, rests).then_some(begun + GIVES_WAY);
            tokio::select! {
                biased;
                tried = &mut trying => return Tried::Answered(tried),
                () = at(ends) => return Tried::CutOff,
                () = at(gives_way) => return Tried::GaveWay,
                // What came in is looked at again after this try, whoever was woken.
                () = self.wake.notified(), if gives_way.is_none() => {}
                gone = stop.changed(), if ends.is_none() => if gone.is_err() { return Tried::CutOff },
            }
        }
    }

    /// Whether one that is high or critical, graver than this one, may go and waits for it.
    fn graver_waits(&self, notice: &Spooled, rests: &Rests) -> bool {
        let now = Instant::now();
        let graver = |id: SpoolId, other: &Spooled| {
            other.rank > notice.rank && other.rank >= rank(Severity::High) && rests.may_go(id, other, now)
        };
        self.lock().as_ref().is_some_and(|spool| spool.waits(graver))
    }

    fn delivered(&self, id: SpoolId, rests: &mut Rests) {
        if let Some(spool) = self.lock().as_mut() {
            spool.done(id);
        }
        add(&self.counts.delivered, 1);
        telemetry::AlertDelivered { outlet: Configured(&self.name), kind: self.kind }.emit();
        if rests.failures > 0 {
            telemetry::AlertReceiverBack { outlet: Configured(&self.name) }.emit();
        }
        rests.refused.remove(&id);
        rests.failures = 0;
        rests.until = Instant::now();
    }

    fn failed(
        &self,
        id: SpoolId,
        fault: DeliveryFault,
        rests: &mut Rests,
        retry: &RetrySettings,
        jitter: &mut Jitter,
    ) {
        add(&self.counts.failed, 1);
        let now = Instant::now();
        let failures = if fault.is_about_the_notice() {
            // It answered: the receiver itself is there.
            (rests.failures, rests.until) = (0, now);
            let (failures, until) = rests.refused.entry(id).or_insert((0, now));
            *failures = failures.saturating_add(1);
            *until = now + jitter.wait(retry, *failures);
            *failures
        } else {
            rests.failures = rests.failures.saturating_add(1);
            rests.until = now + jitter.wait(retry, rests.failures);
            rests.seen = self.lock().as_ref().and_then(Spool::newest);
            rests.failures
        };
        telemetry::AlertNotDelivered {
            outlet: Configured(&self.name),
            kind: self.kind,
            cause: Configured(fault.word()),
            failures: u64::from(failures),
        }
        .emit();
        self.put_back(id);
        if let Some(spool) = self.lock().as_ref() {
            rests.refused.retain(|id, _| spool.holds(*id));
        }
    }

    fn put_back(&self, id: SpoolId) {
        if self.lock().as_mut().is_some_and(|spool| !spool.put_back(id)) {
            add(&self.counts.superseded, 1);
        }
    }

    fn give_up_old(&self, retry: &RetrySettings) {
        let before = clock::now().minus(retry.give_up);
        let gone = self.lock().as_mut().map_or(0, |spool| spool.drop_older(before));
        if gone > 0 {
            add(&self.counts.given_up, gone);
            telemetry::AlertsDropped { outlet: Configured(&self.name), kind: self.kind, alerts: gone }.emit();
        }
    }
}
