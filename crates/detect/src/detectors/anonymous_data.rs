//! Personal data to an anonymous caller: the incident's own sign. The first answer tells.
//!
//! # Sees
//! An endpoint that is not declared public and tells a caller without identity of people whom the
//! request did not bring: at once where one answer tells of two with two kinds of contact, else at the
//! second person whom the endpoint tells of, and again at the twentieth.
//!
//! # Misses
//! Endpoints that are declared public; endpoints that tell everybody of the same person (a hotline);
//! whom five networks were told of before. The first answer about one person alone: it is what a hotline,
//! an imprint, a seller's page and the first answer to a session that nobody confirmed yet look like.
//!
//! # Evidence
//! `case` = `contacts`, `two-people` or `twenty-people`; the strangers told of so far.
//!
//! # Error budget
//! None: it states a fact, once for each endpoint and case, and again when it told nobody for thirty days
//! and begins anew. Whether the fact is a fault, its owner says by declaring the endpoint.
//!
//! # References
//! OWASP API2:2023, API3:2023, API8:2023. ATT&CK T1190, T1213. D3FEND D3-ACH, D3-NTA.

use domain::DataClass;

use crate::codec::{Reader, Writer};
use crate::observed::Observed;
use crate::ring::Ring;
use crate::signal::{Evidence, Severity};
use crate::trial::DAY_SECS;

/// What an endpoint told to nobody in particular.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    people: Ring<u64, 20>,
    count: u32,
    first: u32,
    /// When somebody was last told.
    last: u32,
    /// Cases said: one bit each.
    said: u8,
}

/// After so much silence what was said is said again: whoever closed the door would not hear that it is
/// open once more.
const QUIET_SECS: u32 = 30 * DAY_SECS;

/// Kinds of data beyond the name.
fn contacts(seen: &Observed<'_>) -> usize {
    seen.classes.iter().filter(|class| *class != DataClass::Name).count()
}

impl Told {
    /// Takes in an answer that told an anonymous caller of `strangers` whom not everybody knows.
    pub(crate) fn step(
        &mut self,
        seen: &Observed<'_>,
        strangers: u32,
        now: u32,
    ) -> Option<(Evidence, Severity, u32)> {
        if now.saturating_sub(self.last) >= QUIET_SECS {
            *self = Self::default();
        }
        self.last = self.last.max(now);
        if self.count == 0 {
            self.first = now;
        }
        let new = seen.subjects.iter().take(20).take(usize::try_from(strangers).unwrap_or(20));
        let new = new.filter(|subject| self.people.add(subject.short())).count();
        // Where nobody is named, or more than are held, the count of the answer stands.
        let unnamed = strangers.saturating_sub(u32::try_from(seen.subjects.len().min(20)).unwrap_or(20));
        let new = u32::try_from(new).unwrap_or(0).saturating_add(unnamed);
        self.count = self.count.saturating_add(new);
        let cases = [
            (1, strangers >= 2 && contacts(seen) >= 2, "contacts", Severity::High),
            (2, self.count >= 20, "twenty-people", Severity::Medium),
            (4, self.count >= 2, "two-people", Severity::Low),
        ];
        let is_news = |(bit, holds, _, _): &(u8, bool, &str, Severity)| *holds && self.said & bit == 0;
        let (bit, _, case, severity) = cases.into_iter().find(is_news)?;
        // A graver case says the lesser ones too, and a number that was told is no news.
        self.said |= bit | 4 | if self.count >= 20 { 2 } else { 0 };
        Some((Evidence { case, people: self.count, steps: 1, ..Evidence::default() }, severity, self.first))
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        let Self { people, count, first, last, said } = self;
        people.save(out);
        out.u32(*count);
        out.u32(*first);
        out.u32(*last);
        out.u8(*said);
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Option<Self> {
        let people = Ring::load(from)?;
        let [count, first, last] = [from.u32()?, from.u32()?, from.u32()?];
        Some(Self { people, count, first, last, said: from.u8()? })
    }
}
