//! Examples: the values they show, and the secrets that somebody left in them.

use std::collections::HashSet;
use std::sync::Arc;

use meter::Fields;

use super::embedded;
use super::schema::{MOST_PATH, joined, start};
use crate::openapi::here::{At, Here};
use crate::tree::{Mapping, Node, Value};

/// Longest example that is kept, in characters.
const MOST_CHARACTERS: usize = 200;
/// Most values of one example that are read.
pub(super) const MOST_VALUES: usize = 20_000;
/// Most secrets that are told of one schema or operation.
pub(super) const MOST_SECRETS: usize = 20;

/// Something secret in an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Secret {
    pub(super) what: &'static str,
    pub(super) at: At,
}

/// The example that a schema gives of a scalar: `example`, the first of `examples`, `const`, or a
/// default.
pub(super) fn of(mapping: &Mapping) -> Option<Arc<str>> {
    let own = |key: &str| mapping.get(key).and_then(|entry| text_of(&entry.value));
    let first = || {
        let values = &mapping.get("examples")?.value;
        text_of(values.items().first()?)
    };
    own("example")
        .or_else(first)
        .or_else(|| own("const"))
        .or_else(|| own("x-example"))
        .or_else(|| own("default"))
}

/// A scalar as text.
pub(super) fn text_of(node: &Node) -> Option<Arc<str>> {
    match &node.value {
        Value::Text(text) => Some(start(text, MOST_CHARACTERS)),
        Value::Integer(number) => Some(number.to_string().into()),
        Value::Float(number) => Some(number.to_string().into()),
        _ => None,
    }
}

/// A scalar that an example shows: its path, its value, its place.
pub(super) type Leaf = (Arc<str>, Arc<str>, At);

/// The scalars of examples, each path once: of a list of records the first that has a field shows it.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) leaves: Vec<Leaf>,
    seen: HashSet<Arc<str>>,
    visited: usize,
    /// Where the bound left something out.
    pub(super) cut: Option<At>,
}

impl Shown {
    /// Takes up the scalars of `here`, which stands at `at`, with their paths below `path`.
    pub(super) fn add(&mut self, here: Here<'_>, path: &str, at: At) {
        self.visited = self.visited.saturating_add(1);
        if self.visited > MOST_VALUES || path.len() > MOST_PATH {
            self.cut.get_or_insert(at);
            return;
        }
        match &here.node.value {
            Value::Mapping(_) => {
                for (key, value) in here.entries() {
                    self.add(value, &joined(path, &key.text), here.spot(key.span));
                }
            }
            Value::Sequence(_) => {
                let path = format!("{path}[]");
                here.items().for_each(|item| self.add(item, &path, at));
            }
            _ => {
                let within = here.text().and_then(|text| embedded::shown(text, path.is_empty()));
                match within {
                    Some(within) => self.add_within(&within, path, at),
                    None => self.leaf(path, text_of(here.node), at),
                }
            }
        }
    }

    /// Takes up the scalars of a body that is written as text.
    fn add_within(&mut self, within: &serde_json::Value, path: &str, at: At) {
        self.visited = self.visited.saturating_add(1);
        if self.visited > MOST_VALUES || path.len() > MOST_PATH {
            self.cut.get_or_insert(at);
            return;
        }
        match within {
            serde_json::Value::Object(members) => {
                members.iter().for_each(|(name, one)| self.add_within(one, &joined(path, name), at));
            }
            serde_json::Value::Array(items) => {
                let path = format!("{path}[]");
                items.iter().for_each(|item| self.add_within(item, &path, at));
            }
            serde_json::Value::String(text) => self.leaf(path, Some(start(text, MOST_CHARACTERS)), at),
            serde_json::Value::Number(number) => self.leaf(path, Some(number.to_string().into()), at),
            serde_json::Value::Null | serde_json::Value::Bool(_) => {}
        }
    }

    fn leaf(&mut self, path: &str, text: Option<Arc<str>>, at: At) {
        if let Some(text) = text
            && !path.is_empty()
            && !self.seen.contains(path)
        {
            let path: Arc<str> = path.into();
            self.seen.insert(path.clone());
            self.leaves.push((path, text, at));
        }
    }
}

/// Whether an example has others below it: a value with members or elements, or such a body as text.
pub(super) fn is_nested(here: Here<'_>, whole: bool) -> bool {
    !here.node.items().is_empty()
        || here.mapping().is_some()
        || here.text().is_some_and(|text| embedded::shown(text, whole).is_some())
}

/// Finds secrets in an example that stands under `name`; whether all of it was looked at.
pub(super) fn secrets(words: &mut Fields, here: Here<'_>, name: &str, found: &mut Vec<Secret>) -> bool {
    let mut left = MOST_VALUES;
    search(words, here, name, found, &mut left);
    left > 0
}

fn search(words: &mut Fields, here: Here<'_>, name: &str, found: &mut Vec<Secret>, left: &mut usize) {
    let Some(rest) = left.checked_sub(1) else { return };
    *left = rest;
    if found.len() >= MOST_SECRETS {
        return;
    }
    match &here.node.value {
        Value::Mapping(_) => {
            for (key, value) in here.entries() {
                search(words, value, &key.text, found, left);
            }
        }
        Value::Sequence(_) => here.items().for_each(|item| search(words, item, name, found, left)),
        Value::Text(text) if text.len() >= 8 => {
            let credential = words.is_credential(name);
            if let Some(what) = meter::secret_in(text, credential) {
                let secret = Secret { what, at: here.at() };
                if !found.contains(&secret) {
                    found.push(secret);
                }
            }
        }
        _ => {}
    }
}
