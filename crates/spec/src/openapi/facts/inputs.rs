//! Named inputs: parameters, and the fields of request bodies as dotted paths.

use std::collections::HashSet;
use std::sync::Arc;

use domain::{ClassSet, PathTemplate, Segment};
use meter::{Described, Fields};

use super::Facts;
use super::content;
use super::example::{self, Secret};
use super::schema::{Direction, Form, List, joined};
use crate::inventory::Parameter;
use crate::openapi::here::{At, Here};
use crate::openapi::operations::Found;
use crate::openapi::{Place, Version};
use crate::pattern::Pattern;

/// Most inputs of one operation.
const MOST_INPUTS: usize = 20_000;

/// The inputs of an operation, and the lists among them.
pub(super) struct Inputs {
    pub(super) parameters: Vec<Parameter>,
    /// Lists among them, and in bodies.
    pub(super) lists: Vec<List>,
    seen: HashSet<(Arc<str>, Arc<str>)>,
}

/// Reads the inputs of `found`.
pub(super) fn read<'t>(facts: &mut Facts<'t, '_>, found: &Found<'t>, secrets: &mut Vec<Secret>) -> Inputs {
    let mut inputs = Inputs { parameters: Vec::new(), lists: Vec::new(), seen: HashSet::new() };
    for listed in &found.parameters {
        let here = listed.here;
        let parameter = &listed.parameter;
        let at = here.spot(parameter.span);
        let required = parameter.required;
        match parameter.place {
            Place::Body => {
                let schema = here.mapping().and_then(|mapping| mapping.get("schema"));
                if let Some(schema) = schema {
                    let at = here.spot(schema.key.span);
                    body(facts, here.with(&schema.value), at, "body", &mut inputs, secrets);
                }
            }
            place => one(facts, here, &parameter.name, word(place), required, at, &mut inputs, secrets),
        }
    }
    undescribed(facts, &found.operation.endpoint.template().clone(), found.path, &mut inputs);
    let request = found.here.get("requestBody").and_then(|body| facts.document.resolve(body));
    if let Some(request) = request.filter(|_| facts.document.version == Version::V2) {
        let help = "in 2.0 describe it as a parameter with `in: body` and `schema:`";
        facts.document.skipped("SPEC-003", "2.0 has no `requestBody`", request.at(), help);
    } else if let Some(request) = request {
        let told = content::misplaced(facts, "a request body", request);
        if !told && request.entries().next().is_some() && request.get("content").is_none() {
            let help = "write `content: {application/json: {schema: ...}}`";
            facts.document.skipped("SPEC-003", "a request body has no `content`", request.at(), help);
        }
        for media in content::of(facts, request) {
            content::secrets(facts, &media.examples, "", secrets);
            let kind = media.kind.to_ascii_lowercase();
            let form =
                kind.starts_with("multipart/") || kind.starts_with("application/x-www-form-urlencoded");
            if let Some(schema) = media.schema {
                let at = media.schema_at.unwrap_or_else(|| schema.at());
                body(facts, schema, at, if form { "form" } else { "body" }, &mut inputs, secrets);
            }
        }
    }
    if inputs.parameters.len() > MOST_INPUTS {
        let message = format!("more than {MOST_INPUTS} inputs of one operation");
        facts.document.beyond(
            message,
            found.word,
            "describe bodies that are smaller: not all of it is judged",
        );
    }
    inputs
}

/// The classes of data that a request may bring.
pub(super) fn classes(words: &mut Fields, template: &PathTemplate, inputs: &[Parameter]) -> ClassSet {
    let resource = meter::Plan::resource_of(template);
    let class = |input: &Parameter| {
        words.class(&Described {
            path: &input.name,
            within: resource.as_deref().unwrap_or_default(),
            kind: input.kind.as_deref(),
            format: input.format.as_deref(),
            example: input.example.as_deref(),
            listed: input.is_enum,
            ..Described::default()
        })
    };
    inputs.iter().filter_map(class).collect()
}

const fn word(place: Place) -> &'static str {
    match place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
        Place::Cookie => "cookie",
        Place::Body => "body",
        Place::Form => "form",
    }
}

/// A parameter that is no body.
#[expect(clippy::too_many_arguments, reason = "the parts of one parameter, named at the only call")]
fn one<'t>(
    facts: &mut Facts<'t, '_>,
    here: Here<'t>,
    name: &Arc<str>,
    place: &str,
    required: bool,
    at: At,
    inputs: &mut Inputs,
    secrets: &mut Vec<Secret>,
) {
    let examples = content::examples(facts, here);
    content::secrets(facts, &examples, name, secrets);
    let schema = if facts.document.version == Version::V2 {
        Some(here)
    } else {
        here.get("schema").or_else(|| content::of(facts, here).into_iter().find_map(|media| media.schema))
    };
    let mut lists = Vec::new();
    let mut prefix = String::new();
    let walked = schema.and_then(|schema| facts.walk(schema, &mut prefix, &mut lists, Direction::Request));
    let mut form = Form::default();
    if let Some((target, _, walked)) = &walked {
        keep(&walked.secrets, secrets);
        if prefix.is_empty() {
            form = walked
                .leaves
                .iter()
                .find(|leaf| leaf.path.is_empty())
                .map_or_else(|| target.mapping().map(Form::of).unwrap_or_default(), |leaf| leaf.form.clone());
        } else {
            form.kind = Some("array".into());
            form.max_items = lists.first().and_then(|list| list.most);
            form.listed = walked.leaves.first().is_some_and(|leaf| leaf.form.listed);
        }
    }
    // Many documents state the bound of a page in words only.
    if form.maximum.is_none() && place == "query" {
        form.maximum = here.get("description").and_then(Here::text).and_then(most_in_words);
    }
    form.example = form.example.or_else(|| examples.first().and_then(|value| example::text_of(value.node)));
    if form.kind.as_deref() == Some("array") {
        let element = lists.first().and_then(|list| list.element.clone());
        inputs.lists.push(List { path: name.clone(), most: form.max_items, objects: false, element, at });
    }
    let parameter = parameter(facts, name.clone(), place, required, form, at);
    push(inputs, parameter);
    // `filter[customer_id]`: the fields of an object.
    if let Some((_, _, walked)) = walked.filter(|_| prefix.is_empty()) {
        for leaf in walked.leaves.iter().filter(|leaf| !leaf.path.is_empty()) {
            let inner = parameter_of(
                facts,
                joined(name, &leaf.path),
                place,
                required && leaf.required,
                &leaf.form,
                leaf.at,
            );
            push(inputs, inner);
        }
    }
}

/// The largest number that a description allows: `(max 100)`, `Maximum: 100`, `up to 100`, `between 1
/// and 100`.
fn most_in_words(text: &str) -> Option<f64> {
    let small: String = text.chars().take(400).collect::<String>().to_ascii_lowercase();
    let words: Vec<&str> = small
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !matches!(*word, "" | "is" | "of" | "value" | "limit" | "allowed" | "to"))
        .collect();
    words.windows(4).find_map(most_of).or_else(|| {
        let tail = words.get(words.len().saturating_sub(3)..).unwrap_or_default();
        (0..tail.len()).find_map(|nth| most_of(tail.get(nth..)?))
    })
}

fn most_of(words: &[&str]) -> Option<f64> {
    let number = match words {
        ["between", _, "and", most, ..] => most,
        ["max" | "maximum" | "up", most, ..] => most,
        _ => return None,
    };
    number.parse::<u32>().ok().map(f64::from)
}

/// The fields of a body.
fn body<'t>(
    facts: &mut Facts<'t, '_>,
    schema: Here<'t>,
    at: At,
    place: &str,
    inputs: &mut Inputs,
    secrets: &mut Vec<Secret>,
) {
    let mut prefix = String::new();
    let mut lists = Vec::new();
    let Some((_, _, walked)) = facts.walk(schema, &mut prefix, &mut lists, Direction::Request) else {
        return;
    };
    keep(&walked.secrets, secrets);
    // The body itself stands where its schema is named.
    let spot = |of: At, path: &str| if path.is_empty() { at } else { of };
    for list in lists.iter().chain(&walked.lists) {
        let outer = lists.iter().any(|outer| std::ptr::eq(outer, list));
        let path = if outer || prefix.is_empty() { list.path.clone() } else { under(&prefix, &list.path) };
        if !inputs.lists.iter().any(|known| known.path == path) {
            inputs.lists.push(List { at: spot(list.at, &path), path, ..list.clone() });
        }
    }
    for leaf in &walked.leaves {
        let path = under(&prefix, &leaf.path);
        let at = spot(leaf.at, &leaf.path);
        let parameter = parameter_of(facts, path, place, leaf.required, &leaf.form, at);
        push(inputs, parameter);
    }
}

fn under(prefix: &str, path: &str) -> Arc<str> {
    match (prefix, path) {
        (prefix, "") => prefix.into(),
        ("", path) => path.into(),
        (prefix, path) if path.starts_with('[') => format!("{prefix}{path}").into(),
        (prefix, path) => joined(prefix, path),
    }
}

/// Path parameters that only the path names.
fn undescribed(facts: &Facts<'_, '_>, template: &PathTemplate, at: At, inputs: &mut Inputs) {
    for segment in template.segments() {
        let (Segment::Parameter(name) | Segment::Rest(name)) = segment else { continue };
        let names: Vec<Arc<str>> = match Pattern::of_name(&name) {
            Some(pattern) => pattern.names().cloned().collect(),
            None => vec![name],
        };
        for name in names {
            let plain =
                |known: &Parameter| &*known.place == "path" && known.name.trim_matches(['+', '*']) == &*name;
            if !inputs.parameters.iter().any(plain) {
                inputs.parameters.push(parameter(facts, name, "path", true, Form::default(), at));
            }
        }
    }
}

fn parameter_of(
    facts: &Facts<'_, '_>,
    name: Arc<str>,
    place: &str,
    required: bool,
    form: &Form,
    at: At,
) -> Parameter {
    parameter(facts, name, place, required, form.clone(), at)
}

fn parameter(
    facts: &Facts<'_, '_>,
    name: Arc<str>,
    place: &str,
    required: bool,
    form: Form,
    at: At,
) -> Parameter {
    let Form { kind, format, pattern, maximum, max_length, max_items, listed, title: _, example } = form;
    Parameter {
        name,
        place: place.into(),
        required,
        is_enum: listed,
        kind,
        format,
        pattern,
        maximum,
        max_length,
        max_items,
        example: example.map(|text| super::schema::start(&text, 100)),
        at: facts.place(at),
    }
}

fn push(inputs: &mut Inputs, parameter: Parameter) {
    let new = inputs.seen.insert((parameter.place.clone(), parameter.name.clone()));
    if new {
        // One more than are read, so that it is seen that there are more.
        if inputs.parameters.len() <= MOST_INPUTS {
            inputs.parameters.push(parameter);
        }
    }
}

fn keep(found: &[Secret], secrets: &mut Vec<Secret>) {
    for secret in found {
        if secrets.len() < example::MOST_SECRETS && !secrets.contains(secret) {
            secrets.push(*secret);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_may_be_stated_in_words() {
        for (text, most) in [
            ("The number of results per page (max 100).", Some(100.0)),
            ("Maximum: 50", Some(50.0)),
            ("The maximum value is 20", Some(20.0)),
            ("Up to 1000 entries", Some(1000.0)),
            ("A number between 1 and 100, default 10", Some(100.0)),
            ("Results per page", None),
            ("The maximum number of results", None),
            ("", None),
        ] {
            assert_eq!(most_in_words(text), most, "{text}");
        }
    }
}
