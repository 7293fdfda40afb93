//! Traefik's dynamic configuration, as a file (YAML or JSON) and as objects of a cluster.
//!
//! **Read**: `http.routers` with their rules ([`rule`]), priorities (the length of the rule where none is
//! written), entry points and `tls`; `http.middlewares` that decide access ([`middleware`]);
//! `http.services` as far as addresses go; of the static configuration `entryPoints` with addresses and
//! redirections; `IngressRoute` and `Middleware` objects. Files of one reading are one configuration,
//! as the file provider's directory is.
//!
//! **Not read**: TOML (convert it), labels of containers, `tcp` and `udp` (a fault), plugins (unknown guards).
//! Regular expressions are taken as searched for, as Traefik does.
//!
//! After doc.traefik.io/traefik v3 (and the rule syntax of v2).

mod middleware;
mod rule;

use std::sync::Arc;

use crate::front::address::{hop_by, hop_of_url, listen_reach};
use crate::front::values::{Faults, UNJUDGED, has_any, word, word_at, words};
use crate::inventory::{
    Front, Hop, Inventory, Kind, Listener, Place, Precedence, Reach, Route, SourceId, Upstream,
};
use crate::reading::Reading;
use crate::tree::Node;

use super::kubernetes::Object;

pub(super) use middleware::{Effect, seconds};

/// Most entry points that are told apart.
const MOST_LISTENERS: usize = 256;
const TOO_MANY: &str = "more than 256 entry points";
/// Most files of one reading that are one configuration.
const MOST_FILES: usize = 2_000;

/// Middlewares by name, and the files whose routers wait for them.
#[derive(Debug, Default)]
pub(super) struct Provider {
    files: Vec<(SourceId, Node)>,
    middlewares: Vec<Middleware>,
    /// Positions in `middlewares`, sorted by name.
    sorted: Vec<usize>,
}

/// A middleware as it is written.
#[derive(Debug)]
struct Middleware {
    /// `auth`, or `namespace-auth@kubernetescrd`.
    name: Arc<str>,
    /// The namespace of a cluster's object.
    namespace: Option<Arc<str>>,
    source: SourceId,
    node: Node,
}

/// Keeps a file until all are known.
pub(super) fn read(root: &Node, reading: &mut Reading<'_, '_>) {
    let files = &mut reading.pending.traefik.files;
    if files.len() < MOST_FILES {
        files.push((reading.source, root.clone()));
    } else {
        let mut faults = Faults::new(reading.source, "TRAEFIK-001");
        faults.error(root, format!("more than {MOST_FILES} files"), "check fewer files at once");
        reading.inventory.faults.append(&mut faults.found);
    }
}

/// Reads the routers of every file.
pub(super) fn finish(mut provider: Provider, inventory: &mut Inventory) {
    let files = std::mem::take(&mut provider.files);
    for (source, root) in &files {
        if let Some(middlewares) = root.get("http").and_then(|http| http.get("middlewares")) {
            provider.middlewares.extend(middlewares.entries().map(|(key, node)| Middleware {
                name: key.text.clone(),
                namespace: None,
                source: *source,
                node: node.clone(),
            }));
        }
    }
    provider.sort();
    let Some((first, root)) = files.first() else { return };
    let at = Place::new(*first, root.span);
    let mut front = Front {
        kind: Kind::Traefik,
        name: "traefik".into(),
        listeners: files.iter().flat_map(|(source, root)| entry_points(*source, root)).collect(),
        precedence: Precedence::Priority,
        routes: Vec::new(),
        at,
    };
    for (source, root) in &files {
        let mut faults = Faults::new(*source, "TRAEFIK-001");
        provider.file(*source, root, &files, &mut front, &mut faults);
        inventory.faults.append(&mut faults.found);
    }
    inventory.fronts.push(front);
}

impl Provider {
    /// The middlewares of a cluster.
    pub(super) fn of_cluster<'c>(objects: impl Iterator<Item = &'c Object>) -> Self {
        let mut provider = Self::default();
        for object in objects {
            let Some(spec) = object.spec() else { continue };
            provider.middlewares.push(Middleware {
                name: format!("{}-{}@kubernetescrd", object.namespace, object.name).into(),
                namespace: Some(object.namespace.clone()),
                source: object.source,
                node: spec.clone(),
            });
        }
        provider.sort();
        provider
    }

    fn sort(&mut self) {
        self.sorted = (0..self.middlewares.len()).collect();
        self.sorted.sort_by_key(|at| self.middlewares.get(*at).map(|middleware| middleware.name.clone()));
    }

    fn find(&self, name: &str) -> Option<&Middleware> {
        let name_of = |at: &usize| self.middlewares.get(*at).map_or("", |middleware| &*middleware.name);
        let nth = self.sorted.binary_search_by(|at| name_of(at).cmp(name)).ok()?;
        self.middlewares.get(*self.sorted.get(nth)?)
    }

    /// What the middlewares `names` do, one after the other. `at` is where they are named.
    pub(super) fn effect(&self, names: &[Arc<str>], at: Place, faults: &mut Faults) -> Effect {
        middleware::effect(self, names, at, faults)
    }

    fn file(
        &self,
        source: SourceId,
        root: &Node,
        files: &[(SourceId, Node)],
        front: &mut Front,
        faults: &mut Faults,
    ) {
        let place = |node: &Node| Place::new(source, node.span);
        for (kind, key) in [("TCP", "tcp"), ("UDP", "udp")] {
            let routers = root.get(key).and_then(|streams| streams.get("routers"));
            for (key, node) in routers.into_iter().flat_map(Node::entries) {
                faults.error(node, format!("the router `{}` passes {kind} on", key.text), UNJUDGED);
            }
        }
        let routers = root.get("http").and_then(|http| http.get("routers"));
        for (key, node) in routers.into_iter().flat_map(Node::entries) {
            let Some(router) = faults.mapping(node, &format!("the router `{}`", key.text)) else { continue };
            let service = word_at(router, &["service"]);
            let upstream = service.as_ref().map(|name| {
                let at = router.get("service").map_or(Place::new(source, key.span), place);
                Upstream { service: None, name: name.clone(), hop: way_to(name, files), at }
            });
            let written = Written {
                name: format!("router {}", key.text).into(),
                rule: router.get("rule"),
                priority: router.get("priority"),
                middlewares: words(router.get("middlewares")),
                middlewares_at: router.get("middlewares").map_or(Place::new(source, key.span), place),
                upstream,
                source,
                at: Place::new(source, key.span),
            };
            if written.rule.is_none() {
                let message = format!("the router `{}` has no rule", key.text);
                faults.error(router, message, "write `rule`");
                continue;
            }
            self.routes(&written, &mut front.routes, faults);
            let tls = has_any(router, &["tls"]) || router.get("tls").is_some();
            for name in words(router.get("entryPoints")) {
                if !add_listener(&mut front.listeners, &name, tls, written.at) {
                    faults.error(router, TOO_MANY, "check fewer files at once");
                }
            }
        }
    }

    fn routes(&self, written: &Written<'_>, routes: &mut Vec<Route>, faults: &mut Faults) {
        let Some(node) = written.rule else { return };
        let text = word(node).unwrap_or_default();
        let alternatives = match rule::parse(&text) {
            Ok(alternatives) => alternatives,
            Err(what) => {
                faults.error(node, format!("the rule cannot be read: {what}"), "correct the rule");
                return;
            }
        };
        let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
        // 0 is as good as nothing written (Traefik, `priority`).
        let priority = written
            .priority
            .and_then(crate::front::values::number)
            .filter(|priority| *priority != 0.0)
            .and_then(|priority| format!("{priority:.0}").parse().ok())
            .unwrap_or(length);
        let effect = self.effect(&written.middlewares, written.middlewares_at, faults);
        for alternative in alternatives {
            let reach = crate::front::values::both_reaches(
                effect.reach.clone(),
                alternative.reach(written.source, faults, node),
            );
            routes.push(Route {
                name: written.name.clone(),
                hosts: alternative.hosts,
                path: alternative.path,
                methods: alternative.methods,
                conditional: alternative.conditional,
                priority,
                auth: effect.auth.clone(),
                rate: effect.rate.clone(),
                reach,
                upstream: written.upstream.clone().filter(|_| !effect.redirects),
                rewrite: effect.rewrite.clone(),
                at: written.at,
            });
        }
    }

    /// Reads IngressRoute objects: one front for all of them.
    pub(super) fn read_ingress_routes(&self, objects: &[&Object], inventory: &mut Inventory) {
        let Some(first) = objects.first() else { return };
        let mut routes = Vec::new();
        let mut listeners = Vec::new();
        for object in objects {
            let mut faults = Faults::new(object.source, "TRAEFIK-001");
            let spec = object.spec().unwrap_or(&object.node);
            for node in faults.list(spec.get("routes"), "routes") {
                let written = self.of_object(object, node);
                self.routes(&written, &mut routes, &mut faults);
            }
            let tls = spec.get("tls").is_some();
            for name in words(spec.get("entryPoints")) {
                if !add_listener(&mut listeners, &name, tls, object.at()) {
                    faults.error(spec, TOO_MANY, "check fewer files at once");
                }
            }
            inventory.faults.append(&mut faults.found);
        }
        inventory.fronts.push(Front {
            kind: Kind::Kubernetes,
            name: "traefik".into(),
            listeners,
            precedence: Precedence::Priority,
            routes,
            at: first.at(),
        });
    }

    fn of_object<'n>(&self, object: &Object, node: &'n Node) -> Written<'n> {
        let named = |node: &Node| -> Option<Arc<str>> {
            let namespace = word_at(node, &["namespace"]).unwrap_or_else(|| object.namespace.clone());
            Some(format!("{namespace}-{}@kubernetescrd", word_at(node, &["name"])?).into())
        };
        let middlewares = node.get("middlewares");
        let service = node.get("services").and_then(|services| services.items().first());
        let upstream = service.and_then(|service| {
            let name = word_at(service, &["name"])?;
            let namespace = word_at(service, &["namespace"]).unwrap_or_else(|| object.namespace.clone());
            let scheme = word_at(service, &["scheme"]).unwrap_or_else(|| "http".into());
            Some(Upstream {
                service: None,
                hop: hop_by(&scheme, &name),
                name: super::kubernetes::qualified(&namespace, &name),
                at: object.place(service),
            })
        });
        Written {
            name: format!("IngressRoute {}", object.title()).into(),
            rule: node.get("match"),
            priority: node.get("priority"),
            middlewares: middlewares.map(Node::items).unwrap_or_default().iter().filter_map(named).collect(),
            middlewares_at: object.place(middlewares.unwrap_or(node)),
            upstream,
            source: object.source,
            at: object.place(node),
        }
    }
}

/// A router as it is written, in a file or in an object.
struct Written<'n> {
    name: Arc<str>,
    rule: Option<&'n Node>,
    priority: Option<&'n Node>,
    middlewares: Vec<Arc<str>>,
    middlewares_at: Place,
    upstream: Option<Upstream>,
    source: SourceId,
    at: Place,
}

/// The entry points that the static configuration of `root` defines.
fn entry_points(source: SourceId, root: &Node) -> Vec<Listener> {
    let points = root.get("entryPoints").into_iter().flat_map(Node::entries);
    points
        .map(|(key, node)| {
            let address = word_at(node, &["address"]).unwrap_or_default();
            let to = word_at(node, &["http", "redirections", "entryPoint", "scheme"]);
            let redirects = node.get("http").and_then(|http| http.get("redirections")).is_some()
                && to.is_none_or(|scheme| &*scheme == "https");
            Listener {
                address: format!("{} {address}", key.text).into(),
                tls: node.get("http").and_then(|http| http.get("tls")).is_some(),
                redirects,
                reach: listen_reach(&address),
                at: Place::new(source, key.span),
            }
        })
        .collect()
}

/// Takes up an entry point that a router names; false where there are too many. One that no file
/// defines is plain where a router without `tls` is on it and it has the name that Traefik's own
/// packages give the plain one.
fn add_listener(listeners: &mut Vec<Listener>, name: &Arc<str>, tls: bool, at: Place) -> bool {
    let full = listeners.len() >= MOST_LISTENERS;
    let known = listeners.iter_mut().find(|listener| listener.address.split(' ').next() == Some(&**name));
    match known {
        // An entry point of the static configuration: a router with TLS on it is reached by TLS alone.
        Some(known) if known.address.contains(' ') => known.tls |= tls,
        // A plain router makes it a plain listener.
        Some(known) => known.tls &= tls,
        None if full => return false,
        // Whether it has TLS of its own stands in the static configuration, which is not among the files.
        None if !tls && !matches!(&**name, "web" | "http") => {}
        None => {
            listeners.push(Listener { address: name.clone(), tls, redirects: false, reach: Reach::World, at })
        }
    }
    true
}

/// How the way to the first server of a service is made.
fn way_to(name: &str, files: &[(SourceId, Node)]) -> Hop {
    let service = files.iter().find_map(|(_, root)| root.get("http")?.get("services")?.get(name));
    let servers = service.and_then(|service| service.get("loadBalancer")?.get("servers"));
    let ways = servers.map(Node::items).unwrap_or_default().iter();
    let ways: Vec<Hop> = ways.filter_map(|server| Some(hop_of_url(&word_at(server, &["url"])?))).collect();
    // One plain server is enough for records to travel plainly.
    [Hop::Plain, Hop::Unknown, Hop::Near, Hop::Tls]
        .into_iter()
        .find(|way| ways.contains(way))
        .unwrap_or(Hop::Unknown)
}
