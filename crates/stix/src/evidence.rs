//! Evidence inside of STIX: where the report says it, by byte and in its own words.

use intel::{Span, Status};
use serde_json::{Map, Value, json};

#[cfg(test)]
use crate::ids;

/// The id of the extension that carries the evidence of an object (`docs/intel.md` describes it).
pub const EVIDENCE_EXTENSION: &str = "extension-definition--a0b41de1-aefa-5095-bf22-89cb5ea56002";

/// Places that one object carries; how many more there are is said beside them.
const PLACES_MAX: usize = 12;
/// Bytes of the report that are quoted of one place.
const QUOTE_BYTES_MAX: usize = 400;

/// Whose statement it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provenance {
    /// The report says so, by itself or by whom it quotes; or it marks it as uncertain (see the status).
    Report,
    /// A knowledge base says so of what the report names.
    Knowledge,
    /// A rule of ours concludes it from what the report says.
    Inferred,
}

impl Provenance {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Knowledge => "knowledge",
            Self::Inferred => "inferred",
        }
    }
}

/// How a statement stands and what it rests on.
#[derive(Clone, Debug)]
pub(crate) struct Basis<'a> {
    pub(crate) status: Status,
    pub(crate) provenance: Provenance,
    pub(crate) because: &'a str,
    pub(crate) by: Option<&'a str>,
    pub(crate) spans: Vec<Span>,
}

impl<'a> Basis<'a> {
    /// A statement of the report, as `status` says; suggested ones are our inference.
    pub(crate) fn of(status: Status, because: &'a str, by: Option<&'a str>, spans: &[Span]) -> Self {
        let provenance = if status == Status::Suggested { Provenance::Inferred } else { Provenance::Report };
        Self { status, provenance, because, by, spans: spans.to_vec() }
    }

    /// The confidence of STIX (its scale of none, low, medium, high): 85 stated, 50 claimed, 30
    /// hypothetical, 15 suggested.
    pub(crate) const fn confidence(&self) -> u8 {
        match self.status {
            Status::Stated => 85,
            Status::Claimed => 50,
            Status::Hypothetical => 30,
            Status::Suggested => 15,
        }
    }

    pub(crate) fn labels(&self) -> Vec<String> {
        vec![format!("status:{}", status_word(self.status)), format!("provenance:{}", self.provenance.word())]
    }

    /// The `extensions` of an object that rests on this.
    pub(crate) fn extensions(&self, report: &[u8], more: Map<String, Value>) -> Value {
        let mut extension = Map::new();
        extension.insert("extension_type".into(), json!("property-extension"));
        extension.insert("status".into(), json!(status_word(self.status)));
        extension.insert("provenance".into(), json!(self.provenance.word()));
        if !self.because.is_empty() {
            extension.insert("because".into(), json!(self.because));
        }
        if let Some(by) = self.by {
            extension.insert("said_by".into(), json!(by));
        }
        extension.extend(more);
        extension.extend(places(report, &self.spans));
        json!({ EVIDENCE_EXTENSION: extension })
    }
}

/// The word of a status, as `--format json` has it.
pub(crate) const fn status_word(status: Status) -> &'static str {
    match status {
        Status::Stated => "stated",
        Status::Claimed => "claimed",
        Status::Hypothetical => "hypothetical",
        Status::Suggested => "suggested",
    }
}

/// `evidence`, and `evidence_left_out` where there are more places.
pub(crate) fn places(report: &[u8], spans: &[Span]) -> Map<String, Value> {
    let mut spans = spans.to_vec();
    spans.sort();
    spans.dedup();
    let mut map = Map::new();
    let quoted: Vec<Value> = spans
        .iter()
        .take(PLACES_MAX)
        .map(|span| json!({ "start": span.start, "end": span.end, "quote": quote(report, *span) }))
        .collect();
    map.insert("evidence".into(), Value::Array(quoted));
    if spans.len() > PLACES_MAX {
        map.insert("evidence_left_out".into(), json!(spans.len() - PLACES_MAX));
    }
    map
}

/// What the report says at a place, at most its first 400 bytes; bytes that are no UTF-8 as U+FFFD.
pub(crate) fn quote(report: &[u8], span: Span) -> String {
    let end = span.end.min(span.start.saturating_add(QUOTE_BYTES_MAX));
    let cut = report.get(span.start..end).unwrap_or_default();
    // A character that the bound cuts in two is left out.
    let whole = match std::str::from_utf8(cut) {
        Err(error) if error.error_len().is_none() && end < span.end => {
            cut.get(..error.valid_up_to()).unwrap_or_default()
        }
        _ => cut,
    };
    String::from_utf8_lossy(whole).into_owned()
}

/// The object that says what the extension is.
pub(crate) fn definition(created_by: &str) -> Value {
    json!({
        "type": "extension-definition",
        "spec_version": "2.1",
        "id": EVIDENCE_EXTENSION,
        "created_by_ref": created_by,
        "created": crate::UNDATED,
        "modified": crate::UNDATED,
        "name": "Evidence",
        "description": "What a statement rests on: places in the report it was read from, how the report means it, and whose statement it is.",
        "schema": "status: stated, claimed, hypothetical or suggested. provenance: report, knowledge or inferred. because: the rule. said_by: who, where the status is claimed. evidence: list of {start, end, quote}; start and end are bytes of the report whose SHA-256 the report object has as report_sha256, end exclusive; quote is at most the first 400 bytes there. evidence_left_out: how many further places there are. facts, of an incident: list of {kind, text, status, said_by, because, evidence}.",
        "version": "1.0.0",
        "extension_types": ["property-extension"]
    })
}

/// What [`EVIDENCE_EXTENSION`] was made from; a test holds that it still is.
#[cfg(test)]
fn made() -> String {
    ids::id("extension-definition", "evidence/1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_the_extension_follows_from_its_name() {
        assert_eq!(EVIDENCE_EXTENSION, made());
    }

    #[test]
    fn a_quote_is_bounded_and_never_half_a_character() {
        let report = "é".repeat(500);
        let whole = quote(report.as_bytes(), Span { start: 0, end: 10 });
        assert_eq!(whole, "é".repeat(5));
        let cut = quote(report.as_bytes(), Span { start: 0, end: 1000 });
        assert_eq!(cut, "é".repeat(200));
        let shifted = format!("a{report}");
        assert_eq!(quote(shifted.as_bytes(), Span { start: 0, end: 1001 }).chars().count(), 200);
        assert_eq!(quote(b"\xff\xfe", Span { start: 0, end: 2 }), "\u{fffd}\u{fffd}");
        assert_eq!(quote(b"short", Span { start: 3, end: 99 }), "");
    }
}
