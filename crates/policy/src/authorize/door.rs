//! An operation with the policies that are about it, sorted out at load.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use cedar_policy::{Entity, EntityUid, Policy, PolicySet};
use domain::{Caller, Endpoint, Intent, OperationId, Principal, PrincipalId, Timestamp};

use super::ask::{Answer, Vocabulary};
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
        let ids = |slice: &Slice| slice.rules.iter().map(|rule| rule.id.clone()).collect::<Vec<_>>();
        f.debug_struct("Door")
            .field("named", &self.named)
            .field("requests", &ids(&self.requests))
            .field("responses", &ids(&self.responses))
            .finish_non_exhaustive()
    }
}

/// The policies that can be about the requests, or the responses, of one operation.
#[derive(Debug)]
pub(super) struct Slice {
    /// The action in its groups: Cedar knows of a group only what the entity store says.
    pub(super) action: Entity,
    pub(super) rules: Vec<Rule>,
    /// Whether one of `rules` must permit: a `permit` among them names the operation.
    pub(super) narrowed: bool,
    pub(super) reads: Reads,
    /// `rules`, and [`Slice::base`] where nothing narrows.
    set: PolicySet,
    base: Option<Policy>,
    pub(super) answers: Option<Answers>,
}

impl Slice {
    /// # Errors
    /// Cedar's words, when two policies share an id; the loader has refused that before.
    pub(super) fn new(
        (action, groups): (EntityUid, HashSet<EntityUid>),
        rules: Vec<Rule>,
        narrowed: bool,
        base: Option<Policy>,
        remembers: usize,
    ) -> Result<Self, String> {
        let action = Entity::new_no_attrs(action, groups);
        let mut reads = Reads::default();
        rules.iter().for_each(|rule| reads.extend(&rule.reads));
        let answers = (reads.only_the_principal() && remembers > 0).then(|| Answers::new(remembers));
        let set = PolicySet::from_policies(rules.iter().map(|rule| rule.policy.clone()).chain(base.clone()))
            .map_err(|error| error.to_string())?;
        Ok(Self { action, rules, narrowed, reads, set, base, answers })
    }

    /// Whether Cedar has to be asked at all.
    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The policies in force at `now`: without patches that have expired since they were loaded.
    pub(super) fn in_force(&self, now: Timestamp) -> Cow<'_, PolicySet> {
        let expired = |rule: &Rule| rule.patch.as_ref().is_some_and(|patch| patch.expired(now));
        if !self.rules.iter().any(expired) {
            return Cow::Borrowed(&self.set);
        }
        let kept = self.rules.iter().filter(|rule| !expired(rule)).map(|rule| rule.policy.clone());
        let mut set = PolicySet::new();
        for policy in kept.chain(self.base.clone()) {
            // A subset of a set without double ids has none.
            let added = set.add(policy);
            debug_assert!(added.is_ok(), "a policy id occurs twice");
        }
        Cow::Owned(set)
    }

    /// The first moment after `now` at which a patch ceases to act.
    pub(super) fn next_expiry(&self, now: Timestamp) -> Option<Timestamp> {
        let patches = self.rules.iter().filter_map(|rule| rule.patch.as_ref());
        patches.filter(|patch| !patch.expired(now)).map(|patch| patch.expires).min()
    }
}

/// Answers that depend on the principal alone.
///
/// An entry counts for exactly the principal it was computed for: id, kind, roles and claims are
/// compared whole, so a changed token is a new question. Bounded: at most `bound` principals; when
/// full it is emptied, which costs each of them one evaluation and changes no answer. It lives and
/// dies with its snapshot of policies.
pub(super) struct Answers {
    bound: usize,
    memory: Mutex<Memory>,
}

impl fmt::Debug for Answers {
    /// Never shows a principal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("bound", &self.bound).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Memory {
    anonymous: Option<Kept>,
    named: BTreeMap<PrincipalId, (Arc<Principal>, Kept)>,
}

#[derive(Clone)]
struct Kept {
    answer: Answer,
    /// A patch acts until then, and the answer may change after.
    until: Option<Timestamp>,
}

impl Kept {
    fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now <= until)
    }
}

impl Answers {
    fn new(bound: usize) -> Self {
        Self { bound, memory: Mutex::default() }
    }

    pub(super) fn recall(&self, caller: &Caller, now: Timestamp) -> Option<Answer> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = match caller {
            Caller::Anonymous | Caller::Hinted(_) => memory.anonymous.as_ref()?,
            Caller::Verified(principal) => {
                let (whose, kept) = memory.named.get(&principal.id)?;
                if !Arc::ptr_eq(whose, principal) && whose != principal {
                    return None;
                }
                kept
            }
        };
        kept.holds(now).then(|| kept.answer.clone())
    }

    pub(super) fn keep(&self, caller: &Caller, answer: &Answer, until: Option<Timestamp>) {
        let kept = Kept { answer: answer.clone(), until };
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        match caller {
            Caller::Anonymous | Caller::Hinted(_) => memory.anonymous = Some(kept),
            Caller::Verified(principal) => {
                if memory.named.len() >= self.bound && !memory.named.contains_key(&principal.id) {
                    memory.named.clear();
                }
                memory.named.insert(principal.id.clone(), (principal.clone(), kept));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Claims, PrincipalKind};

    use super::*;

    fn caller(id: &str, tenant: &str) -> Caller {
        let mut claims = Claims::default();
        claims.push("tenant", tenant);
        Caller::Verified(Arc::new(Principal {
            id: PrincipalId::new(id),
            kind: PrincipalKind::Token,
            roles: Default::default(),
            claims,
        }))
    }

    const NOW: Timestamp = Timestamp::from_secs(50);

    #[test]
    fn an_answer_counts_for_the_very_same_principal_only() {
        let answers = Answers::new(8);
        answers.keep(&caller("ann", "acme"), &Answer::NotPermitted, None);
        assert_eq!(answers.recall(&caller("ann", "acme"), NOW), Some(Answer::NotPermitted));
        assert_eq!(answers.recall(&caller("ann", "other"), NOW), None);
        assert_eq!(answers.recall(&caller("bob", "acme"), NOW), None);
        assert_eq!(answers.recall(&Caller::Anonymous, NOW), None);
    }

    #[test]
    fn an_answer_ends_when_a_patch_expires() {
        let answers = Answers::new(8);
        answers.keep(&Caller::Anonymous, &Answer::NotPermitted, Some(NOW));
        assert!(answers.recall(&Caller::Anonymous, NOW).is_some());
        assert!(answers.recall(&Caller::Anonymous, Timestamp::from_secs(51)).is_none());
    }

    #[test]
    fn principals_beyond_the_bound_do_not_make_it_grow() {
        let answers = Answers::new(4);
        for nth in 0..100 {
            answers.keep(&caller(&nth.to_string(), "t"), &Answer::NotPermitted, None);
            assert!(answers.memory.lock().unwrap().named.len() <= 4);
            assert!(answers.recall(&caller(&nth.to_string(), "t"), NOW).is_some());
        }
    }
}
