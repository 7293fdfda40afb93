//! One small document from a URL: a key set.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST};
use http::uri::{PathAndQuery, Uri};
use http::{HeaderValue, Request, StatusCode};
use tokio::time::Instant;

use super::{Tls, Upstream, UpstreamError, UpstreamSettings, UpstreamUrlError};
use crate::body::{Body, ReadError, read_all};

/// Why a document could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Neither `https://...` nor `http://` on this machine.
    #[error("`{url}` is neither https nor http to this machine")]
    NotSecure {
        /// The URL.
        url: String,
    },
    /// No URL.
    #[error("the URL cannot be used")]
    Url(#[source] UpstreamUrlError),
    /// The server cannot be reached, or is slow.
    #[error("cannot reach the server")]
    Upstream(#[source] UpstreamError),
    /// It answered with something other than 200. Redirects are not followed.
    #[error("the server answered {status}")]
    Status {
        /// The status.
        status: u16,
    },
    /// The body is too large, too slow, or broke off.
    #[error("cannot read the answer")]
    Body(#[source] ReadError),
}

/// Fetches `url`: at most `limit` bytes, within `timeout` altogether. https, or http to this machine.
///
/// # Errors
/// See [`FetchError`].
pub async fn fetch(tls: &Tls, url: &str, limit: usize, timeout: Duration) -> Result<Bytes, FetchError> {
    let deadline = Instant::now() + timeout;
    match tokio::time::timeout_at(deadline, fetch_until(tls, url, limit, deadline)).await {
        Ok(done) => done,
        Err(_) => Err(FetchError::Upstream(UpstreamError::ResponseTimeout)),
    }
}

async fn fetch_until(tls: &Tls, url: &str, limit: usize, deadline: Instant) -> Result<Bytes, FetchError> {
    let not_secure = || FetchError::NotSecure { url: url.chars().take(200).collect() };
    let uri: Uri = url.parse().map_err(|_| not_secure())?;
    let authority = uri.authority().ok_or_else(not_secure)?;
    let scheme = match uri.scheme_str() {
        Some("https") => "https",
        Some("http") if is_loopback(authority.host()) => "http",
        _ => return Err(not_secure()),
    };
    let server = format!("{scheme}://{authority}");
    let upstream = Upstream::new(&server, UpstreamSettings::default(), tls).map_err(FetchError::Url)?;
    let mut request = Request::new(Body::empty());
    let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    *request.uri_mut() = Uri::from(path);
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Ok(host) = HeaderValue::from_str(authority.as_str()) {
        request.headers_mut().insert(HOST, host);
    }
    let response = upstream.send(request).await.map_err(FetchError::Upstream)?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status { status: response.status().as_u16() });
    }
    read_all(response.into_body(), limit, deadline).await.map_err(FetchError::Body)
}

/// Whether `host`, as a URL writes it, is this machine: `localhost` or a loopback address.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
