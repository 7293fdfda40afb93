//! An untyped tree of YAML or JSON in which every key and value knows its place.
//!
//! Both notations give the same tree, so that everything after it is written once. It resolves
//! aliases and merge keys (`<<`), and knows nothing of OpenAPI or of the configuration.
//!
//! ```
//! use spec::tree::{Format, read};
//! let root = read("paths:\n  /orders: {}\n", Format::Yaml).unwrap();
//! let (key, _) = root.get("paths").and_then(|paths| paths.entries().next()).unwrap();
//! assert_eq!((&*key.text, key.span.line, key.span.column), ("/orders", 2, 3));
//! ```

mod build;
mod error;
mod json;
mod node;
mod scalar;
mod yaml;

pub use error::{Duplicate, TreeError};
pub use node::{Entry, Key, Mapping, Node, Span, Value};

/// Deepest nesting of sequences and mappings. Deeper text is an error, not a stack overflow.
pub const MOST_DEPTH: usize = 128;
/// Most nodes of one tree, aliases counted as often as they are used: about 300 MB at the worst.
pub const MOST_NODES: usize = 4_000_000;
/// Most bytes of text that a file may have.
pub const MOST_BYTES: usize = 64 << 20;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// YAML 1.2, core schema, one document.
    Yaml,
    /// JSON (RFC 8259).
    Json,
}

impl Format {
    /// JSON where the file is named `*.json` or the text starts with a brace or a bracket and no
    /// YAML name says otherwise; else YAML.
    #[must_use]
    pub fn of(path: &str, text: &str) -> Self {
        let named = |ending: &str| {
            path.len() >= ending.len()
                && path.get(path.len() - ending.len()..).is_some_and(|end| end.eq_ignore_ascii_case(ending))
        };
        if named(".json") {
            Self::Json
        } else if named(".yaml") || named(".yml") {
            Self::Yaml
        } else if text.trim_start().starts_with(['{', '[']) {
            Self::Json
        } else {
            Self::Yaml
        }
    }
}

/// Reads `text` as `format`. An empty text is [`Value::Null`].
///
/// Costs about 9 ns per byte of YAML and 3 ns per byte of JSON: 28 and 9 ms for 3 MB
/// (`examples/large_spec.rs`, two cores of a 2026 server).
///
/// # Errors
/// What is wrong with the text, and where: syntax, a key that stands twice, or a bound exceeded.
pub fn read(text: &str, format: Format) -> Result<Node, TreeError> {
    if text.len() > MOST_BYTES {
        return Err(TreeError::TooLarge { bytes: text.len() });
    }
    match format {
        Format::Yaml => yaml::read(text, yaml::Piece::WHOLE, yaml::Tags::Refused).0,
        Format::Json => json::read(text),
    }
}

/// Reads a text of several YAML documents (`---`), each for itself: one that is broken leaves the
/// others whole. Places are those of the whole text. Empty documents are left out. JSON is one document.
///
/// All documents together have at most [`MOST_NODES`].
#[must_use]
pub fn read_all(text: &str, format: Format) -> Vec<Result<Node, TreeError>> {
    if format == Format::Json || text.len() > MOST_BYTES {
        return vec![read(text, format)];
    }
    let mut documents = Vec::new();
    let mut nodes = 0;
    for (part, byte, line) in yaml::pieces(text) {
        let (document, counted) = yaml::read(part, yaml::Piece { byte, line, nodes }, yaml::Tags::Refused);
        nodes = counted;
        if !matches!(&document, Ok(Node { value: Value::Null, .. })) {
            let full = matches!(document, Err(TreeError::TooManyNodes { .. }));
            documents.push(document);
            if full {
                break;
            }
        }
    }
    documents
}

/// Reads YAML in which an application's tags are functions, as CloudFormation writes them: `!Ref A`
/// reads as `{Ref: A}`, `!GetAtt A.Arn` as `{Fn::GetAtt: A.Arn}`; JSON as ever.
///
/// # Errors
/// As [`read`].
pub fn read_functions(text: &str, format: Format) -> Result<Node, TreeError> {
    if format == Format::Json || text.len() > MOST_BYTES {
        return read(text, format);
    }
    yaml::read(text, yaml::Piece::WHOLE, yaml::Tags::Functions).0
}
