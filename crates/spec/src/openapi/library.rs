//! The files that a document refers to.
//!
//! They are gathered before anything is read: every `$ref` into another file, and those of that file
//! in turn, each file once. What no file answers to is told where somebody follows the reference.
//!
//! INVARIANT (bounded-library): at most [`MOST_REFERRED`] files with together at most
//! [`MOST_BYTES`] of text, whatever refers to whatever in whichever circle.

use std::collections::HashMap;

use crate::inventory::{Kind, SourceId};
use crate::openapi::document::{is_path, percent_decoded};
use crate::reading::{MOST_REFERRED, Reading, beside};
use crate::tree::{MOST_BYTES, Node, Value};

/// A document and the files that it refers to.
#[derive(Debug)]
pub(super) struct Library<'t> {
    root: &'t Node,
    others: Vec<Loaded>,
    /// Names of all files, by position.
    names: Vec<String>,
    sources: Vec<SourceId>,
    by_name: HashMap<String, usize>,
    /// `$self` of those files that have one (OpenAPI 3.2).
    by_self: HashMap<String, usize>,
    /// Whether the bound left something out.
    full: bool,
}

/// The tree of another file; `None` where it cannot be read, which its faults say.
#[derive(Debug)]
struct Loaded {
    root: Option<Node>,
}

/// Where a reference to a file leads.
pub(super) enum Found<'t> {
    /// To this file.
    File(usize, &'t Node),
    /// To a file whose faults were told.
    Unreadable,
    /// To an address in the network.
    Remote,
    /// To a file beyond the bound.
    Full,
    /// To no file that was found.
    Missing,
}

impl<'t> Library<'t> {
    /// Gathers what `root`, the file `name`, refers to.
    pub(super) fn gather(root: &'t Node, name: &str, reading: &mut Reading<'_, '_>) -> Self {
        let mut library = Self {
            root,
            others: Vec::new(),
            names: vec![beside("", name)],
            sources: vec![reading.source],
            by_name: HashMap::from([(beside("", name), 0)]),
            by_self: HashMap::new(),
            full: false,
        };
        library.note_self(0);
        let mut next = 0;
        let mut bytes = 0_usize;
        while next < library.names.len() {
            for wanted in library.wanted(next) {
                if library.by_name.contains_key(&wanted) {
                    continue;
                }
                if library.others.len() >= MOST_REFERRED {
                    library.full = true;
                    break;
                }
                let Some(file) = (reading.fetch)(&wanted).into_iter().next() else { continue };
                bytes = bytes.saturating_add(file.text.len());
                if bytes > MOST_BYTES {
                    library.full = true;
                    break;
                }
                let source = reading.take_up(&file, Kind::OpenApiPart);
                reading.inventory.parts.push((source, reading.source));
                let root = match crate::reading::tree(&file) {
                    Ok(root) => Some(root),
                    Err(faults) => {
                        reading.faults_of(source, faults);
                        None
                    }
                };
                let position = library.names.len();
                library.others.push(Loaded { root });
                library.sources.push(source);
                library.by_name.insert(wanted.clone(), position);
                library.names.push(wanted);
                library.note_self(position);
            }
            next += 1;
        }
        library
    }

    /// The files by position: where their faults and places belong.
    pub(super) fn sources(&self) -> &[SourceId] {
        &self.sources
    }

    /// The tree of a file.
    pub(super) fn tree(&'t self, file: usize) -> Option<&'t Node> {
        match file.checked_sub(1) {
            None => Some(self.root),
            Some(other) => self.others.get(other)?.root.as_ref(),
        }
    }

    /// Where `part`, the piece of a reference before `#`, leads from `file`.
    pub(super) fn find(&'t self, file: usize, part: &str) -> Found<'t> {
        let part = clean(part);
        let known = self.by_self(file, &part);
        let remote = is_remote(&part);
        let known = match known {
            None if remote => return Found::Remote,
            None => self.by_name.get(&self.joined(file, &part)).copied(),
            some => some,
        };
        match known {
            Some(position) => match self.tree(position) {
                Some(root) => Found::File(position, root),
                None => Found::Unreadable,
            },
            None if self.full => Found::Full,
            None => Found::Missing,
        }
    }

    fn by_self(&self, file: usize, part: &str) -> Option<usize> {
        if self.by_self.is_empty() {
            return None;
        }
        if let Some(found) = self.by_self.get(part) {
            return Some(*found);
        }
        let base = self.by_self.iter().find(|(_, position)| **position == file).map(|(base, _)| base)?;
        let (scheme, rest) = base.split_once("://")?;
        self.by_self.get(&format!("{scheme}://{}", beside(rest, part))).copied()
    }

    fn note_self(&mut self, file: usize) {
        let root = match file.checked_sub(1) {
            None => Some(self.root),
            Some(other) => self.others.get(other).and_then(|loaded| loaded.root.as_ref()),
        };
        if let Some(name) = root.and_then(|root| root.get("$self")).and_then(Node::text) {
            self.by_self.entry(clean(name)).or_insert(file);
        }
    }

    fn joined(&self, file: usize, part: &str) -> String {
        beside(self.names.get(file).map_or("", String::as_str), part)
    }

    /// The names of the files that `file` refers to, each once, in the order of the text.
    fn wanted(&self, file: usize) -> Vec<String> {
        let mut parts: Vec<&str> = Vec::new();
        let root = match file.checked_sub(1) {
            None => Some(self.root),
            Some(other) => self.others.get(other).and_then(|loaded| loaded.root.as_ref()),
        };
        if let Some(root) = root {
            collect(root, &mut parts);
        }
        let mut names: Vec<String> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for part in parts {
            let part = clean(part);
            if is_remote(&part) || self.by_self(file, &part).is_some() {
                continue;
            }
            let name = self.joined(file, &part);
            if seen.insert(name.clone()) {
                names.push(name);
            }
        }
        names
    }
}

/// The file parts of every `$ref` and `discriminator.mapping` below `node`. Recurses at most as deep as a tree may be.
fn collect<'n>(node: &'n Node, parts: &mut Vec<&'n str>) {
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, parts)),
        Value::Mapping(mapping) => {
            for entry in mapping.entries() {
                let mut add = |text: &'n str| {
                    let part = text.split('#').next().unwrap_or_default();
                    if !part.is_empty() && parts.last() != Some(&part) {
                        parts.push(part);
                    }
                };
                match entry.value.text() {
                    Some(text) if &*entry.key.text == "$ref" => add(text),
                    Some(_) => {}
                    None => {
                        if &*entry.key.text == "discriminator" {
                            let kinds = entry.value.get("mapping").into_iter().flat_map(Node::entries);
                            kinds
                                .filter_map(|(_, kind)| kind.text())
                                .filter(|kind| is_path(kind))
                                .for_each(add);
                        }
                        collect(&entry.value, parts);
                    }
                }
            }
        }
        _ => {}
    }
}

/// Without escapes and query.
fn clean(part: &str) -> String {
    let part = part.split(['?', '#']).next().unwrap_or_default();
    percent_decoded(part).unwrap_or_else(|| part.to_owned())
}

fn is_remote(part: &str) -> bool {
    part.contains("://") || part.starts_with("//") || part.starts_with("urn:")
}
