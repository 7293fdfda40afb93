//! The arithmetic of a leak: how many people, at least and at most.
//!
//! *At most* counts every person whose data was intended to leave and is not known to have stayed
//! (sent, partly, unknown), where digests that one record showed together are one person and keys
//! that nothing links count twice. *At least* counts only what was sent whole, and only what one door
//! showed under one period's key: two doors may show the same people under keys that nothing links.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use domain::{
    Basis, ClassSet, Completion, DataClass, Endpoint, Exposure, Recipient, RefusalKind, SubjectDigest,
    Timestamp,
};
use serde::Serialize;

use crate::mix::DigestSet;
use crate::text_time::{maybe_rfc3339, rfc3339};
use crate::{Links, Withheld};

/// Who received whose data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// People whose data went to somebody else than themselves.
    pub subjects: AtLeastAtMost,
    /// People who received their own data, at most, by preferred key. Not part of `subjects`.
    pub own_subjects: u64,
    /// How the exposures of `subjects` ended.
    pub exposures: Ends,
    /// First exposure of `subjects`.
    #[serde(serialize_with = "maybe_rfc3339")]
    pub first: Option<Timestamp>,
    /// Last exposure of `subjects`.
    #[serde(serialize_with = "maybe_rfc3339")]
    pub last: Option<Timestamp>,
    /// Records read: each subject of each exposure that may have left, repeats included.
    pub reads: Reads,
    /// By class of data, in the order of [`DataClass::ALL`]; only what was exposed.
    pub classes: Vec<ClassLine>,
    /// By recipient, the one who may hold most first.
    pub recipients: Vec<RecipientLine>,
    /// By door, the one that showed most first.
    pub endpoints: Vec<EndpointLine>,
    /// By operator of the upstream, the one that showed most first.
    pub operators: Vec<OperatorLine>,
    /// Refusals in the same scope, by kind and door.
    pub refusals: Vec<RefusalLine>,
    /// What did not fit into the tables: the figures say less than they could.
    pub overflow: Overflow,
}

/// A count with its lower and upper bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AtLeastAtMost {
    /// So many for certain.
    pub at_least: u64,
    /// Not more than so many.
    pub at_most: u64,
}

/// How exposures ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ends {
    /// Every byte went out.
    pub sent: u64,
    /// The connection broke midway.
    pub partly: u64,
    /// Nobody knows: the process ended first.
    pub unknown: u64,
    /// Nothing went out.
    pub nothing: u64,
}

/// Records read, by why they were allowed to leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reads {
    /// The recipient's own.
    pub own: u64,
    /// Looked up by an e-mail or phone that the request brought.
    pub look_up: u64,
    /// Within the budget.
    pub budget: u64,
    /// Above the budget, in observe mode.
    pub would_refuse: u64,
}

/// What did not fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Overflow {
    /// Appearances of subjects beyond the table; each is in `at_most` as one more person.
    pub subjects: u64,
    /// Appearances of own records beyond the table; each is in `own_subjects` as one more person.
    pub own: u64,
    /// Exposures to recipients beyond the table, gathered under the kind `others`.
    pub recipients: u64,
}

/// People of whom data of one class left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClassLine {
    /// The class.
    pub class: DataClass,
    /// How many people.
    pub subjects: AtLeastAtMost,
}

/// What one recipient received about others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecipientLine {
    /// `anonymous`, `unverified`, `confirmed`, `verified`, `partner`; `others` beyond the table.
    pub kind: Arc<str>,
    /// Keyed digest of principal or hint.
    pub principal: Option<SubjectDigest>,
    /// The roles whose budgets applied.
    pub roles: Vec<Arc<str>>,
    /// The first addresses it came from, at most eight.
    pub clients: Vec<IpAddr>,
    /// Whether it came from more addresses than `clients` lists.
    pub more_clients: bool,
    /// How many people.
    pub subjects: AtLeastAtMost,
    /// Which data.
    pub classes: ClassSet,
    /// How the exposures ended.
    pub exposures: Ends,
    /// First of them.
    #[serde(serialize_with = "rfc3339")]
    pub first: Timestamp,
    /// Last of them.
    #[serde(serialize_with = "rfc3339")]
    pub last: Timestamp,
}

/// What left through one door about others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EndpointLine {
    /// The door.
    pub endpoint: Endpoint,
    /// Who operates the upstream behind it.
    pub operator: Option<Arc<str>>,
    /// How many people.
    pub subjects: AtLeastAtMost,
    /// Which data.
    pub classes: ClassSet,
    /// How the exposures ended.
    pub exposures: Ends,
    /// First of them.
    #[serde(serialize_with = "rfc3339")]
    pub first: Timestamp,
    /// Last of them.
    #[serde(serialize_with = "rfc3339")]
    pub last: Timestamp,
}

/// What left from the upstreams of one operator about others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperatorLine {
    /// The operator; `None` where intent names none.
    pub operator: Option<Arc<str>>,
    /// How many people.
    pub subjects: AtLeastAtMost,
}

/// Refusals of one kind at one door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusalLine {
    /// Why.
    pub kind: RefusalKind,
    /// The door.
    pub endpoint: Endpoint,
    /// How many.
    pub count: u64,
    /// Subjects in the refused answers, summed and not deduplicated.
    pub subjects: u64,
    /// First of them.
    #[serde(serialize_with = "rfc3339")]
    pub first: Timestamp,
    /// Last of them.
    #[serde(serialize_with = "rfc3339")]
    pub last: Timestamp,
}

/// How large the tables of a [`Fold`] may grow.
#[derive(Clone, Copy, Debug)]
pub struct AccountBounds {
    /// Distinct digests, and distinct facts (subject, recipient, door): about 100 bytes each.
    pub subjects: usize,
    /// Distinct recipients.
    pub recipients: usize,
}

impl Default for AccountBounds {
    /// Two million digests (some 400 MB at worst) and 100,000 recipients.
    fn default() -> Self {
        Self { subjects: 2_000_000, recipients: 100_000 }
    }
}

/// Adds exposures up to an [`Account`], one at a time, in any order.
///
/// Tables keyed by subjects and recipients are bounded by [`AccountBounds`]; what is beyond them is
/// counted in [`Overflow`] and never lowers a figure.
#[derive(Debug)]
pub struct Fold {
    bounds: AccountBounds,
    /// When each period of digest keys began, in order.
    periods: Vec<Timestamp>,
    links: Links,
    own: DigestSet,
    facts: HashMap<Fact, Seen>,
    doors: BTreeMap<(Endpoint, Option<Arc<str>>), (u32, Tally)>,
    recipients: HashMap<RecipientKey, (u32, Party)>,
    refusals: BTreeMap<(RefusalKind, Endpoint), RefusalLine>,
    total: Tally,
    reads: Reads,
    overflow: Overflow,
}

/// One subject seen by one recipient through one door in one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Fact {
    door: u32,
    period: u32,
    recipient: u32,
    node: u32,
}

/// Classes by certainty. A fact without a class still is a fact: hence `sent_any`.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    sent_any: bool,
    sent: ClassSet,
    may: ClassSet,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    ends: Ends,
    classes: ClassSet,
    span: Option<(Timestamp, Timestamp)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum RecipientKey {
    Known(Arc<str>, SubjectDigest),
    Nameless(Arc<str>, IpAddr),
    Others,
}

#[derive(Clone, Debug, Default)]
struct Party {
    roles: Vec<Arc<str>>,
    clients: Vec<IpAddr>,
    more_clients: bool,
    tally: Tally,
}

const CLIENTS_LISTED: usize = 8;

impl Fold {
    /// Nothing added yet. `periods`: when each period of digest keys began, in order.
    #[must_use]
    pub fn new(bounds: AccountBounds, periods: Vec<Timestamp>) -> Self {
        Self {
            bounds,
            periods,
            links: Links::new(bounds.subjects),
            own: DigestSet::default(),
            facts: HashMap::new(),
            doors: BTreeMap::new(),
            recipients: HashMap::new(),
            refusals: BTreeMap::new(),
            total: Tally::default(),
            reads: Reads::default(),
            overflow: Overflow::default(),
        }
    }

    /// Adds an exposure and how it ended.
    pub fn exposure(&mut self, exposure: &Exposure, end: Completion) {
        let foreign = exposure.subjects.iter().filter(|subject| subject.basis != Basis::Own);
        let classes = foreign.clone().fold(ClassSet::EMPTY, |all, subject| all.union(subject.classes));
        let others = if foreign.count() > 0 { Some(self.scene(exposure, end, classes)) } else { None };
        if end == Completion::Nothing {
            return;
        }
        let after = self.periods.partition_point(|began| *began <= exposure.at);
        let period = u32::try_from(after).unwrap_or(u32::MAX);
        for subject in &exposure.subjects {
            self.reads.add(subject.basis, 1);
            if subject.basis == Basis::Own {
                self.own_record(&subject.digests);
                continue;
            }
            match (self.links.join(&subject.digests), others) {
                (Some(node), Some((door, recipient))) => {
                    self.fact(Fact { door, period, recipient, node }, subject.classes, end);
                }
                _ => self.overflow.subjects = self.overflow.subjects.saturating_add(1),
            }
        }
    }

    /// Own records have a table of their own, so that ordinary traffic cannot crowd a leak out.
    fn own_record(&mut self, digests: &[SubjectDigest]) {
        let Some(first) = digests.first() else { return };
        if self.own.len() < self.bounds.subjects {
            self.own.insert(*first);
        } else if !self.own.contains(first) {
            self.overflow.own = self.overflow.own.saturating_add(1);
        }
    }

    /// Adds `count` further reads of an own record.
    pub fn repeated(&mut self, exposure: &Exposure, count: u32) {
        for subject in &exposure.subjects {
            self.reads.add(subject.basis, count);
        }
    }

    /// Adds refusals.
    pub fn refusal(&mut self, withheld: &Withheld) {
        let key = (withheld.kind, withheld.endpoint.clone());
        // Bounded as the doors are: templates come from declarations or a bounded learner.
        let line = self.refusals.entry(key).or_insert_with(|| RefusalLine {
            kind: withheld.kind,
            endpoint: withheld.endpoint.clone(),
            count: 0,
            subjects: 0,
            first: withheld.at,
            last: withheld.at,
        });
        line.count = line.count.saturating_add(u64::from(withheld.count));
        line.subjects = line.subjects.saturating_add(withheld.subjects);
        line.first = line.first.min(withheld.at);
        line.last = line.last.max(withheld.at);
    }

    fn fact(&mut self, fact: Fact, classes: ClassSet, end: Completion) {
        let full = self.facts.len() >= self.bounds.subjects;
        if full && !self.facts.contains_key(&fact) {
            self.overflow.subjects = self.overflow.subjects.saturating_add(1);
            return;
        }
        let seen = self.facts.entry(fact).or_default();
        seen.may = seen.may.union(classes);
        if end == Completion::Sent {
            seen.sent_any = true;
            seen.sent = seen.sent.union(classes);
        }
    }

    /// Counts the exposure at its door and recipient; their numbers.
    fn scene(&mut self, exposure: &Exposure, end: Completion, classes: ClassSet) -> (u32, u32) {
        self.total.add(exposure.at, end, classes);
        let next = u32::try_from(self.doors.len()).unwrap_or(u32::MAX);
        let (door, tally) = self
            .doors
            .entry((exposure.endpoint.clone(), exposure.operator.clone()))
            .or_insert_with(|| (next, Tally::default()));
        tally.add(exposure.at, end, classes);

        let Recipient { kind, principal, role, client } = &exposure.recipient;
        let mut key = match principal {
            Some(principal) => RecipientKey::Known(Arc::clone(kind), *principal),
            None => RecipientKey::Nameless(Arc::clone(kind), *client),
        };
        if self.recipients.len() >= self.bounds.recipients && !self.recipients.contains_key(&key) {
            self.overflow.recipients = self.overflow.recipients.saturating_add(1);
            key = RecipientKey::Others;
        }
        let next = u32::try_from(self.recipients.len()).unwrap_or(u32::MAX);
        let (recipient, party) = self.recipients.entry(key).or_insert_with(|| (next, Party::default()));
        party.tally.add(exposure.at, end, classes);
        if let Some(role) = role
            && !party.roles.contains(role)
            && party.roles.len() < CLIENTS_LISTED
        {
            party.roles.push(Arc::clone(role));
        }
        if !party.clients.contains(client) {
            if party.clients.len() < CLIENTS_LISTED {
                party.clients.push(*client);
            } else {
                party.more_clients = true;
            }
        }
        (*door, *recipient)
    }

    /// The account of everything that was added.
    #[must_use]
    pub fn finish(mut self) -> Account {
        let facts: Vec<(Fact, Seen)> = std::mem::take(&mut self.facts)
            .into_iter()
            .map(|(fact, seen)| (Fact { node: self.links.root(fact.node), ..fact }, seen))
            .collect();
        let mut total = Count::over(&facts, |_, _| Some(())).remove(&()).unwrap_or_default();
        total.at_most = total.at_most.saturating_add(self.overflow.subjects);

        let classes = DataClass::ALL
            .into_iter()
            .filter_map(|class| {
                let within = Count::within(&facts, class);
                (within.at_most > 0).then_some(ClassLine { class, subjects: within })
            })
            .collect();

        let by_recipient = Count::over(&facts, |fact, _| Some(fact.recipient));
        let mut recipients: Vec<RecipientLine> = self
            .recipients
            .into_iter()
            .filter_map(|(key, (nth, party))| {
                let (first, last) = party.tally.span?;
                let (kind, principal) = match key {
                    RecipientKey::Known(kind, principal) => (kind, Some(principal)),
                    RecipientKey::Nameless(kind, _) => (kind, None),
                    RecipientKey::Others => ("others".into(), None),
                };
                Some(RecipientLine {
                    kind,
                    principal,
                    roles: party.roles,
                    clients: party.clients,
                    more_clients: party.more_clients,
                    subjects: by_recipient.get(&nth).copied().unwrap_or_default(),
                    classes: party.tally.classes,
                    exposures: party.tally.ends,
                    first,
                    last,
                })
            })
            .collect();
        recipients.sort_by(|a, b| {
            let order = |line: &RecipientLine| (line.first, line.principal, line.clients.first().copied());
            b.subjects.at_most.cmp(&a.subjects.at_most).then_with(|| order(a).cmp(&order(b)))
        });

        let by_door = Count::over(&facts, |fact, _| Some(fact.door));
        let mut operators_of: HashMap<u32, Option<Arc<str>>> = HashMap::new();
        let mut endpoints: Vec<EndpointLine> = Vec::new();
        for ((endpoint, operator), (nth, tally)) in self.doors {
            operators_of.insert(nth, operator.clone());
            if let Some((first, last)) = tally.span {
                let subjects = by_door.get(&nth).copied().unwrap_or_default();
                let Tally { ends: exposures, classes, .. } = tally;
                endpoints.push(EndpointLine {
                    endpoint,
                    operator,
                    subjects,
                    classes,
                    exposures,
                    first,
                    last,
                });
            }
        }
        endpoints.sort_by(|a, b| b.subjects.at_most.cmp(&a.subjects.at_most));

        let mut operators: Vec<OperatorLine> =
            Count::over(&facts, |fact, _| operators_of.get(&fact.door).cloned())
                .into_iter()
                .map(|(operator, subjects)| OperatorLine { operator, subjects })
                .collect();
        operators.sort_by(|a, b| {
            b.subjects.at_most.cmp(&a.subjects.at_most).then_with(|| a.operator.cmp(&b.operator))
        });

        Account {
            subjects: total,
            own_subjects: wide(self.own.len()).saturating_add(self.overflow.own),
            exposures: self.total.ends,
            first: self.total.span.map(|(first, _)| first),
            last: self.total.span.map(|(_, last)| last),
            reads: self.reads,
            classes,
            recipients,
            endpoints,
            operators,
            refusals: self.refusals.into_values().collect(),
            overflow: self.overflow,
        }
    }
}

impl Reads {
    fn add(&mut self, basis: Basis, count: u32) {
        let slot = match basis {
            Basis::Own => &mut self.own,
            Basis::LookUp => &mut self.look_up,
            Basis::Budget => &mut self.budget,
            Basis::WouldRefuse => &mut self.would_refuse,
        };
        *slot = slot.saturating_add(u64::from(count));
    }
}

impl Tally {
    fn add(&mut self, at: Timestamp, end: Completion, classes: ClassSet) {
        let slot = match end {
            Completion::Sent => &mut self.ends.sent,
            Completion::Partly => &mut self.ends.partly,
            Completion::Unknown => &mut self.ends.unknown,
            Completion::Nothing => &mut self.ends.nothing,
        };
        *slot = slot.saturating_add(1);
        if end != Completion::Nothing {
            self.classes = self.classes.union(classes);
            self.span = Some(self.span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        }
    }
}

/// Distinct persons, by group.
struct Count;

impl Count {
    fn over<G: Clone + Eq + std::hash::Hash>(
        facts: &[(Fact, Seen)],
        group: impl Fn(&Fact, &Seen) -> Option<G>,
    ) -> HashMap<G, AtLeastAtMost> {
        Self::count(facts.iter().filter_map(|(fact, seen)| Some((group(fact, seen)?, *fact, seen.sent_any))))
    }

    fn within(facts: &[(Fact, Seen)], class: DataClass) -> AtLeastAtMost {
        let having = facts.iter().filter(|(_, seen)| seen.may.contains(class));
        Self::count(having.map(|(fact, seen)| ((), *fact, seen.sent.contains(class))))
            .remove(&())
            .unwrap_or_default()
    }

    fn count<G: Clone + Eq + std::hash::Hash>(
        facts: impl Iterator<Item = (G, Fact, bool)>,
    ) -> HashMap<G, AtLeastAtMost> {
        let mut may: HashMap<G, HashSet<u32>> = HashMap::new();
        let mut sent: HashMap<(G, u32, u32), HashSet<u32>> = HashMap::new();
        for (group, fact, is_sent) in facts {
            may.entry(group.clone()).or_default().insert(fact.node);
            if is_sent {
                sent.entry((group, fact.door, fact.period)).or_default().insert(fact.node);
            }
        }
        let mut counts: HashMap<G, AtLeastAtMost> = may
            .iter()
            .map(|(group, set)| (group.clone(), AtLeastAtMost { at_least: 0, at_most: wide(set.len()) }))
            .collect();
        for ((group, _, _), set) in &sent {
            if let Some(count) = counts.get_mut(group) {
                count.at_least = count.at_least.max(wide(set.len()));
            }
        }
        counts
    }
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
