//! The files that `check` is given: found, read, bounded.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use spec::diagnostic::Diagnostic;
use spec::inventory::{Fault, Inventory, Kind, Source};
use spec::reading::File;
use spec::tree::Span;

use crate::exit::{Failure, say};

/// Largest file that is read, in bytes; as for a specification.
const MOST_BYTES: u64 = 64 << 20;
const TOO_LARGE: &str = "larger than 64 MiB";
/// Most bytes of one run.
const MOST_TOTAL: u64 = 512 << 20;
/// Most files of one run.
const MOST_FILES: usize = 20_000;
/// Folders that hold no configuration of a deployment.
const LEFT_OUT: [&str; 5] = ["node_modules", "target", "vendor", "__pycache__", "venv"];

/// Reads everything below `paths`, with the recorded `traffic` and the `baseline`.
///
/// # Errors
/// A path that does not exist, or a traffic file or baseline that is none.
pub(super) fn inventory(
    paths: &[PathBuf],
    traffic: &[PathBuf],
    baseline: Option<&Path>,
) -> Result<Inventory, Failure> {
    let mut files = Files::default();
    for path in paths {
        if path.as_os_str() == "-" {
            files.stdin()?;
        } else if path.is_dir() {
            files.folder(path);
        } else {
            files.named(path)?;
        }
    }
    let before = files.found.len();
    let mut answers = None;
    if let Some(path) = baseline {
        files.named(path)?;
        answers = Some(shown(path));
        let is = files.found.get(before).map(|file| spec::reading::recognise(file).0);
        if is.is_some_and(|is| is != Kind::Baseline) {
            let help = "`tidegate check --write-baseline` writes one";
            return Err(Failure::Input(format!(
                "error: `{}` is no baseline\n = help: {help}",
                path.display()
            )));
        }
    }
    let mut fetch = |wanted: &str| referred(wanted);
    let mut inventory = spec::reading::read(&files.found, &mut fetch);
    only_named(&mut inventory, answers.as_deref());
    for (name, wrong) in files.unreadable {
        let source = inventory.add_source(Source { name, text: "".into(), kind: Kind::Unrecognised });
        let diagnostic = Diagnostic::error("CHECK-001", wrong, Span::default());
        inventory.faults.push(Fault { source, diagnostic });
    }
    for path in traffic {
        super::traffic::read(path, &mut inventory)?;
    }
    for named in files.named_by_user {
        unjudged(&mut inventory, &named);
    }
    Ok(inventory)
}

/// A baseline answers for findings where it is named, not where it happens to lie.
fn only_named(inventory: &mut Inventory, named: Option<&str>) {
    let (sources, ignores) = (&inventory.sources, &mut inventory.ignores);
    let is_other = |source: &Source| source.kind == Kind::Baseline && named != Some(&*source.name);
    for source in sources.iter().filter(|source| is_other(source)) {
        say(&format!("tidegate: `{}` is a baseline, and counts only with `--baseline`", source.name));
    }
    ignores.retain(|ignore| {
        let source = usize::try_from(ignore.at.source.0).ok().and_then(|nth| sources.get(nth));
        !source.is_some_and(is_other)
    });
}

/// A file that the user named must be something that can be judged.
fn unjudged(inventory: &mut Inventory, name: &str) {
    let found = inventory.sources.iter().position(|source| *source.name == *name);
    let Some(position) = found else { return };
    let Some(source) = inventory.sources.get(position) else { return };
    let faulty = inventory.faults.iter().any(|fault| usize::try_from(fault.source.0) == Ok(position));
    if source.kind == Kind::Unrecognised && !faulty {
        let diagnostic =
            Diagnostic::error("CHECK-001", "this file is nothing that is known here", Span::default())
                .help("`tidegate check --help` says what is read; a folder may hold other files");
        let source = spec::inventory::SourceId(u32::try_from(position).unwrap_or(u32::MAX));
        inventory.faults.push(Fault { source, diagnostic });
    }
}

/// What was found so far.
#[derive(Default)]
struct Files {
    found: Vec<File>,
    seen: HashSet<PathBuf>,
    named_by_user: Vec<Arc<str>>,
    /// Files that could not be read, each with why.
    unreadable: Vec<(Arc<str>, String)>,
    bytes: u64,
}

impl Files {
    fn named(&mut self, path: &Path) -> Result<(), Failure> {
        if !path.exists() {
            let help = "name an existing file or folder";
            return Err(Failure::Input(format!("error: there is no `{}`\n = help: {help}", path.display())));
        }
        let before = self.found.len();
        self.file(path);
        self.named_by_user.extend(self.found.get(before).map(|file| file.name.clone()));
        Ok(())
    }

    fn stdin(&mut self) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        std::io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(anyhow::Error::from)?;
        self.text("stdin".into(), bytes);
        self.named_by_user.push("stdin".into());
        Ok(())
    }

    /// Every file below `folder`, in order of name; hidden ones and those of dependencies left out.
    fn folder(&mut self, folder: &Path) {
        let walk = walkdir::WalkDir::new(folder).follow_links(false).max_depth(32).sort_by_file_name();
        let wanted = |entry: &walkdir::DirEntry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() == 0 || !(name.starts_with('.') && !is_ci(&name) || LEFT_OUT.contains(&&*name))
        };
        for entry in walk.into_iter().filter_entry(wanted) {
            match entry {
                Ok(entry) if entry.file_type().is_file() && self.found.len() < MOST_FILES => {
                    self.file(entry.path())
                }
                Ok(entry) if entry.file_type().is_file() => {
                    let wrong = format!("more than {MOST_FILES} files; name folders that are smaller");
                    self.unreadable.push((shown(entry.path()), wrong));
                    return;
                }
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().map_or_else(|| shown(folder), shown);
                    self.unreadable.push((path, format!("cannot be read: {error}")));
                }
            }
        }
    }

    fn file(&mut self, path: &Path) {
        if !self.seen.insert(path.canonicalize().unwrap_or_else(|_| path.to_owned())) {
            return;
        }
        let read = || -> std::io::Result<Option<Vec<u8>>> {
            let file = std::fs::File::open(path)?;
            if file.metadata()?.len() > MOST_BYTES {
                return Ok(None);
            }
            let mut bytes = Vec::new();
            file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        };
        match read() {
            Ok(Some(bytes)) => self.text(shown(path), bytes),
            Ok(None) => self.unreadable.push((shown(path), TOO_LARGE.to_owned())),
            Err(error) => self.unreadable.push((shown(path), format!("cannot be read: {error}"))),
        }
    }

    fn text(&mut self, name: Arc<str>, bytes: Vec<u8>) {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(length);
        if length > MOST_BYTES || self.bytes > MOST_TOTAL {
            let wrong = if length > MOST_BYTES {
                TOO_LARGE.to_owned()
            } else {
                "all files together are larger than 512 MiB".to_owned()
            };
            self.unreadable.push((name, wrong));
            return;
        }
        // What is no text is none of ours; it is listed with the files that are not recognised.
        let text = String::from_utf8(bytes).unwrap_or_default();
        self.found.push(File { name, text: text.into() });
    }
}

/// CI folders are hidden and hold nothing that serves requests, but people keep manifests there.
fn is_ci(name: &str) -> bool {
    matches!(name, ".github" | ".gitlab" | ".kube" | ".platform" | ".ebextensions")
}

pub(super) fn shown(path: &Path) -> Arc<str> {
    let text = path.display().to_string();
    text.strip_prefix("./").unwrap_or(&text).into()
}

/// Most files that one glob finds.
const MOST_GLOBBED: usize = 1_000;

/// The files that `wanted`, a path or a glob, names. Links are followed; what cannot be read is not
/// there.
fn referred(wanted: &str) -> Vec<File> {
    let direct = Path::new(wanted);
    let mut paths: Vec<PathBuf> = if direct.is_file() {
        vec![direct.to_owned()]
    } else if wanted.contains(['*', '?', '[']) {
        glob::glob(wanted).into_iter().flatten().flatten().take(MOST_GLOBBED).collect()
    } else {
        Vec::new()
    };
    paths.sort();
    let read = |path: PathBuf| {
        let mut text = String::new();
        // One byte more than is read: its reader then says that it is too large, instead of judging a part.
        std::fs::File::open(&path).ok()?.take(MOST_BYTES + 1).read_to_string(&mut text).ok()?;
        Some(File { name: shown(&path), text: text.into() })
    };
    paths.into_iter().filter_map(read).collect()
}
