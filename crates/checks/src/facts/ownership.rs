//! Whether the names in an ownership rule exist, and which rule an operation's own fields suggest.

use std::sync::Arc;

use domain::{Endpoint, FieldPath, Ownership, Segment};
use serde::Serialize;
use spec::inventory::{Field, Operation};

use super::fronts::Doors;
use super::path;
use super::people;

/// A name in an ownership rule that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnerFault {
    /// The rule, as it is printed: `$.customer_id = claim.sub`.
    pub rule: String,
    /// What does not exist: `field`, `parameter`, `parent` or `claim`; `proof` where only the answer to a
    /// change could show whose the record was.
    pub missing: &'static str,
    /// Its name.
    pub name: String,
    /// What does exist and is written nearly so.
    pub nearest: Option<String>,
}

/// Names of fields that say whose a record is, the likeliest first, as small letters and digits.
const OWNERS: &[&str] = &[
    "customerid",
    "userid",
    "ownerid",
    "accountid",
    "memberid",
    "patientid",
    "studentid",
    "employeeid",
    "personid",
    "profileid",
    "holderid",
    "buyerid",
    "tenantid",
    "owner",
    "subject",
];
/// Collections whose own id is a person's.
const PEOPLE: &[&str] =
    &["users", "customers", "members", "accounts", "patients", "people", "persons", "profiles", "employees"];

/// What in the operation's declared ownership does not exist.
pub(super) fn faults(operation: &Operation, reads: bool, doors: &Doors<'_>) -> Vec<OwnerFault> {
    let mut faults = Vec::new();
    if let Some(owner) = operation.intent.declared().and_then(|intent| intent.owner.as_ref()) {
        fill(operation, owner, doors, &mut faults);
        if faults.is_empty() && changes(operation, reads) && !is_known_before(owner) {
            let nearest = by_path(operation);
            faults.push(OwnerFault {
                rule: owner.to_string(),
                missing: "proof",
                name: owner.to_string(),
                nearest,
            });
        }
    }
    faults
}

/// Whether it changes a record that its caller names: when the answer comes, it is done.
fn changes(operation: &Operation, reads: bool) -> bool {
    !reads && !operation.object_refs.is_empty() && !people::is_own(operation)
}

/// Whether the rule holds or fails before the request goes on: by the path, or by what the caller was shown.
fn is_known_before(rule: &Ownership) -> bool {
    match rule {
        Ownership::Field { .. } => false,
        Ownership::PathParameter { .. } | Ownership::Parent { .. } => true,
        Ownership::All(parts) => parts.iter().any(is_known_before),
    }
}

fn fill(operation: &Operation, rule: &Ownership, doors: &Doors<'_>, faults: &mut Vec<OwnerFault>) {
    let mut tell = |missing, name: String, nearest| {
        faults.push(OwnerFault { rule: rule.to_string(), missing, name, nearest });
    };
    match rule {
        Ownership::Field { path, claim } => {
            if has_field(operation, path) == Some(false) {
                let leaves = operation.answer.fields.iter().map(|field| format!("$.{}", plain(&field.path)));
                tell("field", path.to_string(), nearest(&path.to_string(), leaves));
            }
            if !has_claim(operation, claim) {
                tell("claim", format!("claim.{claim}"), Some("claim.sub".to_owned()));
            }
        }
        Ownership::PathParameter { name, claim } => {
            let names = operation.endpoint.template().segments().filter_map(|segment| match segment {
                Segment::Parameter(name) | Segment::Rest(name) => Some(name),
                Segment::Literal(_) => None,
            });
            let names: Vec<Arc<str>> = names.collect();
            if !names.contains(name) {
                let known = names.iter().map(|name| format!("path.{name}"));
                tell("parameter", format!("path.{name}"), nearest(&format!("path.{name}"), known));
            }
            if !has_claim(operation, claim) {
                tell("claim", format!("claim.{claim}"), Some("claim.sub".to_owned()));
            }
        }
        Ownership::Parent { endpoint } => {
            if !doors.exact.contains_key(&path::door(endpoint)) {
                tell("parent", endpoint.to_string(), parent(endpoint, doors));
            }
        }
        Ownership::All(parts) => parts.iter().for_each(|part| fill(operation, part, doors, faults)),
    }
}

/// The endpoint that a parent's name means: the same below the prefix of a server, else one written nearly
/// so.
fn parent(wanted: &Endpoint, doors: &Doors<'_>) -> Option<String> {
    let shape = path::shape(wanted);
    let known = || doors.inventory.operations.iter().map(|operation| &operation.endpoint).take(2_000);
    let below = |known: &&Endpoint| known.method() == wanted.method() && path::shape(known).ends_with(&shape);
    let below = known().find(below).map(Endpoint::to_string);
    below.or_else(|| nearest(&wanted.to_string(), known().map(Endpoint::to_string)))
}

/// Whether the answer has the field; `None` where the document does not say all that stands in it.
fn has_field(operation: &Operation, path: &FieldPath) -> Option<bool> {
    let answer = &operation.answer;
    if !answer.described || answer.open_ended || answer.fields.is_empty() {
        return None;
    }
    let wanted = path.names();
    let has = answer.fields.iter().any(|field| {
        let names: Vec<&str> = field.path.split('.').map(|name| name.trim_end_matches("[]")).collect();
        names
            .windows(wanted.len())
            .any(|part| part.iter().zip(wanted).all(|(have, want)| *have == "*" || *have == &**want))
    });
    // What lies below an object that leads back to itself is listed once only.
    let named = |field: &Field| wanted.last().is_some_and(|name| last(&field.path) == &**name);
    if !has && answer.circular && answer.fields.iter().any(named) { None } else { Some(has) }
}

/// Whether a credential of the operation can carry the claim: keys, passwords and certificates name
/// their holder (`sub`) and nothing else, and a gateway that believes no issuer knows no other claim.
fn has_claim(operation: &Operation, claim: &str) -> bool {
    let bare = |kind: &str| matches!(kind, "api-key" | "basic" | "mutual-tls" | "digest");
    let schemes = &operation.security.schemes;
    let keys = !schemes.is_empty() && schemes.iter().all(|scheme| bare(&scheme.kind));
    claim == "sub" || !keys && !operation.gated.only_subject
}

/// A field's path without the lists around it: `data[].customer.email` is `data.customer.email`.
fn plain(path: &str) -> String {
    path.replace("[]", "")
}

fn nearest(text: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    for known in known.take(2_000) {
        let tail = |depth: usize| known.rsplitn(depth + 1, '.').take(depth).count();
        let distance = strsim::osa_distance(text, &known).min(
            // The last name alone: `$.customer_id` is near to `$.data.customerId`.
            strsim::osa_distance(last(text), last(&known)) + tail(1),
        );
        let nearer = best.as_ref().is_none_or(|(least, name)| (distance, &known) < (*least, name));
        if distance <= 1 + text.len() / 4 && nearer {
            best = Some((distance, known));
        }
    }
    best.map(|(_, known)| known)
}

fn last(text: &str) -> &str {
    text.rsplit(['.', ' ']).next().unwrap_or(text)
}

/// The ownership rule that the operation's own names suggest.
pub(super) fn suggestion(operation: &Operation, reads: bool, doors: &Doors<'_>) -> Option<String> {
    let by_path = by_path(operation);
    if by_path.is_some() {
        return by_path;
    }
    if changes(operation, reads) {
        return shown_before(operation, doors);
    }
    by_answer(operation)
}

/// The read at the same path, where its answer names an owner: who was shown the record there as their own
/// may change it.
fn shown_before(operation: &Operation, doors: &Doors<'_>) -> Option<String> {
    let read = Endpoint::new(domain::Method::Get, operation.endpoint.template().clone());
    let at = doors.exact.get(&path::door(&read))?;
    let shown = doors.inventory.operations.get(*at)?;
    by_answer(shown).map(|_| format!("parent {}", shown.endpoint))
}

/// The rule over a parameter of the path that is a person's id.
fn by_path(operation: &Operation) -> Option<String> {
    let small = |name: &str| -> String {
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let mut before: Option<Arc<str>> = None;
    for segment in operation.endpoint.template().segments() {
        if let Segment::Parameter(name) = &segment {
            let person = before.as_deref().is_some_and(|before| PEOPLE.contains(&before));
            if person || matches!(small(name).as_str(), "userid" | "customerid" | "memberid" | "accountid") {
                return Some(format!("path.{name} = claim.sub"));
            }
        }
        before = match segment {
            Segment::Literal(text) => Some(text),
            _ => None,
        };
    }
    None
}

/// The rule over the field of the answer that is likeliest to name an owner.
fn by_answer(operation: &Operation) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    // One buffer for all names: answers have thousands.
    let mut plain = String::new();
    let mut rank = |parts: [&str; 2]| {
        plain.clear();
        let letters = parts.iter().flat_map(|part| part.bytes()).filter(u8::is_ascii_alphanumeric);
        plain.extend(letters.map(|letter| char::from(letter.to_ascii_lowercase())));
        OWNERS.iter().position(|known| *known == plain)
    };
    for field in &operation.answer.fields {
        let mut names = field.path.rsplit('.').map(|name| name.trim_end_matches("[]"));
        let (Some(leaf), around) = (names.next(), names.next().unwrap_or_default()) else { continue };
        let found = match rank(["", leaf]) {
            Some(rank) => Some((rank, format!("$.{leaf}"))),
            None => rank([around, leaf]).map(|rank| (rank, format!("$.{around}.{leaf}"))),
        };
        if let Some(found) = found.filter(|found| best.as_ref().is_none_or(|best| found < best)) {
            best = Some(found);
        }
    }
    best.map(|(_, path)| format!("{path} = claim.sub"))
}
