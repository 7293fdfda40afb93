//! Answers that are kept, because they hang on nothing but the principal.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Caller, Principal, Timestamp};

use super::ask::Answer;

/// Answers that depend on the principal alone.
///
/// An entry counts for exactly the principal it was computed for: the very same one in memory, which
/// it keeps alive, so that no other can come to stand at its address. Each token that identify
/// verified is one such principal; a further token of the same person is a new question. Bounded: at
/// most `bound` principals; when full it is emptied, which costs each of them one evaluation and
/// changes no answer. It lives and dies with its snapshot of policies.
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
    /// By address: one look-up of one number, where names would be compared a dozen times.
    named: HashMap<usize, (Arc<Principal>, Kept), BuildHasherDefault<Address>>,
}

/// Spreads addresses, which nobody outside chooses, by Fibonacci hashing.
#[derive(Default)]
struct Address(u64);

impl Hasher for Address {
    fn finish(&self) -> u64 {
        self.0.rotate_left(20)
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }
    fn write_usize(&mut self, address: usize) {
        self.0 = u64::try_from(address).unwrap_or(u64::MAX).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

fn address(principal: &Arc<Principal>) -> usize {
    Arc::as_ptr(principal).addr()
}

#[derive(Clone)]
struct Kept {
    answer: Arc<Answer>,
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

    pub(super) fn recall(&self, caller: &Caller, now: Timestamp) -> Option<Arc<Answer>> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = match caller {
            Caller::Anonymous | Caller::Hinted(_) => memory.anonymous.as_ref()?,
            Caller::Verified(principal) => {
                let (_, kept) = memory.named.get(&address(principal))?;
                kept
            }
        };
        kept.holds(now).then(|| Arc::clone(&kept.answer))
    }

    pub(super) fn keep(&self, caller: &Caller, answer: &Arc<Answer>, until: Option<Timestamp>) {
        let kept = Kept { answer: Arc::clone(answer), until };
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        match caller {
            Caller::Anonymous | Caller::Hinted(_) => memory.anonymous = Some(kept),
            Caller::Verified(principal) => {
                if memory.named.len() >= self.bound && !memory.named.contains_key(&address(principal)) {
                    memory.named.clear();
                }
                memory.named.insert(address(principal), (Arc::clone(principal), kept));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Claims, PrincipalId, PrincipalKind};

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
    const NOT_PERMITTED: Answer = Answer::NotPermitted;

    #[test]
    fn an_answer_counts_for_the_very_same_principal_only() {
        let answers = Answers::new(8);
        let ann = caller("ann", "acme");
        answers.keep(&ann, &NOT_PERMITTED.into(), None);
        assert_eq!(answers.recall(&ann, NOW).as_deref(), Some(&NOT_PERMITTED));
        // Another token of the same person, and other people.
        for other in [caller("ann", "acme"), caller("ann", "other"), caller("bob", "acme"), Caller::Anonymous]
        {
            assert_eq!(answers.recall(&other, NOW), None, "{other:?}");
        }
    }

    #[test]
    fn a_principal_that_is_gone_leaves_its_answer_to_nobody() {
        let answers = Answers::new(8);
        answers.keep(&caller("ann", "acme"), &NOT_PERMITTED.into(), None);
        // An entry that did not keep its principal would soon find another at the same address.
        for nth in 0..1000 {
            assert_eq!(answers.recall(&caller(&nth.to_string(), "acme"), NOW), None);
        }
    }

    #[test]
    fn an_answer_ends_when_a_patch_expires() {
        let answers = Answers::new(8);
        answers.keep(&Caller::Anonymous, &NOT_PERMITTED.into(), Some(NOW));
        assert!(answers.recall(&Caller::Anonymous, NOW).is_some());
        assert!(answers.recall(&Caller::Anonymous, Timestamp::from_secs(51)).is_none());
    }

    #[test]
    fn principals_beyond_the_bound_do_not_make_it_grow() {
        let answers = Answers::new(4);
        for nth in 0..100 {
            let caller = caller(&nth.to_string(), "t");
            answers.keep(&caller, &NOT_PERMITTED.into(), None);
            assert!(answers.memory.lock().unwrap().named.len() <= 4);
            assert!(answers.recall(&caller, NOW).is_some());
        }
    }
}
