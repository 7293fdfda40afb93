//! Request limits: how many requests, and how many distinct objects, one caller may send.
//!
//! Limits protect the upstream; they are no defence of personal data. A scrape of ten records per
//! request needs few requests, so [`crate::budget`] counts people instead, and by default no limit
//! here acts below a thousand requests a second from one address.
//!
//! This module never reads a clock, never sleeps and never queues: it says yes or no.
//!
//! ```
//! # use domain::{LimitDecl, Timestamp, Window, networks_of};
//! # use policy::limit::{Limits, Request, Settings, rate_limit};
//! let mut limits = Limits::new(Settings::default(), 42);
//! let networks = networks_of("198.51.100.7".parse().unwrap());
//! let declared = [LimitDecl { requests: Some(2), distinct: None, per: Window::MINUTE }];
//! let request = Request { networks: &networks, principal: None, endpoint: 0, declared: &declared, objects: &[] };
//! let now = Timestamp::from_secs(1_800_000_000);
//! let (first, second) = (limits.check(&request, now), limits.check(&request, now));
//! assert_eq!(rate_limit(&first.unwrap()).unwrap(), r#""client";r=2000;t=1, "operation";r=1;t=30"#);
//! assert!(second.is_ok());
//! assert!(limits.check(&request, now).is_err());
//! ```

mod distinct;
mod gcra;
mod headers;

use domain::{IpPrefix, LimitDecl, Refusal, RefusalKind, SubjectDigest, Timestamp, Window};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::budget::shared::{Keys, Scope};
use distinct::{Ask, Distinct};
use gcra::Gcra;

pub use gcra::{Quota, Standing};
pub use headers::{rate_limit, rate_limit_policy, retry_after};

/// Limits on requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Requests of one address (IPv4 /32, IPv6 /64) over all operations. `null` for no limit.
    pub client: Option<Rate>,
    /// Requests of one verified or confirmed principal over all operations. `null` for no limit.
    pub principal: Option<Rate>,
    /// Requests of everybody to one operation. `null` for no limit.
    pub endpoint: Option<Rate>,
    /// Keys held in memory for request limits, 17 bytes each; a quarter as many, 200 bytes each and
    /// 16 to 40 for every object above three, for limits on distinct objects. Minimum 64.
    pub keys: u32,
}

/// A rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Requests per `per`, regained evenly. At least 1.
    pub requests: u32,
    /// The window, such as `1s`. At least 1 ms.
    pub per: Window,
    /// Requests at once. Default: `requests`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        let client = Rate { requests: 2000, per: Window::from_secs(1), burst: Some(4000) };
        Self { client: Some(client), principal: None, endpoint: None, keys: 200_000 }
    }
}

impl Rate {
    fn quota(&self) -> Quota {
        Quota::new(self.requests, self.per, self.burst.unwrap_or(self.requests))
    }
}

/// What a limit needs to know of a request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The client's blocks, narrowest first ([`domain::networks_of`]).
    pub networks: &'a [IpPrefix],
    /// Keyed digest of the verified or confirmed principal.
    pub principal: Option<SubjectDigest>,
    /// The endpoint's number, as for budgets.
    pub endpoint: u32,
    /// The operation's own limits for one caller: its principal, else its address.
    pub declared: &'a [LimitDecl],
    /// Short digests of the objects that the request names.
    pub objects: &'a [u64],
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Requests.
    Requests,
    /// Distinct objects that requests name.
    Objects,
}

/// A limit that applied, and where the caller stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// `client`, `principal`, `endpoint` or `operation`; `objects` where it counts these.
    pub name: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// The limit.
    pub quota: Quota,
    /// Where the caller stands after this request.
    pub standing: Standing,
}

/// The limits that applied to one request.
pub type AllApplied = SmallVec<[Applied; 4]>;

/// A request that does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limited {
    /// Kind `rate-limited` or `distinct-limited`, with the time until it could pass.
    pub refusal: Refusal,
    /// Where the caller stands in every request limit; last the limit on distinct objects, where this
    /// is what refused.
    pub applied: AllApplied,
}

/// All limits of one gateway.
///
/// Memory is bounded by [`Settings::keys`], reserved at once. Eviction never lets a request pass
/// that unlimited memory would have stopped.
#[derive(Debug)]
pub struct Limits {
    settings: Settings,
    keys: Keys,
    gcra: Gcra,
    distinct: Distinct,
}

impl Limits {
    /// Nothing counted yet. `seed` must be secret and random.
    #[must_use]
    pub fn new(settings: Settings, seed: u64) -> Self {
        let keys = settings.keys.max(64);
        Self {
            keys: Keys::new(seed),
            gcra: Gcra::new(keys),
            distinct: Distinct::new(keys / 4, seed),
            settings,
        }
    }

    /// Uses other settings from now on and keeps every count. The size of the tables stays.
    pub fn reload(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Counts a request towards every limit that concerns it, or towards none.
    ///
    /// # Errors
    /// [`Limited`], with the refusal and where the caller stands.
    pub fn check(&mut self, request: &Request<'_>, now: Timestamp) -> Result<AllApplied, Box<Limited>> {
        let at = self.gcra.tick(now);
        let limits: SmallVec<[(&'static str, u64, Quota); 4]> = self.limits(request).collect();
        let mut applied = AllApplied::new();
        let mut full: Option<Applied> = None;
        for (name, key, quota) in &limits {
            let (passes, standing) = self.gcra.look(*key, quota, at);
            let one = Applied { name, unit: Unit::Requests, quota: *quota, standing };
            if !passes && full.is_none_or(|full| full.standing.more_in < standing.more_in) {
                full = Some(one);
            }
            applied.push(one);
        }
        if let Some(Applied { name, unit: _, quota, standing }) = full {
            let detail = format!("limit of the {name}: {} requests per {}", quota.requests(), quota.per());
            let refusal = Refusal::new(RefusalKind::RateLimited, detail).retry_after(standing.more_in);
            return Err(Box::new(Limited { refusal, applied }));
        }
        let distinct =
            request.declared.iter().any(|decl| decl.distinct.is_some()) && !request.objects.is_empty();
        let ask = Ask {
            networks: request.networks,
            principal: request.principal,
            endpoint: request.endpoint,
            declared: request.declared,
            objects: request.objects,
        };
        if distinct {
            if let Err(full) = self.distinct.look(&ask, now) {
                applied.push(Applied {
                    name: "objects",
                    unit: Unit::Objects,
                    quota: Quota::new(full.limit, full.per, full.limit),
                    standing: Standing { remaining: 0, more_in: full.wait },
                });
                return Err(Box::new(Limited { refusal: full.refusal(), applied }));
            }
            self.distinct.count(&ask, now);
        }
        for ((_, key, quota), applied) in limits.iter().zip(&mut applied) {
            applied.standing = self.gcra.count(*key, quota, at);
        }
        Ok(applied)
    }

    /// Name, key and quota of each request limit that concerns `request`.
    fn limits<'a>(
        &'a self,
        request: &'a Request<'a>,
    ) -> impl Iterator<Item = (&'static str, u64, Quota)> + 'a {
        let keys = self.keys;
        let caller = move |scope: Scope| match (request.principal, request.networks.first()) {
            (Some(digest), _) => keys.principal(digest, 0, scope),
            (None, Some(&address)) => keys.network(address, scope),
            (None, None) => keys.nobody(scope),
        };
        let address = request.networks.first().map_or_else(
            || keys.nobody(Scope::Requests(None)),
            |&address| keys.network(address, Scope::Requests(None)),
        );
        let client = self.settings.client.map(|rate| ("client", address, rate.quota()));
        let principal = request.principal.and_then(|digest| {
            let key = keys.principal(digest, 0, Scope::Requests(None));
            self.settings.principal.map(|rate| ("principal", key, rate.quota()))
        });
        let endpoint = self
            .settings
            .endpoint
            .map(|rate| ("endpoint", keys.nobody(Scope::Requests(Some(request.endpoint))), rate.quota()));
        // Windows of one operation are told apart by their length.
        let declared = request.declared.iter().filter_map(move |decl| {
            let quota = Quota::declared(decl)?;
            let scope = Scope::Declared { endpoint: request.endpoint, window: decl.per };
            Some(("operation", caller(scope), quota))
        });
        client.into_iter().chain(principal).chain(endpoint).chain(declared)
    }

    /// Keys held for request limits, and accounts held for limits on distinct objects.
    #[must_use]
    pub fn sizes(&self) -> (usize, usize) {
        (self.gcra.len(), self.distinct.len())
    }

    /// Bytes reserved by all tables; what was never touched costs no memory yet.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.gcra.bytes().saturating_add(self.distinct.bytes())
    }
}
