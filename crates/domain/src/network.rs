//! Networks that a client belongs to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

/// An address block in CIDR notation, host bits always zero (RFC 4632, RFC 4291).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpPrefix {
    base: IpAddr,
    length: u8,
}

impl IpPrefix {
    /// The block of `length` leading bits that holds `address`; longer lengths are cut to the
    /// address size. IPv4-mapped IPv6 addresses (RFC 4291 section 2.5.5.2) are the IPv4 address.
    #[must_use]
    pub fn of(address: IpAddr, length: u8) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let length = length.min(32);
                let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
                Self { base: IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask)), length }
            }
            IpAddr::V6(v6) => {
                let length = length.min(128);
                let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
                Self { base: IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask)), length }
            }
        }
    }

    /// Whether `address` lies in this block.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.base.is_ipv4() && Self::of(address, self.length).base == self.base
    }

    /// First address of the block.
    #[must_use]
    pub fn base(&self) -> IpAddr {
        self.base
    }

    /// Number of leading bits.
    #[must_use]
    pub fn length(&self) -> u8 {
        self.length
    }

    /// Whether the globally routed part of `networks` is more than anybody's own: together more than a
    /// /16 of IPv4 or a /32 of IPv6. Such a list keeps nobody out, in one piece or in many.
    #[must_use]
    pub fn are_everyone(networks: &[Self]) -> bool {
        let apart: std::collections::BTreeSet<&Self> =
            networks.iter().filter(|one| !one.is_inside()).collect();
        let within = |one: &Self, wide: &Self| wide.length < one.length && wide.contains(one.base);
        let outer = apart.iter().filter(|one| !apart.iter().any(|wide| within(one, wide)));
        let (mut v4, mut v6) = (0_u128, 0_u128);
        for one in outer {
            let (sum, bits) = if one.base.is_ipv4() { (&mut v4, 32) } else { (&mut v6, 128) };
            let size = 1_u128.checked_shl(bits - u32::from(one.length)).unwrap_or(u128::MAX);
            *sum = sum.saturating_add(size);
        }
        v4 > 1 << 16 || v6 > 1 << 96
    }

    /// Whether all of it is private, of this machine or of its link (RFC 1918, 6598, 3927, 4193, 4291).
    #[must_use]
    pub fn is_inside(&self) -> bool {
        const INSIDE: [(IpAddr, u8); 9] = [
            (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), 8),
            (IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), 12),
            (IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), 16),
            (IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
            (IpAddr::V4(Ipv4Addr::new(169, 254, 0, 0)), 16),
            (IpAddr::V4(Ipv4Addr::new(100, 64, 0, 0)), 10),
            (IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7),
            (IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10),
            (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
        ];
        INSIDE
            .iter()
            .any(|(base, length)| *length <= self.length && Self::of(*base, *length).contains(self.base))
    }
}

/// The blocks that answer for a client, narrowest first: /32 and /24 for IPv4; /64, /56 and /48
/// for IPv6 (one host can pick any address in its /64, one customer line often has a /56 or /48).
#[must_use]
pub fn networks_of(address: IpAddr) -> SmallVec<[IpPrefix; 3]> {
    let lengths: &[u8] = if address.to_canonical().is_ipv4() { &[32, 24] } else { &[64, 56, 48] };
    lengths.iter().map(|&length| IpPrefix::of(address, length)).collect()
}

/// Why a text is no address block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no network; write an address and a length, such as `192.0.2.0/24` or `2001:db8::/48`")]
pub struct IpPrefixError {
    text: String,
}

impl FromStr for IpPrefix {
    type Err = IpPrefixError;

    fn from_str(text: &str) -> Result<Self, IpPrefixError> {
        let wrong = || IpPrefixError { text: text.chars().take(60).collect() };
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u8>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = length.unwrap_or(most);
        if length > most {
            return Err(wrong());
        }
        // A mapped block (`::ffff:192.0.2.0/120`) is written about the IPv4 block below it.
        let length = if address.is_ipv6() && address.to_canonical().is_ipv4() {
            length.checked_sub(96).ok_or_else(wrong)?
        } else {
            length
        };
        Ok(Self::of(address, length))
    }
}

impl fmt::Display for IpPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.length)
    }
}

impl Serialize for IpPrefix {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IpPrefix {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_everyone_where_its_global_part_is_more_than_anybodys_own() {
        for (networks, everyone) in [
            (&["0.0.0.0/0"][..], true),
            (&["::/0"], true),
            (&["0.0.0.0/1", "128.0.0.0/1"], true),
            (&["2000::/3"], true),
            (&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"], false),
            (&["198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"], false),
            (&["203.0.0.0/16", "203.0.113.0/24", "203.0.113.0/24"], false),
            (&["203.0.0.0/16", "203.1.0.0/32"], true),
            (&["8.0.0.0/5"], true),
            (&[], false),
        ] {
            let list: Vec<IpPrefix> = networks.iter().map(|text| text.parse().unwrap()).collect();
            assert_eq!(IpPrefix::are_everyone(&list), everyone, "{networks:?}");
        }
    }

    #[test]
    fn a_block_reads_back_what_it_prints() {
        for (text, printed) in [
            ("192.0.2.77/24", "192.0.2.0/24"),
            ("192.0.2.77", "192.0.2.77/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:db8:1:2:3::9/48", "2001:db8:1::/48"),
            ("::ffff:192.0.2.9/120", "192.0.2.0/24"),
        ] {
            assert_eq!(text.parse::<IpPrefix>().unwrap().to_string(), printed);
        }
    }

    #[test]
    fn what_is_no_block_is_refused() {
        for text in ["", "192.0.2", "192.0.2.0/33", "2001:db8::/129", "192.0.2.0/x", "::ffff:192.0.2.9/90"] {
            assert!(text.parse::<IpPrefix>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_mapped_address_is_in_the_ipv4_block() {
        let block: IpPrefix = "192.0.2.0/24".parse().unwrap();
        assert!(block.contains("::ffff:192.0.2.200".parse().unwrap()));
        assert!(!block.contains("2001:db8::1".parse().unwrap()));
    }

    #[test]
    fn a_client_has_two_networks_in_ipv4_and_three_in_ipv6() {
        let print = |ip: &str| {
            networks_of(ip.parse().unwrap()).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(print("198.51.100.7"), "198.51.100.7/32 198.51.100.0/24");
        assert_eq!(print("2001:db8:a:b:c::1"), "2001:db8:a:b::/64 2001:db8:a::/56 2001:db8:a::/48");
    }
}
