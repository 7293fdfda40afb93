//! Derived Sigma rules as STIX indicators, with what of the report each was made from.

use countermeasures::facts::Way;
use countermeasures::rules::Rule;
use intel::{FrameKind as F, Intel, NumberRole, Span};
use stix::SigmaRule;

/// The rules, each with its evidence and the techniques that its tags name.
pub(super) fn rules(intel: &Intel, rules: &[Rule]) -> Vec<SigmaRule> {
    let sigma = |rule: &Rule| {
        let text = rule.yaml();
        Some(SigmaRule {
            title: rule.title.clone(),
            description: format!("sigma/{}.yml, derived from how the report tells it.", rule.name),
            techniques: techniques(&text),
            text,
            spans: Some(evidence(intel, rule.way)).filter(|spans| !spans.is_empty())?,
        })
    };
    rules.iter().filter_map(sigma).collect()
}

/// `attack.t1213.006`, as a tag in a list of its own line.
fn techniques(text: &str) -> Vec<String> {
    let mut found: Vec<String> = text
        .lines()
        .filter_map(|line| {
            line.trim().trim_start_matches("- ").trim_matches(['"', '\'']).strip_prefix("attack.t")
        })
        .map(|number| format!("T{number}"))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The statements that say how the records were taken; else the numbers of it; else what makes it an incident.
fn evidence(intel: &Intel, way: Way) -> Vec<Span> {
    let kinds: &[F] = match way {
        Way::Pages => &[F::Paged],
        Way::Objects => &[F::Enumerated, F::NoObjectCheck, F::PredictableIds],
        Way::Anonymous => &[F::NoAuthentication],
        Way::Volume => &[F::Automated, F::NoLimit, F::Retrieved],
        Way::Guessing => &[F::BruteForce, F::CredentialStuffing],
        Way::ManySources => &[F::ManySources],
    };
    let told = intel.frames.iter().filter(|frame| kinds.contains(&frame.kind) && !frame.is_negated);
    let told: Vec<Span> = told.map(|frame| frame.span).collect();
    if !told.is_empty() {
        return told;
    }
    let counted = intel.numbers.iter().filter(|number| {
        matches!(number.role, NumberRole::PerCall | NumberRole::Accessed | NumberRole::Requests)
    });
    let counted: Vec<Span> = counted.flat_map(|number| number.spans.iter().copied()).collect();
    if counted.is_empty() { intel.is_incident_because.clone() } else { counted }
}
