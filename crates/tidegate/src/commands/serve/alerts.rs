//! Incidents of the running gateway to the people who must hear of them.
//!
//! The gateway tells of every state of an incident and never waits ([`Bell::hook`]); `alert` groups,
//! spools and delivers. A reload that changes receivers, or one of their secrets, stops the old ones and
//! starts the new ones: they share folders. What is told in between is kept here, and the state of every
//! incident that is not over is told again after a start; under the same `Idempotency-Key`, where it is
//! the same state.

mod notice;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alert::{AlertSettings, Alerts, StartError, StopReport, Teller, sign};
use domain::Secret;
use gateway::News;
use net::upstream::Tls;
use respond::{Incident, IncidentId, State};
use store::{Disk, FileSystem};
use telemetry::{AlertReceiver, Configured, Occurrence as _, Word as _};

use self::notice::{Standing, notice};

/// Most incidents whose state is kept to be told again. The gateway has at most 256 that are not closed.
const MOST_KEPT: usize = 1024;

/// What the gateway calls with every state of an incident.
pub(super) type Hook = Arc<dyn Fn(&Incident, News) + Send + Sync>;

/// Tells people of incidents. Until [`Bell::start`] what is told is kept.
pub(super) struct Bell {
    state: PathBuf,
    disk: Arc<dyn Disk>,
    tls: Tls,
    seed: u64,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    running: Option<Running>,
    /// Incidents that are not over, and those that ended while nobody could be told. Bound:
    /// [`MOST_KEPT`]; the one that was silent longest is forgotten.
    kept: BTreeMap<IncidentId, Kept>,
}

struct Running {
    alerts: Alerts,
    teller: Teller,
    settings: AlertSettings,
    secrets: Vec<Option<Secret>>,
}

struct Kept {
    incident: Incident,
    /// The incident that this one turned out to be.
    became: Option<IncidentId>,
    /// Whether no receiver was ever told of it, by this process or by an earlier one.
    is_new: bool,
}

impl Bell {
    /// Nobody is told yet. `tls` verifies receivers, `seed` varies the waits between tries.
    pub(super) fn new(state: PathBuf, tls: Tls, seed: u64) -> Arc<Self> {
        Arc::new(Self { state, disk: Arc::new(FileSystem), tls, seed, inner: Mutex::default() })
    }

    /// What the gateway calls with every state of an incident: some microseconds, and never a wait.
    pub(super) fn hook(self: &Arc<Self>) -> Hook {
        let bell = Arc::clone(self);
        Arc::new(move |incident, news| bell.tell(incident, news))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, incident: &Incident, news: News) {
        let mut inner = self.lock();
        // The alert of an incident that turned out to be this one ends, or it would stay open for ever.
        for id in &incident.merged {
            if let Some(mut other) = inner.kept.remove(id) {
                other.incident.state = State::Closed;
                other.became = Some(incident.id);
                inner.hand(*id, other, Standing::Merged(incident.id));
            }
        }
        let waits = inner.kept.get(&incident.id).is_some_and(|kept| kept.is_new);
        let is_new = news == News::Opened || waits;
        let kept = Kept { incident: incident.clone(), became: None, is_new };
        inner.hand(incident.id, kept, if is_new { Standing::First } else { Standing::Known });
    }

    /// Starts the receivers and tells of what was kept. Needs a runtime around it; blocks on the disk.
    ///
    /// # Errors
    /// See [`StartError`].
    pub(super) fn start(&self, settings: &AlertSettings) -> Result<(), StartError> {
        let alerts = Alerts::start(settings, &self.state, &self.disk, &self.tls, self.seed)?;
        let (teller, settings, secrets) = (alerts.teller(), settings.clone(), secrets(settings));
        let mut inner = self.lock();
        inner.running = Some(Running { alerts, teller, settings, secrets });
        for (id, kept) in std::mem::take(&mut inner.kept) {
            let standing = match kept.became {
                Some(into) => Standing::Merged(into),
                None if kept.is_new => Standing::First,
                None => Standing::Known,
            };
            inner.hand(id, kept, standing);
        }
        Ok(())
    }

    /// Puts other receivers into force, where they differ. Those that cannot be started leave the old ones
    /// in force, and it is told.
    pub(super) async fn reload(self: Arc<Self>, settings: AlertSettings) {
        let running = {
            let mut inner = self.lock();
            let same =
                |running: &Running| running.settings == settings && running.secrets == secrets(&settings);
            if inner.running.as_ref().is_some_and(same) {
                return;
            }
            inner.running.take()
        };
        let mut before = None;
        if let Some(Running { alerts, settings, .. }) = running {
            tell_of_stop(alerts.stop().await, false);
            before = Some(settings);
        }
        let starting = tokio::task::spawn_blocking(move || {
            if let Err(error) = self.start(&settings) {
                let older = before.is_some_and(|before| self.start(&before).is_ok());
                let cause = format!("{:#}", anyhow::Error::new(error));
                telemetry::AlertsNotStarted { cause: Configured(&cause), older_in_force: older }.emit();
            }
        });
        // Only a panic of ours gives no answer.
        let _ = starting.await;
    }

    /// Delivers what can be delivered in time and leaves the rest to the next start.
    pub(super) async fn stop(&self) {
        let running = self.lock().running.take();
        if let Some(Running { alerts, .. }) = running {
            tell_of_stop(alerts.stop().await, true);
        }
    }

    /// Writes how many alerts wait into the metrics.
    pub(super) fn measure(&self) {
        let stats = self.lock().running.as_ref().map(|running| running.teller.stats()).unwrap_or_default();
        for kind in AlertReceiver::ALL {
            let waiting = stats.outlets.iter().filter(|outlet| outlet.kind == *kind);
            let waiting: usize = waiting.map(|outlet| outlet.waiting).sum();
            telemetry::metrics().alerts_waiting.set(*kind, u64::try_from(waiting).unwrap_or(u64::MAX));
        }
    }
}

impl Inner {
    /// Tells the receivers, or keeps it until there are some.
    fn hand(&mut self, id: IncidentId, mut kept: Kept, standing: Standing) {
        if let Some(running) = &self.running {
            if let Some(notice) = notice(&kept.incident, standing, gateway::now()) {
                running.teller.tell(notice);
            }
            kept.is_new = false;
            if kept.incident.state == State::Closed {
                self.kept.remove(&id);
                return;
            }
        }
        self.kept.insert(id, kept);
        if self.kept.len() > MOST_KEPT {
            let silent = self.kept.iter().min_by_key(|(_, kept)| kept.incident.last).map(|(id, _)| *id);
            silent.and_then(|id| self.kept.remove(&id));
        }
    }
}

/// The secrets of all webhooks as they stand in their files now: a rotation is a change.
fn secrets(settings: &AlertSettings) -> Vec<Option<Secret>> {
    let files = settings.webhooks.values().map(|webhook| webhook.secret_file.as_deref());
    files.map(|file| sign::read_secret(file?).ok()).collect()
}

/// Says what a stop left. Between two configurations what is left is taken over at once.
fn tell_of_stop(report: StopReport, last: bool) {
    let StopReport { left, late: _, not_durable } = report;
    if left > 0 && last {
        telemetry::AlertsLeft { alerts: u64::try_from(left).unwrap_or(u64::MAX) }.emit();
    }
    for outlet in not_durable {
        telemetry::AlertsNotDurable { outlet: Configured(&outlet) }.emit();
    }
}
