//! One linear support vector machine per technique, by dual coordinate descent.
//!
//! Squared hinge, weights kept small (L2), an example for a technique weighs more than one against it.
//! Examples that stay satisfied are passed over until the end, when all are looked at once more.
#![allow(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "numeric inner loops of a chore over arrays whose lengths are made right here"
)]

use suggest::{BUCKETS, Bag, Block, Model};

use super::corpus::{Corpus, Example};

/// What the figures below are, in words, for the file beside the weights.
pub(super) const RECIPE: &str = "words, pairs, runs of 3 to 5 bytes; 2^18 buckets; squared hinge C 0.25, \
     for-weight 2, procedures 0.5; 6000 weights a class in a byte each; logistic curve of 8 figures of a report, HELD 4, DRAWN 8, over 5 folds by report";
/// Cost of an example that is on the wrong side.
const COST: f32 = 0.25;
/// Times that cost for an example of the technique.
const FOR: f32 = 2.0;
/// Times that cost for an example that belongs to no report.
const FOREIGN: f32 = 0.5;
/// Most passes over the examples.
const PASSES: usize = 25;
/// A pass in which nothing is further off than this is the last.
const ENOUGH: f32 = 0.05;
/// Weights that are kept for each technique, the heaviest.
const KEPT: usize = 6000;
/// A bucket that fewer sentences have is left out.
const FEWEST: u32 = 2;

pub(super) struct Trained {
    pub(super) rarity: Vec<f32>,
    pub(super) biases: Vec<f32>,
    pub(super) scales: Vec<f32>,
    /// By bucket: class and weight.
    pub(super) weights: Vec<Vec<(u8, i8)>>,
}

/// Rows of (bucket, value), one after the other.
struct Rows {
    cells: Vec<(u32, f32)>,
    starts: Vec<usize>,
}

impl Rows {
    fn row(&self, nth: usize) -> &[(u32, f32)] {
        &self.cells[self.starts[nth]..self.starts[nth + 1]]
    }
}

/// Trains on everything but the reports of some folds.
pub(super) fn train(corpus: &Corpus, without: &[usize], threads: usize) -> Trained {
    let told = |example: &&Example| example.fold.is_none_or(|fold| !without.contains(&fold));
    let examples: Vec<&Example> = corpus
        .reports
        .iter()
        .flat_map(|report| &report.sentences)
        .chain(&corpus.extra)
        .filter(told)
        .collect();
    let rarity = rarity(&examples);
    let mut rows = Rows { cells: Vec::new(), starts: vec![0] };
    let mut bag = Bag::default();
    for example in &examples {
        bag.read(&example.text);
        bag.weighed(|bucket| rarity[bucket as usize], |bucket, value| rows.cells.push((bucket, value)));
        rows.starts.push(rows.cells.len());
    }
    let count = corpus.techniques.len();
    let mut solved: Vec<(usize, Vec<f32>, f32)> = std::thread::scope(|scope| {
        let (rows, examples) = (&rows, &examples);
        let started: Vec<_> = (0..threads.max(1))
            .map(|nth| {
                scope.spawn(move || {
                    let mine = (nth..count).step_by(threads.max(1));
                    mine.map(|class| {
                        let (weights, bias) = solve(rows, examples, class);
                        (class, kept(weights), bias)
                    })
                    .collect::<Vec<_>>()
                })
            })
            .collect();
        started.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    });
    solved.sort_by_key(|(class, _, _)| *class);
    let mut trained =
        Trained { rarity, biases: Vec::new(), scales: Vec::new(), weights: vec![Vec::new(); BUCKETS] };
    for (class, weights, bias) in solved {
        let largest = weights.iter().fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        for (bucket, weight) in weights.iter().enumerate() {
            let byte = (weight / scale).round() as i8;
            if byte != 0 {
                trained.weights[bucket].push((class as u8, byte));
            }
        }
        trained.biases.push(bias);
        trained.scales.push(scale);
    }
    trained
}

/// How rare each bucket is: `ln((1 + n) / (1 + having)) + 1`, as it is after writing; 0 if too rare.
fn rarity(examples: &[&Example]) -> Vec<f32> {
    let mut having = vec![0_u32; BUCKETS];
    let mut bag = Bag::default();
    for example in examples {
        bag.read(&example.text);
        for block in [Block::Words, Block::Runs] {
            for (bucket, _) in bag.counts(block) {
                having[bucket as usize] += 1;
            }
        }
    }
    let all = examples.len() as f32;
    let of = |having: &u32| match *having {
        few if few < FEWEST => 0.0,
        having => Model::as_written(((1.0 + all) / (1.0 + having as f32)).ln() + 1.0),
    };
    having.iter().map(of).collect()
}

/// Puts all but the heaviest weights to nothing.
fn kept(mut weights: Vec<f32>) -> Vec<f32> {
    let mut sizes: Vec<f32> = weights.iter().map(|weight| weight.abs()).filter(|size| *size > 0.0).collect();
    if sizes.len() > KEPT {
        sizes.sort_unstable_by(|left, right| right.total_cmp(left));
        let least = sizes[KEPT];
        weights.iter_mut().filter(|weight| weight.abs() <= least).for_each(|weight| *weight = 0.0);
    }
    weights
}

fn solve(rows: &Rows, examples: &[&Example], class: usize) -> (Vec<f32>, f32) {
    let count = examples.len();
    let sign: Vec<f32> =
        examples.iter().map(|example| if example.classes.contains(&class) { 1.0 } else { -1.0 }).collect();
    let diagonal: Vec<f32> = examples
        .iter()
        .zip(&sign)
        .map(|(example, sign)| {
            let kind = if example.fold.is_none() { FOREIGN } else { 1.0 };
            0.5 / (COST * kind * if *sign > 0.0 { FOR } else { 1.0 })
        })
        .collect();
    // One more for the constant that every example has.
    let size: Vec<f32> = (0..count)
        .map(|nth| 1.0 + rows.row(nth).iter().map(|(_, value)| value * value).sum::<f32>())
        .collect();
    let mut weights = vec![0.0_f32; BUCKETS];
    let mut bias = 0.0_f32;
    let mut alpha = vec![0.0_f32; count];
    let mut active: Vec<usize> = (0..count).collect();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64 ^ class as u64;
    let mut bound = f32::INFINITY;
    for _ in 0..PASSES {
        for at in (1..active.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            active.swap(at, (seed >> 33) as usize % (at + 1));
        }
        let mut furthest = 0.0_f32;
        let mut at = 0;
        while at < active.len() {
            let nth = active[at];
            let row = rows.row(nth);
            let product: f32 = row.iter().map(|(bucket, value)| weights[*bucket as usize] * value).sum();
            let slope = sign[nth] * (product + bias) - 1.0 + alpha[nth] * diagonal[nth];
            if alpha[nth] == 0.0 && slope > bound {
                active.swap_remove(at);
                continue;
            }
            at += 1;
            let off = if alpha[nth] == 0.0 { slope.min(0.0) } else { slope };
            furthest = furthest.max(off.abs());
            if off.abs() > 1e-6 {
                let before = alpha[nth];
                alpha[nth] = (before - slope / (size[nth] + diagonal[nth])).max(0.0);
                let step = (alpha[nth] - before) * sign[nth];
                for (bucket, value) in row {
                    weights[*bucket as usize] += step * value;
                }
                bias += step;
            }
        }
        if furthest < ENOUGH {
            if active.len() == count {
                break;
            }
            active = (0..count).collect();
            bound = f32::INFINITY;
        } else {
            bound = furthest;
        }
    }
    (weights, bias)
}
