use http::HeaderValue;
use proptest::prelude::*;

use super::*;
use crate::listener::Peer;

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn trust(header: ForwardingHeader) -> Trust {
    let networks = ["10.0.0.0/8", "2001:db8:ffff::/48"].map(|text| text.parse().unwrap()).to_vec();
    Trust::Networks { networks, header }
}

fn peer(ip: &str) -> Peer {
    Peer::Tcp(SocketAddr::new(ip.parse().unwrap(), 4711))
}

#[test]
fn the_client_is_the_first_address_from_the_right_that_is_no_trusted_proxy() {
    use ForwardingHeader::{Forwarded, XForwardedFor};
    for (header, from, lines, client, proxies) in [
        // No header, or none that counts.
        (XForwardedFor, "10.0.0.1", &[][..], "10.0.0.1", ""),
        (XForwardedFor, "198.51.100.7", &[("x-forwarded-for", "192.0.2.1")], "198.51.100.7", ""),
        (XForwardedFor, "10.0.0.1", &[("forwarded", "for=192.0.2.1")], "10.0.0.1", ""),
        (Forwarded, "10.0.0.1", &[("x-forwarded-for", "192.0.2.1")], "10.0.0.1", ""),
        // One and more proxies.
        (XForwardedFor, "10.0.0.1", &[("x-forwarded-for", "192.0.2.1")], "192.0.2.1", "10.0.0.1"),
        (
            XForwardedFor,
            "10.0.0.1",
            &[("x-forwarded-for", "192.0.2.1, 10.9.9.9")],
            "192.0.2.1",
            "10.9.9.9 10.0.0.1",
        ),
        (
            XForwardedFor,
            "10.0.0.1",
            &[("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "10.2.2.2")],
            "192.0.2.1",
            "10.2.2.2 10.0.0.1",
        ),
        (
            XForwardedFor,
            "2001:db8:ffff::1",
            &[("x-forwarded-for", "2001:db8::5")],
            "2001:db8::5",
            "2001:db8:ffff::1",
        ),
        (
            XForwardedFor,
            "10.0.0.1",
            &[("x-forwarded-for", "10.3.3.3, 10.2.2.2")],
            "10.3.3.3",
            "10.2.2.2 10.0.0.1",
        ),
        // What the client wrote stands left and is never reached.
        (XForwardedFor, "10.0.0.1", &[("x-forwarded-for", "1.1.1.1, 192.0.2.1")], "192.0.2.1", "10.0.0.1"),
        (XForwardedFor, "10.0.0.1", &[("x-forwarded-for", "10.7.7.7, 192.0.2.1")], "192.0.2.1", "10.0.0.1"),
        (Forwarded, "10.0.0.1", &[("forwarded", "for=\"evil, for=192.0.2.1")], "192.0.2.1", "10.0.0.1"),
        // Nonsense: the proxy that wrote it answers.
        (XForwardedFor, "10.0.0.1", &[("x-forwarded-for", "unknown")], "10.0.0.1", ""),
        (XForwardedFor, "10.0.0.1", &[("x-forwarded-for", "192.0.2.1, x, 10.2.2.2")], "10.2.2.2", "10.0.0.1"),
        (XForwardedFor, "10.0.0.1", &[("x-forwarded-for", "192.0.2.1,")], "10.0.0.1", ""),
        (Forwarded, "10.0.0.1", &[("forwarded", "for=_hidden")], "10.0.0.1", ""),
        (Forwarded, "10.0.0.1", &[("forwarded", "for=192.0.2.1;for=192.0.2.2")], "10.0.0.1", ""),
        (Forwarded, "10.0.0.1", &[("forwarded", "by=10.0.0.1")], "10.0.0.1", ""),
        // Ports, brackets, mapped addresses, other parameters.
        (XForwardedFor, "10.0.0.1", &[("x-forwarded-for", "192.0.2.1:8080")], "192.0.2.1", "10.0.0.1"),
        (XForwardedFor, "10.0.0.1", &[("x-forwarded-for", "[2001:db8::5]:443")], "2001:db8::5", "10.0.0.1"),
        (
            XForwardedFor,
            "::ffff:10.0.0.1",
            &[("x-forwarded-for", "::ffff:192.0.2.1")],
            "192.0.2.1",
            "10.0.0.1",
        ),
        (
            Forwarded,
            "10.0.0.1",
            &[("forwarded", "By=x;For=\"[2001:db8::5]:443\";proto=https;host=\"a,b\"")],
            "2001:db8::5",
            "10.0.0.1",
        ),
        (
            Forwarded,
            "10.0.0.1",
            &[("forwarded", "for=192.0.2.1;proto=http, for=10.2.2.2")],
            "192.0.2.1",
            "10.2.2.2 10.0.0.1",
        ),
    ] {
        let found = trust(header).client(peer(from), &headers(lines));
        let shown: Vec<String> = found.proxies.iter().map(ToString::to_string).collect();
        assert_eq!((found.ip.to_string().as_str(), shown.join(" ").as_str()), (client, proxies), "{lines:?}");
    }
}

#[test]
fn without_trust_no_header_counts() {
    let claims = headers(&[
        ("x-forwarded-for", "192.0.2.1"),
        ("forwarded", "for=192.0.2.1"),
        ("x-real-ip", "192.0.2.1"),
    ]);
    let found = Trust::Direct.client(peer("127.0.0.1"), &claims);
    assert_eq!((found.ip.to_string().as_str(), found.through_proxy), ("127.0.0.1", false));
}

#[test]
fn a_peer_on_a_unix_socket_is_a_proxy_on_this_machine() {
    let claims = headers(&[("x-forwarded-for", "192.0.2.1")]);
    assert_eq!(trust(ForwardingHeader::default()).client(Peer::Unix, &claims).ip.to_string(), "192.0.2.1");
    assert_eq!(Trust::Direct.client(Peer::Unix, &claims).ip.to_string(), "127.0.0.1");
}

#[test]
fn a_chain_of_proxies_is_followed_only_so_far() {
    let chain = vec!["10.1.1.1"; 100].join(", ");
    let found =
        trust(ForwardingHeader::default()).client(peer("10.0.0.1"), &headers(&[("x-forwarded-for", &chain)]));
    assert_eq!(found.proxies.len(), Trust::MOST_PROXIES);
}

proptest! {
    /// Whatever a client sends, the proxy appends the address that it saw, and that one is found.
    #[test]
    fn nothing_a_client_sends_switches_its_address(
        claims in proptest::collection::vec("[ -~]{0,30}", 0..4),
        real in any::<[u8; 4]>(),
        header in proptest::sample::select(vec![ForwardingHeader::XForwardedFor, ForwardingHeader::Forwarded]),
        appended_to_last_line in any::<bool>(),
    ) {
        let real = IpAddr::from(real);
        prop_assume!(!"10.0.0.0/8".parse::<IpPrefix>().unwrap().contains(real));
        let (name, other, entry) = match header {
            ForwardingHeader::XForwardedFor => ("x-forwarded-for", "forwarded", real.to_string()),
            ForwardingHeader::Forwarded => ("forwarded", "x-forwarded-for", format!("for={real}")),
        };
        let mut lines: Vec<(&'static str, String)> = claims.iter().map(|claim| (name, claim.clone())).collect();
        match lines.last_mut() {
            Some((_, last)) if appended_to_last_line => *last = format!("{last}, {entry}"),
            _ => lines.push((name, entry)),
        }
        lines.extend(claims.iter().map(|claim| (other, claim.clone())));
        let lines: Vec<(&'static str, &str)> = lines.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let found = trust(header).client(peer("10.0.0.1"), &headers(&lines));
        prop_assert_eq!(found.ip, real);
    }

    #[test]
    fn the_walk_agrees_with_a_slow_one(hops in proptest::collection::vec((any::<bool>(), 1_u8..9), 0..8)) {
        let text: Vec<String> = hops.iter().map(|(inside, n)| {
            if *inside { format!("10.0.0.{n}") } else { format!("192.0.2.{n}") }
        }).collect();
        let found = trust(ForwardingHeader::default())
            .client(peer("10.0.0.100"), &headers(&[("x-forwarded-for", &text.join(", "))]));
        // Slow: the last address outside, else the first of all.
        let mut all = text.clone();
        all.push("10.0.0.100".into());
        let slow = all.iter().rev().find(|ip| ip.starts_with("192")).unwrap_or(&all[0]);
        prop_assert_eq!(&found.ip.to_string(), slow);
    }
}
