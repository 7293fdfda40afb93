//! Request id and trace context (W3C Trace Context).

use domain::ExchangeId;
use http::HeaderMap;
use http::header::HeaderName;

use super::forwarding::Text;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Sets `X-Request-Id` and `traceparent` (W3C Trace Context): a valid trace id is kept, the span is
/// ours; without one the exchange's id is the trace. Returns the trace id.
///
/// The span id is spread from the exchange's id, so that no randomness is needed here.
pub fn set_trace(headers: &mut HeaderMap, exchange: ExchangeId) -> u128 {
    let incoming = {
        let mut values = headers.get_all(&TRACEPARENT).iter();
        values
            .next()
            .filter(|_| values.next().is_none())
            .and_then(|value| parse_traceparent(value.as_bytes()))
    };
    if incoming.is_none() {
        headers.remove(&TRACESTATE);
    }
    let (trace, flags) = incoming.unwrap_or((exchange.number(), 0));
    let mut parent = Text::new();
    parent.push(b"00-");
    parent.push_hex(&trace.to_be_bytes());
    parent.push(b"-");
    parent.push_hex(&spread(exchange.number()).to_be_bytes());
    parent.push(b"-");
    parent.push_hex(&[flags]);
    parent.set(headers, TRACEPARENT);
    let mut id = Text::new();
    id.push_hex(&exchange.number().to_be_bytes());
    id.set(headers, X_REQUEST_ID);
    trace
}

/// Trace id and flags of a valid `traceparent`, of version 00 or, by its rule, a later one.
fn parse_traceparent(value: &[u8]) -> Option<(u128, u8)> {
    let text = std::str::from_utf8(value).ok()?;
    let mut parts = text.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let well_formed = digits(version, 2) && digits(trace, 32) && digits(span, 16) && digits(flags, 2);
    let too_long = version == "00" && parts.next().is_some();
    if !well_formed || too_long || version == "ff" || span.bytes().all(|byte| byte == b'0') {
        return None;
    }
    let trace = u128::from_str_radix(trace, 16).ok().filter(|trace| *trace != 0)?;
    Some((trace, u8::from_str_radix(flags, 16).ok()? & 1))
}

/// A 64-bit number spread over all its bits (the finaliser of SplitMix64); never 0.
fn spread(number: u128) -> u64 {
    let (high, low) = (number >> 64, number & u128::from(u64::MAX));
    let mut bits = u64::try_from(high).unwrap_or(0).rotate_left(32) ^ u64::try_from(low).unwrap_or(0);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)).max(1)
}
