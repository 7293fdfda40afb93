//! The admin surface: health, readiness, metrics. For the operator's machine, never for clients.
//!
//! It answers on a Unix socket (or a TCP address with a token) that the program listens on, and
//! changes nothing.

use std::sync::Arc;

use domain::Secret;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use net::{Body, Incoming};
use subtle::ConstantTimeEq;

use crate::{Gateway, clock};

/// Answers one admin request. With a `token`, only to those who present it.
pub async fn answer(
    gateway: Arc<Gateway>,
    token: Option<Arc<Secret>>,
    request: Request<Incoming>,
) -> Response<Body> {
    if let Some(token) = token
        && !presents(&request, &token)
    {
        return plain(StatusCode::UNAUTHORIZED, "text/plain", "the admin token is needed\n".into());
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "read only\n".into());
    }
    match request.uri().path() {
        "/healthz" => plain(StatusCode::OK, "text/plain", "ok\n".into()),
        "/readyz" => readiness(&gateway),
        "/metrics" => {
            gateway.measure();
            plain(
                StatusCode::OK,
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                telemetry::metrics().text(),
            )
        }
        _ => plain(StatusCode::NOT_FOUND, "text/plain", "there is /healthz, /readyz and /metrics\n".into()),
    }
}

/// Ready means: what needs the ledger or a key set would be served.
fn readiness(gateway: &Gateway) -> Response<Body> {
    let rules = gateway.rules();
    let mut missing: Vec<String> = Vec::new();
    if !gateway.ledger.healthy() {
        missing.push("the ledger cannot be written".into());
    }
    for issuer in rules.identify.key_sets().missing(clock::now()) {
        missing.push(format!("no key set of {}", issuer.issuer));
    }
    if missing.is_empty() {
        return plain(StatusCode::OK, "text/plain", "ready\n".into());
    }
    plain(StatusCode::SERVICE_UNAVAILABLE, "text/plain", format!("{}\n", missing.join("\n")))
}

fn presents(request: &Request<Incoming>, token: &Secret) -> bool {
    let given =
        request.headers().get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    given.is_some_and(|given| bool::from(given.ct_eq(token.expose().as_bytes())))
}

fn plain(status: StatusCode, kind: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::full(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
