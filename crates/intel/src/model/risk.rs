//! Risk, by facts of the report only, with the arithmetic.

use serde::{Deserialize, Serialize};

use super::Span;

/// A level of risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// 1 to 4 points.
    Low,
    /// 5 to 9 points.
    Medium,
    /// 10 to 15 points.
    High,
    /// 16 to 25 points.
    Critical,
}

/// One fact with its points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// The fact, such as `no authentication`.
    pub fact: String,
    /// Its points.
    pub points: u32,
    /// Where the report says so. Empty: it is silent, and the points say what is assumed.
    pub spans: Vec<Span>,
}

/// Likelihood (1 to 5) times impact (1 to 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// How easily it is done again, 1 to 5.
    pub likelihood: u32,
    /// What makes the likelihood.
    pub likelihood_factors: Vec<Factor>,
    /// How much it hurts, 1 to 5.
    pub impact: u32,
    /// What makes the impact.
    pub impact_factors: Vec<Factor>,
    /// Likelihood times impact.
    pub score: u32,
    /// The level of the score.
    pub level: Level,
    /// The arithmetic in one line.
    pub arithmetic: String,
}
