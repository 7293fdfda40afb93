//! What is wrong with a configuration, with its place.

use std::sync::Arc;

use spec::diagnostic::{Colour, Diagnostic, Severity, Source};

/// A fault of the configuration or of a file that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file, as the user named it.
    pub file: Arc<str>,
    /// Its text; empty where it could not be read.
    pub text: Arc<str>,
    /// The fault.
    pub diagnostic: Diagnostic,
}

impl Finding {
    /// The fault as text, ending in a newline.
    #[must_use]
    pub fn render(&self, colour: Colour) -> String {
        self.diagnostic.render(Source { name: &self.file, text: &self.text }, colour)
    }

    /// Whether the configuration cannot be used because of it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.diagnostic.severity == Severity::Error
    }

    /// The fault for programs: `severity`, `code`, `message`, `file`, `line`, `column`, `help`.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let Diagnostic { severity, code, message, at, label: _, also: _, why: _, help } = &self.diagnostic;
        let place = |number: u32| (number > 0).then_some(number);
        serde_json::json!({
            "severity": match severity { Severity::Error => "error", Severity::Warning => "warning" },
            "code": code,
            "message": message,
            "file": &*self.file,
            "line": place(at.line),
            "column": place(at.column),
            "help": help,
        })
    }
}
