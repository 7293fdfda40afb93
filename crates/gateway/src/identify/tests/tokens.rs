//! Tables of tokens and key sets.

#![expect(clippy::string_slice, reason = "tokens of the tests are ASCII")]

use super::*;

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
        (
            "alg none, no signature",
            format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#)),
            "token algorithm not allowed for its key",
        ),
        ("no signature", format!("{header}.{payload}."), "malformed token"),
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
fn a_reload_reads_files_anew_and_asks_no_server() {
    let issuer = |name: &str, jwks: &str| json!({"issuer": name, "audience": "shop", "jwks": jwks});
    let settings = |url: &str| -> Settings {
        let both = [issuer("file", "keys.json"), issuer("url", url)];
        serde_json::from_value(json!({"issuers": both})).unwrap()
    };
    let due = |identify: &Identify| {
        let due = identify.key_sets().due(at(NOW + 1));
        due.map(|issuer| issuer.issuer.to_string()).collect::<Vec<_>>()
    };
    let begun = Identify::new(&settings("https://idp.example/a"), &[]).unwrap();
    assert_eq!(due(&begun), ["file", "url"]);
    for issuer in ["file", "url"] {
        begun.key_sets().replace(issuer, &key_set().to_string(), at(NOW)).unwrap();
    }
    assert_eq!(due(&begun), [""; 0]);
    assert_eq!(due(&begun.reloaded(&settings("https://idp.example/a"), &[]).unwrap()), ["file"]);
    assert_eq!(due(&begun.reloaded(&settings("https://idp.example/b"), &[]).unwrap()), ["file", "url"]);
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

proptest! {
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
