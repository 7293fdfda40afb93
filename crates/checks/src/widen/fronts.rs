//! What a change of proxies, gateways and clusters newly lets through: fronts before and after, asked the
//! same requests.
//!
//! Asked are all operations of both versions and a request for every route of both, with every host that
//! they name, as callers from anywhere and from each network that they name. A front is compared with the
//! one of its name; one that is new, with all that were there; where there was none, nothing is known of
//! what was let through, and nothing is compared. Each front is compared by itself: a guard
//! that goes is told, whatever guards stand behind it. Gateways of ours are compared by their policies
//! ([`super::gates`]).

use std::collections::BTreeSet;
use std::net::IpAddr;

use domain::{IpPrefix, Segment};
use policy::authorize::survey::ends;
use spec::inventory::{Auth, Front, Inventory, Kind, PathMatch, Picker, Place, Rate, Reach, Route, Service};

use super::Widening;
use crate::facts::literal;

/// Most requests that are asked.
const MOST_REQUESTS: usize = 4_000;
/// Most hosts and networks.
const MOST_HOSTS: usize = 32;

/// What a caller needs to get through, from nothing lets through to nothing is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Nobody,
    Credential,
    Code,
    Anyone,
}

/// A request to ask every front.
#[derive(Clone, Debug)]
struct Request {
    label: String,
    /// Whether it is that of an operation, or only stands for a route.
    specified: bool,
    method: String,
    path: String,
}

/// What fronts answer: the widest of their routes.
struct Answer<'f> {
    level: Level,
    /// Calls an hour; infinite without a limit; `None` where the figure stands elsewhere.
    pace: Option<f64>,
    route: Option<&'f Route>,
}

/// A front with its picker.
struct Asked<'f> {
    front: &'f Front,
    picker: Picker<'f>,
}

/// What the fronts of `new` let through and those of `old` did not.
pub(super) fn widenings(old: &Inventory, new: &Inventory) -> Vec<Widening> {
    let (before, after) = (asked(old), asked(new));
    if before.is_empty() {
        return services(old, new);
    }
    let fronts = || before.iter().chain(&after).map(|asked| asked.front);
    let hosts = hosts(fronts());
    let clients = clients(fronts());
    let requests = requests(old, new, fronts());
    let mut found: Vec<Widening> = Vec::new();
    for one in &after {
        let same =
            |other: &&Asked<'_>| other.front.kind == one.front.kind && other.front.name == one.front.name;
        let mut counterparts: Vec<&Asked<'_>> = before.iter().filter(same).collect();
        if counterparts.is_empty() {
            counterparts = before.iter().collect();
        }
        // One route that opens is told once for each operation, not for each host and path; and once,
        // where it serves none.
        let mut told: BTreeSet<(Level, String, String)> = BTreeSet::new();
        for request in &requests {
            for (client, network) in &clients {
                for host in &hosts {
                    let is = answer(&[one], request, host, *client);
                    let was = answer(&counterparts, request, host, *client);
                    let Some(message) = wider(&was, &is, *network) else { continue };
                    let Some(route) = is.route else { continue };
                    let by = format!("{} `{} {}`", one.front.kind.word(), one.front.name, route.name);
                    let known =
                        |(level, name, _): &(Level, String, String)| *level == is.level && *name == by;
                    if !request.specified && told.iter().any(known) {
                        continue;
                    }
                    if told.insert((is.level, by.clone(), request.label.clone())) {
                        let message = format!("{message} {} by {by}", request.label);
                        found.push(Widening {
                            message,
                            request: shown(request, host, *client),
                            at: at(route),
                        });
                    }
                }
            }
        }
        found.extend(plain(one.front, &counterparts));
    }
    found.extend(services(old, new));
    found
}

fn asked(inventory: &Inventory) -> Vec<Asked<'_>> {
    let others = inventory.fronts.iter().filter(|front| front.kind != Kind::Tidegate);
    others.map(|front| Asked { front, picker: Picker::new(front) }).collect()
}

/// What `is` gives beyond `was`: the start of a sentence that the operation's name ends.
fn wider(was: &Answer<'_>, is: &Answer<'_>, network: Option<IpPrefix>) -> Option<String> {
    let from = network.map_or_else(String::new, |network| format!(" from {network}"));
    if is.level > was.level {
        let who = match is.level {
            Level::Anyone => "anonymous callers",
            Level::Code => "callers whom code or another program lets through",
            Level::Credential | Level::Nobody => "callers with a credential",
        };
        return Some(format!("{who}{from} can now reach"));
    }
    let (is_pace, was_pace) = match (is.pace, was.pace) {
        (Some(is), Some(was)) => (is, was),
        // A limit of which the figure is not known was taken away.
        (Some(is), None) if is.is_infinite() => (is, 0.0),
        _ => return None,
    };
    if is.level == Level::Nobody || is_pace <= was_pace * 1.000_001 {
        return None;
    }
    let shown = |pace: f64| if pace.is_finite() { format!("{pace:.0}") } else { "any number of".to_owned() };
    let instead = if was_pace > 0.0 { format!(" instead of {}", shown(was_pace)) } else { String::new() };
    let many = shown(is_pace);
    Some(format!("one caller{from} can now have {many}{instead} calls an hour of"))
}

fn answer<'f>(fronts: &[&Asked<'f>], request: &Request, host: &str, client: Option<IpAddr>) -> Answer<'f> {
    let mut widest = Answer { level: Level::Nobody, pace: Some(0.0), route: None };
    for one in fronts {
        let listens = one.front.listeners.is_empty()
            || one.front.listeners.iter().any(|listener| admits(&listener.reach, client));
        if !listens {
            continue;
        }
        for route in one.picker.may_serve(&request.method, host, &request.path) {
            if route.upstream.is_none() || !admits(&route.reach, client) {
                continue;
            }
            let level = level(&route.auth);
            if level == Level::Nobody {
                continue;
            }
            let pace = match route.rate {
                Rate::Unlimited => Some(f64::INFINITY),
                Rate::Limited { per_hour, .. } => Some(per_hour),
                Rate::Unknown { .. } => None,
            };
            if level > widest.level || widest.route.is_none() {
                widest = Answer { level, pace, route: Some(route) };
            } else if level == widest.level {
                let wider = match (pace, widest.pace) {
                    (Some(pace), Some(widest)) => pace > widest,
                    (Some(_), None) => true,
                    (None, _) => false,
                };
                if wider {
                    widest = Answer { level, pace, route: Some(route) };
                }
            }
        }
    }
    widest
}

const fn level(auth: &Auth) -> Level {
    match auth {
        Auth::Open | Auth::Optional { .. } => Level::Anyone,
        Auth::Unknown { .. } => Level::Code,
        Auth::Required { .. } => Level::Credential,
        Auth::Denied { .. } => Level::Nobody,
    }
}

/// Whether a caller gets in by address: from anywhere (`None`), or from this address.
fn admits(reach: &Reach, client: Option<IpAddr>) -> bool {
    match (reach, client) {
        (Reach::World, _) => true,
        (Reach::Networks { networks }, Some(client)) => {
            networks.iter().any(|network| network.contains(client))
        }
        (Reach::Networks { networks }, None) => networks.iter().any(|network| network.length() == 0),
        (Reach::Inside | Reach::Nobody, _) => false,
    }
}

fn hosts<'f>(fronts: impl Iterator<Item = &'f Front>) -> Vec<String> {
    let named = fronts.flat_map(|front| &front.routes).flat_map(|route| &route.hosts);
    let named: BTreeSet<String> = named.map(|host| host.replace('*', "any")).collect();
    std::iter::once("unnamed.invalid".to_owned()).chain(named.into_iter().take(MOST_HOSTS)).collect()
}

type Client = (Option<IpAddr>, Option<IpPrefix>);

fn clients<'f>(fronts: impl Iterator<Item = &'f Front>) -> Vec<Client> {
    let mut networks: BTreeSet<IpPrefix> = BTreeSet::new();
    let mut take = |reach: &Reach| {
        if let Reach::Networks { networks: named } = reach {
            networks.extend(named.iter().copied());
        }
    };
    for front in fronts {
        front.listeners.iter().for_each(|listener| take(&listener.reach));
        front.routes.iter().for_each(|route| take(&route.reach));
    }
    let named = networks.into_iter().take(MOST_HOSTS);
    let named = named.flat_map(|network| ends(&network).map(|client| (Some(client), Some(network))));
    std::iter::once((None, None)).chain(named).collect()
}

/// A request for every operation, and one for every route that none of them shows.
fn requests<'f>(old: &Inventory, new: &Inventory, fronts: impl Iterator<Item = &'f Front>) -> Vec<Request> {
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut all: Vec<Request> = Vec::new();
    let mut add = |label: String, method: &str, path: String, specified: bool| {
        if all.len() < MOST_REQUESTS && seen.insert((method.to_owned(), path.clone())) {
            all.push(Request { label, specified, method: method.to_owned(), path });
        }
    };
    for operation in new.operations.iter().chain(&old.operations) {
        let endpoint = &operation.endpoint;
        for value in ["1001", "word"] {
            let filled = endpoint.template().segments().map(|segment| match segment {
                Segment::Literal(text) => format!("/{text}"),
                Segment::Parameter(_) | Segment::Rest(_) => format!("/{value}"),
            });
            let path: String = filled.collect();
            let path = if path.is_empty() { "/".to_owned() } else { path };
            add(endpoint.to_string(), endpoint.method().as_str(), path, true);
        }
    }
    for route in fronts.flat_map(|front| &front.routes) {
        let methods: Vec<&str> = match route.methods.as_slice() {
            [] => vec!["GET", "POST"],
            named => named
                .iter()
                .map(|method| &**method)
                .filter(|method| !matches!(*method, "OPTIONS" | "HEAD"))
                .collect(),
        };
        for path in paths(&route.path) {
            for method in &methods {
                add(format!("{method} {path}"), method, path.clone(), false);
            }
        }
    }
    all
}

/// Paths that stand for those that a route matches.
fn paths(path: &PathMatch) -> Vec<String> {
    let start = literal(path);
    let start = if start.starts_with('/') { start } else { format!("/{start}") };
    match path {
        PathMatch::Exact(_) => vec![start],
        PathMatch::Template(text) => {
            let filled = text.split('/').map(|part| if part.contains('{') { "1001" } else { part });
            vec![filled.collect::<Vec<_>>().join("/")]
        }
        _ if start.ends_with('/') => vec![start.clone(), format!("{start}1001")],
        _ => vec![start.clone(), format!("{start}/1001")],
    }
}

fn shown(request: &Request, host: &str, client: Option<IpAddr>) -> String {
    let from = client.map_or_else(String::new, |client| format!("# from {client}\n"));
    let host = if host.ends_with(".invalid") { String::new() } else { format!("\nhost: {host}") };
    format!("{from}{} {} HTTP/1.1{host}", request.method, request.path)
}

/// Where it is said, as near as it is known.
const fn at(route: &Route) -> Place {
    match &route.auth {
        Auth::Optional { at, .. } | Auth::Unknown { at, .. } => *at,
        Auth::Open | Auth::Required { .. } | Auth::Denied { .. } => route.at,
    }
}

/// A listener that serves everyone in plain text, where none of the front did.
fn plain(front: &Front, before: &[&Asked<'_>]) -> Option<Widening> {
    let plain = |front: &Front| {
        let mut leads = front.routes.iter().filter(|route| route.upstream.is_some());
        let speaks = front
            .listeners
            .iter()
            .find(|listener| !listener.tls && !listener.redirects && listener.reach == Reach::World);
        leads.next().and(speaks.map(|listener| (listener.address.clone(), listener.at)))
    };
    let (address, at) = plain(front)?;
    let known = before.iter().any(|before| plain(before.front).is_some());
    (!known).then(|| Widening {
        message: format!(
            "{} `{}` now speaks plain http to everyone at `{address}`: who listens on the way reads along",
            front.kind.word(),
            front.name
        ),
        request: format!("GET / HTTP/1.1\nhost: {}", front.name),
        at,
    })
}

/// Services that more callers reach past every front.
fn services(old: &Inventory, new: &Inventory) -> Vec<Widening> {
    let wide = |service: &Service| match service.reach {
        Reach::World => 3,
        Reach::Networks { .. } => 2,
        Reach::Inside => u8::from(service.policies.is_empty()),
        Reach::Nobody => 0,
    };
    let before = |service: &Service| {
        let same = |other: &&Service| other.name == service.name && other.namespace == service.namespace;
        old.services.iter().find(same)
    };
    if old.services.is_empty() {
        return Vec::new();
    }
    new.services
        .iter()
        .filter_map(|service| {
            let was = before(service).map_or(1, wide);
            let is = wide(service);
            // A new service within a cluster is nothing that was let through before or after.
            (is > was && (is > 1 || before(service).is_some())).then(|| {
                let who = match is {
                    3 => "everyone",
                    2 => "callers from further networks",
                    _ => "everything in the cluster",
                };
                let name = format!("{}/{}", service.namespace, service.name);
                Widening {
                    message: format!("{who} can now reach the service `{name}` past every front"),
                    request: format!("GET / HTTP/1.1\nhost: {}", service.name),
                    at: service.at,
                }
            })
        })
        .collect()
}
