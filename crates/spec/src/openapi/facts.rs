//! Operations of a document with every fact that a check asks for.
//!
//! The doors, intents and credentials are those that the gateway reads ([`super::operations`]); this
//! adds what only a checker needs: inputs, answers, examples, servers. References are followed over
//! files. What cannot be read is a fault, and an error where an operation cannot be judged for it.

mod answer;
mod aws;
mod content;
mod embedded;
mod example;
mod hosts;
mod inputs;
mod nouns;
mod page;
mod references;
mod schema;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use meter::Fields;

use crate::inventory::{
    Example, Fault, Field, Gated, IntentState, Operation, Place, Scheme, Security, SourceId,
};
use crate::openapi::document::Document;
use crate::openapi::here::{At, Here};
use crate::openapi::library::Library;
use crate::openapi::operations::{self, Found};
use crate::openapi::security;
use crate::reading::Reading;
use crate::tree::{Node, Value};

use schema::{Direction, List, Memo, Walked};

/// Most values that all walks over schemas and all fields of a document may take together. A
/// document whose references multiply beyond it is not judged to its end, which is an error.
const MOST_WORK: usize = 2_000_000;
/// Longest text of an operation, in characters.
const MOST_TEXT: usize = 2_000;
const MOST_TAGS: usize = 1_000;

/// A document under reading.
struct Facts<'t, 'l> {
    document: Document<'t>,
    sources: &'l [SourceId],
    words: Fields,
    /// The security schemes that it declares.
    offers: Arc<[Scheme]>,
    /// What the elements of its collections are called. Bound: one per fixed segment of its paths, of which
    /// the tree has a bound; lives as long as the document is read.
    nouns: Rc<HashSet<String>>,
    schemas: Memo,
    /// Fields of schemas at their places in answers, for operations share them. Bound and life as
    /// those of [`Memo`].
    fields: HashMap<(*const Node, String), Rc<[Field]>>,
    work: usize,
    exhausted: bool,
}

/// A schema that was walked: where it stands, its name, what is below it.
type Target<'t> = (Here<'t>, Option<Arc<str>>, Rc<Walked>);

/// Reads the document `root`, which is called `name`, into the inventory.
pub(crate) fn read(root: &Node, name: &str, reading: &mut Reading<'_, '_>) {
    let library = Library::gather(root, name, reading);
    let mut walked = operations::walk(Document::new(root, Some(&library)), name, None, true);
    let offers = security::offered(&mut walked.document).iter().map(|one| Scheme::of(one, 0)).collect();
    let mut nouns = HashSet::new();
    for found in &walked.operations {
        for segment in found.operation.endpoint.template().segments() {
            if let domain::Segment::Literal(text) = segment {
                nouns.extend(nouns::one_of(&text));
            }
        }
    }
    let mut facts = Facts {
        document: walked.document,
        sources: library.sources(),
        words: Fields::default(),
        offers,
        nouns: Rc::new(nouns),
        schemas: Memo::default(),
        fields: HashMap::new(),
        work: 0,
        exhausted: false,
    };
    for found in walked.operations {
        let operation = facts.operation(found);
        reading.inventory.operations.push(operation);
    }
    let sources = facts.sources;
    let mut faults = facts.document.faults;
    faults.sort_by_key(|(file, fault)| (*file, fault.at.start, fault.code));
    for (file, diagnostic) in faults {
        let source = sources.get(file).copied().unwrap_or(reading.source);
        reading.inventory.faults.push(Fault { source, diagnostic });
    }
}

impl<'t> Facts<'t, '_> {
    fn operation(&mut self, found: Found<'t>) -> Operation {
        let here = found.here;
        let mut secrets = Vec::new();
        let inputs = inputs::read(self, &found, &mut secrets);
        let told = answer::read(self, here, found.operation.endpoint.template(), &mut secrets);
        self.work(inputs.parameters.len().saturating_add(told.answer.fields.len()));
        let text = text(here);
        let endpoint = found.operation.endpoint;
        let nouns = Rc::clone(&self.nouns);
        let subject = references::Subject {
            endpoint: &endpoint,
            id: found.operation.id.as_str(),
            inputs: &inputs,
            nouns: &nouns,
        };
        let brings = inputs::classes(&mut self.words, endpoint.template(), &inputs.parameters);
        let object_refs = references::find(&mut self.words, &subject);
        let page_size = page::size(&inputs.parameters);
        let bulk = page::bulk(&mut self.words, &subject, |at| {
            self.sources.get(at.file).map_or_else(Place::default, |source| Place::new(*source, at.span))
        });
        let intent = match (found.operation.intent, found.intent) {
            (Some(intent), Some(at)) => {
                IntentState::Declared { intent: Box::new(intent), at: self.place(at) }
            }
            (_, Some(at)) => IntentState::Unreadable { at: self.place(at) },
            (_, None) => IntentState::Absent,
        };
        let mut security = Security::of(&found.operation.security, found.security.map(|at| self.place(at)));
        security.own = here.get("security").is_some();
        security.offers = Arc::clone(&self.offers);
        aws::adjust(self, here, &mut security);
        let examples = secrets
            .iter()
            .map(|secret| Example { what: secret.what.into(), at: self.place(secret.at) })
            .collect();
        let owners: Vec<Here<'t>> = std::iter::once(here).chain(found.owners).collect();
        Operation {
            intent,
            security,
            object_refs,
            page_size,
            bulk,
            parameters: inputs.parameters,
            brings,
            answer: told.answer,
            statuses: told.statuses,
            examples,
            servers: hosts::of(self, &owners),
            tags: tags(&mut self.document, here),
            text,
            deprecated: found.operation.deprecated,
            at: self.place(found.word),
            id_at: self.place(found.id),
            endpoint,
            id: found.operation.id,
            gated: Gated::default(),
        }
    }

    /// The place of `at` in the inventory.
    fn place(&self, at: At) -> Place {
        let source = self.sources.get(at.file).or_else(|| self.sources.first()).copied();
        Place::new(source.unwrap_or_default(), at.span)
    }

    /// Walks what `schema` describes. Lists around it are peeled off first, so that operations which
    /// return one record and lists of it share the walk: `prefix` and `lists` say what was peeled.
    fn walk(
        &mut self,
        schema: Here<'t>,
        prefix: &mut String,
        lists: &mut Vec<List>,
        direction: Direction,
    ) -> Option<Target<'t>> {
        if self.exhausted {
            return None;
        }
        let mut named = answer::object_of(schema);
        let mut here = self.target(schema)?;
        for _ in 0..8 {
            let Some(items) = only_items(here) else { break };
            let bound = here.mapping().map(schema::Form::of).and_then(|form| form.max_items);
            named = answer::object_of(items).or(named);
            let element = self.target(items)?;
            let kind = schema::scalar_kind(element);
            lists.push(List {
                path: prefix.as_str().into(),
                most: bound,
                objects: kind.is_none(),
                element: kind,
                at: here.at(),
            });
            prefix.push_str("[]");
            here = element;
        }
        let walked = self.schemas.of(&mut self.document, &mut self.words, here, named.clone(), direction);
        if let Some(cut) = &walked.cut {
            self.document.beyond(
                &*cut.what,
                cut.at,
                "describe bodies that are smaller: what lies beyond is not judged",
            );
        }
        self.work(0);
        Some((here, named, walked))
    }

    /// Where a schema leads; itself, where what stands beside its `$ref` counts too.
    fn target(&mut self, schema: Here<'t>) -> Option<Here<'t>> {
        if schema::siblings_count(self.document.version, schema) {
            return Some(schema);
        }
        self.document.resolve(schema)
    }

    /// Counts work, and tells once where it becomes too much.
    fn work(&mut self, more: usize) {
        self.work = self.work.saturating_add(more);
        if !self.exhausted && self.work.saturating_add(self.schemas.work) > MOST_WORK {
            self.exhausted = true;
            self.document.error(
                "SPEC-012",
                format!("the schemas of the document unfold to more than {MOST_WORK} values"),
                self.document.root.spot(crate::tree::Span { end: 0, ..crate::tree::Span::START }),
                "split the document; the bodies of some operations are not judged",
            );
        }
    }
}

/// The schema of the elements, where `here` is a list and says nothing else of its content.
fn only_items(here: Here<'_>) -> Option<Here<'_>> {
    let items = here.get("items").filter(|items| items.mapping().is_some())?;
    let is_list = here.get("type").is_none_or(|kind| kind.text() == Some("array"));
    let more = ["properties", "allOf", "oneOf", "anyOf", "prefixItems", "example", "examples", "$ref"];
    (is_list && !more.iter().any(|key| here.get(key).is_some())).then_some(items)
}

/// Summary and description.
fn text(operation: Here<'_>) -> String {
    let mut text = String::new();
    for key in ["summary", "description"] {
        let Some(part) = operation.get(key).and_then(Here::text) else { continue };
        if !text.is_empty() {
            text.push('\n');
        }
        let left = MOST_TEXT.saturating_sub(text.chars().count());
        text.extend(part.trim_end().chars().take(left));
    }
    text
}

fn tags<'t>(document: &mut Document<'t>, operation: Here<'t>) -> Vec<Arc<str>> {
    let Some(tags) = operation.get("tags") else { return Vec::new() };
    if tags.node.items().len() > MOST_TAGS {
        let message = format!("more than {MOST_TAGS} tags of one operation");
        document.beyond(message, tags.at(), "give fewer: those from here on are not judged");
    }
    let text = |tag: Here<'_>| match &tag.node.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    tags.items().filter_map(text).take(MOST_TAGS).collect()
}
