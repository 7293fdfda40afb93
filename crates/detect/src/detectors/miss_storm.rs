//! Miss storm: a source guesses objects, and most are not there.
//!
//! # Sees
//! Requests that name an object and are answered 403, 404 or 410, each object once among the last
//! sixteen.
//!
//! # Misses
//! Upstreams that answer an unknown id with success and nothing in it; guesses of e-mails and phones,
//! which look-up budgets count; guesses below the sustained rate.
//!
//! # Evidence
//! `case` = `guesses`, the guesses since it began.
//!
//! # Error budget
//! Poisson CUSUM over distinct objects that are not there: for an address 60 at once and 190 a day
//! (many people may stand behind it), for a principal 20 and 70, for a network five addresses' worth.
//! Hits lower nothing. One of eleven trials of a source-day.
//!
//! # References
//! OWASP API1:2023. ATT&CK T1595.003, T1110. D3FEND D3-WSAA, D3-CAA.

use crate::event::{Event, kind};
use crate::signal::{DetectorId, Severity};
use crate::track::{Ctx, Finding, Track};

pub(crate) fn step(track: &mut Track, event: &Event, is_new: bool, ctx: Ctx) -> Option<Finding> {
    if !event.is(kind::MISS) || !is_new {
        return None;
    }
    let spoke = ctx.standing.misses().pour(&mut track.misses, event.secs(), 1, 0, ctx.purse);
    spoke.then_some(Finding::new(DetectorId::MissStorm, "guesses", Severity::Medium, &track.misses)?)
}
