//! What of a server is settled when all its routes are known: where requests go on inside it.
//!
//! `try_files` and `error_page` go on to another location with that location's guards on top of their
//! own. `rewrite` goes on before any guard of the access phase, so that of those only the other location's
//! hold.

use std::sync::Arc;

use super::super::guard::{both, both_rates, both_reaches, either, reach_of, shown, strength};
use super::super::values::wider;
use super::server::Built;
use super::tables::variables;
use crate::inventory::{Auth, Front, PathMatch, Picker, Place, Reach, Route, Upstream};

/// Most rewrites of one server that are followed; of more, each leads to an unguarded unknown.
const MOST_REWRITES: usize = 500;
/// Most rewrites of one server of which those are followed that lead to one another.
const MOST_CHAINED: usize = 32;
/// Most rewrites that are followed one after the other.
const MOST_ROUNDS: usize = 4;
/// Most `try_files` that are followed one after the other.
const MOST_STEPS: usize = 3;
/// Most locations that one rewrite is taken to lead to.
const MOST_TARGETS: usize = 64;
/// What may stand for a captured text in a rewritten path.
const CAPTURES: [&str; 3] = ["word", "7", ""];

/// Fills `front` with the routes.
pub(super) fn settle(front: &mut Front, built: Vec<Built>, named: &[Built]) {
    let (moved, staying): (Numbered<Built>, Numbered<Built>) =
        built.into_iter().enumerate().partition(|(_, built)| built.rewritten.is_some());
    front.routes = staying.iter().map(|(_, built)| built.inside()).collect();
    let (mut asked, mut gone_on_to): (Numbered<Route>, Numbered<Route>) = {
        let picker = Picker::new(front);
        let at_paths = staying.iter().map(|(at, built)| (*at, built)).collect();
        let places = Places { picker: &picker, routes: &front.routes, at_paths, host: host(front), named };
        let both = |(at, built): &(usize, Built)| {
            let inside = places.settled(built.inside(), built);
            let outside = match built.is_internal() {
                true => places.failed(built.route.clone(), &built.kept_out),
                false => inside.clone(),
            };
            ((*at, outside), (*at, inside))
        };
        staying.iter().map(both).unzip()
    };
    // Once more for each rewrite that leads to another one.
    let rounds = if moved.len() > MOST_CHAINED { 1 } else { MOST_ROUNDS };
    let mut rewritten: Numbered<Route> = Vec::new();
    let settled = gone_on_to.len();
    for _ in 0..rounds {
        gone_on_to.truncate(settled);
        gone_on_to.extend(rewritten.iter().cloned());
        front.routes = in_order(gone_on_to.clone());
        let picker = Picker::new(front);
        let host = host(front);
        let follow = |(nth, (at, built)): (usize, &(usize, Built))| {
            let routes = follow(&*front, &picker, &host, nth, built);
            routes.into_iter().map(|route| (*at, route)).collect::<Vec<_>>()
        };
        let next: Numbered<Route> = moved.iter().enumerate().flat_map(follow).collect();
        let names = |routes: &Numbered<Route>| -> Vec<Arc<str>> {
            routes.iter().map(|(_, route)| route.name.clone()).collect()
        };
        let is_last = names(&next) == names(&rewritten);
        rewritten = next;
        if is_last {
            break;
        }
    }
    asked.extend(rewritten);
    front.routes = in_order(asked);
}

/// Each with its position in the text.
type Numbered<T> = Vec<(usize, T)>;

fn in_order(mut routes: Numbered<Route>) -> Vec<Route> {
    routes.sort_by_key(|(at, _)| *at);
    routes.into_iter().map(|(_, route)| route).collect()
}

/// The places of a server that a request can go on to.
struct Places<'p, 'f> {
    picker: &'p Picker<'f>,
    routes: &'f [Route],
    /// What `routes` were made from.
    at_paths: Vec<(usize, &'p Built)>,
    host: String,
    named: &'p [Built],
}

impl Places<'_, '_> {
    /// Where a request goes on: a named location, or the location of a path, and from there by `try_files`.
    /// What fails there has no page once more.
    fn target(&self, to: &str, steps: usize) -> Option<Route> {
        let built = match to.starts_with('@') {
            true => self.named.iter().find(|built| &*built.route.name == to)?,
            false => {
                let picked = self.picker.pick("GET", &self.host, &filled(to, "word"))?;
                self.at_paths.get(self.routes.iter().position(|route| std::ptr::eq(route, picked))?)?.1
            }
        };
        let route = built.inside();
        Some(match (&built.goes_on, steps.checked_sub(1)) {
            (Some(to), Some(left)) => went_on(route, self.target(to, left)),
            _ => route,
        })
    }

    /// `route` of `built` with where it goes on.
    fn settled(&self, mut route: Route, built: &Built) -> Route {
        if let Some(to) = built.goes_on.as_ref().or(built.missing_to.as_ref()) {
            // The named location is one of its own: a refusal there has a page as well.
            let on = match self.named.iter().find(|named| named.route.name == *to) {
                Some(named) if built.goes_on.is_some() => {
                    Some(self.refused(self.failed(named.inside(), &named.failed_to), named))
                }
                _ => self.target(to, MOST_STEPS),
            };
            route = went_on(route, on);
        }
        self.refused(self.failed(route, &built.failed_to), built)
    }

    /// `route`, which refuses everybody, with what takes the place of that.
    fn failed(&self, mut route: Route, to: &Option<(Arc<str>, Auth)>) -> Route {
        if let Some((to, guard)) = to
            && let Some(on) = self.target(to, MOST_STEPS)
        {
            route.auth = both(guard.clone(), on.auth);
            route.rate = both_rates(route.rate, on.rate);
            route.reach = on.reach;
            route.upstream = on.upstream;
        }
        route
    }

    /// `route` with what its refusals lead to, where that is the service that it guards; or any, where it
    /// guards none.
    fn refused(&self, mut route: Route, built: &Built) -> Route {
        let open = |to: &Option<Arc<str>>, route: &Route| -> Option<(Arc<str>, Route)> {
            let to = to.as_ref()?;
            let open = self.target(to, MOST_STEPS)?;
            let there = authority(open.upstream.as_ref()?);
            let same = route.upstream.as_ref().is_none_or(|to| authority(to) == there);
            same.then(|| (to.clone(), open))
        };
        let optional = |to: &str, at: Place| Auth::Optional { by: shown(&format!("error_page to {to}")), at };
        if route.reach != Reach::World
            && let Some((to, open)) = open(&built.shut_to, &route)
        {
            // Some pass the one, the others the other.
            route.auth = match (&route.auth, &open.auth) {
                _ if route.reach == Reach::Nobody => open.auth,
                // Only the others come to a service at all.
                _ if route.upstream.is_none() => optional(&to, built.route.at),
                (one, other) if strength(one) == strength(other) => route.auth,
                (Auth::Required { at, .. } | Auth::Unknown { at, .. }, _)
                | (_, Auth::Required { at, .. } | Auth::Unknown { at, .. } | Auth::Denied { at }) => {
                    optional(&to, *at)
                }
                _ => either(route.auth, open.auth),
            };
            route.reach = either_reach(route.reach, open.reach);
            route.upstream = route.upstream.or(open.upstream);
        }
        // A denial is not what `error_page` takes the place of here: the guards are those of the location.
        let guard = if route.upstream.is_none() { &built.route.auth } else { &route.auth };
        if let Some((to, open)) = open(&built.refused_to, &route)
            && strength(&open.auth) < strength(guard)
            && let Auth::Required { at, .. } | Auth::Unknown { at, .. } | Auth::Optional { at, .. } = *guard
        {
            route.auth = optional(&to, at);
            route.upstream = route.upstream.or(open.upstream);
        }
        route
    }
}

/// `route` that goes `on`, behind the guards of both.
fn went_on(mut route: Route, on: Option<Route>) -> Route {
    if let Some(on) = on {
        route.auth = both(route.auth, on.auth);
        route.rate = both_rates(route.rate, on.rate);
        route.reach = both_reaches(route.reach, on.reach);
        route.upstream = on.upstream;
    }
    route
}

/// Callers who pass one of two; those on this machine are said by address where others pass too.
fn either_reach(one: Reach, other: Reach) -> Reach {
    let loopback = || ["127.0.0.0/8", "::1/128"].iter().filter_map(|network| network.parse().ok()).collect();
    let said = |reach| match reach {
        Reach::Inside => Reach::Networks { networks: loopback() },
        reach => reach,
    };
    match wider(said(one), said(other)) {
        Reach::Networks { networks } => reach_of(networks),
        reach => reach,
    }
}

/// The host of an upstream: what an unguarded way to the same host shows, a guarded one protects in vain.
fn authority(to: &Upstream) -> &str {
    let rest = to.name.split_once("://").map_or(&*to.name, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

fn host(front: &Front) -> String {
    let first = front.routes.iter().flat_map(|route| &route.hosts).next();
    first.map_or_else(|| "unnamed.invalid".to_owned(), |host| host.replace('*', "any"))
}

/// The routes to which a rewritten request comes, the least guarded last; all but the last perhaps.
fn follow(front: &Front, picker: &Picker<'_>, host: &str, nth: usize, built: &Built) -> Vec<Route> {
    let Some((pattern, replacement)) = &built.rewritten else { return Vec::new() };
    let moved = |to: &Route, path: PathMatch| Route {
        name: shown(&format!("{} rewritten to {}", built.route.name, to.name)),
        path,
        methods: shared(&built.route.methods, &to.methods),
        auth: both(to.auth.clone(), built.route.auth.clone()),
        conditional: built.route.conditional || to.conditional,
        priority: built.route.priority,
        rewrite: Some(Arc::clone(replacement)),
        at: built.route.at,
        ..to.clone()
    };
    if built.route.priority > 0
        && let Some(places) = moved_places(front, pattern, replacement)
    {
        return places.into_iter().map(|(to, path)| moved(to, path)).collect();
    }
    let mut targets: Vec<&Route> = Vec::new();
    if nth < MOST_REWRITES {
        for capture in CAPTURES {
            for method in ["GET", "POST"] {
                targets.extend(picker.may_serve(method, host, &filled(replacement, capture)));
            }
        }
        // What is captured can be any text: every location below the fixed part can answer.
        if let Some((fixed, _)) = replacement.split_once('$') {
            let reached = |route: &&Route| {
                route.priority == 0 && route.reach != Reach::Nobody && may_be_below(&route.path, fixed)
            };
            targets.extend(front.routes.iter().filter(reached).take(MOST_TARGETS));
        }
    }
    let mut found: Vec<Route> = Vec::new();
    for to in targets {
        let route = moved(to, built.route.path.clone());
        let same = |other: &Route| {
            // A name may be cut.
            (&other.name, &other.methods, &other.auth, &other.upstream, &other.reach)
                == (&route.name, &route.methods, &route.auth, &route.upstream, &route.reach)
        };
        if !found.iter().any(same) {
            found.push(route);
        }
    }
    if found.is_empty() {
        found.push(built.route.clone());
    }
    found.sort_by_key(|route| (std::cmp::Reverse(strength(&route.auth)), !route.methods.is_empty()));
    let last = found.len() - 1;
    for route in found.iter_mut().take(last) {
        route.conditional = true;
    }
    found
}

/// Where a server's `rewrite ^/from/(.*)$ /to/$1` comes out, location by location, as paths that are
/// asked for: exact ones first, then the longer. `None` for other rewrites, and where regular expressions
/// or nested locations choose.
fn moved_places<'f>(
    front: &'f Front,
    pattern: &str,
    replacement: &str,
) -> Option<Vec<(&'f Route, PathMatch)>> {
    let from = pattern.strip_prefix('^')?.trim_end_matches('$').strip_suffix("(.*)")?;
    let to = replacement.strip_suffix("$1")?;
    let plain = |text: &str| text.starts_with('/') && !text.contains(|c| r"\.+*?()[]{}|^$".contains(c));
    if !plain(from) || !plain(to) {
        return None;
    }
    let mut places: Vec<(usize, bool, &Route, PathMatch)> = Vec::new();
    for route in front.routes.iter().filter(|route| route.priority == 0) {
        let (text, exact) = match &route.path {
            PathMatch::Exact(text) => (&**text, true),
            PathMatch::Prefix(text) | PathMatch::FirmPrefix(text) => (&**text, false),
            PathMatch::Any => ("", false),
            _ => return None,
        };
        let path: Arc<str> = match text.strip_prefix(to) {
            Some(rest) => format!("{from}{rest}").into(),
            None if !exact && to.starts_with(text) => from.into(),
            None => continue,
        };
        let path = if exact { PathMatch::Exact(path) } else { PathMatch::Prefix(path) };
        places.push((text.len(), exact, route, path));
    }
    // Stable: routes of one location stay in their order.
    places.sort_by_key(|(length, exact, ..)| (!exact, std::cmp::Reverse(*length)));
    Some(places.into_iter().map(|(_, _, route, path)| (route, path)).collect())
}

/// Whether some path that begins with `fixed` can come to the location.
fn may_be_below(path: &PathMatch, fixed: &str) -> bool {
    match path {
        PathMatch::Exact(text) | PathMatch::Prefix(text) | PathMatch::FirmPrefix(text) => {
            text.starts_with(fixed)
        }
        PathMatch::Within { inner, .. } => may_be_below(inner, fixed),
        PathMatch::Regex { .. } => true,
        _ => false,
    }
}

/// Methods of both lists, of which an empty one is all; nothing shared is the first list.
fn shared(one: &[Arc<str>], other: &[Arc<str>]) -> Vec<Arc<str>> {
    let both: Vec<_> = one.iter().filter(|method| other.contains(method)).cloned().collect();
    match (one, other) {
        ([], list) => list.to_vec(),
        (list, _) if both.is_empty() => list.to_vec(),
        _ => both,
    }
}

/// A replacement with `capture` for each variable, as a path; a variable that is a path begins with `/`.
fn filled(replacement: &str, capture: &str) -> String {
    let text = replacement.split('?').next().unwrap_or_default();
    let mut path = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        path.push_str(before);
        if variables(rest).next().is_some_and(|name| matches!(name, "uri" | "request_uri" | "document_uri")) {
            path.push('/');
        }
        path.push_str(capture);
        let after = after.strip_prefix('{').unwrap_or(after);
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        rest = after.get(end..).unwrap_or_default();
        rest = rest.strip_prefix('}').unwrap_or(rest);
    }
    path.push_str(rest);
    if path.starts_with('/') { path } else { format!("/{path}") }
}
