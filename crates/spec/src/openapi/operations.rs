//! The walk over `paths`.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use domain::{Endpoint, Method, OperationId, Segment};

use crate::decode::nearest;
use crate::diagnostic::Diagnostic;
use crate::openapi::document::{Document, short};
use crate::openapi::{MOST_OPERATIONS, Operation, Reading, intent, parameters, paths, security, servers};
use crate::pattern::Pattern;
use crate::tree::{Key, Node, Span, Value};

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

/// Reads every operation of the document.
pub(super) fn read(root: &Node, path: &str, base: Option<&str>) -> Reading {
    let mut walk = Walk {
        document: Document::new(root),
        source: path.into(),
        operations: Vec::new(),
        doors: HashMap::new(),
        ids: HashMap::new(),
        full: false,
    };
    intent::misspelt(&mut walk.document, root);
    let root_prefixes = match base {
        Some(base) => vec![base.trim_end_matches('/').to_owned()],
        None => servers::of_document(&mut walk.document),
    };
    match root.mapping().and_then(|mapping| mapping.get("paths")) {
        None if root.mapping().is_some() && root.get("webhooks").is_none() => {
            let at = root.entries().next().map_or(root.span, |(key, _)| key.span);
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
                for (key, item) in entry.value.entries() {
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
                    entry.key.span,
                    "write each path as a key: `/orders:`",
                );
            }
        },
    }
    let title = root.get("info").and_then(|info| info.get("title")).and_then(Node::text).map(short);
    let mut faults = walk.document.faults;
    faults.sort_by_key(|fault| (fault.at.start, fault.code));
    Reading { version: walk.document.version, title, operations: walk.operations, faults }
}

struct Walk<'t> {
    document: Document<'t>,
    source: std::sync::Arc<str>,
    operations: Vec<Operation>,
    /// Doors by what they match, and where they stand.
    doors: HashMap<(Method, String), Span>,
    ids: HashMap<String, Span>,
    full: bool,
}

impl<'t> Walk<'t> {
    fn path(&mut self, key: &'t Key, item: &'t Node, fixed_base: bool, root_prefixes: &[String]) {
        if !matches!(item.value, Value::Mapping(_)) {
            if item.value != Value::Null {
                let message =
                    format!("the path `{}` must be a mapping, found {}", short(&key.text), item.value.kind());
                self.document.error("SPEC-003", message, key.span, "write its methods as keys: `get:`");
            }
            return;
        }
        // In 3.1 keys may stand beside `$ref`; they come first.
        let Some(target) = self.document.resolve(item) else { return };
        let prefixes = if fixed_base { None } else { servers::of_node(&mut self.document, target) };
        let prefixes = prefixes.as_deref().unwrap_or(root_prefixes);
        for owner in if std::ptr::eq(item, target) { vec![item] } else { vec![item, target] } {
            intent::misspelt(&mut self.document, owner);
            for (word, node) in owner.entries() {
                let Some((_, method)) = METHODS.iter().find(|(known, _)| *known == &*word.text) else {
                    self.unknown_key(word);
                    continue;
                };
                let hidden = !std::ptr::eq(owner, item) && item.get(&word.text).is_some();
                if !hidden {
                    self.operation(method, word, node, key, owner, prefixes, fixed_base);
                }
            }
        }
    }

    /// A misspelt method would leave its operation undeclared without a word.
    fn unknown_key(&mut self, key: &Key) {
        const OTHERS: [&str; 5] = ["$ref", "summary", "description", "servers", "parameters"];
        if key.text.starts_with("x-") || OTHERS.contains(&&*key.text) {
            return;
        }
        let words = METHODS.iter().map(|(word, _)| *word).chain(OTHERS);
        let near =
            nearest(&key.text, words).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let message = format!("unknown key `{}` in a path{near}", short(&key.text));
        self.document.error(
            "SPEC-011",
            message,
            key.span,
            "methods are written in small letters: `get`, `post`",
        );
    }

    #[expect(clippy::too_many_arguments, reason = "the places of one operation, named at the only call")]
    fn operation(
        &mut self,
        method: &Method,
        word: &'t Key,
        node: &'t Node,
        path: &'t Key,
        item: &'t Node,
        prefixes: &[String],
        fixed_base: bool,
    ) {
        let Some(node) = self.document.resolve(node) else { return };
        if !matches!(node.value, Value::Mapping(_) | Value::Null) {
            let message = format!("an operation must be a mapping, found {}", node.value.kind());
            self.document.error(
                "SPEC-003",
                message,
                word.span,
                "write `responses:` and the rest as keys below",
            );
            return;
        }
        intent::misspelt(&mut self.document, node);
        let own_prefixes = if fixed_base { None } else { servers::of_node(&mut self.document, node) };
        let parameters = parameters::read(&mut self.document, node, item);
        let security = security::read(&mut self.document, node);
        let root = self.document.root;
        let (intent, intent_at) = intent::read(&mut self.document, [root, item, node]);
        let deprecated = matches!(node.get("deprecated").map(|node| &node.value), Some(Value::Bool(true)));
        let named = node.get("operationId").and_then(|node| node.text().map(|text| (text, node.span)));
        let id_span = named.map_or(word.span, |(_, span)| span);
        for (nth, prefix) in own_prefixes.as_deref().unwrap_or(prefixes).iter().enumerate() {
            let template = match paths::template(prefix, &path.text) {
                Ok(converted) => {
                    for oddity in converted.oddities {
                        let message = format!("odd path `{}`: {oddity}", short(&path.text));
                        let help = format!("it is read as `{}`", converted.template);
                        self.document.warn("SPEC-002", message, path.span, help);
                    }
                    converted.template
                }
                Err(why) => {
                    let message = format!("`{}` is no path: {why}", short(&path.text));
                    self.document.error("SPEC-002", message, path.span, "its operations count as undeclared");
                    return;
                }
            };
            if nth == 0 {
                let base_parameters = !prefix.contains('{');
                if base_parameters {
                    parameters::compare(&mut self.document, &template, &parameters, path.span);
                }
            }
            let endpoint = Endpoint::new(method.clone(), template);
            if !self.is_new_door(&endpoint, word.span) || !self.has_room(word.span) {
                continue;
            }
            let id = self.id(named.map(|(text, _)| text), &endpoint, id_span, nth > 0);
            self.operations.push(Operation {
                endpoint,
                id,
                intent: intent.clone(),
                intent_at,
                security: security.clone(),
                parameters: parameters.clone(),
                deprecated,
                source: self.source.clone(),
                span: word.span,
                id_span,
            });
        }
    }

    fn has_room(&mut self, at: Span) -> bool {
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
    fn is_new_door(&mut self, endpoint: &Endpoint, at: Span) -> bool {
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
                let fault = Diagnostic::error("SPEC-005", format!("`{endpoint}` stands twice"), at)
                    .label("the same requests as above")
                    .also(first, "this one counts")
                    .help("keep one of them: parameter names do not tell requests apart");
                self.document.tell(fault);
                false
            }
        }
    }

    /// The declared name where it is unique, else the endpoint's text, which is.
    fn id(&mut self, named: Option<&str>, endpoint: &Endpoint, at: Span, copy: bool) -> OperationId {
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
                    at,
                )
                .also(first, "first here")
                .help(format!("name it otherwise; until then this one is called `{fallback}`"));
                self.document.tell(fault);
                OperationId::new(&fallback)
            }
        }
    }
}
