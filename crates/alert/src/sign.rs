//! The signature of a webhook: that it came from this Tidegate, whole, and not long ago.
//!
//! `Tidegate-Signature: t=<unix seconds>,v1=<hex>`, where `v1` is HMAC-SHA-256 with the shared secret
//! over the decimal seconds, a dot and the body. [`verify`] is what a receiver does; `docs/alerts.md`
//! has it in Python.
//!
//! ```
//! use alert::sign::{sign, verify};
//! use domain::{Secret, Timestamp, Window};
//! let secret = Secret::new("sixteen characters at least".into());
//! let now = Timestamp::from_secs(1_800_000_000);
//! let header = sign(&secret, now, b"{}");
//! assert!(verify(&secret, &header, b"{}", now, Window::from_secs(300)));
//! assert!(!verify(&secret, &header, b"{ }", now, Window::from_secs(300)));
//! ```

use std::io::Read as _;
use std::path::{Path, PathBuf};

use domain::{Secret, Timestamp, Window};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// The header that carries the signature.
pub const HEADER: &str = "tidegate-signature";

/// The value of the header for `body`, sent at `now`.
#[must_use]
pub fn sign(secret: &Secret, now: Timestamp, body: &[u8]) -> String {
    let mut out = format!("t={},v1=", now.secs());
    for byte in mac(secret, now.secs(), body) {
        for nibble in [byte >> 4, byte & 15] {
            out.push(char::from(if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble }));
        }
    }
    out
}

/// Whether `header` is what [`sign`] makes of `body`, at most `tolerance` before or after `now`.
///
/// # Security
/// The comparison takes the same time wherever the first difference is. Pass the body as it came,
/// before anything parses it.
#[must_use]
pub fn verify(secret: &Secret, header: &str, body: &[u8], now: Timestamp, tolerance: Window) -> bool {
    let mut at = None;
    for part in header.split(',').take(8) {
        if let Some(("t", secs)) = part.trim().split_once('=') {
            at = secs.parse::<u64>().ok();
        }
    }
    let Some(at) = at else { return false };
    let made = Timestamp::from_secs(at);
    let apart = now.millis_since(made).max(made.millis_since(now));
    let expected = sign(secret, made, body);
    let same = bool::from(expected.as_bytes().ct_eq(header.trim().as_bytes()));
    same && apart <= tolerance.millis()
}

fn mac(secret: &Secret, secs: u64, body: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length; were it not so, a key of zeros would verify nowhere.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else { return [0; 32] };
    mac.update(secs.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

/// Why a file holds no secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// It cannot be read.
    #[error("cannot read the secret file `{path}`")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// It is none.
    #[error(
        "`{path}` holds no secret: 16 to 512 visible characters on one line; make one: `openssl rand -hex 32 > FILE; chmod 600 FILE`"
    )]
    NoSecret {
        /// The file.
        path: PathBuf,
    },
}

/// Reads a secret from its file, without the line break at its end.
///
/// # Errors
/// See [`SecretError`]; no part of the file stands in it.
pub fn read_secret(path: &Path) -> Result<Secret, SecretError> {
    let unreadable = |cause| SecretError::Unreadable { path: path.to_owned(), cause };
    let mut bytes = Vec::new();
    std::fs::File::open(path).and_then(|file| file.take(1024).read_to_end(&mut bytes)).map_err(unreadable)?;
    let text = String::from_utf8(bytes).unwrap_or_default();
    let secret = text.trim_end_matches(['\r', '\n']);
    if (16..=512).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Secret::new(secret.to_owned()))
    } else {
        Err(SecretError::NoSecret { path: path.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
    const FIVE_MINUTES: Window = Window::from_secs(300);

    fn secret() -> Secret {
        Secret::new("a-secret-of-this-test".into())
    }

    #[test]
    fn the_signature_is_the_hmac_that_others_compute() {
        // printf '1800000000.{"a":1}' | openssl dgst -sha256 -hmac a-secret-of-this-test
        let expected = "t=1800000000,v1=aea8d8523b57ad26314ec15f5c524ba6891b0713601591c6125b593635d4bb1a";
        assert_eq!(sign(&secret(), NOW, br#"{"a":1}"#), expected);
    }

    #[test]
    fn only_the_same_body_secret_and_time_verify() {
        let header = sign(&secret(), NOW, b"body");
        let (time, mac) = header.split_once(",v1=").unwrap();
        for (header, body, now, holds) in [
            (header.clone(), "body", NOW, true),
            (header.clone(), "body", NOW.plus(FIVE_MINUTES), true),
            (header.clone(), "body", NOW.minus(FIVE_MINUTES), true),
            (header.clone(), "body", NOW.plus(Window::from_secs(301)), false),
            (header.clone(), "body", NOW.minus(Window::from_secs(301)), false),
            (header.clone(), "bodY", NOW, false),
            (format!("t=1800000001,v1={mac}"), "body", NOW, false),
            (format!("{time},v1={}", mac.to_uppercase()), "body", NOW, false),
            (format!("{time},v1="), "body", NOW, false),
            (time.to_owned(), "body", NOW, false),
            (format!("v1={mac}"), "body", NOW, false),
            (String::new(), "body", NOW, false),
            (format!("t=x,v1={mac}"), "body", NOW, false),
        ] {
            assert_eq!(verify(&secret(), &header, body.as_bytes(), now, FIVE_MINUTES), holds, "{header}");
        }
        assert!(!verify(&Secret::new("another-secret-here".into()), &header, b"body", NOW, FIVE_MINUTES));
    }

    #[test]
    fn a_secret_file_holds_one_line_and_errors_do_not_show_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let cases: [(&[u8], bool); 6] = [
            (b"0123456789abcdef\n", true),
            (b"0123456789abcdef\r\n", true),
            (b"0123456789abcde", false),
            (b"0123456789 abcdef", false),
            (b"\xff0123456789abcdef", false),
            (&[b'x'; 600], false),
        ];
        for (text, fits) in cases {
            std::fs::write(file.path(), text).unwrap();
            let read = read_secret(file.path());
            assert_eq!(read.is_ok(), fits, "{text:?}");
            assert!(!format!("{read:?}").contains("123456"), "{read:?}");
        }
        assert!(matches!(read_secret(Path::new("/nowhere/at-all")), Err(SecretError::Unreadable { .. })));
    }
}
