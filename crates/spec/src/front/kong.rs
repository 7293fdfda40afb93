//! Kong's declarative configuration (YAML or JSON, `_format_version` 1.1 to 3.0).
//!
//! **Read**: services and routes, nested or flat; plugins of every scope ([`plugins`]), the nearest one of
//! a name winning over the wider ones; consumers as far as an anonymous one is concerned.
//! Each path of a route is a route here, with the priority by which Kong's traditional router prefers it:
//! the number of attributes that it matches by, headers, regular expressions, then the longer path.
//!
//! **Not read**: expressions routes (a fault), plugins of the database, `kong.conf` (so no listener is
//! known but by the protocols of routes), and plugins for a consumer or consumer group alone, which
//! hold for those callers only. Code in `pre-function` and `post-function` is an unknown guard.
//!
//! After developer.konghq.com/gateway (3.x): routes, plugin precedence, the plugins' references.

mod plugins;

use std::collections::HashMap;
use std::sync::Arc;

use crate::front::address::{hop_by, hop_of_url};
use crate::front::values::{Faults, UNJUDGED, index, number, prefix, word, word_at, words};
use crate::inventory::{
    Auth, Front, Hop, Kind, Listener, PathMatch, Place, Precedence, Reach, Route, SourceId, Upstream,
};
use crate::reading::Reading;
use crate::tree::{Node, Value};

use plugins::Plugins;

/// Reads a declarative configuration.
pub(super) fn read(root: &Node, reading: &mut Reading<'_, '_>) {
    let mut faults = Faults::new(reading.source, "KONG-001");
    let version = root.get("_format_version").and_then(number).unwrap_or(3.0);
    let kong = Kong {
        root,
        source: reading.source,
        plugins: Plugins::of(root, reading.source),
        services: index(root.get("services"), &["name", "id"]),
        balancers: index(root.get("upstreams"), &["name", "id"]),
        version,
    };
    let front = kong.front(&mut faults);
    reading.inventory.faults.append(&mut faults.found);
    reading.inventory.fronts.push(front);
}

struct Kong<'n> {
    root: &'n Node,
    source: SourceId,
    plugins: Plugins<'n>,
    services: HashMap<Arc<str>, &'n Node>,
    balancers: HashMap<Arc<str>, &'n Node>,
    version: f64,
}

/// What a reference to an object says: its name or id, as text or under `name` or `id`.
fn reference(node: &Node) -> Option<Arc<str>> {
    match &node.value {
        Value::Mapping(_) => word_at(node, &["name"])
            .or_else(|| word_at(node, &["id"]))
            .or_else(|| word_at(node, &["username"])),
        _ => word(node),
    }
}

impl<'n> Kong<'n> {
    fn front(&self, faults: &mut Faults) -> Front {
        let place = |node: &Node| Place::new(self.source, node.span);
        let mut routes = Vec::new();
        let mut listeners = Vec::new();
        let services = faults.list(self.root.get("services"), "services");
        for service in services {
            for route in faults.list(service.get("routes"), "routes") {
                self.route(route, Some(service), &mut routes, &mut listeners, faults);
            }
        }
        for route in faults.list(self.root.get("routes"), "routes") {
            let named = route.get("service").and_then(reference);
            let service = named.as_ref().and_then(|name| self.services.get(name).copied());
            if let (Some(name), None) = (&named, service) {
                let message = format!("the service `{name}` is not in this file");
                faults.error(route.get("service").unwrap_or(route), message, "define it under `services`");
            }
            self.route(route, service, &mut routes, &mut listeners, faults);
        }
        Front {
            kind: Kind::Kong,
            name: "kong".into(),
            listeners,
            precedence: Precedence::Priority,
            routes,
            at: place(self.root.get("_format_version").unwrap_or(self.root)),
        }
    }

    fn route(
        &self,
        node: &'n Node,
        service: Option<&'n Node>,
        routes: &mut Vec<Route>,
        listeners: &mut Vec<Listener>,
        faults: &mut Faults,
    ) {
        if node.mapping().is_none() {
            return;
        }
        let at = Place::new(self.source, node.span);
        let name = word_at(node, &["name"]).unwrap_or_else(|| "without a name".into());
        if let Some(expression) = node.get("expression") {
            let message = format!("the route `{name}` matches by an expression");
            faults.error(expression, message, "expressions are not read; write paths, hosts and methods");
            return;
        }
        let protocols = words(node.get("protocols"));
        let speaks = |protocol: &str| {
            protocols.is_empty() && matches!(protocol, "http" | "https")
                || protocols.iter().any(|one| &**one == protocol)
        };
        let web = ["http", "https", "grpc", "grpcs", "ws", "wss"].iter().any(|protocol| speaks(protocol));
        if !web {
            faults.error(node, format!("the route `{name}` is for streams"), UNJUDGED);
            return;
        }
        let written = node.get("protocols").map_or(at, |node| Place::new(self.source, node.span));
        for (protocol, tls) in [("http", false), ("https", true)] {
            if speaks(protocol) && listeners.iter().all(|listener| listener.tls != tls) {
                let (address, redirects, reach) = (protocol.into(), false, Reach::World);
                listeners.push(Listener { address, tls, redirects, reach, at: written });
            }
        }
        let hosts: Vec<Arc<str>> = words(node.get("hosts"))
            .iter()
            .map(|host| host.split(':').next().unwrap_or_default().into())
            .collect();
        let methods = words(node.get("methods"));
        let headers = node.get("headers").map_or(0, |headers| headers.entries().count());
        let paths = words(node.get("paths"));
        let matches: Vec<PathMatch> = if paths.is_empty() {
            vec![PathMatch::Any]
        } else {
            paths.iter().map(|p| self.path(p)).collect()
        };
        let guard = self.plugins.guard(node, service, faults);
        let regex = matches.iter().any(|path| matches!(path, PathMatch::Regex { .. }));
        let weight = i64::from(!hosts.is_empty())
            + i64::from(!methods.is_empty())
            + i64::from(!paths.is_empty())
            + i64::from(headers > 0)
            + i64::from(node.get("snis").is_some());
        let regex_priority =
            node.get("regex_priority").and_then(number).unwrap_or(0.0).clamp(-500_000.0, 500_000.0);
        let regex_priority: i64 = format!("{regex_priority:.0}").parse().unwrap_or(0);
        let plain_hosts = !hosts.is_empty() && hosts.iter().all(|host| !host.contains('*'));
        // The order of Kong's traditional router (`kong/router/traditional.lua`, sort_routes).
        let priority = weight * 1_000_000_000_000
            + i64::from(plain_hosts) * 400_000_000_000
            + i64::from(regex) * 200_000_000_000
            + i64::try_from(headers.min(32)).unwrap_or(0) * 2_000_000_000
            + if regex { regex_priority + 500_000 } else { 0 };
        // `strip_path` is on unless it is switched off: the service sees its own path, then the rest.
        let strips = node.get("strip_path").and_then(crate::front::values::flag) != Some(false);
        let own_path = service.and_then(|service| self.path_of(service));
        let rewrite = (strips && !paths.is_empty()).then(|| own_path.unwrap_or_else(|| "/".into()));
        for path in matches {
            routes.push(Route {
                name: format!("route {name}").into(),
                hosts: hosts.clone(),
                path,
                methods: methods.clone(),
                conditional: headers > 0
                    || ["snis", "sources", "destinations"].iter().any(|k| node.get(k).is_some()),
                priority,
                auth: guard.auth.clone(),
                rate: guard.rate.clone(),
                reach: guard.reach.clone(),
                upstream: service
                    .filter(|_| !matches!(guard.auth, Auth::Denied { .. }))
                    .map(|s| self.upstream(s)),
                rewrite: rewrite.clone(),
                at,
            });
        }
    }

    fn path(&self, text: &str) -> PathMatch {
        let plain = |sign: char| sign.is_ascii_alphanumeric() || "-._~/%".contains(sign);
        // Before 3.0 a path with other signs was a regular expression without any mark.
        let pattern = match text.strip_prefix('~') {
            Some(pattern) => Some(pattern),
            None => (self.version < 3.0 && !text.chars().all(plain)).then_some(text),
        };
        match pattern {
            Some(pattern) => {
                let pattern = format!("^{}", pattern.trim_start_matches('^')).into();
                PathMatch::Regex { pattern, ignore_case: false, whole: false }
            }
            None => prefix(text),
        }
    }

    fn path_of(&self, service: &Node) -> Option<Arc<str>> {
        if let Some(url) = word_at(service, &["url"]) {
            let path =
                url.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
            return path.map(Arc::from);
        }
        word_at(service, &["path"])
    }

    fn upstream(&self, service: &Node) -> Upstream {
        let name = word_at(service, &["name"]).or_else(|| word_at(service, &["url"]));
        let way = match (word_at(service, &["url"]), word_at(service, &["host"])) {
            (Some(url), _) => hop_of_url(&url),
            (None, Some(host)) => {
                let protocol = word_at(service, &["protocol"]).unwrap_or_else(|| "http".into());
                self.through_balancer(&protocol, &host)
            }
            (None, None) => Hop::Unknown,
        };
        Upstream {
            service: None,
            name: name.unwrap_or_else(|| "service".into()),
            hop: way,
            at: Place::new(self.source, service.span),
        }
    }

    /// The host of a service may be the name of an upstream with targets of its own.
    fn through_balancer(&self, protocol: &str, host: &str) -> Hop {
        let Some(balancer) = self.balancers.get(host) else { return hop_by(protocol, host) };
        let targets = balancer.get("targets").map(Node::items).unwrap_or_default().iter();
        let ways: Vec<Hop> =
            targets.filter_map(|target| Some(hop_by(protocol, &word_at(target, &["target"])?))).collect();
        [Hop::Plain, Hop::Unknown, Hop::Near, Hop::Tls]
            .into_iter()
            .find(|way| ways.contains(way))
            .unwrap_or(Hop::Unknown)
    }
}
