//! Every statement has a place in the report, and what it quotes stands there.

use serde_json::Value;

use super::count::Evidence;

/// Lists whose entries must have places.
const LISTS: &[&str] = &[
    "techniques",
    "consequences",
    "tactics",
    "owasp",
    "owasp_stated",
    "cwe",
    "capec",
    "d3fend",
    "mitigations",
    "cves",
    "numbers",
    "derived",
    "data_classes_exposed",
    "data_classes_not_exposed",
    "entities",
    "observables",
    "dates",
    "timeline",
    "frames",
    "statements",
    "errata",
    "dropped",
    "repairs",
];

/// Looks at everything that is said of a report.
pub(super) fn evidence(answer: &Value, bytes: &[u8]) -> Evidence {
    let mut found = Evidence::default();
    for list in LISTS {
        let Some(claims) = answer.get(list).and_then(Value::as_array) else {
            found.faults.push(format!("no list {list}"));
            found.without += 1;
            continue;
        };
        for claim in claims {
            found.claims += 1;
            if !holds(claim, bytes, *list == "dropped") {
                found.without += 1;
                found.faults.push(format!("{list}: {claim}"));
            }
        }
    }
    found
}

fn holds(claim: &Value, bytes: &[u8], may_be_mark_up: bool) -> bool {
    let mut places = Vec::new();
    let lone = claim.get("span").into_iter();
    let many = claim.get("spans").and_then(Value::as_array).into_iter().flatten();
    let of_erratum = claim.get("places").and_then(Value::as_array).into_iter().flatten();
    for span in lone.chain(many).chain(of_erratum.filter_map(|place| place.get("span"))) {
        if span.is_null() {
            continue;
        }
        match said(span, bytes) {
            Some(text) if may_be_mark_up || text.chars().any(char::is_alphanumeric) => places.push(text),
            _ => return false,
        }
    }
    let Some(first) = places.first() else { return false };
    // What is quoted stands at one of the places; a statement's at its own.
    match claim.get("text").or_else(|| claim.get("words")).and_then(Value::as_str) {
        Some(quoted) if claim.get("words").is_some() => places.iter().any(|place| quotes(place, quoted)),
        Some(quoted) => quotes(first, quoted),
        None => true,
    }
}

fn said(span: &Value, bytes: &[u8]) -> Option<String> {
    let at = |key: &str| span.get(key).and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
    let range = at("start")?..at("end")?;
    bytes
        .get(range)
        .filter(|bytes| !bytes.is_empty())
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

/// Whether the words of `quoted` stand in `place` in their order: mark-up and escapes may lie between.
fn quotes(place: &str, quoted: &str) -> bool {
    let mut rest = place.to_lowercase();
    let quoted = quoted.to_lowercase();
    quoted.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).all(|word| {
        match rest.find(word) {
            Some(at) => {
                rest = rest.get(at + word.len()..).unwrap_or_default().to_owned();
                true
            }
            None => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_without_a_place_or_with_other_words_there_is_counted() {
        let bytes = b"Names and <b>phone</b> numbers were taken.";
        let holds = |claim: Value| holds(&claim, bytes, false);
        assert!(holds(json!({"words": "phone numbers", "spans": [{"start": 10, "end": 30}]})));
        assert!(!holds(json!({"words": "phone numbers", "spans": [{"start": 0, "end": 5}]})));
        assert!(!holds(json!({"id": "T1190", "spans": []})));
        assert!(!holds(json!({"id": "T1190", "spans": [{"start": 3, "end": 300}]})));
        assert!(!holds(json!({"id": "T1190"})));
        assert!(!holds(json!({"text": "were sold", "span": {"start": 0, "end": 42}})));
        assert!(holds(json!({"kind": "x", "places": [{"span": null}, {"span": {"start": 0, "end": 5}}]})));
    }
}
