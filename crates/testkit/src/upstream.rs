//! A recording upstream: what exactly did the gateway send, and what does it make of a bad answer?
//!
//! It reads HTTP/1.1 by hand, so that the request line and headers are recorded byte by byte, and
//! writes whatever the test wants: slow, broken off, never, in odd encodings.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use testkit::upstream::{Act, Upstream};
//! let upstream = Upstream::start(|_| Act::json(200, r#"{"fine":true}"#)).await.unwrap();
//! let answer = testkit::raw::exchange(upstream.address(), b"GET //a/%2e?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
//! assert!(answer.unwrap().ends_with(br#"{"fine":true}"#));
//! assert_eq!(upstream.recorded()[0].line, "GET //a/%2e?b HTTP/1.1");
//! # });
//! ```

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

use crate::wire;

/// Requests kept; the upstream forgets later ones.
const KEPT: usize = 100_000;

/// One request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The request line without its line end.
    pub line: String,
    /// Names as they were written, and values, in order.
    pub headers: Vec<(String, String)>,
    /// The body, chunks joined.
    pub body: Vec<u8>,
    /// Everything up to the empty line, as bytes.
    pub head: Vec<u8>,
    /// Counts connections from 1: equal numbers came over the same one.
    pub connection: u64,
}

impl Recorded {
    /// The target of the request line.
    #[must_use]
    pub fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or("")
    }

    /// The only value of a header in any case; `None` when there is none or more than one.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }
}

/// What the upstream does with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Writes these bytes, a whole answer, and waits for the next request.
    Write(Vec<u8>),
    /// Writes these bytes piece by piece, so many bytes after so much time.
    Slowly(Vec<u8>, usize, Duration),
    /// Writes these pieces, each after so much time.
    Stream(Vec<Vec<u8>>, Duration),
    /// Waits, then acts.
    After(Duration, Box<Act>),
    /// Writes these bytes and closes.
    WriteAndClose(Vec<u8>),
    /// Never answers and keeps the connection.
    Hang,
}

impl Act {
    /// An answer with a JSON body.
    #[must_use]
    pub fn json(status: u16, body: &str) -> Self {
        Self::answer(status, &[("Content-Type", "application/json")], body.as_bytes())
    }

    /// An answer with `headers` and a body of known length.
    #[must_use]
    pub fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut bytes = head(status, headers);
        bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        bytes.extend_from_slice(body);
        Self::Write(bytes)
    }

    /// An answer in chunks.
    #[must_use]
    pub fn chunked(status: u16, headers: &[(&str, &str)], chunks: &[&[u8]]) -> Self {
        let mut bytes = head(status, headers);
        bytes.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
        for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        Self::Write(bytes)
    }

    /// An answer in chunks that come one by one: the first with the head, the others each after `pause`.
    #[must_use]
    pub fn stream(headers: &[(&str, &str)], chunks: &[&[u8]], pause: Duration) -> Self {
        let mut pieces = Vec::with_capacity(chunks.len() + 1);
        let mut next = head(200, headers);
        next.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
        for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
            next.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            next.extend_from_slice(chunk);
            next.extend_from_slice(b"\r\n");
            pieces.push(std::mem::take(&mut next));
        }
        next.extend_from_slice(b"0\r\n\r\n");
        pieces.push(next);
        Self::Stream(pieces, pause)
    }

    /// The same answer, cut off so many bytes before its end, and the connection closed.
    #[must_use]
    pub fn cut(self, missing: usize) -> Self {
        match self {
            Self::Write(mut bytes) | Self::WriteAndClose(mut bytes) => {
                bytes.truncate(bytes.len().saturating_sub(missing));
                Self::WriteAndClose(bytes)
            }
            other => other,
        }
    }
}

fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} Whatever\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.into_bytes()
}

/// A running upstream. It ends when it is dropped.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    book: Arc<Book>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Book {
    requests: Mutex<Vec<Recorded>>,
    written: Notify,
    connections: AtomicU64,
}

impl Upstream {
    /// Listens on a free port of 127.0.0.1 and does with each request what `act` says.
    ///
    /// # Errors
    /// No port could be bound.
    pub async fn start(act: impl Fn(&Recorded) -> Act + Send + Sync + 'static) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let book = Arc::new(Book::default());
        let (kept, act) = (Arc::clone(&book), Arc::new(act));
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                while connections.try_join_next().is_some() {}
                let Ok((stream, _)) = listener.accept().await else { continue };
                let (book, act) = (Arc::clone(&kept), Arc::clone(&act));
                connections.spawn(async move {
                    let number = book.connections.fetch_add(1, Ordering::Relaxed) + 1;
                    // The other side going away is its business.
                    let _ended = attend(stream, number, &book, &*act).await;
                });
            }
        });
        Ok(Self { address, book, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every request so far.
    #[must_use]
    pub fn recorded(&self) -> Vec<Recorded> {
        self.book.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        self.book.requests.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// How many connections were opened so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.book.connections.load(Ordering::Relaxed)
    }

    /// Resolves when `many` requests are recorded. May be dropped midway.
    pub async fn until(&self, many: usize) {
        loop {
            let written = self.book.written.notified();
            if self.book.requests.lock().unwrap_or_else(PoisonError::into_inner).len() >= many {
                return;
            }
            written.await;
        }
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn attend(
    mut stream: TcpStream,
    connection: u64,
    book: &Book,
    act: &(dyn Fn(&Recorded) -> Act + Send + Sync),
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(message) = wire::read_request(&mut stream, &mut buffer).await? {
        let wire::Message { head, line, headers, body } = message;
        let request = Recorded { line, headers, body, head, connection };
        let last = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let mut does = act(&request);
        {
            let mut requests = book.requests.lock().unwrap_or_else(PoisonError::into_inner);
            if requests.len() < KEPT {
                requests.push(request);
            }
        }
        book.written.notify_waiters();
        while let Act::After(wait, then) = does {
            tokio::time::sleep(wait).await;
            does = *then;
        }
        match does {
            Act::Write(bytes) => stream.write_all(&bytes).await?,
            Act::WriteAndClose(bytes) => {
                stream.write_all(&bytes).await?;
                return stream.shutdown().await;
            }
            Act::Slowly(bytes, piece, pause) => {
                for part in bytes.chunks(piece.max(1)) {
                    stream.write_all(part).await?;
                    tokio::time::sleep(pause).await;
                }
            }
            Act::Stream(pieces, pause) => {
                for piece in pieces {
                    stream.write_all(&piece).await?;
                    tokio::time::sleep(pause).await;
                }
            }
            Act::Hang | Act::After(..) => {
                // Until the other side has had enough, or the upstream is dropped.
                while stream.read_buf(&mut buffer).await? > 0 {}
                return Ok(());
            }
        }
        if last {
            return stream.shutdown().await;
        }
    }
    Ok(())
}
