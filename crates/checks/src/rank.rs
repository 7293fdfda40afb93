//! From all that was found to what is told: one blocker per operation, the worst; the widest first.

use std::collections::HashMap;

use crate::Options;
use crate::facts::Facts;
use crate::finding::Finding;
use crate::radius::Radius;

/// Ranks the findings of all checks.
pub(crate) fn rank(facts: &Facts<'_>, found: Vec<Finding>, options: Options) -> Vec<Finding> {
    let mut blockers: HashMap<usize, Finding> = HashMap::new();
    let mut told = Vec::new();
    for finding in found {
        match finding.operation {
            Some(position) if finding.is_blocker() => {
                // The catalogue is in the order of weight: the first one found is the worst.
                blockers.entry(position).or_insert(finding);
            }
            _ => told.push(finding),
        }
    }
    for (position, mut finding) in blockers {
        finding.radius = facts.operations.get(position).map(|facts| Radius::of(facts, options.table));
        told.push(finding);
    }
    told.sort_by(|a, b| {
        let width = |finding: &Finding| finding.radius.map_or(0.0, |radius| radius.key());
        (b.check.weight.cmp(&a.check.weight))
            .then(width(b).total_cmp(&width(a)))
            .then_with(|| a.at.cmp(&b.at))
            .then(a.check.id.cmp(b.check.id))
    });
    told
}
