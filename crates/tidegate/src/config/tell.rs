//! What is said of a configuration, and of which place in it.

use std::collections::BTreeMap;

use domain::Endpoint;
use spec::diagnostic::Diagnostic;
use spec::tree::{Node, Span};

use super::Finding;
use super::load::Loader;

impl Loader {
    pub(super) fn tell(&mut self, diagnostic: Diagnostic) {
        let finding = Finding { file: self.text.name.clone(), text: self.text.text.clone(), diagnostic };
        self.findings.push(finding);
    }

    pub(super) fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        at: Span,
        help: impl Into<String>,
    ) {
        self.tell(Diagnostic::error(code, message, at).help(help));
    }

    pub(super) fn warn(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        at: Span,
        help: impl Into<String>,
    ) {
        self.tell(Diagnostic::warning(code, message, at).help(help));
    }

    /// Tells what `make` says of the place where `endpoint` is declared.
    pub(super) fn tell_of(&mut self, endpoint: &Endpoint, make: impl FnOnce(Span) -> Diagnostic) {
        match self.declared_at.get(endpoint) {
            Some((text, at)) => {
                let (file, text) = (text.name.clone(), text.text.clone());
                self.findings.push(Finding { file, text, diagnostic: make(*at) });
            }
            None => self.tell(make(Span::default())),
        }
    }

    /// The place of a key, by its names from the outside in; of the innermost that stands there.
    pub(super) fn place(&self, names: &[&str]) -> Span {
        let mut at = Span::default();
        let mut node = self.root.as_ref();
        for name in names {
            let Some(entry) = node.and_then(Node::mapping).and_then(|mapping| mapping.get(name)) else {
                break;
            };
            at = entry.key.span;
            node = Some(&entry.value);
        }
        at
    }

    /// The places of all keys below `names`, dotted, at most three deep.
    pub(super) fn keys_within(&self, names: &mut Vec<String>, keys: &mut BTreeMap<String, Span>) {
        let mut node = self.root.as_ref();
        for name in names.iter() {
            node = node.and_then(|node| node.get(name));
        }
        let at = self.place(&names.iter().map(String::as_str).collect::<Vec<_>>());
        keys.insert(names.join("."), at);
        let below: Vec<String> =
            node.into_iter().flat_map(Node::entries).take(64).map(|(key, _)| key.text.to_string()).collect();
        let deep = names.len() >= 3;
        for name in below.into_iter().filter(|_| !deep) {
            names.push(name);
            self.keys_within(names, keys);
            names.pop();
        }
    }

    /// The value of `key` in the element `nth` of the list that stands under `names`; the place of the
    /// list where there is none.
    pub(super) fn place_in(&self, names: &[&str], nth: usize, key: &str) -> Span {
        let mut node = self.root.as_ref();
        for name in names {
            node =
                node.and_then(Node::mapping).and_then(|mapping| mapping.get(name)).map(|entry| &entry.value);
        }
        let element = node.and_then(|list| list.items().get(nth)).and_then(Node::mapping);
        element
            .and_then(|element| element.get(key))
            .map_or_else(|| self.place(names), |entry| entry.value.span)
    }
}
