//! Blast radius: how many records could leave in an hour, and how soon a table would be empty.
//!
//! Records per call (page size, longest list, else one) times calls per hour (declared limit, the
//! front's limit). What nobody states is unbounded, and sorts first: so is an answer that is a whole
//! file. Where a finding says that the declared limit is not kept, only the fronts' pace counts. An
//! operation that answers without records has no radius.

use std::sync::Arc;

use domain::Segment;
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
    /// The radius of an operation by what `check` found of it, for a table of `table` records; `None`:
    /// no record leaves.
    #[must_use]
    pub(crate) fn of(facts: &OperationFacts<'_>, check: &str, table: u64) -> Option<Self> {
        if leaves_nothing(facts) {
            return None;
        }
        // What the finding says that nobody keeps is no bound: then only the fronts' own pace counts.
        let kept = !matches!(check, "ACH-014" | "ACH-016");
        let declared = calls_per_hour(facts.operation).filter(|_| kept);
        // Where intent and fronts both limit, the narrower one counts.
        let calls = [declared, facts.front_per_hour];
        let calls = calls.into_iter().flatten().filter(|calls| is_limit(*calls)).min_by(f64::total_cmp);
        let per_hour = match (records_per_call(facts.operation), calls) {
            (Some(records), Some(calls)) => Some(records * calls),
            _ => None,
        };
        let seconds = per_hour.filter(|rate| *rate > 0.0).map(|rate| number(table) / rate * 3600.0);
        Some(Self { records_per_hour: per_hour, seconds_to_empty: seconds })
    }

    /// The larger first; unbounded before everything.
    #[must_use]
    pub fn key(&self) -> f64 {
        self.records_per_hour.unwrap_or(f64::INFINITY)
    }
}

/// Most calls in an hour that count as a limit: 1,000 a second. What lets more through limits nobody.
pub(crate) const MOST_CALLS: f64 = 3_600_000.0;

/// Most records of one call that count as a bound: what lets more out at once bounds nobody.
pub(crate) const MOST_RECORDS: u64 = 100_000;

/// The bound, where it is one.
pub(crate) fn bound(most: Option<u64>) -> Option<u64> {
    most.filter(|most| *most <= MOST_RECORDS)
}

/// Whether so many calls in an hour are a limit at all.
pub(crate) fn is_limit(calls: f64) -> bool {
    calls <= MOST_CALLS
}

/// Whether its answers hold no record: no content, or nothing but whether it runs or a log-in went well.
fn leaves_nothing(facts: &OperationFacts<'_>) -> bool {
    let operation = facts.operation;
    let empty = |status: &str| matches!(status, "202" | "204" | "205") || status.starts_with('3');
    let mut successes = operation.statuses.iter().filter(|status| status.starts_with(['2', '3'])).peekable();
    let without_content = successes.peek().is_some() && successes.all(|status| empty(status));
    let bare = facts.open_by_nature && facts.personal.weight() == 0;
    let nothing = !operation.answer.many && !is_file(operation) && operation.object_refs.is_empty();
    // What is accepted for later may still say whose it is.
    without_content && facts.personal.weight() == 0 || bare && nothing
}

/// Whether the answer is a file: a table, an archive, bytes; or JSON of which nothing is said, from a
/// collection. One call takes all of it.
fn is_file(operation: &Operation) -> bool {
    const FILES: [&str; 14] = [
        "text/csv",
        "text/tab-separated-values",
        "application/csv",
        "application/octet-stream",
        "application/zip",
        "application/gzip",
        "application/x-tar",
        "application/x-ndjson",
        "application/jsonl",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml",
        "application/vnd.apache.parquet",
        "application/sql",
        "application/vnd.sqlite3",
    ];
    let answer = &operation.answer;
    let is_file = |media: &Arc<str>| {
        let media = media.to_ascii_lowercase();
        FILES.iter().any(|file| media.starts_with(file))
    };
    let ends_in_id = matches!(
        operation.endpoint.template().segments().last(),
        Some(Segment::Parameter(_) | Segment::Rest(_))
    );
    let unsaid = answer.described && answer.open_ended && answer.fields.is_empty();
    !ends_in_id && (answer.media.iter().any(is_file) || unsaid)
}

/// Records of one call at most; `None`: nothing bounds them.
pub(crate) fn records_per_call(operation: &Operation) -> Option<f64> {
    if is_file(operation) && operation.page_size.is_none() {
        return None;
    }
    let listed =
        operation.bulk.iter().map(|bulk| bound(bulk.most)).max_by_key(|most| most.unwrap_or(u64::MAX));
    match (listed, &operation.page_size) {
        (Some(most), _) => most.map(number),
        (None, Some(page)) => bound(page.most).or(bound(operation.answer.most)).map(number),
        (None, None) if operation.answer.many => bound(operation.answer.most).map(number),
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
        // All of it may be spent at once, however long the window is.
        .filter(|(most, _)| is_limit(f64::from(*most)))
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
