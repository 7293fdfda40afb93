//! Which files are read, and in which order: a rotated set is one log, the oldest part first.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::exit::{Failure, say};

/// Most files of one run.
const MOST_FILES: usize = 100_000;
/// Most folders below each other.
const MOST_DEPTH: usize = 32;

/// One log: a file, or the parts of a rotated one, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands) struct Log {
    pub(in crate::commands) parts: Vec<PathBuf>,
}

/// The logs that `inputs` name, in order of their names.
///
/// # Errors
/// When one is not there, or a folder holds no file.
pub(in crate::commands) fn logs(inputs: &[PathBuf]) -> Result<Vec<Log>, Failure> {
    let mut files = Vec::new();
    for input in inputs {
        if input.as_os_str() == "-" {
            files.push(input.clone());
            continue;
        }
        let found = std::fs::metadata(input)
            .map_err(|error| wrong(&format!("cannot open `{}`: {error}", input.display())))?;
        if !found.is_dir() {
            files.push(input.clone());
            continue;
        }
        let before = files.len();
        for entry in walkdir::WalkDir::new(input).max_depth(MOST_DEPTH).sort_by_file_name() {
            match entry {
                // A link to a file is a log too (`/var/log/containers` is nothing but links); one to a
                // folder is not followed, so that no ring is walked.
                Ok(entry) if entry.path().is_file() && files.len() < MOST_FILES => {
                    files.push(entry.into_path());
                }
                Ok(_) => {}
                Err(error) => say(&format!("tidegate: {error}; left out")),
            }
        }
        if files.len() == before {
            return Err(wrong(&format!("no file stands in `{}`", input.display())));
        }
    }
    // Under whatever name it is found twice, a file is read once.
    let mut known = HashSet::new();
    files.retain(|file| known.insert(std::fs::canonicalize(file).unwrap_or_else(|_| file.clone())));
    Ok(sets(files))
}

fn wrong(what: &str) -> Failure {
    Failure::Input(format!(
        "error: {what}\n = help: name log files, folders of them, or `-` for standard input"
    ))
}

/// Files of one rotated set together.
fn sets(files: Vec<PathBuf>) -> Vec<Log> {
    let mut sets: Vec<(PathBuf, Vec<(Age, PathBuf)>)> = Vec::new();
    for file in files {
        let (stem, age) = age_of(&file);
        match sets.iter_mut().find(|(known, _)| *known == stem) {
            Some((_, parts)) => parts.push((age, file)),
            None => sets.push((stem, vec![(age, file)])),
        }
    }
    let in_order = |(_, mut parts): (PathBuf, Vec<(Age, PathBuf)>)| {
        parts.sort();
        Log { parts: parts.into_iter().map(|(_, path)| path).collect() }
    };
    sets.into_iter().map(in_order).collect()
}

/// How old a part is; the oldest sorts first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Age {
    /// The greater the number, the older.
    Number(std::cmp::Reverse<u64>),
    /// A date: the greater, the younger.
    Date(String),
    /// The one that is written now.
    Now,
}

/// The name without what rotation and compression put behind it, and the age that this says.
fn age_of(file: &Path) -> (PathBuf, Age) {
    let Some(name) = file.file_name().and_then(|name| name.to_str()) else {
        return (file.to_owned(), Age::Now);
    };
    let packed = [".gz", ".zst", ".bz2", ".xz"];
    let bare = packed.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    let cut = bare.rfind(['.', '-']).and_then(|at| bare.split_at_checked(at));
    let (stem, age) = match cut {
        Some((stem, tail)) if !stem.is_empty() => match age(tail.get(1..).unwrap_or_default()) {
            Some(age) => (stem, age),
            None => (bare, Age::Now),
        },
        _ => (bare, Age::Now),
    };
    (file.with_file_name(stem), age)
}

fn age(tail: &str) -> Option<Age> {
    let digits = tail.bytes().filter(u8::is_ascii_digit).count();
    let is_date = |byte: u8| byte.is_ascii_digit() || b"_T".contains(&byte);
    match digits {
        1..=4 if digits == tail.len() => {
            tail.parse().ok().map(|number| Age::Number(std::cmp::Reverse(number)))
        }
        6..=14 if tail.bytes().all(is_date) => Some(Age::Date(tail.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotated_set_is_one_log_the_oldest_part_first() {
        for (files, expected) in [
            (
                "a/access.log a/access.log.1 a/access.log.10.gz a/access.log.2.gz a/error.log",
                "a/access.log.10.gz a/access.log.2.gz a/access.log.1 a/access.log | a/error.log",
            ),
            (
                "access.log-20260103.zst access.log access.log-20260102.xz",
                "access.log-20260102.xz access.log-20260103.zst access.log",
            ),
            ("a/x.log b/x.log.1", "a/x.log | b/x.log.1"),
            ("shop-v2.log shop-v3.log", "shop-v2.log | shop-v3.log"),
            ("-", "-"),
        ] {
            let found = sets(files.split(' ').map(PathBuf::from).collect());
            let shown: Vec<String> = found
                .iter()
                .map(|log| {
                    let names: Vec<_> = log.parts.iter().map(|part| part.display().to_string()).collect();
                    names.join(" ")
                })
                .collect();
            assert_eq!(shown.join(" | "), expected);
        }
    }
}
