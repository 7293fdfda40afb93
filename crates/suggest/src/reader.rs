//! Reads reports with a model.

use crate::features::Bag;
use crate::model::Model;
use crate::tally::Tally;

/// A technique that a report may show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suggestion {
    /// The current id in ATT&CK.
    pub technique: &'static str,
    /// That a reader of the report would mark it: calibrated on reports that the weights were not
    /// trained on.
    pub probability: f32,
    /// Which of the sentences speaks of it the most, from 0.
    pub sentence: usize,
}

/// Reads sentences with a model, and keeps its working memory from one report to the next.
#[derive(Debug)]
pub struct Reader<'a> {
    model: &'a Model,
    bag: Bag,
    scores: Vec<f32>,
    tally: Tally,
}

impl<'a> Reader<'a> {
    /// A reader for this model.
    #[must_use]
    pub fn new(model: &'a Model) -> Self {
        Self { model, bag: Bag::default(), scores: Vec::new(), tally: Tally::default() }
    }

    /// The score of each class of [`Model::classes`] for a sentence.
    pub fn scores(&mut self, sentence: &str) -> &[f32] {
        let Self { model, bag, scores, .. } = self;
        bag.read(sentence);
        scores.clear();
        scores.resize(model.classes().len(), 0.0);
        bag.weighed(
            |bucket| model.rarity(bucket),
            |bucket, value| {
                for (class, weight) in model.weights(bucket) {
                    if let Some(score) = scores.get_mut(usize::from(class)) {
                        *score += value * f32::from(weight);
                    }
                }
            },
        );
        for (score, class) in scores.iter_mut().zip(model.classes()) {
            *score = *score * class.scale + class.bias;
        }
        scores
    }

    /// What the sentences of a report say together.
    pub fn tally<'t>(&mut self, sentences: impl IntoIterator<Item = &'t str>) -> &Tally {
        let model = self.model;
        self.tally.begin(model.classes().len());
        for sentence in sentences {
            self.scores(sentence);
            let Self { bag, scores, tally, .. } = self;
            let classes = scores.iter().enumerate();
            tally.add(sentence.len(), classes.map(|(class, score)| (*score, model.names(class, bag))));
        }
        &self.tally
    }

    /// The techniques that a report of these sentences may show, the likeliest first; none below
    /// [`Model::likely`]. Two ids of the training data that are one today are one suggestion.
    pub fn report<'t>(&mut self, sentences: impl IntoIterator<Item = &'t str>) -> Vec<Suggestion> {
        let model = self.model;
        let mut found: Vec<Suggestion> = Vec::new();
        for (class, (sentence, signs)) in self.tally(sentences).signs().enumerate() {
            let probability = model.in_report(class, &signs);
            let is_likely = probability >= model.likely();
            let Some(technique) = model.current(class).filter(|_| is_likely) else { continue };
            let one = Suggestion { technique, probability, sentence };
            match found.iter_mut().find(|known| known.technique == technique) {
                Some(known) if known.probability >= probability => {}
                Some(known) => *known = one,
                None => found.push(one),
            }
        }
        found.sort_by(|left, right| right.probability.total_cmp(&left.probability));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMPED: &str = "The attackers dumped credentials from the memory of LSASS with Mimikatz.";

    #[test]
    fn a_technique_comes_with_the_sentence_that_speaks_of_it_the_most() {
        let mut reader = Reader::new(Model::embedded());
        let found = reader.report(["The shop opened in May.", "Then they looked at LSASS.", DUMPED]);
        assert_eq!((found[0].technique, found[0].sentence), ("T1003.001", 2));
    }

    #[test]
    fn what_a_report_comes_back_to_is_surer_and_what_it_names_is_too() {
        let mut reader = Reader::new(Model::embedded());
        let mut sure = |more: [&str; 2]| {
            let report = ["We write this for our customers.", DUMPED, more[0], more[1], "That is all."];
            let found = reader.report(report);
            found.iter().find(|one| one.technique == "T1003.001").map_or(0.0, |one| one.probability)
        };
        let once = sure(["The shop is open.", "Nobody was hurt."]);
        let again = sure(["Credentials were read from the memory of LSASS.", "Nobody was hurt."]);
        let named = sure(["The shop is open.", "See LSASS Memory."]);
        assert!(once < again && once < named, "{once} {again} {named}");
        let tally = reader.tally([DUMPED, "See LSASS Memory.", "LSASS memory was read."]);
        let named: Vec<f32> = tally.signs().map(|(_, signs)| signs[4]).filter(|named| *named > 0.0).collect();
        assert_eq!(named, [3.0_f32.ln()], "two sentences name one technique");
    }

    #[test]
    fn nothing_is_suggested_for_what_speaks_of_no_attack() {
        let mut reader = Reader::new(Model::embedded());
        assert_eq!(reader.report([]), []);
        for text in
            ["", " ", "\u{0}", "The next meeting is on Tuesday.", "Copyright 2026. All rights reserved."]
        {
            assert_eq!(reader.report([text]), [], "{text:?}");
            assert_eq!(reader.report([text; 40]), [], "{text:?}");
        }
    }
}
