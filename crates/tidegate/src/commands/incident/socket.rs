//! Questions about incidents to a running gateway, over its admin socket.

use std::path::PathBuf;

use anyhow::Context;
use gateway::{Answer, Ask, Sentence};

use crate::commands::admin::{self, Answered, NoAnswer};

/// The socket of a gateway.
pub(super) struct Socket(PathBuf);

/// Why there is no answer.
pub(super) enum Unanswered {
    /// Nobody listens.
    NoGateway(PathBuf),
    /// The gateway says why not.
    Refused(Sentence),
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
        let question = serde_json::to_string(ask).context("write the question")?;
        let answered = admin::ask(&self.0, gateway::admin::INCIDENTS, Some(&question));
        let Answered { status, first_line, body } = answered.map_err(|none| match none {
            NoAnswer::NoGateway => Unanswered::NoGateway(self.0.clone()),
            NoAnswer::Broken(error) => Unanswered::Broken(error),
        })?;
        match status {
            Some(200) => Ok(serde_json::from_str(&body).context("read the gateway's answer")?),
            _ => {
                let sentence: Sentence = serde_json::from_str(&body).with_context(|| {
                    format!("the gateway answered `{first_line}`; is it of the same version?")
                })?;
                Err(Unanswered::Refused(sentence))
            }
        }
    }
}
