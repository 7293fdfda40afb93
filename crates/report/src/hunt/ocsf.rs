//! For a SIEM: one OCSF Detection Finding a line, as alerts write them ([`crate::finding`]).

use domain::{ClassSet, Endpoint, Timestamp};
use hunt::{Finding, Who};

use super::{Report, basis, rules, text};
use crate::attack::techniques;
use crate::finding::{self, Activity, Source, Status, Technique};

/// One finding or rule a line; `at` is when it is written.
#[must_use]
pub fn ocsf(report: &Report<'_>, at: Timestamp) -> String {
    let findings = report.told.findings.iter().map(|one| line(one, at) + "\n");
    findings.chain(report.told.rules.iter().map(|one| rules::ocsf(one, at) + "\n")).collect()
}

fn line(one: &Finding, at: Timestamp) -> String {
    let principal = match one.who {
        Who::Principal(digest) => Some(digest.to_string()),
        _ => None,
    };
    let mut sources: Vec<Source<'_>> = principal.as_deref().map(Source::Principal).into_iter().collect();
    if let (Who::Network(network), true) = (one.who, one.addresses.len() != 1) {
        sources.push(Source::Network(network));
    }
    sources.extend(one.addresses.iter().map(|(address, _)| Source::Address(*address)));
    let endpoints: Vec<&Endpoint> = one.doors.iter().map(|(endpoint, ..)| endpoint).collect();
    let detectors: Vec<&str> = one.signals.iter().map(|said| said.detector.word()).collect();
    let mut attacks: Vec<Technique<'_>> = Vec::new();
    for technique in one.signals.iter().flat_map(|said| techniques(said.detector)) {
        if !attacks.contains(technique) {
            attacks.push(*technique);
        }
    }
    let title = one.signals.first().map_or_else(String::new, text::what);
    let why = basis(one);
    let (exchanges, missed) = (one.exchanges.to_string(), one.missed.to_string());
    finding::line(&finding::Finding {
        uid: &one.id,
        sequence: 1,
        title: &title,
        text: &why,
        activity: Activity::Created,
        severity: one.severity,
        status: Status::New,
        at,
        first: one.first,
        last: one.last,
        count: one.exchanges,
        sources: &sources,
        endpoints: &endpoints,
        detectors: &detectors,
        evidence: &[("exchanges", &exchanges), ("missed", &missed), ("confidence", one.confidence.word())],
        techniques: &attacks,
        records_at_least: one.at_least,
        records_at_most: one.at_most,
        classes: ClassSet::EMPTY,
    })
}
