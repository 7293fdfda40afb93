//! Foreign subjects: a caller asks for records whose declared owner is somebody else.
//!
//! # Sees
//! Refusals because the records are others' (in observe mode: what would have been refused), and
//! records cut out of answers; each object once among the last sixteen.
//!
//! # Misses
//! Endpoints that declare no owner (there, new objects counts strangers); one person who is shown the
//! records of a family.
//!
//! # Evidence
//! `case` = `others-records`, the attempts since it began. Nothing left by them in guard and enforce.
//!
//! # Error budget
//! Poisson CUSUM, 6 attempts at once and 2 a day. An application that is wrong for everybody makes
//! every caller look so: the incident groups them by endpoint. One of eleven trials of a source-day.
//!
//! # References
//! OWASP API1:2023. ATT&CK T1213, T1078. D3FEND D3-RAPA, D3-AZET.

use crate::event::{Event, kind};
use crate::signal::{DetectorId, Severity};
use crate::track::{Ctx, Finding, Track};
use crate::trial::Bucket;

const ATTEMPTS: Bucket = Bucket { burst: 6, per_day: 2 };

pub(crate) fn step(track: &mut Track, event: &Event, is_new: bool, ctx: Ctx) -> Option<Finding> {
    if !event.is(kind::FOREIGN) || !is_new || ctx.standing == crate::settings::Standing::Network {
        return None;
    }
    let spoke = ATTEMPTS.pour(&mut track.foreign, event.secs(), 1, event.strangers(), ctx.purse);
    spoke.then_some(Finding::new(DetectorId::Foreign, "others-records", Severity::High, &track.foreign)?)
}
