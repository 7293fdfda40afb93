//! One connection to an upstream, driven by whoever uses it.
//!
//! hyper's client connection is a future beside the request's. It is not spawned as a task: the
//! request's own task polls it, so that an exchange costs no wake-up of another task. While it rests
//! in the pool nobody polls it, and [`Link::is_alive`] looks at its socket before it is used again.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::client::conn::http1::{Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};
use tokio_rustls::client::TlsStream;

use crate::body::Body;

/// A socket to an upstream.
pub(crate) enum Pipe {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(plain) => Pin::new(plain).poll_read(cx, buffer),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(plain) => Pin::new(plain).poll_write(cx, bytes),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(plain) => Pin::new(plain).poll_write_vectored(cx, slices),
            Self::Tls(tls) => Pin::new(tls).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(plain) => plain.is_write_vectored(),
            Self::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(plain) => Pin::new(plain).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(plain) => Pin::new(plain).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

/// One connection, and its alarm.
pub(super) struct Link {
    pub(super) sender: SendRequest<Body>,
    connection: Option<Connection<TokioIo<Pipe>, Body>>,
    /// Armed once per period, not once per request: it is moved only when it rings too early.
    alarm: Pin<Box<Sleep>>,
    deadline: Instant,
    pub(super) rests_since: Instant,
    /// Whether it carried an exchange before.
    pub(super) used: bool,
}

impl Link {
    pub(super) async fn open(pipe: Pipe, settings: &super::UpstreamSettings) -> hyper::Result<Self> {
        let (sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_headers(settings.response_headers)
            .max_buf_size(settings.response_head_bytes.len().max(8192))
            .handshake(TokioIo::new(pipe))
            .await?;
        let now = Instant::now();
        Ok(Self {
            sender,
            connection: Some(connection),
            alarm: Box::pin(tokio::time::sleep_until(now)),
            deadline: now,
            rests_since: now,
            used: false,
        })
    }

    /// Lets the connection read and write. Says whether it is still open.
    pub(super) fn poll_drive(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(connection) = &mut self.connection else { return false };
        // How it ended is told to the request or body that is under way.
        if Pin::new(connection).poll(cx).is_ready() {
            self.connection = None;
        }
        self.connection.is_some()
    }

    /// Whether it can carry another exchange: open, and nothing under way.
    pub(super) fn poll_alive(&mut self, cx: &mut Context<'_>) -> bool {
        self.poll_drive(cx) && self.sender.is_ready()
    }

    /// From now on the other side has `limit` to do something.
    pub(super) fn allow(&mut self, limit: Duration) {
        self.deadline = Instant::now() + limit;
    }

    /// Whether the time allowed has passed.
    pub(super) fn poll_late(&mut self, cx: &mut Context<'_>) -> bool {
        while self.alarm.as_mut().poll(cx).is_ready() {
            if Instant::now() >= self.deadline {
                return true;
            }
            let deadline = self.deadline;
            self.alarm.as_mut().reset(deadline);
        }
        false
    }
}
