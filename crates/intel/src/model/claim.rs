//! Claims: an id or a word with how sure the report is, where it says so, and by which rule.

use serde::{Deserialize, Serialize};

use super::Span;

/// How a claim stands in the report. In the order of strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The report says so.
    Stated,
    /// The report says that somebody says so.
    Claimed,
    /// The report says that it may be so.
    Hypothetical,
    /// The report does not say so: a rule of Tidegate suggests it.
    Suggested,
}

impl Status {
    /// Whether the report asserts it: said by itself or by whom it quotes.
    #[must_use]
    pub const fn is_asserted(self) -> bool {
        matches!(self, Self::Stated | Self::Claimed)
    }
}

/// What a claim was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Its id stands in the report.
    Id,
    /// Its name stands in the report; the id is the knowledge base's.
    Name,
    /// It follows from what the report says happened, by definition.
    Frame,
    /// It is linked to another claim in a knowledge base.
    Knowledge,
    /// A trained classifier suggests it for a sentence.
    Classifier,
}

/// A claim: an id (or a text) with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The id, such as `CWE-306`, `API5:2023`, `D3-NTA`, `CVE-2031-0001`; of a title its text.
    pub id: String,
    /// Name in the knowledge base; empty where there is none.
    pub name: String,
    /// How it stands in the report.
    pub status: Status,
    /// What it was taken from.
    pub origin: Origin,
    /// Who says so, where the status is `claimed`.
    pub by: Option<String>,
    /// The rule that made it.
    pub because: String,
    /// Where the report says so. Never empty.
    pub spans: Vec<Span>,
}

/// An ATT&CK technique with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TechniqueClaim {
    /// The id, such as `T1190`. A revoked one is replaced (and an erratum says so).
    pub id: String,
    /// ATT&CK's name.
    pub name: String,
    /// ATT&CK's tactics, such as `initial-access`.
    pub tactics: Vec<String>,
    /// How it stands in the report.
    pub status: Status,
    /// What it was taken from.
    pub origin: Origin,
    /// Who says so, where the status is `claimed`.
    pub by: Option<String>,
    /// The rule that made it.
    pub because: String,
    /// Where the report says so. Never empty.
    pub spans: Vec<Span>,
}

/// Where the victim stands with those who must or may be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotificationState {
    /// The report says nothing of it.
    #[default]
    Unmentioned,
    /// It is being examined whether and whom to tell.
    Evaluating,
    /// It will be done.
    Planned,
    /// It was done.
    Done,
    /// The report says that nobody was told, or that it came late.
    Missing,
}

/// One of those who were or are to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notified {
    /// `customers`, `regulator`, `police` or `partners`.
    pub who: String,
    /// Name, where the report gives one (of an authority, a law's short name).
    pub name: Option<String>,
    /// How far it is.
    pub state: NotificationState,
    /// Where the report says so.
    pub spans: Vec<Span>,
}

/// Duties to tell people and authorities, as the report speaks of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// The furthest of `parties`, else what the report says in general.
    pub state: NotificationState,
    /// Whom.
    pub parties: Vec<Notified>,
    /// Laws and regimes that the report names: `GDPR`, `CCPA`, `HIPAA`.
    pub regimes: Vec<String>,
    /// Where the report speaks of it.
    pub spans: Vec<Span>,
}
