//! `--library DIR`: the facts of earlier bundles.

use std::io::Read as _;
use std::path::Path;

use stix::Known;

use crate::exit::Failure;

/// The most bundles of one library.
const MOST_BUNDLES: usize = 10_000;
/// The largest bundle that is read.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// How deep below the folder bundles lie: `-o` writes a folder for each report.
const DEPTH: usize = 3;

/// The bundles below `folder`, in order of name: every `*.json` that is a bundle; other JSON is passed over.
///
/// # Errors
/// When the folder, or a file in it, cannot be read, or there are too many.
pub(super) fn read(folder: &Path) -> Result<Vec<Known>, Failure> {
    let wrong = |path: &Path, why: &str| {
        Failure::Input(format!("error: the library `{}` cannot be read: {why}", path.display()))
    };
    let mut library = Vec::new();
    for entry in walkdir::WalkDir::new(folder).max_depth(DEPTH).sort_by_file_name() {
        let entry = entry.map_err(|error| wrong(folder, &error.to_string()))?;
        let path = entry.path();
        let flow = path.file_name().is_some_and(|name| name == "attack-flow.json");
        if !entry.file_type().is_file() || flow || path.extension().is_none_or(|end| end != "json") {
            continue;
        }
        let mut text = String::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(MOST_BYTES + 1).read_to_string(&mut text))
            .map_err(|error| wrong(path, &error.to_string()))?;
        if text.len() > usize::try_from(MOST_BYTES).unwrap_or(usize::MAX) {
            return Err(wrong(path, "it is larger than 64 MiB"));
        }
        let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy();
        library.extend(Known::read(&name, &text));
        if library.len() > MOST_BUNDLES {
            return Err(wrong(folder, &format!("it holds more than {MOST_BUNDLES} bundles")));
        }
    }
    Ok(library)
}
