//! `errata.md`: where the report is wrong, each with both places.

use std::fmt::Write as _;

use report::markup::words;

use crate::Report;
use crate::evidence::{made_from, word};

/// The page.
#[must_use]
pub fn markdown(report: &Report<'_>) -> String {
    let errata = &report.intel.errata;
    let mut out = String::from("# Errata\n\n");
    if errata.is_empty() {
        out.push_str(
            "Nothing was found in the report that contradicts itself, a knowledge base or arithmetic.\n",
        );
        out.push_str(&made_from(report));
        return out;
    }
    out.push_str(
        "Where the report contradicts itself, a knowledge base or arithmetic. What stands in quotation marks is the report's.\n",
    );
    for (nth, erratum) in errata.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(out, "\n{}. **{}**: {}\n", nth + 1, word(&erratum.kind), words(&erratum.message));
        for place in &erratum.places {
            let _ = match place.span {
                Some(span) => writeln!(
                    out,
                    "   - {}: \"{}\" (bytes {} to {})",
                    words(&place.says),
                    words(&report.quote(span)),
                    span.start,
                    span.end
                ),
                None => writeln!(out, "   - knowledge base: {}", words(&place.says)),
            };
        }
    }
    out.push_str(&made_from(report));
    out
}
