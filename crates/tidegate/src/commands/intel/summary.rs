//! The short form for people. Everything in it stands in the JSON with its places.

use std::fmt::Write as _;

use intel::{Amount, Claim, Intel, NumberRole, Status};
use report::plain;

/// A page of text.
pub(super) fn text(intel: &Intel) -> String {
    let mut out = String::new();
    let mut line = |name: &str, parts: Vec<String>| {
        if !parts.is_empty() {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{name:<18}{}", plain(&parts.join("; ")));
        }
    };
    line("read", vec![intel.how_much_was_read()]);
    line("title", intel.title.iter().map(|title| title.id.clone()).collect());
    line(
        "incident",
        vec![if intel.is_incident { "yes" } else { "no: it tells of nothing that happened" }.to_owned()],
    );
    line(
        "entities",
        intel
            .entities
            .iter()
            .filter(|one| one.role != intel::EntityRole::Reference)
            .map(|one| format!("{} ({})", one.name, word(&one.role)))
            .collect(),
    );
    line(
        "numbers",
        intel
            .numbers
            .iter()
            .filter(|one| one.role != NumberRole::Other)
            .map(|one| format!("{} {} ({})", amount(one.value), one.unit, word(&one.role)))
            .collect(),
    );
    line(
        "derived",
        intel
            .derived
            .iter()
            .map(|one| format!("{} {} = {}", amount(one.value), one.unit, one.arithmetic))
            .collect(),
    );
    line(
        "exposed",
        intel.data_classes_exposed.iter().map(|one| marked(one.class.word(), one.status)).collect(),
    );
    line(
        "not exposed",
        intel.data_classes_not_exposed.iter().map(|one| marked(one.class.word(), one.status)).collect(),
    );
    line(
        "techniques",
        intel.techniques.iter().map(|one| marked(&format!("{} {}", one.id, one.name), one.status)).collect(),
    );
    line("owasp", claims(&intel.owasp));
    line("owasp, its label", claims(&intel.owasp_stated));
    line("weaknesses", claims(&intel.cwe));
    line("defences", claims(&intel.d3fend));
    line("vulnerabilities", claims(&intel.cves));
    line(
        "observables",
        intel.observables.iter().map(|one| format!("{} ({})", one.value, word(&one.role))).collect(),
    );
    line(
        "timeline",
        intel
            .timeline
            .iter()
            .map(|one| format!("{} {}", one.date.as_deref().unwrap_or("then"), word(&one.kind)))
            .collect(),
    );
    line("notification", vec![word(&intel.notification.state)]);
    line(
        "risk",
        intel.risk.iter().map(|risk| format!("{}: {}", word(&risk.level), risk.arithmetic)).collect(),
    );
    for erratum in &intel.errata {
        line("erratum", vec![erratum.message.clone()]);
    }
    out
}

fn claims(claims: &[Claim]) -> Vec<String> {
    claims.iter().map(|claim| marked(format!("{} {}", claim.id, claim.name).trim(), claim.status)).collect()
}

fn marked(what: &str, status: Status) -> String {
    if status == Status::Stated { what.to_owned() } else { format!("{what} [{}]", word(&status)) }
}

/// The word that stands for it in JSON.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn amount(value: Amount) -> String {
    match value {
        Amount::Whole(value) => value.to_string(),
        Amount::Decimal(value) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        let report = "Acme\u{1b}[31m\u{202e} leaked. The API asked for no authentication and an attacker downloaded 10,000 records.";
        let intel = intel::understand(report.as_bytes(), "").unwrap();
        let text = text(&intel);
        assert!(text.contains("10000 records (accessed)"), "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }
}
