//! `sigma/*.yml`: rules derived from how the records were taken, with samples on which they must and must
//! not speak.
//!
//! A rule is a tree before it is text. Of the report it holds numbers, and paths whose letters were checked
//! (`facts`); titles and sentences are ours. Thresholds follow from the report's own numbers: low enough that
//! the attack as told meets them early, within bounds that ordinary visitors do not reach.

mod sample;
mod shape;

use domain::Method;
use serde_json::Value as Json;

use crate::Report;
use crate::facts::{Facts, Way};
use crate::tree::{Yaml, map, texts, uuid};
use shape::{Shape, shapes};

/// A file of rules with its samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The name of its files, without ending.
    pub name: &'static str,
    /// The title of the rule that is told.
    pub title: String,
    /// How the records were taken that it sees.
    pub way: Way,
    /// How much it takes until it speaks: events, different values or people.
    pub threshold: u64,
    /// Whether web logs suffice; else it needs the exchange log of Tidegate.
    pub reads_web_logs: bool,
    held_against: String,
    documents: Vec<Yaml>,
    fires: Vec<Json>,
    silent: Vec<Json>,
}

impl Rule {
    /// `sigma/NAME.yml`.
    #[must_use]
    pub fn yaml(&self) -> String {
        let documents: Vec<String> = self.documents.iter().map(Yaml::text).collect();
        format!("# Derived by Tidegate, held against {}.\n{}", self.held_against, documents.join("---\n"))
    }

    /// `sigma/NAME.fires.ndjson`.
    #[must_use]
    pub fn fires(&self) -> String {
        lines(&self.fires)
    }

    /// `sigma/NAME.silent.ndjson`.
    #[must_use]
    pub fn silent(&self) -> String {
        lines(&self.silent)
    }
}

fn lines(samples: &[Json]) -> String {
    samples.iter().fold(String::new(), |text, sample| text + &sample.to_string() + "\n")
}

/// The rules that follow from `facts` of `report`, by name.
#[must_use]
pub fn rules(report: &Report<'_>, facts: &Facts) -> Vec<Rule> {
    shapes(facts).into_iter().map(|shape| rule(report, facts, shape)).collect()
}

fn rule(report: &Report<'_>, facts: &Facts, shape: Shape) -> Rule {
    let counted = shape.counted.as_ref();
    let base_name = format!("tidegate_derived_{}", shape.name);
    let base_title = if counted.is_some() { shape.base_title } else { shape.title };
    let level = if counted.is_some() { "informational" } else { shape.level };
    let mut base = head(report, &shape, base_title);
    if counted.is_some() {
        base.push(("name".to_owned(), base_name.as_str().into()));
    }
    base.push(("logsource".to_owned(), map([("category", shape.category.into())])));
    base.push(("detection".to_owned(), detection(&shape)));
    tail(&mut base, &shape, level);
    let mut documents = vec![Yaml::Map(base)];
    if let Some(counted) = counted {
        let mut told = head(report, &shape, shape.title);
        let mut condition = Vec::new();
        if let Some(field) = counted.field {
            condition.push(("field".to_owned(), field.into()));
        }
        condition.push(("gte".to_owned(), counted.at_least.into()));
        told.push((
            "correlation".to_owned(),
            map([
                ("type", counted.kind.into()),
                ("rules", texts(&[&base_name])),
                ("group-by", texts(counted.group_by)),
                ("timespan", counted.within.into()),
                ("condition", Yaml::Map(condition)),
            ]),
        ));
        tail(&mut told, &shape, shape.level);
        documents.push(Yaml::Map(told));
    }
    for document in &mut documents {
        name_it(document);
    }
    Rule {
        name: shape.name,
        title: shape.title.to_owned(),
        way: shape.way,
        threshold: counted.map_or(1, |counted| counted.at_least),
        reads_web_logs: shape.category == "webserver",
        fires: sample::fires(facts, &shape),
        silent: sample::silent(facts, &shape),
        held_against: report.intel.held_against(),
        documents,
    }
}

/// The id follows from everything else in the rule: the same rule from two reports is the same rule.
fn name_it(document: &mut Yaml) {
    let id = uuid('5', &["tidegate rule", &document.text()]);
    if let Yaml::Map(entries) = document {
        entries.insert(1, ("id".to_owned(), id.into()));
    }
}

fn head(report: &Report<'_>, shape: &Shape, title: &str) -> Vec<(String, Yaml)> {
    let mut entries = vec![
        ("title".to_owned(), title.into()),
        ("status".to_owned(), "experimental".into()),
        ("description".to_owned(), shape.description.as_str().into()),
        ("references".to_owned(), texts(shape.references)),
        ("author".to_owned(), "Derived by Tidegate".into()),
    ];
    if let Some(day) = report.published {
        entries.push(("date".to_owned(), day.into()));
    }
    let tags: Vec<String> = shape
        .tactics
        .iter()
        .map(|tactic| format!("attack.{tactic}"))
        .chain(shape.techniques.iter().map(|id| format!("attack.{}", id.to_ascii_lowercase())))
        .collect();
    entries.push(("tags".to_owned(), texts(&tags)));
    entries
}

fn tail(entries: &mut Vec<(String, Yaml)>, shape: &Shape, level: &str) {
    entries.push(("falsepositives".to_owned(), texts(&[shape.innocent])));
    entries.push(("level".to_owned(), level.into()));
    entries.push(("d3fend".to_owned(), texts(shape.d3fend)));
    entries.push(("owasp".to_owned(), texts(shape.owasp)));
}

fn detection(shape: &Shape) -> Yaml {
    let mut entries: Vec<(String, Yaml)> = Vec::new();
    for (name, fields) in &shape.selections {
        entries.push(((*name).to_owned(), Yaml::Map(fields.clone())));
    }
    let names: Vec<&str> = shape.selections.iter().map(|(name, _)| *name).collect();
    entries.push(("condition".to_owned(), names.join(" and ").into()));
    Yaml::Map(entries)
}

/// Methods of the doors, each once.
fn methods(facts: &Facts) -> Vec<&'static str> {
    let known = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];
    let of_doors = |method: &Method| facts.doors.iter().any(|door| door.endpoint.method() == method);
    let word = |method: &Method| match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        _ => "DELETE",
    };
    known.iter().filter(|method| of_doors(method)).map(word).collect()
}
