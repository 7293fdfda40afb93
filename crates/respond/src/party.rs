//! Who takes part: a principal, or a network.

use std::fmt;

use detect::Source;
use domain::{IpPrefix, SubjectDigest};
use serde::{Deserialize, Serialize};

use crate::seen::Facts;

/// Somebody of whom signals speak and against whom actions are.
///
/// A hint that nobody vouched for is no party: whoever is refused by it makes up another. Such callers
/// are their networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// A confirmed or verified principal, by digest.
    Principal(SubjectDigest),
    /// An address or a network around it.
    Network(IpPrefix),
}

impl Party {
    /// The party of a signal; `None` where no single source did it.
    #[must_use]
    pub fn of(source: Source) -> Option<Self> {
        match source {
            Source::Principal(digest) => Some(Self::Principal(digest)),
            Source::Network(prefix) => Some(Self::Network(prefix)),
            Source::Endpoint(_) => None,
        }
    }

    /// Whether it is one caller, or what stands for one: an IPv6 client has a /64.
    #[must_use]
    pub fn is_single(&self) -> bool {
        match self {
            Self::Principal(_) => true,
            Self::Network(prefix) => prefix.length() >= if prefix.base().is_ipv4() { 32 } else { 64 },
        }
    }

    /// Whether it is a network around another party, which is then no source beside it.
    #[must_use]
    pub fn is_around(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Network(wide), Self::Network(narrow)) => {
                wide.length() < narrow.length() && wide.contains(narrow.base())
            }
            _ => false,
        }
    }

    /// Whether an exchange is this party's. A principal's exchange is also its network's.
    #[must_use]
    pub fn holds(&self, facts: &Facts) -> bool {
        match self {
            Self::Principal(digest) => facts.principal() == Some(*digest),
            Self::Network(prefix) => prefix.contains(facts.client),
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Principal(digest) => write!(f, "principal:{digest}"),
            Self::Network(prefix) => prefix.fmt(f),
        }
    }
}
