//! What a change newly lets through: decisions before and after, compared.
//!
//! Every operation is asked for every kind of caller and every kind of record: who may call it, whose
//! records it hands out, how many calls an hour and records a call, which classes of data. What is
//! admitted after the change and was not before is a [`Widening`], shown by a request. What became
//! narrower is never told, nor is text that decides nothing.

mod credentials;
mod fronts;
mod gates;
mod grant;
mod owners;

use std::collections::HashMap;
use std::sync::Arc;

use domain::{DataClass, Timestamp};
use spec::inventory::{IntentState, Inventory, Operation, Place};

use crate::facts::path;
use grant::{Grant, Whose, grants};

pub use gates::{gate_widenings, told_once};

/// The code of what a change newly lets through, as a suppression names it.
pub(crate) const WIDENED: &str = "CHECK-010";

/// Something that is let through now and was not before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Widening {
    /// In words: `anonymous callers can now read records of others by POST /api/customers`.
    pub message: String,
    /// A request that shows it.
    pub request: String,
    /// Where it is declared now.
    pub at: Place,
}

/// What `new` lets through and `old` did not, at `now`, in the order of the new text.
#[must_use]
pub fn widenings(old: &Inventory, new: &Inventory, now: Timestamp) -> Vec<Widening> {
    // The same door under other names of parameters is the same door.
    let before: HashMap<String, &Operation> =
        old.operations.iter().map(|operation| (path::door(&operation.endpoint), operation)).collect();
    let mut found = Vec::new();
    for operation in &new.operations {
        found.extend(of_operation(before.get(&path::door(&operation.endpoint)).copied(), operation, now));
    }
    found.extend(fronts::widenings(old, new));
    found
}

/// What one operation lets through and `was` did not.
pub(crate) fn of_operation(was: Option<&Operation>, operation: &Operation, now: Timestamp) -> Vec<Widening> {
    let mut found = Vec::new();
    let earlier = was.map_or_else(Vec::new, |was| grants(was, now));
    let mut all = grants(operation, now);
    if was.is_some_and(|was| credentials::is_silent_now(was, operation)) {
        all.extend(grant::anonymous(operation));
    }
    for grant in all {
        compare(operation, &grant, &earlier, was.is_some(), &mut found);
    }
    if let Some(was) = was {
        if found.is_empty() {
            credentials::compare(was, operation, &mut found);
        }
        owners::compare(was, operation, &mut found);
        data(was, operation, &mut found);
        ways(was, operation, &mut found);
        if found.is_empty() {
            closed_doors(was, operation, &mut found);
        }
    }
    found
}

/// What is counted, its unit, and how wide a grant is in it.
type Width = (&'static str, &'static str, fn(&Grant) -> f64);

/// Tells of a grant that nothing before covers.
fn compare(
    operation: &Operation,
    grant: &Grant,
    earlier: &[Grant],
    existed: bool,
    found: &mut Vec<Widening>,
) {
    let door = &operation.endpoint;
    let mut tell = |message: String| found.push(widening(operation, grant, message));
    let same_reach: Vec<&Grant> = earlier.iter().filter(|was| was.reaches(grant)).collect();
    if same_reach.is_empty() {
        let verb = if reads(operation) { "read" } else { "reach" };
        let what = match grant.whose {
            Whose::Own => "their own records",
            Whose::Foreign if personal(operation).is_empty() => "records",
            Whose::Foreign => "records of others",
        };
        let new = if existed { "" } else { ", which is new" };
        tell(format!("{} can now {verb} {what} by {door}{new}", grant.who));
        return;
    }
    let widths: [Width; 3] = [
        ("calls", "calls an hour", Grant::calls),
        ("records", "records a call", Grant::records),
        ("people", "people an hour", Grant::people),
    ];
    for (word, unit, width) in widths {
        let widest = same_reach.iter().map(|was| width(was)).fold(0.0, f64::max);
        let is = width(grant);
        if is > widest * 1.000_001 {
            let shown = |width: f64| {
                if width.is_finite() { format!("{width:.0}") } else { format!("any number of {word}") }
            };
            tell(format!(
                "{} can now have {} instead of {} {unit} by {door}",
                grant.who,
                shown(is),
                shown(widest)
            ));
        }
    }
}

/// Tells of classes of data that answers did not carry before.
fn data(was: &Operation, is: &Operation, found: &mut Vec<Widening>) {
    let before = personal(was);
    for (class, path) in personal(is) {
        if before.iter().any(|(known, _)| *known == class) {
            continue;
        }
        let place = is.answer.fields.iter().find(|field| field.path == path).map_or(is.at, |field| field.at);
        found.push(Widening {
            message: format!("answers of {} now carry {class} (`{path}`)", is.endpoint),
            request: request(is, "a caller whom it admits"),
            at: place,
        });
    }
    let named = |operation: &Operation| operation.intent.declared().map(|intent| !intent.classes.is_empty());
    if named(was) == Some(true) && named(is) == Some(false) {
        found.push(Widening {
            message: format!("nothing says any more which data {} may hand out", is.endpoint),
            request: request(is, "a caller whom it admits"),
            at: intent_at(is),
        });
    }
    if is.answer.open_ended && !was.answer.open_ended && was.answer.described {
        found.push(Widening {
            message: format!("answers of {} may now carry any further field", is.endpoint),
            request: request(is, "a caller whom it admits"),
            at: is.answer.at.unwrap_or(is.at),
        });
    }
}

/// Tells of answers that pass unmetered, and of a plain way, where there was none.
fn ways(was: &Operation, is: &Operation, found: &mut Vec<Widening>) {
    let streams = |operation: &Operation| operation.intent.declared().is_some_and(|one| one.stream.is_some());
    if streams(is) && !streams(was) {
        found.push(Widening {
            message: format!("answers of {} may now pass without being metered", is.endpoint),
            request: request(is, "a caller whom it admits"),
            at: intent_at(is),
        });
    }
    if let Some(server) = is.servers.iter().find(|server| server.plain)
        && was.servers.iter().all(|server| !server.plain)
    {
        found.push(Widening {
            message: format!("calls of {} can now go over plain http (`{}`)", is.endpoint, server.url),
            request: request(is, "whoever reads on the way"),
            at: server.at,
        });
    }
}

/// Tells of a declaration that is gone where nothing else is told of the operation: in enforce it
/// closes, everywhere else it is open to whoever holds a credential.
fn closed_doors(was: &Operation, is: &Operation, found: &mut Vec<Widening>) {
    let bound = |operation: &Operation| {
        operation.intent.declared().is_some_and(|intent| intent.owner.is_some() || !intent.budget.is_empty())
    };
    let undeclared = matches!(is.intent, IntentState::Absent) && bound(was);
    if undeclared {
        found.push(Widening {
            message: format!("nothing says any more whose records {} may hand out", is.endpoint),
            request: request(is, "any signed-in caller"),
            at: is.id_at,
        });
    }
}

fn personal(operation: &Operation) -> Vec<(DataClass, Arc<str>)> {
    let mut classes: Vec<(DataClass, Arc<str>)> = Vec::new();
    let declared = operation.intent.declared().map(|intent| intent.classes);
    let in_fields =
        operation.answer.fields.iter().filter_map(|field| Some((field.class?, field.path.clone())));
    let in_intent = DataClass::ALL
        .into_iter()
        .filter(|class| declared.is_some_and(|set| set.contains(*class)))
        .map(|class| (class, Arc::from("classes")));
    for (class, path) in in_fields.chain(in_intent) {
        if !classes.iter().any(|(known, _)| *known == class) {
            classes.push((class, path));
        }
    }
    classes
}

fn widening(operation: &Operation, grant: &Grant, message: String) -> Widening {
    let at = match (&operation.intent, operation.security.at) {
        (_, Some(at)) if grant.by_the_document => at,
        _ => intent_at(operation),
    };
    Widening { message, request: request(operation, &grant.who.to_string()), at }
}

/// Where its intent is declared, else what the document says of credentials.
fn intent_at(operation: &Operation) -> Place {
    match &operation.intent {
        IntentState::Declared { at, .. } | IntentState::Unreadable { at } => *at,
        IntentState::Absent => operation.security.at.unwrap_or(operation.id_at),
    }
}

/// A request that an outsider would send, with a comment that says as whom.
fn request(operation: &Operation, who: &str) -> String {
    let mut path = operation.endpoint.template().as_str().to_owned();
    while let (Some(open), Some(close)) = (path.find('{'), path.find('}')) {
        if close < open {
            break;
        }
        path.replace_range(open..=close, "1001");
    }
    let query: Vec<String> = operation
        .parameters
        .iter()
        .filter(|parameter| &*parameter.place == "query" && parameter.required)
        .map(|parameter| format!("{}=1", parameter.name))
        .collect();
    if !query.is_empty() {
        path.push_str(&format!("?{}", query.join("&")));
    }
    let body: Vec<String> = operation
        .parameters
        .iter()
        .filter(|parameter| &*parameter.place == "body" && !parameter.name.contains(['.', '[']))
        .take(8)
        .map(|parameter| format!("\"{}\": 1", parameter.name))
        .collect();
    let mut text = format!("# as {who}\n{} {path} HTTP/1.1", operation.endpoint.method());
    let host = operation.servers.first().and_then(|server| {
        let (_, rest) = server.url.split_once("://")?;
        rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty() && !host.contains('{'))
    });
    if let Some(host) = host {
        text.push_str(&format!("\nhost: {host}"));
    }
    let is_line = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let headers = operation.parameters.iter().filter(|parameter| {
        // What these three say OpenAPI has elsewhere.
        let elsewhere = ["accept", "content-type", "authorization"];
        &*parameter.place == "header"
            && parameter.required
            && is_line(&parameter.name)
            && !elsewhere.iter().any(|name| parameter.name.eq_ignore_ascii_case(name))
    });
    for header in headers.take(8) {
        let value = header.example.as_deref().filter(|example| is_line(example)).unwrap_or("1");
        text.push_str(&format!("\n{}: {value}", header.name.to_ascii_lowercase()));
    }
    if !body.is_empty() {
        text.push_str(&format!("\ncontent-type: application/json\n\n{{{}}}", body.join(", ")));
    }
    text
}

fn reads(operation: &Operation) -> bool {
    matches!(operation.endpoint.method(), domain::Method::Get | domain::Method::Head)
        || !operation.answer.fields.is_empty()
}
