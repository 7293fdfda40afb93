//! An operation with the policies that are about it, sorted out at load.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use cedar_policy::{Entity, EntityUid, Policy, PolicySet};
use domain::{Endpoint, Intent, OperationId, Timestamp};

use super::answers::Answers;
use super::ask::Vocabulary;
use super::reads::Reads;
use super::rule::Rule;

/// One operation and its two slices of policies.
pub(crate) struct Door {
    /// `None`: a door that nobody declared or named.
    pub(super) named: Option<(OperationId, Endpoint)>,
    pub(super) intent: Option<Arc<Intent>>,
    pub(super) declared: bool,
    /// The literal before the last path parameter, and that parameter's name.
    pub(super) object: Option<(String, String)>,
    pub(super) requests: Slice,
    pub(super) responses: Slice,
    pub(super) vocabulary: Arc<Vocabulary>,
}

impl fmt::Debug for Door {
    /// Its name and the ids of its policies.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = |slice: &Slice| slice.chosen.rules.iter().map(|rule| rule.id.clone()).collect::<Vec<_>>();
        f.debug_struct("Door")
            .field("named", &self.named)
            .field("requests", &ids(&self.requests))
            .field("responses", &ids(&self.responses))
            .finish_non_exhaustive()
    }
}

/// The requests, or the responses, of one operation and the policies that can be about them.
#[derive(Debug)]
pub(super) struct Slice {
    /// The action in its groups: Cedar knows of a group only what the entity store says.
    pub(super) action: Entity,
    pub(super) chosen: Arc<Selection>,
    pub(super) answers: Option<Answers>,
}

/// Some of the policies. Operations about which the same policies are share one.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) rules: Vec<Rule>,
    /// Whether one of `rules` must permit: a `permit` among them names the operation.
    pub(super) narrowed: bool,
    pub(super) reads: Reads,
    /// `rules`, and `base` where nothing narrows.
    set: PolicySet,
    base: Option<Policy>,
}

impl Slice {
    /// `remembers`: for how many principals answers are kept, where that can be.
    pub(super) fn new(
        (action, groups): (EntityUid, HashSet<EntityUid>),
        chosen: Arc<Selection>,
        remembers: usize,
    ) -> Self {
        let answers = (chosen.reads.only_the_principal() && remembers > 0).then(|| Answers::new(remembers));
        Self { action: Entity::new_no_attrs(action, groups), chosen, answers }
    }

    /// Whether no policy can be about it, so that Cedar need not be asked.
    pub(super) fn is_empty(&self) -> bool {
        self.chosen.rules.is_empty()
    }
}

impl Selection {
    /// # Errors
    /// Cedar's words, when two policies share an id; the loader has refused that before.
    pub(super) fn new(rules: Vec<Rule>, narrowed: bool, base: Option<Policy>) -> Result<Self, String> {
        let mut reads = Reads::default();
        rules.iter().for_each(|rule| reads.extend(&rule.reads));
        let set = PolicySet::from_policies(rules.iter().map(|rule| rule.policy.clone()).chain(base.clone()))
            .map_err(|error| error.to_string())?;
        Ok(Self { rules, narrowed, reads, set, base })
    }

    /// The policies in force at `now`: without patches that have expired since they were loaded.
    pub(super) fn in_force(&self, now: Timestamp) -> Cow<'_, PolicySet> {
        let expired = |rule: &Rule| rule.patch.as_ref().is_some_and(|patch| patch.expired(now));
        if !self.rules.iter().any(expired) {
            return Cow::Borrowed(&self.set);
        }
        let kept = self.rules.iter().filter(|rule| !expired(rule)).map(|rule| rule.policy.clone());
        match PolicySet::from_policies(kept.chain(self.base.clone())) {
            Ok(set) => Cow::Owned(set),
            // A part of a set without double ids has none. If it had, expired patches go on forbidding.
            Err(_) => Cow::Borrowed(&self.set),
        }
    }

    /// The first moment after `now` at which a patch ceases to act.
    pub(super) fn next_expiry(&self, now: Timestamp) -> Option<Timestamp> {
        let patches = self.rules.iter().filter_map(|rule| rule.patch.as_ref());
        patches.filter(|patch| !patch.expired(now)).map(|patch| patch.expires).min()
    }
}
