//! Files that a configuration names.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy::authorize::Source;

/// Largest file that is read, in bytes.
const MOST_BYTES: u64 = 64 << 20;
/// Most policy files of one folder.
const MOST_FILES: usize = 10_000;

/// A file that was read.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) name: Arc<str>,
    pub(super) text: Arc<str>,
}

/// Reads `path` whole.
///
/// # Errors
/// A sentence with what the system says.
pub(super) fn read(path: &Path) -> Result<Text, String> {
    let shown = path.display();
    let wrong = |cause: std::io::Error| format!("cannot read `{shown}`: {}", plain(&cause));
    let file = std::fs::File::open(path).map_err(wrong)?;
    if file.metadata().map_err(wrong)?.is_dir() {
        return Err(format!("`{shown}` is a folder, and a file is expected"));
    }
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(wrong)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MOST_BYTES {
        return Err(format!("`{shown}` is larger than 64 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| format!("`{shown}` is no text: it is not UTF-8"))?;
    Ok(Text { name: shown.to_string().into(), text: text.into() })
}

/// Reads the policy file `path`, or every `*.cedar` file of the folder `path` in order of name: none,
/// where the folder holds none.
///
/// # Errors
/// A sentence per file that cannot be read, or when a folder cannot be listed.
pub(super) fn policies(path: &Path) -> Result<Vec<Source>, Vec<String>> {
    let paths =
        if path.is_dir() { folder(path).map_err(|wrong| vec![wrong])? } else { vec![path.to_owned()] };
    let (read, wrong): (Vec<_>, Vec<_>) = paths.iter().map(|path| read(path)).partition(Result::is_ok);
    if wrong.is_empty() {
        Ok(read.into_iter().flatten().map(|text| Source::new(&*text.name, &*text.text)).collect())
    } else {
        Err(wrong.into_iter().filter_map(Result::err).collect())
    }
}

fn folder(path: &Path) -> Result<Vec<PathBuf>, String> {
    let wrong = |cause: std::io::Error| format!("cannot list `{}`: {}", path.display(), plain(&cause));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(wrong)? {
        let file = entry.map_err(wrong)?.path();
        if file.extension().is_some_and(|ending| ending == "cedar") {
            found.push(file);
        }
        if found.len() > MOST_FILES {
            return Err(format!("the folder `{}` holds more than {MOST_FILES} policy files", path.display()));
        }
    }
    found.sort();
    Ok(found)
}

/// What the system says, without the number that it adds.
fn plain(cause: &std::io::Error) -> String {
    let text = cause.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

/// Why `path` is no program that can be started, as far as the file shows.
pub(super) fn not_started(path: &Path) -> Option<&'static str> {
    use std::os::unix::fs::PermissionsExt as _;
    match std::fs::metadata(path) {
        Err(_) => Some("there is no such file"),
        Ok(found) if found.is_dir() => Some("it is a folder"),
        Ok(found) if found.permissions().mode() & 0o111 == 0 => Some("it is not executable"),
        Ok(_) => None,
    }
}

/// Whether anyone but the owner may read `path`. `false` where that cannot be known.
pub(super) fn others_may_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}
