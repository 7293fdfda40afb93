//! Who calls from where: source addresses in 127.0.0.0/8, one meaning each.
//!
//! | block | who |
//! |---|---|
//! | 127.66.6.6 | the attacker, and a few honest guests behind the very same address |
//! | 127.66.6.20 and up | honest neighbours in the attacker's /24 |
//! | 127.20.0.1 | a whole office of honest people behind one address |
//! | 127.32.0.0/11 | everyone else honest, one address each, about four to a /24 |
//! | 127.128.0.0/9 | the attacker's flood, one address per request, one to a /24 first |

use std::net::Ipv4Addr;

/// The attacker.
pub const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 66, 6, 6);

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
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        assert!((0..200).all(|nth| neighbour(nth).octets()[..3] == ATTACKER.octets()[..3]));
        assert!((0..2000).all(|nth| home(nth).octets()[..3] != ATTACKER.octets()[..3]));
    }
}
