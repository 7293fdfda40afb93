//! The demo's keys. They stand in a public repository: whoever trusts them trusts everybody.
//!
//! `tidegate serve` refuses them (see [`is_demo_key`]); only the demo and the tests use them.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

/// The name of the signing key in tokens and key set.
pub const KEY_ID: &str = "demo-do-not-trust";

/// `iss` of the shop's tokens.
pub const ISSUER: &str = "https://shop.example";

/// `aud` of the shop's tokens.
pub const AUDIENCE: &str = "shop";

/// How long a token is valid, in seconds.
const LIFETIME_SECS: u64 = 8 * 3600;

const SIGNING_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAIcDuVpFH6EGsNX0
XmWqUyvNFr+yhyOFvM0bZ4YT+1ShRANCAATWl1hlcfX/z9KFAnP71m345nDtN4AB
LO+wV8S4BOANXuGGeIqjg6IbKaL5+JYfJbvw3hVJ7mhfgP5u2vdsNgsC
-----END PRIVATE KEY-----
";
const PUBLIC_X: &str = "1pdYZXH1_8_ShQJz-9Zt-OZw7TeAASzvsFfEuATgDV4";
const PUBLIC_Y: &str = "4YZ4iqODohspovn4lh8lu_DeFUnuaF-A_m7a92w2CwI";

/// The partners and their keys, sent as `X-Api-Key`: the courier fetches its nightly batch, the
/// locker company's key is the one that gets stolen.
pub const PARTNERS: [(&str, &str); 2] =
    [("courier", "demo-courier-4f1c9a7e2b60d853"), ("lockers", "demo-lockers-9be07d31c5a8426f")];

/// What a token of the shop says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenClaims {
    /// Issuer.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// The customer's id in decimal, or `staff-N`.
    pub sub: String,
    /// `customer` or `staff`.
    pub roles: Vec<String>,
    /// Issued at, seconds since 1970.
    pub iat: u64,
    /// Expires at, seconds since 1970.
    pub exp: u64,
}

/// The key set document that the shop serves at `/.well-known/jwks.json` (RFC 7517).
#[must_use]
pub fn key_set() -> String {
    format!(
        r#"{{"keys":[{{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"{KEY_ID}","x":"{PUBLIC_X}","y":"{PUBLIC_Y}"}}]}}"#
    )
}

/// Whether `text` (a key set, a key id or an API key) is or holds a key of the demo.
#[must_use]
pub fn is_demo_key(text: &str) -> bool {
    [KEY_ID, PUBLIC_X, PUBLIC_Y]
        .iter()
        .chain(PARTNERS.iter().map(|(_, key)| key))
        .any(|key| text.contains(key))
}

/// Mints a token for `subject` with one role, valid from now for eight hours.
///
/// # Errors
/// The cryptographic library refused the key; never seen.
pub fn token(subject: &str, role: &str) -> Result<String, jsonwebtoken::errors::Error> {
    let now = now_secs();
    signed(&TokenClaims {
        iss: ISSUER.into(),
        aud: AUDIENCE.into(),
        sub: subject.into(),
        roles: vec![role.into()],
        iat: now,
        exp: now + LIFETIME_SECS,
    })
}

/// Signs whatever `claims` say: also what the shop never would.
///
/// # Errors
/// As [`token`].
pub fn signed(claims: &TokenClaims) -> Result<String, jsonwebtoken::errors::Error> {
    static KEY: OnceLock<EncodingKey> = OnceLock::new();
    let key = match KEY.get() {
        Some(key) => key,
        None => {
            let key = EncodingKey::from_ec_pem(SIGNING_KEY.as_bytes())?;
            KEY.get_or_init(|| key)
        }
    };
    let header = Header { kid: Some(KEY_ID.into()), ..Header::new(Algorithm::ES256) };
    jsonwebtoken::encode(&header, claims, key)
}

/// The claims of `token` if the demo's key signed it and it has not expired.
#[must_use]
pub fn verified(token: &str) -> Option<TokenClaims> {
    static KEY: OnceLock<Option<DecodingKey>> = OnceLock::new();
    let key = KEY.get_or_init(|| DecodingKey::from_ec_components(PUBLIC_X, PUBLIC_Y).ok()).as_ref()?;
    let mut wanted = Validation::new(Algorithm::ES256);
    wanted.set_issuer(&[ISSUER]);
    wanted.set_audience(&[AUDIENCE]);
    jsonwebtoken::decode::<TokenClaims>(token, key, &wanted).ok().map(|token| token.claims)
}

fn now_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_verified_and_a_changed_or_made_up_one_is_not() {
        let fine = token("1000042", "customer").unwrap();
        assert_eq!(verified(&fine).unwrap().sub, "1000042");
        let (head, rest) = fine.split_once('.').unwrap();
        let (_, signature) = rest.split_once('.').unwrap();
        let other = token("staff-1", "staff").unwrap();
        let claims = other.split('.').nth(1).unwrap();
        assert_eq!(verified(&format!("{head}.{claims}.{signature}")), None);
        assert_eq!(verified("made-up"), None);
    }

    #[test]
    fn the_key_set_is_json_and_known_as_the_demo_s() {
        let set: serde_json::Value = serde_json::from_str(&key_set()).unwrap();
        assert_eq!(set["keys"][0]["kid"], KEY_ID);
        assert!(is_demo_key(&key_set()) && is_demo_key(PARTNERS[1].1));
        assert!(!is_demo_key("somebody's own key"));
    }
}
