//! Entries against answers of one key.

use serde_json::Value;

use super::count::Count;

/// A whole hit.
pub(super) const WHOLE: u32 = 2;
/// Half a hit.
pub(super) const HALF: u32 = 1;

/// Pairs expected entries with answers, the best pairs first, each at most once.
///
/// `credit` says what an answer is worth for an entry, `fine` whether an answer that satisfied none is still
/// not wrong.
pub(super) fn pair(
    entries: &[Value],
    answers: &[Value],
    credit: impl Fn(&Value, &Value) -> u32,
    fine: impl Fn(&Value) -> bool,
) -> Count {
    let mut pairs: Vec<(u32, usize, usize)> = Vec::new();
    for (nth, entry) in entries.iter().enumerate() {
        for (at, answer) in answers.iter().enumerate() {
            let worth = credit(entry, answer);
            if worth > 0 {
                pairs.push((WHOLE - worth.min(WHOLE), nth, at));
            }
        }
    }
    pairs.sort_unstable();
    let (mut met, mut used) = (vec![0; entries.len()], vec![false; answers.len()]);
    for (lacks, nth, at) in pairs {
        let (Some(met), Some(used)) = (met.get_mut(nth), used.get_mut(at)) else { continue };
        if *met == 0 && !*used {
            *met = WHOLE - lacks;
            *used = true;
        }
    }
    let mut count = Count::default();
    for (entry, met) in entries.iter().zip(&met) {
        count.hits += met;
        count.missed += WHOLE - met;
        if *met < WHOLE {
            count.faults.push(format!("{} {entry}", if *met == 0 { "missed" } else { "half  " }));
        }
    }
    for (answer, _) in answers.iter().zip(&used).filter(|(answer, used)| !**used && !fine(answer)) {
        count.wrong += WHOLE;
        count.faults.push(format!("wrong  {}", brief(answer)));
    }
    count
}

fn brief(answer: &Value) -> String {
    let Some(fields) = answer.as_object() else { return answer.to_string() };
    let keep = [
        "id", "value", "unit", "role", "status", "name", "kind", "type", "class", "words", "because",
        "spans", "message",
    ];
    let kept = fields.iter().filter(|(key, _)| keep.contains(&key.as_str()));
    kept.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
}

/// A field as text; empty where there is none.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The entries of a list; empty where there is none.
pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The preferred answer to a field and those that are worth as much.
pub(super) fn choices<'a>(entry: &'a Value, key: &str) -> Vec<&'a str> {
    let or = if key == "id" { "or".to_owned() } else { format!("{key}_or") };
    entry
        .as_str()
        .into_iter()
        .chain(entry.get(key).and_then(Value::as_str))
        .chain(list(entry, &or).iter().filter_map(Value::as_str))
        .collect()
}

/// The noun of a rate: `requests per minute` are requests.
pub(super) fn noun(unit: &str) -> String {
    singular(unit.split(" per ").next().unwrap_or(unit))
}

/// A unit in its singular, in small letters: `Addresses` and `address`, `people` and `person` are one.
pub(super) fn singular(unit: &str) -> String {
    let unit = unit.to_lowercase().replace('-', " ");
    if unit == "people" {
        return "person".to_owned();
    }
    if let Some(stem) = unit.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for ending in ["sses", "xes", "ches", "shes"] {
        if unit.ends_with(ending) {
            return unit.strip_suffix("es").unwrap_or(&unit).to_owned();
        }
    }
    match unit.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') => stem.to_owned(),
        _ => unit,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_whole_hit_goes_before_half_ones_and_each_answer_counts_once() {
        let credit = |entry: &Value, answer: &Value| match (entry.as_u64(), answer.as_u64()) {
            (Some(one), Some(other)) if one == other => WHOLE,
            (Some(one), Some(other)) if one / 10 == other / 10 => HALF,
            _ => 0,
        };
        let count =
            pair(&[json!(11), json!(12)], &[json!(12), json!(13), json!(40), json!(50)], credit, |one| {
                one.as_u64() == Some(50)
            });
        assert_eq!((count.hits, count.missed, count.wrong), (3, 1, 2));
        assert!((count.precision() - 0.6).abs() < 1e-9 && (count.recall() - 0.75).abs() < 1e-9);
    }

    #[test]
    fn units_are_one_in_singular_and_plural() {
        for (one, other) in
            [("address", "Addresses"), ("person", "people"), ("country", "countries"), ("user", "users")]
        {
            assert_eq!(singular(one), singular(other));
        }
    }
}
