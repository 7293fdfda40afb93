//! What an action is against: how narrow it is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::party::Party;
use crate::seen::Facts;

/// Whose traffic of a kind it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Callers {
    /// Callers without a credential, or with one that nobody vouched for: they are the same, for a
    /// credential is made up in no time.
    Unidentified,
    /// Those, and principals; but no partner, and nobody with a role that has a budget of its own: to read
    /// of strangers is their work.
    Unnamed,
    /// Everybody.
    Anyone,
}

impl Callers {
    /// Whether the caller is one of them.
    #[must_use]
    pub fn holds(self, facts: &Facts) -> bool {
        match self {
            Self::Unidentified => !facts.caller.is_principal(),
            Self::Unnamed => !facts.works,
            Self::Anyone => true,
        }
    }

    /// The narrowest that holds the caller.
    pub(crate) fn of(facts: &Facts) -> Self {
        match (facts.caller.is_principal(), facts.works) {
            (false, _) => Self::Unidentified,
            (true, false) => Self::Unnamed,
            (true, true) => Self::Anyone,
        }
    }
}

/// Which exchanges of a kind they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// All.
    Any,
    /// Requests for this page or offset, or a later one.
    FromPage(u64),
    /// Those whose answer tells of strangers: judged when the answer is known.
    Strangers,
}

impl What {
    /// Whether a request may be one of them. That of [`What::Strangers`] shows with its answer.
    fn holds(self, facts: &Facts) -> bool {
        match self {
            Self::Any | Self::Strangers => true,
            Self::FromPage(first) => facts.page.is_some_and(|page| page >= first),
        }
    }
}

/// What an action is against, narrowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// One party, at one endpoint or everywhere.
    Source {
        /// The party.
        party: Party,
        /// The endpoint; everywhere where there is none.
        #[serde(default, with = "crate::key::option")]
        door: Option<u64>,
        /// Which of its exchanges.
        what: What,
    },
    /// A kind of traffic at an endpoint.
    Kind {
        /// The endpoint.
        #[serde(with = "crate::key")]
        door: u64,
        /// Whose.
        callers: Callers,
        /// Which.
        what: What,
    },
    /// An endpoint.
    Endpoint(#[serde(with = "crate::key")] u64),
    /// All that one upstream answers.
    Upstream(#[serde(with = "crate::key")] u64),
}

impl Target {
    /// Whether an exchange with these facts is one of those, as far as the request shows.
    #[must_use]
    pub fn holds(&self, facts: &Facts) -> bool {
        match *self {
            Self::Source { party, door, what } => {
                party.holds(facts) && door.is_none_or(|door| door == facts.door) && what.holds(facts)
            }
            Self::Kind { door, callers, what } => {
                door == facts.door && callers.holds(facts) && what.holds(facts)
            }
            Self::Endpoint(door) => door == facts.door,
            Self::Upstream(upstream) => upstream == facts.upstream,
        }
    }

    /// Whether it is against the same traffic, more or less of it.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let all = |target: &Self| match *target {
            Self::Source { party, door, .. } => Self::Source { party, door, what: What::Any },
            Self::Kind { door, .. } => Self::Kind { door, callers: Callers::Anyone, what: What::Any },
            other => other,
        };
        all(self) == all(other)
    }

    /// Whether it waits for the answer whoever asks.
    #[must_use]
    pub fn is_of_answers(&self) -> bool {
        matches!(self, Self::Source { what: What::Strangers, .. } | Self::Kind { what: What::Strangers, .. })
    }

    /// Whether it is against the principal that asks.
    pub(crate) fn names_principal(&self) -> bool {
        matches!(self, Self::Source { party: Party::Principal(_), .. })
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::FromPage(page) => write!(f, "from-page-{page}"),
            Self::Strangers => f.write_str("strangers"),
        }
    }
}

impl fmt::Display for Callers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unidentified => "unidentified",
            Self::Unnamed => "unnamed",
            Self::Anyone => "anyone",
        })
    }
}

#[cfg(test)]
mod tests {
    use detect::CallerKind;

    use super::*;

    #[test]
    fn a_target_holds_what_it_names_and_nothing_else() {
        let party = Party::Network("192.0.2.0/24".parse().unwrap());
        let facts = |client: &str, caller, door, page| Facts {
            client: client.parse().unwrap(),
            caller,
            identity: None,
            works: caller == CallerKind::Partner,
            door,
            upstream: 7,
            page,
        };
        let anonymous = facts("192.0.2.9", CallerKind::Anonymous, 1, Some(4));
        let verified = facts("192.0.2.9", CallerKind::Verified, 1, None);
        let partner = facts("203.0.113.1", CallerKind::Partner, 1, None);
        let elsewhere = facts("198.51.100.1", CallerKind::Unverified, 2, Some(4));
        let kind = |callers, what| Target::Kind { door: 1, callers, what };
        let source = |door, what| Target::Source { party, door, what };
        for (target, expected) in [
            (source(None, What::Any), [true, true, false, false]),
            (source(Some(2), What::Any), [false, false, false, false]),
            (source(Some(1), What::FromPage(5)), [false, false, false, false]),
            (kind(Callers::Unidentified, What::Any), [true, false, false, false]),
            (kind(Callers::Unnamed, What::Any), [true, true, false, false]),
            (kind(Callers::Anyone, What::Any), [true, true, true, false]),
            (kind(Callers::Anyone, What::FromPage(4)), [true, false, false, false]),
            (Target::Endpoint(2), [false, false, false, true]),
            (Target::Upstream(7), [true, true, true, true]),
            (Target::Upstream(1), [false, false, false, false]),
        ] {
            let held = [anonymous, verified, partner, elsewhere].map(|facts| target.holds(&facts));
            assert_eq!(held, expected, "{target:?}");
        }
    }

    #[test]
    fn a_hint_that_nobody_vouched_for_is_no_principal() {
        let digest = domain::SubjectDigest::new([3; 16]);
        let facts = |caller| Facts {
            client: "192.0.2.9".parse().unwrap(),
            caller,
            identity: Some(digest),
            works: false,
            door: 1,
            upstream: 0,
            page: None,
        };
        assert!(Party::Principal(digest).holds(&facts(CallerKind::Confirmed)));
        assert!(!Party::Principal(digest).holds(&facts(CallerKind::Unverified)));
    }
}
