//! Path templates learned from traffic, for paths that nobody declared.
//!
//! A part of a path that looks like an id (number, UUID, hash, e-mail, token) is a parameter at
//! once. Words are literals, until a position has had too many of them: then it *collapses*, and
//! what was rarely asked there becomes one parameter, `{slug}`. It judges nothing, and forgets nothing.
//!
//! # Security
//! Paths are chosen by clients, so:
//! - **What does not exist creates nothing.** [`Learner::peek`] looks up and never creates; only
//!   [`Learner::confirm`], to be called when the upstream answered with success ([`confirms`]), does.
//!   Whatever is not known yet folds into one door per method, `/{*unseen}`.
//! - **One endpoint cannot be split into many.** Letter case, empty parts, a trailing slash and
//!   `;parameters` make no new endpoint; all kinds of id at one position share one parameter; all
//!   methods that HTTP does not name share one.
//! - **The table is bounded** ([`Bounds`]): nodes, literals per position, depth, ids. When it is full
//!   nothing is evicted: an unseen path folds into the parameter at its position, where there is one,
//!   else into `/{*unseen}`. No total is lowered by it.
//! - **A collapse merges, and busy endpoints stay.** A literal that was confirmed
//!   [`Bounds::established`] times before keeps its endpoint, so that nobody can drown a busy endpoint
//!   in junk, and so does a plain word of APIs. Endpoints that merge are told by [`Learner::take_moves`]:
//!   what is known of them is known of the endpoint that they became. Their accounts need no move:
//!   they stand under the [`shape`], which both share.
//! - **A word may be a name.** [`Learned::shown`] hides words until they are known to be the API's
//!   (`learn/shown.rs` says when); [`Learned::endpoint`] stays in memory.
//!
//! ```
//! use domain::Method;
//! use spec::learn::{Bounds, Learner};
//! let mut learner = Learner::new(Bounds::default());
//! assert!(!learner.peek(&Method::Get, &["orders", "7"]).known);
//! let first = learner.confirm(&Method::Get, &["orders", "7"], 1).id;
//! let second = learner.peek(&Method::Head, &["Orders", "8", ""]);
//! assert_eq!((second.id, second.endpoint.to_string().as_str()), (first, "GET /orders/{id}"));
//! assert_eq!((&*second.parameters[0].0, second.parameters[0].1), ("id", "8"));
//! ```

mod kind;
mod plain;
mod shown;
mod table;

use std::sync::Arc;

use domain::{Endpoint, Method, PathTemplate, Segment};
use smallvec::SmallVec;

use kind::Kind;
use table::{Slot, Table};

pub use shown::shape;

/// The bounds of a learner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Most positions at a time. Default 8,192, about 4 MB with their endpoints.
    pub nodes: usize,
    /// Most words at one position before it collapses, and as many plain words of APIs. Default 64.
    pub literals: usize,
    /// Most parts of a path that are told apart; the others are one `{*rest}`. Default 12.
    pub depth: usize,
    /// Most ids ever given, merged ones included. Default 65,536.
    pub ids: usize,
    /// Confirmed requests after which a literal survives a collapse. Default 64.
    pub established: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { nodes: 8192, literals: 64, depth: 12, ids: 65_536, established: 64 }
    }
}

/// The endpoint of a request, as far as it was learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned<'s> {
    /// Stable while the learner lives; see [`Learner::current`] for merged ones.
    pub id: u32,
    /// Its door. For a path that is not known, `METHOD /{*unseen}`. May hold somebody's name: for
    /// telling doors apart in memory, never to be written anywhere.
    pub endpoint: Endpoint,
    /// Its door as it may be written: words that may be names are `{word}`.
    pub shown: Endpoint,
    /// The values of its parameters from left to right; of a `{*rest}` there is none.
    pub parameters: SmallVec<[(Arc<str>, &'s str); 4]>,
    /// Whether an upstream's success showed that the path exists.
    pub known: bool,
}

/// An endpoint that became part of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The id that is no longer given.
    pub from: u32,
    /// The id that takes its totals.
    pub to: u32,
}

/// Whether an answer of `status` shows that its path exists: any 2xx, and 304.
///
/// Not a redirect, a challenge or a refusal: many upstreams answer those for every path.
#[must_use]
pub const fn confirms(status: u16) -> bool {
    matches!(status, 200..=299 | 304)
}

/// What was learned so far.
#[derive(Debug)]
pub struct Learner {
    table: Table,
}

impl Learner {
    /// A learner that knows nothing.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self { table: Table::new(bounds) }
    }

    /// The endpoint of a request. Creates nothing; allocates nothing for words in small letters.
    #[must_use]
    pub fn peek<'s, S: AsRef<str>>(&self, method: &Method, segments: &'s [S]) -> Learned<'s> {
        let mut parameters = SmallVec::new();
        let each = |name: &Arc<str>, value: &'s str| parameters.push((Arc::clone(name), value));
        match self.find(method, segments, each) {
            Some(id) => self.learned(id, parameters, true),
            None => self.learned(Slot::of(method).unseen_id(), SmallVec::new(), false),
        }
    }

    /// The id of the endpoint of a request, where it is known; the values of its parameters go to `each`,
    /// also where it turns out not to be known. As [`Self::peek`], without a name: it is what a log of
    /// millions of lines is read with.
    pub fn find<'s, S: AsRef<str>>(
        &self,
        method: &Method,
        segments: &'s [S],
        mut each: impl FnMut(&Arc<str>, &'s str),
    ) -> Option<u32> {
        let slot = Slot::of(method);
        let mut at = Table::ROOT;
        for (nth, part) in parts(segments).enumerate() {
            if nth >= self.table.bounds.depth {
                return self.table.rest_door(at, slot);
            }
            let (next, is_parameter) = match Kind::of(part) {
                Kind::Literal(word) => match self.table.literal(at, &word) {
                    Some(next) => (next, false),
                    None if self.table.folds(at, &word) => (self.table.parameter(at)?, true),
                    None => return None,
                },
                Kind::Parameter(_) => (self.table.parameter(at)?, true),
            };
            if is_parameter && let Some(name) = self.table.name(next) {
                each(name, part);
            }
            at = next;
        }
        self.table.door(at, slot)
    }

    /// The endpoint of a request that the upstream answered with success: creates it if it is new.
    ///
    /// Each call counts towards [`Bounds::established`], and towards showing its words where it comes
    /// from another `neighbourhood` (any number that stands for a client's wider network).
    pub fn confirm<'s, S: AsRef<str>>(
        &mut self,
        method: &Method,
        segments: &'s [S],
        neighbourhood: u64,
    ) -> Learned<'s> {
        let slot = Slot::of(method);
        let mut at = Table::ROOT;
        for (nth, part) in parts(segments).enumerate() {
            if nth >= self.table.bounds.depth {
                return match self.table.make_rest_door(at, slot) {
                    Some(_) => self.peek(method, segments),
                    None => self.unseen(slot),
                };
            }
            let next = match Kind::of(part) {
                Kind::Literal(word) => self.table.make_literal(at, &word),
                Kind::Parameter(name) => self.table.make_parameter(at, name),
            };
            let Some(next) = next else { return self.unseen(slot) };
            self.table.count(next);
            self.table.vouch(at, next, neighbourhood);
            at = next;
        }
        match self.table.make_door(at, slot) {
            Some(_) => self.peek(method, segments),
            None => self.unseen(slot),
        }
    }

    /// Learns `endpoint` again, as an earlier learner showed it: after a restart. Its words are shown
    /// again where they can be the API's: an earlier version of this program showed names too.
    ///
    /// `false` where the table is full, or the endpoint is none that a learner makes: among them those
    /// with hidden words ([`domain::PathTemplate::hides_words`]).
    pub fn restore(&mut self, endpoint: &Endpoint) -> bool {
        let slot = Slot::of(endpoint.method());
        let mut at = Table::ROOT;
        for segment in endpoint.template().segments() {
            let next = match segment {
                Segment::Literal(text) if text.is_empty() => continue,
                Segment::Literal(text) => {
                    let made = self.table.make_literal(at, &text);
                    made.inspect(|made| self.table.show_again(at, *made))
                }
                Segment::Parameter(name) => {
                    let kind = name.trim_end_matches(|c: char| c.is_ascii_digit());
                    let made = kind::NAMES
                        .iter()
                        .find(|known| **known == kind)
                        .and_then(|kind| self.table.make_parameter(at, kind));
                    made.inspect(|made| self.table.show_again(at, *made))
                }
                Segment::Rest(_) if at == Table::ROOT => return true,
                Segment::Rest(_) => return self.table.make_rest_door(at, slot).is_some(),
            };
            let Some(next) = next else { return false };
            at = next;
        }
        self.table.make_door(at, slot).is_some()
    }

    /// Every known endpoint with its id, `/{*unseen}` and merged ones left out.
    pub fn endpoints(&self) -> impl Iterator<Item = (u32, &Endpoint)> {
        self.table.endpoints()
    }

    /// The endpoint that was given `id`, and as it may be shown; merged ones too.
    #[must_use]
    pub fn named(&self, id: u32) -> Option<(&Endpoint, &Endpoint)> {
        Some((self.table.endpoint(id)?, self.table.shown(id)?))
    }

    /// The id that `id` has become.
    #[must_use]
    pub fn current(&self, id: u32) -> u32 {
        self.table.current(id)
    }

    /// Which endpoints merged since the last call, in order.
    pub fn take_moves(&mut self) -> Vec<Move> {
        std::mem::take(&mut self.table.moves)
    }

    /// Positions in the table: what [`Bounds::nodes`] bounds.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.table.live()
    }

    fn unseen<'s>(&self, slot: Slot) -> Learned<'s> {
        self.learned(slot.unseen_id(), SmallVec::new(), false)
    }

    fn learned<'s>(
        &self,
        id: u32,
        parameters: SmallVec<[(Arc<str>, &'s str); 4]>,
        known: bool,
    ) -> Learned<'s> {
        let endpoint = self.table.endpoint(id).cloned().unwrap_or_else(|| Slot::Other.unseen());
        let shown = self.table.shown(id).cloned().unwrap_or_else(|| Slot::Other.unseen());
        Learned { id, endpoint, shown, parameters, known }
    }
}

/// The parts of a path that tell endpoints apart: not empty ones, and not what follows a `;`.
fn parts<S: AsRef<str>>(segments: &[S]) -> impl Iterator<Item = &str> {
    segments
        .iter()
        .map(|segment| segment.as_ref())
        .map(|text| text.split_once(';').map_or(text, |(before, _)| before))
        .filter(|part| !part.is_empty())
}

impl Slot {
    fn unseen(self) -> Endpoint {
        // A template without fault in it; `/` stands in for the impossible.
        let template = PathTemplate::parse("/{*unseen}").or_else(|_| PathTemplate::parse("/"));
        #[expect(clippy::expect_used, reason = "a constant that a test reads")]
        Endpoint::new(self.method(), template.expect("a constant template"))
    }
}
