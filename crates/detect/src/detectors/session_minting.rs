//! Session minting: many sessions, one hand.
//!
//! # Sees
//! Addresses and networks that are issued sessions without end (free sign-ups, log-ins by the
//! thousand), and those whose sessions, each in turn, tell of strangers: fifty tokens that share a
//! sweep between them.
//!
//! # Misses
//! Sessions minted from many networks, a few each; sessions that were issued past the gateway; in the first
//! seven days, and behind an address of many people, as many an hour as are usual there: budgets of the
//! address's sessions bound them (50 people an hour, 100 a day).
//!
//! # Evidence
//! `case` = `issued` with the sessions, or `many-sessions` with the steps of the sweep.
//!
//! # Error budget
//! Poisson CUSUM: sessions issued, 1,200 at once and 3,000 a day (an office of 1,000 signs in at nine
//! and again after lunch); principals that were told of strangers, each once among the last sixteen, 12 at once and
//! as many an hour as are usual here: 30 in the first seven days of a gateway (behind one address of a thousand
//! people, each new to it, a hundred meet a stranger on the first day); then twice the busiest hour of the last
//! seven days or one and a half times that of the last 35, whichever is more, but one an hour at least and 30 at
//! most. An address that appears later was silent until then: one an hour. For a network five times that. Two of
//! eleven trials of a source-day.
//!
//! # References
//! OWASP API2:2023, API6:2023. ATT&CK T1136, T1078, T1585. D3FEND D3-ANET, D3-RAPA.

use crate::event::{Event, kind};
use crate::signal::{DetectorId, Severity};
use crate::track::{Ctx, Finding, Track};

pub(crate) fn step(track: &mut Track, event: &Event, is_new: bool, ctx: Ctx) -> Option<Finding> {
    if event.is(kind::SPREAD) && is_new {
        let now = event.secs();
        let is_speaking = track.is_speaking(now);
        let usual = &mut track.usual(ctx).sessions;
        usual.roll(now);
        let bucket = ctx.standing.spread(usual.rate());
        if !is_speaking {
            usual.learn(1);
        }
        let spoke = bucket.pour(&mut track.spread, now, 1, 1, ctx.purse);
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
