//! The station as a whole: tables of tokens, keys and answers. Only [`Desk`] knows the API.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Endpoint, Method, PrincipalKind};
use http::{HeaderName, HeaderValue};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

mod hints;
mod keys;
mod tokens;

const RSA: &[u8] = include_bytes!("../testdata/rsa.pem");
const RSA_2: &[u8] = include_bytes!("../testdata/rsa2.pem");
const EC: &[u8] = include_bytes!("../testdata/ec.pem");
const ED: &[u8] = include_bytes!("../testdata/ed.pem");
const IDP: &str = "https://idp.example";
const NOW: u64 = 1_800_000_000;
/// Whom every session of the tests is issued for.
const ANN: Holder = Holder { email: Some(SubjectDigest::new([1; 16])), phone: None, person: None };
const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(secs)
}

fn signer(algorithm: Algorithm) -> EncodingKey {
    match algorithm {
        Algorithm::ES256 => EncodingKey::from_ec_pem(EC).unwrap(),
        Algorithm::EdDSA => EncodingKey::from_ed_pem(ED).unwrap(),
        Algorithm::HS256 => EncodingKey::from_secret(SECRET),
        _ => EncodingKey::from_rsa_pem(RSA).unwrap(),
    }
}

fn jwk(key: &EncodingKey, algorithm: Algorithm, id: &str) -> Value {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
    jwk.common.key_id = Some(id.to_owned());
    serde_json::to_value(jwk).unwrap()
}

fn ed_jwk() -> Value {
    // The public half of an Ed25519 key is the end of what OpenSSL prints as SubjectPublicKeyInfo.
    json!({"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"ed","x":include_str!("../testdata/ed.public").trim()})
}

/// The key set of the tests: one key per type, and two that cannot verify.
fn key_set() -> Value {
    let rsa = signer(Algorithm::RS256);
    json!({"keys": [
        jwk(&rsa, Algorithm::RS256, "rsa"),
        jwk(&signer(Algorithm::ES256), Algorithm::ES256, "ec"),
        ed_jwk(),
        {"kty":"AKP","alg":"ML-DSA-44","kid":"future","pub":"AAAA"},
        {"kty":"RSA","use":"enc","kid":"enc","n":"AQAB","e":"AQAB"},
    ]})
}

fn claims() -> Value {
    json!({"iss": IDP, "aud": "shop", "sub": "c1", "exp": NOW + 600, "nbf": NOW - 10, "iat": NOW - 10})
}

/// The claims of the tests with some changed; null takes a claim out.
fn claims_with(changes: Value) -> Value {
    let mut all = claims();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            all.as_object_mut().unwrap().remove(name);
        } else {
            all[name] = value.clone();
        }
    }
    all
}

fn signed(algorithm: Algorithm, id: Option<&str>, claims: &Value, key: &EncodingKey) -> String {
    let header = Header { kid: id.map(str::to_owned), ..Header::new(algorithm) };
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

fn good() -> String {
    signed(Algorithm::RS256, Some("rsa"), &claims(), &signer(Algorithm::RS256))
}

fn with(claims: Value) -> String {
    signed(Algorithm::RS256, Some("rsa"), &claims_with(claims), &signer(Algorithm::RS256))
}

/// A token whose parts are written by hand.
fn forged(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

/// The station with the issuer and keys of the tests.
struct Desk {
    identify: Identify,
    key: DigestKey,
}

impl Desk {
    fn with(settings: Value) -> Self {
        let settings: Settings = serde_json::from_value(settings).unwrap();
        let identify = Identify::new(&settings, &[]).unwrap();
        Self { identify, key: DigestKey::new([7; 32]) }
    }

    /// Without any settings: everything is a hint.
    fn plain() -> Self {
        Self::with(json!({}))
    }

    fn with_keys() -> Self {
        let desk = Self::without_keys();
        desk.load(&key_set(), NOW).unwrap();
        desk
    }

    fn without_keys() -> Self {
        Self::with(json!({
            "issuers": [{
                "issuer": IDP, "audience": ["shop", "app"], "jwks": "keys.json",
                "roles": [{"claim": "realm_access.roles", "is": "shop-staff", "role": "staff"}],
            }],
            "api_keys": [
                {"name": "batch", "digest": digest("partner-key-0123456789"), "partner": "acme", "roles": ["nightly"]},
                {"name": "tool", "digest": digest("tool-key-0123456789"), "header": "x-tool-key"},
            ],
        }))
    }

    fn load(&self, set: &Value, secs: u64) -> Result<KeySetLoaded, KeySetError> {
        self.identify.key_sets().replace(IDP, &set.to_string(), at(secs))
    }

    fn ask(&self, lines: &[(&str, &str)], bad: BadCredential, secs: u64) -> Identified {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        }
        self.identify.caller(&RequestView { headers: &headers, query: None }, bad, &self.key, at(secs))
    }

    fn token(&self, token: &str, secs: u64) -> String {
        said(&self.ask(&[("authorization", &format!("Bearer {token}"))], BadCredential::Counts, secs))
    }

    /// The caller's word for a bare token at `NOW`.
    fn word(&self, token: &str) -> &'static str {
        self.ask(&[("authorization", &format!("Bearer {token}"))], BadCredential::Counts, NOW).caller.word()
    }

    /// The upstream answers a log-in with `value`.
    fn log_in(&self, value: &str, client: &str, secs: u64) -> Confirmations {
        self.issue(
            &Method::Post,
            200,
            &[value],
            &[b"/login", br#"{"email":"ann@example.com"}"#],
            client,
            secs,
        )
    }

    fn issue(
        &self,
        method: &Method,
        status: u16,
        values: &[&str],
        request: &[&[u8]],
        client: &str,
        secs: u64,
    ) -> Confirmations {
        let values: Vec<_> = values.iter().map(|value| (*value, self.key.credential(value))).collect();
        let client: IpAddr = client.parse().unwrap();
        self.identify
            .issued(&Issue { method, request, status, values: &values, holder: ANN, client }, at(secs))
    }

    /// A request with or without a token, and the status that the upstream answered.
    fn answer(&self, endpoint: &str, target: &str, token: Option<&str>, status: u16, secs: u64) -> bool {
        let endpoint: Endpoint = endpoint.parse().unwrap();
        let credentials = match token {
            Some(token) => {
                self.ask(&[("authorization", &format!("Bearer {token}"))], BadCredential::Counts, secs)
                    .credentials
            }
            None => Credentials::None,
        };
        let client = IpAddr::from([198, 51, 100, 7]);
        let seen = Observation { endpoint: &endpoint, target, credentials: &credentials, status, client };
        !self.identify.observed(&seen, at(secs)).confirmed.is_empty()
    }
}

fn digest(key: &str) -> String {
    let hex: String = Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

fn said(identified: &Identified) -> String {
    match (&identified.caller, identified.fault) {
        (Caller::Verified(principal), None) => principal.id.as_str().to_owned(),
        (Caller::Verified(_), Some(fault)) => panic!("verified with a fault: {fault}"),
        (_, Some(fault)) => fault.phrase().to_owned(),
        (caller, None) => caller.word().to_owned(),
    }
}
