//! The TRAM reports as sentences with their techniques, and further examples.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use serde::Deserialize;
use suggest::{Model, Reader, SIGNS};

use super::FOLDS;
use crate::data::{digest, json_lines, text};

/// A sentence and the classes it is marked with.
pub(super) struct Example {
    pub(super) text: String,
    pub(super) classes: Vec<usize>,
    /// The fold of its report; `None` for examples that belong to no report.
    pub(super) fold: Option<usize>,
}

pub(super) struct Report {
    pub(super) sentences: Vec<Example>,
    /// The classes that are marked anywhere in it.
    pub(super) classes: BTreeSet<usize>,
    pub(super) fold: usize,
}

pub(super) struct Corpus {
    /// Ids of the classes, sorted.
    pub(super) techniques: Vec<String>,
    pub(super) reports: Vec<Report>,
    pub(super) extra: Vec<Example>,
    /// Digests of the files, for the recipe.
    pub(super) sources: String,
}

/// A report as weights that did not see it judge it.
pub(super) struct Judged {
    /// Its figures, by class.
    pub(super) signs: Vec<[f32; SIGNS]>,
    pub(super) classes: BTreeSet<usize>,
    pub(super) fold: usize,
}

#[derive(Deserialize)]
struct ReportRow {
    title: String,
    text: String,
    spans: Vec<(usize, usize, String)>,
}

#[derive(Deserialize)]
struct SentenceRow {
    title: String,
    technique: String,
    text: String,
}

#[derive(Deserialize)]
struct ProcedureRow {
    technique: String,
    text: String,
}

impl Corpus {
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let names = ["tram/reports.jsonl", "tram/sentences.jsonl", "attack/procedures.jsonl"];
        let mut sources = String::new();
        for name in names {
            sources.push_str(&format!("source {name}\t{}\n", digest(text(&folder.join(name))?.as_bytes())));
        }
        let reports: Vec<ReportRow> = json_lines(&folder.join("tram/reports.jsonl"))?;
        let sentences: Vec<SentenceRow> = json_lines(&folder.join("tram/sentences.jsonl"))?;
        let procedures: Vec<ProcedureRow> = json_lines(&folder.join("attack/procedures.jsonl"))?;

        let known: BTreeSet<String> = sentences.iter().map(|row| row.technique.clone()).collect();
        let techniques: Vec<String> = known.into_iter().collect();
        let class = |id: &str| {
            let parent = id.split('.').next().unwrap_or_default();
            let found = |id: &str| techniques.binary_search_by(|known| known.as_str().cmp(id)).ok();
            found(id).or_else(|| found(parent))
        };
        // Reports are dealt out by the digest of their title: no order of the file matters.
        let mut titles: Vec<&str> = reports.iter().map(|report| report.title.as_str()).collect();
        titles.sort_by_key(|title| digest(title.as_bytes()));
        let folds: BTreeMap<&str, usize> =
            titles.iter().enumerate().map(|(nth, title)| (*title, nth % FOLDS)).collect();
        let fold = |title: &str| folds.get(title).copied();

        let mut extra: Vec<Example> = sentences
            .iter()
            .map(|row| Example {
                text: row.text.clone(),
                classes: class(&row.technique).into_iter().collect(),
                fold: fold(&row.title),
            })
            .collect();
        extra.extend(procedures.iter().map(|row| Example {
            text: plain(&row.text),
            classes: class(&row.technique).into_iter().collect(),
            fold: None,
        }));
        let reports =
            reports.iter().map(|row| report(row, fold(&row.title).unwrap_or_default(), &class)).collect();
        Ok(Self { techniques, reports, extra, sources })
    }

    /// The reports of a fold as this model judges them.
    pub(super) fn judge(&self, model: &Model, fold: usize) -> Vec<Judged> {
        let mut reader = Reader::new(model);
        let mut judge = |report: &Report| {
            let tally = reader.tally(report.sentences.iter().map(|sentence| sentence.text.as_str()));
            let signs = tally.signs().map(|(_, signs)| signs).collect();
            Judged { signs, classes: report.classes.clone(), fold }
        };
        self.reports.iter().filter(|report| report.fold == fold).map(&mut judge).collect()
    }
}

/// Offsets in the data count characters.
fn report(row: &ReportRow, fold: usize, class: &impl Fn(&str) -> Option<usize>) -> Report {
    let places: Vec<usize> = row.text.char_indices().map(|(at, _)| at).chain(Some(row.text.len())).collect();
    let place = |at: usize| places.get(at).copied().unwrap_or(row.text.len());
    let marks: Vec<(usize, usize, usize)> =
        row.spans.iter().filter_map(|(from, to, id)| Some((place(*from), place(*to), class(id)?))).collect();
    let sentences = suggest::sentences(&row.text)
        .map(|range| {
            let within = marks.iter().filter(|(from, to, _)| *from < range.end && range.start < *to);
            let classes: BTreeSet<usize> = within.map(|(_, _, class)| *class).collect();
            Example {
                text: row.text.get(range).unwrap_or_default().to_owned(),
                classes: classes.into_iter().collect(),
                fold: Some(fold),
            }
        })
        .collect();
    Report { sentences, classes: marks.iter().map(|(_, _, class)| *class).collect(), fold }
}

/// A procedure example without the targets of its links and without tags.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['[', ']', '<']) {
        let (before, mark) = rest.split_at(at);
        plain.push_str(before);
        let closed = match mark.as_bytes() {
            [b']', b'(', ..] => mark.split_once(')').map(|(_, after)| after),
            [b'<', ..] => mark.split_once('>').map(|(_, after)| after),
            _ => None,
        };
        rest = closed.unwrap_or_else(|| mark.get(1..).unwrap_or_default());
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_tags_leave_their_words() {
        assert_eq!(
            plain("[Name](https://example.com/x) used <code>cmd</code> [1] a<b ]"),
            "Name used cmd 1 ab "
        );
    }

    #[test]
    fn a_mark_counts_for_each_sentence_it_touches_and_offsets_are_characters() {
        let row = ReportRow {
            title: "t".to_owned(),
            text: "\u{e9}\u{e9} one. Two here.\nThree.".to_owned(),
            spans: vec![(8, 16, "T1".to_owned()), (20, 22, "T2".to_owned()), (0, 2, "T9".to_owned())],
        };
        let report = report(&row, 0, &|id| id.strip_prefix('T')?.parse().ok().filter(|class| *class < 9));
        let marked: Vec<&[usize]> = report.sentences.iter().map(|sentence| &sentence.classes[..]).collect();
        assert_eq!(marked, [&[][..], &[1], &[2]]);
        assert_eq!(report.classes, BTreeSet::from([1, 2]));
    }
}
