//! New objects: a source reads people one after the other, in no order.
//!
//! # Sees
//! Random ids, UUIDs, harvested ids, any mixture of endpoints: whatever tells of more strangers than
//! an honest caller meets. Two tests, one for bursts and one for what is low and slow.
//!
//! # Misses
//! A source below the sustained rate: 3 strangers a day for an address, 6 for a principal, after the
//! first 28 or 40. Many sources that stay there (see endpoint sweep). Whom five networks were told
//! of before counts as published.
//!
//! # Evidence
//! `case` = `burst` or `low-and-slow`, the strangers told of and the exchanges that told.
//!
//! # Error budget
//! Poisson CUSUM: one exchange counts as many units as strangers, four at most; time takes units
//! away, and nothing else does. A unit weighs `h(1)/burst`. For an address `burst` = 14 at 52 units a
//! day and 28 at 3 a day; for a principal 28 at 100 and 40 at 6; for a network five addresses' worth;
//! for a role twice its allowance. Of a network the slow test leaves out what its sessions meet within
//! what is usual there (see session minting). Two of eleven trials of a source-day. The eleventh object of an
//! honest burst is silent, for the burst is part of the null hypothesis; an attacker's re-read
//! between two objects changes nothing, for it takes no time.
//!
//! # References
//! OWASP API1:2023, API6:2023. ATT&CK T1119, T1213, T1589. D3FEND D3-RAPA, D3-UDTA.

use crate::event::{Event, kind};
use crate::settings::Standing;
use crate::signal::{DetectorId, Severity};
use crate::track::{Ctx, Finding, Track};

/// Most units of one exchange: pages of people are for page walk and bulk.
pub(crate) const MOST_UNITS: u32 = 4;

pub(crate) fn step(track: &mut Track, event: &Event, ctx: Ctx) -> Option<Finding> {
    let people = event.strangers();
    if people == 0 {
        return None;
    }
    // A role's allowance counts people, not exchanges.
    let units = if ctx.standing.works() { people } else { people.min(MOST_UNITS) };
    let [fast, slow] = ctx.standing.new_objects();
    let burst = fast.pour(&mut track.fast, event.secs(), units, people, ctx.purse);
    let by_session = ctx.standing == Standing::Network && !event.is(kind::NOBODY);
    let units = if by_session { track.usual(ctx).beyond(event.secs(), units) } else { units };
    let crept = units > 0 && slow.pour(&mut track.slow, event.secs(), units, people, ctx.purse);
    if burst {
        Finding::new(DetectorId::NewObjects, "burst", Severity::High, &track.fast)
    } else if crept {
        Finding::new(DetectorId::NewObjects, "low-and-slow", Severity::Medium, &track.slow)
    } else {
        None
    }
}
