//! The files that `check` is given: found, read, bounded.

mod walk;

use std::collections::HashSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use spec::diagnostic::Diagnostic;
use spec::inventory::{Fault, Inventory, Kind, LeftOut, Source};
use spec::reading::{File, MOST_REFERRED};
use spec::tree::Span;

use crate::exit::{Failure, say};

pub(super) use walk::Excludes;

/// Largest file that is read, in bytes; as for a specification.
const MOST_BYTES: u64 = 64 << 20;
const TOO_LARGE: &str = "larger than 64 MiB";
/// Most bytes of one run.
const MOST_TOTAL: u64 = 512 << 20;
/// Reads everything below `paths` that `exclude` does not name, with the recorded `traffic` and the
/// `baseline`.
///
/// # Errors
/// A path that does not exist, a pattern, traffic file or baseline that is none.
pub(super) fn inventory(
    paths: &[PathBuf],
    exclude: &[String],
    traffic: &[PathBuf],
    baseline: Option<&Path>,
) -> Result<Inventory, Failure> {
    let mut files = Files { excludes: Excludes::new(exclude)?, ..Files::default() };
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
    let mut unreadable = std::mem::take(&mut files.unreadable);
    let mut fetch = |wanted: &str| referred(wanted, &mut unreadable);
    let mut inventory = spec::reading::read(&files.found, &mut fetch);
    only_named(&mut inventory, answers.as_deref());
    let mut told = HashSet::new();
    for Unreadable { name, wrong, help } in unreadable {
        if !told.insert(name.clone()) {
            continue;
        }
        let source = inventory.add_source(Source { name, text: "".into(), kind: Kind::Unrecognised });
        let diagnostic = Diagnostic::error("CHECK-001", wrong, Span::default()).help(help);
        inventory.faults.push(Fault { source, diagnostic });
    }
    inventory.left_out = files.left_out;
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

/// Says what was not looked into, with why: a line for each reason.
pub(super) fn tell_left_out(inventory: &Inventory) {
    const SHOWN: usize = 10;
    let mut reasons: Vec<&str> = inventory.left_out.iter().map(|one| one.why).collect();
    reasons.sort_unstable();
    reasons.dedup();
    for why in reasons {
        let names = || inventory.left_out.iter().filter(|one| one.why == why).map(|one| &*one.name);
        let shown = names().take(SHOWN).collect::<Vec<_>>().join(", ");
        let more = match names().count().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more (`--format json` lists all, under `left_out`)"),
        };
        say(&format!("tidegate: not judged ({why}): {shown}{more}"));
    }
}

/// What cannot be read, and what to do.
struct Unreadable {
    name: Arc<str>,
    wrong: String,
    help: &'static str,
}

/// What was found so far.
#[derive(Default)]
struct Files {
    found: Vec<File>,
    seen: HashSet<PathBuf>,
    /// Folders that were walked, so that links make no circle.
    walked: HashSet<PathBuf>,
    named_by_user: Vec<Arc<str>>,
    unreadable: Vec<Unreadable>,
    /// What was not looked into.
    left_out: Vec<LeftOut>,
    excludes: Excludes,
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
        self.take("stdin".into(), Ok(bytes));
        self.named_by_user.push("stdin".into());
        Ok(())
    }

    fn file(&mut self, path: &Path) {
        if self.seen.insert(path.canonicalize().unwrap_or_else(|_| path.to_owned())) {
            self.take(shown(path), bytes_of(path));
        }
    }

    fn take(&mut self, name: Arc<str>, bytes: Result<Vec<u8>, Wrong>) {
        let length = bytes.as_ref().map_or(0, |bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.bytes = self.bytes.saturating_add(length);
        let read = bytes.and_then(|bytes| match self.bytes > MOST_TOTAL {
            true => Err(Wrong("all files together are larger than 512 MiB".to_owned(), SMALLER)),
            false => text_of(&name, bytes),
        });
        match read {
            Ok(text) => self.found.push(File { name, text: text.into() }),
            Err(Wrong(wrong, help)) => self.unreadable.push(Unreadable { name, wrong, help }),
        }
    }
}

const SMALLER: &str = "name folders that are smaller, or leave some out with `--exclude`";

/// Why something cannot be read, and what to do.
struct Wrong(String, &'static str);

/// The bytes of a file. What is none (a pipe, a socket, a device) is not opened: it may never end.
fn bytes_of(path: &Path) -> Result<Vec<u8>, Wrong> {
    let wrong = |error: std::io::Error| {
        Wrong(
            format!("cannot be read: {error}"),
            "let whoever runs this read it, or leave it out with `--exclude`",
        )
    };
    if !std::fs::metadata(path).map_err(wrong)?.is_file() {
        return Err(Wrong("is no regular file".to_owned(), "name a file; `-` reads stdin"));
    }
    let file = std::fs::File::open(path).map_err(wrong)?;
    if file.metadata().map_err(wrong)?.len() > MOST_BYTES {
        return Err(Wrong(TOO_LARGE.to_owned(), SMALLER));
    }
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(wrong)?;
    Ok(bytes)
}

/// The text of the file `name`. What is no text is none of ours and empty, unless it looks like a kind
/// that is judged.
fn text_of(name: &Arc<str>, bytes: Vec<u8>) -> Result<String, Wrong> {
    if bytes.len() > usize::try_from(MOST_BYTES).unwrap_or(usize::MAX) {
        return Err(Wrong(TOO_LARGE.to_owned(), SMALLER));
    }
    let meant = match bytes.split_at_checked(2) {
        Some((&[0xff, 0xfe], rest)) => utf16(rest, u16::from_le_bytes),
        Some((&[0xfe, 0xff], rest)) => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes).map_err(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    };
    let broken = match meant {
        // UTF-16 without a mark is every second byte nothing.
        Ok(text) if text.contains('\0') => text,
        Ok(text) => return Ok(text),
        Err(lossy) => lossy,
    };
    let file = File { name: name.clone(), text: broken.replace('\0', "").into() };
    match spec::reading::recognise(&file).0 {
        Kind::Unrecognised => Ok(String::new()),
        kind => Err(Wrong(format!("is no UTF-8, and looks like {}", kind.word()), "save it as UTF-8")),
    }
}

/// UTF-16 as text.
///
/// # Errors
/// What can be read of it, where it is broken.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    match String::from_utf16(&units) {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err(String::from_utf16_lossy(&units)),
    }
}

pub(super) fn shown(path: &Path) -> Arc<str> {
    let text = path.display().to_string();
    text.strip_prefix("./").unwrap_or(&text).into()
}

/// The files that `wanted`, a path or a glob, names. Links are followed; what is not there is none of
/// them, and what is there and cannot be read is told.
fn referred(wanted: &str, unreadable: &mut Vec<Unreadable>) -> Vec<File> {
    let direct = Path::new(wanted);
    let mut paths: Vec<PathBuf> = if direct.is_file() {
        vec![direct.to_owned()]
    } else if wanted.contains(['*', '?', '[']) {
        // One more than is read: the reader of the file that has the glob then says so at its line.
        let found = glob::glob(wanted).into_iter().flatten().flatten().filter(|path| path.is_file());
        found.take(MOST_REFERRED + 1).collect()
    } else {
        Vec::new()
    };
    paths.sort();
    let read = |path: PathBuf| {
        let name = shown(&path);
        match bytes_of(&path).and_then(|bytes| text_of(&name, bytes)) {
            Ok(text) => Some(File { name, text: text.into() }),
            Err(Wrong(wrong, help)) => {
                unreadable.push(Unreadable { name, wrong, help });
                None
            }
        }
    };
    paths.into_iter().filter_map(read).collect()
}
