//! One question to a running gateway over its admin socket: HTTP/1.1, one connection each.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;

/// Longest wait for an answer: the gateway's own longest wait for its disk is shorter.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest answer that is read.
const MOST_BYTES: u64 = 512 << 20;

/// What came back.
pub(super) struct Answered {
    pub(super) status: Option<u16>,
    /// The first line of its head, at most 80 characters.
    pub(super) first_line: String,
    pub(super) body: String,
}

/// Why there is no answer.
pub(super) enum NoAnswer {
    /// Nobody listens.
    NoGateway,
    /// It broke off.
    Broken(anyhow::Error),
}

/// Asks the socket at `path`; with a `body`, by POST.
pub(super) fn ask(path: &Path, target: &str, body: Option<&str>) -> Result<Answered, NoAnswer> {
    let mut stream = UnixStream::connect(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => NoAnswer::NoGateway,
        _ => NoAnswer::Broken(anyhow::Error::new(error).context(format!("open {}", path.display()))),
    })?;
    let request = match body {
        Some(body) => format!(
            "POST {target} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ),
        None => format!("GET {target} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n"),
    };
    let asked = || -> std::io::Result<String> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(request.as_bytes())?;
        let mut text = String::new();
        stream.take(MOST_BYTES).read_to_string(&mut text)?;
        Ok(text)
    };
    let text = asked().context("ask the gateway").map_err(NoAnswer::Broken)?;
    let (head, body) =
        text.split_once("\r\n\r\n").context("read the gateway's answer").map_err(NoAnswer::Broken)?;
    Ok(Answered {
        status: head.split(' ').nth(1).and_then(|status| status.parse().ok()),
        first_line: head.lines().next().unwrap_or_default().chars().take(80).collect(),
        body: body.to_owned(),
    })
}
