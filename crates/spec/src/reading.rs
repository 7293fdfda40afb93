//! From files to an inventory: recognises what each file is and reads it.
//!
//! Texts are handed in; what they refer to (`$ref` to another file, `include`) is asked for with
//! [`Fetch`]. A named file that cannot be judged is a fault of the inventory, never a silence.

mod configuration;
mod ignores;
mod recognise;

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::front::{self, Pending};
use crate::inventory::{Fault, Inventory, Kind, Source, SourceId};
use crate::openapi;
use crate::tree::{Format, Node, read_functions};

pub use ignores::{IGNORE_KEY, says_something};
pub use recognise::recognise;

/// A file that was read.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path, as the user would name it.
    pub name: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

/// Finds the files that a file refers to: given a path or a glob, already joined to the folder of the
/// file that refers to it. Nothing found is an empty list.
pub type Fetch<'f> = dyn FnMut(&str) -> Vec<File> + 'f;

/// Most files that others may refer to in one reading; further ones are faults.
pub const MOST_REFERRED: usize = 2_000;

/// A file under reading: what its reader needs, and where it puts what it finds.
pub(crate) struct Reading<'r, 'f> {
    /// Where everything goes.
    pub(crate) inventory: &'r mut Inventory,
    /// The file.
    pub(crate) source: SourceId,
    /// Finds what it refers to.
    pub(crate) fetch: &'r mut Fetch<'f>,
    /// What waits for the last file.
    pub(crate) pending: &'r mut Pending,
}

impl Reading<'_, '_> {
    /// Tells what is wrong with the file.
    pub(crate) fn fault(&mut self, diagnostic: Diagnostic) {
        self.inventory.faults.push(Fault { source: self.source, diagnostic });
    }

    /// Tells what is wrong with another file.
    pub(crate) fn faults_of(&mut self, source: SourceId, faults: Vec<Diagnostic>) {
        self.inventory.faults.extend(faults.into_iter().map(|diagnostic| Fault { source, diagnostic }));
    }

    /// Takes up a file that this one refers to, unless it was taken up before.
    pub(crate) fn take_up(&mut self, file: &File, kind: Kind) -> SourceId {
        let name = beside("", &file.name);
        // Only what ends alike can be the same: thousands of files are compared with each other.
        let last = name.rsplit('/').next().unwrap_or_default();
        let same = |source: &Source| source.name.ends_with(last) && beside("", &source.name) == name;
        let known = self.inventory.sources.iter().position(same);
        match known.and_then(|known| u32::try_from(known).ok()) {
            Some(position) => {
                // Named before, and only now known for what it is.
                let known =
                    usize::try_from(position).ok().and_then(|nth| self.inventory.sources.get_mut(nth));
                if let Some(source) = known.filter(|source| source.kind == Kind::Unrecognised) {
                    source.kind = kind;
                }
                SourceId(position)
            }
            None => {
                self.inventory.add_source(Source { name: file.name.clone(), text: file.text.clone(), kind })
            }
        }
    }
}

/// Reads `files` into one inventory.
#[must_use]
pub fn read(files: &[File], fetch: &mut Fetch<'_>) -> Inventory {
    let mut inventory = Inventory::default();
    let mut pending = Pending::default();
    let mut configurations: Vec<(&File, Node)> = Vec::new();
    for file in files {
        let (kind, root) = recognise(file);
        // What a document refers to was read with it.
        let name = beside("", &file.name);
        let taken = |source: &Source| source.kind == Kind::OpenApiPart && beside("", &source.name) == name;
        if kind == Kind::Unrecognised && inventory.sources.iter().any(taken) {
            continue;
        }
        let source = inventory.add_source(Source { name: file.name.clone(), text: file.text.clone(), kind });
        let mut reading = Reading { inventory: &mut inventory, source, fetch, pending: &mut pending };
        match root {
            Ok(root) => {
                dispatch(kind, file, root.as_ref(), &mut reading);
                if kind != Kind::Unrecognised {
                    ignores::of_comments(&file.text, &mut reading);
                }
                configurations.extend(root.filter(|_| kind == Kind::Tidegate).map(|root| (file, root)));
            }
            Err(faults) => {
                let start = (kind == Kind::OpenApi).then(|| before_fault(file, &faults)).flatten();
                if let Some(root) = start {
                    dispatch(kind, file, Some(&root), &mut reading);
                }
                faults.into_iter().for_each(|fault| reading.fault(fault));
            }
        }
    }
    // After all that was named: a specification that a configuration names may be among it.
    for (file, root) in configurations {
        for named in configuration::specifications(file, &root, &inventory, fetch) {
            let (kind, root) = recognise(&named);
            let source = Source { name: named.name.clone(), text: named.text.clone(), kind };
            let source = inventory.add_source(source);
            let mut reading = Reading { inventory: &mut inventory, source, fetch, pending: &mut pending };
            match root {
                Ok(root) => dispatch(kind, &named, root.as_ref(), &mut reading),
                Err(faults) => faults.into_iter().for_each(|fault| reading.fault(fault)),
            }
            if kind != Kind::Unrecognised {
                ignores::of_comments(&named.text, &mut reading);
            }
        }
    }
    of_parts(&mut inventory, fetch, &mut pending);
    front::finish(pending, &mut inventory);
    inventory
}

/// What stands before the fault in a broken YAML document, as far as it can be read by itself: it is judged,
/// though the file stays at fault. Cuts before the line of the fault, then before each line around it, at most
/// eight times.
fn before_fault(file: &File, faults: &[Diagnostic]) -> Option<Node> {
    if Format::of(&file.name, &file.text) != Format::Yaml {
        return None;
    }
    let at = usize::try_from(faults.first()?.at.start).ok()?;
    let mut cut = file.text.get(..at)?.rfind('\n')? + 1;
    for _ in 0..8 {
        let start = file.text.get(..cut)?;
        if let Ok(root) = crate::tree::read(start, Format::Yaml)
            && root.get("paths").is_some()
        {
            return Some(root);
        }
        // The line before it that stands less deep, for what is cut may have begun there.
        let depth = |line: &str| line.len() - line.trim_start().len();
        let here = file.text.get(cut..)?.lines().next().map_or(0, depth);
        let lines = start.split_inclusive('\n').rev();
        let mut back = 0;
        let outer = lines.take_while(|line| {
            back += line.len();
            line.trim().is_empty() || depth(line) >= here.max(1)
        });
        outer.for_each(drop);
        cut = cut.checked_sub(back).filter(|cut| *cut > 0)?;
    }
    None
}

/// The suppressions in files that documents refer to.
fn of_parts(inventory: &mut Inventory, fetch: &mut Fetch<'_>, pending: &mut Pending) {
    for position in 0..inventory.sources.len() {
        let Some(part) = inventory.sources.get(position) else { continue };
        if part.kind != Kind::OpenApiPart || !ignores::are_in(&part.text) {
            continue;
        }
        let file = File { name: part.name.clone(), text: part.text.clone() };
        let source = SourceId(u32::try_from(position).unwrap_or(u32::MAX));
        let mut reading = Reading { inventory, source, fetch, pending };
        // What is wrong with it as a whole was told where it was referred to.
        if let Ok(root) = tree(&file) {
            ignores::of_part(&root, &mut reading);
        }
        ignores::of_comments(&file.text, &mut reading);
    }
}

fn dispatch(kind: Kind, file: &File, root: Option<&Node>, reading: &mut Reading<'_, '_>) {
    match (kind, root) {
        (Kind::OpenApi, Some(root)) => {
            openapi::facts::read(root, &file.name, reading);
            ignores::of_document(root, reading);
        }
        (Kind::Baseline, Some(root)) => {
            let list = root.get("findings").unwrap_or(root);
            ignores::list(list, list.span, None, reading);
        }
        (kind, root) => front::read(kind, file, root, reading),
    }
}

/// The folder of `name` joined with `relative`: how a reference in a file is meant.
#[must_use]
pub fn beside(name: &str, relative: &str) -> String {
    if relative.starts_with('/') {
        return relative.to_owned();
    }
    let folder = name.rfind('/').map_or("", |end| name.get(..=end).unwrap_or_default());
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if folder.starts_with('/') { format!("/{joined}") } else { joined }
}

/// Reads YAML or JSON by name and look of a file.
pub(crate) fn tree(file: &File) -> Result<Node, Vec<Diagnostic>> {
    let format = Format::of(&file.name, &file.text);
    let read = if recognise::has_functions(&file.text) { read_functions } else { crate::tree::read };
    read(&file.text, format).map_err(|error| error.diagnostics())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_meant_from_the_folder_of_the_file_that_has_them() {
        for (name, relative, joined) in [
            ("api/shop.yaml", "schemas/order.yaml", "api/schemas/order.yaml"),
            ("api/shop.yaml", "./order.yaml", "api/order.yaml"),
            ("api/v1/shop.yaml", "../order.yaml", "api/order.yaml"),
            ("shop.yaml", "../order.yaml", "../order.yaml"),
            ("../a/shop.yaml", "../../order.yaml", "../../order.yaml"),
            ("/srv/a/shop.yaml", "../order.yaml", "/srv/order.yaml"),
            ("shop.yaml", "/srv/order.yaml", "/srv/order.yaml"),
        ] {
            assert_eq!(beside(name, relative), joined, "{relative} in {name}");
        }
    }

    #[test]
    fn a_specification_that_a_configuration_names_is_read_once_wherever_it_stands() {
        const API: &str = "openapi: 3.1.0\npaths: {/a: {get: {responses: {}}}}\n";
        let file = |name: &str, text: &str| File { name: name.into(), text: text.into() };
        let configuration = |specs: &str| {
            file("deploy/tidegate.yaml", &format!("mode: guard\nlisten: 127.0.0.1:1\nspecs: [{specs}]\n"))
        };
        let named = |wanted: &str| match wanted {
            "api/shop.yaml" => vec![file("api/shop.yaml", API)],
            _ => Vec::new(),
        };
        for (files, operations) in [
            (vec![configuration("{file: ../api/shop.yaml}")], 1),
            (vec![configuration("{file: ../api/shop.yaml}, {file: ../api/shop.yaml}")], 1),
            (vec![configuration("{file: ../api/shop.yaml}"), file("./api/shop.yaml", API)], 1),
            (vec![configuration("{file: ../api/gone.yaml}, {}, 7")], 0),
        ] {
            let inventory = read(&files, &mut |wanted| named(wanted));
            assert_eq!(inventory.operations.len(), operations, "{files:?}");
            assert!(!inventory.has_errors(), "{:?}", inventory.faults);
        }
    }
}
