//! Scores -> probabilities, and the probabilities from which a suggestion is worth showing.

use super::corpus::Judged;

/// A logistic curve whose slope all classes share and whose offset each has, drawn to the common one.
#[derive(Clone, Debug, Default)]
pub(super) struct Curve {
    pub(super) slope: f32,
    pub(super) common: f32,
    pub(super) own: Vec<f32>,
}

/// How strongly the offset of a class is drawn to the common one, in examples.
const DRAWN: f64 = 2.0;
/// Steps of the fit; it stands still long before.
const STEPS: usize = 40;

fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

impl Curve {
    pub(super) fn offset(&self, class: usize) -> f32 {
        self.common + self.own.get(class).copied().unwrap_or_default()
    }

    pub(super) fn probability(&self, class: usize, score: f32) -> f32 {
        let value = self.slope * score + self.offset(class);
        1.0 / (1.0 + (-value).exp())
    }

    /// Newton's steps, in turn for slope with common offset and for the offset of each class.
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "figures are kept as f32")]
    fn fit(points: &[(usize, f32, bool)], classes: usize) -> Self {
        let (mut slope, mut common, mut own) = (1.0_f64, 0.0_f64, vec![0.0_f64; classes]);
        for _ in 0..STEPS {
            // Gradient and curvature of the two shared figures.
            let (mut g, mut h) = ([0.0_f64; 2], [1e-6_f64, 0.0, 1e-6]);
            for (class, score, truth) in points {
                let (score, offset) = (f64::from(*score), own.get(*class).copied().unwrap_or_default());
                let p = logistic(slope * score + common + offset);
                let (miss, bend) = (f64::from(u8::from(*truth)) - p, p * (1.0 - p));
                g = [g[0] + miss * score, g[1] + miss];
                h = [h[0] + bend * score * score, h[1] + bend * score, h[2] + bend];
            }
            let determinant = h[0] * h[2] - h[1] * h[1];
            slope += ((h[2] * g[0] - h[1] * g[1]) / determinant).clamp(-2.0, 2.0);
            common += ((h[0] * g[1] - h[1] * g[0]) / determinant).clamp(-2.0, 2.0);
            let mut each = vec![(0.0_f64, DRAWN / 4.0); classes];
            for (class, score, truth) in points {
                let offset = own.get(*class).copied().unwrap_or_default();
                let p = logistic(slope * f64::from(*score) + common + offset);
                if let Some((gradient, bend)) = each.get_mut(*class) {
                    *gradient += f64::from(u8::from(*truth)) - p;
                    *bend += p * (1.0 - p);
                }
            }
            for (offset, (gradient, bend)) in own.iter_mut().zip(each) {
                *offset += ((gradient - DRAWN / 4.0 * *offset) / bend).clamp(-1.0, 1.0);
            }
        }
        Self {
            slope: slope as f32,
            common: common as f32,
            own: own.iter().map(|offset| *offset as f32).collect(),
        }
    }
}

pub(super) struct Calibration {
    pub(super) sentence: Curve,
    pub(super) report: Curve,
}

/// (class, probability in the report, whether it is marked) of every class of every report.
pub(super) fn answers(curve: &Curve, judged: &[Judged]) -> Vec<(f32, bool)> {
    let mut answers: Vec<(f32, bool)> = judged
        .iter()
        .flat_map(|report| {
            (0..curve.own.len())
                .map(|class| (curve.probability(class, report.best(class)), report.classes.contains(&class)))
        })
        .collect();
    answers.sort_by(|left, right| right.0.total_cmp(&left.0));
    answers
}

impl Calibration {
    pub(super) fn fit(judged: &[Judged], classes: usize) -> Self {
        let mut sentences = Vec::new();
        let mut reports = Vec::new();
        for report in judged {
            for (scores, marked) in report.sentences.iter().zip(&report.marked) {
                sentences.extend(
                    scores.iter().enumerate().map(|(class, score)| (class, *score, marked.contains(&class))),
                );
            }
            reports.extend(
                (0..classes).map(|class| (class, report.best(class), report.classes.contains(&class))),
            );
        }
        Self { sentence: Curve::fit(&sentences, classes), report: Curve::fit(&reports, classes) }
    }

    /// Probabilities in a report: the one with the best F1, and the lowest whose answers together keep
    /// the precision asked for.
    pub(super) fn thresholds(&self, judged: &[Judged], precision: f32) -> [f32; 2] {
        let answers = answers(&self.report, judged);
        let all: f32 = answers.iter().filter(|(_, truth)| *truth).map(|_| 1.0).sum();
        let (mut given, mut right) = (0.0_f32, 0.0_f32);
        let (mut best, mut likely, mut confident) = (0.0_f32, 1.0_f32, 1.0_f32);
        for (probability, truth) in answers {
            given += 1.0;
            right += f32::from(u8::from(truth));
            let f1 = 2.0 * right / (given + all);
            if f1 > best {
                (best, likely) = (f1, probability);
            }
            if right / given >= precision && given >= 20.0 {
                confident = probability;
            }
        }
        [likely, confident]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_finds_the_odds_that_the_points_have() {
        // At score 0 one of four is true, at score 1 three of four: slope ln 9, offset ln(1/3).
        let points: Vec<_> = (0..800)
            .map(|nth| {
                let high = nth % 2 == 1;
                (0, f32::from(u8::from(high)), (nth / 2) % 4 < if high { 3 } else { 1 })
            })
            .collect();
        let curve = Curve::fit(&points, 1);
        assert!((curve.probability(0, 0.0) - 0.25).abs() < 0.01, "{curve:?}");
        assert!((curve.probability(0, 1.0) - 0.75).abs() < 0.01, "{curve:?}");
    }

    #[test]
    fn a_class_that_is_rarer_gets_a_lower_probability_for_the_same_score() {
        let points: Vec<_> = (0..400)
            .map(|nth| (nth % 2, 0.5, if nth % 2 == 0 { nth % 4 == 0 } else { nth % 20 == 1 }))
            .collect();
        let curve = Curve::fit(&points, 2);
        assert!(curve.probability(0, 0.5) > 2.0 * curve.probability(1, 0.5), "{curve:?}");
    }
}
