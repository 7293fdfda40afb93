//! What a proposal would have stopped: the same log once more, with the proposals of its findings.
//!
//! A request counts at an endpoint when it was answered with success; its records are, *at most*, what the
//! hunt says: one for each new object, as many as the request says for a page, else ten, ten for an answer
//! whose request body the log lacks. What an address asks for again within an hour counts once.
//!
//! Bound: [`MOST_ADDRESSES`] addresses for each of [`MOST_PROPOSALS`] endpoints; requests of others are
//! passed over and counted. Which targets an address asked for within the hour is one table of fixed size.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;

use domain::{Endpoint, IpPrefix, Method, Timestamp};
use events::Event;
use reading::attributes::Attributes;
use reading::target::Target;
use sigma::logged::Given;
use sigma::{Fields, Rules};
use spec::router::Router;

use crate::cases::Who;
use crate::foreign::page_size;
use crate::hash::{self, SEED};
use crate::moment::Basis;
use crate::request::{client_of, method_of, origin_form, read_body};
use crate::tables::Asked;
use crate::told::{Finding, Told};

/// Most proposals of one hunt.
pub const MOST_PROPOSALS: usize = 16;
const MOST_ADDRESSES: usize = 1 << 16;
/// Most networks that a patch names; beyond it closes the endpoint for whoever has no identity.
const MOST_NETWORKS: usize = 32;
/// Records of an answer whose request does not say how many.
const A_PAGE: u32 = 10;
/// Targets that are remembered within an hour, all addresses together.
const REMEMBERED: usize = 1 << 20;

/// A finding for which something is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The finding.
    pub finding: String,
    /// The endpoint at which most left.
    pub endpoint: Endpoint,
    /// Whom a patch refuses; empty: everybody without identity.
    pub networks: Vec<IpPrefix>,
    /// Addresses of the finding.
    pub addresses: HashSet<IpAddr>,
    /// Whether the product's own users took part.
    pub is_identified: bool,
    /// Why, on one line.
    pub reason: String,
    /// Records of one answer: of an object one, of a page ten.
    pub per_answer: u32,
    /// Whether what is asked for stands in a body that the log lacks.
    pub is_hidden: bool,
}

impl Proposal {
    /// For the findings by which records left, the gravest first.
    #[must_use]
    pub fn all(told: &Told) -> Vec<Self> {
        told.findings.iter().filter_map(Self::of).take(MOST_PROPOSALS).collect()
    }

    fn of(finding: &Finding) -> Option<Self> {
        let (endpoint, ..) =
            finding.doors.iter().max_by_key(|(_, _, _, good)| *good).filter(|one| one.3 > 0)?;
        let addresses: HashSet<IpAddr> = finding.addresses.iter().map(|(address, _)| *address).collect();
        let mut networks: Vec<IpPrefix> = match finding.who {
            Who::Network(network) if finding.more_addresses > 0 => vec![network],
            _ if finding.more_addresses > 0 => Vec::new(),
            _ => addresses.iter().map(|address| IpPrefix::of(*address, 128)).collect(),
        };
        networks.sort_unstable();
        if networks.len() > MOST_NETWORKS {
            networks.clear();
        }
        let said = finding.signals.first()?;
        let is_hidden = finding.bases.iter().any(|one| matches!(one, Basis::Sizes | Basis::Pace));
        Some(Self {
            per_answer: if is_hidden || finding.bases.contains(&Basis::Page) { A_PAGE } else { 1 },
            is_hidden,
            finding: finding.id.clone(),
            endpoint: endpoint.clone(),
            networks,
            addresses,
            is_identified: matches!(finding.who, Who::Principal(_)),
            reason: format!(
                "{}, {} ({}), at least {} records",
                finding.id, said.detector, said.evidence.case, finding.at_least
            ),
        })
    }

    fn is_of_attacker(&self, client: IpAddr) -> bool {
        self.addresses.contains(&client) || self.networks.iter().any(|network| network.contains(client))
    }

    fn patch_refuses(&self, client: IpAddr, is_identified: bool) -> bool {
        if self.networks.is_empty() {
            return !is_identified || self.is_identified;
        }
        self.networks.iter().any(|network| network.contains(client))
    }
}

/// What would have been refused, and what would have left all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Records of the finding's addresses, at most.
    pub attackers: u64,
    /// Records of others, at most.
    pub innocents: u64,
    /// Others of whom something was refused: addresses, for a budget addresses in an hour.
    pub innocent_addresses: u64,
    /// Records that would have left to the finding's addresses all the same, at most.
    pub still_left: u64,
}

#[derive(Clone, Debug, Default)]
struct Address {
    hour: u64,
    records: u32,
}

/// Records in an hour of one address, and how many hours had so many.
type Hours = BTreeMap<u32, u64>;

#[derive(Clone, Debug)]
struct Tally {
    proposal: Proposal,
    addresses: HashMap<IpAddr, Address>,
    /// Of the finding's addresses, and of others.
    hours: [Hours; 2],
    patch: Refused,
    refused: HashSet<IpAddr>,
}

/// The log once more.
#[derive(Debug)]
pub struct Replay {
    router: Router,
    endpoints: Vec<Endpoint>,
    tallies: Vec<Tally>,
    asked: Asked,
    /// Requests of addresses beyond the bound.
    pub passed_over: u64,
}

impl Replay {
    /// Over nothing yet.
    #[must_use]
    pub fn new(proposals: Vec<Proposal>) -> Self {
        let mut endpoints: Vec<Endpoint> = Vec::new();
        for one in &proposals {
            if !endpoints.contains(&one.endpoint) {
                endpoints.push(one.endpoint.clone());
            }
        }
        Self {
            router: Router::new(endpoints.iter().cloned()),
            endpoints,
            tallies: proposals
                .into_iter()
                .map(|proposal| Tally {
                    proposal,
                    addresses: HashMap::new(),
                    hours: [Hours::new(), Hours::new()],
                    patch: Refused::default(),
                    refused: HashSet::new(),
                })
                .collect(),
            asked: Asked::new(REMEMBERED),
            passed_over: 0,
        }
    }

    /// Takes an event in.
    pub fn take(&mut self, event: &Event<'_>) {
        let Some(seen) = Asking::of(event, &self.router, &self.endpoints) else { return };
        let Asking { endpoint, client, at, what, records, is_identified } = seen;
        let hour = at.secs() / 3600;
        let key = hash::mix(hash::address(SEED, client), hour);
        let is_new = self.asked.is_new(key, what, u16::try_from(at.secs() / 86_400).unwrap_or(0));
        let records = if is_new { records } else { 0 };
        for tally in self.tallies.iter_mut().filter(|tally| tally.proposal.endpoint == endpoint) {
            if tally.addresses.len() >= MOST_ADDRESSES && !tally.addresses.contains_key(&client) {
                self.passed_over += 1;
                continue;
            }
            tally.take(client, hour, records, is_identified);
        }
    }

    /// No more will come.
    pub fn finish(&mut self) {
        for tally in &mut self.tallies {
            for (client, address) in std::mem::take(&mut tally.addresses) {
                tally.close(client, address.records);
            }
        }
    }

    /// The proposals, and what the patch of each would have refused.
    pub fn patches(&self) -> impl Iterator<Item = (&Proposal, Refused)> {
        self.tallies.iter().map(|tally| {
            let innocent_addresses = u64::try_from(tally.refused.len()).unwrap_or(u64::MAX);
            (&tally.proposal, Refused { innocent_addresses, ..tally.patch })
        })
    }

    /// Most records in an hour that an address which is not of the finding was answered with.
    #[must_use]
    pub fn busiest(&self, nth: usize) -> u32 {
        let others = self.tallies.get(nth).and_then(|tally| tally.hours.last());
        others.and_then(|hours| hours.keys().next_back()).copied().unwrap_or(0)
    }

    /// What a budget of so many records an hour and address would have refused.
    #[must_use]
    pub fn budget(&self, nth: usize, most: u32) -> Refused {
        let Some(Tally { hours: [attackers, innocents], .. }) = self.tallies.get(nth) else {
            return Refused::default();
        };
        let over =
            |hours: &Hours| hours.iter().map(|(had, many)| u64::from(had.saturating_sub(most)) * many).sum();
        let still = attackers.iter().map(|(had, many)| u64::from(*had.min(&most)) * many).sum();
        Refused {
            attackers: over(attackers),
            innocents: over(innocents),
            innocent_addresses: innocents.range(most.saturating_add(1)..).map(|(_, many)| many).sum(),
            still_left: still,
        }
    }
}

impl Tally {
    fn take(&mut self, client: IpAddr, hour: u64, records: u32, is_identified: bool) {
        let is_of_attacker = self.proposal.is_of_attacker(client);
        let refused = self.proposal.patch_refuses(client, is_identified);
        match (is_of_attacker, refused) {
            (true, true) => self.patch.attackers += u64::from(records),
            (true, false) => self.patch.still_left += u64::from(records),
            (false, true) => {
                self.patch.innocents += u64::from(records);
                self.refused.insert(client);
            }
            (false, false) => {}
        }
        let address = self.addresses.entry(client).or_insert(Address { hour, records: 0 });
        let had = if address.hour == hour { None } else { Some(address.records) };
        if had.is_some() {
            *address = Address { hour, records: 0 };
        }
        address.records = address.records.saturating_add(records);
        if let Some(had) = had {
            self.close(client, had);
        }
    }

    fn close(&mut self, client: IpAddr, records: u32) {
        let is_of_attacker = self.proposal.is_of_attacker(client);
        let [attackers, innocents] = &mut self.hours;
        *(if is_of_attacker { attackers } else { innocents }).entry(records).or_default() += 1;
    }
}

/// The log once more, before Sigma rules of which each is of one proposal.
#[derive(Debug)]
pub struct RuleReplay {
    rules: Rules,
    /// Of which proposal the rule of a place is.
    of: Vec<Option<usize>>,
    proposals: Vec<Proposal>,
    endpoints: Vec<Endpoint>,
    router: Router,
    given: Given,
    inputs: Vec<(Fields, String)>,
    /// Whom each rule named. Bound: [`MOST_ADDRESSES`] for each proposal; others are not told.
    named: Vec<HashSet<IpAddr>>,
    refused: Vec<Refused>,
    asked: Asked,
}

impl RuleReplay {
    /// `of` says by the rule's title of which of the `proposals` it is.
    #[must_use]
    pub fn new(rules: Rules, proposals: Vec<Proposal>, of: impl Fn(&str) -> Option<usize>) -> Self {
        let mut endpoints: Vec<Endpoint> = Vec::new();
        for one in &proposals {
            if !endpoints.contains(&one.endpoint) {
                endpoints.push(one.endpoint.clone());
            }
        }
        Self {
            of: rules.all().iter().map(|rule| of(&rule.title)).collect(),
            router: Router::new(endpoints.iter().cloned()),
            endpoints,
            given: Given::default(),
            inputs: Vec::new(),
            named: vec![HashSet::new(); proposals.len()],
            refused: vec![Refused::default(); proposals.len()],
            asked: Asked::new(REMEMBERED),
            proposals,
            rules,
        }
    }

    /// Says what wrote the lines of `input`.
    pub fn reads(&mut self, input: u32, dialect: events::Dialect) {
        let Ok(input) = usize::try_from(input) else { return };
        if self.inputs.len() <= input {
            self.inputs.resize(input + 1, (Fields::NONE, String::new()));
        }
        if let Some(place) = self.inputs.get_mut(input) {
            *place = (self.given.of(dialect), dialect.word().to_owned());
        }
    }

    /// Takes an event in. What comes after the rule named its address would have been refused.
    pub fn take(&mut self, event: &Event<'_>, input: u32) {
        let Some((given, product)) = usize::try_from(input).ok().and_then(|nth| self.inputs.get(nth)) else {
            return;
        };
        let Some(client) = client_of(event).or_else(|| event.exchange.as_ref().map(|one| one.client)) else {
            return;
        };
        if let Some(seen) = Asking::of(event, &self.router, &self.endpoints) {
            let key = hash::mix(hash::address(SEED, client), seen.at.secs() / 3600);
            let day = u16::try_from(seen.at.secs() / 86_400).unwrap_or(0);
            let records = if self.asked.is_new(key, seen.what, day) { u64::from(seen.records) } else { 0 };
            let each = self.proposals.iter().zip(&self.named).zip(&mut self.refused);
            for ((proposal, named), refused) in each.filter(|((one, _), _)| one.endpoint == seen.endpoint) {
                match (proposal.is_of_attacker(client), named.contains(&client)) {
                    (true, true) => refused.attackers += records,
                    (true, false) => refused.still_left += records,
                    (false, true) => refused.innocents += records,
                    (false, false) => {}
                }
            }
        }
        let Some(at) = event.at.or_else(|| event.exchange.as_ref().map(|one| one.at)) else { return };
        let mut asked = sigma::logged::event(event, *given, product);
        asked.client = Some(client);
        for found in self.rules.matches(&asked, at) {
            let Some(nth) = self.of.get(found.rule.get()).copied().flatten() else { continue };
            if let Some(named) = self.named.get_mut(nth).filter(|named| named.len() < MOST_ADDRESSES) {
                named.insert(client);
            }
        }
    }

    /// What each rule would have refused from its first word about an address on.
    pub fn refused(&self) -> impl Iterator<Item = Refused> {
        self.proposals.iter().zip(&self.named).zip(&self.refused).map(|((proposal, named), refused)| {
            let others = named.iter().filter(|client| !proposal.is_of_attacker(**client)).count();
            Refused { innocent_addresses: u64::try_from(others).unwrap_or(u64::MAX), ..*refused }
        })
    }
}

/// A request that was answered with success at an endpoint of a proposal.
struct Asking {
    endpoint: Endpoint,
    client: IpAddr,
    at: Timestamp,
    /// Hash of target and body.
    what: u64,
    records: u32,
    is_identified: bool,
}

impl Asking {
    fn of(event: &Event<'_>, router: &Router, endpoints: &[Endpoint]) -> Option<Self> {
        if let Some(exchange) = &event.exchange {
            let is_served = (200..300).contains(&exchange.status);
            return is_served.then(|| Self {
                endpoint: exchange.endpoint.clone(),
                client: exchange.client,
                at: exchange.at,
                what: exchange.order,
                records: exchange.strangers,
                is_identified: detect::CallerKind::of(&exchange.caller).is_principal(),
            });
        }
        let (at, client, target) = (event.at?, client_of(event)?, event.target.as_deref()?);
        if !(200..300).contains(&event.status?) {
            return None;
        }
        let method = method_of(event.method.as_deref().unwrap_or_default());
        let target = origin_form(target);
        let text = String::from_utf8_lossy(target);
        let target = Target::parse(&text).ok()?;
        let segments = target.segments();
        let routed: &[&str] = if segments.is_empty() { &[""] } else { &segments };
        let endpoint = endpoints.get(router.route(&method, routed)?.index)?.clone();
        let mut attributes = Attributes::new();
        attributes.query(target.query());
        let body = event.request_body.as_deref().unwrap_or_default();
        if !body.is_empty() {
            read_body(event.request_type.as_deref(), body, &mut attributes);
        }
        let digest = |value: &str| hash::digest(SEED, value.as_bytes());
        let is_page = reading::paging::page(&attributes, digest).is_some();
        let is_hidden = body.is_empty() && !matches!(method, Method::Get | Method::Head | Method::Options);
        let records = match page_size(&attributes) {
            Some(size) => size,
            None if is_page || is_hidden => A_PAGE,
            None => 1,
        };
        // What a hidden body asks for is another thing each time, as far as anybody can tell.
        let hidden = if is_hidden { at.millis() } else { 0 };
        Some(Self {
            endpoint,
            client,
            at,
            what: hash::mix(hash::bytes(hash::bytes(5, text.as_bytes()), body), hidden),
            records: crate::hidden::most_records(event.sent).map_or(records, |most| most.min(records)),
            is_identified: event.user.as_deref().is_some_and(|user| !user.is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(client: &str, second: u64, target: &str) -> Event<'static> {
        Event {
            at: Some(Timestamp::from_secs(1_800_000_000 + second)),
            client: Some(client.parse().unwrap()),
            method: Some(b"GET"[..].into()),
            target: Some(target.as_bytes().to_vec().into()),
            status: Some(200),
            sent: Some(4000),
            ..Event::default()
        }
    }

    fn proposal(networks: &[&str]) -> Proposal {
        Proposal {
            finding: "H-00000001".into(),
            endpoint: "GET /api/orders/{id}".parse().unwrap(),
            networks: networks.iter().map(|network| network.parse().unwrap()).collect(),
            addresses: HashSet::from(["198.51.100.7".parse().unwrap()]),
            is_identified: false,
            reason: String::new(),
            per_answer: 1,
            is_hidden: false,
        }
    }

    fn replayed(networks: &[&str]) -> Replay {
        let mut replay = Replay::new(vec![proposal(networks)]);
        for n in 0..40 {
            replay.take(&asked("198.51.100.7", n, &format!("/api/orders/{n}")));
            // The same again is nothing new, and another endpoint is another matter.
            replay.take(&asked("198.51.100.7", n, &format!("/api/orders/{n}")));
            replay.take(&asked("198.51.100.7", n, &format!("/api/widgets/{n}")));
        }
        for n in 0..3 {
            replay.take(&asked("203.0.113.9", n, &format!("/api/orders/9{n}")));
        }
        replay.finish();
        replay
    }

    #[test]
    fn a_patch_of_an_address_refuses_its_records_and_nobody_else() {
        let replay = replayed(&["198.51.100.7/32"]);
        let (_, refused) = replay.patches().next().unwrap();
        assert_eq!(refused, Refused { attackers: 40, ..Refused::default() });
    }

    #[test]
    fn a_patch_of_everybody_says_whom_else_it_refuses() {
        let replay = replayed(&[]);
        let (_, refused) = replay.patches().next().unwrap();
        assert_eq!((refused.attackers, refused.innocents, refused.innocent_addresses), (40, 3, 1));
    }

    #[test]
    fn a_budget_lets_so_many_leave_and_no_more() {
        let replay = replayed(&[]);
        assert_eq!(replay.busiest(0), 3);
        assert_eq!(replay.budget(0, 6), Refused { attackers: 34, still_left: 6, ..Refused::default() });
        let tight = replay.budget(0, 2);
        assert_eq!((tight.innocents, tight.innocent_addresses, tight.still_left), (1, 1, 2));
    }
}
