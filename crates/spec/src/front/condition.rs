//! What a request must be for a rule to act on it, as far as a configuration says.

use std::sync::Arc;

use crate::inventory::{PathMatch, host_fits, path_fits};

/// A conjunction: host and method and path, and perhaps more that is not followed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Condition {
    /// `None`: every host.
    pub(super) hosts: Option<Vec<Arc<str>>>,
    /// `None`: every method.
    pub(super) methods: Option<Vec<Arc<str>>>,
    /// All of these match; none: every path.
    pub(super) paths: Vec<PathMatch>,
    /// Whether something else must hold too.
    pub(super) perhaps: bool,
}

/// How rules see the path that a caller sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum View {
    /// As it was sent.
    #[default]
    Sent,
    /// Without this beginning.
    Stripped(Arc<str>),
    /// As this text.
    Fixed(Arc<str>),
    /// Rewritten in a way that is not followed.
    Unknown,
}

impl Condition {
    pub(super) fn path(path: PathMatch) -> Self {
        Self { paths: vec![path], ..Self::default() }
    }

    pub(super) fn perhaps() -> Self {
        Self { perhaps: true, ..Self::default() }
    }

    /// Whether it holds for every request.
    pub(super) fn always(&self) -> bool {
        *self == Self::default()
    }

    /// Both; `None` where nothing can be both.
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        let (hosts, said) = both_hosts(&self.hosts, &other.hosts)?;
        let mut both = Self {
            hosts,
            methods: both_lists(&self.methods, &other.methods)?,
            paths: self.paths.clone(),
            perhaps: self.perhaps || other.perhaps || !said,
        };
        for path in &other.paths {
            if both.paths.iter().any(|known| implies(known, path)) {
                continue;
            }
            if both.paths.iter().any(|known| excludes(known, path)) {
                return None;
            }
            both.paths.retain(|known| !implies(path, known));
            both.paths.push(path.clone());
        }
        Some(both)
    }

    /// This condition on a path seen through `view`, as a condition on the path that was sent.
    pub(super) fn through(&self, view: &View) -> Option<Self> {
        let mut seen = Self { paths: Vec::new(), ..self.clone() };
        for path in &self.paths {
            match view {
                View::Sent => seen.paths.push(path.clone()),
                View::Stripped(prefix) => match behind(prefix, path) {
                    Some(path) => seen.paths.push(path),
                    None => seen.perhaps = true,
                },
                View::Fixed(text) => match path_fits(path, text) {
                    Some(true) => {}
                    Some(false) => return None,
                    None => seen.perhaps = true,
                },
                View::Unknown => seen.perhaps = true,
            }
        }
        Some(seen)
    }

    /// The path part as one match.
    pub(super) fn path_match(&self) -> PathMatch {
        match self.paths.as_slice() {
            [] => PathMatch::Any,
            [one] => one.clone(),
            more => PathMatch::All(more.to_vec()),
        }
    }
}

/// `path` with `prefix` before it.
fn behind(prefix: &str, path: &PathMatch) -> Option<PathMatch> {
    let joined = |text: &str| -> Arc<str> { format!("{}{text}", prefix.trim_end_matches('/')).into() };
    Some(match path {
        PathMatch::Any => PathMatch::Any,
        PathMatch::Exact(text) => PathMatch::Exact(joined(text)),
        PathMatch::Prefix(text) => PathMatch::Prefix(joined(text)),
        PathMatch::Segments(text) => PathMatch::Segments(joined(text)),
        PathMatch::Not(inner) => PathMatch::Not(Box::new(behind(prefix, inner)?)),
        _ => return None,
    })
}

/// As [`both_lists`], of host patterns: where one is within the other, it is in both. Second, whether the
/// list says all: of `*.example.com` and `www.*` neither is within the other, and one of them is kept.
fn both_hosts(
    one: &Option<Vec<Arc<str>>>,
    other: &Option<Vec<Arc<str>>>,
) -> Option<(Option<Vec<Arc<str>>>, bool)> {
    let (one, other) = match (one, other) {
        (None, list) | (list, None) => return Some((list.clone(), true)),
        (Some(one), Some(other)) => (one, other),
    };
    let within = |narrow: &str, wide: &str| host_fits(wide, &narrow.to_ascii_lowercase());
    let crossed = |a: &str, b: &str| a.starts_with('*') && b.ends_with('*');
    let mut both: Vec<Arc<str>> = Vec::new();
    let mut said = true;
    for a in one {
        for b in other {
            let shared = match (within(a, b), within(b, a)) {
                (true, _) => a,
                (_, true) => b,
                _ if crossed(a, b) || crossed(b, a) => {
                    said = false;
                    a
                }
                _ => continue,
            };
            if !both.contains(shared) {
                both.push(shared.clone());
            }
        }
    }
    (!both.is_empty()).then_some((Some(both), said))
}

/// The outer option: whether anything is in both; the inner: whether everything is.
fn both_lists(one: &Option<Vec<Arc<str>>>, other: &Option<Vec<Arc<str>>>) -> Option<Option<Vec<Arc<str>>>> {
    match (one, other) {
        (None, list) | (list, None) => Some(list.clone()),
        (Some(one), Some(other)) => {
            let both: Vec<_> = one.iter().filter(|entry| other.contains(entry)).cloned().collect();
            (!both.is_empty()).then_some(Some(both))
        }
    }
}

/// Whether every path that `narrow` matches is surely matched by `wide`.
fn implies(narrow: &PathMatch, wide: &PathMatch) -> bool {
    match (narrow, wide) {
        (_, PathMatch::Any) => true,
        (narrow, wide) if narrow == wide => true,
        (PathMatch::Exact(text), wide) => path_fits(wide, text) == Some(true),
        (PathMatch::Prefix(text), PathMatch::Prefix(start)) => text.starts_with(&**start),
        (PathMatch::Segments(text), PathMatch::Prefix(start)) => text.starts_with(&**start),
        (PathMatch::Prefix(text), PathMatch::Segments(start)) => {
            let start = start.trim_end_matches('/');
            text.strip_prefix(start).is_some_and(|rest| rest.starts_with('/'))
        }
        (PathMatch::Segments(text), wide @ PathMatch::Segments(_)) => path_fits(wide, text) == Some(true),
        (narrow, PathMatch::Not(inner)) => excludes(narrow, inner),
        _ => false,
    }
}

/// Whether surely no path is matched by both.
fn excludes(one: &PathMatch, other: &PathMatch) -> bool {
    match (one, other) {
        (PathMatch::Exact(text), pattern) | (pattern, PathMatch::Exact(text)) => {
            path_fits(pattern, text) == Some(false)
        }
        (PathMatch::Not(inner), narrow) | (narrow, PathMatch::Not(inner)) => implies(narrow, inner),
        (PathMatch::Prefix(a) | PathMatch::Segments(a), PathMatch::Prefix(b) | PathMatch::Segments(b)) => {
            !a.starts_with(&**b) && !b.starts_with(&**a)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: PathMatch) -> Condition {
        Condition::path(path)
    }

    #[test]
    fn two_conditions_are_one_where_a_request_can_be_both() {
        let (prefix, exact) =
            (|t: &str| at(PathMatch::Prefix(t.into())), |t: &str| at(PathMatch::Exact(t.into())));
        let not = |c: Condition| at(PathMatch::Not(Box::new(c.path_match())));
        let below = |t: &str| at(PathMatch::Segments(t.into()));
        for (one, other, both) in [
            (prefix("/a"), prefix("/a/b"), Some(prefix("/a/b"))),
            (prefix("/a/b"), prefix("/a"), Some(prefix("/a/b"))),
            (prefix("/a"), prefix("/b"), None),
            (exact("/a/b"), prefix("/a"), Some(exact("/a/b"))),
            (exact("/b"), prefix("/a"), None),
            (below("/a"), below("/ab"), Some(at(PathMatch::Any))),
            (prefix("/a/b"), not(prefix("/a")), None),
            (prefix("/b"), not(prefix("/a")), Some(prefix("/b"))),
            (Condition::default(), prefix("/a"), Some(prefix("/a"))),
        ] {
            let found = one.and(&other);
            if other == below("/ab") {
                // Texts that begin alike are kept side by side; no path is in both, and none is claimed.
                assert_eq!(found.map(|both| both.paths.len()), Some(2));
                continue;
            }
            assert_eq!(found, both, "{one:?} and {other:?}");
        }
    }

    #[test]
    fn of_two_lists_of_hosts_the_narrower_patterns_are_in_both() {
        let hosts = |text: &str| match text {
            "" => None,
            list => Some(list.split(' ').map(Arc::from).collect::<Vec<Arc<str>>>()),
        };
        for (one, other, both) in [
            ("", "a.example", Some(("a.example", true))),
            ("a.example b.example", "b.example", Some(("b.example", true))),
            ("*.example", "a.example", Some(("a.example", true))),
            ("*.example", "A.Example", Some(("A.Example", true))),
            ("*.example", "*.a.example", Some(("*.a.example", true))),
            ("a.example b.example", "*.example", Some(("a.example b.example", true))),
            ("www.*", "www.example", Some(("www.example", true))),
            ("*", "*.example", Some(("*.example", true))),
            ("*.example", "www.*", Some(("*.example", false))),
            ("*.example", "example", None),
            ("*.example", "*.test", None),
            ("a.example", "b.example", None),
        ] {
            let (one, other) = (hosts(one), hosts(other));
            let both = both.map(|(list, said)| (hosts(list), said));
            assert_eq!(both_hosts(&one, &other), both, "{one:?} and {other:?}");
        }
    }

    #[test]
    fn a_condition_on_a_stripped_path_is_one_on_the_path_that_was_sent() {
        let view = View::Stripped("/api".into());
        let seen = at(PathMatch::Prefix("/orders".into())).through(&view);
        assert_eq!(seen, Some(at(PathMatch::Prefix("/api/orders".into()))));
        let fixed = View::Fixed("/new".into());
        assert_eq!(at(PathMatch::Exact("/old".into())).through(&fixed), None);
        assert_eq!(at(PathMatch::Exact("/new".into())).through(&fixed), Some(Condition::default()));
    }
}
