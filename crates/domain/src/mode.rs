//! What the gateway does with what it finds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How `serve` treats what it judges (DESIGN.md section 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nothing is refused; everything is metered and accounted, and it says what it would have refused.
    #[default]
    Observe,
    /// Undeclared operations are served, but budgets act.
    Guard,
    /// Undeclared operations are refused.
    Enforce,
}

impl Mode {
    /// Whether a refusal is carried out, not only noted.
    #[must_use]
    pub const fn acts(self) -> bool {
        !matches!(self, Self::Observe)
    }

    /// The word used in configuration and output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Guard => "guard",
            Self::Enforce => "enforce",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
