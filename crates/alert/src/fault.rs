//! Why a delivery failed, in closed words: what a receiver answered never reaches a log.

/// Why a notice was not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryFault {
    /// Refused, unreachable, unknown host.
    #[error("no connection")]
    Connect,
    /// Its certificate is not accepted, or it does not speak TLS.
    #[error("TLS failed")]
    Tls,
    /// It did not take it in time.
    #[error("too slow")]
    Timeout,
    /// It broke off, or does not speak the protocol.
    #[error("broken off")]
    Broken,
    /// HTTP: it answered 408, 425, 429 or 5xx. Command: it ended with 75 (`EX_TEMPFAIL`).
    #[error("not now")]
    Unavailable,
    /// HTTP: it redirected; nothing is followed.
    #[error("redirected")]
    Redirected,
    /// HTTP: any other status. Command: any other exit code than 0.
    #[error("refused")]
    Refused,
    /// The command could not be started.
    #[error("not started")]
    NotStarted,
    /// The command was killed by a signal that was not ours.
    #[error("killed")]
    Killed,
}

impl DeliveryFault {
    /// The same as a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Broken => "broken",
            Self::Unavailable => "unavailable",
            Self::Redirected => "redirected",
            Self::Refused => "refused",
            Self::NotStarted => "not-started",
            Self::Killed => "killed",
        }
    }

    /// Whether the receiver answered and does not want this notice: others may fare better, so they do
    /// not wait for it.
    #[must_use]
    pub const fn is_about_the_notice(self) -> bool {
        matches!(self, Self::Refused | Self::Redirected)
    }
}
