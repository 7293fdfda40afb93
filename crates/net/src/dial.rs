//! A connection outwards for a protocol that is not HTTP: syslog.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::upstream::{Pipe, Tls};

/// An open connection, plain or TLS.
pub struct Dialled(Pipe);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// Refused, unreachable, unknown host.
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    /// The certificate, its name or the version is not accepted; or it is no TLS at all.
    #[error("cannot agree on TLS")]
    Tls(#[source] io::Error),
    /// Not within the time.
    #[error("the connection was not made in time")]
    Timeout,
}

/// Connects to `host` (a name or an address, without brackets) within `timeout`; over TLS, verified by
/// `tls` for this host, where it is given. May be dropped midway.
///
/// # Errors
/// See [`DialError`].
pub async fn dial(host: &str, port: u16, tls: Option<&Tls>, timeout: Duration) -> Result<Dialled, DialError> {
    let dialling = async {
        let stream = TcpStream::connect((host, port)).await.map_err(DialError::Connect)?;
        // One message a connection: nothing is gained by waiting for more.
        let _ = stream.set_nodelay(true);
        let Some(tls) = tls else { return Ok(Dialled(Pipe::Plain(stream))) };
        let name = ServerName::try_from(host.to_owned())
            .map_err(|wrong| DialError::Tls(io::Error::new(io::ErrorKind::InvalidInput, wrong)))?;
        let stream = tls.connect_without_alpn(name, stream).await.map_err(DialError::Tls)?;
        Ok(Dialled(Pipe::Tls(Box::new(stream))))
    };
    match tokio::time::timeout(timeout, dialling).await {
        Ok(done) => done,
        Err(_) => Err(DialError::Timeout),
    }
}

impl Dialled {
    /// Whether the other side reset the connection, which an end that came before hides from reads.
    #[must_use]
    pub fn was_reset(&self) -> bool {
        let socket = match &self.0 {
            Pipe::Plain(plain) => plain,
            Pipe::Tls(tls) => tls.get_ref().0,
        };
        !matches!(socket.take_error(), Ok(None))
    }
}

impl AsyncRead for Dialled {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Dialled {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

impl std::fmt::Debug for Dialled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Pipe::Plain(_) => "Dialled(plain)",
            Pipe::Tls(_) => "Dialled(tls)",
        })
    }
}
