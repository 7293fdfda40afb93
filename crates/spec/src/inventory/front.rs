//! What stands in front of an API: a proxy, a gateway, a cluster's edge.
//!
//! Every product's configuration becomes listeners and routes. A route says what it matches, what
//! guards it, how fast it may be asked, whom it lets in and where it leads. How the product picks
//! among its routes is [`Precedence`]; [`Front::pick`] does the picking, once for all products.

mod pick;

use std::sync::Arc;

use domain::IpPrefix;
use serde::Serialize;

use super::{Kind, Place};

pub use pick::Picker;
pub(crate) use pick::{host_fits, path_fits, readable_pattern};

/// One product's configuration, as far as it decides who reaches what.
#[derive(Clone, Debug, Serialize)]
pub struct Front {
    /// The product.
    pub kind: Kind,
    /// A name for messages: the server name, the gateway's name, else the file.
    pub name: Arc<str>,
    /// Where it listens.
    pub listeners: Vec<Listener>,
    /// How it picks among its routes.
    pub precedence: Precedence,
    /// Its routes, in the order of the text.
    pub routes: Vec<Route>,
    /// Where it begins.
    pub at: Place,
}

impl Front {
    /// A route's name in messages: with the front's before it, unless it begins so itself.
    #[must_use]
    pub fn subject(&self, route: &Route) -> String {
        match route.name.strip_prefix(&*self.name) {
            Some(rest) if rest.starts_with(' ') => route.name.to_string(),
            _ => format!("{} {}", self.name, route.name),
        }
    }
}

/// An address that is listened on.
#[derive(Clone, Debug, Serialize)]
pub struct Listener {
    /// As written: `0.0.0.0:80`, `443 ssl`, `web`.
    pub address: Arc<str>,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Whether it only sends callers on to https.
    pub redirects: bool,
    /// Who can reach it.
    pub reach: Reach,
    /// Where it is written.
    pub at: Place,
}

/// How a product picks among routes that match the same request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precedence {
    /// The first in the text (Envoy, HAProxy, Caddy after its own sorting).
    FirstMatch,
    /// nginx: exact; the longest prefix if it is marked `^~`; the first regular expression; the
    /// longest prefix; and the same again among the locations within the one found. Routes of one
    /// location stand one after the other: the first whose method fits answers. A route with a
    /// [`Route::priority`] above 0 stands before the choice of a location (a `rewrite` of the server).
    NginxLocations,
    /// The more exact host first; exact before prefix before regular expression; the longer path;
    /// the route that names a method; the one with further conditions; then the order of the text
    /// (Kubernetes).
    ExactThenLongest,
    /// By [`Route::priority`], the larger first; then the longer path (Traefik, APISIX, Kong).
    Priority,
}

/// One rule of what goes where.
#[derive(Clone, Debug, Serialize)]
pub struct Route {
    /// A name for messages: `location /api/`, `route orders`.
    pub name: Arc<str>,
    /// Host names; none: every host. `*.example.com` is a wildcard.
    pub hosts: Vec<Arc<str>>,
    /// Paths.
    pub path: PathMatch,
    /// Methods; none: all.
    pub methods: Vec<Arc<str>>,
    /// Whether header, query or other conditions narrow it further than is said here.
    pub conditional: bool,
    /// For [`Precedence::Priority`].
    pub priority: i64,
    /// What guards it.
    pub auth: Auth,
    /// How fast one caller may ask.
    pub rate: Rate,
    /// Whom it lets in by address.
    pub reach: Reach,
    /// Where it leads; `None`: it answers by itself (a file, a redirect, a refusal).
    pub upstream: Option<Upstream>,
    /// The path that the upstream sees, where it differs: the matched part is replaced by this text.
    pub rewrite: Option<Arc<str>>,
    /// Where it stands.
    pub at: Place,
}

/// What a route matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "match", content = "path", rename_all = "kebab-case")]
pub enum PathMatch {
    /// Everything.
    Any,
    /// This path and nothing else.
    Exact(Arc<str>),
    /// Every path that begins with this text.
    Prefix(Arc<str>),
    /// As [`PathMatch::Prefix`], ahead of regular expressions (nginx `^~`).
    FirmPrefix(Arc<str>),
    /// This path, and every path below it: `/a` matches `/a/b` and not `/ab`.
    Segments(Arc<str>),
    /// A template: `/orders/{id}`, `/files/{rest+}`.
    Template(Arc<str>),
    /// A regular expression, searched for unless it is anchored.
    Regex {
        /// As written.
        pattern: Arc<str>,
        /// Whether case is ignored.
        ignore_case: bool,
        /// Whether it must match the whole path.
        whole: bool,
    },
    /// A location within another: both are looked for, one after the other (nginx).
    Within {
        /// The enclosing location.
        outer: Box<PathMatch>,
        /// The one within it.
        inner: Box<PathMatch>,
    },
    /// What all of these match.
    All(Vec<PathMatch>),
    /// What this does not match.
    Not(Box<PathMatch>),
}

/// What guards a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Auth {
    /// Nothing.
    Open,
    /// Something that lets callers without a credential pass too.
    Optional {
        /// What, in the product's words.
        by: Arc<str>,
        /// Where.
        at: Place,
    },
    /// A verified credential.
    Required {
        /// What, in the product's words: `auth_basic`, `jwt_authn`, `key-auth`.
        by: Arc<str>,
        /// Where.
        at: Place,
    },
    /// Another program is asked for every call (`auth-url`, `forwardAuth`, `ext_authz`). It guards where
    /// routes are compared with one another; what it lets through stays unknown.
    External {
        /// What, in the product's words.
        by: Arc<str>,
        /// Where.
        at: Place,
    },
    /// Nobody passes.
    Denied {
        /// Where.
        at: Place,
    },
    /// Code decides; nothing here says what.
    Unknown {
        /// What, in the product's words.
        by: Arc<str>,
        /// Where.
        at: Place,
    },
}

impl Auth {
    /// Whether a call without any credential is surely looked at by something that can refuse it.
    #[must_use]
    pub const fn asks(&self) -> bool {
        matches!(self, Self::Required { .. } | Self::External { .. })
    }
}

/// How fast one caller may ask.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Rate {
    /// No limit.
    Unlimited,
    /// At most this many requests.
    Limited {
        /// Requests per hour for one caller, the burst left aside.
        per_hour: f64,
        /// Where.
        at: Place,
    },
    /// There is a limit whose figure stands elsewhere.
    Unknown {
        /// Where.
        at: Place,
    },
}

/// Who can reach a listener or a route, by address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Reach {
    /// Everyone.
    World,
    /// Callers in these networks.
    Networks {
        /// The networks.
        networks: Vec<IpPrefix>,
    },
    /// Only from within the cluster or the machine.
    Inside,
    /// Nobody.
    Nobody,
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Upstream {
    /// As written: `http://orders:8080`, a cluster's or a service's name.
    pub name: Arc<str>,
    /// The address by which others call the same service, where the file says it.
    #[serde(skip)]
    pub service: Option<Arc<str>>,
    /// How the way there is made.
    pub hop: Hop,
    /// Where it is written.
    pub at: Place,
}

impl Upstream {
    /// Where it leads in one spelling, without scheme, path and what a scheme implies:
    /// `http://Orders/`, `orders:80` and `orders` are one, `https://orders` is `orders:443`; `localhost` and
    /// `[::1]` are `127.0.0.1`.
    ///
    /// ```
    /// # use spec::inventory::{Hop, Place, SourceId, Upstream};
    /// # use spec::tree::Span;
    /// # let at = Place::new(SourceId(0), Span::START);
    /// let upstream = |name: &str| Upstream { service: None, name: name.into(), hop: Hop::Unknown, at };
    /// assert_eq!(upstream("http://Orders:80/v2/").authority(), "orders");
    /// assert_eq!(upstream("https://orders/").authority(), "orders:443");
    /// assert_eq!(upstream("shop/orders").authority(), "shop/orders");
    /// assert_eq!(upstream("http://localhost:8080/").authority(), "127.0.0.1:8080");
    /// ```
    #[must_use]
    pub fn authority(&self) -> String {
        let name = self.service.as_ref().unwrap_or(&self.name);
        let (scheme, rest) = name.split_once("://").unwrap_or(("", name));
        let rest = match scheme {
            // `namespace/name`, a name of its own.
            "" => rest,
            _ if rest.starts_with("unix:") => rest,
            _ => rest.split(['/', '?']).next().unwrap_or_default(),
        };
        one_spelling(rest, matches!(scheme.to_ascii_lowercase().as_str(), "https" | "grpcs" | "wss"))
    }
}

/// A host with its port, in one spelling, without the port that goes without saying.
pub(crate) fn one_spelling(authority: &str, secure: bool) -> String {
    let mut rest = authority.to_ascii_lowercase();
    for name in ["localhost", "[::1]"] {
        if let Some(port) = rest.strip_prefix(name).filter(|port| port.is_empty() || port.starts_with(':')) {
            rest = format!("127.0.0.1{port}");
            break;
        }
    }
    let port = rest
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    match (secure, port) {
        (true, false) => format!("{rest}:443"),
        (true, true) => rest,
        (false, _) => rest.strip_suffix(":80").map_or_else(|| rest.clone(), str::to_owned),
    }
}

/// How the way to an upstream is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hop {
    /// TLS.
    Tls,
    /// Plain, on this machine or within the cluster.
    Near,
    /// Plain, to a host elsewhere.
    Plain,
    /// Not said.
    Unknown,
}

/// A service of a cluster: a door of its own, whatever front leads to it as well.
///
/// A front's route leads to it where [`Upstream::name`] is its name, or `namespace/name`.
#[derive(Clone, Debug, Serialize)]
pub struct Service {
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Its type, as written: `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`.
    pub exposure: Arc<str>,
    /// The labels of the pods that it leads to; none: it says none.
    pub selector: Vec<(Arc<str>, Arc<str>)>,
    /// Positions, in rising order, of the workloads of the same files that it selects.
    #[serde(skip)]
    pub workloads: Vec<usize>,
    /// Who can reach it without passing a front: what its type or a port of its node opens, less
    /// what network policies keep out.
    pub reach: Reach,
    /// The network policies that hold for its pods; none: everyone in the cluster reaches them.
    pub policies: Vec<Place>,
    /// Where it begins.
    pub at: Place,
}
