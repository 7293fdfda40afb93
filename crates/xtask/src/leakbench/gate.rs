//! A gateway without sockets, bodies and clock: the same tables, asked in the order of its walk.
//!
//! ```text
//! act -> limit -> look up -> (the shop answers) -> charge, strangers, act on the answer -> look-up's result
//!     -> confirm what was issued -> detect -> respond
//! ```
//! Every decision is made by the types that the gateway holds: `policy` for limits, look-ups and
//! budgets, `gateway::settle` for the order around the charge, `gateway::identify` for what confirms a
//! session, `detect::Watched` and `respond::hear`. What is missing here is what has no place in virtual
//! time: framing, Cedar, metering (the town says whom an answer tells of), the ledger and the wire.

use detect::{CallerKind, DetectorId, Detectors, Observed, Page, Said, Watched};
use domain::{
    Basis, Claim, ClassSet, DataClass, Endpoint, HintState, Holder, IpPrefix, KeyKind, Method, Refusal,
    RefusalKind, SubjectDigest, Timestamp, networks_of,
};
use gateway::identify::{Identify, Issue};
use gateway::settle::{Acting, Settled};
use policy::budget::{Answer, Budgets, Charge, ChargedSubject, Payer};
use policy::limit::{Limits, Request};
use respond::{Facts, HowEnded, Seen};
use smallvec::SmallVec;
use testkit::days::{Ask, Door, Who};

use super::doors::{Declared, STAFF, doors};
use crate::desk::{Desk, digest};

/// What the gate is switched to.
#[derive(Clone, Debug)]
pub(crate) struct Switches {
    /// Whether budgets, limits and actions refuse; else everything is counted and nothing refused.
    pub(crate) acts: bool,
    /// The only detectors that are listened to.
    pub(crate) only: Option<Vec<DetectorId>>,
    /// Steps of the answer that are not taken.
    pub(crate) off: Vec<respond::Rung>,
    /// People whom nobody should read.
    pub(crate) canaries: Vec<u64>,
    /// Budgets other than the defaults.
    pub(crate) budgets: policy::budget::Settings,
}

impl Default for Switches {
    fn default() -> Self {
        let (off, canaries) = (Vec::new(), Vec::new());
        Self { acts: true, only: None, off, canaries, budgets: super::doors::budgets() }
    }
}

/// What came of a request.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Why it was refused.
    pub(crate) refusal: Option<Refusal>,
    /// For how long an action let it wait.
    pub(crate) delay_millis: u64,
    /// People that left, who were new to the caller and not its own.
    pub(crate) strangers: u32,
    /// People that left.
    pub(crate) told: u32,
    /// What detectors said.
    pub(crate) said: Said,
    /// Whether the caller's own budget refused it, or would have.
    pub(crate) spent: bool,
    /// Whether the detectors were asked: it counted for something.
    pub(crate) counted: bool,
}

/// Work that was done, to see that it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Work {
    /// Requests.
    pub(crate) exchanges: u64,
    /// Of them, those that detectors counted.
    pub(crate) counted: u64,
    /// People of all answers that left, each time.
    pub(crate) told: u64,
    /// Signals.
    pub(crate) signals: u64,
    /// Actions that were taken.
    pub(crate) actions: u64,
}

/// The tables of one gateway.
pub(crate) struct Gate {
    budgets: Budgets,
    limits: Limits,
    identify: Identify,
    watched: Watched,
    incidents: Desk,
    doors: Vec<Declared>,
    acts: bool,
    canaries: Vec<SubjectDigest>,
    pub(crate) work: Work,
}

/// Who asks, as the walk knows it.
struct Caller<'a> {
    kind: CallerKind,
    identity: Option<SubjectDigest>,
    role: Option<&'static str>,
    payer: Payer<'a>,
    holder: Holder,
}

const PERSON: u64 = 0x51;
const MAIL: u64 = 0x52;
const TOKEN: u64 = 0x53;
const OBJECT: u64 = 0x54;
const PATH: u64 = 0x55;
const NAMED: u64 = 0x56;
const ACCOUNT: u64 = 0x57;

impl Work {
    /// Adds the work of another gateway.
    pub(crate) fn add(&mut self, other: Self) {
        let Self { exchanges, counted, told, signals, actions } = other;
        self.exchanges += exchanges;
        self.counted += counted;
        self.told += told;
        self.signals += signals;
        self.actions += actions;
    }
}

impl Gate {
    /// A gateway that has seen nothing.
    pub(crate) fn new(switches: Switches, seed: u64) -> anyhow::Result<Self> {
        let Switches { acts, only, off, canaries, budgets } = switches;
        let detectors = Detectors::new(super::doors::detect(), seed);
        let mut detectors = match only {
            Some(ids) => detectors.only(&ids),
            None => detectors,
        };
        let mut canaries: Vec<_> = canaries.into_iter().map(|person| digest(person, PERSON)).collect();
        canaries.sort_unstable();
        detectors.watch_for(&canaries);
        Ok(Self {
            budgets: Budgets::new(budgets, seed),
            limits: Limits::new(policy::limit::Settings::default(), seed),
            identify: Identify::new(&gateway::identify::Settings::default(), &[])?,
            watched: Watched::new(detectors),
            incidents: Desk::new(&off, seed),
            doors: doors()?,
            acts,
            canaries,
            work: Work::default(),
        })
    }

    /// Takes one request through the walk.
    pub(crate) fn exchange(&mut self, ask: &Ask, at: Timestamp) -> Outcome {
        self.incidents.tick(at);
        let networks = networks_of(ask.from);
        let caller = self.caller(ask.who, &networks);
        let Some(door) = self.doors.get(place(ask.door)) else { return Outcome::default() };
        let facts = Facts {
            client: ask.from,
            caller: caller.kind,
            identity: caller.identity,
            works: caller.role.is_some() || caller.kind == CallerKind::Partner,
            door: door.key,
            upstream: 1,
            page: ask.page,
        };
        let mut outcome = Outcome::default();
        let mut trickled = false;
        let brought: SmallVec<[SubjectDigest; 1]> = match ask.brings {
            Some(person) if !matches!(ask.who, Who::Staff(_) | Who::Partner(_)) => {
                std::iter::once(digest(person, MAIL)).collect()
            }
            _ => SmallVec::new(),
        };
        let short: SmallVec<[u64; 1]> = brought.iter().map(SubjectDigest::short).collect();
        let named = ask.object.filter(|_| ask.door != Door::Nowhere);
        let object = named.map(|object| digest(object, OBJECT));

        // The request: actions, limits, look-ups.
        if self.acts {
            let acting = Acting::on_request(&self.incidents.in_force, || facts, at);
            trickled |= acting.trickled;
            outcome.delay_millis = acting.slowed.map_or(0, |(delay, _)| delay.millis());
            outcome.refusal = acting.refusal;
        }
        if outcome.refusal.is_none() {
            let objects: SmallVec<[u64; 1]> = object.iter().map(SubjectDigest::short).collect();
            let principal = caller.identity.filter(|_| caller.kind.is_principal());
            let request = Request {
                networks: &networks,
                principal,
                endpoint: door.number,
                declared: &[],
                objects: &objects,
            };
            let limited = self.limits.check(&request, at).err();
            outcome.refusal = limited.filter(|_| self.acts).map(|limited| limited.refusal);
        }
        if outcome.refusal.is_none() && !short.is_empty() {
            let granted = self.budgets.look_up_allowed(&networks, door.number, &short, at);
            if let Err(refusal) = granted {
                if self.acts {
                    outcome.refusal = Some(refusal);
                } else {
                    self.budgets.look_up_anyway(&networks, door.number, &short, at);
                }
            }
        }

        // The answer.
        let asked_shop = outcome.refusal.is_none();
        let mut strange: SmallVec<[SubjectDigest; 4]> = SmallVec::new();
        let mut subjects: Vec<ChargedSubject> = Vec::new();
        let mut people: SmallVec<[u64; 4]> = SmallVec::new();
        if asked_shop && ask.foreign {
            let foreign = Refusal::new(RefusalKind::Foreign, "the records are others'");
            outcome.refusal = Some(foreign);
        } else if asked_shop {
            people.extend(ask.tells.people());
            subjects.extend(people.iter().map(|person| {
                let brings = ask.brings.filter(|_| !brought.is_empty());
                subject(*person, brings, ask.who, &caller.holder)
            }));
            let charge = Charge {
                payer: caller.payer,
                endpoint: door.number,
                declared: &door.budget,
                subjects: &subjects,
            };
            let judged = Some(&facts).filter(|_| self.acts && !door.public);
            let settled = self.incidents.settle(&mut self.budgets, &charge, judged, self.acts, at);
            match settled {
                Ok(Settled { strangers, over, trickled: by_answer, .. }) => {
                    outcome.spent = over.as_ref().is_some_and(Refusal::is_of_own_budget);
                    trickled |= by_answer;
                    outcome.told = count(people.len());
                    outcome.strangers = count(strangers.len());
                    let person = |place: &usize| people.get(*place).map(|person| digest(*person, PERSON));
                    strange.extend(strangers.iter().filter_map(person).take(256));
                }
                Err(unsettled) => {
                    trickled |= unsettled.trickled;
                    outcome.spent = unsettled.refusal.is_of_own_budget();
                    outcome.refusal = Some(unsettled.refusal);
                }
            }
            self.look_up_result(ask, &networks, &short, outcome.refusal.is_none(), at);
        }
        let issued = self.confirm(ask, &brought, outcome.refusal.is_none(), at);
        self.observe(ask, &facts, caller.role, object, &strange, issued, trickled, at, &mut outcome);
        self.work.exchanges += 1;
        self.work.counted += u64::from(outcome.counted);
        self.work.told += u64::from(outcome.told);
        self.work.signals += u64::try_from(outcome.said.len()).unwrap_or(0);
        self.work.actions = self.incidents.taken;
        outcome
    }

    fn caller<'n>(&self, who: Who, networks: &'n [IpPrefix]) -> Caller<'n> {
        let nobody = Caller {
            kind: CallerKind::Anonymous,
            identity: None,
            role: None,
            payer: Payer::Networks(networks),
            holder: Holder::default(),
        };
        match who {
            Who::Nobody => nobody,
            Who::Session(token) => {
                let digest = digest(token, TOKEN);
                let holder = self.identify.holder(digest);
                match self.identify.state(digest) {
                    HintState::Confirmed => Caller {
                        kind: CallerKind::Confirmed,
                        identity: Some(digest),
                        payer: Payer::Confirmed { digest, holder, networks },
                        holder,
                        ..nobody
                    },
                    HintState::Unverified => {
                        Caller { kind: CallerKind::Unverified, identity: Some(digest), ..nobody }
                    }
                }
            }
            Who::Account { person, .. } => {
                let digest = digest(person, ACCOUNT);
                Caller {
                    kind: CallerKind::Verified,
                    identity: Some(digest),
                    payer: Payer::Verified { digest, networks },
                    ..nobody
                }
            }
            Who::Staff(number) => {
                let digest = digest(number, NAMED);
                Caller {
                    kind: CallerKind::Verified,
                    identity: Some(digest),
                    role: Some(STAFF),
                    payer: Payer::Role { name: STAFF, digest, networks },
                    ..nobody
                }
            }
            Who::Partner(number) => {
                let digest = digest(number, NAMED ^ 0x80);
                Caller {
                    kind: CallerKind::Partner,
                    identity: Some(digest),
                    payer: Payer::Partner { digest, networks },
                    ..nobody
                }
            }
        }
    }

    fn look_up_result(&mut self, ask: &Ask, networks: &[IpPrefix], short: &[u64], left: bool, at: Timestamp) {
        if short.is_empty() {
            return;
        }
        let answer = match ask.status {
            400..=499 => Answer::NotFound,
            500.. => Answer::Failed,
            _ if left => Answer::Found,
            _ => Answer::NotFound,
        };
        let number = count(place(ask.door));
        self.budgets.look_up_result(networks, number, short, answer, at);
    }

    /// What a log-in or sign-up confirms; how many sessions it gave out.
    fn confirm(&self, ask: &Ask, brought: &[SubjectDigest], left: bool, at: Timestamp) -> u32 {
        let Some(token) = ask.issues.filter(|_| left) else { return 0 };
        let value = format!("{:032x}", u128::from_be_bytes(*digest(token, TOKEN ^ 0x80).bytes()));
        let person = ask.tells.people().next().map(|person| digest(person, PERSON));
        let holder = Holder { email: brought.first().copied(), phone: None, person };
        let issue = Issue {
            method: &Method::Post,
            request: &[],
            status: ask.status,
            values: &[(value.as_str(), digest(token, TOKEN))],
            holder,
            client: ask.from,
        };
        self.identify.issued(&issue, at);
        1
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a line of the exchange log")]
    fn observe(
        &mut self,
        ask: &Ask,
        facts: &Facts,
        role: Option<&str>,
        object: Option<SubjectDigest>,
        strange: &[SubjectDigest],
        issued: u32,
        trickled: bool,
        at: Timestamp,
        outcome: &mut Outcome,
    ) {
        let Some(door) = self.doors.get(place(ask.door)) else { return };
        let foreign = outcome.refusal.as_ref().is_some_and(|refusal| refusal.kind == RefusalKind::Foreign);
        let status = match &outcome.refusal {
            Some(refusal) if refusal.kind == RefusalKind::Quarantined => 503,
            Some(_) if foreign => 403,
            Some(_) => 429,
            None => ask.status,
        };
        let classes =
            if ask.tells == testkit::days::Tells::Nobody { ClassSet::EMPTY } else { told_classes() };
        let path = (status >= 400).then(|| digest((ask.object.unwrap_or(0) << 4) ^ door.key, PATH));
        let seen = Observed {
            caller: facts.caller,
            principal: facts.identity,
            role,
            public: door.public,
            allowed: door.allowed.filter(|_| facts.caller == CallerKind::Partner),
            numbers: [ask.object.filter(|_| object.is_some()), None],
            foreign,
            spent: outcome.spent,
            object: object.map(|object| object.short()),
            page: ask.page.map(Page::Number),
            status,
            strangers: outcome.strangers,
            subjects: strange,
            classes,
            issued,
            failed_path: path,
            ..Observed::quiet(at, ask.from, door.key)
        };
        outcome.counted = detect::counts(&self.canaries, &seen);
        if outcome.counted {
            outcome.said = self.watched.observe(&seen);
        }
        let heard = Seen {
            at,
            facts: *facts,
            endpoint: &door.endpoint,
            agent: None,
            ids: object.iter().map(SubjectDigest::short).collect(),
            strangers: if door.public { 0 } else { outcome.strangers },
            public: door.public,
            declared: false,
            classes,
            missed: foreign || matches!(status, 403 | 404 | 410),
        };
        let refused = outcome.refusal.as_ref().is_some_and(|refusal| refusal.kind.is_of_action());
        let ended = HowEnded { refused, trickled };
        let said = outcome.said.iter().map(|(signal, _)| signal);
        self.incidents.hear(&heard, ended, said, at);
    }

    /// Incidents that are known of.
    pub(crate) fn incidents(&self) -> usize {
        self.incidents.incidents()
    }
}

/// A person as the meter finds it in a record: an id and an e-mail; and how it stands to who asks.
fn subject(person: u64, brings: Option<u64>, who: Who, holder: &Holder) -> ChargedSubject {
    let keys = [KeyKind::Reference, KeyKind::Email];
    let digests = [digest(person, PERSON), digest(person, MAIL)];
    let basis = if brings == Some(person) { Basis::LookUp } else { Basis::Budget };
    let claim = match who {
        // As `gateway::named` reads a token.
        Who::Account { person: own, .. } if own == person => Claim::Own,
        Who::Account { has_email: true, .. } => Claim::Foreign,
        _ if holder.is_known() => holder.claim(&keys, &digests),
        _ => Claim::Unknown,
    };
    let charged = ChargedSubject::new(keys.into_iter().zip(digests), told_classes().weight(), basis);
    ChargedSubject { claim, ..charged }
}

fn told_classes() -> ClassSet {
    ClassSet::from_iter([DataClass::Email])
}

/// The place of a door in [`Door::ALL`].
pub(crate) fn place(door: Door) -> usize {
    Door::ALL.iter().position(|one| *one == door).unwrap_or(usize::MAX)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// An endpoint of the shop.
pub(crate) fn endpoint(door: Door) -> anyhow::Result<Endpoint> {
    door.text().parse().map_err(|error| anyhow::anyhow!("{error}"))
}
