//! What can be looked for: patterns of observables, the observables themselves where the attack used
//! them, and Sigma rules that were made from the report.

use catalog::attack;
use intel::{EventKind, Observable, ObservableRole, ObservableType as T, Span, Status};
use rstix::core::ScoKind;
use rstix::{Bundle, id::generate_sco_id};
use serde_json::{Value, json};

use super::Subject;
use crate::evidence::{Basis, Provenance};
use crate::facts::word;
use crate::ids;
use crate::making::Making;
use crate::pattern::pattern;

/// The most observables that become objects: the first ones; the object of `--format json` has all.
const OBSERVABLES_MAX: usize = 1_000;

/// Adds an indicator for each observable that the attack used or that the report says to look for, and
/// for each rule. Examples, placeholders and references are none.
pub(super) fn indicators(making: &mut Making<'_>, subject: &Subject) {
    let intel = making.intel;
    let wanted = intel
        .observables
        .iter()
        .filter(|seen| matches!(seen.role, ObservableRole::Indicator | ObservableRole::Hunting));
    for seen in wanted.take(OBSERVABLES_MAX) {
        let Some(pattern) = pattern(seen) else { continue };
        // What readers of patterns refuse is no pattern, whatever the report holds it for.
        if rstix::Pattern::parse(&pattern).is_err() {
            continue;
        }
        let basis = Basis::of(seen.status, "", None, &seen.spans);
        let used = seen.role == ObservableRole::Indicator;
        let (types, description) = if used && seen.status.is_asserted() {
            ("malicious-activity", "Used in the attack, as the report tells it.")
        } else {
            ("anomalous-activity", "The report says to look for it.")
        };
        let own = json!({
            "name": format!("{}: {}", word(&seen.kind), seen.value.chars().take(200).collect::<String>()),
            "description": description,
            "indicator_types": [types],
            "pattern": pattern,
            "pattern_type": "stix",
            "pattern_version": "2.1",
            "valid_from": making.stamp,
        });
        let key = format!("{}|{}|{}", word(&seen.kind), word(&seen.role), seen.value);
        let id = making.about("indicator", &key, &basis, own);
        making.relate(&id, "related-to", &subject.id, description, &basis);
        if used && !seen.is_pattern {
            observed(making, subject, seen, &id, &basis);
        }
    }
    for rule in &making.options.rules {
        let basis = Basis {
            status: Status::Suggested,
            provenance: Provenance::Inferred,
            because: "made from what the report tells",
            by: None,
            spans: rule.spans.clone(),
        };
        let own = json!({
            "name": rule.title,
            "description": rule.description,
            "indicator_types": ["anomalous-activity"],
            "pattern": rule.text,
            "pattern_type": "sigma",
            "valid_from": making.stamp,
        });
        let id = making.about("indicator", &format!("sigma|{}|{}", rule.title, rule.text), &basis, own);
        making.relate(&id, "related-to", &subject.id, "rule for logs", &basis);
        for technique in rule.techniques.iter().filter_map(|technique| attack::technique(technique)) {
            let target = super::techniques::put(making, technique);
            making.relate(&id, "indicates", &target, "technique that the rule finds", &basis);
        }
    }
}

/// The observable itself, and that it was observed, where the report says on which day.
fn observed(
    making: &mut Making<'_>,
    subject: &Subject,
    seen: &Observable,
    indicator: &str,
    basis: &Basis<'_>,
) {
    let Some(object) = observable(seen) else { return };
    let id = making.put(object);
    making.relate(&id, "related-to", &subject.id, "observable of the incident", basis);
    let Some((stamp, spans)) = day(making) else { return };
    let basis = Basis { spans: basis.spans.iter().chain(&spans).copied().collect(), ..basis.clone() };
    let own = json!({
        "first_observed": stamp,
        "last_observed": stamp,
        "number_observed": 1,
        "object_refs": [id],
    });
    let data = making.about("observed-data", &id, &basis, own);
    making.relate(indicator, "based-on", &data, "observable of the incident", &basis);
}

/// The day on which records were taken, where the report gives exactly one.
fn day(making: &Making<'_>) -> Option<(String, Vec<Span>)> {
    let mut days = making
        .intel
        .dates
        .iter()
        .filter(|date| date.event == Some(EventKind::Accessed) && date.status.is_asserted())
        .filter_map(|date| Some((crate::published(&date.value).ok()?, date.spans.clone())));
    let day = days.next()?;
    days.next().is_none().then_some(day)
}

/// An observable as STIX has it, with the id that STIX gives it; nothing where it is none after all.
fn observable(seen: &Observable) -> Option<Value> {
    let (kind, name, own) = match seen.kind {
        T::Url => (ScoKind::Url, "url", json!({ "value": seen.value })),
        T::Domain => (ScoKind::DomainName, "domain-name", json!({ "value": seen.value })),
        T::Ipv4 => (ScoKind::Ipv4Addr, "ipv4-addr", json!({ "value": seen.value })),
        T::Ipv6 => (ScoKind::Ipv6Addr, "ipv6-addr", json!({ "value": seen.value })),
        T::Email => (ScoKind::EmailAddr, "email-addr", json!({ "value": seen.value })),
        T::Md5 => (ScoKind::File, "file", json!({ "hashes": { "MD5": seen.value } })),
        T::Sha1 => (ScoKind::File, "file", json!({ "hashes": { "SHA-1": seen.value } })),
        T::Sha256 => (ScoKind::File, "file", json!({ "hashes": { "SHA-256": seen.value } })),
        T::Sha512 => (ScoKind::File, "file", json!({ "hashes": { "SHA-512": seen.value } })),
        T::UrlPath | T::FilePath | T::CommandLine | T::UserAgent | T::LogSource | T::Cve => return None,
    };
    let id = generate_sco_id(kind, &own).ok()?;
    let mut object = json!({ "type": name, "spec_version": "2.1", "id": id.as_str() });
    if let (Some(object), Value::Object(own)) = (object.as_object_mut(), own) {
        object.extend(own);
    }
    // A URL that no program would open is told of, but is no object.
    let alone = json!({ "type": "bundle", "id": ids::id("bundle", "alone"), "objects": [object] });
    Bundle::parse(&alone.to_string()).is_ok().then_some(object)
}
