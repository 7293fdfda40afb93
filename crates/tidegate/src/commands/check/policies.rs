//! Policies in Rego: the user's own, and ours for other tools.

use std::path::{Path, PathBuf};

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
    let paths = files_of(folder)?;
    let mut policies = Vec::new();
    for path in paths {
        let metadata = std::fs::metadata(&path);
        if metadata.as_ref().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Failure::Input(format!("error: `{}` is no regular file", path.display())));
        }
        if metadata.map_or(0, |metadata| metadata.len()) > MOST_BYTES {
            return Err(Failure::Input(format!("error: `{}` is larger than 1 MiB", path.display())));
        }
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("read {}", path.display()))
            .map_err(wrong)?;
        policies.push(Policy { name: shown(&path), text: text.into() });
    }
    let facts = checks::Facts::new(inventory, now);
    checks::rego::own(&policies, &facts).map_err(|error| {
        let help = "docs/check.md says what a rule is given and what it may give, under \"Own rules\"";
        Failure::Input(format!("error: {:#}\n = help: {help}", anyhow::Error::from(error)))
    })
}

/// The policies below `folder`, in order of name. Tests of policies are none.
///
/// # Errors
/// When there are none, too many, or a folder that cannot be listed.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let shown = folder.display();
    let wrong = |what: String, help: &str| Failure::Input(format!("error: {what}\n = help: {help}"));
    if !folder.is_dir() {
        let is = if folder.exists() { "is no folder" } else { "is not there" };
        return Err(wrong(format!("`{shown}` {is}"), "`--policy` names a folder of `*.rego` files"));
    }
    let mut paths = Vec::new();
    for entry in walkdir::WalkDir::new(folder).max_depth(8).sort_by_file_name() {
        let entry =
            entry.map_err(|error| wrong(format!("cannot list `{shown}`: {error}"), "make it readable"))?;
        let name = entry.file_name().to_string_lossy();
        if !entry.file_type().is_dir() && name.ends_with(".rego") && !name.ends_with("_test.rego") {
            paths.push(entry.into_path());
        }
    }
    if paths.is_empty() || paths.len() > MOST_FILES {
        let what =
            format!("`{shown}` holds {} `*.rego` files, and 1 to {MOST_FILES} are expected", paths.len());
        return Err(wrong(what, "name the folder with your rules; docs/check.md says how one is written"));
    }
    Ok(paths)
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
