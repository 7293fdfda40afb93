//! What the words around a verb make of it: it failed, was kept from happening, was only tried, was ruled
//! out, or could not be ruled out; and the nouns that such words and bare denials reach.
//!
//! A denial reaches up to where another clause begins, never over it: `without a token and downloaded 5,000
//! records` denies the token.

// long: the ways in which an act did not come about stand beside each other; all of them share one reach.

use std::ops::Range;

use super::predicate::Predicate;
use super::tag::{Tag, denies};
use super::verbs::Form;
use crate::reading::{Kind, Reading};

/// How words stand that no verb alone says it of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// It was not so.
    Denied,
    /// It was tried and came to nothing: who tried did so.
    Failed,
    /// It may have been so.
    Doubted,
}

/// Words for what would show that something was so.
pub(super) const PROOFS: &[&str] = &[
    "evidence",
    "indication",
    "indications",
    "sign",
    "signs",
    "proof",
    "suggestion",
    "trace",
    "traces",
    "hint",
    "hints",
    "indicator",
    "indicators",
    "record",
];

/// Nouns for an act that had not come about when it was named.
const ATTEMPTS: &[&str] = &["attempt", "attempts", "effort", "efforts", "bid", "bids"];

/// Verbs whose infinitive was wanted, and not said to be done.
const WANTS: &[&str] = &[
    "try",
    "tries",
    "tried",
    "trying",
    "attempt",
    "attempts",
    "attempted",
    "attempting",
    "seek",
    "seeks",
    "sought",
    "seeking",
    "want",
    "wants",
    "wanted",
    "wanting",
    "plan",
    "plans",
    "planned",
    "planning",
    "intend",
    "intends",
    "intended",
    "intending",
    "hope",
    "hopes",
    "hoped",
    "hoping",
    "wish",
    "wished",
    "aim",
    "aimed",
    "aiming",
    "prepared",
    "preparing",
    "threatened",
    "threatens",
    "endeavoured",
    "endeavored",
];

/// Verbs that keep an act from happening, whatever it is.
const PREVENTS: &[&str] = &[
    "prevent",
    "prevents",
    "prevented",
    "preventing",
    "thwart",
    "thwarts",
    "thwarted",
    "foil",
    "foiled",
    "avert",
    "averted",
    "forestalled",
];

/// Verbs that keep one from doing something, or refuse an act; what goes on can be stopped, too.
const STOPS: &[&str] = &[
    "stop",
    "stops",
    "stopped",
    "block",
    "blocks",
    "blocked",
    "keep",
    "keeps",
    "kept",
    "hindered",
    "barred",
    "rejected",
    "refused",
    "repelled",
    "intercepted",
    "denied",
    "caught",
];

/// Acts by their noun, which somebody who blocks one keeps from happening.
const ACTS: &[&str] = &[
    "attempt",
    "attempts",
    "download",
    "downloads",
    "copying",
    "enumeration",
    "exfiltration",
    "extraction",
    "transfer",
    "theft",
    "export",
    "upload",
    "sale",
    "takeover",
    "intrusion",
    "scraping",
    "attack",
    "attacks",
];

/// What says of its subject that nothing came of it.
const VAIN: &[&str] =
    &["unsuccessful", "futile", "fruitless", "unsuccessfully", "vain", "nothing", "nowhere"];

/// Marks what the outcomes of a sentence say in its verbs, and gives the nouns that they reach.
pub(super) fn outcomes(
    reading: &Reading,
    tokens: Range<usize>,
    tag: &impl Fn(usize) -> Tag,
    found: &mut [Predicate],
) -> Vec<(Range<usize>, Zone)> {
    let mut sentence = Outcomes { reading, tokens: tokens.clone(), tag, zones: Vec::new() };
    for nth in 0..found.len() {
        sentence.wanted(found, nth);
    }
    for at in tokens.clone() {
        if reading.says(at, ATTEMPTS) {
            sentence.attempt(found, at);
        }
    }
    for nth in 0..found.len() {
        sentence.kept_from(found, nth);
        sentence.failed(found, nth);
        sentence.ruled_out(found, nth);
        sentence.played_no_part(found, nth);
    }
    for at in tokens {
        sentence.unproven(found, at);
        sentence.contrasted(found, at);
    }
    // A verb in what is denied is denied: `the attempt to copy them failed`.
    for predicate in found.iter_mut().filter(|predicate| !predicate.is_finite) {
        let denied = sentence.zones.iter().any(|(zone, what)| {
            matches!(what, Zone::Denied | Zone::Failed)
                && zone.contains(&predicate.head)
                && zone.start < predicate.group.start
        });
        predicate.is_negated |= denied;
    }
    sentence.zones
}

struct Outcomes<'a, F> {
    reading: &'a Reading,
    tokens: Range<usize>,
    tag: &'a F,
    zones: Vec<(Range<usize>, Zone)>,
}

impl<F: Fn(usize) -> Tag> Outcomes<'_, F> {
    fn tag(&self, at: usize) -> Tag {
        (self.tag)(at)
    }

    fn says(&self, mut range: Range<usize>, words: &[&str]) -> bool {
        range.any(|at| self.reading.says(at, words))
    }

    fn zone(&mut self, range: Range<usize>, zone: Zone) {
        if range.start < range.end {
            self.zones.push((range, zone));
        }
    }

    /// `tried to read`, `plans to sell`.
    fn wanted(&self, found: &mut [Predicate], nth: usize) {
        let Some(before) = nth.checked_sub(1).and_then(|nth| found.get(nth)).map(|one| one.head) else {
            return;
        };
        let wants = self.reading.says(before, WANTS);
        if let Some(predicate) = found.get_mut(nth)
            && wants
            && self.tag(predicate.group.start) == Tag::To
            && predicate.group.start - before <= 4
        {
            predicate.is_wanted = true;
        }
    }

    /// `an attempt to read it`, `attempts at guessing`.
    fn attempt(&mut self, found: &mut [Predicate], at: usize) {
        let next = at + 1;
        let infinitive =
            found.iter_mut().find(|one| one.group.start == next && matches!(self.tag(next), Tag::To));
        if let Some(predicate) = infinitive {
            predicate.is_wanted = true;
            let end = predicate.object.end.max(predicate.group.end);
            self.zone(at..end, Zone::Doubted);
        } else if self.reading.says(next, &["at", "of"]) {
            let end = self.reach(found, next);
            self.zone(at..end, Zone::Doubted);
        }
    }

    /// `prevented him from reading it`, `the download was blocked`.
    fn kept_from(&mut self, found: &mut [Predicate], nth: usize) {
        let Some(keeper) = found.get(nth).cloned() else { return };
        let strong = self.reading.says(keeper.head, PREVENTS);
        if !strong && !self.reading.says(keeper.head, STOPS) {
            return;
        }
        // What should, could or did not keep it from happening leaves it as it is.
        if keeper.is_negated || keeper.is_possible {
            return;
        }
        let theme = keeper.theme();
        let from = (keeper.group.end..self.tokens.end.min(keeper.group.end + 12))
            .find(|at| self.reading.says(*at, &["from"]));
        let kept = from.and_then(|from| {
            found
                .iter_mut()
                .find(|one| one.group.start == from + 1 && matches!(self.tag(one.head), Tag::Verb(Form::Ing)))
        });
        if let Some(kept) = kept {
            kept.is_negated = true;
            let range = kept.group.start..kept.object.end.max(kept.group.end);
            self.zone(range, Zone::Denied);
            return;
        }
        // `stopped the attack` says that there was one; `stopped it before it began` and `an attempt` do not.
        let unborn = self.says(theme.clone(), ATTEMPTS)
            || keeper.object.end <= self.tokens.end
                && self.says(keeper.group.end..self.tokens.end.min(keeper.group.end + 3), &["before"])
                && self.says(
                    keeper.group.end..self.tokens.end.min(keeper.group.end + 8),
                    &["began", "started", "begin", "start", "could", "happened", "anything"],
                );
        let refused = !self.reading.says(keeper.head, &["stop", "stops", "stopped", "caught", "intercepted"])
            && self.says(theme.clone(), ACTS);
        if strong || unborn || refused {
            self.zone(theme, Zone::Failed);
        }
    }

    /// `the attempt to read it failed`, `the attack was unsuccessful`.
    fn failed(&mut self, found: &mut [Predicate], nth: usize) {
        let Some(verb) = found.get(nth).cloned() else { return };
        if verb.is_negated || verb.is_possible {
            return;
        }
        let fails = self.reading.says(verb.head, &["failed", "fails", "fail", "flopped"]);
        let infinitive = found.get(nth + 1).is_some_and(|next| {
            self.tag(next.group.start) == Tag::To && next.group.start <= verb.group.end + 1
        });
        let vain = matches!(self.tag(verb.head), Tag::Be | Tag::Adj)
            || self.reading.says(verb.head, &["came", "remained", "proved", "ended", "got", "led", "went"]);
        let near = verb.head..self.tokens.end.min(verb.group.end + 4);
        let unsuccessful = vain
            && (self.says(near.clone(), VAIN) && !self.says(near.clone(), &["but", "except", "wrong"])
                || self.says(near.clone(), &["without"])
                    && self.says(near, &["success", "result", "effect"]));
        if fails && !infinitive || unsuccessful {
            self.zone(verb.subject.clone(), Zone::Failed);
        }
    }

    /// `ruled out T1486`, `it cannot be excluded that names were read`.
    fn ruled_out(&mut self, found: &mut [Predicate], nth: usize) {
        let Some(verb) = found.get(nth).cloned() else { return };
        let Some(zone) = excludes(self.reading, &verb) else { return };
        // That it was not ruled out does not deny it.
        if let Some(verb) = found.get_mut(nth).filter(|_| zone == Zone::Doubted) {
            verb.is_negated = false;
            verb.is_doubted = true;
        }
        // `was suspected at first but later ruled out`: what the verb before it speaks of.
        let bare =
            !verb.is_passive && verb.object.clone().all(|at| !matches!(self.tag(at), Tag::Noun | Tag::Sub));
        let before = nth.checked_sub(1).and_then(|before| found.get(before));
        if let Some(theme) = before.filter(|one| bare && one.is_passive).map(|one| one.subject.clone()) {
            self.zone(theme, zone);
            return;
        }
        let theme = verb.theme();
        if verb.is_passive && !self.reading.says(theme.start, &["it"]) {
            self.zone(theme, zone);
            return;
        }
        let from = verb.group.end;
        let end = self.reach(found, from);
        self.zone(from..end, zone);
    }

    /// `phishing played no part`, `had nothing to do with it`.
    fn played_no_part(&self, found: &mut [Predicate], nth: usize) {
        let Some(verb) = found.get_mut(nth) else { return };
        let near = verb.group.end..self.tokens.end.min(verb.group.end + 4);
        let no = near.clone().any(|at| self.tag(at) == Tag::No);
        let part = self.says(near.clone(), &["part", "role", "bearing", "involvement", "connection"])
            || self.says(near.clone(), &["nothing"]) && self.says(near, &["do"]);
        if no && part {
            verb.is_negated = true;
        }
    }

    /// `no evidence of X`, `did not find any sign of X`.
    fn unproven(&mut self, found: &mut [Predicate], at: usize) {
        if !self.reading.says(at, PROOFS)
            || !self.reading.says(at + 1, &["of", "for", "that", "to", "pointing", "suggesting", "showing"])
        {
            return;
        }
        let near = at.saturating_sub(5).max(self.tokens.start)..at;
        let bare = near.clone().any(|at| self.tag(at) == Tag::No)
            || self.says(near.clone(), &["lack", "absence", "without"])
            || near.clone().any(|at| self.tag(at) == Tag::Neg || denies(self.reading.word(at)));
        let by_verb = found.iter().any(|one| one.is_negated && one.object.contains(&at));
        if bare || by_verb {
            let end = self.reach(found, at + 1);
            self.zone(at + 1..end, Zone::Denied);
        }
    }

    /// `rather than X`, `instead of X`, `, not from X`, `without X`: what they stand before, and no more.
    fn contrasted(&mut self, found: &[Predicate], at: usize) {
        let two =
            |one: &str, other: &[&str]| self.reading.says(at, &[one]) && self.reading.says(at + 1, other);
        let from = if two("rather", &["than"])
            || two("instead", &["of"])
            || two("other", &["than"])
            || two("opposed", &["to"])
            || two("apart", &["from"])
            || two("aside", &["from"])
            || two("free", &["of", "from"])
        {
            at + 2
        } else if self.reading.says(at, &["without", "unlike", "except", "excluding"]) {
            at + 1
        } else if self.tag(at) == Tag::Neg
            && self.tag(at + 1) == Tag::Prep
            && at > self.tokens.start
            && matches!(self.tag(at - 1), Tag::Mark | Tag::Join | Tag::Turn)
        {
            at + 2
        } else if self.tag(at) == Tag::No && !found.iter().any(|one| one.subject.contains(&at)) {
            at + 1
        } else {
            return;
        };
        let mut end = from;
        while end < self.tokens.end && self.tag(end).is_nominal() && self.in_group(found, from, end) {
            end += 1;
        }
        while end > from && matches!(self.tag(end - 1), Tag::Mark | Tag::Join | Tag::Prep) {
            end -= 1;
        }
        self.zone(from..end, Zone::Denied);
    }

    /// Whether a group of nouns goes on at a token: over `or` always, over `and` and commas while a list does.
    fn in_group(&self, found: &[Predicate], from: usize, at: usize) -> bool {
        match self.tag(at) {
            Tag::Mark => {
                let ahead = at + 1..self.tokens.end.min(at + 10);
                let plain = ahead
                    .clone()
                    .take_while(|at| self.tag(*at).is_nominal())
                    .any(|at| matches!(self.tag(at), Tag::Join) && !self.reading.says(at, &["and"]));
                at > from && plain
            }
            Tag::Join if self.reading.says(at, &["and"]) => !found
                .iter()
                .any(|one| one.is_finite && (one.subject.contains(&(at + 1)) || one.group.start == at + 1)),
            _ => true,
        }
    }

    /// How far what begins at a token goes: up to a turn, or to where another clause is joined to it.
    fn reach(&self, found: &[Predicate], from: usize) -> usize {
        (from..self.tokens.end)
            .find(|at| match self.tag(*at) {
                Tag::Turn | Tag::Stop | Tag::Cell => true,
                Tag::Join => {
                    let next = at + 1;
                    let before = found.iter().rev().find(|one| one.head < *at && one.head >= from);
                    found.iter().any(|one| {
                        let own = !one.subject.is_empty()
                            && (one.subject.start == next || one.subject.start == next + 1)
                            && one.subject.start > *at;
                        let twin = one.group.start == next
                            && before.is_none_or(|before| {
                                before.is_passive != one.is_passive || before.is_finite != one.is_finite
                            });
                        one.is_finite && !one.is_relative && (own && !self.shares_that(from, *at) || twin)
                    })
                }
                _ => false,
            })
            .map_or(self.tokens.end, |at| {
                if at > from && self.reading.tokens.get(at - 1).is_some_and(|token| token.is_sign(&[','])) {
                    at - 1
                } else {
                    at
                }
            })
    }

    /// `no sign that names were read or that addresses were copied`: the second clause hangs on the same.
    fn shares_that(&self, from: usize, join: usize) -> bool {
        self.reading.says(from, &["that"])
            && (self.reading.says(join, &["or", "nor"]) || self.reading.says(join + 1, &["that"]))
    }
}

/// What a verb of ruling out makes of its object; nothing where it is none.
pub(super) fn excludes(reading: &Reading, verb: &Predicate) -> Option<Zone> {
    let near = verb.head + 1..verb.head + 3;
    let rules = reading.says(verb.head, &["rule", "rules", "ruled", "ruling"])
        && near.clone().any(|at| reading.says(at, &["out"]));
    // `could not be confirmed` leaves it open.
    let confirms = verb.is_negated
        && reading.says(
            verb.head,
            &[
                "confirm",
                "confirmed",
                "verify",
                "verified",
                "prove",
                "proved",
                "proven",
                "determine",
                "determined",
            ],
        )
        && (verb.is_possible || verb.is_passive);
    if confirms {
        return Some(Zone::Doubted);
    }
    let able = verb.group.clone().any(|at| {
        reading.says(at, &["can", "could", "cannot", "can't", "couldn't", "can’t", "couldn’t", "to"])
    });
    let that = (verb.group.end..verb.group.end + 3).any(|at| {
        reading.says(at, &["that", "the", "any", "a"])
            || reading.tokens.get(at).is_some_and(|token| token.kind == Kind::Word && token.is_capital)
    });
    let excluded = reading.says(verb.head, &["exclude", "excludes", "excluded", "dismissed", "discounted"])
        && (able || verb.is_negated || that && !verb.is_passive)
        || reading.says(verb.head, &["exclude", "excluded"]) && reading.says(verb.group.end, &["that"]);
    (rules || excluded).then_some(if verb.is_negated { Zone::Doubted } else { Zone::Denied })
}
