//! Words by meaning: stems, phrases, and where they stand in a text.
//!
//! Nothing here knows what a sentence says; see `discourse` and `frames`.

mod stem;
mod words;

use std::collections::HashMap;
use std::sync::OnceLock;

pub(crate) use stem::stem;
pub(crate) use words::Concept;

/// A stem that stands in the lexicon or in a rule. 0: any other.
pub(crate) type Stem = u32;

/// A phrase found: tokens `from..to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) concept: Concept,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// The lexicon, ready to be matched.
pub(crate) struct Lexicon {
    stems: HashMap<String, Stem>,
    /// By first stem, longest first.
    phrases: Vec<Vec<(Vec<Stem>, Concept)>>,
}

/// The lexicon, made at first use.
pub(crate) fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(Lexicon::new)
}

impl Lexicon {
    fn new() -> Self {
        let mut lexicon = Self { stems: HashMap::new(), phrases: vec![Vec::new()] };
        for (concept, _, phrases) in words::WORDS {
            for phrase in phrases.split('|') {
                let stems: Vec<Stem> = phrase.split_whitespace().map(|word| lexicon.intern(word)).collect();
                let first = stems.first().and_then(|first| usize::try_from(*first).ok());
                if let Some(slot) = first.and_then(|first| lexicon.phrases.get_mut(first)) {
                    slot.push((stems, *concept));
                }
            }
        }
        for slot in &mut lexicon.phrases {
            slot.sort_by_key(|(stems, concept)| (std::cmp::Reverse(stems.len()), *concept));
            slot.dedup();
        }
        lexicon
    }

    fn intern(&mut self, word: &str) -> Stem {
        let next = Stem::try_from(self.phrases.len()).unwrap_or_default();
        let stem = *self.stems.entry(stem(word)).or_insert(next);
        if stem == next {
            self.phrases.push(Vec::new());
        }
        stem
    }

    /// The stem of a word as it stands in a text.
    pub(crate) fn stem_of(&self, word: &str) -> Stem {
        self.stems.get(&stem(word)).copied().unwrap_or_default()
    }

    /// The meaning that has this name.
    pub(crate) fn concept(name: &str) -> Option<Concept> {
        words::WORDS.iter().find(|(_, known, _)| *known == name).map(|(concept, ..)| *concept)
    }

    /// Every phrase in `stems`, in order. A phrase inside a longer one does not count, whatever it means.
    pub(crate) fn hits(&self, stems: &[Stem]) -> Vec<Hit> {
        let mut hits: Vec<Hit> = Vec::new();
        // The furthest end of phrases of several words that began before.
        let mut covered: (usize, usize) = (0, 0);
        for (at, first) in stems.iter().enumerate() {
            let slot =
                usize::try_from(*first).ok().filter(|_| *first != 0).and_then(|nth| self.phrases.get(nth));
            let Some(slot) = slot else { continue };
            let rest = stems.get(at..).unwrap_or_default();
            let mut longest = 0;
            for (phrase, concept) in slot {
                let to = at + phrase.len();
                // Longest first: what is shorter stands inside.
                if phrase.len() < longest || (to <= covered.1 && phrase.len() < covered.1 - covered.0) {
                    break;
                }
                if rest.starts_with(phrase) {
                    longest = phrase.len();
                    hits.push(Hit { concept: *concept, from: at, to });
                }
            }
            if longest > 1 && at + longest > covered.1 {
                covered = (at, at + longest);
            }
        }
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meanings(text: &str) -> Vec<Concept> {
        let stems: Vec<Stem> = text.split(' ').map(|word| lexicon().stem_of(word)).collect();
        lexicon().hits(&stems).into_iter().map(|hit| hit.concept).collect()
    }

    #[test]
    fn a_longer_phrase_hides_the_shorter_ones_inside_it() {
        assert!(meanings("enumerated").contains(&Concept::Enumerate));
        assert!(!meanings("rate limiting").is_empty());
        assert!(meanings("no longer used").iter().all(|concept| *concept == Concept::Forgotten));
        assert!(meanings("security researchers").contains(&Concept::Researcher));
        assert!(meanings("xyzzy").is_empty());
    }
}
