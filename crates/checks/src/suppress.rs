//! Which findings somebody answers for.
//!
//! A suppression whose day has come counts no more: its finding is told again, with the day. One that
//! suppresses nothing is told too, so that none outlives what it was written for.

use domain::Timestamp;
use spec::inventory::{Ignore, Inventory};

use crate::finding::Finding;

/// What came of the findings and the suppressions.
#[derive(Debug, Default)]
pub struct Verdict<'i> {
    /// What is told, in order.
    pub told: Vec<Finding>,
    /// What somebody answers for, with the suppression.
    pub suppressed: Vec<(Finding, &'i Ignore)>,
    /// Suppressions that suppress nothing.
    pub idle: Vec<&'i Ignore>,
}

impl Verdict<'_> {
    /// Whether a blocker is told.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.told.iter().any(Finding::is_blocker)
    }
}

/// Applies the suppressions of `inventory` to `findings` at `now`.
#[must_use]
pub fn suppress(inventory: &Inventory, findings: Vec<Finding>, now: Timestamp) -> Verdict<'_> {
    let mut used = vec![false; inventory.ignores.len()];
    let mut verdict = Verdict::default();
    for mut finding in findings {
        let file = inventory.source(finding.at.source).map(|source| source.name.clone()).unwrap_or_default();
        let meant = |ignore: &Ignore| {
            *ignore.check == *finding.check.id && ignore.scope.holds(&finding.subject, finding.at, &file)
        };
        let mut in_force = None;
        let mut ended: Option<&Ignore> = None;
        for (ignore, used) in inventory.ignores.iter().zip(&mut used).filter(|(ignore, _)| meant(ignore)) {
            *used = true;
            if now < ignore.expires {
                in_force = Some(ignore);
            } else {
                ended = Some(ignore);
            }
        }
        match (in_force, ended) {
            (Some(ignore), _) => verdict.suppressed.push((finding, ignore)),
            (None, Some(ended)) => {
                let note =
                    format!("`{}` answered for this until {}, which is past", ended.owner, ended.expires);
                finding.note = Some(note);
                verdict.told.push(finding);
            }
            (None, None) => verdict.told.push(finding),
        }
    }
    let idle = inventory.ignores.iter().zip(used).filter(|(_, used)| !used);
    verdict.idle = idle.map(|(ignore, _)| ignore).collect();
    verdict
}
