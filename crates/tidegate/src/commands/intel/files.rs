//! The files of a report's folder: one table, one pure function a file.

use countermeasures::{Report, errata, page, timeline};
use intel::Intel;

/// A report, understood, with what was said beside it.
pub(super) struct Understood {
    /// What it is called.
    pub(super) name: String,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// What it says.
    pub(super) intel: Intel,
    /// `--published`.
    pub(super) published: Option<String>,
}

impl Understood {
    /// As countermeasures read it.
    pub(super) fn report(&self) -> Report<'_> {
        Report::new(&self.name, &self.bytes, &self.intel, self.published.as_deref())
    }
}

/// A file: its name below the folder, and its bytes.
pub(super) type File = (String, Vec<u8>);

/// One file of the folder.
type Written = fn(&Understood) -> Vec<u8>;

/// Every file that each folder has.
const FILES: &[(&str, Written)] = &[
    ("intel.json", |it| pretty(&it.intel).into_bytes()),
    ("report.md", |it| page::markdown(&it.report()).into_bytes()),
    ("timeline.json", |it| timeline::json(&it.report()).into_bytes()),
    ("errata.md", |it| errata::markdown(&it.report()).into_bytes()),
];

/// Files of which there may be none or many.
const MORE: &[fn(&Understood) -> Vec<File>] = &[];

/// All files of the folder of `it`.
pub(super) fn all(it: &Understood) -> Vec<File> {
    let fixed = FILES.iter().map(|(name, written)| ((*name).to_owned(), written(it)));
    fixed.chain(MORE.iter().flat_map(|more| more(it))).collect()
}

/// One JSON value, indented. What is written here has texts as keys and finite numbers: it cannot fail.
pub(super) fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
