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
