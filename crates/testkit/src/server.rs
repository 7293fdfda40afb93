//! The HTTP server below both shops: hyper on a loopback port, one task per connection.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// Largest request body that a shop reads.
const BODY_BYTES: usize = 1 << 20;

/// Most connections at one time; further ones wait in the listener's queue.
const CONNECTIONS: usize = 2048;

/// A server that answers until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens on 127.0.0.1 at `port` (0 picks a free one) and answers every request with `answer`.
    pub(crate) async fn start<F>(port: u16, answer: F) -> std::io::Result<Self>
    where
        F: Fn(&Parts, &[u8]) -> Response<Full<Bytes>> + Send + Sync + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        Ok(Self { address, task: tokio::spawn(accept(listener, Arc::new(answer))) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The task owns the connections' JoinSet: they end with it.
        self.task.abort();
    }
}

async fn accept<F>(listener: TcpListener, answer: Arc<F>)
where
    F: Fn(&Parts, &[u8]) -> Response<Full<Bytes>> + Send + Sync + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() >= CONNECTIONS {
            connections.join_next().await;
            continue;
        }
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: give the others time to end.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let answer = Arc::clone(&answer);
        connections.spawn(async move {
            if stream.set_nodelay(true).is_err() {
                return;
            }
            let service = service_fn(move |request: http::Request<Incoming>| {
                let answer = Arc::clone(&answer);
                async move {
                    let (parts, body) = request.into_parts();
                    Ok::<_, std::convert::Infallible>(match Limited::new(body, BODY_BYTES).collect().await {
                        Ok(body) => answer(&parts, &body.to_bytes()),
                        Err(_) => {
                            let mut refused = Response::new(Full::default());
                            *refused.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
                            refused
                        }
                    })
                }
            });
            // A client that goes away midway is no event for a shop.
            let _gone = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_secs(30))
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
