//! One shape of rule for each way that records are taken, filled with the report's numbers.

use crate::facts::{Facts, Way};
use crate::tree::{Yaml, texts};

use super::methods;

/// What a correlation counts.
pub(super) struct Counted {
    pub(super) kind: &'static str,
    pub(super) field: Option<&'static str>,
    pub(super) group_by: &'static [&'static str],
    pub(super) within: &'static str,
    pub(super) at_least: u64,
}

/// A rule before it is written.
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) way: Way,
    pub(super) title: &'static str,
    pub(super) base_title: &'static str,
    pub(super) description: String,
    pub(super) category: &'static str,
    pub(super) selections: Vec<(&'static str, Vec<(String, Yaml)>)>,
    pub(super) counted: Option<Counted>,
    pub(super) level: &'static str,
    pub(super) tactics: &'static [&'static str],
    pub(super) techniques: &'static [&'static str],
    pub(super) d3fend: &'static [&'static str],
    pub(super) owasp: &'static [&'static str],
    pub(super) references: &'static [&'static str],
    pub(super) innocent: &'static str,
}

const API2: &str = "https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/";
const API1: &str = "https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/";
const API4: &str = "https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/";
const API5: &str =
    "https://owasp.org/API-Security/editions/2023/en/0xa5-broken-function-level-authorization/";

/// Strangers in a day below which a whole office behind one address would be told of.
const FEWEST: u64 = 100;

fn field(name: &str, value: impl Into<Yaml>) -> (String, Yaml) {
    (name.to_owned(), value.into())
}

/// What left: an answer that was refused is no leak.
fn left() -> (&'static str, Vec<(String, Yaml)>) {
    ("left", vec![field("outcome", texts(&["served", "would-refuse"]))])
}

fn strangers() -> Vec<(String, Yaml)> {
    vec![field("strangers|gte", 1)]
}

/// A share of what the report tells, within bounds; the lower the report's number, the earlier.
fn share(told: Option<u64>, of: u64, least: u64, most: u64) -> u64 {
    told.map_or(most, |told| (told / of).clamp(least, most))
}

/// Where and by which method, for web logs.
fn at_doors(facts: &Facts) -> Option<Vec<(String, Yaml)>> {
    if facts.doors.is_empty() {
        return None;
    }
    let mut fixed: Vec<&str> = Vec::new();
    for door in &facts.doors {
        let template = door.endpoint.template().as_str();
        let before = template.split('{').next().unwrap_or(template);
        if before.len() > 1 && !fixed.contains(&before) {
            fixed.push(before);
        }
    }
    (!fixed.is_empty()).then(|| {
        vec![field("cs-method", texts(&methods(facts))), field("cs-uri-stem|startswith", texts(&fixed))]
    })
}

fn answered() -> (&'static str, Vec<(String, Yaml)>) {
    ("success", vec![field("sc-status", Yaml::List(vec![200.into(), 206.into()]))])
}

/// The shapes that fit `facts`.
pub(super) fn shapes(facts: &Facts) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let has = |way: Way| facts.ways.contains(&way);
    if has(Way::Anonymous) {
        shapes.push(anonymous(facts));
    }
    if has(Way::Guessing) {
        shapes.push(guessing());
    }
    if has(Way::ManySources) {
        shapes.push(many_sources());
    }
    if has(Way::Objects) {
        shapes.push(objects(facts));
        shapes.extend(objects_web(facts));
    }
    if has(Way::Pages) {
        shapes.push(pages(facts));
        shapes.extend(pages_web(facts));
    }
    if (has(Way::Volume) || has(Way::Pages)) && facts.accessed.is_none_or(|records| records >= FEWEST) {
        shapes.push(volume(facts));
    }
    shapes
}

fn anonymous(facts: &Facts) -> Shape {
    let words: Vec<&str> =
        facts.classes.iter().map(|class| class.word()).filter(|word| *word != "name").collect();
    let any = ["email", "phone", "postal-address", "birth-date", "government-id", "payment", "credential"];
    let classes = if words.is_empty() { texts(&any) } else { texts(&words) };
    let least = facts.per_call.map_or(2, |each| each.div_ceil(2).clamp(2, 10));
    Shape {
        name: "unauthenticated_records",
        way: Way::Anonymous,
        title: "Personal Records Leave Without Any Identity",
        base_title: "",
        description: format!(
            "An answer with personal data of at least {least} people goes to a caller without any credential, on an operation that nobody declared public."
        ),
        category: "api_activity",
        selections: vec![
            ("anonymous", vec![field("caller", "anonymous"), field("public", Yaml::Flag(false))]),
            ("data", vec![field("data-class", classes), field("subjects|gte", least)]),
            left(),
        ],
        counted: None,
        level: "high",
        tactics: &["initial-access", "collection"],
        techniques: &["T1190", "T1213"],
        d3fend: &["D3-ACH", "D3-ITF"],
        owasp: &["API5:2023", "API2:2023"],
        references: &[API5, API2],
        innocent: "A directory that is meant to be public and was not declared so",
    }
}

fn guessing() -> Shape {
    Shape {
        name: "guessed_credentials",
        way: Way::Guessing,
        title: "One Client Is Refused Again and Again",
        base_title: "Caller Is Refused",
        description: "One client is refused twenty times within ten minutes: credentials are tried out."
            .to_owned(),
        category: "webserver",
        selections: vec![(
            "refused",
            vec![
                field("cs-method", "POST"),
                field("sc-status", Yaml::List(vec![401.into(), 403.into(), 422.into(), 429.into()])),
            ],
        )],
        counted: Some(Counted {
            kind: "event_count",
            field: None,
            group_by: &["c-ip"],
            within: "10m",
            at_least: 20,
        }),
        level: "medium",
        tactics: &["credential-access"],
        techniques: &["T1110", "T1110.004"],
        d3fend: &["D3-WSAA"],
        owasp: &["API2:2023"],
        references: &[API2],
        innocent: "An office behind one address after a change of passwords",
    }
}

fn many_sources() -> Shape {
    Shape {
        name: "many_sources",
        way: Way::ManySources,
        title: "Strangers Leave Through One Endpoint to Many Addresses",
        base_title: "Strangers Leave Through an Endpoint",
        description: "A hundred addresses are told of strangers at one endpoint within an hour.".to_owned(),
        category: "api_activity",
        selections: vec![("strangers", strangers()), left()],
        counted: Some(Counted {
            kind: "value_count",
            field: Some("c-ip"),
            group_by: &["endpoint"],
            within: "1h",
            at_least: 100,
        }),
        level: "medium",
        tactics: &["collection"],
        techniques: &["T1119"],
        d3fend: &["D3-NTA"],
        owasp: &["API4:2023"],
        references: &[API4],
        innocent: "A busy endpoint whose records have no declared owner",
    }
}

fn objects(facts: &Facts) -> Shape {
    let at_least = share(facts.accessed.or(facts.requests), 50, 10, 50);
    Shape {
        name: "object_enumeration",
        way: Way::Objects,
        title: "Strangers Are Read Object by Object",
        base_title: "Object of a Stranger Is Read",
        description: format!(
            "One client reads {at_least} different numbered objects with strangers at one endpoint within an hour."
        ),
        category: "api_activity",
        selections: vec![("object", vec![field("object-number|gte", 0), field("strangers|gte", 1)]), left()],
        counted: Some(Counted {
            kind: "value_count",
            field: Some("object-number"),
            group_by: &["c-ip", "endpoint"],
            within: "1h",
            at_least,
        }),
        level: "high",
        tactics: &["collection"],
        techniques: &["T1119", "T1213"],
        d3fend: &["D3-RAPA", "D3-WSAA"],
        owasp: &["API1:2023"],
        references: &[API1],
        innocent: "Staff without a role",
    }
}

fn objects_web(facts: &Facts) -> Option<Shape> {
    let at_least = share(facts.accessed.or(facts.requests), 50, 20, 100);
    let mut at = at_doors(facts)?;
    // A read by its id is a read, whatever else the report names.
    if let Some((_, methods)) = at.first_mut() {
        *methods = texts(&["GET", "POST"]);
    }
    Some(Shape {
        name: "object_enumeration_web",
        way: Way::Objects,
        title: "Many Objects of One Collection Are Asked For",
        base_title: "Object of the Collection Is Asked For",
        description: format!(
            "One client asks for {at_least} different targets of the collection that the report names within an hour."
        ),
        category: "webserver",
        selections: vec![("collection", at), answered()],
        counted: Some(Counted {
            kind: "value_count",
            field: Some("cs-uri"),
            group_by: &["c-ip"],
            within: "1h",
            at_least,
        }),
        level: "medium",
        tactics: &["collection"],
        techniques: &["T1119", "T1213"],
        d3fend: &["D3-RAPA", "D3-WSAA"],
        owasp: &["API1:2023"],
        references: &[API1],
        innocent: "Integrations that read whole collections",
    })
}

fn pages(facts: &Facts) -> Shape {
    let at_least = share(facts.requests, 50, 10, 20);
    Shape {
        name: "page_walk",
        way: Way::Pages,
        title: "Strangers Are Read Batch by Batch",
        base_title: "Batch of Strangers Is Read",
        description: format!(
            "One client reads {at_least} different pages with strangers at one endpoint within an hour, whatever the method."
        ),
        category: "api_activity",
        selections: vec![("page", vec![field("page|gte", 0), field("strangers|gte", 1)]), left()],
        counted: Some(Counted {
            kind: "value_count",
            field: Some("page"),
            group_by: &["c-ip", "endpoint"],
            within: "1h",
            at_least,
        }),
        level: "high",
        tactics: &["collection", "exfiltration"],
        techniques: &["T1119", "T1213.006", "T1020"],
        d3fend: &["D3-WSAA", "D3-UDTA"],
        owasp: &["API4:2023"],
        references: &[API4],
        innocent: "Staff without a role",
    }
}

fn pages_web(facts: &Facts) -> Option<Shape> {
    let at_least = share(facts.requests, 25, 10, 60);
    Some(Shape {
        name: "page_walk_web",
        way: Way::Pages,
        title: "One Collection Is Asked Again and Again",
        base_title: "Collection Is Asked",
        description: format!(
            "One client is served {at_least} times within ten minutes by the collection that the report names. The page may stand in a body, which web logs do not show."
        ),
        category: "webserver",
        selections: vec![("collection", at_doors(facts)?), answered()],
        counted: Some(Counted {
            kind: "event_count",
            field: None,
            group_by: &["c-ip"],
            within: "10m",
            at_least,
        }),
        level: "medium",
        tactics: &["collection", "exfiltration"],
        techniques: &["T1119", "T1213.006", "T1020"],
        d3fend: &["D3-WSAA", "D3-ITF"],
        owasp: &["API4:2023"],
        references: &[API4],
        innocent: "An integration that posts many orders",
    })
}

fn volume(facts: &Facts) -> Shape {
    let at_least = share(facts.accessed, 50, FEWEST, 200);
    Shape {
        name: "volume",
        way: Way::Volume,
        title: "Many Strangers Leave to One Client",
        base_title: "Strangers Leave",
        description: format!(
            "One client is told of {at_least} strangers within a day, at whatever endpoint and however slowly."
        ),
        category: "api_activity",
        selections: vec![("strangers", strangers()), left()],
        counted: Some(Counted {
            kind: "value_sum",
            field: Some("strangers"),
            group_by: &["c-ip"],
            within: "1d",
            at_least,
        }),
        level: "medium",
        tactics: &["collection", "exfiltration"],
        techniques: &["T1119", "T1020"],
        d3fend: &["D3-UDTA", "D3-NTA"],
        owasp: &["API4:2023", "API6:2023"],
        references: &[API4],
        innocent: "Staff and partners without a role",
    }
}
