//! A schema to the scalars and lists below it, with dotted paths.
//!
//! The walk goes level by level, so that what lies nearest is met first. It follows `$ref`, `allOf`,
//! `oneOf`, `anyOf` and the rest, and never in a circle.
//!
//! INVARIANT (bounded-schema): one walk visits at most [`MOST_VISITS`] values and none below itself,
//! however the references of a document multiply. The larger it grows, the fewer times a value with
//! others below it is read again at another path ([`times`]); each is read once at least. What the walk
//! leaves out beside that is a [`Cut`], which is told.

// long: one pass over one kind of value, with the types that it gives.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use meter::Fields;

use super::example::{self, MOST_VALUES, Secret, Shown};
use crate::openapi::Version;
use crate::openapi::document::Document;
use crate::openapi::here::{At, Here};
use crate::tree::{Mapping, Node, Value};

/// Most values that one walk visits.
const MOST_VISITS: usize = 20_000;
/// Deepest level below the schema.
const MOST_LEVELS: u8 = 64;
/// Longest path of a field in bytes.
pub(super) const MOST_PATH: usize = 2_000;
/// Most lists and maps below one schema.
const MOST_LISTS: usize = 512;
/// Most kinds of one schema by its `discriminator`.
const MOST_KINDS: usize = 1_000;
/// Most examples that one schema may list.
const MOST_EXAMPLES: usize = 256;

/// How often a value with others below it is read in a walk of so many visits, at different paths.
const fn times(visits: usize) -> u16 {
    match visits {
        0..1_000 => 64,
        1_000..4_000 => 4,
        _ => 1,
    }
}

/// What a walk left out, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) what: String,
    pub(super) at: At,
}

/// Which way the described body goes: `readOnly` fields are in no request, `writeOnly` in no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    Request,
    Answer,
}

/// What a schema says of a scalar.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    pub(super) kind: Option<Arc<str>>,
    pub(super) format: Option<Arc<str>>,
    pub(super) pattern: Option<Arc<str>>,
    pub(super) maximum: Option<f64>,
    pub(super) max_length: Option<u64>,
    pub(super) max_items: Option<u64>,
    /// Whether only listed values are allowed.
    pub(super) listed: bool,
    /// Its `title`, where it may be a name.
    pub(super) title: Option<Arc<str>>,
    pub(super) example: Option<Arc<str>>,
}

/// A scalar below a schema.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// Empty for the schema itself.
    pub(super) path: Arc<str>,
    /// The name of the nearest schema around it.
    pub(super) object: Option<Arc<str>>,
    pub(super) form: Form,
    pub(super) required: bool,
    pub(super) at: At,
}

/// A list, or a map with free keys, below a schema.
#[derive(Clone, Debug)]
pub(super) struct List {
    /// Its path, without what stands for its elements.
    pub(super) path: Arc<str>,
    pub(super) most: Option<u64>,
    /// Whether its elements are, or may be, objects.
    pub(super) objects: bool,
    /// The kind of its elements, where they are scalars and it is known.
    pub(super) element: Option<Arc<str>>,
    pub(super) at: At,
}

/// Everything below a schema.
#[derive(Clone, Debug, Default)]
pub(super) struct Walked {
    pub(super) leaves: Vec<Leaf>,
    pub(super) lists: Vec<List>,
    /// Whether fields may stand in it that nobody describes.
    pub(super) open_ended: bool,
    pub(super) secrets: Vec<Secret>,
    /// Whether a value stands below itself, so that what is below it there is not told again.
    pub(super) circular: bool,
    /// The first that a bound left out.
    pub(super) cut: Option<Cut>,
    pub(super) visits: usize,
}

/// A value that waits for its visit.
struct Visit<'t> {
    here: Here<'t>,
    path: Arc<str>,
    object: Option<Arc<str>>,
    at: At,
    /// The visit that led here.
    parent: Option<usize>,
    required: bool,
    level: u8,
    /// A member of `allOf`: it need not say everything.
    part: bool,
    example: Option<Arc<str>>,
}

struct Walk<'w, 't> {
    document: &'w mut Document<'t>,
    words: &'w mut Fields,
    direction: Direction,
    queue: VecDeque<Visit<'t>>,
    /// What was visited, and from which visit.
    entered: Vec<(*const Node, Option<usize>)>,
    times: HashMap<*const Node, u16>,
    by_path: HashMap<Arc<str>, usize>,
    examples: Shown,
    /// Objects of which one schema says nothing: what another says of the same counts, where all hold.
    loose: Vec<Arc<str>>,
    /// Whether some schemas hold in the place of others.
    alternatives: bool,
    walked: Walked,
}

/// Walks the schema `root`, which is called `object` where it has a name.
pub(super) fn walk<'t>(
    document: &mut Document<'t>,
    words: &mut Fields,
    root: Here<'t>,
    object: Option<Arc<str>>,
    direction: Direction,
) -> Walked {
    let mut walk = Walk {
        document,
        words,
        direction,
        queue: VecDeque::new(),
        entered: Vec::new(),
        times: HashMap::new(),
        by_path: HashMap::new(),
        examples: Shown::default(),
        loose: Vec::new(),
        alternatives: false,
        walked: Walked::default(),
    };
    walk.queue.push_back(Visit {
        here: root,
        path: "".into(),
        object,
        at: root.at(),
        parent: None,
        required: true,
        level: 0,
        part: false,
        example: None,
    });
    while let Some(visit) = walk.queue.pop_front() {
        if walk.walked.visits >= MOST_VISITS {
            walk.cut(format!("a schema unfolds to more than {MOST_VISITS} values"), visit.at);
            break;
        }
        walk.walked.visits += 1;
        walk.visit(visit);
    }
    walk.finish()
}

/// Keys by which a schema leads to others.
const LEADS_ON: [&str; 13] = [
    "$ref",
    "allOf",
    "oneOf",
    "anyOf",
    "then",
    "else",
    "properties",
    "items",
    "prefixItems",
    "itemSchema",
    "additionalProperties",
    "patternProperties",
    "discriminator",
];

/// Whether what stands beside this `$ref` counts: since 3.1, and where it is more than words.
pub(super) fn siblings_count(version: Version, here: Here<'_>) -> bool {
    matches!(version, Version::V31 | Version::V32)
        && here.get("$ref").is_some()
        && here.entries().any(|(key, _)| !matches!(&*key.text, "$ref" | "description" | "summary" | "title"))
}

/// The name of a schema by the reference that leads to it: `#/components/schemas/Order` is `Order`.
pub(super) fn name_of(reference: &str) -> Option<Arc<str>> {
    let last = reference.rsplit(['/', '#']).find(|part| !part.is_empty())?;
    let plain = last.split(['.', '?']).find(|part| !part.is_empty())?;
    Some(plain.chars().take(80).collect::<String>().into())
}

/// The `title` of a schema of objects, where it is a name and no sentence.
fn title_of(here: Here<'_>) -> Option<Arc<str>> {
    here.get("properties").and_then(|_| here.get("title")).and_then(Here::text).and_then(as_name)
}

/// A title that may be a name: few words.
fn as_name(title: &str) -> Option<Arc<str>> {
    let words = title.split_whitespace().count();
    (title.len() <= 60 && (1..=4).contains(&words)).then(|| title.into())
}

impl<'t> Walk<'_, 't> {
    fn visit(&mut self, mut visit: Visit<'t>) {
        let own = visit.here;
        let reference = own.get("$ref").or_else(|| own.get("$dynamicRef")).and_then(Here::text);
        if let Some(reference) = reference {
            let Some(target) = self.document.resolve(own) else { return };
            if !visit.part || visit.object.is_none() {
                visit.object = name_of(reference);
            }
            if siblings_count(self.document.version, own)
                && let Some(nth) = self.enter(own.node, visit.parent)
            {
                let part = Visit {
                    part: true,
                    path: visit.path.clone(),
                    object: visit.object.clone(),
                    example: None,
                    ..visit
                };
                self.read(own, &part, nth);
            }
            visit.here = target;
        }
        // A kind of something, reached from what it is a kind of by `discriminator.mapping`, names that again.
        let kinds = visit.here.get("discriminator").is_some();
        if visit.part && kinds && self.is_above(visit.here.node, visit.parent) {
            return;
        }
        if reference.is_none()
            && let Some(title) = title_of(visit.here)
        {
            visit.object = Some(title);
        }
        if let Some(nth) = self.enter(visit.here.node, visit.parent) {
            self.read(visit.here, &visit, nth);
        }
    }

    /// Whether the value is visited at this moment, around what `parent` leads to.
    fn is_above(&self, node: &Node, parent: Option<usize>) -> bool {
        let mut above = parent;
        while let Some((met, next)) = above.and_then(|nth| self.entered.get(nth)) {
            if std::ptr::eq(*met, node) {
                return true;
            }
            above = *next;
        }
        false
    }

    /// Notes the visit; `None` where the value stands above itself or was visited often enough.
    fn enter(&mut self, node: &Node, parent: Option<usize>) -> Option<usize> {
        let address = std::ptr::from_ref(node);
        if self.is_above(node, parent) {
            self.walked.circular = true;
            return None;
        }
        // What has nothing below it costs no more than its own visit.
        let leads_on =
            node.mapping().is_none_or(|mapping| LEADS_ON.iter().any(|key| mapping.get(key).is_some()));
        let met = self.times.entry(address).or_default();
        *met = met.saturating_add(1);
        if leads_on && *met > times(self.walked.visits) {
            return None;
        }
        self.entered.push((address, parent));
        self.entered.len().checked_sub(1)
    }

    fn read(&mut self, here: Here<'t>, visit: &Visit<'t>, nth: usize) {
        let Some(mapping) = here.mapping() else {
            let kind = &here.node.value;
            if !matches!(kind, Value::Bool(_) | Value::Null) {
                let message = format!("a schema must be a mapping, found {}", kind.kind());
                self.document.skipped(
                    "SPEC-003",
                    message,
                    here.at(),
                    "write `type:` and the rest as keys below",
                );
            }
            // `true` allows everything, `false` nothing.
            self.walked.open_ended |= matches!(here.node.value, Value::Bool(true));
            return;
        };
        let hidden = if self.direction == Direction::Answer { "writeOnly" } else { "readOnly" };
        if visit.level > 0 && is_true(here.get(hidden)) {
            return;
        }
        let mut form = Form::of(mapping);
        form.example = form.example.or_else(|| visit.example.clone());
        self.note_examples(here, visit);
        let composed = self.composition(here, visit, nth, &form);
        let has_properties = self.properties(here, visit, nth);
        let has_items = self.items(here, visit, nth, &form);
        let has_free = self.free_keys(here, visit, nth);
        let inner = composed || has_properties || has_items || has_free;
        match form.kind.as_deref() {
            Some("object") => {
                let closed = ["additionalProperties", "unevaluatedProperties"]
                    .iter()
                    .any(|word| here.get(word).is_some_and(|more| more.node.value == Value::Bool(false)));
                if !inner && !closed && !visit.part {
                    self.loose.push(visit.path.clone());
                }
            }
            Some("array") => {
                if !has_items {
                    self.walked.open_ended = true;
                    self.list(visit, most(mapping, "maxItems"), true);
                }
            }
            Some("null") => {}
            Some(_) => self.leaf(visit, form),
            None if inner => {}
            None => {
                let nothing_said = !form.listed && form.format.is_none() && form.pattern.is_none();
                let whole = visit.path.is_empty() || visit.path.ends_with("[]");
                if !(nothing_said && (whole || visit.part)) {
                    self.leaf(visit, form);
                } else if !visit.part && here.get("example").is_none() {
                    self.walked.open_ended = true;
                }
            }
        }
    }

    fn push(&mut self, visit: Visit<'t>) {
        if visit.level > MOST_LEVELS {
            self.cut(format!("a schema is nested more than {MOST_LEVELS} levels deep"), visit.at);
        } else if visit.path.len() > MOST_PATH {
            self.cut(format!("the path of a field is longer than {MOST_PATH} bytes"), visit.at);
        } else if self.queue.len() >= MOST_VISITS {
            self.cut(format!("a schema unfolds to more than {MOST_VISITS} values"), visit.at);
        } else {
            self.queue.push_back(visit);
        }
    }

    fn cut(&mut self, what: String, at: At) {
        self.walked.cut.get_or_insert(Cut { what, at });
    }

    fn composition(&mut self, here: Here<'t>, visit: &Visit<'t>, nth: usize, form: &Form) -> bool {
        let mut any = false;
        // The schemas below `dependentSchemas` stand under the names of fields.
        let dependent = here.get("dependentSchemas").map(|of| of.entries().map(|(_, one)| one).collect());
        for (word, part) in [
            ("allOf", true),
            ("oneOf", false),
            ("anyOf", false),
            ("then", true),
            ("else", true),
            ("contentSchema", false),
            ("dependentSchemas", true),
        ] {
            let Some(members) = here.get(word) else { continue };
            self.alternatives |= !matches!(word, "allOf" | "contentSchema");
            let alone = (word != "dependentSchemas" && members.mapping().is_some()).then_some(members);
            let named: Vec<Here<'t>> =
                dependent.clone().filter(|_| word == "dependentSchemas").unwrap_or_default();
            for member in members.items().chain(alone).chain(named) {
                any = true;
                self.push(Visit {
                    here: member,
                    path: visit.path.clone(),
                    object: visit.object.clone(),
                    at: visit.at,
                    parent: Some(nth),
                    required: visit.required && part,
                    level: visit.level,
                    part: part || visit.part,
                    example: form.example.clone(),
                });
            }
        }
        self.kinds(here, visit, nth) || any
    }

    /// The schemas that `discriminator.mapping` names: each may stand in the place of this one. A member of
    /// `allOf` is itself one of them, and none of the others.
    fn kinds(&mut self, here: Here<'t>, visit: &Visit<'t>, nth: usize) -> bool {
        let named = here.get("discriminator").and_then(|one| one.get("mapping"));
        let Some(named) = named.filter(|_| !visit.part) else { return false };
        if let Some((key, _)) = named.entries().nth(MOST_KINDS) {
            self.cut(format!("a schema has more than {MOST_KINDS} kinds"), named.spot(key.span));
        }
        let mut any = false;
        for (_, value) in named.entries().take(MOST_KINDS) {
            let Some(kind) = self.document.mapped(value) else { continue };
            if self.is_above(kind.node, Some(nth)) {
                continue;
            }
            any = true;
            self.alternatives = true;
            self.push(Visit {
                here: kind,
                path: visit.path.clone(),
                object: value.text().and_then(name_of),
                at: visit.at,
                parent: Some(nth),
                required: false,
                level: visit.level,
                part: false,
                example: None,
            });
        }
        any
    }

    fn properties(&mut self, here: Here<'t>, visit: &Visit<'t>, nth: usize) -> bool {
        let Some(properties) = here.get("properties") else { return false };
        self.document.expects_mapping("`properties`", properties, "write each field as a key: `email:`");
        let required = here.get("required");
        let mut any = false;
        for (key, node) in properties.entries() {
            any = true;
            let needed = required.is_some_and(|list| list.items().any(|one| one.text() == Some(&*key.text)));
            let at = properties.spot(key.span);
            let path = joined(&visit.path, &key.text);
            self.push(Visit {
                here: node,
                path,
                object: visit.object.clone(),
                at,
                parent: Some(nth),
                required: visit.required && needed,
                level: visit.level.saturating_add(1),
                part: false,
                example: None,
            });
        }
        any
    }

    fn items(&mut self, here: Here<'t>, visit: &Visit<'t>, nth: usize, form: &Form) -> bool {
        let mut any = false;
        let path: Arc<str> = format!("{}[]", visit.path).into();
        for word in ["items", "prefixItems", "itemSchema", "unevaluatedItems"] {
            let Some(items) = here.get(word) else { continue };
            let alone = (!matches!(items.node.value, Value::Sequence(_))).then_some(items);
            for item in items.items().chain(alone) {
                any = true;
                let objects = self.may_be_object(item);
                self.list(visit, form.max_items, objects);
                self.push(Visit {
                    here: item,
                    path: path.clone(),
                    object: visit.object.clone(),
                    at: visit.at,
                    parent: Some(nth),
                    required: false,
                    level: visit.level.saturating_add(1),
                    part: false,
                    example: form.example.clone(),
                });
            }
        }
        any
    }

    /// `additionalProperties`, `unevaluatedProperties` and `patternProperties`.
    fn free_keys(&mut self, here: Here<'t>, visit: &Visit<'t>, nth: usize) -> bool {
        let mut schemas: Vec<(At, Here<'t>)> = Vec::new();
        for word in ["additionalProperties", "unevaluatedProperties"] {
            let Some(entry) = here.mapping().and_then(|mapping| mapping.get(word)) else { continue };
            match &entry.value.value {
                Value::Mapping(schema) if !schema.entries().is_empty() => {
                    schemas.push((here.spot(entry.key.span), here.with(&entry.value)));
                }
                Value::Mapping(_) | Value::Bool(true) => self.walked.open_ended = true,
                _ => {}
            }
        }
        if let Some(patterns) = here.get("patternProperties") {
            for (key, schema) in patterns.entries() {
                let everything =
                    matches!(&*key.text, "" | ".*" | "^.*$" | ".+" | "^.+$" | "^" | "^.*" | "^.+");
                if everything && schema.mapping().is_some_and(|schema| schema.entries().is_empty()) {
                    self.walked.open_ended = true;
                } else {
                    schemas.push((patterns.spot(key.span), schema));
                }
            }
        }
        let any = !schemas.is_empty();
        for (at, schema) in schemas {
            let objects = self.may_be_object(schema);
            let most = here.mapping().and_then(|mapping| most(mapping, "maxProperties"));
            self.list(visit, most, objects);
            self.push(Visit {
                here: schema,
                path: joined(&visit.path, "*"),
                object: visit.object.clone(),
                at,
                parent: Some(nth),
                required: false,
                level: visit.level.saturating_add(1),
                part: false,
                example: None,
            });
        }
        any
    }

    /// Whether elements of this schema are, or may be, objects.
    fn may_be_object(&mut self, here: Here<'t>) -> bool {
        let target = self.document.resolve(here);
        target.is_none_or(|target| scalar_kind(target).is_none())
    }

    fn list(&mut self, visit: &Visit<'t>, most: Option<u64>, objects: bool) {
        let known = self.walked.lists.len();
        match self.walked.lists.iter_mut().find(|list| list.path == visit.path) {
            Some(list) => {
                list.objects |= objects;
                list.most = match (list.most, most) {
                    (Some(one), Some(other)) => Some(one.max(other)),
                    (one, other) => one.or(other),
                };
            }
            None if known < MOST_LISTS => {
                self.walked.lists.push(List {
                    path: visit.path.clone(),
                    most,
                    objects,
                    element: None,
                    at: visit.at,
                });
            }
            None => self.cut(format!("more than {MOST_LISTS} lists stand in one schema"), visit.at),
        }
    }

    fn leaf(&mut self, visit: &Visit<'t>, form: Form) {
        if let Some(known) = self.by_path.get(&visit.path).and_then(|nth| self.walked.leaves.get_mut(*nth)) {
            known.form.join(form);
            known.required |= visit.required;
            return;
        }
        self.by_path.insert(visit.path.clone(), self.walked.leaves.len());
        self.walked.leaves.push(Leaf {
            path: visit.path.clone(),
            object: visit.object.clone(),
            form,
            required: visit.required,
            at: visit.at,
        });
    }

    fn note_examples(&mut self, here: Here<'t>, visit: &Visit<'t>) {
        let name = visit.path.rsplit('.').next().unwrap_or_default().trim_end_matches("[]").to_owned();
        for word in ["example", "x-example", "default", "examples"] {
            let Some(found) = here.get(word) else { continue };
            let listed = word == "examples";
            let alone = (!listed).then_some(found);
            if listed && found.node.items().len() > MOST_EXAMPLES {
                self.cut(format!("a schema lists more than {MOST_EXAMPLES} examples"), found.at());
            }
            for one in found.items().filter(|_| listed).chain(alone).take(MOST_EXAMPLES) {
                if !example::secrets(self.words, one, &name, &mut self.walked.secrets) {
                    self.cut(too_long(), one.at());
                }
                if example::is_nested(one, visit.path.is_empty()) {
                    self.examples.add(one, &visit.path, visit.at);
                }
            }
        }
    }

    fn finish(mut self) -> Walked {
        if let Some(at) = self.examples.cut {
            self.cut(too_long(), at);
        }
        let refined = |path: &Arc<str>| {
            let below =
                |leaf: &Leaf| leaf.path.strip_prefix(&**path).is_some_and(|rest| rest.starts_with('.'));
            !self.alternatives && !path.is_empty() && self.walked.leaves.iter().any(below)
        };
        // A few are asked about; a document with more says nothing of most.
        let open = self.loose.len() > 64 || self.loose.iter().any(|path| !refined(path));
        self.walked.open_ended |= open;
        for (path, text, at) in std::mem::take(&mut self.examples.leaves) {
            match self.by_path.get(&path).and_then(|nth| self.walked.leaves.get_mut(*nth)) {
                Some(leaf) => {
                    leaf.form.example.get_or_insert(text);
                }
                // A field that only an example shows is there all the same.
                None => {
                    list_of(&path, at, &mut self.walked.lists);
                    self.by_path.insert(path.clone(), self.walked.leaves.len());
                    let form = Form { example: Some(text), ..Form::default() };
                    self.walked.leaves.push(Leaf { path, object: None, form, required: false, at });
                }
            }
        }
        self.walked
    }
}

impl Form {
    /// What one schema says, without what it refers to.
    pub(super) fn of(mapping: &Mapping) -> Self {
        let text = |key: &str| match &mapping.get(key)?.value.value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        let kind = mapping.get("type").and_then(|entry| match &entry.value.value {
            Value::Text(text) => Some(text.clone()),
            Value::Sequence(kinds) => {
                kinds.iter().filter_map(Node::text).find(|kind| *kind != "null").map(Into::into)
            }
            _ => None,
        });
        let enumerated = mapping.get("enum").map(|entry| entry.value.items());
        let numbers = |items: &[Node]| items.iter().map(choice).collect::<Option<Vec<f64>>>();
        let listed_most = enumerated.and_then(numbers).and_then(|all| all.into_iter().reduce(f64::max));
        let bound = |key: &str| mapping.get(key).and_then(|entry| number(&entry.value));
        let kind = kind.or_else(|| {
            let inferred = if mapping.get("properties").is_some() { "object" } else { return None };
            Some(inferred.into())
        });
        Self {
            format: text("format"),
            pattern: text("pattern").map(|pattern| start(&pattern, 200)),
            maximum: listed_most
                .or_else(|| bound("maximum"))
                .or_else(|| bound("exclusiveMaximum").map(|most| most - 1.0)),
            max_length: most(mapping, "maxLength"),
            max_items: most(mapping, "maxItems"),
            listed: enumerated.is_some_and(|values| !values.is_empty()) || mapping.get("const").is_some(),
            title: text("title").and_then(|title| as_name(&title)),
            example: example::of(mapping),
            kind,
        }
    }

    /// Adds what another schema of the same field says.
    fn join(&mut self, other: Self) {
        let Self { kind, format, pattern, maximum, max_length, max_items, listed, title, example } = other;
        self.listed &= listed;
        self.kind = self.kind.take().or(kind);
        self.format = self.format.take().or(format);
        self.pattern = self.pattern.take().or(pattern);
        self.maximum = self.maximum.or(maximum);
        self.max_length = self.max_length.or(max_length);
        self.max_items = self.max_items.or(max_items);
        self.title = self.title.take().or(title);
        self.example = self.example.take().or(example);
    }
}

/// Schemas that were walked before: many operations share them.
///
/// Bound: one entry per value of the document that is used as a schema. Nothing is evicted; it
/// lives as long as one document is read.
#[derive(Default)]
pub(super) struct Memo {
    walked: HashMap<(*const Node, Direction), Rc<Walked>>,
    pub(super) work: usize,
}

impl Memo {
    pub(super) fn of<'t>(
        &mut self,
        document: &mut Document<'t>,
        words: &mut Fields,
        root: Here<'t>,
        object: Option<Arc<str>>,
        direction: Direction,
    ) -> Rc<Walked> {
        let key = (std::ptr::from_ref(root.node), direction);
        if let Some(known) = self.walked.get(&key) {
            return Rc::clone(known);
        }
        let walked = Rc::new(walk(document, words, root, object, direction));
        self.work = self.work.saturating_add(walked.visits);
        self.walked.insert(key, Rc::clone(&walked));
        walked
    }
}

/// The kind of a schema of scalars; `None` where it is, or may be, one of objects or lists.
pub(super) fn scalar_kind(here: Here<'_>) -> Option<Arc<str>> {
    let mapping = here.mapping()?;
    match Form::of(mapping).kind {
        Some(kind) => (!matches!(&*kind, "object" | "array")).then_some(kind),
        None => (mapping.get("enum").is_some() || mapping.get("format").is_some()).then(|| "string".into()),
    }
}

/// Notes the outermost list in which only an example shows a field; nothing says how long it may be.
pub(super) fn list_of(path: &str, at: At, lists: &mut Vec<List>) {
    let Some((list, below)) = path.split_once("[]") else { return };
    if lists.len() < MOST_LISTS && !lists.iter().any(|known| &*known.path == list) {
        let objects = below.starts_with('.');
        lists.push(List { path: list.into(), most: None, objects, element: None, at });
    }
}

/// Of an example with more values than are read.
pub(super) fn too_long() -> String {
    format!("examples show more than {MOST_VALUES} values")
}

/// The path of `name` below `path`.
pub(super) fn joined(path: &str, name: &str) -> Arc<str> {
    if path.is_empty() { name.into() } else { [path, ".", name].concat().into() }
}

/// The first characters of a text.
pub(super) fn start(text: &str, most: usize) -> Arc<str> {
    if text.len() <= most { text.into() } else { text.chars().take(most).collect::<String>().into() }
}

pub(super) fn is_true(here: Option<Here<'_>>) -> bool {
    here.is_some_and(|here| here.node.value == Value::Bool(true))
}

fn most(mapping: &Mapping, key: &str) -> Option<u64> {
    match mapping.get(key)?.value.value {
        Value::Integer(number) => u64::try_from(number).ok(),
        _ => None,
    }
}

#[expect(clippy::as_conversions, reason = "a bound for people; the nearest float will do")]
fn number(node: &Node) -> Option<f64> {
    match &node.value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// A number to choose, which may be written as text; as a bound, text is none.
fn choice(node: &Node) -> Option<f64> {
    match &node.value {
        Value::Text(text) if text.len() <= 20 => text.parse().ok(),
        _ => number(node),
    }
}
