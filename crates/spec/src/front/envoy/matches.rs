//! What a route or a rule of a filter matches, and how two matches relate.
//!
//! Regular expressions are not run: what is known of one is the literal text it begins with, and whether
//! it is nothing else, or nothing else and `.*`. Where that leaves a question, the answer is
//! [`Relation::Unclear`].

use std::sync::Arc;

use crate::front::values::{Faults, escaped, flag, prefix, segments, word, word_at};
use crate::inventory::PathMatch;
use crate::tree::Node;

/// Paths and methods, and whether something else narrows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Matched {
    pub(super) path: PathMatch,
    /// None: all.
    pub(super) methods: Vec<Arc<str>>,
    pub(super) conditional: bool,
}

/// How a rule's match relates to a piece of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// The rule matches every request of the piece.
    Covers,
    /// The rule matches a part, which was cut out before.
    Narrower,
    /// The rule matches no request of the piece.
    Disjoint,
    /// Not known.
    Unclear,
}

/// The match of a route; a fault where it has none.
pub(super) fn of_route(route: &Node, faults: &mut Faults) -> Option<Matched> {
    let found = route.get("match").and_then(of_match);
    if found.is_none() {
        let at = route.get("match").unwrap_or(route);
        faults.error(
            at,
            "this route matches by something that is not read",
            "write `prefix`, `path` or `safe_regex`",
        );
    }
    found
}

/// A `RouteMatch`.
pub(super) fn of_match(node: &Node) -> Option<Matched> {
    let sensitive = node.get("case_sensitive").and_then(flag) != Some(false);
    let text = |key: &str| node.get(key).and_then(word);
    let path = if let Some(text) = text("prefix") {
        fold(prefix(&text), sensitive)
    } else if let Some(text) = text("path") {
        fold(PathMatch::Exact(text), sensitive)
    } else if let Some(text) = text("path_separated_prefix") {
        fold(segments(&text), sensitive)
    } else if let Some(pattern) = word_at(node, &["safe_regex", "regex"]) {
        regex(&pattern)
    } else if let Some(template) = word_at(node, &["path_match_policy", "typed_config", "path_template"]) {
        PathMatch::Template(template)
    } else {
        return node.get("connect_matcher").map(|_| Matched {
            path: PathMatch::Any,
            methods: vec!["CONNECT".into()],
            conditional: true,
        });
    };
    let mut matched = Matched { path, methods: Vec::new(), conditional: false };
    for header in node.get("headers").map(Node::items).unwrap_or_default() {
        match method(header) {
            Some(methods) if matched.methods.is_empty() => matched.methods = methods,
            _ => matched.conditional = true,
        }
    }
    matched.conditional |=
        ["query_parameters", "grpc", "runtime_fraction", "tls_context", "dynamic_metadata"]
            .iter()
            .any(|key| node.get(key).is_some());
    Some(matched)
}

/// The methods that a header matcher of `:method` asks for.
pub(super) fn method(header: &Node) -> Option<Vec<Arc<str>>> {
    if word_at(header, &["name"]).as_deref() != Some(":method")
        || header.get("invert_match").and_then(flag) == Some(true)
    {
        return None;
    }
    let exact = word_at(header, &["exact_match"]).or_else(|| word_at(header, &["string_match", "exact"]));
    if let Some(exact) = exact {
        return Some(vec![exact]);
    }
    let pattern = word_at(header, &["safe_regex_match", "regex"])
        .or_else(|| word_at(header, &["string_match", "safe_regex", "regex"]))?;
    let plain = pattern.trim_start_matches('^').trim_end_matches('$').trim_matches(['(', ')']).to_owned();
    let all_plain = plain.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'|');
    (all_plain && !plain.is_empty()).then(|| plain.split('|').map(Arc::from).collect())
}

/// A `PathMatcher` or `StringMatcher`.
pub(super) fn of_string(node: &Node) -> Option<PathMatch> {
    let node = node.get("path").filter(|path| path.mapping().is_some()).unwrap_or(node);
    let sensitive = node.get("ignore_case").and_then(flag) != Some(true);
    let text = |key: &str| node.get(key).and_then(word);
    if let Some(text) = text("exact") {
        Some(fold(PathMatch::Exact(text), sensitive))
    } else if let Some(text) = text("prefix") {
        Some(fold(prefix(&text), sensitive))
    } else {
        word_at(node, &["safe_regex", "regex"]).map(|pattern| regex(&pattern))
    }
}

fn fold(path: PathMatch, sensitive: bool) -> PathMatch {
    if sensitive {
        return path;
    }
    let of = |pattern: String| PathMatch::Regex { pattern: pattern.into(), ignore_case: true, whole: true };
    match path {
        PathMatch::Exact(text) => of(escaped(&text)),
        PathMatch::Prefix(text) => of(format!("{}.*", escaped(&text))),
        PathMatch::Segments(text) => of(format!("{}(?:/.*)?", escaped(&text))),
        other => other,
    }
}

/// A regular expression that must match the whole path; plain text and a plain prefix are told apart.
fn regex(pattern: &Arc<str>) -> PathMatch {
    let (literal, rest) = literal(pattern);
    match rest {
        "" | "$" => PathMatch::Exact(literal.into()),
        ".*" | ".*$" | "(.*)" => prefix(&literal),
        _ => PathMatch::Regex { pattern: pattern.clone(), ignore_case: false, whole: true },
    }
}

/// The text with which everything begins that a pattern matches, and the rest of the pattern.
fn literal(pattern: &str) -> (String, &str) {
    let body = pattern.strip_prefix('^').unwrap_or(pattern);
    if body.contains('|') {
        return (String::new(), pattern);
    }
    let mut text = String::new();
    let mut rest = body;
    loop {
        let mut signs = rest.chars();
        let (sign, taken) = match signs.next() {
            Some('\\') => match signs.next() {
                Some(sign) if !sign.is_ascii_alphanumeric() => (sign, 1 + sign.len_utf8()),
                _ => break,
            },
            Some(sign) if !".+*?()|[]{}^$".contains(sign) => (sign, sign.len_utf8()),
            _ => break,
        };
        let after = rest.get(taken..).unwrap_or_default();
        if after.starts_with(['?', '*', '{', '+']) {
            break;
        }
        text.push(sign);
        rest = after;
    }
    (text, rest)
}

impl Matched {
    /// How this, as a rule, relates to `piece`.
    pub(super) fn relation(&self, piece: &Self) -> Relation {
        use Relation::{Covers, Disjoint, Narrower, Unclear};
        let methods = match (self.methods.is_empty(), piece.methods.is_empty()) {
            (true, _) => Covers,
            (false, true) => Narrower,
            (false, false) => {
                let within = |method: &Arc<str>| self.methods.contains(method);
                if piece.methods.iter().all(within) {
                    Covers
                } else if piece.methods.iter().any(within) {
                    Narrower
                } else {
                    Disjoint
                }
            }
        };
        match (relation(&self.path, &piece.path), methods) {
            (Disjoint, _) | (_, Disjoint) => Disjoint,
            (Unclear, _) | (_, Unclear) => Unclear,
            (Narrower, _) | (_, Narrower) => Narrower,
            (Covers, Covers) => Covers,
        }
    }

    /// The part of `route` that this rule matches, where it is a part and not all.
    pub(super) fn cut(&self, route: &Self) -> Option<Self> {
        if self.relation(route) != Relation::Narrower {
            return None;
        }
        let path = match relation(&self.path, &route.path) {
            Relation::Covers => route.path.clone(),
            _ => self.path.clone(),
        };
        let methods = if self.methods.is_empty() {
            route.methods.clone()
        } else {
            let kept = |method: &&Arc<str>| route.methods.is_empty() || route.methods.contains(method);
            self.methods.iter().filter(kept).cloned().collect()
        };
        // A plain path below a regular expression may lie outside of it.
        let unsure = matches!(route.path, PathMatch::Regex { .. } | PathMatch::Template(_));
        Some(Self { path, methods, conditional: route.conditional || unsure })
    }

    /// Narrower matches sort before wider ones.
    pub(super) fn breadth(&self) -> (u8, std::cmp::Reverse<usize>, bool) {
        let (kind, length) = match &self.path {
            PathMatch::Exact(text) => (0, text.len()),
            PathMatch::Regex { pattern, .. } => (1, pattern.len()),
            PathMatch::Template(text) => (1, text.len()),
            PathMatch::Prefix(text) | PathMatch::FirmPrefix(text) | PathMatch::Segments(text) => {
                (2, text.len())
            }
            // No path of Envoy's is made of others; other products' are.
            PathMatch::Within { .. } | PathMatch::All(_) | PathMatch::Not(_) => (1, 0),
            PathMatch::Any => (3, 0),
        };
        (kind, std::cmp::Reverse(length), self.methods.is_empty())
    }
}

fn below(path: &str, stem: &str) -> bool {
    path.strip_prefix(stem).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn relation(rule: &PathMatch, piece: &PathMatch) -> Relation {
    use PathMatch::{All, Any, Exact, FirmPrefix, Not, Prefix, Regex, Segments, Template, Within};
    use Relation::{Covers, Disjoint, Narrower, Unclear};
    let choose = |covers: bool, narrower: bool| match (covers, narrower) {
        (true, _) => Covers,
        (_, true) => Narrower,
        _ => Disjoint,
    };
    if rule == piece {
        return Covers;
    }
    match (rule, piece) {
        (Any, _) => Covers,
        (_, Any) => Narrower,
        (Exact(_), Exact(_)) => Disjoint,
        (Prefix(r) | FirmPrefix(r), Exact(p)) => choose(p.starts_with(&**r), false),
        (Prefix(r) | FirmPrefix(r), Prefix(p) | FirmPrefix(p) | Segments(p)) => {
            choose(p.starts_with(&**r), r.starts_with(&**p))
        }
        (Segments(r), Exact(p)) => choose(below(p, r), false),
        (Segments(r), Segments(p)) => choose(below(p, r), below(r, p)),
        (Segments(r), Prefix(p) | FirmPrefix(p)) => choose(below(p, r) && **p != **r, r.starts_with(&**p)),
        (Exact(r), Prefix(p) | FirmPrefix(p)) => choose(false, r.starts_with(&**p)),
        (Exact(r), Segments(p)) => choose(false, below(r, p)),
        (Regex { pattern, ignore_case, .. }, Exact(p) | Prefix(p) | FirmPrefix(p) | Segments(p)) => {
            let (text, _) = literal(pattern);
            let apart = !*ignore_case && !text.starts_with(&**p) && !p.starts_with(&*text);
            match piece {
                _ if apart => Disjoint,
                Exact(_) => Unclear,
                _ => Narrower,
            }
        }
        (Prefix(r) | FirmPrefix(r) | Segments(r), Regex { pattern, ignore_case, .. }) => {
            let (text, _) = literal(pattern);
            if *ignore_case {
                Unclear
            } else if matches!(rule, Segments(_)) && below(&text, r) && *text != **r
                || !matches!(rule, Segments(_)) && text.starts_with(&**r)
            {
                Covers
            } else if r.starts_with(&*text) {
                Unclear
            } else {
                Disjoint
            }
        }
        (Exact(r), Regex { pattern, ignore_case, .. }) => {
            let (text, _) = literal(pattern);
            if *ignore_case || r.starts_with(&*text) { Narrower } else { Disjoint }
        }
        (Regex { .. } | Template(_) | Within { .. } | All(_) | Not(_), _)
        | (_, Template(_) | Within { .. } | All(_) | Not(_)) => Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_relate_as_the_requests_that_they_match() {
        let of = |text: &str| {
            let (kind, path) = text.split_once(' ').unwrap_or((text, ""));
            match kind {
                "any" => PathMatch::Any,
                "exact" => PathMatch::Exact(path.into()),
                "prefix" => PathMatch::Prefix(path.into()),
                "segments" => PathMatch::Segments(path.into()),
                _ => regex(&path.into()),
            }
        };
        use Relation::{Covers, Disjoint, Narrower, Unclear};
        for (rule, piece, expected) in [
            ("any", "prefix /a", Covers),
            ("prefix /a", "any", Narrower),
            ("prefix /a", "prefix /ab", Covers),
            ("prefix /ab", "prefix /a", Narrower),
            ("prefix /a", "prefix /b", Disjoint),
            ("prefix /a", "exact /a/1", Covers),
            ("exact /a", "prefix /a", Narrower),
            ("exact /a", "exact /b", Disjoint),
            ("segments /a", "prefix /a", Narrower),
            ("segments /a", "prefix /a/", Covers),
            ("segments /a", "exact /ab", Disjoint),
            ("segments /a", "segments /a/b", Covers),
            ("prefix /a", "segments /a", Covers),
            ("prefix /a/", "segments /a", Narrower),
            ("regex /a/.*", "prefix /a/b", Covers),
            ("regex /a", "exact /a", Covers),
            ("regex /a/[0-9]+", "prefix /a", Narrower),
            ("regex /a/[0-9]+", "exact /a/1", Unclear),
            ("regex /a/[0-9]+", "prefix /b", Disjoint),
            ("prefix /a", "regex /a/[0-9]+", Covers),
            ("prefix /a/1", "regex /a/[0-9]+", Unclear),
            ("prefix /b", "regex /a/[0-9]+", Disjoint),
            ("prefix /b", "regex /(a|b)/.+", Unclear),
            ("exact /a/1", "regex /a/[0-9]+", Narrower),
            ("prefix /ab", "regex /ab?/.+", Unclear),
        ] {
            assert_eq!(relation(&of(rule), &of(piece)), expected, "{rule} to {piece}");
        }
    }
}
