//! What of a server is settled when all its routes are known: where requests go on inside it.
//!
//! `try_files` and `error_page` go on to another location with that location's guards on top of their
//! own. `rewrite` goes on before any guard of the access phase, so that of those only the other location's
//! hold.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::guard::{both, both_rates, both_reaches, either, reach_of, shown, strength};
use super::super::values::wider;
use super::server::Built;
use super::tables::variables;
use crate::inventory::{Auth, Front, PathMatch, Picker, Place, Reach, Route};

/// Most rewrites of one server that are followed; more are a fault.
const MOST_REWRITES: usize = 500;
/// Most rewrites of one server of which those are followed that lead to one another; a chain among more
/// is a fault.
const MOST_CHAINED: usize = 32;
/// Most rewrites that are followed one after the other; a longer chain is a fault.
const MOST_ROUNDS: usize = 4;
/// Most `try_files` that are followed one after the other; a longer chain is a fault.
const MOST_STEPS: usize = 3;
/// Most locations that one rewrite is taken to lead to; more are a fault.
const MOST_TARGETS: usize = 64;
/// What may stand for a captured text in a rewritten path.
const CAPTURES: [&str; 3] = ["word", "7", ""];

/// Fills `front` with the routes; says what goes further than is followed, and where it begins.
pub(super) fn settle(front: &mut Front, built: Vec<Built>, named: &[Built]) -> Vec<(String, Place)> {
    let mut cut: Vec<(String, Place)> = Vec::new();
    let (moved, staying): (Numbered<Built>, Numbered<Built>) =
        built.into_iter().enumerate().partition(|(_, built)| built.rewritten.is_some());
    front.routes = staying.iter().map(|(_, built)| built.inside()).collect();
    let (mut asked, mut gone_on_to): (Numbered<Route>, Numbered<Route>) = {
        let picker = Picker::new(front);
        let at_paths = staying.iter().map(|(at, built)| (*at, built)).collect();
        let places = Places {
            picker: &picker,
            routes: &front.routes,
            at_paths,
            host: host(front),
            named,
            further: Cell::new(None),
        };
        let both_of = |(at, built): &(usize, Built)| {
            let inside = places.settled(built.inside(), built);
            let outside = match built.is_internal() {
                true => places.failed(built.route.clone(), &built.kept_out),
                false => inside.clone(),
            };
            ((*at, outside), (*at, inside))
        };
        let settled = staying.iter().map(both_of).unzip();
        if let Some(at) = places.further.get() {
            cut.push(("`try_files` goes on further than is followed".to_owned(), at));
        }
        settled
    };
    // Once more for each rewrite that leads to another one, and once to see that none is left.
    let rounds = if moved.len() > MOST_CHAINED { 2 } else { MOST_ROUNDS + 1 };
    if let Some((_, first)) = moved.get(MOST_REWRITES) {
        cut.push((format!("more than {MOST_REWRITES} rewrites in one server"), first.route.at));
    }
    let mut followed = moved.is_empty();
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
        let wide = moved.iter().find(|(_, built)| targets_of(front, built).nth(MOST_TARGETS).is_some());
        if let Some((_, built)) = wide.filter(|_| cut.is_empty()) {
            let what = format!("a rewrite can lead to more than {MOST_TARGETS} locations");
            cut.push((what, built.route.at));
        }
        let names = |routes: &Numbered<Route>| -> Vec<Arc<str>> {
            routes.iter().map(|(_, route)| route.name.clone()).collect()
        };
        let is_last = names(&next) == names(&rewritten);
        followed = lets_through(&next) == lets_through(&rewritten);
        rewritten = next;
        if is_last {
            break;
        }
    }
    if let Some((_, first)) = moved.first().filter(|_| !followed) {
        cut.push(("rewrites lead to one another further than is followed".to_owned(), first.route.at));
    }
    asked.extend(rewritten);
    front.routes = in_order(asked);
    cut
}

/// What a round comes to, whatever its routes are called and however often they stand there: in a circle,
/// which nginx ends by itself, only names and copies go on to grow.
fn lets_through(routes: &Numbered<Route>) -> BTreeSet<String> {
    let of = |(at, route): &(usize, Route)| {
        let leads = route.upstream.as_ref().map(|to| &to.name);
        format!("{at} {:?} {} {:?} {leads:?}", route.methods, strength(&route.auth), route.reach)
    };
    routes.iter().map(of).collect()
}

/// The locations below the fixed part of a replacement with captures: what is captured can be any text.
fn targets_of<'f>(front: &'f Front, built: &Built) -> impl Iterator<Item = &'f Route> {
    let replacement = built.rewritten.as_ref().map(|(_, replacement)| Arc::clone(replacement));
    let fixed = replacement.and_then(|text| text.split_once('$').map(|(fixed, _)| fixed.to_owned()));
    let reached = move |route: &&Route, fixed: &str| {
        route.priority == 0 && route.reach != Reach::Nobody && may_be_below(&route.path, fixed)
    };
    let routes = front.routes.iter();
    routes.filter(move |route| fixed.as_deref().is_some_and(|fixed| reached(route, fixed)))
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
    /// A location from which `try_files` goes on further than is followed.
    further: Cell<Option<Place>>,
}

impl Places<'_, '_> {
    /// Where a request goes on: a named location, or the location of a path, and from there by `try_files`.
    /// What fails there has no page once more.
    fn target(&self, to: &str, steps: usize) -> Option<Route> {
        let built = self.built(to)?;
        let route = built.inside();
        Some(match (&built.goes_on, steps.checked_sub(1)) {
            (Some(to), Some(left)) => went_on(route, self.target(to, left)),
            (Some(to), None) => {
                // Back to itself (`try_files $uri /index.html` of `/`) it meets no other guard.
                if self.built(to).is_some_and(|next| !std::ptr::eq(next, built)) {
                    self.further.set(Some(built.route.at));
                }
                route
            }
            (None, _) => route,
        })
    }

    /// The location of a name or a path.
    fn built(&self, to: &str) -> Option<&Built> {
        if to.starts_with('@') {
            return self.named.iter().find(|built| &*built.route.name == to);
        }
        let picked = self.picker.pick("GET", &self.host, &filled(to, "word"))?;
        let nth = self.routes.iter().position(|route| std::ptr::eq(route, picked))?;
        Some(self.at_paths.get(nth)?.1)
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
            // What an unguarded way to the same service shows, a guarded one protects in vain.
            let there = open.upstream.as_ref()?.authority();
            let same = route.upstream.as_ref().is_none_or(|to| to.authority() == there);
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
                (Auth::Required { at, .. } | Auth::External { at, .. } | Auth::Unknown { at, .. }, _)
                | (
                    _,
                    Auth::Required { at, .. }
                    | Auth::External { at, .. }
                    | Auth::Unknown { at, .. }
                    | Auth::Denied { at },
                ) => optional(&to, *at),
                _ => either(route.auth, open.auth),
            };
            route.reach = either_reach(route.reach, open.reach);
            route.upstream = route.upstream.or(open.upstream);
        }
        // A denial is not what `error_page` takes the place of here: the guards are those of the location.
        let guard = if route.upstream.is_none() { &built.route.auth } else { &route.auth };
        if let Some((to, open)) = open(&built.refused_to, &route)
            && strength(&open.auth) < strength(guard)
            && let Auth::Required { at, .. }
            | Auth::External { at, .. }
            | Auth::Unknown { at, .. }
            | Auth::Optional { at, .. } = *guard
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
        targets.extend(targets_of(front, built).take(MOST_TARGETS));
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
