//! A report's figures -> probabilities, and the probabilities from which a suggestion is worth showing.

use suggest::SIGNS;

use super::FOLDS;
use super::corpus::Judged;

/// How strongly the weights of the figures, each of spread one, are drawn to nothing, in half examples.
const HELD: f64 = 4.0;
/// The same for the offset of a class, which is drawn to the common one.
const DRAWN: f64 = 8.0;
/// Steps of the fit; it stands still long before.
const STEPS: usize = 40;
/// What all classes share: a weight for each figure, and the common offset.
const SHARED: usize = SIGNS + 1;

/// A logistic curve over a report's figures: weights that all classes share, an offset for each.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    pub(super) weights: [f32; SIGNS],
    pub(super) offsets: Vec<f32>,
}

/// A class in a report: its figures, and whether it is marked.
pub(super) type Point = (usize, [f32; SIGNS], bool);

fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

fn dot<const N: usize>(left: &[f64; N], right: &[f64; N]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// Mean and spread of each figure.
fn spread<'p>(points: impl Iterator<Item = &'p Point> + Clone) -> [(f64, f64); SIGNS] {
    std::array::from_fn(|sign| {
        let values =
            points.clone().filter_map(|(_, signs, _)| signs.get(sign)).map(|value| f64::from(*value));
        let (count, sum) = values.clone().fold((0.0_f64, 0.0_f64), |(n, sum), value| (n + 1.0, sum + value));
        let mean = sum / count.max(1.0);
        let square: f64 = values.map(|value| (value - mean).powi(2)).sum();
        (mean, (square / count.max(1.0)).sqrt().max(1e-6))
    })
}

/// Solves for a step: Gauss, without pivots, since the matrix is symmetric with a positive diagonal.
#[expect(clippy::indexing_slicing, reason = "square arrays of one constant length")]
fn solve(mut matrix: [[f64; SHARED]; SHARED], mut right: [f64; SHARED]) -> [f64; SHARED] {
    for pivot in 0..SHARED {
        for row in pivot + 1..SHARED {
            let above = matrix[pivot];
            let factor = matrix[row][pivot] / above[pivot];
            for (cell, above) in matrix[row].iter_mut().zip(above) {
                *cell -= factor * above;
            }
            right[row] -= factor * right[pivot];
        }
    }
    for pivot in (0..SHARED).rev() {
        let known: f64 = (pivot + 1..SHARED).map(|column| matrix[pivot][column] * right[column]).sum();
        right[pivot] = (right[pivot] - known) / matrix[pivot][pivot];
    }
    right
}

impl Curve {
    /// A curve that says nothing, for classes that are only scored yet.
    pub(super) fn flat(classes: usize) -> Self {
        Self { weights: [0.0; SIGNS], offsets: vec![0.0; classes] }
    }

    pub(super) fn probability(&self, class: usize, signs: &[f32; SIGNS]) -> f32 {
        let value: f32 = self.weights.iter().zip(signs).map(|(weight, sign)| weight * sign).sum();
        1.0 / (1.0 + (-value - self.offsets.get(class).copied().unwrap_or_default()).exp())
    }

    /// Newton's steps, in turn for what is shared and for the offset of each class.
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "figures are kept as f32")]
    pub(super) fn fit<'p>(points: impl Iterator<Item = &'p Point> + Clone, classes: usize) -> Self {
        let spread = spread(points.clone());
        let points: Vec<(usize, [f64; SHARED], f64)> = points
            .map(|(class, signs, truth)| {
                let mut row = [1.0; SHARED];
                for ((cell, sign), (mean, width)) in row.iter_mut().zip(signs).zip(&spread) {
                    *cell = (f64::from(*sign) - mean) / width;
                }
                (*class, row, f64::from(u8::from(*truth)))
            })
            .collect();
        let (mut shared, mut own) = ([0.0_f64; SHARED], vec![0.0_f64; classes]);
        for _ in 0..STEPS {
            let (mut gradient, mut bend) = ([0.0_f64; SHARED], [[0.0_f64; SHARED]; SHARED]);
            // The last is the common offset, which nothing draws.
            for (nth, row) in bend.iter_mut().enumerate().take(SIGNS) {
                if let (Some(cell), Some(slope), Some(weight)) =
                    (row.get_mut(nth), gradient.get_mut(nth), shared.get(nth))
                {
                    (*cell, *slope) = (HELD, -HELD * weight);
                }
            }
            for (class, row, truth) in &points {
                let p = logistic(dot(&shared, row) + own.get(*class).copied().unwrap_or_default());
                let curve = (p * (1.0 - p)).max(1e-9);
                for ((slope, bend), left) in gradient.iter_mut().zip(&mut bend).zip(row) {
                    *slope += (truth - p) * left;
                    for (bend, right) in bend.iter_mut().zip(row) {
                        *bend += curve * left * right;
                    }
                }
            }
            for (weight, step) in shared.iter_mut().zip(solve(bend, gradient)) {
                *weight += step.clamp(-2.0, 2.0);
            }
            let mut each: Vec<(f64, f64)> = own.iter().map(|offset| (-DRAWN * offset, DRAWN)).collect();
            for (class, row, truth) in &points {
                let p = logistic(dot(&shared, row) + own.get(*class).copied().unwrap_or_default());
                if let Some((gradient, bend)) = each.get_mut(*class) {
                    *gradient += truth - p;
                    *bend += p * (1.0 - p);
                }
            }
            for (offset, (gradient, bend)) in own.iter_mut().zip(each) {
                *offset += (gradient / bend).clamp(-1.0, 1.0);
            }
        }
        // Back to figures as they are.
        let [weights @ .., mut common] = shared;
        let mut plain = [0.0_f32; SIGNS];
        for ((plain, weight), (mean, width)) in plain.iter_mut().zip(&weights).zip(&spread) {
            *plain = (weight / width) as f32;
            common -= weight * mean / width;
        }
        Self { weights: plain, offsets: own.iter().map(|offset| (common + offset) as f32).collect() }
    }
}

/// Every class of a report.
pub(super) fn points(report: &Judged) -> impl Iterator<Item = Point> + '_ {
    report.signs.iter().enumerate().map(|(class, signs)| (class, *signs, report.classes.contains(&class)))
}

pub(super) struct Calibration {
    pub(super) curve: Curve,
    /// From which probability on an answer is *likely* and *confident*.
    pub(super) thresholds: [f32; 2],
}

/// (probability in the report, whether it is marked) of every class of every report.
pub(super) fn answers(curve: &Curve, points: impl IntoIterator<Item = Point>) -> Vec<(f32, bool)> {
    let answer = |(class, signs, truth): Point| (curve.probability(class, &signs), truth);
    points.into_iter().map(answer).collect()
}

impl Calibration {
    /// The curve of all these reports; the thresholds from curves that did not see the fold they answer for.
    pub(super) fn fit(judged: &[Judged], classes: usize, precision: f32) -> Self {
        let all: Vec<(usize, Point)> =
            judged.iter().flat_map(|report| points(report).map(move |point| (report.fold, point))).collect();
        let mut unseen = Vec::new();
        for fold in 0..FOLDS {
            let of = |is_of: bool| {
                all.iter().filter(move |(of, _)| (*of == fold) == is_of).map(|(_, point)| point)
            };
            if of(true).next().is_some() {
                unseen.extend(answers(&Curve::fit(of(false), classes), of(true).copied()));
            }
        }
        let curve = Curve::fit(all.iter().map(|(_, point)| point), classes);
        Self { curve, thresholds: thresholds(unseen, precision) }
    }
}

/// Probabilities in a report: the one with the best F1, and the lowest whose answers together keep
/// the precision asked for.
fn thresholds(mut answers: Vec<(f32, bool)>, precision: f32) -> [f32; 2] {
    answers.sort_by(|left, right| right.0.total_cmp(&left.0));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A point of which only one figure says anything.
    fn point(class: usize, sign: f32, truth: bool) -> Point {
        let mut signs = [0.5; SIGNS];
        signs[2] = sign;
        (class, signs, truth)
    }

    #[test]
    fn a_step_solves_its_equations() {
        let mut matrix = [[1.0; SHARED]; SHARED];
        for (nth, row) in matrix.iter_mut().enumerate() {
            row[nth] = 3.0;
        }
        let expected: [f64; SHARED] = [1.0, -2.0, 0.5, 0.0, 4.0, -1.0, 2.0, 3.0, -3.0];
        let found = solve(matrix, matrix.map(|row| dot(&row, &expected)));
        assert!(
            found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-9),
            "{found:?}"
        );
    }

    #[test]
    fn a_curve_finds_the_odds_that_the_points_have() {
        // At 0 one of four is true, at 1 three of four: slope ln 9, offset ln(1/3).
        let points: Vec<Point> = (0..8000)
            .map(|nth| {
                let high = nth % 2 == 1;
                point(0, f32::from(u8::from(high)), (nth / 2) % 4 < if high { 3 } else { 1 })
            })
            .collect();
        let curve = Curve::fit(points.iter(), 1);
        assert!((curve.probability(0, &points[0].1) - 0.25).abs() < 0.01, "{curve:?}");
        assert!((curve.probability(0, &points[1].1) - 0.75).abs() < 0.01, "{curve:?}");
    }

    #[test]
    fn a_class_that_is_rarer_gets_a_lower_probability_for_the_same_figures() {
        let points: Vec<Point> = (0..400)
            .map(|nth| point(nth % 2, 0.5, if nth % 2 == 0 { nth % 4 == 0 } else { nth % 20 == 1 }))
            .collect();
        let curve = Curve::fit(points.iter(), 2);
        let signs = &points[0].1;
        assert!(curve.probability(0, signs) > 2.0 * curve.probability(1, signs), "{curve:?}");
    }

    #[test]
    fn figures_that_go_together_share_what_they_say() {
        let points: Vec<Point> = (0_u8..200)
            .map(|nth| {
                let value = f32::from(nth % 10);
                (0, [value; SIGNS], nth % 10 >= 5)
            })
            .collect();
        let curve = Curve::fit(points.iter(), 1);
        let [first, .., last] = curve.weights;
        assert!(first > 0.0 && (first - last).abs() < 1e-4, "{curve:?}");
    }

    #[test]
    fn thresholds_are_where_f1_is_best_and_where_the_precision_is_still_kept() {
        // By falling probability: 30 right, 10 wrong, 10 right, then 950 wrong. All but the last give the
        // best F1; the first 30 with three wrong ones keep 0.9.
        let truths = [(30, true), (10, false), (10, true), (950, false)];
        let truths = truths.iter().flat_map(|(count, truth)| vec![*truth; *count]);
        let answers = truths.zip(0_u16..).map(|(truth, nth)| (1.0 - f32::from(nth) / 1000.0, truth));
        let [likely, confident] = thresholds(answers.collect(), 0.9);
        assert!((likely - 0.951).abs() < 1e-4 && (confident - 0.968).abs() < 1e-4, "{likely} {confident}");
    }
}
