//! Keys of one bench run: made anew each time, for `serve` refuses the demo's.

use std::path::Path;

use anyhow::{Context, Result};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{HOLDERS, inside};

/// A signing key and its public half as a key set.
pub(crate) struct Keys {
    pair: EcdsaKeyPair,
}

impl Keys {
    /// A fresh ECDSA P-256 key.
    pub(crate) fn generate() -> Result<Self> {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
            .ok()
            .context("generate a signing key")?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref())
            .ok()
            .context("read the signing key")?;
        Ok(Self { pair })
    }

    /// Writes `jwks.json` and `tokens.txt` (one token a line, the nth for customer n) into `folder`.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        // An uncompressed point: 0x04, 32 bytes x, 32 bytes y (SEC 1 section 2.3.3).
        let point = self.pair.public_key().as_ref();
        let (x, y) = point.get(1..).context("read the public key")?.split_at(32);
        let set = serde_json::json!({"keys": [{
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "bench",
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        }]});
        std::fs::write(inside(folder, "jwks.json"), set.to_string()).context("write the key set")?;
        let mut tokens = String::new();
        for holder in 1..=HOLDERS {
            tokens.push_str(&self.token(holder)?);
            tokens.push('\n');
        }
        std::fs::write(inside(folder, "tokens.txt"), tokens).context("write the tokens")
    }

    fn token(&self, holder: u32) -> Result<String> {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .context("read the clock")?
            .as_secs();
        let claims = serde_json::json!({
            "iss": "https://bench.example", "aud": "bench", "sub": holder.to_string(), "iat": now, "exp": now + 7200,
        });
        let header = r#"{"alg":"ES256","typ":"JWT","kid":"bench"}"#;
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature =
            self.pair.sign(&SystemRandom::new(), signed.as_bytes()).ok().context("sign a token")?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
