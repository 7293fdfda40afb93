//! What detectors say, as far as others must name it: who says so, how grave, and of which group.
//!
//! The statement itself, with its evidence and error budget, is `detect::Signal`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares the detectors: variant, word, place.
macro_rules! detectors {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// The detectors, in the order of the catalogue (`docs/detect.md`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum DetectorId { $($(#[$doc])* $variant,)* }

        impl DetectorId {
            /// All of them.
            pub const ALL: [Self; 14] = [$(Self::$variant,)*];

            /// The word for configuration and output.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

detectors! {
    /// A walk through a collection, object by object.
    SequentialIds = "sequential-ids",
    /// Many objects in no order.
    NewObjects = "new-objects",
    /// Page by page.
    PageWalk = "page-walk",
    /// Many at once.
    Bulk = "bulk",
    /// Guesses that miss.
    MissStorm = "miss-storm",
    /// Personal data to nobody in particular.
    AnonymousData = "anonymous-data",
    /// Others' records.
    Foreign = "foreign",
    /// More than this endpoint ever told.
    Volume = "volume",
    /// Many sources, one sweep.
    EndpointSweep = "endpoint-sweep",
    /// Looking for doors.
    SurfaceScan = "surface-scan",
    /// Many sessions, one hand.
    SessionMinting = "session-minting",
    /// A clock, not a person.
    Automation = "automation",
    /// A record that nobody should read.
    Canary = "canary",
    /// All that somebody may read was read.
    SpentBudget = "spent-budget",
}

impl fmt::Display for DetectorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A hint at how grave a signal is. An incident weighs it with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word for output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// That a signal was said of an exchange: what its line in the exchange log tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SignalMark {
    /// Who says so.
    pub detector: DetectorId,
    /// How grave.
    pub severity: Severity,
    /// The group it belongs to: one scrape is one group.
    pub group: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_files_hold() {
        for id in DetectorId::ALL {
            assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
        }
        for severity in Severity::ALL {
            assert_eq!(serde_json::to_string(&severity).unwrap(), format!("\"{severity}\""));
        }
    }
}
