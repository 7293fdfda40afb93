//! A gateway without sockets, bodies and clock: the gateway's own decisions in the order of its walk.
//!
//! ```text
//! authorize -> act -> limit -> (the shop answers) -> own -> charge -> act on the answer -> detect -> respond -> log
//! ```
//! Each is made by the type that the gateway holds (`policy`, `detect`, `respond`) and by the gateway's own
//! order around it ([`crate::desk`]), as a configuration that was loaded sets it. What detectors and incidents
//! see is the exchange of the log, read as they read a log. Missing is what has no place in virtual time:
//! framing, look-ups, metering (the day says whom an answer tells of), the ledger and the wire.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, bail};
use detect::{Detectors, Observed, Watched};
use domain::{
    Audience, Basis, BudgetDecl, Caller, Claim, Claims, ClassSet, DataClass, Endpoint, Exchange, ExchangeId,
    KeyKind, Mode, ObjectRef, ObjectRefPlace, Outcome, OwnerSeen, PageRef, Principal, PrincipalId,
    PrincipalKind, Refusal, RefusalKind, RoleName, SignalMark, Timestamp, networks_of,
};
use gateway::settle::{Acting, Settled};
use policy::authorize::{Attribute, Permit, Policies, RequestFacts};
use policy::budget::{Budgets, Charge, ChargedSubject, Payer};
use policy::limit::{Limits, Request};
use policy::own::{OwnerValue, OwnersPermit, Whose, decide_owners};
use respond::{HowEnded, Seen};
use smallvec::SmallVec;

use super::day::{Ask, Door, Who};
use crate::desk::{Desk, digest};

/// The tables of one gateway.
pub(crate) struct Gate {
    mode: Mode,
    policies: Policies,
    doors: Vec<(Endpoint, u32)>,
    roles: Vec<Arc<str>>,
    budgets: Budgets,
    limits: Limits,
    watched: Watched,
    incidents: Desk,
    order: u64,
    callers: BTreeMap<(u8, u64), Arc<Principal>>,
}

/// What came of a request.
pub(crate) struct Done {
    /// Why it was refused.
    pub(crate) refusal: Option<RefusalKind>,
    /// The line of the log.
    pub(crate) exchange: Exchange,
}

const PERSON: u64 = 0x61;
const OBJECT: u64 = 0x62;
const CUSTOMER: u64 = 0x63;
const STAFF: u64 = 0x64;
const PARTNER: u64 = 0x65;

/// The name of a partner by number.
pub(crate) fn partner(number: u64) -> String {
    if number == 0 { "courier".into() } else { format!("lockers-{number}") }
}

impl Gate {
    /// A gateway that was started with the configuration `text`.
    pub(crate) fn new(text: &str, mode: Mode, seed: u64, now: Timestamp) -> anyhow::Result<Self> {
        let judged = tidegate::config::judge(&"learned.yaml".into(), &text.into(), &[], now);
        let judged = match judged {
            Ok(judged) => judged,
            Err(findings) => {
                bail!("the configuration does not load:\n{}", tidegate::commands::serve::render(&findings))
            }
        };
        let declared: Vec<_> = judged.blueprint.operations.iter().map(|plan| plan.declared.clone()).collect();
        let policies = Policies::load(&declared, &[], &[], now).map(|loaded| loaded.policies);
        let policies = policies.map_err(|errors| anyhow::anyhow!("{errors:?}"))?;
        let doors = (1_u32..).zip(Door::ALL).map(|(number, door)| {
            Ok((door.text().parse().map_err(|error| anyhow::anyhow!("{error}"))?, number))
        });
        let budgets = judged.config.budgets;
        let roles = budgets.roles.keys().map(|role| role.as_str().into()).collect();
        // As in the gateway: who has a budget of its own may read as much.
        let mut detect = judged.config.detect;
        for (role, windows) in &budgets.roles {
            if let Some([per_hour, per_day]) = within(windows) {
                detect.roles.entry(role.clone()).or_insert(detect::Allowance { per_hour, per_day });
            }
        }
        Ok(Self {
            mode,
            policies,
            doors: doors.collect::<anyhow::Result<_>>()?,
            roles,
            budgets: Budgets::new(budgets, seed),
            limits: Limits::new(judged.config.limits, seed),
            watched: Watched::new(Detectors::new(detect, seed)),
            incidents: Desk::new(&[], seed),
            order: 0,
            callers: BTreeMap::new(),
        })
    }

    /// Takes one request through the walk.
    pub(crate) fn exchange(&mut self, ask: &Ask, at: Timestamp) -> anyhow::Result<Done> {
        self.incidents.tick(at);
        let (endpoint, number) = self.doors.get(place(ask.door)).cloned().context("find the door")?;
        let principal = self.principal(ask.who);
        let caller = principal.clone().map_or(Caller::Anonymous, Caller::Verified);
        let mut exchange = self.blank(ask, &endpoint, principal.as_deref(), &caller, at);
        let object = exchange.objects.first().map(|object| object.digest.short());
        let facts = RequestFacts {
            endpoint: &endpoint,
            method: endpoint.method(),
            path: endpoint.template().as_str(),
            caller: &caller,
            client: ask.from.into(),
            internal_listener: false,
            mode: self.mode,
            attribute: &|_| Attribute::Missing,
        };
        let mut trickled = false;
        let settled = self.walk(ask, &facts, number, object, &mut exchange, &mut trickled, at);
        let refusal = match settled {
            Ok(noted) => {
                exchange.outcome = noted.map_or(Outcome::Served, |noted| Outcome::WouldRefuse(noted.kind));
                None
            }
            Err(refusal) => {
                exchange.status = match refusal.kind {
                    RefusalKind::Quarantined => 503,
                    RefusalKind::Foreign | RefusalKind::Forbidden => 403,
                    RefusalKind::Unauthenticated => 401,
                    _ => 429,
                };
                (exchange.strangers, exchange.failed_path) = (0, Some(digest(u64::from(number), OBJECT)));
                exchange.outcome = Outcome::Refused(refusal.kind);
                Some(refusal.kind)
            }
        };
        self.observe(&mut exchange, trickled);
        Ok(Done { refusal, exchange })
    }

    /// Authorize, act, limit, own, charge, act: what guard notes in observe, or why it is refused.
    #[expect(clippy::too_many_arguments, reason = "the parts of an exchange under way")]
    fn walk(
        &mut self,
        ask: &Ask,
        facts: &RequestFacts<'_>,
        number: u32,
        object: Option<u64>,
        exchange: &mut Exchange,
        trickled: &mut bool,
        at: Timestamp,
    ) -> Result<Option<Refusal>, Refusal> {
        let acts = self.mode.acts();
        let permit = self.policies.authorize(facts, at)?;
        let mut noted = permit.noted().cloned();
        let judge = |refusal: Option<Refusal>, noted: &mut Option<Refusal>| match refusal {
            Some(refusal) if acts => Err(refusal),
            refusal => {
                *noted = noted.take().or(refusal);
                Ok(())
            }
        };
        exchange.declared = permit.intent().is_some();
        exchange.public =
            permit.intent().is_some_and(|intent| matches!(intent.audience, Audience::Public(_)));
        let declared = permit.intent().map_or(Vec::new(), |intent| intent.budget.clone());
        if &*exchange.caller == "partner" {
            exchange.allowed = within(&declared);
        }
        let seen = Seen::of(exchange, 1).facts;
        let acting = Acting::on_request(&self.incidents.in_force, || seen, at);
        *trickled |= acting.trickled;
        judge(acting.refusal, &mut noted)?;
        let networks = networks_of(ask.from.into());
        let objects: SmallVec<[u64; 1]> = object.into_iter().collect();
        let request = Request {
            networks: &networks,
            principal: exchange.principal,
            endpoint: number,
            declared: permit.intent().map_or(&[], |intent| intent.limit.as_slice()),
            objects: &objects,
        };
        judge(self.limits.check(&request, at).err().map(|limited| limited.refusal), &mut noted)?;

        let people: Vec<u64> = (ask.first..ask.first + ask.people).collect();
        let texts: Vec<String> = people.iter().map(ToString::to_string).collect();
        told(exchange, ask, &permit);
        let records = texts.iter().map(|text| [OwnerValue::Text(text.as_str().into())]);
        let owners = decide_owners(&permit, facts, &|_| false, records, at)?;
        judge(owners.noted().cloned(), &mut noted)?;
        exchange.own_subjects = own(&owners);
        let subjects: Vec<ChargedSubject> = people
            .iter()
            .enumerate()
            .map(|(nth, person)| {
                let basis = if owners.of(nth) == Whose::Own { Basis::Own } else { Basis::Budget };
                let keys = [(KeyKind::Reference, digest(*person, PERSON))];
                // As `gateway::named` reads a token whose subject is the id of the records.
                let is_named = ask.who == Who::Customer(*person);
                let claim = if is_named { Claim::Own } else { Claim::Unknown };
                ChargedSubject { claim, ..ChargedSubject::new(keys, exchange.classes.weight(), basis) }
            })
            .collect();
        let payer = match (&*exchange.caller, exchange.principal, &exchange.role) {
            ("partner", Some(digest), _) => Payer::Partner { digest, networks: &networks },
            (_, Some(digest), Some(name)) => Payer::Role { name, digest, networks: &networks },
            (_, Some(digest), None) => Payer::Verified { digest, networks: &networks },
            (_, None, _) => Payer::Networks(&networks),
        };
        let charge = Charge { payer, endpoint: number, declared: &declared, subjects: &subjects };
        let judged = Some(&seen).filter(|_| !exchange.public);
        match self.incidents.settle(&mut self.budgets, &charge, judged, acts, at) {
            Ok(Settled { strangers, new_subjects, over, trickled: by_answer, .. }) => {
                *trickled |= by_answer;
                let strangers = u32::try_from(strangers.len()).unwrap_or(u32::MAX);
                (exchange.strangers, exchange.new_subjects) = (strangers, new_subjects);
                exchange.spent = over.as_ref().is_some_and(Refusal::is_of_own_budget);
                judge(over, &mut noted)?;
            }
            Err(unsettled) => {
                exchange.spent = unsettled.refusal.is_of_own_budget();
                *trickled |= unsettled.trickled;
                return Err(unsettled.refusal);
            }
        }
        Ok(noted)
    }

    /// Detectors and incidents, from what the log will say.
    fn observe(&mut self, exchange: &mut Exchange, trickled: bool) {
        let said = self.watched.observe(&Observed::of(exchange));
        exchange.signals = said
            .iter()
            .map(|(signal, grouped)| SignalMark {
                detector: signal.detector,
                severity: signal.severity,
                group: grouped.id,
            })
            .collect();
        let refused = matches!(exchange.outcome, Outcome::Refused(kind) if kind.is_of_action());
        let ended = HowEnded { refused, trickled };
        let signals = said.iter().map(|(signal, _)| signal);
        self.incidents.hear(&Seen::of(exchange, 1), ended, signals, exchange.at);
    }

    fn principal(&mut self, who: Who) -> Option<Arc<Principal>> {
        let (kind, number) = match who {
            Who::Nobody => return None,
            Who::Customer(number) => (0, number),
            Who::Staff(number) => (1, number),
            Who::Partner(number) => (2, number),
        };
        let known = self.callers.entry((kind, number)).or_insert_with(|| {
            let mut claims = Claims::default();
            if kind < 2 {
                let prefix = if kind == 1 { "staff-" } else { "" };
                claims.push("sub", &format!("{prefix}{number}"));
            }
            let roles =
                if kind == 1 { std::iter::once(RoleName::new("staff")).collect() } else { SmallVec::new() };
            Arc::new(Principal {
                id: PrincipalId::new(&format!("{kind}|{number}")),
                kind: if kind == 2 {
                    PrincipalKind::Partner(partner(number).into())
                } else {
                    PrincipalKind::Token
                },
                roles,
                claims,
            })
        });
        Some(Arc::clone(known))
    }

    /// The exchange as far as it is known with the request.
    fn blank(
        &mut self,
        ask: &Ask,
        endpoint: &Endpoint,
        principal: Option<&Principal>,
        caller: &Caller,
        at: Timestamp,
    ) -> Exchange {
        let identity = match ask.who {
            Who::Nobody => None,
            Who::Customer(number) => Some(digest(number, CUSTOMER)),
            Who::Staff(number) => Some(digest(number, STAFF)),
            Who::Partner(number) => Some(digest(number, PARTNER)),
        };
        let names: SmallVec<[Arc<str>; 1]> = principal
            .map(|one| one.roles.iter().map(|role| role.as_str().into()).collect())
            .unwrap_or_default();
        let order = self.order;
        self.order += 1;
        Exchange {
            spent: false,
            action: None,
            id: ExchangeId::of(1, order),
            continues: None,
            order,
            at,
            duration_millis: 5,
            client: ask.from.into(),
            caller: caller.word().into(),
            principal: identity,
            role: self.roles.iter().find(|role| names.contains(role)).cloned(),
            roles: names,
            partner: principal.and_then(|one| match &one.kind {
                PrincipalKind::Partner(name) => Some(Arc::clone(name)),
                PrincipalKind::Token | PrincipalKind::ApiKey => None,
            }),
            endpoint: endpoint.clone(),
            declared: false,
            public: false,
            allowed: None,
            objects: ask.object.map(object).into_iter().collect(),
            page: ask.page.map(PageRef::Number),
            failed_path: None,
            bait: false,
            agent: None,
            status: 200,
            upstream_status: Some(200),
            request_bytes: 0,
            response_bytes: 100,
            records: 0,
            disclosed: 0,
            new_subjects: 0,
            strangers: 0,
            own_subjects: 0,
            looked_up: 0,
            cut: 0,
            issued: 0,
            subjects: Vec::new(),
            classes: ClassSet::EMPTY,
            owned: SmallVec::new(),
            outcome: Outcome::Served,
            mode: self.mode,
            signals: SmallVec::new(),
        }
    }
}

fn object(number: u64) -> ObjectRef {
    ObjectRef {
        name: "id".into(),
        place: ObjectRefPlace::Path,
        number: Some(number),
        digest: digest(number, OBJECT),
    }
}

/// Whom the answer tells of, and what of it the gateway would see to equal a claim.
fn told(exchange: &mut Exchange, ask: &Ask, permit: &Permit) {
    let many = u32::try_from(ask.people).unwrap_or(u32::MAX);
    (exchange.records, exchange.disclosed) = (many, many);
    exchange.subjects =
        (ask.first..ask.first + ask.people).take(256).map(|person| digest(person, PERSON)).collect();
    if many > 0 {
        exchange.classes = [DataClass::Email, DataClass::PostalAddress].into_iter().collect();
    }
    let own =
        matches!(ask.who, Who::Customer(number) if (ask.first..ask.first + ask.people).contains(&number));
    if own && permit.obligations().owner.is_none() {
        exchange.owned.push(OwnerSeen {
            field: "$.customer_id".into(),
            claim: "sub".into(),
            equal: 1,
            of: many,
        });
    }
}

fn own(owners: &OwnersPermit) -> u32 {
    let own = owners.records().iter().filter(|whose| **whose == Whose::Own).count();
    u32::try_from(own).unwrap_or(u32::MAX)
}

fn within(budgets: &[BudgetDecl]) -> Option<[u32; 2]> {
    let windows = budgets.iter().map(|budget| (budget.subjects, budget.per.secs_ceil()));
    detect::Settings::within(windows).map(|allowed| [allowed.per_hour, allowed.per_day])
}

fn place(door: Door) -> usize {
    Door::ALL.iter().position(|one| *one == door).unwrap_or(usize::MAX)
}
