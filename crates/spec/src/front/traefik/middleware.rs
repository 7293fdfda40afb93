//! What Traefik's middlewares do to a request.
//!
//! Access is decided by `basicAuth`, `digestAuth`, `forwardAuth` (external: another program decides),
//! `ipAllowList` / `ipWhiteList`, `rateLimit`, `chain`, `redirectScheme`, and Traefik Hub's `jwt`,
//! `apiKey`, `oidc`, `oAuthIntrospection`. A middleware that is named and not found is an error: what it
//! does decides who gets through (Traefik would not serve its router, but then another file is likely to
//! define it).

use std::sync::Arc;

use crate::front::values::{
    Faults, both, both_rates, both_reaches, is_among, number, rate, reach_of, with_burst, word, word_at,
    words,
};
use crate::inventory::{Auth, Place, Rate, Reach};
use crate::tree::Node;

use super::{Middleware, Provider};

/// Most middlewares that one router passes, chains unfolded.
const MOST_STEPS: usize = 256;

/// What a list of middlewares does together.
#[derive(Debug)]
pub(in crate::front) struct Effect {
    pub(in crate::front) auth: Auth,
    pub(in crate::front) rate: Rate,
    pub(in crate::front) reach: Reach,
    pub(in crate::front) rewrite: Option<Arc<str>>,
    pub(in crate::front) redirects: bool,
    /// Headers that reach what stands behind as the middlewares so far set them.
    sets: Vec<Arc<str>>,
}

pub(super) fn effect(provider: &Provider, names: &[Arc<str>], at: Place, faults: &mut Faults) -> Effect {
    let mut effect = Effect {
        auth: Auth::Open,
        rate: Rate::Unlimited,
        reach: Reach::World,
        rewrite: None,
        redirects: false,
        sets: Vec::new(),
    };
    // Chains may name each other in a circle; the steps are counted, not the depth.
    let mut waiting: Vec<Arc<str>> = names.iter().rev().cloned().collect();
    let mut steps = 0;
    while let Some(name) = waiting.pop() {
        steps += 1;
        if steps > MOST_STEPS {
            effect.add_auth(Auth::Unknown { by: "a chain without end".into(), at });
            break;
        }
        let own = name.strip_suffix("@file").unwrap_or(&name);
        let Some(found) = provider.find(own) else {
            effect.missing(&name, at, faults);
            continue;
        };
        for (key, value) in found.node.entries() {
            effect.step(found, &key.text, value, &mut waiting, faults);
        }
    }
    effect
}

impl Effect {
    fn add_auth(&mut self, auth: Auth) {
        let so_far = std::mem::replace(&mut self.auth, Auth::Open);
        self.auth = both(so_far, auth);
    }

    fn missing(&mut self, name: &Arc<str>, at: Place, faults: &mut Faults) {
        let node = Node { value: crate::tree::Value::Null, span: at.span };
        let message = format!("the middleware `{name}` is in none of the files");
        // Other providers are labels and stores, of which there are no files.
        let of_a_file = name.rsplit_once('@').is_none_or(|(_, by)| matches!(by, "file" | "kubernetescrd"));
        if of_a_file {
            faults.error(&node, message, "check the files that define it too: it decides who gets through");
        } else {
            faults.warning(&node, message, "look at it yourself: what it does is not known");
        }
        self.add_auth(Auth::Unknown { by: format!("middleware {name}").into(), at });
    }

    fn step(
        &mut self,
        found: &Middleware,
        kind: &str,
        node: &Node,
        waiting: &mut Vec<Arc<str>>,
        faults: &mut Faults,
    ) {
        let at = Place::new(found.source, node.span);
        let by: Arc<str> = format!("{kind} {}", found.name).into();
        match kind {
            "basicAuth" | "digestAuth" | "jwt" | "apiKey" | "oidc" | "oAuthIntrospection" | "hmac"
            | "ldap" => {
                self.add_auth(Auth::Required { by, at });
            }
            "forwardAuth" | "opa" => {
                self.sets.extend(words(node.get("authResponseHeaders")));
                self.add_auth(Auth::External { by, at });
            }
            "headers" => {
                let set = node.get("customRequestHeaders").into_iter().flat_map(Node::entries);
                self.sets.extend(set.map(|(key, _)| key.text.clone()));
            }
            "plugin" => self.add_auth(Auth::Unknown { by, at }),
            "ipAllowList" | "ipWhiteList" => {
                let source = node.get("sourceRange").unwrap_or(node);
                let networks = faults.networks(source);
                let reach = std::mem::replace(&mut self.reach, Reach::World);
                self.reach = both_reaches(reach, reach_of(networks));
            }
            "rateLimit" => {
                let average = node.get("average").and_then(number).unwrap_or(0.0);
                let period = word_at(node, &["period"]).map_or(Some(1.0), |text| seconds(&text));
                // A header is what callers say, unless an authorizer or a middleware before sets it: a
                // fresh value is a fresh count.
                let by = word_at(node, &["sourceCriterion", "requestHeaderName"]);
                let chosen = by.is_some_and(|name| !is_among(&self.sets, &name));
                // An average of 0 is no limit (Traefik, `rateLimit.average`).
                if average != 0.0 && !chosen {
                    let limit = rate(average, period.unwrap_or(-1.0), at);
                    let limit = with_burst(limit, node.get("burst").and_then(number).unwrap_or(0.0));
                    self.rate = both_rates(self.rate.clone(), limit);
                }
            }
            "chain" => {
                let names = node.get("middlewares");
                let named = |item: &Node| match (&found.namespace, item.mapping()) {
                    (Some(own), Some(_)) => {
                        let namespace = word_at(item, &["namespace"]).unwrap_or_else(|| own.clone());
                        Some(format!("{namespace}-{}@kubernetescrd", word_at(item, &["name"])?).into())
                    }
                    _ => word(item),
                };
                let items = names.map(Node::items).unwrap_or_default();
                let room = MOST_STEPS.saturating_sub(waiting.len());
                waiting.extend(items.iter().rev().filter_map(named).take(room));
            }
            "redirectScheme" => {
                self.redirects |= word_at(node, &["scheme"]).is_some_and(|scheme| &*scheme == "https");
            }
            "redirectRegex" => self.redirects |= word_at(node, &["regex"]).is_some_and(|all| is_all(&all)),
            "stripPrefix" => self.rewrite = words(node.get("prefixes")).first().map(|_| "/".into()),
            "replacePath" => self.rewrite = word_at(node, &["path"]),
            "replacePathRegex" => self.rewrite = word_at(node, &["replacement"]),
            "addPrefix" => {
                self.rewrite = word_at(node, &["prefix"]).map(|prefix| format!("{prefix}/").into())
            }
            _ => {}
        }
    }
}

/// Whether a regular expression plainly matches every address.
fn is_all(pattern: &str) -> bool {
    matches!(pattern, ".*" | "^.*$" | "(.*)" | "^(.*)$" | "^http://(.*)" | "^http://(.*)$")
}

/// A duration of Traefik in seconds: `10s`, `1m`, `1h30m`, `500ms`, or a number of seconds.
pub(in crate::front) fn seconds(text: &str) -> Option<f64> {
    if let Ok(whole) = text.parse::<f64>() {
        return Some(whole).filter(|seconds| seconds.is_finite());
    }
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (count, after) = rest.split_at_checked(digits)?;
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(unit_end)?;
        let factor = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        total += count.parse::<f64>().ok()? * factor;
        rest = after;
    }
    Some(total)
}
