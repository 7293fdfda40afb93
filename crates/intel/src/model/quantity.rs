//! Numbers with what they count.

use serde::{Deserialize, Serialize};

use super::{Span, Status};

/// A number as the report gives it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Amount {
    /// A whole number.
    Whole(u64),
    /// Any other.
    Decimal(f64),
}

/// Whether the number is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// As it stands.
    Exact,
    /// About.
    About,
    /// More than, at least.
    AtLeast,
    /// Up to, fewer than.
    AtMost,
}

/// What the number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberRole {
    /// So many there are: customers of the company, rows of the table.
    Exist,
    /// So many could be seen by who should not.
    Exposed,
    /// So many were taken or seen.
    Accessed,
    /// So many come with one request.
    PerCall,
    /// So many requests.
    Requests,
    /// Anything else: money, shares, spans of time.
    Other,
}

/// A number of the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Number {
    /// The number.
    pub value: Amount,
    /// What is counted, in singular words of the report where it is people or records (`customers`,
    /// `records`), else `requests`, `percent`, `days`, `dollars` and so on.
    pub unit: String,
    /// What it says.
    pub role: NumberRole,
    /// Whether it is exact.
    pub bound: Bound,
    /// How it stands in the report.
    pub status: Status,
    /// Who says so, where the status is `claimed`.
    pub by: Option<String>,
    /// Where the report says so. Never empty.
    pub spans: Vec<Span>,
}

/// A number that follows from others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Derived {
    /// The number.
    pub value: Amount,
    /// What is counted.
    pub unit: String,
    /// What it says, in a few words.
    pub says: String,
    /// Whether it is exact.
    pub bound: Bound,
    /// How it was reached, such as `5000 / 10`.
    pub arithmetic: String,
    /// Where the numbers stand that it follows from. Never empty.
    pub spans: Vec<Span>,
}
