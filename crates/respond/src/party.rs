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
