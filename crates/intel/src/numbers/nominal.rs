//! What nouns and participles say of a number, where verbs do not: `the theft of 4,000 records`,
//! `9,000 affected customers`, `2,400 people had their letters opened`.

use crate::model::NumberRole as Role;
use crate::syntax::verbs as v;
use crate::syntax::{Predicate, Tag};

use super::role::Counted;

/// Nouns for somebody getting something: what stands behind their `of` was taken or seen.
const TAKINGS: &[&str] = &[
    "theft",
    "exfiltration",
    "extraction",
    "scraping",
    "scrape",
    "harvest",
    "harvesting",
    "download",
    "downloads",
    "downloading",
    "copying",
    "copy",
    "copies",
    "retrieval",
    "haul",
    "sample",
    "samples",
    "dump",
    "excerpt",
    "loot",
    "stealing",
    "viewing",
    "sale",
    "seizure",
    "acquisition",
    "interception",
    "collection",
    "trove",
    "cache",
    "screenshots",
    "hijacking",
    "takeover",
];

/// Nouns for something coming into the open.
const SHOWINGS: &[&str] = &[
    "exposure",
    "leak",
    "leaks",
    "leakage",
    "disclosure",
    "publication",
    "release",
    "breach",
    "compromise",
    "loss",
    "spill",
    "exposing",
    "leaking",
    "publishing",
];

/// How far before a number the noun stands that it belongs to.
const REACH: usize = 12;

/// What a participle of a class says of its noun.
fn role_of(class: v::Class) -> Option<Role> {
    if class & (v::TAKE | v::SEE | v::SELL) != 0 {
        Some(Role::Accessed)
    } else if class & (v::EXPOSE | v::AFFECT | v::OPEN) != 0 {
        Some(Role::Exposed)
    } else {
        None
    }
}

impl Counted<'_> {
    /// `the theft of`, `a sample of`, `the mass scraping of data on`: the noun that the number hangs on.
    pub(super) fn hangs_on_act(&self) -> Option<Role> {
        let from = self.tokens.start.saturating_sub(REACH).max(self.start);
        let group = (from..self.tokens.start)
            .rev()
            .take_while(|at| {
                self.syntax.tag(*at).is_nominal()
                    || self.reading.says(*at, &["scraping", "harvesting", "stealing", "leaking", "exposing"])
                        && self.reading.says(at + 1, &["of"])
            })
            .last()?;
        (group..self.tokens.start).rev().find_map(|at| {
            // `leak that hit`, `breach involving` are for their verbs.
            let copied = self.reading.says(
                at,
                &[
                    "sample",
                    "dump",
                    "haul",
                    "trove",
                    "cache",
                    "excerpt",
                    "file",
                    "archive",
                    "torrent",
                    "spreadsheet",
                ],
            );
            if copied && self.reading.says(at + 1, &["with", "of", "containing", "holding"]) {
                return Some(Role::Accessed);
            }
            if !self.reading.says(at + 1, &["of"]) {
                return None;
            }
            if self.reading.says(at, TAKINGS) {
                Some(Role::Accessed)
            } else if self.reading.says(at, SHOWINGS) {
                Some(Role::Exposed)
            } else {
                None
            }
        })
    }

    /// `9,000 affected customers`, `4,000 stolen records`: a participle between the number and its noun.
    pub(super) fn described(&self) -> Option<Role> {
        let inside = self.tokens.end..self.unit_token.saturating_sub(1);
        inside.filter(|at| self.syntax.tag(*at) == Tag::Adj).find_map(|at| self.participle(at))
    }

    /// What a participle says of the noun that it describes.
    pub(super) fn participle(&self, token: usize) -> Option<Role> {
        let word = self.reading.word(token).to_lowercase();
        let known = v::known(&word).filter(|known| !matches!(known.form, v::Form::Base | v::Form::Third))?;
        role_of(known.class)
    }

    /// `3,000 customers had their letters opened`, `with ten guests having their stays shown`.
    pub(super) fn suffered(&self, predicate: &Predicate) -> Option<Role> {
        let has = &["have", "has", "had", "having", "saw", "seen", "see", "got"];
        if !self.reading.says(predicate.head, has) || predicate.is_negated {
            return None;
        }
        let later = self.syntax.of_sentence(self.clause.sentence).iter().find(|later| {
            later.head > predicate.head
                && !later.is_finite
                && matches!(
                    self.syntax.tag(later.head),
                    Tag::Verb(v::Form::PastOrParticiple | v::Form::Participle)
                )
                && (predicate.group.end..later.group.start).all(|at| self.syntax.tag(at).is_nominal())
                && later.group.start > predicate.group.end
        });
        later.and_then(|later| role_of(later.class)).or_else(|| {
            // `had their profiles opened`, where the participle reads as an active verb.
            let end = predicate.object.end.min(predicate.group.end + REACH);
            (predicate.group.end + 1..end + 1)
                .filter(|at| {
                    matches!(
                        self.syntax.tag(*at),
                        Tag::Verb(v::Form::PastOrParticiple | v::Form::Participle) | Tag::Adj
                    )
                })
                .filter(|at| !self.syntax.tag(at + 1).is_nominal() || self.syntax.tag(at + 1) == Tag::Prep)
                .find_map(|at| self.participle(at))
        })
    }
}
