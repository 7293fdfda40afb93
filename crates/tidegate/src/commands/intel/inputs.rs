//! Reports as they come: a file, standard input, the files of a folder.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::exit::{Failure, say};

/// Most reports of one folder.
const MOST_REPORTS: usize = 10_000;

/// A report before it is read.
pub(super) struct Input {
    /// What to call it.
    pub(super) name: String,
    /// Its bytes, at most one more than is read of one: enough to say that there is more.
    pub(super) bytes: Vec<u8>,
}

/// The report at `path`; `-` is standard input.
///
/// # Errors
/// When it cannot be read.
pub(super) fn one(path: &Path) -> Result<Input, Failure> {
    let bound = u64::try_from(intel::REPORT_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(bound).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(bound).read_to_end(&mut bytes))
    };
    read.map_err(|error| wrong(path, &error.to_string()))?;
    // What is written names the report, not where on this machine it lies.
    let name = match path.file_name() {
        Some(name) if path.as_os_str() != "-" => name.to_string_lossy().into_owned(),
        _ => "standard input".to_owned(),
    };
    Ok(Input { name, bytes })
}

/// The reports of the folder `path`: its files, hidden ones left out, in order of name. Folders below it
/// are named and not read.
///
/// # Errors
/// When it cannot be listed, or holds no file, or too many.
pub(super) fn listed(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(path).min_depth(1).max_depth(1).sort_by_file_name() {
        let entry = entry.map_err(|error| wrong(path, &error.to_string()))?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.path().is_dir() {
            say(&format!("tidegate: the folder `{}` is not read; name it by itself", entry.path().display()));
        } else {
            found.push(entry.into_path());
        }
        if found.len() > MOST_REPORTS {
            return Err(wrong(path, &format!("it holds more than {MOST_REPORTS} files")));
        }
    }
    if found.is_empty() { Err(wrong(path, "no file is in it")) } else { Ok(found) }
}

fn wrong(path: &Path, why: &str) -> Failure {
    Failure::Input(format!("error: `{}` cannot be read: {why}", path.display()))
}
