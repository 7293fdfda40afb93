//! Examples: the values they show, and the secrets that somebody left in them.

use std::sync::Arc;

use meter::Fields;

use super::schema::{joined, start};
use crate::openapi::here::{At, Here};
use crate::tree::{Mapping, Node, Value};

/// Longest example that is kept, in characters.
const MOST_CHARACTERS: usize = 200;
/// Most values of one example that are read.
const MOST_VALUES: usize = 2_000;
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

/// The scalars of an example with their paths below `path`. Of lists the first three elements count.
pub(super) fn leaves(here: Here<'_>, path: &str, at: At, found: &mut Vec<(Arc<str>, Arc<str>, At)>) {
    if found.len() >= MOST_VALUES || path.len() > 400 {
        return;
    }
    match &here.node.value {
        Value::Mapping(_) => {
            for (key, value) in here.entries() {
                leaves(value, &joined(path, &key.text), here.spot(key.span), found);
            }
        }
        Value::Sequence(_) => {
            let path = format!("{path}[]");
            here.items().take(3).for_each(|item| leaves(item, &path, at, found));
        }
        _ => {
            if let Some(text) = text_of(here.node)
                && !path.is_empty()
            {
                found.push((path.into(), text, at));
            }
        }
    }
}

/// Finds secrets in an example that stands under `name`.
pub(super) fn secrets(words: &mut Fields, here: Here<'_>, name: &str, found: &mut Vec<Secret>) {
    let mut left = MOST_VALUES;
    search(words, here, name, found, &mut left);
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
