//! Who calls from where: source addresses in 127.0.0.0/8, one meaning each.
//!
//! | block | who |
//! |---|---|
//! | 127.66.6.6 | the attacker, and a few honest guests behind the very same address |
//! | 127.66.6.20 and up | honest neighbours in the attacker's /24 |
//! | 127.20.0.1 | a whole office of honest people behind one address |
//! | 127.32.0.0/11 | everyone else honest, one address each, about four to a /24 |
//! | 127.128.0.0/9 | the attacker's flood, one address per request, one to a /24 first |
//! | 127.x.y.77 | an attacker's many addresses, each in a /24 of its own, over all /16s; honest people live there too |
//! | 127.10.0.1 | a trusted proxy that names its clients in `x-forwarded-for` |
//! | 2001:db8:66::/48 | an attacker's IPv6 network behind that proxy; honest people live there too |

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The attacker.
pub const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 66, 6, 6);

/// A proxy whose word on the client's address counts, where the gateway is told so.
pub const EDGE: Ipv4Addr = Ipv4Addr::new(127, 10, 0, 1);

/// The address that a whole office shares.
pub const OFFICE: Ipv4Addr = Ipv4Addr::new(127, 20, 0, 1);

/// The `nth` honest neighbour in the attacker's /24; at most 200 differ.
#[must_use]
pub fn neighbour(nth: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 66, 6, 20 + low_byte(nth % 200))
}

/// The address of the `nth` honest person; the first 65,536 differ.
#[must_use]
pub fn home(nth: usize) -> Ipv4Addr {
    let network = nth / 4;
    Ipv4Addr::new(127, 32 + low_byte(network / 256 % 32), low_byte(network), 10 + low_byte(nth % 4) * 50)
}

/// The source of the `nth` request of a flood; the first 8 million differ, the first 32,768 also in
/// their /24.
#[must_use]
pub fn flood_source(nth: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 128 + low_byte(nth / 256 % 128), low_byte(nth), 1 + low_byte(nth / 32_768 % 250))
}

/// The `nth` of an attacker's many addresses: the first 256 differ in their /16, the first 60,000 in
/// their /24.
#[must_use]
pub fn scattered(nth: usize) -> Ipv4Addr {
    // 41 and 256 have no common divisor: few addresses are spread as widely as many.
    Ipv4Addr::new(127, low_byte(nth * 41), 7 + low_byte(nth / 256 % 240), 77)
}

/// The `nth` of an attacker's addresses in one IPv6 /48, each in a /64 of its own; 65,536 differ.
#[must_use]
pub fn in_block(nth: usize) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 0x66, u16::try_from(nth % 65_536).unwrap_or(0), 0, 0, 0, 0xa)
}

/// Whether attacks come from this address. Honest people may live there too.
#[must_use]
pub fn is_attackers(client: IpAddr) -> bool {
    match client {
        IpAddr::V4(client) => {
            let [_, high, low, last] = client.octets();
            client == ATTACKER || (last == 77 && (high, low) != (66, 6)) || (high >= 128 && last <= 8)
        }
        IpAddr::V6(client) => client.segments().starts_with(&[0x2001, 0xdb8, 0x66]),
    }
}

fn low_byte(number: usize) -> u8 {
    u8::try_from(number % 256).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nobody_shares_an_address_by_accident() {
        let mut all: Vec<Ipv4Addr> = vec![ATTACKER, OFFICE];
        all.extend((0..200).map(neighbour));
        all.extend((0..2000).map(home));
        all.extend((0..40_000).map(flood_source));
        all.extend((0..5_000).map(scattered));
        all.push(EDGE);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        assert!((0..200).all(|nth| neighbour(nth).octets()[..3] == ATTACKER.octets()[..3]));
        assert!((0..2000).all(|nth| home(nth).octets()[..3] != ATTACKER.octets()[..3]));
    }
    #[test]
    fn many_addresses_are_spread_over_every_network() {
        let prefixes = |many: usize, octets: usize| {
            (0..many).map(|nth| scattered(nth).octets()[..octets].to_vec()).collect::<HashSet<_>>().len()
        };
        assert_eq!((prefixes(50, 2), prefixes(500, 2), prefixes(500, 3)), (50, 256, 500));
        assert_eq!((0..500).map(in_block).collect::<HashSet<_>>().len(), 500);
    }

    #[test]
    fn the_attackers_addresses_are_told_from_those_of_people() {
        let attackers = (0..500).map(scattered).chain((0..5_000).map(flood_source)).chain([ATTACKER]);
        assert!(attackers.map(IpAddr::V4).chain((0..500).map(|nth| in_block(nth).into())).all(is_attackers));
        let people = (0..2_000).map(home).chain((0..200).map(neighbour)).chain([OFFICE, EDGE]);
        assert!(!people.map(IpAddr::V4).any(is_attackers));
    }
}
