//! Files of rules: found, read, bounded.

use std::path::Path;

use crate::exit::Failure;

/// Most files of one run.
const MOST_FILES: usize = 20_000;

/// A file of rules, with the samples beside it.
pub(super) struct RuleFile {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) fires: Option<String>,
    pub(super) silent: Option<String>,
}

/// The files at `paths`; `shipped` is the pack.
///
/// # Errors
/// When a path is not there, cannot be read, or holds no rules.
pub(super) fn read<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<RuleFile>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let path = path.as_ref();
        let before = files.len();
        if path.as_os_str() == "shipped" {
            files.extend(sigma::PACK.iter().map(|one| RuleFile {
                name: one.name.to_owned(),
                text: one.text.to_owned(),
                fires: Some(one.fires.to_owned()),
                silent: Some(one.silent.to_owned()),
            }));
        } else if path.is_dir() {
            for entry in walkdir::WalkDir::new(path).sort_by_file_name() {
                let entry = entry.map_err(|error| wrong(path, &error.to_string()))?;
                let is_rule = entry.path().extension().is_some_and(|end| end == "yml" || end == "yaml");
                if entry.file_type().is_file() && is_rule {
                    files.push(file(entry.path())?);
                }
                if files.len() > MOST_FILES {
                    return Err(wrong(path, &format!("more than {MOST_FILES} files")));
                }
            }
        } else {
            files.push(file(path)?);
        }
        if files.len() == before {
            return Err(wrong(path, "no `*.yml` or `*.yaml` below it"));
        }
    }
    Ok(files)
}

fn file(path: &Path) -> Result<RuleFile, Failure> {
    let text = text(path)?;
    let beside = |end: &str| {
        let name = path.with_extension(end);
        name.is_file().then(|| self::text(&name)).transpose()
    };
    Ok(RuleFile {
        name: path.display().to_string(),
        text,
        fires: beside("fires.ndjson")?,
        silent: beside("silent.ndjson")?,
    })
}

/// Samples may be as long as the longest file of rules; both are far below what a person writes.
fn text(path: &Path) -> Result<String, Failure> {
    use std::io::Read as _;
    let most = u64::try_from(sigma::MOST_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = String::new();
    let opened = std::fs::File::open(path).map_err(|error| wrong(path, &error.to_string()))?;
    opened.take(most).read_to_string(&mut text).map_err(|error| wrong(path, &error.to_string()))?;
    Ok(text)
}

fn wrong(path: &Path, why: &str) -> Failure {
    Failure::Input(format!(
        "error: cannot read rules from `{}`: {why}\n = help: name a file or folder of Sigma rules, or `shipped`",
        path.display()
    ))
}

/// `files` as the engine takes them.
pub(super) fn borrowed(files: &[RuleFile]) -> Vec<sigma::File<'_>> {
    files.iter().map(|file| sigma::File { name: &file.name, text: &file.text }).collect()
}
