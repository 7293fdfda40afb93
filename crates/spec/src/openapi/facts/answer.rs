//! What a success returns.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use domain::PathTemplate;
use meter::Described;

use super::Facts;
use super::content::{self, MOST_MEDIA, Media};
use super::example::{self, Secret, Shown};
use super::schema::{Direction, List, Walked, joined, list_of, name_of, start, too_long};
use crate::inventory::{Answer, Field};
use crate::openapi::Version;
use crate::openapi::here::Here;

/// Most fields of one answer; those with a data class come first into it.
pub(super) const MOST_FIELDS: usize = 20_000;
/// Most statuses of one operation.
const MOST_STATUSES: usize = 1_000;

/// What responses say: statuses, the answer, secrets in examples.
pub(super) struct Told {
    pub(super) statuses: Vec<Arc<str>>,
    pub(super) answer: Answer,
}

/// Reads the responses of `operation`.
pub(super) fn read<'t>(
    facts: &mut Facts<'t, '_>,
    operation: Here<'t>,
    template: &PathTemplate,
    secrets: &mut Vec<Secret>,
) -> Told {
    let mut told = Told { statuses: Vec::new(), answer: Answer::default() };
    let Some(responses) = operation.get("responses") else { return told };
    facts.document.expects_mapping("`responses`", responses, "write each status as a key: `\"200\":`");
    let mut listed: Vec<_> = responses.entries().filter(|(key, _)| !key.text.starts_with("x-")).collect();
    if let Some((key, _)) = listed.get(MOST_STATUSES) {
        let message = format!("more than {MOST_STATUSES} statuses of one operation");
        let at = responses.spot(key.span);
        facts.document.beyond(message, at, "describe fewer: those from here on are not judged");
        listed.truncate(MOST_STATUSES);
    }
    let settled = listed.iter().any(|(key, _)| key.text.starts_with(['2', '3']));
    let resource = meter::Plan::resource_of(template);
    let mut lists: Vec<List> = Vec::new();
    let mut seen: HashSet<Arc<str>> = HashSet::new();
    let mut stored = false;
    for (key, response) in listed {
        told.statuses.push(key.text.clone());
        let success = key.text.starts_with('2') || &*key.text == "default" && !settled;
        let Some(response) = facts.document.resolve(response) else { continue };
        content::misplaced(facts, "a response", response);
        for media in bodies(facts, operation, response) {
            content::secrets(facts, &media.examples, "", secrets);
            if success {
                stored |= !says_no_store(response);
                body(facts, &media, resource.as_deref(), &mut told.answer, &mut lists, &mut seen, secrets);
            }
        }
    }
    let answer = &mut told.answer;
    answer.no_store = answer.described && !stored;
    if answer.fields.len() >= MOST_FIELDS {
        let message = format!("an answer has {MOST_FIELDS} fields or more");
        let at = operation.at();
        facts.document.beyond(message, at, "describe answers that are smaller: not all of it is judged");
        let (personal, others): (Vec<Field>, Vec<Field>) =
            std::mem::take(&mut answer.fields).into_iter().partition(|field| field.class.is_some());
        answer.fields = personal.into_iter().chain(others).take(MOST_FIELDS).collect();
    }
    (answer.many, answer.most) = of_lists(&lists, &answer.fields);
    told
}

/// The bodies of a response: below `content`, or in 2.0 its `schema` for every type of `produces`.
fn bodies<'t>(facts: &mut Facts<'t, '_>, operation: Here<'t>, response: Here<'t>) -> Vec<Media<'t>> {
    if facts.document.version != Version::V2 {
        return content::of(facts, response);
    }
    let examples: Vec<Here<'t>> = response
        .get("examples")
        .into_iter()
        .flat_map(|all| all.entries().map(|(_, one)| one))
        .take(MOST_MEDIA)
        .collect();
    let entry = response.mapping().and_then(|mapping| mapping.get("schema"));
    if entry.is_none() && examples.is_empty() {
        return Vec::new();
    }
    let shown = response.get("examples").map_or(0, |all| all.entries().count());
    let produces = operation.get("produces").or_else(|| facts.document.root.get("produces"));
    let mut kinds: Vec<Arc<str>> = produces
        .into_iter()
        .flat_map(|list| list.items().filter_map(Here::text).take(MOST_MEDIA).map(Arc::from))
        .collect();
    let named = produces.map_or(0, |list| list.node.items().len());
    if shown.max(named) > MOST_MEDIA {
        let message = format!("a body has more than {MOST_MEDIA} media types");
        facts.document.beyond(message, response.at(), "name fewer: those from here on are not judged");
    }
    if kinds.is_empty() {
        kinds.push("application/json".into());
    }
    let media = |kind| Media {
        kind,
        schema: entry.map(|entry| response.with(&entry.value)),
        schema_at: entry.map(|entry| response.spot(entry.key.span)),
        elements: false,
        examples: Vec::new(),
    };
    let mut all: Vec<Media<'t>> = kinds.into_iter().map(media).collect();
    if let Some(first) = all.first_mut() {
        first.examples = examples;
    }
    all
}

fn body<'t>(
    facts: &mut Facts<'t, '_>,
    media: &Media<'t>,
    resource: Option<&str>,
    answer: &mut Answer,
    lists: &mut Vec<List>,
    seen: &mut HashSet<Arc<str>>,
    secrets: &mut Vec<Secret>,
) {
    answer.described = true;
    if !answer.media.contains(&media.kind) {
        answer.media.push(media.kind.clone());
    }
    answer.file |= is_file(facts, media);
    let Some(schema) = media.schema else {
        answer.open_ended |= media.examples.is_empty() && !is_opaque(&media.kind);
        shown_only(facts, media, resource, answer, lists, seen);
        return;
    };
    let schema_at = media.schema_at.unwrap_or_else(|| schema.at());
    answer.at = answer.at.or_else(|| Some(facts.place(schema_at)));
    let mut prefix = String::new();
    if media.elements {
        prefix.push_str("[]");
        lists.push(List { path: "".into(), most: None, objects: true, element: None, at: schema_at });
    }
    let Some((target, object, walked)) = facts.walk(schema, &mut prefix, lists, Direction::Answer) else {
        return;
    };
    answer.open_ended |= walked.open_ended && !is_opaque(&media.kind);
    answer.circular |= walked.circular;
    for secret in &walked.secrets {
        if secrets.len() < example::MOST_SECRETS && !secrets.contains(secret) {
            secrets.push(*secret);
        }
    }
    lists.extend(walked.lists.iter().map(|list| List { path: under(&prefix, &list.path), ..list.clone() }));
    let fields = fields(facts, target, object, &walked, &prefix, resource);
    for field in fields.iter() {
        if seen.insert(field.path.clone()) {
            answer.fields.push(field.clone());
        }
    }
    let mut shown = Shown::default();
    for one in &media.examples {
        shown.add(*one, "", one.at());
    }
    // An example of the whole body says what its schema's own examples did not.
    let shown = leaves(facts, shown);
    let known = answer.fields.iter().enumerate().filter(|_| !shown.is_empty());
    let known: HashMap<Arc<str>, usize> = known.map(|(nth, field)| (field.path.clone(), nth)).collect();
    for (path, text, at) in shown {
        if let Some(field) = known.get(&path).and_then(|nth| answer.fields.get_mut(*nth)) {
            field.example.get_or_insert(text);
        } else if answer.fields.len() < MOST_FIELDS && seen.insert(path.clone()) {
            list_of(&path, at, lists);
            let within = resource.unwrap_or_default();
            let described = Described { path: &path, within, example: Some(&text), ..Described::default() };
            let class = facts.words.class(&described);
            answer.fields.push(Field {
                class,
                path,
                kind: None,
                format: None,
                example: Some(text),
                at: facts.place(at),
            });
        }
    }
}

/// The fields of an answer of which only an example is given.
fn shown_only<'t>(
    facts: &mut Facts<'t, '_>,
    media: &Media<'t>,
    resource: Option<&str>,
    answer: &mut Answer,
    lists: &mut Vec<List>,
    seen: &mut HashSet<Arc<str>>,
) {
    let mut shown = Shown::default();
    for one in &media.examples {
        answer.at = answer.at.or_else(|| Some(facts.place(one.at())));
        shown.add(*one, "", one.at());
    }
    for (path, text, at) in leaves(facts, shown) {
        if answer.fields.len() >= MOST_FIELDS || !seen.insert(path.clone()) {
            continue;
        }
        list_of(&path, at, lists);
        let within = resource.unwrap_or_default();
        let class = facts.words.class(&Described {
            path: &path,
            within,
            example: Some(&text),
            ..Described::default()
        });
        let at = facts.place(at);
        answer.fields.push(Field { path, kind: None, format: None, example: Some(text), class, at });
    }
}

/// What is shown; tells where that is not all.
fn leaves(facts: &mut Facts<'_, '_>, shown: Shown) -> Vec<example::Leaf> {
    if let Some(at) = shown.cut {
        facts.document.beyond(too_long(), at, "show less: not all of it is judged");
    }
    shown.leaves
}

/// The fields of a walked schema below `prefix`; made once for operations that share all of it.
fn fields<'t>(
    facts: &mut Facts<'t, '_>,
    target: Here<'t>,
    object: Option<Arc<str>>,
    walked: &Walked,
    prefix: &str,
    resource: Option<&str>,
) -> Rc<[Field]> {
    let within = match (resource, &object) {
        (Some(resource), Some(object)) => format!("{resource}.{object}"),
        (Some(resource), None) => resource.to_owned(),
        (None, object) => object.as_deref().unwrap_or_default().to_owned(),
    };
    let key = (std::ptr::from_ref(target.node), format!("{prefix} {within}"));
    if let Some(known) = facts.fields.get(&key) {
        return Rc::clone(known);
    }
    let mut made = Vec::with_capacity(walked.leaves.len());
    for leaf in &walked.leaves {
        let path = under(prefix, &leaf.path);
        let form = &leaf.form;
        let described = Described {
            path: &path,
            object: leaf
                .object
                .as_deref()
                .filter(|name| object.as_deref() != Some(*name))
                .unwrap_or_default(),
            within: &within,
            kind: form.kind.as_deref(),
            format: form.format.as_deref(),
            example: form.example.as_deref(),
            listed: form.listed,
        };
        // A title says what a name (`f1`) does not.
        let class = facts.words.class(&described).or_else(|| {
            let (around, _) = path.rsplit_once('.').unwrap_or_default();
            let path = joined(around, &form.title.as_ref()?.replace('.', " "));
            facts.words.class(&Described { path: &path, ..described })
        });
        made.push(Field {
            path,
            kind: form.kind.clone(),
            format: form.format.clone(),
            example: form.example.clone(),
            class,
            at: facts.place(leaf.at),
        });
    }
    facts.work(made.len());
    let made: Rc<[Field]> = made.into();
    facts.fields.insert(key, Rc::clone(&made));
    made
}

/// Whether it can hold many records, and the longest of its outermost lists of records.
fn of_lists(lists: &[List], fields: &[Field]) -> (bool, Option<u64>) {
    let personal = |list: &List| {
        fields.iter().any(|field| field.class.is_some() && field.path.strip_prefix(&*list.path).is_some())
    };
    let depth = |path: &str| path.matches("[]").count() + path.split('.').filter(|part| *part == "*").count();
    let records: Vec<&List> =
        lists.iter().filter(|list| list.objects || list.path.is_empty() || personal(list)).collect();
    let Some(outermost) = records.iter().map(|list| depth(&list.path)).min() else { return (false, None) };
    let most = records
        .iter()
        .filter(|list| depth(&list.path) == outermost)
        .map(|list| list.most)
        .reduce(|one, other| Some(one?.max(other?)))
        .flatten();
    (true, most)
}

/// The path `rest` below `prefix`, which may be one of lists.
fn under(prefix: &str, rest: &str) -> Arc<str> {
    match (prefix, rest) {
        ("", rest) => rest.into(),
        (prefix, "") => prefix.into(),
        (prefix, rest) if rest.starts_with("[]") => format!("{prefix}{rest}").into(),
        (prefix, rest) => joined(prefix, rest),
    }
}

fn says_no_store(response: Here<'_>) -> bool {
    let Some(headers) = response.node.get("headers") else { return false };
    let Some((_, header)) = headers.entries().find(|(key, _)| key.text.eq_ignore_ascii_case("cache-control"))
    else {
        return false;
    };
    let mut left = 64;
    mentions(header, "no-store", &mut left)
}

/// Whether a value below a header's description says `word`.
fn mentions(node: &crate::tree::Node, word: &str, left: &mut usize) -> bool {
    let Some(rest) = left.checked_sub(1) else { return false };
    *left = rest;
    match &node.value {
        crate::tree::Value::Text(text) => start(text, 400).to_ascii_lowercase().contains(word),
        crate::tree::Value::Sequence(items) => items.iter().any(|item| mentions(item, word, left)),
        crate::tree::Value::Mapping(_) => node
            .entries()
            .filter(|(key, _)| {
                matches!(
                    &*key.text,
                    "schema" | "const" | "enum" | "example" | "examples" | "default" | "value"
                )
            })
            .any(|(_, value)| mentions(value, word, left)),
        _ => false,
    }
}

/// Whether a body is a whole file that may hold any number of records: by its type, where its schema names
/// no fields, or because its schema says so (`type: file` of 2.0, `contentMediaType`).
fn is_file<'t>(facts: &mut Facts<'t, '_>, media: &Media<'t>) -> bool {
    const TYPES: [&str; 16] = [
        "csv",
        "tab-separated",
        "octet-stream",
        "spreadsheet",
        "excel",
        "zip",
        "x-tar",
        "x-7z",
        "parquet",
        "avro",
        "sql",
        "event-stream",
        "ndjson",
        "jsonl",
        "json-seq",
        "*/*",
    ];
    if media.elements || is_opaque(&media.kind) {
        return false;
    }
    let of_records = |kind: &str| {
        let kind = kind.to_ascii_lowercase();
        TYPES.iter().any(|known| kind.contains(known))
    };
    // Rows that an example shows are no fewer for it; `*/*` may be anything.
    let unshown = media.examples.is_empty() || !media.kind.contains('*');
    let Some(schema) = media.schema.and_then(|schema| facts.target(schema)) else {
        return unshown && of_records(&media.kind);
    };
    let kind = schema.get("type").and_then(Here::text);
    let within = schema.get("contentMediaType").and_then(Here::text);
    match kind {
        Some("file") => true,
        Some("string") => {
            let bytes = schema.get("format").and_then(Here::text) == Some("binary");
            bytes || of_records(&media.kind) || within.is_some_and(of_records)
        }
        None => schema.entries().next().is_none() && unshown && of_records(&media.kind),
        Some(_) => false,
    }
}

/// Types whose bodies have no fields.
fn is_opaque(media: &str) -> bool {
    let media = media.to_ascii_lowercase();
    ["image/", "video/", "audio/", "font/", "text/html", "text/css", "text/javascript", "application/pdf"]
        .iter()
        .any(|start| media.starts_with(start))
}

/// The name under which a schema is referred to.
pub(super) fn object_of(schema: Here<'_>) -> Option<Arc<str>> {
    schema.get("$ref").and_then(Here::text).and_then(name_of)
}
