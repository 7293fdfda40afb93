use domain::ExchangeId;
use http::header::HeaderName;
use http::{HeaderValue, Request, request};

use super::*;
use crate::address::Trust;
use crate::listener::Peer;
use crate::target::Target;

fn request(method: &str, target: &str, lines: &[(&'static str, &str)]) -> request::Parts {
    let mut request = Request::new(());
    *request.method_mut() = method.parse().unwrap();
    *request.uri_mut() = target.parse().unwrap();
    for (name, value) in lines {
        request.headers_mut().append(*name, HeaderValue::from_str(value).unwrap());
    }
    request.into_parts().0
}

#[test]
fn each_odd_head_is_named() {
    let host = ("host", "shop.example");
    for (method, target, lines, words) in [
        ("GET", "/a", &[host][..], ""),
        (
            "POST",
            "/a?x=1",
            &[host, ("content-length", "3"), ("content-type", "text/plain"), ("connection", "keep-alive")],
            "",
        ),
        ("GET", "http://shop.example/a", &[host], ""),
        ("GET", "http://shop.example/a", &[], ""),
        ("GET", "/a", &[host, ("upgrade", "websocket"), ("connection", "upgrade")], "upgrade"),
        ("GET", "/a", &[], "missing-host"),
        ("GET", "/a", &[host, host], "bad-host"),
        ("GET", "/a", &[("host", "a b")], "bad-host"),
        ("GET", "/a", &[("host", "ann@shop.example")], "bad-host"),
        ("GET", "/a", &[("host", "")], "bad-host"),
        ("GET", "http://other.example/a", &[host], "host-mismatch"),
        ("GET", "http://shop.example:81/a", &[host], "host-mismatch"),
        (
            "GET",
            "/a",
            &[host, ("authorization", "Bearer a"), ("authorization", "Bearer b")],
            "duplicate-authorization",
        ),
        (
            "POST",
            "/a",
            &[host, ("content-type", "text/plain"), ("content-type", "application/json")],
            "duplicate-content-type",
        ),
        ("POST", "/a", &[host, ("content-length", "3"), ("content-length", "3")], "ambiguous-length"),
        (
            "POST",
            "/a",
            &[host, ("content-length", "3"), ("transfer-encoding", "chunked")],
            "ambiguous-length",
        ),
        ("POST", "/a", &[host, ("transfer-encoding", "gzip, chunked")], "transfer-coding"),
        (
            "POST",
            "/a",
            &[host, ("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")],
            "transfer-coding",
        ),
        ("POST", "/a", &[host, ("transfer-encoding", "chunked")], ""),
        ("POST", "/a", &[host, ("content-encoding", "gzip")], "encoded-body"),
        ("POST", "/a", &[host, ("content-encoding", "identity")], ""),
        ("GET", "/a", &[host, ("connection", "close, Authorization")], "connection-names-field"),
        (
            "GET",
            "/a",
            &[host, ("connection", "close"), ("connection", "x-forwarded-for")],
            "connection-names-field",
        ),
        ("POST", "/a", &[host, ("x-http-method-override", "DELETE")], "method-override"),
        ("POST", "/a", &[host, ("X-HTTP-Method", "DELETE"), ("x-method-override", "PUT")], "method-override"),
        ("POST", "/a?_method=DELETE", &[host], "method-in-query"),
        ("POST", "/a?%5fMETHOD=DELETE", &[host], "method-in-query"),
        ("GET", "/a", &[host, ("x-original-url", "/admin")], "path-override"),
        ("GET", "/a", &[host, ("x-rewrite-url", "/admin")], "path-override"),
    ] {
        let head = request(method, target, lines);
        let target = Target::read(&head.uri).unwrap();
        let found: Vec<&str> = head_faults(&head, &target).iter().map(|fault| fault.word()).collect();
        assert_eq!(found.join(" "), words, "{method} {lines:?}");
    }
}

#[test]
fn connect_is_an_upgrade() {
    let head = request("CONNECT", "/a", &[("host", "shop.example")]);
    let target = Target::read(&head.uri).unwrap();
    assert_eq!(head_faults(&head, &target).as_slice(), [HeadFault::Upgrade]);
}

#[test]
fn what_cannot_be_repaired_is_refused_in_every_mode() {
    let repairable: Vec<&str> =
        HeadFault::ALL.iter().filter(|fault| !fault.is_fatal()).map(|fault| fault.word()).collect();
    assert_eq!(repairable, ["encoded-body", "method-override", "method-in-query", "path-override"]);
}

#[test]
fn only_what_is_for_the_next_hop_is_removed() {
    let mut head = request(
        "GET",
        "/a",
        &[
            ("host", "shop.example"),
            ("connection", "x-private, keep-alive"),
            ("connection", "X-Other"),
            ("keep-alive", "timeout=5"),
            ("x-private", "1"),
            ("x-other", "2"),
            ("te", "trailers"),
            ("trailer", "x-sum"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("expect", "100-continue"),
            ("proxy-authorization", "Basic x"),
            ("proxy-connection", "keep-alive"),
            ("accept", "text/html"),
            ("cookie", "a=b"),
            ("x-public", "3"),
        ],
    );
    remove_hop_by_hop(&mut head.headers);
    let mut left: Vec<&str> = head.headers.keys().map(HeaderName::as_str).collect();
    left.sort_unstable();
    assert_eq!(left, ["accept", "cookie", "host", "x-public"]);
}

#[test]
fn overrides_are_removed() {
    let mut head = request(
        "POST",
        "/a",
        &[
            ("x-http-method-override", "PUT"),
            ("x-original-url", "/b"),
            ("accept", "*/*"),
            ("x-http-method", "PUT"),
        ],
    );
    remove_overrides(&mut head.headers);
    assert_eq!(head.headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["accept"]);
}

fn forwarded(trust: &Trust, from: &str, lines: &[(&'static str, &str)]) -> Vec<String> {
    let mut head = request("GET", "/a", lines);
    let client = trust.client(Peer::Tcp(from.parse().unwrap()), &head.headers);
    let origin = origin(&head.headers, &client);
    set_forwarding(&mut head.headers, &client, &origin);
    let mut shown: Vec<String> =
        head.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    shown.sort();
    shown
}

#[test]
fn what_a_client_claims_about_itself_does_not_reach_the_upstream() {
    let claims = [
        ("host", "shop.example"),
        ("x-forwarded-for", "192.0.2.9"),
        ("x-forwarded-for", "192.0.2.8"),
        ("forwarded", "for=192.0.2.9"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example"),
        ("x-real-ip", "192.0.2.9"),
        ("true-client-ip", "192.0.2.9"),
        ("x-forwarded-port", "443"),
    ];
    assert_eq!(
        forwarded(&Trust::Direct, "198.51.100.7:5000", &claims),
        [
            "forwarded: for=198.51.100.7;proto=http;host=\"shop.example\"",
            "host: shop.example",
            "x-forwarded-for: 198.51.100.7",
            "x-forwarded-host: shop.example",
            "x-forwarded-proto: http",
        ]
    );
}

#[test]
fn a_trusted_proxy_is_believed_about_scheme_and_host() {
    let trust = Trust::networks(vec!["10.0.0.0/8".parse().unwrap()]);
    let lines = [
        ("host", "internal"),
        ("x-forwarded-for", "6.6.6.6, 2001:db8::5, 10.2.2.2"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "shop.example"),
    ];
    assert_eq!(
        forwarded(&trust, "10.0.0.1:5000", &lines),
        [
            "forwarded: for=\"[2001:db8::5]\";proto=https;host=\"shop.example\", for=10.2.2.2, for=10.0.0.1",
            "host: internal",
            "x-forwarded-for: 2001:db8::5, 10.2.2.2, 10.0.0.1",
            "x-forwarded-host: shop.example",
            "x-forwarded-proto: https",
        ]
    );
}

#[test]
fn a_host_that_is_none_is_not_passed_on() {
    let shown =
        forwarded(&Trust::Direct, "198.51.100.7:5000", &[("x-forwarded-host", "a\"b"), ("host", "a\"b")]);
    assert!(shown.contains(&"forwarded: for=198.51.100.7;proto=http".to_owned()), "{shown:?}");
    assert!(!shown.iter().any(|line| line.starts_with("x-forwarded-host")), "{shown:?}");
}

#[test]
fn a_valid_trace_is_continued_and_any_other_begins_anew() {
    let exchange = ExchangeId::of(0xabc, 7);
    let own = exchange.to_string();
    let theirs = "4bf92f3577b34da6a3ce929d0e0e4736";
    for (parent, kept, flags) in [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true, "01"),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", true, "00"),
        ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-09-more", true, "01"),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", false, "00"),
        ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false, "00"),
        ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false, "00"),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false, "00"),
        ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false, "00"),
        ("garbage", false, "00"),
    ] {
        let mut head = request(
            "GET",
            "/a",
            &[("traceparent", parent), ("tracestate", "a=b"), ("x-request-id", "spoofed")],
        );
        let trace = set_trace(&mut head.headers, exchange);
        let sent = head.headers.get("traceparent").unwrap().to_str().unwrap().to_owned();
        let expected = if kept { theirs } else { own.as_str() };
        assert_eq!(format!("{trace:032x}"), expected, "{parent}");
        assert!(sent.starts_with(&format!("00-{expected}-")) && sent.ends_with(flags), "{sent}");
        assert!(!sent.contains("00f067aa0ba902b7"), "the span is ours");
        assert_eq!(head.headers.contains_key("tracestate"), kept, "{parent}");
        assert_eq!(head.headers.get("x-request-id").unwrap().to_str().unwrap(), own);
    }
}

#[test]
fn two_traces_in_one_request_are_none() {
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let mut head = request("GET", "/a", &[("traceparent", parent), ("traceparent", parent)]);
    assert_eq!(set_trace(&mut head.headers, ExchangeId::new(5)), 5);
    assert_eq!(head.headers.get_all("traceparent").iter().count(), 1);
}
