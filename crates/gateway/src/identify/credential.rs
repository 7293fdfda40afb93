//! Finds what a request presents as a credential, without believing any of it.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use domain::{Secret, SubjectDigest, Timestamp};
use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderName};
use serde_json::Value;
use smallvec::SmallVec;

use super::IdentifyFault;
use super::settings::SettingsError;
use super::token::{Header, Parts, decoded};

/// Headers that carry an unverified key or token by custom, after `authorization` and cookies.
pub(super) const KEY_HEADERS: [&str; 6] =
    ["x-api-key", "api-key", "apikey", "x-auth-token", "x-access-token", "x-session-token"];
/// Query parameters that do (RFC 6750 section 2.3 and customs).
const KEY_PARAMETERS: [&str; 4] = ["access_token", "api_key", "apikey", "auth_token"];
/// `uri` without the parameters that carry keys by custom, however their names are encoded. Nothing where it
/// has none of them.
pub(crate) fn without_keys(uri: &http::Uri) -> Option<http::Uri> {
    let query = uri.query()?;
    let is_key = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or(pair);
        let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
        KEY_PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known))
    };
    if !query.split('&').any(|pair| is_key(&pair)) {
        return None;
    }
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_key(pair)).collect();
    let mark = if kept.is_empty() { "" } else { "?" };
    let kept = format!("{}{mark}{}", uri.path(), kept.join("&"));
    Some(kept.parse().unwrap_or_else(|_| http::Uri::from_static("/")))
}

/// Shortest value that is taken for a credential.
pub(super) const LEAST_BYTES: usize = 8;
/// Most candidates of one request.
const MOST_CANDIDATES: usize = 8;

/// Which kinds of place a credential may stand in.
#[derive(Debug)]
pub(super) struct Carriers {
    pub(super) token_header: HeaderName,
    session_cookies: Vec<String>,
    hasher: RandomState,
}

/// A credential as it was presented, kept until the answer tells what the upstream thought of it.
#[derive(Clone, Debug)]
pub struct Presented {
    /// Keyed digest of its exact value.
    pub digest: SubjectDigest,
    value: Secret,
    /// Header, cookie name or parameter, hashed.
    carrier: u64,
}

/// What a request proved or presented.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// Nothing in any place that carries credentials.
    None,
    /// Something that was not verified.
    Hint(Presented),
    /// A verified token or API key.
    Verified,
}

/// A value and where it stood.
pub(super) struct Candidate<'r> {
    pub(super) value: Cow<'r, str>,
    carrier: u64,
    /// A key header or parameter: often one value for everybody who uses the same application.
    pub(super) shared_by_custom: bool,
}

/// A token in the token header, before it is verified.
pub(super) enum Token<'r> {
    Nothing,
    Text(&'r str),
    Fault(IdentifyFault),
}

/// Reads the name of a header that may carry a credential.
pub(super) fn header_name(text: &str) -> Result<HeaderName, SettingsError> {
    let wrong = || SettingsError::Header { header: text.chars().take(60).collect() };
    let name = HeaderName::try_from(text).map_err(|_| wrong())?;
    let other_use =
        ["cookie", "host", "content-length", "content-type", "transfer-encoding", "connection", "te"];
    if other_use.contains(&name.as_str()) { Err(wrong()) } else { Ok(name) }
}

impl Carriers {
    pub(super) fn new(token_header: HeaderName, session_cookies: &[String]) -> Self {
        Self { token_header, session_cookies: session_cookies.to_vec(), hasher: RandomState::new() }
    }

    /// The token that issuers are asked about: after `Bearer` (RFC 6750 section 2.1, any case).
    pub(super) fn token<'r>(&self, headers: &'r HeaderMap) -> Token<'r> {
        let mut values = headers.get_all(&self.token_header).iter();
        let Some(value) = values.next() else {
            return Token::Nothing;
        };
        if values.next().is_some() {
            return Token::Fault(IdentifyFault::Duplicate);
        }
        let Ok(text) = std::str::from_utf8(value.as_bytes()) else {
            return Token::Fault(IdentifyFault::Malformed);
        };
        let text = text.trim();
        match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Token::Text(token.trim()),
            // Another scheme (`Basic`) is none of the issuers' business; it stays a hint.
            Some(_) => Token::Nothing,
            None if self.token_header == AUTHORIZATION => Token::Nothing,
            None => Token::Text(text),
        }
    }

    /// Every value that may be a credential, the one that most likely names one person first:
    /// authorization, session cookies, key headers, key parameters.
    pub(super) fn candidates<'r>(
        &self,
        headers: &'r HeaderMap,
        query: Option<&'r str>,
    ) -> SmallVec<[Candidate<'r>; 2]> {
        let mut found = SmallVec::new();
        let mut add = |carrier: (&str, &str), value: Cow<'r, str>, shared_by_custom: bool| {
            if found.len() < MOST_CANDIDATES && (LEAST_BYTES..=super::MOST_TOKEN_BYTES).contains(&value.len())
            {
                let carrier = self.hasher.hash_one(carrier);
                found.push(Candidate { value, carrier, shared_by_custom });
            }
        };
        let text = |name: &HeaderName| {
            headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
        };
        for name in [&self.token_header, &AUTHORIZATION] {
            if let Some(value) = text(name) {
                let value = value.trim();
                let (scheme, value) = value.split_once(' ').unwrap_or(("", value));
                add((name.as_str(), scheme), Cow::Borrowed(value.trim()), false);
            }
            if self.token_header == AUTHORIZATION {
                break;
            }
        }
        for header in headers.get_all(COOKIE) {
            let Ok(cookies) = std::str::from_utf8(header.as_bytes()) else { continue };
            for (name, value) in cookies.split(';').filter_map(|pair| pair.trim().split_once('=')) {
                if self.is_session(name) {
                    add(("cookie", name), Cow::Borrowed(value), false);
                }
            }
        }
        for name in KEY_HEADERS {
            if let Some(value) =
                headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
            {
                add((name, ""), Cow::Borrowed(value.trim()), true);
            }
        }
        for (name, value) in query.into_iter().flat_map(|q| q.split('&')).filter_map(|p| p.split_once('=')) {
            if KEY_PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
                add(("query", name), value, true);
            }
        }
        found
    }

    /// The session values that an answer sets; cookies that it deletes are none.
    pub(super) fn issued_cookies<'r>(&self, headers: &'r HeaderMap) -> SmallVec<[&'r str; 2]> {
        headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
            .filter_map(|text| text.split(';').next()?.trim().split_once('='))
            .filter(|(name, value)| self.is_session(name) && value.len() >= LEAST_BYTES)
            .map(|(_, value)| value)
            .take(MOST_CANDIDATES)
            .collect()
    }

    /// Whether a cookie of this name carries a session.
    fn is_session(&self, name: &str) -> bool {
        if !self.session_cookies.is_empty() {
            return self.session_cookies.iter().any(|known| known == name);
        }
        let has =
            |part: &str| name.as_bytes().windows(part.len()).any(|w| w.eq_ignore_ascii_case(part.as_bytes()));
        ["sess", "sid", "token", "auth", "jwt"].into_iter().any(has) && !["csrf", "xsrf"].into_iter().any(has)
    }
}

impl Candidate<'_> {
    pub(super) fn presented(&self, digest: SubjectDigest) -> Presented {
        Presented { digest, value: Secret::new(self.value.as_ref().to_owned()), carrier: self.carrier }
    }
}

impl Presented {
    /// A hash of everything that two values of one shape share: where they stood, their length and
    /// alphabet; of a JWT instead its algorithm, issuer, claim names, length of signature, and
    /// whether it has expired by its own word.
    ///
    /// Narrow on purpose. An upstream that parses tokens without verifying them refuses what it
    /// cannot parse and what has expired; such refusals must not vouch for a made-up token.
    pub(super) fn shape(&self, hasher: &RandomState, now: Timestamp) -> u64 {
        let value = self.value.expose();
        let mut out = hasher.build_hasher();
        self.carrier.hash(&mut out);
        match jwt(value) {
            Some((parts, header, claims)) => {
                (1_u8, header.alg, parts.signature.len()).hash(&mut out);
                let text = |name: &str| claims.get(name).map(ToString::to_string);
                (text("iss"), text("aud")).hash(&mut out);
                let expired =
                    claims.get("exp").is_some_and(|exp| exp.as_f64().is_none_or(|exp| exp < secs_f64(now)));
                expired.hash(&mut out);
                let mut kinds: Vec<_> =
                    claims.iter().map(|(name, value)| (name.as_str(), kind(value))).collect();
                kinds.sort_unstable();
                kinds.hash(&mut out);
            }
            None => {
                let class = |b: u8| match b {
                    b'0'..=b'9' => 1_u8,
                    b'a'..=b'f' => 2,
                    b'A'..=b'F' => 4,
                    b'g'..=b'z' => 8,
                    b'G'..=b'Z' => 16,
                    b'-' => 32,
                    _ => 64,
                };
                let alphabet = value.bytes().map(class).fold(0, |all, one| all | one);
                (0_u8, value.len(), alphabet).hash(&mut out);
            }
        }
        out.finish()
    }
}

fn jwt(value: &str) -> Option<(Parts<'_>, Header, serde_json::Map<String, Value>)> {
    let parts = Parts::of(value)?;
    let header = decoded(parts.header)?;
    let claims = decoded(parts.payload)?;
    Some((parts, header, claims))
}

/// The JSON type of a claim: a subject that is a list is no subject.
const fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

fn secs_f64(now: Timestamp) -> f64 {
    std::time::Duration::from_millis(now.millis()).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn carriers() -> Carriers {
        Carriers::new(AUTHORIZATION, &[])
    }

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn a_credential_is_found_wherever_custom_puts_it() {
        for (lines, query, want) in [
            (&[("authorization", "Bearer tok-12345678")][..], None, "tok-12345678"),
            (&[("authorization", "Basic dXNlcjpwYXNz")], None, "dXNlcjpwYXNz"),
            (&[("cookie", "theme=dark; PHPSESSID=abcdefgh12; lang=en")], None, "abcdefgh12"),
            (&[("cookie", "a=1"), ("cookie", "__Host-session=abcdefgh13")], None, "abcdefgh13"),
            (&[("x-api-key", "key-12345678")], None, "key-12345678"),
            (&[], Some("page=1&access_token=abc%2Ddefgh"), "abc-defgh"),
            (&[("x-api-key", "key-12345678"), ("cookie", "sid=abcdefgh14")], None, "abcdefgh14 key-12345678"),
            (&[("cookie", "csrftoken=abcdefgh15; XSRF-TOKEN=abcdefgh15; _ga=GA1.2.3")], None, ""),
            (&[("authorization", "Bearer x")], None, ""),
        ] {
            let map = headers(lines);
            let found = carriers().candidates(&map, query);
            let texts: Vec<_> = found.iter().map(|c| c.value.as_ref()).collect();
            assert_eq!(texts.join(" "), want, "{lines:?}");
        }
    }

    #[test]
    fn only_session_cookies_that_are_set_are_issued() {
        let map = headers(&[
            ("set-cookie", "session=0123456789abcdef; Path=/; HttpOnly"),
            ("set-cookie", "session=; Max-Age=0"),
            ("set-cookie", "theme=0123456789abcdef"),
        ]);
        assert_eq!(carriers().issued_cookies(&map).as_slice(), ["0123456789abcdef"]);
    }

    #[test]
    fn a_presented_credential_does_not_show_itself() {
        let map = headers(&[("authorization", "Bearer tok-12345678")]);
        let carriers = carriers();
        let found = carriers.candidates(&map, None);
        let presented = found[0].presented(SubjectDigest::default());
        assert!(!format!("{presented:?}").contains("tok-"));
    }

    #[test]
    fn values_share_a_shape_only_when_an_upstream_could_not_tell_them_apart_by_form() {
        use base64::Engine as _;
        let hasher = RandomState::new();
        let now = Timestamp::from_secs(1000);
        let shape = |value: &str| {
            Presented { digest: SubjectDigest::default(), value: Secret::new(value.to_owned()), carrier: 1 }
                .shape(&hasher, now)
        };
        let part = |json: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json);
        let token = |claims: &str, signature: &str| {
            format!("{}.{}.{signature}", part(r#"{"alg":"HS256"}"#), part(claims))
        };
        let one = token(r#"{"sub":"a","exp":2000}"#, "c2lnbmF0dXJl");
        assert_eq!(shape(&one), shape(&token(r#"{"exp":1500,"sub":"bob"}"#, "U2lnbmF0dXJl")));
        for other in [
            token(r#"{"sub":"a","exp":900}"#, "c2lnbmF0dXJl"),
            token(r#"{"sub":["a"],"exp":2000}"#, "c2lnbmF0dXJl"),
            token(r#"{"sub":"a","exp":2000,"x":1}"#, "c2lnbmF0dXJl"),
            token(r#"{"sub":"a","exp":2000}"#, "c2ln"),
            "a.b.c".into(),
            "garbage-value".into(),
        ] {
            assert_ne!(shape(&one), shape(&other), "{other}");
        }
        assert_eq!(shape("0123456789abcdef"), shape("fedcba9876543210"));
        assert_ne!(shape("0123456789abcdef"), shape("0123456789ABCDEF"));
        assert_ne!(shape("0123456789abcdef"), shape("0123456789abcde"));
    }
}
