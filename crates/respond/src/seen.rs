//! What this crate sees of an exchange: facts that are known with the request, and what came of it.

use std::net::IpAddr;

use detect::{CallerKind, Observed};
use domain::{ClassSet, Endpoint, Exchange, ObjectRef, PageRef, SubjectDigest, Timestamp};
use smallvec::SmallVec;

/// Most ids of one exchange that are compared.
const MOST_IDS: usize = 8;

/// What is known when a request is complete: all that actions are judged by before the upstream is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The client's address.
    pub client: IpAddr,
    /// How the caller stands.
    pub caller: CallerKind,
    /// Digest of principal or hint. Only a principal's counts, see [`Facts::principal`].
    pub identity: Option<SubjectDigest>,
    /// Whether the caller is a partner, or has a role with a budget of its own.
    pub works: bool,
    /// The endpoint, by [`detect::endpoint_key`].
    pub door: u64,
    /// The upstream, by a number that the gateway keeps over restarts.
    pub upstream: u64,
    /// Number or offset of the page asked for.
    pub page: Option<u64>,
}

impl Facts {
    /// The confirmed or verified principal.
    #[must_use]
    pub fn principal(&self) -> Option<SubjectDigest> {
        self.identity.filter(|_| self.caller.is_principal())
    }
}

/// One exchange, after its answer.
#[derive(Clone, Debug)]
pub struct Seen<'x> {
    /// When.
    pub at: Timestamp,
    /// What was known with the request.
    pub facts: Facts,
    /// The endpoint as it is shown.
    pub endpoint: &'x Endpoint,
    /// Digest of the `User-Agent`: it may group exchanges, it identifies nobody.
    pub agent: Option<SubjectDigest>,
    /// Short digests of the first eight objects that the request named.
    pub ids: SmallVec<[u64; MOST_IDS]>,
    /// [`Exchange::strangers`].
    pub strangers: u32,
    /// Whether the endpoint is declared public: whom it tells of is nobody's stranger, so no action waits
    /// for its answers.
    pub public: bool,
    /// Whether the endpoint's intent is declared.
    pub declared: bool,
    /// What was told.
    pub classes: ClassSet,
    /// Whether it missed: an object or door that is not there, or others' records that were refused.
    pub missed: bool,
}

impl<'x> Seen<'x> {
    /// What a line of the exchange log tells; the gateway knows which upstream answered.
    #[must_use]
    pub fn of(exchange: &'x Exchange, upstream: u64) -> Self {
        let page = exchange.page.and_then(|page| match page {
            PageRef::Number(number) => Some(number),
            PageRef::Cursor(_) => None,
        });
        Self {
            at: exchange.at,
            facts: Facts {
                client: exchange.client,
                caller: CallerKind::of(&exchange.caller),
                identity: exchange.principal,
                works: exchange.role.is_some()
                    || exchange.allowed.is_some()
                    || CallerKind::of(&exchange.caller) == CallerKind::Partner,
                door: detect::endpoint_key(&exchange.endpoint),
                upstream,
                page,
            },
            endpoint: &exchange.endpoint,
            agent: exchange.agent,
            ids: Self::ids(&exchange.objects),
            strangers: if exchange.public { 0 } else { exchange.strangers },
            public: exchange.public,
            declared: exchange.declared,
            classes: exchange.classes,
            missed: Observed::of(exchange).foreign || matches!(exchange.status, 403 | 404 | 410),
        }
    }

    /// Short digests of the first objects, for [`Seen::ids`].
    #[must_use]
    pub fn ids(objects: &[ObjectRef]) -> SmallVec<[u64; MOST_IDS]> {
        objects.iter().take(MOST_IDS).map(|object| object.digest.short()).collect()
    }

    /// An anonymous exchange that told of nobody: for tests and simulations, which change what matters.
    #[must_use]
    pub fn quiet(at: Timestamp, client: IpAddr, endpoint: &'x Endpoint) -> Self {
        Self {
            at,
            facts: Facts {
                client,
                caller: CallerKind::Anonymous,
                identity: None,
                works: false,
                door: detect::endpoint_key(endpoint),
                upstream: 0,
                page: None,
            },
            endpoint,
            agent: None,
            ids: SmallVec::new(),
            strangers: 0,
            public: false,
            declared: false,
            classes: ClassSet::EMPTY,
            missed: false,
        }
    }

    /// Whether it shows that a leak, or the search for one, goes on.
    #[must_use]
    pub fn shows_leak(&self) -> bool {
        self.strangers > 0 || self.missed
    }
}
