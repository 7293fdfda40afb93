//! Whether a ledger is whole, as text and as JSON.
//!
//! The JSON is stable: `{"format": "tidegate.verification/1", "verification": {…}}` with the fields
//! of [`ledger::Verification`] under their names; a ledger is whole when `faults` is empty.

use ledger::{Fault, Verification};
use serde::Serialize;

use crate::account::line;

/// The verification as text.
#[must_use]
pub fn text(found: &Verification) -> String {
    let Verification {
        segments,
        entries,
        bytes,
        since,
        until,
        head,
        checkpoint,
        torn_bytes,
        anchor,
        cuts,
        faults,
    } = found;
    let mut out = String::new();
    let verdict = if faults.is_empty() { "whole" } else { "NOT WHOLE" };
    line(&mut out, "ledger", verdict);
    line(
        &mut out,
        "read",
        &format!(
            "{entries} entries in {segments} segment{}, {bytes} bytes",
            if *segments == 1 { "" } else { "s" }
        ),
    );
    if let (Some(since), Some(until)) = (since, until) {
        line(&mut out, "between", &format!("{since} and {until}"));
    }
    line(&mut out, "head", &head.to_string());
    if let Some(anchor) = anchor {
        let at = anchor.at.map_or_else(|| "at the start of a segment".to_owned(), |at| format!("at {at}"));
        line(
            &mut out,
            "anchor",
            &format!("found in segment {} after {} bytes, {at}", anchor.segment, anchor.length),
        );
    }
    if let Some(checkpoint) = checkpoint {
        line(
            &mut out,
            "pruned",
            &format!(
                "{} segments up to number {} at {}",
                checkpoint.segments, checkpoint.through.segment, checkpoint.at
            ),
        );
    }
    if *torn_bytes > 0 {
        line(
            &mut out,
            "torn tail",
            &format!("{torn_bytes} bytes that were never acknowledged, or are being written"),
        );
    }
    for cut in cuts {
        line(&mut out, "torn tail", &format!("cut by the opening at {cut}"));
    }
    for fault in faults {
        line(&mut out, "fault", &fault_text(fault));
    }
    out
}

/// The verification as one JSON value.
#[must_use]
pub fn json(found: &Verification) -> String {
    #[derive(Serialize)]
    struct Page<'v> {
        format: &'static str,
        verification: &'v Verification,
    }
    crate::json_text(&Page { format: "tidegate.verification/1", verification: found })
}

/// A fault as a sentence that says where it is and what it may mean.
#[must_use]
pub fn fault_text(fault: &Fault) -> String {
    match fault {
        Fault::Missing { segment } => format!("segment {segment} is missing; another one continues it"),
        Fault::Damaged { segment, at_byte, why } => {
            format!("segment {segment} is not what was written from byte {at_byte} on: {why}")
        }
        Fault::Appended { segment, at_byte, bytes } => {
            format!(
                "segment {segment} ends at byte {at_byte}, and {bytes} bytes that the ledger never wrote stand behind it"
            )
        }
        Fault::Stray { segment } => {
            format!(
                "segments/{segment:010}.seg is no segment of this ledger: somebody put it there, or its header is damaged and what it held is lost"
            )
        }
        Fault::Exchanged { segment } => {
            format!("segment {segment} is whole, but its successor continues another one: it was exchanged")
        }
        Fault::NoCheckpoint { segment } => {
            format!(
                "the ledger begins with segment {segment}, and no checkpoint says that retention removed what was before"
            )
        }
        Fault::ForgedCheckpoint => {
            "the checkpoint is not signed by this ledger's key: nobody knows what was removed".to_owned()
        }
        Fault::TailLost { known } => format!(
            "the ledger was known to reach byte {} of segment {} and does not any more: its tail was removed or rewritten",
            known.length, known.segment
        ),
        Fault::TailLostBefore { at } => format!("the opening at {at} found entries missing at the end"),
        Fault::AnchorNotFound { anchor } => format!(
            "no entry has the head {anchor}: the tail was removed or rewritten, or the anchor is older than what retention kept, or of another ledger"
        ),
        _ => "a fault that this version cannot name".to_owned(),
    }
}
