//! Everything that a gateway is built from: the configuration, read and resolved.
//!
//! Files have been read by the time a blueprint exists; whoever reads the configuration makes one.
//! A reload makes a new one, and [`crate::Rules`] out of it, or leaves the old rules in force.

use domain::{ByteSize, Mode, Secret, Timestamp, Window};
use http::HeaderName;
use net::address::Trust;
use net::upstream::UpstreamSettings;
use policy::authorize::{Declared, Source};
use serde::{Deserialize, Serialize};

/// What the gateway shall do, for one life of its configuration.
#[derive(Clone, Debug)]
pub struct Blueprint {
    /// What happens with refusals and undeclared operations.
    pub mode: Mode,
    /// Whose word on the client's address counts.
    pub trust: Trust,
    /// Upstreams; requests go to the first unless a declared operation says otherwise. At least one.
    pub upstreams: Vec<UpstreamPlan>,
    /// Declared operations.
    pub operations: Vec<OperationPlan>,
    /// Cedar policies.
    pub policies: Vec<Source>,
    /// Virtual patches.
    pub patches: Vec<Source>,
    /// How callers are identified.
    pub identify: crate::identify::Settings,
    /// Bounds of one exchange.
    pub bounds: ExchangeBounds,
    /// Request limits.
    pub limits: policy::limit::Settings,
    /// Budgets of data subjects.
    pub budgets: policy::budget::Settings,
    /// What detectors look for.
    pub detect: detect::Settings,
    /// What is done about incidents.
    pub respond: crate::RespondSettings,
    /// Memory for exchanges of late, which `tidegate config propose` asks for; 0: none are held.
    pub recent: ByteSize,
    /// When the configuration was read.
    pub read_at: Timestamp,
}

/// One upstream.
#[derive(Clone, Debug)]
pub struct UpstreamPlan {
    /// Its name in logs.
    pub name: String,
    /// `http://host:port` or `https://host:port`.
    pub url: String,
    /// Who operates it; a declared operation's own operator comes first.
    pub operator: Option<String>,
    /// Timeouts and bounds.
    pub settings: UpstreamSettings,
    /// Whether it gets the credentials of clients.
    pub takes_credentials: bool,
    /// The header by which Tidegate shows itself to it, and its value.
    pub shows: Option<(HeaderName, Secret)>,
}

/// One declared operation, and where it goes.
#[derive(Clone, Debug)]
pub struct OperationPlan {
    /// The operation and its intent; `None` where a specification names it and declares nothing.
    pub declared: Declared,
    /// Index into [`Blueprint::upstreams`].
    pub upstream: usize,
}

/// Bounds of one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExchangeBounds {
    /// Largest request body that is read and judged (JSON, forms). Larger ones of these kinds are
    /// refused with 413.
    pub request_body: ByteSize,
    /// Largest request body of other kinds, which pass through unread.
    pub upload: ByteSize,
    /// Time for a whole request body to arrive.
    pub request_timeout: Window,
    /// Responses up to this size, decompressed, are judged whole. Larger ones are released batch by
    /// batch, each batch after its ledger entry.
    pub buffer: ByteSize,
    /// Largest response that is released batch by batch; a larger one is reset.
    pub response_body: ByteSize,
}

impl Default for ExchangeBounds {
    fn default() -> Self {
        Self {
            request_body: ByteSize::mib(1),
            upload: ByteSize::mib(256),
            request_timeout: Window::from_secs(30),
            buffer: ByteSize::mib(4),
            response_body: ByteSize::mib(1024),
        }
    }
}
