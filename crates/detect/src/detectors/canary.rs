//! Canary: a record that nobody should read was read, or named.
//!
//! # Sees
//! A person who does not exist (see `canaries`) among the people of an answer, or among the objects of
//! a request. The first time is enough.
//!
//! # Misses
//! The number of a canary that is asked for and not told of (`990001` may be an order too). Of an answer
//! of more than 256 people a foreign log may name the first ones; the gateway records canaries first.
//!
//! # Evidence
//! `case` = `told` or `named`; `people` = canaries told of.
//!
//! # Error budget
//! None: no honest use reads a person who does not exist. Whoever exports or indexes everything by
//! trade will, once each.
//!
//! # References
//! OWASP API1:2023. ATT&CK T1119, T1213. D3FEND D3-DO, D3-DUC.

use domain::SubjectDigest;

use crate::nats::narrow;
use crate::observed::Observed;
use crate::signal::Evidence;

/// What `seen` tells of `canaries`, which are sorted.
pub(crate) fn look(canaries: &[SubjectDigest], seen: &Observed<'_>) -> Option<Evidence> {
    if canaries.is_empty() {
        return None;
    }
    let among = |digests: &[SubjectDigest]| {
        let held = digests.iter().filter(|digest| canaries.binary_search(digest).is_ok()).count();
        narrow(u64::try_from(held).unwrap_or(u64::MAX))
    };
    let named: smallvec::SmallVec<[SubjectDigest; 4]> = seen.objects.iter().map(|o| o.digest).collect();
    let (told, named) = (among(seen.subjects), among(&named));
    let case = match (told, named) {
        (0, 0) => return None,
        (0, _) => "named",
        _ => "told",
    };
    Some(Evidence { case, people: told, steps: 1, ..Evidence::default() })
}

/// Whether `seen` tells of `canaries` (sorted), or names one: for callers that would rather not take a
/// lock to be told no.
#[must_use]
pub fn touches(canaries: &[SubjectDigest], seen: &Observed<'_>) -> bool {
    look(canaries, seen).is_some()
}
