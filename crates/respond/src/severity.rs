//! How grave an incident is: rules as data.

use domain::{ClassSet, DataClass, DetectorId, Severity};
use serde::{Deserialize, Serialize};

use crate::incident::Incident;

/// An incident is at least so grave when all of this holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeverityRule {
    /// At least so many people left.
    pub people: u32,
    /// At least so many sources took part.
    pub sources: u32,
    /// Any of these was told; empty: whatever was told.
    pub classes: ClassSet,
    /// This detector spoke.
    pub detector: Option<DetectorId>,
    /// So grave it is.
    pub severity: Severity,
}

impl Default for SeverityRule {
    fn default() -> Self {
        Self { people: 0, sources: 0, classes: ClassSet::EMPTY, detector: None, severity: Severity::Low }
    }
}

impl SeverityRule {
    fn holds(&self, incident: &Incident) -> bool {
        incident.people() >= self.people
            && incident.sources() >= self.sources
            && (self.classes == ClassSet::EMPTY || self.classes.bits() & incident.classes.bits() != 0)
            && self.detector.is_none_or(|id| incident.tallies.iter().any(|tally| tally.detector == id))
    }

    /// The rules unless others are configured (`docs/respond.md` has the table).
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        let grave = [DataClass::GovernmentId, DataClass::Payment, DataClass::Credential];
        let grave: ClassSet = grave.into_iter().collect();
        let none = Self::default;
        vec![
            Self { people: 5, severity: Severity::Medium, ..none() },
            Self { people: 20, severity: Severity::High, ..none() },
            Self { people: 100, severity: Severity::Critical, ..none() },
            Self { people: 1, classes: grave, severity: Severity::High, ..none() },
            Self { people: 20, classes: grave, severity: Severity::Critical, ..none() },
            Self { people: 20, sources: 5, severity: Severity::Critical, ..none() },
            Self { detector: Some(DetectorId::Canary), severity: Severity::Critical, ..none() },
        ]
    }

    /// How grave `incident` is: as its gravest signal, or as a rule says.
    pub(crate) fn judge(rules: &[Self], incident: &Incident) -> Severity {
        let by_rule = rules.iter().filter(|rule| rule.holds(incident)).map(|rule| rule.severity).max();
        by_rule.map_or(incident.gravest, |severity| severity.max(incident.gravest))
    }
}
