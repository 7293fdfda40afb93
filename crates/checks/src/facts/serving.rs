//! Which route of a front serves which operation, and with what literal text a route's paths begin.
//!
//! A route that takes a part of the path away (`location /legacy/ { proxy_pass http://shop/; }`) serves
//! what its service has under another name. Which operations a service has is known from the routes that
//! lead to it under their own names.

use std::collections::{BTreeMap, BTreeSet};

use domain::Segment;
use spec::inventory::{Auth, Front, Kind, Operation, PathMatch, Picker, Precedence, Route, SourceId};

/// For each route of a front the operations that it serves, by position.
pub(crate) fn served(front: &Front, operations: &[Operation]) -> Vec<Vec<usize>> {
    let picker = Picker::new(front);
    let mut serves: Vec<Vec<usize>> = vec![Vec::new(); front.routes.len()];
    for (at, operation) in operations.iter().enumerate() {
        let mut positions = picker.positions_of(&operation.endpoint);
        if ends_in_any_text(operation) {
            let services: Vec<String> = positions.iter().filter_map(|nth| authority(front, *nth)).collect();
            let by_ending = picker.positions_by_ending(&operation.endpoint).into_iter();
            // A route to pictures leads to another service.
            let same = |nth: &usize| authority(front, *nth).is_some_and(|one| services.contains(&one));
            positions.extend(by_ending.filter(same));
            positions.sort_unstable();
            positions.dedup();
        }
        for nth in positions {
            if let Some(list) = serves.get_mut(nth) {
                list.push(at);
            }
        }
    }
    serves
}

fn authority(front: &Front, nth: usize) -> Option<String> {
    front.routes.get(nth)?.upstream.as_ref().map(spec::inventory::Upstream::authority)
}

/// Whether the last segment of its path may be any text, `17.json` too.
fn ends_in_any_text(operation: &Operation) -> bool {
    let Some(Segment::Parameter(name)) = operation.endpoint.template().segments().last() else {
        return false;
    };
    let described = operation.parameters.iter().find(|input| &*input.place == "path" && *input.name == *name);
    described.is_some_and(|input| {
        input.kind.as_deref() == Some("string")
            && input.format.is_none()
            && input.pattern.is_none()
            && !input.is_enum
    })
}

/// Adds to `served` what routes serve under other paths than those of the specification. Costs, for each
/// route that rewrites, a look at the operations of its service.
pub(super) fn add_rewritten(fronts: &[Front], operations: &[Operation], served: &mut [Vec<Vec<usize>>]) {
    let mut services: BTreeMap<(String, SourceId), BTreeSet<(usize, String)>> = BTreeMap::new();
    // What stands behind a gateway of ours is one service in whichever file its address is written.
    let mut ours: BTreeMap<String, BTreeSet<(usize, String)>> = BTreeMap::new();
    for (front, serves) in fronts.iter().zip(served.iter()) {
        for (route, serves) in front.routes.iter().zip(serves) {
            let Some(key) = service(route) else { continue };
            let paths = match front.kind {
                Kind::Tidegate => ours.entry(key.0).or_default(),
                _ => services.entry(key).or_default(),
            };
            for (at, operation) in serves.iter().filter_map(|at| Some((*at, operations.get(*at)?))) {
                let asked = samples(operation).into_iter();
                paths.extend(asked.filter_map(|path| Some((at, seen_behind(front, route, &path)?))));
            }
        }
    }
    for (front, serves) in fronts.iter().zip(served.iter_mut()) {
        if front.routes.iter().all(|route| route.rewrite.is_none()) {
            continue;
        }
        let picker = Picker::new(front);
        for (route, serves) in front.routes.iter().zip(serves) {
            let known = service(route).filter(|_| route.rewrite.is_some());
            let Some(key) = known else { continue };
            let paths = || services.get(&key).into_iter().chain(ours.get(&key.0)).flatten();
            let host =
                route.hosts.first().map_or("unnamed.invalid".to_owned(), |host| host.replace('*', "any"));
            let mut found: BTreeSet<usize> = serves.iter().copied().collect();
            for (at, path) in paths() {
                let Some(operation) = operations.get(*at).filter(|_| !found.contains(at)) else { continue };
                let method = operation.endpoint.method().as_str();
                let leads = |path: &String| {
                    let serving = picker.may_serve(method, &host, path);
                    serving.iter().any(|serving| std::ptr::eq(*serving, route))
                };
                if asked_as(front, route, path).iter().any(leads) {
                    found.insert(*at);
                }
            }
            *serves = found.into_iter().collect();
        }
    }
}

/// What a route leads to: one name in two files may be two services; `integration` is what has no name.
pub(super) fn service(route: &Route) -> Option<(String, SourceId)> {
    let upstream = route.upstream.as_ref().filter(|_| !matches!(route.auth, Auth::Denied { .. }))?;
    let named = &*upstream.name != "integration" && !upstream.name.contains('$');
    named.then(|| (upstream.authority(), upstream.at.source))
}

/// Paths that stand for those of an operation.
fn samples(operation: &Operation) -> Vec<String> {
    let filled = ["1001", "word"].map(|value| {
        let segments = operation.endpoint.template().segments().map(|segment| match segment {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Parameter(_) | Segment::Rest(_) => format!("/{value}"),
        });
        segments.collect::<String>()
    });
    filled.into_iter().map(|path| if path.is_empty() { "/".to_owned() } else { path }).collect()
}

/// What a route's rewriting puts before the rest of a path, and whether a rest follows.
///
/// A text with a capture is followed by what the capture holds. HAProxy and Caddy put a text without one
/// in the place of the whole path, unless it ends in `/`.
pub(super) fn put_before<'r>(front: &Front, route: &'r Route) -> Option<(&'r str, bool)> {
    let text = route.rewrite.as_deref()?;
    let text = text.split('?').next().unwrap_or_default();
    let fixed = text.split(['$', '{', '%', '\\']).next().unwrap_or_default();
    let open = fixed.len() < text.len();
    let whole = front.precedence == Precedence::FirstMatch
        && matches!(front.kind, Kind::HaProxy | Kind::Caddy)
        && !fixed.ends_with('/')
        || matches!(route.path, PathMatch::Exact(_));
    Some((fixed, open || !whole))
}

/// The path that the service sees of `path`, which the route matches.
fn seen_behind(front: &Front, route: &Route, path: &str) -> Option<String> {
    match put_before(front, route) {
        None => Some(path.to_owned()),
        Some((fixed, false)) => Some(fixed.to_owned()),
        Some((fixed, true)) => {
            let rest = path.strip_prefix(&*literal(&route.path))?;
            Some(match (fixed.ends_with('/'), rest.starts_with('/')) {
                (true, true) => format!("{fixed}{}", rest.trim_start_matches('/')),
                _ => format!("{fixed}{rest}"),
            })
        }
    }
}

/// The paths under which a caller may ask the route for what the service has under `path`.
fn asked_as(front: &Front, route: &Route, path: &str) -> Vec<String> {
    let Some((fixed, follows)) = put_before(front, route) else { return Vec::new() };
    let literal = literal(&route.path);
    match path.strip_prefix(fixed) {
        Some("") if !follows => vec![literal],
        Some(rest) if follows => {
            let joined = format!("{}/{}", literal.trim_end_matches('/'), rest.trim_start_matches('/'));
            vec![format!("{literal}{rest}"), joined]
        }
        _ => Vec::new(),
    }
}

/// The text with which every path that a route matches begins, as far as it can be read off.
pub(crate) fn literal(path: &PathMatch) -> String {
    match path {
        PathMatch::Any => String::new(),
        PathMatch::Exact(text)
        | PathMatch::Prefix(text)
        | PathMatch::FirmPrefix(text)
        | PathMatch::Segments(text) => text.to_string(),
        PathMatch::Template(text) => text.split('{').next().unwrap_or_default().to_owned(),
        PathMatch::Regex { pattern, .. } => regex_start(pattern),
        // The inner one is never shorter than the outer one, unless it says nothing.
        PathMatch::Within { outer, inner } => longer(literal(outer), literal(inner)),
        PathMatch::All(parts) => parts.iter().map(literal).fold(String::new(), longer),
        PathMatch::Not(_) => String::new(),
    }
}

fn longer(one: String, other: String) -> String {
    if other.len() > one.len() { other } else { one }
}

/// The literal start of an anchored regular expression; empty where there is none.
fn regex_start(pattern: &str) -> String {
    let Some(rest) = pattern.strip_prefix('^').or_else(|| pattern.strip_prefix('/').map(|_| pattern)) else {
        return String::new();
    };
    let mut start = String::new();
    let mut letters = rest.chars().peekable();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            '\\' => match letters.next() {
                Some(escaped) if !escaped.is_alphanumeric() => escaped,
                _ => break,
            },
            '$' | '(' | ')' | '[' | '.' | '|' | '{' | '+' | '*' | '?' => break,
            plain => plain,
        };
        if letters.peek().is_some_and(|next| matches!(next, '*' | '?' | '{')) {
            break;
        }
        start.push(letter);
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_regular_expression_is_read_as_far_as_it_is_sure() {
        for (pattern, start) in [
            (r"^/api/v1/orders/[0-9]+$", "/api/v1/orders/"),
            (r"^/files\.old/", "/files.old/"),
            (r"^/colou?r", "/colo"),
            (r"^/a\d", "/a"),
            (r"\.php$", ""),
        ] {
            assert_eq!(regex_start(pattern), start, "{pattern}");
        }
    }
}
