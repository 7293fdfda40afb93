//! The admin surface: health, readiness, metrics, the inventory of doors, exchanges of late, incidents. For the operator's machine, never for clients.
//!
//! It answers on a Unix socket (or a TCP address with a token) that the program listens on. Incidents are
//! asked for, and actions taken, over the Unix socket only, which nobody but its owner can open: a token
//! that leaks closes no endpoint.

use std::sync::Arc;

use domain::Secret;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use net::{Body, Incoming};
use subtle::ConstantTimeEq;

use crate::{Ask, Gateway, Sentence, clock};

/// Where incidents are asked for.
pub const INCIDENTS: &str = "/incidents";
/// Where the doors are asked for.
pub const INVENTORY: &str = "/inventory";
/// Where exchanges of late are asked for.
pub const EXCHANGES: &str = "/exchanges";
/// Longest question.
const MOST_ASKED: usize = 64 * 1024;
/// How long a question may take to arrive.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// Answers one admin request. With a `token`, only to those who present it.
pub async fn answer(
    gateway: Arc<Gateway>,
    token: Option<Arc<Secret>>,
    request: Request<Incoming>,
) -> Response<Body> {
    let is_local = token.is_none();
    if let Some(token) = token
        && !presents(&request, &token)
    {
        return plain(StatusCode::UNAUTHORIZED, "text/plain", "the admin token is needed\n".into());
    }
    if *request.method() == Method::POST && request.uri().path() == INCIDENTS {
        return if is_local { incidents(gateway, request).await } else { only_local() };
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
        EXCHANGES if is_local => {
            // Milliseconds for megabytes of them: not on a thread that serves.
            match tokio::task::spawn_blocking(move || gateway.recent.lines()).await {
                Ok(lines) => plain(StatusCode::OK, "application/x-ndjson", lines),
                Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", format!("{error}\n")),
            }
        }
        INVENTORY if is_local => json(StatusCode::OK, &gateway.door_states()),
        _ => plain(StatusCode::NOT_FOUND, "text/plain", "there is /healthz, /readyz and /metrics\n".into()),
    }
}

fn only_local() -> Response<Body> {
    plain(StatusCode::FORBIDDEN, "text/plain", "incidents are asked for over the Unix socket only\n".into())
}

/// A question of `tidegate incident`, and its answer.
async fn incidents(gateway: Arc<Gateway>, request: Request<Incoming>) -> Response<Body> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let Ok(bytes) = net::read_all(request.into_body(), MOST_ASKED, deadline).await else {
        return json(
            StatusCode::BAD_REQUEST,
            &Sentence::of("the question is too long, or broke off").help("ask again"),
        );
    };
    let ask = match serde_json::from_slice(&bytes) {
        Ok(ask) => ask,
        Err(error) => {
            let sentence = Sentence::of(format!("the gateway does not understand the question: {error}"));
            let help = "use the `tidegate` of the version that runs as the gateway";
            return json(StatusCode::BAD_REQUEST, &sentence.help(help));
        }
    };
    let answered = match ask {
        Ask::Baseline { endpoint, who, reason } => {
            let done = tokio::task::spawn_blocking(move || gateway.reset_baseline(&endpoint, &who, &reason));
            done.await.unwrap_or_else(|error| Err(Sentence::of(error.to_string())))
        }
        ask => gateway.incidents.ask(ask).await,
    };
    match answered {
        Ok(answer) => json(StatusCode::OK, &answer),
        Err(sentence) => json(StatusCode::CONFLICT, &sentence),
    }
}

fn json(status: StatusCode, answer: &impl serde::Serialize) -> Response<Body> {
    match serde_json::to_string(answer) {
        Ok(text) => plain(status, "application/json", text),
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", format!("{error}\n")),
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
