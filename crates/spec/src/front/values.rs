//! Values that every product writes: words, numbers, switches, networks, paths, and how guards, limits
//! and networks of several layers add up. Addresses are in `address`.

use std::collections::HashMap;
use std::sync::Arc;

use domain::IpPrefix;

pub(super) use super::guard::{both, both_rates, both_reaches, either, reach_of};
use crate::diagnostic::Diagnostic;
use crate::inventory::{Fault, PathMatch, Place, Rate, Reach, SourceId};
use crate::tree::{Node, Value};

/// A text, number or switch as text.
pub(super) fn word(node: &Node) -> Option<Arc<str>> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string().into()),
        Value::Float(number) => Some(number.to_string().into()),
        Value::Bool(switch) => Some(switch.to_string().into()),
        _ => None,
    }
}

/// A number, also one written as text.
pub(super) fn number(node: &Node) -> Option<f64> {
    match &node.value {
        // More than 53 bits of a limit do not matter.
        Value::Integer(whole) => whole.to_string().parse().ok(),
        Value::Float(number) => Some(*number),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

/// A switch, also one written as text.
pub(super) fn flag(node: &Node) -> Option<bool> {
    match &node.value {
        Value::Bool(switch) => Some(*switch),
        Value::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The words of a list, or the one word that stands instead of it.
pub(super) fn words(node: Option<&Node>) -> Vec<Arc<str>> {
    let Some(node) = node else { return Vec::new() };
    match &node.value {
        Value::Sequence(items) => items.iter().filter_map(word).collect(),
        _ => word(node).into_iter().collect(),
    }
}

/// The value at the end of `path`.
pub(super) fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| node.get(key))
}

/// The word at the end of `path`.
pub(super) fn word_at(node: &Node, path: &[&str]) -> Option<Arc<str>> {
    at(node, path).and_then(word)
}

/// Whether a mapping has any key of `keys`.
pub(super) fn has_any(node: &Node, keys: &[&str]) -> bool {
    keys.iter().any(|key| node.get(key).is_some_and(|value| value.value != Value::Null))
}

/// Objects by what they are called under `keys`; the first of a name stays. As large as the list, so
/// that looking up the objects that others name costs no walk over all of them.
pub(super) fn index<'n>(list: Option<&'n Node>, keys: &[&str]) -> HashMap<Arc<str>, &'n Node> {
    let mut index = HashMap::new();
    for node in list.map(Node::items).unwrap_or_default() {
        for name in keys.iter().filter_map(|key| word_at(node, &[key])) {
            index.entry(name).or_insert(node);
        }
    }
    index
}

/// What to do about traffic that is recognised and not judged. A suppression does not help: nobody has
/// looked at what would be accepted.
pub(super) const UNJUDGED: &str = "what it lets through is not judged: check what answers behind it, or leave the file out with `--exclude`";

/// A file's faults, on their way into the inventory.
#[derive(Debug)]
pub(super) struct Faults {
    pub(super) source: SourceId,
    pub(super) code: &'static str,
    pub(super) found: Vec<Fault>,
}

impl Faults {
    pub(super) const fn new(source: SourceId, code: &'static str) -> Self {
        Self { source, code, found: Vec::new() }
    }

    /// A part cannot be judged.
    pub(super) fn error(&mut self, node: &Node, message: impl Into<String>, help: &str) {
        self.push(Diagnostic::error(self.code, message, node.span).help(help));
    }

    /// A part is not judged, and it need not be.
    pub(super) fn warning(&mut self, node: &Node, message: impl Into<String>, help: &str) {
        self.push(Diagnostic::warning(self.code, message, node.span).help(help));
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        let fault = Fault { source: self.source, diagnostic };
        // What is read twice is told once; and one broken generator must not drown the rest.
        let told = self.found.iter().rev().take(100).any(|known| *known == fault);
        if !told && self.found.len() < 1_000 {
            self.found.push(fault);
        }
    }

    /// The elements of what must be a list of mappings; anything else is a fault.
    pub(super) fn list<'n>(&mut self, node: Option<&'n Node>, what: &str) -> &'n [Node] {
        let Some(node) = node else { return &[] };
        if !matches!(node.value, Value::Sequence(_) | Value::Null) {
            self.error(node, format!("`{what}` is {}, not a list", node.value.kind()), "write a list");
        }
        for item in node.items().iter().filter(|item| item.mapping().is_none()) {
            let message = format!("an entry of `{what}` is {}, not a mapping", item.value.kind());
            self.error(item, message, "write keys and values");
        }
        node.items()
    }

    /// The value where it is a mapping; anything else is a fault.
    pub(super) fn mapping<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n Node> {
        if node.mapping().is_none() {
            let message = format!("{what} is {}, not a mapping", node.value.kind());
            self.error(node, message, "write keys and values");
            return None;
        }
        Some(node)
    }

    /// The networks that `node` lists, as list or as text with commas; what is none is a fault.
    pub(super) fn networks(&mut self, node: &Node) -> Vec<IpPrefix> {
        let mut networks = Vec::new();
        let single = std::slice::from_ref(node);
        let items = if matches!(node.value, Value::Sequence(_)) { node.items() } else { single };
        for item in items {
            let text = word(item).unwrap_or_default();
            for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                match part.parse() {
                    Ok(network) => networks.push(network),
                    Err(error) => {
                        let error: domain::IpPrefixError = error;
                        self.error(item, error.to_string(), "the route is read as if nobody passed by it");
                    }
                }
            }
        }
        networks
    }
}

/// Who passes at least one of two gates.
pub(super) fn wider(one: Reach, other: Reach) -> Reach {
    match (one, other) {
        (Reach::World, _) | (_, Reach::World) => Reach::World,
        (Reach::Nobody, other) | (other, Reach::Nobody) => other,
        (Reach::Inside, other) | (other, Reach::Inside) => other,
        (Reach::Networks { networks: mut one }, Reach::Networks { networks: other }) => {
            one.extend(other);
            one.sort_unstable();
            one.dedup();
            Reach::Networks { networks: one }
        }
    }
}

/// `count` requests in `seconds`.
pub(super) fn rate(count: f64, seconds: f64, at: Place) -> Rate {
    if seconds > 0.0 && count >= 0.0 {
        Rate::Limited { per_hour: count * 3_600.0 / seconds, at }
    } else {
        Rate::Unknown { at }
    }
}

/// Most calls at once that are still a limit; the checks hold a second to as many.
const MOST_AT_ONCE: f64 = 1_000.0;

/// `limit` with a burst of this many calls at once on top of it. One below what the limit gives in an
/// hour is left aside; one that is larger comes on top of it, and beyond [`MOST_AT_ONCE`] it is what a
/// caller gets in a second.
pub(super) fn with_burst(limit: Rate, burst: f64) -> Rate {
    match limit {
        Rate::Limited { per_hour, at } if burst > per_hour && burst > MOST_AT_ONCE => {
            Rate::Limited { per_hour: burst * 3_600.0, at }
        }
        Rate::Limited { per_hour, at } if burst > per_hour => {
            Rate::Limited { per_hour: per_hour + burst, at }
        }
        other => other,
    }
}

/// Whether a name of a header is one that the middlewares before set themselves.
pub(super) fn is_among(names: &[Arc<str>], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The paths at and below `path`; the root is everything.
pub(super) fn segments(path: &str) -> PathMatch {
    match path.trim_end_matches('/') {
        "" => PathMatch::Any,
        stem => PathMatch::Segments(stem.into()),
    }
}

/// The paths that begin with `path`; the root is everything.
pub(super) fn prefix(path: &str) -> PathMatch {
    if matches!(path, "" | "/") { PathMatch::Any } else { PathMatch::Prefix(path.into()) }
}

/// `text` as a regular expression that matches nothing but it.
pub(super) fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for sign in text.chars() {
        if "\\.+*?()|[]{}^$#&-~".contains(sign) {
            pattern.push('\\');
        }
        pattern.push(sign);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_behind_networks_are_those_of_both() {
        let reach = |text: &str| match text {
            "world" => Reach::World,
            "inside" => Reach::Inside,
            "nobody" => Reach::Nobody,
            list => Reach::Networks { networks: list.split(' ').map(|one| one.parse().unwrap()).collect() },
        };
        for (one, other, both, any) in [
            ("world", "10.0.0.0/8", "10.0.0.0/8", "world"),
            ("10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/16", "10.0.0.0/8 10.1.0.0/16"),
            ("10.0.0.0/8", "192.0.2.0/24", "nobody", "10.0.0.0/8 192.0.2.0/24"),
            ("inside", "192.0.2.0/24", "inside", "192.0.2.0/24"),
            ("nobody", "world", "nobody", "world"),
        ] {
            assert_eq!(both_reaches(reach(one), reach(other)), reach(both), "{one} and {other}");
            assert_eq!(both_reaches(reach(other), reach(one)), reach(both), "{other} and {one}");
            assert_eq!(wider(reach(one), reach(other)), reach(any), "{one} or {other}");
        }
    }

    #[test]
    fn a_burst_counts_once_it_is_more_than_an_hour_of_its_limit() {
        let at = Place::new(SourceId(0), crate::tree::Span::START);
        for (burst, expected) in
            [(0.0, 60.0), (60.0, 60.0), (61.0, 121.0), (1_000.0, 1_060.0), (1_001.0, 3_603_600.0)]
        {
            let Rate::Limited { per_hour, .. } = with_burst(Rate::Limited { per_hour: 60.0, at }, burst)
            else {
                panic!("no limit at {burst}");
            };
            assert!((per_hour - expected).abs() < 0.5, "{burst}: {per_hour}");
        }
        assert_eq!(with_burst(Rate::Unlimited, 9.0), Rate::Unlimited);
    }
}
