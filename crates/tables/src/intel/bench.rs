//! How well techniques are found in reports that the weights were not trained on.

use std::time::Instant;

use anyhow::Result;

use super::calibrate::{Calibration, answers, points};
use super::corpus::Judged;
use super::{CONFIDENT, FOLDS, Settings, corpus, model_without};

/// Right, given, and to be found.
#[derive(Clone, Copy, Default)]
struct Count {
    right: f32,
    given: f32,
    all: f32,
}

impl Count {
    fn of(answers: &[(f32, bool)], threshold: f32) -> Self {
        let mut count = Self::default();
        for (probability, truth) in answers {
            count.all += f32::from(u8::from(*truth));
            if *probability >= threshold {
                count.given += 1.0;
                count.right += f32::from(u8::from(*truth));
            }
        }
        count
    }

    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.given += other.given;
        self.all += other.all;
    }

    fn line(self, what: &str) -> String {
        let (precision, recall) = (self.right / self.given, self.right / self.all);
        let f1 = 2.0 * self.right / (self.given + self.all);
        format!("{what}\tprecision {precision:.3}\trecall {recall:.3}\tF1 {f1:.3}\tgiven {}", self.given)
    }
}

/// Five folds by report; for each, curves and thresholds come from the other four, judged by weights
/// that saw neither them nor the fold: nothing about a report is fitted on that report.
pub fn bench(settings: &Settings) -> Result<()> {
    let corpus = corpus(settings)?;
    let classes = corpus.techniques.len();
    let mut inner: Vec<Vec<Judged>> = (0..FOLDS).map(|_| Vec::new()).collect();
    for first in 0..FOLDS {
        for second in first + 1..FOLDS {
            let part = model_without(&corpus, &[first, second], settings.threads)?;
            for (fold, other) in [(first, second), (second, first)] {
                if let Some(seen) = inner.get_mut(fold) {
                    seen.extend(corpus.judge(&part, other));
                }
            }
            eprintln!("without folds {} and {}", first + 1, second + 1);
        }
    }
    let (mut likely, mut confident) = (Count::default(), Count::default());
    let mut pooled = Vec::new();
    for (fold, seen) in inner.iter().enumerate() {
        let Calibration { curve, thresholds: [low, high] } = Calibration::fit(seen, classes, CONFIDENT);
        let judged = corpus.judge(&model_without(&corpus, &[fold], settings.threads)?, fold);
        let answers = answers(&curve, judged.iter().flat_map(points));
        likely.add(Count::of(&answers, low));
        confident.add(Count::of(&answers, high));
        println!("{}", Count::of(&answers, low).line(&format!("fold {}, likely", fold + 1)));
        println!("{}", Count::of(&answers, high).line(&format!("fold {}, confident", fold + 1)));
        pooled.extend(answers);
    }
    println!("{}", likely.line("likely"));
    println!("{}", confident.line("confident"));
    pooled.sort_by(|left, right| right.0.total_cmp(&left.0));
    println!("precision at recall 0.55\t{:.3}", precision_at(&pooled, 0.55));
    for (low, high) in [(0.0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)] {
        let within = pooled.iter().filter(|(probability, _)| (low..high).contains(probability));
        let (count, said, true_ones) =
            within.fold((0.0_f32, 0.0_f32, 0.0_f32), |sum, (probability, truth)| {
                (sum.0 + 1.0, sum.1 + probability, sum.2 + f32::from(u8::from(*truth)))
            });
        println!("said {low} to {high}\tmean {:.3}\ttrue {:.3}\tof {count}", said / count, true_ones / count);
    }
    Ok(())
}

/// Times the embedded weights and the catalogue: the first use of each, and the reports' text once.
pub fn speed(settings: &Settings) -> Result<()> {
    let started = Instant::now();
    let model = suggest::Model::embedded();
    println!("first use of the weights\t{:.1?}", started.elapsed());
    let started = Instant::now();
    let known = catalog_rows();
    println!("first use of the whole catalogue ({known} rows)\t{:.1?}", started.elapsed());
    let corpus = corpus(settings)?;
    let mut reader = suggest::Reader::new(model);
    let (mut bytes, mut found) = (0, 0);
    let started = Instant::now();
    for report in &corpus.reports {
        bytes += report.sentences.iter().map(|sentence| sentence.text.len()).sum::<usize>();
        found += reader.report(report.sentences.iter().map(|sentence| sentence.text.as_str())).len();
    }
    let took = started.elapsed();
    println!("{bytes} bytes, {found} suggestions\t{took:.1?}");
    Ok(())
}

fn catalog_rows() -> usize {
    use catalog::{attack, cwe, d3fend};
    let pairs = d3fend::counters("T1190").len();
    attack::techniques().len()
        + attack::actors().len()
        + attack::mitigations().len()
        + d3fend::techniques().len()
        + cwe::weaknesses().len()
        + pairs
}

/// The precision of the likeliest answers that together find this part of what is to be found.
fn precision_at(sorted: &[(f32, bool)], recall: f32) -> f32 {
    let all: f32 = sorted.iter().map(|(_, truth)| f32::from(u8::from(*truth))).sum();
    let (mut given, mut right) = (0.0_f32, 0.0_f32);
    for (_, truth) in sorted {
        given += 1.0;
        right += f32::from(u8::from(*truth));
        if right >= recall * all {
            break;
        }
    }
    right / given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_precision_at_a_recall_are_as_by_hand() {
        let answers = [(0.9, true), (0.8, false), (0.7, true), (0.2, true), (0.1, false)];
        let count = Count::of(&answers, 0.7);
        assert_eq!((count.right, count.given, count.all), (2.0, 3.0, 3.0));
        assert!((precision_at(&answers, 0.6) - 2.0 / 3.0).abs() < 1e-6);
        assert!((precision_at(&answers, 0.1) - 1.0).abs() < 1e-6);
    }
}
