//! What an alert says of an incident: OCSF Detection Finding (class 2004, schema 1.3).
//!
//! What OCSF has a field for stands there, so that any SIEM reads it; what it has none for (how many
//! records may have left, of which classes) stands under `unmapped.tidegate`. Nothing of a person is
//! in it: classes and figures only. It does name the source's address, for that is what the reader
//! will act upon. Every text is cut and inert; every list is bounded.
//!
//! ```
//! use domain::{Severity, Timestamp};
//! use report::finding::{Activity, Finding, Status, line};
//! let at = Timestamp::from_secs(1_800_000_000);
//! let finding = Finding {
//!     uid: "inc-7", sequence: 1, title: "a scrape of customers", text: "", activity: Activity::Created,
//!     severity: Severity::High, status: Status::New, at, first: at, last: at, count: 3,
//!     sources: &[], endpoints: &[], detectors: &["page-walk"], evidence: &[], techniques: &[],
//!     records_at_least: 20, records_at_most: Some(20), classes: Default::default(),
//! };
//! assert!(line(&finding).starts_with(r#"{"metadata":{"version":"1.3.0","#));
//! ```

// long: one format, its structs and the test that holds it against the schema.

use std::net::IpAddr;

use domain::{ClassSet, Endpoint, IpPrefix, Severity, Timestamp};
use serde_json::{Map, Value, json};

use crate::grouped;
use crate::inert::plain;

/// Most characters of one text.
const TEXT: usize = 300;
/// Most sources, endpoints, detectors, pieces of evidence and techniques, each.
const MOST: usize = 32;

/// OCSF `severity_id` and its caption.
const fn ocsf(severity: Severity) -> (u8, &'static str) {
    match severity {
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

/// What happened to the finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// It was opened.
    Created,
    /// It grew, or somebody acted on it.
    Updated,
    /// It was closed.
    Closed,
}

impl Activity {
    /// OCSF `activity_id` and its caption.
    const fn ocsf(self) -> (u32, &'static str) {
        match self {
            Self::Created => (1, "Create"),
            Self::Updated => (2, "Update"),
            Self::Closed => (3, "Close"),
        }
    }
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nobody and nothing has acted yet.
    New,
    /// An action is in force, or a person looks at it.
    InProgress,
    /// Told to be no matter.
    Suppressed,
    /// Over.
    Resolved,
}

impl Status {
    /// OCSF `status_id` and its caption.
    const fn ocsf(self) -> (u8, &'static str) {
        match self {
            Self::New => (1, "New"),
            Self::InProgress => (2, "In Progress"),
            Self::Suppressed => (3, "Suppressed"),
            Self::Resolved => (4, "Resolved"),
        }
    }
}

/// Where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// An address.
    Address(IpAddr),
    /// A network.
    Network(IpPrefix),
    /// A principal, by its keyed digest or another name that is no person's.
    Principal(&'a str),
}

/// A technique of MITRE ATT&CK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Technique<'a> {
    /// Such as `T1213`; a sub-technique as `T1213.006`.
    pub id: &'a str,
    /// Its name there.
    pub name: &'a str,
    /// Id and name of the tactic, such as `TA0009` and `Collection`.
    pub tactic: Option<(&'a str, &'a str)>,
}

/// A finding to be written. Lists are cut at 32, texts at 300 characters.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    /// The incident's id: the same in every update.
    pub uid: &'a str,
    /// Counts the updates of this incident, from 1.
    pub sequence: u64,
    /// One line.
    pub title: &'a str,
    /// More lines, or empty.
    pub text: &'a str,
    /// What happened to it.
    pub activity: Activity,
    /// How grave it is.
    pub severity: Severity,
    /// What became of it.
    pub status: Status,
    /// When this was written.
    pub at: Timestamp,
    /// The first exchange of it.
    pub first: Timestamp,
    /// The latest exchange of it.
    pub last: Timestamp,
    /// Exchanges or signals that belong to it.
    pub count: u64,
    /// Where it comes from, the chief one first.
    pub sources: &'a [Source<'a>],
    /// The doors, the chief one first.
    pub endpoints: &'a [&'a Endpoint],
    /// Who says so, the chief one first, in the words of the catalogue.
    pub detectors: &'a [&'a str],
    /// Figures that a person can check: name and value.
    pub evidence: &'a [(&'a str, &'a str)],
    /// What it is called elsewhere.
    pub techniques: &'a [Technique<'a>],
    /// Records of which it is sure that they left.
    pub records_at_least: u64,
    /// Records that may have left, where that is known.
    pub records_at_most: Option<u64>,
    /// What they hold.
    pub classes: ClassSet,
}

/// Writes `finding` as one line of JSON, without line end.
#[must_use]
pub fn line(finding: &Finding<'_>) -> String {
    value(finding).to_string()
}

fn value(finding: &Finding<'_>) -> Value {
    // Every field is named, so that a new one stops the build.
    let &Finding {
        uid,
        sequence,
        title,
        text,
        activity,
        severity,
        status,
        at,
        first,
        last,
        count,
        sources,
        endpoints,
        detectors,
        evidence,
        techniques,
        records_at_least,
        records_at_most,
        classes,
    } = finding;
    let ((activity_id, activity), (severity_id, severity), (status_id, status)) =
        (activity.ocsf(), ocsf(severity), status.ocsf());
    let uid = cut(uid);
    let title = cut(title);
    let classes: Vec<&str> = classes.iter().map(domain::DataClass::word).collect();
    let records = match records_at_most {
        Some(most) if most == records_at_least => format!("{} records left", grouped(most)),
        Some(most) => format!("{} to {} records left", grouped(records_at_least), grouped(most)),
        None => format!("at least {} records left", grouped(records_at_least)),
    };

    let mut info = Map::new();
    info.insert("uid".into(), uid.clone().into());
    info.insert("title".into(), title.clone().into());
    if !text.is_empty() {
        info.insert("desc".into(), cut(text).into());
    }
    info.insert("created_time".into(), first.millis().into());
    info.insert("modified_time".into(), at.millis().into());
    info.insert("first_seen_time".into(), first.millis().into());
    info.insert("last_seen_time".into(), last.millis().into());
    let mut analytics = detectors.iter().take(MOST).map(|name| analytic(name));
    if let Some(chief) = analytics.next() {
        info.insert("analytic".into(), chief);
        let others: Vec<Value> = analytics.collect();
        if !others.is_empty() {
            info.insert("related_analytics".into(), others.into());
        }
    }
    if !techniques.is_empty() {
        info.insert("attacks".into(), techniques.iter().take(MOST).map(attack).collect());
    }

    let mut out = Map::new();
    out.insert(
        "metadata".into(),
        json!({
            "version": "1.3.0",
            "product": { "name": "Tidegate", "vendor_name": "Tidegate", "version": env!("CARGO_PKG_VERSION") },
            "uid": format!("{uid}-{sequence}"),
            "correlation_uid": uid,
            "sequence": sequence,
        }),
    );
    let fields = [
        ("time", json!(at.millis())),
        ("start_time", json!(first.millis())),
        ("end_time", json!(last.millis())),
        ("count", json!(count)),
        ("category_uid", json!(2)),
        ("category_name", json!("Findings")),
        ("class_uid", json!(2004)),
        ("class_name", json!("Detection Finding")),
        ("activity_id", json!(activity_id)),
        ("activity_name", json!(activity)),
        ("type_uid", json!(200_400 + activity_id)),
        ("type_name", json!(format!("Detection Finding: {activity}"))),
        ("severity_id", json!(severity_id)),
        ("severity", json!(severity)),
        ("status_id", json!(status_id)),
        ("status", json!(status)),
        ("message", json!(format!("{title}: {records}"))),
        ("finding_info", Value::Object(info)),
    ];
    out.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    let evidences = evidences(sources, endpoints, evidence);
    if !evidences.is_empty() {
        out.insert("evidences".into(), evidences.into());
    }
    if !endpoints.is_empty() {
        let doors = endpoints.iter().take(MOST);
        let doors = doors.map(|door| json!({ "name": cut(&door.to_string()), "type": "API operation" }));
        out.insert("resources".into(), doors.collect());
    }
    let observables: Vec<Value> = sources.iter().take(MOST).map(observable).collect();
    if !observables.is_empty() {
        out.insert("observables".into(), observables.into());
    }
    out.insert(
        "unmapped".into(),
        json!({ "tidegate": {
            "records_at_least": records_at_least,
            "records_at_most": records_at_most,
            "classes": classes,
        } }),
    );
    Value::Object(out)
}

/// One artefact for each source beside the door of the same place, then the figures.
fn evidences(sources: &[Source<'_>], endpoints: &[&Endpoint], evidence: &[(&str, &str)]) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    for nth in 0..sources.len().max(endpoints.len()).min(MOST) {
        let mut one = Map::new();
        match sources.get(nth) {
            Some(Source::Address(ip)) => {
                one.insert("src_endpoint".into(), json!({ "ip": ip.to_string() }));
            }
            // `ip` is one address in OCSF; a network has a name only.
            Some(Source::Network(network)) => {
                one.insert("src_endpoint".into(), json!({ "name": network.to_string() }));
            }
            Some(Source::Principal(name)) => {
                one.insert("user".into(), json!({ "uid": cut(name) }));
            }
            None => {}
        }
        if let Some(door) = endpoints.get(nth) {
            one.insert("api".into(), json!({ "operation": cut(&door.to_string()) }));
        }
        out.push(Value::Object(one));
    }
    if !evidence.is_empty() {
        let figures: Map<String, Value> =
            evidence.iter().take(MOST).map(|(name, value)| (cut(name), cut(value).into())).collect();
        out.push(json!({ "data": figures }));
    }
    out
}

/// OCSF observable types: 2 address, 12 subnet, 21 user.
fn observable(source: &Source<'_>) -> Value {
    match source {
        Source::Address(ip) => {
            json!({ "name": "evidences[].src_endpoint.ip", "type_id": 2, "value": ip.to_string() })
        }
        Source::Network(net) => {
            json!({ "name": "evidences[].src_endpoint.name", "type_id": 12, "value": net.to_string() })
        }
        Source::Principal(name) => {
            json!({ "name": "evidences[].user.uid", "type_id": 21, "value": cut(name) })
        }
    }
}

/// OCSF analytic type 3: statistical.
fn analytic(name: &str) -> Value {
    json!({ "name": cut(name), "type_id": 3, "type": "Statistical" })
}

fn attack(technique: &Technique<'_>) -> Value {
    let &Technique { id, name, tactic } = technique;
    let mut out = Map::new();
    if let Some((uid, name)) = tactic {
        out.insert("tactic".into(), json!({ "uid": cut(uid), "name": cut(name) }));
    }
    let what = json!({ "uid": cut(id), "name": cut(name) });
    match id.split_once('.') {
        Some((parent, _)) => {
            out.insert("technique".into(), json!({ "uid": cut(parent) }));
            out.insert("sub_technique".into(), what);
        }
        None => {
            out.insert("technique".into(), what);
        }
    }
    Value::Object(out)
}

/// `text`, inert and cut.
fn cut(text: &str) -> String {
    if text.chars().nth(TEXT).is_none() {
        return plain(text);
    }
    let mut out = plain(&text.chars().take(TEXT - 1).collect::<String>());
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::DataClass;
    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;

    /// The names, types and values of the schema, as `ocsf-json-schema` 1.2.0 (PyPI) packs it.
    const SCHEMA: &str = include_str!("../tests/ocsf-1.3.0-2004.txt");

    /// Attribute and type of an object, and whether it must be there.
    type Object<'a> = BTreeMap<&'a str, (&'a str, bool)>;

    fn schema() -> BTreeMap<&'static str, Object<'static>> {
        let mut objects: BTreeMap<_, Object<'_>> = BTreeMap::new();
        for row in SCHEMA.lines().filter(|row| !row.starts_with('#')) {
            let words: Vec<&str> = row.split(' ').collect();
            objects.entry(words[0]).or_default().insert(words[1], (words[2], words.len() > 3));
        }
        objects
    }

    /// Everything in which `value` is no `object` of the schema.
    fn faults(object: &str, value: &Value, out: &mut Vec<String>) {
        let objects = schema();
        let Some(attributes) = objects.get(object) else { return out.push(format!("no object `{object}`")) };
        let Value::Object(fields) = value else { return out.push(format!("`{object}` is no object")) };
        for (name, (_, required)) in attributes {
            if *required && !fields.contains_key(*name) {
                out.push(format!("`{object}` lacks `{name}`"));
            }
        }
        for (name, value) in fields {
            let Some((kind, _)) = attributes.get(name.as_str()) else {
                out.push(format!("`{object}` has no `{name}`"));
                continue;
            };
            let (kind, values) = kind.split_once('=').unwrap_or((kind, ""));
            let (kind, list) = kind.strip_suffix("[]").map_or((kind, false), |kind| (kind, true));
            let items: Vec<&Value> =
                if list { value.as_array().unwrap().iter().collect() } else { vec![value] };
            for item in items {
                let fits = match kind {
                    "string_t" | "ip_t" => item.is_string(),
                    "integer_t" | "long_t" | "timestamp_t" => {
                        item.is_u64()
                            && (values.is_empty()
                                || values.split(',').any(|one| *item == one.parse::<u64>().unwrap()))
                    }
                    "json_t" | "object" => item.is_object(),
                    object if objects.contains_key(object) => {
                        faults(object, item, out);
                        true
                    }
                    _ => false,
                };
                if !fits {
                    out.push(format!("`{object}.{name}` is {item}, and {kind} is expected"));
                }
            }
        }
    }

    fn example<'a>(
        sources: &'a [Source<'a>],
        endpoints: &'a [&'a Endpoint],
        techniques: &'a [Technique<'a>],
    ) -> Finding<'a> {
        Finding {
            uid: "inc-7",
            sequence: 2,
            title: "a scrape of customers",
            text: "Page by page.",
            activity: Activity::Updated,
            severity: Severity::Critical,
            status: Status::InProgress,
            at: Timestamp::from_secs(1_795_000_060),
            first: Timestamp::from_secs(1_795_000_000),
            last: Timestamp::from_secs(1_795_000_050),
            count: 12,
            sources,
            endpoints,
            detectors: &["page-walk", "volume"],
            evidence: &[("pages", "12"), ("step", "1")],
            techniques,
            records_at_least: 100,
            records_at_most: Some(1200),
            classes: [DataClass::Email, DataClass::Phone].into_iter().collect(),
        }
    }

    #[test]
    fn a_finding_has_the_fields_of_the_schema() {
        let endpoint: Endpoint = "POST /api/customers".parse().unwrap();
        let sources = [
            Source::Address("198.51.100.7".parse().unwrap()),
            Source::Network("203.0.113.0/24".parse().unwrap()),
            Source::Principal("0123456789abcdef"),
        ];
        let techniques = [
            Technique { id: "T1213.006", name: "Databases", tactic: Some(("TA0009", "Collection")) },
            Technique { id: "T1595", name: "Active Scanning", tactic: None },
        ];
        let endpoints = [&endpoint];
        let written = line(&example(&sources, &endpoints, &techniques));
        let value: Value = serde_json::from_str(&written).unwrap();
        let mut found = Vec::new();
        faults("detection_finding", &value, &mut found);
        assert_eq!(found, Vec::<String>::new());
        expect![[r#"{"metadata":{"version":"1.3.0","product":{"name":"Tidegate","vendor_name":"Tidegate","version":"0.1.0"},"uid":"inc-7-2","correlation_uid":"inc-7","sequence":2},"time":1795000060000,"start_time":1795000000000,"end_time":1795000050000,"count":12,"category_uid":2,"category_name":"Findings","class_uid":2004,"class_name":"Detection Finding","activity_id":2,"activity_name":"Update","type_uid":200402,"type_name":"Detection Finding: Update","severity_id":5,"severity":"Critical","status_id":2,"status":"In Progress","message":"a scrape of customers: 100 to 1,200 records left","finding_info":{"uid":"inc-7","title":"a scrape of customers","desc":"Page by page.","created_time":1795000000000,"modified_time":1795000060000,"first_seen_time":1795000000000,"last_seen_time":1795000050000,"analytic":{"name":"page-walk","type_id":3,"type":"Statistical"},"related_analytics":[{"name":"volume","type_id":3,"type":"Statistical"}],"attacks":[{"tactic":{"uid":"TA0009","name":"Collection"},"technique":{"uid":"T1213"},"sub_technique":{"uid":"T1213.006","name":"Databases"}},{"technique":{"uid":"T1595","name":"Active Scanning"}}]},"evidences":[{"src_endpoint":{"ip":"198.51.100.7"},"api":{"operation":"POST /api/customers"}},{"src_endpoint":{"name":"203.0.113.0/24"}},{"user":{"uid":"0123456789abcdef"}},{"data":{"pages":"12","step":"1"}}],"resources":[{"name":"POST /api/customers","type":"API operation"}],"observables":[{"name":"evidences[].src_endpoint.ip","type_id":2,"value":"198.51.100.7"},{"name":"evidences[].src_endpoint.name","type_id":12,"value":"203.0.113.0/24"},{"name":"evidences[].user.uid","type_id":21,"value":"0123456789abcdef"}],"unmapped":{"tidegate":{"records_at_least":100,"records_at_most":1200,"classes":["email","phone"]}}}"#]].assert_eq(&written);
    }

    #[test]
    fn every_activity_status_and_severity_has_a_value_of_the_schema() {
        for activity in [Activity::Created, Activity::Updated, Activity::Closed] {
            for status in [Status::New, Status::InProgress, Status::Suppressed, Status::Resolved] {
                for severity in Severity::ALL {
                    let finding = Finding { activity, status, severity, ..example(&[], &[], &[]) };
                    let mut found = Vec::new();
                    faults("detection_finding", &value(&finding), &mut found);
                    assert_eq!(found, Vec::<String>::new());
                }
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_the_texts_the_line_is_one_inert_bounded_object(texts in prop::collection::vec(".*", 6), many in 0_usize..80) {
            let evidence = vec![(texts[0].as_str(), texts[1].as_str()); many];
            let detectors = vec![texts[2].as_str(); many];
            let sources = vec![Source::Principal(&texts[3]); many];
            let techniques = vec![Technique { id: &texts[4], name: &texts[5], tactic: Some((&texts[0], &texts[1])) }; many];
            let finding = Finding {
                uid: &texts[5], title: &texts[4], text: &texts[3], evidence: &evidence, detectors: &detectors,
                ..example(&sources, &[], &techniques)
            };
            let written = line(&finding);
            let acts = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2028}');
            prop_assert!(!written.contains(acts), "{:?}", written);
            prop_assert!(written.len() < 600_000, "{}", written.len());
            let mut found = Vec::new();
            faults("detection_finding", &serde_json::from_str(&written).unwrap(), &mut found);
            prop_assert_eq!(found, Vec::<String>::new());
        }
    }
}
