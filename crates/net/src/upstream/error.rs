//! Why an exchange with an upstream failed, and whose fault it is.

use domain::{RefusalKind, Window};

/// Why an exchange with an upstream failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpstreamError {
    /// No connection: refused, unreachable, unknown host.
    #[error("cannot connect to the upstream")]
    Connect(#[source] std::io::Error),
    /// No connection within the connect timeout.
    #[error("the upstream did not accept a connection in time")]
    ConnectTimeout,
    /// Every place stayed taken for the connect timeout.
    #[error("too many exchanges with the upstream are under way")]
    Busy,
    /// It did not answer several times in a row, and is left alone.
    #[error("the upstream did not answer and is left alone for {again}")]
    LeftAlone {
        /// When it may be tried again.
        again: Window,
    },
    /// No head within the response timeout.
    #[error("the upstream did not answer in time")]
    ResponseTimeout,
    /// No piece of the body within the body idle timeout.
    #[error("the upstream's body stopped arriving")]
    BodyTimeout,
    /// It closed the connection, or sent what is no HTTP.
    #[error("the upstream broke off or does not speak HTTP")]
    Broken(#[source] hyper::Error),
    /// It switched protocols, which nobody asked for.
    #[error("the upstream switched protocols unasked")]
    Switched,
    /// The request's own body broke off: the client's side.
    #[error("the request's body broke off")]
    RequestBody(#[source] hyper::Error),
    /// The request cannot be sent: an unknown `Host`, a target that is no path.
    #[error("the request cannot be sent")]
    Request,
}

/// Who is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The client.
    Client,
    /// The upstream is slow.
    UpstreamTimeout,
    /// The upstream is gone or broken.
    UpstreamUnavailable,
    /// We are at our bound.
    Ours,
}

impl UpstreamError {
    /// Who is at fault: it alone picks status, level and label.
    #[must_use]
    pub const fn side(&self) -> Side {
        match self {
            Self::Connect(_) | Self::Broken(_) | Self::Switched => Side::UpstreamUnavailable,
            Self::ConnectTimeout | Self::ResponseTimeout | Self::BodyTimeout => Side::UpstreamTimeout,
            Self::Busy | Self::LeftAlone { .. } => Side::Ours,
            Self::RequestBody(_) | Self::Request => Side::Client,
        }
    }

    /// The kind of refusal that the client sees.
    #[must_use]
    pub const fn refusal(&self) -> RefusalKind {
        match self.side() {
            Side::Client => RefusalKind::Ambiguous,
            Side::UpstreamTimeout => RefusalKind::UpstreamTimeout,
            Side::UpstreamUnavailable => RefusalKind::UpstreamUnavailable,
            Side::Ours => RefusalKind::Overloaded,
        }
    }
}

/// Why a URL names no upstream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{url}` is no upstream: {why}; write for example `http://127.0.0.1:8080`")]
pub struct UpstreamUrlError {
    pub(super) url: String,
    pub(super) why: &'static str,
}
