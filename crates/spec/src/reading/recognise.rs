//! What a file is, by its look: never by its name alone.

use super::File;
use crate::diagnostic::Diagnostic;
use crate::inventory::Kind;
use crate::tree::Node;

/// What `file` is, and its tree where it is YAML or JSON.
///
/// # Errors
/// (in the second part) what is wrong with a text that looks like a kind we judge.
pub fn recognise(file: &File) -> (Kind, Result<Option<Node>, Vec<Diagnostic>>) {
    if let Some(kind) = crate::front::recognise(&file.text) {
        return (kind, Ok(None));
    }
    if !looks_structured(file) {
        return (Kind::Unrecognised, Ok(None));
    }
    match super::tree(file) {
        Ok(root) => (of_tree(&root), Ok(Some(root))),
        Err(faults) if names_a_version(&file.text) => (Kind::OpenApi, Err(faults)),
        Err(_) => (Kind::Unrecognised, Ok(None)),
    }
}

fn of_tree(root: &Node) -> Kind {
    if root.get("openapi").is_some() || root.get("swagger").is_some() {
        Kind::OpenApi
    } else if root.get("upstreams").is_some() || root.get("endpoints").is_some() {
        Kind::Tidegate
    } else {
        Kind::Unrecognised
    }
}

/// Whether the text, though it cannot be read, was meant as a specification.
fn names_a_version(text: &str) -> bool {
    text.lines()
        .take(200)
        .map(|line| line.trim_start_matches([' ', '{', '"', '\'', '\u{feff}']))
        .any(|line| line.starts_with("openapi") || line.starts_with("swagger"))
}

fn looks_structured(file: &File) -> bool {
    let name = file.name.to_ascii_lowercase();
    [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending))
        || file.text.trim_start().starts_with(['{', '['])
        || names_a_version(&file.text)
}

#[cfg(test)]
mod tests;
