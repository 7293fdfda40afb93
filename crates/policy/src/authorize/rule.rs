//! One policy or patch, with what is known of it before it is ever asked: id, place, scope, reads.

use std::sync::Arc;

use cedar_policy::{ActionConstraint, Effect, EntityUid, Policy, ResourceConstraint};

use super::reads::Reads;
use super::schema::{CALL, DISCLOSE, disclose};
use super::source::{Place, Statement};
use crate::patch::Patch;

/// A policy as parsed, with its statement for error places.
#[derive(Debug)]
pub(super) struct Draft<'s> {
    pub statement: Statement<'s>,
    pub rule: Rule,
}

/// A policy or patch. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub id: Arc<str>,
    pub at: Place,
    pub policy: Policy,
    pub patch: Option<Arc<Patch>>,
    pub scope: Scope,
    pub reads: Reads,
}

impl Rule {
    pub(super) fn permits(&self) -> bool {
        self.policy.effect() == Effect::Permit
    }
}

/// Requests or responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Request,
    Response,
}

/// The names of an operation that scopes may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names<'n> {
    /// Operation id and text of the door; `None` for doors that nobody declared or named.
    pub door: Option<(&'n str, &'n str)>,
    /// Whether its requests name an object by path; `None` where that differs.
    pub object: Option<bool>,
}

/// The head of a policy, as far as it says which operations it is about.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    actions: Actions,
    resource: Resource,
}

#[derive(Clone, Debug)]
enum Actions {
    Any,
    Exactly(String),
    In(Vec<String>),
}

#[derive(Clone, Debug)]
enum Resource {
    Any,
    OnlyEndpoints,
    OnlyObjects,
    /// `==` an endpoint: its requests name no object.
    ExactlyEndpoint(String),
    InEndpoint(String),
}

impl Scope {
    pub(super) fn of(policy: &Policy) -> Self {
        let text = |uid: &EntityUid| uid.id().unescaped().to_owned();
        let actions = match policy.action_constraint() {
            ActionConstraint::Any => Actions::Any,
            ActionConstraint::Eq(uid) => Actions::Exactly(text(&uid)),
            ActionConstraint::In(uids) => Actions::In(uids.iter().map(text).collect()),
        };
        let endpoint = |uid: &EntityUid| uid.type_name().basename() == "Endpoint";
        let resource = match policy.resource_constraint() {
            ResourceConstraint::Any => Resource::Any,
            ResourceConstraint::Is(kind) if kind.basename() == "Endpoint" => Resource::OnlyEndpoints,
            ResourceConstraint::Is(_) => Resource::OnlyObjects,
            ResourceConstraint::Eq(uid) if endpoint(&uid) => Resource::ExactlyEndpoint(text(&uid)),
            ResourceConstraint::IsIn(kind, uid) if kind.basename() == "Endpoint" && endpoint(&uid) => {
                Resource::ExactlyEndpoint(text(&uid))
            }
            ResourceConstraint::In(uid) | ResourceConstraint::IsIn(_, uid) if endpoint(&uid) => {
                Resource::InEndpoint(text(&uid))
            }
            ResourceConstraint::Eq(_) | ResourceConstraint::In(_) | ResourceConstraint::IsIn(..) => {
                Resource::OnlyObjects
            }
        };
        Self { actions, resource }
    }

    /// Whether any request (or response) of the operation can be in this scope. Never wrong when it
    /// says no: a policy left out of a slice could not have matched.
    pub(super) fn covers(&self, phase: Phase, names: Names<'_>) -> bool {
        let action = match &self.actions {
            Actions::Any => true,
            Actions::Exactly(name) => match names.door {
                Some((id, _)) => is(name, phase, id),
                None => name == group(phase),
            },
            Actions::In(listed) => listed.iter().any(|name| {
                name == group(phase)
                    || names.door.is_some_and(|(id, door)| is(name, phase, id) || is(name, phase, door))
            }),
        };
        let at = |endpoint: &String| names.door.is_some_and(|(_, door)| door == endpoint);
        let resource = match &self.resource {
            Resource::Any => true,
            Resource::OnlyEndpoints => names.object != Some(true),
            Resource::OnlyObjects => names.object != Some(false),
            Resource::ExactlyEndpoint(endpoint) => names.object != Some(true) && at(endpoint),
            Resource::InEndpoint(endpoint) => at(endpoint),
        };
        action && resource
    }

    /// Whether the scope names this operation, rather than covering it among all others.
    pub(super) fn names(&self, phase: Phase, names: Names<'_>) -> bool {
        let by_action = match (&self.actions, names.door) {
            (Actions::Any, _) | (_, None) => false,
            (Actions::Exactly(name), Some((id, _))) => is(name, phase, id),
            (Actions::In(listed), Some((id, door))) => {
                listed.iter().any(|name| is(name, phase, id) || is(name, phase, door))
            }
        };
        let by_resource = matches!(self.resource, Resource::ExactlyEndpoint(_) | Resource::InEndpoint(_));
        self.covers(phase, names) && (by_action || by_resource)
    }

    /// Whether the scope is about every action, requests and responses alike.
    pub(super) fn any_action(&self) -> bool {
        matches!(self.actions, Actions::Any)
    }

    /// The one action that `==` names.
    pub(super) fn exactly(&self) -> Option<&str> {
        match &self.actions {
            Actions::Exactly(name) => Some(name),
            Actions::Any | Actions::In(_) => None,
        }
    }
}

/// The group of everything in a phase.
pub(super) fn group(phase: Phase) -> &'static str {
    match phase {
        Phase::Request => CALL,
        Phase::Response => DISCLOSE,
    }
}

/// The action of an operation or door called `name` in a phase.
pub(super) fn action_name(phase: Phase, name: &str) -> String {
    match phase {
        Phase::Request => name.to_owned(),
        Phase::Response => disclose(name),
    }
}

fn is(action: &str, phase: Phase, name: &str) -> bool {
    match phase {
        Phase::Request => action == name,
        Phase::Response => {
            action.strip_prefix(DISCLOSE).and_then(|rest| rest.strip_prefix(' ')) == Some(name)
        }
    }
}
