//! From all that was found to what is told.
//!
//! At most one blocker per operation, the worst ([`crate::catalogue::HARM`]), and at most one warning per operation and
//! check. A document that declares no intent has one finding for all that only
//! intent can say. What repeats over a document is one finding with its number. The widest blast radius
//! comes first.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use spec::inventory::{Place, SourceId};

use crate::Options;
use crate::catalogue::{Check, harm};
use crate::checks::missing_intent;
use crate::facts::{Facts, OperationFacts};
use crate::finding::Finding;
use crate::radius::Radius;

/// Operations that a finding about many names.
pub(crate) const MOST_NAMED: usize = 10;
/// From so many on, the same in one document is one finding.
const REPEATED: usize = 4;

/// Checks that say in different ways that a route stands open: of one route, the first of them is told.
const OPEN: [&str; 3] = ["ACH-010", "ACH-011", "ACH-009"];

/// Whether it is about a route of which another check says better why it must not stand open.
fn is_said_otherwise(finding: &Finding, routes: &HashSet<(&'static str, Arc<str>, Place)>) -> bool {
    let better = OPEN.iter().take_while(|id| **id != finding.check.id);
    finding.operation.is_none()
        && OPEN.contains(&finding.check.id)
        && better.into_iter().any(|id| routes.contains(&(*id, Arc::clone(&finding.subject), finding.at)))
}

/// Ranks the findings of all checks, which come in the order of the catalogue.
pub(crate) fn rank(facts: &Facts<'_>, mut found: Vec<Finding>, options: Options) -> Vec<Finding> {
    found.sort_by_key(|finding| harm(finding.check.id));
    let declares = |finding: &Finding| {
        let operation = finding.operation.and_then(|position| facts.operations.get(position));
        operation.is_none_or(|operation| operation.document_declares)
    };
    let mut of_intent: HashMap<SourceId, Vec<usize>> = HashMap::new();
    let mut known: HashSet<(usize, &'static str)> = HashSet::new();
    let mut blocked: HashSet<(usize, bool)> = HashSet::new();
    let open = |finding: &&Finding| finding.operation.is_none() && OPEN.contains(&finding.check.id);
    let routes: HashSet<(&'static str, Arc<str>, Place)> =
        found.iter().filter(open).map(|one| (one.check.id, Arc::clone(&one.subject), one.at)).collect();
    let mut told: Vec<Finding> = Vec::new();
    for mut finding in found {
        if let Some(position) = finding.operation {
            // What only intent can say hides nothing that the document itself shows.
            let unsaid = finding.of_intent && !declares(&finding);
            if unsaid && !options.strict && finding.note.is_none() {
                of_intent.entry(finding.at.source).or_default().push(position);
                continue;
            }
            let first = if finding.is_blocker() {
                // Found in the order of harm: the first is the worst.
                blocked.insert((position, unsaid))
            } else {
                known.insert((position, finding.check.id))
            };
            if !first {
                continue;
            }
            if finding.is_blocker() {
                finding.radius = facts
                    .operations
                    .get(position)
                    .and_then(|facts| Radius::of(facts, finding.check.id, options.table));
            }
        } else if is_said_otherwise(&finding, &routes) {
            continue;
        }
        told.push(finding);
    }
    let mut told = collapse(facts, told, options, &declares);
    told.extend(of_intent.into_values().filter_map(|operations| undeclared(facts, operations, options)));
    told.sort_by(|a, b| {
        let width = |finding: &Finding| finding.radius.map_or(0.0, |radius| radius.key());
        (b.check.weight.cmp(&a.check.weight))
            .then(width(b).total_cmp(&width(a)))
            .then_with(|| a.at.cmp(&b.at))
            .then(a.check.id.cmp(b.check.id))
            .then_with(|| a.subject.cmp(&b.subject))
    });
    // Two fronts made from the same lines say the same.
    told.dedup_by(|a, b| {
        a.check.id == b.check.id && a.subject == b.subject && a.at == b.at && a.others == b.others
    });
    told
}

/// What makes findings one: the same place, or the same document where a check repeats in it.
///
/// Blockers of documents that declare intent stay apart: each is to be mended at its operation.
fn collapse(
    facts: &Facts<'_>,
    found: Vec<Finding>,
    options: Options,
    declares: &dyn Fn(&Finding) -> bool,
) -> Vec<Finding> {
    let mut places: HashMap<(&'static str, Place), usize> = HashMap::new();
    let mut documents: HashMap<(&'static str, SourceId), usize> = HashMap::new();
    for finding in found.iter().filter(|finding| finding.operation.is_some()) {
        *places.entry((finding.check.id, finding.at)).or_default() += 1;
        *documents.entry((finding.check.id, finding.at.source)).or_default() += 1;
    }
    let mut groups: HashMap<(&'static str, Place), Vec<Finding>> = HashMap::new();
    let mut told = Vec::new();
    for finding in found {
        let (id, at) = (finding.check.id, finding.at);
        let repeats = documents.get(&(id, at.source)).is_some_and(|count| *count >= REPEATED);
        let apart = options.strict || finding.is_blocker() && declares(&finding);
        let same_place = places.get(&(id, at)).is_some_and(|count| *count > 1);
        // What a suppression that has ended answered for is told by itself, with the day.
        if finding.operation.is_none() || finding.note.is_some() {
            told.push(finding);
        } else if repeats && !apart {
            let document = Place { source: at.source, ..Place::default() };
            groups.entry((id, document)).or_default().push(finding);
        } else if same_place {
            groups.entry((id, at)).or_default().push(finding);
        } else {
            told.push(finding);
        }
    }
    told.extend(groups.into_values().filter_map(|group| many(facts, group)));
    told
}

/// One finding for many of the same check, the riskiest operation first.
fn many(facts: &Facts<'_>, group: Vec<Finding>) -> Option<Finding> {
    let positions = riskiest(facts, group.iter().filter_map(|finding| finding.operation).collect());
    let count = group.len();
    let first = positions.first().copied();
    let mut one = group.into_iter().find(|finding| finding.operation == first)?;
    let check = one.check;
    let example = std::mem::take(&mut one.message);
    one.message = format!("{count} {}, such as: {example}", check.many);
    Some(of_document(facts, one, &positions, count))
}

/// The one finding of a document that declares no intent.
fn undeclared(facts: &Facts<'_>, operations: Vec<usize>, options: Options) -> Option<Finding> {
    let positions = riskiest(facts, operations);
    let worst = facts.operations.get(*positions.first()?)?;
    let check: &'static Check = &missing_intent::CHECK;
    let source = worst.operation.at.source;
    let in_document = positions.iter().filter_map(|position| facts.operations.get(*position));
    let open = in_document.clone().filter(|operation| operation.open).count();
    let records = in_document.filter(|operation| !operation.operation.object_refs.is_empty()).count();
    let count = positions.len();
    let message = format!(
        "no operation declares who may call it: {count} operations, of which {open} let anyone in and \
         {records} address records by an id"
    );
    let mut one = Finding::new(check, worst.subject.as_str(), worst.operation.id_at, message)
        .label("the riskiest of them")
        .help("declare audience, owner and limit under `x-tidegate`, the riskiest operations first")
        .add(crate::checks::declaration_of_one(worst));
    one.radius = Radius::of(worst, check.id, options.table);
    one.at.source = source;
    Some(of_document(facts, one, &positions, count))
}

/// Makes `finding` one about a whole document.
fn of_document(facts: &Facts<'_>, mut finding: Finding, positions: &[usize], count: usize) -> Finding {
    let name = facts.inventory.source(finding.at.source).map(|source| source.name.clone());
    finding.subject = name.unwrap_or_else(|| Arc::from("the document"));
    finding.operation = None;
    finding.count = count;
    let named = positions.iter().take(MOST_NAMED).filter_map(|position| facts.operations.get(*position));
    finding.others = named.map(|operation| operation.subject.as_str().into()).collect();
    finding
}

/// The operations once each, the riskiest first; of equal ones the first in the inventory.
fn riskiest(facts: &Facts<'_>, mut positions: Vec<usize>) -> Vec<usize> {
    positions.sort_unstable();
    positions.dedup();
    let risk = |position: &usize| facts.operations.get(*position).map_or(0, risk);
    positions.sort_by_key(|position| std::cmp::Reverse(risk(position)));
    positions
}

/// How much is at stake: who gets in, what is behind the door, how much of it at once.
fn risk(facts: &OperationFacts<'_>) -> u32 {
    let operation = facts.operation;
    let points = [
        (facts.open && facts.reads && facts.personal.weight() > 0, 64),
        (facts.personal.weight() >= 5, 16),
        (facts.personal.weight() > 0, 16),
        (facts.admin.is_some(), 12),
        (facts.open && !facts.open_by_nature, 8),
        (operation.answer.many, 4),
        (facts.unbounded.is_some(), 4),
        (!operation.object_refs.is_empty(), 4),
        (operation.object_refs.iter().any(|object| object.enumerable.is_some()), 2),
        (facts.reads, 1),
    ];
    points.into_iter().filter(|(holds, _)| *holds).map(|(_, points)| points).sum()
}
