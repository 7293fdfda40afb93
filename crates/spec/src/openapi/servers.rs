//! The path prefixes under which a document's operations stand.

use crate::openapi::Version;
use crate::openapi::document::{Document, short};
use crate::openapi::here::Here;
use crate::tree::{Node, Value};

/// Most path prefixes of one operation.
const MOST_PREFIXES: usize = 8;

/// The prefixes that `servers` at `node` names; `None` where it names none.
pub(super) fn of_node<'t>(document: &mut Document<'t>, node: Here<'t>) -> Option<Vec<String>> {
    let servers = node.get("servers")?.items();
    let mut prefixes: Vec<String> = Vec::new();
    for server in servers {
        let Some(url) = server.get("url") else {
            document.warn(
                "SPEC-010",
                "a server has no `url`",
                server.at(),
                "write `url: /` or the full address",
            );
            continue;
        };
        let Some(text) = url.text() else {
            document.warn("SPEC-010", "the `url` of a server must be text", url.at(), "put it in quotes");
            continue;
        };
        for url_text in with_variables(text, server.node.get("variables")) {
            if url_text.contains(['{', '}']) && path_of(&url_text).contains(['{', '}']) {
                let message = format!("a variable in the path of the server `{}` has no value", short(text));
                document.error("SPEC-010", message, url.at(), "give it a `default` under `variables`");
                continue;
            }
            let prefix = path_of(&url_text).trim_end_matches('/').to_owned();
            if !prefixes.contains(&prefix) {
                prefixes.push(prefix);
            }
        }
    }
    if prefixes.len() > MOST_PREFIXES {
        let message = format!("the servers have more than {MOST_PREFIXES} different paths");
        document.error("SPEC-010", message, node.at(), "name the servers of one deployment only");
        prefixes.truncate(MOST_PREFIXES);
    }
    (!prefixes.is_empty()).then_some(prefixes)
}

/// The prefixes of the whole document.
pub(super) fn of_document(document: &mut Document<'_>) -> Vec<String> {
    if document.version == Version::V2 {
        let base = document.root.get("basePath");
        return vec![match base.map(|node| (&node.node.value, node.at())) {
            None => String::new(),
            Some((Value::Text(text), _)) => {
                format!("/{}", text.trim_matches('/')).trim_end_matches('/').to_owned()
            }
            Some((_, at)) => {
                document.error("SPEC-010", "`basePath` must be text", at, "write `basePath: /v1`");
                String::new()
            }
        }];
    }
    let root = document.root;
    of_node(document, root).unwrap_or_else(|| vec![String::new()])
}

/// The address with each `{variable}` replaced by its values.
pub(super) fn with_variables(url: &str, variables: Option<&Node>) -> Vec<String> {
    let mut urls = vec![url.to_owned()];
    for (name, variable) in variables.into_iter().flat_map(Node::entries).take(16) {
        let hole = format!("{{{}}}", name.text);
        if !url.contains(&hole) {
            continue;
        }
        let values: Vec<String> = variable
            .get("enum")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .chain(variable.get("default"))
            .filter_map(scalar_text)
            .collect();
        // Each value only where it changes a path or the scheme: hosts with many names are one prefix.
        let in_scheme = url.split_once("://").is_some_and(|(scheme, _)| scheme.contains(&hole));
        let counts = in_scheme || path_of(url).contains(&hole);
        let used = if counts { values.len().min(MOST_PREFIXES + 1) } else { 1 };
        let filled: Vec<String> = urls
            .iter()
            .flat_map(|url| values.iter().take(used).map(|value| url.replace(&hole, value)))
            .take(4 * MOST_PREFIXES)
            .collect();
        if !filled.is_empty() {
            urls = filled;
        }
    }
    urls
}

fn scalar_text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(format!("{number:?}")),
        _ => None,
    }
}

/// The path of an address, full or relative, with its leading slash; empty where it has none.
fn path_of(url: &str) -> String {
    let after_host = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or_default(),
        None => match url.strip_prefix("//") {
            Some(rest) => rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or_default(),
            None => url,
        },
    };
    let path = after_host.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_start_matches("./").trim_matches('/');
    if path.is_empty() || path == "." { String::new() } else { format!("/{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_an_address_is_found() {
        for (url, path) in [
            ("https://a.example/v1/", "/v1"),
            ("https://a.example", ""),
            ("https://a.example:8443/api/v2?x#y", "/api/v2"),
            ("//a.example/v1", "/v1"),
            ("/v1", "/v1"),
            ("v1", "/v1"),
            ("./", ""),
            (".", ""),
            ("/", ""),
            ("", ""),
            ("{scheme}://{host}/{base}/", "/{base}"),
        ] {
            assert_eq!(path_of(url), path, "{url}");
        }
    }
}
