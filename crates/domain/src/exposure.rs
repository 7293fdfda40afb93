//! One entry of the account: who received whose data.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::{ClassSet, Endpoint, ExchangeId, SubjectDigest, Timestamp};

/// What left, or was about to leave, in one exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// The exchange that it left in.
    pub exchange: ExchangeId,
    /// When it was about to leave.
    pub at: Timestamp,
    /// The door.
    pub endpoint: Endpoint,
    /// Who operates the upstream behind the door, where intent says so.
    pub operator: Option<Arc<str>>,
    /// Who received it.
    pub recipient: Recipient,
    /// Whose data, and which.
    pub subjects: Vec<ExposedSubject>,
}

/// One subject of an exposure, under every key that it is known by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExposedSubject {
    /// Keyed digests of its keys, the preferred one first. At least one, at most eight.
    pub digests: SmallVec<[SubjectDigest; 3]>,
    /// The classes that left about it.
    pub classes: ClassSet,
    /// Why it was allowed to leave.
    pub basis: Basis,
}

/// Why a subject's data was allowed to leave, and so which budget it was charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Proved to be the caller's own: free.
    Own,
    /// The request itself brought the subject's e-mail or phone: charged to the look-up budget.
    LookUp,
    /// Charged to the caller's budget.
    Budget,
    /// In observe mode: it left although the budget would have refused it.
    WouldRefuse,
    /// Charged to the caller's own budget alone, for it was taken for the caller itself: the person
    /// whom the caller's session was issued for, or the first one that it showed.
    Claimed,
    /// Charged to the caller's own budget alone, for its verified token names this person.
    Named,
}

/// Who received an exposure.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recipient {
    /// `anonymous`, `unverified`, `confirmed`, `verified` or `partner`: [`crate::Caller::word`].
    pub kind: Arc<str>,
    /// Keyed digest of the principal's id or of the hint's value; `None` for anonymous callers.
    pub principal: Option<SubjectDigest>,
    /// The role whose budget applied, if any.
    pub role: Option<Arc<str>>,
    /// The client's address.
    pub client: IpAddr,
}

/// How an intended exposure ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Completion {
    /// Every byte was handed to the client's connection.
    Sent,
    /// Some bytes left before the connection broke: at least nothing, at most all of it.
    Partly,
    /// No byte left: the charge was refunded.
    Nothing,
    /// The process ended before it knew.
    Unknown,
}
