//! Whether a kind of data got out where it is named: by the verb that it is subject or object of, by the
//! line above a list, by the other cells of a row.

// long: one walk from a word to what says its fate; each way needs the others.

use std::ops::Range;

use super::Named;
use crate::discourse::Discoursed;
use crate::lexicon::Concept as C;
use crate::reading::{Reading, Sentence};
use crate::source::BlockKind;
use crate::syntax::verbs as v;
use crate::syntax::{Governor, Predicate, Syntax, Tag};

/// Participles that stand behind their noun in a list: `the medicines ordered`.
const ORDERED: &[&str] = &[
    "ordered",
    "booked",
    "bought",
    "borrowed",
    "rented",
    "chosen",
    "prescribed",
    "registered",
    "visited",
    "used",
    "given",
];

/// What a report says of a kind of data in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It got out or could be read.
    Out,
    /// It did not.
    Kept,
    /// A caller had to bring it.
    Asked,
}

/// How far above a list the line stands that opens it, in sentences.
const LEAD_REACH: usize = 14;

/// How far above a row the head of its table stands at most.
const ROWS_MAX: usize = 60;

/// The fate of each, in the order of `named`.
pub(super) fn fates(
    reading: &Reading,
    syntax: &Syntax,
    discoursed: &Discoursed,
    named: &[Named],
) -> Vec<Option<Fate>> {
    let mut fates: Vec<Option<Fate>> = Vec::with_capacity(named.len());
    let look = Look { reading, syntax, discoursed };
    // Named in the sentence before, without a fate: `those` and `they` may be these.
    let mut pending: (usize, Vec<usize>) = (0, Vec::new());
    let mut last_fate: Option<(usize, Fate)> = None;
    for (nth, one) in named.iter().enumerate() {
        let Some(sentence) = reading.sentence_of(one.tokens.start) else {
            fates.push(None);
            continue;
        };
        if sentence != pending.0 {
            look.resume(&mut fates, &pending, sentence);
            pending = (sentence, Vec::new());
        }
        let before = nth.checked_sub(1).and_then(|before| named.get(before));
        let listed = before.is_some_and(|before| look.is_next(before, one));
        let mut fate = look.fate(sentence, one);
        // `by phone number or e-mail address`: as the one before it.
        if listed && fates.last() == Some(&Some(Fate::Asked)) {
            fate = Some(Fate::Asked);
        }
        // `In some of them the passport number was filled in, too.`
        if fate.is_none() && look.adds(sentence) && !look.is_asked(sentence) {
            fate = last_fate.filter(|(before, _)| sentence - before <= 2).map(|(_, fate)| fate);
        }
        if let Some(fate) = fate.filter(|fate| *fate != Fate::Asked) {
            last_fate = Some((sentence, fate));
        }
        if fate.is_none() {
            pending.1.push(nth);
        }
        fates.push(fate);
    }
    look.resume(&mut fates, &pending, usize::MAX);
    fates
}

struct Look<'a> {
    reading: &'a Reading,
    syntax: &'a Syntax,
    discoursed: &'a Discoursed,
}

impl Look<'_> {
    /// Whether `one` follows `before` in a list, with nothing but signs between.
    fn is_next(&self, before: &Named, one: &Named) -> bool {
        (before.tokens.end..one.tokens.start)
            .all(|at| matches!(self.syntax.tag(at), Tag::Mark | Tag::Join | Tag::Det))
    }

    /// Whether a sentence adds to the one before it.
    fn adds(&self, nth: usize) -> bool {
        let Some(sentence) = self.reading.sentences.get(nth) else { return false };
        sentence.tokens.clone().any(|at| self.reading.says(at, &["too", "likewise", "same"]))
    }

    /// Whether a verb of a sentence tells of what a caller brings.
    fn is_asked(&self, nth: usize) -> bool {
        self.syntax.of_sentence(nth).iter().any(|predicate| predicate.class & v::BRING != 0)
    }

    /// `Those were not touched`: says it of what the sentence before named.
    fn resume(&self, fates: &mut [Option<Fate>], pending: &(usize, Vec<usize>), next: usize) {
        let following = pending.0 + 1;
        if pending.1.is_empty() || following > next {
            return;
        }
        let Some(first) = self.syntax.of_sentence(following).first() else { return };
        let Some(sentence) = self.reading.sentences.get(following) else { return };
        let takes_up = first.subject.start == sentence.tokens.start
            && first.subject.len() <= 2
            && self.reading.says(
                sentence.tokens.start,
                &["they", "those", "these", "both", "neither", "it", "this", "all"],
            );
        if !takes_up {
            return;
        }
        let no = self.reading.says(sentence.tokens.start, &["neither"]);
        let governor =
            Governor { predicate: first, is_theme: first.is_passive, is_denied: first.is_negated != no };
        let Some(fate) = self.by(&governor, sentence, None) else { return };
        for nth in &pending.1 {
            if let Some(slot) = fates.get_mut(*nth) {
                *slot = Some(fate);
            }
        }
    }

    fn fate(&self, nth: usize, one: &Named) -> Option<Fate> {
        let sentence = self.reading.sentences.get(nth)?;
        if sentence.kind == BlockKind::Row
            && let Some(fate) = self.in_row(nth, sentence, one)
        {
            return Some(fate);
        }
        match self.preposition(one, sentence) {
            Some(at) if self.reading.says(at, &["except", "excluding", "besides"]) => {
                return Some(Fate::Kept);
            }
            Some(at) if self.reading.says(at, &["without"]) => {
                // `without a password` tells how one got in; `names, without passwords` what was left.
                let many = self.reading.word(one.tokens.end.saturating_sub(1)).ends_with('s');
                let left =
                    many && self.reading.tokens.get(at - 1).is_some_and(|token| token.is_sign(&[',', '(']));
                return (one.class != crate::model::Class::Credential || left).then_some(Fate::Kept);
            }
            Some(at)
                if matches!(one.class, crate::model::Class::Device | crate::model::Class::PostalAddress)
                    && self.reading.says(at, &["over", "across", "from"]) =>
            {
                return Some(Fate::Asked);
            }
            Some(at)
                if self.reading.says(
                    at,
                    &[
                        "by", "via", "through", "per", "against", "into", "at", "under", "for", "after",
                        "before",
                    ],
                ) =>
            {
                return Some(Fate::Asked);
            }
            _ => {}
        }
        let governors = self.syntax.governors(nth, one.tokens.start);
        // What an employee was tricked into giving away is not the data that leaked.
        let clause =
            self.discoursed.of_token(one.tokens.start).and_then(|nth| self.discoursed.clauses.get(nth));
        let tricked = one.class == crate::model::Class::Credential
            && clause.is_some_and(|clause| self.reading.has(clause.tokens.clone(), &[C::Phish]));
        // `before receiving his email`: a letter, no address.
        let mailed = matches!(one.class, crate::model::Class::Email | crate::model::Class::Message)
            && !self.reading.word(one.tokens.end.saturating_sub(1)).ends_with('s')
            && governors.first().is_some_and(|governor| {
                self.reading.says(
                    governor.predicate.head,
                    &["received", "receive", "receiving", "got", "sent", "wrote", "replied", "sends"],
                )
            });
        if tricked || mailed {
            return Some(Fate::Asked);
        }
        // `a name and an address were enough`.
        let suffices = governors.iter().any(|governor| {
            let object = governor.predicate.object.clone();
            !governor.is_theme | governor.predicate.is_passive
                && object.clone().take(3).any(|at| {
                    self.reading.says(at, &["enough", "sufficient", "needed", "required", "necessary"])
                })
        });
        if suffices {
            return Some(Fate::Asked);
        }
        // `no sign of misuse of the names` says nothing of how they got out.
        if self.reading.says(one.tokens.start.saturating_sub(1), &["of", "the", "these", "those"])
            && (one.tokens.start.saturating_sub(4)..one.tokens.start)
                .any(|at| self.reading.says(at, &["misuse", "abuse", "misusing", "fraud"]))
        {
            return None;
        }
        for governor in &governors {
            if let Some(fate) = self.by(governor, sentence, Some(one)) {
                return Some(fate);
            }
        }
        // `blocked the download of passwords`: the act that was kept from happening is a noun.
        let act = (one.tokens.start.saturating_sub(6).max(sentence.tokens.start)..one.tokens.start)
            .rev()
            .find(|at| {
                self.reading.is(*at, &[C::Take, C::Expose])
                    || self.reading.says(*at, &["loss", "disclosure", "access", "theft", "copying"])
            });
        if act.is_some_and(|act| self.syntax.is_denied(act) && self.syntax.is_denied(one.tokens.start)) {
            return Some(Fate::Kept);
        }
        if self.is_alone_and_denied(sentence, one) && governors.is_empty() {
            return Some(Fate::Kept);
        }
        self.led(nth, sentence, one)
    }

    /// `no e-mail addresses, no cards`.
    fn is_alone_and_denied(&self, sentence: &Sentence, one: &Named) -> bool {
        let Some(clause) =
            self.discoursed.of_token(one.tokens.start).and_then(|nth| self.discoursed.clauses.get(nth))
        else {
            return false;
        };
        let from = clause.tokens.start.max(sentence.tokens.start);
        (from..one.tokens.start)
            .rev()
            .take_while(|at| self.syntax.tag(*at).is_nominal())
            .any(|at| self.syntax.tag(at) == Tag::No)
    }

    /// The preposition right before a kind of data and what describes it.
    fn preposition(&self, one: &Named, sentence: &Sentence) -> Option<usize> {
        let mut at = one.tokens.start;
        while at > sentence.tokens.start {
            at -= 1;
            match self.syntax.tag(at) {
                Tag::Det | Tag::Adj | Tag::Num => {}
                Tag::Noun if one.tokens.start - at < 3 => {}
                Tag::Prep if self.reading.says(at, &["than"]) => {}
                Tag::Prep => return Some(at),
                _ => return None,
            }
        }
        None
    }

    /// What a verb says of what it governs.
    fn by(&self, governor: &Governor<'_>, sentence: &Sentence, one: Option<&Named>) -> Option<Fate> {
        let Predicate { class, subject, object, .. } = governor.predicate;
        let is = |wanted: v::Class| class & wanted != 0;
        let told = |denied: bool| Some(if denied { Fate::Kept } else { Fate::Out });
        let reading = self.reading;
        let predicate = governor.predicate;
        if is(v::SAFE) && predicate.is_passive && !governor.is_theme {
            return None;
        }
        if is(v::SAFE) && governor.is_theme {
            return (!governor.is_denied && predicate.is_passive).then_some(Fate::Kept);
        }
        if !governor.is_theme {
            // `names leaked`, `card numbers do not come back`.
            let bare = is(v::OPEN) || is(v::EXPOSE | v::GIVE) && object.is_empty();
            // `card data never passes through the plugin`.
            let never = governor.is_denied
                && is(v::EXPOSE | v::GIVE)
                && self.syntax.tag(object.start) == Tag::Prep
                && !reading.says(object.start, &["to"]);
            // `names leaked; phone numbers did not`: as the verb before it.
            let elliptic = matches!(self.syntax.tag(predicate.head), Tag::Do | Tag::Have | Tag::Modal)
                && object.clone().all(|at| matches!(self.syntax.tag(at), Tag::Stop | Tag::Mark))
                && self.syntax.of_sentence(reading.sentence_of(predicate.head)?).iter().any(|other| {
                    other.head < predicate.head && other.class & (v::SEE | v::OPEN | v::EXPOSE | v::TAKE) != 0
                });
            // `the insurance number does not stand in an order`.
            let stands = reading
                .says(predicate.head, &["stand", "stands", "stood", "appear", "appears", "appeared"])
                && reading.says(predicate.group.end, &["in", "on"]);
            return if bare || never || elliptic || stands { told(governor.is_denied) } else { None };
        }
        // What a request carries was brought.
        if is(v::HOLD) && reading.has(subject.clone(), &[C::Request]) && !predicate.is_passive {
            return Some(Fate::Asked);
        }
        if is(v::HOLD) && !is(v::TAKE | v::SEE) {
            if predicate.is_passive {
                // `passwords are stored elsewhere` says nothing of what got out; `were not stored in it` does.
                let kept = reading.says(predicate.head, &["stored", "held", "kept", "saved"]);
                let apart = object.clone().take(8).any(|at| {
                    reading
                        .says(at, &["different", "separate", "another", "other", "elsewhere", "separately"])
                });
                if kept && apart && !governor.is_denied {
                    return Some(Fate::Kept);
                }
                return if kept && !governor.is_denied { None } else { told(governor.is_denied) };
            }
            let own = reading.has(subject.clone(), &[C::Company])
                && !reading.has(subject.clone(), &[C::Data, C::Record, C::Dataset]);
            if own && !governor.is_denied {
                return None;
            }
            return told(governor.is_denied);
        }
        if is(v::TAKE | v::SEE | v::GIVE | v::EXPOSE | v::OPEN | v::AFFECT | v::SELL) {
            let own = !predicate.is_passive
                && reading.has(subject.clone(), &[C::Company])
                && !reading.has(subject.clone(), &[C::Attacker, C::Endpoint])
                && is(v::TAKE)
                && !predicate.is_past;
            return if own { None } else { told(governor.is_denied) };
        }
        if is(v::BRING | v::CALL | v::CHECK) {
            return Some(Fate::Asked);
        }
        // `names were among the data`, `passwords were not in it`, `to be seen were names`.
        if matches!(self.syntax.tag(predicate.head), Tag::Be) {
            let in_it = object
                .clone()
                .take(4)
                .any(|at| reading.says(at, &["among", "part", "in", "included", "there", "involved"]));
            let data = reading.has(sentence.tokens.start..predicate.group.start, &[C::Data, C::Record])
                || self.syntax.of_sentence(reading.sentence_of(predicate.head)?).iter().any(|other| {
                    other.head < predicate.head && other.class & (v::SEE | v::OPEN | v::EXPOSE | v::TAKE) != 0
                });
            // `to be seen were names`: what stands behind the verb is it.
            let behind = one.is_some_and(|one| object.contains(&one.tokens.start));
            // `names were in there; passwords were not`: as the verb before it.
            let in_there = |verb: &Predicate| {
                verb.object
                    .clone()
                    .take(4)
                    .any(|at| reading.says(at, &["among", "part", "in", "included", "there", "involved"]))
            };
            let echoes = object
                .clone()
                .all(|at| matches!(self.syntax.tag(at), Tag::Stop | Tag::Mark | Tag::Cell))
                && self.syntax.of_sentence(reading.sentence_of(predicate.head)?).iter().any(|other| {
                    other.head < predicate.head
                        && (other.class & (v::SEE | v::OPEN | v::EXPOSE | v::TAKE | v::AFFECT | v::HOLD) != 0
                            || matches!(self.syntax.tag(other.head), Tag::Be) && in_there(other))
                });
            let safe = governor.is_denied
                && object.clone().take(3).any(|at| reading.says(at, &["risk", "danger", "reach"]));
            if in_it || data && behind || echoes || safe {
                return told(governor.is_denied);
            }
        }
        None
    }

    /// What stands behind a colon, below a line or a heading that opens a list, or after a short label: what
    /// opens it says it.
    fn led(&self, nth: usize, sentence: &Sentence, one: &Named) -> Option<Fate> {
        if sentence.kind == BlockKind::Row {
            return None;
        }
        let reading = self.reading;
        let opens = |at: usize| reading.tokens.get(at).is_some_and(|token| token.is_sign(&[':', '—', '–']));
        let is_item = sentence.kind == BlockKind::Item;
        // No other sentence begins between the opening and it.
        let fragment = |from: usize| {
            self.syntax.of_sentence(nth).iter().all(|predicate| {
                !predicate.is_finite
                    || predicate.is_relative
                    || predicate.head < from
                    || predicate.head > one.tokens.start && (is_item || from > sentence.tokens.start)
                    // `the medicines ordered`: a participle behind its noun.
                    || predicate.head > one.tokens.start
                        && predicate.group.len() == 1
                        && reading.says(predicate.head, ORDERED)
            })
        };
        if let Some(colon) = (sentence.tokens.start..one.tokens.start).rev().find(|at| opens(*at)) {
            let fate = self.opening(nth, sentence.tokens.start..colon, true).filter(|_| fragment(colon));
            if fate.is_some() {
                return fate;
            }
        }
        if !fragment(sentence.tokens.start) {
            return None;
        }
        let above = reading.sentences.get(nth.saturating_sub(LEAD_REACH)..nth)?;
        let last = |lead: &Sentence| lead.tokens.end.saturating_sub(1);
        let (back, lead) = above.iter().rev().enumerate().find(|(back, lead)| {
            let short = lead.tokens.len() <= 8 && *back == 0;
            lead.kind != sentence.kind
                || lead.block != sentence.block && sentence.kind != BlockKind::Item
                || opens(last(lead))
                || reading.word(last(lead)) == "?"
                || short && lead.block == sentence.block
                || matches!(self.syntax.tag(last(lead)), Tag::Verb(_))
        })?;
        let is_open = opens(last(lead))
            || reading.word(last(lead)) == "?"
            || lead.kind == BlockKind::Heading
            || lead.tokens.len() <= 8 && back == 0 && lead.block == sentence.block
            || sentence.kind == BlockKind::Item && self.syntax.tag(last(lead)) != Tag::Stop;
        is_open
            .then(|| {
                self.opening(
                    nth - 1 - back,
                    lead.tokens.clone(),
                    lead.kind == BlockKind::Heading || opens(last(lead)) || reading.word(last(lead)) == "?",
                )
            })
            .flatten()
    }

    /// What the words say that open a list.
    fn opening(&self, nth: usize, words: Range<usize>, is_label: bool) -> Option<Fate> {
        let reading = self.reading;
        let wanted = v::TAKE | v::SEE | v::GIVE | v::EXPOSE | v::OPEN | v::HOLD | v::AFFECT | v::SELL;
        let predicates = self.syntax.of_sentence(nth);
        // `the app could see fields which the friend had not made public:`: the first clause says it.
        let mut before = words.start;
        let mut main = Vec::new();
        for predicate in predicates.iter().filter(|predicate| words.contains(&predicate.head)) {
            let hangs =
                !main.is_empty() && (before..predicate.group.start).any(|at| self.syntax.tag(at) == Tag::Sub);
            if predicate.class & (wanted | v::SAFE) != 0 && !hangs {
                main.push(predicate);
            }
            before = predicate.group.end;
        }
        let last = main.last();
        let no = words.clone().any(|at| self.syntax.tag(at) == Tag::No)
            || last.map_or_else(
                || predicates.iter().any(|predicate| words.contains(&predicate.head) && predicate.is_negated),
                |last| last.is_negated,
            )
            || reading.says(words.start, &["not"]);
        if let Some(last) = last {
            if last.class & (v::BRING | v::CALL) != 0 && last.class & wanted & !v::HOLD == 0 {
                return None;
            }
            let safe = last.class & v::SAFE != 0 && last.class & wanted == 0;
            return Some(if no != safe { Fate::Kept } else { Fate::Out });
        }
        let touched = [C::Expose, C::Take, C::Affect, C::Include];
        let says = reading.has(words.clone(), &touched)
            || is_label && reading.has(words.clone(), &[C::Data, C::Record])
            || is_label
                && words.clone().any(|at| reading.says(at, &["fields", "field", "contents", "among"]))
            || words.len() <= 4 && reading.has(words.clone(), &[C::Data])
            || words.len() <= 4 && words.clone().any(|at| reading.says(at, &["fields"]))
            || self.in_it(words.clone());
        // `First came what one expects:`, `That is to say:`
        let comes = is_label
            && words.clone().any(|at| {
                reading.says(at, &["came", "comes", "following", "follows"])
                    || reading.says(at, &["to"]) && reading.says(at + 1, &["say"])
            });
        let says = says || comes;
        says.then(|| if no || reading.has(words, &[C::Neg]) { Fate::Kept } else { Fate::Out })
    }

    /// `What was in it`.
    fn in_it(&self, tokens: Range<usize>) -> bool {
        tokens.clone().any(|at| self.reading.says(at, &["in"]) && self.reading.says(at + 1, &["it", "them"]))
    }

    /// A row: its last cell says yes or no, or its first cell says what the others are.
    fn in_row(&self, nth: usize, sentence: &Sentence, one: &Named) -> Option<Fate> {
        let borders: Vec<usize> =
            sentence.tokens.clone().filter(|at| self.syntax.tag(*at) == Tag::Cell).collect();
        let (first, last) = (*borders.first()?, *borders.last()?);
        if one.tokens.start < last {
            let answer = last + 1..sentence.tokens.end;
            let says = |words: &[&str]| answer.clone().any(|at| self.reading.says(at, words));
            let short = answer.len() <= 4;
            let yes = says(&["yes", "y", "x", "✓", "✔", "exposed", "affected", "leaked", "included", "true"]);
            let no =
                says(&["no", "n", "not", "none", "never", "✗", "✘", "—", "–", "false", "safe", "unaffected"]);
            if short && (yes || no) {
                let head = self.head_of(nth)?;
                let safe = self.reading.has(head.clone(), &[C::Neg])
                    || head
                        .clone()
                        .any(|at| self.reading.says(at, &["safe", "protected", "hashed", "encrypted"]));
                return Some(if no != safe { Fate::Kept } else { Fate::Out });
            }
        }
        let label = sentence.tokens.start..first;
        if one.tokens.start > first && label.len() < 8 {
            let says = self.reading.has(label.clone(), &[C::Expose, C::Take, C::Affect, C::Include, C::Data]);
            return says.then(|| if self.reading.has(label, &[C::Neg]) { Fate::Kept } else { Fate::Out });
        }
        None
    }

    /// The first row of the table that a row stands in.
    fn head_of(&self, nth: usize) -> Option<Range<usize>> {
        let above = self.reading.sentences.get(..nth)?;
        let row = above.iter().rev().take(ROWS_MAX).take_while(|row| row.kind == BlockKind::Row).last()?;
        Some(row.tokens.clone())
    }
}
