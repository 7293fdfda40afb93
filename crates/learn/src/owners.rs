//! Which ownership rule holds at a door, by what fields of answers equalled claims of tokens.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::{Exchange, Ownership};

/// Most rules that are followed at a door: the gateway tells eight of an answer.
const MOST_RULES: usize = 16;
/// Most callers of whom a door remembers whether the rule held: enough to be sure.
const MOST_CALLERS: usize = 4096;
/// Most people of whom a rule remembers whose they were.
const MOST_PEOPLE: usize = 8192;

/// Rules that were seen to hold at one door.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    rules: BTreeMap<(Arc<str>, Arc<str>), Rule>,
    /// Callers without a name who received records.
    callers: BTreeSet<u64>,
}

#[derive(Debug, Default)]
struct Rule {
    /// Callers for whom every record of some answer was their own by this rule.
    held: BTreeSet<u64>,
    /// Whose each person was.
    whose: HashMap<u64, u64>,
    /// Whether one person was two callers' own: a tenant, a role, a team, no owner.
    is_shared: bool,
}

/// A rule that may be proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) rule: Ownership,
    /// Callers for whom it held.
    pub(crate) callers: usize,
    /// Callers who received records.
    pub(crate) of: usize,
}

impl Owners {
    /// Takes in an answer with records that a verified caller without a name received.
    pub(crate) fn take(&mut self, who: u64, exchange: &Exchange) {
        if self.callers.len() >= MOST_CALLERS && !self.callers.contains(&who) {
            return;
        }
        self.callers.insert(who);
        for seen in exchange.owned.iter().filter(|seen| seen.equal == seen.of) {
            let key = (Arc::clone(&seen.field), Arc::clone(&seen.claim));
            if self.rules.len() >= MOST_RULES && !self.rules.contains_key(&key) {
                continue;
            }
            let rule = self.rules.entry(key).or_default();
            rule.held.insert(who);
            for person in &exchange.subjects {
                let person = person.short();
                match rule.whose.get(&person) {
                    Some(other) => rule.is_shared |= *other != who,
                    None if rule.whose.len() < MOST_PEOPLE => {
                        rule.whose.insert(person, who);
                    }
                    None => {}
                }
            }
        }
    }

    /// The rule that held for at least nine in ten callers, and for two at least. A field of the answer
    /// goes before a parameter of the path, for it is held against what leaves.
    pub(crate) fn best(&self) -> Option<Held> {
        let of = self.callers.len();
        let fits = |rule: &Rule| {
            !rule.is_shared
                && rule.held.len() >= 2
                && rule.held.len().saturating_mul(10) >= of.saturating_mul(9)
        };
        let held = self.rules.iter().filter(|(_, rule)| fits(rule)).filter_map(|((field, claim), rule)| {
            let text = format!("{field} = claim.{claim}");
            Some(Held { rule: text.parse().ok()?, callers: rule.held.len(), of })
        });
        held.max_by_key(|held| {
            (
                matches!(held.rule, Ownership::Field { .. }),
                held.callers,
                std::cmp::Reverse(held.rule.to_string()),
            )
        })
    }
}

/// Whether every record of the answer was the caller's own by `rule`.
pub(crate) fn holds(rule: &Ownership, exchange: &Exchange) -> bool {
    let (field, claim) = match rule {
        Ownership::Field { path, claim } => (path.to_string(), claim),
        Ownership::PathParameter { name, claim } => (format!("path.{name}"), claim),
        Ownership::Parent { .. } => return false,
        Ownership::All(rules) => return rules.iter().all(|rule| holds(rule, exchange)),
    };
    let mut seen = exchange.owned.iter();
    seen.any(|seen| *seen.field == *field && seen.claim == *claim && seen.equal == seen.of)
}
