//! Whether a path or a host matches what a route says.

use regex::bytes::{Regex, RegexBuilder};

use crate::inventory::PathMatch;

/// Longest regular expression that is compiled, in bytes.
const MOST_PATTERN: usize = 4_096;
/// Most memory that a compiled one may take, in bytes.
const MOST_COMPILED: usize = 256 << 10;

/// Whether something matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    No,
    /// It cannot be known from what is written.
    Perhaps,
    Yes,
}

impl Fit {
    pub(super) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    const fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Perhaps => Self::Perhaps,
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Fit {
    fn from(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }
}

/// A path match, compiled.
#[derive(Debug)]
pub(super) enum Fitter {
    Any,
    Exact(Box<str>),
    Prefix(Box<str>),
    Segments(Box<str>),
    /// `None`: it cannot be read.
    Regex(Option<Regex>),
    All(Vec<Fitter>),
    Not(Box<Fitter>),
}

impl Fitter {
    pub(super) fn new(path: &PathMatch) -> Self {
        match path {
            PathMatch::Any => Self::Any,
            PathMatch::Exact(text) => Self::Exact((&**text).into()),
            PathMatch::Prefix(text) | PathMatch::FirmPrefix(text) => Self::Prefix((&**text).into()),
            PathMatch::Segments(text) => Self::Segments(text.trim_end_matches('/').into()),
            PathMatch::Template(text) => Self::Regex(compile(&template_pattern(text), false, true)),
            PathMatch::Regex { pattern, ignore_case, whole } => {
                Self::Regex(compile(pattern, *ignore_case, *whole))
            }
            PathMatch::Within { outer, inner } => Self::All(vec![Self::new(outer), Self::new(inner)]),
            PathMatch::All(parts) => Self::All(parts.iter().map(Self::new).collect()),
            PathMatch::Not(part) => Self::Not(Box::new(Self::new(part))),
        }
    }

    pub(super) fn fit(&self, path: &str) -> Fit {
        match self {
            Self::Any => Fit::Yes,
            Self::Exact(text) => (&**text == path).into(),
            Self::Prefix(text) => path.starts_with(&**text).into(),
            Self::Segments(text) => {
                path.strip_prefix(&**text).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')).into()
            }
            Self::Regex(None) => Fit::Perhaps,
            Self::Regex(Some(regex)) => regex.is_match(path.as_bytes()).into(),
            Self::All(parts) => parts.iter().map(|part| part.fit(path)).min().unwrap_or(Fit::Yes),
            Self::Not(part) => part.fit(path).not(),
        }
    }
}

/// Whether `path` surely matches, surely does not, or cannot be known to.
pub(crate) fn path_fits(pattern: &PathMatch, path: &str) -> Option<bool> {
    match Fitter::new(pattern).fit(path) {
        Fit::Yes => Some(true),
        Fit::No => Some(false),
        Fit::Perhaps => None,
    }
}

/// Whether the linear engine reads `pattern`.
pub(crate) fn readable_pattern(pattern: &str) -> bool {
    compile(pattern, false, false).is_some()
}

fn compile(pattern: &str, ignore_case: bool, whole: bool) -> Option<Regex> {
    if pattern.len() > MOST_PATTERN {
        return None;
    }
    let pattern = if whole { format!(r"\A(?:{pattern})\z") } else { pattern.to_owned() };
    // Paths are bytes to these products; without Unicode tables `\d` and `\w` mean what PCRE and RE2 mean.
    RegexBuilder::new(&pattern)
        .unicode(false)
        .case_insensitive(ignore_case)
        .size_limit(MOST_COMPILED)
        .nest_limit(100)
        .build()
        .ok()
}

/// `{id}` is one segment or a part of one, `{rest+}` at least one character, `{*rest}` anything.
fn template_pattern(template: &str) -> String {
    let mut pattern = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        pattern.push_str(&regex::escape(before));
        pattern.push_str(match (name.starts_with('*'), name.ends_with('+')) {
            (true, _) => "(?s:.*)",
            (_, true) => "(?s:.+)",
            _ => "[^/]+",
        });
        rest = after;
    }
    pattern.push_str(&regex::escape(rest));
    pattern
}

/// The host without its port, in small letters.
pub(super) fn bare_host(host: &str) -> String {
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    };
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// Whether `host` (bare) is meant by `pattern`: `*`, `*.example.com`, `www.example.*`, `example.com`.
pub(crate) fn host_fits(pattern: &str, host: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    // No copy in small letters: this is asked for every route, host and operation.
    let same =
        |one: Option<&[u8]>, other: &str| one.is_some_and(|one| one.eq_ignore_ascii_case(other.as_bytes()));
    let host = host.as_bytes();
    if let Some(ending) = pattern.strip_prefix('*') {
        let begins = host.len().checked_sub(ending.len()).filter(|begins| *begins > 0);
        return begins.is_some_and(|begins| same(host.get(begins..), ending));
    }
    if let Some(beginning) = pattern.strip_suffix('*') {
        return host.len() > beginning.len() && same(host.get(..beginning.len()), beginning);
    }
    same(Some(host), pattern)
}
