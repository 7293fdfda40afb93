//! `report.md`: the page for people. Every statement has its sentence of the report.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use intel::{Amount, Bound, Claim, EntityRole, NumberRole, Risk, Span, Status};
use report::markup::{cell, code, words};

use crate::evidence::word;
use crate::{Measures, Report};

/// The page.
#[must_use]
pub fn markdown(report: &Report<'_>, measures: &Measures) -> String {
    let intel = report.intel;
    let mut out = String::new();
    let title = intel.title.as_ref().map_or("untitled report", |title| title.id.as_str());
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(out, "# Report: {}\n", words(title));
    let layer = match &intel.source.text_layer {
        Some(_) => {
            " Places are bytes of `report.txt`, the text layer of the PDF, which stands beside this page."
        }
        None => "",
    };
    let _ = writeln!(out, "Read: {}.{layer}\n", intel.how_much_was_read());
    let _ = writeln!(out, "{}\n", summary(report));
    happened(report, &mut out);
    who(report, &mut out);
    data(report, &mut out);
    numbers(report, &mut out);
    techniques(report, &mut out);
    claims(report, &mut out, "Weaknesses", &[&intel.owasp, &intel.cwe]);
    claims(report, &mut out, "Defences", &[&intel.d3fend, &intel.mitigations]);
    observables(report, &mut out);
    duties(report, &mut out);
    if let Some(risk) = &intel.risk {
        self::risk(report, risk, &mut out);
    }
    crate::replay_page::write(measures, &mut out);
    errata(report, &mut out);
    left_out(report, &mut out);
    sources(report, &mut out);
    out
}

fn summary(report: &Report<'_>) -> String {
    if report.intel.is_incident {
        "The report tells of an incident. Every row below has the sentence that says so; what stands in quotation marks is the report's, and *suggested* is what Tidegate adds by a rule.".to_owned()
    } else {
        "The report tells of nothing that happened: what follows is what it names, and nothing is asserted."
            .to_owned()
    }
}

/// A heading and the head of a table.
fn table(out: &mut String, title: &str, columns: &[&str]) {
    let _ = writeln!(out, "## {title}\n\n| {} |\n|{}", columns.join(" | "), "---|".repeat(columns.len()));
}

fn row(out: &mut String, cells: &[String]) {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

fn said(report: &Report<'_>, spans: &[Span]) -> String {
    let quote = report.first_quote(spans);
    match spans.first() {
        Some(span) => format!("\"{quote}\" (bytes {} to {})", span.start, span.end),
        None => String::new(),
    }
}

fn by(status: Status, by: Option<&str>) -> String {
    match by {
        Some(by) => format!("{} by {by}", word(&status)),
        None => word(&status),
    }
}

fn happened(report: &Report<'_>, out: &mut String) {
    let events = &report.intel.timeline;
    if events.is_empty() {
        return;
    }
    table(out, "What happened", &["order", "when", "what", "status", "the report says"]);
    for event in events {
        let what =
            if event.is_ongoing { format!("{} (goes on)", word(&event.kind)) } else { word(&event.kind) };
        let when = match (&event.date, &event.until) {
            (Some(date), Some(until)) => format!("{date} to {until}"),
            (Some(date), None) => date.clone(),
            (None, _) => "no date".to_owned(),
        };
        row(out, &[event.order.to_string(), when, what, word(&event.status), said(report, &event.spans)]);
    }
    out.push('\n');
}

fn who(report: &Report<'_>, out: &mut String) {
    let entities: Vec<_> =
        report.intel.entities.iter().filter(|entity| entity.role != EntityRole::Reference).collect();
    if entities.is_empty() {
        return;
    }
    table(out, "Who", &["role", "who", "kind", "status", "the report says"]);
    for entity in entities {
        row(
            out,
            &[
                word(&entity.role),
                entity.name.clone(),
                word(&entity.kind),
                by(entity.status, entity.by.as_deref()),
                said(report, &entity.spans),
            ],
        );
    }
    out.push('\n');
}

fn data(report: &Report<'_>, out: &mut String) {
    let intel = report.intel;
    if intel.data_classes_exposed.is_empty() && intel.data_classes_not_exposed.is_empty() {
        return;
    }
    table(out, "What data", &["class", "exposed", "status", "the report says"]);
    let lists = [(&intel.data_classes_exposed, "yes"), (&intel.data_classes_not_exposed, "no")];
    for (claims, exposed) in lists {
        for claim in claims {
            row(
                out,
                &[
                    claim.class.word().to_owned(),
                    exposed.to_owned(),
                    by(claim.status, claim.by.as_deref()),
                    said(report, &claim.spans),
                ],
            );
        }
    }
    out.push('\n');
}

/// A number for people.
pub(crate) fn amount(value: Amount) -> String {
    match value {
        Amount::Whole(value) => report::grouped(value),
        Amount::Decimal(value) => value.to_string(),
    }
}

fn bounded(bound: Bound, value: Amount, unit: &str) -> String {
    let before = match bound {
        Bound::Exact => "",
        Bound::About => "about ",
        Bound::AtLeast => "at least ",
        Bound::AtMost => "at most ",
    };
    format!("{before}{} {unit}", amount(value))
}

fn numbers(report: &Report<'_>, out: &mut String) {
    let counted: Vec<_> =
        report.intel.numbers.iter().filter(|number| number.role != NumberRole::Other).collect();
    if counted.is_empty() {
        return;
    }
    table(out, "How many", &["role", "number", "status", "the report says"]);
    for number in counted {
        row(
            out,
            &[
                word(&number.role).replace('_', " "),
                bounded(number.bound, number.value, &number.unit),
                by(number.status, number.by.as_deref()),
                said(report, &number.spans),
            ],
        );
    }
    for derived in &report.intel.derived {
        row(
            out,
            &[
                format!("derived: {}", derived.says),
                bounded(derived.bound, derived.value, &derived.unit),
                format!("= {}", derived.arithmetic),
                said(report, &derived.spans),
            ],
        );
    }
    out.push('\n');
}

fn techniques(report: &Report<'_>, out: &mut String) {
    let intel = report.intel;
    if intel.techniques.is_empty() && intel.consequences.is_empty() {
        return;
    }
    table(out, "Techniques", &["technique", "tactics", "status", "why", "the report says"]);
    let lists = [(&intel.techniques, ""), (&intel.consequences, ", may follow")];
    for (claims, after) in lists {
        for claim in claims {
            row(
                out,
                &[
                    format!("{} {}", claim.id, claim.name),
                    claim.tactics.join(", "),
                    by(claim.status, claim.by.as_deref()) + after,
                    claim.because.clone(),
                    said(report, &claim.spans),
                ],
            );
        }
    }
    out.push('\n');
}

fn claims(report: &Report<'_>, out: &mut String, title: &str, lists: &[&Vec<Claim>]) {
    if lists.iter().all(|claims| claims.is_empty()) {
        return;
    }
    table(out, title, &["id", "name", "status", "why", "the report says"]);
    for claim in lists.iter().copied().flatten() {
        row(
            out,
            &[
                claim.id.clone(),
                claim.name.clone(),
                by(claim.status, claim.by.as_deref()),
                claim.because.clone(),
                said(report, &claim.spans),
            ],
        );
    }
    out.push('\n');
}

fn observables(report: &Report<'_>, out: &mut String) {
    if report.intel.observables.is_empty() {
        return;
    }
    table(out, "What can be looked for", &["type", "value", "role", "the report says"]);
    for one in &report.intel.observables {
        row(out, &[word(&one.kind), one.value.clone(), word(&one.role), said(report, &one.spans)]);
    }
    out.push('\n');
}

fn duties(report: &Report<'_>, out: &mut String) {
    let notification = &report.intel.notification;
    let _ = writeln!(
        out,
        "## Notification\n\nWhat the report says of telling people and authorities: {}.\n",
        word(&notification.state)
    );
    for party in &notification.parties {
        let name = party.name.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
        let line = format!("{}{name}: {}; {}", party.who, word(&party.state), said(report, &party.spans));
        let _ = writeln!(out, "- {}", words(&line));
    }
    if !notification.parties.is_empty() {
        out.push('\n');
    }
}

fn risk(report: &Report<'_>, risk: &Risk, out: &mut String) {
    let _ = writeln!(out, "## Risk: {}\n\n{}\n", word(&risk.level), words(&risk.arithmetic));
    let _ = writeln!(out, "| part | fact | points | the report says |\n|---|---|---|---|");
    for (part, factors) in [("likelihood", &risk.likelihood_factors), ("impact", &risk.impact_factors)] {
        for factor in factors {
            let silent = "nothing: assumed".to_owned();
            let quote = if factor.spans.is_empty() { silent } else { said(report, &factor.spans) };
            row(out, &[part.to_owned(), factor.fact.clone(), factor.points.to_string(), quote]);
        }
    }
    out.push('\n');
}

fn errata(report: &Report<'_>, out: &mut String) {
    let _ = writeln!(out, "## Errata\n");
    if report.intel.errata.is_empty() {
        out.push_str("None was found.\n\n");
        return;
    }
    for erratum in &report.intel.errata {
        let _ = writeln!(out, "- **{}**: {}", word(&erratum.kind), words(&erratum.message));
    }
    out.push_str("\nBoth places of each stand in `errata.md`.\n\n");
}

/// Most places that are told of one kind; all stand in `intel.json`.
const MOST_PLACES: usize = 5;

/// What of the report was not read, and what was mended in it: each kind with its count and places.
fn left_out(report: &Report<'_>, out: &mut String) {
    let intel = report.intel;
    let mut kinds: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    let dropped = intel.dropped.iter().map(|one| ("left out", word(&one.reason), one.span));
    let mended = intel.repairs.iter().map(|one| ("mended", word(&one.kind), one.span));
    for (done, kind, span) in dropped.chain(mended) {
        kinds.entry(format!("{done}: {kind}")).or_default().push(span);
    }
    if kinds.is_empty() {
        return;
    }
    table(out, "Left out and mended", &["what", "times", "bytes", "where", "the first of it"]);
    for (kind, spans) in kinds {
        let bytes: usize = spans.iter().map(|span| span.end - span.start).sum();
        let mut places: Vec<String> =
            spans.iter().take(MOST_PLACES).map(|span| format!("{} to {}", span.start, span.end)).collect();
        if spans.len() > MOST_PLACES {
            places.push(format!("and {} more", spans.len() - MOST_PLACES));
        }
        let first = spans.first().map(|span| report.beginning(*span)).unwrap_or_default();
        row(out, &[kind, spans.len().to_string(), bytes.to_string(), places.join(", "), first]);
    }
    out.push('\n');
}

fn sources(report: &Report<'_>, out: &mut String) {
    let intel = report.intel;
    let _ = writeln!(out, "## Made from\n");
    let _ = writeln!(
        out,
        "- report: {}, {} bytes, SHA-256 {}",
        words(report.name),
        intel.source.bytes,
        code(&intel.source.sha256)
    );
    let _ = writeln!(out, "- published: {}", report.published.unwrap_or("the report does not say a day"));
    for knowledge in &intel.knowledge {
        let _ = writeln!(out, "- {} {}", words(&knowledge.name), words(&knowledge.version));
    }
    let _ = writeln!(out, "- Tidegate {}", env!("CARGO_PKG_VERSION"));
}
