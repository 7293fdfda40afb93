//! APISIX, standalone (`apisix.yaml`, also as JSON).
//!
//! **Read**: `routes` with `uri`, `uris`, hosts, methods, `vars`, `priority`, `status`; `services`,
//! `plugin_configs`, `upstreams`, `global_rules`; the plugins that decide access ([`step`]). Of one
//! plugin the route's own instance holds, else its plugin configuration's, else its service's; global
//! rules hold besides. A route with the longer path is preferred, exact ones before those that end in
//! `*`; among equal paths the larger `priority`. A plugin that `_meta` switches off or runs for some calls
//! only, and an authorizer with `allow_degradation`, is an optional guard.
//!
//! **Not read**: plugins of consumers and consumer groups (they hold for those callers only), stream
//! routes (a fault), `script` and `filter_func` (an unknown guard, a condition). `limit-conn` counts connections at
//! one time, which is no rate.
//!
//! After apisix.apache.org/docs (3.x): deployment modes, route, plugins.

use std::collections::HashMap;
use std::sync::Arc;

use crate::front::address::hop_by;
use crate::front::guard::skipped;
use crate::front::values::{
    Faults, UNJUDGED, both, both_rates, both_reaches, flag, index, number, prefix, rate, reach_of,
    with_burst, word_at, words,
};
use crate::inventory::{
    Auth, Front, Hop, Kind, PathMatch, Place, Precedence, Rate, Reach, Route, SourceId, Upstream,
};
use crate::reading::Reading;
use crate::tree::{Node, Value};

/// Reads a standalone configuration.
pub(super) fn read(root: &Node, reading: &mut Reading<'_, '_>) {
    let mut faults = Faults::new(reading.source, "APISIX-001");
    let lists =
        ["services", "plugin_configs", "upstreams"].map(|list| (list, index(root.get(list), &["id"])));
    let apisix = Apisix { root, source: reading.source, lists };
    let mut routes: Vec<Route> = Vec::new();
    for route in faults.list(root.get("routes"), "routes") {
        apisix.route(route, &mut routes, &mut faults);
    }
    for route in faults.list(root.get("stream_routes"), "stream_routes") {
        faults.error(route, "a route for streams", UNJUDGED);
    }
    // Stable: among routes of one path the larger priority comes first, then the order of the text.
    routes.sort_by_key(|route| std::cmp::Reverse(route.priority));
    let front = Front {
        kind: Kind::Apisix,
        name: "apisix".into(),
        listeners: Vec::new(),
        precedence: Precedence::ExactThenLongest,
        routes,
        at: Place::new(reading.source, root.span),
    };
    reading.inventory.faults.append(&mut faults.found);
    reading.inventory.fronts.push(front);
}

struct Apisix<'n> {
    root: &'n Node,
    source: SourceId,
    lists: [(&'static str, HashMap<Arc<str>, &'n Node>); 3],
}

struct Guard {
    auth: Auth,
    rate: Rate,
    reach: Reach,
    rewrite: Option<Arc<str>>,
    answers: bool,
}

impl Guard {
    const fn none() -> Self {
        Self { auth: Auth::Open, rate: Rate::Unlimited, reach: Reach::World, rewrite: None, answers: false }
    }
}

/// A refusal for some calls closes nothing.
fn unless_denied(auth: Auth) -> Auth {
    if matches!(auth, Auth::Denied { .. }) { Auth::Open } else { auth }
}

impl<'n> Apisix<'n> {
    const fn place(&self, node: &Node) -> Place {
        Place::new(self.source, node.span)
    }

    /// The object of `list` with the id that `node` names under `key`; a fault where there is none.
    fn linked(&self, node: &Node, key: &str, list: &str, faults: &mut Faults) -> Option<&'n Node> {
        let id = node.get(key)?;
        let text = crate::front::values::word(id)?;
        let found = self
            .lists
            .iter()
            .find(|(name, _)| *name == list)
            .and_then(|(_, index)| index.get(&text).copied());
        if found.is_none() {
            faults.error(id, format!("`{text}` is not among `{list}`"), "define it in this file");
        }
        found
    }

    fn route(&self, node: &'n Node, routes: &mut Vec<Route>, faults: &mut Faults) {
        // Status 0 is a route that is switched off.
        if node.mapping().is_none() || node.get("status").and_then(number) == Some(0.0) {
            return;
        }
        let mut paths = words(node.get("uri"));
        paths.extend(words(node.get("uris")));
        if paths.is_empty() {
            faults.error(node, "this route has neither `uri` nor `uris`", "write the paths that it matches");
            return;
        }
        let service = self.linked(node, "service_id", "services", faults);
        let extra = self.linked(node, "plugin_config_id", "plugin_configs", faults);
        let guard = self.guard(node, extra, service, faults);
        let mut hosts = words(node.get("host"));
        hosts.extend(words(node.get("hosts")));
        if let Some(service) = service.filter(|_| hosts.is_empty()) {
            hosts.extend(words(service.get("hosts")));
        }
        let remote: Vec<&Node> =
            ["remote_addr", "remote_addrs"].iter().filter_map(|key| node.get(key)).collect();
        let networks = remote.iter().flat_map(|node| faults.networks(node)).collect::<Vec<_>>();
        let by_address = if remote.is_empty() { Reach::World } else { reach_of(networks) };
        let name =
            word_at(node, &["name"]).or_else(|| word_at(node, &["id"])).or_else(|| paths.first().cloned());
        let priority = node.get("priority").and_then(number).unwrap_or(0.0);
        let upstream = self.upstream(node, faults).or_else(|| self.upstream(service?, faults));
        for path in paths {
            routes.push(Route {
                name: format!("route {}", name.as_deref().unwrap_or_default()).into(),
                hosts: hosts.clone(),
                path: of_uri(&path),
                methods: words(node.get("methods")),
                conditional: ["vars", "filter_func"].iter().any(|key| node.get(key).is_some()),
                priority: format!("{priority:.0}").parse().unwrap_or(0),
                auth: guard.auth.clone(),
                rate: guard.rate.clone(),
                reach: both_reaches(guard.reach.clone(), by_address.clone()),
                upstream: upstream.clone().filter(|_| !guard.answers),
                rewrite: guard.rewrite.clone(),
                at: self.place(node),
            });
        }
    }

    fn guard(
        &self,
        route: &'n Node,
        extra: Option<&'n Node>,
        service: Option<&'n Node>,
        faults: &mut Faults,
    ) -> Guard {
        let mut guard = Guard::none();
        if let Some(script) = route.get("script") {
            guard.auth = Auth::Unknown { by: "script".into(), at: self.place(script) };
        }
        let mut seen: Vec<&str> = Vec::new();
        let layers = [Some(route), extra, service];
        for plugins in layers.into_iter().flatten().filter_map(|layer| layer.get("plugins")) {
            for (key, config) in plugins.entries() {
                if !seen.contains(&&*key.text) {
                    seen.push(&key.text);
                    self.step(&mut guard, &key.text, config, faults);
                }
            }
        }
        for rule in faults.list(self.root.get("global_rules"), "global_rules") {
            for (key, config) in rule.get("plugins").into_iter().flat_map(Node::entries) {
                self.step(&mut guard, &key.text, config, faults);
            }
        }
        guard
    }

    /// What one plugin does.
    fn step(&self, guard: &mut Guard, name: &str, config: &Node, faults: &mut Faults) {
        let meta = config.get("_meta");
        let is_off = |node: &Node| node.get("disable").and_then(flag) == Some(true);
        let off = meta.is_some_and(is_off) || is_off(config);
        let some = meta.is_some_and(|meta| meta.get("filter").is_some_and(|list| !list.items().is_empty()));
        if off || some {
            // It guards nobody, or only calls that its filter names; what is written is told.
            let mut own = Guard::none();
            self.decide(&mut own, name, config, faults);
            let why = if off { "which is switched off" } else { "but not for every call" };
            let so_far = std::mem::replace(&mut guard.auth, Auth::Open);
            guard.auth = both(so_far, unless_denied(skipped(own.auth, why)));
            if some && !off {
                guard.rewrite = own.rewrite.or_else(|| guard.rewrite.take());
                if own.rate != Rate::Unlimited {
                    let limit = Rate::Unknown { at: self.place(config) };
                    guard.rate = both_rates(guard.rate.clone(), limit);
                }
            }
            return;
        }
        self.decide(guard, name, config, faults);
    }

    /// What one plugin does where it runs.
    fn decide(&self, guard: &mut Guard, name: &str, config: &Node, faults: &mut Faults) {
        let at = self.place(config);
        let by: Arc<str> = name.into();
        let mut add = |auth: Auth| {
            let so_far = std::mem::replace(&mut guard.auth, Auth::Open);
            guard.auth = both(so_far, auth);
        };
        match name {
            "key-auth" | "jwt-auth" | "basic-auth" | "hmac-auth" | "ldap-auth" | "wolf-rbac"
            | "multi-auth" | "authz-keycloak" | "authz-casdoor" | "cas-auth" | "saml-auth"
            | "openid-connect" => {
                let passes = config.get("anonymous_consumer").is_some()
                    || word_at(config, &["unauth_action"]).as_deref() == Some("pass");
                add(if passes { Auth::Optional { by, at } } else { Auth::Required { by, at } });
            }
            "consumer-restriction" => {
                let allows = config.get("whitelist").is_some_and(|list| !list.items().is_empty());
                // Restricts consumers, whom some authentication must have found; anonymous ones too.
                if allows && matches!(guard.auth, Auth::Optional { .. }) {
                    guard.auth = Auth::Required { by, at };
                }
            }
            "forward-auth" if config.get("allow_degradation").and_then(flag) == Some(true) => {
                add(skipped(Auth::External { by, at }, "but not while it fails"));
            }
            "forward-auth" | "opa" => add(Auth::External { by, at }),
            "authz-casbin"
            | "serverless-pre-function"
            | "serverless-post-function"
            | "ext-plugin-pre-req"
            | "ext-plugin-post-req"
            | "chaitin-waf" => add(Auth::Unknown { by, at }),
            "ip-restriction" => {
                if let Some(list) = config.get("whitelist").filter(|list| !list.items().is_empty()) {
                    let so_far = std::mem::replace(&mut guard.reach, Reach::World);
                    guard.reach = both_reaches(so_far, reach_of(faults.networks(list)));
                }
            }
            // Callers say themselves what the key is: a fresh one is a fresh count.
            "limit-req" | "limit-count" if is_chosen(config) => {}
            "limit-req" => {
                let limit =
                    config.get("rate").and_then(number).map_or(Rate::Unknown { at }, |n| rate(n, 1.0, at));
                let at_once = config.get("nodelay").and_then(flag) == Some(true);
                let burst = config.get("burst").and_then(number).filter(|_| at_once);
                let limit = with_burst(limit, burst.unwrap_or(0.0));
                guard.rate = both_rates(guard.rate.clone(), limit);
            }
            "limit-count" => {
                let count = config.get("count").and_then(number);
                let window = config.get("time_window").and_then(number);
                let limit = match (count, window) {
                    (Some(count), Some(window)) => rate(count, window, at),
                    _ => Rate::Unknown { at },
                };
                guard.rate = both_rates(guard.rate.clone(), limit);
            }
            "proxy-rewrite" => {
                let replaced = config.get("regex_uri").and_then(|list| list.items().get(1));
                guard.rewrite =
                    word_at(config, &["uri"]).or_else(|| replaced.and_then(crate::front::values::word));
            }
            "redirect" => {
                let https = config.get("http_to_https").and_then(flag) == Some(true);
                guard.answers |= !https && (config.get("uri").is_some() || config.get("regex_uri").is_some());
            }
            "fault-injection" => {
                let abort = config.get("abort");
                let always = abort.is_some_and(|abort| {
                    abort.get("vars").is_none()
                        && abort.get("percentage").and_then(number).is_none_or(|share| share >= 100.0)
                });
                if always {
                    add(Auth::Denied { at });
                }
            }
            "mocking" => guard.answers = true,
            _ => {}
        }
    }

    fn upstream(&self, node: &'n Node, faults: &mut Faults) -> Option<Upstream> {
        let (object, name) = match node.get("upstream_id") {
            Some(id) => {
                (self.linked(node, "upstream_id", "upstreams", faults)?, crate::front::values::word(id))
            }
            None => (node.get("upstream")?, None),
        };
        let nodes = object.get("nodes");
        let hosts: Vec<Arc<str>> = match nodes.map(|nodes| &nodes.value) {
            Some(Value::Mapping(map)) => map.entries().iter().map(|entry| entry.key.text.clone()).collect(),
            Some(Value::Sequence(items)) => {
                items.iter().filter_map(|item| word_at(item, &["host"])).collect()
            }
            _ => Vec::new(),
        };
        let scheme = word_at(object, &["scheme"]).unwrap_or_else(|| "http".into());
        let ways: Vec<Hop> = hosts.iter().map(|host| hop_by(&scheme, host)).collect();
        let way = [Hop::Plain, Hop::Unknown, Hop::Near, Hop::Tls].into_iter().find(|way| ways.contains(way));
        let name = word_at(object, &["name"]).or(name).or_else(|| hosts.first().cloned());
        Some(Upstream {
            service: None,
            name: name.or_else(|| word_at(object, &["service_name"])).unwrap_or_else(|| "upstream".into()),
            hop: way.unwrap_or(Hop::Unknown),
            at: self.place(object),
        })
    }
}

/// `/a` is one path, `/a*` every path that begins with it, `/a/:id` a template.
fn of_uri(uri: &str) -> PathMatch {
    match uri.strip_suffix('*') {
        Some(stem) if !stem.contains('*') => prefix(stem),
        _ if uri.contains("/:") => {
            let parts = uri.split('/').map(|part| match part.strip_prefix(':') {
                Some(name) => format!("{{{name}}}"),
                None => part.to_owned(),
            });
            PathMatch::Template(parts.collect::<Vec<_>>().join("/").into())
        }
        _ => PathMatch::Exact(uri.into()),
    }
}

/// Whether a limit counts by what callers choose: a header, a cookie, a part of the address or the body.
fn is_chosen(config: &Node) -> bool {
    let key = word_at(config, &["key"]).unwrap_or_default();
    let names: Vec<&str> = match word_at(config, &["key_type"]).as_deref() {
        Some("constant") => Vec::new(),
        Some("var_combination") => key.split('$').skip(1).map(str::trim).collect(),
        _ => vec![&*key],
    };
    names.iter().any(|name| {
        let name = name.trim_matches(['{', '}']);
        ["http_", "arg_", "cookie_", "post_arg_", "graphql_"].iter().any(|start| name.starts_with(start))
            || matches!(name, "uri" | "request_uri" | "args" | "query_string" | "host" | "remote_port")
    })
}
