//! The recording upstream and the raw client say exactly what went over the wire.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::time::Duration;

use testkit::client::{Address, Ask, Client, Unreachable};
use testkit::places::ATTACKER;
use testkit::raw::RawClient;
use testkit::upstream::{Act, Upstream};

#[tokio::test]
async fn requests_are_recorded_byte_by_byte_over_one_connection() {
    let upstream =
        Upstream::start(|request| Act::json(200, &format!("\"{}\"", request.body.len()))).await.unwrap();
    let mut raw = RawClient::connect(upstream.address()).await.unwrap();
    raw.send(
        b"POST /a;x=1/%2E%2e//b?q=%41 HTTP/1.1\r\nhOsT: x\r\nA: 1\r\nA: 2\r\nContent-Length: 3\r\n\r\nabc",
    )
    .await
    .unwrap();
    assert_eq!(raw.answer().await.unwrap().unwrap().text(), "\"3\"");
    raw.send(b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;e=f\r\nc\r\n0\r\nT: t\r\n\r\n").await.unwrap();
    assert_eq!(raw.answer().await.unwrap().unwrap().text(), "\"3\"");
    let recorded = upstream.recorded();
    assert_eq!(recorded[0].target(), "/a;x=1/%2E%2e//b?q=%41");
    assert_eq!(recorded[0].headers[0], ("hOsT".into(), "x".into()));
    assert_eq!((recorded[0].header("host"), recorded[0].header("a")), (Some("x"), None));
    assert_eq!(recorded[1].body, b"abc");
    assert_eq!((recorded[1].connection, upstream.connections()), (1, 1));
    upstream.forget();
    assert!(upstream.recorded().is_empty());
}

#[tokio::test]
async fn bad_answers_are_as_bad_as_asked_for() {
    let upstream = Upstream::start(|request| match request.target() {
        "/cut" => Act::answer(200, &[], b"0123456789").cut(4),
        "/cut-chunk" => Act::chunked(200, &[], &[b"abc", b"def"]).cut(9),
        "/close" => Act::WriteAndClose(Vec::new()),
        "/slow" => Act::Slowly(b"HTTP/1.1 204 No\r\n\r\n".to_vec(), 5, Duration::from_millis(1)),
        "/late" => Act::After(Duration::from_millis(5), Box::new(Act::json(503, "{}"))),
        "/hang" => Act::Hang,
        _ => Act::WriteAndClose(b"HTTP/1.1 200 Fine\r\n\r\nuntil the end".to_vec()),
    })
    .await
    .unwrap();
    let ask = async |path: &str| {
        let mut raw = RawClient::connect(upstream.address()).await.unwrap();
        raw.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
        raw.answer().await.unwrap().map(|answer| (answer.status, answer.text(), answer.whole))
    };
    assert_eq!(ask("/cut").await, Some((200, "012345".into(), false)));
    let (_, text, whole) = ask("/cut-chunk").await.unwrap();
    assert!(text.starts_with("abc") && !whole, "{text}");
    assert_eq!(ask("/close").await, None);
    assert_eq!(ask("/slow").await, Some((204, String::new(), true)));
    assert_eq!(ask("/late").await, Some((503, "{}".into(), true)));
    assert_eq!(ask("/else").await, Some((200, "until the end".into(), true)));
    let hanging = tokio::time::timeout(Duration::from_millis(50), ask("/hang")).await;
    assert!(hanging.is_err());
    tokio::time::timeout(Duration::from_secs(5), upstream.until(7)).await.unwrap();
}

#[tokio::test]
async fn a_client_keeps_what_it_got_of_a_broken_answer() {
    let upstream =
        Upstream::start(|_| Act::answer(200, &[], b"ann@example.com and more").cut(5)).await.unwrap();
    let mut client = Client::new(ATTACKER, &Address::new(upstream.address()));
    let answer = client.send(&Ask::get("/")).await.unwrap();
    assert_eq!((answer.text().as_str(), answer.whole), ("ann@example.com and", false));
    let nowhere = Address::new(upstream.address());
    drop(upstream);
    tokio::task::yield_now().await;
    let gone = Client::new(ATTACKER, &nowhere).send(&Ask::get("/")).await;
    assert!(matches!(gone, Err(Unreachable::Connect { .. } | Unreachable::Broken(_))), "{gone:?}");
}
