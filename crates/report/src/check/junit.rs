//! JUnit XML: a suite per file, a case per operation or route that was judged.
//!
//! A blocker is a failure, what cannot be judged an error, a warning stands in `system-out`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use checks::Finding;
use quick_xml::escape::escape;
use spec::diagnostic::Severity;
use spec::inventory::Place;

use super::{Checked, radius, standing};
use crate::inert::plain;

/// What happened in one case.
#[derive(Default)]
struct Case {
    failures: Vec<(String, String)>,
    errors: Vec<String>,
    notes: Vec<String>,
}

/// The findings as JUnit XML.
#[must_use]
pub fn junit(checked: &Checked<'_>) -> String {
    let mut suites: BTreeMap<Arc<str>, BTreeMap<String, Case>> = BTreeMap::new();
    let mut case = |place: Place, name: &str, change: &dyn Fn(&mut Case)| {
        let suite = suites.entry(checked.file(place)).or_default();
        change(suite.entry(name.to_owned()).or_default());
    };
    for operation in &checked.inventory.operations {
        case(operation.at, &operation.endpoint.to_string(), &|_| ());
    }
    for front in &checked.inventory.fronts {
        for route in &front.routes {
            // As findings call it: a route is one case, told or not.
            case(route.at, &front.subject(route), &|_| ());
        }
    }
    for fault in &checked.inventory.faults {
        let place = Place::new(fault.source, fault.diagnostic.at);
        let text = format!("line {}: {}", fault.diagnostic.at.line, fault.diagnostic.message);
        case(place, "can be judged", &|case| match fault.diagnostic.severity {
            Severity::Error => case.errors.push(text.clone()),
            Severity::Warning => case.notes.push(text.clone()),
        });
    }
    for widening in checked.widened {
        let text = format!("line {}\n{}", widening.at.span.line, widening.request);
        case(widening.at, "lets nothing new through", &|case| {
            case.failures.push((widening.message.clone(), text.clone()));
        });
    }
    for finding in &checked.verdict.told {
        let text = detail(checked, finding);
        case(finding.at, &finding.subject, &|case| {
            let message = format!("{}: {}", finding.check.id, finding.message);
            if finding.is_blocker() {
                case.failures.push((message, text.clone()));
            } else {
                case.notes.push(format!("{message}\n{text}"));
            }
        });
    }
    write(&suites)
}

fn detail(checked: &Checked<'_>, finding: &Finding) -> String {
    let mut text = format!("line {}: {}\n{}", finding.at.span.line, finding.label, standing(finding));
    if let Some(found) = &finding.radius {
        let _ = write!(text, "\ncould leave: {}", radius(found, checked.table));
    }
    for part in [&finding.help, &finding.add] {
        if !part.is_empty() {
            let _ = write!(text, "\n{part}");
        }
    }
    text
}

fn write(suites: &BTreeMap<Arc<str>, BTreeMap<String, Case>>) -> String {
    let total =
        |of: fn(&Case) -> bool| suites.values().flat_map(BTreeMap::values).filter(|case| of(case)).count();
    let tests: usize = suites.values().map(BTreeMap::len).sum();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "<testsuites name=\"tidegate check\" tests=\"{tests}\" failures=\"{}\" errors=\"{}\">",
        total(|case| !case.failures.is_empty()),
        total(|case| case.failures.is_empty() && !case.errors.is_empty()),
    );
    for (file, cases) in suites {
        let failures = cases.values().filter(|case| !case.failures.is_empty()).count();
        let errors =
            cases.values().filter(|case| case.failures.is_empty() && !case.errors.is_empty()).count();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\">",
            inert(file),
            cases.len(),
        );
        for (name, case) in cases {
            let _ = writeln!(out, "    <testcase classname=\"{}\" name=\"{}\">", inert(file), inert(name));
            for (message, text) in &case.failures {
                let _ = writeln!(
                    out,
                    "      <failure message=\"{}\" type=\"blocker\">{}</failure>",
                    inert(message),
                    inert(text)
                );
            }
            for text in &case.errors {
                let _ = writeln!(out, "      <error message=\"cannot be judged\">{}</error>", inert(text));
            }
            if !case.notes.is_empty() {
                let _ = writeln!(out, "      <system-out>{}</system-out>", inert(&case.notes.join("\n\n")));
            }
            out.push_str("    </testcase>\n");
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// Fit for XML 1.0: no control characters but line breaks, and escaped.
fn inert(text: &str) -> String {
    let plain: Vec<_> = text.lines().map(plain).collect();
    escape(plain.join("\n")).into_owned()
}
