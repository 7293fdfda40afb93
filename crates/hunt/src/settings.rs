//! What may be said before a hunt, and what was read in it.

use domain::{Endpoint, IpPrefix, Timestamp};

/// What may be said before a hunt.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Detectors, as a gateway has them.
    pub detect: detect::Settings,
    /// Endpoints that a specification declares.
    pub declared: Vec<Endpoint>,
    /// Which part of the log.
    pub scope: Scope,
    /// Lines of the finding that is `explained` that are kept by their numbers, from its beginning and from its
    /// end; of others 64 at most. Default 64.
    pub lines: usize,
    /// Addresses of a finding that are kept. Default 64.
    pub addresses: usize,
    /// The finding or rule whose lines are wanted in full.
    pub explained: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            detect: detect::Settings::default(),
            declared: Vec::new(),
            scope: Scope::default(),
            lines: 64,
            addresses: 64,
            explained: None,
        }
    }
}

/// Which part of a log is looked at. Everything, unless it says less.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// Until this moment.
    pub until: Option<Timestamp>,
    /// Only these clients.
    pub clients: Vec<IpPrefix>,
    /// Only this endpoint.
    pub endpoint: Option<Endpoint>,
}

impl Scope {
    /// Whether nothing is left out.
    pub(crate) fn is_everything(&self) -> bool {
        let Self { since, until, clients, endpoint } = self;
        since.is_none() && until.is_none() && clients.is_empty() && endpoint.is_none()
    }
}

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Exchanges looked at.
    pub exchanges: u64,
    /// Of them, lines of our own exchange log.
    pub own: u64,
    /// Exchanges of our own log that the gateway marked with a signal, or that are now.
    pub marked: u64,
    /// Of them, those of which the same was said. Others have their reason in another configuration, or in
    /// what the gateway remembered from before the log begins.
    pub agreed: u64,
    /// Assets and health checks, which were skipped.
    pub idle: u64,
    /// Exchanges that counted for something.
    pub counted: u64,
    /// Lines without a time, an address or a target: nothing can be said of them.
    pub incomplete: u64,
    /// Exchanges outside of the scope.
    pub outside: u64,
    /// The first exchange.
    pub first: Option<Timestamp>,
    /// The last one.
    pub last: Option<Timestamp>,
}
