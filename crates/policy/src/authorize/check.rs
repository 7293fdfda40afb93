//! What keeps a policy that parses from loading: names, scopes, types.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::ffi::DetailedError;
use cedar_policy::{EntityUid, PolicyId, PolicySet, ValidationMode, ValidationWarning, Validator};

use super::facts::AttributePlace;
use super::inventory::Inventory;
use super::load::Notice;
use super::rule::{Draft, Names, Phase};
use super::schema::{self, Doorway};
use super::source::{LoadError, Place};
use crate::nearest::nearest;

/// Checks all drafts, and gives every fault in order of place.
pub(super) fn faults(
    drafts: &[Draft<'_>],
    inventory: &Inventory,
    notices: &mut Vec<Notice>,
    mut errors: Vec<LoadError>,
) -> Vec<LoadError> {
    for draft in drafts {
        let unknown = inventory.unknown_names(draft);
        if unknown.is_empty() {
            errors.extend(misuses(draft, inventory));
        }
        errors.extend(unknown);
    }
    if errors.is_empty() {
        errors.extend(invalid(drafts, inventory, notices));
    }
    if errors.is_empty() {
        errors.extend(drafts.iter().flat_map(|draft| unseen_parameters(draft, inventory)));
    }
    // Cedar says the same once per operation: the first at each place is enough.
    errors.sort();
    errors.dedup_by(|next, first| next.at == first.at && alike(&next.what, &first.what));
    errors
}

/// Whether two messages differ in the action that they name at most.
fn alike(one: &str, other: &str) -> bool {
    let head = |text: &str| text.split_once("Action::\"").map_or(text.len(), |(head, _)| head.len());
    one == other || (head(one) < one.len() && one.get(..head(one)) == other.get(..head(other)))
}

/// Scopes that Cedar takes and that mean something else than they seem to.
fn misuses(draft: &Draft<'_>, inventory: &Inventory) -> Vec<LoadError> {
    let (statement, rule) = (&draft.statement, &draft.rule);
    let mut errors = Vec::new();
    if rule.permits() && rule.scope.any_action() {
        errors.push(statement.error_on(
            "action",
            "a `permit` without action would also release other people's records",
            "write `action in Action::\"call\"` for requests, `action in Action::\"disclose\"` for responses",
        ));
    }
    if let Some(name) = rule.scope.exactly()
        && !inventory.is_request(name)
    {
        let what = format!("no request is itself `{name}`, which is a group");
        errors.push(statement.error_on("action", what, format!("write `action in Action::\"{name}\"`")));
    }
    if rule.permits() {
        let ownerless = inventory.declared.iter().find(|operation| {
            let (id, door) = (operation.id.as_str(), operation.endpoint.to_string());
            let names = Names { door: Some((id, &door)), object: None };
            let owned = operation.intent.as_ref().is_some_and(|intent| intent.owner.is_some());
            !owned && rule.scope.names(Phase::Response, names)
        });
        if let Some(operation) = ownerless {
            errors.push(statement.error_on(
                "action",
                format!("no record of `{}` has an owner that could be permitted", operation.id),
                "declare `owner:` in its intent, such as `$.customer_id = claim.sub`",
            ));
        }
    }
    errors
}

/// What Cedar's validator says in strict mode.
fn invalid(drafts: &[Draft<'_>], inventory: &Inventory, notices: &mut Vec<Notice>) -> Vec<LoadError> {
    let literals = drafts.iter().flat_map(|draft| draft.rule.policy.entity_literals());
    let schema = match schema::schema(&told_apart(inventory.doors(), literals)) {
        Ok(schema) => schema,
        Err(what) => return vec![ours(what)],
    };
    let set = match PolicySet::from_policies(drafts.iter().map(|draft| draft.rule.policy.clone())) {
        Ok(set) => set,
        Err(error) => return vec![ours(error.to_string())],
    };
    let by_id: BTreeMap<&str, &Draft<'_>> = drafts.iter().map(|draft| (&*draft.rule.id, draft)).collect();
    let of = |id: &PolicyId| -> Option<&Draft<'_>> {
        let id: &str = id.as_ref();
        by_id.get(id).copied()
    };
    let validator = Validator::new(schema);
    let result = validator.validate(&set, ValidationMode::Strict);
    let mut errors = Vec::new();
    for error in result.validation_errors() {
        let Some(draft) = of(error.policy_id()) else { return vec![ours(error.to_string())] };
        errors.extend(draft.statement.cedar(&DetailedError::from(error)));
    }
    let wrong: BTreeSet<&PolicyId> = result.validation_errors().map(|error| error.policy_id()).collect();
    for warning in result.validation_warnings() {
        let Some(draft) = of(warning.policy_id()) else { continue };
        match warning {
            // It follows from an error, where there is one.
            ValidationWarning::ImpossiblePolicy(_) if wrong.contains(warning.policy_id()) => {}
            ValidationWarning::ImpossiblePolicy(_) => errors.push(draft.statement.error(
                "this policy can never apply",
                "no caller that its operations admit gets this far: look at the audience, the types and the scope",
            )),
            other => notices.push(Notice::Warning { what: other.to_string(), at: draft.rule.at.clone() }),
        }
    }
    errors
}

/// The doors that a policy could tell apart: those that one names, and one of each kind of the
/// others. Cedar checks every policy against every action of its scope; five hundred operations with
/// the same types, none of them named, give the same answer five hundred times.
pub(super) fn told_apart(
    doors: Vec<Doorway<'_>>,
    literals: impl Iterator<Item = EntityUid>,
) -> Vec<Doorway<'_>> {
    let named: BTreeSet<String> = literals
        .map(|uid| {
            let name = uid.id().unescaped();
            name.strip_prefix("disclose ").unwrap_or(name).to_owned()
        })
        .collect();
    let mut kinds = BTreeSet::new();
    doors
        .into_iter()
        .filter(|door| {
            named.contains(door.id.as_str())
                || named.contains(&door.endpoint.to_string())
                || kinds.insert(door.types())
        })
        .collect()
}

/// `path.NAME` where no operation in scope has such a parameter.
fn unseen_parameters(draft: &Draft<'_>, inventory: &Inventory) -> Vec<LoadError> {
    let doors = inventory.doors();
    let parameters: BTreeSet<String> = doors
        .iter()
        .filter(|door| {
            let text = door.endpoint.to_string();
            let names = Names { door: Some((door.id.as_str(), &text)), object: None };
            [Phase::Request, Phase::Response].iter().any(|phase| draft.rule.scope.covers(*phase, names))
        })
        .flat_map(|door| door.endpoint.template().segments().collect::<Vec<_>>())
        .filter_map(|segment| match segment {
            domain::Segment::Literal(_) => None,
            domain::Segment::Parameter(name) | domain::Segment::Rest(name) => Some(name.to_string()),
        })
        .collect();
    let reads = draft.rule.reads.attributes().filter(|name| name.place() == AttributePlace::Path);
    reads
        .filter(|name| !parameters.contains(name.name()))
        .map(|name| {
            let help = match nearest(name.name(), parameters.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `path.{near}`?"),
                None if parameters.is_empty() => "its paths have none".to_owned(),
                None => {
                    let known: Vec<_> = parameters.iter().map(|known| format!("`path.{known}`")).collect();
                    format!("there is {}", known.join(", "))
                }
            };
            let what = format!("no operation in this scope has a path parameter `{}`", name.name());
            draft.statement.error_on(&format!("\"{name}\""), what, help)
        })
        .collect()
}

pub(super) fn undeclared_doors(drafts: &[Draft<'_>], inventory: &Inventory) -> Vec<Notice> {
    let mut notices = Vec::new();
    for (id, endpoint) in inventory.patched.values() {
        let says = |draft: &&Draft<'_>| {
            draft.rule.policy.entity_literals().iter().any(|uid| {
                let name = uid.id().unescaped();
                name.strip_prefix("disclose ").unwrap_or(name) == id.as_str()
            })
        };
        notices.extend(drafts.iter().find(says).map(|draft| Notice::UndeclaredDoor {
            id: draft.rule.id.clone(),
            endpoint: endpoint.clone(),
            at: draft.rule.at.clone(),
        }));
    }
    notices
}

/// A fault of ours, in the shape of the user's errors.
pub(super) fn ours(what: String) -> LoadError {
    let at = Place { file: "inventory".into(), line: 1, column: 1 };
    let help = Some("this is a fault of Tidegate: please report it with the inventory".into());
    LoadError { at, what, help, line_text: String::new(), width: 1 }
}
