//! Large answers of which nothing in the request says what they are about: exports, dumps, searches that
//! find everybody, pages of a hundred thousand.
//!
//! They count only where an endpoint gives data about people by its words, or says that it exports. What the
//! same caller fetches again counts once in thirty days; what five networks fetch is everybody's; and what a
//! session fetches up to twice what nine in ten of its peers do is its work, two units before peers are known.

use domain::Endpoint;

use crate::doors::Peers;
use crate::matter;

/// Smallest answer that is looked at: what is below is a page or a record.
pub(crate) const LARGE: u64 = 16 * 1024;
/// What peers are compared by.
const UNIT_KIB: u16 = 64;
/// Bytes that a record is taken for.
const RECORD: u64 = 200;
/// Networks that make something everybody's.
const PUBLIC: usize = 5;

/// What an endpoint that gives data gave out in large answers.
#[derive(Clone, Debug)]
pub(crate) struct Downloads {
    peers: Peers,
    networks: [u64; PUBLIC],
}

impl Downloads {
    /// Those of an endpoint, where its words say that it gives data.
    pub(crate) fn of(endpoint: &Endpoint) -> Option<Box<Self>> {
        let new = || Box::new(Self { peers: Peers::default(), networks: [0; PUBLIC] });
        matter::gives_data(endpoint).then(new)
    }

    /// Whether five networks fetched what it gives.
    pub(crate) fn are_public(&self) -> bool {
        self.networks.iter().all(|network| *network != 0)
    }

    /// Notes that a network fetched something.
    pub(crate) fn note(&mut self, network: u64) {
        if !self.networks.contains(&network)
            && let Some(place) = self.networks.iter_mut().find(|place| **place == 0)
        {
            *place = network.max(1);
        }
    }

    /// Adds an answer to what a session fetched, in KiB; whether that is no more than its peers do.
    pub(crate) fn is_usual(&mut self, fetched: &mut u16, sent: u64, day: u16) -> bool {
        let before = *fetched / UNIT_KIB;
        *fetched = fetched.saturating_add(u16::try_from(sent / 1024).unwrap_or(u16::MAX));
        let units = *fetched / UNIT_KIB;
        (before..units).for_each(|unit| self.peers.note(unit + 1, day));
        units <= self.peers.allowance()
    }
}

/// The records that an answer stands for.
pub(crate) fn records(sent: u64) -> u32 {
    u32::try_from(sent / RECORD).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_session_fetches_counts_beyond_what_its_peers_do() {
        assert!(Downloads::of(&"GET /api/products/export.csv".parse().unwrap()).is_none());
        let mut downloads = Downloads::of(&"GET /api/customers/export.csv".parse().unwrap()).unwrap();
        let mut thief = 0;
        assert!(downloads.is_usual(&mut thief, 100 * 1024, 1) && !downloads.is_usual(&mut thief, 3 << 20, 1));
        for _ in 0..40 {
            let mut colleague = 0;
            downloads.is_usual(&mut colleague, 2 << 20, 1);
        }
        assert!(downloads.is_usual(&mut 0, 3 << 20, 2), "on the day after it is known what they do");
        for network in [7, 8, 8, 9, 10] {
            downloads.note(network);
        }
        assert!(!downloads.are_public());
        downloads.note(11);
        assert!(downloads.are_public());
    }
}
