//! Which credentials a document asks for, before and after: fewer, other, or with fewer scopes.
//!
//! An alternative of `security` is a set of schemes that are all needed. A new alternative lets nobody
//! in whom the old document did not, where it asks for all that one of the old ones asked for.
//! Whether two schemes are one is told by their names and kinds; an API key also by where it stands.

use spec::inventory::{Operation, Scheme};

use super::{Widening, request};

/// Whether the document asked for a credential and now says nothing of any.
pub(super) fn is_silent_now(was: &Operation, is: &Operation) -> bool {
    was.security.declared && !was.security.open && !is.security.declared
}

/// Tells of alternatives that ask for less than every one before.
pub(super) fn compare(was: &Operation, is: &Operation, found: &mut Vec<Widening>) {
    if !was.security.declared || was.security.open || !is.security.declared || is.security.open {
        return;
    }
    let before = alternatives(was);
    for new in alternatives(is) {
        if before.iter().any(|old| old.iter().all(|wanted| new.iter().any(|has| covers(has, wanted)))) {
            continue;
        }
        let names = |by: fn(&Scheme) -> String| -> String {
            let names: Vec<String> = new.iter().map(|scheme| by(scheme)).collect();
            names.join(" and ")
        };
        let (mut has, mut missing) = (names(shown), nearest(&before, &new, shown));
        if has == missing {
            // One name, of another kind or in another place.
            (has, missing) = (names(described), nearest(&before, &new, described));
        }
        let message = format!("callers with {has} can now reach {}, which asked for {missing}", is.endpoint);
        let who = format!("a caller with {has}");
        found.push(Widening { message, request: request(is, &who), at: is.security.at.unwrap_or(is.id_at) });
        return;
    }
}

/// The schemes of each alternative, in order.
fn alternatives(operation: &Operation) -> Vec<Vec<&Scheme>> {
    let mut all: Vec<Vec<&Scheme>> = Vec::new();
    let mut last = None;
    for scheme in &operation.security.schemes {
        if last != Some(scheme.alternative) {
            all.push(Vec::new());
            last = Some(scheme.alternative);
        }
        if let Some(current) = all.last_mut() {
            current.push(scheme);
        }
    }
    all
}

/// Whether who has `has` has what `wanted` asks for.
fn covers(has: &Scheme, wanted: &Scheme) -> bool {
    let same_key = wanted.key.is_some() && has.place == wanted.place && has.key == wanted.key;
    has.kind == wanted.kind
        && (has.name == wanted.name || same_key)
        && wanted.scopes.iter().all(|scope| has.scopes.contains(scope))
}

/// The old alternative that shares most with `new`, in words.
fn nearest(before: &[Vec<&Scheme>], new: &[&Scheme], by: fn(&Scheme) -> String) -> String {
    let shared =
        |old: &&Vec<&Scheme>| old.iter().filter(|one| new.iter().any(|has| has.name == one.name)).count();
    let old = before.iter().rev().max_by_key(shared);
    let names: Vec<String> = old.into_iter().flatten().map(|scheme| by(scheme)).collect();
    names.join(" and ")
}

/// A scheme with its kind, and where a key stands.
fn described(scheme: &Scheme) -> String {
    match (&scheme.key, &scheme.place) {
        (Some(key), Some(place)) => {
            format!("{} of the kind {} (`{key}`, {place})", shown(scheme), scheme.kind)
        }
        _ => format!("{} of the kind {}", shown(scheme), scheme.kind),
    }
}

fn shown(scheme: &Scheme) -> String {
    if scheme.scopes.is_empty() {
        return format!("`{}`", scheme.name);
    }
    let scopes: Vec<&str> = scheme.scopes.iter().map(AsRef::as_ref).collect();
    format!("`{}` ({})", scheme.name, scopes.join(", "))
}
