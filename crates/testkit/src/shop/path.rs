//! How the shop reads a path: far too kindly.
//!
//! Frameworks differ in what they forgive, and a gateway that judges another text than the
//! application serves has a hole. This one forgives everything at once: repeated and trailing
//! slashes, dot segments, percent encoding in either case and even twice, encoded slashes,
//! backslashes, matrix parameters (`;x=1`), upper case.

/// The segments that `path` means to the shop.
pub(crate) fn segments(path: &str) -> Vec<String> {
    let text = decoded(&decoded(path)).replace('\\', "/");
    let mut out: Vec<String> = Vec::new();
    for part in text.split('/') {
        let name = part.split(';').next().unwrap_or("");
        match name {
            "" | "." => {}
            ".." => {
                out.pop();
            }
            name => out.push(name.to_ascii_lowercase()),
        }
    }
    out
}

/// `text` with percent encoding undone once; what is no encoding stays as it is.
pub(crate) fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let byte = match tail {
            [high, low, ..] if *first == b'%' => hex(*high).zip(hex(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        rest = if byte.is_some() { tail.get(2..).unwrap_or(&[]) } else { tail };
        out.push(byte.unwrap_or(*first));
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The first value of `name` in a query string, decoded.
pub(crate) fn query_value(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (decoded(key) == name).then(|| decoded(&value.replace('+', " ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_means_the_same_door() {
        for path in [
            "/api/customers",
            "//api//customers",
            "/api/customers/",
            "/api/./customers",
            "/api/x/../customers",
            "/api/%63ustomers",
            "/api/%2e/customers",
            "/api/%2E/customers",
            "/api/x/%2e%2E/customers",
            "/api;x=1/customers",
            "/api/customers;x=1",
            "/api%2fcustomers",
            "/api%2Fcustomers",
            "/api/%2563ustomers",
            "/API/Customers",
            "/api\\customers",
            "/api/%5ccustomers",
        ] {
            assert_eq!(segments(path), ["api", "customers"], "{path}");
        }
        assert_eq!(segments("/../.."), Vec::<String>::new());
        assert_eq!(segments("/a%zz%4"), ["a%zz%4"]);
    }

    #[test]
    fn a_query_value_is_decoded_and_the_first_wins() {
        assert_eq!(query_value("a=1&q=ann%40example.com&q=2", "q").as_deref(), Some("ann@example.com"));
        assert_eq!(query_value("a=1", "q"), None);
    }
}
