//! A server on port 0 with a handler, and a client that writes and reads bytes as they are.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "tests; each test file uses a part")]

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use domain::Window;
use http::{Request, Response};
use net::listener::{ConnectionInfo, DrainReport, ListenAddress, Listener, ListenerSettings, serve};
use net::{Body, Incoming};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Short limits, so that no test waits long.
pub(crate) fn brisk() -> ListenerSettings {
    ListenerSettings {
        head_timeout: Window::from_millis(200),
        idle_timeout: Window::from_millis(300),
        write_timeout: Window::from_millis(250),
        drain_timeout: Window::from_millis(400),
        ..ListenerSettings::default()
    }
}

/// A server that runs until it is stopped or dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<DrainReport>,
}

impl Server {
    pub(crate) fn start<H, F>(settings: ListenerSettings, handler: H) -> Self
    where
        H: Fn(ConnectionInfo, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        let listener = Listener::bind(&ListenAddress::Tcp("127.0.0.1:0".parse().unwrap())).unwrap();
        let address = listener.socket_address().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            serve(listener, &settings, handler, stopped).await
        });
        Self { address, stop: Some(stop), task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) async fn stop(mut self) -> DrainReport {
        let _ = self.stop.take().unwrap().send(());
        self.task.await.unwrap()
    }
}

/// Fails rather than hangs.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(5), work).await.unwrap_or_else(|_| panic!("took over 5 s"))
}

pub(crate) fn text(status: u16, body: impl Into<bytes::Bytes>) -> Response<Body> {
    Response::builder().status(status).body(Body::full(body)).unwrap()
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Reset,
}

/// A client that speaks bytes.
pub(crate) struct Raw(pub(crate) TcpStream);

impl Raw {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self(within(TcpStream::connect(address)).await.unwrap())
    }

    pub(crate) async fn send(&mut self, text: &str) {
        within(self.0.write_all(text.as_bytes())).await.unwrap();
    }

    /// Everything until the connection ends, and how it ends.
    pub(crate) async fn read_to_end(&mut self) -> (String, End) {
        let mut out = Vec::new();
        let mut piece = [0; 4096];
        loop {
            match within(self.0.read(&mut piece)).await {
                Ok(0) => return (String::from_utf8_lossy(&out).into_owned(), End::Closed),
                Ok(n) => out.extend_from_slice(piece.get(..n).unwrap()),
                Err(_) => return (String::from_utf8_lossy(&out).into_owned(), End::Reset),
            }
        }
    }

    /// What has come once it ends in `end`.
    pub(crate) async fn read_until(&mut self, end: &str) -> String {
        let mut out = String::new();
        while !out.ends_with(end) {
            let mut piece = [0; 1];
            let n = within(self.0.read(&mut piece)).await.unwrap();
            assert_eq!(n, 1, "closed after {out}");
            out.push(char::from(piece[0]));
        }
        out
    }
}

/// Sends `request` on a connection of its own and reads until the server closes it.
pub(crate) async fn once(address: SocketAddr, request: &str) -> (String, End) {
    let mut raw = Raw::connect(address).await;
    raw.send(request).await;
    raw.read_to_end().await
}
