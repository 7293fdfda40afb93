//! One question to a running gateway over its admin socket: HTTP/1.1, one connection each.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use gateway::{Answer, Ask, Sentence};

/// Longest wait for an answer: the gateway's own longest wait for its disk is shorter.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest answer that is read.
const MOST_BYTES: u64 = 512 << 20;

/// The socket of a gateway.
pub(super) struct Socket(PathBuf);

/// Why there is no answer.
pub(super) enum Unanswered {
    /// Nobody listens.
    NoGateway(PathBuf),
    /// The gateway says why not.
    Refused(String),
    /// It broke off.
    Broken(anyhow::Error),
}

impl From<anyhow::Error> for Unanswered {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

impl Socket {
    pub(super) fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Asks, and waits for the answer.
    pub(super) fn ask(&self, ask: &Ask) -> Result<Answer, Unanswered> {
        let answered = exchange(&self.0, ask)?;
        let (head, body) = answered.split_once("\r\n\r\n").context("read the gateway's answer")?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
        match status {
            Some(200) => Ok(serde_json::from_str(body).context("read the gateway's answer")?),
            _ => {
                let sentence: Sentence = serde_json::from_str(body).with_context(|| {
                    let first: String = head.lines().next().unwrap_or_default().chars().take(80).collect();
                    format!("the gateway answered `{first}`; is it of the same version?")
                })?;
                Err(Unanswered::Refused(sentence.error))
            }
        }
    }
}

fn exchange(path: &Path, ask: &Ask) -> Result<String, Unanswered> {
    let mut stream = UnixStream::connect(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => Unanswered::NoGateway(path.to_owned()),
        _ => Unanswered::Broken(anyhow::Error::new(error).context(format!("open {}", path.display()))),
    })?;
    let question = serde_json::to_string(ask).context("write the question")?;
    let request = format!(
        "POST {} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{question}",
        gateway::admin::INCIDENTS,
        question.len()
    );
    let asked = || -> std::io::Result<String> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(request.as_bytes())?;
        let mut text = String::new();
        stream.take(MOST_BYTES).read_to_string(&mut text)?;
        Ok(text)
    };
    Ok(asked().context("ask the gateway")?)
}
