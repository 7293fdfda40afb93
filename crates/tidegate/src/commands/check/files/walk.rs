//! Folders: which of their files are read, and which folders are not looked into.
//!
//! Whatever is not looked into is noted ([`LeftOut`]), but for the stores of version control: a folder
//! that is skipped without a word would be an open door.
//!
//! INVARIANT (bounded-walk): at most [`MOST_FILES`] files, [`MOST_DEPTH`] folders below each other, each
//! folder once by its real path, whatever leads to whatever.

use std::path::{Path, PathBuf};

use spec::inventory::LeftOut;

use super::{Files, SMALLER, Unreadable, shown};
use crate::exit::Failure;

/// Most files of one run.
const MOST_FILES: usize = 20_000;
/// Most folders below each other.
const MOST_DEPTH: usize = 32;
/// Most names of what is left out that are kept.
const MOST_LEFT_OUT: usize = 10_000;
/// Folders that hold no configuration of a deployment.
const LEFT_OUT: [&str; 5] = ["node_modules", "target", "vendor", "__pycache__", "venv"];
/// Hidden folders of version control, of which nobody wants to hear.
const STORES: [&str; 4] = [".git", ".hg", ".svn", ".jj"];

impl Files {
    /// Every file below `folder`, in order of name. Links come last, so that a file has its own name
    /// where it has one.
    pub(super) fn folder(&mut self, folder: &Path) {
        let root = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let mut waiting = vec![folder.to_owned()];
        while let Some(next) = waiting.pop() {
            let mut links = Vec::new();
            self.tree(folder, &next, &mut links);
            links.retain(|link| self.link(&root, link));
            waiting.extend(links.into_iter().rev());
        }
    }

    /// What stands below `start`, a folder found below `top`. Links go to `links`.
    fn tree(&mut self, top: &Path, start: &Path, links: &mut Vec<PathBuf>) {
        let mut walk = walkdir::WalkDir::new(start).sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let name = error.path().map_or_else(|| shown(start), shown);
                    let help = "let whoever runs this read it, or leave it out with `--exclude`";
                    self.unreadable.push(Unreadable {
                        name,
                        wrong: format!("cannot be read: {error}"),
                        help,
                    });
                    continue;
                }
            };
            let (path, kind) = (entry.path(), entry.file_type());
            let is_folder = kind.is_dir();
            let why = if self.excludes.name(top, path) {
                Some("excluded")
            } else if !is_folder {
                None
            } else if entry.depth() > 0 && skipped(path) {
                Some("folders that are left out by their name")
            } else if entry.depth() > MOST_DEPTH {
                Some("more than 32 folders deep")
            } else {
                None
            };
            if let Some(why) = why {
                self.leave_out(path, why);
                if is_folder {
                    walk.skip_current_dir();
                }
                continue;
            }
            if is_folder {
                let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
                if !self.walked.insert(real) {
                    walk.skip_current_dir();
                }
            } else if kind.is_symlink() && entry.depth() > 0 {
                links.push(path.to_owned());
            } else if !kind.is_file() && !kind.is_symlink() {
                self.leave_out(path, "no regular file");
            } else if kind.is_file() {
                if self.found.len() >= MOST_FILES {
                    let wrong = format!("more than {MOST_FILES} files");
                    self.unreadable.push(Unreadable { name: shown(path), wrong, help: SMALLER });
                    return;
                }
                self.file(path);
            }
        }
    }

    /// Follows a link to a file; whether it leads to a folder that is to be walked.
    fn link(&mut self, root: &Path, link: &Path) -> bool {
        let Ok(real) = link.canonicalize() else {
            self.leave_out(link, "links that lead nowhere");
            return false;
        };
        if real.is_dir() {
            let why = if root.starts_with(&real) {
                "links to a folder around this one"
            } else if skipped(&real) || skipped(link) {
                "folders that are left out by their name"
            } else {
                return !self.walked.contains(&real);
            };
            if root != real {
                self.leave_out(link, why);
            }
        } else if !real.is_file() {
            self.leave_out(link, "no regular file");
        } else if self.found.len() < MOST_FILES {
            self.file(link);
        } else {
            let wrong = format!("more than {MOST_FILES} files");
            self.unreadable.push(Unreadable { name: shown(link), wrong, help: SMALLER });
        }
        false
    }

    fn leave_out(&mut self, path: &Path, why: &'static str) {
        let store = path.file_name().is_some_and(|name| STORES.iter().any(|store| name == *store));
        if !store && self.left_out.len() < MOST_LEFT_OUT {
            self.left_out.push(LeftOut { name: shown(path), why });
        }
    }
}

/// Whether a folder is left out by its name: hidden, or one of dependencies or build products. CI folders
/// are hidden too and hold nothing that serves requests, but people keep manifests there.
fn skipped(path: &Path) -> bool {
    let Some(name) = path.file_name().map(|name| name.to_string_lossy()) else { return false };
    let is_ci = matches!(&*name, ".github" | ".gitlab" | ".kube" | ".platform" | ".ebextensions");
    name.starts_with('.') && !is_ci || LEFT_OUT.contains(&&*name)
}

/// Patterns of what the user wants not to be looked into.
#[derive(Default)]
pub(in super::super) struct Excludes(Vec<(glob::Pattern, bool)>);

impl Excludes {
    /// The patterns of `--exclude`.
    ///
    /// # Errors
    /// One that is none.
    pub(super) fn new(patterns: &[String]) -> Result<Self, Failure> {
        let one = |text: &String| {
            let plain = text.trim_start_matches("./").trim_end_matches("/**").trim_end_matches('/');
            let pattern = glob::Pattern::new(plain).ok().filter(|_| !plain.is_empty());
            let pattern = pattern.ok_or_else(|| {
                let help = "write a name (`charts`, `*.tmpl.yaml`) or a path (`deploy/**/templates`)";
                Failure::Usage(format!("`--exclude {text}` is no pattern; {help}"))
            })?;
            Ok((pattern, plain.contains('/')))
        };
        patterns.iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a pattern names `path`, found below `top`: by its last part, or, where the pattern has a
    /// slash, by its whole, from `top` or from where the user stands.
    fn name(&self, top: &Path, path: &Path) -> bool {
        const OPTIONS: glob::MatchOptions = glob::MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: false,
        };
        let below = path.strip_prefix(top).unwrap_or(path);
        let whole = shown(path);
        self.0.iter().any(|(pattern, has_slash)| match has_slash {
            true => pattern.matches_path_with(below, OPTIONS) || pattern.matches_with(&whole, OPTIONS),
            false => {
                path.file_name().is_some_and(|name| pattern.matches_with(&name.to_string_lossy(), OPTIONS))
            }
        })
    }
}
