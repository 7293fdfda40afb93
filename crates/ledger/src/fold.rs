//! Adding exposures up to an account, in bounded tables.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;

use domain::{
    Basis, ClassSet, Completion, DataClass, Endpoint, Exposure, Recipient, RefusalKind, SubjectDigest,
    Timestamp,
};

use crate::account::{
    Account, AtLeastAtMost, ClassLine, EndpointLine, Ends, OperatorLine, Overflow, Reads, RecipientLine,
    RefusalLine,
};
use crate::mix::DigestSet;
use crate::stops::{Received, Stops};
use crate::{Links, Withheld};

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
    doors: BTreeMap<DoorKey, (u32, Tally)>,
    recipients: HashMap<RecipientKey, (u32, Party)>,
    /// Each with whether all of it is vouched for as on record.
    refusals: BTreeMap<(RefusalKind, Endpoint), (RefusalLine, bool)>,
    stops: Stops,
    total: Tally,
    reads: Reads,
    overflow: Overflow,
}

/// A door, and who operates the upstream behind it.
type DoorKey = (Endpoint, Option<Arc<str>>);

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

/// Whom a recipient is told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RecipientKey {
    Known(Arc<str>, SubjectDigest),
    Nameless(Arc<str>, IpAddr),
    Others,
}

impl RecipientKey {
    pub(crate) fn of(recipient: &Recipient) -> Self {
        let Recipient { kind, principal, role: _, client } = recipient;
        match principal {
            Some(principal) => Self::Known(Arc::clone(kind), *principal),
            None => Self::Nameless(Arc::clone(kind), *client),
        }
    }

    pub(crate) fn kind(&self) -> &str {
        match self {
            Self::Known(kind, _) | Self::Nameless(kind, _) => kind,
            Self::Others => "others",
        }
    }
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
            stops: Stops::new(bounds.recipients),
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
        self.stops.note(withheld);
        let key = (withheld.kind, withheld.endpoint.clone());
        // Bounded as the doors are: templates come from declarations or a bounded learner.
        let (line, is_whole) = self.refusals.entry(key).or_insert_with(|| {
            let line = RefusalLine {
                kind: withheld.kind,
                endpoint: withheld.endpoint.clone(),
                count: 0,
                at_least: false,
                subjects: 0,
                first: withheld.at,
                last: withheld.at,
            };
            (line, true)
        });
        *is_whole = false;
        line.count = line.count.saturating_add(u64::from(withheld.count));
        line.subjects = line.subjects.saturating_add(withheld.subjects);
        line.first = line.first.min(withheld.at);
        line.last = line.last.max(withheld.at);
    }

    /// Every refusal before `at` is on record.
    pub fn counted(&mut self, at: Timestamp) {
        for (line, is_whole) in self.refusals.values_mut() {
            *is_whole |= line.last < at;
        }
    }

    /// The program was started: what it counted in memory before, and nobody vouched for, is lost.
    pub fn started(&mut self) {
        for (line, is_whole) in self.refusals.values_mut() {
            line.at_least |= !*is_whole;
            *is_whole = true;
        }
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

        let Recipient { role, client, .. } = &exposure.recipient;
        let mut key = RecipientKey::of(&exposure.recipient);
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
        let mut subjects = sent_by(&facts, |_| ()).remove(&()).unwrap_or_default();
        subjects.at_most = subjects.at_most.saturating_add(self.overflow.subjects);
        let mut received = Received::default();
        for (key, (nth, party)) in &self.recipients {
            if let Some((first, _)) = party.tally.span {
                received.note(key, *nth, &party.clients, first);
            }
        }
        let leaking = self.doors.iter().filter(|(_, (_, tally))| tally.span.is_some());
        let leaking: HashSet<&Endpoint> = leaking.map(|((door, _), _)| door).collect();
        let mut stops = self.stops.lines(&received, |endpoint| leaking.contains(endpoint));
        let refusals: BTreeMap<_, _> = std::mem::take(&mut self.refusals)
            .into_iter()
            .map(|(key, (line, is_whole))| {
                (key, RefusalLine { at_least: line.at_least || !is_whole, ..line })
            })
            .collect();
        for stop in &mut stops {
            let line = refusals.get(&(stop.kind, stop.endpoint.clone()));
            stop.at_least = line.is_some_and(|line| line.at_least);
        }
        Account {
            subjects,
            own_subjects: wide(self.own.len()).saturating_add(self.overflow.own),
            exposures: self.total.ends,
            first: self.total.span.map(|(first, _)| first),
            last: self.total.span.map(|(_, last)| last),
            reads: self.reads,
            classes: class_lines(&facts),
            recipients: recipient_lines(&facts, self.recipients),
            operators: operator_lines(&facts, &self.doors),
            endpoints: endpoint_lines(&facts, self.doors),
            refusals: refusals.into_values().collect(),
            stops,
            overflow: self.overflow,
        }
    }
}

fn class_lines(facts: &[(Fact, Seen)]) -> Vec<ClassLine> {
    let of = |class| {
        let having = facts.iter().filter(|(_, seen)| seen.may.contains(class));
        let within = having.map(|(fact, seen)| ((), *fact, seen.sent.contains(class)));
        distinct(within).remove(&()).map(|subjects| ClassLine { class, subjects })
    };
    DataClass::ALL.into_iter().filter_map(of).collect()
}

fn recipient_lines(
    facts: &[(Fact, Seen)],
    recipients: HashMap<RecipientKey, (u32, Party)>,
) -> Vec<RecipientLine> {
    let counts = sent_by(facts, |fact| fact.recipient);
    let line = |(key, (nth, party)): (RecipientKey, (u32, Party))| {
        let Party { roles, clients, more_clients, tally: Tally { ends, classes, span } } = party;
        let (first, last) = span?;
        let (kind, principal) = match key {
            RecipientKey::Known(kind, principal) => (kind, Some(principal)),
            RecipientKey::Nameless(kind, _) => (kind, None),
            RecipientKey::Others => ("others".into(), None),
        };
        let subjects = counts.get(&nth).copied().unwrap_or_default();
        let exposures = ends;
        Some(RecipientLine {
            kind,
            principal,
            roles,
            clients,
            more_clients,
            subjects,
            classes,
            exposures,
            first,
            last,
        })
    };
    let mut lines: Vec<RecipientLine> = recipients.into_iter().filter_map(line).collect();
    // The table has no order of its own: ties are broken so that the same ledger gives the same page.
    lines.sort_by(|a, b| {
        let tie = |line: &RecipientLine| (line.first, line.principal, line.clients.first().copied());
        b.subjects.at_most.cmp(&a.subjects.at_most).then_with(|| tie(a).cmp(&tie(b)))
    });
    lines
}

fn endpoint_lines(facts: &[(Fact, Seen)], doors: BTreeMap<DoorKey, (u32, Tally)>) -> Vec<EndpointLine> {
    let counts = sent_by(facts, |fact| fact.door);
    let line = |((endpoint, operator), (nth, tally)): (DoorKey, (u32, Tally))| {
        let Tally { ends: exposures, classes, span } = tally;
        let (first, last) = span?;
        let subjects = counts.get(&nth).copied().unwrap_or_default();
        Some(EndpointLine { endpoint, operator, subjects, classes, exposures, first, last })
    };
    let mut lines: Vec<EndpointLine> = doors.into_iter().filter_map(line).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.subjects.at_most));
    lines
}

fn operator_lines(facts: &[(Fact, Seen)], doors: &BTreeMap<DoorKey, (u32, Tally)>) -> Vec<OperatorLine> {
    let operator_of: HashMap<u32, &Option<Arc<str>>> =
        doors.iter().map(|((_, operator), (nth, _))| (*nth, operator)).collect();
    let counts = sent_by(facts, |fact| operator_of.get(&fact.door).and_then(|operator| operator.as_ref()));
    let mut lines: Vec<OperatorLine> = counts
        .into_iter()
        .map(|(operator, subjects)| OperatorLine { operator: operator.cloned(), subjects })
        .collect();
    lines.sort_by(|a, b| {
        b.subjects.at_most.cmp(&a.subjects.at_most).then_with(|| a.operator.cmp(&b.operator))
    });
    lines
}

impl Reads {
    fn add(&mut self, basis: Basis, count: u32) {
        let slot = match basis {
            Basis::Own => &mut self.own,
            Basis::LookUp => &mut self.look_up,
            Basis::Budget | Basis::Claimed | Basis::Named => &mut self.budget,
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

/// Distinct persons in each group, where whatever was sent of them counts as certain.
fn sent_by<G: Clone + Eq + Hash>(
    facts: &[(Fact, Seen)],
    group: impl Fn(&Fact) -> G,
) -> HashMap<G, AtLeastAtMost> {
    distinct(facts.iter().map(|(fact, seen)| (group(fact), *fact, seen.sent_any)))
}

/// Distinct persons in each group: at most all of them; at least the most that one door showed for
/// certain in one period, for only there different keys mean different persons.
fn distinct<G: Clone + Eq + Hash>(facts: impl Iterator<Item = (G, Fact, bool)>) -> HashMap<G, AtLeastAtMost> {
    let mut may: HashMap<G, HashSet<u32>> = HashMap::new();
    let mut sent: HashMap<(G, u32, u32), HashSet<u32>> = HashMap::new();
    for (group, fact, is_sent) in facts {
        may.entry(group.clone()).or_default().insert(fact.node);
        if is_sent {
            sent.entry((group, fact.door, fact.period)).or_default().insert(fact.node);
        }
    }
    let mut counts: HashMap<G, AtLeastAtMost> = may
        .into_iter()
        .map(|(group, set)| (group, AtLeastAtMost { at_least: 0, at_most: wide(set.len()) }))
        .collect();
    for ((group, _, _), set) in sent {
        if let Some(count) = counts.get_mut(&group) {
            count.at_least = count.at_least.max(wide(set.len()));
        }
    }
    counts
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
