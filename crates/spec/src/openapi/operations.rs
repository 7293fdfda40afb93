//! The walk over `paths`.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use domain::{Endpoint, Method, OperationId, Segment};

use crate::decode::nearest;
use crate::diagnostic::Diagnostic;
use crate::openapi::document::{Document, short};
use crate::openapi::here::{At, Here};
use crate::openapi::parameters::Listed;
use crate::openapi::{
    MOST_OPERATIONS, Operation, Reading, Version, intent, parameters, paths, security, servers,
};
use crate::pattern::Pattern;
use crate::tree::{Key, Node, Value};

const METHODS: [(&str, Method); 8] = [
    ("get", Method::Get),
    ("put", Method::Put),
    ("post", Method::Post),
    ("delete", Method::Delete),
    ("options", Method::Options),
    ("head", Method::Head),
    ("patch", Method::Patch),
    ("trace", Method::Trace),
];

/// An operation, and where its parts stand.
pub(super) struct Found<'t> {
    pub(super) operation: Operation,
    /// The operation itself.
    pub(super) here: Here<'t>,
    /// What it stands in, from inside to outside: its path's mapping, and one that refers to that.
    pub(super) owners: Vec<Here<'t>>,
    pub(super) parameters: Vec<Listed<'t>>,
    /// Where its path stands.
    pub(super) path: At,
    pub(super) word: At,
    pub(super) id: At,
    pub(super) intent: Option<At>,
    pub(super) security: Option<At>,
}

/// Every operation of a document, and the document with its faults.
pub(super) struct Walked<'t> {
    pub(super) document: Document<'t>,
    pub(super) operations: Vec<Found<'t>>,
}

/// Reads every operation of the document, for which references lead within it only.
pub(super) fn read(root: &Node, path: &str, base: Option<&str>) -> Reading {
    let walked = walk(Document::new(root, None), path, base, false);
    let title = root.get("info").and_then(|info| info.get("title")).and_then(Node::text).map(short);
    let mut faults: Vec<Diagnostic> = walked.document.faults.into_iter().map(|(_, fault)| fault).collect();
    faults.sort_by_key(|fault| (fault.at.start, fault.code));
    let operations = walked.operations.into_iter().map(|found| found.operation).collect();
    Reading { version: walked.document.version, title, operations, faults }
}

/// Finds every operation. With `any`, also those of AWS API Gateway for any method, as method `ANY`.
pub(super) fn walk<'t>(document: Document<'t>, path: &str, base: Option<&str>, any: bool) -> Walked<'t> {
    let root = document.root;
    let mut walk = Walk {
        document,
        source: path.into(),
        operations: Vec::new(),
        doors: HashMap::new(),
        ids: HashMap::new(),
        full: false,
        any,
    };
    intent::misspelt(&mut walk.document, root);
    let root_prefixes = match base {
        Some(base) => vec![base.trim_end_matches('/').to_owned()],
        None => servers::of_document(&mut walk.document),
    };
    match root.mapping().and_then(|mapping| mapping.get("paths")) {
        None if root.mapping().is_some() && root.get("webhooks").is_none() => {
            let at = root.entries().next().map_or(root.at(), |(key, _)| root.spot(key.span));
            walk.document.error(
                "SPEC-001",
                "the document has no `paths`",
                at,
                "add `paths:` with at least one operation",
            );
        }
        None => {}
        Some(entry) => match &entry.value.value {
            Value::Mapping(_) | Value::Null => {
                for (key, item) in root.with(&entry.value).entries() {
                    if !key.text.starts_with("x-") {
                        walk.path(key, item, base.is_some(), &root_prefixes);
                    }
                }
            }
            other => {
                let message = format!("`paths` must be a mapping, found {}", other.kind());
                walk.document.error(
                    "SPEC-001",
                    message,
                    root.spot(entry.key.span),
                    "write each path as a key: `/orders:`",
                );
            }
        },
    }
    Walked { document: walk.document, operations: walk.operations }
}

struct Walk<'t> {
    document: Document<'t>,
    source: std::sync::Arc<str>,
    operations: Vec<Found<'t>>,
    /// Doors by what they match, and where they stand.
    doors: HashMap<(Method, String), At>,
    ids: HashMap<String, At>,
    full: bool,
    any: bool,
}

/// A path, and what its operations inherit.
struct Path<'t, 'p> {
    key: At,
    text: &'p str,
    owners: Vec<Here<'t>>,
    prefixes: &'p [String],
    fixed_base: bool,
}

impl<'t> Walk<'t> {
    fn path(&mut self, key: &'t Key, item: Here<'t>, fixed_base: bool, root_prefixes: &[String]) {
        // `paths` stands in the document itself.
        let key_at = At { file: 0, span: key.span };
        let kind = &item.node.value;
        if !matches!(kind, Value::Mapping(_)) {
            if *kind != Value::Null {
                let message =
                    format!("the path `{}` must be a mapping, found {}", short(&key.text), kind.kind());
                self.document.error("SPEC-003", message, key_at, "write its methods as keys: `get:`");
            }
            return;
        }
        // Keys may stand beside `$ref`; they come first.
        let Some(target) = self.document.resolve(item) else { return };
        if target.mapping().is_none() {
            let kind = target.node.value.kind();
            let message = format!("the path `{}` refers to {kind}, not to a mapping", short(&key.text));
            self.document.error(
                "SPEC-003",
                message,
                key_at,
                "let its `$ref` name a path with its methods as keys",
            );
        }
        let prefixes = if fixed_base { None } else { servers::of_node(&mut self.document, target) };
        let prefixes = prefixes.as_deref().unwrap_or(root_prefixes);
        for owner in if item.is(target) { vec![item] } else { vec![item, target] } {
            intent::misspelt(&mut self.document, owner);
            let owners = if owner.is(item) { vec![item] } else { vec![target, item] };
            let path = Path { key: key_at, text: &key.text, owners, prefixes, fixed_base };
            for (word, node) in owner.entries() {
                let word_at = owner.spot(word.span);
                let hidden = !owner.is(item) && item.get(&word.text).is_some();
                if hidden {
                    continue;
                }
                match &*word.text {
                    "additionalOperations" if self.document.version == Version::V32 => {
                        self.additional(node, word_at, &path);
                    }
                    "query" if self.document.version == Version::V32 => {
                        self.operation(&Method::Other("QUERY".into()), word_at, node, &path);
                    }
                    "x-amazon-apigateway-any-method" if self.any => {
                        self.operation(&Method::Other("ANY".into()), word_at, node, &path);
                    }
                    text => match METHODS.iter().find(|(known, _)| *known == text) {
                        Some((_, method)) => self.operation(method, word_at, node, &path),
                        None => self.unknown_key(word, word_at),
                    },
                }
            }
        }
    }

    /// Operations under methods of one's own (OpenAPI 3.2): `additionalOperations: { COPY: ... }`.
    fn additional(&mut self, operations: Here<'t>, at: At, path: &Path<'t, '_>) {
        let kind = &operations.node.value;
        if !matches!(kind, Value::Mapping(_) | Value::Null) {
            let message = format!("`additionalOperations` must be a mapping, found {}", kind.kind());
            self.document.error("SPEC-003", message, at, "write each method as a key: `COPY:`");
        }
        for (word, node) in operations.entries() {
            let at = operations.spot(word.span);
            if word.text.starts_with("x-") {
                continue;
            }
            match word.text.parse::<Method>() {
                Ok(method) => self.operation(&method, at, node, path),
                Err(_) => {
                    let message = format!("`{}` is no method", short(&word.text));
                    self.document.error(
                        "SPEC-003",
                        message,
                        at,
                        "write it as it stands in a request: `COPY`",
                    );
                }
            }
        }
    }

    /// A misspelt method would leave its operation undeclared without a word.
    fn unknown_key(&mut self, key: &Key, at: At) {
        const OTHERS: [&str; 5] = ["$ref", "summary", "description", "servers", "parameters"];
        if key.text.starts_with("x-") || OTHERS.contains(&&*key.text) {
            return;
        }
        let words = METHODS.iter().map(|(word, _)| *word).chain(OTHERS);
        let near =
            nearest(&key.text, words).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let message = format!("unknown key `{}` in a path{near}", short(&key.text));
        self.document.error("SPEC-011", message, at, "methods are written in small letters: `get`, `post`");
    }

    fn operation(&mut self, method: &Method, word: At, node: Here<'t>, path: &Path<'t, '_>) {
        let Some(node) = self.document.resolve(node) else { return };
        let kind = &node.node.value;
        if !matches!(kind, Value::Mapping(_) | Value::Null) {
            let message = format!("an operation must be a mapping, found {}", kind.kind());
            self.document.error("SPEC-003", message, word, "write `responses:` and the rest as keys below");
            return;
        }
        intent::misspelt(&mut self.document, node);
        let own_prefixes = if path.fixed_base { None } else { servers::of_node(&mut self.document, node) };
        let owners = || path.owners.iter().copied();
        let parameters = parameters::read(&mut self.document, std::iter::once(node).chain(owners()));
        let (security, security_at) = security::read(&mut self.document, node);
        // What stands beside a reference is nearer than what it refers to.
        let levels = std::iter::once(self.document.root).chain(owners()).chain([node]);
        let (intent, intent_at) = intent::read(&mut self.document, levels);
        let deprecated =
            matches!(node.get("deprecated").map(|node| &node.node.value), Some(Value::Bool(true)));
        let named = node.get("operationId").and_then(|node| node.text().map(|text| (text, node.at())));
        let id_at = named.map_or(word, |(_, at)| at);
        for (nth, prefix) in own_prefixes.as_deref().unwrap_or(path.prefixes).iter().enumerate() {
            let template = match paths::template(prefix, path.text) {
                Ok(converted) => {
                    for oddity in converted.oddities {
                        let message = format!("odd path `{}`: {oddity}", short(path.text));
                        let help = format!("it is read as `{}`", converted.template);
                        self.document.warn("SPEC-002", message, path.key, help);
                    }
                    converted.template
                }
                Err(why) => {
                    let message = format!("`{}` is no path: {why}", short(path.text));
                    self.document.error("SPEC-002", message, path.key, "its operations count as undeclared");
                    return;
                }
            };
            if nth == 0 {
                let base_parameters = !prefix.contains('{');
                if base_parameters {
                    parameters::compare(&mut self.document, &template, &parameters, path.key);
                }
            }
            let endpoint = Endpoint::new(method.clone(), template);
            if !self.is_new_door(&endpoint, word) || !self.has_room(word) {
                continue;
            }
            let id = self.id(named.map(|(text, _)| text), &endpoint, id_at, nth > 0);
            let operation = Operation {
                endpoint,
                id,
                intent: intent.clone(),
                intent_at: intent_at.map(|at| at.span),
                security: security.clone(),
                parameters: parameters.iter().map(|one| one.parameter.clone()).collect(),
                deprecated,
                source: self.source.clone(),
                span: word.span,
                id_span: id_at.span,
            };
            self.operations.push(Found {
                operation,
                here: node,
                owners: path.owners.clone(),
                parameters: parameters.clone(),
                path: path.key,
                word,
                id: id_at,
                intent: intent_at,
                security: security_at,
            });
        }
    }

    fn has_room(&mut self, at: At) -> bool {
        if self.operations.len() < MOST_OPERATIONS {
            return true;
        }
        if !self.full {
            self.full = true;
            let message = format!("the document has more than {MOST_OPERATIONS} operations");
            self.document.error(
                "SPEC-003",
                message,
                at,
                "split it; the operations from here on count as undeclared",
            );
        }
        false
    }

    /// Whether no other operation matches the same requests, whatever its parameters are called.
    fn is_new_door(&mut self, endpoint: &Endpoint, at: At) -> bool {
        let mut shape = String::new();
        for segment in endpoint.template().segments() {
            shape.push('/');
            match segment {
                Segment::Literal(text) => shape.push_str(&text),
                Segment::Rest(_) => shape.push_str("{*}"),
                Segment::Parameter(name) => {
                    shape.push('{');
                    shape.push_str(
                        &Pattern::of_name(&name).map_or_else(String::new, |pattern| pattern.shape()),
                    );
                    shape.push('}');
                }
            }
        }
        match self.doors.entry((endpoint.method().clone(), shape)) {
            Slot::Vacant(slot) => {
                slot.insert(at);
                true
            }
            Slot::Occupied(slot) => {
                let first = *slot.get();
                let fault = Diagnostic::error("SPEC-005", format!("`{endpoint}` stands twice"), at.span)
                    .label("the same requests as above");
                let fault = also(fault, first, at, "this one counts")
                    .help("keep one of them: parameter names do not tell requests apart");
                self.document.tell(at.file, fault);
                false
            }
        }
    }

    /// The declared name where it is unique, else the endpoint's text, which is.
    fn id(&mut self, named: Option<&str>, endpoint: &Endpoint, at: At, copy: bool) -> OperationId {
        let fallback = endpoint.to_string();
        let name = named.filter(|_| !copy).filter(|name| !name.is_empty() && name.len() <= 256);
        let Some(name) = name else { return OperationId::new(&fallback) };
        match self.ids.entry(name.to_owned()) {
            Slot::Vacant(slot) => {
                slot.insert(at);
                OperationId::new(name)
            }
            Slot::Occupied(slot) => {
                let first = *slot.get();
                let fault = Diagnostic::error(
                    "SPEC-006",
                    format!("the operation id `{}` stands twice", short(name)),
                    at.span,
                );
                let fault = also(fault, first, at, "first here")
                    .help(format!("name it otherwise; until then this one is called `{fallback}`"));
                self.document.tell(at.file, fault);
                OperationId::new(&fallback)
            }
        }
    }
}

/// With the second place, where both stand in one file.
fn also(fault: Diagnostic, first: At, at: At, text: &str) -> Diagnostic {
    if first.file == at.file { fault.also(first.span, text) } else { fault }
}
