//! `application/x-www-form-urlencoded` bodies, decoded strictly.

/// Why a form has no single reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// `%` without two hexadecimal digits.
    #[error("the form has a percent sign without two hexadecimal digits")]
    InvalidPercent,
    /// Not UTF-8 once decoded.
    #[error("the form is not UTF-8 once decoded")]
    InvalidUtf8,
    /// A NUL, encoded or not.
    #[error("the form holds a NUL")]
    Nul,
    /// More than [`MOST_FIELDS`] fields.
    #[error("the form has more than {MOST_FIELDS} fields")]
    TooMany,
}

/// Most fields of a form.
pub const MOST_FIELDS: usize = 1024;

/// Names and values of a form body, decoded, in order; `+` is a space, a name alone has an empty value.
///
/// # Errors
/// When it cannot be read in exactly one way; see [`FormError`].
pub fn decode(body: &[u8]) -> Result<Vec<(String, String)>, FormError> {
    let mut fields = Vec::new();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        if fields.len() == MOST_FIELDS {
            return Err(FormError::TooMany);
        }
        let (name, value) = match memchr::memchr(b'=', pair) {
            Some(at) => (pair.get(..at), pair.get(at + 1..)),
            None => (Some(pair), None),
        };
        fields.push((field(name.unwrap_or_default())?, field(value.unwrap_or_default())?));
    }
    Ok(fields)
}

/// Whether two fields of `fields` have one name.
#[must_use]
pub fn has_duplicates(fields: &[(String, String)]) -> bool {
    let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.windows(2).any(|two| matches!(two, [one, other] if one == other))
}

fn field(raw: &[u8]) -> Result<String, FormError> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = tail.get(..2).ok_or(FormError::InvalidPercent)?;
                out.push(hex_pair(digits).ok_or(FormError::InvalidPercent)?);
                rest = tail.get(2..).unwrap_or_default();
            }
            other => out.push(other),
        }
    }
    if out.contains(&0) {
        return Err(FormError::Nul);
    }
    String::from_utf8(out).map_err(|_| FormError::InvalidUtf8)
}

fn hex_pair(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok()?;
    // `from_str_radix` alone would take a sign.
    text.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u8::from_str_radix(text, 16).ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_form_reads_as_a_browser_wrote_it() {
        let fields = decode(b"name=Ann+Lee&mail=a%40example.com&tag&tag=&&x=a%3Db=c").unwrap();
        let shown: Vec<String> = fields.iter().map(|(name, value)| format!("{name}|{value}")).collect();
        assert_eq!(shown, ["name|Ann Lee", "mail|a@example.com", "tag|", "tag|", "x|a=b=c"]);
        assert!(has_duplicates(&fields));
    }

    #[test]
    fn a_form_with_two_readings_is_refused() {
        for (body, error) in [
            (&b"a=%4"[..], FormError::InvalidPercent),
            (b"a=%zz", FormError::InvalidPercent),
            (b"a=%+1", FormError::InvalidPercent),
            (b"a=%c0%af", FormError::InvalidUtf8),
            (b"a=\xff", FormError::InvalidUtf8),
            (b"a=%00", FormError::Nul),
        ] {
            assert_eq!(decode(body), Err(error), "{}", String::from_utf8_lossy(body));
        }
        let many = "a&".repeat(MOST_FIELDS + 1);
        assert_eq!(decode(many.as_bytes()), Err(FormError::TooMany));
    }

    proptest! {
        #[test]
        fn what_is_encoded_reads_back(fields in proptest::collection::vec(("[^\\x00]{1,8}", "[^\\x00]{0,8}"), 0..6)) {
            use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
            let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let body: Vec<String> =
                fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
            prop_assert_eq!(decode(body.join("&").as_bytes()).unwrap(), fields);
        }

        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode(&body);
        }
    }
}
