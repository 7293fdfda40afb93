//! What a configuration of Tidegate names: the specifications that are judged with it.
//!
//! What else stands in it is read by the program itself, which serves by it; here nothing of it is
//! understood but `specs`.

use super::{Fetch, File, beside};
use crate::inventory::Inventory;
use crate::tree::Node;

/// The specifications that `file` names under `specs` and that are not known yet. One that cannot be
/// found is told by whoever reads the configuration.
pub(super) fn specifications(
    file: &File,
    root: &Node,
    inventory: &Inventory,
    fetch: &mut Fetch<'_>,
) -> Vec<File> {
    let listed = root.get("specs").map(Node::items).unwrap_or_default();
    let mut found: Vec<File> = Vec::new();
    for wanted in listed.iter().take(super::MOST_REFERRED).filter_map(|one| one.get("file")?.text()) {
        let wanted = beside(&file.name, wanted);
        let same = |name: &str| beside("", name) == beside("", &wanted);
        let known = inventory.sources.iter().any(|source| same(&source.name));
        if !known && !found.iter().any(|other| same(&other.name)) {
            found.extend(fetch(&wanted).into_iter().take(1));
        }
    }
    found
}
