//! Page walk: a source turns the pages of a list of people.
//!
//! # Sees
//! Page after page of strangers, by page number, offset or cursor, in path, query, body or GraphQL
//! variables, in any order.
//!
//! # Misses
//! Lists without a page in the request (see bulk); pages of people that were told of before; roles
//! and partners with an allowance; a page parameter of a name that nobody uses.
//!
//! # Evidence
//! `case` = `pages`, the strangers told of, the pages since it began.
//!
//! # Error budget
//! Poisson CUSUM over pages that tell of strangers and differ from the four before, 1 unit for a page
//! of at most four strangers, 4 above, 8 from 25 on. `burst` = 16 units, 8 a day: certified for 2
//! small pages a day and one of five to 24 strangers in 19 days, beyond the first page. One of eleven trials of a
//! source-day.
//!
//! # References
//! OWASP API4:2023, API6:2023. ATT&CK T1119, T1213.006. D3FEND D3-WSAA, D3-UDTA.

use crate::event::Event;
use crate::signal::{DetectorId, Severity};
use crate::track::{Ctx, Finding, Track};
use crate::trial::Bucket;

const PAGES: Bucket = Bucket { burst: 16, per_day: 8 };

pub(crate) fn step(track: &mut Track, event: &Event, ctx: Ctx) -> Option<Finding> {
    if ctx.standing.works() {
        return None;
    }
    let page = crate::nats::narrow(event.page()?);
    let is_first = track.pages.iter().next().is_none();
    // Every caller sees a first page.
    if !track.pages.add(page) || is_first {
        return None;
    }
    let units = match event.strangers() {
        0..=4 => 1,
        5..=24 => 4,
        _ => 8,
    };
    let spoke = PAGES.pour(&mut track.paging, event.secs(), units, event.strangers(), ctx.purse);
    let finding = Finding::new(DetectorId::PageWalk, "pages", Severity::High, &track.paging)?;
    spoke.then_some(finding)
}
