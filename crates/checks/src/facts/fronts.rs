//! Fronts and traffic with what follows for each route, listener and endpoint seen.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use domain::{Endpoint, Method};
use serde::Serialize;
use spec::inventory::{Auth, Front, Inventory, Kind, Listener, Place, Rate, Reach, Route, Seen, SourceId};

use super::newest::Newest;
use super::words::{self, Sign};
use super::{Peer, path, serving};

/// A front with what follows.
#[derive(Debug, Serialize)]
pub struct FrontFacts<'i> {
    /// Its position among the fronts.
    pub position: usize,
    /// The product.
    pub kind: Kind,
    /// Its name.
    pub name: Arc<str>,
    /// Whether a guard is written in it: a route asks for a credential, or would if nothing led around
    /// what asks.
    pub guards: bool,
    /// Whether any of its routes limits how fast one may ask.
    pub limits: bool,
    /// Where it listens.
    pub listeners: Vec<ListenerFacts<'i>>,
    /// Its routes, in the order of the text.
    pub routes: Vec<RouteFacts<'i>>,
    /// Where it begins.
    pub at: Place,
}

/// A listener with what follows.
#[derive(Debug, Serialize)]
pub struct ListenerFacts<'i> {
    /// What the configuration says.
    #[serde(flatten)]
    pub listener: &'i Listener,
    /// Its name in findings.
    pub subject: String,
    /// Whether it serves everyone in plain text.
    pub plain: bool,
}

/// A route with what follows.
#[derive(Debug, Serialize)]
pub struct RouteFacts<'i> {
    /// What the configuration says.
    #[serde(flatten)]
    pub route: &'i Route,
    /// Its name in findings.
    pub subject: String,
    /// The operations that it serves, by position; also those of its service that it serves under another
    /// path, because it rewrites, or where a path ends as it asks (`/orders/17.json`).
    pub serves: Vec<usize>,
    /// Whether a specification or an intent says who may call what it serves.
    pub spoken_for: bool,
    /// Whether it leads a call without any credential to a service.
    pub open: bool,
    /// Whether everyone can reach it.
    pub outside: bool,
    /// Why it counts as one for administrators.
    pub admin: Option<Sign>,
    /// Whether it stands open by its nature: health, assets, log-in.
    pub open_by_nature: bool,
    /// A route beside or around it that asks for a credential, where most of them do; or one of another
    /// front on the way to the same service.
    pub guarded_peer: Option<Peer>,
    /// A newer version of it that asks for a credential.
    pub newer_guarded: Option<Peer>,
    /// A newer version of what it serves that is specified, where this one is not.
    pub newer_specified: Option<Peer>,
    /// A route to the same service that is specified, where nothing of this one is.
    pub unspecified_beside: Option<Peer>,
}

/// An endpoint in traffic with what follows.
#[derive(Debug, Serialize)]
pub struct SeenFacts<'i> {
    /// What was seen.
    #[serde(flatten)]
    pub seen: &'i Seen,
    /// Its name in findings.
    pub subject: String,
    /// Whether it is served and no specification has it, though one would (no preflight, no health page).
    pub unspecified: bool,
    /// A newer version of it in the specification, where this one is not there or deprecated.
    pub newer: Option<Peer>,
}

/// Doors of the specification by what traffic and routes ask for.
pub(super) struct Doors<'i> {
    pub(super) inventory: &'i Inventory,
    /// Method and shape to an operation.
    pub(super) exact: HashMap<String, usize>,
    /// The same without the version, to versions and operations.
    pub(super) versions: HashMap<String, Vec<(u64, usize)>>,
    /// Operations with a version, by the beginnings of their paths without it.
    pub(super) newest: Newest,
}

impl Doors<'_> {
    fn newer_than(&self, version: u64, rest: &str) -> Option<usize> {
        let known = self.versions.get(rest)?;
        known.iter().filter(|(other, _)| *other > version).max().map(|(_, at)| *at)
    }
}

pub(super) fn fronts<'i>(doors: &Doors<'i>) -> Vec<FrontFacts<'i>> {
    let fronts = &doors.inventory.fronts;
    let operations = &doors.inventory.operations;
    let mut served: Vec<Vec<Vec<usize>>> =
        fronts.iter().map(|front| serving::served(front, operations)).collect();
    serving::add_rewritten(fronts, operations, &mut served);
    let fronts = fronts.iter().zip(served).enumerate();
    let mut facts: Vec<FrontFacts<'i>> =
        fronts.map(|(position, (front, serves))| front_facts(position, front, serves, doors)).collect();
    guarded_elsewhere(&mut facts);
    facts
}

/// Finds for each open route of which no specification speaks another front that asks for a credential on
/// the way to the same service and the same paths. Costs, for each service and path of open routes once, a
/// look at what guards the service, and for each guarded path below one over the paths of its front.
fn guarded_elsewhere(fronts: &mut [FrontFacts<'_>]) {
    let mut guarded: HashMap<Service, Vec<Guarded>> = HashMap::new();
    for front in fronts.iter() {
        for route in front.routes.iter().filter(|route| route.route.auth.asks()) {
            if let Some(key) = service_of(front, route.route) {
                guarded.entry(key).or_default().push(Guarded::new(front, route));
            }
        }
    }
    for front in fronts.iter_mut().filter(|front| front.kind != Kind::Tidegate) {
        let paths: BTreeSet<Vec<String>> =
            front.routes.iter().map(|route| RoutePath::new(route.route).segments).collect();
        let mut known: HashMap<(Service, Vec<String>), Option<Peer>> = HashMap::new();
        let position = front.position;
        let keys: Vec<Option<Service>> =
            front.routes.iter().map(|route| service_of(front, route.route)).collect();
        for (route, key) in front.routes.iter_mut().zip(keys) {
            let told = route.guarded_peer.is_some() || route.newer_guarded.is_some();
            let judged = route.open && route.outside && route.serves.is_empty() && !route.open_by_nature;
            let Some(key) = key.filter(|key| judged && !told && guarded.contains_key(key)) else { continue };
            let own = RoutePath::new(route.route).segments;
            let find = |own: &[String]| {
                let mut others = guarded.get(&key)?.iter().filter(|other| other.front != position);
                let peer = others.find(|other| {
                    own.starts_with(&other.segments)
                        || other.segments.starts_with(own) && !has_own(&paths, own, &other.segments)
                })?;
                Some(peer.peer.clone())
            };
            route.guarded_peer = match known.get(&(key.clone(), own.clone())) {
                Some(peer) => peer.clone(),
                None => {
                    let peer = find(&own);
                    known.insert((key, own), peer.clone());
                    peer
                }
            };
        }
    }
}

/// A service as it is known beyond its front.
type Service = (String, Option<SourceId>);

/// A route that asks for a credential.
struct Guarded {
    front: usize,
    segments: Vec<String>,
    peer: Peer,
}

impl Guarded {
    fn new(front: &FrontFacts<'_>, route: &RouteFacts<'_>) -> Self {
        let peer = Peer { subject: route.subject.clone(), at: route.route.at };
        Self { front: front.position, segments: RoutePath::new(route.route).segments, peer }
    }
}

/// Whether a longer path of the front than `own` has what lies below `wanted`.
fn has_own(paths: &BTreeSet<Vec<String>>, own: &[String], wanted: &[String]) -> bool {
    (own.len() + 1..=wanted.len()).any(|length| wanted.get(..length).is_some_and(|path| paths.contains(path)))
}

/// What a route leads to, as it is known beyond its front: names of a cluster have their namespace, others
/// are known within their file; what has no name is nothing.
fn service_of(front: &FrontFacts<'_>, route: &Route) -> Option<Service> {
    let (name, source) = serving::service(route)?;
    Some((name, Some(source).filter(|_| front.kind != Kind::Kubernetes)))
}

fn front_facts<'i>(
    position: usize,
    front: &'i Front,
    serves: Vec<Vec<usize>>,
    doors: &Doors<'i>,
) -> FrontFacts<'i> {
    let leads = front.routes.iter().any(|route| route.upstream.is_some() && !is_denied(route));
    let listeners = front.listeners.iter().map(|listener| ListenerFacts {
        listener,
        subject: format!("{} {}", front.name, listener.address),
        plain: leads && !listener.tls && !listener.redirects && listener.reach == Reach::World,
    });
    // A gateway of ours behind proxies is reached by everyone whom these let in; where one is among the
    // fronts, it is the one to be judged.
    let proxied = front.kind == Kind::Tidegate
        && doors.inventory.fronts.iter().all(|other| other.kind == Kind::Tidegate);
    let reachable = front.listeners.is_empty()
        || front.listeners.iter().any(|listener| match listener.reach {
            Reach::World => true,
            Reach::Networks { .. } => proxied,
            Reach::Inside | Reach::Nobody => false,
        });
    let names: Vec<String> = front.routes.iter().map(|route| front.subject(route)).collect();
    let paths: Vec<RoutePath> = front.routes.iter().map(RoutePath::new).collect();
    let around = Around { front, serves: &serves, names: &names, paths: &paths, doors };
    let routes = front.routes.iter().zip(&names).enumerate();
    let routes = routes.map(|(nth, (route, name))| around.route(nth, route, name, reachable)).collect();
    FrontFacts {
        position,
        kind: front.kind,
        name: front.name.clone(),
        guards: front
            .routes
            .iter()
            .any(|route| route.auth.asks() || matches!(route.auth, Auth::Optional { .. })),
        limits: front.routes.iter().any(|route| !matches!(route.rate, Rate::Unlimited)),
        listeners: listeners.collect(),
        routes,
        at: front.at,
    }
}

/// What is read off a route's path once, for all questions about it.
struct RoutePath {
    segments: Vec<String>,
    version: Option<u64>,
    /// The segments without the version.
    rest: Vec<String>,
    open_by_nature: bool,
}

impl RoutePath {
    fn new(route: &Route) -> Self {
        let literal = serving::literal(&route.path);
        let segments: Vec<String> =
            literal.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
        let (version, rest) = path::unversioned(segments.clone());
        let open_by_nature = words::opens_by_nature(&literal);
        Self { segments, version, rest, open_by_nature }
    }
}

/// A front's routes, for the questions that one route asks about the others.
struct Around<'a, 'i> {
    front: &'i Front,
    serves: &'a [Vec<usize>],
    names: &'a [String],
    paths: &'a [RoutePath],
    doors: &'a Doors<'i>,
}

impl<'i> Around<'_, 'i> {
    fn route(&self, nth: usize, route: &'i Route, name: &str, reachable: bool) -> RouteFacts<'i> {
        let serves = self.serves.get(nth).cloned().unwrap_or_default();
        let says =
            |at: &usize| {
                self.doors.inventory.operations.get(*at).is_some_and(|operation| {
                    operation.intent.declared().is_some() || operation.security.declared
                })
            };
        let own = self.paths.get(nth);
        let telling = own.map(|own| own.segments.as_slice()).unwrap_or_default();
        let telling = telling
            .iter()
            .map(String::as_str)
            .filter(|segment| !words::is_generic(segment) && path::version_of(segment).is_none());
        let newer_specified =
            own.filter(|_| serves.is_empty()).and_then(|own| self.newer_specified(route, own));
        let open = own.filter(|_| is_open(route));
        let around = open.and_then(|_| self.led_around(nth, route));
        RouteFacts {
            route,
            subject: name.to_owned(),
            spoken_for: serves.iter().any(says),
            open: is_open(route),
            outside: reachable && route.reach == Reach::World,
            admin: words::admin_path(telling),
            // What leads to all that a service has is no page for everyone, whatever it is called.
            open_by_nature: around.is_none() && own.is_some_and(|own| own.open_by_nature),
            guarded_peer: open.and_then(|own| self.guarded_peer(nth, route, own)).or(around),
            newer_guarded: open.and_then(|own| self.newer_guarded(own)),
            unspecified_beside: own
                .filter(|_| serves.is_empty() && newer_specified.is_none())
                .and_then(|own| self.specified_beside(route, own)),
            newer_specified,
            serves,
        }
    }

    fn peer(&self, nth: usize) -> Option<Peer> {
        let (route, name) = (self.front.routes.get(nth)?, self.names.get(nth)?);
        Some(Peer { subject: name.clone(), at: route.at })
    }

    /// The other routes with their paths.
    fn all(&self) -> impl Iterator<Item = (usize, (&'i Route, &RoutePath))> {
        self.front.routes.iter().zip(self.paths).enumerate()
    }

    /// Routes that could be asked instead of `route`: around it, beside it, or on the same path.
    fn guarded_peer(&self, nth: usize, route: &Route, own: &RoutePath) -> Option<Peer> {
        let (mut guarded, mut open, mut first) = (0_usize, 0_usize, None);
        let near = &own.segments;
        for (other_nth, (other, RoutePath { segments, open_by_nature, .. })) in self.all() {
            let around = near.len() > segments.len() && near.starts_with(segments) && !segments.is_empty();
            let around = around || near == segments && !near.is_empty();
            let same_parent = near.len() > 1 && segments.len() > 1 && parent(near) == parent(segments);
            // Kept for some networks, it has a guard of its own that others of the service need not have.
            let same_service = near.len() == 1
                && segments.len() == 1
                && route.reach == Reach::World
                && same_upstream(route, other);
            let beside = (same_parent || same_service) && !open_by_nature;
            if !around && !beside
                || other_nth == nth
                || other.upstream.is_none()
                || !share_hosts(route, other)
            {
                continue;
            }
            let required = other.auth.asks();
            if required && around {
                return self.peer(other_nth);
            }
            if !beside {
                continue;
            }
            if required {
                guarded += 1;
                first = first.or(Some(other_nth));
            } else if is_open(other) {
                open += 1;
            }
        }
        first.filter(|_| guarded > open).and_then(|nth| self.peer(nth))
    }

    /// A route that asks for a credential, where `route` takes its own prefix away and so leads to all
    /// that the other guards, under another name.
    fn led_around(&self, nth: usize, route: &Route) -> Option<Peer> {
        let (fixed, _) = serving::put_before(self.front, route).filter(|(_, follows)| *follows)?;
        if !matches!(fixed, "" | "/") || matches!(serving::literal(&route.path).as_str(), "" | "/") {
            return None;
        }
        let mut others = self.all();
        let (guarded, _) = others.find(|(other_nth, (other, _))| {
            *other_nth != nth && other.auth.asks() && same_upstream(route, other) && share_hosts(route, other)
        })?;
        self.peer(guarded)
    }

    fn newer_guarded(&self, own: &RoutePath) -> Option<Peer> {
        let version = own.version?;
        let (newer, _) = self.all().find(|(_, (other, path))| {
            path.version.is_some_and(|other| other > version) && path.rest == own.rest && other.auth.asks()
        })?;
        self.peer(newer)
    }

    fn newer_specified(&self, route: &Route, own: &RoutePath) -> Option<Peer> {
        route.upstream.as_ref().filter(|_| !is_denied(route))?;
        let newer = self.doors.newest.first_newer(own.version?, &own.rest)?;
        let newer = self.doors.inventory.operations.get(newer)?;
        Some(Peer { subject: newer.endpoint.to_string(), at: newer.id_at })
    }

    /// A route to the same service that serves something specified.
    fn specified_beside(&self, route: &Route, own: &RoutePath) -> Option<Peer> {
        let hidden = matches!(route.reach, Reach::Inside | Reach::Nobody) || is_denied(route);
        // Guards divide one route as written into several; one of them serves what is specified.
        let routes = self.front.routes.iter().zip(self.serves);
        let known = routes.clone().any(|(other, serves)| other.at == route.at && !serves.is_empty());
        if hidden || known || own.segments.is_empty() || own.open_by_nature {
            return None;
        }
        let beside = routes.clone().position(|(other, serves)| {
            !serves.is_empty() && same_upstream(route, other) && share_hosts(route, other)
        })?;
        self.peer(beside)
    }
}

fn parent(path: &[String]) -> &[String] {
    path.split_last().map(|(_, parent)| parent).unwrap_or_default()
}

fn same_upstream(one: &Route, other: &Route) -> bool {
    match (&one.upstream, &other.upstream) {
        (Some(one), Some(other)) => one.authority() == other.authority(),
        _ => false,
    }
}

fn share_hosts(one: &Route, other: &Route) -> bool {
    one.hosts.is_empty() || other.hosts.is_empty() || one.hosts.iter().any(|host| other.hosts.contains(host))
}

fn is_denied(route: &Route) -> bool {
    matches!(route.auth, Auth::Denied { .. }) || route.reach == Reach::Nobody
}

/// Whether a call without a credential gets through to a service.
pub(super) fn is_open(route: &Route) -> bool {
    let preflight = !route.methods.is_empty()
        && route.methods.iter().all(|method| matches!(&**method, "OPTIONS" | "HEAD"));
    let open = matches!(route.auth, Auth::Open | Auth::Optional { .. });
    open && route.upstream.is_some() && !preflight && route.reach != Reach::Nobody
}

pub(super) fn traffic<'i>(doors: &Doors<'i>, seen_as: &[Option<usize>]) -> Vec<SeenFacts<'i>> {
    let seen = doors.inventory.traffic.iter().zip(seen_as);
    seen.map(|(seen, operation)| {
        let known = operation.and_then(|at| doors.inventory.operations.get(at));
        let (version, rest) = path::versioned_door(&seen.endpoint);
        let gone = known.is_none_or(|operation| operation.deprecated);
        let newer = version.filter(|_| gone && seen.served > 0 && !nobody_specifies(doors, seen));
        let newer = newer.and_then(|version| doors.newer_than(version, &rest));
        let newer = newer.and_then(|at| doors.inventory.operations.get(at));
        SeenFacts {
            seen,
            subject: seen.endpoint.to_string(),
            unspecified: known.is_none()
                && seen.served > 0
                && !doors.inventory.operations.is_empty()
                && !nobody_specifies(doors, seen),
            newer: newer.map(|newer| Peer { subject: newer.endpoint.to_string(), at: newer.id_at }),
        }
    })
    .collect()
}

/// Whether an endpoint is none that a specification would have: a question of a browser (CORS), what
/// stands open by its nature (health, assets, documentation), the name under which the gateway counts
/// paths that it knows no door of. Where personal data left, it is one that somebody has to answer for.
fn nobody_specifies(doors: &Doors<'_>, seen: &Seen) -> bool {
    let template = seen.endpoint.template();
    let by_method = match seen.endpoint.method() {
        Method::Options => true,
        // RFC 9110 section 9.3.2: HEAD is GET without the content.
        Method::Head => doors.exact.contains_key(&path::door(&Endpoint::new(Method::Get, template.clone()))),
        _ => false,
    };
    seen.classes.is_empty()
        && (by_method || seen.is_unseen() || words::opens_by_nature(&template.to_string()))
}
