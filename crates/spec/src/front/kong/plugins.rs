//! Kong's plugins that decide access, and which instance of a plugin holds for a route.
//!
//! Of the instances of one plugin only the nearest holds: of the route, else of the service, else the
//! global one; one that is switched off, or for other protocols than the route's, is as if it were not
//! there, but where nothing else asks it is an optional guard, so that it is told. Several authentication plugins must
//! all be satisfied, unless each names an anonymous consumer: then one is enough, and callers without
//! a credential pass as that consumer, except where `request-termination` or `acl` keeps it out.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::front::guard::skipped;
use crate::front::values::{
    Faults, both, both_rates, both_reaches, either, flag, index, number, rate, reach_of, word, word_at, words,
};
use crate::inventory::{Auth, Place, Rate, Reach, SourceId};
use crate::tree::{Node, Value};

use super::reference;

/// Plugins that verify a credential.
const VERIFIES: [&str; 16] = [
    "key-auth",
    "key-auth-enc",
    "jwt",
    "oauth2",
    "oauth2-introspection",
    "basic-auth",
    "hmac-auth",
    "openid-connect",
    "mtls-auth",
    "ldap-auth",
    "ldap-auth-advanced",
    "vault-auth",
    "jwt-signer",
    "header-cert-auth",
    "saml",
    "session",
];

/// Most plugins at the root of the file that are switched off and looked at.
const MOST_OFF: usize = 100;

/// Plugins whose code or other program decides.
const OPAQUE: [&str; 6] =
    ["pre-function", "post-function", "opa", "forward-auth", "websocket-validator", "wasm"];

/// What the plugins of a route do.
pub(super) struct Guard {
    pub(super) auth: Auth,
    pub(super) rate: Rate,
    pub(super) reach: Reach,
}

/// Other plugins that decide something here.
const DECIDES: [&str; 5] =
    ["acl", "request-termination", "ip-restriction", "rate-limiting", "rate-limiting-advanced"];

/// Plugins at the root of the file, by the objects that they are for, and consumers by name.
pub(super) struct Plugins<'n> {
    by_route: HashMap<Arc<str>, Vec<&'n Node>>,
    by_service: HashMap<Arc<str>, Vec<&'n Node>>,
    /// At most one of each name.
    global: Vec<&'n Node>,
    /// Those that are switched off.
    off: Vec<&'n Node>,
    /// Consumers whose requests are always answered with a refusal.
    refused: HashSet<Arc<str>>,
    consumers: HashMap<Arc<str>, &'n Node>,
    source: SourceId,
}

impl<'n> Plugins<'n> {
    pub(super) fn of(root: &'n Node, source: SourceId) -> Self {
        let mut plugins = Self {
            by_route: HashMap::new(),
            by_service: HashMap::new(),
            global: Vec::new(),
            off: Vec::new(),
            refused: HashSet::new(),
            consumers: index(root.get("consumers"), &["username", "id"]),
            source,
        };
        for consumer in root.get("consumers").map(Node::items).unwrap_or_default() {
            let own = consumer.get("plugins").map(Node::items).unwrap_or_default();
            if own.iter().any(terminates) {
                plugins.refused.extend(["username", "id"].iter().filter_map(|key| word_at(consumer, &[key])));
            }
        }
        for plugin in root.get("plugins").map(Node::items).unwrap_or_default() {
            plugins.take(plugin);
        }
        plugins
    }

    fn take(&mut self, plugin: &'n Node) {
        if !is_on(plugin) {
            if is_switched_off(plugin) && is_for_all(plugin) && self.off.len() < MOST_OFF {
                self.off.push(plugin);
            }
            return;
        }
        let scope = |key: &str| plugin.get(key).filter(|node| node.value != Value::Null);
        if let Some(consumer) = scope("consumer") {
            if let Some(name) = reference(consumer).filter(|_| terminates(plugin)) {
                let object = self.consumers.get(&name).copied();
                let names = ["username", "id"].iter().filter_map(|key| word_at(object?, &[key]));
                self.refused.extend(names);
                self.refused.insert(name);
            }
        } else if scope("consumer_group").is_some() {
            // Holds for some callers only.
        } else if let Some(route) = scope("route").and_then(reference) {
            self.by_route.entry(route).or_default().push(plugin);
        } else if let Some(service) = scope("service").and_then(reference) {
            self.by_service.entry(service).or_default().push(plugin);
        } else if let Some(name) = word_at(plugin, &["name"])
            && self.global.iter().all(|known| word_at(known, &["name"]).as_deref() != Some(&*name))
        {
            self.global.push(plugin);
        }
    }

    /// What holds for `route` of `service`.
    pub(super) fn guard(&self, route: &'n Node, service: Option<&'n Node>, faults: &mut Faults) -> Guard {
        let holding = self.holding(route, service, faults);
        let find =
            |name: &str| holding.iter().copied().find(|p| word_at(p, &["name"]).as_deref() == Some(name));
        let mut auth = self.authentication(&holding);
        if auth == Auth::Open
            && let Some(idle) = self.idle(route, service)
        {
            auth = idle;
        }
        let mut guard = Guard { auth, rate: Rate::Unlimited, reach: Reach::World };
        if let Some(acl) = find("acl") {
            let so_far = std::mem::replace(&mut guard.auth, Auth::Open);
            let anonymous = holding.iter().find_map(|plugin| word_at(plugin, &["config", "anonymous"]));
            guard.auth = self.behind_acl(so_far, acl, anonymous);
        }
        for name in OPAQUE {
            if let Some(plugin) = find(name) {
                let (by, at) = (name.into(), self.place(plugin));
                let decides = match name {
                    "forward-auth" | "opa" => Auth::External { by, at },
                    _ => Auth::Unknown { by, at },
                };
                guard.auth = both(std::mem::replace(&mut guard.auth, Auth::Open), decides);
            }
        }
        if let Some(plugin) = find("request-termination")
            && plugin
                .get("config")
                .and_then(|config| config.get("trigger"))
                .is_none_or(|t| t.value == Value::Null)
        {
            guard.auth = Auth::Denied { at: self.place(plugin) };
        }
        if let Some(allow) = find("ip-restriction").and_then(|plugin| {
            let config = plugin.get("config")?;
            config.get("allow").or_else(|| config.get("whitelist"))
        }) {
            let networks = if allow.items().is_empty() { None } else { Some(faults.networks(allow)) };
            guard.reach = both_reaches(Reach::World, networks.map_or(Reach::World, reach_of));
        }
        for name in ["rate-limiting", "rate-limiting-advanced"] {
            if let Some(plugin) = find(name) {
                guard.rate = both_rates(guard.rate.clone(), self.limit(plugin));
            }
        }
        guard
    }

    const fn place(&self, node: &Node) -> Place {
        Place::new(self.source, node.span)
    }

    /// The nearest instance of every plugin, the route's own first.
    fn holding(&self, route: &'n Node, service: Option<&'n Node>, faults: &mut Faults) -> Vec<&'n Node> {
        let mut layers: Vec<&'n Node> = Vec::new();
        let mut layer = |object: &'n Node, flat: &HashMap<Arc<str>, Vec<&'n Node>>| {
            layers.extend(
                faults.list(object.get("plugins"), "plugins").iter().filter(|plugin| holds_for_all(plugin)),
            );
            for name in ["name", "id"].iter().filter_map(|key| word_at(object, &[key])) {
                layers.extend(flat.get(&name).into_iter().flatten().copied());
            }
        };
        layer(route, &self.by_route);
        if let Some(service) = service {
            layer(service, &self.by_service);
        }
        layers.extend(self.global.iter().copied());
        let mut seen: Vec<Arc<str>> = Vec::new();
        layers.retain(|plugin| {
            if !shares_protocols(plugin, route) {
                return false;
            }
            let Some(name) = word_at(plugin, &["name"]) else { return false };
            let first = !seen.contains(&name);
            if first {
                seen.push(name);
            }
            first
        });
        layers
    }

    /// A plugin that would verify a credential and does not run: switched off, or for other protocols.
    fn idle(&self, route: &'n Node, service: Option<&'n Node>) -> Option<Auth> {
        let own = [Some(route), service].into_iter().flatten().filter_map(|object| object.get("plugins"));
        let own = own.flat_map(Node::items);
        let names = |object: &Node| ["name", "id"].map(|key| word_at(object, &[key]));
        let names: Vec<Arc<str>> =
            names(route).into_iter().chain(service.into_iter().flat_map(names)).flatten().collect();
        let flat = self.off.iter().copied().filter(|plugin| {
            let scopes = ["route", "service"].map(|key| plugin.get(key).and_then(reference));
            scopes.iter().all(Option::is_none) || scopes.iter().flatten().any(|scope| names.contains(scope))
        });
        let global = self.global.iter().copied();
        let mut all = own.chain(flat).chain(global).filter(|plugin| is_for_all(plugin));
        all.find_map(|plugin| {
            let by = word_at(plugin, &["name"])
                .filter(|name| VERIFIES.contains(&&**name) && &**name != "session")?;
            let why = if is_switched_off(plugin) {
                "which is switched off"
            } else if !shares_protocols(plugin, route) {
                "which is for other protocols"
            } else {
                return None;
            };
            Some(skipped(Auth::Required { by, at: self.place(plugin) }, why))
        })
    }

    fn authentication(&self, holding: &[&Node]) -> Auth {
        let mut all = Auth::Open;
        let mut anonymous: Option<Auth> = None;
        let mut every_one_is_optional = true;
        for plugin in holding {
            let Some(name) = word_at(plugin, &["name"]).filter(|name| VERIFIES.contains(&&**name)) else {
                continue;
            };
            // A session alone verifies nothing that another plugin has not verified before.
            if &*name == "session" {
                continue;
            }
            let at = self.place(plugin);
            let config = plugin.get("config");
            let consumer =
                config.and_then(|config| word_at(config, &["anonymous"])).filter(|name| !name.is_empty());
            match consumer {
                Some(consumer) if !self.refused.contains(&consumer) => {
                    let optional = Auth::Optional { by: name, at };
                    anonymous = Some(anonymous.map_or(optional.clone(), |so_far| either(so_far, optional)));
                }
                Some(_) => anonymous = anonymous.or(Some(Auth::Required { by: name, at })),
                None => {
                    every_one_is_optional = false;
                    all = both(all, Auth::Required { by: name, at });
                }
            }
        }
        match anonymous {
            Some(anonymous) if every_one_is_optional => anonymous,
            // One plugin without an anonymous consumer demands its credential whatever the others do.
            _ => all,
        }
    }

    /// A list of allowed groups keeps out whoever is in none of them, so also the anonymous consumer.
    fn behind_acl(&self, auth: Auth, acl: &Node, anonymous: Option<Arc<str>>) -> Auth {
        let config = acl.get("config");
        let allowed =
            config.map(|c| words(c.get("allow").or_else(|| c.get("whitelist")))).unwrap_or_default();
        if allowed.is_empty() {
            return auth;
        }
        let in_group = |consumer: &Node| {
            let groups = consumer.get("acls").map(Node::items).unwrap_or_default();
            groups
                .iter()
                .any(|group| word_at(group, &["group"]).is_some_and(|group| allowed.contains(&group)))
        };
        match auth {
            Auth::Optional { by, at } => {
                let anonymous = anonymous.and_then(|name| self.consumers.get(&name).copied());
                if anonymous.is_none_or(in_group) {
                    Auth::Optional { by, at }
                } else {
                    Auth::Required { by: format!("{by} and acl").into(), at }
                }
            }
            // Some plugin of another file must find the consumer whose group is asked for.
            Auth::Open => Auth::Unknown { by: "acl".into(), at: self.place(acl) },
            other => other,
        }
    }

    fn limit(&self, plugin: &Node) -> Rate {
        let at = self.place(plugin);
        let Some(config) = plugin.get("config") else { return Rate::Unknown { at } };
        // Callers say themselves what is in a header: a fresh value is a fresh count.
        if ["limit_by", "identifier"]
            .iter()
            .any(|key| word_at(config, &[key]).is_some_and(|by| &*by == "header"))
        {
            return Rate::Unlimited;
        }
        let units = [
            ("second", 1.0),
            ("minute", 60.0),
            ("hour", 3_600.0),
            ("day", 86_400.0),
            ("month", 2_592_000.0),
            ("year", 31_536_000.0),
        ];
        let mut limit = Rate::Unlimited;
        for (unit, seconds) in units {
            if let Some(count) = config.get(unit).and_then(number) {
                limit = both_rates(limit, rate(count, seconds, at));
            }
        }
        let list = |key: &str| -> Vec<f64> {
            match config.get(key) {
                Some(node) if matches!(node.value, Value::Sequence(_)) => {
                    node.items().iter().filter_map(number).collect()
                }
                Some(node) => number(node).into_iter().collect(),
                None => Vec::new(),
            }
        };
        for (count, seconds) in list("limit").into_iter().zip(list("window_size")) {
            limit = both_rates(limit, rate(count, seconds, at));
        }
        if limit == Rate::Unlimited { Rate::Unknown { at } } else { limit }
    }
}

fn terminates(plugin: &Node) -> bool {
    word_at(plugin, &["name"]).as_deref() == Some("request-termination") && is_on(plugin)
}

/// Whether a plugin below a route or a service acts on every caller: one for a consumer does not.
fn holds_for_all(plugin: &Node) -> bool {
    is_on(plugin) && is_for_all(plugin)
}

fn is_for_all(plugin: &Node) -> bool {
    let scoped = |key: &str| plugin.get(key).is_some_and(|node| node.value != Value::Null);
    !scoped("consumer") && !scoped("consumer_group")
}

/// Whether any protocol of `route` is one that the plugin runs for.
fn shares_protocols(plugin: &Node, route: &Node) -> bool {
    let own = words(plugin.get("protocols"));
    let served = words(route.get("protocols"));
    let is_served = |protocol: &Arc<str>| match served.as_slice() {
        [] => matches!(&**protocol, "http" | "https"),
        served => served.contains(protocol),
    };
    own.is_empty() || own.iter().any(is_served)
}

fn is_switched_off(plugin: &Node) -> bool {
    plugin.get("enabled").and_then(flag) == Some(false)
}

/// Whether a plugin is switched on, and is one that decides something here.
fn is_on(plugin: &Node) -> bool {
    let known = |name: &str| VERIFIES.contains(&name) || OPAQUE.contains(&name) || DECIDES.contains(&name);
    !is_switched_off(plugin) && plugin.get("name").and_then(word).is_some_and(|name| known(&name))
}
