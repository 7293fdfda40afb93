//! Tables of API keys, settings, and credentials that meet.

use super::*;

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
        ("no scheme", &[("authorization", bearer.trim_start_matches("Bearer "))], "unverified"),
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

proptest! {
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
}
