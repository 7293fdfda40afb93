//! Who lives in a town, from where they ask, and their days.

use std::net::{IpAddr, Ipv4Addr};

use super::{Habit, Moment};
use crate::dice::Dice;

/// Somebody with a habit.
#[derive(Clone, Debug)]
pub struct Client {
    /// What for.
    pub habit: Habit,
    /// The number as a person: unique in the town.
    pub person: u64,
    /// The how manieth of the habit.
    pub nth: u32,
    /// The day of the latest log-in.
    pub(super) signed_in: Option<u32>,
}

/// People, and what they do day after day.
#[derive(Clone, Debug)]
pub struct Town {
    pub(super) dice: Dice,
    clients: Vec<Client>,
    /// On these days there is a flash sale.
    sales: [u32; 2],
}

/// Clients of each habit in a town of size 1,000, chosen so that those who are marked (tokens, own
/// e-mails, roles) have about a third of the client-days each.
const SHARES: [(Habit, u32); 12] = [
    (Habit::SignedIn, 230),
    (Habit::SignedInOffice, 80),
    (Habit::Mobile, 90),
    (Habit::FlashSignedIn, 30),
    (Habit::OwnMail, 280),
    (Habit::OwnMailOffice, 80),
    (Habit::FlashOwnMail, 30),
    (Habit::Staff, 220),
    (Habit::Partner, 5),
    (Habit::Poller, 20),
    (Habit::Crawler, 1),
    (Habit::Browser, 45),
];

impl Town {
    /// A town of about `size` clients a day.
    #[must_use]
    pub fn new(seed: u64, size: u32) -> Self {
        Self::of(
            seed,
            &SHARES.map(|(habit, share)| (habit, (u64::from(share) * u64::from(size) / 1000).max(1))),
        )
    }

    /// A town of so many clients of each habit.
    #[must_use]
    pub fn of(seed: u64, shares: &[(Habit, u64)]) -> Self {
        let mut clients = Vec::new();
        for (habit, count) in shares {
            for nth in 0..u32::try_from(*count).unwrap_or(u32::MAX) {
                let person = u64::try_from(clients.len()).unwrap_or(u64::MAX);
                clients.push(Client { habit: *habit, person, nth, signed_in: None });
            }
        }
        Self { dice: Dice::new(seed), clients, sales: [9, 23] }
    }

    /// Everybody.
    #[must_use]
    pub fn clients(&self) -> &[Client] {
        &self.clients
    }

    /// What happens on the `day`, in the order of time. To be asked for one day after the other.
    pub fn day(&mut self, day: u32, out: &mut Vec<Moment>) {
        out.clear();
        for place in 0..self.clients.len() {
            let Some(client) = self.clients.get_mut(place) else { continue };
            let is_sale = matches!(client.habit, Habit::FlashSignedIn | Habit::FlashOwnMail);
            if is_sale && !self.sales.contains(&(day % 30)) {
                continue;
            }
            let mut visit = super::habits::Visit {
                day,
                client: u32::try_from(place).unwrap_or(u32::MAX),
                from: address(client, day),
                at: 0,
                dice: &mut self.dice,
                out,
            };
            visit.live(client);
        }
        out.sort_by_key(|moment| (moment.at, moment.client));
    }
}

/// From where a client asks on a day.
///
/// | block | who |
/// |---|---|
/// | 10.0.0.0/8 | homes, four to a /24 |
/// | 198.18.0.0/16 | offices, a thousand people behind one address |
/// | 100.64.0.0/10 | a carrier: about twelve people behind each address, others each day |
/// | 203.0.113.0/24 | staff, partners, crawlers |
fn address(client: &Client, day: u32) -> IpAddr {
    let nth = client.nth;
    let bits = match client.habit {
        Habit::SignedInOffice | Habit::OwnMailOffice | Habit::BrowserOffice => {
            0xc612_0001 + ((nth / 1000) << 8) + if client.habit == Habit::OwnMailOffice { 0x4000 } else { 0 }
        }
        Habit::Mobile => {
            let slot = nth.wrapping_mul(2_654_435_761).wrapping_add(day.wrapping_mul(40_503)) % 4096;
            0x6440_0000 + ((slot % 64 / 16) << 8) + slot % 16 + ((nth / 768) << 10)
        }
        Habit::Staff | Habit::Partner | Habit::Poller | Habit::Crawler => 0xcb00_7100 + nth % 250,
        Habit::SignedIn | Habit::FlashSignedIn | Habit::OwnMail | Habit::FlashOwnMail | Habit::Browser => {
            let home = u32::try_from(client.person & 0x00ff_ffff).unwrap_or(0);
            0x0a00_0000 + ((home / 4) << 8) + 10 + home % 4 * 50
        }
    };
    Ipv4Addr::from_bits(bits).into()
}
