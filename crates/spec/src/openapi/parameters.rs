//! The parameters that a document names.

use std::sync::Arc;

use domain::{PathTemplate, Segment};

use crate::openapi::document::{Document, short};
use crate::pattern::Pattern;
use crate::tree::{Node, Span, Value};

/// Most parameters of one operation.
const MOST_PARAMETERS: usize = 256;

/// A named input of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: Arc<str>,
    /// Where in the request it stands.
    pub place: Place,
    /// Whether a request must have it.
    pub required: bool,
    /// Where the document names it.
    pub span: Span,
}

/// Where in a request a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
    /// In a cookie.
    Cookie,
    /// The whole body (2.0).
    Body,
    /// A field of a form body (2.0).
    Form,
}

/// The parameters of an operation: its own, then those of its path that it does not override.
pub(super) fn read<'t>(
    document: &mut Document<'t>,
    operation: &'t Node,
    path_item: &'t Node,
) -> Vec<Parameter> {
    let mut found: Vec<Parameter> = Vec::new();
    for owner in [operation, path_item] {
        let Some(list) = owner.get("parameters") else { continue };
        if !matches!(list.value, Value::Sequence(_) | Value::Null) {
            document.warn(
                "SPEC-009",
                "`parameters` must be a list",
                list.span,
                "start each parameter with `- name:`",
            );
        }
        for node in list.items() {
            if found.len() >= MOST_PARAMETERS {
                let message = format!("more than {MOST_PARAMETERS} parameters");
                document.warn("SPEC-009", message, node.span, "the others are left out");
                return found;
            }
            let Some(one) = one(document, node) else { continue };
            if !found.iter().any(|known| known.name == one.name && known.place == one.place) {
                found.push(one);
            }
        }
    }
    found
}

fn one<'t>(document: &mut Document<'t>, node: &'t Node) -> Option<Parameter> {
    let named_at = node.span;
    let node = document.resolve(node)?;
    let Some(name) = node.get("name").and_then(Node::text) else {
        document.warn("SPEC-009", "a parameter has no `name`", named_at, "add `name:` and `in:`");
        return None;
    };
    let place = match node.get("in").and_then(Node::text) {
        Some("path") => Place::Path,
        Some("query") => Place::Query,
        Some("header") => Place::Header,
        Some("cookie") => Place::Cookie,
        Some("body") => Place::Body,
        Some("formData") => Place::Form,
        other => {
            let message = match other {
                Some(other) => format!("`{}` is no place of a parameter", short(other)),
                None => format!("the parameter `{}` does not say where it stands", short(name)),
            };
            document.warn("SPEC-009", message, named_at, "write `in: path`, `query`, `header` or `cookie`");
            return None;
        }
    };
    let required = matches!(node.get("required").map(|node| &node.value), Some(Value::Bool(true)));
    let span = node.get("name").map_or(named_at, |name| name.span);
    Some(Parameter { name: name.into(), place, required, span })
}

/// Tells path parameters that only the template or only the list has.
pub(super) fn compare(document: &mut Document<'_>, template: &PathTemplate, listed: &[Parameter], at: Span) {
    let in_path: Vec<Arc<str>> = template
        .segments()
        .flat_map(|segment| match segment {
            Segment::Parameter(name) | Segment::Rest(name) => match Pattern::of_name(&name) {
                Some(pattern) => pattern.names().cloned().collect(),
                None => vec![name],
            },
            Segment::Literal(_) => Vec::new(),
        })
        .collect();
    for parameter in listed.iter().filter(|parameter| parameter.place == Place::Path) {
        let plain = parameter.name.trim_matches(['+', '*']);
        if !in_path.iter().any(|name| &**name == plain) {
            let message = format!("the path has no parameter `{}`", short(&parameter.name));
            document.warn("SPEC-009", message, parameter.span, format!("the path is `{template}`"));
        }
    }
    for name in in_path {
        let known =
            listed.iter().any(|one| one.place == Place::Path && one.name.trim_matches(['+', '*']) == &*name);
        if !known {
            let message = format!("the path parameter `{}` is not described", short(&name));
            document.warn(
                "SPEC-009",
                message,
                at,
                format!("add `- {{ name: {name}, in: path, required: true }}`"),
            );
        }
    }
}
