//! A report in the making: the reading, the clauses, and what was found in them so far.
//!
//! What the steps after it share: where a clause stands, and claims with their spans.

use std::ops::Range;

use crate::acts::Act;
use crate::classes::Named;
use crate::dates::Dated;
use crate::discourse::{Clause, Discoursed};
use crate::frames::Framed;
use crate::ids::Found;
use crate::model::{Claim, Discourse, FrameKind, Origin, Span, Status};
use crate::observables::Seen;
use crate::reading::{Reading, folded};
use crate::source::mapped::cut;
use crate::syntax::Syntax;

/// The most places that one claim keeps: the first ones.
pub(crate) const SPANS_MAX: usize = 64;

/// What was read.
pub(crate) struct Report {
    pub(crate) reading: Reading,
    pub(crate) syntax: Syntax,
    pub(crate) discoursed: Discoursed,
    pub(crate) ids: Vec<Found>,
    pub(crate) frames: Vec<Framed>,
    pub(crate) acts: Vec<Act>,
    pub(crate) named: Vec<Named>,
    pub(crate) dates: Vec<Dated>,
    pub(crate) seen: Vec<Seen>,
}

impl Report {
    /// The bytes of the report that a range of the text comes from.
    pub(crate) fn span(&self, range: Range<usize>) -> Option<Span> {
        self.reading.document.text.span(range)
    }

    /// The token that a byte of the text stands in, else the first after it.
    pub(crate) fn token_at(&self, byte: usize) -> usize {
        self.reading.tokens.partition_point(|token| token.range.end <= byte)
    }

    /// The clause that a byte of the text stands in.
    pub(crate) fn clause_at(&self, byte: usize) -> Option<&Clause> {
        let token = self.token_at(byte);
        self.discoursed.of_token(token).and_then(|nth| self.discoursed.clauses.get(nth))
    }

    /// The span of a clause.
    pub(crate) fn clause_span(&self, nth: usize) -> Option<Span> {
        self.discoursed.clauses.get(nth).and_then(|clause| self.reading.span(clause.tokens.clone()))
    }

    /// The sentence that a byte of the text stands in, in small letters.
    pub(crate) fn sentence_text(&self, byte: usize) -> String {
        let nth = self.reading.sentences.partition_point(|sentence| sentence.range.start <= byte);
        let sentence = nth.checked_sub(1).and_then(|nth| self.reading.sentences.get(nth));
        sentence
            .map(|sentence| folded(cut(self.reading.text(), sentence.range.clone())).to_lowercase())
            .unwrap_or_default()
    }

    /// Frames of a clause.
    pub(crate) fn frames_of(&self, clause: usize) -> &[Framed] {
        let from = self.frames.partition_point(|framed| framed.clause < clause);
        let to = self.frames.partition_point(|framed| framed.clause <= clause);
        self.frames.get(from..to).unwrap_or_default()
    }

    /// Frames of a sentence.
    pub(crate) fn frames_in(&self, sentence: usize) -> &[Framed] {
        let clauses = &self.discoursed.clauses;
        let first = clauses.partition_point(|clause| clause.sentence < sentence);
        let after = clauses.partition_point(|clause| clause.sentence <= sentence);
        let from = self.frames.partition_point(|framed| framed.clause < first);
        let to = self.frames.partition_point(|framed| framed.clause < after);
        self.frames.get(from..to).unwrap_or_default()
    }

    /// Dates that begin in these tokens.
    pub(crate) fn dates_in(&self, tokens: Range<usize>) -> &[Dated] {
        let from = self.dates.partition_point(|dated| dated.tokens.start < tokens.start);
        let to = self.dates.partition_point(|dated| dated.tokens.start < tokens.end);
        self.dates.get(from..to).unwrap_or_default()
    }

    /// Frames of a kind that the report does not deny.
    pub(crate) fn told(&self, kind: FrameKind) -> impl Iterator<Item = &Framed> {
        self.frames.iter().filter(move |framed| framed.frame.kind == kind && !framed.frame.is_negated)
    }

    /// The strongest status of the frames of these kinds, with their spans; nothing where there are none.
    pub(crate) fn standing(&self, kinds: &[FrameKind]) -> Option<Standing> {
        let mut standing: Option<Standing> = None;
        for framed in
            self.frames.iter().filter(|framed| kinds.contains(&framed.frame.kind) && !framed.frame.is_negated)
        {
            match &mut standing {
                None => {
                    standing = Some(Standing {
                        status: framed.frame.status,
                        by: framed.frame.by.clone(),
                        spans: vec![framed.frame.span],
                    });
                }
                Some(standing) => {
                    if framed.frame.status < standing.status {
                        standing.status = framed.frame.status;
                        standing.by.clone_from(&framed.frame.by);
                    }
                    if standing.spans.len() < 8 {
                        standing.spans.push(framed.frame.span);
                    }
                }
            }
        }
        standing
    }
}

impl Report {
    /// The strongest status of acts of a kind, with their spans; nothing where there are none.
    pub(crate) fn acted(&self, what: &str) -> Option<Standing> {
        let of_kind = || self.acts.iter().filter(|act| act.what == what);
        let strongest = of_kind().min_by_key(|act| act.status)?;
        let spans: Vec<Span> =
            of_kind().take(8).filter_map(|act| self.reading.span(act.tokens.clone())).collect();
        (!spans.is_empty()).then(|| Standing { status: strongest.status, by: strongest.by.clone(), spans })
    }
}

/// How something stands, by whom, and where.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) status: Status,
    pub(crate) by: Option<String>,
    pub(crate) spans: Vec<Span>,
}

impl Standing {
    /// A claim of it.
    pub(crate) fn claim(self, id: &str, name: &str, origin: Origin, because: &str) -> Claim {
        let by = self.by.filter(|_| self.status == Status::Claimed);
        Claim {
            id: id.to_owned(),
            name: name.to_owned(),
            status: self.status,
            origin,
            by,
            because: because.to_owned(),
            spans: self.spans,
        }
    }

    /// The same, but only suggested.
    pub(crate) fn suggested(self) -> Self {
        Self { status: Status::Suggested, by: None, ..self }
    }
}

impl Report {
    /// How an id stands by its clause and by its verb; nothing where it is denied or stands in no clause about
    /// the incident.
    pub(crate) fn status_of_id(&self, found: &Found, clause: &Clause) -> Option<Status> {
        let token = self.token_at(found.range.start);
        if self.syntax.denies(clause.sentence, token) && !self.labels_fault(clause, token) {
            return None;
        }
        let status = status_of(clause)?;
        Some(if self.syntax.doubts(clause.sentence, token) {
            status.max(Status::Hypothetical)
        } else {
            status
        })
    }

    /// Whether a token stands in brackets behind a missing check: `did not ask for a log-in (CWE-306)` has one.
    fn labels_fault(&self, clause: &Clause, token: usize) -> bool {
        let sentence = self.reading.sentences.get(clause.sentence).map_or(token, |one| one.tokens.start);
        let bracket = (sentence..token).rev().take(8).any(|at| matches!(self.reading.word(at), "(" | "["));
        bracket
            && self.frames_in(clause.sentence).iter().any(|framed| {
                framed.frame.kind.is_fault() && !framed.frame.is_negated && framed.tokens.start < token
            })
    }
}

/// How what stands in a clause is meant; nothing where the clause is not about the incident.
fn status_of(clause: &Clause) -> Option<Status> {
    match clause.role {
        Discourse::Boilerplate | Discourse::Negated => None,
        _ if clause.is_hedged => Some(Status::Hypothetical),
        Discourse::Claimed => Some(Status::Claimed),
        Discourse::Hypothetical => Some(Status::Hypothetical),
        Discourse::Stated | Discourse::Recommended | Discourse::Consequence => Some(Status::Stated),
    }
}

/// Adds a claim, or its spans to the same one.
pub(crate) fn add(claims: &mut Vec<Claim>, claim: Claim) {
    match claims.iter_mut().find(|other| other.id == claim.id) {
        Some(other) => {
            if claim.status < other.status {
                other.status = claim.status;
                other.by = claim.by;
                other.because = claim.because;
                other.origin = claim.origin;
            }
            for span in claim.spans {
                if other.spans.len() < SPANS_MAX && !other.spans.contains(&span) {
                    other.spans.push(span);
                }
            }
        }
        None => claims.push(claim),
    }
}
