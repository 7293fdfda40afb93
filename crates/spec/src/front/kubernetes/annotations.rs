//! Annotations of an Ingress that decide who passes, how often and where to.

use std::sync::Arc;

use crate::front::guard::skipped;
use crate::front::traefik::Provider;
use crate::front::values::{Faults, UNJUDGED, both, both_rates, number, rate, reach_of, word, words};
use crate::inventory::{Auth, Rate, Reach};
use crate::tree::Node;

use super::Object;
use super::network::{is_on, is_written};

const NGINX: &str = "nginx.ingress.kubernetes.io/";

/// Words of classes whose controllers do not read the annotations of ingress-nginx.
const OTHER_CONTROLLERS: [&str; 9] =
    ["traefik", "haproxy", "kong", "alb", "gce", "contour", "istio", "cilium", "azure"];

/// Directives of a snippet that decide nothing about access.
const HARMLESS: [&str; 16] = [
    "add_header",
    "more_set_headers",
    "more_clear_headers",
    "proxy_set_header",
    "proxy_hide_header",
    "proxy_read_timeout",
    "proxy_send_timeout",
    "proxy_connect_timeout",
    "proxy_buffering",
    "proxy_buffer_size",
    "proxy_buffers",
    "client_max_body_size",
    "client_body_buffer_size",
    "gzip",
    "gzip_types",
    "expires",
];

/// What the annotations of one Ingress say for all its paths.
pub(super) struct Guards {
    pub(super) auth: Auth,
    pub(super) rate: Rate,
    pub(super) reach: Reach,
    /// The path that the service sees instead.
    pub(super) rewrite: Option<Arc<str>>,
    /// Whether paths of its hosts are regular expressions.
    pub(super) regex: bool,
    /// Whether only a part of the callers is sent here.
    pub(super) canary: bool,
    /// The protocol of the service: `HTTP`, `HTTPS`, `GRPC`, `GRPCS`.
    pub(super) protocol: Arc<str>,
    /// Whether it answers with a redirect to elsewhere.
    pub(super) redirects: bool,
    /// Further host names.
    pub(super) aliases: Vec<Arc<str>>,
}

impl Guards {
    pub(super) fn of(object: &Object, class: &str, middlewares: &Provider, faults: &mut Faults) -> Self {
        let nginx = |key: &str| object.annotation(&format!("{NGINX}{key}"));
        let on = |key: &str| is_on(object, &format!("{NGINX}{key}"));
        let mut auth = basic(object, nginx("auth-type"));
        if let Some(url) = nginx("auth-url").filter(|url| is_written(Some(url))) {
            auth = both(auth, Auth::External { by: "auth-url".into(), at: object.place(url) });
        }
        if let Some(secret) = nginx("auth-tls-secret") {
            auth = both(auth, certificate(object, secret, nginx("auth-tls-verify-client")));
        }
        for key in ["configuration-snippet", "server-snippet", "auth-snippet"] {
            if let Some(snippet) = nginx(key).filter(|snippet| !is_harmless(snippet)) {
                // A snippet can also undo a guard, so what is required without it is unknown with it.
                if leads_on(snippet) {
                    faults.error(snippet, format!("`{key}` leads to a service by itself"), UNJUDGED);
                }
                auth = match auth {
                    denied @ Auth::Denied { .. } => denied,
                    auth if switches_off(snippet) => skipped(auth, &format!("which {key} switches off")),
                    _ => unknown(object, key, snippet),
                };
            }
        }
        let foreign = OTHER_CONTROLLERS.iter().any(|other| class.contains(other));
        if foreign && auth != Auth::Open {
            // Written as a guard, and the controller of this class does not read it.
            let by = format!("annotations of ingress-nginx on class {class}").into();
            auth = Auth::Optional { by, at: object.at() };
        }
        auth = others(object, auth);
        let allowed = nginx("allowlist-source-range").or_else(|| nginx("whitelist-source-range"));
        let allowed = allowed.filter(|_| !foreign);
        let mut reach = allowed.filter(|allowed| is_written(Some(allowed))).map_or(Reach::World, |allowed| {
            let networks = faults.networks(allowed);
            reach_of(networks)
        });
        let any = nginx("satisfy").and_then(word).is_some_and(|word| &*word == "any");
        let listed = allowed.is_some_and(|allowed| is_written(Some(allowed)));
        if any && listed && auth != Auth::Open {
            // Callers from the networks pass without a credential, all others with one.
            auth = match nginx("satisfy") {
                Some(at) => Auth::Optional { by: "satisfy any".into(), at: object.place(at) },
                None => auth,
            };
            reach = Reach::World;
        }
        let mut limit = Rate::Unlimited;
        for (key, seconds) in [("limit-rps", 1.0), ("limit-rpm", 60.0)] {
            if let Some(node) = nginx(key).filter(|_| !foreign) {
                let count = number(node).unwrap_or(-1.0);
                // ingress-nginx takes 0 as no limit.
                if count != 0.0 {
                    limit = both_rates(limit, rate(count, seconds, object.place(node)));
                }
            }
        }
        let mut guards = Self {
            auth,
            rate: limit,
            reach,
            rewrite: nginx("rewrite-target").and_then(word),
            regex: on("use-regex") || is_written(nginx("rewrite-target")),
            canary: on("canary"),
            protocol: nginx("backend-protocol").and_then(word).unwrap_or_else(|| "HTTP".into()),
            redirects: is_written(nginx("permanent-redirect")) || is_written(nginx("temporal-redirect")),
            aliases: split(nginx("server-alias")),
        };
        guards.traefik(object, middlewares, faults);
        guards
    }

    /// Adds what Traefik's middlewares do, named as `namespace-name@kubernetescrd`.
    fn traefik(&mut self, object: &Object, middlewares: &Provider, faults: &mut Faults) {
        let Some(node) = object.annotation("traefik.ingress.kubernetes.io/router.middlewares") else {
            return;
        };
        let names = split(Some(node));
        let effect = middlewares.effect(&names, object.place(node), faults);
        let auth = std::mem::replace(&mut self.auth, Auth::Open);
        self.auth = both(auth, effect.auth);
        let limit = std::mem::replace(&mut self.rate, Rate::Unlimited);
        self.rate = both_rates(limit, effect.rate);
        let reach = std::mem::replace(&mut self.reach, Reach::World);
        self.reach = crate::front::values::both_reaches(reach, effect.reach);
        self.redirects |= effect.redirects;
        self.rewrite = self.rewrite.take().or(effect.rewrite);
    }
}

fn split(node: Option<&Node>) -> Vec<Arc<str>> {
    words(node)
        .iter()
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(Arc::from)
        .collect()
}

fn unknown(object: &Object, by: &str, node: &Node) -> Auth {
    Auth::Unknown { by: by.into(), at: object.place(node) }
}

fn basic(object: &Object, node: Option<&Node>) -> Auth {
    match node.and_then(|node| Some((node, word(node)?))) {
        Some((node, kind)) if matches!(&*kind, "basic" | "digest") => {
            Auth::Required { by: format!("auth-type {kind}").into(), at: object.place(node) }
        }
        _ => Auth::Open,
    }
}

fn certificate(object: &Object, secret: &Node, verify: Option<&Node>) -> Auth {
    let at = object.place(verify.unwrap_or(secret));
    let by: Arc<str> = "auth-tls-secret".into();
    match verify.and_then(word).as_deref() {
        Some("off") => Auth::Open,
        Some("optional" | "optional_no_ca") => Auth::Optional { by, at },
        _ => Auth::Required { by, at },
    }
}

/// What other controllers' annotations say.
fn others(object: &Object, mut auth: Auth) -> Auth {
    if let Some(node) = object.annotation("alb.ingress.kubernetes.io/auth-type")
        && word(node).is_some_and(|kind| matches!(&*kind, "oidc" | "cognito"))
    {
        let refuses = object
            .annotation("alb.ingress.kubernetes.io/auth-on-unauthenticated-request")
            .and_then(word)
            .is_none_or(|word| &*word != "allow");
        let (by, at) = ("alb auth-type".into(), object.place(node));
        auth = both(auth, if refuses { Auth::Required { by, at } } else { Auth::Optional { by, at } });
    }
    for key in ["konghq.com/plugins", "haproxy-ingress.github.io/auth-url", "haproxy.org/auth-type"] {
        if let Some(node) = object.annotation(key) {
            auth = both(auth, unknown(object, key, node));
        }
    }
    auth
}

/// Whether every directive of a snippet is one that decides nothing about access.
fn is_harmless(snippet: &Node) -> bool {
    let Some(text) = word(snippet) else { return true };
    statements(&without_comments(&text))
        .all(|statement| statement.split_whitespace().next().is_some_and(|word| HARMLESS.contains(&word)))
}

/// Whether a snippet switches off a guard that the annotations write.
fn switches_off(snippet: &Node) -> bool {
    let text = word(snippet).unwrap_or_default();
    statements(&without_comments(&text)).any(|statement| {
        let mut words = statement.split_whitespace();
        matches!((words.next(), words.next()), (Some("auth_request" | "auth_basic"), Some("off")))
    })
}

/// Whether a snippet hands requests to something.
fn leads_on(snippet: &Node) -> bool {
    let text = without_comments(&word(snippet).unwrap_or_default());
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .any(|word| matches!(word, "proxy_pass" | "fastcgi_pass" | "grpc_pass" | "uwsgi_pass" | "scgi_pass"))
}

fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for line in text.lines() {
        code.push_str(line.split('#').next().unwrap_or_default());
        code.push('\n');
    }
    code
}

/// The statements of a snippet that has no comments.
fn statements(code: &str) -> impl Iterator<Item = &str> {
    code.split([';', '{', '}']).map(str::trim).filter(|statement| !statement.is_empty())
}
