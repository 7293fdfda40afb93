//! Envoy, static resources (bootstrap in YAML or JSON).
//!
//! **Read**: `static_resources.listeners` with their filter chains: every HTTP connection manager is a
//! front. Of it the inline `route_config` ([`matches`]) and the HTTP filters `jwt_authn`, `rbac`,
//! `ext_authz`, `basic_auth`, `api_key_auth`, `oauth2`, `local_ratelimit` and `ratelimit` with their
//! overrides per virtual host and route ([`guards`]); TLS of listeners and clusters, client
//! certificates, `require_tls`, redirects, direct responses, rewrites.
//!
//! A filter whose rules go by path divides a route: a route `/` behind a rule for `/api` becomes two
//! routes here, the narrower first. Virtual hosts are put in the order in which Envoy prefers them, and
//! one that has no route for everything ends in a refusal, because Envoy does not try the next one.
//!
//! **Not read**: what a management server sends (`rds`, `scoped_routes`, `dynamic_resources`: a fault),
//! TCP proxies (a fault), `matcher` trees (unknown guards), overrides within weighted clusters, and
//! runtime keys: their defaults count. Lua, WASM, Go and external processors are unknown guards.
//!
//! After envoyproxy.io/docs/envoy/v1.36 (v3 API).

mod guards;
mod matches;
mod rbac;

use std::collections::HashMap;
use std::sync::Arc;

use crate::front::address::{listen_reach, plain_to};
use crate::front::guard::in_vain;
use crate::front::values::{Faults, UNJUDGED, flag, index, number, word_at, words};
use crate::inventory::{
    Auth, Front, Hop, Kind, Listener, PathMatch, Place, Precedence, Rate, Reach, Route, SourceId, Upstream,
};
use crate::reading::Reading;
use crate::tree::Node;

use guards::{Filters, Overrides};

/// Most routes of one reading: a route is divided at most as often as a filter has rules.
const MOST_ROUTES: usize = 50_000;

/// Reads a bootstrap.
pub(super) fn read(root: &Node, reading: &mut Reading<'_, '_>) {
    let resources = root.get("static_resources");
    let mut envoy = Envoy {
        root,
        clusters: index(resources.and_then(|resources| resources.get("clusters")), &["name"]),
        source: reading.source,
        faults: Faults::new(reading.source, "ENVOY-001"),
        fronts: Vec::new(),
        routes: 0,
    };
    envoy.listeners();
    if let Some(dynamic) = root.get("dynamic_resources").filter(|dynamic| dynamic.entries().next().is_some())
    {
        let has_listeners = dynamic.get("lds_config").is_some() || dynamic.get("ads_config").is_some();
        if has_listeners {
            envoy.faults.error(
                dynamic,
                "listeners come from a management server",
                "check what it serves: `curl ADMIN/config_dump`, or write static resources",
            );
        }
    }
    let Envoy { mut faults, fronts, .. } = envoy;
    reading.inventory.faults.append(&mut faults.found);
    reading.inventory.fronts.extend(fronts);
}

struct Envoy<'n> {
    root: &'n Node,
    clusters: HashMap<Arc<str>, &'n Node>,
    source: SourceId,
    faults: Faults,
    fronts: Vec<Front>,
    routes: usize,
}

/// What `@type` names: the last part of the message's name, and the message itself.
pub(super) fn typed(config: &Node) -> (Arc<str>, &Node) {
    let url = word_at(config, &["@type"]).unwrap_or_default();
    let last = |url: &str| -> Arc<str> { url.rsplit(['.', '/']).next().unwrap_or_default().into() };
    match (&*last(&url), config.get("value")) {
        ("TypedStruct", Some(value)) => (last(&word_at(config, &["type_url"]).unwrap_or_default()), value),
        _ => (last(&url), config),
    }
}

impl<'n> Envoy<'n> {
    fn place(&self, node: &Node) -> Place {
        Place::new(self.source, node.span)
    }

    fn listeners(&mut self) {
        let resources = self.root.get("static_resources");
        let listeners = resources.and_then(|resources| resources.get("listeners"));
        for (nth, listener) in self.faults.list(listeners, "listeners").iter().enumerate() {
            let name = word_at(listener, &["name"]).unwrap_or_else(|| format!("listener {nth}").into());
            let chains = self.faults.list(listener.get("filter_chains"), "filter_chains");
            let default = listener.get("default_filter_chain");
            for chain in chains.iter().chain(default) {
                self.chain(&name, listener, chain);
            }
        }
    }

    fn chain(&mut self, name: &Arc<str>, listener: &'n Node, chain: &'n Node) {
        let mut managed = false;
        let mut reach = Reach::World;
        for filter in self.faults.list(chain.get("filters"), "filters") {
            let Some(config) = filter.get("typed_config") else { continue };
            let (kind, config) = typed(config);
            match &*kind {
                "HttpConnectionManager" => {
                    managed = true;
                    self.manager(name, listener, chain, config, &reach);
                }
                // In front of the manager, it lets in or drops connections by address.
                "RBAC" => {
                    let verdict = rbac::verdict(config.get("rules"), None, self.source, &mut self.faults);
                    reach = crate::front::values::both_reaches(reach, verdict.1);
                }
                "TcpProxy" if !managed => {
                    self.faults.error(filter, format!("the listener `{name}` passes TCP on"), UNJUDGED);
                }
                _ => {}
            }
        }
    }

    fn listener(&self, node: &Node, chain: &Node, reach: &Reach) -> Listener {
        let socket = node.get("address").and_then(|address| address.get("socket_address"));
        let (address, bound) = match socket {
            Some(socket) => {
                let host = word_at(socket, &["address"]).unwrap_or_default();
                let port = word_at(socket, &["port_value"]).unwrap_or_else(|| "?".into());
                (format!("{host}:{port}"), listen_reach(&host))
            }
            // A pipe, or a listener for other listeners.
            None if node.get("address").is_some() || node.get("internal_listener").is_some() => {
                ("internal".to_owned(), Reach::Inside)
            }
            None => ("?".to_owned(), Reach::World),
        };
        let tls = chain.get("transport_socket").is_some_and(is_tls);
        let reach = crate::front::values::both_reaches(bound, reach.clone());
        Listener { address: address.into(), tls, redirects: false, reach, at: self.place(node) }
    }

    fn manager(&mut self, name: &Arc<str>, node: &'n Node, chain: &'n Node, config: &'n Node, reach: &Reach) {
        let mut listener = self.listener(node, chain, reach);
        let Some(routes) = config.get("route_config") else {
            let at = config.get("rds").or_else(|| config.get("scoped_routes")).unwrap_or(config);
            let message = format!("the routes of listener `{name}` are not in this file");
            self.faults.error(
                at,
                message,
                "write `route_config`, or check what the management server serves",
            );
            return;
        };
        let certificate = chain.get("transport_socket").and_then(|socket| {
            let (_, context) = typed(socket.get("typed_config")?);
            let required = context.get("require_client_certificate")?;
            (flag(required) == Some(true)).then(|| self.place(required))
        });
        let filters = Filters::of(config.get("http_filters"), certificate, self.source, &mut self.faults);
        let mut found = Vec::new();
        let mut all_redirect = true;
        for host in self.sorted_hosts(routes) {
            let demands = word_at(host, &["require_tls"]);
            let demands = matches!(demands.as_deref(), Some("ALL" | "EXTERNAL_ONLY"));
            let before = found.len();
            let redirects = self.virtual_host(host, routes, &filters, &mut found);
            if !listener.tls && demands {
                // Whatever the routes say, a plain request is sent on to https.
                for route in found.iter_mut().skip(before) {
                    route.upstream = None;
                    route.auth = Auth::Open;
                }
            }
            all_redirect &= redirects || demands;
        }
        in_vain(&mut found, filters.written());
        listener.redirects = !listener.tls && all_redirect && !found.is_empty();
        self.fronts.push(Front {
            kind: Kind::Envoy,
            name: name.clone(),
            at: self.place(node),
            listeners: vec![listener],
            precedence: Precedence::FirstMatch,
            routes: found,
        });
    }

    /// Virtual hosts as Envoy prefers them: whole names, then the longest wildcards, then `*`.
    fn sorted_hosts(&mut self, routes: &'n Node) -> Vec<&'n Node> {
        let mut hosts: Vec<&Node> =
            self.faults.list(routes.get("virtual_hosts"), "virtual_hosts").iter().collect();
        let rank = |host: &&Node| {
            let domains = words(host.get("domains"));
            let best = domains.iter().map(|domain| match &**domain {
                "*" => (0, 0),
                suffix if suffix.starts_with('*') => (2, suffix.len()),
                prefix if prefix.ends_with('*') => (1, prefix.len()),
                whole => (3, whole.len()),
            });
            std::cmp::Reverse(best.max().unwrap_or((0, 0)))
        };
        hosts.sort_by_key(rank);
        hosts
    }

    /// Adds the routes of a virtual host; says whether all of them redirect to https.
    fn virtual_host(
        &mut self,
        host: &'n Node,
        config: &'n Node,
        filters: &Filters<'n>,
        found: &mut Vec<Route>,
    ) -> bool {
        let name = word_at(host, &["name"]).unwrap_or_else(|| "virtual host".into());
        let domains: Vec<Arc<str>> = words(host.get("domains"));
        let hosts: Vec<Arc<str>> = if domains.iter().any(|domain| &**domain == "*") {
            Vec::new()
        } else {
            domains.iter().map(|domain| domain.split(':').next().unwrap_or_default().into()).collect()
        };
        let mut redirects = true;
        let mut complete = false;
        for node in self.faults.list(host.get("routes"), "routes") {
            let Some(matched) = matches::of_route(node, &mut self.faults) else { continue };
            complete |= matched.path == PathMatch::Any && !matched.conditional && matched.methods.is_empty();
            redirects &= sends_to_https(node);
            let overrides = Overrides::of([config, host, node]);
            let base = self.route(node, &name, &hosts, &matched);
            if base.auth != Auth::Open {
                self.push(base, found);
                continue;
            }
            for piece in filters.pieces(&matched) {
                let guard = filters.guard(&piece, &overrides, [host, node], &mut self.faults);
                let route = Route {
                    path: piece.path,
                    methods: piece.methods,
                    conditional: piece.conditional,
                    auth: guard.auth,
                    rate: guard.rate,
                    reach: guard.reach,
                    ..base.clone()
                };
                self.push(route, found);
            }
        }
        if !complete && !hosts.is_empty() {
            let at = self.place(host);
            let name = format!("virtual host {name}: no route").into();
            self.push(Route { name, auth: Auth::Denied { at }, ..nothing(hosts, at) }, found);
        }
        redirects
    }

    fn push(&mut self, route: Route, found: &mut Vec<Route>) {
        self.routes += 1;
        if self.routes <= MOST_ROUTES {
            found.push(route);
        } else if self.routes == MOST_ROUTES + 1 {
            let at = Node { value: crate::tree::Value::Null, span: route.at.span };
            self.faults.error(
                &at,
                format!("more than {MOST_ROUTES} routes"),
                "check fewer listeners at once",
            );
        }
    }

    /// A route without what filters do; denied where it answers with an error by itself.
    fn route(&self, node: &Node, host: &str, hosts: &[Arc<str>], matched: &matches::Matched) -> Route {
        let at = self.place(node);
        let name =
            word_at(node, &["name"]).map_or_else(|| format!("virtual host {host}"), |n| format!("route {n}"));
        let status = node.get("direct_response").and_then(|answer| answer.get("status")).and_then(number);
        let action = node.get("route");
        let text = |path: &[&str]| action.and_then(|action| word_at(action, path));
        Route {
            name: name.into(),
            path: matched.path.clone(),
            methods: matched.methods.clone(),
            conditional: matched.conditional,
            auth: match status {
                Some(status) if status >= 400.0 => Auth::Denied { at },
                _ => Auth::Open,
            },
            upstream: action.and_then(|action| self.upstream(action)),
            rewrite: text(&["prefix_rewrite"]).or_else(|| text(&["regex_rewrite", "substitution"])),
            ..nothing(hosts.to_vec(), at)
        }
    }

    fn upstream(&self, action: &Node) -> Option<Upstream> {
        let weighted = action.get("weighted_clusters").and_then(|all| all.get("clusters"));
        let first = weighted.and_then(|all| all.items().first());
        let node = action.get("cluster").or_else(|| first.and_then(|first| first.get("name")));
        let name = match node {
            Some(node) => crate::front::values::word(node)?,
            // Chosen by a header or a plugin.
            None => "a cluster of the request's choice".into(),
        };
        let hop = node.map_or(Hop::Unknown, |_| self.way_to(&name));
        Some(Upstream { service: None, name, hop, at: self.place(node.unwrap_or(action)) })
    }

    fn way_to(&self, name: &str) -> Hop {
        let Some(cluster) = self.clusters.get(name) else { return Hop::Unknown };
        if cluster.get("transport_socket").is_some_and(is_tls) {
            return Hop::Tls;
        }
        if cluster.get("transport_socket").is_some() || cluster.get("transport_socket_matches").is_some() {
            return Hop::Unknown;
        }
        let localities = cluster.get("load_assignment").and_then(|all| all.get("endpoints"));
        let endpoints = localities.map(Node::items).unwrap_or_default().iter();
        let endpoints = endpoints.flat_map(|l| l.get("lb_endpoints").map(Node::items).unwrap_or_default());
        let way = |endpoint: &Node| {
            let address = endpoint.get("endpoint")?.get("address")?;
            match word_at(address, &["socket_address", "address"]) {
                Some(host) => Some(plain_to(&host)),
                None => address.get("pipe").map(|_| Hop::Near),
            }
        };
        let ways: Vec<Hop> = endpoints.filter_map(way).take(10_000).collect();
        // One endpoint elsewhere is enough for records to travel plainly.
        [Hop::Plain, Hop::Near].into_iter().find(|way| ways.contains(way)).unwrap_or(Hop::Unknown)
    }
}

fn nothing(hosts: Vec<Arc<str>>, at: Place) -> Route {
    Route {
        name: "".into(),
        hosts,
        path: PathMatch::Any,
        methods: Vec::new(),
        conditional: false,
        priority: 0,
        auth: Auth::Open,
        rate: Rate::Unlimited,
        reach: Reach::World,
        upstream: None,
        rewrite: None,
        at,
    }
}

fn is_tls(socket: &Node) -> bool {
    let kind = socket.get("typed_config").map(|config| typed(config).0).unwrap_or_default();
    kind.ends_with("TlsContext")
        || kind.contains("QuicDownstream")
        || word_at(socket, &["name"]).is_some_and(|name| name.ends_with(".tls"))
}

fn sends_to_https(route: &Node) -> bool {
    let Some(redirect) = route.get("redirect") else { return false };
    redirect.get("https_redirect").and_then(flag) == Some(true)
        || word_at(redirect, &["scheme_redirect"]).is_some_and(|scheme| &*scheme == "https")
}
