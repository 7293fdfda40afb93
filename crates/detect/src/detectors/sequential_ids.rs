//! Sequential ids: a source walks through a collection object by object.
//!
//! # Sees
//! Objects that are read, or guessed, at equal distances: any stride, upwards or downwards, at one
//! endpoint or by turns at many, several walks at once, numbers inside longer ids (`INV-2024-00017`).
//! A new number is a step of the walk when its distance to one of the source's last sixteen numbers
//! is one of the two strides found last; order and direction do not matter.
//!
//! # Misses
//! A walk in random order, with ever changing strides, or half of it at random (see new objects); ids
//! without digits; ids beyond 18 digits; who reads in order by trade, that is, roles and partners with an allowance; a
//! number that moves in query or body while another one there is random and the path has none.
//!
//! # Evidence
//! `case` = `walk`, the stride, the strangers told of and the steps since it began. A walk of guesses that
//! told of nobody is medium, any other high.
//!
//! # Error budget
//! Wald's test of `p1` = 85 steps in 100. Null hypothesis: a caller who reads in no order, and so far
//! at most a fifth of the collection. Then each of the at least `4n` numbers that it has not read is
//! as likely the next, where `n` are held, so a step follows with chance at most `p0 = L / 4n`, `L` the
//! free numbers at one of both strides from one that is held (5 in 100 at least). A walker has only the
//! ends of its walk there; who looks up twelve of sixty colleagues has most of them, and no step of
//! theirs weighs anything. A hit weighs `ln(p1/p0)` (1.22 at first, 2.83 later), a miss
//! `-ln((1-p0)/(1-p1))`. Time plays no part, nor do re-reads: a number that is held, or told of nobody
//! new, is no step. One of eleven trials of a source-day.
//!
//! # References
//! OWASP API1:2023. ATT&CK T1119, T1213.006. D3FEND D3-RAPA, D3-WSAA.

use smallvec::SmallVec;

use crate::event::{Event, kind};
use crate::nats::ratio;
use crate::ring::Ring;
use crate::signal::{DetectorId, Severity};
use crate::track::{Ctx, Finding, Track};

/// Steps in a thousand that fit, of a walker, and at least of anybody else.
const WALKER: u64 = 850;
const HONEST: u64 = 50;

pub(crate) fn step(track: &mut Track, event: &Event, ctx: Ctx) -> Option<Finding> {
    if ctx.standing.works() || !(event.is(kind::FRESH) || event.is(kind::MISS)) {
        return None;
    }
    let number = event.numbers().find(|number| !track.numbers.has(*number))?;
    let weighs = track.walk.level > 0;
    let fit = fits(&mut track.numbers, &mut track.strides, number, weighs)?;
    match fit.weigh(WALKER, HONEST)? {
        Weight::For(weight) => {
            let spoke = track.walk.rise(event.secs(), weight, event.strangers(), ctx.purse);
            let severity = if track.walk.people == 0 { Severity::Medium } else { Severity::High };
            let finding = Finding::new(DetectorId::SequentialIds, "walk", severity, &track.walk)?;
            spoke.then_some(Finding { stride: fit.stride, ..finding })
        }
        Weight::Against(weight) => {
            track.walk.fall(event.secs(), weight);
            None
        }
    }
}

/// How a number stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fit {
    /// Its stride from one of them, if that is one of the two found last.
    pub(crate) stride: Option<u64>,
    /// In a thousand: the chance of a stride for whoever takes any number that is not held, where at
    /// most a fifth of all numbers is.
    chance: u64,
}

/// What a number speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    For(u32),
    Against(u32),
}

impl Fit {
    /// Its weight in Wald's test of `walker` against the chance, `honest` at least; both in a thousand.
    /// `None` where numbers lie so close that a stride says nothing.
    pub(crate) fn weigh(self, walker: u64, honest: u64) -> Option<Weight> {
        let chance = self.chance.max(honest);
        (chance < walker).then(|| match self.stride {
            Some(_) => Weight::For(ratio(walker, chance)),
            None => Weight::Against(ratio(1000 - chance, 1000 - walker)),
        })
    }
}

/// Takes `number` in; `None` for the very first, and for one at no stride unless that `weighs`: against
/// nothing nothing can speak.
pub(crate) fn fits<const N: usize>(
    numbers: &mut Ring<u64, N>,
    strides: &mut [u64; 2],
    number: u64,
    weighs: bool,
) -> Option<Fit> {
    let nearest = numbers.iter().map(|other| other.abs_diff(number)).min();
    let before = *strides;
    let [newest, older] = before;
    let found = |stride: u64| stride != 0 && numbers.iter().any(|other| other.abs_diff(number) == stride);
    let stride = if found(newest) {
        Some(newest)
    } else if found(older) {
        *strides = [older, newest];
        Some(older)
    } else {
        if let Some(nearest) = nearest {
            *strides = [nearest, newest];
        }
        None
    };
    let chance = if stride.is_some() || weighs { chance(numbers, before) } else { 0 };
    numbers.add(number);
    nearest.filter(|_| stride.is_some() || weighs).map(|_| Fit { stride, chance })
}

/// The chance of [`Fit`]. A free number at a stride from two that are held counts twice: the chance is
/// never understated.
fn chance<const N: usize>(numbers: &Ring<u64, N>, [newest, older]: [u64; 2]) -> u64 {
    let mut held: SmallVec<[u64; 64]> = numbers.iter().collect();
    held.sort_unstable();
    let many = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let free = |stride: u64| {
        if stride == 0 {
            return 0;
        }
        let pairs = held.iter().filter(|number| {
            number.checked_add(stride).is_some_and(|other| held.binary_search(&other).is_ok())
        });
        // Numbers are held one higher than they are: below the first stride there is none.
        let below = held.len() - held.partition_point(|number| *number <= stride);
        let above = held.partition_point(|number| number.checked_add(stride).is_some());
        many(below + above) - 2 * many(pairs.count())
    };
    let free = free(newest) + free(if older == newest { 0 } else { older });
    (1000 * free).checked_div(4 * many(held.len())).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What [`chance`] says of its own: number by number.
    fn slowly(held: &[u64], strides: [u64; 2]) -> u64 {
        let mut free = 0;
        for stride in if strides[0] == strides[1] { &strides[..1] } else { &strides[..] } {
            for number in held.iter().filter(|_| *stride != 0) {
                free += u64::from(number.checked_add(*stride).is_some_and(|other| !held.contains(&other)));
                free += u64::from(*number > *stride && !held.contains(&(number - stride)));
            }
        }
        1000 * free / (4 * u64::try_from(held.len()).unwrap())
    }

    proptest::proptest! {
        #[test]
        fn the_chance_is_what_counting_free_numbers_gives(
            list in proptest::collection::hash_set(1u64..200, 1..=16),
            at_the_end in proptest::prelude::any::<bool>(),
            strides in proptest::prelude::any::<[u8; 2]>(),
        ) {
            let mut ring = Ring::<u64, 16>::default();
            let of = |number: u64| if at_the_end { u64::MAX - number + 1 } else { number };
            let held: Vec<u64> = list.into_iter().map(of).collect();
            for number in &held {
                ring.add(*number);
            }
            let strides = strides.map(|stride| u64::from(stride % 40));
            proptest::prop_assert_eq!(chance(&ring, strides), slowly(&held, strides));
        }
    }
}
