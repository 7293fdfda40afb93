//! The files of a report's folder: one table, one pure function a file.

use anyhow::{Context, Result};
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
    /// `--tlp`.
    pub(super) tlp: stix::Tlp,
    /// The bundles of `--library`.
    pub(super) library: Option<Vec<stix::Known>>,
}

impl Understood {
    /// How it becomes STIX.
    fn options(&self) -> stix::Options {
        // A day that was parsed on the command line is one here too.
        let published = self.published.as_deref().and_then(|day| stix::published(day).ok());
        stix::Options { tlp: self.tlp, published, rules: Vec::new() }
    }

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
const MORE: &[fn(&Understood) -> Result<Vec<File>>] = &[stix];

/// All files of the folder of `it`.
///
/// # Errors
/// When one of them cannot be made: our fault.
pub(super) fn all(it: &Understood) -> Result<Vec<File>> {
    let mut files: Vec<File> =
        FILES.iter().map(|(name, written)| ((*name).to_owned(), written(it))).collect();
    for more in MORE {
        files.extend(more(it)?);
    }
    Ok(files)
}

/// What other programs import: the bundle, the layer, the flow where something happened, and what is
/// shared with the library where there is one.
fn stix(it: &Understood) -> Result<Vec<File>> {
    let options = it.options();
    let bundle = stix::bundle(&it.intel, &it.bytes, &options).context("make the STIX bundle")?;
    let flow = stix::attack_flow(&it.intel, &it.bytes, &options).context("make the attack flow")?;
    let layer = stix::navigator(&it.intel, &it.bytes);
    let mut files: Vec<File> = vec![("navigator.json".to_owned(), layer.into_bytes())];
    files.extend(flow.map(|flow| ("attack-flow.json".to_owned(), flow.into_bytes())));
    if let Some(library) = &it.library {
        let this = stix::Known::read("bundle.json", &bundle).context("read the STIX bundle back")?;
        let told = pretty(&stix::correlate(&this, library));
        files.push(("correlation.json".to_owned(), told.into_bytes()));
    }
    files.push(("bundle.json".to_owned(), bundle.into_bytes()));
    Ok(files)
}

/// One JSON value, indented. What is written here has texts as keys and finite numbers: it cannot fail.
pub(super) fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
