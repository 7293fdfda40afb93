//! Whether a word that can be a verb is one where it stands: `they access records`, `the access`, `access to`.

use super::tag::{Tag, number_word};
use super::verbs::Form;
use crate::reading::Reading;

/// A word with its neighbours.
pub(super) struct Place<'a> {
    pub(super) reading: &'a Reading,
    pub(super) at: usize,
    /// In small letters, as the next one.
    pub(super) word: &'a str,
    pub(super) next: &'a str,
    pub(super) next_tag: Tag,
    pub(super) before: Option<Tag>,
    /// The tags of the sentence before it.
    pub(super) so_far: &'a [Tag],
}

/// Forms that are all one: `was put on a forum`, `has read it`.
const INVARIABLE: &[&str] =
    &["put", "read", "hit", "cut", "let", "set", "shut", "hurt", "cost", "broadcast", "input", "reset"];

/// Gerunds that are far more often nouns.
const NOUNS_IN_ING: &[&str] = &["billing", "mailing", "shipping", "meeting", "booking"];

impl Place<'_> {
    /// The tag of a word that can be this form of a verb.
    pub(super) fn tag(&self, form: Form) -> Tag {
        if INVARIABLE.contains(&self.word) && matches!(self.before, Some(Tag::Be | Tag::Have)) {
            return Tag::Verb(Form::PastOrParticiple);
        }
        // `the thief, who calls himself Ember, put 17 million rows up`.
        let resumes = self.before == Some(Tag::Mark)
            || self.before == Some(Tag::Adj) && self.reading.word(self.at.saturating_sub(1)).ends_with("ing");
        if resumes && INVARIABLE.contains(&self.word) && self.starts_group() && self.word != "let" {
            return Tag::Verb(Form::Past);
        }
        if self.is_past_unseen() {
            return Tag::Verb(Form::Past);
        }
        match form {
            Form::Base | Form::Third if self.is_verb(form) => Tag::Verb(form),
            Form::Base | Form::Third => Tag::Noun,
            Form::Ing => {
                let is_noun = matches!(self.before, Some(Tag::Det | Tag::Adj | Tag::No));
                if is_noun || NOUNS_IN_ING.contains(&self.word) { Tag::Noun } else { Tag::Verb(form) }
            }
            Form::Past | Form::Participle | Form::PastOrParticiple if self.describes() => Tag::Adj,
            Form::Past | Form::Participle | Form::PastOrParticiple => Tag::Verb(form),
        }
    }

    /// `the intruder read names`, `he put it there`: behind a singular it can only be the past.
    fn is_past_unseen(&self) -> bool {
        let one = match self.before {
            Some(Tag::Noun) => !self.is_after_plural() && (self.noun_follows() || self.starts_group()),
            Some(Tag::Pron | Tag::Sub) => self.reading.says(self.at - 1, &["he", "she", "it", "who"]),
            _ => false,
        };
        one && matches!(self.word, "read" | "put") && !has_finite(self.so_far)
    }

    /// `the stolen records`, `with leaked passwords`.
    fn describes(&self) -> bool {
        let in_group = matches!(self.before, Some(Tag::Det | Tag::Adj | Tag::Num | Tag::No | Tag::Prep))
            || self.before == Some(Tag::Adv)
                && matches!(
                    self.so_far.iter().rev().nth(1),
                    Some(Tag::Det | Tag::Adj | Tag::Num | Tag::No | Tag::Prep)
                );
        (in_group || is_object(self.before, self.so_far)) && !self.starts_group() && self.noun_follows()
    }

    fn noun_follows(&self) -> bool {
        matches!(self.next_tag, Tag::Noun | Tag::Adj) && !self.next.is_empty()
    }

    /// Whether a group of nouns begins right behind it, by a word that begins one.
    fn starts_group(&self) -> bool {
        let opens = matches!(self.next_tag, Tag::Det | Tag::No | Tag::Num | Tag::Pron | Tag::Adj);
        self.next != "such" && opens
            || self.next.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
            || number_word(self.next)
    }

    fn is_verb(&self, form: Form) -> bool {
        let reading = self.reading;
        let before_that = self.so_far.iter().rev().nth(1).copied();
        match self.before {
            None => form == Form::Base && self.starts_group(),
            Some(Tag::To | Tag::Modal | Tag::Do | Tag::Neg) => true,
            Some(Tag::Sub) => !is_noun_like(self.word),
            Some(Tag::Pron) => {
                let is_object = reading.says(self.at - 1, &["them", "him", "us", "me", "themselves"]);
                // `let him access it`.
                !is_object
                    || self.at > 1 && reading.says(self.at - 2, &["let", "lets", "made", "helped", "saw"])
            }
            Some(Tag::No) => {
                form == Form::Third && reading.says(self.at - 1, &["neither"]) && !is_noun_like(self.word)
            }
            Some(Tag::Adv) => {
                self.starts_group()
                    || matches!(before_that, Some(Tag::Pron | Tag::To | Tag::Modal | Tag::Sub | Tag::Neg))
                        && !(form == Form::Third && is_noun_like(self.word))
            }
            Some(Tag::Join) => {
                let as_before = last_verb(self.so_far) == Some(form);
                let counted = form == Form::Base
                    && (self.next == "some"
                        || self.next.bytes().next().is_some_and(|byte| byte.is_ascii_digit()));
                counted && self.so_far.iter().any(|tag| matches!(tag, Tag::Verb(_) | Tag::Have | Tag::Be))
                    || as_before && (self.starts_group() || form == Form::Base)
                    || form == Form::Third
                        && !is_noun_like(self.word)
                        && (self.starts_group() || self.next_tag == Tag::Prep)
            }
            Some(Tag::Noun) => self.is_verb_of_noun(form),
            _ => false,
        }
    }

    /// Behind a noun: `the endpoint returns the records`, `the data comprise names`, `the answer lists:`.
    fn is_verb_of_noun(&self, form: Form) -> bool {
        let counted =
            self.next.bytes().next().is_some_and(|byte| byte.is_ascii_digit()) || number_word(self.next);
        if form == Form::Base && counted && self.finite_follows() {
            return false;
        }
        if self.starts_group() {
            return true;
        }
        if has_finite(self.so_far) {
            return false;
        }
        if form == Form::Third && self.next == ":" {
            return true;
        }
        if is_noun_like(self.word) {
            return false;
        }
        if matches!(self.next_tag, Tag::Prep | Tag::Sub | Tag::To | Tag::Neg) {
            return true;
        }
        let plural = self.is_after_plural();
        let whole = self.so_far.len() < 3 || self.so_far.iter().rev().take(4).any(|tag| *tag == Tag::Det);
        match form {
            Form::Base => plural && !self.next.is_empty(),
            _ => self.noun_follows() && whole && (!plural || self.reading.says(self.at - 1, &["data"])),
        }
    }

    /// `through that feature 6.9 million profiles were seen`: the verb of the clause is still to come.
    fn finite_follows(&self) -> bool {
        let words = (self.at + 1..self.at + 7).map(|at| self.reading.word(at).to_lowercase());
        let border = |word: &str| {
            matches!(
                word,
                "and" | "or" | "that" | "which" | "who" | "whose" | "but" | "to" | "if" | "when" | "as"
            ) || !word.starts_with(|letter: char| letter.is_alphanumeric())
        };
        words
            .take_while(|word| !border(word))
            .any(|word| matches!(word.as_str(), "was" | "were" | "had" | "has"))
    }

    fn is_after_plural(&self) -> bool {
        let word =
            self.at.checked_sub(1).map(|before| self.reading.word(before).to_lowercase()).unwrap_or_default();
        matches!(word.as_str(), "data" | "people" | "children" | "police")
            || word.ends_with('s')
                && !["ss", "sis", "us"].iter().any(|end| word.ends_with(end))
                && word.len() > 3
    }
}

/// Whether what stands here begins the object of the verb before it: `used recycled passwords`. Behind a
/// relative clause another verb follows: `the file that he copied held names`.
pub(super) fn is_object(before: Option<Tag>, so_far: &[Tag]) -> bool {
    let border = |tag: &Tag| matches!(tag, Tag::Mark | Tag::Stop | Tag::Turn);
    let clause = so_far.iter().rposition(border).map_or(0, |at| at + 1);
    let clause = so_far.get(clause..).unwrap_or_default();
    let is_relative = clause
        .iter()
        .rposition(|tag| *tag == Tag::Sub)
        .is_some_and(|at| at.checked_sub(1).and_then(|before| clause.get(before)) == Some(&Tag::Noun));
    matches!(before, Some(Tag::Verb(_))) && !is_relative
}

/// Words that are far more often nouns: after a noun they end its group.
fn is_noun_like(word: &str) -> bool {
    matches!(
        word,
        "means"
            | "email"
            | "emails"
            | "phone"
            | "records"
            | "record"
            | "calls"
            | "call"
            | "exports"
            | "export"
            | "views"
            | "view"
            | "names"
            | "name"
            | "access"
            | "tests"
            | "test"
            | "requests"
            | "request"
            | "queries"
            | "query"
            | "lists"
            | "list"
            | "orders"
            | "order"
            | "documents"
            | "document"
            | "reports"
            | "report"
            | "leak"
            | "leaks"
            | "attack"
            | "attacks"
            | "numbers"
            | "number"
            | "stores"
            | "store"
            | "ships"
            | "checks"
            | "check"
            | "limits"
            | "limit"
            | "contacts"
            | "contact"
            | "messages"
            | "message"
            | "mails"
            | "mail"
            | "breach"
            | "hack"
            | "visits"
            | "visit"
            | "answers"
            | "answer"
            | "results"
            | "result"
            | "logs"
            | "log"
            | "keys"
            | "books"
            | "book"
            | "posts"
            | "post"
            | "files"
            | "breaches"
            | "rule"
            | "rules"
            | "attempt"
            | "attempts"
            | "plan"
            | "plans"
            | "play"
            | "plays"
    )
}

/// Whether a verb with a tense stands in the same clause already.
fn has_finite(so_far: &[Tag]) -> bool {
    let border = |tag: &Tag| matches!(tag, Tag::Stop | Tag::Turn | Tag::Sub | Tag::Join | Tag::Mark);
    so_far.iter().rev().take_while(|tag| !border(tag)).any(|tag| {
        matches!(
            tag,
            Tag::Be
                | Tag::Have
                | Tag::Do
                | Tag::Modal
                | Tag::Verb(Form::Past | Form::Third | Form::PastOrParticiple | Form::Base)
        )
    })
}

fn last_verb(so_far: &[Tag]) -> Option<Form> {
    so_far.iter().rev().find_map(|tag| match tag {
        Tag::Verb(form) => Some(*form),
        _ => None,
    })
}
