//! Blast radius: how many records could leave in an hour, and how soon a table would be empty.
//!
//! Records per call (page size, longest list, else one) times calls per hour (declared limit, the
//! front's limit). What nobody states is unbounded, and sorts first.

use serde::Serialize;

use spec::inventory::Operation;

use crate::facts::OperationFacts;

/// How much could leave through one operation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Radius {
    /// Records per hour; `None`: unbounded.
    pub records_per_hour: Option<f64>,
    /// Seconds until a table of the given size is read; `None`: unbounded, as fast as the line.
    pub seconds_to_empty: Option<f64>,
}

impl Radius {
    /// The radius of an operation for a table of `table` records.
    #[must_use]
    pub fn of(facts: &OperationFacts<'_>, table: u64) -> Self {
        // Where intent and fronts both limit, the narrower one counts.
        let calls = [calls_per_hour(facts.operation), facts.front_per_hour];
        let calls = calls.into_iter().flatten().min_by(f64::total_cmp);
        let per_hour = match (records_per_call(facts.operation), calls) {
            (Some(records), Some(calls)) => Some(records * calls),
            _ => None,
        };
        let seconds = per_hour.filter(|rate| *rate > 0.0).map(|rate| number(table) / rate * 3600.0);
        Self { records_per_hour: per_hour, seconds_to_empty: seconds }
    }

    /// The larger first; unbounded before everything.
    #[must_use]
    pub fn key(&self) -> f64 {
        self.records_per_hour.unwrap_or(f64::INFINITY)
    }
}

/// Records of one call at most; `None`: nothing bounds them.
pub(crate) fn records_per_call(operation: &Operation) -> Option<f64> {
    let listed = operation.bulk.iter().map(|bulk| bulk.most).max_by_key(|most| most.unwrap_or(u64::MAX));
    match (listed, &operation.page_size) {
        (Some(most), _) => most.map(number),
        (None, Some(page)) => page.most.or(operation.answer.most).map(number),
        (None, None) if operation.answer.many => operation.answer.most.map(number),
        (None, None) => Some(1.0),
    }
}

/// People whose records one caller may be told of in an hour, by the declared budget.
pub(crate) fn people_per_hour(operation: &Operation) -> Option<f64> {
    let budgets = &operation.intent.declared()?.budget;
    let hourly = |subjects: u32, millis: u64| f64::from(subjects) * 3_600_000.0 / number(millis.max(1));
    budgets.iter().map(|budget| hourly(budget.subjects, budget.per.millis())).min_by(f64::total_cmp)
}

/// Calls of one caller in an hour at most; `None`: nothing bounds them.
pub(crate) fn calls_per_hour(operation: &Operation) -> Option<f64> {
    let limits = &operation.intent.declared()?.limit;
    limits
        .iter()
        .filter_map(|limit| limit.requests.or(limit.distinct).map(|most| (most, limit.per)))
        .map(|(most, per)| f64::from(most) * 3_600_000.0 / number(per.millis().max(1)))
        .min_by(f64::total_cmp)
}

/// Requests of one caller in an hour at most, by limits that count requests; `None`: none is declared.
pub(crate) fn requests_per_hour(operation: &Operation) -> Option<f64> {
    let limits = &operation.intent.declared()?.limit;
    limits
        .iter()
        .filter_map(|limit| {
            Some(f64::from(limit.requests?) * 3_600_000.0 / number(limit.per.millis().max(1)))
        })
        .min_by(f64::total_cmp)
}

#[expect(clippy::as_conversions, reason = "a size for people; the nearest float will do")]
const fn number(count: u64) -> f64 {
    count as f64
}
