//! Answers that are kept, because they hang on nothing but the principal.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Caller, Principal, PrincipalId, Timestamp};

use super::ask::Answer;

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
    pub(super) fn new(bound: usize) -> Self {
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
