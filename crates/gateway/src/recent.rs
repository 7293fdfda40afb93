//! The exchanges of late, for whoever asks what they speak for: `tidegate config propose` without a log.
//!
//! They are what the exchange log would say, in memory only: nothing is written, and a restart forgets
//! them. Kept where `recent` allows it, which costs each exchange what a line of the log costs but the
//! writing. They hold clients' addresses and keyed digests, as the log does, and are given out over the
//! admin socket only.

use std::collections::VecDeque;
use std::mem::size_of;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use domain::{ByteSize, Exchange, ObjectRef, SubjectDigest};
use serde::{Deserialize, Serialize};

use crate::locked;

/// What stands before the exchanges: how many there are, and how many there are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentHead {
    /// Exchanges that follow, one a line.
    pub held: u64,
    /// Exchanges since the gateway began that gave way to later ones.
    pub gone: u64,
    /// Bytes that they may take in memory; 0: none are held.
    pub most_bytes: u64,
}

/// Exchanges of late.
///
/// Bound: so many bytes as `recent` says. Eviction rule: the oldest give way, and are counted.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    most: AtomicUsize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    exchanges: VecDeque<Arc<Exchange>>,
    bytes: usize,
    gone: u64,
}

impl Recent {
    pub(crate) fn new(most: ByteSize) -> Self {
        Self { most: AtomicUsize::new(most.len()), held: Mutex::default() }
    }

    /// Sets the bound anew.
    pub(crate) fn reload(&self, most: ByteSize) {
        self.most.store(most.len(), Ordering::Relaxed);
        locked(&self.held).fit(most.len());
    }

    /// Whether any are held.
    pub(crate) fn is_on(&self) -> bool {
        self.most.load(Ordering::Relaxed) > 0
    }

    /// Takes an exchange in.
    pub(crate) fn take(&self, exchange: Exchange) {
        let most = self.most.load(Ordering::Relaxed);
        if most == 0 {
            return;
        }
        let (bytes, exchange) = (bytes_of(&exchange), Arc::new(exchange));
        let mut held = locked(&self.held);
        held.bytes = held.bytes.saturating_add(bytes);
        held.exchanges.push_back(exchange);
        held.fit(most);
    }

    /// The head and the exchanges, the oldest first, each as a line of the exchange log. It takes a
    /// millisecond for a hundred of them; exchanges wait for a copy of pointers only.
    pub(crate) fn lines(&self) -> String {
        let (exchanges, gone): (Vec<Arc<Exchange>>, u64) = {
            let held = locked(&self.held);
            (held.exchanges.iter().cloned().collect(), held.gone)
        };
        let most = self.most.load(Ordering::Relaxed);
        let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let head = RecentHead { held: wide(exchanges.len()), gone, most_bytes: wide(most) };
        let mut out = serde_json::to_string(&head).unwrap_or_default();
        for exchange in exchanges {
            out.push('\n');
            out.push_str(report::exchange::line(&exchange).trim_end());
        }
        out.push('\n');
        out
    }
}

impl Held {
    fn fit(&mut self, most: usize) {
        while self.bytes > most {
            let Some(oldest) = self.exchanges.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(bytes_of(&oldest));
            self.gone = self.gone.saturating_add(1);
        }
        // What a burst of large ones left room for is given back.
        if self.exchanges.capacity() > 2 * self.exchanges.len() + 1024 {
            self.exchanges.shrink_to_fit();
        }
    }
}

/// Bytes that an exchange takes; what it shares with others (templates, names of roles) is not its own.
fn bytes_of(exchange: &Exchange) -> usize {
    let objects = if exchange.objects.spilled() { exchange.objects.capacity() } else { 0 };
    let subjects = exchange.subjects.capacity();
    let names =
        exchange.objects.iter().map(|object| object.name.len() + 2 * size_of::<usize>()).sum::<usize>();
    let owned = exchange.owned.len().saturating_mul(256);
    size_of::<Exchange>()
        + 6 * size_of::<usize>()
        + objects.saturating_mul(size_of::<ObjectRef>())
        + subjects.saturating_mul(size_of::<SubjectDigest>())
        + names
        + owned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(subjects: usize) -> Exchange {
        let mut exchange = report::exchange::parse(&report::exchange::EXAMPLE.replace('\n', "")).unwrap();
        exchange.subjects = vec![SubjectDigest::new([7; 16]); subjects];
        exchange
    }

    #[test]
    fn the_oldest_give_way_are_counted_and_memory_stays_below_the_bound() {
        let most = ByteSize::new(64 * 1024);
        let recent = Recent::new(most);
        for nth in 0..10_000_u64 {
            recent.take(Exchange { order: nth, ..one(usize::try_from(nth % 257).unwrap()) });
            assert!(locked(&recent.held).bytes <= most.len());
        }
        let lines = recent.lines();
        let mut lines = lines.lines();
        let head: RecentHead = serde_json::from_str(lines.next().unwrap()).unwrap();
        let held: Vec<u64> = lines.map(|line| report::exchange::parse(line).unwrap().order).collect();
        assert_eq!((head.held + head.gone, head.held), (10_000, u64::try_from(held.len()).unwrap()));
        assert!(held.len() > 10 && *held.last().unwrap() == 9_999, "{held:?}");
        assert!(held.is_sorted());
        // A reload that wants none lets all go.
        recent.reload(ByteSize::new(0));
        recent.take(one(3));
        let held = locked(&recent.held);
        assert!(!recent.is_on() && held.exchanges.is_empty() && held.bytes == 0);
    }
}
