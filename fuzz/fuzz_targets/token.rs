//! Credentials: whatever a client presents, nobody is verified who holds no key.
#![no_main]

use std::sync::OnceLock;

use domain::{Caller, Timestamp};
use gateway::identify::{BadCredential, Identify, RequestView, Settings};
use libfuzzer_sys::fuzz_target;

const KEY_SET: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"k1",
    "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

fn station() -> &'static Identify {
    static STATION: OnceLock<Identify> = OnceLock::new();
    STATION.get_or_init(|| {
        let settings: Settings = serde_json::from_str(
            r#"{"issuers":[{"issuer":"https://idp.example","audience":"shop","jwks":"keys.json"}]}"#,
        )
        .expect("settings");
        let station = Identify::new(&settings, &[]).expect("station");
        station.key_sets().replace("https://idp.example", KEY_SET, Timestamp::from_secs(1)).expect("key set");
        station
    })
}

fuzz_target!(|input: &[u8]| {
    let Ok(value) = http::HeaderValue::from_bytes(input) else { return };
    let key = ledger::DigestKey::new([7; 32]);
    let query = std::str::from_utf8(input).ok();
    for name in ["authorization", "x-api-key", "cookie"] {
        let mut headers = http::HeaderMap::new();
        headers.insert(name, value.clone());
        for bad in [BadCredential::Counts, BadCredential::Ignored] {
            let who = station().caller(&RequestView { headers: &headers, query }, bad, &key, Timestamp::from_secs(2));
            assert!(!matches!(who.caller, Caller::Verified(_)), "nobody holds the key");
        }
    }
});
