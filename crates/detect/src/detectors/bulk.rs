//! Bulk: one request takes what should take many.
//!
//! # Sees
//! Answers with far more strangers than a page shows: lists of ids, `limit=10000`, exports, GraphQL
//! aliases.
//!
//! # Misses
//! Answers of at most ten people (see page walk and new objects); roles and partners with an
//! allowance; public endpoints.
//!
//! # Evidence
//! `case` = `bulk`, the strangers told of, the answers since it began.
//!
//! # Error budget
//! Null hypothesis: one answer in a thousand that tells an honest caller of strangers tells of more
//! than ten, and of more than `k` with chance at most `(10/k)^3` of that. An answer of `k > 10`
//! strangers weighs `ln 30 + 2 ln(k/10)`, any other -0.094, which makes the expectation of `e^weight`
//! at most `0.999 x 0.91 + 0.001 x 30 x 3 = 1`. Two answers of 1,000, four of 20. One of eleven trials of a
//! source-day.
//!
//! # References
//! OWASP API4:2023, API3:2023. ATT&CK T1119, T1213.006, T1020. D3FEND D3-UDTA, D3-PHDURA.

use crate::event::Event;
use crate::nats::ratio;
use crate::signal::{DetectorId, Severity};
use crate::track::{Ctx, Finding, Track};

/// What a page shows.
const PAGE: u32 = 10;
/// Against the test: `-ln 0.9099`.
const USUAL: u32 = 94_421;

pub(crate) fn step(track: &mut Track, event: &Event, ctx: Ctx) -> Option<Finding> {
    let people = event.strangers();
    if people == 0 || ctx.standing.works() {
        return None;
    }
    if people <= PAGE {
        track.bulk.fall(event.secs(), USUAL);
        return None;
    }
    let tail = ratio(u64::from(people), u64::from(PAGE)).saturating_mul(2);
    let spoke = track.bulk.rise(event.secs(), ratio(30, 1).saturating_add(tail), people, ctx.purse);
    spoke.then_some(Finding::new(DetectorId::Bulk, "bulk", Severity::High, &track.bulk)?)
}
