//! Ingress objects: all of one class are one front, as their controller serves them.
//!
//! Paths are exact, by segments (`Prefix`), or as the controller means them (`ImplementationSpecific`:
//! a text prefix, `*` at its end left away). With `use-regex` or `rewrite-target` on any Ingress of a
//! host, ingress-nginx takes all paths of the host as regular expressions without regard to case, also
//! those marked `Exact`: so `/admin` then also matches `/administrators`.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::front::address::{plain_to, private};
use crate::front::traefik::Provider;
use crate::front::values::{Faults, both_reaches, prefix, segments, word, word_at, words};
use crate::inventory::{
    Front, Hop, Inventory, Kind, Listener, PathMatch, Place, Precedence, Reach, Route, Upstream,
};
use crate::tree::{Node, Value};

use super::annotations::Guards;
use super::network::{Network, is_on};
use super::{Cluster, Object, qualified};

/// Reads every Ingress and every IngressRoute.
pub(super) fn read(cluster: &Cluster, network: &Network, inventory: &mut Inventory) {
    let middlewares = Provider::of_cluster(cluster.of_kind("Middleware"));
    let mut classes: BTreeMap<Arc<str>, Vec<&Object>> = BTreeMap::new();
    for object in cluster.of_kind("Ingress") {
        classes.entry(class_of(object)).or_default().push(object);
    }
    for (class, objects) in classes {
        let mut front = Class { class: &class, network, hosts_with_regex: HashSet::new() };
        let read = front.read(&objects, &middlewares, inventory);
        inventory.fronts.extend(read);
    }
    let routes: Vec<&Object> = cluster.of_kind("IngressRoute").collect();
    middlewares.read_ingress_routes(&routes, inventory);
}

fn class_of(object: &Object) -> Arc<str> {
    object
        .spec()
        .and_then(|spec| word_at(spec, &["ingressClassName"]))
        .or_else(|| object.annotation("kubernetes.io/ingress.class").and_then(word))
        .unwrap_or_else(|| "".into())
}

struct Class<'c> {
    class: &'c str,
    network: &'c Network,
    hosts_with_regex: HashSet<Arc<str>>,
}

/// What one reading of an object shares between its paths.
struct Shared<'o> {
    object: &'o Object,
    guards: &'o Guards,
    reach: Reach,
}

impl Class<'_> {
    fn read(
        &mut self,
        objects: &[&Object],
        middlewares: &Provider,
        inventory: &mut Inventory,
    ) -> Option<Front> {
        let first = objects.first()?;
        let mut all = Vec::new();
        for object in objects {
            let mut faults = Faults::new(object.source, "KUBERNETES-005");
            let guards = Guards::of(object, self.class, middlewares, &mut faults);
            if guards.regex {
                let rules = object.spec().and_then(|spec| spec.get("rules")).map(Node::items);
                let hosts = rules.unwrap_or_default().iter();
                self.hosts_with_regex
                    .extend(hosts.map(|rule| word_at(rule, &["host"]).unwrap_or_else(|| "".into())));
            }
            all.push((*object, guards, faults));
        }
        let mut routes = Vec::new();
        let mut plain: Option<(bool, Place)> = None;
        let mut tls = None;
        for (object, guards, mut faults) in all {
            let reach = both_reaches(guards.reach.clone(), self.reach(object));
            self.routes(&Shared { object, guards: &guards, reach }, &mut routes, &mut faults);
            inventory.faults.append(&mut faults.found);
            let secured =
                object.spec().and_then(|spec| spec.get("tls")).filter(|tls| !tls.items().is_empty());
            tls = tls.or(secured.map(|node| object.place(node)));
            if let Some(redirects) = self.plain(object, secured) {
                let worse = plain.is_none_or(|(so_far, _)| so_far && !redirects);
                plain = if worse { Some((redirects, object.at())) } else { plain };
            }
        }
        let reach = self.reach(first);
        let listener = |address: &str, tls, redirects, at| Listener {
            address: address.into(),
            tls,
            redirects,
            reach: reach.clone(),
            at,
        };
        let plain = plain.map(|(redirects, at)| listener("http", false, redirects, at));
        let tls = tls.map(|at| listener("https", true, false, at));
        let name =
            if self.class.is_empty() { "ingress".into() } else { format!("ingress class {}", self.class) };
        Some(Front {
            kind: Kind::Kubernetes,
            name: name.into(),
            listeners: plain.into_iter().chain(tls).collect(),
            precedence: Precedence::ExactThenLongest,
            routes,
            at: first.at(),
        })
    }

    /// Whether plain http is answered, and if so whether only with a redirect.
    fn plain(&self, object: &Object, tls: Option<&Node>) -> Option<bool> {
        if object.annotation("kubernetes.io/ingress.allow-http").and_then(word).as_deref() == Some("false") {
            return None;
        }
        let nginx = self.class.is_empty() || self.class.contains("nginx");
        let off = |key: &str| object.annotation(key).and_then(word).as_deref() == Some("false");
        let redirects = is_on(object, "nginx.ingress.kubernetes.io/force-ssl-redirect")
            || object.annotation("alb.ingress.kubernetes.io/ssl-redirect").is_some()
            || nginx
                && !off("nginx.ingress.kubernetes.io/ssl-redirect")
                && tls.is_some_and(|tls| covers_hosts(object, tls));
        Some(redirects)
    }

    /// Whom the class and its load balancer let in.
    fn reach(&self, object: &Object) -> Reach {
        let scheme = object.annotation("alb.ingress.kubernetes.io/scheme").and_then(word);
        let internal = match scheme.as_deref() {
            Some(scheme) => scheme == "internal",
            // The AWS controller builds internal balancers unless it is told otherwise.
            None => self.class == "alb" || self.class.contains("internal"),
        };
        if internal { private() } else { Reach::World }
    }

    fn routes(&self, shared: &Shared<'_>, routes: &mut Vec<Route>, faults: &mut Faults) {
        let object = shared.object;
        let Some(spec) = object.spec() else {
            faults.error(&object.node, "an Ingress without `spec`", "write its rules");
            return;
        };
        for rule in faults.list(spec.get("rules"), "rules") {
            let mut hosts: Vec<Arc<str>> = word_at(rule, &["host"]).into_iter().collect();
            let regex = self.hosts_with_regex.contains(hosts.first().map_or("", |host| &**host));
            if !hosts.is_empty() {
                hosts.extend(shared.guards.aliases.iter().cloned());
            }
            let paths = rule.get("http").and_then(|http| http.get("paths"));
            for path in faults.list(paths, "paths") {
                let Some(matched) = self.path(path, regex, faults) else { continue };
                let backend = path.get("backend");
                routes.push(self.route(shared, hosts.clone(), matched, backend, path));
            }
        }
        if let Some(backend) = spec.get("defaultBackend").or_else(|| spec.get("backend")) {
            routes.push(self.route(shared, Vec::new(), PathMatch::Any, Some(backend), backend));
        }
    }

    fn path(&self, node: &Node, regex: bool, faults: &mut Faults) -> Option<PathMatch> {
        let path = word_at(node, &["path"]).unwrap_or_else(|| "/".into());
        if regex {
            let pattern = format!("^{path}").into();
            return Some(PathMatch::Regex { pattern, ignore_case: true, whole: false });
        }
        let kind = word_at(node, &["pathType"]);
        Some(match kind.as_deref() {
            Some("Exact") => PathMatch::Exact(path),
            Some("Prefix") => segments(&path),
            Some("ImplementationSpecific") | None => prefix(path.trim_end_matches('*')),
            Some(other) => {
                let at = node.get("pathType").unwrap_or(node);
                let message = format!("`{other}` is no path type");
                faults.error(at, message, "write `Exact`, `Prefix` or `ImplementationSpecific`");
                return None;
            }
        })
    }

    fn route(
        &self,
        shared: &Shared<'_>,
        hosts: Vec<Arc<str>>,
        path: PathMatch,
        backend: Option<&Node>,
        at: &Node,
    ) -> Route {
        let (object, guards) = (shared.object, shared.guards);
        let upstream =
            backend.filter(|_| !guards.redirects).and_then(|backend| self.upstream(shared, backend));
        let shut = upstream.as_ref().is_some_and(|(name, _)| self.network.is_shut(&object.namespace, name));
        Route {
            name: word_at(at, &["path"])
                .map_or_else(
                    || format!("ingress {}", object.title()),
                    |path| format!("ingress {} {path}", object.title()),
                )
                .into(),
            hosts,
            path,
            methods: Vec::new(),
            conditional: guards.canary,
            priority: 0,
            auth: guards.auth.clone(),
            rate: guards.rate.clone(),
            reach: if shut { Reach::Nobody } else { shared.reach.clone() },
            upstream: upstream.map(|(_, upstream)| upstream),
            rewrite: guards.rewrite.clone(),
            at: object.place(at),
        }
    }

    /// The service's name, and the way to it.
    fn upstream(&self, shared: &Shared<'_>, backend: &Node) -> Option<(Arc<str>, Upstream)> {
        let object = shared.object;
        let name = word_at(backend, &["service", "name"])
            .or_else(|| word_at(backend, &["serviceName"]))
            .or_else(|| word_at(backend, &["resource", "name"]))?;
        let external = self.network.external_name(&object.namespace, &name);
        let way = match (&*shared.guards.protocol, external) {
            ("HTTPS" | "GRPCS", _) => Hop::Tls,
            (_, Some(host)) => plain_to(host),
            (_, None) => plain_to(&name),
        };
        let upstream = Upstream {
            service: None,
            name: qualified(&object.namespace, &name),
            hop: way,
            at: object.place(backend),
        };
        Some((name, upstream))
    }
}

/// Whether every host of the rules is among the hosts that have a certificate.
fn covers_hosts(object: &Object, tls: &Node) -> bool {
    let rules = object.spec().and_then(|spec| spec.get("rules")).map(Node::items).unwrap_or_default();
    let certified = |host: &str| {
        tls.items().iter().any(|entry| {
            let hosts = words(entry.get("hosts"));
            hosts.is_empty()
                || hosts.iter().any(|name| {
                    **name == *host
                        || name.strip_prefix('*').is_some_and(|end| {
                            host.strip_suffix(end)
                                .is_some_and(|label| !label.contains('.') && !label.is_empty())
                        })
                })
        })
    };
    rules.iter().all(|rule| match rule.get("host").map(|host| &host.value) {
        Some(Value::Text(host)) => certified(host),
        _ => tls.items().iter().any(|entry| words(entry.get("hosts")).is_empty()),
    })
}
