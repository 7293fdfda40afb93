//! Addresses of clients as logs write them.

use std::net::{IpAddr, Ipv4Addr};

/// An address alone: `192.0.2.7`, `2001:db8::7`, `[2001:db8::7]`, `fe80::7%eth0`. An IPv4 address in
/// IPv6 clothes is that IPv4 address: the same client by two names would be two.
pub(crate) fn address(text: &[u8]) -> Option<IpAddr> {
    if let Some(v4) = v4(text) {
        return Some(IpAddr::V4(v4));
    }
    // The longest IPv6 address has 45 characters; brackets and a zone come on top.
    if text.len() > 80 || !text.contains(&b':') {
        return None;
    }
    let inner = text.strip_prefix(b"[").and_then(|text| text.strip_suffix(b"]")).unwrap_or(text);
    let inner = inner.split(|byte| *byte == b'%').next()?;
    let address: IpAddr = std::str::from_utf8(inner).ok()?.parse().ok()?;
    Some(address.to_canonical())
}

/// An address with a port behind it, which products write without brackets too: `192.0.2.7:4711`,
/// `[2001:db8::7]:4711`, `2001:db8::7:4711`.
pub(crate) fn address_of_pair(text: &[u8]) -> Option<IpAddr> {
    let (before, port) = super::cut_last(text, b':')?;
    if port.is_empty() || port.len() > 5 || !port.iter().all(u8::is_ascii_digit) {
        return None;
    }
    address(before)
}

/// Whether text is the name or the address of a host, with or without a port: `shop.example.com:443`.
pub(crate) fn is_host(text: &[u8]) -> bool {
    let (name, port) = super::cut_last(text, b':').unwrap_or((text, b"0"));
    let labels = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    let is_name = !name.is_empty() && name.iter().all(labels) && port.iter().all(u8::is_ascii_digit);
    is_name || address_of_pair(text).is_some() || address(text).is_some()
}

/// Four decimal numbers without leading zeros, as `Ipv4Addr` reads them, a few times faster.
fn v4(text: &[u8]) -> Option<Ipv4Addr> {
    if text.len() > 15 {
        return None;
    }
    let (mut value, mut number, mut digits, mut dots) = (0_u32, 0_u32, 0_u32, 0_u32);
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                if digits > 0 && number == 0 {
                    return None;
                }
                number = number * 10 + u32::from(byte - b'0');
                digits += 1;
                if digits > 3 || number > 255 {
                    return None;
                }
            }
            b'.' if digits > 0 && dots < 3 => {
                value = value << 8 | number;
                (number, digits) = (0, 0);
                dots += 1;
            }
            _ => return None,
        }
    }
    (dots == 3 && digits > 0).then(|| Ipv4Addr::from(value << 8 | number))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_read_in_the_ways_products_write_them() {
        for (text, expected) in [
            ("192.0.2.7", Some("192.0.2.7")),
            ("2001:db8::7", Some("2001:db8::7")),
            ("[2001:db8::7]", Some("2001:db8::7")),
            ("fe80::7%eth0", Some("fe80::7")),
            ("::ffff:192.0.2.7", Some("192.0.2.7")),
            ("192.0.2.07", None),
            ("192.0.2", None),
            ("192.0.2.7.", None),
            ("192.0.2.256", None),
            ("192.0.2.7:80", None),
            ("unix:", None),
            ("", None),
        ] {
            assert_eq!(address(text.as_bytes()), expected.map(|ip| ip.parse().unwrap()), "{text}");
        }
        for (text, expected) in [
            ("192.0.2.7:4711", Some("192.0.2.7")),
            ("[2001:db8::7]:4711", Some("2001:db8::7")),
            ("2001:db8::7:4711", Some("2001:db8::7")),
            ("192.0.2.7", None),
            ("192.0.2.7:", None),
            ("-", None),
        ] {
            assert_eq!(address_of_pair(text.as_bytes()), expected.map(|ip| ip.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
        for (text, expected) in [
            ("shop.example.com", true),
            ("shop.example.com:443", true),
            ("my_shop", true),
            ("[2001:db8::7]:443", true),
            ("2001:db8::7", true),
            ("2026-11-26T11:42:06.1Z", false),
            ("<190>web", false),
            ("a|b", false),
            ("", false),
        ] {
            assert_eq!(is_host(text.as_bytes()), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_fast_way_reads_what_the_standard_library_reads(text in "[0-9.]{0,17}|([0-9]{1,3}\\.){3}[0-9]{1,3}") {
            prop_assert_eq!(v4(text.as_bytes()), text.parse().ok(), "{}", text);
        }
    }
}
