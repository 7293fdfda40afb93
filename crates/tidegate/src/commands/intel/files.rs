//! The files of a report's folder: one table, one pure function a file.

use countermeasures::{Measures, Report, errata, hunt, page, playbook, timeline};
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
    /// What was derived from it.
    pub(super) measures: Measures,
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
    ("report.md", |it| page::markdown(&it.report(), &it.measures).into_bytes()),
    ("timeline.json", |it| timeline::json(&it.report()).into_bytes()),
    ("errata.md", |it| errata::markdown(&it.report()).into_bytes()),
    ("hunt.md", |it| hunt::markdown(&it.report(), &it.measures.facts, &it.measures.queries).into_bytes()),
    ("playbook.md", |it| playbook::markdown(&it.measures.steps).into_bytes()),
    ("playbook.json", |it| playbook::json(&it.report(), &it.measures.steps).into_bytes()),
    ("countermeasures.json", |it| it.measures.json(&it.report()).into_bytes()),
];

/// Files of which there may be none or many.
const MORE: &[fn(&Understood) -> Vec<File>] = &[rules, patches];

/// All files of the folder of `it`.
pub(super) fn all(it: &Understood) -> Vec<File> {
    let fixed = FILES.iter().map(|(name, written)| ((*name).to_owned(), written(it)));
    fixed.chain(MORE.iter().flat_map(|more| more(it))).collect()
}

/// `sigma/NAME.yml`, with its samples beside it.
fn rules(it: &Understood) -> Vec<File> {
    let files = it.measures.rules.iter().flat_map(|rule| {
        [("yml", rule.yaml()), ("fires.ndjson", rule.fires()), ("silent.ndjson", rule.silent())]
            .map(|(ending, text)| (format!("sigma/{}.{ending}", rule.name), text.into_bytes()))
    });
    files.collect()
}

/// `patch/ID.cedar`, and the intent beside them.
fn patches(it: &Understood) -> Vec<File> {
    let cedar = |patch: &countermeasures::patch::Patch| {
        (format!("patch/{}.cedar", patch.id), patch.cedar.clone().into_bytes())
    };
    let intent = it.measures.intent.iter();
    let intent = intent.map(|text| ("patch/intent.yaml".to_owned(), text.clone().into_bytes()));
    it.measures.patches.iter().map(cedar).chain(intent).collect()
}

/// One JSON value, indented. What is written here has texts as keys and finite numbers: it cannot fail.
pub(super) fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
