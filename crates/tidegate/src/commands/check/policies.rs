//! Policies in Rego: the user's own, and ours for other tools.

use std::path::Path;

use anyhow::Context as _;
use checks::Finding;
use checks::rego::{CONFTEST, LIBRARY, Policy};
use domain::Timestamp;
use spec::inventory::Inventory;

use super::files::shown;
use crate::exit::{Ending, Failure, Outcome, data};

/// Most policy files of one folder.
const MOST_FILES: usize = 200;
/// Largest policy file, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// What the policies in `folder` find.
///
/// # Errors
/// A folder without policies, or a policy that cannot be read or evaluated: the gate stays shut.
pub(super) fn judge(folder: &Path, inventory: &Inventory, now: Timestamp) -> Result<Vec<Finding>, Failure> {
    let wrong = |error: anyhow::Error| Failure::Input(format!("error: {error:#}"));
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("list {}", folder.display())).map_err(wrong)?;
    let mut paths: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "rego"))
        .collect();
    paths.sort();
    if paths.is_empty() || paths.len() > MOST_FILES {
        let number = paths.len();
        return Err(Failure::Input(format!(
            "error: `{}` holds {number} `*.rego` files, and 1 to {MOST_FILES} are expected",
            folder.display()
        )));
    }
    let mut policies = Vec::new();
    for path in paths {
        let size = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
        if size > MOST_BYTES {
            return Err(Failure::Input(format!("error: `{}` is larger than 1 MiB", path.display())));
        }
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("read {}", path.display()))
            .map_err(wrong)?;
        policies.push(Policy { name: shown(&path), text: text.into() });
    }
    let facts = checks::Facts::new(inventory, now);
    checks::rego::own(&policies, &facts).map_err(|error| wrong(anyhow::Error::from(error)))
}

/// Writes our checks as Rego to `out`.
pub(super) fn export(out: &Path) -> Outcome {
    std::fs::create_dir_all(out).with_context(|| format!("make {}", out.display()))?;
    for (name, text) in [("tidegate.rego", LIBRARY), ("conftest.rego", CONFTEST)] {
        let path = out.join(name);
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        data(&format!("{}\n", path.display()))?;
    }
    Ok(Ending::Clean)
}
