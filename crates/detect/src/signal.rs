//! What a detector says.

use std::fmt;

use domain::{IpPrefix, SubjectDigest, Timestamp};
use serde::Serialize;

/// The detectors, in the order of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DetectorId {
    /// See `detectors/sequential_ids.rs`, and so on.
    SequentialIds,
    /// Many objects in no order.
    NewObjects,
    /// Page by page.
    PageWalk,
    /// Many at once.
    Bulk,
    /// Guesses that miss.
    MissStorm,
    /// Personal data to nobody in particular.
    AnonymousData,
    /// Others' records.
    Foreign,
    /// More than this endpoint ever told.
    Volume,
    /// Many sources, one sweep.
    EndpointSweep,
    /// Looking for doors.
    SurfaceScan,
    /// Many sessions, one hand.
    SessionMinting,
    /// A clock, not a person.
    Automation,
    /// A record that nobody should read.
    Canary,
}

impl DetectorId {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::SequentialIds,
        Self::NewObjects,
        Self::PageWalk,
        Self::Bulk,
        Self::MissStorm,
        Self::AnonymousData,
        Self::Foreign,
        Self::Volume,
        Self::EndpointSweep,
        Self::SurfaceScan,
        Self::SessionMinting,
        Self::Automation,
        Self::Canary,
    ];

    /// The word for output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SequentialIds => "sequential-ids",
            Self::NewObjects => "new-objects",
            Self::PageWalk => "page-walk",
            Self::Bulk => "bulk",
            Self::MissStorm => "miss-storm",
            Self::AnonymousData => "anonymous-data",
            Self::Foreign => "foreign",
            Self::Volume => "volume",
            Self::EndpointSweep => "endpoint-sweep",
            Self::SurfaceScan => "surface-scan",
            Self::SessionMinting => "session-minting",
            Self::Automation => "automation",
            Self::Canary => "canary",
        }
    }

    /// One bit per detector.
    pub(crate) const fn bit(self) -> u16 {
        match self {
            Self::SequentialIds => 1,
            Self::NewObjects => 1 << 1,
            Self::PageWalk => 1 << 2,
            Self::Bulk => 1 << 3,
            Self::MissStorm => 1 << 4,
            Self::AnonymousData => 1 << 5,
            Self::Foreign => 1 << 6,
            Self::Volume => 1 << 7,
            Self::EndpointSweep => 1 << 8,
            Self::SurfaceScan => 1 << 9,
            Self::SessionMinting => 1 << 10,
            Self::Automation => 1 << 11,
            Self::Canary => 1 << 12,
        }
    }
}

impl fmt::Display for DetectorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

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

/// A hint at how grave it is. An incident weighs it with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth a line.
    Low,
    /// Worth a look.
    Medium,
    /// Records are leaving.
    High,
    /// There is no innocent reading.
    Critical,
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
