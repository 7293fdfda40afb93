//! The catalogue of occurrences: level, message, fields and count of each, on one page.
//!
//! Levels: ERROR, a human must act; WARN, something is degraded; INFO, what an operator would tell
//! a colleague; DEBUG, why a decision fell as it did.

// long: the catalogue is one page on purpose; each occurrence is a few lines.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use domain::{DetectorId, Endpoint, ExchangeId, Mode, Outcome, RefusalKind, Severity, Timestamp};

use crate::field::Field;
use crate::gate::Gate;
use crate::{
    ActionWord, AlertReceiver, CallerWord, Configured, CredentialFault, DecidedWord, HeadHash, HeardWord,
    IncidentWord, KeySetFault, LedgerFault, LostBudgets, Metrics, OutcomeWord, SourceWord, Success, Surface,
    Table, UpstreamFault, Vouched, metrics,
};

/// Something that happened: one log line and one count.
pub trait Occurrence {
    /// Adds to the metrics it is counted by.
    fn count(&self, metrics: &Metrics);

    /// Writes its line, if its level is on and it is not one of a flood: at most 20 lines a second
    /// of what traffic can cause; the next line then says `held`, how many were held back.
    fn log(&self);

    /// Both. Costs an atomic addition or two, and a comparison when its level is off.
    fn emit(&self) {
        self.count(metrics());
        self.log();
    }
}

/// Declares occurrences: doc, level, message, name, fields, and what they count.
///
/// `flood` marks those that traffic can cause at its own rate, `once` those of which one line in the
/// life of the program is enough.
macro_rules! occurrences {
    ($(
        $(#[$doc:meta])*
        $level:ident $($rate:ident)? $message:literal
        struct $name:ident $(<$life:lifetime>)? {
            $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
        }
        counts $count:expr;
    )*) => {$(
        $(#[$doc])*
        pub struct $name $(<$life>)? { $($(#[$field_doc])* pub $field: $type,)* }

        impl $(<$life>)? Occurrence for $name $(<$life>)? {
            fn count(&self, metrics: &Metrics) {
                let count: fn(&Self, &Metrics) = $count;
                count(self, metrics);
            }

            fn log(&self) {
                occurrences!(@log $($rate)? self, $level, $message, [$($field),*]);
            }
        }
    )*};
    (@log flood $this:ident, $level:ident, $message:literal, [$($field:ident),*]) => {
        if tracing::enabled!(target: crate::log::TARGET, tracing::Level::$level) {
            static GATE: Gate = Gate::new();
            if let Some(held) = GATE.admit(now_secs()) {
                let held = (held > 0).then_some(held);
                tracing::event!(target: crate::log::TARGET, tracing::Level::$level,
                    $($field = Field::shown(&$this.$field),)* held, $message);
            }
        }
    };
    (@log once $this:ident, $level:ident, $message:literal, [$($field:ident),*]) => {
        static TOLD: AtomicBool = AtomicBool::new(false);
        if !TOLD.load(Ordering::Relaxed) && !TOLD.swap(true, Ordering::Relaxed) {
            occurrences!(@log $this, $level, $message, [$($field),*]);
        }
    };
    (@log $this:ident, $level:ident, $message:literal, [$($field:ident),*]) => {
        tracing::event!(target: crate::log::TARGET, tracing::Level::$level,
            $($field = Field::shown(&$this.$field),)* $message)
    };
}

/// Seconds of the system clock, for the flood gate only.
fn now_secs() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// An exchange ended: the one occurrence on the way of every exchange. DEBUG.
pub struct ExchangeDone<'a> {
    /// Its id.
    pub exchange: ExchangeId,
    /// The door.
    pub endpoint: &'a Endpoint,
    /// Who asked.
    pub caller: CallerWord,
    /// How it ended.
    pub outcome: Outcome,
    /// The mode that decided.
    pub mode: Mode,
    /// Status sent to the client.
    pub status: u16,
    /// From the complete request to the last byte released.
    pub took: Duration,
    /// Disclosed subjects that left, by the budget they were charged to: own, look-up, budget,
    /// would-refuse, claimed, named ([`domain::Basis`] in its order).
    pub subjects: [u32; 6],
}

impl Occurrence for ExchangeDone<'_> {
    fn count(&self, metrics: &Metrics) {
        metrics.exchanges.add(OutcomeWord::of(self.outcome), self.caller, self.mode);
        match self.outcome {
            Outcome::Refused(kind) => metrics.refusals.add(kind, 1),
            Outcome::WouldRefuse(kind) => metrics.would_refuse.add(kind, 1),
            Outcome::Served | Outcome::ClientGone => {}
        }
        for (basis, subjects) in <domain::Basis as crate::Word>::ALL.iter().zip(self.subjects) {
            if subjects > 0 {
                metrics.disclosed_subjects.add(*basis, u64::from(subjects));
            }
        }
        metrics.exchange_latency.observe(self.took);
    }

    fn log(&self) {
        let kind = match self.outcome {
            Outcome::Refused(kind) | Outcome::WouldRefuse(kind) => Some(kind),
            Outcome::Served | Outcome::ClientGone => None,
        };
        tracing::event!(target: crate::log::TARGET, tracing::Level::DEBUG,
            exchange = Field::shown(&self.exchange),
            endpoint = Field::shown(&self.endpoint),
            caller = Field::shown(&self.caller),
            outcome = Field::shown(&OutcomeWord::of(self.outcome)),
            kind = Field::shown(&kind),
            mode = Field::shown(&self.mode),
            status = self.status,
            micros = u64::try_from(self.took.as_micros()).unwrap_or(u64::MAX),
            subjects = self.subjects.iter().fold(0_u32, |sum, part| sum.saturating_add(*part)),
            "exchange done");
    }
}

occurrences! {
    /// The program holds its ledger and its addresses, and serves from now on.
    INFO "started"
    struct Started<'a> {
        /// The program's version.
        version: Configured<'a>,
        /// The mode that decides.
        mode: Mode,
        /// Operations with a declared intent.
        declared: u64,
    }
    counts |_, _| ();

    /// Nothing is protected: observe mode was not asked for by name.
    WARN "observe mode by default: budgets refuse nothing; --guard makes them act, --observe says that this is meant"
    struct ObservesByDefault {}
    counts |_, _| ();

    /// The configuration has something that is likely not meant.
    WARN "configuration warning"
    struct ConfigurationWarning<'a> {
        /// The file.
        file: Configured<'a>,
        /// Where in it; none where the whole file is meant.
        line: Option<u32>,
        /// The kind of fault.
        code: Configured<'a>,
        /// What is wrong, in the words of the configuration reader.
        cause: Configured<'a>,
        /// What to do.
        help: Option<Configured<'a>>,
    }
    counts |_, _| ();

    /// A further fault of a configuration that was not put into force: `ReloadFailed` has the first.
    ERROR "configuration fault"
    struct ConfigurationFault<'a> {
        /// The file.
        file: Configured<'a>,
        /// Where in it; none where the whole file is meant.
        line: Option<u32>,
        /// The kind of fault.
        code: Configured<'a>,
        /// What is wrong, in the words of the configuration reader.
        cause: Configured<'a>,
        /// What to do.
        help: Option<Configured<'a>>,
    }
    counts |_, _| ();

    /// The command line takes away what the configuration file asks for.
    WARN "the command line overrides the configuration file"
    struct CommandLineOverrides<'a> {
        /// The key in the file.
        key: Configured<'a>,
        /// Its value there.
        file: Configured<'a>,
        /// The flag that has the last word.
        flag: Configured<'a>,
    }
    counts |_, _| ();

    /// A reload read settings that only a start puts into force.
    WARN "settings have changed that take effect at a start only"
    struct RestartNeeded<'a> {
        /// Their keys.
        keys: Configured<'a>,
    }
    counts |_, _| ();

    /// A surface accepts connections.
    INFO "listening"
    struct Listening<'a> {
        /// Which surface.
        surface: Surface,
        /// Our own address or socket path.
        address: Configured<'a>,
    }
    counts |_, _| ();

    /// Budgets and hints were rebuilt from the ledger.
    INFO "state rebuilt from the ledger"
    struct StateRebuilt {
        /// Entries read.
        entries: u64,
        /// How long it took.
        millis: u64,
    }
    counts |_, _| ();

    /// The ledger ended in the middle of an entry: a crash. The torn bytes were cut off.
    WARN "torn tail of the ledger cut"
    struct TornTailCut {
        /// Bytes cut.
        bytes: u64,
    }
    counts |_, _| ();

    /// The ledger ends before the head that was known: entries are missing.
    ERROR "entries after the last known head are missing from the ledger"
    struct LedgerTailMissing {
        /// Entries that the known head counted.
        known: u64,
        /// Entries that were found.
        found: u64,
    }
    counts |_, _| ();

    /// A sealed part of the ledger is damaged or missing, and retention did not do it.
    ERROR "a part of the ledger is lost"
    struct LedgerPartLost<'a> {
        /// Its file in the state folder.
        file: Configured<'a>,
        /// What is wrong with it.
        why: Configured<'a>,
        /// Nothing of what is lost is older.
        from: Timestamp,
        /// Nothing of what is lost is younger.
        until: Timestamp,
        /// Bytes that are lost; 0 where nobody knows.
        bytes: u64,
        /// What budgets do.
        budgets: LostBudgets,
    }
    counts |this, metrics| metrics.ledger_losses.add(this.budgets, 1);

    /// The search for damage in old segments could not go on.
    WARN "the ledger could not be examined"
    struct LedgerNotExamined {}
    counts |_, _| ();

    /// A reload put a new configuration into force.
    INFO "reloaded"
    struct Reloaded {
        /// Operations with a declared intent.
        declared: u64,
        /// Virtual patches in force.
        patches: u64,
    }
    counts |_, metrics| metrics.reloads.add(Success::Ok, 1);

    /// A reload failed; the configuration before it stays in force.
    ERROR "reload failed, the old configuration stays in force"
    struct ReloadFailed<'a> {
        /// The file of the first fault.
        file: Option<Configured<'a>>,
        /// Where in it; none where the whole file is meant.
        line: Option<u32>,
        /// The kind of fault.
        code: Option<Configured<'a>>,
        /// Why, in the words of the configuration reader.
        cause: Configured<'a>,
        /// What to do.
        help: Option<Configured<'a>>,
        /// How many faults there are; the others are told in lines of their own.
        faults: u64,
    }
    counts |_, metrics| metrics.reloads.add(Success::Failed, 1);

    /// No new work is taken; exchanges in flight may finish.
    INFO "draining"
    struct Draining {
        /// Exchanges in flight.
        in_flight: u64,
    }
    counts |_, _| ();

    /// The drain ended.
    INFO "drained"
    struct Drained {
        /// Connections that finished.
        finished: u64,
        /// Connections that were cut at the deadline.
        broken: u64,
        /// How long it took.
        millis: u64,
    }
    counts |_, _| ();

    /// The program ends, its ledger flushed.
    INFO "stopped"
    struct Stopped {}
    counts |_, _| ();

    /// A task that should live as long as the program ended.
    ERROR "a task ended"
    struct TaskEnded {
        /// The surface or table it served is told by its name.
        task: Configured<'static>,
    }
    counts |_, _| ();

    /// An exchange was refused, and no other occurrence says so: a refusal has one line. Counted by
    /// [`ExchangeDone`].
    INFO flood "exchange refused"
    struct ExchangeRefused<'a> {
        /// Its id.
        exchange: ExchangeId,
        /// The door.
        endpoint: &'a Endpoint,
        /// Why.
        kind: RefusalKind,
        /// Of a caller who is not known: why the credential does not count.
        cause: Option<CredentialFault>,
        /// Where an action refused it: which, as `tidegate incident list` names it.
        action: Option<Configured<'a>>,
        /// The incident that the action is about.
        incident: Option<Configured<'a>>,
        /// Who asked.
        caller: CallerWord,
        /// The mode that decided.
        mode: Mode,
    }
    counts |_, _| ();

    /// Observe mode let an exchange pass that guard would have refused. Counted by [`ExchangeDone`].
    INFO flood "exchange would be refused"
    struct ExchangeWouldBeRefused<'a> {
        /// Its id.
        exchange: ExchangeId,
        /// The door.
        endpoint: &'a Endpoint,
        /// Why.
        kind: RefusalKind,
        /// Where an action would have refused it: which.
        action: Option<Configured<'a>>,
        /// Who asked.
        caller: CallerWord,
    }
    counts |_, _| ();

    /// A budget of data subjects is spent: somebody collects people's data here. The refusal's line;
    /// once a minute for each source, whose other refusals are [`ExchangeRefused`].
    WARN flood "budget of data subjects spent"
    struct BudgetSpent<'a> {
        /// The exchange that found it spent.
        exchange: ExchangeId,
        /// The door.
        endpoint: &'a Endpoint,
        /// Why, in the word of every refusal.
        kind: RefusalKind,
        /// Whose kind of budget.
        caller: CallerWord,
        /// The budget, in the words of the refusal.
        budget: Configured<'a>,
        /// The mode that decided.
        mode: Mode,
    }
    counts |_, _| ();

    /// The head of the ledger's chain, each minute: the outside anchor.
    INFO "ledger head"
    struct LedgerHead {
        /// Entries so far.
        entries: u64,
        /// Hash of the newest.
        hash: HeadHash,
    }
    counts |_, _| ();

    /// The ledger cannot make entries durable: what needs an entry is refused.
    ERROR flood "ledger unavailable, personal data is held back"
    struct LedgerUnhealthy {
        /// Why.
        cause: LedgerFault,
    }
    counts |this, metrics| {
        metrics.ledger_healthy.store(0, Ordering::Relaxed);
        metrics.ledger_faults.add(this.cause, 1);
    };

    /// The ledger makes entries durable again.
    INFO "ledger available again"
    struct LedgerRecovered {}
    counts |_, metrics| metrics.ledger_healthy.store(1, Ordering::Relaxed);

    /// Ledger segments older than the retention were removed.
    INFO "ledger pruned"
    struct LedgerPruned {
        /// Segments removed.
        segments: u64,
        /// Entries before this time are gone.
        until: Timestamp,
    }
    counts |_, _| ();

    /// A detector spoke, and nothing that it belongs to was spoken of yet: one line for one scrape.
    WARN flood "signal"
    struct SignalRaised<'a> {
        /// The group that it belongs to.
        group: u64,
        /// Who says so.
        detector: DetectorId,
        /// Which of the detector's cases it is.
        case: Configured<'a>,
        /// How grave.
        severity: Severity,
        /// Of whom; the exchange log has the address or digest.
        source: SourceWord,
        /// Who asked.
        caller: CallerWord,
        /// The exchange at which it spoke.
        exchange: ExchangeId,
        /// The door.
        endpoint: &'a Endpoint,
        /// People told of who were strangers to the caller.
        people: u32,
        /// Exchanges that counted.
        steps: u32,
        /// The stride of a walk.
        stride: Option<u64>,
        /// About how many sources took part.
        sources: Option<u32>,
        /// When what it speaks of began.
        since: Timestamp,
        /// The mode that decided.
        mode: Mode,
    }
    counts |this, metrics| {
        metrics.signals.add(this.detector, 1);
        metrics.signal_groups.add(1);
    };

    /// What a group of signals speaks of is graver than was told, or tells of tenfold the people.
    WARN flood "group of signals grew"
    struct SignalGroupGrew<'a> {
        /// The group.
        group: u64,
        /// The detector that spoke.
        detector: DetectorId,
        /// Which of its cases it is.
        case: Configured<'a>,
        /// How grave it is now.
        severity: Severity,
        /// The exchange at which it spoke.
        exchange: ExchangeId,
        /// The door.
        endpoint: &'a Endpoint,
        /// People told of who were strangers to the caller.
        people: u32,
        /// The stride of a walk.
        stride: Option<u64>,
        /// About how many sources took part.
        sources: Option<u32>,
        /// Signals of the group so far.
        signals: u32,
        /// Detectors that spoke in it.
        detectors: u32,
    }
    counts |this, metrics| metrics.signals.add(this.detector, 1);

    /// A detector spoke of what is known already.
    DEBUG "one more signal of a group"
    struct SignalJoined {
        /// The group.
        group: u64,
        /// The detector.
        detector: DetectorId,
        /// The exchange at which it spoke.
        exchange: ExchangeId,
    }
    counts |this, metrics| metrics.signals.add(this.detector, 1);

    /// What detectors remembered cannot be read: they begin anew, and give out a fresh error budget.
    WARN "state of detectors lost"
    struct DetectorStateLost<'a> {
        /// Why.
        cause: Configured<'a>,
    }
    counts |_, _| ();

    /// What detectors remember cannot be written: a restart would begin where it was last written.
    WARN flood "state of detectors not written"
    struct DetectorStateNotWritten<'a> {
        /// Why, in the words of the disk.
        cause: Configured<'a>,
    }
    counts |_, _| ();

    /// Signals that belong to nothing known: an incident. One line for one scrape.
    WARN flood "incident opened"
    struct IncidentOpened<'a> {
        /// Its name.
        incident: Configured<'a>,
        /// The group of the signal that opened it, as lines `signal` and the exchange log have it.
        group: Option<u64>,
        /// How grave.
        severity: Severity,
        /// The detector that spoke first.
        detector: Option<DetectorId>,
        /// Where.
        endpoint: Option<&'a Endpoint>,
        /// People at least.
        people: u32,
        /// Sources at least.
        sources: u32,
        /// The mode in force.
        mode: Mode,
    }
    counts |_, metrics| metrics.incidents.add(IncidentWord::Opened, 1);

    /// An incident is graver than was told, or tells of tenfold the people.
    WARN flood "incident grew"
    struct IncidentGrew<'a> {
        /// Its name.
        incident: Configured<'a>,
        /// The group of the signal.
        group: Option<u64>,
        /// How grave it is now.
        severity: Severity,
        /// People at least.
        people: u32,
        /// Sources at least.
        sources: u32,
        /// Signals so far.
        signals: u32,
    }
    counts |_, metrics| metrics.incidents.add(IncidentWord::Grew, 1);

    /// An incident that was closed came back.
    WARN flood "incident reopened"
    struct IncidentReopened<'a> {
        /// Its name.
        incident: Configured<'a>,
        /// The group of the signal.
        group: Option<u64>,
        /// How grave it is.
        severity: Severity,
        /// How often it came back.
        times: u32,
    }
    counts |_, metrics| metrics.incidents.add(IncidentWord::Reopened, 1);

    /// Two incidents turned out to be one.
    INFO flood "incident merged"
    struct IncidentMerged<'a> {
        /// The name that stays.
        incident: Configured<'a>,
        /// The other, by which it is found too.
        from: Configured<'a>,
    }
    counts |_, metrics| metrics.incidents.add(IncidentWord::Merged, 1);

    /// Something is in force about an incident, and it was silent for a minute.
    INFO flood "incident contained"
    struct IncidentContained<'a> {
        /// Its name.
        incident: Configured<'a>,
    }
    counts |_, metrics| metrics.incidents.add(IncidentWord::Contained, 1);

    /// An incident goes on after it was contained: somebody whom no action holds, or not any more.
    INFO flood "incident resumed"
    struct IncidentResumed<'a> {
        /// Its name.
        incident: Configured<'a>,
        /// The group of the signal.
        group: Option<u64>,
        /// How often it did.
        times: u32,
        /// People, at least.
        people: u32,
        /// Sources, about.
        sources: u32,
    }
    counts |_, metrics| metrics.incidents.add(IncidentWord::Resumed, 1);

    /// An incident was silent for an hour, or a person closed it.
    INFO flood "incident closed"
    struct IncidentClosed<'a> {
        /// Its name.
        incident: Configured<'a>,
        /// Who decided.
        by: DecidedWord,
    }
    counts |_, metrics| metrics.incidents.add(IncidentWord::Closed, 1);

    /// There are more incidents than are remembered: the least grave and oldest went.
    WARN flood "incident forgotten"
    struct IncidentForgotten<'a> {
        /// Its name.
        incident: Configured<'a>,
    }
    counts |_, metrics| metrics.incidents.add(IncidentWord::Forgotten, 1);

    /// An action is in force.
    WARN flood "action taken"
    struct ActionTaken<'a> {
        /// Its number.
        action: Configured<'a>,
        /// Its incident.
        incident: Option<Configured<'a>>,
        /// The step of the ladder.
        step: Configured<'static>,
        /// Against what sort of target; `incident show` says which.
        target: Configured<'static>,
        /// The endpoint or upstream of the target by name, where it has one.
        named: Option<Configured<'a>>,
        /// Who decided.
        by: DecidedWord,
        /// In full force before this.
        until: Timestamp,
        /// Whom it was predicted to hit beside those it is meant for.
        innocents: u32,
        /// Whether that is known from the time before it began.
        known: bool,
        /// The mode in force: in observe it refuses nobody.
        mode: Mode,
    }
    counts |_, metrics| metrics.actions.add(ActionWord::Taken, 1);

    /// An action waits for a person: `tidegate incident accept`.
    WARN flood "action proposed"
    struct ActionProposed<'a> {
        /// Its number.
        action: Configured<'a>,
        /// Its incident.
        incident: Option<Configured<'a>>,
        /// The step of the ladder.
        step: Configured<'static>,
        /// Against what sort of target.
        target: Configured<'static>,
        /// Its endpoint or upstream by name, where it has one.
        named: Option<Configured<'a>>,
        /// Whom it was predicted to hit.
        innocents: u32,
        /// Whether that is known from the time before it began.
        known: bool,
    }
    counts |_, metrics| metrics.actions.add(ActionWord::Proposed, 1);

    /// All room for actions and proposals is taken by what is as grave: nothing new is done about an incident,
    /// and a person must look.
    ERROR flood "no room for an action"
    struct NoRoomForAction<'a> {
        /// Its incident.
        incident: Configured<'a>,
        /// The step of the ladder that found no room.
        step: Configured<'static>,
    }
    counts |_, metrics| metrics.actions.add(ActionWord::NoRoom, 1);

    /// An action lets one exchange through every ten seconds, to see whether the leak goes on.
    INFO flood "action half-opened"
    struct ActionHalfOpened<'a> {
        /// Its number.
        action: Configured<'a>,
    }
    counts |_, metrics| metrics.actions.add(ActionWord::HalfOpened, 1);

    /// The leak goes on: the action is in full force again.
    WARN flood "action renewed"
    struct ActionRenewed<'a> {
        /// Its number.
        action: Configured<'a>,
        /// In full force before this.
        until: Timestamp,
    }
    counts |_, metrics| metrics.actions.add(ActionWord::Renewed, 1);

    /// An action is over.
    INFO flood "action ended"
    struct ActionEnded<'a> {
        /// Its number.
        action: Configured<'a>,
        /// How: undone, declined, lifted, expired, lapsed, displaced.
        how: Configured<'static>,
    }
    counts |_, metrics| metrics.actions.add(ActionWord::Ended, 1);

    /// Signals came faster than incidents can be made of them.
    ERROR flood "signals dropped on the way to incidents"
    struct SignalsDropped {
        /// The exchange of which they were said.
        exchange: ExchangeId,
    }
    counts |_, metrics| metrics.heard.add(HeardWord::SignalsDropped, 1);

    /// Incidents cannot be written: a restart would not know what changed since. Tried again each second.
    ERROR flood "incidents not kept"
    struct IncidentsNotKept<'a> {
        /// Why, in the words of the disk.
        cause: Configured<'a>,
    }
    counts |_, metrics| metrics.incidents_kept.store(0, Ordering::Relaxed);

    /// A person let the baselines of an endpoint begin anew: for seven days its cap is borne.
    WARN "baseline reset by hand"
    struct BaselineReset<'a> {
        /// The endpoint.
        endpoint: &'a Endpoint,
        /// Who did.
        who: Configured<'a>,
        /// Why.
        reason: Configured<'a>,
        /// Strangers an hour that were borne.
        strangers: u32,
        /// The same beyond the first two of each source.
        beyond: u32,
    }
    counts |_, _| ();

    /// Incidents are written again.
    INFO "incidents kept again"
    struct IncidentsKeptAgain {}
    counts |_, metrics| metrics.incidents_kept.store(1, Ordering::Relaxed);

    /// The file of incidents cannot be read: it was moved, and a new one begun. What was in force is not.
    ERROR "file of incidents set aside"
    struct IncidentsSetAside<'a> {
        /// Where it is now.
        file: Configured<'a>,
        /// What is wrong with it.
        cause: Configured<'a>,
    }
    counts |_, _| ();

    /// Rows of the file of incidents cannot be read and are left out.
    WARN "incidents that cannot be read"
    struct IncidentsUnreadable {
        /// How many.
        rows: u64,
    }
    counts |_, _| ();

    /// What was kept of incidents is in force again.
    INFO "incidents restored"
    struct IncidentsRestored {
        /// Incidents that are not closed.
        open: u64,
        /// Actions in force.
        actions: u64,
    }
    counts |_, _| ();

    /// An upstream gave no usable answer.
    WARN flood "upstream failed"
    struct UpstreamFailed<'a> {
        /// The exchange that met it.
        exchange: ExchangeId,
        /// The upstream, as configured.
        upstream: Configured<'a>,
        /// What went wrong.
        cause: UpstreamFault,
    }
    counts |this, metrics| metrics.upstream_failures.add(this.cause, 1);

    /// An endpoint that nobody declared was seen for the first time under this name.
    INFO flood "shadow endpoint seen"
    struct ShadowEndpointSeen<'a> {
        /// The door.
        endpoint: &'a Endpoint,
    }
    counts |_, metrics| metrics.shadow_endpoints.add(1);

    /// A key set was loaded.
    INFO "key set loaded"
    struct KeySetLoaded<'a> {
        /// The issuer, as configured.
        issuer: Configured<'a>,
        /// Keys that can verify.
        keys: u64,
        /// Keys that were left out: another use, type or algorithm.
        skipped: u64,
        /// Whether it differs from the one before.
        changed: bool,
    }
    counts |_, metrics| metrics.key_set_refreshes.add(Success::Ok, 1);

    /// A key set could not be loaded. Without any, its operations are closed.
    WARN "key set not loaded"
    struct KeySetFailed<'a> {
        /// The issuer, as configured.
        issuer: Configured<'a>,
        /// Why.
        cause: KeySetFault,
        /// Whether an older one is still in force.
        older_in_force: bool,
    }
    counts |this, metrics| {
        metrics.key_set_refreshes.add(Success::Failed, 1);
        metrics.key_set_failures.add(this.cause, 1);
    };

    /// A virtual patch has expired and is ignored.
    WARN "virtual patch expired"
    struct PatchExpired<'a> {
        /// Its id.
        patch: Configured<'a>,
        /// When.
        expired: Timestamp,
        /// The file that it stands in.
        file: Configured<'a>,
        /// Where in it.
        line: u32,
    }
    counts |_, _| ();

    /// A request came to a door that an expired patch was about. At most once a minute for each patch.
    WARN flood "request met an expired virtual patch"
    struct ExpiredPatchMet<'a> {
        /// The exchange that met it.
        exchange: ExchangeId,
        /// The door.
        endpoint: &'a Endpoint,
        /// The patch's id.
        patch: Configured<'a>,
        /// When it expired.
        expired: Timestamp,
    }
    counts |_, _| ();

    /// A trusted proxy sent a request without a forwarding header that names a client: the proxy is
    /// charged as if it were one, and everybody behind it shares its budgets.
    WARN once "a trusted proxy names no client: all behind it share one budget"
    struct ProxyNamesNobody {
        /// The header in which the client was expected.
        header: Configured<'static>,
    }
    counts |_, metrics| metrics.proxy_names_nobody.add(1);

    /// A policy failed to evaluate: the exchange is refused. The refusal's line.
    ERROR flood "policy failed to evaluate"
    struct PolicyFailed<'a> {
        /// The exchange that met it.
        exchange: ExchangeId,
        /// The door.
        endpoint: &'a Endpoint,
        /// Why, in the word of every refusal.
        kind: RefusalKind,
        /// The policy's id.
        policy: Configured<'a>,
    }
    counts |_, metrics| metrics.policy_errors.add(1);

    /// An operation is closed: its declaration expired or cannot be resolved. The refusal's line.
    WARN flood "endpoint closed"
    struct EndpointClosed<'a> {
        /// The exchange that met it.
        exchange: ExchangeId,
        /// The door.
        endpoint: &'a Endpoint,
        /// Why, in the word of every refusal.
        kind: RefusalKind,
        /// Why, in the words of the configuration.
        cause: Configured<'a>,
    }
    counts |_, _| ();

    /// The upstream vouched for a hint.
    DEBUG "hint confirmed"
    struct HintConfirmed {
        /// How.
        by: Vouched,
    }
    counts |this, metrics| metrics.hints_confirmed.add(this.by, 1);

    /// A network has had its share of confirmed hints for this hour.
    WARN flood "no more hints are confirmed for a network within this hour"
    struct HintsCapped {
        /// How the upstream vouched for the one left out.
        by: Vouched,
    }
    counts |_, metrics| metrics.hints_capped.add(1);

    /// A receiver took an alert.
    DEBUG "alert delivered"
    struct AlertDelivered<'a> {
        /// The receiver: its kind, a dash, and its name in the configuration.
        outlet: Configured<'a>,
        /// Its kind.
        kind: AlertReceiver,
    }
    counts |this, metrics| metrics.alerts_delivered.add(this.kind, 1);

    /// An alert was not taken by its receiver and waits for the next try.
    WARN flood "alert not delivered"
    struct AlertNotDelivered<'a> {
        /// The receiver.
        outlet: Configured<'a>,
        /// Its kind.
        kind: AlertReceiver,
        /// What went wrong, in a closed word; never what the receiver said.
        cause: Configured<'static>,
        /// How often in a row.
        failures: u64,
    }
    counts |this, metrics| metrics.alerts_failed.add(this.kind, 1);

    /// A receiver of alerts takes them again.
    INFO "alerts are delivered again"
    struct AlertReceiverBack<'a> {
        /// The receiver.
        outlet: Configured<'a>,
    }
    counts |_, _| ();

    /// Alerts were dropped: too many waited, or for too long, or their files were damaged.
    ERROR flood "alerts dropped"
    struct AlertsDropped<'a> {
        /// The receiver.
        outlet: Configured<'a>,
        /// Its kind.
        kind: AlertReceiver,
        /// How many.
        alerts: u64,
    }
    counts |this, metrics| metrics.alerts_dropped.add(this.kind, this.alerts);

    /// A stop could not deliver all alerts.
    INFO "alerts wait for the next start"
    struct AlertsLeft {
        /// How many.
        alerts: u64,
    }
    counts |_, _| ();

    /// At a stop the disk does not hold all alerts that were not delivered: they may be lost.
    WARN "waiting alerts are not on disk"
    struct AlertsNotDurable<'a> {
        /// The receiver.
        outlet: Configured<'a>,
    }
    counts |_, _| ();

    /// A reload could not put its receivers of alerts into force.
    ERROR "alerts not started"
    struct AlertsNotStarted<'a> {
        /// Why.
        cause: Configured<'a>,
        /// Whether the receivers that were in force before are so again.
        older_in_force: bool,
    }
    counts |_, _| ();

    /// A bounded table is full: its eviction rule acts.
    WARN flood "table full"
    struct TableFull {
        /// Which.
        table: Table,
    }
    counts |_, _| ();
}

#[cfg(test)]
mod tests {
    use domain::Basis;

    use super::*;

    #[test]
    fn an_exchange_is_counted_once_with_its_subjects() {
        let metrics = Metrics::new();
        let endpoint = "POST /api/customers".parse().unwrap();
        let done = |outcome| ExchangeDone {
            exchange: ExchangeId::new(1),
            endpoint: &endpoint,
            caller: CallerWord::Anonymous,
            outcome,
            mode: Mode::Guard,
            status: 200,
            took: Duration::from_millis(3),
            subjects: [0, 2, 10, 0, 0, 0],
        };
        done(Outcome::Served).count(&metrics);
        done(Outcome::Refused(RefusalKind::BudgetSpent)).count(&metrics);
        assert_eq!(metrics.exchanges(OutcomeWord::Served, CallerWord::Anonymous, Mode::Guard), 1);
        assert_eq!(metrics.exchanges(OutcomeWord::Refused, CallerWord::Anonymous, Mode::Guard), 1);
        assert_eq!(metrics.refusals.of(RefusalKind::BudgetSpent), 1);
        assert_eq!(metrics.disclosed_subjects(Basis::Budget), 20);
        assert_eq!(metrics.disclosed_subjects(Basis::Own), 0);
    }

    #[test]
    fn a_ledger_fault_shows_until_it_recovers() {
        let metrics = Metrics::new();
        LedgerUnhealthy { cause: LedgerFault::Sync }.count(&metrics);
        assert!(metrics.text().contains("tidegate_ledger_healthy 0"));
        assert!(metrics.text().contains(r#"tidegate_ledger_faults_total{cause="sync"} 1"#));
        LedgerRecovered {}.count(&metrics);
        assert!(metrics.text().contains("tidegate_ledger_healthy 1"));
    }
}
