//! Trains the weights of `suggest`, and measures them on reports they were not trained on.
//!
//! Recipe: sentences of the TRAM reports, marked with the techniques whose annotations they overlap
//! (sub-techniques that are no class of their own count for their parent); the annotated words alone;
//! and ATT&CK's procedure examples, of which those of other techniques are examples against. One linear
//! support vector machine per technique ([`svm`]), of which the heaviest weights are kept in a byte each.
//! A few figures of a report's scores become a probability by a logistic curve, drawn on reports that the
//! scoring weights did not see ([`calibrate`]). No chance is involved but the order of the
//! examples, which is fixed by a seed: the same data gives the same bytes.

mod bench;
mod calibrate;
mod corpus;
mod svm;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use suggest::{Figures, Model};

pub use bench::{bench, speed};
use calibrate::{Calibration, Curve};
use corpus::Corpus;
use svm::Trained;

use crate::data;

/// Number of parts that reports are divided into.
const FOLDS: usize = 5;
/// Precision that a confident suggestion has to keep on reports it was not trained on.
const CONFIDENT: f32 = 0.90;

/// What the chores need to know.
#[derive(Debug, Default, clap::Args)]
pub struct Settings {
    /// The folder of the data; `../shared/data` from the root of the tree if it is not given.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
}

fn corpus(settings: &Settings) -> Result<Corpus> {
    let Some(folder) = data::folder(settings.data.as_deref()) else {
        bail!("no data at ../shared/data from the root of the tree; name its folder with --data");
    };
    Corpus::read(&folder)
}

/// Trains on all reports, calibrates across the folds, and writes the weights into the tree.
pub fn train(settings: &Settings) -> Result<()> {
    let corpus = corpus(settings)?;
    let mut seen = Vec::new();
    for fold in 0..FOLDS {
        let part = model_without(&corpus, &[fold], settings.threads)?;
        seen.extend(corpus.judge(&part, fold));
        eprintln!("fold {} of {FOLDS}", fold + 1);
    }
    let Calibration { curve, thresholds } = Calibration::fit(&seen, corpus.techniques.len(), CONFIDENT);
    let trained = svm::train(&corpus, &[], settings.threads);
    let bytes = weights(&corpus, &trained, &curve, thresholds);
    if Model::read(&bytes).is_none() {
        bail!("the weights cannot be read back");
    }
    let path = data::root()?.join("crates/suggest/data/weights.bin");
    std::fs::write(&path, &bytes).with_context(|| format!("write {}", path.display()))?;
    let recipe = format!(
        "recipe\t{}\nreports\t{}\nsentences\t{}\nexamples\t{}\nclasses\t{}\nweights\t{}\nbytes\t{}\nsha256\t{}\n{}",
        svm::RECIPE,
        corpus.reports.len(),
        corpus.reports.iter().map(|report| report.sentences.len()).sum::<usize>(),
        corpus.extra.len(),
        corpus.techniques.len(),
        trained.weights.iter().map(Vec::len).sum::<usize>(),
        bytes.len(),
        data::digest(&bytes),
        corpus.sources,
    );
    std::fs::write(path.with_file_name("RECIPE.tsv"), &recipe).context("write the recipe")?;
    print!("{recipe}");
    Ok(())
}

/// Trained on everything but the reports of some folds, to score those: it has no curve yet.
fn model_without(corpus: &Corpus, folds: &[usize], threads: usize) -> Result<Model> {
    let trained = svm::train(corpus, folds, threads);
    let bytes = weights(corpus, &trained, &Curve::flat(corpus.techniques.len()), [1.0; 2]);
    Model::read(&bytes).context("read the weights back")
}

fn weights(corpus: &Corpus, trained: &Trained, curve: &Curve, thresholds: [f32; 2]) -> Vec<u8> {
    let figures: Vec<Figures> = corpus
        .techniques
        .iter()
        .zip(&trained.biases)
        .zip(&trained.scales)
        .zip(&curve.offsets)
        .map(|(((technique, bias), scale), offset)| Figures {
            technique: technique.clone(),
            bias: *bias,
            scale: *scale,
            offset: *offset,
        })
        .collect();
    Model::write(thresholds, curve.weights, &figures, &trained.rarity, &trained.weights)
}
