//! Automation: a clock reads, not a person.
//!
//! # Sees
//! Strangers told of at even intervals: a pause that is within a tenth of the pause before it. It is
//! the sign of a slow scrape long before its volume is one.
//!
//! # Misses
//! Scripts that wait for random times, and those that do not wait at all: what comes within a second
//! is one burst, as a page of a browser makes it (see new objects). Pauses of more than four hours:
//! people have habits of a day. Whether the client looks or
//! behaves like a browser (headers, pictures and scripts fetched beside the data) weighs nothing: that
//! costs an attacker one header and some free requests, and what is free is no evidence. Apps, partners and
//! scripts of honest people fetch none, and where a page's files come from another host nobody does.
//!
//! # Evidence
//! `case` = `even-intervals`, the strangers told of and the even pauses since it began.
//!
//! # Error budget
//! Wald's test of even pauses, 80 in 100 against 12: people's pauses spread by a factor of about `e`,
//! and of two such pauses 6 in 100 are within a tenth. A hit weighs 1.90, a miss -1.48. Not for
//! networks, roles and partners with an allowance. One of eleven trials of a source-day.
//!
//! # References
//! OWASP API6:2023. ATT&CK T1119, T1029. D3FEND D3-WSAA, D3-UGLPA.

use crate::event::{Event, kind};
use crate::nats::ratio;
use crate::settings::Standing;
use crate::signal::{DetectorId, Severity};
use crate::track::{Ctx, Finding, Track};

/// What comes within this time is one burst.
const BURST_MILLIS: u64 = 1000;
/// Longer pauses say nothing: whoever looks in every morning at nine is no clock.
const LONGEST_MILLIS: u64 = 4 * 3_600_000;
/// Even pauses in a hundred, of a clock and of people.
const CLOCK: u64 = 80;
const PEOPLE: u64 = 12;

pub(crate) fn step(track: &mut Track, event: &Event, ctx: Ctx) -> Option<Finding> {
    // The parts of an answer come by the server's clock, not by the client's.
    let asked = event.is(kind::FRESH) && !event.is(kind::CONTINUED);
    if !asked || ctx.standing.works() || ctx.standing == Standing::Network {
        return None;
    }
    let pause = event.millis().saturating_sub(track.told);
    if pause < BURST_MILLIS {
        return None;
    }
    let (told, before) = (track.told, track.pause);
    track.told = event.millis();
    if told == 0 {
        return None;
    }
    track.pause = if pause > LONGEST_MILLIS { 0 } else { pause };
    if before == 0 || track.pause == 0 {
        return None;
    }
    if pause.abs_diff(before) > before / 10 {
        track.rhythm.fall(event.secs(), ratio(100 - PEOPLE, 100 - CLOCK));
        return None;
    }
    let spoke = track.rhythm.rise(event.secs(), ratio(CLOCK, PEOPLE), event.strangers(), ctx.purse);
    spoke.then_some(Finding::new(DetectorId::Automation, "even-intervals", Severity::Medium, &track.rhythm)?)
}
