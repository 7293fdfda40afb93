//! The live walk of one exchange: framing, route, identify, authorize, limit, forward, meter, own,
//! budget, ledger, release.
//!
//! [`Gateway`] holds what outlives a reload (ledger, budgets, limits, doors, hints), [`Rules`] what a
//! reload replaces, [`walk::exchange`] serves one exchange. It listens on nothing and reads no
//! configuration: the program hands it a [`blueprint::Blueprint`] and a handler to a listener. It
//! knows no path and no field of any API.

mod ablate;
pub mod admin;
mod answer;
mod baseline;
pub mod blueprint;
mod clock;
mod conclude;
mod disclose;
mod doors;
pub mod explain;
pub mod identify;
mod incidents;
mod incoming;
mod label;
mod looked_up;
mod memory;
mod named;
mod owned;
mod pace;
mod pieces;
mod problem;
mod recent;
mod request;
mod rules;
mod scratch;
pub mod settle;
mod stream;
mod tally;
mod tasks;
mod tell;
mod walk;
mod watch;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use domain::{Exchange, ExchangeId, Mode, Principal, Refusal, Timestamp, Window};
use ledger::Entry;
use policy::budget::{Budgets, Charge, Receipt};
use policy::limit::Limits;
use policy::own::ShownParents;
use store::{Ledger, LineLog, Opening, Restored};

use crate::ablate::{Station, off};
use crate::blueprint::Blueprint;
pub use crate::clock::{hurry, now};
use crate::doors::{Door, Doors};
pub use crate::incidents::{
    Answer, Ask, IncidentHook, News, RespondMode, RespondSettings, Sentence, Step, Wanted, attend,
};
use crate::looked_up::LookedUp;
pub use crate::memory::LearnedDoors;
pub use crate::recent::RecentHead;
pub use crate::rules::{NamedUpstream, Operation, Rules, RulesError};
pub use crate::tally::DoorState;
pub use crate::tasks::{keep, tell_loss};
pub use crate::walk::exchange;

/// Objects that verified callers were shown as their own, remembered for `parent` rules.
const MOST_PARENTS: usize = 100_000;

/// One gateway: everything that outlives a reload of its configuration.
pub struct Gateway {
    pub(crate) ledger: Ledger,
    pub(crate) doors: Doors,
    pub(crate) meter_bounds: meter::Bounds,
    pub(crate) learned: LearnedDoors,
    rules: ArcSwap<Rules>,
    budgets: Mutex<Budgets>,
    limits: Mutex<Limits>,
    parents: Mutex<ShownParents>,
    pub(crate) looked_up: LookedUp,
    budget_roles: ArcSwap<Vec<Arc<str>>>,
    exchange_log: Option<LineLog>,
    pub(crate) recent: recent::Recent,
    pub(crate) watch: watch::Watch,
    pub(crate) incidents: incidents::Incidents,
    words: Words,
    told: tell::Told,
    tls: net::upstream::Tls,
    published_keys: Vec<[u8; 32]>,
    run: u64,
    next: AtomicU64,
}

/// The words for kinds of recipients, made once.
struct Words([Arc<str>; 5]);

impl Words {
    fn new() -> Self {
        Self(["anonymous", "unverified", "confirmed", "verified", "partner"].map(Into::into))
    }

    fn of(&self, word: &str) -> Arc<str> {
        self.0.iter().find(|known| &***known == word).cloned().unwrap_or_else(|| word.into())
    }
}

/// What a gateway is opened with.
pub struct Parts<'p> {
    /// Configuration, read.
    pub blueprint: &'p Blueprint,
    /// Trust in https upstreams.
    pub tls: net::upstream::Tls,
    /// The folder of the ledger.
    pub ledger_dir: &'p std::path::Path,
    /// How the ledger is kept.
    pub ledger_settings: store::LedgerSettings,
    /// Where the exchange log goes, if anywhere.
    pub exchange_log: Option<LineLog>,
    /// SHA-256 of API keys that everybody knows: settings with one of them do not load.
    pub published_keys: Vec<[u8; 32]>,
    /// Who wants to hear of incidents, if anybody.
    pub on_incident: Option<IncidentHook>,
    /// A secret random number: it seeds the tables so that nobody can aim at their buckets.
    pub seed: u64,
}

/// Why a gateway does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The rules cannot be built.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The ledger cannot be opened.
    #[error(transparent)]
    Ledger(#[from] store::OpenError),
    /// What was kept of incidents cannot be opened: what a person closed would be open.
    #[error(transparent)]
    Incidents(#[from] store::IncidentFileError),
}

impl Gateway {
    /// Builds the rules, opens the ledger, and rebuilds budgets and hints from it.
    ///
    /// # Errors
    /// When the rules cannot be built or the ledger cannot be opened. Nothing listens then.
    pub fn open(parts: Parts<'_>) -> Result<(Arc<Self>, Opening), StartError> {
        let Parts {
            blueprint,
            tls,
            ledger_dir,
            ledger_settings,
            exchange_log,
            published_keys,
            on_incident,
            seed,
        } = parts;
        let rules = Rules::build(blueprint, &tls, None, &published_keys)?;
        let doors = Doors::default();
        let learned = LearnedDoors::default();
        let mut budgets = Budgets::new(blueprint.budgets.clone(), seed);
        let mut restore = |restored: Restored<'_>| match restored {
            _ if off(Station::Restore) => {}
            Restored::Exposure(exposure, _) => {
                let looks_up = exposure.subjects.iter().any(|subject| subject.basis == domain::Basis::LookUp);
                let holder = exposure
                    .recipient
                    .principal
                    .map(|digest| rules.identify.holder(digest))
                    .unwrap_or_default();
                let Some(operation) = rules.operation_at(&exposure.endpoint) else {
                    let (number, is_new) = doors.restored(&exposure.endpoint, looks_up);
                    if is_new {
                        learned.restore(&exposure.endpoint);
                    }
                    return budgets.restore(exposure, number, &[], holder);
                };
                let door = doors.of(&operation.endpoint);
                door.note_personal();
                if looks_up {
                    door.note_look_up();
                }
                let declared = operation.intent.as_ref().map_or(&[][..], |intent| intent.budget.as_slice());
                budgets.restore(exposure, door.number, declared, holder);
            }
            Restored::Confirmed { digest, network, holder, at } => {
                rules.identify.restore(digest, network, holder, at);
            }
            Restored::Lost { from, until, .. } => budgets.forgot(from, until),
            _ => {}
        };
        let (ledger, opening) = Ledger::open(
            ledger_dir,
            ledger_settings,
            Arc::new(store::FileSystem),
            clock::now(),
            &mut restore,
        )?;
        // After the ledger: its lock says that nobody else uses the folder.
        let incidents = incidents::Incidents::open(blueprint.respond.clone(), ledger_dir, seed, on_incident)?;
        let gateway = Self {
            ledger,
            doors,
            meter_bounds: meter::Bounds::default(),
            learned,
            budgets: Mutex::new(budgets),
            limits: Mutex::new(Limits::new(blueprint.limits.clone(), seed)),
            parents: Mutex::new(ShownParents::new(MOST_PARENTS, Window::HOUR)),
            looked_up: LookedUp::default(),
            budget_roles: ArcSwap::from_pointee(roles(blueprint)),
            rules: ArcSwap::from_pointee(rules),
            exchange_log,
            recent: recent::Recent::new(blueprint.recent),
            watch: watch::Watch::open(watch::settings(blueprint), ledger_dir, seed),
            incidents,
            words: Words::new(),
            told: tell::Told::default(),
            tls,
            published_keys,
            run: seed.rotate_left(32) ^ clock::now().millis(),
            next: AtomicU64::new(1),
        };
        gateway.watch.follow(&gateway.ledger.digest_key());
        Ok((Arc::new(gateway), opening))
    }

    /// Puts new rules into force at one stroke, or leaves the old ones.
    ///
    /// # Errors
    /// When the new rules cannot be built: nothing has changed then.
    pub fn reload(&self, blueprint: &Blueprint) -> Result<(), RulesError> {
        let before = self.rules.load();
        let rules = Rules::build(blueprint, &self.tls, Some(&before), &self.published_keys)?;
        self.budget_roles.store(Arc::new(roles(blueprint)));
        self.budgets().reload(blueprint.budgets.clone());
        locked(&self.limits).reload(blueprint.limits.clone());
        self.watch.reload(watch::settings(blueprint), &self.ledger.digest_key());
        self.incidents.reload(blueprint.respond.clone());
        self.recent.reload(blueprint.recent);
        self.rules.store(Arc::new(rules));
        if let Some(log) = &self.exchange_log {
            log.reopen();
        }
        Ok(())
    }

    /// What went through each door since the program began.
    #[must_use]
    pub fn door_states(&self) -> Vec<DoorState> {
        self.doors.states()
    }

    /// The rules in force.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        self.rules.load_full()
    }

    /// The ledger.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Writes out everything that waits. Call it after the listeners have drained.
    pub fn close(&self) {
        self.watch.keep();
        self.ledger.close();
        if let Some(log) = &self.exchange_log {
            log.flush(std::time::Duration::from_secs(5));
        }
    }

    pub(crate) fn next_exchange(&self) -> ExchangeId {
        ExchangeId::of(self.run, self.next.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn budgets(&self) -> MutexGuard<'_, Budgets> {
        locked(&self.budgets)
    }

    pub(crate) fn limits(&self) -> MutexGuard<'_, Limits> {
        locked(&self.limits)
    }

    /// Decides and charges in one step. In observe mode it charges whatever the budgets say, and
    /// tells what they would have refused.
    pub(crate) fn charge(
        &self,
        charge: &Charge<'_>,
        mode: Mode,
        now: Timestamp,
    ) -> Result<(Receipt, Option<Refusal>), Refusal> {
        if off(Station::Budget) {
            Ok((Receipt::default(), None))
        } else if mode.acts() {
            self.budgets().charge(charge, now).map(|receipt| (receipt, None))
        } else {
            Ok(self.budgets().charge_anyway(charge, now))
        }
    }

    /// The first of the principal's roles that has a budget of its own.
    pub(crate) fn budget_role(&self, principal: &Principal) -> Option<Arc<str>> {
        let named = self.budget_roles.load();
        principal.roles.iter().find_map(|role| named.iter().find(|name| &***name == role.as_str()).cloned())
    }

    pub(crate) fn word(&self, word: &str) -> Arc<str> {
        self.words.of(word)
    }

    /// The door before the request line was understood.
    pub(crate) fn unread_door(&self) -> Arc<Door> {
        self.doors.elsewhere()
    }

    /// Whether anybody wants to know what an exchange was about: the exchange log, the detectors, or those
    /// who act upon incidents.
    pub(crate) fn records(&self) -> bool {
        self.logs() || self.watch.is_on() || self.incidents.is_on()
    }

    /// Whether an endpoint is declared, or was asked for, as it is written.
    pub(crate) fn knows(&self, shown: &domain::Endpoint) -> bool {
        self.rules.load().operation_at(shown).is_some() || self.doors.shows(shown)
    }

    /// The endpoint that a person means: as it is written, else the one to which a request with this method
    /// and path goes. `None` where it is not known: nothing would ever be judged as it.
    pub(crate) fn meant(&self, wanted: &domain::Endpoint) -> Option<domain::Endpoint> {
        let method: domain::Method = wanted.method().as_str().to_ascii_uppercase().parse().ok()?;
        let endpoint = domain::Endpoint::new(method.clone(), wanted.template().clone());
        if self.knows(wanted) {
            return Some(wanted.clone());
        }
        if self.knows(&endpoint) {
            return Some(endpoint);
        }
        if wanted.template().has_parameters() {
            return None;
        }
        let target = net::target::Target::parse(wanted.template().as_str()).ok()?;
        let segments = target.segments();
        let rules = self.rules.load();
        match rules.route(&method, &segments) {
            Some((operation, _)) => Some(operation.endpoint.clone()),
            None => match rules.patched_door(&method, &segments) {
                Some(patched) => Some(patched.clone()),
                None => self.learned.known(&method, &segments),
            },
        }
    }

    /// The number by which actions know the upstream of this name.
    pub(crate) fn upstream_number(&self, name: &str) -> Result<u64, Sentence> {
        self.rules.load().upstream_number(name).map_err(|known| {
            let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            Sentence::of(format!("there is no upstream `{}`", name.chars().take(60).collect::<String>()))
                .help(format!("there is {}: the names under `upstreams:`", known.join(", ")))
        })
    }

    /// Whether there is an exchange log, or exchanges are held as it would have them.
    pub(crate) fn logs(&self) -> bool {
        self.exchange_log.is_some() || self.recent.is_on()
    }

    /// Appends an exchange to the exchange log, if there is one, and holds it, if some are held.
    pub(crate) fn record(&self, exchange: impl FnOnce() -> Exchange) {
        if !self.logs() {
            return;
        }
        let exchange = exchange();
        if let Some(log) = &self.exchange_log {
            log.append(report::exchange::line(&exchange));
        }
        self.recent.take(exchange);
    }

    /// Keeps newly confirmed hints over restarts.
    pub(crate) fn keep_confirmed(&self, found: &identify::Confirmations, by: telemetry::Vouched) {
        use telemetry::Occurrence;
        for confirmed in &found.confirmed {
            let identify::Confirmed { digest, network, holder, at } = *confirmed;
            self.ledger.note(Entry::Confirmed { digest, network, holder, at });
            telemetry::HintConfirmed { by }.emit();
        }
        if found.capped {
            telemetry::HintsCapped { by }.emit();
        }
    }
}

fn roles(blueprint: &Blueprint) -> Vec<Arc<str>> {
    blueprint.budgets.roles.keys().map(|role| role.as_str().into()).collect()
}

/// A poisoned lock holds consistent data: every change under these locks is complete or not begun.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
