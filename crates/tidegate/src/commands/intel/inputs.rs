//! Reports as they come: a file, standard input, the files of a folder.

use std::io::Read;
use std::path::{Path, PathBuf};

use intel::Whole;
use report::plain;
use sha2::{Digest, Sha256};

use crate::exit::{Failure, say};

/// Most reports of one folder.
const MOST_REPORTS: usize = 10_000;
/// The largest report that is hashed: what never ends is no report.
const MOST_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// A report before it is read.
pub(super) struct Input {
    /// What to call it.
    pub(super) name: String,
    /// Its bytes, as many as are read of one.
    pub(super) bytes: Vec<u8>,
    /// All of it: what is not read is hashed all the same.
    pub(super) whole: Whole,
}

/// Whether `path` names standard input. A folder or file of that name is `./-`.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Whether `path` is a folder of reports.
pub(super) fn is_folder(path: &Path) -> bool {
    !is_stdin(path) && path.is_dir()
}

/// The report at `path`; `-` is standard input.
///
/// # Errors
/// When it cannot be read.
pub(super) fn one(path: &Path) -> Result<Input, Failure> {
    let read =
        if is_stdin(path) { all(std::io::stdin().lock()) } else { std::fs::File::open(path).and_then(all) };
    let (bytes, whole) = read.map_err(|error| wrong(path, &error.to_string()))?;
    if u64::try_from(whole.bytes).unwrap_or(u64::MAX) > MOST_BYTES {
        return Err(wrong(path, "it is larger than 2 GiB"));
    }
    // What is written names the report, not where on this machine it lies.
    let name = match path.file_name() {
        Some(name) if !is_stdin(path) => name.to_string_lossy().into_owned(),
        _ => "standard input".to_owned(),
    };
    Ok(Input { name, bytes, whole })
}

/// The first bytes of `from`, which are read as a report, and the size and hash of all.
fn all(from: impl Read) -> std::io::Result<(Vec<u8>, Whole)> {
    let mut from = from.take(MOST_BYTES + 1);
    let (mut first, mut hash, mut size) = (Vec::new(), Sha256::new(), 0_usize);
    let mut piece = vec![0_u8; 64 * 1024];
    loop {
        let got = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(got) => piece.get(..got).unwrap_or_default(),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(got);
        size = size.saturating_add(got.len());
        let room = intel::REPORT_BYTES_MAX.saturating_sub(first.len());
        first.extend_from_slice(got.get(..room).unwrap_or(got));
    }
    let digest: [u8; 32] = hash.finalize().into();
    let sha256 = digest.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    Ok((first, Whole { bytes: size, sha256 }))
}

/// The reports of the folder `path`: its files, in order of name. What else is in it is named and not read:
/// a pipe would wait for somebody to write to it, a link may lead anywhere.
///
/// # Errors
/// When it cannot be listed, or holds no file, or too many.
pub(super) fn listed(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let entries =
        walkdir::WalkDir::new(path).min_depth(1).max_depth(1).follow_links(false).sort_by_file_name();
    for (nth, entry) in entries.into_iter().enumerate() {
        let entry = entry.map_err(|error| wrong(path, &error.to_string()))?;
        if nth >= MOST_REPORTS {
            return Err(wrong(path, &format!("it holds more than {MOST_REPORTS} files")));
        }
        match passed_over(&entry) {
            Some(why) => {
                say(&format!("tidegate: `{}` is not read: {why}", shown(entry.path())));
            }
            None => found.push(entry.into_path()),
        }
    }
    if found.is_empty() { Err(wrong(path, "no file is in it that can be a report")) } else { Ok(found) }
}

/// Why an entry of a folder is no report; `None` where it is a file.
fn passed_over(entry: &walkdir::DirEntry) -> Option<&'static str> {
    let kind = entry.file_type();
    if kind.is_symlink() {
        Some("it is a link, which may lead out of the folder; name what it leads to")
    } else if kind.is_dir() {
        Some("it is a folder; name it by itself")
    } else if !kind.is_file() {
        Some("it is a pipe, a socket or a device")
    } else if entry.file_name().as_encoded_bytes().starts_with(b".") {
        Some("it is hidden; name it by itself")
    } else {
        None
    }
}

/// A path for people: names of files are outside text.
pub(super) fn shown(path: &Path) -> String {
    plain(&path.display().to_string())
}

fn wrong(path: &Path, why: &str) -> Failure {
    Failure::Input(format!("error: `{}` cannot be read: {}", shown(path), plain(why)))
}
