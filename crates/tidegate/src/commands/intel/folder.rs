//! The folder that a report's files are written to: all of them at once, or none.
//!
//! The files are written beside the folder and take its place by renaming. `SHA256SUMS` lists them
//! (`sha256sum -c` reads it). By it a folder of ours is known, and what a person added or changed there:
//! such a folder is left alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::files::File;
use crate::exit::Failure;

/// The list of files with their digests.
pub(super) const SUMS: &str = "SHA256SUMS";

/// Writes `files` to the folder `out`, which is made; one of ours is replaced.
///
/// # Errors
/// When there is something at `out` that is not ours, or it cannot be written.
pub(super) fn write(out: &Path, files: &[File]) -> Result<(), Failure> {
    // A link to a folder stays one.
    let out = fs::canonicalize(out).unwrap_or_else(|_| out.to_owned());
    is_free(&out)?;
    let beside = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&beside).with_context(|| format!("make the folder {}", beside.display()))?;
    // What is not renamed at the end is removed.
    let temporary = tempfile::Builder::new()
        .prefix(".tidegate-intel-")
        .tempdir_in(&beside)
        .with_context(|| format!("make a folder in {}", beside.display()))?;
    let fresh = temporary.path().join("new");
    fill(&fresh, files)?;
    let old = temporary.path().join("old");
    let had = out.exists();
    if had {
        fs::rename(&out, &old).with_context(|| format!("put the old {} aside", out.display()))?;
    }
    let placed = fs::rename(&fresh, &out).with_context(|| format!("put {} in its place", out.display()));
    if placed.is_err() && had {
        fs::rename(&old, &out).with_context(|| format!("put the old {} back", out.display()))?;
    }
    Ok(placed?)
}

fn fill(folder: &Path, files: &[File]) -> Result<()> {
    for (name, bytes) in files {
        let path = folder.join(name);
        let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        anyhow::ensure!(plain, "`{name}` is no name of a file below the folder");
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("make the folder {}", parent.display()))?;
        }
        fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))?;
    }
    fs::write(folder.join(SUMS), sums(files)).with_context(|| format!("write {SUMS}"))
}

/// The list of `files`, by name.
pub(super) fn sums(files: &[File]) -> String {
    let sorted: BTreeMap<&String, &Vec<u8>> = files.iter().map(|(name, bytes)| (name, bytes)).collect();
    let mut sums = String::new();
    for (name, bytes) in sorted {
        // Writing to a String cannot fail.
        let _ = writeln!(sums, "{}  {name}", digest(bytes));
    }
    sums
}

/// Whether a report's files may be written to `out`: nothing is there, or an empty folder, or one of ours
/// that nobody changed.
fn is_free(out: &Path) -> Result<(), Failure> {
    if !out.exists() {
        return Ok(());
    }
    if !out.is_dir() {
        return Err(taken(out, "it is a file"));
    }
    let found = below(out).map_err(|error| taken(out, &error))?;
    if found.is_empty() {
        return Ok(());
    }
    let Ok(sums) = fs::read_to_string(out.join(SUMS)) else {
        return Err(taken(out, "it is not empty, and not of `tidegate intel`"));
    };
    let listed: BTreeMap<&str, &str> =
        sums.lines().filter_map(|line| line.split_once("  ")).map(|(sum, name)| (name, sum)).collect();
    for name in found.iter().filter(|name| *name != SUMS) {
        let Some(sum) = listed.get(name.as_str()) else {
            return Err(taken(out, &format!("`{name}` in it is not of `tidegate intel`")));
        };
        let bytes = fs::read(out.join(name)).map_err(|error| taken(out, &error.to_string()))?;
        if digest(&bytes) != *sum {
            return Err(taken(out, &format!("`{name}` in it was changed since")));
        }
    }
    Ok(())
}

/// Whether a folder for many reports may be `out`: nothing is there, or nothing but folders of ours.
///
/// # Errors
/// When something else is in it.
pub(super) fn is_for_reports(out: &Path) -> Result<(), Failure> {
    if !out.exists() {
        return Ok(());
    }
    if !out.is_dir() {
        return Err(taken(out, "it is a file"));
    }
    let entries = fs::read_dir(out).map_err(|error| taken(out, &error.to_string()))?;
    for entry in entries.flatten() {
        if !entry.path().join(SUMS).is_file() {
            let name = entry.file_name().to_string_lossy().into_owned();
            return Err(taken(out, &format!("`{name}` in it is not of `tidegate intel`")));
        }
    }
    Ok(())
}

/// Names of the files below `folder`.
pub(super) fn below(folder: &Path) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(folder).min_depth(1).sort_by_file_name() {
        let entry = entry.map_err(|error| error.to_string())?;
        if entry.file_type().is_dir() {
            continue;
        }
        let name = entry.path().strip_prefix(folder).map_err(|error| error.to_string())?;
        found.push(name.to_string_lossy().into_owned());
    }
    Ok(found)
}

fn taken(out: &Path, why: &str) -> Failure {
    Failure::Input(format!(
        "error: `{}` cannot be written to: {why}\n = help: name a folder that does not exist, or move what is there",
        out.display()
    ))
}

fn digest(bytes: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    digest.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}
