//! HTTP/1.1 listeners on TCP and Unix sockets.
//!
//! [`serve`] accepts, bounds (connections, head size, head time, idle time, a client that takes
//! nothing) and hands each request to one async function. Requests that are no HTTP get 400, 414 or
//! 431 and the connection closes. One connection handles one request at a time, whatever it pipelines.

mod bind;
mod wire;

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use domain::{ByteSize, Window};
use http::{Method, Request, Response, StatusCode};
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use self::bind::{ListenAddress, Listener};
pub(crate) use self::wire::Wire;
use self::wire::{Overdue, Socket};
use crate::body::{Body, Incoming};

/// Bounds of a listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListenerSettings {
    /// Longest wait for the whole head of a request, from its first byte. Default `10s`.
    pub head_timeout: Window,
    /// Longest wait for the first byte of a request on an open connection. Default `60s`.
    pub idle_timeout: Window,
    /// Longest time that a client may take nothing while bytes wait for it. Default `30s`.
    pub write_timeout: Window,
    /// Largest head of a request, in bytes. At least 8KiB. Default `32KiB`.
    pub head_bytes: ByteSize,
    /// Most header lines of a request. Default 100.
    pub headers: usize,
    /// Most open connections; more wait in the system's queue. Default 10,000.
    pub connections: usize,
    /// Longest wait for requests in flight after a stop. Default `10s`.
    pub drain_timeout: Window,
}

impl Default for ListenerSettings {
    fn default() -> Self {
        Self {
            head_timeout: Window::from_secs(10),
            idle_timeout: Window::from_secs(60),
            write_timeout: Window::from_secs(30),
            head_bytes: ByteSize::new(32 * 1024),
            headers: 100,
            connections: 10_000,
            drain_timeout: Window::from_secs(10),
        }
    }
}

/// The time limits of one connection.
#[derive(Clone, Copy, Debug)]
struct Timeouts {
    head: Duration,
    idle: Duration,
    write: Duration,
}

/// The other end of a connection, or ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// An address and port.
    Tcp(SocketAddr),
    /// A Unix socket: someone on this machine.
    Unix,
}

impl Peer {
    /// The address; `127.0.0.1` for a Unix socket.
    #[must_use]
    pub const fn ip(self) -> IpAddr {
        match self {
            Self::Tcp(address) => address.ip(),
            Self::Unix => IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }
}

/// What a handler learns about the connection of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// The client's end. Whether it is the client itself is for [`crate::address`] to say.
    pub peer: Peer,
    /// Our end.
    pub local: Peer,
    /// How many requests came over this connection before.
    pub earlier_requests: u64,
}

/// What a drained listener reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DrainReport {
    /// Connections that were open when the stop came.
    pub open: usize,
    /// Of these, those that ended by themselves in time.
    pub finished: usize,
    /// Of these, those that were cut off at the deadline.
    pub aborted: usize,
    /// How long it took.
    pub took: Duration,
}

/// Serves requests from `listener` with `handler` until `stop` resolves; then accepts no more,
/// closes idle connections, lets requests in flight end within the drain timeout, and reports.
///
/// Owns a task per connection and ends them all before it returns. Dropping it midway cuts them off.
/// A handler's future is dropped midway when its client leaves.
///
/// Lengths and transfer codings on the wire are always those of the body that is sent, whatever the
/// handler's headers say; only a response to HEAD and a 304 may state a length without a body.
pub async fn serve<H, F>(
    listener: Listener,
    settings: &ListenerSettings,
    handler: H,
    stop: impl Future<Output = ()>,
) -> DrainReport
where
    H: Fn(ConnectionInfo, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let mut http = http1::Builder::new();
    http.keep_alive(true)
        .half_close(false)
        .pipeline_flush(false)
        .max_headers(settings.headers)
        .max_header_size(settings.head_bytes.len().max(8192))
        .max_buf_size(settings.head_bytes.len().max(8192));
    let limits = Timeouts {
        head: settings.head_timeout.duration(),
        idle: settings.idle_timeout.duration(),
        write: settings.write_timeout.duration(),
    };
    let local = match *listener.address() {
        ListenAddress::Tcp(address) => Peer::Tcp(address),
        ListenAddress::Unix(_) => Peer::Unix,
    };
    let places = Arc::new(Semaphore::new(settings.connections.clamp(1, Semaphore::MAX_PERMITS)));
    let (stopping, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.as_mut() => break,
            Some(_) = tasks.join_next() => continue,
            accepted = async {
                // The semaphore is never closed.
                let place = Arc::clone(&places).acquire_owned().await.ok()?;
                Some((place, listener.accept().await))
            } => accepted,
        };
        let Some((place, accepted)) = accepted else { break };
        let Ok((stream, peer)) = accepted else {
            // Out of file descriptors, or the client left already: try again, but not in a hot loop.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let wire = Arc::new(Wire::new(Instant::now()));
        let info = ConnectionInfo { peer, local, earlier_requests: 0 };
        let service = answering(handler.clone(), info, Arc::clone(&wire));
        let socket = Socket::new(stream, Arc::clone(&wire));
        let connection = http.serve_connection(TokioIo::new(socket), service);
        let stopped = stopped.clone();
        tasks.spawn(async move {
            drive(connection, &wire, limits, stopped).await;
            drop(place);
        });
    }
    drop(listener);
    while tasks.try_join_next().is_some() {}
    drain(tasks, &stopping, settings.drain_timeout.duration()).await
}

async fn drain(mut tasks: JoinSet<()>, stopping: &watch::Sender<bool>, limit: Duration) -> DrainReport {
    let began = Instant::now();
    let open = tasks.len();
    stopping.send_replace(true);
    let deadline = began + limit;
    while let Ok(Some(_)) = tokio::time::timeout_at(deadline, tasks.join_next()).await {}
    let aborted = tasks.len();
    tasks.shutdown().await;
    DrainReport { open, finished: open - aborted, aborted, took: began.elapsed() }
}

/// Hands the requests of one connection to the handler, and ties each response to the connection.
fn answering<H, F>(
    handler: H,
    info: ConnectionInfo,
    wire: Arc<Wire>,
) -> impl HttpService<hyper::body::Incoming, ResBody = Body, Error = Infallible, Future: Send>
where
    H: Fn(ConnectionInfo, Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    service_fn(move |request: Request<hyper::body::Incoming>| {
        let info = ConnectionInfo { earlier_requests: wire.head_complete(), ..info };
        let asks_head = request.method() == Method::HEAD;
        let answer = handler(info, request.map(Incoming));
        let wire = Arc::clone(&wire);
        async move {
            let response = answer.await;
            let bodiless = asks_head || response.status() == StatusCode::NOT_MODIFIED;
            let (mut head, mut body) = response.into_parts();
            body.frame(&mut head.headers, bodiless);
            body.attach(&wire);
            Ok(Response::from_parts(head, body))
        }
    })
}

/// Runs one connection to its end: its own, a time limit's, or the drain's.
async fn drive<S>(
    connection: http1::Connection<TokioIo<Socket>, S>,
    wire: &Wire,
    limits: Timeouts,
    mut stopped: watch::Receiver<bool>,
) where
    S: HttpService<hyper::body::Incoming, ResBody = Body>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut connection = pin!(connection);
    let mut alarm = pin!(tokio::time::sleep(limits.shortest()));
    let mut draining = false;
    loop {
        tokio::select! {
            biased;
            // Its error was either ours to cause or the client's: nobody is left to tell.
            _ = connection.as_mut() => return,
            () = alarm.as_mut() => match wire.overdue(Instant::now(), &limits) {
                Overdue::Look(at) => alarm.as_mut().reset(at),
                Overdue::Close => return,
                Overdue::Reset => {
                    wire.reset();
                    return;
                }
            },
            _ = stopped.changed(), if !draining => {
                draining = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
