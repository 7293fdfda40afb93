//! For programs: one object, or one finding a line, or one a row.
//!
//! The JSON is stable: `{"format": "tidegate.hunt/1", "totals": {…}, "findings": […], "rules": […], "blind_rules": […], "stopped_asking": […],
//! "set_aside": […], "inputs": […], "endpoints": […], "blind_spots": […]}`. Fields may be added, none is renamed.

use std::net::IpAddr;

use domain::Endpoint;
use hunt::{Finding, LineRef, Said, Stopped, Storm, UnusualHour, Who};
use serde_json::{Value, json};

use super::{Report, blind, records, rules};
use crate::attack::techniques;
use crate::inert;

/// Most endpoints that are listed.
const MOST_ENDPOINTS: usize = 1000;

/// Everything.
#[must_use]
pub fn json(report: &Report<'_>) -> String {
    let Report { told, inputs, .. } = report;
    let totals = told.totals;
    let value = json!({
        "format": "tidegate.hunt/1",
        "totals": {
            "lines": inputs.iter().map(|input| input.lines).sum::<u64>(),
            "unreadable": inputs.iter().map(|input| input.unreadable).sum::<u64>(),
            "exchanges": totals.exchanges,
            "own": totals.own,
            "marked": totals.marked,
            "agreed": totals.agreed,
            "idle": totals.idle,
            "counted": totals.counted,
            "incomplete": totals.incomplete,
            "outside": totals.outside,
            "untold": told.untold,
            "untold_matches": told.untold_matches,
            "forgotten_groups": told.forgotten_groups,
            "first": totals.first,
            "last": totals.last,
        },
        "findings": told.findings.iter().map(finding).collect::<Vec<_>>(),
        "rules": told.rules.iter().map(rules::json).collect::<Vec<_>>(),
        "blind_rules": rules::blind_json(report),
        "stopped_asking": told.stopped.iter().map(stopped).collect::<Vec<_>>(),
        "error_storms": told.storms.iter().map(storm).collect::<Vec<_>>(),
        "unusual_hours": told.unusual.iter().map(unusual).collect::<Vec<_>>(),
        "set_aside": told.aside.iter().map(|aside| json!({
            "because": aside.because,
            "finding": finding(&aside.finding),
        })).collect::<Vec<_>>(),
        "inputs": inputs.iter().map(|input| json!({
            "name": input.name,
            "dialect": input.dialect.map(events::Dialect::word),
            "lines": input.lines,
            "unreadable": input.unreadable,
        })).collect::<Vec<_>>(),
        "endpoints": told.doors.iter().take(MOST_ENDPOINTS).map(|(endpoint, matter, count)| json!({
            "endpoint": endpoint,
            "about": matter.word(),
            "exchanges": count.exchanges,
            "good": count.good,
            "refused": count.refused,
            "faults": count.faults,
            "errors": count.errors,
            "bytes_sent": count.sent,
            "first": count.first,
            "last": count.last,
        })).collect::<Vec<_>>(),
        "blind_spots": blind::spots(inputs).map(|spot| json!({
            "input": spot.input,
            "unseen": spot.unseen,
            "remedy": spot.remedy,
        })).collect::<Vec<_>>(),
    });
    crate::json_text(&value)
}

/// One finding a line, then one rule a line, then what became of endpoints; `kind` says which.
#[must_use]
pub fn ndjson(report: &Report<'_>) -> String {
    let told = report.told;
    let lines = told.findings.iter().map(|one| finding(one).to_string() + "\n");
    let of_kind = |kind: &str, mut value: Value| {
        value.as_object_mut().and_then(|object| object.insert("kind".into(), kind.into()));
        value.to_string() + "\n"
    };
    let stopped = told.stopped.iter().map(|one| of_kind("stopped-asking", stopped(one)));
    let storms = told.storms.iter().map(|one| of_kind("error-storm", storm(one)));
    let unusual = told.unusual.iter().map(|one| of_kind("unusual-hour", unusual(one)));
    let notes = stopped.chain(storms).chain(unusual);
    lines.collect::<String>() + &rules::ndjson(report) + &notes.collect::<String>()
}

fn stopped((endpoint, stopped): &(Endpoint, Stopped)) -> Value {
    json!({
        "endpoint": endpoint,
        "refused_before": stopped.refused,
        "answers_before": stopped.answers,
        "answers_since": stopped.since,
        "since": stopped.first,
    })
}

fn storm((endpoint, storm): &(Endpoint, Storm)) -> Value {
    json!({ "endpoint": endpoint, "hour": storm.at, "errors": storm.errors, "exchanges": storm.exchanges })
}

fn unusual((endpoint, hour): &(Endpoint, UnusualHour)) -> Value {
    json!({
        "endpoint": endpoint, "hour": hour.at, "answers": hour.answers, "usual_at_most": hour.usual, "weeks": hour.weeks,
    })
}

/// One finding or rule a row, with a head. `addresses` are those that are kept, the busiest first, with a
/// space between; `exchanges_from_more_addresses` came from others.
#[must_use]
pub fn csv(report: &Report<'_>) -> String {
    let head = [
        "id",
        "severity",
        "confidence",
        "who",
        "addresses",
        "detectors",
        "endpoint",
        "first",
        "last",
        "exchanges",
        "records_at_least",
        "records_at_most",
        "techniques",
        "exchanges_from_more_addresses",
    ];
    let mut out = head.join(",") + "\n";
    let told = report.told;
    for one in &told.findings {
        let detectors: Vec<&str> = one.signals.iter().map(|said| said.detector.word()).collect();
        let cells = [
            one.id.clone(),
            one.severity.to_string(),
            one.confidence.word().to_owned(),
            super::text::who(one),
            addresses(&one.addresses),
            detectors.join(" "),
            one.doors.first().map_or_else(String::new, |(endpoint, ..)| endpoint.to_string()),
            one.first.to_string(),
            one.last.to_string(),
            one.exchanges.to_string(),
            one.at_least.to_string(),
            one.at_most.map_or_else(String::new, |most| most.to_string()),
            attacks(one).join(" "),
            one.more_addresses.to_string(),
        ];
        row(&cells, &mut out);
    }
    told.rules.iter().for_each(|one| row(&rules::cells(one), &mut out));
    out
}

/// Addresses in one cell.
pub(super) fn addresses(all: &[(IpAddr, u64)]) -> String {
    all.iter().map(|(address, _)| address.to_string()).collect::<Vec<_>>().join(" ")
}

fn row(cells: &[String], out: &mut String) {
    for (nth, cell) in cells.iter().enumerate() {
        if nth > 0 {
            out.push(',');
        }
        inert::cell(cell, out);
    }
    out.push('\n');
}

/// Techniques of a finding, each once.
pub(super) fn attacks(finding: &Finding) -> Vec<&'static str> {
    let mut ids: Vec<&str> = Vec::new();
    for technique in finding.signals.iter().flat_map(|said| techniques(said.detector)) {
        if !ids.contains(&technique.id) {
            ids.push(technique.id);
        }
    }
    ids
}

fn finding(one: &Finding) -> Value {
    let who = match one.who {
        Who::Principal(digest) => json!({ "principal": digest }),
        Who::Network(network) => json!({ "network": network.to_string() }),
        Who::Crowd(_) => json!({ "crowd": true }),
    };
    json!({
        "kind": "finding",
        "id": one.id,
        "severity": one.severity,
        "confidence": one.confidence.word(),
        "who": who,
        "addresses": one.addresses.iter().map(|(address, times)| json!({ "ip": address, "exchanges": times })).collect::<Vec<_>>(),
        "exchanges_from_more_addresses": one.more_addresses,
        "agents": one.agents.iter().map(|(agent, kind, times)| json!({
            "text": inert::plain(&String::from_utf8_lossy(agent)), "kind": kind.word(), "exchanges": times,
        })).collect::<Vec<_>>(),
        "endpoints": one.doors.iter().map(|(endpoint, matter, times, good)| json!({
            "endpoint": endpoint, "about": matter.word(), "exchanges": times, "served": good,
        })).collect::<Vec<_>>(),
        "signals": one.signals.iter().map(said).collect::<Vec<_>>(),
        "techniques": attacks(one),
        "first": one.first,
        "last": one.last,
        "exchanges": one.exchanges,
        "missed": one.missed,
        "records": records(one),
        "records_at_least": one.at_least,
        "records_at_most": one.at_most,
        "basis": one.bases.iter().map(|basis| basis.word()).collect::<Vec<_>>(),
        "innocent_reading": one.innocent,
        "behaves_as_no_browser": one.is_no_browser,
        "bytes_down": one.client.map(|client| client.sent),
        "bytes_up": one.client.map(|client| client.received),
        "plots": one.plots.iter().map(|(endpoint, points)| json!({
            "endpoint": endpoint,
            "points": points.iter().map(|point| json!([point.at, point.number, point.served])).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "lines": one.lines.iter().chain(&one.last_lines).map(|LineRef { input, line }| json!([input, line])).collect::<Vec<_>>(),
    })
}

fn said(said: &Said) -> Value {
    json!({
        "detector": said.detector,
        "severity": said.severity,
        "evidence": said.evidence,
        "first": said.first,
        "spoke": said.spoke,
        "last": said.last,
        "times": said.times,
    })
}
