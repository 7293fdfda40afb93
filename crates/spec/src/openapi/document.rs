//! The document as a whole: its generation, its references, its faults.

use crate::decode::Fault;
use crate::diagnostic::{Diagnostic, Severity};
use crate::openapi::{MOST_FAULTS, Version};
use crate::tree::{Node, Span, Value};

/// Most references that are followed one after the other.
const MOST_HOPS: usize = 32;

/// The document, and the list of what is wrong with it.
pub(super) struct Document<'t> {
    pub(super) root: &'t Node,
    pub(super) version: Version,
    pub(super) faults: Vec<Diagnostic>,
}

impl<'t> Document<'t> {
    pub(super) fn new(root: &'t Node) -> Self {
        let mut document = Self { root, version: Version::V3, faults: Vec::new() };
        document.version = document.find_version();
        document
    }

    fn find_version(&mut self) -> Version {
        let root = self.root;
        let start = Span { end: 0, ..Span::START };
        let Some(mapping) = root.mapping() else {
            let message =
                format!("this is no OpenAPI document: expected a mapping, found {}", root.value.kind());
            self.error(
                "SPEC-001",
                message,
                start,
                "a document starts with `openapi: 3.1.0` and has `paths:`",
            );
            return Version::V31;
        };
        let named = mapping.get("openapi").or_else(|| mapping.get("swagger"));
        let Some(entry) = named else {
            let at = mapping.entries().first().map_or(start, |entry| entry.key.span);
            self.error(
                "SPEC-001",
                "neither `openapi` nor `swagger` says which version this is",
                at,
                "start with `openapi: 3.1.0`",
            );
            return if mapping.get("basePath").is_some() || mapping.get("definitions").is_some() {
                Version::V2
            } else {
                Version::V31
            };
        };
        let version = match &entry.value.value {
            Value::Text(text) => text.to_string(),
            Value::Float(number) => format!("{number:?}"),
            Value::Integer(number) => number.to_string(),
            _ => String::new(),
        };
        let is = |prefix: &str| {
            version.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
        };
        match &*entry.key.text {
            "swagger" if is("2.0") || version == "2" => Version::V2,
            "openapi" if is("3.0") => Version::V3,
            "openapi" if is("3.1") => Version::V31,
            key => {
                let message = format!(
                    "`{key}: {}` is no version that is read",
                    version.chars().take(20).collect::<String>()
                );
                self.warn(
                    "SPEC-001",
                    message,
                    entry.value.span,
                    "write 2.0, 3.0.x or 3.1.x; it is read as the nearest of them",
                );
                if key == "swagger" { Version::V2 } else { Version::V31 }
            }
        }
    }

    pub(super) fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        at: Span,
        help: impl Into<String>,
    ) {
        self.tell(Diagnostic::error(code, message, at).help(help));
    }

    pub(super) fn warn(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        at: Span,
        help: impl Into<String>,
    ) {
        self.tell(Diagnostic::warning(code, message, at).help(help));
    }

    pub(super) fn decode_fault(&mut self, fault: &Fault) {
        self.tell(fault.diagnostic("SPEC-008"));
    }

    /// Keeps a fault once, and errors in preference to warnings when there are too many.
    pub(super) fn tell(&mut self, fault: Diagnostic) {
        if self.faults.contains(&fault) {
            return;
        }
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(fault);
        } else if fault.severity == Severity::Error
            && let Some(warning) = self.faults.iter_mut().rfind(|kept| kept.severity == Severity::Warning)
        {
            *warning = fault;
        }
    }

    /// Where `node` leads: itself, or the end of its `$ref` chain. Tells what does not lead anywhere.
    pub(super) fn resolve(&mut self, node: &'t Node) -> Option<&'t Node> {
        let mut here = node;
        for _ in 0..MOST_HOPS {
            let Some(entry) = here.mapping().and_then(|mapping| mapping.get("$ref")) else {
                return Some(here);
            };
            let at = entry.value.span;
            let Some(text) = entry.value.text() else {
                self.error("SPEC-004", "a `$ref` must be text", at, "write `$ref: '#/components/...'`");
                return None;
            };
            let Some(pointer) = text.strip_prefix('#') else {
                let message = format!("the reference `{}` leads out of this document", short(text));
                self.error(
                    "SPEC-004",
                    message,
                    at,
                    "bundle the documents into one; other files are not followed",
                );
                return None;
            };
            match self.at_pointer(pointer) {
                Some(found) => here = found,
                None => {
                    let message = format!("the reference `{}` leads nowhere", short(text));
                    self.error("SPEC-004", message, at, "define it, or correct the reference");
                    return None;
                }
            }
        }
        self.error(
            "SPEC-004",
            "a reference leads in a circle",
            node.span,
            "let one of the references name a definition",
        );
        None
    }

    /// RFC 6901 in its URI form.
    fn at_pointer(&self, pointer: &str) -> Option<&'t Node> {
        if pointer.is_empty() {
            return Some(self.root);
        }
        let mut here = self.root;
        for step in pointer.strip_prefix('/')?.split('/').take(64) {
            let step = percent_decoded(step)?.replace("~1", "/").replace("~0", "~");
            here = match &here.value {
                Value::Mapping(mapping) => &mapping.get(&step)?.value,
                Value::Sequence(items) => items.get(step.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(here)
    }
}

/// The text with `%41` as `A`; `None` where an escape is broken or the bytes are no UTF-8.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes().iter().copied();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit =
                |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            bytes.push(digit(rest.next())? << 4 | digit(rest.next())?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The start of a text from outside, for a message.
pub(super) fn short(text: &str) -> String {
    text.chars().take(80).collect()
}
