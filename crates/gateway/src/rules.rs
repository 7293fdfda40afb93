//! The rules in force: what a reload replaces at one stroke.
//!
//! Immutable. An exchange holds the rules it began with, so a reload in its middle does not judge
//! the answer by other rules than the question. What must outlive a reload (budgets, hints, doors,
//! the ledger) is in [`crate::Gateway`].

use std::sync::Arc;

use domain::{Audience, Endpoint, Intent, Method, Mode, Ownership, PathTemplate, Timestamp};
use http::{HeaderName, HeaderValue};
use meter::Plan;
use net::address::Trust;
use net::upstream::{Tls, Upstream};
use policy::authorize::{LoadError, Notice, Policies};
use sha2::{Digest, Sha256};
use spec::router::{Match, Router};

use crate::blueprint::{Blueprint, ExchangeBounds, OperationPlan, UpstreamPlan};
use crate::identify::{self, Identify};

/// Rules in force.
pub struct Rules {
    /// What happens with refusals and undeclared operations.
    pub mode: Mode,
    /// Whose word on the client's address counts.
    pub trust: Trust,
    /// Policies and patches.
    pub policies: Policies,
    /// Bounds of one exchange.
    pub bounds: ExchangeBounds,
    /// Who callers are.
    pub identify: Identify,
    /// What is not wrong and not in force either.
    pub notices: Vec<Notice>,
    /// Whether any ownership rule asks what was shown at another door.
    pub uses_parents: bool,
    router: Router,
    patched: Router,
    patched_doors: Vec<Endpoint>,
    operations: Vec<Operation>,
    upstreams: Vec<NamedUpstream>,
}

/// A declared operation with everything that the walk needs of it.
pub struct Operation {
    /// Its door.
    pub endpoint: Endpoint,
    /// What its owner declared, if anything.
    pub intent: Option<Arc<Intent>>,
    /// How its answers are metered.
    pub plan: Plan,
    /// Who operates the upstream behind it.
    pub operator: Option<Arc<str>>,
    /// People in an hour and a day that its declared budget lets one partner read.
    pub(crate) allowed: Option<[u32; 2]>,
    upstream: usize,
}

/// An upstream and its name in logs.
pub struct NamedUpstream {
    /// Its name.
    pub name: String,
    /// Its connections.
    pub upstream: Upstream,
    /// The number by which actions know it: of its name, so that it is the same after a restart.
    pub(crate) number: u64,
    /// Whether it gets the credentials of clients.
    pub takes_credentials: bool,
    /// The header by which Tidegate shows itself to it, and its value, which no log shows.
    shows: Option<(HeaderName, HeaderValue)>,
    operator: Option<Arc<str>>,
}

impl NamedUpstream {
    /// Makes of a request what this upstream may see: no credential of the client unless it takes them,
    /// and our own instead of whatever the client wrote in that place.
    pub(crate) fn present<B>(&self, identify: &Identify, request: &mut http::Request<B>) {
        if !self.takes_credentials {
            identify.strip_all(request.headers_mut());
            if let Some(uri) = identify::without_keys(request.uri()) {
                *request.uri_mut() = uri;
            }
        }
        if let Some((name, value)) = &self.shows {
            request.headers_mut().insert(name, value.clone());
        }
    }
}

/// Why a blueprint cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {
    /// Policies or patches do not load; each fault with its place.
    #[error("{} policies or patches cannot be used", .0.len())]
    Policies(Vec<LoadError>),
    /// An upstream's URL is none.
    #[error("upstream `{name}` cannot be used")]
    Upstream {
        /// The upstream's name.
        name: String,
        /// What is wrong with its URL.
        #[source]
        cause: net::upstream::UpstreamUrlError,
    },
    /// The settings of `identify` cannot be used.
    #[error(transparent)]
    Identify(#[from] crate::identify::SettingsError),
    /// There is no upstream.
    #[error(
        "no upstream is named; write `--upstream http://127.0.0.1:8080`, or `upstreams:` in the configuration"
    )]
    NoUpstream,
    /// Enforce mode without any declared intent would refuse everything.
    #[error(
        "enforce mode needs declared operations, and none has an intent; add `x-tidegate` to the specification or \
         `endpoints:` to the configuration, or run with `mode: guard`"
    )]
    NothingDeclared,
    /// An operation goes to an upstream that does not exist.
    #[error("`{endpoint}` goes to an upstream that does not exist")]
    UnknownUpstream {
        /// The operation's door.
        endpoint: Endpoint,
    },
}

impl Rules {
    /// Builds the rules of `blueprint`. Connections to upstreams are opened as they are needed;
    /// confirmed hints of the rules `before` are kept. `published_keys` are SHA-256 digests of API
    /// keys that everybody knows.
    ///
    /// # Errors
    /// See [`RulesError`]. Nothing has changed then.
    pub fn build(
        blueprint: &Blueprint,
        tls: &Tls,
        before: Option<&Self>,
        published_keys: &[[u8; 32]],
    ) -> Result<Self, RulesError> {
        let declared: Vec<_> =
            blueprint.operations.iter().map(|operation| operation.declared.clone()).collect();
        if blueprint.mode == Mode::Enforce && declared.iter().all(|operation| operation.intent.is_none()) {
            return Err(RulesError::NothingDeclared);
        }
        let loaded = Policies::load(&declared, &blueprint.policies, &blueprint.patches, blueprint.read_at)
            .map_err(RulesError::Policies)?;
        let identify = match before {
            Some(before) => before.identify.reloaded(&blueprint.identify, published_keys)?,
            None => Identify::new(&blueprint.identify, published_keys)?,
        };
        let upstreams = upstreams(blueprint, tls)?;
        if upstreams.is_empty() {
            return Err(RulesError::NoUpstream);
        }
        let operations = blueprint
            .operations
            .iter()
            .map(|plan| operation(plan, &upstreams))
            .collect::<Result<Vec<_>, _>>()?;
        let patched_doors: Vec<Endpoint> = loaded.policies.patched_doors().cloned().collect();
        Ok(Self {
            mode: blueprint.mode,
            trust: blueprint.trust.clone(),
            policies: loaded.policies,
            uses_parents: operations.iter().any(|operation| {
                let owner = operation.intent.as_ref().and_then(|intent| intent.owner.as_ref());
                owner.is_some_and(asks_parent)
            }),
            bounds: blueprint.bounds,
            identify,
            notices: loaded.notices,
            router: Router::new(
                declared.into_iter().map(|operation| without_trailing_slash(&operation.endpoint)),
            ),
            patched: Router::new(patched_doors.iter().map(without_trailing_slash)),
            patched_doors,
            operations,
            upstreams,
        })
    }

    /// The declared operation that a request comes to, and its path parameters. `segments` are those
    /// of [`net::target::Target`]: a trailing slash adds none, and neither has it in the router.
    pub fn route<'r, 's>(
        &'r self,
        method: &Method,
        segments: &'s [&'s str],
    ) -> Option<(&'r Operation, Match<'r, 's>)> {
        let found = self.router.route(method, routed(segments))?;
        Some((self.operations.get(found.index)?, found))
    }

    /// The door of an undeclared request that a patch names, whatever was learned of it: also before
    /// its first answer, and in other letter cases, which some upstreams read alike.
    #[must_use]
    pub fn patched_door(&self, method: &Method, segments: &[&str]) -> Option<&Endpoint> {
        if self.patched_doors.is_empty() {
            return None;
        }
        let found = |segments: &[&str]| Some(self.patched.route(method, routed(segments))?.index);
        let index = found(segments).or_else(|| {
            let small: Vec<String> = segments.iter().map(|segment| segment.to_lowercase()).collect();
            found(&small.iter().map(String::as_str).collect::<Vec<_>>())
        });
        self.patched_doors.get(index?)
    }

    /// The operation whose door is `endpoint`, by its own text.
    #[must_use]
    pub fn operation_at(&self, endpoint: &Endpoint) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.endpoint == *endpoint)
    }

    /// Whether the path of a preflight has a declared operation with `method`.
    #[must_use]
    pub fn declares(&self, method: &Method, segments: &[&str]) -> bool {
        self.router.methods(routed(segments)).contains(method)
    }

    /// The upstream of a declared operation, or the first one.
    #[must_use]
    pub fn upstream(&self, operation: Option<&Operation>) -> Option<&NamedUpstream> {
        self.upstreams.get(operation.map_or(0, |operation| operation.upstream))
    }

    /// The number by which actions know the upstream of this name.
    ///
    /// # Errors
    /// The names that there are.
    pub(crate) fn upstream_number(&self, name: &str) -> Result<u64, Vec<&str>> {
        let found = self.upstreams.iter().find(|upstream| upstream.name == name);
        found
            .map(|upstream| upstream.number)
            .ok_or_else(|| self.upstreams.iter().map(|known| &*known.name).collect())
    }

    /// The operator of the upstream that undeclared operations go to.
    #[must_use]
    pub fn default_operator(&self) -> Option<Arc<str>> {
        self.upstreams.first().and_then(|upstream| upstream.operator.clone())
    }

    /// How many operations have a declared intent.
    #[must_use]
    pub fn declared(&self) -> usize {
        self.operations.iter().filter(|operation| operation.intent.is_some()).count()
    }

    /// Patches in force at `now`.
    #[must_use]
    pub fn patches(&self, now: Timestamp) -> usize {
        self.policies.patches().filter(|patch| !patch.expired(now)).count()
    }
}

impl Operation {
    /// Whether the operation is declared public and the declaration has not expired.
    #[must_use]
    pub fn is_public(&self) -> bool {
        matches!(self.intent.as_deref().map(|intent| &intent.audience), Some(Audience::Public(_)))
    }
}

fn asks_parent(owner: &Ownership) -> bool {
    match owner {
        Ownership::Parent { .. } => true,
        Ownership::All(parts) => parts.iter().any(asks_parent),
        Ownership::Field { .. } | Ownership::PathParameter { .. } => false,
    }
}

/// The root's path is one empty segment to the router.
fn routed<'s>(segments: &'s [&'s str]) -> &'s [&'s str] {
    if segments.is_empty() { &[""] } else { segments }
}

/// `/orders/` and `/orders` are one door: requests come with either spelling.
fn without_trailing_slash(endpoint: &Endpoint) -> Endpoint {
    let text = endpoint.template().as_str();
    let shorter = text.strip_suffix('/').filter(|shorter| !shorter.is_empty());
    match shorter.map(PathTemplate::parse) {
        Some(Ok(template)) => Endpoint::new(endpoint.method().clone(), template),
        _ => endpoint.clone(),
    }
}

/// How the answers of `endpoint` are metered, where nothing or `intent` is declared.
#[must_use]
pub(crate) fn meter_plan(endpoint: &Endpoint, intent: Option<&Intent>) -> Plan {
    let owners = intent.and_then(|intent| intent.owner.as_ref()).map(|owner| owner.field_paths());
    Plan {
        subject: intent.and_then(|intent| intent.subject.clone()),
        owners: owners.into_iter().flatten().cloned().collect(),
        resource: Plan::resource_of(endpoint.template()),
        static_asset: false,
    }
}

fn operation(plan: &OperationPlan, upstreams: &[NamedUpstream]) -> Result<Operation, RulesError> {
    let endpoint = plan.declared.endpoint.clone();
    let upstream = upstreams
        .get(plan.upstream)
        .ok_or_else(|| RulesError::UnknownUpstream { endpoint: endpoint.clone() })?;
    let intent = plan.declared.intent.clone();
    let named =
        intent.as_ref().and_then(|intent| intent.operator.as_ref()).map(|operator| operator.name.clone());
    Ok(Operation {
        plan: meter_plan(&endpoint, intent.as_deref()),
        operator: named.or_else(|| upstream.operator.clone()),
        upstream: plan.upstream,
        endpoint,
        allowed: intent.as_ref().and_then(|intent| crate::watch::within(&intent.budget)),
        intent,
    })
}

/// The first eight bytes of the SHA-256 of a name.
fn number_of(name: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(name));
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

fn upstreams(blueprint: &Blueprint, tls: &Tls) -> Result<Vec<NamedUpstream>, RulesError> {
    let one = |plan: &UpstreamPlan| {
        let upstream = Upstream::new(&plan.url, plan.settings.clone(), tls)
            .map_err(|cause| RulesError::Upstream { name: plan.name.clone(), cause })?;
        let shows = plan.shows.as_ref().and_then(|(name, secret)| {
            let mut value = HeaderValue::from_str(secret.expose()).ok()?;
            value.set_sensitive(true);
            Some((name.clone(), value))
        });
        Ok(NamedUpstream {
            name: plan.name.clone(),
            takes_credentials: plan.takes_credentials,
            shows,
            upstream,
            number: number_of(&plan.name),
            operator: plan.operator.as_deref().map(Into::into),
        })
    };
    blueprint.upstreams.iter().map(one).collect()
}
