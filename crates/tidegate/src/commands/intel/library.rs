//! `--library DIR`: the facts of earlier bundles.
//!
//! What is no bundle is passed over: a folder of `-o` holds other JSON. What should be one and is broken is
//! named.

use std::io::Read as _;
use std::path::Path;

use stix::Known;

use super::inputs::shown;
use crate::exit::{Failure, say};

/// The most bundles of one library.
const MOST_BUNDLES: usize = 10_000;
/// The largest bundle that is read.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// How deep below the folder bundles lie: `-o` writes a folder for each report.
const DEPTH: usize = 3;

/// The bundles below `folder`, in order of name: every `*.json` that is a bundle. A file that is no JSON, or
/// is called `bundle.json` and is none, is named and left out.
///
/// # Errors
/// When the folder, or a file in it, cannot be read, or there are too many.
pub(super) fn read(folder: &Path) -> Result<Vec<Known>, Failure> {
    let wrong = |path: &Path, why: &str| {
        Failure::Input(format!("error: the library `{}` cannot be read: {why}", shown(path)))
    };
    let mut library = Vec::new();
    for entry in walkdir::WalkDir::new(folder).max_depth(DEPTH).sort_by_file_name() {
        let entry = entry.map_err(|error| wrong(folder, &error.to_string()))?;
        let path = entry.path();
        let flow = path.file_name().is_some_and(|name| name == "attack-flow.json");
        if !entry.file_type().is_file() || flow || path.extension().is_none_or(|end| end != "json") {
            continue;
        }
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
            .map_err(|error| wrong(path, &error.to_string()))?;
        if bytes.len() > usize::try_from(MOST_BYTES).unwrap_or(usize::MAX) {
            return Err(wrong(path, "it is larger than 64 MiB"));
        }
        let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy();
        match std::str::from_utf8(&bytes).ok().and_then(|text| Known::read(&name, text)) {
            Some(known) => library.push(known),
            None => {
                if let Some(why) = broken(path, &bytes) {
                    say(&format!("tidegate: `{}` of the library is left out: {why}", shown(path)));
                }
            }
        }
        if library.len() > MOST_BUNDLES {
            return Err(wrong(folder, &format!("it holds more than {MOST_BUNDLES} bundles")));
        }
    }
    Ok(library)
}

/// What is wrong with a file that is no bundle; `None` where it need not be one.
fn broken(path: &Path, bytes: &[u8]) -> Option<String> {
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
        return Some(format!("it is no JSON: {error}"));
    }
    let is_named_so = path.file_name().is_some_and(|name| name == "bundle.json");
    is_named_so.then(|| "it is no STIX bundle with objects".to_owned())
}
