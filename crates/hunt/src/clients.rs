//! What each client did in all, whether it counted or not: how much it took, and whether it behaves as the
//! program does that it says it is.
//!
//! Bound: [`MOST`] addresses of 40 bytes. Eviction rule: each newcomer to a taken place wears its count down
//! by one and takes it at nothing, so that whoever comes often stays.

use std::net::IpAddr;

use crate::hash;

const MOST: usize = 1 << 17;

/// One client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Client {
    key: u64,
    worth: u32,
    /// Exchanges.
    pub exchanges: u32,
    /// Styles, scripts and pictures among them, also those that were not modified.
    pub assets: u32,
    /// Bytes that it was sent, where the log has them.
    pub sent: u64,
    /// Bytes that it sent, where the log has them.
    pub received: u64,
}

/// All clients.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    places: Vec<Client>,
}

fn place(key: u64) -> usize {
    usize::try_from(key >> 40).unwrap_or(0) % MOST
}

impl Clients {
    pub(crate) const MOST_BYTES: usize = MOST * size_of::<Client>();

    pub(crate) fn new() -> Self {
        Self { places: vec![Client::default(); MOST] }
    }

    pub(crate) fn take(&mut self, key: u64, is_asset: bool, sent: Option<u64>, received: Option<u64>) {
        let Some(client) = self.places.get_mut(place(key)) else { return };
        if client.key != key {
            if client.worth > 1 {
                client.worth -= 1;
                return;
            }
            *client = Client { key, ..Client::default() };
        }
        client.worth = client.worth.saturating_add(1);
        client.exchanges = client.exchanges.saturating_add(1);
        client.assets = client.assets.saturating_add(u32::from(is_asset));
        client.sent = client.sent.saturating_add(sent.unwrap_or(0));
        client.received = client.received.saturating_add(received.unwrap_or(0));
    }

    /// What is known of an address, if it was not displaced.
    pub(crate) fn of(&self, ip: IpAddr) -> Option<Client> {
        let key = hash::address(hash::SEED, ip);
        self.places.get(place(key)).filter(|client| client.key == key).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_often_stays_and_newcomers_wear_it_down() {
        let mut clients = Clients::new();
        let ip: IpAddr = "198.51.100.7".parse().unwrap();
        let key = hash::address(hash::SEED, ip);
        for nth in 0..5 {
            clients.take(key, nth == 0, Some(100), None);
        }
        let other = key ^ 1;
        (0..3).for_each(|_| clients.take(other, false, None, None));
        let held = clients.of(ip).unwrap();
        assert_eq!((held.exchanges, held.assets, held.sent), (5, 1, 500));
        (0..3).for_each(|_| clients.take(other, false, None, None));
        assert_eq!(clients.of(ip), None);
    }
}
