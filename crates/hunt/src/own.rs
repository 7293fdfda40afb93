//! Lines of our own exchange log: the detectors see what the gateway saw, in the order in which it saw it.

use std::collections::BTreeMap;

use detect::{Detectors, Observed, Said, Watched};
use domain::Exchange;

use crate::moment::LineRef;

/// Exchanges that wait for one that the log has later. Bound: so many; the lowest goes when there are more.
const WAITING: usize = 512;

/// The gateway's detectors, fed again.
#[derive(Debug)]
pub(crate) struct Own {
    watched: Watched,
    /// The random part of the run, and the next place in its order.
    run: u64,
    next: u64,
    waiting: BTreeMap<u64, (Box<Exchange>, LineRef)>,
}

/// An exchange whose turn it is, and what is said of it.
pub(crate) type Turn = (Box<Exchange>, LineRef, Said);

impl Own {
    pub(crate) fn new(settings: &detect::Settings, seed: u64) -> Self {
        Self {
            watched: Watched::new(Detectors::new(settings.clone(), seed)),
            run: 0,
            next: 0,
            waiting: BTreeMap::new(),
        }
    }

    /// Takes an exchange in; those whose turn it is go to `each`.
    pub(crate) fn take(&mut self, exchange: Box<Exchange>, line: LineRef, each: &mut impl FnMut(Turn)) {
        let run = u64::try_from(exchange.id.number() >> 64).unwrap_or(0);
        if run != self.run {
            self.finish(each);
            (self.run, self.next) = (run, 0);
        }
        self.waiting.insert(exchange.order, (exchange, line));
        while let Some(entry) = self.waiting.first_entry() {
            if *entry.key() > self.next && self.waiting.len() <= WAITING {
                break;
            }
            self.release(each);
        }
    }

    /// No more of this run will come.
    pub(crate) fn finish(&mut self, each: &mut impl FnMut(Turn)) {
        while !self.waiting.is_empty() {
            self.release(each);
        }
    }

    fn release(&mut self, each: &mut impl FnMut(Turn)) {
        let Some((order, (exchange, line))) = self.waiting.pop_first() else { return };
        self.next = order.saturating_add(1);
        let seen = Observed::of(&exchange);
        let said = if detect::counts(&[], &seen) { self.watched.observe(&seen) } else { Said::new() };
        each((exchange, line, said));
    }
}
