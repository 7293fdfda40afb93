//! Sequential ids: a source walks through a collection object by object.
//!
//! # Sees
//! Objects that are read, or guessed, at equal distances: any stride, upwards or downwards, at one
//! endpoint or by turns at many, several walks at once, numbers inside longer ids (`INV-2024-00017`).
//! A new number is a step of the walk when its distance to one of the source's last sixteen numbers
//! is one of the two strides found last; order and direction do not matter.
//!
//! # Misses
//! A walk in random order or with ever changing strides (see new objects); ids without digits; ids
//! beyond 18 digits; who reads in order by trade, that is, roles and partners with an allowance; a
//! number that moves in query or body while another one there is random and the path has none.
//!
//! # Evidence
//! `case` = `walk`, the stride, the strangers told of and the steps since it began.
//!
//! # Error budget
//! Wald's test of `p1` = 90 steps in 100 against `p0` = 5 in 100: a hit weighs `ln(p1/p0)` = 2.89, a
//! miss `-ln((1-p0)/(1-p1))` = -2.25. Time plays no part, nor do re-reads: a number that is held, or
//! told of nobody new, is no step. One of eleven trials of a source-day.
//!
//! # References
//! OWASP API1:2023. ATT&CK T1119, T1213.006. D3FEND D3-RAPA, D3-WSAA.

use crate::event::{Event, kind};
use crate::nats::ratio;
use crate::ring::Ring;
use crate::signal::{DetectorId, Severity};
use crate::track::{Ctx, Finding, Track};

/// Steps in a hundred that fit, of a walker and of anybody else.
const WALKER: u64 = 90;
const HONEST: u64 = 5;

pub(crate) fn step(track: &mut Track, event: &Event, ctx: Ctx) -> Option<Finding> {
    if ctx.standing.works() || !(event.is(kind::FRESH) || event.is(kind::MISS)) {
        return None;
    }
    let number = event.numbers().find(|number| !track.numbers.has(*number))?;
    let now = event.secs();
    match fits(&mut track.numbers, &mut track.strides, number)? {
        Fit::Step(stride) => {
            let spoke = track.walk.rise(now, ratio(WALKER, HONEST), event.strangers(), ctx.purse);
            let finding = Finding::new(DetectorId::SequentialIds, "walk", Severity::High, &track.walk)?;
            spoke.then_some(Finding { stride: Some(stride), ..finding })
        }
        Fit::Apart => {
            track.walk.fall(now, ratio(100 - HONEST, 100 - WALKER));
            None
        }
    }
}

/// How a number stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// At this stride from one of them.
    Step(u64),
    /// At none that was found before.
    Apart,
}

/// Takes `number` in; `None` for the very first.
pub(crate) fn fits<const N: usize>(
    numbers: &mut Ring<u64, N>,
    strides: &mut [u64; 2],
    number: u64,
) -> Option<Fit> {
    let nearest = numbers.iter().map(|other| other.abs_diff(number)).min();
    let [newest, older] = *strides;
    let found = |stride: u64| stride != 0 && numbers.iter().any(|other| other.abs_diff(number) == stride);
    let fit = if found(newest) {
        Fit::Step(newest)
    } else if found(older) {
        *strides = [older, newest];
        Fit::Step(older)
    } else {
        if let Some(nearest) = nearest {
            *strides = [nearest, newest];
        }
        Fit::Apart
    };
    numbers.add(number);
    nearest.map(|_| fit)
}
