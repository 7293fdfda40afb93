//! Decides who may do what at which door: declared audience, Cedar policies, virtual patches.
//!
//! It never reads a clock, a file or a body, never sees a credential that was not verified, and
//! never says to a caller which rule refused. Whether a *record* is the caller's is decided in
//! [`crate::own`]; how much may leave, in the budgets.
//!
//! # The rule (ADR 2)
//! 1. An undeclared operation is refused in enforce mode.
//! 2. The **audience** of a declared operation is the base: whom it does not admit, nothing admits.
//! 3. A satisfied **`forbid`** refuses, whatever else permits; so does every policy that cannot be
//!    evaluated, and an attribute that a policy reads and that is no one text or number.
//! 4. Where a **`permit` names the operation** (by its id or door in the action, or by its endpoint
//!    in the resource), at least one `permit` in scope must be satisfied: it narrows the audience.
//!    A `permit` about all operations (`action in Action::"call"`) is one more way in where
//!    something narrows, and has no effect where nothing does.
//!
//! At most one Cedar decision per request. Policies are sorted by operation at load, so that only
//! those that can match are asked; where there are none Cedar is not asked; answers that hang on
//! nothing but the principal are kept.
//!
//! # Attributes
//! A tag of `context.request` is the one text that the request has under that name: strings as they
//! stand, whole numbers in decimal, `true` / `false`. Null is left out. A fractional number, an
//! object, a list or a name given twice has no one text: a request that has it where a policy reads
//! it is refused, for a `forbid` must not be escaped by writing `100.0` for `100`. A tag of
//! `context.numbers` is the same text read as a whole number of 64 bits, in its only spelling.
//!
//! ```
//! use domain::{Audience, Caller, Intent, Method, Mode, OperationId, RefusalKind, Timestamp};
//! use policy::authorize::{Attribute, Declared, Policies, RequestFacts, Source};
//!
//! let endpoint = "POST /api/customers".parse().unwrap();
//! let inventory = [Declared {
//!     id: OperationId::new("searchCustomers"),
//!     endpoint,
//!     intent: Some(Intent::new(Audience::Authenticated).into()),
//! }];
//! let patch = Source::new(
//!     "patches/batches.cedar",
//!     r#"@id("batches") @reason("ten strangers per page") @expires("2027-01-31")
//!        forbid(principal, action in Action::"POST /api/customers", resource)
//!        when { context.numbers.hasTag("body.size") && context.numbers.getTag("body.size") > 1 };"#,
//! );
//! let now = Timestamp::parse_expiry("2026-11-20").unwrap();
//! let loaded = Policies::load(&inventory, &[], &[patch], now).unwrap();
//!
//! let refusal = loaded
//!     .policies
//!     .authorize(
//!         &RequestFacts {
//!             endpoint: &inventory[0].endpoint,
//!             method: &Method::Post,
//!             path: "/api/customers",
//!             caller: &Caller::Anonymous,
//!             client: "192.0.2.7".parse().unwrap(),
//!             internal_listener: false,
//!             mode: Mode::Enforce,
//!             attribute: &|_| Attribute::Missing,
//!         },
//!         now,
//!     )
//!     .unwrap_err();
//! assert_eq!(refusal.kind, RefusalKind::Unauthenticated);
//! ```

mod answers;
mod ask;
mod check;
mod door;
mod explain;
mod facts;
mod inventory;
mod load;
mod parse;
mod reads;
mod rule;
mod schema;
mod source;
pub mod survey;
const CANNOT_BE_EVALUATED: &str = "cannot be evaluated: ";

/// The policies that failed to evaluate, where `refusal` is because of that: an operator must hear of
/// it, for it refuses whoever meets it.
#[must_use]
pub fn failed_policies(refusal: &Refusal) -> Option<&str> {
    refusal.detail.strip_prefix(CANNOT_BE_EVALUATED).filter(|_| refusal.kind == RefusalKind::Forbidden)
}

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::{
    Caller, Endpoint, Intent, Mode, OnForeign, OperationId, Ownership, Refusal, RefusalKind, Timestamp,
};

use ask::{Answer, Disclosed, ask};
use door::Door;
pub use explain::{Considered, Explanation, Outcome};
pub use facts::{Attribute, AttributeName, AttributeNameError, AttributePlace, RequestFacts};
pub use inventory::Declared;
pub use load::{Loaded, Notice, Policies};
pub use source::{LoadError, Place, Source};

/// Proof that a request may go on: to the limits, and from there to the upstream.
///
/// Only [`Policies::authorize`] builds one. It holds the operation as it was when the decision
/// fell, so that a reload in the middle of an exchange does not judge the answer by other rules
/// than the question.
#[derive(Clone, Debug)]
pub struct Permit {
    door: Arc<Door>,
    endpoint: Endpoint,
    caller: Caller,
    mode: Mode,
    noted: Option<Refusal>,
}

/// What must still happen before an answer to a permitted request leaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Obligations<'p> {
    /// Records are held against this rule; without one, all count as foreign.
    pub owner: Option<&'p Ownership>,
    /// What happens when records are foreign.
    pub on_foreign: OnForeign,
    /// Whether a role of the caller may read records of others here, within its budget.
    pub reads_others: bool,
    /// Whether roles are declared, so that records of others are for them only.
    pub for_roles: bool,
    /// Whether policies are to be asked about records of others.
    pub ask_on_response: bool,
    /// The declared reason why the answer may pass unmetered.
    pub stream: Option<&'p str>,
}

impl Permit {
    /// The operation's name: its id, or the text of its door.
    #[must_use]
    pub fn operation(&self) -> OperationId {
        match &self.door.named {
            Some((id, _)) => id.clone(),
            None => OperationId::new(&self.endpoint.to_string()),
        }
    }

    /// The door, as the router knows it.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Whether the inventory declares the operation.
    #[must_use]
    pub fn declared(&self) -> bool {
        self.door.declared
    }

    /// What the operation's owner declared.
    #[must_use]
    pub fn intent(&self) -> Option<&Intent> {
        self.door.intent.as_deref()
    }

    /// Who was permitted.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The mode in force when the decision fell.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// In observe mode: what would have been refused, and why.
    #[must_use]
    pub const fn noted(&self) -> Option<&Refusal> {
        self.noted.as_ref()
    }

    /// What is still owed before the answer leaves.
    #[must_use]
    pub fn obligations(&self) -> Obligations<'_> {
        let intent = self.intent();
        let reads_others = match (&self.caller, intent) {
            (Caller::Verified(principal), Some(intent)) => {
                principal.roles.iter().any(|role| intent.roles.iter().any(|name| **name == *role.as_str()))
            }
            _ => false,
        };
        Obligations {
            owner: intent.and_then(|intent| intent.owner.as_ref()),
            on_foreign: intent.map_or_else(OnForeign::default, |intent| intent.on_foreign),
            reads_others,
            for_roles: intent.is_some_and(|intent| !intent.roles.is_empty()),
            ask_on_response: !self.door.responses.is_empty(),
            stream: intent.and_then(|intent| intent.stream.as_deref()),
        }
    }

    /// Asks the policies about an answer with records of `owners`, none of them the caller; with
    /// `unowned`, also of nobody known. `false`: nothing forbids it and nothing permits it.
    pub(crate) fn discloses(
        &self,
        facts: &RequestFacts<'_>,
        owners: &BTreeSet<String>,
        unowned: bool,
        now: Timestamp,
    ) -> Result<bool, Refusal> {
        let responses = &self.door.responses;
        match ask(&self.door, responses, facts, Some(Disclosed { owners, unowned }), now) {
            Answer::NotPermitted => Ok(false),
            answer => refused(&responses.chosen.rules, &answer).map(|()| true),
        }
    }
}

impl Policies {
    /// Decides whether the request of `facts` may go on at `now`.
    ///
    /// In observe mode the answer is always a permit, which notes what would have been refused.
    ///
    /// # Errors
    /// [`RefusalKind::UnknownEndpoint`], [`RefusalKind::ClosedEndpoint`],
    /// [`RefusalKind::Unauthenticated`], [`RefusalKind::Forbidden`] or [`RefusalKind::Patched`], with
    /// the ids of the policies as detail. The detail holds no value of the request.
    pub fn authorize(&self, facts: &RequestFacts<'_>, now: Timestamp) -> Result<Permit, Refusal> {
        let door = self.door(facts.endpoint);
        let noted = match decide(door, facts, now) {
            Ok(()) => None,
            Err(refusal) if facts.mode == Mode::Observe => Some(refusal),
            Err(refusal) => return Err(refusal),
        };
        Ok(Permit {
            door: door.clone(),
            endpoint: facts.endpoint.clone(),
            caller: facts.caller.clone(),
            mode: facts.mode,
            noted,
        })
    }
}

fn decide(door: &Door, facts: &RequestFacts<'_>, now: Timestamp) -> Result<(), Refusal> {
    base(door, facts, now)?;
    if door.requests.is_empty() {
        return Ok(());
    }
    refused(&door.requests.chosen.rules, &answer(door, facts, now))
}

/// The declared audience, or the lack of a declaration.
fn base(door: &Door, facts: &RequestFacts<'_>, now: Timestamp) -> Result<(), Refusal> {
    match &door.intent {
        Some(intent) => {
            crate::audience::admit(&intent.audience, facts.caller, facts.client, facts.internal_listener, now)
        }
        None if facts.mode == Mode::Enforce => {
            Err(Refusal::new(RefusalKind::UnknownEndpoint, "no declared intent"))
        }
        None => Ok(()),
    }
}

/// Cedar's answer, or the one that was kept.
fn answer(door: &Door, facts: &RequestFacts<'_>, now: Timestamp) -> Arc<Answer> {
    let slice = &door.requests;
    let Some(answers) = &slice.answers else {
        return ask(door, slice, facts, None, now).into();
    };
    if let Some(answer) = answers.recall(facts.caller, now) {
        return answer;
    }
    let answer = ask(door, slice, facts, None, now).into();
    answers.keep(facts.caller, &answer, slice.chosen.next_expiry(now));
    answer
}

/// An answer as a refusal, if it is one.
fn refused(rules: &[rule::Rule], answer: &Answer) -> Result<(), Refusal> {
    let forbidden = |detail: String| Err(Refusal::new(RefusalKind::Forbidden, detail));
    match answer {
        Answer::Permitted(_) => Ok(()),
        Answer::Forbidden(ids) => {
            let by_patch = rules.iter().any(|rule| rule.patch.is_some() && ids.contains(&rule.id));
            let kind = if by_patch { RefusalKind::Patched } else { RefusalKind::Forbidden };
            Err(Refusal::new(kind, format!("forbidden by {}", ids.join(", "))))
        }
        Answer::NotPermitted => {
            let permits: Vec<&str> =
                rules.iter().filter(|rule| rule.permits()).map(|rule| &*rule.id).collect();
            forbidden(format!("not permitted by any of {}", permits.join(", ")))
        }
        Answer::Failed(ids) => forbidden(format!("{CANNOT_BE_EVALUATED}{}", ids.join(", "))),
        Answer::Unreadable(name) => {
            let readers: Vec<&str> = rules
                .iter()
                .filter(|rule| rule.reads.attributes().any(|read| read == name))
                .map(|rule| &*rule.id)
                .collect();
            if readers.is_empty() {
                return forbidden(format!("`{name}` is missing, so that the object is not known"));
            }
            forbidden(format!("`{name}` is not what its policy reads: {}", readers.join(", ")))
        }
        Answer::Unspeakable(why) => forbidden((*why).to_owned()),
    }
}
