//! What a number of people, records or requests says: by its place in its group of nouns, and by the verb
//! that it is subject or object of.

// long: the ways to a role exclude each other and share the number that they look at.

use std::ops::Range;

use crate::discourse::Clause;
use crate::lexicon::Concept as C;
use crate::model::{Amount, NumberRole as Role};
use crate::reading::Reading;
use crate::source::BlockKind;
use crate::syntax::verbs as v;
use crate::syntax::{Governor, Predicate, Syntax, Tag};

/// What is done by those whose number says how many customers there are.
const USED: &[&str] = &[
    "used",
    "trusted",
    "chosen",
    "installed",
    "employed",
    "adopted",
    "deployed",
    "shared",
    "run",
    "visited",
    "frequented",
    "subscribed",
    "favoured",
    "favored",
];

/// A number with what it counts.
pub(super) struct Counted<'a> {
    pub(super) reading: &'a Reading,
    pub(super) syntax: &'a Syntax,
    pub(super) clause: &'a Clause,
    /// The first token of the sentence.
    pub(super) start: usize,
    pub(super) tokens: Range<usize>,
    /// The token after the noun that is counted.
    pub(super) unit_token: usize,
    pub(super) value: Amount,
}

/// The role of a number.
pub(super) fn role(of: &Counted<'_>) -> Role {
    if let Some(role) = of.in_cell() {
        return role;
    }
    if of.is_needed() || of.says_after(&["own"]) || of.is_invented() || of.is_by_phone() {
        return Role::Other;
    }
    if of.is_wrong_guess() {
        return Role::Requests;
    }
    if of.is_proof() {
        return Role::Accessed;
    }
    if of.is_tiny() && !of.is_per_call() && !of.unit_is(C::Request) {
        return of.few().unwrap_or(Role::Other);
    }
    let is_request = of.unit_is(C::Request) && !of.unit_is(C::People);
    if of.is_per_call() && !is_request {
        return Role::PerCall;
    }
    if is_request {
        return Role::Requests;
    }
    if of.was_tried() {
        return Role::Requests;
    }
    if of.is_whole() {
        return Role::Exist;
    }
    let is_denied = of.is_denied();
    let act = of.hangs_on_act().filter(|_| !is_denied);
    let governed = act.or_else(|| of.governed());
    let weak = governed.is_none_or(|role| role == Role::Other);
    let described = of.described().filter(|_| weak && !is_denied);
    described.or(governed).unwrap_or_else(|| of.alone())
}

/// Whether a part is taken of it.
pub(super) fn is_whole(of: &Counted<'_>) -> bool {
    of.is_whole()
}

/// The role by the verbs alone.
pub(super) fn governed(of: &Counted<'_>) -> Option<Role> {
    of.governed()
}

impl Counted<'_> {
    fn is_denied(&self) -> bool {
        self.syntax.denies(self.clause.sentence, self.tokens.start)
    }

    fn says(&self, range: Range<usize>, words: &[&str]) -> bool {
        range.clone().any(|at| self.reading.says(at, words))
    }

    fn unit_is(&self, concept: C) -> bool {
        self.reading.is(self.unit_token.saturating_sub(1), &[concept])
    }

    /// Whether people are counted, also by a word that only its ending makes one for them: `motorists`.
    fn is_people(&self) -> bool {
        self.unit_is(C::People)
            || is_person(&self.reading.word(self.unit_token.saturating_sub(1)).to_lowercase())
    }

    fn near(&self) -> Range<usize> {
        self.tokens.start.saturating_sub(5).max(self.start)..self.tokens.start
    }

    /// The words behind it, up to where something else is counted: `41,300 records, one with each request`.
    fn after(&self) -> Range<usize> {
        let end = self.clause.tokens.end.min(self.unit_token + 6);
        let other = (self.unit_token..end).find(|at| {
            self.reading.tokens.get(*at).is_some_and(|token| token.is_sign(&[',']))
                && (self.reading.says(at + 1, &["one", "each"]) || self.syntax.tag(at + 1) == Tag::Num)
        });
        self.unit_token..other.unwrap_or(end)
    }

    fn says_after(&self, words: &[&str]) -> bool {
        self.says(self.after(), words)
    }

    /// Whether it counts who or what a report is about, rather than machines and places.
    fn is_counted(&self) -> bool {
        self.is_people()
            || [C::Record, C::Data].into_iter().any(|concept| self.unit_is(concept))
            || self.unit_token == self.tokens.end
    }

    fn is_large(&self) -> bool {
        match self.value {
            Amount::Whole(value) => value > 12,
            Amount::Decimal(value) => value > 12.0,
        }
    }

    /// Small enough to come in one answer.
    fn is_batch(&self) -> bool {
        matches!(self.value, Amount::Whole(value) if value <= 10_000)
    }

    /// Not so large that no answer could hold it.
    fn could_be_one_answer(&self) -> bool {
        matches!(self.value, Amount::Whole(value) if value <= 200_000)
    }

    /// Too few to be what a report is about: `two integrators`.
    fn is_tiny(&self) -> bool {
        !self.is_large()
    }

    /// `4,000 fake accounts`: made by who attacks.
    fn is_invented(&self) -> bool {
        let from = self.tokens.start.saturating_sub(4).max(self.start);
        self.says(
            from..self.unit_token,
            &["fake", "bogus", "dummy", "sham", "throwaway", "fictitious", "invented"],
        )
    }

    /// `14,000 calls from worried customers`: by phone.
    fn is_by_phone(&self) -> bool {
        self.reading.says(self.unit_token.saturating_sub(1), &["calls", "enquiries", "inquiries", "queries"])
            && self.reading.says(self.unit_token, &["from"])
            && self.reading.has(self.unit_token..self.unit_token + 4, &[C::People])
    }

    /// `600 wrong codes`: each was tried.
    fn is_wrong_guess(&self) -> bool {
        let wrong = self.says(
            self.tokens.end..self.unit_token.saturating_sub(1),
            &["wrong", "incorrect", "invalid", "failed", "false", "random"],
        );
        wrong && (self.unit_is(C::Code) || self.unit_is(C::Proof) || self.names_a_try()) && self.is_large()
    }

    /// `shows 50 of them as proof`.
    fn is_proof(&self) -> bool {
        let after = self.after();
        self.is_large()
            && after.clone().any(|at| {
                self.reading.says(at, &["as"])
                    && (at + 1..at + 3).any(|at| self.reading.says(at, &["proof", "sample", "evidence"]))
            })
    }

    /// A few of them, where a verb says without doubt what was done to them.
    fn few(&self) -> Option<Role> {
        let counted = self.unit_is(C::People) || self.unit_is(C::Record);
        let strong = self.preposition().is_none_or(|at| self.reading.says(at, &["of"]))
            && self.syntax.governors(self.clause.sentence, self.tokens.start).first().is_some_and(
                |governor| {
                    let seen = v::TAKE | v::SEE | v::EXPOSE | v::SELL;
                    governor.is_theme
                        && !governor.is_denied
                        && governor.predicate.is_past
                        && governor.predicate.class & seen != 0
                },
            );
        (counted && strong).then(|| self.governed()).flatten()
    }

    /// `of the 310,000 numbers tried`: each was an attempt.
    fn was_tried(&self) -> bool {
        matches!(self.syntax.tag(self.unit_token), Tag::Verb(v::Form::PastOrParticiple | v::Form::Participle))
            && self.reading.says(
                self.unit_token,
                &[
                    "tried",
                    "tested",
                    "entered",
                    "submitted",
                    "guessed",
                    "queried",
                    "checked",
                    "attempted",
                    "probed",
                    "fed",
                ],
            )
            && (self.unit_is(C::Id) || self.unit_is(C::Code) || self.names_a_try())
            && !self.reading.says(self.unit_token + 1, &["the", "a", "it", "to", "their", "this"])
    }

    fn names_a_try(&self) -> bool {
        self.reading.says(
            self.unit_token.saturating_sub(1),
            &[
                "pairs",
                "combinations",
                "credentials",
                "logins",
                "possibilities",
                "values",
                "guesses",
                "passwords",
                "codes",
            ],
        )
    }

    /// What would be needed is not what was.
    fn is_needed(&self) -> bool {
        !self.unit_is(C::Request) && self.says(self.after(), &["needed", "required", "necessary", "enough"])
            || self.says(self.near(), &["need", "needs", "takes", "cost", "costs", "worth"])
    }

    /// A cell beside its label, or what stands after a label and a colon: the label says it.
    fn in_cell(&self) -> Option<Role> {
        let sentence = self.reading.sentences.get(self.clause.sentence)?;
        let border = (sentence.tokens.start..self.tokens.start).rev().find(|at| {
            self.syntax.tag(*at) == Tag::Cell
                || self.reading.tokens.get(*at).is_some_and(|token| token.is_sign(&[':']))
        })?;
        let is_row = sentence.kind == BlockKind::Row;
        // Only words of measure stand between the label and the number.
        let bare = (border + 1..self.tokens.start)
            .all(|at| matches!(self.syntax.tag(at), Tag::Adv | Tag::Mark | Tag::Det | Tag::Adj | Tag::Prep));
        let label = sentence.tokens.start..border;
        if !bare || label.is_empty() || label.len() > if is_row { 12 } else { 5 } {
            return None;
        }
        label_role(self.reading, label)
    }

    /// `100 at a time`, `batches of 10`, `each page listed 50`.
    fn is_per_call(&self) -> bool {
        let near = self.near();
        let batch = near.clone().rev().take(3).any(|at| {
            self.reading.says(
                at,
                &[
                    "batches", "batch", "pages", "page", "chunks", "blocks", "sets", "groups", "lots",
                    "portions", "slices", "bundles", "size",
                ],
            ) && self.reading.says(at + 1, &["of", "with", "holding", "containing"])
        });
        let each = self.reading.has(self.after(), &[C::PerCall]) && !self.says_after(&["day"])
            || self.reading.of(self.clause.tokens.clone(), &[C::PerCall]).any(|hit| {
                hit.to <= self.tokens.start
                    && self.tokens.start - hit.to < 8
                    && !self.reading.says(hit.from, &["per", "at"])
            })
            || self.says_after(&["apiece"])
            || self.reading.says(self.unit_token, &["each"])
            || self.brought_by_one();
        (batch || each || self.answers_one()) && self.could_be_one_answer()
    }

    /// `into one query`, `in a single answer`, `at once`.
    fn brought_by_one(&self) -> bool {
        let after = self.after();
        let one = after.clone().any(|at| {
            self.reading.says(at, &["into", "in", "with", "by", "per", "for"])
                && self.reading.says(at + 1, &["one", "single", "each", "every", "a"])
                && (at + 2..at + 4).any(|at| self.answers(at))
        });
        let at_once =
            after.clone().any(|at| self.reading.says(at, &["at"]) && self.reading.says(at + 1, &["once"]));
        one || at_once
    }

    /// Whether a token is an answer or what asks for one.
    fn answers(&self, token: usize) -> bool {
        self.reading.is(token, &[C::Request])
            || self.reading.says(
                token,
                &[
                    "answer", "response", "reply", "page", "call", "query", "request", "export", "batch",
                    "download", "screen",
                ],
            )
    }

    /// Whether answers are counted: each was to a request.
    fn is_answer(&self) -> bool {
        self.reading.says(self.unit_token.saturating_sub(1), &["answers", "responses", "replies"])
    }

    /// `each query yielded 200 entries`, `one answer holds 50`.
    fn answers_one(&self) -> bool {
        self.syntax.governors(self.clause.sentence, self.tokens.start).iter().any(|governor| {
            let predicate = governor.predicate;
            let gives = predicate.class & (v::GIVE | v::HOLD | v::EXPOSE | v::SEE | v::TAKE | v::COUNT) != 0;
            let subject = predicate.subject.clone();
            let one = subject
                .clone()
                .any(|at| self.reading.says(at, &["each", "every", "one", "a", "single", "first"]));
            let plain = subject.clone().any(|at| self.answers(at))
                && !subject.clone().any(|at| {
                    self.reading
                        .tokens
                        .get(at)
                        .is_some_and(|token| token.kind == crate::reading::Kind::Number)
                });
            gives && governor.is_theme && !predicate.is_passive && one && plain
        })
    }

    /// `312 of our 9,800 workspaces`: the whole that a part is taken of.
    fn is_whole(&self) -> bool {
        let of = (self.tokens.start.saturating_sub(7).max(self.start)..self.tokens.start).rev().find(|at| {
            !matches!(self.syntax.tag(*at), Tag::Det | Tag::Adv | Tag::Adj | Tag::Noun)
                && !self.reading.says(*at, &["than", "over", "up", "to", "about", "around"])
        });
        let Some(of) = of.filter(|of| self.reading.says(*of, &["of"])) else { return false };
        let modest = (of + 1..self.tokens.start).all(|at| {
            matches!(self.syntax.tag(at), Tag::Det | Tag::Adv | Tag::Adj)
                || self.reading.says(
                    at,
                    &[
                        "than", "over", "about", "around", "total", "company", "network", "provider",
                        "service",
                    ],
                )
                || self.reading.tokens.get(at).is_some_and(|token| token.is_capital)
        });
        let opens = of == self.start
            && (of + 1..self.tokens.start).all(|at| self.syntax.tag(at).is_nominal())
            && (self.unit_token..self.clause.tokens.end)
                .any(|at| matches!(self.syntax.tag(at), Tag::No | Tag::Num));
        let part = opens
            || of.checked_sub(1).is_some_and(|before| {
                matches!(self.syntax.tag(before), Tag::Num)
                    || self.reading.tokens.get(before).is_some_and(|token| token.is_sign(&[',']))
                    || self.reading.says(
                        before,
                        &[
                            "out", "half", "third", "quarter", "tenth", "part", "share", "fraction",
                            "percent", "all", "most", "%",
                        ],
                    )
            })
            || self.reading.says(of.saturating_sub(1), &["out"]);
        part && (modest || opens) && self.is_large()
    }

    /// The word before the number and its measure: `from some 5,000 accounts` has `from`.
    fn preposition(&self) -> Option<usize> {
        let mut at = self.tokens.start;
        while at > self.start {
            at -= 1;
            let measures = [
                "as", "many", "few", "than", "up", "over", "about", "around", "least", "most", "total",
                "excess", "under", "below", "above", "just", "well",
            ];
            let of_measure = self.reading.says(at, &["of"])
                && self.reading.says(at.saturating_sub(1), &["total", "excess", "all", "upwards"]);
            if of_measure || self.reading.says(at, &measures) {
                continue;
            }
            if self.reading.says(at, &["in"]) && self.reading.says(at + 1, &["total", "all"]) {
                continue;
            }
            match self.syntax.tag(at) {
                Tag::Det | Tag::Adv | Tag::Adj => {}
                // `read out 2,700`.
                Tag::Prep if self.reading.says(at, &["out", "off"]) => {}
                // `by then`.
                Tag::Prep if self.reading.says(at + 1, &["then", "now"]) => return None,
                Tag::Prep => return Some(at),
                _ => return None,
            }
        }
        None
    }

    /// What the verbs say of it.
    fn governed(&self) -> Option<Role> {
        let governors = self.syntax.governors(self.clause.sentence, self.tokens.start);
        // `a platform used by 18,000 schools`.
        let users = self.is_large()
            && governors.iter().any(|governor| {
                let verb = governor.predicate;
                verb.is_passive
                    && verb.object.contains(&self.tokens.start)
                    && self.reading.says(verb.head, USED)
                    && self.reading.says(verb.group.end, &["by", "among"])
            });
        if users {
            return Some(Role::Exist);
        }
        // `page through 64 million applications`: a part of the verb.
        let particle = |at: usize| {
            governors.first().is_some_and(|governor| {
                let verb = governor.predicate;
                let known = v::known(&self.reading.word(verb.head).to_lowercase());
                let word = self.reading.word(at).to_lowercase();
                let own = known.is_some_and(|known| known.with.iter().any(|(with, _)| *with == word));
                verb.group.end == at
                    && verb.class != 0
                    && (own || self.reading.says(at, &["through", "up", "over", "across", "into"]))
            })
        };
        let preposition = self.preposition().filter(|at| !particle(*at));
        if let Some(at) = preposition {
            // `with` of a tool: `with 1,000 machines`.
            let transparent = self.reading.says(
                at,
                &["of", "on", "for", "about", "to", "including", "like", "regarding", "concerning", "with"],
            );
            let keeps = self.says(
                self.unit_token.saturating_sub(1)..self.unit_token,
                &["accounts", "profiles", "wallets", "phones", "mailboxes", "inboxes", "devices", "cards"],
            );
            let of_people =
                (self.is_people() || keeps) && self.reading.says(at, &["from", "across", "among"]);
            let looked = self.reading.says(at, &["at", "into"])
                && governors.iter().any(|governor| {
                    self.reading.says(governor.predicate.head, &["looked", "look", "looks", "looking"])
                });
            // `from 412 accounts they moved the credit`: somebody was in each.
            let emptied = keeps
                && self.reading.says(at, &["from", "into", "out"])
                && self.syntax.of_sentence(self.clause.sentence).iter().any(|verb| {
                    self.reading.says(
                        verb.head,
                        &[
                            "moved",
                            "withdrew",
                            "transferred",
                            "drained",
                            "spent",
                            "took",
                            "diverted",
                            "cashed",
                            "wired",
                            "emptied",
                        ],
                    ) && !verb.is_negated
                        && !verb.is_possible
                });
            if emptied {
                return Some(Role::Accessed);
            }
            if !transparent && !of_people && !looked {
                return Some(Role::Other);
            }
            if self.reading.says(at, &["with"])
                && let Some(role) = self.held_by(at)
            {
                return Some(role);
            }
            if self.reading.says(at, &["of"]) && self.could_be_all(at, &governors) {
                return Some(Role::Exist);
            }
        }
        // `data relating to 9,400 customers were taken`: what only describes speaks last.
        let describes = |governor: &&Governor<'_>| {
            let bears = v::AFFECT | v::HOLD;
            !governor.predicate.is_finite && governor.predicate.class & bears != 0
        };
        governors
            .iter()
            .filter(|governor| !describes(governor))
            .chain(governors.iter().filter(describes))
            .find_map(|governor| self.by(governor))
    }

    /// `could have taken the entire dataset of 27,000 records`: so large it is, and nobody took it.
    fn could_be_all(&self, of: usize, governors: &[Governor<'_>]) -> bool {
        let whole = self.reading.has(of.saturating_sub(3).max(self.start)..of, &[C::Dataset]);
        whole
            && governors.iter().all(|governor| {
                governor.predicate.is_possible
                    || governor.predicate.class & (v::TAKE | v::SEE | v::SELL | v::EXPOSE) == 0
            })
    }

    /// `a bucket with 700,000 bookings`, `a firm with two million users`.
    fn held_by(&self, with: usize) -> Option<Role> {
        let holder = (with.saturating_sub(6).max(self.start)..with).rev().find(|at| {
            self.reading.is(*at, &[C::Company, C::Endpoint, C::Dataset, C::Data, C::Record])
                || matches!(self.syntax.tag(*at), Tag::Verb(_) | Tag::Stop)
        })?;
        if self.reading.says(holder, &["file", "dump", "collection", "archive", "sample", "list"]) {
            return None;
        }
        self.reading.is(holder, &[C::Company, C::Endpoint, C::Dataset]).then_some(Role::Exist).or_else(|| {
            self.reading
                .says(holder, &["bucket", "index", "store", "platform", "marketplace"])
                .then_some(Role::Exist)
        })
    }

    fn by(&self, governor: &Governor<'_>) -> Option<Role> {
        let predicate = governor.predicate;
        let class = predicate.class;
        let is = |wanted: v::Class| class & wanted != 0;
        let subject = predicate.subject.clone();
        let who = |concepts: &[C]| self.reading.has(subject.clone(), concepts);
        let possible = predicate.is_possible || self.clause.is_possible && !predicate.is_past;
        if !governor.is_theme {
            // It is who does it.
            if let Some(role) = self.suffered(predicate) {
                return Some(role);
            }
            if self.reading.says(predicate.head, &["was", "were", "are", "is"])
                && self.says(predicate.object.clone(), &["among", "part"])
                && !governor.is_denied
            {
                return Some(Role::Exposed);
            }
            if is(v::OPEN) {
                return Some(Role::Exposed);
            }
            // `14,000 accounts opened`.
            if is(v::SEE) && predicate.object.is_empty() && predicate.is_past && self.unit_is(C::Record) {
                return Some(Role::Accessed);
            }
            // `96,000 notifications lay in the system`.
            // `for 38 million of these the server gave out a picture`.
            let given = is(v::GIVE | v::EXPOSE)
                && !governor.is_denied
                && self
                    .preposition()
                    .is_some_and(|at| at < predicate.group.start && self.reading.says(at, &["for"]));
            if given && self.is_large() {
                return Some(Role::Exposed);
            }
            // `they knew that 63 million of the numbers have an account`.
            let learned = predicate.group.start.min(self.tokens.start);
            let learned = (self.start..learned).any(|at| {
                self.reading.says(at, &["learned", "learnt", "knew", "found", "determined", "worked"])
                    && (at + 1..at + 3).any(|at| self.reading.says(at, &["that"]))
            });
            let have = self.reading.says(
                predicate.head,
                &["have", "had", "belong", "belonged", "exist", "existed", "were", "are"],
            );
            let ids = self.reading.has(self.tokens.end..self.tokens.end + 4, &[C::Id]);
            if learned && have && ids && self.is_large() {
                return Some(Role::Accessed);
            }
            // `120,000 trackers are in use`.
            let in_use = self.reading.says(predicate.head, &["are", "were", "is", "was"])
                && self.says(
                    predicate.object.start..predicate.object.end.min(predicate.object.start + 4),
                    &[
                        "use",
                        "operation",
                        "circulation",
                        "service",
                        "active",
                        "online",
                        "connected",
                        "registered",
                        "enrolled",
                    ],
                );
            if in_use && self.is_large() && !governor.is_denied {
                return Some(Role::Exist);
            }
            let stands = self.reading.says(
                predicate.head,
                &[
                    "hang", "hung", "run", "ran", "lay", "lie", "lies", "sat", "sit", "reside", "exist",
                    "existed", "live",
                ],
            );
            if is(v::COUNT) && stands && self.is_large() {
                return Some(Role::Exist);
            }
            if is(v::AFFECT) && !is(v::HOLD) {
                return None;
            }
            return (is(v::COUNT) && !is(v::TAKE) && self.is_people() && self.is_large())
                .then_some(Role::Exist);
        }
        if is(v::SAFE) && predicate.is_passive {
            return None;
        }
        let own = !predicate.is_passive
            && self.reading.has(self.syntax.head(subject.clone()), &[C::Company, C::Endpoint, C::Dataset])
            && !who(&[C::Attacker, C::Researcher, C::Anyone]);
        if is(v::TAKE | v::SEE) && !(is(v::COUNT | v::HOLD) && own) {
            // `the company collects the data of 5,000 people`.
            if self.says(subject.clone(), &["we"]) && !predicate.is_past && !possible {
                return Some(Role::Other);
            }
            if own && !predicate.is_past && is(v::TAKE) {
                return Some(Role::Exist);
            }
            if is(v::GIVE) && own {
                return Some(Role::Exposed);
            }
            // `it would have needed 40 hours to copy them`.
            let needed = self.syntax.tag(predicate.group.start) == Tag::To
                && self.says(
                    predicate.group.start.saturating_sub(6).max(self.start)..predicate.group.start,
                    &["need", "needs", "needed", "take", "takes", "took", "taken", "required", "requires"],
                );
            if governor.is_denied || needed {
                return Some(Role::Other);
            }
            let open = predicate.is_wanted || predicate.is_doubted;
            // `any driver was able to see`.
            let bare = matches!(self.syntax.tag(predicate.group.start), Tag::To | Tag::Verb(v::Form::Base));
            let able = bare && who(&[C::Anyone]);
            return Some(if able || possible && !open { Role::Exposed } else { Role::Accessed });
        }
        if is(v::SELL) {
            // `the maker sold 120,000 trackers`, `the firm sold the data of 9,000 people`.
            let goods = self.preposition().is_none() && !self.is_people();
            return Some(match own {
                true if goods && predicate.is_past && self.is_large() => Role::Exist,
                true => Role::Other,
                false => Role::Accessed,
            });
        }
        // `the endpoint returns up to 100 bikes`, `we serve 5,200 tenants`, `answered 830,000 searches`.
        let us = own || self.says(subject.clone(), &["we"]);
        if is(v::GIVE) && is(v::COUNT) && us && !predicate.is_passive && !predicate.is_past && self.is_large()
        {
            return Some(Role::Exist);
        }
        if self.reading.says(predicate.head, &["answered", "answers", "handled", "processed"])
            && !predicate.is_passive
            && us
        {
            return Some(Role::Other);
        }
        let door = who(&[C::Endpoint, C::Api])
            || subject.clone().any(|at| {
                self.reading.tokens.get(at).is_some_and(|token| token.kind == crate::reading::Kind::Code)
            });
        if is(v::GIVE) && door && !predicate.is_passive && !predicate.is_past && !possible && self.is_batch()
        {
            return Some(Role::PerCall);
        }
        // `to send commands to 15 million cars`.
        if possible
            && is(v::CALL)
            && !governor.is_denied
            && self.reading.says(self.preposition().unwrap_or_default(), &["to", "on"])
        {
            return Some(Role::Exposed);
        }
        if is(v::CALL) && !predicate.is_passive && !own {
            return Some(self.sent(predicate));
        }
        if is(v::GIVE)
            && !is(v::EXPOSE)
            && predicate.is_passive
            && predicate.is_past
            && !possible
            && !governor.is_denied
        {
            return Some(Role::Accessed);
        }
        if is(v::EXPOSE | v::OPEN | v::GIVE) {
            return Some(Role::Exposed);
        }
        // `the data include the revenue of 46,700 merchants`.
        if is(v::HOLD) && !is(v::COUNT) && who(&[C::Data]) && self.is_people() {
            return Some(Role::Exposed);
        }
        if is(v::COUNT | v::HOLD) {
            // `the stolen records include the licences of 9,000 people`.
            let marked = subject
                .clone()
                .filter(|at| self.syntax.tag(*at) == Tag::Adj)
                .find_map(|at| self.participle(at));
            if marked.is_some() {
                return marked;
            }
            if who(&[C::Attacker]) {
                return Some(Role::Accessed);
            }
            let copies = &[
                "file",
                "files",
                "dump",
                "collection",
                "archive",
                "sample",
                "haul",
                "leak",
                "trove",
                "cache",
                "loot",
                "excerpt",
                "torrent",
                "spreadsheet",
            ];
            let before = self.start..predicate.group.start;
            let it = subject.len() == 1 && self.says(subject.clone(), &["it", "which", "that"]);
            if self.says(subject.clone(), copies) || it && self.says(before, copies) {
                return Some(Role::Accessed);
            }
            return (self.is_large() && (self.is_counted() || is(v::COUNT))).then_some(Role::Exist);
        }
        // `the data of 2.1 million users was never touched`: so many there are.
        if governor.is_denied && is(v::AFFECT) && self.is_people() && self.is_large() {
            return Some(Role::Exist);
        }
        if is(v::AFFECT | v::TELL) {
            return Some(Role::Exposed);
        }
        let walks = self.reading.says(
            predicate.head,
            &[
                "iterated",
                "looped",
                "cycled",
                "stepped",
                "walked",
                "went",
                "ran",
                "worked",
                "counted",
                "enumerated",
            ],
        ) && self.reading.says(predicate.group.end, &["through", "over", "across", "up"]);
        if is(v::CALL | v::BRING) || walks {
            return Some(self.sent(predicate));
        }
        // `1,150 were among it`, `the maker speaks of 1.5 million users`.
        if self.reading.says(predicate.head, &["was", "were", "are", "is"])
            && self.says(predicate.object.clone(), &["among", "part"])
        {
            return Some(if governor.is_denied { Role::Other } else { Role::Exposed });
        }
        // `exposed were 9,000 addresses`.
        if self.reading.says(predicate.head, &["was", "were", "are", "is"])
            && predicate.object.contains(&self.tokens.start)
            && let Some(before) = predicate.group.start.checked_sub(1).filter(|before| *before >= self.start)
            && let Some(role) = self.participle(before)
        {
            return Some(role);
        }
        // `among the stolen records are 9,000 licences`.
        if self.reading.says(predicate.head, &["was", "were", "are", "is"])
            && self.reading.says(subject.start, &["among", "of", "in"])
            && predicate.object.contains(&self.tokens.start)
        {
            return subject.clone().find_map(|at| self.participle(at));
        }
        // `the collection ran to 1.1 billion rows`.
        let sums = self.reading.says(
            predicate.head,
            &[
                "ran",
                "runs",
                "amounts",
                "amounted",
                "comes",
                "came",
                "adds",
                "added",
                "grew",
                "stretches",
                "extends",
            ],
        ) && self.reading.says(predicate.group.end, &["to", "up"]);
        if sums && !governor.is_denied {
            let copies =
                &["collection", "dump", "haul", "archive", "file", "leak", "trove", "theft", "sample"];
            let copied = self.says(subject.clone(), copies);
            return Some(if copied { Role::Accessed } else { Role::Exposed });
        }
        let boasts = self.reading.says(
            predicate.head,
            &["speaks", "speak", "spoke", "boasts", "cites", "advertises", "claims", "talks"],
        );
        (boasts && who(&[C::Company]) && self.is_people() && self.is_large()).then_some(Role::Exist)
    }

    /// What somebody sent: codes are attempts, letters are none.
    fn sent(&self, predicate: &Predicate) -> Role {
        let sent = self
            .reading
            .says(predicate.head, &["sent", "send", "sends", "sending", "fired", "submitted", "tried"]);
        let letters = self.says(
            self.tokens.end..self.unit_token,
            &["letters", "notices", "mails", "emails", "notifications", "messages", "people", "customers"],
        );
        let secrets = self.unit_is(C::Code)
            || self.says(
                self.tokens.end..self.unit_token,
                &["codes", "passwords", "pins", "combinations", "guesses", "keys"],
            );
        let tried = self.reading.says(
            predicate.head,
            &[
                "tried",
                "tested",
                "iterated",
                "looped",
                "cycled",
                "stepped",
                "guessed",
                "entered",
                "checked",
                "walked",
                "went",
                "ran",
                "worked",
                "counted",
                "attempted",
                "queried",
                "enumerated",
                "probed",
            ],
        );
        let ids = self.unit_is(C::Id) || self.names_a_try();
        if tried && (ids || secrets) && !predicate.is_passive | !predicate.is_finite && self.is_large() {
            return Role::Requests;
        }
        let sent = sent && (secrets || !self.reading.says(predicate.head, &["tried"]));
        if sent && !letters && !self.is_people() && self.is_large() { Role::Requests } else { Role::Other }
    }

    /// The short line before says it: `What was taken. Around 3.7 million contacts: ...`
    fn labelled(&self) -> Option<Role> {
        let before = self.clause.sentence.checked_sub(1)?;
        let lead = self.reading.sentences.get(before)?;
        let own = self.reading.sentences.get(self.clause.sentence)?;
        let opens = lead.tokens.len() <= 8 && (lead.block == own.block || lead.kind == BlockKind::Heading);
        let first = self.tokens.start <= own.tokens.start + 2;
        (opens && first).then(|| label_role(self.reading, lead.tokens.clone())).flatten()
    }

    /// `380 requests, 6,900 bikes, 5,100 numbers`: what the requests brought.
    fn beside_requests(&self) -> bool {
        let sentence = self.start..self.tokens.start;
        self.reading
            .of(sentence.clone(), &[C::Request])
            .any(|hit| hit.from > sentence.start && self.syntax.tag(hit.from - 1) == Tag::Num)
    }

    /// No verb says what it is.
    fn alone(&self) -> Role {
        if let Some(role) = self.labelled() {
            return role;
        }
        let near = self.near();
        let there = (self.start..self.tokens.start).any(|at| {
            self.reading.says(at, &["there"])
                && self.reading.says(at + 1, &["are", "were", "exist"])
                && self.tokens.start - at < 6
        });
        if there && self.is_answer() {
            return Role::Requests;
        }
        if there {
            return Role::Exist;
        }
        if !self.is_counted() || !self.is_large() {
            return Role::Other;
        }
        if self.beside_requests() {
            return Role::Accessed;
        }
        if self
            .says(near.clone(), &["data", "information", "details", "profiles", "records", "prescriptions"])
            || self.reading.has(near, &[C::Flaw])
            || self.reading.has(self.clause.tokens.clone(), &[C::Expose, C::Take, C::Affect, C::Sell])
        {
            return Role::Exposed;
        }
        Role::Other
    }
}

/// What a label says of the number beside it.
fn label_role(reading: &Reading, label: Range<usize>) -> Option<Role> {
    let says = |words: &[&str]| label.clone().any(|at| reading.says(at, words));
    if says(&["could", "might", "may"]) {
        return Some(Role::Exposed);
    }
    let class = |wanted: v::Class| {
        label.clone().any(|at| {
            let word = reading.word(at).to_lowercase();
            let known = v::known(&word).filter(|known| !matches!(known.form, v::Form::Base | v::Form::Third));
            known.is_some_and(|known| known.class & wanted != 0) || v::adjective(&word) & wanted != 0
        })
    };
    if says(&["per", "each", "page", "batch", "answer", "response"]) {
        return Some(Role::PerCall);
    }
    if reading.has(label.clone(), &[C::Request]) {
        return Some(Role::Requests);
    }
    if class(v::TAKE | v::SEE | v::SELL) || says(&["left", "lost", "stolen", "out"]) {
        return Some(Role::Accessed);
    }
    if class(v::COUNT) || says(&["total", "all", "there"]) {
        return Some(Role::Exist);
    }
    if class(v::EXPOSE | v::AFFECT | v::OPEN) || says(&["affected", "concerned", "impacted"]) {
        return Some(Role::Exposed);
    }
    None
}

/// Whether a plural is one for people by its ending: `motorists`, `claimants`, `flyers`.
fn is_person(word: &str) -> bool {
    const THINGS: &[&str] = &[
        "numbers",
        "servers",
        "trackers",
        "scooters",
        "computers",
        "orders",
        "letters",
        "folders",
        "routers",
        "papers",
        "chapters",
        "parameters",
        "identifiers",
        "headers",
        "answers",
        "offers",
        "vouchers",
        "trailers",
        "containers",
        "registers",
        "containers",
        "layers",
        "chargers",
        "printers",
        "scanners",
        "readers",
        "controllers",
        "meters",
        "boosters",
        "characters",
        "centers",
        "stickers",
        "browsers",
        "newsletters",
        "transfers",
        "powers",
        "providers",
        "suppliers",
        "retailers",
        "carriers",
        "brokers",
        "insurers",
        "vendors",
        "processors",
        "sensors",
        "doors",
        "errors",
        "factors",
        "vectors",
        "monitors",
        "operators",
        "variants",
        "grants",
        "restaurants",
        "constants",
        "trees",
        "fees",
        "committees",
        "employees",
        "lists",
        "dealers",
        "manufacturers",
        "makers",
        "publishers",
        "resellers",
        "attackers",
        "hackers",
        "researchers",
        "intruders",
        "scrapers",
        "crawlers",
        "clusters",
        "filters",
        "counters",
        "pointers",
    ];
    !THINGS.contains(&word)
        && word.len() > 5
        && ["ers", "ors", "ists", "ees", "ians", "ants", "dents", "ients", "women", "men", "pupils"]
            .iter()
            .any(|end| word.ends_with(end))
}
