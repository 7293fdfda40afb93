//! Syslog: RFC 5424 over UDP (RFC 5426), TCP (octet counting, RFC 6587) and TLS (RFC 5425).
//!
//! One connection carries one message: the message is written, our side is closed, and the other
//! side's close is waited for a moment. Syslog acknowledges nothing; that the server closed in good
//! order is the nearest there is to "taken". UDP knows nothing at all.

use std::time::Duration;

use domain::{Severity, Timestamp, Window};
use net::dial::{DialError, dial};
use net::upstream::{Tls, is_loopback};
use serde::{Deserialize, Serialize};
use store::Spooled;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

use crate::fault::DeliveryFault;
use crate::webhook::{all, ten_seconds};

pub(crate) mod message;

use message::{Content, Header};

/// How long a server may take to close after the message.
const LINGER: Duration = Duration::from_millis(500);

/// A syslog server that takes alerts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyslogSettings {
    /// `udp://host:514`, `tcp://host:601` or `tls://host:6514`; without a port, these.
    pub server: String,
    /// The facility, 0 to 23. Default 16, `local0`.
    #[serde(default = "local0")]
    pub facility: u8,
    /// The name of this machine in the message. Default: none (`-`), and the server fills it in.
    #[serde(default)]
    pub hostname: String,
    /// `title` sends the line for people, `finding` the whole OCSF finding where it fits. Default
    /// `title`.
    #[serde(default)]
    pub content: Content,
    /// Largest message in bytes, from 1,024 to 65,000; longer ones are cut. Default 2,048, which every
    /// server should take (RFC 5424 section 6.1).
    #[serde(default = "two_kib")]
    pub most_bytes: usize,
    /// Only alerts at least as grave. Default `low`: all.
    #[serde(default = "all")]
    pub severity: Severity,
    /// Longest time for one try. Default `10s`.
    #[serde(default = "ten_seconds")]
    pub timeout: Window,
}

impl SyslogSettings {
    /// Whether its alerts go to another machine without TLS: everyone on the way can read and forge them.
    #[must_use]
    pub fn is_readable_on_the_way(&self) -> bool {
        parse(&self.server)
            .is_some_and(|(transport, host, _)| transport != Transport::Tls && !is_loopback(&host))
    }
}

const fn local0() -> u8 {
    16
}

const fn two_kib() -> usize {
    2048
}

/// Why a syslog server cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyslogError {
    /// It is none of the forms.
    #[error("a syslog server is written `udp://host:514`, `tcp://host:601` or `tls://host:6514`")]
    NoServer,
    /// There is no such facility.
    #[error("a syslog facility is a number from 0 to 23")]
    Facility,
}

/// How it gets there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Udp,
    Tcp,
    Tls,
}

/// A syslog server that is ready.
pub(crate) struct Syslog {
    transport: Transport,
    host: String,
    port: u16,
    tls: Tls,
    header: Header,
    content: Content,
    most_bytes: usize,
    timeout: Window,
}

impl Syslog {
    pub(crate) fn new(settings: &SyslogSettings, tls: &Tls) -> Result<Self, SyslogError> {
        let SyslogSettings { server, facility, hostname, content, most_bytes, severity: _, timeout } =
            settings;
        let (transport, host, port) = parse(server).ok_or(SyslogError::NoServer)?;
        let header = Header::new(*facility, hostname).ok_or(SyslogError::Facility)?;
        Ok(Self {
            transport,
            host,
            port,
            tls: tls.clone(),
            header,
            content: *content,
            most_bytes: (*most_bytes).clamp(1024, 65_000),
            timeout: *timeout,
        })
    }

    /// One try, within the timeout. May be dropped midway: then nobody knows whether it arrived.
    pub(crate) async fn deliver(&self, notice: &Spooled) -> Result<(), DeliveryFault> {
        let message = message::write(&self.header, notice, self.content, self.most_bytes);
        let deadline = Instant::now() + self.timeout.duration();
        let sending = async {
            match self.transport {
                Transport::Udp => self.datagram(&message).await,
                Transport::Tcp => self.stream(&message, None).await,
                Transport::Tls => self.stream(&message, Some(&self.tls)).await,
            }
        };
        match timeout_at(deadline, sending).await {
            Ok(done) => done,
            Err(_) => Err(DeliveryFault::Timeout),
        }
    }

    async fn datagram(&self, message: &[u8]) -> Result<(), DeliveryFault> {
        let to = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let to = to.map_err(|_| DeliveryFault::Connect)?.next().ok_or(DeliveryFault::Connect)?;
        let from = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(from).await.map_err(|_| DeliveryFault::Connect)?;
        socket.connect(to).await.map_err(|_| DeliveryFault::Connect)?;
        socket.send(message).await.map_err(|_| DeliveryFault::Broken)?;
        if !is_loopback(&self.host) {
            return Ok(());
        }
        // On this machine a closed port answers at once; from afar it may not at all.
        match tokio::time::timeout(Duration::from_millis(20), socket.recv(&mut [0; 1])).await {
            Ok(Err(_)) => Err(DeliveryFault::Connect),
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }

    async fn stream(&self, message: &[u8], tls: Option<&Tls>) -> Result<(), DeliveryFault> {
        let dialled = dial(&self.host, self.port, tls, self.timeout.duration()).await;
        let mut stream = dialled.map_err(|error| match error {
            DialError::Tls(_) => DeliveryFault::Tls,
            DialError::Timeout => DeliveryFault::Timeout,
            _ => DeliveryFault::Connect,
        })?;
        let mut frame = format!("{} ", message.len()).into_bytes();
        frame.extend_from_slice(message);
        let broken = |_| DeliveryFault::Broken;
        stream.write_all(&frame).await.map_err(broken)?;
        stream.flush().await.map_err(broken)?;
        stream.shutdown().await.map_err(broken)?;
        match tokio::time::timeout(LINGER, stream.read(&mut [0; 64])).await {
            // A reset: the server may have thrown it away.
            Ok(Err(cause)) if cause.kind() != std::io::ErrorKind::UnexpectedEof => Err(DeliveryFault::Broken),
            // Closed, and then reset: it closed before it read the message.
            Ok(Ok(0)) if stream.was_reset() => Err(DeliveryFault::Broken),
            // Closed without a farewell of TLS, closed, said something, or still busy with it.
            Ok(Err(_) | Ok(_)) | Err(_) => Ok(()),
        }
    }
}

fn parse(server: &str) -> Option<(Transport, String, u16)> {
    let (scheme, rest) = server.split_once("://")?;
    let (transport, usual) = match scheme {
        "udp" => (Transport::Udp, 514),
        "tcp" => (Transport::Tcp, 601),
        "tls" => (Transport::Tls, 6514),
        _ => return None,
    };
    let authority: http::uri::Authority = rest.parse().ok()?;
    let bare = authority.as_str();
    let host = authority.host();
    if host.is_empty() {
        return None;
    }
    // A user before the host, or a port that is none, does not pass.
    let port = match bare.strip_prefix(host)? {
        "" => usual,
        port => port.strip_prefix(':')?.parse().ok()?,
    };
    Some((transport, host.trim_matches(['[', ']']).to_owned(), port))
}

/// The time of a message, RFC 3339 with milliseconds; `-` where the year has more than four digits.
fn time(at: Timestamp) -> String {
    let text = at.to_string();
    if text.ends_with('Z') { text } else { "-".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_transport_a_host_and_a_port() {
        for (text, expected) in [
            ("udp://log.example.com", Some((Transport::Udp, "log.example.com", 514))),
            ("tcp://log.example.com", Some((Transport::Tcp, "log.example.com", 601))),
            ("tls://log.example.com", Some((Transport::Tls, "log.example.com", 6514))),
            ("tcp://192.0.2.1:1514", Some((Transport::Tcp, "192.0.2.1", 1514))),
            ("udp://[::1]:1514", Some((Transport::Udp, "::1", 1514))),
            ("udp://[::1]", Some((Transport::Udp, "::1", 514))),
            ("http://log.example.com", None),
            ("log.example.com:514", None),
            ("udp://", None),
            ("udp://host:", None),
            ("udp://host:99999", None),
            ("udp://user@host", None),
            ("udp://host/path", None),
        ] {
            let expected = expected.map(|(transport, host, port)| (transport, host.to_owned(), port));
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
