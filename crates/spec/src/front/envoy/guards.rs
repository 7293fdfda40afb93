//! HTTP filters of a connection manager, and what they do to a piece of a route.
//!
//! Traps that are taken into account: `local_ratelimit` limits nothing until `filter_enabled` and
//! `filter_enforced` are written (both are 0 % by default); a rule of `jwt_authn` without `requires`
//! lets everyone pass, as do paths for which there is no rule; an override on a route replaces the
//! filter's configuration. The bucket of `local_ratelimit` is one for all callers of one Envoy, so its
//! figure bounds every caller; with a bucket per connection it bounds nobody, and is unknown.

use std::sync::Arc;

use crate::front::guard::skipped;
use crate::front::traefik::seconds;
use crate::front::values::{
    Faults, both, both_rates, both_reaches, either, flag, number, rate, reach_of, word_at,
};
use crate::inventory::{Auth, Place, Rate, Reach, SourceId};
use crate::tree::Node;

use super::matches::{Matched, Relation, of_match};
use super::{rbac, typed};

/// Most cuts of the filters of one manager.
const MOST_CUTS: usize = 2_000;
/// Deepest `requires_any` and `requires_all`.
const MOST_DEPTH: usize = 16;

/// What stands between a caller and a route.
pub(super) struct Guard {
    pub(super) auth: Auth,
    pub(super) rate: Rate,
    pub(super) reach: Reach,
}

/// Overrides of filters, the nearest last.
pub(super) struct Overrides<'n> {
    layers: [Option<&'n Node>; 3],
}

impl<'n> Overrides<'n> {
    /// Those of a route configuration, a virtual host and a route.
    pub(super) fn of(layers: [&'n Node; 3]) -> Self {
        Self { layers: layers.map(|layer| layer.get("typed_per_filter_config")) }
    }

    /// The nearest override of the filter called `name`.
    fn find(&self, name: &str) -> Option<&'n Node> {
        self.layers.iter().rev().flatten().find_map(|layer| layer.get(name))
    }
}

struct Filter<'n> {
    name: Arc<str>,
    kind: Arc<str>,
    config: &'n Node,
    disabled: bool,
}

/// The filters of a manager.
pub(super) struct Filters<'n> {
    filters: Vec<Filter<'n>>,
    /// What `jwt_authn` and `rbac` match by, the narrower first.
    cuts: Vec<Matched>,
    certificate: Option<Place>,
    source: SourceId,
}

impl<'n> Filters<'n> {
    pub(super) fn of(
        list: Option<&'n Node>,
        certificate: Option<Place>,
        source: SourceId,
        faults: &mut Faults,
    ) -> Self {
        let mut filters = Vec::new();
        let mut cuts: Vec<Matched> = Vec::new();
        for node in faults.list(list, "http_filters") {
            let name = word_at(node, &["name"]).unwrap_or_default();
            let (kind, config) = node.get("typed_config").map_or(("".into(), node), typed);
            match &*kind {
                "JwtAuthentication" => {
                    let rules = faults.list(config.get("rules"), "rules");
                    cuts.extend(rules.iter().filter_map(|rule| rule.get("match").and_then(of_match)));
                }
                "RBAC" => cuts.extend(rbac::cuts(config.get("rules"))),
                _ => {}
            }
            let disabled = node.get("disabled").and_then(flag) == Some(true);
            filters.push(Filter { name, kind, config, disabled });
        }
        cross(&mut cuts);
        cuts.sort_by_key(Matched::breadth);
        cuts.dedup();
        if cuts.len() > MOST_CUTS
            && let Some(list) = list
        {
            faults.error(list, format!("more than {MOST_CUTS} rules by path"), "check fewer routes at once");
            cuts.truncate(MOST_CUTS);
        }
        Self { filters, cuts, certificate, source }
    }

    /// A route, divided where filters go by path or method: the narrower pieces first.
    pub(super) fn pieces(&self, route: &Matched) -> Vec<Matched> {
        let mut pieces: Vec<Matched> = self.cuts.iter().filter_map(|cut| cut.cut(route)).collect();
        pieces.push(route.clone());
        pieces.dedup();
        pieces
    }

    /// What the filters do to `piece` of a route under `layers`: its virtual host and itself.
    pub(super) fn guard(
        &self,
        piece: &Matched,
        overrides: &Overrides<'n>,
        layers: [&Node; 2],
        faults: &mut Faults,
    ) -> Guard {
        let mut guard = Guard { auth: Auth::Open, rate: Rate::Unlimited, reach: Reach::World };
        if let Some(at) = self.certificate {
            guard.auth = Auth::Required { by: "client certificate".into(), at };
        }
        for filter in &self.filters {
            let mut config = filter.config;
            let mut replaced = None;
            match overrides.find(&filter.name).map(typed) {
                None if filter.disabled => continue,
                None => {}
                Some((kind, node)) => {
                    if node.get("disabled").and_then(flag) == Some(true) {
                        continue;
                    }
                    let inner = if &*kind == "FilterConfig" {
                        node.get("config").map(typed)
                    } else {
                        Some((kind, node))
                    };
                    replaced = inner.map(|(_, node)| node);
                    if &*filter.kind == "LocalRateLimit" {
                        config = replaced.unwrap_or(config);
                    }
                }
            }
            self.step(&mut guard, filter, config, replaced, piece, layers, faults);
        }
        guard
    }

    /// A guard that is written among the filters, whether or not it is switched on anywhere.
    pub(super) fn written(&self) -> Option<Auth> {
        self.filters.iter().find_map(|filter| {
            let by = match &*filter.kind {
                "JwtAuthentication" => "jwt_authn",
                "ExtAuthz" => "ext_authz",
                "BasicAuth" => "basic_auth",
                "ApiKeyAuth" => "api_key_auth",
                "OAuth2" => "oauth2",
                _ => return None,
            };
            let at = Place::new(self.source, filter.config.span);
            Some(Auth::Required { by: by.into(), at })
        })
    }

    #[expect(clippy::too_many_arguments, reason = "one step of the walk over filters")]
    fn step(
        &self,
        guard: &mut Guard,
        filter: &Filter<'n>,
        config: &'n Node,
        replaced: Option<&'n Node>,
        piece: &Matched,
        layers: [&Node; 2],
        faults: &mut Faults,
    ) {
        let at = Place::new(self.source, filter.config.span);
        let mut add = |auth: Auth| {
            let so_far = std::mem::replace(&mut guard.auth, Auth::Open);
            guard.auth = both(so_far, auth);
        };
        match &*filter.kind {
            "JwtAuthentication" => add(self.token(config, replaced, piece, faults)),
            "RBAC" => {
                let rules = match replaced {
                    // An override without rules switches the filter off.
                    Some(node) => node.get("rbac").and_then(|rbac| rbac.get("rules")),
                    None => config.get("rules"),
                };
                let matcher = replaced.and_then(|node| node.get("rbac")).unwrap_or(config).get("matcher");
                if matcher.is_some() {
                    add(Auth::Unknown { by: "rbac matcher".into(), at });
                } else {
                    let (auth, reach) = rbac::verdict(rules, Some(piece), self.source, faults);
                    add(auth);
                    let own = replaced.map_or(Some(config), |node| node.get("rbac"));
                    let shadow = own.and_then(|own| own.get("shadow_rules"));
                    if rules.is_none() && shadow.is_some() {
                        add(rbac::logged(shadow, piece, self.source, faults));
                    }
                    let so_far = std::mem::replace(&mut guard.reach, Reach::World);
                    let reach = match reach {
                        Reach::Networks { networks } => reach_of(networks),
                        reach => reach,
                    };
                    guard.reach = both_reaches(so_far, reach);
                }
            }
            "ExtAuthz" => {
                let is_set = |node: Option<&Node>| node.and_then(flag) == Some(true);
                let shut = config.get("deny_at_disable").and_then(|switch| switch.get("default_value"));
                let auth = Auth::External { by: "ext_authz".into(), at };
                add(if config.get("filter_enabled").is_some_and(|share| !is_whole(share)) && !is_set(shut) {
                    skipped(auth, "but not for every call")
                } else if is_set(config.get("failure_mode_allow")) {
                    skipped(auth, "but not while it fails")
                } else {
                    auth
                });
            }
            "BasicAuth" => add(Auth::Required { by: "basic_auth".into(), at }),
            "ApiKeyAuth" => add(Auth::Required { by: "api_key_auth".into(), at }),
            "OAuth2" => {
                let passes = config
                    .get("config")
                    .and_then(|config| config.get("pass_through_matcher"))
                    .is_some_and(|list| !list.items().is_empty());
                let by = "oauth2".into();
                add(if passes { Auth::Optional { by, at } } else { Auth::Required { by, at } });
            }
            "Lua" | "LuaPerRoute" | "Wasm" | "ExternalProcessor" | "ExtensionWithMatcher" | "Composite" => {
                add(Auth::Unknown { by: filter.name.clone(), at });
            }
            "Config" if filter.name.contains("golang") => add(Auth::Unknown { by: filter.name.clone(), at }),
            "LocalRateLimit" => {
                let limit = local_limit(config, Place::new(self.source, config.span));
                guard.rate = both_rates(std::mem::replace(&mut guard.rate, Rate::Unlimited), limit);
            }
            "RateLimit" => {
                let [host, route] = layers;
                let listed = |node: Option<&Node>| {
                    node.and_then(|node| node.get("rate_limits")).is_some_and(|list| !list.items().is_empty())
                };
                if listed(route.get("route"))
                    || listed(Some(host))
                    || listed(replaced)
                    || listed(Some(config))
                {
                    let limit = Rate::Unknown { at };
                    guard.rate = both_rates(std::mem::replace(&mut guard.rate, Rate::Unlimited), limit);
                }
            }
            _ => {}
        }
    }

    fn token(&self, config: &Node, replaced: Option<&Node>, piece: &Matched, faults: &mut Faults) -> Auth {
        if let Some(name) = replaced.and_then(|node| node.get("requirement_name")) {
            return self.named(config, name, faults, 0);
        }
        let mut result: Option<Auth> = None;
        for rule in config.get("rules").map(Node::items).unwrap_or_default() {
            let Some(matched) = rule.get("match").and_then(of_match) else {
                let at = Place::new(self.source, rule.span);
                return Auth::Unknown { by: "jwt_authn".into(), at };
            };
            let relation = matched.relation(piece);
            if matches!(relation, Relation::Disjoint | Relation::Narrower) {
                continue;
            }
            let own = if let Some(name) = rule.get("requirement_name") {
                self.named(config, name, faults, 0)
            } else {
                rule.get("requires").map_or(Auth::Open, |node| self.requirement(config, node, faults, 0))
            };
            let so_far = result.take();
            let weakest = so_far.map_or(own.clone(), |so_far| either(so_far, own));
            if relation == Relation::Covers && !matched.conditional {
                return weakest;
            }
            // It may match or not: what comes after it counts as well.
            result = Some(weakest);
        }
        // A path without a rule passes; and past a rule that asks for some headers, who sends others.
        result.map_or(Auth::Open, |auth| skipped(auth, "but not for every call"))
    }

    fn named(&self, config: &Node, name: &Node, faults: &mut Faults, depth: usize) -> Auth {
        let text = crate::front::values::word(name).unwrap_or_default();
        match config.get("requirement_map").and_then(|map| map.get(&text)) {
            Some(node) => self.requirement(config, node, faults, depth),
            None => {
                faults.error(
                    name,
                    format!("the requirement `{text}` is not in `requirement_map`"),
                    "Envoy does not load this; name a requirement that exists",
                );
                Auth::Unknown { by: "jwt_authn".into(), at: Place::new(self.source, name.span) }
            }
        }
    }

    fn requirement(&self, config: &Node, node: &Node, faults: &mut Faults, depth: usize) -> Auth {
        let by: Arc<str> = "jwt_authn".into();
        let at = Place::new(self.source, node.span);
        if depth >= MOST_DEPTH {
            return Auth::Unknown { by, at };
        }
        let inner = |key: &str| node.get(key).and_then(|all| all.get("requirements")).map(Node::items);
        if let Some(all) = inner("requires_any") {
            let all = all.iter().map(|one| self.requirement(config, one, faults, depth + 1));
            let all: Vec<Auth> = all.collect();
            return all.into_iter().reduce(either).unwrap_or(Auth::Open);
        }
        if let Some(all) = inner("requires_all") {
            return all
                .iter()
                .map(|one| self.requirement(config, one, faults, depth + 1))
                .fold(Auth::Open, both);
        }
        if node.get("allow_missing").is_some() || node.get("allow_missing_or_failed").is_some() {
            return Auth::Optional { by, at };
        }
        let provider = node
            .get("provider_name")
            .or_else(|| node.get("provider_and_audiences").and_then(|p| p.get("provider_name")));
        let Some(provider) = provider else { return Auth::Open };
        let text = crate::front::values::word(provider).unwrap_or_default();
        if config.get("providers").and_then(|all| all.get(&text)).is_none() {
            let message = format!("the provider `{text}` is not among `providers`");
            faults.error(provider, message, "Envoy does not load this; name a provider that exists");
        }
        Auth::Required { by, at }
    }
}

/// Adds to cuts by path those by path and method, so that every combination has a piece of its own.
fn cross(cuts: &mut Vec<Matched>) {
    let methods: Vec<Vec<Arc<str>>> =
        cuts.iter().filter(|cut| !cut.methods.is_empty()).map(|cut| cut.methods.clone()).collect();
    let paths: Vec<Matched> = cuts.iter().filter(|cut| cut.methods.is_empty()).cloned().collect();
    for methods in methods {
        let room = (MOST_CUTS + 1).saturating_sub(cuts.len());
        cuts.extend(paths.iter().take(room).map(|cut| Matched { methods: methods.clone(), ..cut.clone() }));
    }
}

/// Whether a runtime fraction is all of it by default.
fn is_whole(fraction: &Node) -> bool {
    fraction.get("default_value").is_some_and(|value| {
        let of = match word_at(value, &["denominator"]).as_deref() {
            Some("TEN_THOUSAND" | "1") => 10_000.0,
            Some("MILLION" | "2") => 1_000_000.0,
            _ => 100.0,
        };
        value.get("numerator").and_then(number).unwrap_or(0.0) >= of
    })
}

fn local_limit(config: &Node, at: Place) -> Rate {
    let is_whole = |key: &str| config.get(key).is_some_and(is_whole);
    let Some(bucket) = config.get("token_bucket") else { return Rate::Unlimited };
    if !is_whole("filter_enabled") || !is_whole("filter_enforced") {
        return Rate::Unlimited;
    }
    if config.get("local_rate_limit_per_downstream_connection").and_then(flag) == Some(true) {
        return Rate::Unknown { at };
    }
    let tokens = bucket.get("tokens_per_fill").and_then(number).unwrap_or(1.0);
    let interval = word_at(bucket, &["fill_interval"]).and_then(|text| seconds(&text));
    match interval {
        Some(interval) => rate(tokens, interval, at),
        None => Rate::Unknown { at },
    }
}
