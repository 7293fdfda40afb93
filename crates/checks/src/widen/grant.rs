//! Who may have what of one operation: the decision that intent and specification make.

use std::fmt;
use std::sync::Arc;

use domain::{Audience, Intent, IpPrefix, Timestamp};
use spec::inventory::{IntentState, Operation};

use crate::radius;

/// A kind of caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Anonymous,
    SignedIn,
    Role(Arc<str>),
    Partner(Arc<str>),
    From(IpPrefix),
}

/// Whose record it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Own,
    Foreign,
}

/// One kind of caller, one kind of record, and how much of it.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) who: Who,
    pub(super) whose: Whose,
    /// Whether the document says so, past what the intent says.
    pub(super) by_the_document: bool,
    calls: f64,
    records: f64,
    people: f64,
}

impl Grant {
    /// Calls an hour; infinite where nothing bounds them.
    pub(super) const fn calls(&self) -> f64 {
        self.calls
    }

    /// Records a call.
    pub(super) const fn records(&self) -> f64 {
        self.records
    }

    /// Other people whose records may leave in an hour, by the declared budget.
    pub(super) const fn people(&self) -> f64 {
        self.people
    }

    /// Whether everyone of `other` could already have what `other` grants, the amount left aside.
    pub(super) fn reaches(&self, other: &Self) -> bool {
        self.who.includes(&other.who) && (self.whose == Whose::Foreign || other.whose == Whose::Own)
    }
}

impl Who {
    fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Anonymous, _) | (Self::SignedIn, Self::SignedIn | Self::Role(_) | Self::Partner(_)) => {
                true
            }
            (Self::From(wide), Self::From(narrow)) => {
                wide.length() <= narrow.length() && wide.contains(narrow.base())
            }
            (one, other) => one == other,
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous callers"),
            Self::SignedIn => f.write_str("any signed-in caller"),
            Self::Role(role) => write!(f, "callers in the role `{role}`"),
            Self::Partner(partner) => write!(f, "the partner `{partner}`"),
            Self::From(network) => write!(f, "callers from {network}"),
        }
    }
}

/// Everything that an operation grants at `now`.
pub(super) fn grants(operation: &Operation, now: Timestamp) -> Vec<Grant> {
    let mut all = match &operation.intent {
        IntentState::Declared { intent, .. } => declared(operation, intent, now),
        // What cannot be read closes the operation; the file has a fault that says so.
        IntentState::Unreadable { .. } => Vec::new(),
        IntentState::Absent if operation.security.open => {
            vec![grant(operation, Who::Anonymous, Whose::Foreign)]
        }
        IntentState::Absent => vec![grant(operation, Who::SignedIn, Whose::Foreign)],
    };
    // Whoever reaches the service past the gateway meets what the document says.
    let open = operation.security.declared && operation.security.open;
    if open && !all.iter().any(|one| one.who == Who::Anonymous) && !all.is_empty() {
        all.extend(anonymous(operation));
    }
    all
}

/// What an operation grants to everyone whose document opens it; nothing where it does not say who may
/// call at all, which [`grants`] has then said, or where its intent cannot be read.
pub(super) fn anonymous(operation: &Operation) -> Option<Grant> {
    let declared = operation.intent.declared()?;
    let public = matches!(declared.audience, Audience::Public(_));
    let open = grant(operation, Who::Anonymous, Whose::Foreign);
    (!public).then_some(Grant { by_the_document: true, ..open })
}

fn declared(operation: &Operation, intent: &Intent, now: Timestamp) -> Vec<Grant> {
    let one = |who, whose| grant(operation, who, whose);
    match &intent.audience {
        Audience::Public(public) if public.expires <= now => Vec::new(),
        Audience::Public(_) => vec![one(Who::Anonymous, Whose::Foreign)],
        Audience::Partner(partners) => {
            partners.iter().map(|partner| one(Who::Partner(partner.clone()), Whose::Foreign)).collect()
        }
        Audience::Internal(networks) => {
            networks.iter().map(|network| one(Who::From(*network), Whose::Foreign)).collect()
        }
        Audience::Authenticated => {
            let mut all = Vec::new();
            match (&intent.owner, intent.roles.is_empty()) {
                (Some(_), _) => all.push(one(Who::SignedIn, Whose::Own)),
                (None, true) => all.push(one(Who::SignedIn, Whose::Foreign)),
                (None, false) => {}
            }
            all.extend(intent.roles.iter().map(|role| one(Who::Role(role.clone()), Whose::Foreign)));
            all
        }
    }
}

fn grant(operation: &Operation, who: Who, whose: Whose) -> Grant {
    Grant {
        who,
        whose,
        by_the_document: false,
        calls: radius::calls_per_hour(operation).unwrap_or(f64::INFINITY),
        records: radius::records_per_call(operation).unwrap_or(f64::INFINITY),
        people: radius::people_per_hour(operation).unwrap_or(f64::INFINITY),
    }
}
