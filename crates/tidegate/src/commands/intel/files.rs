//! The files of a report's folder: one table, one pure function a file.

use anyhow::{Context, Result};
use countermeasures::{Measures, Report, errata, hunt, page, playbook, timeline};
use intel::Intel;

use super::indicators;

/// A report, understood, with what was said beside it.
pub(super) struct Understood {
    /// What it is called.
    pub(super) name: String,
    /// What every place points into: its bytes, or the text layer of a PDF.
    pub(super) body: Vec<u8>,
    /// Whether that is a text layer.
    pub(super) is_layer: bool,
    /// What it says.
    pub(super) intel: Intel,
    /// `--published`.
    pub(super) published: Option<String>,
    /// What was derived from it.
    pub(super) measures: Measures,
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
        stix::Options {
            tlp: self.tlp,
            published,
            rules: indicators::rules(&self.intel, &self.measures.rules),
        }
    }

    /// As countermeasures read it.
    pub(super) fn report(&self) -> Report<'_> {
        Report::new(&self.name, &self.body, &self.intel, self.published.as_deref())
    }
}

/// A file: its name below the folder, and its bytes.
pub(super) type File = (String, Vec<u8>);

/// One file of the folder.
type Written = fn(&Understood) -> Vec<u8>;

/// Every file that each folder has.
const FILES: &[(&str, Written)] = &[
    ("intel.json", |it| pretty(&it.intel).into_bytes()),
    ("report.md", |it| page::markdown(&it.report(), &it.measures).into_bytes()),
    ("timeline.json", |it| timeline::json(&it.report()).into_bytes()),
    ("errata.md", |it| errata::markdown(&it.report()).into_bytes()),
    ("graph.html", |it| graph::page(&it.intel, &intel::graph(&it.intel), &it.body).into_bytes()),
    ("hunt.md", |it| hunt::markdown(&it.report(), &it.measures.facts, &it.measures.queries).into_bytes()),
    ("playbook.md", |it| playbook::markdown(&it.report(), &it.measures.steps).into_bytes()),
    ("playbook.json", |it| playbook::json(&it.report(), &it.measures.steps).into_bytes()),
    ("countermeasures.json", |it| it.measures.json(&it.report()).into_bytes()),
];

/// Files of which there may be none or many.
type Several = fn(&Understood) -> Result<Vec<File>>;

/// Those of each folder.
const MORE: &[Several] = &[layer, rules, patches, stix];

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
    // All of it is UTF-8 that was made here.
    for (_, bytes) in files.iter_mut().filter(|(name, _)| name.ends_with(".json")) {
        let text = String::from_utf8(std::mem::take(bytes)).context("read a file back")?;
        *bytes = report::json(text).into_bytes();
    }
    Ok(files)
}

/// `report.txt`: the text layer of a PDF, which the places of all other files point into.
fn layer(it: &Understood) -> Result<Vec<File>> {
    Ok(it.is_layer.then(|| ("report.txt".to_owned(), it.body.clone())).into_iter().collect())
}

/// What other programs import: the bundle, the layer, the flow where something happened, and what is
/// shared with the library where there is one.
fn stix(it: &Understood) -> Result<Vec<File>> {
    let options = it.options();
    let bundle = stix::bundle(&it.intel, &it.body, &options).context("make the STIX bundle")?;
    let flow = stix::attack_flow(&it.intel, &it.body, &options).context("make the attack flow")?;
    let layer = stix::navigator(&it.intel, &it.body);
    let mut files: Vec<File> = vec![("navigator.json".to_owned(), layer.into_bytes())];
    files.extend(flow.map(|flow| ("attack-flow.json".to_owned(), flow.into_bytes())));
    if let Some(library) = &it.library {
        let this = stix::Known::read("bundle.json", &bundle).context("read the STIX bundle back")?;
        let told = pretty(&stix::correlate(&this, library, &it.intel.knowledge));
        files.push(("correlation.json".to_owned(), told.into_bytes()));
    }
    files.push(("bundle.json".to_owned(), bundle.into_bytes()));
    Ok(files)
}

/// `sigma/NAME.yml`, with its samples beside it.
fn rules(it: &Understood) -> Result<Vec<File>> {
    let files = it.measures.rules.iter().flat_map(|rule| {
        [("yml", rule.yaml()), ("fires.ndjson", rule.fires()), ("silent.ndjson", rule.silent())]
            .map(|(ending, text)| (format!("sigma/{}.{ending}", rule.name), text.into_bytes()))
    });
    Ok(files.collect())
}

/// `patch/ID.cedar`, and the intent beside them.
fn patches(it: &Understood) -> Result<Vec<File>> {
    let cedar = |patch: &countermeasures::patch::Patch| {
        (format!("patch/{}.cedar", patch.id), patch.cedar.clone().into_bytes())
    };
    let intent = it.measures.intent.iter();
    let intent = intent.map(|text| ("patch/intent.yaml".to_owned(), text.clone().into_bytes()));
    Ok(it.measures.patches.iter().map(cedar).chain(intent).collect())
}

/// One JSON value, indented. What is written here has texts as keys and finite numbers: it cannot fail.
pub(super) fn pretty(value: &impl serde::Serialize) -> String {
    report::json(serde_json::to_string_pretty(value).unwrap_or_default() + "\n")
}
