//! The tasks behind the alerts: one that groups, one for each receiver.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{Severity, Timestamp, Window};
use net::upstream::Tls;
use store::{Disk, Spool, SpoolError};
use telemetry::{AlertReceiver, Configured, Occurrence as _, Word as _};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::backoff::Jitter;
use crate::command::{CommandError, Hook};
use crate::group::{Due, Grouping, GroupingCounts};
use crate::notice::{Notice, spooled};
use crate::outlet::{Outlet, OutletStats, Sink};
use crate::settings::{AlertSettings, SpoolSettings};
use crate::syslog::{Syslog, SyslogError};
use crate::webhook::{Webhook, WebhookError};
use crate::{clock, held_back};

/// Most receivers.
pub const MOST_RECEIVERS: usize = 16;
/// Shortest time between two looks at what is due: a flood costs fifty looks a second.
const LOOK: Duration = Duration::from_millis(20);

/// Why alerts cannot be started. Nothing secret and no URL stands in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Too many receivers.
    #[error("there are more than {MOST_RECEIVERS} receivers of alerts")]
    TooMany,
    /// A name that cannot be a folder's.
    #[error("`{name}` names no receiver of alerts: 1 to 32 lower-case letters, digits and dashes")]
    Name {
        /// The name.
        name: String,
    },
    /// A webhook.
    #[error("the webhook `{name}` cannot be used")]
    Webhook {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        cause: WebhookError,
    },
    /// A syslog server.
    #[error("the syslog server `{name}` cannot be used")]
    Syslog {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        cause: SyslogError,
    },
    /// A command.
    #[error("the command `{name}` cannot be used")]
    Command {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        cause: CommandError,
    },
    /// A folder for what waits.
    #[error("alerts for `{name}` cannot be kept")]
    Spool {
        /// The receiver, with its kind.
        name: String,
        /// Why.
        #[source]
        cause: SpoolError,
    },
}

/// A receiver that can be used, before its folder is opened.
struct Ready {
    kind: AlertReceiver,
    name: String,
    severity: Severity,
    sink: Sink,
}

/// Every receiver, or why it cannot be used.
fn receivers(settings: &AlertSettings, tls: &Tls) -> Vec<Result<Ready, StartError>> {
    let AlertSettings { webhooks, syslog, commands, .. } = settings;
    let mut all = Vec::new();
    if webhooks.len() + syslog.len() + commands.len() > MOST_RECEIVERS {
        all.push(Err(StartError::TooMany));
    }
    let mut add = |kind, name: &String, severity, sink: Result<Sink, StartError>| {
        let sink = if is_name(name) {
            sink
        } else {
            Err(StartError::Name { name: name.chars().take(40).collect() })
        };
        all.push(sink.map(|sink| Ready { kind, name: name.clone(), severity, sink }));
    };
    for (name, one) in webhooks {
        let sink = Webhook::new(one, tls).map(Sink::Webhook);
        let sink = sink.map_err(|cause| StartError::Webhook { name: name.clone(), cause });
        add(AlertReceiver::Webhook, name, one.severity, sink);
    }
    for (name, one) in syslog {
        let sink = Syslog::new(one, tls).map(Sink::Syslog);
        let sink = sink.map_err(|cause| StartError::Syslog { name: name.clone(), cause });
        add(AlertReceiver::Syslog, name, one.severity, sink);
    }
    for (name, one) in commands {
        let sink = Hook::new(one).map(Sink::Command);
        let sink = sink.map_err(|cause| StartError::Command { name: name.clone(), cause });
        add(AlertReceiver::Command, name, one.severity, sink);
    }
    all
}

/// Opens the folder of a receiver below `folder`.
fn open(
    ready: Ready,
    folder: &Path,
    disk: &Arc<dyn Disk>,
    settings: &SpoolSettings,
) -> Result<Outlet, StartError> {
    let Ready { kind, name, severity, sink } = ready;
    let name = format!("{}-{name}", kind.word());
    let opened = Spool::open(&folder.join(&name), Arc::clone(disk), settings.limits());
    let (spool, opening) = opened.map_err(|cause| StartError::Spool { name: name.clone(), cause })?;
    let lost = opening.damaged + opening.dropped;
    if lost > 0 {
        telemetry::AlertsDropped { outlet: Configured(&name), kind, alerts: lost }.emit();
    }
    Ok(Outlet::new(name, kind, severity, sink, spool))
}

/// Everything that keeps `settings` from being started, as far as that can be known without starting
/// them: reads secrets, opens and connects nothing.
#[must_use]
pub fn faults(settings: &AlertSettings, tls: &Tls) -> Vec<StartError> {
    receivers(settings, tls).into_iter().filter_map(Result::err).collect()
}

/// Running alerts. Stop them with [`Alerts::stop`]; dropped, their tasks end and what waits is
/// delivered by the next process.
pub struct Alerts {
    shared: Arc<Shared>,
    stop_grouping: watch::Sender<bool>,
    stop_outlets: watch::Sender<Option<Instant>>,
    grouping: JoinHandle<()>,
    outlets: Vec<JoinHandle<()>>,
    drain_timeout: Window,
}

/// The end at which others tell. Cheap to clone.
#[derive(Clone)]
pub struct Teller {
    shared: Arc<Shared>,
}

struct Shared {
    grouping: Mutex<Grouping>,
    offered: Notify,
    outlets: Vec<Outlet>,
    /// Grouping counts from here, on a clock that never steps back.
    started: Instant,
}

/// What came in and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertStats {
    /// Before the receivers.
    pub grouping: GroupingCounts,
    /// Each receiver.
    pub outlets: Vec<OutletStats>,
}

/// How a stop went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StopReport {
    /// Alerts that are left to the next process.
    pub left: usize,
    /// Receivers whose task had to be cut off.
    pub late: Vec<String>,
    /// Receivers of which the disk does not have everything that is left.
    pub not_durable: Vec<String>,
}

impl Alerts {
    /// Opens what waits below `state`/`alerts` and starts the tasks. Needs a runtime around it. `tls`
    /// verifies https webhooks and syslog over TLS; `seed` varies the waits between tries.
    ///
    /// # Errors
    /// See [`StartError`]; nothing was started then.
    pub fn start(
        settings: &AlertSettings,
        state: &Path,
        disk: &Arc<dyn Disk>,
        tls: &Tls,
        seed: u64,
    ) -> Result<Self, StartError> {
        let AlertSettings { webhooks: _, syslog: _, commands: _, grouping, retry, spool, drain_timeout } =
            settings;
        let mut outlets = Vec::new();
        for ready in receivers(settings, tls).into_iter().collect::<Result<Vec<_>, _>>()? {
            match open(ready, &state.join("alerts"), disk, spool) {
                Ok(outlet) => outlets.push(outlet),
                Err(error) => {
                    // Whoever starts others now finds the folders free.
                    for outlet in &outlets {
                        let _ = outlet.close(Duration::from_millis(100));
                    }
                    return Err(error);
                }
            }
        }
        let shared = Arc::new(Shared {
            grouping: Mutex::new(Grouping::new(grouping.clone())),
            offered: Notify::new(),
            outlets,
            started: Instant::now(),
        });
        let (stop_grouping, stopped) = watch::channel(false);
        let (stop_outlets, ends) = watch::channel(None);
        let grouping = tokio::spawn(group(Arc::clone(&shared), stopped));
        let workers = (0..shared.outlets.len()).zip(0_u64..).map(|(nth, nth_seed)| {
            let (shared, retry, ends) = (Arc::clone(&shared), retry.clone(), ends.clone());
            tokio::spawn(async move {
                if let Some(outlet) = shared.outlets.get(nth) {
                    outlet.work(&retry, Jitter::new(seed ^ (nth_seed << 32)), ends).await;
                }
            })
        });
        let outlets = workers.collect();
        Ok(Self { shared, stop_grouping, stop_outlets, grouping, outlets, drain_timeout: *drain_timeout })
    }

    /// The end at which others tell.
    #[must_use]
    pub fn teller(&self) -> Teller {
        Teller { shared: Arc::clone(&self.shared) }
    }

    /// Hands out what is worth telling within the cap, delivers what can be delivered within the drain
    /// timeout and leaves the rest to the next process.
    /// At most three seconds longer than that. What is told from now on is lost.
    pub async fn stop(mut self) -> StopReport {
        let ends = Instant::now() + self.drain_timeout.duration();
        // First what is grouped, so that it waits where a restart finds it. It never waits long.
        let _ = self.stop_grouping.send(true);
        let _ = tokio::time::timeout(Duration::from_secs(1), &mut self.grouping).await;
        let _ = self.stop_outlets.send(Some(ends));
        let mut report = StopReport::default();
        for (task, outlet) in self.outlets.iter_mut().zip(&self.shared.outlets) {
            if tokio::time::timeout_at(ends + Duration::from_millis(500), &mut *task).await.is_err() {
                task.abort();
                report.late.push(outlet.name().to_owned());
            }
        }
        let shared = Arc::clone(&self.shared);
        let patience = Duration::from_secs(1) / u32::try_from(shared.outlets.len().max(1)).unwrap_or(1);
        let closing = tokio::task::spawn_blocking(move || {
            let close = |outlet: &Outlet| (outlet.name().to_owned(), outlet.close(patience));
            shared.outlets.iter().map(close).collect::<Vec<_>>()
        });
        for (name, (left, durable)) in closing.await.unwrap_or_default() {
            report.left += left;
            if !durable {
                report.not_durable.push(name);
            }
        }
        report
    }
}

impl Drop for Alerts {
    fn drop(&mut self) {
        self.grouping.abort();
        self.outlets.iter().for_each(JoinHandle::abort);
    }
}

impl Teller {
    /// Tells of a state of an incident. Never waits: microseconds, and a lock held as long.
    pub fn tell(&self, notice: Notice) {
        let now = self.shared.now();
        self.shared.lock().offer(notice, now);
        self.shared.offered.notify_one();
    }

    /// What came in and what became of it.
    #[must_use]
    pub fn stats(&self) -> AlertStats {
        let grouping = self.shared.lock().counts();
        AlertStats { grouping, outlets: self.shared.outlets.iter().map(Outlet::stats).collect() }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Grouping> {
        self.grouping.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn hand_out_all(&self, due: &Due) {
        due.notices.iter().for_each(|notice| self.hand_out(notice));
        if let Some(summary) = &due.summary {
            self.hand_out(&held_back::notice(summary, clock::now()));
        }
    }

    /// To every receiver that wants it.
    fn hand_out(&self, notice: &Notice) {
        let notice = spooled(notice);
        self.outlets.iter().for_each(|outlet| outlet.accept(&notice));
    }
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&name.len()) && name.bytes().all(fits)
}

/// Hands out what is due, until `stopped`.
async fn group(shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    loop {
        let now = shared.now();
        // The lock is held for the look alone.
        let (due, next) = {
            let mut grouping = shared.lock();
            (grouping.take_due(now), grouping.next_due(now))
        };
        shared.hand_out_all(&due);
        let wait = next.map_or(Duration::from_secs(60), |at| Duration::from_millis(at.millis_since(now)));
        let stop = async |stopped: &mut watch::Receiver<bool>| {
            // An error is the end of `Alerts`.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        tokio::select! {
            () = stop(&mut stopped) => break,
            () = async {
                tokio::select! {
                    () = shared.offered.notified() => {}
                    () = tokio::time::sleep(wait) => {}
                }
                tokio::time::sleep(LOOK).await;
            } => {}
        }
    }
    let last = shared.lock().take_last(shared.now());
    shared.hand_out_all(&last);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_has_the_name_of_a_folder() {
        for (name, fits) in
            [("ops", true), ("ops-2", true), ("", false), ("..", false), ("a/b", false), ("Ops", false)]
        {
            assert_eq!(is_name(name), fits, "{name}");
        }
        assert!(is_name(&"a".repeat(32)) && !is_name(&"a".repeat(33)));
    }
}
