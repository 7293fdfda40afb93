//! Incidents and actions as they are kept over a restart.

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::incident::Incident;
use crate::incidents::Folded;

/// The version of the form.
pub const VERSION: u32 = 1;

/// All that is kept. Times are wall time: what is over when it is read does not act again. Recent traffic is
/// not kept: it holds addresses, and is old by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// [`VERSION`].
    pub version: u32,
    /// Incidents, in the order in which they were opened.
    pub incidents: Vec<Incident>,
    /// What is left of those that were forgotten.
    pub folded: Folded,
    /// Actions, the oldest first.
    pub actions: Vec<Action>,
    /// The last number that was given to an action.
    pub last_action: u64,
}

/// Why what was kept is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// Another program wrote it.
    #[error("incidents were kept in version {found}, and this program reads {VERSION}")]
    Version {
        /// The version.
        found: u32,
    },
}
