//! Where the data lies, and how its lines are read.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// The root of the checkout, two folders above this crate.
pub fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().and_then(Path::parent).context("find the root of the tree")?.to_owned())
}

/// The folder of the data: the one given, else `../shared/data` from the root of the tree, or from the
/// tree that this one is a second working tree of. `None` when there is none.
#[must_use]
pub fn folder(given: Option<&Path>) -> Option<PathBuf> {
    if let Some(given) = given {
        return Some(given.to_owned());
    }
    let root = root().ok()?;
    [root.join("../shared/data"), root.join("../../shared/data")]
        .into_iter()
        .find(|folder| folder.join("attack/techniques.jsonl").is_file())
}

/// Reads a file of JSON values, one a line.
pub fn json_lines<Row: DeserializeOwned>(path: &Path) -> Result<Vec<Row>> {
    text(path)?
        .lines()
        .enumerate()
        .map(|(nth, line)| {
            serde_json::from_str(line).with_context(|| format!("read line {} of {}", nth + 1, path.display()))
        })
        .collect()
}

/// Reads a file as text.
pub fn text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
