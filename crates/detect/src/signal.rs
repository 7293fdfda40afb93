//! What a detector says.

pub use domain::{DetectorId, Severity};
use domain::{IpPrefix, SubjectDigest, Timestamp};
use serde::Serialize;

/// Of whom a signal speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A confirmed or verified principal, by digest.
    Principal(SubjectDigest),
    /// An address or a network around it.
    Network(IpPrefix),
    /// An endpoint, by [`crate::endpoint_key`]: no single source did it.
    Endpoint(u64),
}

/// Why, as data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Which of the detector's cases it is.
    pub case: &'static str,
    /// Strangers told of since it began.
    pub people: u32,
    /// Exchanges that counted since it began.
    pub steps: u32,
    /// The stride of a walk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stride: Option<u64>,
    /// About how many sources took part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sources: Option<u32>,
    /// Weight of the evidence, in thousandths of a nat; 0 for a fact that needs none.
    pub millinats: u32,
}

/// The chance that it is a false alarm, as its detector declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorBudget {
    /// All signals of this kind together: one in so many client-days.
    OneInClientDays(u64),
    /// One in so many days of one endpoint.
    OneInEndpointDays(u64),
    /// No test: it states what was seen.
    Fact,
}

/// A detector's statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Signal {
    /// Who says so.
    pub detector: DetectorId,
    /// Of whom.
    pub source: Source,
    /// The endpoint of the exchange at which it spoke.
    pub endpoint: u64,
    /// How grave.
    pub severity: Severity,
    /// Why.
    pub evidence: Evidence,
    /// How often it may be wrong.
    pub error: ErrorBudget,
    /// When what it speaks of began.
    pub first: Timestamp,
    /// The exchange at which it spoke.
    pub last: Timestamp,
}

/// One bit per detector.
pub(crate) const fn bit(id: DetectorId) -> u16 {
    match id {
        DetectorId::SequentialIds => 1,
        DetectorId::NewObjects => 1 << 1,
        DetectorId::PageWalk => 1 << 2,
        DetectorId::Bulk => 1 << 3,
        DetectorId::MissStorm => 1 << 4,
        DetectorId::AnonymousData => 1 << 5,
        DetectorId::Foreign => 1 << 6,
        DetectorId::Volume => 1 << 7,
        DetectorId::EndpointSweep => 1 << 8,
        DetectorId::SurfaceScan => 1 << 9,
        DetectorId::SessionMinting => 1 << 10,
        DetectorId::Automation => 1 << 11,
        DetectorId::Canary => 1 << 12,
        DetectorId::SpentBudget => 1 << 13,
    }
}
