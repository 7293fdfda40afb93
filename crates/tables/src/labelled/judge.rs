//! The rules of the corpus's README, key by key.

use serde_json::Value;

use super::count::{Count, Score};
use super::matching::{HALF, WHOLE, choices, list, noun, pair, singular, text};

/// Roles of entities that a reader would put into the graph.
const ROLES: &[&str] = &["victim", "attacker", "discoverer", "third-party", "authority", "target"];

/// Kinds of errata of which a further one is wrong.
const STRICT_ERRATA: &[&str] = &[
    "arithmetic",
    "contradiction",
    "mixed-units",
    "revoked-id",
    "unknown-id",
    "name-against-id",
    "label-against-definition",
];

/// Scores an answer against a label.
pub(super) fn judge(label: &Value, answer: &Value) -> Score {
    let mut score = Score { reports: 1, ..Score::default() };
    let mut put = |key: &'static str, count: Count| {
        score.keys.insert(key, count);
    };
    put("is_incident", is_incident(label, answer));
    put("techniques", techniques(label, answer));
    for key in ["owasp", "owasp_stated", "cwe", "d3fend", "cves"] {
        put(key, ids(key, label, answer));
    }
    put("numbers", numbers(label, answer));
    for key in ["data_classes_exposed", "data_classes_not_exposed"] {
        put(key, classes(key, label, answer));
    }
    put("entities", entities(label, answer));
    put("observables", observables(label, answer));
    put("dates", dates(label, answer));
    put("errata", errata(label, answer));
    put("notification", notification(label, answer));
    score
}

/// What neither helps nor hurts under a key.
fn also<'a>(label: &'a Value, key: &str) -> &'a [Value] {
    label.get("also_ok").map(|also| list(also, key)).unwrap_or_default()
}

fn any(label: &Value, key: &str) -> bool {
    also(label, key).iter().any(|one| one.as_str() == Some("any"))
}

fn is_also(label: &Value, key: &str, value: &str) -> bool {
    also(label, key).iter().any(|one| {
        matches!(one.as_str(), Some(one) if one == value || one == "any")
            || choices(one, "id").contains(&value)
    })
}

fn is_incident(label: &Value, answer: &Value) -> Count {
    let expected = label.get("is_incident").cloned().unwrap_or_default();
    let said = answer.get("is_incident").cloned().unwrap_or_default();
    let same = expected == said || also(label, "is_incident").contains(&said);
    pair(&[expected], &[said], |_, _| if same { WHOLE } else { 0 }, |_| same)
}

/// Everything but what is only suggested.
fn shown(answer: &Value, key: &str) -> Vec<Value> {
    list(answer, key).iter().filter(|claim| text(claim, "status") != "suggested").cloned().collect()
}

fn techniques(label: &Value, answer: &Value) -> Count {
    let entries = list(label, "techniques");
    let worth = |status: &str, expected: &[&str]| {
        let swapped = matches!(status, "stated" | "claimed")
            && expected.iter().any(|one| matches!(*one, "stated" | "claimed"));
        if expected.contains(&status) {
            WHOLE
        } else if swapped {
            HALF
        } else {
            0
        }
    };
    let credit = |entry: &Value, claim: &Value| {
        let id = text(claim, "id");
        let ids = choices(entry, "id");
        let of_id = if ids.contains(&id) {
            WHOLE
        } else if ids
            .first()
            .is_some_and(|child| child.strip_prefix(id).is_some_and(|rest| rest.starts_with('.')))
        {
            HALF
        } else {
            0
        };
        of_id.min(worth(text(claim, "status"), &choices(entry, "status")))
    };
    let fine = |claim: &Value| {
        is_also(label, "techniques", text(claim, "id"))
            || entries.iter().any(|entry| credit(entry, claim) == WHOLE)
    };
    pair(entries, &shown(answer, "techniques"), credit, fine)
}

fn ids(key: &str, label: &Value, answer: &Value) -> Count {
    let entries = list(label, key);
    let credit = |entry: &Value, claim: &Value| {
        if choices(entry, "id").contains(&text(claim, "id")) { WHOLE } else { 0 }
    };
    let fine = |claim: &Value| {
        is_also(label, key, text(claim, "id")) || entries.iter().any(|entry| credit(entry, claim) > 0)
    };
    pair(entries, &shown(answer, key), credit, fine)
}

fn numbers(label: &Value, answer: &Value) -> Count {
    let entries = list(label, "numbers");
    let credit = |entry: &Value, number: &Value| {
        let unit = noun(text(number, "unit"));
        let same = value(entry)
            .is_some_and(|one| value(number).is_some_and(|other| (one - other).abs() < 1e-6))
            && choices(entry, "unit")
                .iter()
                .any(|one| singular(one.rsplit('-').next().unwrap_or(one)) == unit)
            && choices(entry, "role").contains(&text(number, "role"));
        if same { WHOLE } else { 0 }
    };
    let fine = |number: &Value| {
        text(number, "role") == "other"
            || any(label, "numbers")
            || entries.iter().chain(also(label, "numbers")).any(|entry| credit(entry, number) > 0)
    };
    pair(entries, list(answer, "numbers"), credit, fine)
}

fn value(number: &Value) -> Option<f64> {
    number.get("value").and_then(Value::as_f64)
}

fn classes(key: &str, label: &Value, answer: &Value) -> Count {
    let credit = |entry: &Value, claim: &Value| {
        if entry.as_str() == Some(text(claim, "class")) { WHOLE } else { 0 }
    };
    pair(list(label, key), &shown(answer, key), credit, |claim| is_also(label, key, text(claim, "class")))
}

fn same_name(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    !one.is_empty() && !other.is_empty() && (one.contains(&other) || other.contains(&one))
}

fn entities(label: &Value, answer: &Value) -> Count {
    let entries: Vec<Value> = list(label, "entities")
        .iter()
        .filter(|entry| choices(entry, "role").iter().any(|role| ROLES.contains(role)))
        .cloned()
        .collect();
    let credit = |entry: &Value, entity: &Value| {
        let same = choices(entry, "name").iter().any(|name| same_name(name, text(entity, "name")))
            && choices(entry, "kind").contains(&text(entity, "kind"))
            && choices(entry, "role").contains(&text(entity, "role"));
        if same { WHOLE } else { 0 }
    };
    let traps = label.get("must_not").map(|traps| list(traps, "entities")).unwrap_or_default();
    let fine = |entity: &Value| {
        !traps.iter().filter_map(Value::as_str).any(|trap| same_name(trap, text(entity, "name")))
    };
    pair(&entries, list(answer, "entities"), credit, fine)
}

fn observables(label: &Value, answer: &Value) -> Count {
    let entries = list(label, "observables");
    let credit = |entry: &Value, seen: &Value| {
        if text(entry, "value") != text(seen, "value") {
            0
        } else if choices(entry, "role").contains(&text(seen, "role"))
            && choices(entry, "type").contains(&text(seen, "type"))
        {
            WHOLE
        } else {
            HALF
        }
    };
    pair(entries, &shown(answer, "observables"), credit, |seen| {
        is_also(label, "observables", text(seen, "value"))
    })
}

fn dates(label: &Value, answer: &Value) -> Count {
    let credit = |entry: &Value, date: &Value| {
        let (expected, said) = (entry.as_str().unwrap_or_default(), text(date, "value"));
        if expected == said {
            WHOLE
        } else if expected.strip_prefix(said).is_some_and(|rest| rest.len() == 3 && rest.starts_with('-')) {
            HALF
        } else {
            0
        }
    };
    // A date that is told twice, with another event each time, is one date.
    let mut values = std::collections::BTreeSet::new();
    let said: Vec<Value> =
        list(answer, "dates").iter().filter(|date| values.insert(text(date, "value"))).cloned().collect();
    pair(list(label, "dates"), &said, credit, |date| is_also(label, "dates", text(date, "value")))
}

fn errata(label: &Value, answer: &Value) -> Count {
    let credit = |entry: &Value, erratum: &Value| {
        if choices(entry, "kind").contains(&text(erratum, "kind")) { WHOLE } else { 0 }
    };
    let fine = |erratum: &Value| {
        let kind = text(erratum, "kind");
        !STRICT_ERRATA.contains(&kind) || is_also(label, "errata", kind)
    };
    pair(list(label, "errata"), list(answer, "errata"), credit, fine)
}

/// Authorities and persons told, and the authorities and laws that are named for it. Silence that is
/// expected is no hit.
fn notification(label: &Value, answer: &Value) -> Count {
    const STATES: &[&str] = &["unmentioned", "evaluating", "planned", "done", "missing"];
    let none = Value::Null;
    let (expected, said) =
        (label.get("notification").unwrap_or(&none), answer.get("notification").unwrap_or(&none));
    let also = label.get("also_ok").and_then(|also| also.get("notification")).unwrap_or(&none);
    let parties = list(said, "parties");
    let mut sum = Count::default();
    for (key, whom) in [("authority", ["regulator", "police"]), ("persons", ["customers", "customers"])] {
        let state = parties
            .iter()
            .filter(|party| whom.contains(&text(party, "who")))
            .map(|party| text(party, "state"))
            .max_by_key(|state| STATES.iter().position(|known| known == state))
            .unwrap_or("unmentioned");
        let want = choices(expected, key);
        let fine = want.contains(&state) || list(also, key).iter().any(|one| one.as_str() == Some(state));
        let silent = "unmentioned";
        let entries: Vec<Value> = want
            .first()
            .filter(|want| **want != silent && !(fine && state == silent))
            .map(|_| format!("{key} {want:?}").into())
            .into_iter()
            .collect();
        let answers: Vec<Value> =
            (state != silent).then(|| format!("{key} {state}").into()).into_iter().collect();
        let count = pair(&entries, &answers, |_, _| if fine { WHOLE } else { 0 }, |_| fine);
        sum.add(&count);
        sum.faults.extend(count.faults);
    }
    let named: Vec<Value> = parties
        .iter()
        .filter(|party| matches!(text(party, "who"), "regulator" | "police"))
        .filter_map(|party| party.get("name").filter(|name| name.is_string()).cloned())
        .collect();
    let laws = list(said, "regimes").to_vec();
    for (key, answers) in [("authorities", named), ("regimes", laws)] {
        let credit = |entry: &Value, name: &Value| {
            let same = same_name(entry.as_str().unwrap_or_default(), name.as_str().unwrap_or_default());
            if same { WHOLE } else { 0 }
        };
        // Names that an authority of the graph has are one with it.
        let fine = |name: &Value| {
            list(expected, key).iter().chain(list(also, key)).any(|entry| credit(entry, name) > 0)
                || list(label, "entities").iter().any(|entity| {
                    choices(entity, "name")
                        .iter()
                        .any(|known| same_name(known, name.as_str().unwrap_or_default()))
                })
        };
        let count = pair(list(expected, key), &answers, credit, fine);
        sum.add(&count);
        sum.faults.extend(count.faults);
    }
    sum
}
