//! The alert that says that there are more.

use domain::{ClassSet, Severity, Timestamp};
use report::finding::{Activity, Finding, Status, line};

use crate::group::Summary;
use crate::notice::{GroupId, HELD_BACK, Notice};

/// `summary` as a notice.
pub(crate) fn notice(summary: &Summary, now: Timestamp) -> Notice {
    let severity = summary.severity();
    let mut title = format!("{} further incidents are held back", summary.waiting());
    if summary.lost > 0 {
        title.push_str(&format!(", {} were lost", summary.lost));
    }
    title.push_str(": more alerts than the cap per minute");
    let counts: Vec<(&str, String)> = Severity::ALL
        .into_iter()
        .zip(summary.held_back)
        .map(|(severity, count)| (severity.word(), count.to_string()))
        .collect();
    let groups: Vec<&str> = summary.groups.iter().map(GroupId::as_str).collect();
    let groups = groups.join(" ");
    let mut evidence: Vec<(&str, &str)> =
        counts.iter().map(|(name, count)| (*name, count.as_str())).collect();
    evidence.push(("incidents", &groups));
    let finding = Finding {
        uid: HELD_BACK,
        // Over restarts too, a later one is greater.
        sequence: now.millis(),
        title: &title,
        text: "Look at the list of incidents; what is held back is told as the cap allows, the gravest first.",
        activity: Activity::Updated,
        severity,
        status: Status::New,
        at: now,
        first: now,
        last: now,
        count: summary.waiting().saturating_add(summary.lost),
        sources: &[],
        endpoints: &[],
        detectors: &[],
        evidence: &evidence,
        techniques: &[],
        records_at_least: 0,
        records_at_most: Some(0),
        classes: ClassSet::default(),
    };
    let body = line(&finding).into_bytes().into();
    Notice {
        group: GroupId::held_back(),
        sequence: now.millis(),
        severity,
        records: 0,
        sources: 0,
        resumed: 0,
        over: false,
        title,
        body,
        at: now,
    }
}
