//! Answers that leave as they come: the real program before an upstream that takes its time.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use testkit::upstream::{Act, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use common::{Gate, disclosed, email};

/// What came of an answer: when its head and its first part did, when it ended, and whether cleanly.
#[derive(Debug, Default)]
struct Came {
    head: Option<Duration>,
    part: Option<Duration>,
    end: Duration,
    text: String,
    whole: bool,
}

/// Asks for `path` and reads as it comes.
async fn read(gate: SocketAddr, path: &str) -> Came {
    let mut stream = TcpStream::connect(gate).await.unwrap();
    let began = Instant::now();
    stream
        .write_all(
            format!("GET {path} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n").as_bytes(),
        )
        .await
        .unwrap();
    let (mut came, mut buffer) = (Came::default(), vec![0; 65_536]);
    loop {
        let many = tokio::time::timeout(common::PATIENCE, stream.read(&mut buffer)).await.unwrap();
        let many = many.unwrap_or(0);
        came.text.push_str(&String::from_utf8_lossy(&buffer[..many]));
        if many > 0 {
            came.head.get_or_insert(began.elapsed());
        }
        if came.text.split_once("\r\n\r\n").is_some_and(|(_, body)| !body.is_empty()) {
            came.part.get_or_insert(began.elapsed());
        }
        came.whole = came.text.ends_with("0\r\n\r\n") || came.text.to_lowercase().contains("content-length");
        if many == 0 {
            came.end = began.elapsed();
            return came;
        }
    }
}

const PARTS: usize = 10;
const PAUSE: Duration = Duration::from_millis(400);

/// Ten parts of `each`, four seconds in all.
fn slow(content_type: &str, each: &[u8]) -> Act {
    Act::stream(&[("Content-Type", content_type)], &[each; PARTS], PAUSE)
}

#[tokio::test]
async fn streams_begin_before_they_end_and_records_wait_until_they_are_whole() {
    let upstream = Upstream::start(|request| match request.target() {
        "/events" => slow("text/event-stream", b"data: tick\n\n"),
        "/lines" => slow("application/x-ndjson", b"{\"tick\":1}\n"),
        "/film" | "/yard" => slow("video/mp4", &[7; 700]),
        "/log" => slow("text/plain", &[&b"x"[..]; 100].concat().repeat(7)),
        "/wall" => slow("text/plain", b"tick\n"),
        "/records" => slow("application/json", b"      "),
        _ => slow("text/csv", b"a,b\n"),
    })
    .await
    .unwrap();
    let yaml = "endpoints:\n  GET /yard: {audience: {public: {reason: r, owner: o, expires: 2099-01-01}}, stream: the yard}\n  \
                GET /wall: {audience: {public: {reason: r, owner: o, expires: 2099-01-01}}, stream: the wall}\n";
    for mode in ["observe", "guard"] {
        let yaml = format!("mode: {mode}\n{yaml}");
        let gate = Gate::configured(upstream.address(), &yaml, &[]).await;
        let paths = [
            ("/events", Some(900)),
            ("/lines", Some(900)),
            ("/yard", Some(900)),
            ("/wall", Some(900)),
            ("/film", Some(2400)),
            ("/records", None),
            ("/rows", None),
        ];
        let reading = paths.map(|(path, by)| (path, by, tokio::spawn(read(gate.address, path))));
        for (path, begins_by, came) in reading {
            let came = came.await.unwrap();
            assert!(came.whole && came.text.starts_with("HTTP/1.1 200"), "{mode} {path}: {came:?}");
            assert!(came.end > PAUSE * 9, "{mode} {path} took {:?}", came.end);
            let begun = came.part.unwrap();
            match begins_by {
                Some(most) => assert!(begun < Duration::from_millis(most), "{mode} {path}: {begun:?}"),
                None => assert!(begun > PAUSE * 9, "{mode} {path}: {begun:?}"),
            }
        }
    }
}

#[tokio::test]
async fn the_head_of_a_stream_does_not_wait_for_its_first_event() {
    let upstream = Upstream::start(|_| {
        let late = Act::stream(&[("Content-Type", "text/event-stream")], &[b":\n\n"], Duration::from_secs(3));
        match late {
            // The head alone, and its event three seconds later.
            Act::Stream(mut pieces, pause) => {
                let first = pieces.remove(0);
                let head = first.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
                let (head, event) = first.split_at(head);
                pieces.splice(0..0, [head.to_vec(), event.to_vec()]);
                Act::Stream(pieces, pause)
            }
            other => other,
        }
    })
    .await
    .unwrap();
    let gate = Gate::guard(upstream.address()).await;
    let came = read(gate.address, "/events").await;
    assert!(came.head.unwrap() < Duration::from_secs(2), "{came:?}");
    assert!(came.part.unwrap() > Duration::from_millis(2900) && came.whole, "{came:?}");
}

#[tokio::test]
async fn whoever_stands_in_a_stream_is_accounted_and_it_breaks_off_at_the_budget() {
    let event = |n: usize| {
        format!("event: order\ndata: {{\"customer_id\": {n},\ndata: \"email\": \"{}\"}}\n\n", email(n))
    };
    let upstream = Upstream::start(move |_| {
        let events: Vec<String> = (0..40).map(event).collect();
        let chunks: Vec<&[u8]> = events.iter().map(String::as_bytes).collect();
        Act::stream(&[("Content-Type", "text/event-stream")], &chunks, Duration::from_millis(50))
    })
    .await
    .unwrap();
    let mut gate = Gate::guard(upstream.address()).await;
    let came = read(gate.address, "/events").await;
    assert!(!came.whole, "a stream above its budget ends in a reset");
    let told = disclosed(&came.text);
    assert!((15..=20).contains(&told), "{told} people");
    gate.stop().await;
    let (_, people) = gate.accounted();
    assert!(people >= told as u64 && people <= 20, "{people} of {told} accounted");
}

#[tokio::test]
async fn what_comes_late_in_a_stream_is_seen_by_detectors_as_what_comes_first() {
    // Two events that tell of nobody, then people whom nobody asked for, a canary last.
    let upstream = Upstream::start(|_| {
        let person = |n: usize| {
            format!(
                "data: {{\"customer_id\": {n}, \"email\": \"{}\", \"phone\": \"+49 30 {:07}\"}}\n\n",
                email(n),
                1_000_000 + n
            )
        };
        let two = |n: usize| format!("{}{}", person(n), person(n + 1));
        let events = ["data: tick\n\n".to_owned(), "data: tick\n\n".to_owned(), two(1), person(777)];
        let chunks: Vec<&[u8]> = events.iter().map(String::as_bytes).collect();
        Act::stream(&[("Content-Type", "text/event-stream")], &chunks, Duration::from_millis(400))
    })
    .await
    .unwrap();
    let yaml =
        format!("mode: guard\nexchange_log: exchanges.ndjson\ndetect: {{canaries: [{}]}}\n", email(777));
    let mut gate = Gate::configured(upstream.address(), &yaml, &[]).await;
    let came = read(gate.address, "/events").await;
    assert!(came.whole && disclosed(&came.text) == 3, "{came:?}");

    let spoke = |detector: &str| {
        let labels = format!("detector=\"{detector}\"");
        let gate = &gate;
        async move { gate.metric("tidegate_signals_total", &labels).await }
    };
    assert_eq!((spoke("anonymous-data").await, spoke("canary").await), (1.0, 1.0));
    // It is an incident, as any other answer would have made it.
    assert!(!gate.logged("incident opened", 1).await.is_empty());
    gate.stop().await;

    // The log has each part that told of somebody under the exchange that it goes on with; whoever reads
    // the log sees the same signals.
    let text = std::fs::read_to_string(gate.folder().join("exchanges.ndjson")).unwrap();
    let mut list: Vec<_> = text.lines().map(|line| report::exchange::parse(line).unwrap()).collect();
    list.sort_by_key(|exchange| exchange.order);
    let told: Vec<_> = list.iter().map(|one| (one.continues, one.disclosed, one.strangers)).collect();
    let first = list[0].id;
    assert_eq!(told, [(None, 0, 0), (Some(first), 2, 2), (Some(first), 1, 1)]);
    assert!(list[1].at > list[0].at && list[1].client == list[0].client);
    let mut offline = detect::Detectors::new(detect::Settings::default(), 1);
    let canary = list[2].subjects[0];
    offline.watch_for(&[canary]);
    for exchange in &list {
        let said = offline.observe(&detect::Observed::of(exchange));
        let here: Vec<_> = said.iter().map(|signal| signal.detector).collect();
        let there: Vec<_> = exchange.signals.iter().map(|mark| mark.detector).collect();
        assert_eq!(here, there, "order {}", exchange.order);
    }
}
