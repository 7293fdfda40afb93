//! Advice that would not meet the attack that the report tells of.

use super::{Claims, at, erratum, known};
use crate::model::{Discourse, Erratum, ErratumKind as K, FrameKind as F, NumberRole, Span};
use crate::report::Report;

pub(super) fn check(report: &Report, claims: &Claims<'_>, out: &mut Vec<Erratum>) {
    let advice: Vec<(usize, String)> = report
        .discoursed
        .clauses
        .iter()
        .enumerate()
        .filter(|(_, clause)| clause.role == Discourse::Recommended)
        .map(|(nth, clause)| (nth, report.reading.words(clause.tokens.clone()).to_lowercase()))
        .collect();
    // Neighbouring clauses of one sentence belong together.
    let find = |all: &[&[&str]]| -> Option<Span> {
        advice.iter().enumerate().find_map(|(at, (nth, said))| {
            let near: String = advice
                .get(at..(at + 3).min(advice.len()))
                .unwrap_or_default()
                .iter()
                .map(|(_, said)| said.as_str())
                .collect::<Vec<_>>()
                .join(" ");
            let first = all.first().is_some_and(|words| words.iter().any(|word| said.contains(word)));
            (first && all.iter().all(|words| words.iter().any(|word| near.contains(word))))
                .then(|| report.clause_span(*nth))
                .flatten()
        })
    };
    let told_post = told(report, &["post request", "http post", "request body", "graphql"]);
    let batches = report
        .told(F::Paged)
        .find(|framed| framed.frame.status.is_asserted())
        .map(|framed| framed.frame.span);
    let anonymous = report
        .told(F::NoAuthentication)
        .find(|framed| framed.frame.status.is_asserted())
        .map(|framed| framed.frame.span);
    let per_call = claims
        .numbers
        .iter()
        .find(|number| number.role == NumberRole::PerCall)
        .and_then(|number| number.spans.first().copied());
    let parameters = find(&[&[
        "?id=",
        "?user=",
        "?customer=",
        "sequential request",
        "changing parameter",
        "query parameter",
        "id=1",
        "incrementally changing",
    ]]);
    if let (Some(advice), Some(post)) = (parameters, told_post.or(batches)) {
        out.push(erratum(
            K::AdviceMissesAttack,
            "the advised rule watches parameters of the address; the attack as told sends a body or pages and would pass: count records, not parameters",
            vec![at(advice, "watches parameters of the address"), at(post, "the request as told")],
        ));
    }
    let entropy = advice
        .iter()
        .chain(&told_all(report))
        .find(|(_, said)| said.contains("high-entropy") || said.contains("high entropy"))
        .map(|(nth, _)| *nth);
    let sequence = find(&[&["sequential", "?id=1", "incrementing", "consecutive"]]);
    if let (Some(span), Some(sequence)) = (entropy.and_then(|nth| report.clause_span(nth)), sequence) {
        out.push(erratum(
            K::IllustrationContradictsTerm,
            "high entropy is illustrated with ids that follow each other, which are low in entropy",
            vec![at(span, "speaks of high entropy"), at(sequence, "shows a sequence")],
        ));
    }
    for (tool, place, is) in TOOLS {
        let whole = report.reading.sentences.iter().enumerate().find(|(_, sentence)| {
            let said =
                crate::source::mapped::cut(report.reading.text(), sentence.range.clone()).to_lowercase();
            said.contains(tool) && place.iter().any(|place| said.contains(place))
        });
        if let Some(span) = whole.and_then(|(_, sentence)| report.span(sentence.range.clone())) {
            out.push(erratum(
                K::ToolMisplaced,
                format!("`{tool}` {is}"),
                vec![at(span, format!("names {tool} for something else")), known(*is)],
            ));
        }
    }
    let single = find(&[
        &[
            "block the source ip",
            "block an ip",
            "block the ip",
            "blocking the ip",
            "single ip",
            "block ip",
            "block that ip",
            "source ip",
            "per ip",
            "each ip",
            "ip-based",
            "ip address",
        ],
        &["block", "limit", "flag", "ban"],
    ]);
    let endpoint_wide = find(&[&[
        "per endpoint",
        "endpoint-wide",
        "across all",
        "for the endpoint as a whole",
        "global limit",
    ]]);
    if let (Some(span), None, Some(attack)) = (single, endpoint_wide, report.told(F::Retrieved).next()) {
        out.push(erratum(
            K::SingleSourceAdvice,
            "stopping one address does not stop a scrape from many; a limit for the endpoint does",
            vec![
                at(span, "stops one address"),
                at(attack.frame.span, "nothing binds the attack to one address"),
            ],
        ));
    }
    let velocity = find(&[&[
        "number of requests",
        "rate limit",
        "velocity",
        "requests per",
        "rate-limit",
        "request limit",
        "throttl",
    ]]);
    let counts_records = find(&[&[
        "records per",
        "number of records",
        "count records",
        "record limit",
        "volume of records",
        "page size",
        "response size",
    ]]);
    if let (Some(span), Some(batch), None) = (velocity, per_call.or(batches), counts_records) {
        out.push(erratum(
            K::RequestsNotRecords,
            "a limit on requests does not bound records: one request carries several",
            vec![at(span, "limits requests"), at(batch, "several records with one request")],
        ));
    }
    let session = find(&[&[
        "session activity",
        "web session",
        "session analysis",
        "user session",
        "session-based",
        "per user",
        "user behavior",
        "user behaviour",
    ]]);
    if let (Some(span), Some(open)) = (session, anonymous) {
        out.push(erratum(
            K::NeedsIdentity,
            "where nobody is asked who they are there is no session: the analysis needs another key (address, fingerprint, the endpoint as a whole)",
            vec![at(span, "analyses sessions"), at(open, "nobody was asked who they are")],
        ));
    }
}

/// Tools, where they are named, and what they are.
const TOOLS: &[(&str, &[&str], &str)] = &[
    (
        "gatekeeper",
        &["ci/cd", "pipeline", "ci "],
        "admits objects of a Kubernetes cluster; a gate in a pipeline is OPA itself or conftest",
    ),
    ("antivirus", &["api", "endpoint"], "looks at files of a machine; it sees no request to an API"),
    ("pci dss", &["gdpr"], "is a standard of the card industry, not a law"),
];

fn told(report: &Report, words: &[&str]) -> Option<Span> {
    let found = report.discoursed.clauses.iter().enumerate().find(|(_, clause)| {
        let said = report.reading.words(clause.tokens.clone()).to_lowercase();
        clause.tells() && words.iter().any(|word| said.contains(word))
    });
    found.and_then(|(nth, _)| report.clause_span(nth))
}

fn told_all(report: &Report) -> Vec<(usize, String)> {
    report
        .discoursed
        .clauses
        .iter()
        .enumerate()
        .map(|(nth, clause)| (nth, report.reading.words(clause.tokens.clone()).to_lowercase()))
        .collect()
}
