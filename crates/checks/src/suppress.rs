//! Which findings somebody answers for.
//!
//! A suppression is held against every single finding, before the worst of an operation is chosen and
//! before what repeats becomes one: it takes out what it names and no more, and what stood behind it is
//! told. One whose day has come counts no more: its finding is told again, with the day. One that
//! suppresses nothing is told too, so that none outlives what it was written for.

use std::collections::HashMap;
use std::sync::Arc;

use domain::Timestamp;
use spec::inventory::{Ignore, Inventory, Place, Scope, SourceId};

use crate::finding::Finding;
use crate::widen::{WIDENED, Widening};

/// What came of the findings and the suppressions.
#[derive(Debug, Default)]
pub struct Verdict<'i> {
    /// What is told, in order.
    pub told: Vec<Finding>,
    /// Every single finding behind what is told, once each: what a baseline has to name.
    pub each: Vec<Named>,
    /// What somebody answers for, with the suppression.
    pub suppressed: Vec<(Finding, &'i Ignore)>,
    /// Suppressions that suppress nothing.
    pub idle: Vec<&'i Ignore>,
}

/// What tells one finding from others: as an entry of a baseline names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Named {
    /// The file that it stands in.
    pub source: SourceId,
    /// The check's id.
    pub check: &'static str,
    /// The operation or route.
    pub subject: Arc<str>,
}

impl Named {
    pub(crate) fn of(finding: &Finding) -> Self {
        Self { source: finding.at.source, check: finding.check.id, subject: finding.subject.clone() }
    }
}

impl Verdict<'_> {
    /// Whether a blocker is told.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.told.iter().any(Finding::is_blocker)
    }

    /// Whether something is told for which somebody answered until a day that is past.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.told.iter().any(|finding| finding.note.is_some())
    }
}

/// The suppressions of an inventory, found by what they name.
struct Ignores<'i> {
    inventory: &'i Inventory,
    /// Positions of those that name a place, by check.
    placed: HashMap<&'i str, Vec<usize>>,
    /// Positions of the entries of a baseline, by check, subject and file.
    listed: HashMap<(&'i str, &'i str, &'i str), Vec<usize>>,
}

impl<'i> Ignores<'i> {
    fn of(inventory: &'i Inventory) -> Self {
        let mut ignores = Self { inventory, placed: HashMap::new(), listed: HashMap::new() };
        for (position, ignore) in inventory.ignores.iter().enumerate() {
            match &ignore.scope {
                Scope::Within(_) => ignores.placed.entry(&*ignore.check).or_default().push(position),
                Scope::Subject { subject, file } => {
                    ignores.listed.entry((&*ignore.check, &**subject, &**file)).or_default().push(position);
                }
            }
        }
        ignores
    }

    /// Those that mean a finding of `check` about `subject` at one of `places`; the first is its own.
    fn that_mean(&self, check: &str, subject: &str, places: [Option<Place>; 2]) -> Vec<(usize, &'i Ignore)> {
        let own = places.into_iter().flatten().next().unwrap_or_default();
        let file = self.inventory.source(own.source).map(|source| &*source.name).unwrap_or_default();
        let listed = self.listed.get(&(check, subject, file)).into_iter().flatten();
        let placed = self.placed.get(check).into_iter().flatten();
        let all = placed
            .chain(listed)
            .filter_map(|position| self.inventory.ignores.get(*position).map(|ignore| (*position, ignore)));
        all.filter(|(_, ignore)| match &ignore.scope {
            Scope::Subject { .. } => true,
            Scope::Within(within) => places.into_iter().flatten().any(|at| {
                ignore.scope.holds(subject, at, file) || self.inventory.is_part_of(at.source, *within)
            }),
        })
        .collect()
    }
}

/// Applies the suppressions of `inventory` to `findings` at `now`; [`Verdict::told`] holds what is left,
/// not ranked yet.
pub(crate) fn suppress(inventory: &Inventory, findings: Vec<Finding>, now: Timestamp) -> Verdict<'_> {
    let ignores = Ignores::of(inventory);
    let mut used = vec![false; inventory.ignores.len()];
    let mut verdict = Verdict::default();
    for mut finding in findings {
        let operation = finding.operation.and_then(|position| inventory.operations.get(position));
        let places = [Some(finding.at), operation.map(|operation| operation.at)];
        let mut in_force = None;
        let mut ended: Option<&Ignore> = None;
        for (position, ignore) in ignores.that_mean(finding.check.id, &finding.subject, places) {
            used.get_mut(position).into_iter().for_each(|used| *used = true);
            if now < ignore.expires {
                in_force = Some(ignore);
            } else {
                ended = Some(ignore);
            }
        }
        if let Some(ignore) = in_force {
            verdict.suppressed.push((finding, ignore));
            continue;
        }
        finding.note = ended.map(|ended| {
            format!("`{}` answered for this until {}, which is past", ended.owner, ended.expires)
        });
        verdict.told.push(finding);
    }
    verdict.suppressed.sort_by(|(a, _), (b, _)| Named::of(a).cmp(&Named::of(b)).then(a.at.cmp(&b.at)));
    verdict.suppressed.dedup_by(|(a, _), (b, _)| Named::of(a) == Named::of(b) && a.at == b.at);
    // What a change lets through is told once, beside an older version: nothing outlives it.
    let idle = inventory.ignores.iter().zip(used).filter(|(ignore, used)| !used && *ignore.check != *WIDENED);
    verdict.idle = idle.map(|(ignore, _)| ignore).collect();
    verdict
}

/// What a change lets through and nobody answers for, and how much somebody does.
#[must_use]
pub fn answered(inventory: &Inventory, widened: Vec<Widening>, now: Timestamp) -> (Vec<Widening>, usize) {
    let ignores = Ignores::of(inventory);
    let before = widened.len();
    let told: Vec<Widening> = widened
        .into_iter()
        .filter(|widening| {
            let mut meant = ignores.that_mean(WIDENED, "", [Some(widening.at), None]).into_iter();
            !meant.any(|(_, ignore)| now < ignore.expires)
        })
        .collect();
    let answered = before - told.len();
    (told, answered)
}
