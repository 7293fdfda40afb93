//! Upstreams: pooled HTTP/1.1 connections over TCP and TLS.
//!
//! [`Upstream::send`] carries one exchange: it takes a resting connection or opens one, within
//! bounds of time and number. What it sends is exactly the request that it is given (with `Host`
//! added where there is none); it follows no redirect and retries only where nothing can have been
//! acted upon twice.

mod breaker;
mod error;
mod fetch;
mod link;
mod pool;
mod response;
mod tls;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use domain::{ByteSize, Window};
use http::header::HOST;
use http::uri::{Authority, PathAndQuery, Uri};
use http::{HeaderValue, Method, Request, Response, request};
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use self::breaker::Breaker;
pub use self::breaker::BreakerSettings;
pub use self::error::{Side, UpstreamError, UpstreamUrlError};
pub use self::fetch::{FetchError, fetch, is_loopback};
use self::link::Link;
pub(crate) use self::link::Pipe;
use self::pool::Pool;
pub use self::response::UpstreamBody;
pub use self::tls::{Tls, TlsError};
use crate::body::Body;

/// Bounds of one upstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpstreamSettings {
    /// Longest time to open a connection, TLS included, and to wait for a free place. Default `3s`.
    pub connect_timeout: Window,
    /// Longest wait for the head of a response, once connected. Default `30s`.
    pub response_timeout: Window,
    /// Longest wait for the next piece of a response's body. Default `30s`.
    pub body_idle_timeout: Window,
    /// Most exchanges at a time. Default 1,024.
    pub concurrent: usize,
    /// Most resting connections. Default 256.
    pub resting: usize,
    /// Longest rest of a connection; below the 5 s after which some servers close. Default `4s`.
    pub rest_timeout: Window,
    /// Largest head of a response. Default `64KiB`.
    pub response_head_bytes: ByteSize,
    /// Most header lines of a response. Default 128.
    pub response_headers: usize,
    /// When it is left alone because it does not answer.
    pub breaker: BreakerSettings,
}

impl Default for UpstreamSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Window::from_secs(3),
            response_timeout: Window::from_secs(30),
            body_idle_timeout: Window::from_secs(30),
            concurrent: 1024,
            resting: 256,
            rest_timeout: Window::from_secs(4),
            response_head_bytes: ByteSize::new(64 * 1024),
            response_headers: 128,
            breaker: BreakerSettings::default(),
        }
    }
}

/// One upstream and its connections. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct Upstream {
    inner: Arc<Inner>,
}

struct Inner {
    host: String,
    port: u16,
    authority: HeaderValue,
    tls: Option<(Tls, ServerName<'static>)>,
    settings: UpstreamSettings,
    pool: Pool,
    breaker: Breaker,
    began: Instant,
    places: Arc<Semaphore>,
}

impl Upstream {
    /// The upstream at `url`: `http://host:port` or `https://host:port`, no path. No connection is
    /// opened yet. `tls` is used for https only.
    ///
    /// # Errors
    /// When `url` is none of these, with what is wrong.
    pub fn new(url: &str, settings: UpstreamSettings, tls: &Tls) -> Result<Self, UpstreamUrlError> {
        let wrong = |why| UpstreamUrlError { url: url.chars().take(200).collect(), why };
        let (authority, secure) = read_url(url)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if secure && tls.trusts_nobody {
            return Err(wrong(
                "this machine has no root certificates to verify it by (on Debian, install `ca-certificates`)",
            ));
        }
        let name = || ServerName::try_from(host.clone()).map_err(|_| wrong("its host is no name"));
        let tls = if secure { Some((tls.clone(), name()?)) } else { None };
        Ok(Self {
            inner: Arc::new(Inner {
                port: authority.port_u16().unwrap_or(if secure { 443 } else { 80 }),
                authority: HeaderValue::from_str(authority.as_str()).map_err(|_| wrong("it is no URL"))?,
                host,
                tls,
                pool: Pool::new(&settings),
                breaker: Breaker::new(settings.breaker),
                began: Instant::now(),
                places: Arc::new(Semaphore::new(settings.concurrent.clamp(1, Semaphore::MAX_PERMITS))),
                settings,
            }),
        })
    }

    /// Sends `request` and waits for the head of its response.
    ///
    /// The target of `request` must be a path (see [`crate::target::Target::path_and_query`]); hop-by-hop
    /// headers must be gone. Dropped midway, it closes the connection that it used.
    ///
    /// A connection that rested and turns out to be closed is replaced when nothing of the request
    /// was sent; or when the method is idempotent (RFC 9110 section 9.2.2), the body whole, and not a
    /// byte came back.
    ///
    /// # Errors
    /// See [`UpstreamError`].
    pub async fn send(&self, request: Request<Body>) -> Result<Response<UpstreamBody>, UpstreamError> {
        let breaker = &self.inner.breaker;
        breaker.pass(|| self.inner.millis()).map_err(|again| UpstreamError::LeftAlone { again })?;
        let answered = self.attempt(request).await;
        match &answered {
            Ok(_) => breaker.answered(),
            Err(error) if matches!(error.side(), Side::UpstreamTimeout | Side::UpstreamUnavailable) => {
                breaker.failed(self.inner.millis());
            }
            Err(_) => {}
        }
        answered
    }

    async fn attempt(&self, request: Request<Body>) -> Result<Response<UpstreamBody>, UpstreamError> {
        let inner = &self.inner;
        // What is rare stands in a box of its own: else its timers would make the future of every
        // exchange larger, and that is copied once per request.
        let place = match Arc::clone(&inner.places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => Box::pin(inner.place()).await?,
        };
        let (mut head, body) = request.into_parts();
        body.frame(&mut head.headers, false);
        let mut request = Request::from_parts(head, body);
        if !request.headers().contains_key(HOST) {
            request.headers_mut().insert(HOST, inner.authority.clone());
        }
        if request.uri().authority().is_some() {
            let path = request.uri().path_and_query().cloned();
            *request.uri_mut() = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
        }
        loop {
            let resting = poll_fn(|cx| Poll::Ready(inner.pool.take(cx))).await;
            let mut link = match resting {
                Some(link) => link,
                None => Box::pin(inner.connect()).await?,
            };
            // Only a rest that another side may have ended is worth the copy.
            let spare = if link.used && link.rests_since.elapsed().as_millis() >= 500 {
                spare_copy(&request).map(Box::new)
            } else {
                None
            };
            match exchange(&mut link, request, inner.settings.response_timeout).await {
                Ok(response) if response.status().is_informational() => return Err(UpstreamError::Switched),
                Ok(response) => {
                    link.used = true;
                    let upstream = Arc::clone(inner);
                    return Ok(response.map(|incoming| UpstreamBody::new(incoming, link, upstream, place)));
                }
                Err(Failure { unsent: Some(again), .. }) if link.used => request = *again,
                Err(Failure { error: UpstreamError::Broken(_), .. }) if link.used && spare.is_some() => {
                    let Some(again) = spare else { return Err(UpstreamError::Request) };
                    request = *again;
                }
                Err(failure) => return Err(failure.error),
            }
        }
    }

    /// Whether it is left alone because it did not answer.
    #[must_use]
    pub fn is_left_alone(&self) -> bool {
        self.inner.breaker.is_open()
    }

    /// Connections at rest.
    #[must_use]
    pub fn resting(&self) -> usize {
        self.inner.pool.len()
    }
}

impl std::fmt::Debug for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upstream").field("host", &self.inner.host).field("port", &self.inner.port).finish()
    }
}

impl Inner {
    fn millis(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A place for one more exchange, once there is one.
    async fn place(&self) -> Result<OwnedSemaphorePermit, UpstreamError> {
        let waiting = Arc::clone(&self.places).acquire_owned();
        match tokio::time::timeout(self.settings.connect_timeout.duration(), waiting).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(UpstreamError::Busy),
        }
    }

    async fn connect(&self) -> Result<Box<Link>, UpstreamError> {
        let connecting = async {
            let stream =
                TcpStream::connect((self.host.as_str(), self.port)).await.map_err(UpstreamError::Connect)?;
            // Without it a request in two pieces waits for an acknowledgement.
            let _ = stream.set_nodelay(true);
            let pipe = match &self.tls {
                None => Pipe::Plain(stream),
                Some((tls, name)) => {
                    let stream = tls.connect(name.clone(), stream).await.map_err(UpstreamError::Connect)?;
                    Pipe::Tls(Box::new(stream))
                }
            };
            Link::open(pipe, &self.settings).await.map(Box::new).map_err(UpstreamError::Broken)
        };
        match tokio::time::timeout(self.settings.connect_timeout.duration(), connecting).await {
            Ok(done) => done,
            Err(_) => Err(UpstreamError::ConnectTimeout),
        }
    }
}

/// The same request again, where sending it twice does no harm.
fn spare_copy(request: &Request<Body>) -> Option<Request<Body>> {
    let idempotent = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE | Method::PUT | Method::DELETE
    );
    let body = request.body().copy_of_whole().filter(|_| idempotent)?;
    let mut copy = Request::new(body);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}

struct Failure {
    error: UpstreamError,
    /// The request, where nothing of it was sent.
    unsent: Option<Box<Request<Body>>>,
}

async fn exchange(
    link: &mut Link,
    request: Request<Body>,
    limit: Window,
) -> Result<Response<hyper::body::Incoming>, Failure> {
    let mut response = pin!(link.sender.try_send_request(request));
    link.allow(limit.duration());
    poll_fn(|cx| {
        link.poll_drive(cx);
        if let Poll::Ready(done) = response.as_mut().poll(cx) {
            return Poll::Ready(done.map_err(|mut failed| {
                let unsent = failed.take_message().map(Box::new);
                let error = failed.into_error();
                let error = if error.is_user() {
                    UpstreamError::RequestBody(error)
                } else {
                    UpstreamError::Broken(error)
                };
                Failure { error, unsent }
            }));
        }
        if link.poll_late(cx) {
            return Poll::Ready(Err(Failure { error: UpstreamError::ResponseTimeout, unsent: None }));
        }
        Poll::Pending
    })
    .await
}

/// What a request's head needs to be sent to `target`: for callers that build one from parts.
#[must_use]
pub fn outgoing(parts: request::Parts, target: &crate::target::Target, body: Body) -> Request<Body> {
    let mut request = Request::from_parts(parts, body);
    *request.uri_mut() = Uri::from(target.path_and_query().clone());
    *request.version_mut() = http::Version::HTTP_11;
    request
}

/// Whether `url` can be that of an upstream.
///
/// # Errors
/// When it cannot, with what is wrong.
pub fn check_url(url: &str) -> Result<(), UpstreamUrlError> {
    read_url(url).map(|_| ())
}

/// Host and port of `url`, and whether it is https.
fn read_url(url: &str) -> Result<(Authority, bool), UpstreamUrlError> {
    let wrong = |why| UpstreamUrlError { url: url.chars().take(200).collect(), why };
    let uri: Uri = url.parse().map_err(|_| wrong("it is no URL"))?;
    let authority = uri.authority().ok_or_else(|| wrong("it has no host"))?;
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err(wrong("it has a path"));
    }
    if authority.as_str().contains('@') {
        return Err(wrong("it names a user"));
    }
    match uri.scheme_str() {
        Some("http") => Ok((authority.clone(), false)),
        Some("https") => Ok((authority.clone(), true)),
        _ => Err(wrong("its scheme is neither `http` nor `https`")),
    }
}
