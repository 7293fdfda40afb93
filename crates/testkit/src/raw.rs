//! A raw socket, for requests that no HTTP library would send.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::wire;

/// Longest wait for bytes.
const WAIT: Duration = Duration::from_secs(10);

/// An answer, read by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAnswer {
    /// Status code; 0 when the status line has none.
    pub status: u16,
    /// Names as they were written, and values, in order.
    pub headers: Vec<(String, String)>,
    /// The body, chunks joined, not unpacked.
    pub body: Vec<u8>,
    /// Whether the body came to its proper end.
    pub whole: bool,
}

impl RawAnswer {
    /// The first value of a header, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// One connection over which any bytes can be sent.
#[derive(Debug)]
pub struct RawClient {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl RawClient {
    /// Connects from 127.0.0.1.
    ///
    /// # Errors
    /// Nothing listens at `server`.
    pub async fn connect(server: SocketAddr) -> std::io::Result<Self> {
        Self::connect_from(Ipv4Addr::LOCALHOST, server).await
    }

    /// Connects from `source`.
    ///
    /// # Errors
    /// Nothing listens at `server`, or `source` is no local address.
    pub async fn connect_from(source: Ipv4Addr, server: SocketAddr) -> std::io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((source, 0).into())?;
        let stream = in_time(socket.connect(server)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::new() })
    }

    /// Sends these bytes.
    ///
    /// # Errors
    /// The other side closed.
    pub async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        in_time(self.stream.write_all(bytes)).await
    }

    /// Says that nothing more will be sent.
    ///
    /// # Errors
    /// The other side closed.
    pub async fn finish(&mut self) -> std::io::Result<()> {
        in_time(self.stream.shutdown()).await
    }

    /// The next answer; `None` when the connection ended first.
    ///
    /// # Errors
    /// What came is no HTTP, or nothing came for ten seconds.
    pub async fn answer(&mut self) -> std::io::Result<Option<RawAnswer>> {
        self.read_answer(false).await
    }

    /// The next answer to a `HEAD` request: it has no body, whatever its length says.
    ///
    /// # Errors
    /// As [`RawClient::answer`].
    pub async fn answer_to_head(&mut self) -> std::io::Result<Option<RawAnswer>> {
        self.read_answer(true).await
    }

    async fn read_answer(&mut self, to_head: bool) -> std::io::Result<Option<RawAnswer>> {
        let read = in_time(wire::read_answer(&mut self.stream, &mut self.buffer, to_head)).await?;
        Ok(read.map(|(message, whole)| RawAnswer {
            status: message.line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0),
            headers: message.headers,
            body: message.body,
            whole,
        }))
    }

    /// Everything until the other side closes.
    ///
    /// # Errors
    /// It did not close for ten seconds.
    pub async fn rest(&mut self) -> std::io::Result<Vec<u8>> {
        let mut bytes = std::mem::take(&mut self.buffer);
        match in_time(self.stream.read_to_end(&mut bytes)).await {
            Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => Err(error),
            _ => Ok(bytes),
        }
    }
}

/// Sends `bytes` over a new connection and returns everything until the other side closes.
///
/// # Errors
/// Nothing listens at `server`, or it did not close for ten seconds.
pub async fn exchange(server: SocketAddr, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut client = RawClient::connect(server).await?;
    client.send(bytes).await?;
    client.rest().await
}

async fn in_time<T>(wanted: impl Future<Output = std::io::Result<T>>) -> std::io::Result<T> {
    match timeout(WAIT, wanted).await {
        Ok(came) => came,
        Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
    }
}
