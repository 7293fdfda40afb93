//! What a ledger is found to be when it is read as a whole. Found by `store`, printed by `report`.

use domain::Timestamp;
use serde::Serialize;

use crate::text_time::{maybe_rfc3339, rfc3339, rfc3339_each};
use crate::{Checkpoint, Head, Mark};

/// What a ledger is found to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Segments read.
    pub segments: usize,
    /// Entries read.
    pub entries: u64,
    /// Bytes of whole entries and headers.
    pub bytes: u64,
    /// When the oldest segment was begun.
    #[serde(serialize_with = "maybe_rfc3339")]
    pub since: Option<Timestamp>,
    /// Time of the last entry.
    #[serde(serialize_with = "maybe_rfc3339")]
    pub until: Option<Timestamp>,
    /// The head after the last entry.
    pub head: Head,
    /// What retention removed, if anything.
    pub checkpoint: Option<Checkpoint>,
    /// Bytes after the last whole entry: a write under way, or one that was never acknowledged.
    pub torn_bytes: u64,
    /// Where the anchor that was asked for stands; `None` when none was asked for or found.
    pub anchor: Option<Anchor>,
    /// Times at which an opening found and cut a torn tail.
    #[serde(serialize_with = "rfc3339_each")]
    pub cuts: Vec<Timestamp>,
    /// What is wrong. Empty: nothing in the ledger was removed, changed or added since the anchor.
    pub faults: Vec<Fault>,
}

/// Where a known head stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Anchor {
    /// In this segment.
    pub segment: u64,
    /// After so many of its bytes.
    pub length: u64,
    /// Time of the entry that it closes.
    #[serde(serialize_with = "maybe_rfc3339")]
    pub at: Option<Timestamp>,
}

/// What is wrong with a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "fault")]
#[non_exhaustive]
pub enum Fault {
    /// A segment that another continues is not there.
    Missing {
        /// Its number.
        segment: u64,
    },
    /// Bytes in a sealed segment are not what was written.
    Damaged {
        /// Its number.
        segment: u64,
        /// Where the first wrong frame begins.
        at_byte: u64,
        /// What is wrong there.
        why: &'static str,
    },
    /// Bytes stand behind the end of a sealed segment that no write of the ledger left there. The
    /// account does not miss anything by them.
    Appended {
        /// Its number.
        segment: u64,
        /// Where the segment ends.
        at_byte: u64,
        /// How many bytes follow.
        bytes: u64,
    },
    /// A file among the segments is none, or one whose header is damaged and that none continues: what
    /// it may have held is not in the account.
    Stray {
        /// The number that it is named by.
        segment: u64,
    },
    /// The segment is whole, but its successor continues another one.
    Exchanged {
        /// Its number.
        segment: u64,
    },
    /// The ledger begins in the middle, and no checkpoint says that retention did that.
    NoCheckpoint {
        /// The first segment that is there.
        segment: u64,
    },
    /// The checkpoint is not signed by this ledger's chain key.
    ForgedCheckpoint,
    /// The ledger was known to reach a place that is not there any more.
    TailLost {
        /// The place.
        known: Mark,
    },
    /// An opening found entries missing at the end.
    TailLostBefore {
        /// The opening.
        #[serde(serialize_with = "rfc3339")]
        at: Timestamp,
    },
    /// No entry has the head that was asked for: its tail was lost or rewritten, or it was pruned.
    AnchorNotFound {
        /// The head.
        anchor: Head,
    },
}
