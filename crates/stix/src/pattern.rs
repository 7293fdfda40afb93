//! STIX patterns from observables: built from parts, every text escaped.

use intel::{Observable, ObservableType as T};

/// A test of one property, or several that must hold of the same object.
enum Tree {
    Is(&'static str, &'static str, String),
    All(Vec<Tree>),
}

impl Tree {
    fn write(&self) -> String {
        match self {
            Self::Is(path, operator, text) => format!("{path} {operator} {}", literal(text)),
            Self::All(parts) => parts.iter().map(Self::write).collect::<Vec<_>>().join(" AND "),
        }
    }
}

/// A string of the pattern language: only the backslash and the quote have a meaning in it (STIX 2.1,
/// section 9.3.1). Control characters are left out: readers of patterns differ on them.
fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        if matches!(letter, '\\' | '\'') {
            literal.push('\\');
        }
        literal.push(letter);
    }
    literal.push('\'');
    literal
}

/// The pattern that finds an observable; none where STIX has no property for it.
pub(crate) fn pattern(observable: &Observable) -> Option<String> {
    const REQUEST: &str = "network-traffic:extensions.'http-request-ext'.request_value";
    const AGENT: &str = "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'";
    let is = |path: &'static str| {
        if observable.is_pattern {
            Tree::Is(path, "MATCHES", expression(&observable.value, true))
        } else {
            Tree::Is(path, "=", observable.value.clone())
        }
    };
    let tree = match observable.kind {
        T::Url => is("url:value"),
        T::Domain => is("domain-name:value"),
        T::Ipv4 => is("ipv4-addr:value"),
        T::Ipv6 => is("ipv6-addr:value"),
        T::Email => is("email-addr:value"),
        T::Md5 => is("file:hashes.MD5"),
        T::Sha1 => is("file:hashes.'SHA-1'"),
        T::Sha256 => is("file:hashes.'SHA-256'"),
        T::Sha512 => is("file:hashes.'SHA-512'"),
        // The path with whatever follows it: a further segment, a query.
        T::UrlPath => Tree::Is(REQUEST, "MATCHES", expression(&observable.value, false) + "([/?#].*)?$"),
        T::FilePath => file(&observable.value),
        T::CommandLine => is("process:command_line"),
        T::UserAgent => is(AGENT),
        T::LogSource | T::Cve => return None,
    };
    Some(format!("[{}]", tree.write()))
}

fn file(path: &str) -> Tree {
    match path.rsplit_once(['/', '\\']) {
        Some((folder, name)) if !folder.is_empty() && !name.is_empty() => Tree::All(vec![
            Tree::Is("file:name", "=", name.to_owned()),
            Tree::Is("file:parent_directory_ref.path", "=", folder.to_owned()),
        ]),
        _ => Tree::Is("file:name", "=", path.trim_start_matches(['/', '\\']).to_owned()),
    }
}

/// A regular expression from a pattern as reports write them: classes such as `[1-9]` are kept, `*`,
/// `{id}` and `...` stand for what is filled in, everything else is itself.
fn expression(text: &str, to_its_end: bool) -> String {
    let mut expression = String::from("^");
    let mut rest = text.strip_prefix("...").unwrap_or_else(|| text.strip_prefix('…').unwrap_or(text));
    if rest.len() != text.len() {
        expression.push_str(".*");
    }
    while let Some(letter) = rest.chars().next() {
        let (written, eaten) = if let Some(class) = class(rest) {
            (class.to_owned(), class.len())
        } else if let Some(gap) = gap(rest) {
            ("[^/?#]+".to_owned(), gap)
        } else if rest.starts_with("...") {
            (".*".to_owned(), 3)
        } else if matches!(letter, '*' | '…') {
            (".*".to_owned(), letter.len_utf8())
        } else if letter.is_alphanumeric() || matches!(letter, '/' | '_' | '-' | '%' | '~' | '=' | '&' | ':')
        {
            (letter.to_string(), letter.len_utf8())
        } else {
            (format!("\\{letter}"), letter.len_utf8())
        };
        expression.push_str(&written);
        rest = rest.get(eaten..).unwrap_or_default();
    }
    if to_its_end {
        expression.push('$');
    }
    expression
}

/// `[1-9]`, `[a-z0-9]+`: letters, digits and hyphens only.
fn class(rest: &str) -> Option<&str> {
    let end = rest.strip_prefix('[')?.find(']')? + 2;
    let class = rest.get(..end)?;
    let inner = class.get(1..end - 1)?;
    // Ranges run upwards, or the expression would be none.
    let letters = inner.as_bytes();
    let upwards = letters.windows(3).all(|three| match three {
        [low, b'-', high] => low.is_ascii_alphanumeric() && low <= high,
        _ => true,
    });
    let plain = inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (upwards && plain && inner.contains('-') && inner.len() <= 32).then_some(class)
}

/// `{id}`, `<id>`: how many bytes.
fn gap(rest: &str) -> Option<usize> {
    let close = if rest.starts_with('{') {
        '}'
    } else if rest.starts_with('<') {
        '>'
    } else {
        return None;
    };
    let end = rest.find(close)?;
    rest.get(1..end)?
        .chars()
        .all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'))
        .then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use intel::{ObservableRole, Span, Status};
    use proptest::prelude::*;
    use rstix::pattern::{Pattern, parse_ast};

    use super::*;

    fn observable(kind: T, value: &str, is_pattern: bool) -> Observable {
        Observable {
            value: value.to_owned(),
            kind,
            role: ObservableRole::Hunting,
            status: Status::Stated,
            is_pattern,
            spans: vec![Span { start: 0, end: 1 }],
        }
    }

    #[test]
    fn each_kind_of_observable_has_its_property() {
        for (kind, value, is_pattern, pattern) in [
            (T::Ipv4, "198.51.100.7", false, Some("[ipv4-addr:value = '198.51.100.7']")),
            (T::Sha256, "ab", false, Some("[file:hashes.'SHA-256' = 'ab']")),
            (
                T::UrlPath,
                "/api/v[1-9]/users",
                true,
                Some(
                    r"[network-traffic:extensions.'http-request-ext'.request_value MATCHES '^/api/v[1-9]/users([/?#].*)?$']",
                ),
            ),
            (
                T::UrlPath,
                "/orders/{id}.json",
                true,
                Some(
                    r"[network-traffic:extensions.'http-request-ext'.request_value MATCHES '^/orders/[^/?#]+\\.json([/?#].*)?$']",
                ),
            ),
            (
                T::FilePath,
                r"C:\temp\o'brien.exe",
                false,
                Some(r"[file:name = 'o\'brien.exe' AND file:parent_directory_ref.path = 'C:\\temp']"),
            ),
            (T::LogSource, "WAF logs", false, None),
        ] {
            assert_eq!(super::pattern(&observable(kind, value, is_pattern)).as_deref(), pattern, "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_text_leaves_its_string(value in "\\PC{0,40}|[\\[\\]'\\\\{}()<>.*^$|?+a-z-]{0,40}", is_pattern: bool) {
            for kind in [T::Url, T::Domain, T::UrlPath, T::FilePath, T::CommandLine, T::UserAgent, T::Email] {
                let Some(text) = super::pattern(&observable(kind, &value, is_pattern)) else { continue };
                prop_assert!(parse_ast(&text).is_ok(), "{text}");
                // One comparison, or two of a file: nothing that the text smuggled in.
                let outside = text.split('\'').count();
                prop_assert!(outside >= 3, "{text}");
                let _ = Pattern::parse(&text);
            }
        }
    }
}
