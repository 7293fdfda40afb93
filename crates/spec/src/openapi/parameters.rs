//! The parameters that a document names.

use std::sync::Arc;

use domain::{PathTemplate, Segment};

use crate::openapi::Version;
use crate::openapi::document::{Document, short};
use crate::openapi::here::{At, Here};
use crate::pattern::Pattern;
use crate::tree::{Span, Value};

/// Most parameters of one operation.
const MOST_PARAMETERS: usize = 1_000;

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

/// A parameter, and where it is described.
#[derive(Clone)]
pub(super) struct Listed<'t> {
    pub(super) parameter: Parameter,
    pub(super) here: Here<'t>,
}

impl Listed<'_> {
    fn at(&self) -> At {
        self.here.spot(self.parameter.span)
    }
}

/// The parameters of an operation: of each owner in turn those that no owner before it has. Owners
/// are the operation and its path.
pub(super) fn read<'t>(
    document: &mut Document<'t>,
    owners: impl IntoIterator<Item = Here<'t>>,
) -> Vec<Listed<'t>> {
    let mut found: Vec<Listed<'t>> = Vec::new();
    for owner in owners {
        let Some(list) = owner.get("parameters") else { continue };
        if !matches!(list.node.value, Value::Sequence(_) | Value::Null) {
            document.skipped(
                "SPEC-009",
                "`parameters` must be a list",
                list.at(),
                "start each parameter with `- name:`",
            );
        }
        for node in list.items() {
            if found.len() >= MOST_PARAMETERS {
                let message = format!("more than {MOST_PARAMETERS} parameters");
                document.beyond(message, node.at(), "describe fewer: those from here on are not judged");
                return found;
            }
            let Some(one) = one(document, node) else { continue };
            let same = |known: &Listed<'_>| {
                known.parameter.name == one.parameter.name && known.parameter.place == one.parameter.place
            };
            if !found.iter().any(same) {
                found.push(one);
            }
        }
    }
    found
}

fn one<'t>(document: &mut Document<'t>, node: Here<'t>) -> Option<Listed<'t>> {
    let named_at = node.at();
    let node = document.resolve(node)?;
    let Some(name) = node.get("name").and_then(Here::text) else {
        document.skipped("SPEC-009", "a parameter has no `name`", named_at, "add `name:` and `in:`");
        return None;
    };
    let place = match node.get("in").and_then(Here::text) {
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
            document.skipped(
                "SPEC-009",
                message,
                named_at,
                "write `in: path`, `query`, `header` or `cookie`",
            );
            return None;
        }
    };
    if document.version != Version::V2 && matches!(place, Place::Body | Place::Form) {
        document.skipped(
            "SPEC-009",
            format!("since 3.0 no parameter stands in the body, as `{}` does", short(name)),
            named_at,
            "describe the body under `requestBody: {content: {application/json: {schema: ...}}}`",
        );
        return None;
    }
    let required = matches!(node.get("required").map(|node| &node.node.value), Some(Value::Bool(true)));
    let span = node.get("name").map_or(node.node.span, |name| name.node.span);
    Some(Listed { parameter: Parameter { name: name.into(), place, required, span }, here: node })
}

/// Tells path parameters that only the template or only the list has.
pub(super) fn compare(document: &mut Document<'_>, template: &PathTemplate, listed: &[Listed<'_>], at: At) {
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
    for one in listed.iter().filter(|one| one.parameter.place == Place::Path) {
        let parameter = &one.parameter;
        let plain = parameter.name.trim_matches(['+', '*']);
        if !in_path.iter().any(|name| &**name == plain) {
            let message = format!("the path has no parameter `{}`", short(&parameter.name));
            document.warn("SPEC-009", message, one.at(), format!("the path is `{template}`"));
        }
    }
    for name in in_path {
        let known = listed
            .iter()
            .map(|one| &one.parameter)
            .any(|one| one.place == Place::Path && one.name.trim_matches(['+', '*']) == &*name);
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
