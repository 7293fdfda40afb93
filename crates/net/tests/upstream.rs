//! The upstream pool on real sockets: reuse, time limits, broken servers, TLS, fetching.

// long: one table of broken upstreams against one pool, with its harness.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use common::{End, Server, brisk, once, text, within};
use domain::{RefusalKind, Window};
use http::{Method, Request, Response};
use http_body::Body as _;
use net::listener::{ConnectionInfo, ListenerSettings};
use net::upstream::{FetchError, Side, Tls, Upstream, UpstreamBody, UpstreamError, UpstreamSettings, fetch};
use net::{Body, Incoming, ReadError, read_all};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn swift() -> UpstreamSettings {
    UpstreamSettings {
        connect_timeout: Window::from_millis(300),
        response_timeout: Window::from_millis(300),
        body_idle_timeout: Window::from_millis(300),
        ..UpstreamSettings::default()
    }
}

/// Trusts a root that signed nothing here. Made once: reading the system's roots takes a while.
fn tls() -> Tls {
    static TLS: std::sync::OnceLock<Tls> = std::sync::OnceLock::new();
    let make = || {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), authority().root_pem).unwrap();
        Tls::new(Some(file.path())).unwrap()
    };
    TLS.get_or_init(make).clone()
}

fn upstream(address: SocketAddr, settings: UpstreamSettings) -> Upstream {
    Upstream::new(&format!("http://{address}"), settings, &tls()).unwrap()
}

fn get(path: &str) -> Request<Body> {
    Request::builder().uri(path).body(Body::empty()).unwrap()
}

async fn whole(response: Response<UpstreamBody>) -> Result<Bytes, ReadError> {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(4);
    read_all(response.into_body(), 64 << 20, deadline).await
}

/// Says what it got: method, target, host, framing, body, and how often the connection was used.
async fn mirror(info: ConnectionInfo, request: Request<Incoming>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let header = |name: &str| parts.headers.get(name).map_or("-", |value| value.to_str().unwrap()).to_owned();
    let head = format!(
        "{} {} host={} length={} chunked={} earlier={} ",
        parts.method,
        parts.uri,
        header("host"),
        header("content-length"),
        header("transfer-encoding"),
        info.earlier_requests
    );
    let deadline = tokio::time::Instant::now() + Duration::from_secs(2);
    let body = read_all(body, 1 << 20, deadline).await.unwrap();
    text(200, format!("{head}{}", String::from_utf8_lossy(&body)))
}

#[tokio::test]
async fn exchanges_one_after_the_other_share_a_connection() {
    let server = Server::start(ListenerSettings::default(), mirror);
    let upstream = upstream(server.address, swift());
    for earlier in 0..5 {
        let response = within(upstream.send(get("/a?b"))).await.unwrap();
        let body = whole(response).await.unwrap();
        let expected = format!("GET /a?b host={} length=- chunked=- earlier={earlier} ", server.address);
        assert_eq!(body, expected);
        assert_eq!(upstream.resting(), 1);
    }
}

#[tokio::test]
async fn requests_reach_the_upstream_as_they_are_given() {
    let server = Server::start(ListenerSettings::default(), mirror);
    let upstream = upstream(server.address, swift());
    let with_host =
        Request::builder().uri("/a%2Fb?q=%20").header("host", "shop.example").body(Body::empty()).unwrap();
    let absolute =
        Request::builder().uri("http://elsewhere.example/x").header("host", "h").body(Body::empty()).unwrap();
    let full =
        Request::builder().method("POST").uri("/p").header("host", "h").body(Body::full("abc")).unwrap();
    let lying = Request::builder().method("POST").uri("/p").header("host", "h");
    let lying = lying
        .header("content-length", "1")
        .header("transfer-encoding", "chunked")
        .body(Body::full("abc"))
        .unwrap();
    let (feeder, body) = Body::channel(1);
    let fed = Request::builder().method("PUT").uri("/p").header("host", "h").body(body).unwrap();
    tokio::spawn(async move {
        for piece in ["one ", "two"] {
            feeder.send(Bytes::from_static(piece.as_bytes())).await.unwrap();
        }
        feeder.finish().await.unwrap();
    });
    for (request, expected) in [
        (with_host, "GET /a%2Fb?q=%20 host=shop.example length=- chunked=- earlier=0 "),
        (absolute, "GET /x host=h length=- chunked=- earlier=1 "),
        (full, "POST /p host=h length=3 chunked=- earlier=2 abc"),
        (lying, "POST /p host=h length=3 chunked=- earlier=3 abc"),
        (fed, "PUT /p host=h length=- chunked=chunked earlier=4 one two"),
    ] {
        let response = within(upstream.send(request)).await.unwrap();
        assert_eq!(whole(response).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn responses_without_a_body_leave_their_connection_at_rest() {
    let server = Server::start(ListenerSettings::default(), |_, request: Request<Incoming>| async move {
        text(request.uri().path().trim_start_matches('/').parse().unwrap(), "content")
    });
    let upstream = upstream(server.address, swift());
    for (method, path, length) in [
        (Method::HEAD, "/200", 0),
        (Method::GET, "/204", 0),
        (Method::GET, "/304", 0),
        (Method::GET, "/200", 7),
    ] {
        let mut request = get(path);
        *request.method_mut() = method.clone();
        let response = within(upstream.send(request)).await.unwrap();
        if length == 0 {
            assert!(response.body().is_end_stream(), "{method} {path}");
            drop(response);
        } else {
            assert_eq!(whole(response).await.unwrap().len(), length);
        }
        assert_eq!(upstream.resting(), 1, "{method} {path}");
    }
}

#[tokio::test]
async fn a_body_that_is_dropped_midway_closes_its_connection() {
    let server = Server::start(ListenerSettings::default(), |_, _| async { text(200, vec![b'x'; 8 << 20]) });
    let upstream = upstream(server.address, swift());
    let response = within(upstream.send(get("/"))).await.unwrap();
    drop(response);
    assert_eq!(upstream.resting(), 0);
    assert_eq!(whole(within(upstream.send(get("/"))).await.unwrap()).await.unwrap().len(), 8 << 20);
    assert_eq!(upstream.resting(), 1);
}

/// A server of bytes: for each connection, for each request in turn, what to write, or `None` to close.
async fn scripted(script: Vec<Vec<Option<&'static str>>>) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    tokio::spawn(async move {
        for answers in script {
            let (mut stream, _) = listener.accept().await.unwrap();
            for answer in answers {
                let mut seen = Vec::new();
                while !seen.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    if stream.read(&mut byte).await.unwrap_or(0) == 0 {
                        break;
                    }
                    seen.push(byte[0]);
                }
                counter.fetch_add(usize::from(!seen.is_empty()), Ordering::SeqCst);
                match answer {
                    Some(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
                    None => break,
                }
            }
        }
        std::future::pending::<()>().await;
    });
    (address, requests)
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn a_connection_that_was_closed_at_rest_is_replaced_for_any_method() {
    for method in ["GET", "POST"] {
        let (address, _) = scripted(vec![vec![Some(OK)], vec![Some(OK)]]).await;
        let upstream = upstream(address, swift());
        for _ in 0..2 {
            let request = Request::builder().method(method).uri("/").body(Body::empty()).unwrap();
            let response = within(upstream.send(request)).await.unwrap();
            assert_eq!(whole(response).await.unwrap(), "ok", "{method}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}

#[tokio::test]
async fn a_connection_that_dies_under_a_request_is_replaced_only_where_twice_does_no_harm() {
    for (method, again) in [("GET", true), ("PUT", true), ("POST", false), ("PATCH", false)] {
        let (address, requests) = scripted(vec![vec![Some(OK), None], vec![Some(OK)]]).await;
        let upstream = upstream(address, swift());
        whole(within(upstream.send(get("/"))).await.unwrap()).await.unwrap();
        // Long enough a rest that the other side may be about to close.
        tokio::time::sleep(Duration::from_millis(550)).await;
        let request = Request::builder().method(method).uri("/").body(Body::empty()).unwrap();
        let result = within(upstream.send(request)).await;
        assert_eq!(result.is_ok(), again, "{method}");
        if let Err(error) = result {
            assert!(matches!(error, UpstreamError::Broken(_)), "{error:?}");
        }
        assert_eq!(requests.load(Ordering::SeqCst), if again { 3 } else { 2 }, "{method}");
    }
}

#[tokio::test]
async fn a_fresh_connection_that_dies_is_not_tried_again() {
    let (address, requests) = scripted(vec![vec![None], vec![Some(OK)]]).await;
    let error = within(upstream(address, swift()).send(get("/"))).await.unwrap_err();
    assert!(matches!(error, UpstreamError::Broken(_)), "{error:?}");
    assert_eq!(
        (error.side(), error.refusal()),
        (Side::UpstreamUnavailable, RefusalKind::UpstreamUnavailable)
    );
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn answers_that_break_the_rules_are_errors() {
    for answer in [
        "hello\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nbad header: x\r\n\r\n",
        "HTTP/1.1 999999 OK\r\n\r\n",
    ] {
        let (address, _) = scripted(vec![vec![Some(answer), None]]).await;
        let error = within(upstream(address, swift()).send(get("/"))).await.unwrap_err();
        assert!(matches!(error, UpstreamError::Broken(_)), "{answer:?}: {error:?}");
    }
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nok",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nok\r\n",
    ] {
        let (address, _) = scripted(vec![vec![Some(answer)], vec![]]).await;
        let upstream = upstream(address, swift());
        let response = within(upstream.send(get("/"))).await.unwrap();
        let error = within(whole(response)).await.unwrap_err();
        assert!(matches!(error, ReadError::Broken(_)), "{answer:?}: {error:?}");
        assert_eq!(upstream.resting(), 0);
    }
}

#[tokio::test]
async fn early_hints_are_passed_over_and_a_switch_of_protocols_is_refused() {
    let hints =
        "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let (address, _) = scripted(vec![vec![Some(hints)]]).await;
    assert_eq!(whole(within(upstream(address, swift()).send(get("/"))).await.unwrap()).await.unwrap(), "ok");
    let switch = "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n";
    let (address, _) = scripted(vec![vec![Some(switch), None]]).await;
    let error = within(upstream(address, swift()).send(get("/"))).await.unwrap_err();
    assert_eq!(error.refusal(), RefusalKind::UpstreamUnavailable, "{error:?}");
}

#[tokio::test]
async fn a_response_without_length_ends_with_its_connection() {
    let (address, _) = scripted(vec![vec![Some("HTTP/1.1 200 OK\r\n\r\nall of it")], vec![]]).await;
    let upstream = upstream(address, swift());
    assert_eq!(whole(within(upstream.send(get("/"))).await.unwrap()).await.unwrap(), "all of it");
    assert_eq!(upstream.resting(), 0);
}

#[tokio::test]
async fn each_wait_has_its_own_error_and_side() {
    // Nobody listens.
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = within(upstream(nobody, swift()).send(get("/"))).await.unwrap_err();
    assert!(matches!(error, UpstreamError::Connect(_)));
    assert_eq!(error.refusal(), RefusalKind::UpstreamUnavailable);

    // Somebody listens and says nothing.
    let silent = Server::start(ListenerSettings::default(), |_, _| std::future::pending());
    let error = within(upstream(silent.address, swift()).send(get("/"))).await.unwrap_err();
    assert!(matches!(error, UpstreamError::ResponseTimeout));
    assert_eq!(error.refusal(), RefusalKind::UpstreamTimeout);

    // A body that stops.
    let stops = Server::start(ListenerSettings::default(), |_, _| async {
        let (feeder, body) = Body::channel(1);
        tokio::spawn(async move {
            feeder.send(Bytes::from_static(b"some")).await.unwrap();
            feeder.gone().await;
        });
        Response::new(body)
    });
    let response = within(upstream(stops.address, swift()).send(get("/"))).await.unwrap();
    let error = within(whole(response)).await.unwrap_err();
    let shown = format!("{error:?}");
    assert!(shown.contains("BodyTimeout"), "{shown}");

    // All places taken.
    let few = UpstreamSettings { concurrent: 1, response_timeout: Window::from_secs(2), ..swift() };
    let upstream = upstream(silent.address, few);
    let (slow, refused) = tokio::join!(within(upstream.send(get("/"))), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        within(upstream.send(get("/"))).await
    });
    assert!(matches!(slow.unwrap_err(), UpstreamError::ResponseTimeout));
    let refused = refused.unwrap_err();
    assert!(matches!(refused, UpstreamError::Busy), "{refused:?}");
    assert_eq!((refused.side(), refused.refusal()), (Side::Ours, RefusalKind::Overloaded));
}

#[tokio::test]
async fn a_slow_body_that_keeps_coming_is_read_to_its_end() {
    let server = Server::start(ListenerSettings::default(), |_, _| async {
        let (feeder, body) = Body::channel(1);
        tokio::spawn(async move {
            for _ in 0..6 {
                feeder.send(Bytes::from_static(b"x")).await.unwrap();
                tokio::time::sleep(Duration::from_millis(120)).await;
            }
            feeder.finish().await.unwrap();
        });
        Response::new(body)
    });
    let response = within(upstream(server.address, swift()).send(get("/"))).await.unwrap();
    assert_eq!(whole(response).await.unwrap(), "xxxxxx");
}

#[tokio::test]
async fn places_are_free_again_after_each_kind_of_end() {
    let server = Server::start(ListenerSettings::default(), |_, request: Request<Incoming>| async move {
        if request.uri().path() == "/stuck" {
            std::future::pending().await
        } else {
            text(200, vec![b'x'; 1 << 20])
        }
    });
    let upstream = upstream(server.address, UpstreamSettings { concurrent: 1, ..swift() });
    for _ in 0..3 {
        whole(within(upstream.send(get("/"))).await.unwrap()).await.unwrap();
        drop(within(upstream.send(get("/"))).await.unwrap());
        assert!(within(upstream.send(get("/stuck"))).await.is_err());
        drop(tokio::time::timeout(Duration::from_millis(20), upstream.send(get("/stuck"))).await);
    }
    assert!(within(upstream.send(get("/"))).await.is_ok());
}

#[tokio::test]
async fn many_exchanges_at_a_time_get_their_own_answers() {
    let server = Server::start(ListenerSettings::default(), mirror);
    let upstream = upstream(server.address, UpstreamSettings { resting: 8, ..swift() });
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..40 {
        let upstream = upstream.clone();
        tasks.spawn(async move {
            for n in 0..25 {
                let path = format!("/{worker}/{n}");
                let body = whole(upstream.send(get(&path)).await.unwrap()).await.unwrap();
                assert!(body.starts_with(format!("GET {path} ").as_bytes()), "{body:?}");
            }
        });
    }
    within(tasks.join_all()).await;
    assert!((1..=8).contains(&upstream.resting()), "{}", upstream.resting());
}

#[tokio::test]
async fn a_connection_does_not_rest_for_longer_than_it_may() {
    let server = Server::start(ListenerSettings::default(), mirror);
    let upstream =
        upstream(server.address, UpstreamSettings { rest_timeout: Window::from_millis(50), ..swift() });
    for _ in 0..2 {
        let body = whole(within(upstream.send(get("/"))).await.unwrap()).await.unwrap();
        assert!(body.ends_with(b"earlier=0 "), "{body:?}");
        tokio::time::sleep(Duration::from_millis(80)).await;
    }
}

#[tokio::test]
async fn a_broken_upstream_body_passed_through_resets_the_client() {
    let (address, _) = scripted(vec![
        vec![Some("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n")],
        vec![],
    ])
    .await;
    let upstream = upstream(address, swift());
    let proxy = Server::start(brisk(), move |_, _| {
        let upstream = upstream.clone();
        async move { upstream.send(get("/")).await.unwrap().map(Body::from) }
    });
    let (response, end) = once(proxy.address, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(end, End::Reset);
    assert!(!response.ends_with("0\r\n\r\n"), "{response:?}");
}

#[tokio::test]
async fn a_client_that_breaks_off_its_upload_does_not_count_against_the_upstream() {
    let server = Server::start(ListenerSettings::default(), mirror);
    let upstream = upstream(server.address, swift());
    let (feeder, body) = Body::channel(1);
    feeder.send(Bytes::from_static(b"half")).await.unwrap();
    drop(feeder);
    let request = Request::builder().method("POST").uri("/").body(body).unwrap();
    let error = within(upstream.send(request)).await.unwrap_err();
    assert!(matches!(error, UpstreamError::RequestBody(_)), "{error:?}");
    assert_eq!(error.side(), Side::Client);
}

#[test]
fn a_url_that_names_no_upstream_says_what_is_wrong() {
    for (url, why) in [
        ("127.0.0.1:80", "scheme"),
        ("/a", "no host"),
        ("http://127.0.0.1:80/api", "has a path"),
        ("http://ann@127.0.0.1", "names a user"),
        ("ftp://127.0.0.1", "scheme"),
        ("https://bad_host!/", "no URL|no name"),
        ("http://a b", "no URL"),
    ] {
        let error = Upstream::new(url, swift(), &tls()).unwrap_err().to_string();
        assert!(why.split('|').any(|why| error.contains(why)), "{url}: {error}");
    }
}

/// A root, and a server certificate for 127.0.0.1 and localhost that it signed.
struct Authority {
    root_pem: String,
    server: rustls::ServerConfig,
}

fn authority() -> Authority {
    let root_key = rcgen::KeyPair::generate().unwrap();
    let mut root = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    root.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root_certificate = root.self_signed(&root_key).unwrap();
    let issuer = rcgen::Issuer::new(root, root_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let certificate = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    Authority { root_pem: root_certificate.pem(), server }
}

/// An https server that answers every request with `answer`, and the file with its root.
async fn secure(answer: String) -> (SocketAddr, tempfile::NamedTempFile) {
    let authority = authority();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority.root_pem).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(authority.server));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, answer) = (acceptor.clone(), answer.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut seen = Vec::new();
                let mut piece = [0; 1024];
                while let Ok(n @ 1..) = stream.read(&mut piece).await {
                    seen.extend_from_slice(&piece[..n]);
                    if seen.ends_with(b"\r\n\r\n") {
                        seen.clear();
                        stream.write_all(answer.as_bytes()).await.unwrap();
                    }
                }
            });
        }
    });
    (address, file)
}

#[tokio::test]
async fn an_https_upstream_is_verified_against_the_given_root_and_name() {
    let (address, root) = secure(OK.to_owned()).await;
    let trusting = Tls::new(Some(root.path())).unwrap();
    let upstream = Upstream::new(&format!("https://{address}"), swift(), &trusting).unwrap();
    for _ in 0..2 {
        assert_eq!(whole(within(upstream.send(get("/"))).await.unwrap()).await.unwrap(), "ok");
        assert_eq!(upstream.resting(), 1);
    }
    let by_name =
        Upstream::new(&format!("https://localhost:{}", address.port()), swift(), &trusting).unwrap();
    assert!(within(by_name.send(get("/"))).await.is_ok());
    // Another root, or another name, is no upstream of ours.
    let stranger = Upstream::new(&format!("https://{address}"), swift(), &tls()).unwrap();
    assert!(matches!(within(stranger.send(get("/"))).await.unwrap_err(), UpstreamError::Connect(_)));
    let misnamed =
        Upstream::new(&format!("https://127.0.0.2:{}", address.port()), swift(), &trusting).unwrap();
    assert!(matches!(within(misnamed.send(get("/"))).await.unwrap_err(), UpstreamError::Connect(_)));
}

#[tokio::test]
async fn an_https_server_that_never_shakes_hands_is_a_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let error = within(Upstream::new(&url, swift(), &tls()).unwrap().send(get("/"))).await.unwrap_err();
    assert!(matches!(error, UpstreamError::ConnectTimeout), "{error:?}");
}

#[tokio::test]
async fn a_small_document_is_fetched_over_https_or_from_this_machine() {
    let limit = Duration::from_secs(2);
    let keys = r#"{"keys":[]}"#;
    let (address, root) =
        secure(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{keys}", keys.len())).await;
    let trusting = Tls::new(Some(root.path())).unwrap();
    let url = format!("https://{address}/.well-known/jwks.json");
    assert_eq!(within(fetch(&trusting, &url, 100, limit)).await.unwrap(), keys);
    let too_large = within(fetch(&trusting, &url, 5, limit)).await.unwrap_err();
    assert!(matches!(too_large, FetchError::Body(ReadError::TooLarge { limit: 5 })), "{too_large:?}");

    let server = Server::start(ListenerSettings::default(), mirror);
    let body = within(fetch(&trusting, &format!("{}/keys?a=b", server.url()), 1000, limit)).await.unwrap();
    assert!(body.starts_with(format!("GET /keys?a=b host={} ", server.address).as_bytes()), "{body:?}");
}

#[tokio::test]
async fn a_document_that_cannot_be_trusted_or_had_is_an_error() {
    let limit = Duration::from_millis(300);
    let tls = tls();
    for url in [
        "http://192.0.2.1/keys",
        "http://example.com/keys",
        "file:///etc/keys",
        "keys",
        "http://127.0.0.1.evil.example/",
    ] {
        let error = fetch(&tls, url, 100, limit).await.unwrap_err();
        assert!(matches!(error, FetchError::NotSecure { .. }), "{url}: {error:?}");
    }
    let moved = Server::start(ListenerSettings::default(), |_, _| async {
        Response::builder().status(302).header("location", "http://127.0.0.1:1/").body(Body::empty()).unwrap()
    });
    let error = fetch(&tls, &moved.url(), 100, limit).await.unwrap_err();
    assert!(matches!(error, FetchError::Status { status: 302 }), "{error:?}");
    let silent = Server::start(ListenerSettings::default(), |_, _| std::future::pending());
    let error = within(fetch(&tls, &silent.url(), 100, limit)).await.unwrap_err();
    assert!(matches!(error, FetchError::Upstream(UpstreamError::ResponseTimeout)), "{error:?}");
}

#[test]
fn a_file_without_roots_says_so() {
    let home = tempfile::tempdir().unwrap();
    let empty = home.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    for path in [empty.as_path(), &home.path().join("missing.pem")] {
        let error = Tls::new(Some(path)).unwrap_err();
        assert!(error.to_string().contains(".pem"), "{error}");
    }
}
