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

const RSA: &[u8] = include_bytes!("testdata/rsa.pem");
const RSA_2: &[u8] = include_bytes!("testdata/rsa2.pem");
const EC: &[u8] = include_bytes!("testdata/ec.pem");
const ED: &[u8] = include_bytes!("testdata/ed.pem");
const IDP: &str = "https://idp.example";
const NOW: u64 = 1_800_000_000;
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
    json!({"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"ed","x":include_str!("testdata/ed.public").trim()})
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
        self.identify.issued(&Issue { method, request, status, values: &values, client }, at(secs))
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

#[test]
fn a_good_token_names_its_principal_whatever_its_algorithm() {
    let desk = Desk::with_keys();
    for (algorithm, id) in [(Algorithm::RS256, "rsa"), (Algorithm::ES256, "ec"), (Algorithm::EdDSA, "ed")] {
        let token = signed(algorithm, Some(id), &claims(), &signer(algorithm));
        assert_eq!(desk.token(&token, NOW), "https://idp.example|c1", "{algorithm:?}");
        // Again, from the cache.
        assert_eq!(desk.token(&token, NOW + 1), "https://idp.example|c1", "{algorithm:?}");
    }
    assert_eq!(desk.identify.table_sizes().1, 3);
}

#[test]
fn a_token_that_proves_nothing_is_refused_with_its_reason() {
    let desk = Desk::with_keys();
    let rsa = signer(Algorithm::RS256);
    let stranger = EncodingKey::from_rsa_pem(RSA_2).unwrap();
    let parts = good();
    let parts: Vec<&str> = parts.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    let public_key = key_set()["keys"][0]["n"].as_str().unwrap().to_owned();
    let hmac = |secret: &[u8], id: &str| {
        signed(Algorithm::HS256, Some(id), &claims(), &EncodingKey::from_secret(secret))
    };
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let raw = |alg: Value| forged(&json!({"alg": alg, "kid": "rsa"}), &claims(), signature);
    let mut nested = json!("deep");
    for _ in 0..40 {
        nested = json!({ "a": nested });
    }
    for (case, token, want) in [
        ("alg none", raw(json!("none")), "token algorithm not allowed for its key"),
        ("alg None", raw(json!("None")), "token algorithm not allowed for its key"),
        ("alg none, no signature", format!("{header}.{payload}."), "malformed token"),
        ("alg unknown", raw(json!("RS1")), "token algorithm not allowed for its key"),
        ("alg number", raw(json!(5)), "malformed token"),
        ("alg missing", forged(&json!({"kid": "rsa"}), &claims(), signature), "malformed token"),
        (
            "HMAC with the public key",
            hmac(public_key.as_bytes(), "rsa"),
            "token algorithm not allowed for its key",
        ),
        ("HMAC with the PEM", hmac(RSA, "rsa"), "token algorithm not allowed for its key"),
        (
            "another algorithm of the same key",
            signed(Algorithm::PS256, Some("rsa"), &claims(), &rsa),
            "token algorithm not allowed for its key",
        ),
        (
            "a key that is not in the allow-list",
            signed(Algorithm::RS512, Some("rsa"), &claims(), &rsa),
            "token algorithm not allowed for its key",
        ),
        (
            "another key",
            signed(Algorithm::RS256, Some("rsa"), &claims(), &stranger),
            "token signature does not fit",
        ),
        (
            "signature changed",
            format!("{header}.{payload}.{flipped}{}", &signature[1..]),
            "token signature does not fit",
        ),
        (
            "payload changed",
            {
                let claims = URL_SAFE_NO_PAD.encode(claims_with(json!({"sub": "c2"})).to_string());
                format!("{header}.{claims}.{signature}")
            },
            "token signature does not fit",
        ),
        ("signature padded", format!("{header}.{payload}.{signature}="), "token signature does not fit"),
        (
            "unknown kid",
            signed(Algorithm::RS256, Some("x"), &claims(), &rsa),
            "token key not in the issuer's key set",
        ),
        (
            "the encryption key",
            signed(Algorithm::RS256, Some("enc"), &claims(), &rsa),
            "token key not in the issuer's key set",
        ),
        ("another issuer", with(json!({"iss": "https://evil.example"})), "token of an unknown issuer"),
        (
            "issuer with a slash more",
            with(json!({"iss": "https://idp.example/"})),
            "token of an unknown issuer",
        ),
        ("no issuer", with(json!({"iss": null})), "token of an unknown issuer"),
        ("another audience", with(json!({"aud": "bank"})), "token for another audience"),
        ("audiences without ours", with(json!({"aud": ["bank", "shopping"]})), "token for another audience"),
        ("no audience", with(json!({"aud": null})), "token for another audience"),
        ("expired", with(json!({"exp": NOW - 31})), "token expired or without expiry"),
        ("expired to the second", with(json!({"exp": NOW - 30})), "token expired or without expiry"),
        ("no expiry", with(json!({"exp": null})), "token expired or without expiry"),
        ("expiry as text", with(json!({"exp": "2099-01-01"})), "token expired or without expiry"),
        ("not yet", with(json!({"nbf": NOW + 31})), "token not valid yet"),
        ("not-before as text", with(json!({"nbf": "now"})), "token not valid yet"),
        ("no subject", with(json!({"sub": null})), "token names no usable principal"),
        ("empty subject", with(json!({"sub": ""})), "token names no usable principal"),
        ("two subjects", with(json!({"sub": ["a", "b"]})), "token names no usable principal"),
        ("a fraction as subject", with(json!({"sub": 1.5})), "token names no usable principal"),
        ("a subject that is long", with(json!({"sub": "x".repeat(256)})), "token names no usable principal"),
        ("a subject with a line end", with(json!({"sub": "a\nb"})), "token names no usable principal"),
        ("many claims", with(json!({"groups": vec!["g"; 300]})), "token names no usable principal"),
        ("deep claims", with(json!({"x": nested})), "token names no usable principal"),
        (
            "critical extension",
            {
                forged(
                    &json!({"alg": "RS256", "kid": "rsa", "crit": ["b64"], "b64": false}),
                    &claims(),
                    signature,
                )
            },
            "malformed token",
        ),
        ("huge", "a".repeat(16 * 1024 + 1), "token above 16 KiB"),
        ("two parts", format!("{header}.{payload}"), "malformed token"),
        ("four parts", format!("{header}.{payload}.{signature}.x"), "malformed token"),
        ("no base64", "a b".replace(' ', "?") + "..", "malformed token"),
        ("no JSON", format!("{}.{payload}.{signature}", URL_SAFE_NO_PAD.encode("{")), "malformed token"),
        ("a list as payload", forged(&json!({"alg": "RS256"}), &json!([1]), signature), "malformed token"),
        ("opaque", "opaque-session-token".into(), "malformed token"),
    ] {
        assert_eq!(desk.token(&token, NOW), want, "{case}");
    }
    assert_eq!(desk.identify.table_sizes().1, 0, "nothing bad is cached");
}

#[test]
fn leeway_audience_lists_and_claims_are_taken_as_written() {
    let desk = Desk::with_keys();
    for claims in [
        json!({"exp": NOW - 29}),
        json!({"exp": 1_800_000_600.5}),
        json!({"nbf": NOW + 30}),
        json!({"nbf": -5}),
        json!({"aud": ["bank", "app"]}),
    ] {
        assert_eq!(desk.token(&with(claims.clone()), NOW), "https://idp.example|c1", "{claims}");
    }
    assert_eq!(desk.token(&with(json!({"sub": 42})), NOW), "https://idp.example|42");
    let token = with(
        json!({"realm_access": {"roles": ["other", "shop-staff"]}, "tenant": 7, "vip": true, "x": null}),
    );
    let identified = desk.ask(&[("authorization", &format!("bearer {token}"))], BadCredential::Counts, NOW);
    let Caller::Verified(principal) = identified.caller else { panic!("verified") };
    assert_eq!(principal.roles.iter().map(|role| role.as_str()).collect::<Vec<_>>(), ["staff"]);
    assert_eq!(principal.claims.single("tenant"), Some("7"));
    assert_eq!(principal.claims.single("vip"), Some("true"));
    assert_eq!(principal.claims.single("x"), None);
    assert_eq!(principal.claims.all("realm_access.roles").count(), 2);
}

#[test]
fn a_token_without_key_id_is_verified_only_where_the_set_leaves_no_choice() {
    let desk = Desk::with_keys();
    let token = signed(Algorithm::RS256, None, &claims(), &signer(Algorithm::RS256));
    assert_eq!(desk.token(&token, NOW), "https://idp.example|c1");
    let mut two = key_set();
    let second = jwk(&EncodingKey::from_rsa_pem(RSA_2).unwrap(), Algorithm::RS256, "second");
    two["keys"].as_array_mut().unwrap().push(second);
    desk.load(&two, NOW).unwrap();
    assert_eq!(desk.token(&token, NOW), "token key not in the issuer's key set");
}

#[test]
fn hmac_needs_its_own_key_type_and_a_word_in_the_settings() {
    let oct =
        json!({"keys": [{"kty": "oct", "kid": "h", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(SECRET)}]});
    let token = signed(Algorithm::HS256, Some("h"), &claims(), &signer(Algorithm::HS256));
    assert!(matches!(Desk::without_keys().load(&oct, NOW), Err(KeySetError::NoUsableKey { skipped: 1 })));
    let issuer = json!({"issuer": IDP, "audience": "shop", "jwks": "k", "algorithms": ["HS256", "RS256"]});
    let desk = Desk::with(json!({"issuers": [issuer]}));
    desk.load(&oct, NOW).unwrap();
    assert_eq!(desk.token(&token, NOW), "https://idp.example|c1");
    // With HMAC allowed, the RSA key of the same issuer still never becomes a secret.
    desk.load(&key_set(), NOW).unwrap();
    let n = URL_SAFE_NO_PAD.decode(key_set()["keys"][0]["n"].as_str().unwrap()).unwrap();
    let confused = signed(Algorithm::HS256, Some("rsa"), &claims(), &EncodingKey::from_secret(&n));
    assert_eq!(desk.token(&confused, NOW), "token algorithm not allowed for its key");
}

#[test]
fn a_short_hmac_secret_is_no_key() {
    let issuer = json!({"issuer": IDP, "audience": "shop", "jwks": "k", "algorithms": ["HS256"]});
    let desk = Desk::with(json!({"issuers": [issuer]}));
    for (bytes, usable) in [(31, false), (32, true)] {
        let key = json!({"kty": "oct", "kid": "h", "k": URL_SAFE_NO_PAD.encode(vec![7; bytes])});
        assert_eq!(desk.load(&json!({"keys": [key]}), NOW).is_ok(), usable, "{bytes}");
    }
}

#[test]
fn a_reload_keeps_the_key_set_of_an_unchanged_issuer_and_of_no_other() {
    let desk = Desk::with_keys();
    let reloaded = |issuer: Value| {
        let settings: Settings = serde_json::from_value(json!({"issuers": [issuer]})).unwrap();
        let identify = desk.identify.reloaded(&settings, &[]).unwrap();
        Desk { identify, key: DigestKey::new([7; 32]) }.token(&good(), NOW)
    };
    let (known, missing) = ("https://idp.example|c1", "the issuer's key set is not available");
    assert_eq!(
        reloaded(json!({"issuer": IDP, "audience": "shop", "jwks": "keys.json", "leeway": "1s"})),
        known
    );
    assert_eq!(reloaded(json!({"issuer": IDP, "audience": "shop", "jwks": "other.json"})), missing);
    let narrower = json!({"issuer": IDP, "audience": "shop", "jwks": "keys.json", "algorithms": ["RS256"]});
    assert_eq!(reloaded(narrower), missing, "keys are pinned when they are read");
}

#[test]
fn a_rotated_key_ends_every_token_that_it_verified() {
    let desk = Desk::with_keys();
    let token = good();
    assert_eq!(desk.token(&token, NOW), "https://idp.example|c1");
    let again = desk.load(&key_set(), NOW + 1).unwrap();
    assert_eq!(again, KeySetLoaded { keys: 3, skipped: 2, changed: false });
    assert_eq!(desk.token(&token, NOW + 1), "https://idp.example|c1");
    let next = jwk(&EncodingKey::from_rsa_pem(RSA_2).unwrap(), Algorithm::RS256, "rsa");
    assert!(desk.load(&json!({"keys": [next]}), NOW + 2).unwrap().changed);
    assert_eq!(desk.token(&token, NOW + 2), "token signature does not fit");
}

#[test]
fn a_cached_token_ends_with_its_time() {
    let desk = Desk::with_keys();
    let token = good();
    assert_eq!(desk.token(&token, NOW), "https://idp.example|c1");
    assert_eq!(desk.token(&token, NOW + 629), "https://idp.example|c1");
    assert_eq!(desk.token(&token, NOW + 630), "token expired or without expiry");
    assert_eq!(desk.token(&token, NOW - 41), "token not valid yet");
}

#[test]
fn without_a_key_set_the_door_is_closed_and_an_old_one_does_not_hold_for_ever() {
    let desk = Desk::without_keys();
    let token = with(json!({"exp": NOW + 200_000}));
    assert_eq!(desk.token(&token, NOW), "the issuer's key set is not available");
    assert_eq!(IdentifyFault::KeySetUnavailable.kind(), domain::RefusalKind::ClosedEndpoint);
    assert_eq!(desk.identify.key_sets().missing(at(NOW)).count(), 1);
    desk.load(&key_set(), NOW).unwrap();
    assert_eq!(desk.token(&token, NOW), "https://idp.example|c1");
    // A set that cannot be read leaves the old one in force, for a day.
    assert!(desk.load(&json!({"keys": "none"}), NOW + 3600).is_err());
    assert!(desk.identify.key_sets().failed(IDP, at(NOW + 7200)));
    assert_eq!(desk.token(&token, NOW + 86_400), "https://idp.example|c1");
    assert!(!desk.identify.key_sets().failed(IDP, at(NOW + 86_401)));
    assert_eq!(desk.token(&token, NOW + 86_401), "the issuer's key set is not available");
}

#[test]
fn an_unknown_key_asks_for_a_refresh_but_not_more_often_than_every_half_minute() {
    let desk = Desk::without_keys();
    let due = |secs: u64| desk.identify.key_sets().due(at(secs)).count();
    assert_eq!(due(NOW), 1, "never loaded");
    desk.load(&key_set(), NOW).unwrap();
    assert_eq!(due(NOW + 1), 0);
    let unknown = signed(Algorithm::RS256, Some("new"), &claims(), &signer(Algorithm::RS256));
    desk.token(&unknown, NOW + 1);
    assert_eq!(due(NOW + 1), 0, "too soon");
    assert_eq!(due(NOW + 30), 1);
    desk.identify.key_sets().failed(IDP, at(NOW + 30));
    desk.token(&unknown, NOW + 31);
    assert_eq!(due(NOW + 59), 0);
    assert_eq!(due(NOW + 60), 1);
    desk.load(&key_set(), NOW + 60).unwrap();
    assert_eq!(due(NOW + 659), 0);
    assert_eq!(due(NOW + 660), 1, "the regular refresh");
}

#[test]
fn what_is_no_key_set_says_so() {
    let desk = Desk::without_keys();
    let error = |text: &str| desk.identify.key_sets().replace(IDP, text, at(NOW)).unwrap_err().to_string();
    assert!(error("<html>").starts_with("this is no key set"));
    assert!(error(r#"{"keys":[]}"#).starts_with("none of its 0 keys"));
    assert!(error(&"x".repeat((1 << 20) + 1)).contains("1 MiB"));
    assert!(error(&json!({"keys": vec![json!({}); 257]}).to_string()).contains("256 keys"));
    let small = json!({"keys": [{"kty": "oct", "k": "AAAA"}]}).to_string();
    assert!(error(&small).starts_with("none of its 1 keys"));
    assert!(desk.identify.key_sets().replace("x", "{}", at(NOW)).unwrap_err().to_string().contains("`x`"));
}

#[test]
fn an_api_key_names_its_holder_and_two_credentials_name_nobody() {
    let desk = Desk::with_keys();
    let bearer = format!("Bearer {}", good());
    let (partner, tool) = ("partner-key-0123456789", "tool-key-0123456789");
    for (case, lines, want) in [
        ("partner", &[("x-api-key", partner)][..], "key|batch"),
        ("another header", &[("x-tool-key", tool)], "key|tool"),
        ("the right key in the wrong header", &[("x-api-key", tool)], "unknown API key"),
        ("a wrong key", &[("x-api-key", "partner-key-0123456788")], "unknown API key"),
        ("an empty key", &[("x-api-key", "")], "unknown API key"),
        (
            "the same key twice",
            &[("x-api-key", partner), ("x-api-key", partner)],
            "two credentials in one header",
        ),
        ("two keys", &[("x-api-key", partner), ("x-tool-key", tool)], "two credentials in one header"),
        (
            "a token and a key",
            &[("authorization", &bearer), ("x-api-key", partner)],
            "a token and an API key that do not name one principal",
        ),
        (
            "a token and a wrong key",
            &[("authorization", &bearer), ("x-api-key", "nonsense-key")],
            "unknown API key",
        ),
        (
            "a bad token and a key",
            &[("authorization", "Bearer a.b.c"), ("x-api-key", partner)],
            "malformed token",
        ),
        (
            "two tokens",
            &[("authorization", &bearer), ("authorization", &bearer)],
            "two credentials in one header",
        ),
        ("another scheme", &[("authorization", "Basic dXNlcjpwYXNz")], "unverified"),
        ("no scheme", &[("authorization", &bearer[7..])], "unverified"),
        ("nothing", &[], "anonymous"),
    ] {
        assert_eq!(said(&desk.ask(lines, BadCredential::Counts, NOW)), want, "{case}");
    }
    let identified = desk.ask(&[("x-api-key", partner)], BadCredential::Counts, NOW);
    let Caller::Verified(principal) = identified.caller else { panic!("verified") };
    assert_eq!(principal.kind, PrincipalKind::Partner("acme".into()));
    assert_eq!(principal.roles[0].as_str(), "nightly");
}

#[test]
fn settings_that_confuse_principals_or_use_published_keys_do_not_load() {
    let issuer = |name: &str| json!({"issuer": name, "audience": "a", "jwks": "k"});
    let key = |name: &str, key: &str| json!({"name": name, "digest": digest(key)});
    let published = [Sha256::digest("demo-partner-key").into()];
    for (settings, why) in [
        (json!({"issuers": [issuer("a|b")]}), "`a|b` cannot name"),
        (json!({"issuers": [issuer("key")]}), "`key` cannot name"),
        (json!({"issuers": [issuer("a"), issuer("a")]}), "`a` stands twice in `issuers`"),
        (json!({"api_keys": [key("", "k")]}), "`` cannot name"),
        (json!({"api_keys": [key("a", "k1"), key("a", "k2")]}), "`a` stands twice in `api_keys`"),
        (json!({"api_keys": [key("a", "k"), key("b", "k")]}), "`a` and `b` are the same key"),
        (json!({"api_keys": [key("p", "demo-partner-key")]}), "one of the demo's"),
        (json!({"token_header": "cookie"}), "`cookie` cannot carry a credential"),
        (json!({"token_header": "not a token"}), "cannot carry a credential"),
        (
            json!({"issuers": [{"issuer": "a", "audience": "a", "jwks": "k", "algorithms": []}]}),
            "allows no algorithm",
        ),
    ] {
        let settings: Settings = serde_json::from_value(settings).unwrap();
        let error = Identify::new(&settings, &published).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn where_a_bad_credential_is_ignored_the_caller_is_anonymous_and_it_is_not_forwarded() {
    let desk = Desk::with_keys();
    let expired = with(json!({"exp": NOW - 60}));
    let lines = [("authorization", format!("Bearer {expired}"))];
    let lines: Vec<(&str, &str)> = lines.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let ignored = desk.ask(&lines, BadCredential::Ignored, NOW);
    assert_eq!(ignored.caller.word(), "anonymous");
    assert_eq!(ignored.fault, Some(IdentifyFault::Expired));
    assert!(!ignored.forward_credentials && matches!(ignored.credentials, Credentials::None));
    let counts = desk.ask(&lines, BadCredential::Counts, NOW);
    assert_eq!(counts.caller.word(), "unverified");
    assert!(counts.forward_credentials && matches!(counts.credentials, Credentials::Hint(_)));
    let mut headers = HeaderMap::new();
    for name in ["authorization", "x-api-key", "x-tool-key", "accept"] {
        headers.insert(name, HeaderValue::from_static("v"));
    }
    desk.identify.strip(&mut headers);
    assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["accept"]);
    // A good credential counts on a public operation too.
    let good = good();
    let good = desk.ask(&[("authorization", &format!("Bearer {good}"))], BadCredential::Ignored, NOW);
    assert_eq!(good.caller.word(), "verified");
}

const TOKEN: &str = "9f86d081884c7d659a2feaa0c55ad015";
const OTHER: &str = "a3bf4f1b2b0b822cd15d6c15b0f00a08";

#[test]
fn a_token_that_a_log_in_gave_out_is_confirmed_and_survives_restart_and_reload() {
    let desk = Desk::plain();
    assert_eq!(desk.word(TOKEN), "unverified");
    let found = desk.log_in(TOKEN, "198.51.100.7", NOW);
    assert_eq!(found.confirmed.len(), 1);
    assert_eq!(found.confirmed[0].network.to_string(), "198.51.100.0/24");
    assert_eq!(desk.word(TOKEN), "confirmed");
    assert_eq!(desk.word(OTHER), "unverified");
    assert!(desk.log_in(TOKEN, "198.51.100.7", NOW).confirmed.is_empty(), "not newly");

    let after = Desk::plain();
    let Confirmed { digest, network, at } = found.confirmed[0];
    after.identify.restore(digest, network, at);
    assert_eq!(after.word(TOKEN), "confirmed");

    let reloaded = desk.identify.reloaded(&Settings::default(), &[]).unwrap();
    let reloaded = Desk { identify: reloaded, key: DigestKey::new([7; 32]) };
    assert_eq!(reloaded.word(TOKEN), "confirmed");
}

#[test]
fn only_an_answer_that_gives_out_new_values_to_a_log_in_confirms() {
    let body = format!(r#"{{"session":"{TOKEN}"}}"#);
    let query = format!("/echo?token={TOKEN}");
    for (case, method, status, request, confirms) in [
        ("log-in", Method::Post, 200, "/login", true),
        ("log-in that redirects", Method::Post, 303, "/login", true),
        ("sign-up", Method::Put, 201, "/users/ann", true),
        ("a session for every visitor", Method::Get, 200, "/", false),
        ("refused", Method::Post, 401, "/login", false),
        ("server error", Method::Post, 500, "/login", false),
        ("echo of the body", Method::Post, 200, &body, false),
        ("echo of the query", Method::Post, 200, &query, false),
        (
            "echo of an encoded query",
            Method::Post,
            200,
            "/echo?token=9f86%64081884c7d659a2feaa0c55ad015",
            false,
        ),
        ("echo of a cookie", Method::Post, 200, "session=9F86D081884C7D659A2FEAA0C55AD015", false),
    ] {
        let desk = Desk::plain();
        let found = desk.issue(&method, status, &[TOKEN], &[b"/x", request.as_bytes()], "198.51.100.7", NOW);
        assert_eq!(!found.confirmed.is_empty(), confirms, "{case}");
        assert_eq!(desk.word(TOKEN) == "confirmed", confirms, "{case}");
    }
    let desk = Desk::plain();
    let many = [TOKEN, OTHER, "0123456789abcdef0", "0123456789abcdef1", "0123456789abcdef2"];
    assert!(
        desk.issue(&Method::Post, 200, &many, &[], "198.51.100.7", NOW).confirmed.is_empty(),
        "a listing"
    );
    assert!(desk.issue(&Method::Post, 200, &["short"], &[], "198.51.100.7", NOW).confirmed.is_empty());
}

#[test]
fn a_cookie_that_a_log_in_set_is_confirmed_too() {
    let desk = Desk::plain();
    let mut headers = HeaderMap::new();
    headers.append("set-cookie", HeaderValue::from_static("sid=9f86d081884c7d659a2feaa0c55ad015; HttpOnly"));
    let cookies = desk.identify.issued_cookies(&headers);
    assert_eq!(desk.issue(&Method::Post, 200, &cookies, &[], "198.51.100.7", NOW).confirmed.len(), 1);
    let with_cookie = format!("theme=dark; sid={TOKEN}");
    let who = |lines: &[(&str, &str)]| desk.ask(lines, BadCredential::Counts, NOW).caller.word();
    assert_eq!(who(&[("cookie", &with_cookie)]), "confirmed");
    // A made-up token beside it changes nothing; an application's key does not stand for a person.
    assert_eq!(who(&[("authorization", "Bearer made-up-token"), ("cookie", &with_cookie)]), "confirmed");
    desk.log_in("application-key-01", "198.51.100.7", NOW);
    assert_eq!(who(&[("cookie", "sid=made-up-session"), ("x-api-key", "application-key-01")]), "unverified");
    assert_eq!(who(&[("x-api-key", "application-key-01")]), "confirmed");
}

#[test]
fn one_network_gets_its_share_of_confirmed_hints_per_hour_and_no_more() {
    let desk = Desk::plain();
    let value = |n: u64| format!("{n:032x}");
    let hour = NOW - NOW % 3600;
    let log_ins = |from: u64, count: u64, client: &str, secs: u64| {
        (from..from + count).filter(|n| !desk.log_in(&value(*n), client, secs).confirmed.is_empty()).count()
    };
    assert_eq!(log_ins(0, 500, "198.51.100.7", hour), 400);
    assert!(desk.log_in(&value(499), "198.51.100.200", hour + 3599).capped, "the same /24");
    assert_eq!(log_ins(1000, 10, "198.51.101.7", hour), 10, "another /24");
    assert_eq!(log_ins(2000, 500, "2001:db8:1:1::1", hour), 400);
    assert_eq!(log_ins(3000, 1, "2001:db8:1:ffff::1", hour), 0, "the same /48");
    assert_eq!(log_ins(4000, 500, "198.51.100.7", hour + 3600), 400, "the next hour");
    assert_eq!(
        log_ins(5000, 1, "198.51.100.7", hour + 3599),
        0,
        "a clock that steps back gives no second share"
    );
}

#[test]
fn a_restart_gives_no_fresh_share() {
    let desk = Desk::plain();
    for n in 0..400_u64 {
        let digest = desk.key.credential(&n.to_string());
        let then = Timestamp::from_millis(NOW * 1000 + n);
        desk.identify.restore(digest, "198.51.100.0/24".parse().unwrap(), then);
    }
    assert!(desk.log_in(TOKEN, "198.51.100.7", NOW + 1).capped);
    // Values of one answer counted once before, and do so again.
    let desk = Desk::plain();
    for n in 0..800_u64 {
        let digest = desk.key.credential(&n.to_string());
        desk.identify.restore(digest, "198.51.100.0/24".parse().unwrap(), at(NOW + n / 4));
    }
    assert!(!desk.log_in(TOKEN, "198.51.100.7", NOW + 200).capped);
}

/// What happened at an endpoint, line by line: target, token, status; and whether `TOKEN` is
/// confirmed by the last.
#[test]
fn a_refusal_without_and_with_another_value_vouches_for_the_one_that_is_answered() {
    const ME: &str = "/me/orders";
    let long = "a3bf4f1b2b0b822cd15d6c15b0f00a08ff";
    for (case, lines, confirms) in [
        ("both refused", &[(ME, None, 401), (ME, Some(OTHER), 401), (ME, Some(TOKEN), 200)][..], true),
        (
            "forbidden counts as refused",
            &[(ME, None, 403), (ME, Some(OTHER), 403), (ME, Some(TOKEN), 200)],
            true,
        ),
        ("answers everyone", &[(ME, None, 200), (ME, Some(OTHER), 200), (ME, Some(TOKEN), 200)], false),
        ("never asked without", &[(ME, Some(OTHER), 401), (ME, Some(TOKEN), 200)], false),
        ("never asked with another", &[(ME, None, 401), (ME, Some(TOKEN), 200)], false),
        ("any token will do", &[(ME, None, 401), (ME, Some(OTHER), 200), (ME, Some(TOKEN), 200)], false),
        ("another shape", &[(ME, None, 401), (ME, Some(long), 401), (ME, Some(TOKEN), 200)], false),
        (
            "answered without, before",
            &[(ME, None, 200), (ME, None, 401), (ME, Some(OTHER), 401), (ME, Some(TOKEN), 200)],
            false,
        ),
        (
            "answered without, between",
            &[(ME, None, 401), (ME, Some(OTHER), 401), (ME, None, 200), (ME, Some(TOKEN), 200)],
            false,
        ),
        ("refused by failing", &[(ME, None, 500), (ME, Some(OTHER), 500), (ME, Some(TOKEN), 200)], false),
        ("the same value refused", &[(ME, None, 401), (ME, Some(TOKEN), 401), (ME, Some(TOKEN), 200)], false),
        (
            "the other value is answered at another time",
            &[(ME, None, 401), (ME, Some(OTHER), 401), (ME, Some(OTHER), 200), (ME, Some(TOKEN), 200)],
            false,
        ),
        (
            "refusals at another object",
            &[
                ("/me/orders?id=1", None, 403),
                ("/me/orders?id=1", Some(OTHER), 403),
                ("/me/orders?id=2", Some(TOKEN), 200),
            ],
            false,
        ),
    ] {
        let desk = Desk::plain();
        let mut last = false;
        for (target, token, status) in lines {
            last = desk.answer("GET /me/orders", target, *token, *status, NOW);
        }
        assert_eq!(last, confirms, "{case}");
        assert_eq!(desk.word(TOKEN) == "confirmed", confirms, "{case}");
    }
}

#[test]
fn evidence_is_of_the_same_door_of_safe_requests_and_a_day_old_at_most() {
    let run = |door: &str, refused: &str, later: u64| {
        let desk = Desk::plain();
        desk.answer(refused, "/x", None, 401, NOW);
        desk.answer(refused, "/x", Some(OTHER), 401, NOW);
        desk.answer(door, "/x", Some(TOKEN), 200, NOW + later)
    };
    assert!(run("GET /x", "GET /x", 86_400));
    assert!(!run("GET /x", "GET /x", 86_401));
    assert!(!run("GET /x", "HEAD /x", 0));
    // A log-in refuses wrong passwords whatever cookie comes with them.
    assert!(!run("POST /login", "POST /login", 0));
}

proptest! {
    /// Fresh tokens for every request never confirm anything at an endpoint that answers everyone,
    /// whatever order the requests come in.
    #[test]
    fn a_made_up_token_is_never_confirmed_where_everyone_is_answered(
        tokens in prop::collection::vec(prop::option::of("[0-9a-f]{32}"), 1..60),
    ) {
        let desk = Desk::plain();
        for token in &tokens {
            prop_assert!(!desk.answer("GET /customers", "/customers", token.as_deref(), 200, NOW));
        }
    }

    #[test]
    fn no_header_makes_the_station_panic_or_verify(value in prop::collection::vec(any::<u8>(), 0..80), name in 0_usize..4) {
        let desk = Desk::with_keys();
        let name = ["authorization", "cookie", "x-api-key", "x-auth-token"][name];
        let mut bytes = if name == "authorization" { b"Bearer ".to_vec() } else { b"sid=".to_vec() };
        bytes.extend(value);
        if let Ok(value) = HeaderValue::from_bytes(&bytes) {
            let mut headers = HeaderMap::new();
            headers.insert(name, value);
            let view = RequestView { headers: &headers, query: None };
            let identified = desk.identify.caller(&view, BadCredential::Counts, &desk.key, at(NOW));
            prop_assert!(!matches!(identified.caller, Caller::Verified(_)));
        }
    }

    #[test]
    fn a_damaged_token_never_verifies(at_byte in any::<prop::sample::Index>(), byte in "[A-Za-z0-9_.-]") {
        let desk = Desk::with_keys();
        let whole = good();
        let at_byte = at_byte.index(whole.len());
        let damaged = format!("{}{byte}{}", &whole[..at_byte], &whole[at_byte + 1..]);
        prop_assume!(damaged != whole);
        prop_assert_ne!(desk.token(&damaged, NOW), "https://idp.example|c1");
    }
}
