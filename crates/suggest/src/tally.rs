//! What the sentences of a report say together of each technique, in a few figures.
//!
//! The best sentence alone misleads: a heading of three words scores high for little, and what a report
//! comes back to again and again is surer than what it touches once. One report at a time, in memory
//! that is kept from one to the next.

/// Figures of one technique in one report, as [`Tally::signs`] has them: its best score, the second, the
/// third and the mean of the five best; the logarithms of one more than the sentences that name it, of
/// the bytes of the best sentence, and of the number of sentences; and about how many techniques the
/// report shows.
pub const SIGNS: usize = 8;

/// Scores that are kept of each technique.
const KEPT: u8 = 5;
/// How fast a score becomes certain when techniques are counted. Any curve of about this slope will do.
const SLOPE: f32 = 3.0;

#[derive(Clone, Copy, Debug)]
struct OfClass {
    /// The highest scores, falling; minus infinity where there are fewer sentences.
    best: [f32; 5],
    sentence: usize,
    bytes: usize,
    named: usize,
}

/// The sentences of one report, so far.
#[derive(Debug, Default)]
pub struct Tally {
    classes: Vec<OfClass>,
    sentences: usize,
}

impl Tally {
    /// Begins a report.
    pub fn begin(&mut self, classes: usize) {
        self.sentences = 0;
        self.classes.clear();
        let nothing = OfClass { best: [f32::NEG_INFINITY; 5], sentence: 0, bytes: 0, named: 0 };
        self.classes.resize(classes, nothing);
    }

    /// Takes a sentence: its length in bytes, and of each class its score and whether it is named.
    pub fn add(&mut self, bytes: usize, classes: impl IntoIterator<Item = (f32, bool)>) {
        for (class, (score, is_named)) in self.classes.iter_mut().zip(classes) {
            class.named += usize::from(is_named);
            let Some(place) = class.best.iter().position(|known| score > *known) else { continue };
            if let Some(below) = class.best.get_mut(place..) {
                below.rotate_right(1);
                if let Some(here) = below.first_mut() {
                    *here = score;
                }
            }
            if place == 0 {
                (class.sentence, class.bytes) = (self.sentences, bytes);
            }
        }
        self.sentences += 1;
    }

    /// Of each class the number of its best sentence and its figures. Nothing for a report without a
    /// sentence; the lowest score stands for those that a report of fewer than five sentences lacks.
    pub fn signs(&self) -> impl Iterator<Item = (usize, [f32; SIGNS])> + '_ {
        let shown: f32 = self.classes.iter().map(|class| 1.0 / (1.0 + (-SLOPE * class.best[0]).exp())).sum();
        let classes = if self.sentences == 0 { &[][..] } else { &self.classes };
        classes.iter().map(move |class| {
            let mut lowest = class.best[0];
            let [first, second, third, fourth, fifth] = class.best.map(|score| {
                lowest = if score.is_finite() { score } else { lowest };
                lowest
            });
            let mean = (first + second + third + fourth + fifth) / f32::from(KEPT);
            let signs = [
                first,
                second,
                third,
                mean,
                logarithm(class.named + 1),
                logarithm(class.bytes),
                logarithm(self.sentences),
                shown,
            ];
            (class.sentence, signs)
        })
    }
}

/// Of a number of things, of at least one and at most what two bytes hold.
fn logarithm(count: usize) -> f32 {
    f32::from(u16::try_from(count.max(1)).unwrap_or(u16::MAX)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(sentences: &[(usize, f32, bool)]) -> Vec<(usize, [f32; SIGNS])> {
        let mut tally = Tally::default();
        tally.begin(2);
        tally.add(9, [(7.0, true), (7.0, true)]);
        tally.begin(1);
        for (bytes, score, is_named) in sentences {
            tally.add(*bytes, [(*score, *is_named)]);
        }
        tally.signs().collect()
    }

    #[test]
    fn the_figures_of_a_report_are_as_by_hand_and_nothing_is_left_of_the_one_before() {
        let (best, signs) = tally(&[
            (10, 0.0, false),
            (20, -1.0, true),
            (30, 2.0, true),
            (40, -2.0, false),
            (50, 1.0, false),
            (60, 2.0, false),
            (70, -3.0, false),
        ])[0];
        assert_eq!(best, 2, "the first of equals");
        assert_eq!(signs[..4], [2.0, 2.0, 1.0, 0.8]);
        assert_eq!(signs[4..7], [3.0_f32.ln(), 30.0_f32.ln(), 7.0_f32.ln()]);
        assert!((signs[7] - 1.0 / (1.0 + (-6.0_f32).exp())).abs() < 1e-6);
    }

    #[test]
    fn a_report_of_few_sentences_repeats_its_lowest_score_and_an_empty_one_has_no_figures() {
        let (_, signs) = tally(&[(8, -1.0, false), (8, 1.0, false)])[0];
        assert_eq!(signs[..4], [1.0, -1.0, -1.0, -0.6]);
        assert_eq!(tally(&[]), []);
    }
}
