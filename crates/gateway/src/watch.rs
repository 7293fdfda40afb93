//! What exchanges add up to: detectors and the groups of their signals, behind one lock.
//!
//! An exchange that counts for nothing (own records, re-reads, catalogue pages) takes no lock and
//! allocates nothing; of the others each holds the lock for about a microsecond, after its answer was
//! released. It is one lock and not one per stripe on purpose: the order of an exchange is given under
//! it, so that whoever reads the exchange log sees what the detectors saw, in the order in which they
//! saw it (DESIGN.md section 7.4). What it costs: `cargo run --release
//! -p detect --example detect_bench`.
//!
//! Nothing here refuses anything: signals are said, counted and recorded.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use detect::{Detectors, Grouped, Observed, Said, Saving, Signal, Watched};
use domain::{BudgetDecl, KeyKind, SignalMark, SubjectDigest, SubjectKey};
use ledger::DigestKey;
use smallvec::SmallVec;
use telemetry::{Configured, Occurrence};

use crate::blueprint::Blueprint;
use crate::locked;

/// The file in the state folder.
const FILE: &str = "detectors.state";
/// Largest state that is read: 400,000 sources that were all seen twice are a third of it.
const MOST_BYTES: u64 = 1 << 30;

/// Detectors of a running gateway.
pub(crate) struct Watch {
    watched: Mutex<Watched>,
    enabled: AtomicBool,
    /// Whether something was remembered since the state was last written.
    changed: AtomicBool,
    /// The canaries' digests, sorted.
    canaries: ArcSwap<Vec<SubjectDigest>>,
    /// As they are configured, and the key that their digests were made with.
    named: Mutex<(Vec<String>, Option<Arc<DigestKey>>)>,
    order: AtomicU64,
    folder: PathBuf,
}

impl Watch {
    /// Detectors as they were when the state folder was last written, or new ones.
    pub(crate) fn open(settings: detect::Settings, folder: &Path, seed: u64) -> Self {
        let enabled = AtomicBool::new(settings.enabled);
        let named = Mutex::new((settings.canaries.clone(), None));
        let detectors = match store::kept::read(folder, FILE, MOST_BYTES) {
            Ok(None) => Detectors::new(settings, seed),
            Ok(Some(bytes)) => Detectors::restore(settings.clone(), &bytes).unwrap_or_else(|error| {
                telemetry::DetectorStateLost { cause: Configured(&error.to_string()) }.emit();
                Detectors::new(settings, seed)
            }),
            Err(error) => {
                telemetry::DetectorStateLost { cause: Configured(&error.to_string()) }.emit();
                Detectors::new(settings, seed)
            }
        };
        Self {
            watched: Mutex::new(Watched::new(detectors)),
            enabled,
            changed: AtomicBool::new(false),
            canaries: ArcSwap::default(),
            named,
            order: AtomicU64::new(0),
            folder: folder.to_owned(),
        }
    }

    /// Puts new settings into force; what is remembered stays.
    pub(crate) fn reload(&self, settings: detect::Settings, key: &Arc<DigestKey>) {
        self.enabled.store(settings.enabled, Ordering::Relaxed);
        *locked(&self.named) = (settings.canaries.clone(), None);
        locked(&self.watched).detectors.reload(settings);
        self.follow(key);
    }

    /// Digests the canaries anew where the ledger has another key than before.
    pub(crate) fn follow(&self, key: &Arc<DigestKey>) {
        let mut named = locked(&self.named);
        if named.1.as_ref().is_some_and(|known| Arc::ptr_eq(known, key)) {
            return;
        }
        let mut digests: Vec<_> = named.0.iter().flat_map(|canary| digests_of(canary, key)).collect();
        digests.sort_unstable();
        digests.dedup();
        named.1 = Some(Arc::clone(key));
        locked(&self.watched).detectors.watch_for(&digests);
        self.canaries.store(Arc::new(digests));
    }

    pub(crate) fn is_on(&self) -> bool {
        self.enabled.load(Ordering::Relaxed)
    }

    /// Whether any canary is to be looked for: the people of every answer are then.
    pub(crate) fn has_canaries(&self) -> bool {
        !self.canaries.load().is_empty()
    }

    /// Lets the baselines of an endpoint begin anew; what was borne before, where it has any.
    pub(crate) fn reset_baseline(&self, endpoint: u64, now: domain::Timestamp) -> Option<[u32; 2]> {
        let before = locked(&self.watched).detectors.reset_baseline(endpoint, now);
        self.changed.store(true, Ordering::Relaxed);
        self.keep();
        before
    }

    /// Whether an endpoint has baselines of its own.
    pub(crate) fn has_baseline(&self, endpoint: u64) -> bool {
        locked(&self.watched).detectors.has_baseline(endpoint)
    }

    /// The state folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it is a canary's.
    pub(crate) fn is_canary(&self, digest: &SubjectDigest) -> bool {
        self.canaries.load().binary_search(digest).is_ok()
    }

    /// Of the digests of one person the one to record: a canary's, else the preferred one.
    pub(crate) fn recorded(&self, digests: &[SubjectDigest]) -> Option<SubjectDigest> {
        let canaries = self.canaries.load();
        let canary = digests.iter().find(|digest| canaries.binary_search(digest).is_ok());
        canary.or_else(|| digests.first()).copied()
    }

    /// Takes an exchange in: its place in the order of the log, and what is said of it.
    pub(crate) fn observe(&self, seen: &Observed<'_>) -> (u64, Said) {
        if !detect::counts(&self.canaries.load(), seen) || !self.is_on() {
            return (self.next(), Said::new());
        }
        let mut watched = locked(&self.watched);
        let order = self.next();
        let said = watched.observe(seen);
        drop(watched);
        self.changed.store(true, Ordering::Relaxed);
        (order, said)
    }

    fn next(&self) -> u64 {
        self.order.fetch_add(1, Ordering::Relaxed)
    }

    /// Sources held.
    pub(crate) fn sources(&self) -> usize {
        locked(&self.watched).detectors.sources()
    }

    /// Writes what is remembered, if it changed. Exchanges wait for a part of it at a time.
    pub(crate) fn keep(&self) {
        if !self.changed.swap(false, Ordering::Relaxed) {
            return;
        }
        let (mut saving, mut bytes) = (Saving::default(), Vec::new());
        loop {
            // Its own statement: in a `while let` the lock would be held while the part is copied.
            let part = locked(&self.watched).detectors.save_part(&mut saving);
            let Some(part) = part else { break };
            bytes.extend_from_slice(&part);
        }
        if let Err(error) = store::kept::put(&self.folder, FILE, &bytes) {
            self.changed.store(true, Ordering::Relaxed);
            telemetry::DetectorStateNotWritten { cause: Configured(&error.to_string()) }.emit();
        }
    }
}

/// The detectors' settings: who has a budget of its own may read as much, unless it is said otherwise.
pub(crate) fn settings(blueprint: &Blueprint) -> detect::Settings {
    let mut settings = blueprint.detect.clone();
    for (role, budgets) in &blueprint.budgets.roles {
        if let Some([per_hour, per_day]) = within(budgets) {
            settings.roles.entry(role.clone()).or_insert(detect::Allowance { per_hour, per_day });
        }
    }
    settings
}

/// People in an hour and a day that budgets allow.
pub(crate) fn within(budgets: &[BudgetDecl]) -> Option<[u32; 2]> {
    let budgets = budgets.iter().map(|budget| (budget.subjects, budget.per.secs_ceil()));
    detect::Settings::within(budgets).map(|allowed| [allowed.per_hour, allowed.per_day])
}

/// The marks that the exchange log carries.
pub(crate) fn marks(said: &Said) -> SmallVec<[SignalMark; 2]> {
    let mark = |(signal, group): &(Signal, Grouped)| SignalMark {
        detector: signal.detector,
        severity: signal.severity,
        group: group.id,
    };
    said.iter().map(mark).collect()
}

/// The digests under which a canary may stand: as a person of an answer, and as a contact that a request
/// names. An id alone is not looked for among what requests name: 990001 may be an order too.
fn digests_of(canary: &str, key: &DigestKey) -> SmallVec<[SubjectDigest; 4]> {
    let canary = canary.trim();
    let mut digests = SmallVec::new();
    let mut add = |kind: KeyKind, text: &str| digests.push(key.subject(&SubjectKey::new(kind, text)));
    let email = meter::normalise::email(canary);
    let phone = meter::normalise::phone(canary);
    if let Some(email) = &email {
        add(KeyKind::Email, email);
    }
    if let Some(phone) = &phone {
        add(KeyKind::Phone, phone);
    }
    add(KeyKind::OwnId, canary);
    if email.is_some() || canary.starts_with('+') {
        digests.push(key.object(canary));
    }
    digests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_found_by_what_it_is() {
        let key = DigestKey::new([7; 32]);
        let subject = |kind, text: &str| key.subject(&SubjectKey::new(kind, text.to_owned()));
        let eve = digests_of(" Eve@Example.com ", &key);
        assert!(eve.contains(&subject(KeyKind::Email, "eve@example.com")));
        assert!(eve.contains(&key.object("Eve@Example.com")));
        let numbered = digests_of("customer/990001", &key);
        assert!(numbered.contains(&subject(KeyKind::Reference, "customer/990001")));
        assert!(
            !numbered.contains(&key.object("990001")) && !numbered.contains(&key.object("customer/990001"))
        );
        assert!(digests_of("+49 30 901820", &key).contains(&subject(KeyKind::Phone, "+4930901820")));
    }
}
