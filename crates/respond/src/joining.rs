//! Which signals belong together.
//!
//! A signal has traits; two signals are related when they share one, and an incident is all signals
//! that hang together through relations. So it does not matter in which order signals of one hour
//! arrive: a signal that relates to two incidents makes them one.
//!
//! | trait | of | relates |
//! |---|---|---|
//! | address block (/24, /48) | signals of a source | to the same block |
//! | principal | signals of a principal | to the same principal |
//! | crowd at an endpoint | signals of the endpoint itself | to every signal at this endpoint |
//! | anonymous data at an endpoint | `anonymous-data` | to every signal of an address whose caller is unidentified there |
//! | agent | signals of a source | to the same agent, detector and endpoint |
//! | share of a walk | walks, sweeps, pages, bulk | to the same detector, endpoint and stride of another source, when the objects that both last asked for are disjoint: a scrape that is divided among workers |

use detect::{Signal, Source};
use domain::{DetectorId, IpPrefix, SubjectDigest, Timestamp, networks_of};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::party::Party;
use crate::seen::Seen;

/// Something that signals share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Trait {
    Block(IpPrefix),
    Principal(SubjectDigest),
    Crowd(u64),
    Unidentified(u64),
    Agent { door: u64, detector: DetectorId, agent: SubjectDigest },
    Share { door: u64, detector: DetectorId, stride: Option<u64>, party: Party, ids: SmallVec<[u64; 8]> },
}

/// A trait as a signal or incident has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) of: Trait,
    /// Whether it relates to every other of its kind, and not only to those that speak of it.
    pub(crate) speaks: bool,
    pub(crate) last: Timestamp,
}

impl Mark {
    pub(crate) fn relates(&self, other: &Self) -> bool {
        match (&self.of, &other.of) {
            (
                Trait::Share { door, detector, stride, party, ids },
                Trait::Share { door: d, detector: t, stride: s, party: p, ids: i },
            ) => {
                let same = (door, detector, stride) == (d, t, s) && party != p;
                same && !ids.is_empty() && !i.is_empty() && !ids.iter().any(|id| i.contains(id))
            }
            (a, b) => a == b && (self.speaks || other.speaks),
        }
    }

    /// Whether both speak of it: for an incident that was closed, the same endpoint alone is not enough.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.speaks && other.speaks && self.relates(other)
    }
}

/// The traits of a signal.
pub(crate) fn marks(signal: &Signal, seen: &Seen<'_>) -> SmallVec<[Mark; 6]> {
    let (door, last, detector) = (signal.endpoint, signal.last, signal.detector);
    let mark = |of: Trait, speaks: bool| Mark { of, speaks, last };
    let mut marks = SmallVec::new();
    let Some(party) = Party::of(signal.source) else {
        // Whose exchange it was at which a crowd was told of says nothing: it may be anybody's.
        let is_anonymous = detector == DetectorId::AnonymousData;
        marks.push(mark(Trait::Crowd(door), !is_anonymous));
        if is_anonymous {
            marks.push(mark(Trait::Unidentified(door), true));
        }
        return marks;
    };
    let block = match signal.source {
        Source::Network(prefix) => networks_of(prefix.base()).last().copied(),
        _ => networks_of(seen.facts.client).last().copied(),
    };
    marks.extend(block.map(|block| mark(Trait::Block(block), true)));
    if let Party::Principal(digest) = party {
        marks.push(mark(Trait::Principal(digest), true));
    } else if !seen.facts.caller.is_principal() {
        marks.push(mark(Trait::Unidentified(door), false));
    }
    marks.push(mark(Trait::Crowd(door), false));
    if let Some(agent) = seen.agent {
        marks.push(mark(Trait::Agent { door, detector, agent }, true));
    }
    let is_walk = matches!(
        detector,
        DetectorId::SequentialIds | DetectorId::NewObjects | DetectorId::PageWalk | DetectorId::Bulk
    );
    if is_walk {
        let (stride, ids) = (signal.evidence.stride, seen.ids.clone());
        marks.push(mark(Trait::Share { door, detector, stride, party, ids }, true));
    }
    marks
}
