//! The listener on real sockets: bounds of time and size, framing, ends of bodies, draining.

// long: one table of hostile peers against one listener, with its harness.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::{End, Raw, Server, brisk, once, text, within};
use domain::{ByteSize, Completion, Window};
use http::{Request, Response};
use net::listener::{ConnectionInfo, ListenAddress, Listener, ListenerSettings, Peer, serve};
use net::{Body, Incoming, ReadError, read_all};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Notify, mpsc};

async fn hello(info: ConnectionInfo, request: Request<Incoming>) -> Response<Body> {
    text(200, format!("{} {} {}", request.method(), request.uri(), info.earlier_requests))
}

/// Echoes the body, at most 1,000 bytes within 200 ms.
async fn echo(_: ConnectionInfo, request: Request<Incoming>) -> Response<Body> {
    let deadline = tokio::time::Instant::now() + Duration::from_millis(200);
    match read_all(request.into_body(), 1000, deadline).await {
        Ok(body) => text(200, body),
        Err(ReadError::TooLarge { .. }) => text(413, "large"),
        Err(ReadError::TooSlow) => text(408, "slow"),
        Err(_) => text(400, "broken"),
    }
}

fn body_of(response: &str) -> &str {
    response.split_once("\r\n\r\n").unwrap().1
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    let server = Server::start(brisk(), hello);
    let mut raw = Raw::connect(server.address).await;
    raw.send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(raw.read_until("/a 0").await.starts_with("HTTP/1.1 200"));
    raw.send("GET /b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    let (rest, end) = raw.read_to_end().await;
    assert_eq!((body_of(&rest), end), ("GET /b 1", End::Closed));
}

#[tokio::test]
async fn pipelined_requests_are_answered_one_after_the_other() {
    let busy = Arc::new(AtomicUsize::new(0));
    let server = Server::start(brisk(), move |_, request: Request<Incoming>| {
        let busy = Arc::clone(&busy);
        async move {
            let before = busy.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            busy.fetch_sub(1, Ordering::SeqCst);
            text(200, format!("[{} {before}]", request.uri()))
        }
    });
    let one = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    let all =
        format!("{}{}{}", one("/1"), one("/2"), "GET /3 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let (response, _) = once(server.address, &all).await;
    let order: Vec<&str> = response.split('[').skip(1).map(|part| part.split(']').next().unwrap()).collect();
    assert_eq!(order, ["/1 0", "/2 0", "/3 0"]);
}

#[tokio::test]
async fn what_is_no_http_is_answered_400_and_closed() {
    let server = Server::start(brisk(), hello);
    for request in [
        "hello\r\n\r\n",
        "GET  /a HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET /a HTTP/3.0\r\nhost: x\r\n\r\n",
        "GET /a HTTP/1.1\r\nhost : x\r\n\r\n",
        "GET /a HTTP/1.1\r\nhost: x\r\n folded: y\r\n\r\n",
        "GET /a\u{1}b HTTP/1.1\r\nhost: x\r\n\r\n",
        "POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: +1\r\n\r\na",
        "POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\na",
        "POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\n",
        "POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST /a HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ] {
        let (response, end) = once(server.address, request).await;
        assert!(response.starts_with("HTTP/1.1 400"), "{request:?}: {response:?}");
        assert_eq!(end, End::Closed, "{request:?}");
    }
}

#[tokio::test]
async fn a_second_request_hidden_behind_both_lengths_is_not_served() {
    let server = Server::start(brisk(), echo);
    let smuggled = "POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 60\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nhost: x\r\n\r\n";
    let (response, _) = once(server.address, smuggled).await;
    assert_eq!(response.matches("HTTP/1.1 ").count(), 1, "{response}");
}

#[tokio::test]
async fn a_head_beyond_its_bounds_is_answered_431() {
    let settings = ListenerSettings { head_bytes: ByteSize::new(8192), headers: 20, ..brisk() };
    let server = Server::start(settings, hello);
    let many = "a: b\r\n".repeat(21);
    let long = "c".repeat(9000);
    for request in [
        format!("GET /a HTTP/1.1\r\nhost: x\r\n{many}\r\n"),
        format!("GET /a HTTP/1.1\r\nhost: x\r\nlong: {long}\r\n\r\n"),
    ] {
        let mut raw = Raw::connect(server.address).await;
        raw.send(&request).await;
        let (response, _) = raw.read_to_end().await;
        assert!(response.starts_with("HTTP/1.1 431"), "{response:?}");
    }
}

#[tokio::test]
async fn a_head_that_trickles_is_cut_off_although_bytes_keep_coming() {
    let served = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&served);
    let server = Server::start(brisk(), move |info, request| {
        counter.fetch_add(1, Ordering::SeqCst);
        hello(info, request)
    });
    let mut raw = Raw::connect(server.address).await;
    let began = Instant::now();
    let mut cut_off = false;
    for byte in "GET / HTTP/1.1\r\nx-slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".bytes() {
        if raw.0.write_all(&[byte]).await.is_err() {
            cut_off = true;
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let (response, _) = raw.read_to_end().await;
    assert!(cut_off || response.is_empty());
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(served.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_idle_connection_is_closed_before_and_after_a_request() {
    let server = Server::start(brisk(), hello);
    let began = Instant::now();
    let mut silent = Raw::connect(server.address).await;
    assert_eq!(silent.read_to_end().await, (String::new(), End::Closed));
    assert!(began.elapsed() >= Duration::from_millis(290), "{:?}", began.elapsed());
    let (response, end) = once(server.address, "GET /a HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!((body_of(&response), end), ("GET /a 0", End::Closed));
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_handler_may_take_longer_than_the_idle_limit() {
    let server = Server::start(brisk(), |_, _| async {
        tokio::time::sleep(Duration::from_millis(800)).await;
        text(200, "late")
    });
    let (response, _) = once(server.address, "GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert_eq!(body_of(&response), "late");
}

#[tokio::test]
async fn a_fed_body_may_pause_longer_than_the_idle_limit() {
    let server = Server::start(brisk(), |_, _| async {
        let (feeder, body) = Body::channel(1);
        tokio::spawn(async move {
            feeder.send(Bytes::from_static(b"one")).await.unwrap();
            tokio::time::sleep(Duration::from_millis(800)).await;
            feeder.send(Bytes::from_static(b"two")).await.unwrap();
            feeder.finish().await.unwrap();
        });
        Response::new(body)
    });
    let (response, _) = once(server.address, "GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert_eq!(body_of(&response), "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
}

#[tokio::test]
async fn request_bodies_are_read_within_bounds() {
    let server = Server::start(brisk(), echo);
    let head = "POST /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
    let large = "x".repeat(1001);
    for (request, status, body) in [
        (format!("{head}content-length: 3\r\n\r\nabc"), "200", "abc"),
        (format!("{head}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), "200", "abcde"),
        (format!("{head}transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx-trailer: 1\r\n\r\n"), "200", "a"),
        (format!("{head}\r\n"), "200", ""),
        (format!("{head}content-length: 1001\r\n\r\n{large}"), "413", "large"),
        (format!("{head}transfer-encoding: chunked\r\n\r\n3e9\r\n{large}\r\n0\r\n\r\n"), "413", "large"),
        (format!("{head}content-length: 5\r\n\r\nab"), "408", "slow"),
        (format!("{head}transfer-encoding: chunked\r\n\r\n3\r\nab"), "408", "slow"),
        (format!("{head}transfer-encoding: chunked\r\n\r\nzz\r\nab"), "400", "broken"),
    ] {
        let (response, _) = once(server.address, &request).await;
        assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{request:?}: {response:?}");
        assert_eq!(body_of(&response), body, "{request:?}");
    }
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_continue_once_the_body_is_wanted() {
    let server = Server::start(brisk(), echo);
    let mut raw = Raw::connect(server.address).await;
    raw.send("POST /a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 3\r\nconnection: close\r\n\r\n")
        .await;
    assert_eq!(raw.read_until("\r\n\r\n").await, "HTTP/1.1 100 Continue\r\n\r\n");
    raw.send("abc").await;
    assert_eq!(body_of(&raw.read_to_end().await.0), "abc");

    let refusing = Server::start(brisk(), |_, _| async { text(403, "no") });
    let asks = "POST /a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n";
    let (response, _) = once(refusing.address, asks).await;
    assert!(response.starts_with("HTTP/1.1 403"), "{response}");
}

#[tokio::test]
async fn responses_that_have_no_body_have_none_on_the_wire() {
    let server = Server::start(brisk(), |_, request: Request<Incoming>| async move {
        let status = request.uri().path().trim_start_matches('/').parse().unwrap();
        text(status, "content")
    });
    for (method, status, body) in [
        ("GET", 200, "content"),
        ("HEAD", 200, ""),
        ("GET", 204, ""),
        ("GET", 304, ""),
        ("GET", 404, "content"),
    ] {
        let request = format!("{method} /{status} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let (response, _) = once(server.address, &request).await;
        assert_eq!(body_of(&response), body, "{method} {status}");
    }
}

#[tokio::test]
async fn the_length_on_the_wire_is_that_of_the_body_whatever_the_headers_say() {
    let server = Server::start(brisk(), |_, request: Request<Incoming>| async move {
        let body = if request.uri().path() == "/empty" { Body::empty() } else { Body::full("content") };
        let lying = Response::builder().header("content-length", "3").header("transfer-encoding", "chunked");
        lying.body(body).unwrap()
    });
    for (method, path, length, body) in
        [("GET", "/full", "7", "content"), ("GET", "/empty", "0", ""), ("HEAD", "/empty", "3", "")]
    {
        let request = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let (response, _) = once(server.address, &request).await;
        assert!(response.contains(&format!("content-length: {length}\r\n")), "{response}");
        assert!(!response.contains("transfer-encoding"), "{response}");
        assert_eq!(body_of(&response), body);
    }
}

#[tokio::test]
async fn an_aborted_body_ends_in_a_reset_and_never_cleanly() {
    for version in ["1.1", "1.0"] {
        for finish in [true, false] {
            let server = Server::start(brisk(), move |_, _| async move {
                let (feeder, body) = Body::channel(1);
                tokio::spawn(async move {
                    feeder.send(Bytes::from_static(b"some")).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    if finish {
                        feeder.finish().await.unwrap();
                    } else {
                        feeder.abort();
                    }
                });
                Response::new(body)
            });
            let request = format!("GET /a HTTP/{version}\r\nhost: x\r\nconnection: close\r\n\r\n");
            let (response, end) = once(server.address, &request).await;
            assert!(response.contains("some"), "{response:?}");
            let expected = if finish { End::Closed } else { End::Reset };
            assert_eq!(end, expected, "HTTP/{version}, finish {finish}");
            assert_eq!(response.ends_with("0\r\n\r\n"), finish && version == "1.1");
        }
    }
}

/// A handler whose response tells how it ended.
fn telling(
    told: mpsc::UnboundedSender<Completion>,
    make: fn() -> Body,
) -> impl Fn(ConnectionInfo, Request<Incoming>) -> std::future::Ready<Response<Body>> + Clone + Send + Sync {
    move |_, _| {
        let told = told.clone();
        let body = make().on_completion(move |completion| {
            let _ = told.send(completion);
        });
        std::future::ready(Response::new(body))
    }
}

#[tokio::test]
async fn a_whole_response_is_told_as_sent() {
    let whole: fn() -> Body = || Body::full("content");
    for (make, method) in [
        (whole, "GET"),
        (whole, "HEAD"),
        (Body::empty, "GET"),
        (
            || {
                let (feeder, body) = Body::channel(4);
                tokio::spawn(async move {
                    feeder.send(Bytes::from_static(b"piece")).await.unwrap();
                    feeder.finish().await.unwrap();
                });
                body
            },
            "GET",
        ),
    ] {
        let (told, mut heard) = mpsc::unbounded_channel();
        let server = Server::start(brisk(), telling(told, make));
        let mut raw = Raw::connect(server.address).await;
        raw.send(&format!("{method} /a HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        assert_eq!(within(heard.recv()).await, Some(Completion::Sent), "{method}");
        raw.send(&format!("{method} /a HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        assert_eq!(within(heard.recv()).await, Some(Completion::Sent), "{method} again");
    }
}

#[tokio::test]
async fn a_response_that_the_client_stops_taking_is_told_as_partly_sent_and_reset() {
    let (told, mut heard) = mpsc::unbounded_channel();
    let server = Server::start(brisk(), telling(told, || Body::full(vec![b'x'; 64 << 20])));
    let mut raw = Raw::connect(server.address).await;
    let began = Instant::now();
    raw.send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(within(heard.recv()).await, Some(Completion::Partly));
    assert!(began.elapsed() >= Duration::from_millis(240), "{:?}", began.elapsed());
    assert_eq!(raw.read_to_end().await.1, End::Reset);
}

#[tokio::test]
async fn a_slow_client_that_keeps_taking_gets_everything() {
    let server = Server::start(brisk(), |_, _| async { text(200, vec![b'x'; 12 << 20]) });
    let mut raw = Raw::connect(server.address).await;
    raw.send("GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    let mut total = 0;
    let mut piece = vec![0; 256 << 10];
    loop {
        tokio::time::sleep(Duration::from_millis(10)).await;
        match within(raw.0.read(&mut piece)).await.unwrap() {
            0 => break,
            n => total += n,
        }
    }
    assert!(total > 12 << 20);
}

#[tokio::test]
async fn a_response_that_nobody_waits_for_is_told_as_nothing_or_partly() {
    let (told, mut heard) = mpsc::unbounded_channel();
    let gate = Arc::new(Notify::new());
    let open = Arc::clone(&gate);
    let server = Server::start(brisk(), move |_, _| {
        let (told, open) = (told.clone(), Arc::clone(&open));
        async move {
            let body = Body::full("content").on_completion(move |completion| {
                let _ = told.send(completion);
            });
            open.notified().await;
            Response::new(body)
        }
    });
    let mut raw = Raw::connect(server.address).await;
    raw.send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    raw.0.set_zero_linger().unwrap();
    drop(raw);
    // The connection ends under the handler: the body never reaches it.
    assert_eq!(within(heard.recv()).await, Some(Completion::Nothing));
    gate.notify_waiters();
}

#[tokio::test]
async fn an_aborted_body_of_which_nothing_left_is_told_as_nothing_and_one_of_which_some_left_as_partly() {
    for (pieces, expected) in [(0, Completion::Nothing), (2, Completion::Partly)] {
        let (told, mut heard) = mpsc::unbounded_channel();
        let server = Server::start(brisk(), move |_, _| {
            let told = told.clone();
            async move {
                let (feeder, body) = Body::channel(1);
                let (seen, waiting) = tokio::sync::oneshot::channel();
                let body = body.on_completion(move |completion| {
                    let _ = told.send(completion);
                    let _ = seen.send(());
                });
                if pieces == 0 {
                    drop(feeder);
                } else {
                    tokio::spawn(async move {
                        for _ in 0..pieces {
                            let _ = feeder.send(Bytes::from_static(b"piece")).await;
                            tokio::time::sleep(Duration::from_millis(30)).await;
                        }
                        drop(feeder);
                        let _ = waiting.await;
                    });
                }
                Response::new(body)
            }
        });
        let (_, end) = once(server.address, "GET /a HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert_eq!(end, End::Reset);
        assert_eq!(within(heard.recv()).await, Some(expected), "{pieces} pieces");
    }
}

#[tokio::test]
async fn a_feeder_waits_for_a_slow_client_and_hears_when_it_is_gone() {
    let (sent, mut count) = mpsc::unbounded_channel();
    let server = Server::start(ListenerSettings::default(), move |_, _| {
        let sent = sent.clone();
        async move {
            let (feeder, body) = Body::channel(2);
            tokio::spawn(async move {
                let piece = Bytes::from(vec![b'x'; 1 << 20]);
                let mut pieces = 0;
                while pieces < 1000 && feeder.send(piece.clone()).await.is_ok() {
                    pieces += 1;
                }
                let _ = sent.send(pieces);
            });
            Response::new(body)
        }
    });
    let mut raw = Raw::connect(server.address).await;
    raw.send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(raw);
    let pieces = within(count.recv()).await.unwrap();
    assert!(pieces < 100, "{pieces} MiB buffered for a client that takes nothing");
}

#[tokio::test]
async fn a_drain_lets_requests_in_flight_end_and_closes_idle_connections() {
    let server = Server::start(brisk(), |_, _| async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        text(200, "done")
    });
    let mut idle = Raw::connect(server.address).await;
    let mut busy = Raw::connect(server.address).await;
    busy.send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let address = server.address;
    let (report, idle_end, busy_end) = tokio::join!(server.stop(), idle.read_to_end(), busy.read_to_end());
    assert_eq!((report.open, report.finished, report.aborted), (2, 2, 0));
    assert_eq!(idle_end, (String::new(), End::Closed));
    assert_eq!((body_of(&busy_end.0), busy_end.1), ("done", End::Closed));
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "no longer listening");
}

#[tokio::test]
async fn a_drain_cuts_off_what_is_not_done_at_its_deadline() {
    let server = Server::start(brisk(), |_, _| std::future::pending());
    let mut stuck = Raw::connect(server.address).await;
    stuck.send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let report = within(server.stop()).await;
    assert_eq!((report.open, report.finished, report.aborted), (1, 0, 1));
    assert!(report.took >= Duration::from_millis(390) && report.took < Duration::from_secs(2), "{report:?}");
    assert_eq!(stuck.read_to_end().await.0, "");
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_for_a_place() {
    let server = Server::start(ListenerSettings { connections: 1, ..brisk() }, hello);
    let mut first = Raw::connect(server.address).await;
    first.send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n").await;
    first.read_until("/a 0").await;
    let began = Instant::now();
    // Served once the first one has idled out.
    let (response, _) = once(server.address, "GET /b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert_eq!(body_of(&response), "GET /b 0");
    assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_handler_that_panics_takes_only_its_own_connection_along() {
    let server = Server::start(brisk(), |info, request: Request<Incoming>| async move {
        assert_ne!(request.uri().path(), "/panic");
        hello(info, request).await
    });
    let (response, _) = once(server.address, "GET /panic HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(response, "");
    let (response, _) = once(server.address, "GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert_eq!(body_of(&response), "GET /a 0");
}

#[tokio::test]
async fn a_unix_socket_serves_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("admin.sock");
    for _ in 0..2 {
        // The second time over the stale socket of the first.
        let listener = Listener::bind(&ListenAddress::Unix(path.clone())).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let settings = ListenerSettings { drain_timeout: Window::from_millis(100), ..brisk() };
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let handler = |info: ConnectionInfo, _: Request<Incoming>| async move {
            assert_eq!(info.peer, Peer::Unix);
            text(200, "owner")
        };
        let serving = serve(listener, &settings, handler, async {
            let _ = stopped.await;
        });
        let asking = async {
            let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
            let mut response = String::new();
            stream.read_to_string(&mut response).await.unwrap();
            stop.send(()).unwrap();
            response
        };
        let (_, response) = within(async { tokio::join!(serving, asking) }).await;
        assert_eq!(body_of(&response), "owner");
    }
}
