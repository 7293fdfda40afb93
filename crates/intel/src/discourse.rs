//! Clauses and how they are meant: stated, claimed, hypothetical, negated, recommended, consequence,
//! boilerplate.
//!
//! Knows the ways of speaking, nothing of attacks: what a clause is about is for `frames`.

mod clause;
mod modal;
mod page;
mod speaker;

use std::ops::Range;

use crate::lexicon::Concept as C;
use crate::model::{Discourse, DroppedAs};
use crate::reading::{Kind, Reading, Section};
use crate::source::BlockKind;
use crate::syntax::Syntax;

/// A clause.
#[derive(Clone, Debug)]
pub(crate) struct Clause {
    pub(crate) tokens: Range<usize>,
    pub(crate) sentence: usize,
    pub(crate) role: Discourse,
    pub(crate) by: Option<String>,
    pub(crate) because: String,
    /// It says `likely`, `may`, `if`.
    pub(crate) is_hedged: bool,
    /// It says `could`, `can`, `would`, of what was not done.
    pub(crate) is_possible: bool,
    /// Somebody says so, named or not.
    pub(crate) is_claimed: bool,
    /// Tokens that a word of denial reaches.
    pub(crate) denied: Vec<Range<usize>>,
}

impl Clause {
    /// Whether a token is denied.
    pub(crate) fn denies(&self, token: usize) -> bool {
        self.denied.iter().any(|range| range.contains(&token))
    }

    /// Whether the clause tells of the incident, however surely.
    pub(crate) const fn tells(&self) -> bool {
        !matches!(self.role, Discourse::Recommended | Discourse::Consequence | Discourse::Boilerplate)
    }
}

/// All clauses of a report, in order, and what of it is about the page.
pub(crate) struct Discoursed {
    pub(crate) clauses: Vec<Clause>,
    /// Sentences that are boilerplate.
    pub(crate) boilerplate: Vec<(usize, DroppedAs)>,
}

impl Discoursed {
    /// The clause that a token stands in.
    pub(crate) fn of_token(&self, token: usize) -> Option<usize> {
        self.clauses.partition_point(|clause| clause.tokens.start <= token).checked_sub(1)
    }
}

/// Finds the clauses of a reading and how each is meant. `defences` are tokens that name one by id or by
/// the name that a knowledge base has for it.
pub(crate) fn discourse(reading: &Reading, syntax: &Syntax, defences: &[Range<usize>]) -> Discoursed {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut boilerplate = Vec::new();
    let mut bio_block = None;
    // Whether the sentence before, in the same block, was advice.
    let mut advised: Option<usize> = None;
    // Who speaks in a part by its heading: `What the seller says`.
    let mut part: Option<Option<String>> = None;
    // The block that only imagines: `Imagine a parcel service. You open ...`
    let mut imagined: Option<usize> = None;
    let addressed = page::addressed(reading);
    for (nth, sentence) in reading.sentences.iter().enumerate() {
        let about_page = page::boilerplate(reading, sentence, bio_block == Some(sentence.block))
            .or_else(|| addressed.contains(&sentence.block).then_some(DroppedAs::Slogan));
        if let Some(reason) = about_page {
            boilerplate.push((nth, reason));
            if reason == DroppedAs::Biography {
                bio_block = Some(sentence.block);
            }
        }
        let first = clauses.len();
        for tokens in clause::split(reading, sentence) {
            let mut clause = judge(reading, syntax, nth, tokens, defences, advised == Some(sentence.block));
            if about_page.is_some() {
                clause.role = Discourse::Boilerplate;
                clause.because = "about the page".into();
            }
            clauses.push(clause);
        }
        let new = clauses.get_mut(first..).unwrap_or_default();
        speaker::spread(reading, new);
        if reading.says(sentence.tokens.start, &["imagine", "suppose", "picture", "consider"]) {
            imagined = Some(sentence.block);
        }
        let addressed = modal::of_you(syntax, reading, nth);
        if imagined == Some(sentence.block) || addressed {
            for clause in new.iter_mut().filter(|clause| clause.role == Discourse::Stated) {
                clause.is_hedged = true;
                clause.role = Discourse::Hypothetical;
                clause.because = if addressed { "you".into() } else { "imagined".into() };
            }
        }
        if sentence.kind == BlockKind::Heading {
            let opens = reading.says(sentence.tokens.start, &["what", "how", "as", "according", "claims"]);
            part = new
                .iter()
                .find(|clause| clause.is_claimed && opens && sentence.tokens.len() < 8)
                .map(|clause| clause.by.clone());
        } else if let Some(by) = &part {
            for clause in new.iter_mut().filter(|clause| !clause.is_claimed) {
                clause.is_claimed = true;
                clause.by.clone_from(by);
                if clause.role == Discourse::Stated {
                    clause.role = Discourse::Claimed;
                    clause.because = "section: what somebody says".into();
                }
            }
        }
        let advice = new.iter().any(|clause| clause.role == Discourse::Recommended);
        advised = (advice && sentence.kind != BlockKind::Heading).then_some(sentence.block);
    }
    Discoursed { clauses, boilerplate }
}

fn judge(
    reading: &Reading,
    syntax: &Syntax,
    sentence: usize,
    tokens: Range<usize>,
    defences: &[Range<usize>],
    advised: bool,
) -> Clause {
    let whole = reading.sentences.get(sentence);
    let section = whole.map_or(Section::Body, |whole| whole.section);
    let starts = whole.is_some_and(|whole| whole.tokens.start == tokens.start);
    let speaker = speaker::of(reading, tokens.clone());
    let denied = syntax.denied_in(sentence, tokens.clone());
    let hedge = modal::hedge(reading, tokens.clone());
    let possible =
        modal::possible(reading, tokens.clone(), whole.map_or(tokens.start, |whole| whole.tokens.start));
    let is_question = whole.is_some_and(|whole| reading.word(whole.tokens.end.saturating_sub(1)) == "?");
    let named = defences.iter().any(|defence| tokens.contains(&defence.start));
    let mut clause = Clause {
        tokens: tokens.clone(),
        sentence,
        role: Discourse::Stated,
        by: None,
        because: "says so".into(),
        is_hedged: hedge.is_some() || is_question,
        is_possible: possible.is_some(),
        is_claimed: speaker.is_some(),
        denied,
    };
    let past = modal::is_narrative(reading, tokens.clone());
    let advice = modal::advice(reading, syntax, tokens.clone(), starts)
        .or_else(|| named.then(|| "names a defence".to_owned()))
        .or_else(|| {
            (advised && modal::continues(reading, tokens.clone(), starts))
                .then(|| "continues advice".to_owned())
        })
        .or_else(|| match section {
            Section::Advice if !past => Some("section: recommendations".to_owned()),
            Section::Hunting if !past => Some("section: hunting".to_owned()),
            _ => None,
        });
    if matches!(section, Section::References | Section::About) {
        clause.role = Discourse::Boilerplate;
        clause.because = "section: references".into();
    } else if let Some(why) = advice {
        clause.role = Discourse::Recommended;
        clause.because = why;
    } else if let Some(why) = modal::consequence(reading, tokens.clone(), section) {
        clause.role = Discourse::Consequence;
        clause.because = why;
    } else if modal::is_denial(reading, &clause) {
        clause.role = Discourse::Negated;
        clause.because = "says that it was not so".into();
    } else if let Some(why) = hedge.or(possible) {
        clause.role = Discourse::Hypothetical;
        clause.because = why;
    } else if is_question {
        clause.role = Discourse::Hypothetical;
        clause.because = "asks".into();
    } else if speaker.is_some() {
        clause.role = Discourse::Claimed;
        clause.because = "somebody says so".into();
    }
    clause.by = speaker.flatten();
    clause
}

/// Whether tokens hold a word at all.
fn has_words(reading: &Reading, tokens: Range<usize>) -> bool {
    reading.tokens.get(tokens).unwrap_or_default().iter().any(|token| matches!(token.kind, Kind::Word))
}

/// Meanings that tell what happened to data.
const TOUCHED: &[C] = &[C::Expose, C::Take, C::TakeHard, C::Affect, C::Include];
