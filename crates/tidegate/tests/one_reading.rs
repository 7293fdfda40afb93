//! One reading: the upstream receives exactly what was judged, however the request was spelt.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use serde_json::Value;
use testkit::client::Ask;
use testkit::raw::RawAnswer;
use testkit::upstream::{Act, Upstream};

use common::{Gate, disclosed, people, person};

const ALIASES: &str = include_str!("../../net/tests/aliases.tsv");

/// The intent of the one door that all aliases lead to.
const DOOR: &str = "endpoints:\n  GET /api/customers/{id}:\n    audience: {public: {reason: test, owner: test, expires: 2031-12-31}}\n    budget: [{subjects: 5, per: 1h}]\n";

struct Alias {
    raw: &'static str,
    canonical: &'static str,
    faults: Vec<&'static str>,
}

impl Alias {
    /// Whether the HTTP library reads the target at all; what it does not read is answered 400.
    fn is_read(&self) -> bool {
        self.raw.parse::<http::Uri>().is_ok()
    }

    /// Whether honest clients send it every day.
    fn is_ordinary(&self) -> bool {
        let ordinary = ["trailing-slash", "lowercase-encoding", "plus-for-space", "duplicate-query-key"];
        // The library drops a fragment before anybody could tell.
        self.faults.iter().all(|fault| ordinary.contains(fault) || *fault == "fragment")
    }
}

fn aliases() -> Vec<Alias> {
    let lines = ALIASES.lines().filter(|line| !line.starts_with('#'));
    let aliases: Vec<Alias> = lines
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            Alias { raw: columns[0], canonical: columns[1], faults: columns[2].split_whitespace().collect() }
        })
        .collect();
    assert!(aliases.iter().filter(|alias| alias.canonical != "refused").count() >= 60);
    aliases
}

/// Sends `GET raw` over a connection of its own; the host is that of an absolute target.
async fn send(gate: &Gate, raw: &str) -> RawAnswer {
    let authority = raw.split_once("://").and_then(|(_, rest)| rest.split(['/', '?']).next());
    let host = authority.unwrap_or("shop.example");
    gate.raw(format!("GET {raw} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await
}

/// Somebody new on every request.
async fn directory() -> Upstream {
    let next = std::sync::atomic::AtomicUsize::new(0);
    Upstream::start(move |_| {
        let id = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Act::json(200, &person(id).to_string())
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn every_alias_reaches_the_upstream_as_its_one_target_and_spends_one_budget() {
    let upstream = directory().await;
    let yaml = format!("mode: guard\nexchange_log: log.ndjson\n{DOOR}");
    let mut gate = Gate::configured(upstream.address(), &yaml, &[]).await;
    let (mut people, mut asked, mut refused) = (0, 0, 0);
    for alias in aliases() {
        upstream.forget();
        let answer = send(&gate, alias.raw).await;
        let received: Vec<String> = upstream.recorded().iter().map(|one| one.target().to_owned()).collect();
        if alias.canonical == "refused" || !alias.is_read() {
            assert_eq!((answer.status, received.len()), (400, 0), "{}", alias.raw);
            refused += 1;
            continue;
        }
        assert_eq!(received, [alias.canonical], "{}", alias.raw);
        asked += 1;
        people += disclosed(&answer.text());
        assert_eq!(answer.status, if asked <= 5 { 200 } else { 429 }, "{}", alias.raw);
    }
    assert_eq!(people, 5);
    assert!(asked >= 60 && refused >= 20, "{asked} {refused}");
    gate.stop().await;
    let log = std::fs::read_to_string(gate.folder().join("log.ndjson")).unwrap();
    let doors: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["api"]["operation"].clone())
        .collect();
    assert_eq!(doors.iter().filter(|door| **door == "GET /api/customers/{id}").count(), asked);
}

#[tokio::test]
async fn enforce_refuses_every_spelling_that_honest_clients_do_not_send() {
    let upstream = directory().await;
    let yaml = format!("mode: enforce\n{}", DOOR.replace("subjects: 5", "subjects: 500"));
    let budgets = "budgets:\n  address: [{subjects: 500, per: 1h}]\n";
    let gate = Gate::configured(upstream.address(), &(yaml + budgets), &[]).await;
    let (mut served, mut refused) = (0, 0);
    for alias in aliases() {
        upstream.forget();
        let answer = send(&gate, alias.raw).await;
        let received: Vec<String> = upstream.recorded().iter().map(|one| one.target().to_owned()).collect();
        if alias.canonical != "refused" && alias.is_read() && alias.is_ordinary() {
            assert_eq!((answer.status, received), (200, vec![alias.canonical.to_owned()]), "{}", alias.raw);
            served += 1;
        } else {
            assert_eq!((answer.status, received.len()), (400, 0), "{}", alias.raw);
            refused += 1;
        }
    }
    assert!(served >= 10 && refused >= 50, "{served} {refused}");
}

/// Requests in whose head two programs could read two things: the header lines, what guard does
/// (200: the header is gone and the request goes on), and what enforce does.
const HEADS: [(&str, u16, u16); 16] = [
    ("X-HTTP-Method-Override: DELETE", 200, 400),
    ("X-Method-Override: DELETE", 200, 400),
    ("x-http-method: DELETE", 200, 400),
    ("X-Original-URL: /admin", 200, 400),
    ("X-Rewrite-URL: /admin", 200, 400),
    ("Upgrade: websocket\r\nConnection: upgrade", 501, 501),
    ("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings", 501, 501),
    ("Authorization: Bearer a\r\nAuthorization: Bearer b", 400, 400),
    ("Connection: authorization\r\nAuthorization: Bearer a", 400, 400),
    ("Connection: close, X-Forwarded-For", 400, 400),
    ("Host: other.example", 400, 400),
    ("Content-Type: text/plain\r\nContent-Type: application/json", 400, 400),
    ("Content-Length: 0\r\nContent-Length: 5", 400, 400),
    ("Transfer-Encoding: gzip, chunked", 400, 400),
    ("Transfer-Encoding: identity", 400, 400),
    ("Content-Length: +0", 400, 400),
];

#[tokio::test]
async fn a_head_with_two_readings_is_repaired_in_guard_or_refused() {
    let upstream = Upstream::start(|_| Act::json(200, "{}")).await.unwrap();
    for (mode, column) in [("guard", 0), ("enforce", 1)] {
        let gate = Gate::configured(upstream.address(), &format!("mode: {mode}\n{DOOR}"), &[]).await;
        for (head, guard, enforce) in HEADS {
            let expected = [guard, enforce][column];
            upstream.forget();
            let request = format!("GET /api/customers/7 HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n");
            let answer = gate.raw(request.as_bytes()).await;
            assert_eq!(answer.status, expected, "{mode}: {head}");
            let received = upstream.recorded();
            assert_eq!(received.len(), usize::from(expected == 200), "{mode}: {head}");
            let name = head.split(':').next().unwrap();
            assert!(received.iter().all(|one| one.header(name).is_none()), "{mode}: {head}");
            assert!(received.iter().all(|one| one.line == "GET /api/customers/7 HTTP/1.1"));
        }
    }
}

#[tokio::test]
async fn a_method_in_the_query_is_taken_out_or_refused() {
    let upstream = Upstream::start(|_| Act::json(200, "{}")).await.unwrap();
    let target = "/api/customers/7?a=1&_method=DELETE&b=2";
    let gate = Gate::guard(upstream.address()).await;
    assert_eq!(gate.get(target).await.0, 200);
    assert_eq!(upstream.recorded()[0].line, "GET /api/customers/7?a=1&b=2 HTTP/1.1");
    let gate = Gate::configured(upstream.address(), &format!("mode: enforce\n{DOOR}"), &[]).await;
    assert_eq!(gate.get(target).await.0, 400);
}

#[tokio::test]
async fn a_body_with_two_readings_is_refused_in_enforce_and_passes_as_it_came_in_guard() {
    let upstream = Upstream::start(|_| Act::json(200, "{}")).await.unwrap();
    let door = DOOR.replace("GET /api/customers/{id}", "POST /api/customers");
    let guard = Gate::configured(upstream.address(), &format!("mode: guard\n{door}"), &[]).await;
    let enforce = Gate::configured(upstream.address(), &format!("mode: enforce\n{door}"), &[]).await;
    let json = "application/json";
    for (content_type, body, in_enforce) in [
        (json, r#"{"page":1,"size":10}"#, 200),
        (json, r#"{"page":1,"page":2}"#, 400),
        (json, r#"{"a":{"page":1,"pa\u0067e":2}}"#, 400),
        (json, r#"{"page":1"#, 400),
        (json, r#"{"page":"\u0000"}"#, 400),
        ("application/json; charset=utf-16", r#"{"page":1}"#, 400),
        ("application/x-www-form-urlencoded", r#"{"page":1}"#, 400),
        ("application/x-www-form-urlencoded", "page=1&ids=1&ids=2", 200),
        ("text/plain", r#"{"page":1}"#, 400),
        ("text/plain", "a note", 200),
    ] {
        for (gate, status) in [(&guard, 200), (&enforce, in_enforce)] {
            upstream.forget();
            let request = format!(
                "POST /api/customers HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            assert_eq!(gate.raw(request.as_bytes()).await.status, status, "{content_type}: {body}");
            let received = upstream.recorded();
            assert_eq!(received.len(), usize::from(status == 200));
            assert!(received.iter().all(|one| one.body == body.as_bytes()), "{content_type}: {body}");
        }
    }
    // Without any content type some frameworks read JSON all the same.
    let request = "POST /api/customers HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{\"page\":1}";
    assert_eq!(enforce.raw(request.as_bytes()).await.status, 400);
    assert_eq!(guard.raw(request.as_bytes()).await.status, 200);
}

#[tokio::test]
async fn a_chunked_request_reaches_the_upstream_with_one_length_and_no_trailer() {
    let upstream = Upstream::start(|_| Act::json(200, "{}")).await.unwrap();
    let gate = Gate::guard(upstream.address()).await;
    // With both lengths the chunks count, and nothing after them is a request (RFC 9112 section 6.3).
    for lengths in ["Transfer-Encoding: chunked", "Content-Length: 4\r\nTransfer-Encoding: chunked"] {
        upstream.forget();
        let request = format!(
            "POST /a HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lengths}\r\nTrailer: X-Evil\r\n\r\n\
             4;ext=1\r\n{{\"a\"\r\n3\r\n:1}}\r\n0\r\nX-Evil: 1\r\n\r\n"
        );
        assert_eq!(gate.raw(request.as_bytes()).await.status, 200);
        let received = &upstream.recorded()[0];
        assert_eq!(received.body, br#"{"a":1}"#);
        assert_eq!(
            (received.header("content-length"), received.header("transfer-encoding")),
            (Some("7"), None)
        );
        assert_eq!((received.header("trailer"), received.header("x-evil")), (None, None));
    }
}

#[tokio::test]
async fn parts_and_encodings_are_never_asked_for() {
    let upstream = Upstream::start(|_| {
        let headers = [("Content-Type", "text/csv"), ("Accept-Ranges", "bytes"), ("Keep-Alive", "timeout=9")];
        let more = [("Connection", "X-Inner"), ("X-Inner", "secret"), ("Proxy-Authenticate", "Basic")];
        Act::answer(200, &[&headers[..], &more].concat(), b"sku;stock\nA1;7\n")
    })
    .await
    .unwrap();
    let gate = Gate::guard(upstream.address()).await;
    let request = "GET /stock.csv HTTP/1.1\r\nHost: shop.example\r\nRange: bytes=0-3\r\nIf-Range: \"x\"\r\nAccept-Encoding: gzip, br\r\n\
                   Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nProxy-Authorization: Basic eDp5\r\nX-End: 1\r\n\r\n";
    let answer = gate.raw(request.as_bytes()).await;
    assert_eq!(answer.status, 200);
    let received = &upstream.recorded()[0];
    for gone in ["range", "if-range", "x-hop", "keep-alive", "te", "proxy-authorization", "connection"] {
        assert_eq!(received.header(gone), None, "{gone}");
    }
    assert_eq!(received.header("accept-encoding"), Some("identity"));
    assert_eq!((received.header("x-end"), received.header("host")), (Some("1"), Some("shop.example")));
    assert_eq!(received.header("x-request-id").unwrap().len(), 32);
    assert!(received.header("traceparent").unwrap().starts_with("00-"));
    for gone in ["accept-ranges", "keep-alive", "x-inner", "proxy-authenticate", "transfer-encoding"] {
        assert_eq!(answer.header(gone), None, "{gone}");
    }
    assert_eq!(answer.header("content-length"), Some("15"));
}

/// Headers by which a client claims an address, each with another address on each request.
const CLAIMS: [&str; 7] = [
    "X-Forwarded-For",
    "Forwarded",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Cluster-Client-IP",
];

#[tokio::test]
async fn with_direct_nothing_that_a_client_claims_gives_it_another_address() {
    let upstream = Upstream::start(|request| {
        let page: usize = request.target()[1..].parse().unwrap();
        Act::json(200, &people(page * 10..page * 10 + 10))
    })
    .await
    .unwrap();
    let gate = Gate::guard(upstream.address()).await;
    let mut received = 0;
    for (page, name) in CLAIMS.into_iter().enumerate() {
        let value =
            if name == "Forwarded" { "for=198.51.100.7".to_owned() } else { format!("198.51.100.{page}") };
        let ask = Ask::get(format!("/{page}")).with(name, value).with("x-forwarded-proto", "https");
        received += disclosed(&gate.client().send(&ask).await.unwrap().text());
        let seen = upstream.recorded().pop().unwrap();
        assert_eq!(seen.header("x-forwarded-for"), Some("127.0.0.1"), "{name}");
        assert_eq!(seen.header("x-forwarded-proto"), Some("http"), "{name}");
        assert!(seen.header("forwarded").unwrap().starts_with("for=127.0.0.1;proto=http;"), "{name}");
        assert!(seen.headers.iter().all(|(_, value)| !value.contains("198.51.100")), "{name}");
    }
    assert_eq!(received, 20);
}

#[tokio::test]
async fn with_trust_only_what_the_proxy_added_counts() {
    let upstream = Upstream::start(|request| {
        let page: usize = request.target()[1..].parse().unwrap();
        Act::json(200, &people(page * 10..page * 10 + 10))
    })
    .await
    .unwrap();
    let gate = Gate::after("true", upstream.address(), "--guard --trust 127.0.0.1/32 ALONE").await;
    // The proxy appends the address it sees; what stands left of it the client wrote.
    let mut received = 0;
    for page in 0..5 {
        let claimed = format!("203.0.113.{page}, 198.51.100.7");
        let ask =
            Ask::get(format!("/{page}")).with("x-forwarded-for", claimed).with("x-forwarded-proto", "https");
        received += disclosed(&gate.client().send(&ask).await.unwrap().text());
        let seen = upstream.recorded().pop().unwrap();
        assert_eq!(seen.header("x-forwarded-for"), Some("198.51.100.7, 127.0.0.1"));
        assert_eq!(seen.header("x-forwarded-proto"), Some("https"));
    }
    assert_eq!(received, 20, "one client, whatever it claims to be behind");

    let other = Ask::get("/9").with("x-forwarded-for", "192.0.2.1");
    assert_eq!(disclosed(&gate.client().send(&other).await.unwrap().text()), 10, "another client");

    // A peer outside of the trusted network is a client, whatever it sends.
    let mut stranger = gate.client_from([127, 0, 0, 2].into());
    let mut received = 0;
    for page in 20..25 {
        let ask = Ask::get(format!("/{page}")).with("x-forwarded-for", format!("203.0.113.{page}"));
        received += disclosed(&stranger.send(&ask).await.unwrap().text());
        assert_eq!(upstream.recorded().pop().unwrap().header("x-forwarded-for"), Some("127.0.0.2"));
    }
    assert_eq!(received, 20);
    let client = &gate.ledger(&["client", "198.51.100.7"])["account"]["subjects"];
    assert_eq!((client["at_least"].as_u64(), client["at_most"].as_u64()), (Some(20), Some(20)));
}
