//! `identify:` in the configuration. The doc comments are the manual.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use domain::{RoleName, Window};
use jsonwebtoken::Algorithm;
use serde::{Deserialize, Deserializer};

/// Who callers are and how they prove it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Issuers whose signed tokens (JWT, RFC 7519) are verified. Default none: then every token is
    /// only a hint.
    pub issuers: Vec<IssuerSettings>,
    /// API keys, each with the principal that holds it. Default none.
    pub api_keys: Vec<ApiKeySettings>,
    /// The header that carries the token; after `Bearer ` in `authorization`, bare or after
    /// `Bearer ` in any other. Default `authorization`.
    pub token_header: String,
    /// Names of cookies that carry a session. Default empty: every cookie whose name contains
    /// `sess`, `sid`, `token`, `auth` or `jwt`, except those with `csrf` or `xsrf`.
    pub session_cookies: Vec<String>,
    /// Verified tokens kept by digest until they expire or their key set changes, so that a token is
    /// verified once and not per request. At most this many; the ones unused for longest go first.
    /// About 400 bytes each. Default 100000.
    pub tokens_cached: usize,
    /// Confirmed hints kept; the ones unused for longest go first, and count as unverified until the
    /// upstream vouches for them again. About 150 bytes each. Default 200000.
    pub hints_confirmed: usize,
    /// Log-ins per hour from one network (/24, or /48 in IPv6) whose tokens become confirmed hints,
    /// each with a budget of its own. An office or a mobile network's shared address has its log-ins
    /// spread over a day; somebody who signs up for fresh budgets has not. Default 400.
    pub confirmed_per_network_and_hour: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            issuers: Vec::new(),
            api_keys: Vec::new(),
            token_header: "authorization".into(),
            session_cookies: Vec::new(),
            tokens_cached: 100_000,
            hints_confirmed: 200_000,
            confirmed_per_network_and_hour: 400,
        }
    }
}

/// An issuer of signed tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerSettings {
    /// The exact `iss` claim of its tokens. Must not contain `|`.
    pub issuer: Arc<str>,
    /// One of these must be among the token's `aud`: a text or a list. At least one, for a token
    /// that was meant for somebody else is no token for this API (RFC 8725 section 3.9).
    pub audience: OneOrMore,
    /// Its key set (JWKS, RFC 7517): a file, or an `https://` URL (`http://` for loopback only).
    pub jwks: KeySource,
    /// Algorithms that its keys may use. A key with an `alg` uses exactly that one; a key without
    /// uses the first of this list that fits its type. `HS256`, `HS384` and `HS512` only with a key
    /// of type `oct`. Default `[RS256, PS256, ES256, ES384, EdDSA]`.
    #[serde(default = "asymmetric")]
    pub algorithms: Vec<Algorithm>,
    /// How often the key set is loaded again. An unknown key id asks for it at once, at most every
    /// 30 seconds; a reload reads a file anew. Default `10m`.
    #[serde(default = "ten_minutes")]
    pub refresh: Window,
    /// How long a key set that cannot be loaded again stays in force; then the issuer's tokens are
    /// refused. Default `24h`.
    #[serde(default = "one_day")]
    pub keep: Window,
    /// How far the issuer's clock may be off, for `exp` and `nbf`. Default `30s`.
    #[serde(default = "half_a_minute")]
    pub leeway: Window,
    /// The claim that names the principal, dotted where it is nested. Default `sub`.
    #[serde(default = "sub")]
    pub subject: Arc<str>,
    /// Roles that claims give. Default none.
    #[serde(default)]
    pub roles: Vec<RoleMapping>,
}

/// A role given by a claim.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleMapping {
    /// The claim, dotted where it is nested: `realm_access.roles`.
    pub claim: Arc<str>,
    /// The value that gives the role; of a list, any element.
    pub is: Arc<str>,
    /// The role.
    pub role: RoleName,
}

/// An API key and who holds it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKeySettings {
    /// The name of its principal. Must not contain `|`.
    pub name: Arc<str>,
    /// SHA-256 of the key: `sha256:` and 64 hexadecimal digits (`printf %s KEY | sha256sum`). The key
    /// must be random, 128 bits or more: a plain hash protects nothing that can be guessed.
    pub digest: KeyDigest,
    /// The header that carries it. Default `x-api-key`.
    #[serde(default = "x_api_key")]
    pub header: String,
    /// The partner who holds it, for operations with the audience `partner`. Default none.
    #[serde(default)]
    pub partner: Option<Arc<str>>,
    /// Its roles. Default none.
    #[serde(default)]
    pub roles: Vec<RoleName>,
}

/// Where a key set comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A file, relative to the configuration.
    File(PathBuf),
    /// An `https://` URL, or `http://` on a loopback address.
    Url(String),
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Url(url) => f.write_str(url),
        }
    }
}

impl TryFrom<String> for KeySource {
    type Error = String;

    /// # Errors
    /// A sentence, for another scheme and for `http://` that leaves the machine: whoever sits on the
    /// way could hand us their own keys.
    fn try_from(text: String) -> Result<Self, String> {
        if text.starts_with("https://") {
            return Ok(Self::Url(text));
        }
        if let Some(rest) = text.strip_prefix("http://") {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let loopback = ["127.0.0.1", "localhost", "[::1]"].iter().any(|host| {
                authority.strip_prefix(host).is_some_and(|rest| {
                    rest.is_empty()
                        || rest.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
                })
            });
            return if loopback {
                Ok(Self::Url(text))
            } else {
                Err("a key set over `http://` can be replaced on its way; use `https://` or a file".into())
            };
        }
        if let Some((scheme, _)) = text.split_once("://") {
            let scheme: String = scheme.chars().take(20).collect();
            return Err(format!("`{scheme}://` is no source of a key set; use `https://` or a file"));
        }
        Ok(Self::File(text.into()))
    }
}

impl<'de> Deserialize<'de> for KeySource {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.try_into().map_err(serde::de::Error::custom)
    }
}

/// The SHA-256 of an API key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyDigest(pub [u8; 32]);

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:***")
    }
}

impl std::str::FromStr for KeyDigest {
    type Err = String;

    /// # Errors
    /// A sentence that shows the form, without the text: it may be the key itself.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a key is given as `sha256:` and 64 hexadecimal digits (`printf %s KEY | sha256sum`)";
        let hex = text.strip_prefix("sha256:").filter(|hex| hex.len() == 64).ok_or_else(wrong)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            let digits = std::str::from_utf8(pair).ok().filter(|p| p.bytes().all(|b| b.is_ascii_hexdigit()));
            *byte = digits.and_then(|p| u8::from_str_radix(p, 16).ok()).ok_or_else(wrong)?;
        }
        Ok(Self(bytes))
    }
}

impl<'de> Deserialize<'de> for KeyDigest {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One text, or a list of at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneOrMore(Vec<Arc<str>>);

impl OneOrMore {
    /// The texts.
    #[must_use]
    pub fn as_slice(&self) -> &[Arc<str>] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct TextOrList;
        impl<'de> serde::de::Visitor<'de> for TextOrList {
            type Value = OneOrMore;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a list of texts")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<OneOrMore, E> {
                Ok(OneOrMore(vec![text.into()]))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<OneOrMore, A::Error> {
                let mut all: Vec<Arc<str>> = Vec::new();
                while let Some(text) = list.next_element()? {
                    all.push(text);
                }
                if all.is_empty() {
                    return Err(serde::de::Error::custom("an empty list accepts nobody; name at least one"));
                }
                Ok(OneOrMore(all))
            }
        }
        input.deserialize_any(TextOrList)
    }
}

fn asymmetric() -> Vec<Algorithm> {
    vec![Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA]
}

const fn ten_minutes() -> Window {
    Window::from_secs(600)
}

const fn one_day() -> Window {
    Window::DAY
}

const fn half_a_minute() -> Window {
    Window::from_secs(30)
}

fn sub() -> Arc<str> {
    "sub".into()
}

fn x_api_key() -> String {
    "x-api-key".into()
}

/// Why the settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The name would make two principals look the same.
    #[error("`{name}` cannot name an issuer or key: it is empty, `key`, or contains `|`")]
    Name {
        /// The name.
        name: Arc<str>,
    },
    /// Two issuers, or two keys, have the same name.
    #[error("`{name}` stands twice in `{under}`")]
    Twice {
        /// The name.
        name: Arc<str>,
        /// `issuers` or `api_keys`.
        under: &'static str,
    },
    /// Two names for one key.
    #[error("the API keys `{first}` and `{second}` are the same key")]
    SameKey {
        /// One name.
        first: Arc<str>,
        /// The other.
        second: Arc<str>,
    },
    /// The key is published: everybody knows it.
    #[error("the API key `{name}` is one of the demo's, which everybody knows; make your own")]
    DemoKey {
        /// Its name.
        name: Arc<str>,
    },
    /// The header's name is no token, or the header has another use.
    #[error("`{header}` cannot carry a credential; use a header such as `x-api-key`")]
    Header {
        /// The header.
        header: String,
    },
    /// No algorithm is allowed.
    #[error("the issuer `{issuer}` allows no algorithm")]
    NoAlgorithm {
        /// The issuer.
        issuer: Arc<str>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_needs_three_lines() {
        let text = r#"{"issuers":[{"issuer":"https://idp.example","audience":"shop","jwks":"keys.json"}]}"#;
        let settings: Settings = serde_json::from_str(text).unwrap();
        let issuer = &settings.issuers[0];
        assert_eq!(issuer.jwks, KeySource::File("keys.json".into()));
        assert_eq!(issuer.refresh.to_string(), "10m");
        assert_eq!(issuer.leeway.to_string(), "30s");
        assert_eq!(&*issuer.subject, "sub");
        assert!(!issuer.algorithms.contains(&Algorithm::HS256));
    }

    #[test]
    fn what_would_accept_too_much_does_not_load() {
        let issuer = |rest: &str| {
            let text = format!(r#"{{"issuers":[{{"issuer":"i",{rest}}}]}}"#);
            serde_json::from_str::<Settings>(&text).map_err(|error| error.to_string())
        };
        for (rest, why) in [
            (r#""jwks":"k""#, "missing field `audience`"),
            (r#""jwks":"k","audience":[]"#, "accepts nobody"),
            (r#""audience":"a""#, "missing field `jwks`"),
            (r#""jwks":"http://idp.example/keys","audience":"a""#, "replaced on its way"),
            (r#""jwks":"http://localhost.evil.example/k","audience":"a""#, "replaced on its way"),
            (r#""jwks":"http://127.0.0.1:80@evil.example/k","audience":"a""#, "replaced on its way"),
            (r#""jwks":"ftp://idp.example/keys","audience":"a""#, "no source of a key set"),
            (r#""jwks":"k","audience":"a","algorithms":["none"]"#, "unknown variant `none`"),
            (r#""jwks":"k","audience":"a","audiences":["b"]"#, "unknown field `audiences`"),
        ] {
            let error = issuer(rest).unwrap_err();
            assert!(error.contains(why), "{rest}: {error}");
        }
        assert!(issuer(r#""jwks":"http://127.0.0.1:8080/keys","audience":["a","b"]"#).is_ok());
    }

    #[test]
    fn a_key_that_is_no_digest_is_refused_without_being_printed() {
        for text in ["hunter2", "sha256:abc", &format!("sha256:{}", "+f".repeat(32))] {
            let error = text.parse::<KeyDigest>().unwrap_err();
            assert!(error.contains("sha256sum") && !error.contains(text), "{error}");
        }
        let digest: KeyDigest = format!("sha256:{}", "0F".repeat(32)).parse().unwrap();
        assert_eq!(digest.0, [15; 32]);
        assert_eq!(format!("{digest:?}"), "sha256:***");
    }
}
