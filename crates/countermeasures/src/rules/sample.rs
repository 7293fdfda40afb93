//! Samples of derived rules: the attack as the report tells it, and people who do nothing of the kind.

use serde_json::{Map, Value as Json, json};

use super::shape::Shape;
use crate::facts::{Facts, Way};

/// Most requests of a sample.
const MOST: u64 = 1_000;

/// The attack, with the report's numbers where it gives them.
pub(super) fn fires(facts: &Facts, shape: &Shape) -> Vec<Json> {
    let least = shape.counted.as_ref().map_or(1, |counted| counted.at_least);
    let times = facts.requests.unwrap_or(least).clamp(least, MOST);
    let mut event = attack(facts, shape);
    let times = match shape.way {
        Way::Objects => facts.accessed.unwrap_or(least).clamp(least, MOST),
        Way::Guessing | Way::ManySources => least,
        Way::Volume => times.max(least.div_ceil(each(facts))),
        Way::Pages | Way::Anonymous => times,
    };
    put(&mut event, "times", times.into());
    vec![sample("the attack as the report tells it", Some(shape.title), event)]
}

fn each(facts: &Facts) -> u64 {
    facts.per_call.unwrap_or(1).clamp(1, 1_000)
}

/// People: one page, their own records, refusals that ended it.
pub(super) fn silent(facts: &Facts, shape: &Shape) -> Vec<Json> {
    let mut once = attack(facts, shape);
    let mut refused = attack(facts, shape);
    put(&mut refused, "times", 100.into());
    if shape.category == "webserver" {
        let (status, refused_by) = if shape.way == Way::Guessing { (200, 200) } else { (200, 403) };
        put(&mut once, "times", 3.into());
        put(&mut once, "sc-status", status.into());
        put(&mut refused, "sc-status", refused_by.into());
    } else {
        put(&mut once, "times", 100.into());
        for (key, value) in [("strangers", json!(0)), ("subjects", json!(1)), ("caller", json!("verified"))] {
            put(&mut once, key, value);
        }
        put(&mut refused, "outcome", "refused".into());
        put(&mut refused, "refusal", "forbidden".into());
        put(&mut refused, "sc-status", 403.into());
    }
    vec![sample("people and their own records", None, once), sample("the attack, refused", None, refused)]
}

fn sample(name: &str, rule: Option<&str>, event: Map<String, Json>) -> Json {
    let mut line = Map::new();
    put(&mut line, "name", name.into());
    if let Some(rule) = rule {
        put(&mut line, "rule", rule.into());
    }
    put(&mut line, "events", json!([event]));
    Json::Object(line)
}

fn put(event: &mut Map<String, Json>, key: &str, value: Json) {
    event.insert(key.to_owned(), value);
}

/// One request of the attack.
fn attack(facts: &Facts, shape: &Shape) -> Map<String, Json> {
    let door = facts.doors.first();
    let method = door.map_or("GET", |door| door.endpoint.method().as_str());
    let template = door.map_or("/collection", |door| door.endpoint.template().as_str());
    let mut event = Map::new();
    put(&mut event, "every", "1s".into());
    put(&mut event, "cs-method", method.into());
    let from = if shape.way == Way::ManySources { "198.51.100.{n}" } else { "198.51.100.7" };
    put(&mut event, "c-ip", from.into());
    put(&mut event, "sc-status", 200.into());
    if shape.category == "webserver" {
        if shape.way == Way::Guessing {
            put(&mut event, "cs-method", "POST".into());
            put(&mut event, "sc-status", 401.into());
        }
        put(&mut event, "cs-uri", target(facts, shape, template).into());
        return event;
    }
    let people = each(facts).max(if shape.way == Way::Anonymous { 2 } else { 1 });
    let classes: Vec<&str> = facts.classes.iter().map(|class| class.word()).collect();
    let has_contact = classes.iter().any(|word| *word != "name");
    for (key, value) in [
        ("endpoint", json!(template)),
        ("caller", json!("anonymous")),
        ("records", json!(people)),
        ("subjects", json!(people)),
        ("strangers", json!(people)),
        ("data-class", if has_contact { json!(classes) } else { json!(["email"]) }),
        ("declared", json!(false)),
        ("public", json!(false)),
        ("outcome", json!("served")),
        ("refusal", Json::Null),
        ("object-number", if shape.way == Way::Objects { json!("{n}") } else { Json::Null }),
        ("page", if shape.way == Way::Pages { json!("{n}") } else { Json::Null }),
        ("issued", json!(0)),
    ] {
        put(&mut event, key, value);
    }
    event
}

/// What a client asks for at a door.
fn target(facts: &Facts, shape: &Shape, template: &str) -> String {
    let filled = template.replace("{id}", "{n}").replace("{id2}", "1");
    let key = facts.doors.first().and_then(|door| door.key.as_deref());
    match shape.way {
        Way::Objects if !filled.contains("{n}") => format!("{filled}?{}={{n}}", key.unwrap_or("id")),
        Way::Objects => filled,
        _ => filled.replace("{n}", "1"),
    }
}
