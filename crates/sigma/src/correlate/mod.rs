//! Correlations: matches of rules, counted by group within a window.
//!
//! Ours and not rsigma's, which recounts all values of a window at every event and keeps every group
//! for ever. Semantics are those of Sigma's correlation specification 2.1 with sliding windows: an event
//! at `t` sees what is not older than `t - timespan`. A condition is told when it begins to hold, and
//! again after a whole timespan in which it held on.

mod distinct;
mod groups;
mod window;

use rsigma_parser::{ConditionExpr, ConditionOperator, CorrelationType};

use self::distinct::Distinct;
use self::groups::Groups;
use self::window::{Memory, Seen};
use crate::event::Event;
use crate::field::Field;
use crate::hash;

/// Largest threshold of a count.
pub(crate) const MOST_THRESHOLD: u64 = 100_000;
/// Most groups of all correlations together.
const MOST_GROUPS: usize = 1 << 18;
/// Most entries that all groups of all correlations remember together.
const MOST_ENTRIES: usize = 1 << 20;

/// A correlation, ready to count.
#[derive(Clone, Debug)]
pub(crate) struct Correlation {
    /// Its place among all rules.
    pub(crate) rule: usize,
    pub(crate) kind: CorrelationType,
    /// How many rules it refers to.
    pub(crate) refers: usize,
    /// The names that rules group by, and for each rule that is referred to, the field behind it.
    pub(crate) group_by: Vec<(String, Vec<Field>)>,
    pub(crate) window_millis: u64,
    pub(crate) thresholds: Vec<(ConditionOperator, u64)>,
    /// Fields whose values are counted or summed.
    pub(crate) counted: Vec<Field>,
    /// For temporal kinds, which rules must have matched.
    pub(crate) wanted: Option<Wanted>,
}

/// A condition over rules that matched.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    Rule(usize),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
}

impl Wanted {
    /// Of an expression over the names of `rules`; `None` where it names another or has a quantifier.
    pub(crate) fn of(expression: &ConditionExpr, rules: &[String]) -> Option<Self> {
        let each = |parts: &[ConditionExpr]| {
            parts.iter().map(|part| Self::of(part, rules)).collect::<Option<Vec<_>>>()
        };
        Some(match expression {
            ConditionExpr::Identifier(name) => Self::Rule(rules.iter().position(|rule| rule == name)?),
            ConditionExpr::And(parts) => Self::All(each(parts)?),
            ConditionExpr::Or(parts) => Self::Any(each(parts)?),
            ConditionExpr::Not(part) => Self::Not(Box::new(Self::of(part, rules)?)),
            ConditionExpr::Selector { .. } => return None,
        })
    }

    fn holds(&self, hit: &dyn Fn(usize) -> bool) -> bool {
        match self {
            Self::Rule(rule) => hit(*rule),
            Self::All(parts) => parts.iter().all(|part| part.holds(hit)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(hit)),
            Self::Not(part) => !part.holds(hit),
        }
    }
}

/// A condition that began to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fired {
    /// The count; one above the largest threshold stands for more.
    pub(crate) count: u64,
    pub(crate) group: Vec<(String, String)>,
}

/// Correlations with what they remember.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counting {
    all: Vec<(Correlation, Groups)>,
}

impl Counting {
    pub(crate) fn new(all: Vec<Correlation>) -> Self {
        let share = all.len().max(1);
        let groups = || Groups::new(MOST_GROUPS / share, MOST_ENTRIES / share);
        Self { all: all.into_iter().map(|correlation| (correlation, groups())).collect() }
    }

    pub(crate) fn get(&self, nth: usize) -> Option<&Correlation> {
        self.all.get(nth).map(|(correlation, _)| correlation)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Correlation> {
        self.all.iter().map(|(correlation, _)| correlation)
    }

    /// Groups that had to leave while they still counted, over all correlations.
    pub(crate) fn forgotten(&self) -> u64 {
        self.all.iter().map(|(_, groups)| groups.forgotten()).sum()
    }

    /// Tells the `nth` correlation that the `refer`th of its rules matched `event`.
    pub(crate) fn feed(
        &mut self,
        nth: usize,
        refer: usize,
        event: &Event<'_>,
        at: u64,
        seed: u64,
    ) -> Option<Fired> {
        let (correlation, groups) = self.all.get_mut(nth)?;
        let field_of = |fields: &Vec<Field>| fields.get(refer).copied();
        let mut key = hash::mix(seed, 0x7469_6465);
        for (_, fields) in &correlation.group_by {
            // An event without the field belongs to no group.
            key = hash::mix(key, event.digest(seed, field_of(fields)?)?);
        }
        let seen = correlation.seen(refer, event, seed)?;
        let window = correlation.window_millis;
        let told = groups.touch(
            key,
            at,
            window,
            || correlation.memory(),
            |group, now| {
                let since = now.saturating_sub(window);
                group.memory.see(seen, now, since, correlation.most());
                let count = correlation.holds(&group.memory, since);
                let again = group.told.is_none_or(|told| now.saturating_sub(told) >= window);
                let begins = count.is_some() && (!group.held || again);
                group.held = count.is_some();
                if begins {
                    group.told = Some(now);
                }
                count.filter(|_| begins)
            },
        );
        let count = told.flatten()?;
        Some(Fired { count, group: correlation.group(refer, event)? })
    }
}

impl Correlation {
    /// The group of an event of which the `refer`th rule holds, for people; `None` where it has none.
    pub(crate) fn group(&self, refer: usize, event: &Event<'_>) -> Option<Vec<(String, String)>> {
        let shown = |(name, fields): &(String, Vec<Field>)| {
            let field = fields.get(refer).copied()?;
            event.digest(0, field)?;
            Some((name.clone(), event.shown(field).unwrap_or_else(|| "(not shown)".into())))
        };
        self.group_by.iter().map(shown).collect()
    }

    /// How many are counted at most: one more than the largest threshold decides every comparison.
    fn most(&self) -> usize {
        let largest = self.thresholds.iter().map(|(_, threshold)| *threshold).max().unwrap_or(0);
        usize::try_from(largest.min(MOST_THRESHOLD)).unwrap_or(usize::MAX).saturating_add(1)
    }

    /// Whether every one of its rules must match.
    pub(crate) const fn needs_all(&self) -> bool {
        matches!(self.kind, CorrelationType::TemporalOrdered)
            || matches!(self.kind, CorrelationType::Temporal) && self.wanted.is_none()
    }

    fn memory(&self) -> Memory {
        match self.kind {
            CorrelationType::ValueCount => Memory::Values(Distinct::new()),
            CorrelationType::Temporal => Memory::Hits(vec![0; self.refers]),
            CorrelationType::TemporalOrdered => Memory::Chain(vec![0; self.refers]),
            CorrelationType::ValueSum | CorrelationType::ValueAvg => {
                Memory::Sums { entries: Default::default(), sum: 0, count: 0 }
            }
            _ => Memory::Events(Default::default()),
        }
    }

    fn seen(&self, refer: usize, event: &Event<'_>, seed: u64) -> Option<Seen> {
        Some(match self.kind {
            CorrelationType::ValueCount => {
                let digest =
                    |hash, field: &Field| event.digest(seed, *field).map(|digest| hash::mix(hash, digest));
                Seen::Value(self.counted.iter().try_fold(seed, digest)?)
            }
            CorrelationType::Temporal | CorrelationType::TemporalOrdered => Seen::Rule(refer),
            CorrelationType::ValueSum | CorrelationType::ValueAvg => {
                Seen::Number(event.number(self.counted.first().copied()?)?)
            }
            _ => Seen::Event,
        })
    }

    /// The count, where the condition holds.
    fn holds(&self, memory: &Memory, since: u64) -> Option<u64> {
        let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let within = |count: u64, of: u64| {
            // An average is compared without a division: sum against threshold times count.
            self.thresholds.iter().all(|(operator, threshold)| {
                let (count, threshold) = (u128::from(count), u128::from(*threshold) * u128::from(of));
                match operator {
                    ConditionOperator::Lt => count < threshold,
                    ConditionOperator::Lte => count <= threshold,
                    ConditionOperator::Gt => count > threshold,
                    ConditionOperator::Gte => count >= threshold,
                    ConditionOperator::Eq => count == threshold,
                    ConditionOperator::Neq => count != threshold,
                }
            })
        };
        let hit = |rule: usize| memory.hit(rule, since);
        match self.kind {
            CorrelationType::Temporal => {
                let hits = (0..self.refers).filter(|rule| hit(*rule)).count();
                let holds = match &self.wanted {
                    Some(wanted) => wanted.holds(&hit),
                    None => hits == self.refers,
                };
                holds.then(|| number(hits))
            }
            CorrelationType::TemporalOrdered => hit(self.refers.checked_sub(1)?).then(|| number(self.refers)),
            CorrelationType::ValueSum | CorrelationType::ValueAvg => {
                let Memory::Sums { sum, count, .. } = memory else { return None };
                let sum = u64::try_from(*sum).unwrap_or(u64::MAX);
                let of = if self.kind == CorrelationType::ValueAvg { *count } else { 1 };
                within(sum, of).then(|| sum.checked_div(of).unwrap_or(0))
            }
            _ => {
                let count = number(memory.len());
                within(count, 1).then_some(count)
            }
        }
    }
}
