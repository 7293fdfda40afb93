//! An OpenAPI document (2.0, 3.0, 3.1, 3.2; YAML or JSON) to operations with their declared intent.
//!
//! Reads what a gate needs and nothing else: no schemas, examples or code. A document with faults
//! gives what can be judged and a list of the faults, each with its line; an operation that cannot
//! be judged is left out, so that it counts as undeclared. References are followed within the
//! document only, and never in a circle.
//!
//! Intent is `x-tidegate`, at the root, at a path, at an operation; an inner key overrides an outer
//! one key by key, and `x-tidegate: null` inherits nothing.
//!
//! ```
//! let text = "
//! swagger: '2.0'
//! basePath: /v1
//! x-tidegate: { audience: authenticated }
//! paths:
//!   /orders/{id}:
//!     get: { x-tidegate: { owner: $.customer_id = claim.sub } }
//!   /health:
//!     get: { x-tidegate: null }
//! ";
//! let reading = spec::openapi::read(text, "shop.yaml").unwrap();
//! let [order, health] = &reading.operations[..] else { panic!() };
//! assert_eq!(order.endpoint.to_string(), "GET /v1/orders/{id}");
//! assert!(order.intent.as_ref().is_some_and(|intent| intent.owner.is_some()));
//! assert!(health.intent.is_none());
//! ```

mod document;
pub(crate) mod facts;
mod here;
mod intent;
mod library;
mod operations;
mod parameters;
mod paths;
mod security;
mod servers;

use std::sync::Arc;

use domain::{Endpoint, Intent, OperationId};

use crate::diagnostic::{Diagnostic, Severity};
use crate::tree::{Format, Node, Span, TreeError};

pub use intent::contradictions;
pub use parameters::{Parameter, Place};
pub use security::{Requirement, SchemeKind, Security};

/// The key under which intent is written.
pub const INTENT_KEY: &str = "x-tidegate";
/// Most operations that one document may have, its servers' path prefixes multiplied in.
pub const MOST_OPERATIONS: usize = 20_000;
/// Most faults that one reading tells.
pub const MOST_FAULTS: usize = 200;

/// The generation of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `swagger: "2.0"`.
    V2,
    /// `openapi: 3.0.x`, and any other 3 that is told as a fault.
    V3,
    /// `openapi: 3.1.x`.
    V31,
    /// `openapi: 3.2.x`.
    V32,
}

/// What a document says.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Its generation.
    pub version: Version,
    /// `info.title`, for people.
    pub title: Option<String>,
    /// Every operation that can be judged, in the order of the text.
    pub operations: Vec<Operation>,
    /// What is wrong with it, at most [`MOST_FAULTS`].
    pub faults: Vec<Diagnostic>,
}

impl Reading {
    /// Whether a fault makes some operation undeclared or its intent unreadable.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.faults.iter().any(|fault| fault.severity == Severity::Error)
    }
}

/// An endpoint as a document describes it.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its door, with the path prefix of its server.
    pub endpoint: Endpoint,
    /// Its name: unique in the document.
    pub id: OperationId,
    /// What its owner declared; `None` where nothing is, or it cannot be read.
    pub intent: Option<Intent>,
    /// Where the nearest `x-tidegate` stands.
    pub intent_at: Option<Span>,
    /// What the document says about credentials. Not enforced: intent is.
    pub security: Security,
    /// The parameters that the document names, by place.
    pub parameters: Vec<Parameter>,
    /// Whether it is marked as deprecated.
    pub deprecated: bool,
    /// The document that it stands in.
    pub source: Arc<str>,
    /// Where its method stands.
    pub span: Span,
    /// Where its `operationId` stands, else its method.
    pub id_span: Span,
}

/// Reads the document `text`, which is called `path` in messages and in [`Operation::source`].
///
/// # Errors
/// When the text is no YAML or JSON at all. Everything else is a fault of the [`Reading`].
pub fn read(text: &str, path: &str) -> Result<Reading, TreeError> {
    read_at(text, path, None)
}

/// Like [`read`], with `base` (such as `/v1`) in place of the path prefixes that the document names.
///
/// # Errors
/// As [`read`].
pub fn read_at(text: &str, path: &str, base: Option<&str>) -> Result<Reading, TreeError> {
    let format = Format::of(path, text);
    let root = crate::tree::read(text, format)?;
    Ok(of_tree(&root, path, base))
}

/// Reads a document that is a tree already.
#[must_use]
pub fn of_tree(root: &Node, path: &str, base: Option<&str>) -> Reading {
    operations::read(root, path, base)
}
