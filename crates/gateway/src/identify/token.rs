//! Verifies one signed token (JWT, RFC 7519; with the advice of RFC 8725).

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Claims, Principal, PrincipalId, PrincipalKind, Timestamp};
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::Value;

use super::IdentifyFault;
use super::keys::KeySets;
use super::settings::IssuerSettings;

/// Longest token that is read, in bytes.
pub const MOST_TOKEN_BYTES: usize = 16 * 1024;
/// Most texts that a token may say of its principal.
const MOST_CLAIMS: usize = 256;
/// Deepest nesting of claims.
const MOST_DEPTH: usize = 16;
/// Longest subject, in bytes: OpenID Connect Core section 2 allows 255.
const MOST_SUBJECT_BYTES: usize = 255;

/// A verified token, as long as time and key set allow.
#[derive(Clone, Debug)]
pub(super) struct Verified {
    pub(super) principal: Arc<Principal>,
    /// From `nbf`, less leeway.
    pub(super) from: Timestamp,
    /// The first moment at which it has expired: `exp` and leeway.
    pub(super) until: Timestamp,
    /// Which issuer's keys verified it, and which generation of them.
    pub(super) issuer: usize,
    pub(super) generation: u64,
}

impl Verified {
    /// Whether the token is within its time at `now`.
    pub(super) fn in_time(&self, now: Timestamp) -> Result<(), IdentifyFault> {
        if now >= self.until {
            return Err(IdentifyFault::Expired);
        }
        if now < self.from { Err(IdentifyFault::NotYetValid) } else { Ok(()) }
    }
}

/// The three parts of a token that looks like one, still encoded.
pub(super) struct Parts<'t> {
    pub(super) header: &'t str,
    pub(super) payload: &'t str,
    pub(super) signature: &'t str,
}

impl<'t> Parts<'t> {
    /// Exactly three parts, none empty.
    pub(super) fn of(token: &'t str) -> Option<Self> {
        let mut parts = token.split('.');
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let whole =
            parts.next().is_none() && ![header, payload, signature].iter().any(|part| part.is_empty());
        whole.then_some(Self { header, payload, signature })
    }
}

/// What of a header is read (RFC 7515 section 4.1). Keys that it brings along (`jwk`, `jku`, `x5u`)
/// are never looked at.
#[derive(Deserialize)]
pub(super) struct Header {
    pub(super) alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<serde::de::IgnoredAny>,
}

/// Decodes one base64url JSON part.
pub(super) fn decoded<T: serde::de::DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// Verifies signature and claims of `token` at `now`.
///
/// Order: form, issuer, key and algorithm, signature, audience, time, principal. Nothing the token
/// says is believed before its signature fits, except which of the configured issuers to ask.
pub(super) fn verify(token: &str, sets: &KeySets, now: Timestamp) -> Result<Verified, IdentifyFault> {
    if token.len() > MOST_TOKEN_BYTES {
        return Err(IdentifyFault::TooLarge);
    }
    let parts = Parts::of(token).ok_or_else(|| unsigned(token))?;
    let header: Header = decoded(parts.header).ok_or(IdentifyFault::Malformed)?;
    if header.crit.is_some() {
        return Err(IdentifyFault::Malformed);
    }
    let algorithm: Algorithm = header.alg.parse().map_err(|_| IdentifyFault::Algorithm)?;
    let payload: serde_json::Map<String, Value> = decoded(parts.payload).ok_or(IdentifyFault::Malformed)?;
    let issuer = payload.get("iss").and_then(Value::as_str).ok_or(IdentifyFault::Issuer)?;
    let (at, keys) = sets.find(issuer).ok_or(IdentifyFault::Issuer)?;
    if !keys.settings.algorithms.contains(&algorithm) {
        return Err(IdentifyFault::Algorithm);
    }
    let Some(set) = keys.current(now) else {
        keys.ask();
        return Err(IdentifyFault::KeySetUnavailable);
    };
    let candidates = set.candidates(header.kid.as_deref(), algorithm).inspect_err(|fault| {
        if *fault == IdentifyFault::UnknownKey {
            keys.ask();
        }
    })?;
    let message =
        token.get(..parts.header.len() + 1 + parts.payload.len()).ok_or(IdentifyFault::Malformed)?;
    let signed = candidates.iter().any(|key| {
        jsonwebtoken::crypto::verify(parts.signature, message.as_bytes(), &key.key, key.algorithm)
            .unwrap_or(false)
    });
    if !signed {
        return Err(IdentifyFault::Signature);
    }
    let (from, until) = believed(&payload, &keys.settings)?;
    let verified = Verified {
        principal: Arc::new(principal(&payload, &keys.settings)?),
        from,
        until,
        issuer: at,
        generation: set.generation,
    };
    verified.in_time(now)?;
    Ok(verified)
}

/// What is wrong with a token that has not three parts: where it says so itself (`alg: none`, RFC 8725
/// section 3.2) that it is not signed, its algorithm.
fn unsigned(token: &str) -> IdentifyFault {
    let header = token.strip_suffix('.').and_then(|rest| rest.split_once('.'));
    let header: Option<Header> = header.and_then(|(header, _)| decoded(header));
    match header {
        Some(header) if header.alg.eq_ignore_ascii_case("none") => IdentifyFault::Algorithm,
        _ => IdentifyFault::Malformed,
    }
}

/// Checks the audience and returns the time in which the token is valid, with leeway.
fn believed(
    payload: &serde_json::Map<String, Value>,
    settings: &IssuerSettings,
) -> Result<(Timestamp, Timestamp), IdentifyFault> {
    let meant = |text: &Value| {
        text.as_str().is_some_and(|text| settings.audience.as_slice().iter().any(|have| **have == *text))
    };
    let for_us = match payload.get("aud") {
        Some(Value::Array(list)) => list.iter().any(meant),
        Some(one) => meant(one),
        None => false,
    };
    if !for_us {
        return Err(IdentifyFault::Audience);
    }
    let until = payload.get("exp").and_then(date).ok_or(IdentifyFault::Expired)?;
    let from = match payload.get("nbf") {
        Some(text) => date(text).ok_or(IdentifyFault::NotYetValid)?,
        None => Timestamp::from_millis(0),
    };
    Ok((from.minus(settings.leeway), until.plus(settings.leeway)))
}

/// A `NumericDate` (RFC 7519 section 2): seconds since 1970, fractions allowed. Times before are 1970.
fn date(value: &Value) -> Option<Timestamp> {
    if let Some(secs) = value.as_u64() {
        return Some(Timestamp::from_secs(secs));
    }
    let secs = value.as_f64().filter(|secs| secs.is_finite())?;
    let since = Duration::try_from_secs_f64(secs.max(0.0)).ok()?;
    u64::try_from(since.as_millis()).ok().map(Timestamp::from_millis)
}

fn principal(
    payload: &serde_json::Map<String, Value>,
    settings: &IssuerSettings,
) -> Result<Principal, IdentifyFault> {
    let mut claims = Claims::default();
    let mut name = String::new();
    let mut left = MOST_CLAIMS;
    for (key, value) in payload {
        name.clear();
        name.push_str(key);
        flatten(&mut claims, &mut name, value, 0, &mut left)?;
    }
    // `iss` cannot contain `|` (see `Settings`), so the first one ends it and no two pairs meet.
    let subject = claims.single(&settings.subject).filter(|subject| {
        !subject.is_empty() && subject.len() <= MOST_SUBJECT_BYTES && !subject.contains(char::is_control)
    });
    let id = PrincipalId::new(&format!("{}|{}", settings.issuer, subject.ok_or(IdentifyFault::Claims)?));
    let gives =
        |mapping: &&super::settings::RoleMapping| claims.all(&mapping.claim).any(|v| *v == *mapping.is);
    let roles = settings.roles.iter().filter(gives).map(|mapping| mapping.role.clone()).collect();
    Ok(Principal { id, kind: PrincipalKind::Token, roles, claims })
}

/// Adds the texts of `value` under `name`, by the rule of [`Claims`].
fn flatten(
    claims: &mut Claims,
    name: &mut String,
    value: &Value,
    depth: usize,
    left: &mut usize,
) -> Result<(), IdentifyFault> {
    if depth > MOST_DEPTH {
        return Err(IdentifyFault::Claims);
    }
    let mut push = |text: &str| {
        *left = left.checked_sub(1).ok_or(IdentifyFault::Claims)?;
        claims.push(name, text);
        Ok(())
    };
    match value {
        Value::Null => Ok(()),
        Value::Bool(bool) => push(if *bool { "true" } else { "false" }),
        Value::String(text) => push(text),
        Value::Number(number) if number.is_f64() => Ok(()),
        Value::Number(number) => push(&number.to_string()),
        Value::Array(list) => list.iter().try_for_each(|value| flatten(claims, name, value, depth + 1, left)),
        Value::Object(map) => {
            let outer = name.len();
            for (key, value) in map {
                name.push('.');
                name.push_str(key);
                flatten(claims, name, value, depth + 1, left)?;
                name.truncate(outer);
            }
            Ok(())
        }
    }
}
