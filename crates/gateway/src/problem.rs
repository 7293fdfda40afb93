//! What a refused client is told: a status, a problem document that names no rule (RFC 9457), and
//! the headers that a browser needs to read it.

use domain::{Refusal, RefusalKind};
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

/// The response headers of CORS that a refusal repeats from the route's own answers.
pub(crate) const CORS: [HeaderName; 3] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    http::header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    http::header::ACCESS_CONTROL_EXPOSE_HEADERS,
];

/// The refusal as a response with its body as text. `cors` are the route's CORS headers, `id` the
/// exchange's id, which the operator finds in the log.
#[must_use]
pub(crate) fn response(refusal: &Refusal, id: &str, cors: &HeaderMap) -> Response<String> {
    let status = StatusCode::from_u16(refusal.kind.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let title = title(refusal.kind);
    let body = format!(
        "{{\"type\":\"about:blank\",\"title\":\"{title}\",\"status\":{},\"instance\":\"urn:exchange:{id}\"}}\n",
        status.as_u16()
    );
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(wait) = refusal.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(wait.secs_ceil().max(1)));
    }
    if refusal.kind == RefusalKind::Unauthenticated {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    for name in CORS {
        if let Some(value) = cors.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    if cors.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        headers.insert(VARY, HeaderValue::from_static("Origin"));
    }
    response
}

/// A title per status, not per rule: which rule matched is for the log.
const fn title(kind: RefusalKind) -> &'static str {
    match kind.status() {
        400 => "The request can be read in more than one way",
        401 => "Authentication is needed",
        403 => "Not allowed",
        404 => "Not found",
        408 => "The request took too long",
        413 => "Too large",
        429 => "Too much for now",
        501 => "Not supported",
        502 => "The service gave no usable answer",
        504 => "The service did not answer in time",
        _ => "Not available for now",
    }
}

#[cfg(test)]
mod tests {
    use domain::Window;

    use super::*;

    #[test]
    fn a_refusal_names_no_rule_and_says_when_to_come_back() {
        let refusal =
            Refusal::new(RefusalKind::BudgetSpent, "anonymous /32 on POST /api/customers, 20 per 1h")
                .retry_after(Window::from_millis(1500));
        let response = response(&refusal, "00ab", &HeaderMap::new());
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()[RETRY_AFTER], "2");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        assert!(!response.body().contains("budget") && !response.body().contains("customers"));
        assert!(serde_json::from_str::<serde_json::Value>(response.body()).is_ok());
    }

    #[test]
    fn a_browser_can_read_the_refusal_where_it_could_read_the_answer() {
        let mut cors = HeaderMap::new();
        cors.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("https://shop.example"));
        cors.insert("x-other", HeaderValue::from_static("no"));
        let response = response(&Refusal::new(RefusalKind::Unauthenticated, ""), "1", &cors);
        assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "https://shop.example");
        assert_eq!(response.headers()[VARY], "Origin");
        assert!(!response.headers().contains_key("x-other"));
    }
}
