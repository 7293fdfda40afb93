//! Spent budget: a caller that somebody vouched for has read all that its own budget lets it read.
//!
//! # Sees
//! Staff, partners, accounts and sessions that were refused because *their own* budget of people is spent
//! (in observe mode: would have been). Inside its budget a role may read, so no other detector speaks of a
//! stolen token of the staff that stays there; its end is the first that is odd about it.
//!
//! # Misses
//! Whoever stays below the budget. Callers without a name, whose address many share: for them
//! `anonymous-data` speaks. Budgets of networks and of an operation, which others may have spent.
//!
//! # Evidence
//! `case` = `role` (a role or partner with a budget of its own) or `principal`; the refusals since it began.
//! Nobody left by them in guard and enforce, so `people` is 0.
//!
//! # Error budget
//! None: it states what happened. It says so at the first refusal, at the second, fourth, ... 64th, and at
//! every 64th from there, and anew after a day of silence. Staff whose budget is too small make it speak;
//! `tidegate config propose` gives them one with head-room.
//!
//! # References
//! OWASP API4:2023, API6:2023. ATT&CK T1078, T1119. D3FEND D3-UDTA, D3-RAPA.

use crate::event::{Event, kind};
use crate::settings::Standing;
use crate::signal::{DetectorId, Severity};
use crate::track::{Ctx, Finding, Track};

pub(crate) fn step(track: &mut Track, event: &Event, ctx: Ctx) -> Option<Finding> {
    if !event.is(kind::SPENT) {
        return None;
    }
    let (case, severity) = match ctx.standing {
        Standing::Allowed(_) => ("role", Severity::High),
        Standing::Principal => ("principal", Severity::Medium),
        Standing::Address | Standing::Network => return None,
    };
    // The first refusal is worth all that its excursion needs, however many began on its day.
    let begun = if track.spent.level == 0 { track.spent.begun(event.secs()) } else { 0 };
    let spoke = track.spent.rise(event.secs(), ctx.purse.needs(u16::from(begun) + 1), 0, ctx.purse);
    spoke.then_some(Finding::new(DetectorId::SpentBudget, case, severity, &track.spent)?)
}
