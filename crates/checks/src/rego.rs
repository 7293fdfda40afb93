//! The same checks as Rego, and a user's own rules in it.
//!
//! The library (`rego/tidegate.rego`) judges the facts as JSON ([`crate::Facts`]); a test holds what it
//! finds against what the native checks find. It is for others' tools (`tidegate check --export rego`)
//! and for rules that build on it; our own findings come from the native checks.
//!
//! Rego always ends, but a rule of a user's own may take long: nothing here bounds its time, because
//! there is no clock here. The program does (`tidegate check --policy-seconds`).

use std::sync::Arc;

use regorus::{Engine, Value};
use spec::inventory::{Place, SourceId};

use crate::catalogue::Check;
use crate::checks::own_rule;
use crate::facts::Facts;
use crate::finding::Finding;

/// The library: `tidegate.checks`.
pub const LIBRARY: &str = include_str!("rego/tidegate.rego");
/// The adapter for conftest: `deny` and `warn` in package `main`.
pub const CONFTEST: &str = include_str!("rego/conftest.rego");

/// Most findings taken from one run of a user's own rules.
pub const MOST_FINDINGS: usize = 10_000;

/// A text of Rego with the name of its file.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its path, as the user would name it.
    pub name: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

/// Why Rego could not judge.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegoError {
    /// The text is no Rego.
    #[error("`{name}` is no Rego: {cause}")]
    Unreadable {
        /// The file.
        name: Arc<str>,
        /// What the interpreter says; it names the line.
        cause: String,
    },
    /// A rule cannot be evaluated.
    #[error("`{rule}` cannot be evaluated: {cause}")]
    Failed {
        /// The rule.
        rule: String,
        /// What the interpreter says.
        cause: String,
    },
    /// A rule gives something else than a set of texts or of objects with `msg`.
    #[error("`{rule}` gives `{value}`; each of its members must be a text, or an object with the text `msg`")]
    Shape {
        /// The rule.
        rule: String,
        /// What it gave, cut to 100 characters.
        value: String,
    },
    /// The facts cannot be written as JSON.
    #[error("the facts cannot be written as JSON: {0}")]
    Facts(String),
}

/// The facts as JSON: the input of every rule.
///
/// # Errors
/// Where a fact has no form in JSON.
pub fn facts_json(facts: &Facts<'_>) -> Result<String, RegoError> {
    serde_json::to_string_pretty(facts).map_err(|error| RegoError::Facts(error.to_string()))
}

/// What the library finds: check, subject and place of each, in order, each once.
///
/// # Errors
/// Where the interpreter fails, which is our fault.
pub fn library(facts: &Facts<'_>) -> Result<Vec<(String, String, Place)>, RegoError> {
    let mut engine = engine(facts)?;
    let mut found = Vec::new();
    for rule in ["blockers", "warnings"] {
        for one in members(&mut engine, &format!("data.tidegate.checks.{rule}"))? {
            let text = |name: &str| one[name].as_string().map(|text| text.to_string()).unwrap_or_default();
            let at = place(&one["at"]).unwrap_or_default();
            found.push((text("id"), text("subject"), at));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// What the library tells: the id of each finding and its sentence, as conftest prints it.
///
/// # Errors
/// Where the interpreter fails, which is our fault.
pub fn told(facts: &Facts<'_>) -> Result<Vec<(String, String)>, RegoError> {
    let mut engine = engine(facts)?;
    let mut told = Vec::new();
    for rule in ["told_blockers", "told_warnings"] {
        for one in members(&mut engine, &format!("data.tidegate.checks.{rule}"))? {
            let text = |name: &str| one[name].as_string().map(|text| text.to_string()).unwrap_or_default();
            told.push((text("id"), text("msg")));
        }
    }
    Ok(told)
}

/// What a user's own rules find: `deny` and `warn` of every package in `policies`.
///
/// A member is a text, or an object with `msg`, and where it applies `rule` (a name for it), `subject`,
/// `operation` (a position in the facts) and `at` (a place from the facts).
///
/// # Errors
/// Where a text is no Rego, a rule cannot be evaluated or gives something else: the gate then fails
/// closed.
pub fn own(policies: &[Policy], facts: &Facts<'_>) -> Result<Vec<Finding>, RegoError> {
    let mut engine = engine(facts)?;
    let mut packages = Vec::new();
    for policy in policies {
        let package = add(&mut engine, policy)?;
        if !packages.contains(&package) {
            packages.push(package);
        }
    }
    let mut findings = Vec::new();
    for package in packages {
        for (name, check) in [("deny", &own_rule::DENY), ("warn", &own_rule::WARN)] {
            let rule = format!("{package}.{name}");
            for member in members(&mut engine, &rule)? {
                findings.push(finding(check, &rule, &member, facts)?);
                if findings.len() >= MOST_FINDINGS {
                    return Ok(findings);
                }
            }
        }
    }
    Ok(findings)
}

fn engine(facts: &Facts<'_>) -> Result<Engine, RegoError> {
    let mut engine = Engine::new();
    add(&mut engine, &Policy { name: "tidegate.rego".into(), text: LIBRARY.into() })?;
    let json = serde_json::to_string(facts).map_err(|error| RegoError::Facts(error.to_string()))?;
    let input = Value::from_json_str(&json).map_err(|error| RegoError::Facts(error.to_string()))?;
    engine.set_input(input);
    Ok(engine)
}

/// Deepest nesting of brackets in a policy: the interpreter reads them by recursion.
const DEEPEST: usize = 256;

/// Whether brackets nest deeper than [`DEEPEST`]. Those in strings count too: the safe side.
fn nests_too_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    text.bytes().any(|byte| {
        match byte {
            b'[' | b'{' | b'(' => depth += 1,
            b']' | b'}' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

/// Adds a policy and gives the name of its package.
fn add(engine: &mut Engine, policy: &Policy) -> Result<String, RegoError> {
    if nests_too_deep(&policy.text) {
        let cause = format!("brackets stand in one another more than {DEEPEST} deep");
        return Err(RegoError::Unreadable { name: policy.name.clone(), cause });
    }
    engine
        .add_policy(policy.name.to_string(), policy.text.to_string())
        .map_err(|error| RegoError::Unreadable { name: policy.name.clone(), cause: error.to_string() })
}

/// The members of a rule that gives a set or a list; none where the rule does not exist.
fn members(engine: &mut Engine, rule: &str) -> Result<Vec<Value>, RegoError> {
    // Evaluated as a query, a rule that no package has is undefined and no error.
    let results = engine
        .eval_query(format!("found := {rule}"), false)
        .map_err(|error| RegoError::Failed { rule: rule.to_owned(), cause: error.to_string() })?;
    let Some(found) = results.result.first().map(|result| result.bindings["found"].clone()) else {
        return Ok(Vec::new());
    };
    match &found {
        Value::Set(set) => Ok(set.iter().cloned().collect()),
        Value::Array(list) => Ok(list.iter().cloned().collect()),
        Value::Undefined => Ok(Vec::new()),
        other => Err(shape(rule, other)),
    }
}

fn shape(rule: &str, value: &Value) -> RegoError {
    RegoError::Shape { rule: rule.to_owned(), value: value.to_string().chars().take(100).collect() }
}

fn finding(
    check: &'static Check,
    rule: &str,
    member: &Value,
    facts: &Facts<'_>,
) -> Result<Finding, RegoError> {
    let text = |name: &str| match member {
        Value::Object(_) => member[name].as_string().ok().map(|text| text.to_string()),
        _ => None,
    };
    let message = match member {
        Value::String(message) => message.to_string(),
        _ => text("msg").ok_or_else(|| shape(rule, member))?,
    };
    let named = text("rule").unwrap_or_else(|| rule.trim_start_matches("data.").to_owned());
    let number = match member {
        Value::Object(_) => member["operation"].as_u64().ok(),
        _ => None,
    };
    let operation = number
        .and_then(|position| usize::try_from(position).ok())
        .and_then(|position| facts.operations.get(position));
    let at = match member {
        Value::Object(_) => place(&member["at"]),
        _ => None,
    };
    let at = at.or_else(|| operation.map(|operation| operation.operation.id_at)).unwrap_or_default();
    let subject = text("subject")
        .or_else(|| operation.map(|operation| operation.subject.clone()))
        .unwrap_or_else(|| named.clone());
    let help = text("help").unwrap_or_else(|| format!("see the rule `{named}`"));
    let finding = Finding::new(check, subject, at, format!("`{named}`: {message}")).help(help);
    Ok(match operation {
        Some(operation) => finding.operation(operation.position),
        None => finding,
    })
}

/// A place as the facts write it.
fn place(value: &Value) -> Option<Place> {
    let number = |name: &str| match value {
        Value::Object(_) => value[name].as_u64().ok().and_then(|number| u32::try_from(number).ok()),
        _ => None,
    };
    let mut place = Place { source: SourceId(number("source")?), ..Place::default() };
    place.span.line = number("line")?;
    place.span.column = number("column")?;
    place.span.start = number("start")?;
    place.span.end = number("end")?;
    Some(place)
}
