//! An HTTP client that comes from an address of its choice and keeps whatever it received.
//!
//! Attackers and honest people use it alike. It binds a local address in 127.0.0.0/8 before it
//! connects (loopback only), keeps one connection alive, unpacks gzip, and returns the bytes of a
//! broken answer too: what arrived has leaked, however the answer ended.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::HeaderMap;
use http::{Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

/// Longest wait for one answer, first byte to last.
const ANSWER: Duration = Duration::from_secs(20);

/// Most bytes of an answer that are kept; the rest is not read.
const KEPT_BYTES: usize = 64 << 20;

/// Where a server listens now. It may move: a restarted gateway can come back on another port.
#[derive(Clone, Debug)]
pub struct Address(Arc<Mutex<SocketAddr>>);

impl Address {
    /// A server at `address`.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self(Arc::new(Mutex::new(address)))
    }

    /// Where it is now.
    #[must_use]
    pub fn now(&self) -> SocketAddr {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on it is at `address`.
    pub fn move_to(&self, address: SocketAddr) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }
}

/// One request to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// `GET`, `POST`, ...
    pub method: &'static str,
    /// Origin-form target, sent as it stands.
    pub target: String,
    /// Headers beside `host` and what the body needs.
    pub headers: Vec<(&'static str, String)>,
    /// A JSON body.
    pub body: Option<String>,
}

impl Ask {
    /// `GET target`.
    #[must_use]
    pub fn get(target: impl Into<String>) -> Self {
        Self { method: "GET", target: target.into(), headers: Vec::new(), body: None }
    }

    /// `POST target` with a JSON body.
    #[must_use]
    pub fn post(target: impl Into<String>, body: impl Into<String>) -> Self {
        Self { method: "POST", target: target.into(), headers: Vec::new(), body: Some(body.into()) }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with a bearer token (RFC 6750).
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }

    fn request(&self, host: SocketAddr) -> Result<Request<Full<Bytes>>, Unreachable> {
        let wrong = |cause: http::Error| Unreachable::Unsendable { target: self.target.clone(), cause };
        let uri: Uri = Uri::builder().path_and_query(self.target.as_str()).build().map_err(wrong)?;
        let mut request = Request::builder().method(self.method).uri(uri).header("host", host.to_string());
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if self.body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = self.body.as_ref().map_or_else(Bytes::new, |text| Bytes::copy_from_slice(text.as_bytes()));
        request.body(Full::new(body)).map_err(wrong)
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body, unpacked; as much of it as arrived.
    pub body: Bytes,
    /// Whether the body came to its proper end.
    pub whole: bool,
}

impl Answer {
    /// The body as text, with replacement characters where it is none.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header's value; `None` where it is missing or no text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The value of the cookie that this answer sets under `name`.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all("set-cookie")
            .iter()
            .filter_map(|value| value.to_str().ok()?.split(';').next()?.split_once('='))
            .find_map(|(key, value)| (key.trim() == name).then_some(value))
    }
}

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unreachable {
    /// The target or a header is no HTTP.
    #[error("cannot send `{target}`")]
    Unsendable {
        /// The request's target.
        target: String,
        /// What is wrong with it.
        #[source]
        cause: http::Error,
    },
    /// Nothing listens there, or the local address cannot be used.
    #[error("cannot connect from {source_address} to {target}")]
    Connect {
        /// The local address.
        source_address: Ipv4Addr,
        /// The server's.
        target: SocketAddr,
        /// The cause.
        #[source]
        cause: std::io::Error,
    },
    /// The connection ended before a status line came.
    #[error("the connection broke before an answer came")]
    Broken(#[source] hyper::Error),
    /// No answer within 20 seconds.
    #[error("no answer in time")]
    Silent,
}

/// One caller with its own source address and at most one connection.
#[derive(Debug)]
pub struct Client {
    source: Ipv4Addr,
    server: Address,
    connection: Option<Connection>,
}

#[derive(Debug)]
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
    to: SocketAddr,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Client {
    /// A caller at `source` (in 127.0.0.0/8) of `server`. Connects with the first request.
    #[must_use]
    pub fn new(source: Ipv4Addr, server: &Address) -> Self {
        Self { source, server: server.clone(), connection: None }
    }

    /// Connects now, so that a later [`Client::send`] costs no time for it.
    ///
    /// # Errors
    /// Nothing listens there, or the source address cannot be bound.
    pub async fn connect(&mut self) -> Result<(), Unreachable> {
        let to = self.server.now();
        if self.connection.as_ref().is_some_and(|open| open.to == to && !open.sender.is_closed()) {
            return Ok(());
        }
        self.connection = None;
        let failed = |cause| Unreachable::Connect { source_address: self.source, target: to, cause };
        let socket = TcpSocket::new_v4().map_err(failed)?;
        socket.bind((self.source, 0).into()).map_err(failed)?;
        socket.set_nodelay(true).map_err(failed)?;
        let stream = match tokio::time::timeout(ANSWER, socket.connect(to)).await {
            Ok(stream) => stream.map_err(failed)?,
            Err(_) => return Err(Unreachable::Silent),
        };
        let (sender, driver) = handshake(TokioIo::new(stream)).await.map_err(Unreachable::Broken)?;
        let driver = tokio::spawn(async move {
            // How the connection ended shows in the answers.
            let _ended = driver.await;
        });
        self.connection = Some(Connection { sender, driver, to });
        Ok(())
    }

    /// Sends `ask` and reads the answer; connects first where that is needed. Never retries.
    ///
    /// # Errors
    /// No status line came. A body that broke off is no error: see [`Answer::whole`].
    pub async fn send(&mut self, ask: &Ask) -> Result<Answer, Unreachable> {
        let answer = self.exchange(ask, Instant::now() + ANSWER).await;
        if !answer.as_ref().is_ok_and(|answer| answer.whole) {
            self.connection = None;
        }
        answer
    }

    async fn exchange(&mut self, ask: &Ask, until: Instant) -> Result<Answer, Unreachable> {
        self.connect().await?;
        let Some(open) = self.connection.as_mut() else { return Err(Unreachable::Silent) };
        let request = ask.request(open.to)?;
        let head = async {
            open.sender.ready().await?;
            open.sender.send_request(request).await
        };
        let answer = timeout_at(until, head).await.map_err(|_| Unreachable::Silent)?;
        let (head, mut incoming) = answer.map_err(Unreachable::Broken)?.into_parts();
        let (mut body, mut whole) = (Vec::new(), true);
        loop {
            match timeout_at(until, incoming.frame()).await {
                Ok(None) => break,
                Ok(Some(Ok(frame))) => body.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new())),
                Ok(Some(Err(_))) | Err(_) => whole = false,
            }
            whole &= body.len() <= KEPT_BYTES;
            if !whole {
                break;
            }
        }
        let packed = head.headers.get("content-encoding").is_some_and(|name| name == "gzip");
        let body = if packed { unpacked(&body) } else { body };
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: body.into(), whole })
    }
}

/// As much as can be unpacked of a gzip stream that may be cut off.
fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let limit = u64::try_from(KEPT_BYTES).unwrap_or(u64::MAX);
    let (mut out, mut reader) = (Vec::new(), flate2::read::GzDecoder::new(bytes).take(limit));
    // An error leaves in `out` what came before it.
    let _cut = reader.read_to_end(&mut out);
    out
}

/// Every byte of an answer in which personal data could stand: header values and the body.
pub(crate) fn all_bytes(answer: &Answer) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(answer.body.len() + 512);
    for value in answer.headers.values() {
        bytes.extend_from_slice(value.as_bytes());
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(&answer.body);
    bytes
}
