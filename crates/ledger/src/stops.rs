//! Which refusals stopped a leak: those that met somebody who had received data before.
//!
//! Refusals of others, however many, stopped nobody who holds the data; a breach officer must not be
//! told that they did.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;

use domain::{Endpoint, IpPrefix, RefusalKind, Timestamp, Whose, networks_of};

use crate::Withheld;
use crate::account::StopLine;
use crate::fold::RecipientKey;

/// Refusals in the order in which they came, at most `most`; further ones stop nobody.
#[derive(Debug)]
pub(crate) struct Stops {
    noted: Vec<Noted>,
    most: usize,
}

#[derive(Debug)]
struct Noted {
    recipient: RecipientKey,
    client: IpAddr,
    kind: RefusalKind,
    endpoint: Endpoint,
    whose: Option<Whose>,
    at: Timestamp,
    count: u64,
    subjects: u64,
}

/// Recipients who share a budget: of a network, or (without one) of everybody of their kind.
type Group = (&'static str, Option<IpPrefix>);

/// Who received data, and since when, as a refusal may meet them.
#[derive(Default)]
pub(crate) struct Received<'k> {
    by_key: HashMap<&'k RecipientKey, (u32, Timestamp)>,
    by_group: HashMap<Group, Members>,
}

/// The recipients of a group, and when the first of them received something.
struct Members {
    earliest: Timestamp,
    each: Vec<(u32, Timestamp)>,
}

/// Callers who share the budgets of networks and of everybody: those without identity, and those
/// whose sessions the upstream vouched for.
fn sharing(kind: &str) -> Option<&'static str> {
    match kind {
        "anonymous" | "unverified" => Some("without identity"),
        "confirmed" => Some("confirmed"),
        _ => None,
    }
}

fn widest(client: IpAddr) -> Option<IpPrefix> {
    networks_of(client).last().copied()
}

impl<'k> Received<'k> {
    /// Notes recipient number `nth`, who received data `since` then from `clients`.
    pub(crate) fn note(&mut self, key: &'k RecipientKey, nth: u32, clients: &[IpAddr], since: Timestamp) {
        self.by_key.insert(key, (nth, since));
        let Some(sharing) = sharing(key.kind()) else { return };
        let networks: HashSet<IpPrefix> = clients.iter().filter_map(|client| widest(*client)).collect();
        for network in networks.into_iter().map(Some).chain([None]) {
            let members = self.by_group.entry((sharing, network));
            let members = members.or_insert_with(|| Members { earliest: since, each: Vec::new() });
            members.earliest = members.earliest.min(since);
            members.each.push((nth, since));
        }
    }

    /// The recipients who share the budget that was spent.
    fn group(&self, noted: &Noted) -> Option<Group> {
        let network = match noted.whose? {
            Whose::Caller => return None,
            Whose::Network => Some(widest(noted.client)?),
            Whose::Everyone => None,
        };
        let group = (sharing(noted.recipient.kind())?, network);
        (self.by_group.get(&group)?.earliest <= noted.at).then_some(group)
    }
}

/// One line while it is added up.
struct Adding {
    line: StopLine,
    recipients: HashSet<u32>,
    /// The groups whose budget was spent, and when last: resolved once, for they may be large.
    groups: HashMap<Group, Timestamp>,
}

impl Stops {
    pub(crate) fn new(most: usize) -> Self {
        Self { noted: Vec::new(), most }
    }

    pub(crate) fn note(&mut self, withheld: &Withheld) {
        let Withheld { at, endpoint, operator: _, recipient, kind, subjects, count, budget } = withheld;
        if self.noted.len() < self.most {
            self.noted.push(Noted {
                recipient: RecipientKey::of(recipient),
                client: recipient.client,
                kind: *kind,
                endpoint: endpoint.clone(),
                whose: *budget,
                at: *at,
                count: u64::from(*count),
                subjects: *subjects,
            });
        }
    }

    /// By kind and door, at the doors through which something had `leaked`.
    pub(crate) fn lines(&self, received: &Received<'_>, leaked: impl Fn(&Endpoint) -> bool) -> Vec<StopLine> {
        let mut lines: BTreeMap<(RefusalKind, &Endpoint), Adding> = BTreeMap::new();
        for noted in self.noted.iter().filter(|noted| leaked(&noted.endpoint)) {
            let own = received.by_key.get(&noted.recipient).filter(|(_, since)| *since <= noted.at);
            let group = received.group(noted);
            if own.is_none() && group.is_none() {
                continue;
            }
            let Adding { line, recipients, groups } =
                lines.entry((noted.kind, &noted.endpoint)).or_insert_with(|| Adding::from(noted));
            line.count = line.count.saturating_add(noted.count);
            line.subjects = line.subjects.saturating_add(noted.subjects);
            line.first = line.first.min(noted.at);
            line.last = line.last.max(noted.at);
            recipients.extend(own.map(|(nth, _)| *nth));
            if let Some(group) = group {
                let last = groups.entry(group).or_insert(noted.at);
                *last = noted.at.max(*last);
            }
        }
        lines.into_values().map(|adding| adding.finish(received)).collect()
    }
}

impl From<&Noted> for Adding {
    fn from(noted: &Noted) -> Self {
        let line = StopLine {
            kind: noted.kind,
            endpoint: noted.endpoint.clone(),
            recipients: 0,
            count: 0,
            at_least: false,
            subjects: 0,
            first: noted.at,
            last: noted.at,
        };
        Self { line, recipients: HashSet::new(), groups: HashMap::new() }
    }
}

impl Adding {
    fn finish(self, received: &Received<'_>) -> StopLine {
        let Self { mut line, mut recipients, groups } = self;
        for (group, last) in groups {
            let members = received.by_group.get(&group).into_iter().flat_map(|members| &members.each);
            recipients.extend(members.filter(|(_, since)| *since <= last).map(|(nth, _)| *nth));
        }
        line.recipients = u64::try_from(recipients.len()).unwrap_or(u64::MAX);
        line
    }
}
