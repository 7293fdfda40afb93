//! The arithmetic of a leak: how many people, at least and at most.
//!
//! *At most* counts every person whose data was intended to leave and is not known to have stayed
//! (sent, partly, unknown), where digests that one record showed together are one person and keys
//! that nothing links count twice. *At least* counts only what was sent whole, and only what one door
//! showed under one period's key: two doors may show the same people under keys that nothing links.

use std::net::IpAddr;
use std::sync::Arc;

use domain::{ClassSet, DataClass, Endpoint, RefusalKind, SubjectDigest, Timestamp};
use serde::Serialize;

use crate::text_time::{maybe_rfc3339, rfc3339};

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
    /// Refusals in the same scope, by kind and door, whomever they met.
    pub refusals: Vec<RefusalLine>,
    /// Those of them that stopped a recipient of `recipients`, at one of `endpoints`.
    pub stops: Vec<StopLine>,
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
    /// Whether there may be more: some were counted in memory when the ledger was read, or when the program
    /// was killed. Half of them, at least, are on record.
    pub at_least: bool,
    /// Subjects in the refused answers, summed and not deduplicated.
    pub subjects: u64,
    /// First of them.
    #[serde(serialize_with = "rfc3339")]
    pub first: Timestamp,
    /// Last of them.
    #[serde(serialize_with = "rfc3339")]
    pub last: Timestamp,
}

/// Refusals of one kind at one door that met somebody who had received data before.
///
/// They met the recipient itself; or, where the budget of a network or of everybody was spent, anybody
/// of that network or kind: such a budget stops the recipients too. Up to a bound in
/// [`crate::AccountBounds`]; beyond it refusals are counted and stop nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StopLine {
    /// Why.
    pub kind: RefusalKind,
    /// The door.
    pub endpoint: Endpoint,
    /// Recipients that they met.
    pub recipients: u64,
    /// How many.
    pub count: u64,
    /// Whether there may be more, as of [`RefusalLine`].
    pub at_least: bool,
    /// Subjects in the refused answers, summed and not deduplicated.
    pub subjects: u64,
    /// First of them after data had left.
    #[serde(serialize_with = "rfc3339")]
    pub first: Timestamp,
    /// Last of them.
    #[serde(serialize_with = "rfc3339")]
    pub last: Timestamp,
}
