//! What of a server is settled when all its routes are known: where requests go on inside it.
//!
//! `try_files` and `error_page` go on to another location with that location's guards on top of their
//! own. `rewrite` goes on before any guard, so that only the other location's guards hold. A guard that
//! asks a location which always answers 2xx guards nothing.

use std::sync::Arc;

use super::super::guard::{both, both_rates, both_reaches, strength};
use super::server::Built;
use crate::inventory::{Auth, Front, Picker, Route};

/// Most rewrites of one server that are followed; of more, each leads to an unguarded unknown.
const MOST_REWRITES: usize = 500;
/// What may stand for a captured text in a rewritten path.
const CAPTURES: [&str; 3] = ["word", "7", ""];

/// A copy without its route.
pub(super) fn bare(built: &Built) -> Built {
    Built {
        route: built.route.clone(),
        returns: built.returns,
        subrequest: built.subrequest.clone(),
        goes_on: built.goes_on.clone(),
        refused_to: built.refused_to.clone(),
        rewritten: None,
    }
}

/// Fills `front` with the routes.
pub(super) fn settle(front: &mut Front, built: Vec<Built>, named: &[Built]) {
    type Numbered = Vec<(usize, Built)>;
    let (moved, mut staying): (Numbered, Numbered) =
        built.into_iter().enumerate().partition(|(_, built)| built.rewritten.is_some());
    front.routes = staying.iter().map(|(_, built)| built.route.clone()).collect();
    let answers: Vec<Option<u16>> = staying.iter().map(|(_, built)| built.returns).collect();
    let settled: Vec<Route> = {
        let picker = Picker::new(front);
        let host = host(front);
        let find = |target: &str| -> Option<(usize, &Route)> {
            let path = target.split(['?', '$']).next().unwrap_or_default();
            let route = picker.pick("GET", &host, path)?;
            Some((front.routes.iter().position(|other| std::ptr::eq(other, route))?, route))
        };
        let target = |target: &str| -> Option<Route> {
            match target.starts_with('@') {
                true => {
                    named.iter().find(|built| &*built.route.name == target).map(|built| built.route.clone())
                }
                false => find(target).map(|(_, route)| route.clone()),
            }
        };
        staying
            .iter_mut()
            .map(|(_, built)| {
                let mut route = built.route.clone();
                let asked = built.subrequest.as_deref().and_then(find);
                if let Some((at, _)) = asked
                    && matches!(answers.get(at), Some(Some(200..=299)))
                    && matches!(&route.auth, Auth::Required { by, .. } if by.starts_with("auth_request"))
                {
                    route.auth = Auth::Open;
                }
                if let Some(on) = built.goes_on.as_deref().and_then(target) {
                    route.auth = both(route.auth, on.auth);
                    route.rate = both_rates(route.rate, on.rate);
                    // `internal` locations are reached this way; their own reach says nothing.
                    if on.reach != crate::inventory::Reach::Nobody {
                        route.reach = both_reaches(route.reach, on.reach);
                    }
                    route.upstream = on.upstream;
                }
                if let Some(open) = built.refused_to.as_deref().and_then(target)
                    && route.upstream.is_some()
                    && open.upstream.as_ref().map(|to| &to.name) == route.upstream.as_ref().map(|to| &to.name)
                    && strength(&open.auth) < strength(&route.auth)
                    && let Auth::Required { at, .. } | Auth::Unknown { at, .. } = route.auth
                {
                    let to = built.refused_to.as_deref().unwrap_or_default();
                    route.auth =
                        Auth::Optional { by: super::super::guard::shown(&format!("error_page to {to}")), at };
                }
                route
            })
            .collect()
    };
    front.routes = settled;
    let rewritten: Vec<(usize, Route)> = {
        let picker = Picker::new(front);
        let host = host(front);
        moved
            .into_iter()
            .enumerate()
            .flat_map(|(nth, (at, built))| {
                follow(&picker, &host, nth, &built).into_iter().map(move |r| (at, r))
            })
            .collect()
    };
    let order: Vec<usize> = staying.iter().map(|(at, _)| *at).collect();
    let mut all: Vec<(usize, Route)> = order.into_iter().zip(std::mem::take(&mut front.routes)).collect();
    all.extend(rewritten);
    all.sort_by_key(|(at, _)| *at);
    front.routes = all.into_iter().map(|(_, route)| route).collect();
}

fn host(front: &Front) -> String {
    let first = front.routes.iter().flat_map(|route| &route.hosts).next();
    first.map_or_else(|| "unnamed.invalid".to_owned(), |host| host.replace('*', "any"))
}

/// The routes to which a rewritten request comes, the least guarded last; all but the last perhaps.
fn follow(picker: &Picker<'_>, host: &str, nth: usize, built: &Built) -> Vec<Route> {
    let Some((_, replacement)) = &built.rewritten else { return Vec::new() };
    let mut found: Vec<Route> = Vec::new();
    if nth < MOST_REWRITES {
        for capture in CAPTURES {
            let path = filled(replacement, capture);
            let Some(to) = picker.pick("GET", host, &path) else { continue };
            let route = Route {
                name: super::super::guard::shown(&format!("{} rewritten to {}", built.route.name, to.name)),
                path: built.route.path.clone(),
                conditional: built.route.conditional,
                priority: built.route.priority,
                rewrite: Some(Arc::clone(replacement)),
                at: built.route.at,
                ..to.clone()
            };
            if !found.iter().any(|other| other.name == route.name) {
                found.push(route);
            }
        }
    }
    if found.is_empty() {
        found.push(built.route.clone());
    }
    found.sort_by_key(|route| std::cmp::Reverse(strength(&route.auth)));
    let last = found.len() - 1;
    for route in found.iter_mut().take(last) {
        route.conditional = true;
    }
    found
}

/// A replacement with `capture` for each variable, as a path.
fn filled(replacement: &str, capture: &str) -> String {
    let text = replacement.split('?').next().unwrap_or_default();
    let mut path = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        path.push_str(before);
        path.push_str(capture);
        let after = after.strip_prefix('{').unwrap_or(after);
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        rest = after.get(end..).unwrap_or_default();
        rest = rest.strip_prefix('}').unwrap_or(rest);
    }
    path.push_str(rest);
    if path.starts_with('/') { path } else { format!("/{path}") }
}
