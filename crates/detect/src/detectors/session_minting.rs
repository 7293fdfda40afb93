//! Session minting: many sessions, one hand.
//!
//! # Sees
//! Addresses and networks that are issued sessions without end (free sign-ups, log-ins by the
//! thousand), and those whose sessions, each in turn, tell of strangers: fifty tokens that share a
//! sweep between them.
//!
//! # Misses
//! Sessions minted from many networks, a few each; sessions that were issued past the gateway.
//!
//! # Evidence
//! `case` = `issued` with the sessions, or `many-sessions` with the steps of the sweep.
//!
//! # Error budget
//! Poisson CUSUM: sessions issued, 1,200 at once and 3,000 a day (an office of 1,000 signs in at nine
//! and again after lunch); principals that were told of strangers, each once among the last sixteen, 12 at once and
//! 24 a day. For a network five times that. Two of eleven trials of a source-day.
//!
//! # References
//! OWASP API2:2023, API6:2023. ATT&CK T1136, T1078, T1585. D3FEND D3-ANET, D3-RAPA.

use crate::event::{Event, kind};
use crate::signal::{DetectorId, Severity};
use crate::track::{Ctx, Finding, Track};

pub(crate) fn step(track: &mut Track, event: &Event, is_new: bool, ctx: Ctx) -> Option<Finding> {
    if event.is(kind::SPREAD) && is_new {
        let spoke = ctx.standing.spread().pour(&mut track.spread, event.secs(), 1, 1, ctx.purse);
        return spoke.then_some(Finding::new(
            DetectorId::SessionMinting,
            "many-sessions",
            Severity::High,
            &track.spread,
        )?);
    }
    if event.is(kind::ISSUED) {
        let count = if event.is(kind::FRESH) { 1 } else { event.count() };
        let spoke = ctx.standing.issued().pour(&mut track.issued, event.secs(), count, 0, ctx.purse);
        return spoke.then_some(Finding::new(
            DetectorId::SessionMinting,
            "issued",
            Severity::Low,
            &track.issued,
        )?);
    }
    None
}
