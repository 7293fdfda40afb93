//! One operation with everything that follows for it.

// long: every fact of an operation that follows from others, in the order of the JSON.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::{Audience, ClassSet, DataClass, IpPrefix, Method, Timestamp};
use serde::Serialize;
pub use spec::inventory::Named;
use spec::inventory::{Auth, Field, IntentState, Kind, Operation, Place, Rate, Reach, Service, SourceId};
use spec::router::Router;

use super::fronts::{Doors, FrontFacts};
use super::ownership::{self, OwnerFault};
use super::path::{self, Collections};
use super::people;
use super::words::{self, Sign};
use super::{Peer, RouteFacts};
use crate::radius;

/// One operation with what follows for it.
#[derive(Debug, Serialize)]
pub struct OperationFacts<'i> {
    /// What the specification says.
    #[serde(flatten)]
    pub operation: &'i Operation,
    /// Its position among the operations.
    pub position: usize,
    /// Its name in findings: `GET /orders/{id}`.
    pub subject: String,
    /// Whether its document declares the intent of any operation, or a configuration that of this one.
    pub document_declares: bool,
    /// The declared audience: `public`, `authenticated`, `partner`, `internal`; `None`: not declared.
    /// `public` also where the networks of `internal` are everyone.
    pub audience: Option<&'static str>,
    /// Whether it is declared for `internal` networks that are everyone: together more than a /16 of
    /// IPv4 or a /32 of IPv6 that is globally routed.
    pub inside_is_everyone: bool,
    /// Whether it is for everyone: by its audience, or opened by its document where none is declared.
    pub for_everyone: bool,
    /// Whether its declaration has ended.
    pub expired: bool,
    /// Whether a call without any credential passes, by the document and by every front before it.
    pub open: bool,
    /// Whether the document itself opens it: it says so, or says nothing where it guards others.
    pub opened: bool,
    /// Whether document, intent or fronts ask for a credential.
    pub guarded: bool,
    /// Whether it reads: `GET`, `QUERY`, or a POST that searches, lists or looks up.
    pub reads: bool,
    /// Whether it is one of the ways to get a credential or to prove an address.
    pub sign_in: bool,
    /// Whether it stands open by its nature: log-in, web hook, health.
    pub open_by_nature: bool,
    /// Why it counts as one for administrators.
    pub admin: Option<Sign>,
    /// Whether a caller needs more than an ordinary credential: a role, a partner's key, a scope that
    /// says so, a network.
    pub narrowed: bool,
    /// The collection that it belongs to.
    pub family: String,
    /// An operation of its family that asks for a credential, where most of them do.
    pub guarded_peer: Option<Peer>,
    /// The version: `v2` is 2,000, `v2.1` is 2,001, a date is itself as a number.
    pub version: Option<u64>,
    /// A newer version of it that asks for a credential.
    pub newer_guarded: Option<Peer>,
    /// Personal classes of its answer: described or declared.
    pub personal: ClassSet,
    /// Classes above a bare name that its answer describes, or anonymous callers were seen to get, that
    /// nobody declared and the caller did not bring: of a read or a list all, of a log-in none, else
    /// those beyond the request's own.
    pub leaks: ClassSet,
    /// The field with the heaviest of these classes.
    pub leaking_field: Option<&'i Field>,
    /// Whether it returns, names or makes records, so that its pace matters.
    pub yields_records: bool,
    /// The first field of its answer that tells of somebody's health, for which there is no data class.
    pub health: Option<&'i Field>,
    /// Whether anything limits one caller's pace: a limit, a budget, a front. More than 3,600,000 an hour
    /// (1,000 a second) is no limit, but at a gateway of ours, which keeps
    /// budgets beside its pace.
    pub limited: bool,
    /// Requests per hour that the fronts let one caller make; `None`: no bound.
    pub front_per_hour: Option<f64>,
    /// What has no bound on records per call.
    pub unbounded: Option<Unbounded>,
    /// Whether it gives records of everybody at once: a list of personal data, or an undescribed answer or
    /// whole file of a collection of people; not the caller's own.
    pub everybodys: bool,
    /// Whether it is declared `shared` and holds what is everybody's: it reads, its answer is described to the
    /// end, and nothing in it is personal.
    pub shared: bool,
    /// Names in its ownership rule that do not exist.
    pub owner_faults: Vec<OwnerFault>,
    /// The ownership rule that its own names suggest.
    pub suggested_owner: Option<String>,
    /// Credentials that it takes in the URL.
    pub url_credentials: Vec<Named>,
    /// The first server that speaks plain http.
    pub plain_server: Option<Named>,
    /// Whether no answer 401, 403, 4XX or default is described, though it asks for a credential.
    pub lacks_refusal: bool,
    /// Whether no answer 429, 4XX or default is described.
    pub lacks_slow_down: bool,
    /// Whether a shared cache may keep its answer with personal data (RFC 9111 section 3).
    pub cacheable: bool,
    /// Routes of fronts that serve it.
    pub served_by: Vec<ServedBy>,
    /// A route that lets callers without a credential through to it, in a front that guards others.
    pub served_open: Option<Peer>,
    /// Traffic by callers whom nobody verified.
    pub seen_open: Option<Peer>,
    /// A route without any limit, where no other front limits it.
    pub served_unlimited: Option<Peer>,
    /// The route that keeps its declared limit of requests worst, where none keeps it.
    pub served_faster: Option<Peer>,
    /// What the configuration of the gateway takes back of what its document declares, in words.
    pub weakened: Vec<String>,
    /// A route that lets more networks in than its internal audience lists.
    pub served_outside: Option<Peer>,
}

/// A route that serves an operation.
#[derive(Clone, Debug, Serialize)]
pub struct ServedBy {
    /// The front, by position.
    pub front: usize,
    /// The route in it, by position.
    pub route: usize,
    /// `open`, `optional`, `required`, `denied` or `unknown`.
    pub auth: &'static str,
    /// Requests per hour for one caller; `None`: no limit or none that is known.
    pub per_hour: Option<f64>,
    /// Whether there is any limit.
    pub limited: bool,
}

/// What has no bound on records per call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unbounded {
    /// `page-size`, `bulk`, `list`, or `undescribed`: a whole file, or an answer of which nothing is said.
    pub what: &'static str,
    /// The parameter's or list's name; of an answer that is a list `answer`.
    pub name: Arc<str>,
    /// Where it stands.
    pub at: Place,
}

/// The operation of each endpoint that was seen: the same door, or one that matches its path.
pub(super) fn seen_as(doors: &Doors<'_>) -> Vec<Option<usize>> {
    let traffic = &doors.inventory.traffic;
    if traffic.is_empty() {
        return Vec::new();
    }
    let router = Router::new(doors.inventory.operations.iter().map(|operation| operation.endpoint.clone()));
    let seen = traffic.iter().map(|seen| {
        doors.exact.get(&path::door(&seen.endpoint)).copied().or_else(|| {
            let segments = path::shape(&seen.endpoint);
            router.route(seen.endpoint.method(), &segments).map(|found| found.index)
        })
    });
    seen.collect()
}

pub(super) fn operations<'i>(
    doors: &Doors<'i>,
    fronts: &[FrontFacts<'i>],
    seen_as: &[Option<usize>],
    now: Timestamp,
) -> Vec<OperationFacts<'i>> {
    let run = Run::new(doors, fronts, seen_as);
    let operations = &doors.inventory.operations;
    let mut facts: Vec<OperationFacts<'i>> = operations
        .iter()
        .enumerate()
        .map(|(position, operation)| run.facts(position, operation, now))
        .collect();
    peers(&mut facts, doors);
    facts
}

/// What all operations of one run are judged against.
struct Run<'r, 'i> {
    doors: &'r Doors<'i>,
    fronts: &'r [FrontFacts<'i>],
    collections: Collections,
    /// Routes by operation: front and route.
    served: HashMap<usize, Vec<(usize, usize)>>,
    /// Endpoints seen by operation.
    seen: HashMap<usize, usize>,
    declaring: HashSet<SourceId>,
    guarding: HashSet<SourceId>,
}

impl<'r, 'i> Run<'r, 'i> {
    fn new(doors: &'r Doors<'i>, fronts: &'r [FrontFacts<'i>], seen_as: &[Option<usize>]) -> Self {
        let operations = &doors.inventory.operations;
        let mut served: HashMap<usize, Vec<(usize, usize)>> = HashMap::new();
        for front in fronts {
            for (nth, route) in front.routes.iter().enumerate() {
                route.serves.iter().for_each(|at| served.entry(*at).or_default().push((front.position, nth)));
            }
        }
        let with = |keep: &dyn Fn(&Operation) -> bool| -> HashSet<SourceId> {
            operations
                .iter()
                .filter(|operation| keep(operation))
                .map(|operation| operation.at.source)
                .collect()
        };
        let seen = seen_as.iter().enumerate().filter_map(|(seen, operation)| operation.map(|at| (at, seen)));
        Self {
            doors,
            fronts,
            collections: Collections::of(operations),
            served,
            seen: seen.collect(),
            declaring: with(&|operation| match &operation.intent {
                IntentState::Absent => false,
                // What a configuration declares is no declaration of the document.
                IntentState::Declared { at, .. } | IntentState::Unreadable { at } => {
                    let source = doors.inventory.source(at.source);
                    at.source == operation.at.source
                        || source.is_none_or(|source| source.kind != Kind::Tidegate)
                }
            }),
            guarding: with(&|operation| operation.security.declared && !operation.security.open),
        }
    }

    fn route(&self, (front, route): (usize, usize)) -> Option<(&'r FrontFacts<'i>, &'r RouteFacts<'i>)> {
        let front = self.fronts.get(front)?;
        Some((front, front.routes.get(route)?))
    }

    fn facts(&self, position: usize, operation: &'i Operation, now: Timestamp) -> OperationFacts<'i> {
        let intent = operation.intent.declared();
        let audience = intent.map(|intent| &intent.audience);
        let security = &operation.security;
        let routes: Vec<_> = self
            .served
            .get(&position)
            .into_iter()
            .flatten()
            .filter_map(|at| self.route(*at).map(|found| (*at, found)))
            .collect();
        let shut = routes.iter().any(|((front, _), _)| {
            let of_front = routes.iter().filter(|((other, _), _)| other == front);
            of_front
                .clone()
                .all(|(_, (_, route))| !matches!(route.route.auth, Auth::Open | Auth::Optional { .. }))
        });
        let reads = matches!(operation.endpoint.method(), Method::Get)
            || operation.endpoint.method().as_str() == "QUERY"
            || words::is_reading_post(operation);
        let sign_in = words::is_sign_in(operation);
        let seen = self.seen.get(&position).and_then(|at| self.doors.inventory.traffic.get(*at));
        let described: ClassSet = operation.answer.fields.iter().filter_map(|field| field.class).collect();
        let declared = intent.map_or(ClassSet::EMPTY, |intent| intent.classes);
        let anonymous = seen.filter(|seen| seen.anonymous > 0).map_or(ClassSet::EMPTY, |seen| seen.classes);
        let many = operation.answer.many;
        let own = sign_in && !many && words::proves_who_asks(operation);
        let of_people = people::is_of_people(operation);
        // The names of all customers weigh nothing each and are the customer base together.
        let named = reads && of_people && lists(operation, |class| class == DataClass::Name);
        let weighs = |class: DataClass| class.weight() > 0 || named && class == DataClass::Name;
        let leaks = |class: DataClass| {
            let brought = !reads && !many && operation.brings.contains(class);
            let granted = sign_in && !many && class == DataClass::Credential;
            weighs(class) && !declared.contains(class) && !granted && !brought && !own
        };
        let leaking: ClassSet = described.union(anonymous).iter().filter(|class| leaks(*class)).collect();
        let personal = described.union(declared);
        let open = security.open && !shut;
        let guarded = !security.open
            || shut
            || matches!(audience, Some(Audience::Authenticated | Audience::Partner(_)));
        let limits = [radius::calls_per_hour(operation), radius::people_per_hour(operation)]
            .into_iter()
            .flatten()
            .any(radius::is_limit);
        // A gateway of ours keeps budgets of people beside its pace.
        let slow = routes.iter().any(|(_, (front, route))| match route.route.rate {
            Rate::Unlimited => false,
            Rate::Limited { per_hour, .. } => radius::is_limit(per_hour) || front.kind == Kind::Tidegate,
            Rate::Unknown { .. } => true,
        });
        let inside_is_everyone =
            matches!(audience, Some(Audience::Internal(networks)) if IpPrefix::are_everyone(networks));
        let audience_word = if inside_is_everyone { Some("public") } else { audience.map(word) };
        let opened = open && (security.declared || self.guarding.contains(&operation.at.source));
        let version = path::versioned(operation).0;
        let says = |wanted: &[&str]| operation.statuses.iter().any(|status| wanted.contains(&&**status));
        let for_everyone = audience_word == Some("public") || audience_word.is_none() && opened;
        let blind = Blind::of(operation, reads);
        let health = people::health(operation, of_people);
        let telling = described.iter().any(weighs) || health.is_some();
        OperationFacts {
            operation,
            position,
            subject: operation.endpoint.to_string(),
            document_declares: self.declaring.contains(&operation.at.source) || intent.is_some(),
            audience: audience_word,
            inside_is_everyone,
            for_everyone,
            expired: matches!(audience, Some(Audience::Public(public)) if public.expires <= now),
            open,
            opened,
            guarded,
            reads,
            sign_in,
            open_by_nature: words::is_open_by_nature(operation),
            admin: words::admin(operation)
                .filter(|sign| !is_export(sign) || intent.is_none_or(|intent| intent.owner.is_none())),
            narrowed: is_narrowed(operation),
            family: self.collections.family(operation),
            guarded_peer: None,
            version,
            newer_guarded: None,
            personal,
            leaks: leaking,
            leaking_field: heaviest(operation, leaking),
            yields_records: operation.answer.many
                || personal.weight() > 0
                || !operation.object_refs.is_empty()
                || !operation.bulk.is_empty()
                || match blind {
                    None => false,
                    Some(Blind::File) => true,
                    Some(Blind::Unstated) => reads || for_everyone || of_people,
                    Some(Blind::Silent) => of_people,
                },
            health,
            limited: limits || slow,
            front_per_hour: slowest(&routes),
            unbounded: unbounded(operation, telling, is_one(operation, self.doors)).or_else(|| {
                let tells = blind == Some(Blind::File) || blind == Some(Blind::Unstated) && for_everyone;
                unbounded_file(operation).filter(|_| tells && of_people)
            }),
            everybodys: !sign_in
                && !people::is_own(operation)
                && (named
                    || operation.answer.many && health.is_some_and(is_listed)
                    || lists(operation, |class| class.weight() > 0)
                    || reads && blind.is_some() && of_people),
            shared: intent.is_some_and(|intent| intent.shared.is_some())
                && reads
                && !telling
                && described.is_empty()
                && operation.answer.described
                && !operation.answer.open_ended,
            owner_faults: ownership::faults(operation, reads, self.doors),
            suggested_owner: ownership::suggestion(operation, reads, self.doors),
            url_credentials: url_credentials(operation),
            plain_server: operation
                .servers
                .iter()
                .find(|server| server.plain)
                .map(|server| Named { name: server.url.clone(), at: server.at }),
            lacks_refusal: !security.open
                && security.declared
                && !operation.statuses.is_empty()
                && !says(&["401", "403", "4XX", "4xx", "default"]),
            lacks_slow_down: !operation.statuses.is_empty() && !says(&["429", "4XX", "4xx", "default"]),
            cacheable: is_cacheable(operation, personal),
            served_open: self.served_open(operation, &routes).or_else(|| self.around(&routes)),
            seen_open: seen
                .filter(|seen| seen.anonymous > 0)
                .map(|seen| Peer { subject: seen.endpoint.to_string(), at: seen.at }),
            served_unlimited: served_unlimited(&routes, slow),
            served_faster: served_faster(operation, &routes),
            weakened: weakened(operation, now),
            served_outside: match audience {
                Some(Audience::Internal(networks)) if !inside_is_everyone => outside(&routes, networks)
                    .or_else(|| {
                        let wide =
                            self.services(&routes).find(|service| is_outside(&service.reach, networks))?;
                        Some(Peer { subject: service_name(wide), at: wide.at })
                    }),
                _ => None,
            },
            served_by: routes.iter().map(served_by).collect(),
        }
    }

    /// The services of a cluster that routes lead to, each reachable past its front as it says.
    fn services<'a>(&'a self, routes: &'a [Found<'_, '_>]) -> impl Iterator<Item = &'a Service> + 'a {
        let services = &self.doors.inventory.services;
        let names = routes.iter().filter_map(|(_, (_, route))| route.route.upstream.as_ref());
        let named = names.flat_map(move |upstream| {
            services.iter().filter(move |service| {
                let bare = upstream.name.strip_prefix(&*service.namespace);
                *upstream.name == *service.name
                    || bare.and_then(|rest| rest.strip_prefix('/')) == Some(&*service.name)
            })
        });
        // Whatever its name, a service that leads to the same pods is another door to them.
        named.flat_map(move |named| {
            services.iter().filter(move |other| std::ptr::eq(*other, named) || share_pods(named, other))
        })
    }

    /// A service that everyone reaches without passing the front that guards its doors.
    fn around(&self, routes: &[Found<'_, '_>]) -> Option<Peer> {
        let guarded = routes.iter().any(|(_, (_, route))| route.route.auth.asks());
        let around = self.services(routes).find(|service| guarded && service.reach == Reach::World)?;
        Some(Peer { subject: service_name(around), at: around.at })
    }

    /// A route that lets callers without a credential through, where others are kept out: in a front
    /// that guards, by a guard that is optional, or beside another front that guards the way to the same
    /// service. Where another front guards the same door on the way to or from this one, it is not told;
    /// nor is a gateway of ours that leaves to the service what nobody declared.
    fn served_open(&self, operation: &Operation, routes: &[Found<'_, '_>]) -> Option<Peer> {
        // One name in two files may be two services; `integration` is what has no name.
        let leads = |route: &RouteFacts<'_>| {
            let upstream = route.route.upstream.as_ref()?;
            (&*upstream.name != "integration").then(|| (upstream.authority(), upstream.at.source))
        };
        let (_, (_, open)) = routes.iter().find(|((position, _), (front, route))| {
            let mut guarded = routes
                .iter()
                .filter(|((other, _), (_, other_route))| other != position && other_route.route.auth.asks());
            let beside = guarded.clone().any(|(_, (kept, other))| {
                leads(route).is_some() && leads(other) == leads(route)
                    || kept.kind == Kind::Tidegate && same_service(other, route)
            });
            let optional = matches!(route.route.auth, Auth::Optional { .. });
            let left = front.kind == Kind::Tidegate && operation.intent.declared().is_none();
            route.open
                && !left
                && (beside && route.outside || (front.guards || optional) && guarded.next().is_none())
        })?;
        Some(Peer { subject: open.subject.clone(), at: open.route.at })
    }
}

fn served_unlimited(routes: &[Found<'_, '_>], slow: bool) -> Option<Peer> {
    let (_, (_, route)) = routes.iter().find(|(_, (_, route))| leads(route)).filter(|_| !slow)?;
    Some(Peer { subject: route.subject.clone(), at: route.route.at })
}

/// The widest route of the front that limits most, where that is more than what is declared.
fn served_faster(operation: &Operation, routes: &[Found<'_, '_>]) -> Option<Peer> {
    let declared = radius::requests_per_hour(operation)?;
    let pace = slowest(routes).filter(|pace| *pace > declared * 1.000_001)?;
    let unknown = |route: &&RouteFacts<'_>| matches!(route.route.rate, Rate::Unknown { .. });
    let mut all = routes.iter().map(|(_, (_, route))| *route).filter(|route| leads(route));
    if all.clone().any(|route| unknown(&route)) {
        return None;
    }
    let route = all.find(
        |route| matches!(route.route.rate, Rate::Limited { per_hour, .. } if per_hour.total_cmp(&pace).is_eq()),
    )?;
    Some(Peer { subject: route.subject.clone(), at: route.route.at })
}

fn leads(route: &RouteFacts<'_>) -> bool {
    route.route.upstream.is_some() && !matches!(route.route.auth, Auth::Denied { .. })
}

/// What the intent that is in force grants beyond the one that it took the place of.
fn weakened(operation: &Operation, now: Timestamp) -> Vec<String> {
    let Some(replaced) = &operation.gated.replaced else { return Vec::new() };
    let mut before = operation.clone();
    before.intent = IntentState::Declared { intent: replaced.intent.clone(), at: replaced.at };
    let widened = crate::widen::of_operation(Some(&before), operation, now);
    widened.into_iter().map(|widening| widening.message.replacen(" now ", " ", 1)).collect()
}

type Found<'r, 'i> = ((usize, usize), (&'r FrontFacts<'i>, &'r RouteFacts<'i>));

/// Fills in what one operation's family and versions say about it.
fn peers(facts: &mut [OperationFacts<'_>], doors: &Doors<'_>) {
    let mut families: HashMap<String, Vec<usize>> = HashMap::new();
    for operation in facts.iter().filter(|operation| !operation.open_by_nature) {
        families.entry(operation.family.clone()).or_default().push(operation.position);
    }
    let mut found: Vec<(Option<Peer>, Option<Peer>)> = Vec::with_capacity(facts.len());
    for operation in facts.iter() {
        let comparable = |other: &&OperationFacts<'_>| {
            other.position != operation.position && (!operation.reads || other.reads)
        };
        let family = families.get(&operation.family).filter(|_| operation.open && !operation.open_by_nature);
        let family = family.into_iter().flatten().take(MOST_PEERS).filter_map(|at| facts.get(*at));
        let (mut guarded, mut open, mut first) = (0_usize, 1_usize, None);
        for other in family.filter(comparable) {
            if other.guarded {
                guarded += 1;
                first = first.or(Some(other));
            } else if other.audience != Some("public") {
                open += 1;
            }
        }
        let peer = first.filter(|_| guarded >= open).map(peer);
        let (_, rest) = path::versioned(operation.operation);
        let newer = doors.versions.get(&rest).filter(|_| operation.open).into_iter().flatten();
        let newer = newer
            .filter(|(version, _)| *version > operation.version.unwrap_or(0))
            .filter_map(|(version, at)| facts.get(*at).map(|newer| (*version, newer)))
            .filter(|(_, newer)| newer.guarded)
            .max_by_key(|(version, _)| *version);
        found.push((peer, newer.map(|(_, newer)| self::peer(newer))));
    }
    for (operation, (guarded_peer, newer_guarded)) in facts.iter_mut().zip(found) {
        operation.guarded_peer = guarded_peer;
        operation.newer_guarded = newer_guarded;
    }
}

/// Members of a family that one operation is compared with; a family beyond it is judged by these.
const MOST_PEERS: usize = 200;

fn peer(other: &OperationFacts<'_>) -> Peer {
    let at = other.operation.security.at.unwrap_or(other.operation.id_at);
    Peer { subject: other.subject.clone(), at }
}

const fn word(audience: &Audience) -> &'static str {
    match audience {
        Audience::Public(_) => "public",
        Audience::Authenticated => "authenticated",
        Audience::Partner(_) => "partner",
        Audience::Internal(_) => "internal",
    }
}

/// Whether it counts as administration only because it gives everything out at once.
fn is_export(sign: &Sign) -> bool {
    matches!(&*sign.word, "export" | "exports" | "dump")
}

fn is_narrowed(operation: &Operation) -> bool {
    let by_intent = operation.intent.declared().is_some_and(|intent| {
        !intent.roles.is_empty() || matches!(intent.audience, Audience::Partner(_) | Audience::Internal(_))
    });
    let tells = ["admin", "staff", "internal", "manage", "superuser", "root", "operator", "support"];
    let scoped = |scope: &Arc<str>| words::words(scope).iter().any(|word| tells.contains(&word.as_str()));
    let schemes = &operation.security.schemes;
    let named = |name: &Arc<str>| words::words(name).iter().any(|word| tells.contains(&word.as_str()));
    by_intent
        || operation.gated.narrowed_by.is_some()
        || !schemes.is_empty()
            && schemes.iter().all(|scheme| {
                named(&scheme.name) || scheme.scopes.iter().any(scoped) || &*scheme.kind == "mutual-tls"
            })
}

fn heaviest(operation: &Operation, classes: ClassSet) -> Option<&Field> {
    let fields = operation.answer.fields.iter();
    let leaking = fields.filter(|field| field.class.is_some_and(|class| classes.contains(class)));
    // The first of the heaviest, so that the order of the document decides.
    leaking.rev().max_by_key(|field| field.class.map_or(0, DataClass::weight))
}

/// Whether it reads one record by its id and only its envelope is a list: there is a list of such records
/// around it, and what is personal stands in the outermost list of the answer.
fn is_one(operation: &Operation, doors: &Doors<'_>) -> bool {
    const ENVELOPES: [&str; 9] =
        ["data", "items", "results", "result", "records", "record", "value", "rows", "content"];
    let mut shape = path::shape(&operation.endpoint);
    let by_id = *operation.endpoint.method() == Method::Get && shape.pop().as_deref() == Some("{}");
    let around = doors.exact.get(&format!("GET /{}", shape.join("/")));
    let around = around.and_then(|at| doors.inventory.operations.get(*at));
    let envelope = |path: &str| {
        let Some((before, rest)) = path.split_once("[]") else { return true };
        let word = before.rsplit('.').next().unwrap_or_default();
        let named = ENVELOPES.contains(&word) || shape.last().is_some_and(|last| last == word);
        !rest.contains("[]") && (word.is_empty() || named)
    };
    let mut personal = operation.answer.fields.iter().filter(|field| field.class.is_some());
    by_id && around.is_some_and(|around| around.answer.many) && personal.all(|field| envelope(&field.path))
}

fn unbounded(operation: &Operation, telling: bool, is_one: bool) -> Option<Unbounded> {
    if let Some(page) = operation.page_size.as_ref().filter(|page| radius::bound(page.most).is_none()) {
        return Some(Unbounded { what: "page-size", name: page.name.clone(), at: page.at });
    }
    if let Some(bulk) = operation.bulk.iter().find(|bulk| radius::bound(bulk.most).is_none()) {
        return Some(Unbounded { what: "bulk", name: bulk.name.clone(), at: bulk.at });
    }
    let answer = &operation.answer;
    let bounded =
        operation.intent.declared().is_some_and(|intent| intent.owner.is_some() || !intent.budget.is_empty());
    let list = answer.many
        && radius::bound(answer.most).is_none()
        && operation.page_size.is_none()
        && !bounded
        && !is_one;
    (list && telling).then(|| Unbounded {
        what: "list",
        name: "answer".into(),
        at: answer.at.unwrap_or(operation.id_at),
    })
}

/// An answer with records that nobody describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blind {
    /// A whole file.
    File,
    /// JSON or XML without a schema, or with one that says nothing.
    Unstated,
    /// No content is described, and it reads.
    Silent,
}

impl Blind {
    /// What nobody says of an answer; of what stands open by its nature it does not matter.
    fn of(operation: &Operation, reads: bool) -> Option<Self> {
        if words::is_open_by_nature(operation) || people::assets(operation) {
            return None;
        }
        let answer = &operation.answer;
        let tree = |kind: &Arc<str>| kind.contains("json") || kind.contains("xml") || kind.contains('*');
        let says = |status: &Arc<str>| matches!(&**status, "200" | "2XX" | "2xx");
        if answer.file {
            Some(Self::File)
        } else if answer.described {
            let unstated = answer.open_ended && answer.fields.is_empty();
            (unstated && answer.media.iter().any(tree)).then_some(Self::Unstated)
        } else {
            (reads && operation.statuses.iter().any(says)).then_some(Self::Silent)
        }
    }
}

/// Nothing says how many records may be in an undescribed answer or a file.
fn unbounded_file(operation: &Operation) -> Option<Unbounded> {
    let intent = operation.intent.declared();
    let bounded = intent.is_some_and(|intent| intent.owner.is_some() || !intent.budget.is_empty());
    let own = people::is_own(operation);
    (!bounded && !own && operation.page_size.is_none()).then(|| Unbounded {
        what: "undescribed",
        name: "answer".into(),
        at: operation.answer.at.unwrap_or(operation.id_at),
    })
}

/// Whether a list in the answer holds data of a `wanted` class.
fn lists(operation: &Operation, wanted: impl Fn(DataClass) -> bool) -> bool {
    let listed = |field: &Field| is_listed(field) && field.class.is_some_and(&wanted);
    operation.answer.many && operation.answer.fields.iter().any(listed)
}

fn is_listed(field: &Field) -> bool {
    field.path.contains("[]") || field.path.split('.').any(|part| part == "*")
}

fn url_credentials(operation: &Operation) -> Vec<Named> {
    let security = &operation.security;
    let in_query = security.schemes.iter().filter(|scheme| scheme.place.as_deref() == Some("query"));
    let mut found: Vec<Named> = in_query
        .map(|scheme| Named {
            name: scheme.key.clone().unwrap_or_else(|| scheme.name.clone()),
            at: security.at.unwrap_or(operation.id_at),
        })
        .collect();
    let once = words::is_once(operation);
    let in_url = operation.parameters.iter().filter(|parameter| {
        matches!(&*parameter.place, "query" | "path") && !once && words::is_credential(&parameter.name)
    });
    for parameter in in_url {
        if !found.iter().any(|known| known.name == parameter.name) {
            found.push(Named { name: parameter.name.clone(), at: parameter.at });
        }
    }
    found
}

/// RFC 9111 section 3.5: an answer to a request with `Authorization` is not kept by a shared cache; one
/// to a cookie, a key in another header or nothing is.
fn is_cacheable(operation: &Operation, personal: ClassSet) -> bool {
    let security = &operation.security;
    let elsewhere = security.schemes.iter().any(|scheme| {
        &*scheme.kind == "api-key"
            && !scheme.key.as_deref().is_some_and(|key| key.eq_ignore_ascii_case("authorization"))
    });
    matches!(operation.endpoint.method(), Method::Get)
        && personal.weight() > 0
        && !operation.answer.no_store
        && (elsewhere || security.open)
}

fn served_by(((front, route), (_, facts)): &Found<'_, '_>) -> ServedBy {
    let auth = match facts.route.auth {
        Auth::Open => "open",
        Auth::Optional { .. } => "optional",
        Auth::Required { .. } => "required",
        Auth::External { .. } => "external",
        Auth::Denied { .. } => "denied",
        Auth::Unknown { .. } => "unknown",
    };
    let (limited, per_hour) = match facts.route.rate {
        Rate::Unlimited => (false, None),
        Rate::Limited { per_hour, .. } => (true, Some(per_hour)),
        Rate::Unknown { .. } => (true, None),
    };
    ServedBy { front: *front, route: *route, auth, per_hour, limited }
}

/// The pace that the fronts leave: the narrowest front, and in it the widest route.
fn slowest(routes: &[Found<'_, '_>]) -> Option<f64> {
    let mut fronts: HashMap<usize, Option<f64>> = HashMap::new();
    for ((front, _), (_, route)) in routes {
        let pace = match route.route.rate {
            Rate::Limited { per_hour, .. } => Some(per_hour),
            Rate::Unlimited | Rate::Unknown { .. } => None,
        };
        let widest = fronts.entry(*front).or_insert(Some(0.0));
        *widest = match (*widest, pace) {
            (Some(known), Some(pace)) => Some(known.max(pace)),
            _ => None,
        };
    }
    fronts.into_values().flatten().min_by(f64::total_cmp)
}

/// Whether two services lead to the same pods: both select a workload of the files, or, as far as their
/// selectors say, one asks for all labels that the other asks for.
fn share_pods(one: &Service, other: &Service) -> bool {
    let within = |few: &Service, many: &Service| {
        !few.selector.is_empty() && few.selector.iter().all(|label| many.selector.contains(label))
    };
    let one_workload = || other.workloads.iter().any(|nth| one.workloads.binary_search(nth).is_ok());
    one.namespace == other.namespace && (within(one, other) || within(other, one) || one_workload())
}

fn service_name(service: &Service) -> String {
    format!("service {}/{}", service.namespace, service.name)
}

/// Whether somebody beyond `networks` is let in.
fn is_outside(reach: &Reach, networks: &[IpPrefix]) -> bool {
    let within = |network: &IpPrefix| {
        networks.iter().any(|wide| wide.length() <= network.length() && wide.contains(network.base()))
    };
    match reach {
        Reach::World => true,
        Reach::Networks { networks } => !networks.iter().all(within),
        Reach::Inside | Reach::Nobody => false,
    }
}

/// Whether both routes lead to one service: the same address stands in both.
fn same_service(one: &RouteFacts<'_>, other: &RouteFacts<'_>) -> bool {
    let address = |route: &RouteFacts<'_>| {
        let upstream = route.route.upstream.as_ref()?;
        (upstream.service.is_some() || upstream.name.contains("://")).then(|| upstream.authority())
    };
    address(one).is_some_and(|address_of_one| address(other) == Some(address_of_one))
}

/// A route that lets in more than `networks`, where no gateway of ours keeps them out on the way.
fn outside(routes: &[Found<'_, '_>], networks: &[IpPrefix]) -> Option<Peer> {
    let lets_in = |route: &RouteFacts<'_>| {
        leads(route)
            && is_outside(&route.route.reach, networks)
            && (route.route.reach != Reach::World || route.outside)
    };
    let kept = |passed: &RouteFacts<'_>| {
        routes.iter().any(|((position, _), (front, _))| {
            let mut same = routes.iter().filter(|((other, _), _)| other == position);
            front.kind == Kind::Tidegate
                && same.all(|(_, (_, route))| {
                    !leads(route)
                        || route.route.reach != Reach::World
                            && !lets_in(route)
                            && !same_service(route, passed)
                })
        })
    };
    let (_, (_, route)) = routes.iter().find(|(_, (_, route))| lets_in(route) && !kept(route))?;
    Some(Peer { subject: route.subject.clone(), at: route.route.at })
}
