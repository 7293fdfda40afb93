//! Ways around the meter that were tried against the running gateway: guard, no configuration, one
//! anonymous address. Each time at most twenty people leave.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

use domain::Mode;
use gateway::blueprint::{Blueprint, ExchangeBounds, UpstreamPlan};
use gateway::{Gateway, Parts};
use net::listener::{ListenAddress, Listener, ListenerSettings};
use testkit::client::{Address, Ask, Client};
use testkit::upstream::{Act, Recorded, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

struct Running {
    upstream: Upstream,
    client: Client,
    address: std::net::SocketAddr,
    _state: tempfile::TempDir,
    _stop: tokio::sync::oneshot::Sender<()>,
}

/// A gateway in guard mode before an upstream that does what `act` says.
async fn guard(act: impl Fn(&Recorded) -> Act + Send + Sync + 'static) -> Running {
    let upstream = Upstream::start(act).await.unwrap();
    let blueprint = Blueprint {
        mode: Mode::Guard,
        trust: net::address::Trust::Direct,
        upstreams: vec![UpstreamPlan {
            name: "shop".into(),
            url: format!("http://{}", upstream.address()),
            operator: None,
            settings: net::upstream::UpstreamSettings::default(),
            takes_credentials: true,
            shows: None,
        }],
        operations: Vec::new(),
        policies: Vec::new(),
        patches: Vec::new(),
        identify: gateway::identify::Settings::default(),
        bounds: ExchangeBounds::default(),
        limits: policy::limit::Settings::default(),
        budgets: policy::budget::Settings::default(),
        detect: detect::Settings::default(),
        respond: gateway::RespondSettings::default(),
        recent: domain::ByteSize::new(0),
        read_at: gateway::now(),
    };
    let state = tempfile::tempdir().unwrap();
    let parts = Parts {
        blueprint: &blueprint,
        tls: net::upstream::Tls::new(None).unwrap(),
        ledger_dir: state.path(),
        ledger_settings: store::LedgerSettings::default(),
        exchange_log: None,
        published_keys: Vec::new(),
        on_incident: None,
        seed: 7,
    };
    let (gateway, _) = Gateway::open(parts).unwrap();
    let listener = Listener::bind(&ListenAddress::Tcp("127.0.0.1:0".parse().unwrap())).unwrap();
    let address = listener.socket_address().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    tokio::spawn(async move {
        let handler = move |connection, request| gateway::exchange(Arc::clone(&gateway), connection, request);
        let stopped = async {
            let _dropped = stopped.await;
        };
        net::listener::serve(listener, &ListenerSettings::default(), handler, stopped).await
    });
    let client = Client::new(Ipv4Addr::LOCALHOST, &Address::new(address));
    Running { upstream, client, address, _state: state, _stop: stop }
}

fn person(n: usize) -> String {
    format!(
        r#"{{"customer_id":{n},"name":"Ann Meyer","street":"Lindenweg {n}","email":"ann{n}@example.net"}}"#
    )
}

fn people(range: std::ops::Range<usize>) -> String {
    format!("[{}]", range.map(person).collect::<Vec<_>>().join(","))
}

/// The number at the end of a target.
fn asked(request: &Recorded) -> usize {
    let digits: String = request.target().chars().rev().take_while(char::is_ascii_digit).collect();
    digits.chars().rev().collect::<String>().parse().unwrap_or(0)
}

/// The people that `text` tells of.
fn told(text: &str) -> HashSet<String> {
    let after = |mark: &str| -> Vec<String> {
        let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
        text.split(mark).skip(1).map(digits).filter(|n| !n.is_empty()).collect()
    };
    ["ann", "customer_id\":", "<customer_id>"].into_iter().flat_map(after).collect()
}

async fn leaked(running: &mut Running, asks: impl IntoIterator<Item = Ask>) -> usize {
    let mut all = HashSet::new();
    for ask in asks {
        let answer = running.client.send(&ask).await.unwrap();
        all.extend(told(&answer.text().replace('\0', "")));
        all.extend(
            answer.headers.values().flat_map(|value| told(&String::from_utf8_lossy(value.as_bytes()))),
        );
    }
    all.len()
}

#[tokio::test]
async fn thirty_people_in_one_header_are_thirty_people() {
    let mut running = guard(|request| {
        let from = asked(request);
        let list: Vec<String> = (from..from + 30).map(|n| format!("ann{n}@example.net")).collect();
        Act::answer(200, &[("Content-Type", "application/json"), ("X-All", &list.join(","))], b"{}")
    })
    .await;
    let asks = (0..4).map(|n| Ask::get(format!("/page?n={}", n * 30)));
    assert_eq!(leaked(&mut running, asks).await, 0);
}

#[tokio::test]
async fn thirty_people_in_any_header_and_writing_are_thirty_people() {
    let list = (0..30).map(|n| format!("ann{n}@example.net")).collect::<Vec<_>>().join(" ");
    let cases = [
        ("ETag", format!("\"{list}\"")),
        ("ETag", format!("W/\"{}\"", base64(&list))),
        ("Via", format!("1.1 {list}")),
        ("Server", list.replace('@', "%40")),
        ("X-Request-Id", list.clone()),
        ("Last-Modified", list.clone()),
        ("Set-Cookie", format!("u={}; Path=/", list.replace('@', "%40").replace(' ', "%20"))),
        ("Set-Cookie", format!("u={}; Path=/", base64(&people(0..30)))),
        ("Set-Cookie", format!("u={}.c2lnbmF0dXJl; HttpOnly", base64(&people(0..30)).trim_end_matches('='))),
        ("X-Data", base64(&people(0..30))),
    ];
    for (name, value) in cases {
        let kept = value.clone();
        let mut running =
            guard(move |_| Act::answer(200, &[("Content-Type", "application/json"), (name, &kept)], b"{}"))
                .await;
        let answer = running.client.send(&Ask::get("/page")).await.unwrap();
        assert_eq!(answer.status, 429, "{name}: {value}");
    }
    // What a server writes there names nobody.
    let mut running = guard(|_| {
        let headers = [
            ("ETag", "W/\"33a64df551425fcc55e4d42a148795d9f25f89d4\""),
            ("Server", "nginx/1.26"),
            ("Set-Cookie", "sid=MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3A; Path=/; Max-Age=3600"),
            ("X-Request-Id", "0f8fad5b-d9cb-469f-a165-70867728950e"),
        ];
        Act::answer(200, &headers, b"{}")
    })
    .await;
    for n in 0..60 {
        assert_eq!(running.client.send(&Ask::get(format!("/page?n={n}"))).await.unwrap().status, 200);
    }
}

/// Base64 with its padding (RFC 4648 section 4).
fn base64(text: &str) -> String {
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let bit = |at: usize| text.as_bytes().get(at / 8).map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1));
    let sextets = (text.len() * 8).div_ceil(6);
    let letters = (0..sextets).map(|six| alphabet[(0..6).fold(0, |n, at| n * 2 + bit(six * 6 + at))]);
    letters.chain(std::iter::repeat_n('=', (4 - sextets % 4) % 4)).collect()
}

#[tokio::test]
async fn the_reason_phrase_is_not_the_upstreams() {
    let mut running =
        guard(|_| Act::Write(b"HTTP/1.1 200 ann1@example.net\r\nContent-Length: 2\r\n\r\nok".to_vec())).await;
    assert_eq!(running.client.send(&Ask::get("/")).await.unwrap().text(), "ok");
    // The client of the testkit does not show the phrase, so read the wire.
    let mut raw = tokio::net::TcpStream::connect(running.address).await.unwrap();
    raw.write_all(b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    raw.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
}

#[tokio::test]
async fn an_alphabet_that_nobody_can_meter_does_not_leave_nor_is_it_asked_for() {
    let mut running = guard(|request| {
        let body: Vec<u8> = people(0..10).bytes().flat_map(|byte| [byte, 0, 0, 0]).collect();
        let kind = if asked(request) == 1 { "application/json;charset=UTF-32LE" } else { "application/json" };
        Act::answer(200, &[("Content-Type", kind)], &body)
    })
    .await;
    let ask = |n: u32| {
        Ask::get(format!("/all?n={n}"))
            .with("accept", "application/json;charset=UTF-32LE, */*")
            .with("accept-charset", "utf-32le")
    };
    assert_eq!(leaked(&mut running, [ask(1), ask(2)]).await, 0);
    for request in running.upstream.recorded() {
        assert_eq!(request.header("accept"), Some("application/json, */*"));
        assert_eq!(request.header("accept-charset"), None);
    }
}

#[tokio::test]
async fn what_was_refused_cannot_be_had_in_a_form_that_cannot_be_read() {
    let mut running = guard(|request| match request.header("accept") {
        Some("application/msgpack") => {
            let body = [b"\x93\0\x01\x02", people(0..100).as_bytes()].concat();
            Act::answer(200, &[("Content-Type", "application/msgpack")], &body)
        }
        _ => Act::json(200, &people(0..100)),
    })
    .await;
    let ask = |accept: &str| Ask::get("/all").with("accept", accept);
    assert_eq!(leaked(&mut running, [ask("application/json"), ask("application/msgpack")]).await, 0);
}

#[tokio::test]
async fn a_script_that_answers_a_body_is_metered() {
    let mut running = guard(|request| {
        let from: usize =
            String::from_utf8_lossy(&request.body).trim_matches(['[', ']']).parse().unwrap_or(0);
        let body = format!("var all = {}", people(from..from + 10));
        Act::answer(200, &[("Content-Type", "application/javascript")], body.as_bytes())
    })
    .await;
    let asks = (1..7).map(|n| Ask { body: Some(format!("[{}]", n * 10)), ..Ask::get("/all.js") });
    assert_eq!(leaked(&mut running, asks).await, 20);
}

#[tokio::test]
async fn an_address_that_the_upstream_repeats_makes_nobody_a_look_up() {
    let mut running = guard(|request| {
        let n = asked(request);
        let email = if request.target().contains("echo") { "me@example.org" } else { "help@shop.example" };
        Act::json(
            200,
            &format!(
                r#"{{"customer_id":{n},"name":"Ann Meyer","phone":"+49 30 {}","email":"{email}"}}"#,
                1_000_000 + n * 37
            ),
        )
    })
    .await;
    let echo = (0..60).map(|n| Ask::get(format!("/echo?email=me@example.org&n={n}")));
    assert!(leaked(&mut running, echo).await <= 21);
    let help = (100..160).map(|n| Ask::get(format!("/order?email=help@shop.example&n={n}")));
    assert!(leaked(&mut running, help).await <= 1);
}

#[tokio::test]
async fn a_large_xml_document_of_people_without_contacts_is_counted() {
    let mut running = guard(|_| {
        let one = |n: usize| {
            format!(
                "<one><customer_id>{n}</customer_id><name>Ann Meyer</name><street>Lindenweg 1</street></one>"
            )
        };
        let body = format!("<?xml version=\"1.0\"?><all>{}</all>", (0..60_000).map(one).collect::<String>());
        Act::answer(200, &[("Content-Type", "application/xml")], body.as_bytes())
    })
    .await;
    assert_eq!(leaked(&mut running, [Ask::get("/all")]).await, 0);
}

#[tokio::test]
async fn nobody_closes_a_pages_door_to_its_pictures() {
    let mut running = guard(|request| {
        if request.target().ends_with(".png") {
            return Act::answer(200, &[("Content-Type", "image/png")], b"\x89PNG\r\n\x1a\n\0\0");
        }
        let page = "<!doctype html><html><body>Write to info@shop.example</body></html>";
        Act::answer(200, &[("Content-Type", "text/html")], page.as_bytes())
    })
    .await;
    // An application of one page answers every path: its words become one door, which is personal.
    for first in "bcdfghkl".chars() {
        for second in ["and", "ert", "oll", "ust", "ind", "elt", "ing", "ome", "est", "ill", "own", "ent"] {
            running.client.send(&Ask::get(format!("/{first}{second}"))).await.unwrap();
        }
    }
    assert_eq!(running.client.send(&Ask::get("/logo.png")).await.unwrap().status, 200);
}
