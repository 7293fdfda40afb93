//! Policies in Rego: the user's own, and ours for other tools.

use std::path::Path;

use anyhow::Context as _;
use checks::rego::Policy;
use checks::{Facts, Finding};
use domain::Timestamp;
use spec::inventory::Inventory;

use super::files::shown;
use crate::cli::Export;
use crate::exit::{Failure, data};

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

/// Writes what `kind` asks for to the folder `out`.
///
/// # Errors
/// When the facts cannot be written as JSON, or the folder not written to; and, unless `force`, when it
/// has a file that would be written over: nothing is written then.
pub(super) fn export(kind: Export, facts: &Facts<'_>, out: &Path, force: bool) -> Result<(), Failure> {
    let made = match kind {
        Export::Rego => checks::export::rego(facts).map_err(anyhow::Error::from)?,
        Export::Gatekeeper => checks::export::gatekeeper(facts),
        Export::Nftables => checks::export::nftables(facts),
        Export::Networkpolicy => checks::export::networkpolicy(facts),
    };
    for (name, text) in &made {
        // Names may hold words of the documents: none may lead out of the folder.
        let stays = Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !stays {
            return Err(anyhow::anyhow!("the name `{name}` leads out of the folder").into());
        }
        let path = out.join(name);
        let taken = path.exists() && !std::fs::read(&path).is_ok_and(|known| known == text.as_bytes());
        if taken && !force {
            return Err(Failure::Input(format!(
                "error: `{}` is there and says something else\n  = help: name another folder, or write over it with `--force`",
                path.display()
            )));
        }
    }
    for (name, text) in made {
        let path = out.join(&name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        }
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        data(&format!("{}\n", path.display()))?;
    }
    Ok(())
}
