//! Endpoint-wide sweep: many sources share one sweep, each too little to be seen alone.
//!
//! # Sees
//! Sources that each read more than the one or two people whom an honest visitor reads: the sum of
//! what is beyond, over all of them (`beyond`); and id ranges that are tiled, each source taking up
//! where another left (`tiles`).
//!
//! # Misses
//! Sources that read two people a day each, in random order: 5,000 addresses hold 10,000 people so.
//! Volume sees those, and the budgets over everybody bound them. A walk at the newest end of a
//! collection, where honest people read what they just made.
//!
//! # Evidence
//! `case` = `beyond` or `tiles`; strangers told of, the stride, about how many sources took part.
//!
//! # Error budget
//! `beyond`: Poisson CUSUM over strangers beyond the first two of each source (four of one answer to a
//! principal at most: whole pages are for page walk and bulk), against the endpoint's own baseline, which begins at a cap and only falls (see volume). `tiles`: Wald's test of numbers at
//! equal distances, 90 in 100 against the chance for visitors who come in no order to a collection of
//! 320 or more (see sequential ids; 10 in 100 at least), among the last 64 numbers of the endpoint; only
//! a number from another source than the one before and below the highest seen counts. Smaller
//! collections that many people visit are published by their five networks. Two of three trials of an
//! endpoint-day.
//!
//! # References
//! OWASP API6:2023, API4:2023. ATT&CK T1119, T1090.003, T1213.006. D3FEND D3-NTA, D3-RAPA.

use crate::codec::{Reader, Writer};
use crate::detectors::sequential_ids::{Weight, fits};
use crate::event::Event;
use crate::ring::Ring;
use crate::trial::{Purse, Trial};

/// Numbers in a thousand that fit, of a sweep, and at least of honest visitors.
const SWEEP: u64 = 900;
const HONEST: u64 = 100;

/// Object numbers of one endpoint, over all sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tiles {
    pub(crate) trial: Trial,
    numbers: Ring<u64, 64>,
    strides: [u64; 2],
    highest: u64,
    last_source: u64,
}

impl Tiles {
    /// The stride, when the trial speaks.
    pub(crate) fn step(&mut self, event: &Event, source: u64, purse: Purse) -> Option<u64> {
        let number = event.numbers().find(|number| !self.numbers.has(*number))?;
        let is_newest = number > self.highest;
        self.highest = self.highest.max(number);
        let is_another = source != self.last_source;
        self.last_source = source;
        let weighs = self.trial.level > 0;
        let fit = fits(&mut self.numbers, &mut self.strides, number, weighs);
        if is_newest || !is_another {
            return None;
        }
        let fit = fit?;
        match fit.weigh(SWEEP, HONEST)? {
            Weight::For(weight) => {
                let spoke = self.trial.rise(event.secs(), weight, event.strangers(), purse);
                fit.stride.filter(|_| spoke)
            }
            Weight::Against(weight) => {
                self.trial.fall(event.secs(), weight);
                None
            }
        }
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        let Self { trial, numbers, strides, highest, last_source } = self;
        trial.save(out);
        numbers.save(out);
        strides.iter().for_each(|stride| out.u64(*stride));
        out.u64(*highest);
        out.u64(*last_source);
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            trial: Trial::load(from)?,
            numbers: Ring::load(from)?,
            strides: [from.u64()?, from.u64()?],
            highest: from.u64()?,
            last_source: from.u64()?,
        })
    }
}
