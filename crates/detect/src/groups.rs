//! Signals that belong together: one scrape is one group that grows, not a line per record.
//!
//! A signal joins the group of its exchange's network (/24 or /48) or principal. Where that has none,
//! one of an endpoint joins the group in which its endpoint was spoken of, and one of a source joins
//! the group of the crowd that sweeps its endpoint: five hundred addresses of one sweep are one group.
//! A group ends after an hour without a signal.
//!
//! Bound: [`MOST`] open groups. Eviction rule: the one that was silent longest ends. What it would have
//! been joined by opens a group of its own: a line more, and none less.

use domain::{IpPrefix, Severity, SubjectDigest, Timestamp, networks_of};

use crate::observed::Observed;
use crate::signal::{DetectorId, Signal, Source, bit};

/// Most open groups.
const MOST: usize = 1024;
/// A group without a signal for this long has ended.
const QUIET_MILLIS: u64 = 3_600_000;
/// A group is told of again when it has told this many times as many people.
const GROWTH: u32 = 10;

/// All open groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    open: Vec<Group>,
    opened: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    id: u64,
    network: Option<IpPrefix>,
    principal: Option<SubjectDigest>,
    /// The endpoint of its latest signal of an endpoint.
    endpoint: Option<u64>,
    /// Whether a detector of crowds has spoken.
    crowd: bool,
    last: Timestamp,
    detectors: u16,
    signals: u32,
    /// What was told last.
    severity: Severity,
    people: u32,
}

/// What a signal did to its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joining {
    /// It opened the group: somebody should hear of it.
    Opened,
    /// The group is graver than was told, or has tenfold the people.
    Grew,
    /// Nothing that a person must hear.
    Joined,
}

/// The group of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grouped {
    /// Its number: milliseconds of its first signal, and ten bits that tell those of one moment apart.
    pub id: u64,
    /// What the signal did.
    pub joining: Joining,
    /// Signals in the group, this one included.
    pub signals: u32,
    /// Detectors that spoke in it.
    pub detectors: u32,
}

impl Groups {
    /// Takes in that `signal` was said of `seen`. Signals come in the order of their exchanges.
    pub fn take(&mut self, signal: &Signal, seen: &Observed<'_>) -> Grouped {
        let now = signal.last;
        self.open.retain(|group| now.millis().saturating_sub(group.last.millis()) < QUIET_MILLIS);
        let network = networks_of(seen.client).last().copied();
        let principal = seen.principal.filter(|_| seen.caller.is_principal());
        let of_source =
            |group: &Group| group.network == network || principal.is_some() && group.principal == principal;
        let of_endpoint = matches!(signal.source, Source::Endpoint(_));
        let beside = |group: &Group| group.endpoint == Some(signal.endpoint) && (of_endpoint || group.crowd);
        let place = self.open.iter().position(of_source).or_else(|| self.open.iter().position(beside));
        let is_new = place.is_none();
        let place = place.unwrap_or_else(|| self.begin(network, principal, signal));
        let Some(group) = self.open.get_mut(place) else {
            return Grouped { id: 0, joining: Joining::Opened, signals: 1, detectors: 1 };
        };
        group.last = now;
        group.signals = group.signals.saturating_add(1);
        group.detectors |= bit(signal.detector);
        if of_endpoint {
            group.endpoint = Some(signal.endpoint);
            group.crowd |= signal.detector != DetectorId::AnonymousData;
        }
        let grew = signal.severity > group.severity || signal.evidence.people / GROWTH >= group.people.max(1);
        let joining = if is_new {
            Joining::Opened
        } else if grew {
            Joining::Grew
        } else {
            Joining::Joined
        };
        if joining != Joining::Joined {
            group.severity = group.severity.max(signal.severity);
            group.people = group.people.max(signal.evidence.people);
        }
        Grouped { id: group.id, joining, signals: group.signals, detectors: group.detectors.count_ones() }
    }

    fn begin(
        &mut self,
        network: Option<IpPrefix>,
        principal: Option<SubjectDigest>,
        signal: &Signal,
    ) -> usize {
        if self.open.len() >= MOST {
            let silent = self.open.iter().enumerate().min_by_key(|(_, group)| group.last);
            if let Some(place) = silent.map(|(place, _)| place) {
                self.open.swap_remove(place);
            }
        }
        self.opened = self.opened.wrapping_add(1);
        self.open.push(Group {
            id: signal.last.millis() << 10 | self.opened & 0x3ff,
            network,
            principal,
            endpoint: None,
            crowd: false,
            last: signal.last,
            detectors: 0,
            signals: 0,
            severity: signal.severity,
            people: signal.evidence.people,
        });
        self.open.len() - 1
    }

    /// Open groups.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether none is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}
