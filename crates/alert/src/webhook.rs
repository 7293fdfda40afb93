//! A POST to a URL, signed.

use std::path::PathBuf;
use std::time::Duration;

use domain::{ByteSize, Secret, Severity, Timestamp, Window};
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::uri::{PathAndQuery, Uri};
use http::{HeaderValue, Method, Request, StatusCode};
use net::upstream::{Tls, Upstream, UpstreamError, UpstreamSettings, UpstreamUrlError, is_loopback};
use net::{Body, read_all};
use serde::Deserialize;
use store::Spooled;
use tokio::time::Instant;

use crate::fault::DeliveryFault;
use crate::notice::delivery_id;
use crate::sign::{self, SecretError};

/// Most bytes of an answer that are read, so that the connection ends in good order; they are thrown
/// away.
const MOST_ANSWER_BYTES: usize = 16 * 1024;
/// Longest wait for them.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(500);

/// A URL that takes alerts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// `https://host[:port]/path`; `http://` to this machine only, unless `plain_http` says otherwise.
    /// Held as a secret, for the path of some services is one.
    pub url: Secret,
    /// File with the secret of the signature: 16 to 512 visible characters, readable by its owner only.
    /// Default none: nothing is signed, and nobody can tell an alert from a forged one.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// `http://` to another machine is meant: everyone on the way may read the alerts. Default `false`.
    #[serde(default)]
    pub plain_http: bool,
    /// Only alerts at least as grave. Default `low`: all.
    #[serde(default = "all")]
    pub severity: Severity,
    /// Longest time for one try, from the connection to the answer. Default `10s`.
    #[serde(default = "ten_seconds")]
    pub timeout: Window,
}

pub(crate) const fn all() -> Severity {
    Severity::Low
}

pub(crate) const fn ten_seconds() -> Window {
    Window::from_secs(10)
}

/// Why a webhook cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// It is no URL, or of another scheme.
    #[error("the URL is neither `https://host/path` nor `http://host/path`")]
    NoUrl,
    /// A name and a password before the host.
    #[error("the URL names a user; the signature proves who sends")]
    NamesUser,
    /// `http` to another machine.
    #[error("http to another machine can be read on the way; use https, or say `plain_http: true`")]
    Plain,
    /// The server cannot be used.
    #[error("the URL cannot be used")]
    Server(#[source] UpstreamUrlError),
    /// No secret.
    #[error("the secret cannot be used")]
    Secret(#[source] SecretError),
}

/// A webhook that is ready.
pub(crate) struct Webhook {
    upstream: Upstream,
    target: Uri,
    host: HeaderValue,
    secret: Option<Secret>,
    timeout: Window,
}

impl Webhook {
    pub(crate) fn new(settings: &WebhookSettings, tls: &Tls) -> Result<Self, WebhookError> {
        let WebhookSettings { url, secret_file, plain_http, severity: _, timeout } = settings;
        let uri: Uri = url.expose().parse().map_err(|_| WebhookError::NoUrl)?;
        let authority = uri.authority().ok_or(WebhookError::NoUrl)?;
        // Said without the URL, which then holds a password.
        if authority.as_str().contains('@') {
            return Err(WebhookError::NamesUser);
        }
        let scheme = match uri.scheme_str() {
            Some("https") => "https",
            Some("http") if *plain_http || is_loopback(authority.host()) => "http",
            Some("http") => return Err(WebhookError::Plain),
            _ => return Err(WebhookError::NoUrl),
        };
        let bounds = UpstreamSettings {
            connect_timeout: *timeout,
            response_timeout: *timeout,
            body_idle_timeout: *timeout,
            concurrent: 1,
            // Alerts are rare: a connection that rested is closed by the time it is needed.
            resting: 0,
            response_head_bytes: ByteSize::new(16 * 1024),
            ..UpstreamSettings::default()
        };
        let upstream =
            Upstream::new(&format!("{scheme}://{authority}"), bounds, tls).map_err(WebhookError::Server)?;
        let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        Ok(Self {
            upstream,
            target: Uri::from(path),
            host: HeaderValue::from_str(authority.as_str()).map_err(|_| WebhookError::NoUrl)?,
            secret: secret_file
                .as_deref()
                .map(sign::read_secret)
                .transpose()
                .map_err(WebhookError::Secret)?,
            timeout: *timeout,
        })
    }

    /// One try, within the timeout. May be dropped midway: then nobody knows whether it arrived.
    pub(crate) async fn deliver(&self, notice: &Spooled, now: Timestamp) -> Result<(), DeliveryFault> {
        let deadline = Instant::now() + self.timeout.duration();
        let response =
            match tokio::time::timeout_at(deadline, self.upstream.send(self.request(notice, now))).await {
                Ok(sent) => sent.map_err(|error| fault(&error))?,
                Err(_) => return Err(DeliveryFault::Timeout),
            };
        let status = response.status();
        // What it says decides nothing: the status came first.
        let _ = read_all(response.into_body(), MOST_ANSWER_BYTES, Instant::now() + ANSWER_TIMEOUT).await;
        judge(status)
    }

    fn request(&self, notice: &Spooled, now: Timestamp) -> Request<Body> {
        let mut request = Request::new(Body::full(notice.body.to_vec()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.clone();
        let headers = request.headers_mut();
        headers.insert(HOST, self.host.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("tidegate/", env!("CARGO_PKG_VERSION"))));
        let signature = self.secret.as_ref().map(|secret| sign::sign(secret, now, &notice.body));
        let signature = signature.map(|signature| (sign::HEADER, signature));
        for (name, value) in signature.into_iter().chain([("idempotency-key", delivery_id(notice))]) {
            // Digits, letters and punctuation of ours only: always a header.
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        request
    }
}

fn judge(status: StatusCode) -> Result<(), DeliveryFault> {
    match status.as_u16() {
        200..=299 => Ok(()),
        300..=399 => Err(DeliveryFault::Redirected),
        408 | 425 | 429 | 500.. => Err(DeliveryFault::Unavailable),
        _ => Err(DeliveryFault::Refused),
    }
}

fn fault(error: &UpstreamError) -> DeliveryFault {
    match error {
        // rustls tells of certificates and protocol faults in this kind.
        UpstreamError::Connect(cause) if cause.kind() == std::io::ErrorKind::InvalidData => {
            DeliveryFault::Tls
        }
        UpstreamError::Connect(_) => DeliveryFault::Connect,
        UpstreamError::ConnectTimeout
        | UpstreamError::ResponseTimeout
        | UpstreamError::BodyTimeout
        | UpstreamError::Busy => DeliveryFault::Timeout,
        _ => DeliveryFault::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_2xx_is_delivered() {
        for (status, judged) in [
            (200, Ok(())),
            (202, Ok(())),
            (299, Ok(())),
            (301, Err(DeliveryFault::Redirected)),
            (307, Err(DeliveryFault::Redirected)),
            (400, Err(DeliveryFault::Refused)),
            (401, Err(DeliveryFault::Refused)),
            (408, Err(DeliveryFault::Unavailable)),
            (410, Err(DeliveryFault::Refused)),
            (429, Err(DeliveryFault::Unavailable)),
            (500, Err(DeliveryFault::Unavailable)),
            (503, Err(DeliveryFault::Unavailable)),
            (999, Err(DeliveryFault::Unavailable)),
        ] {
            assert_eq!(judge(StatusCode::from_u16(status).unwrap()), judged, "{status}");
        }
    }

    #[test]
    fn http_goes_to_this_machine_only_unless_it_is_meant() {
        let tls = Tls::new(None).unwrap();
        let secret = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(secret.path(), "0123456789abcdef").unwrap();
        for (url, plain_http, fits) in [
            ("http://127.0.0.1:9/hook?a=b", false, true),
            ("http://localhost/hook", false, true),
            ("http://[::1]/hook", false, true),
            ("http://192.0.2.1/hook", false, false),
            ("http://192.0.2.1/hook", true, true),
            ("http://127.0.0.1.example.com/hook", false, false),
            ("http://user:word@127.0.0.1/hook", false, false),
            ("ftp://127.0.0.1/hook", true, false),
            ("/hook", true, false),
            ("", true, false),
        ] {
            let secret_file = Some(secret.path().to_owned());
            let settings = WebhookSettings {
                url: Secret::new(url.into()),
                secret_file,
                plain_http,
                severity: Severity::Low,
                timeout: ten_seconds(),
            };
            let made = Webhook::new(&settings, &tls).map(|_| ());
            assert_eq!(made.is_ok(), fits, "{url}");
            assert!(!format!("{made:?} {settings:?}").contains("word"), "{made:?} {settings:?}");
        }
    }
}
