//! What the gateway does beside serving: key sets, the ledger's head, health, expired patches.
//!
//! One task, ended by its stop signal; every wait in it is timed.

use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use policy::authorize::Notice;
use store::{EntriesByKind, LedgerStats};
use telemetry::{Configured, KeySetFault, LedgerKind, LostBudgets, Occurrence, Table};
use tokio::time::{MissedTickBehavior, interval};

use crate::identify::{IssuerSettings, KeySetError, KeySource};
use crate::{Gateway, Rules, clock};

/// Largest key set that is read.
const MOST_KEY_SET_BYTES: usize = 1 << 20;
/// How long a key set may take to arrive.
const KEY_SET_TIMEOUT: Duration = Duration::from_secs(5);

/// Keeps `gateway` in order until `stop` resolves: each second due key sets and the ledger's health,
/// each minute the ledger's head to the log and the detectors' memory to the state folder. Old segments of the ledger are examined once.
pub async fn keep(gateway: Arc<Gateway>, stop: impl Future<Output = ()>) {
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stop = pin!(stop);
    let mut told = Told { healthy: true, rules: None, expired: HashSet::new() };
    let mut seconds = 0_u64;
    let stopping = Arc::new(AtomicBool::new(false));
    let examining = {
        let (gateway, stopping) = (Arc::clone(&gateway), Arc::clone(&stopping));
        tokio::task::spawn_blocking(move || {
            if gateway.ledger.examine(&stopping, &mut tell_loss).is_err() {
                telemetry::LedgerNotExamined {}.emit();
            }
        })
    };
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = second.tick() => {}
        }
        gateway.refresh_key_sets().await;
        gateway.tell_health(&mut told);
        gateway.tell_expired(&mut told);
        if seconds.is_multiple_of(60) {
            gateway.tell_head();
            if seconds > 0 {
                let kept = Arc::clone(&gateway);
                // A panic of it leaves the file of the minute before.
                let _ = tokio::task::spawn_blocking(move || kept.watch.keep()).await;
            }
        }
        gateway.watch.follow(&gateway.ledger.digest_key());
        seconds += 1;
    }
    stopping.store(true, Ordering::Relaxed);
    // It ends at its next entry; a panic of it has harmed nothing that is kept.
    let _ = examining.await;
    gateway.tell_head();
}

/// Tells of a part of the ledger that is damaged or missing.
pub fn tell_loss(loss: &store::Loss) {
    let store::Loss { segment: _, file, why, from, until, bytes, budgets_known } = loss;
    telemetry::LedgerPartLost {
        file: Configured(file),
        why: Configured(why),
        from: *from,
        until: *until,
        bytes: bytes.unwrap_or(0),
        budgets: if *budgets_known { LostBudgets::Whole } else { LostBudgets::Spent },
    }
    .emit();
}

/// What was told already, so that it is told once for each reading of the configuration. `expired` is
/// bounded by the patches loaded.
struct Told {
    healthy: bool,
    rules: Option<Arc<Rules>>,
    expired: HashSet<String>,
}

impl Gateway {
    /// Loads every key set that is due. The first call must end before the first request is served,
    /// so that a good start does not refuse anyone.
    pub async fn refresh_key_sets(&self) {
        let rules = self.rules();
        let due: Vec<Arc<IssuerSettings>> = rules.identify.key_sets().due(clock::now()).cloned().collect();
        for issuer in due {
            let text = match &issuer.jwks {
                KeySource::File(path) => {
                    tokio::fs::read_to_string(path).await.map_err(|_| KeySetFault::Unreachable)
                }
                KeySource::Url(url) => {
                    match net::upstream::fetch(&self.tls, url, MOST_KEY_SET_BYTES, KEY_SET_TIMEOUT).await {
                        Ok(bytes) => String::from_utf8(bytes.to_vec()).map_err(|_| KeySetFault::Unparsable),
                        Err(net::upstream::FetchError::Status { .. }) => Err(KeySetFault::Status),
                        Err(_) => Err(KeySetFault::Unreachable),
                    }
                }
            };
            let named = Configured(&issuer.issuer);
            let loaded = text.and_then(|text| {
                rules.identify.key_sets().replace(&issuer.issuer, &text, clock::now()).map_err(|error| {
                    match error {
                        KeySetError::NoUsableKey { .. } | KeySetError::Published => KeySetFault::NoUsableKey,
                        _ => KeySetFault::Unparsable,
                    }
                })
            });
            match loaded {
                Ok(loaded) => telemetry::KeySetLoaded {
                    issuer: named,
                    keys: wide(loaded.keys),
                    skipped: wide(loaded.skipped),
                    changed: loaded.changed,
                }
                .emit(),
                Err(cause) => {
                    let older_in_force = rules.identify.key_sets().failed(&issuer.issuer, clock::now());
                    telemetry::KeySetFailed { issuer: named, cause, older_in_force }.emit();
                }
            }
        }
    }

    fn tell_health(&self, told: &mut Told) {
        let healthy = self.ledger.healthy();
        match (told.healthy, healthy) {
            (true, false) => telemetry::LedgerUnhealthy { cause: telemetry::LedgerFault::Write }.emit(),
            (false, true) => telemetry::LedgerRecovered {}.emit(),
            _ => {}
        }
        told.healthy = healthy;
    }

    /// Brings those metrics up to date that others count: sizes of tables, and the ledger's figures.
    /// Called when somebody looks, so that a page is never older than its request.
    pub(crate) fn measure(&self) {
        let metrics = telemetry::metrics();
        let (hints, tokens) = self.rules().identify.table_sizes();
        let (limits, distinct) = self.limits().sizes();
        let (actions, incidents) = self.incidents.sizes();
        for (table, size) in [
            (Table::Budgets, self.budgets().accounts()),
            (Table::Limits, limits),
            (Table::Distinct, distinct),
            (Table::Hints, hints),
            (Table::Tokens, tokens),
            (Table::Templates, self.doors.len()),
            (Table::Parents, self.parents_shown()),
            (Table::Sources, self.watch.sources()),
            (Table::Incidents, incidents),
            (Table::Actions, actions),
        ] {
            metrics.tables.set(table, wide(size));
        }
        let LedgerStats { kinds, bytes, .. } = self.ledger.stats();
        let EntriesByKind { intended, completed, repeated, confirmed, other } = kinds;
        for (kind, entries) in [
            (LedgerKind::Intended, intended),
            (LedgerKind::Completed, completed),
            (LedgerKind::Repeated, repeated),
            (LedgerKind::Confirmed, confirmed),
            (LedgerKind::Other, other),
        ] {
            metrics.ledger_entries.raise(kind, entries);
        }
        metrics.ledger_bytes.raise(bytes);
    }

    fn tell_head(&self) {
        let mark = self.ledger.mark();
        telemetry::LedgerHead {
            entries: self.ledger.stats().entries,
            hash: telemetry::HeadHash(*mark.head.bytes()),
        }
        .emit();
    }

    fn tell_expired(&self, told: &mut Told) {
        let rules = self.rules();
        if !told.rules.as_ref().is_some_and(|before| Arc::ptr_eq(before, &rules)) {
            told.rules = Some(Arc::clone(&rules));
            told.expired.clear();
        }
        let left_out = rules.notices.iter().filter_map(|notice| match notice {
            Notice::ExpiredPatch(patch) => Some(patch),
            _ => None,
        });
        for patch in left_out.chain(rules.policies.expired(clock::now())) {
            if told.expired.insert(patch.id.to_string()) {
                telemetry::PatchExpired {
                    patch: Configured(&patch.id),
                    expired: patch.expires,
                    file: Configured(patch.at.file.as_str()),
                    line: u32::try_from(patch.at.line).unwrap_or(u32::MAX),
                }
                .emit();
            }
        }
    }
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
