//! The document as a whole: its generation, its references, its faults.

use crate::decode::Fault;
use crate::diagnostic::{Diagnostic, Severity};
use crate::openapi::here::{At, Here};
use crate::openapi::library::{Found, Library};
use crate::openapi::{MOST_FAULTS, Version};
use crate::tree::{Node, Span, Value};

/// Most references that are followed one after the other.
const MOST_HOPS: usize = 32;

/// The document, and the list of what is wrong with it.
pub(super) struct Document<'t> {
    pub(super) root: Here<'t>,
    /// The files that it refers to; `None`: references lead within the document only.
    library: Option<&'t Library<'t>>,
    pub(super) version: Version,
    /// Each with the file that it is in.
    pub(super) faults: Vec<(usize, Diagnostic)>,
}

impl<'t> Document<'t> {
    pub(super) fn new(root: &'t Node, library: Option<&'t Library<'t>>) -> Self {
        let root = Here::new(0, root);
        let mut document = Self { root, library, version: Version::V3, faults: Vec::new() };
        document.version = document.find_version();
        document
    }

    fn find_version(&mut self) -> Version {
        let root = self.root;
        let start = root.spot(Span { end: 0, ..Span::START });
        let Some(mapping) = root.mapping() else {
            let message =
                format!("this is no OpenAPI document: expected a mapping, found {}", root.node.value.kind());
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
            let at = mapping.entries().first().map_or(start, |entry| root.spot(entry.key.span));
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
            "openapi" if is("3.2") => Version::V32,
            key => {
                let message = format!(
                    "`{key}: {}` is no version that is read",
                    version.chars().take(20).collect::<String>()
                );
                self.error(
                    "SPEC-001",
                    message,
                    root.spot(entry.value.span),
                    "write 2.0, 3.0.x, 3.1.x or 3.2.x; what is told here is read as the nearest of them",
                );
                if key == "swagger" { Version::V2 } else { Version::V31 }
            }
        }
    }

    pub(super) fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        at: At,
        help: impl Into<String>,
    ) {
        self.tell(at.file, Diagnostic::error(code, message, at.span).help(help));
    }

    /// Tells that there is more of something than is read: what lies beyond is not judged, so it is an
    /// error.
    pub(super) fn beyond(&mut self, what: impl Into<String>, at: At, help: &'static str) {
        self.error("SPEC-012", what, at, help);
    }

    pub(super) fn warn(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        at: At,
        help: impl Into<String>,
    ) {
        self.tell(at.file, Diagnostic::warning(code, message, at.span).help(help));
    }

    /// Tells of a part that is skipped: an error for a check, which has then not judged all; a warning for
    /// the gateway, which decides without it.
    pub(super) fn skipped(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        at: At,
        help: impl Into<String>,
    ) {
        if self.library.is_some() {
            self.error(code, message, at, help);
        } else {
            self.warn(code, message, at, help);
        }
    }

    /// Tells where a part is neither a mapping nor left empty; whether it may be read on.
    pub(super) fn expects_mapping(&mut self, what: &str, here: Here<'_>, help: &'static str) -> bool {
        let kind = &here.node.value;
        let fits = matches!(kind, Value::Mapping(_) | Value::Null);
        if !fits {
            let message = format!("{what} must be a mapping, found {}", kind.kind());
            self.skipped("SPEC-003", message, here.at(), help);
        }
        fits
    }

    pub(super) fn decode_fault(&mut self, file: usize, fault: &Fault) {
        self.tell(file, fault.diagnostic("SPEC-008"));
    }

    /// Keeps a fault once, and errors in preference to warnings when there are too many.
    pub(super) fn tell(&mut self, file: usize, fault: Diagnostic) {
        if self.faults.iter().any(|(of, kept)| *of == file && *kept == fault) {
            return;
        }
        if self.faults.len() < MOST_FAULTS {
            self.faults.push((file, fault));
        } else if fault.severity == Severity::Error
            && let Some(warning) =
                self.faults.iter_mut().rfind(|(_, kept)| kept.severity == Severity::Warning)
        {
            *warning = (file, fault);
        }
    }

    /// Where `here` leads: itself, or the end of its `$ref` chain. Tells what does not lead anywhere.
    pub(super) fn resolve(&mut self, start: Here<'t>) -> Option<Here<'t>> {
        let mut here = start;
        for _ in 0..MOST_HOPS {
            // A dynamic reference by pointer is a plain one (JSON Schema 2020-12 section 8.2.3.2).
            let dynamic = || here.get("$dynamicRef").filter(|at| at.text().is_some_and(is_pointer));
            let Some(reference) = here.get("$ref").or_else(dynamic) else { return Some(here) };
            let at = reference.at();
            let Some(text) = reference.text() else {
                self.error("SPEC-004", "a `$ref` must be text", at, "write `$ref: '#/components/...'`");
                return None;
            };
            here = self.lead(here.file, text, at)?;
        }
        self.error(
            "SPEC-004",
            "a reference leads in a circle",
            start.at(),
            "let one of the references name a definition",
        );
        None
    }

    /// Where the reference `text` in a file leads, one step.
    fn lead(&mut self, file: usize, text: &str, at: At) -> Option<Here<'t>> {
        let (part, pointer) = text.split_once('#').unwrap_or((text, ""));
        let root = if part.is_empty() {
            self.tree(file).map(|root| Here::new(file, root))
        } else {
            Some(self.other_file(file, part, text, at)?)
        };
        let found = root.and_then(|root| at_pointer(root, pointer));
        if found.is_none() {
            let message = format!("the reference `{}` leads nowhere", short(text));
            self.error("SPEC-004", message, at, "define it, or correct the reference");
        }
        found
    }

    /// The schema that a value of `discriminator.mapping` means: one of its name, or where it leads.
    pub(super) fn mapped(&mut self, value: Here<'t>) -> Option<Here<'t>> {
        let text = value.text()?;
        let root = self.tree(value.file).map(|root| Here::new(value.file, root));
        let schemas = root.and_then(|root| root.get("components")?.get("schemas"));
        match schemas.and_then(|schemas| schemas.get(text)) {
            Some(named) => self.resolve(named),
            None if is_path(text) => {
                self.lead(value.file, text, value.at()).and_then(|here| self.resolve(here))
            }
            None => {
                let message = format!("there is no schema `{}`", short(text));
                self.warn("SPEC-004", message, value.at(), "name a schema of `components.schemas`");
                None
            }
        }
    }

    fn tree(&self, file: usize) -> Option<&'t Node> {
        match self.library {
            Some(library) => library.tree(file),
            None => Some(self.root.node),
        }
    }

    /// The file that `part` of the reference `text` names.
    fn other_file(&mut self, from: usize, part: &str, text: &str, at: At) -> Option<Here<'t>> {
        let Some(library) = self.library else {
            let message = format!("the reference `{}` leads out of this document", short(text));
            self.error(
                "SPEC-004",
                message,
                at,
                "bundle the documents into one (`npx @redocly/cli bundle FILE -o BUNDLE`); the gateway follows no other files",
            );
            return None;
        };
        let (why, help) = match library.find(from, part) {
            Found::File(file, root) => return Some(Here::new(file, root)),
            Found::Unreadable => ("leads to a file that cannot be read", "correct that file first"),
            Found::Remote => {
                ("leads into the network, where nothing is followed", "keep a copy beside this file")
            }
            Found::Full => ("leads to one file too many", "bundle the documents into one"),
            Found::Missing => {
                ("leads to a file that is not there", "correct the path; it is meant from here")
            }
        };
        self.error("SPEC-004", format!("the reference `{}` {why}", short(text)), at, help);
        None
    }
}

/// Whether a value of `discriminator.mapping` is a reference and not a bare name.
pub(super) fn is_path(text: &str) -> bool {
    text.contains(['#', '/']) || [".yaml", ".yml", ".json"].iter().any(|end| text.ends_with(end))
}

/// `#/components/schemas/Order`, and no anchor.
fn is_pointer(reference: &str) -> bool {
    reference.contains("#/")
}

/// RFC 6901 in its URI form.
fn at_pointer<'t>(root: Here<'t>, pointer: &str) -> Option<Here<'t>> {
    if pointer.is_empty() || pointer == "/" && root.get("").is_none() {
        return Some(root);
    }
    let mut here = root.node;
    // Each step goes deeper, and a tree is bounded.
    for step in pointer.strip_prefix('/')?.split('/') {
        let step = percent_decoded(step)?.replace("~1", "/").replace("~0", "~");
        here = match &here.value {
            Value::Mapping(mapping) => &mapping.get(&step)?.value,
            Value::Sequence(items) => items.get(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(root.with(here))
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
