//! Passwords, their hashes, keys, and tokens.

/// Whether `text` is a password hash or a private key by its form.
pub(crate) fn is_unmistakable(text: &[u8]) -> bool {
    const STARTS: [&[u8]; 13] = [
        b"$2a$",
        b"$2b$",
        b"$2y$",
        b"$argon2",
        b"$6$",
        b"$5$",
        b"$1$",
        b"$scrypt$",
        b"$pbkdf2",
        b"{SSHA",
        b"pbkdf2_sha256$",
        b"pbkdf2:sha256",
        b"scrypt:",
    ];
    if !matches!(text.first(), Some(b'$' | b'{' | b'p' | b's' | b'-')) || text.len() < 28 {
        return false;
    }
    let hash = STARTS.iter().any(|start| text.starts_with(start));
    hash || text.starts_with(b"-----BEGIN ") && memchr::memmem::find(text, b"PRIVATE KEY-----").is_some()
}

/// Whether a value under a password's key is one: no blank, no mask, no word of an error message.
pub(crate) fn is_plausible(text: &[u8]) -> bool {
    const WORDS: [&[u8]; 18] = [
        b"required",
        b"invalid",
        b"missing",
        b"incorrect",
        b"wrong",
        b"weak",
        b"expired",
        b"true",
        b"false",
        b"null",
        b"none",
        b"string",
        b"password",
        b"text",
        b"unset",
        b"too_short",
        b"blank",
        b"yes",
    ];
    let recovery_phrase = text.iter().filter(|b| **b == b' ').count() >= 11
        && text.iter().all(|b| b.is_ascii_lowercase() || *b == b' ');
    let one_word = (4..=4096).contains(&text.len()) && !text.iter().any(u8::is_ascii_whitespace);
    (one_word || recovery_phrase)
        && !super::is_masked(text)
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
        && !text.starts_with(b"http")
}

/// Whether `text` is a JSON web token: three parts of base64url, the first an object.
pub(crate) fn is_jwt(text: &[u8]) -> bool {
    if !text.starts_with(b"eyJ") || text.len() < 20 || text.len() > 16_384 {
        return false;
    }
    let mut dots = 0_usize;
    text.iter().all(|b| {
        dots = dots.saturating_add(usize::from(*b == b'.'));
        b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')
    }) && dots == 2
}

/// A key whose issuer gave it a form of its own, so that it can be found when it lies about.
pub(crate) fn named_key(text: &[u8]) -> Option<&'static str> {
    /// How it begins, how long it is, and whether only capitals and digits follow.
    const FORMS: [(&[u8], std::ops::RangeInclusive<usize>, bool, &str); 12] = [
        (b"AKIA", 20..=20, true, "an AWS access key"),
        (b"ASIA", 20..=20, true, "an AWS access key"),
        (b"ghp_", 40..=255, false, "a GitHub token"),
        (b"gho_", 40..=255, false, "a GitHub token"),
        (b"ghs_", 40..=255, false, "a GitHub token"),
        (b"github_pat_", 80..=255, false, "a GitHub token"),
        (b"glpat-", 26..=255, false, "a GitLab token"),
        (b"xoxb-", 40..=255, false, "a Slack token"),
        (b"xoxp-", 40..=255, false, "a Slack token"),
        (b"sk_live_", 24..=255, false, "a Stripe key"),
        (b"AIza", 39..=39, false, "a Google key"),
        (b"SG.", 69..=69, false, "a SendGrid key"),
    ];
    FORMS.iter().find_map(|(start, length, capitals, what)| {
        let fits = text.starts_with(start)
            && length.contains(&text.len())
            && text.iter().all(|b| match capitals {
                true => b.is_ascii_uppercase() || b.is_ascii_digit(),
                false => b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'),
            });
        fits.then_some(*what)
    })
}

/// Whether a value under a token's key can open a session: 8 to 4,096 characters without blank.
pub(crate) fn is_token(text: &[u8]) -> bool {
    (8..=4096).contains(&text.len())
        && text.iter().all(u8::is_ascii_graphic)
        && !super::is_masked(text)
        && !text.starts_with(b"http")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_and_keys_are_told_by_their_form() {
        assert!(is_unmistakable(b"$2b$12$abcdefghijklmnopqrstuuZ0123456789abcdefghijklmnopqrstu"));
        assert!(is_unmistakable(b"-----BEGIN RSA PRIVATE KEY-----\nMII..."));
        assert!(!is_unmistakable(b"$2b$") && !is_unmistakable(b"$19.99"));
        assert!(
            is_jwt(b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl") && !is_jwt(b"eyJhbGciOiJIUzI1NiJ9")
        );
    }

    #[test]
    fn an_error_message_is_no_password() {
        for (text, yes) in [
            ("hunter22", true),
            ("must be at least 8 characters", false),
            ("required", false),
            ("********", false),
            ("abandon ability able about above absent absorb abstract absurd abuse access accident", true),
            ("", false),
        ] {
            assert_eq!(is_plausible(text.as_bytes()), yes, "{text}");
        }
    }
}
