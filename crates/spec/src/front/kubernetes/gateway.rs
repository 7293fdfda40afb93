//! Gateway API: every Gateway is a front, its HTTPRoutes are its routes.
//!
//! Precedence over all HTTPRoutes of a Gateway is exact, longest prefix, then order (Gateway API v1,
//! `HTTPRouteRule.matches`). A plain listener whose routes only redirect to https is marked as such, and
//! those routes are left out, since they never meet the others. Filters of an implementation
//! (`ExtensionRef`) and policies attached with `targetRef` are unknown guards; of Envoy Gateway's
//! `SecurityPolicy` it is read whether it demands a credential.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::front::address::{plain_to, private};
use crate::front::traefik::Provider;
use crate::front::values::{Faults, both, both_rates, both_reaches, flag, segments, word, word_at, words};
use crate::inventory::{
    Auth, Front, Hop, Inventory, Kind, Listener, PathMatch, Place, Precedence, Rate, Reach, Route, Upstream,
};
use crate::tree::Node;

use super::network::Network;
use super::{Cluster, Object, qualified};

/// Most combinations of matches, hosts and listeners of one HTTPRoute; the standard allows 128 matches.
const MOST_MATCHES: usize = 1_024;

/// Reads Gateways and HTTPRoutes.
pub(super) fn read(cluster: &Cluster, network: &Network, inventory: &mut Inventory) {
    let middlewares = Provider::of_cluster(cluster.of_kind("Middleware"));
    let policies: Vec<Attached<'_>> = cluster.objects.iter().flat_map(attached).collect();
    let routes: Vec<&Object> = cluster.of_kind("HTTPRoute").collect();
    let scope = Scope { network, middlewares: &middlewares, policies: &policies };
    let mut fronts: Vec<(Arc<str>, Option<&Object>)> =
        cluster.of_kind("Gateway").map(|gateway| (gateway.title(), Some(gateway))).collect();
    // A Gateway that belongs to another team is in none of the files; its routes still count.
    let mut known: HashSet<Arc<str>> = fronts.iter().map(|(title, _)| title.clone()).collect();
    let mut bound: HashMap<Arc<str>, Vec<Bound<'_>>> = HashMap::new();
    for route in routes {
        for parent in parents(route) {
            if known.insert(parent.gateway.clone()) {
                fronts.push((parent.gateway.clone(), None));
            }
            let here = bound.entry(parent.gateway.clone()).or_default();
            match here.last_mut() {
                Some((last, parents)) if std::ptr::eq(*last, route) => parents.push(parent),
                _ => here.push((route, vec![parent])),
            }
        }
    }
    for (title, gateway) in fronts {
        let bound = bound.remove(&title).unwrap_or_default();
        let front = scope.front(&title, gateway, &bound, inventory);
        inventory.fronts.extend(front);
    }
}

/// A route and those of its parents that are one Gateway.
type Bound<'c> = (&'c Object, Vec<Parent>);

/// A policy object and the object that it is attached to.
struct Attached<'c> {
    policy: &'c Object,
    kind: Arc<str>,
    name: Arc<str>,
}

fn attached(policy: &Object) -> Vec<Attached<'_>> {
    let Some(spec) = policy.spec() else { return Vec::new() };
    let single = spec.get("targetRef").into_iter();
    let several = spec.get("targetRefs").map(Node::items).unwrap_or_default().iter();
    let target = |node: &Node| {
        let namespace = word_at(node, &["namespace"]).unwrap_or_else(|| policy.namespace.clone());
        let name = qualified(&namespace, &word_at(node, &["name"])?);
        Some(Attached { policy, kind: word_at(node, &["kind"])?, name })
    };
    single.chain(several).filter_map(target).take(64).collect()
}

struct Parent {
    gateway: Arc<str>,
    section: Option<Arc<str>>,
    port: Option<Arc<str>>,
}

fn parents(route: &Object) -> Vec<Parent> {
    let parents = route.spec().and_then(|spec| spec.get("parentRefs")).map(Node::items).unwrap_or_default();
    let parent = |node: &Node| {
        if word_at(node, &["kind"]).is_some_and(|kind| &*kind != "Gateway") {
            return None;
        }
        let namespace = word_at(node, &["namespace"]).unwrap_or_else(|| route.namespace.clone());
        Some(Parent {
            gateway: qualified(&namespace, &word_at(node, &["name"])?),
            section: word_at(node, &["sectionName"]),
            port: word_at(node, &["port"]),
        })
    };
    parents.iter().filter_map(parent).take(32).collect()
}

/// One listener of a Gateway while its routes are being found.
struct Socket {
    name: Arc<str>,
    port: Arc<str>,
    host: Option<Arc<str>>,
    tls: bool,
    at: Place,
}

impl Socket {
    fn takes(&self, parent: &Parent) -> bool {
        parent.section.as_ref().is_none_or(|section| *section == self.name)
            && parent.port.as_ref().is_none_or(|port| *port == self.port)
    }
}

struct Scope<'c> {
    network: &'c Network,
    middlewares: &'c Provider,
    policies: &'c [Attached<'c>],
}

impl Scope<'_> {
    fn front(
        &self,
        title: &Arc<str>,
        gateway: Option<&Object>,
        bound: &[Bound<'_>],
        inventory: &mut Inventory,
    ) -> Option<Front> {
        let sockets = gateway.map(|gateway| sockets(gateway, inventory)).unwrap_or_default();
        let redirecting = |socket: &Socket| {
            let mut here =
                bound.iter().filter(|(_, p)| p.iter().any(|parent| socket.takes(parent))).peekable();
            !socket.tls && here.peek().is_some() && here.all(|(route, _)| sends_to_https(route))
        };
        // Once for each listener: asked again for every route it would cost their square.
        let sockets: Vec<(Socket, bool)> = sockets
            .into_iter()
            .map(|socket| {
                let redirects = redirecting(&socket);
                (socket, redirects)
            })
            .collect();
        let reach = gateway.map_or(Reach::World, reach_of_gateway);
        let listeners: Vec<Listener> = sockets
            .iter()
            .map(|(socket, redirects)| Listener {
                address: format!("{}:{}", socket.name, socket.port).into(),
                tls: socket.tls,
                redirects: *redirects,
                reach: reach.clone(),
                at: socket.at,
            })
            .collect();
        let mut routes = Vec::new();
        for (route, parents) in bound {
            let takes = |socket: &Socket| parents.iter().any(|parent| socket.takes(parent));
            let bound_to: Vec<&(Socket, bool)> = sockets.iter().filter(|(socket, _)| takes(socket)).collect();
            let mine: Vec<&Socket> = bound_to.iter().map(|(socket, _)| socket).collect();
            if !mine.is_empty() && bound_to.iter().all(|(_, redirects)| *redirects) {
                continue;
            }
            let hosts = hosts(route, &mine);
            let mut faults = Faults::new(route.source, "KUBERNETES-006");
            let guard = self.attached_to(title, gateway, route);
            self.rules(route, &hosts, &guard, &reach, &mut routes, &mut faults);
            inventory.faults.append(&mut faults.found);
        }
        let at = gateway.map(Object::at).or_else(|| bound.first().map(|(route, _)| route.at()))?;
        Some(Front {
            kind: Kind::Kubernetes,
            name: format!("gateway {title}").into(),
            listeners,
            precedence: Precedence::ExactThenLongest,
            routes,
            at,
        })
    }

    /// What policies of the implementation do to a route: their kind says what, not how.
    fn attached_to(&self, gateway_title: &str, gateway: Option<&Object>, route: &Object) -> (Auth, Rate) {
        let mut guard = (Auth::Open, Rate::Unlimited);
        let title = route.title();
        for attached in self.policies {
            let to_route = &*attached.kind == "HTTPRoute" && attached.name == title;
            let to_gateway =
                &*attached.kind == "Gateway" && gateway.is_some() && &*attached.name == gateway_title;
            if !to_route && !to_gateway {
                continue;
            }
            let kind = attached.policy.kind.to_ascii_lowercase();
            let at = attached.policy.at();
            if kind.contains("auth") || kind.contains("security") {
                guard.0 = both(guard.0, verified(attached.policy, at));
            } else if kind.contains("rate") || kind.contains("traffic") && limits(attached.policy) {
                guard.1 = both_rates(guard.1, Rate::Unknown { at });
            }
        }
        guard
    }

    fn rules(
        &self,
        object: &Object,
        hosts: &[Arc<str>],
        guard: &(Auth, Rate),
        reach: &Reach,
        routes: &mut Vec<Route>,
        faults: &mut Faults,
    ) {
        let Some(spec) = object.spec() else {
            faults.error(&object.node, "an HTTPRoute without `spec`", "write its rules");
            return;
        };
        let before = routes.len();
        for rule in faults.list(spec.get("rules"), "rules") {
            let filters = self.filters(object, rule, faults);
            let matches = faults.list(rule.get("matches"), "matches");
            let everything = [None];
            let each: Vec<Option<&Node>> =
                if matches.is_empty() { everything.to_vec() } else { matches.iter().map(Some).collect() };
            for matched in each {
                if routes.len() - before >= MOST_MATCHES {
                    faults.error(rule, format!("more than {MOST_MATCHES} matches"), "split the route");
                    return;
                }
                let Some(path) = path(matched, faults) else { continue };
                let narrowed =
                    |key: &str| matched.and_then(|m| m.get(key)).is_some_and(|n| !n.items().is_empty());
                let upstream =
                    if filters.redirects { None } else { self.upstream(object, rule.get("backendRefs")) };
                let shut = upstream
                    .as_ref()
                    .is_some_and(|(namespace, name, _)| self.network.is_shut(namespace, name));
                let reach = both_reaches(reach.clone(), filters.reach.clone());
                routes.push(Route {
                    name: format!("HTTPRoute {}", object.title()).into(),
                    hosts: hosts.to_vec(),
                    path,
                    methods: matched.and_then(|m| word_at(m, &["method"])).into_iter().collect(),
                    conditional: narrowed("headers") || narrowed("queryParams"),
                    priority: 0,
                    auth: both(guard.0.clone(), filters.auth.clone()),
                    rate: both_rates(filters.rate.clone(), guard.1.clone()),
                    reach: if shut { Reach::Nobody } else { reach },
                    upstream: upstream.map(|(_, _, upstream)| upstream),
                    rewrite: filters.rewrite.clone(),
                    at: object.place(matched.unwrap_or(rule)),
                });
            }
        }
    }

    fn filters(&self, object: &Object, rule: &Node, faults: &mut Faults) -> Filters {
        let mut all = Filters {
            auth: Auth::Open,
            rate: Rate::Unlimited,
            reach: Reach::World,
            rewrite: None,
            redirects: false,
        };
        for filter in faults.list(rule.get("filters"), "filters") {
            match word_at(filter, &["type"]).as_deref() {
                Some("RequestRedirect") => all.redirects = true,
                Some("URLRewrite") => {
                    let path = filter.get("urlRewrite").and_then(|rewrite| rewrite.get("path"));
                    let to = |key: &str| path.and_then(|path| path.get(key)).and_then(word);
                    all.rewrite = to("replaceFullPath").or_else(|| to("replacePrefixMatch"));
                }
                Some("ExtensionRef") => {
                    let name = word_at(filter, &["extensionRef", "name"]).unwrap_or_else(|| "?".into());
                    let kind = word_at(filter, &["extensionRef", "kind"]).unwrap_or_else(|| "?".into());
                    let at = object.place(filter);
                    if &*kind == "Middleware" {
                        let full: Arc<str> = format!("{}-{name}@kubernetescrd", object.namespace).into();
                        let effect = self.middlewares.effect(&[full], at, faults);
                        all.auth = both(std::mem::replace(&mut all.auth, Auth::Open), effect.auth);
                        all.rate = both_rates(all.rate.clone(), effect.rate);
                        all.reach = both_reaches(all.reach.clone(), effect.reach);
                        all.redirects |= effect.redirects;
                    } else {
                        let by = format!("{kind} {name}").into();
                        let auth = std::mem::replace(&mut all.auth, Auth::Open);
                        all.auth = both(auth, Auth::Unknown { by, at });
                    }
                }
                Some("ExternalAuth") => {
                    let asked = Auth::External { by: "ExternalAuth".into(), at: object.place(filter) };
                    all.auth = both(std::mem::replace(&mut all.auth, Auth::Open), asked);
                }
                _ => {}
            }
        }
        all
    }

    /// Namespace and name of the first service that gets requests, and the way to it.
    fn upstream(&self, object: &Object, backends: Option<&Node>) -> Option<(Arc<str>, Arc<str>, Upstream)> {
        let backend = backends?.items().first()?;
        let name = word_at(backend, &["name"])?;
        let namespace = word_at(backend, &["namespace"]).unwrap_or_else(|| object.namespace.clone());
        let way = match self.network.external_name(&namespace, &name) {
            Some(host) => plain_to(host),
            None => Hop::Near,
        };
        let upstream = Upstream {
            service: None,
            name: qualified(&namespace, &name),
            hop: way,
            at: object.place(backend),
        };
        Some((namespace, name, upstream))
    }
}

struct Filters {
    auth: Auth,
    rate: Rate,
    reach: Reach,
    rewrite: Option<Arc<str>>,
    redirects: bool,
}

/// What a policy of security demands: Envoy Gateway's says it itself, any other is not looked into.
fn verified(policy: &Object, at: Place) -> Auth {
    let by: Arc<str> = format!("{} {}", policy.kind, policy.name).into();
    let spec = policy.spec().filter(|_| policy.kind.as_ref() == "SecurityPolicy");
    let has = |key: &str| spec.is_some_and(|spec| spec.get(key).is_some());
    let jwt = spec.and_then(|spec| spec.get("jwt"));
    let optional = jwt.and_then(|jwt| jwt.get("optional")).and_then(flag) == Some(true);
    if ["basicAuth", "apiKeyAuth", "oidc"].iter().any(|key| has(key)) || jwt.is_some() && !optional {
        Auth::Required { by, at }
    } else if has("extAuth") {
        Auth::External { by, at }
    } else if has("authorization") || !optional {
        Auth::Unknown { by, at }
    } else {
        Auth::Optional { by, at }
    }
}

fn limits(policy: &Object) -> bool {
    policy.spec().is_some_and(|spec| spec.entries().any(|(key, _)| &*key.text == "rateLimit"))
}

fn path(matched: Option<&Node>, faults: &mut Faults) -> Option<PathMatch> {
    let Some(path) = matched.and_then(|matched| matched.get("path")) else { return Some(PathMatch::Any) };
    let value = word_at(path, &["value"]).unwrap_or_else(|| "/".into());
    Some(match word_at(path, &["type"]).as_deref() {
        None | Some("PathPrefix") => segments(&value),
        Some("Exact") => PathMatch::Exact(value),
        // Implementation-specific by the standard; Envoy, NGINX and Traefik match the whole path or
        // search from its start. Searched for is the wider reading.
        Some("RegularExpression") => {
            PathMatch::Regex { pattern: format!("^(?:{value})").into(), ignore_case: false, whole: false }
        }
        Some(other) => {
            let message = format!("`{other}` is no path type");
            faults.error(
                path.get("type").unwrap_or(path),
                message,
                "write `Exact`, `PathPrefix` or `RegularExpression`",
            );
            return None;
        }
    })
}

/// Whether every rule of a route only redirects, and to https.
fn sends_to_https(route: &Object) -> bool {
    let rules = route.spec().and_then(|spec| spec.get("rules")).map(Node::items).unwrap_or_default();
    let redirects = |rule: &Node| {
        rule.get("filters").map(Node::items).unwrap_or_default().iter().any(|filter| {
            word_at(filter, &["requestRedirect", "scheme"]).is_some_and(|scheme| &*scheme == "https")
        })
    };
    !rules.is_empty() && rules.iter().all(redirects)
}

fn sockets(gateway: &Object, inventory: &mut Inventory) -> Vec<Socket> {
    let mut faults = Faults::new(gateway.source, "KUBERNETES-006");
    let listeners = faults.list(gateway.spec().and_then(|spec| spec.get("listeners")), "listeners");
    let socket = |node: &Node| Socket {
        name: word_at(node, &["name"]).unwrap_or_else(|| "listener".into()),
        port: word_at(node, &["port"]).unwrap_or_else(|| "?".into()),
        host: word_at(node, &["hostname"]),
        tls: word_at(node, &["protocol"]).is_some_and(|protocol| matches!(&*protocol, "HTTPS" | "TLS")),
        at: gateway.place(node),
    };
    let sockets = listeners.iter().map(socket).collect();
    inventory.faults.append(&mut faults.found);
    sockets
}

fn reach_of_gateway(gateway: &Object) -> Reach {
    let class = gateway.spec().and_then(|spec| word_at(spec, &["gatewayClassName"])).unwrap_or_default();
    let inside = gateway
        .annotation("networking.istio.io/service-type")
        .and_then(word)
        .is_some_and(|kind| &*kind == "ClusterIP");
    if inside {
        Reach::Inside
    } else if class.contains("internal") || class.contains("rilb") {
        private()
    } else {
        Reach::World
    }
}

/// The hosts of a route, cut to those of its listeners; none: every host.
fn hosts(route: &Object, sockets: &[&Socket]) -> Vec<Arc<str>> {
    let own = words(route.spec().and_then(|spec| spec.get("hostnames")));
    let all = sockets.is_empty() || sockets.iter().any(|socket| socket.host.is_none());
    if all {
        return own;
    }
    let of_listeners = sockets.iter().filter_map(|socket| socket.host.clone());
    if own.is_empty() {
        return of_listeners.take(MOST_MATCHES).collect();
    }
    let mut hosts = Vec::new();
    for listener in of_listeners {
        for host in &own {
            let common = if is_within(host, &listener) {
                Some(host.clone())
            } else {
                is_within(&listener, host).then(|| listener.clone())
            };
            hosts.extend(common.filter(|common| !hosts.contains(common) && hosts.len() < MOST_MATCHES));
        }
    }
    hosts
}

fn is_within(host: &str, pattern: &str) -> bool {
    host == pattern || pattern.strip_prefix('*').is_some_and(|end| host.ends_with(end))
}
