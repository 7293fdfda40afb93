//! Why a decision fell as it did, for `tidegate explain`.

use std::sync::Arc;

use domain::{Endpoint, OperationId, Ownership, RefusalKind, Timestamp};
use serde::Serialize;

use super::ask::{Answer, ask};
use super::door::Slice;
use super::facts::RequestFacts;
use super::load::Policies;
use super::source::Place;
use super::{base, refused};

/// One decision, with everything that had a say in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The operation's name.
    pub operation: OperationId,
    /// The door at which it was judged.
    pub endpoint: Endpoint,
    /// Whether the inventory declares it.
    pub declared: bool,
    /// Whom its intent admits: `public`, `authenticated`, `partner`, `internal`; absent without intent.
    pub audience: Option<&'static str>,
    /// Whether the audience admits this caller.
    pub admitted: bool,
    /// [`domain::Caller::word`].
    pub caller: String,
    /// Whether a `permit` names the operation, so that one of them must hold.
    pub narrowed: bool,
    /// Whether Cedar had to be asked. It is not where no policy can be about the request.
    pub cedar_asked: bool,
    /// Policies and patches that can be about such a request, in the order of their files.
    pub considered: Vec<Considered>,
    /// Those that decided.
    pub determined_by: Vec<Arc<str>>,
    /// Policies that will be asked about records of others in the answer.
    pub on_response: Vec<Considered>,
    /// How it is told whether a record is the caller's.
    pub owner: Option<Ownership>,
    /// The result.
    pub outcome: Outcome,
}

/// A policy that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Considered {
    /// Its id.
    pub id: Arc<str>,
    /// `permit` or `forbid`.
    pub effect: &'static str,
    /// The reason of a virtual patch.
    pub reason: Option<Arc<str>>,
    /// The expiry of a virtual patch.
    pub expires: Option<String>,
    /// Whether it is a patch that has expired, and so had no say.
    pub expired: bool,
    /// Where it stands.
    pub at: Place,
    /// Attributes of the request that it reads.
    pub reads: Vec<String>,
}

/// How a decision fell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "decision")]
pub enum Outcome {
    /// The request may go on.
    Permitted,
    /// It may not.
    Refused {
        /// The kind of refusal.
        kind: RefusalKind,
        /// Which rule.
        detail: String,
    },
}

impl Policies {
    /// The same decision as [`Policies::authorize`] would make in guard or enforce mode, explained.
    /// It keeps nothing and recalls nothing.
    #[must_use]
    pub fn explain(&self, facts: &RequestFacts<'_>, now: Timestamp) -> Explanation {
        let door = self.door(facts.endpoint);
        let slice = &door.requests;
        let admitted = base(door, facts, now);
        let answer = (admitted.is_ok() && !slice.is_empty()).then(|| ask(door, slice, facts, None, now));
        let determined_by = match &answer {
            Some(Answer::Permitted(ids) | Answer::Forbidden(ids) | Answer::Failed(ids)) => ids.clone(),
            Some(Answer::NotPermitted | Answer::Unreadable(_) | Answer::Unspeakable(_)) | None => Vec::new(),
        };
        let cedar_asked = answer.is_some();
        let result = admitted
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|()| answer.map_or(Ok(()), |answer| refused(&slice.chosen.rules, &answer)));
        let (operation, endpoint) = match &door.named {
            Some((id, endpoint)) => (id.clone(), endpoint.clone()),
            None => (OperationId::new(&facts.endpoint.to_string()), facts.endpoint.clone()),
        };
        Explanation {
            operation,
            endpoint,
            declared: door.declared,
            audience: door.intent.as_ref().map(|intent| crate::audience::word(&intent.audience)),
            admitted: admitted.is_ok(),
            caller: facts.caller.word().to_owned(),
            narrowed: slice.chosen.narrowed,
            cedar_asked,
            considered: considered(slice, now),
            determined_by,
            on_response: considered(&door.responses, now),
            owner: door.intent.as_ref().and_then(|intent| intent.owner.clone()),
            outcome: match result {
                Ok(()) => Outcome::Permitted,
                Err(refusal) => Outcome::Refused { kind: refusal.kind, detail: refusal.detail },
            },
        }
    }
}

fn considered(slice: &Slice, now: Timestamp) -> Vec<Considered> {
    let one = |rule: &super::rule::Rule| Considered {
        id: rule.id.clone(),
        effect: if rule.permits() { "permit" } else { "forbid" },
        reason: rule.patch.as_ref().map(|patch| patch.reason.clone()),
        expires: rule.patch.as_ref().map(|patch| patch.expires.to_string()),
        expired: rule.patch.as_ref().is_some_and(|patch| patch.expired(now)),
        at: rule.at.clone(),
        reads: rule.reads.attributes().map(ToString::to_string).collect(),
    };
    slice.chosen.rules.iter().map(one).collect()
}
