//! Why a text gives no tree.

use crate::diagnostic::Diagnostic;
use crate::tree::{MOST_BYTES, MOST_DEPTH, MOST_NODES, Span};

/// A key that stands twice in one mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The key.
    pub key: String,
    /// Where it stands first.
    pub first: Span,
    /// Where it stands again.
    pub again: Span,
}

/// Why a text gives no tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The text breaks the rules of its notation.
    #[error("{what}")]
    Syntax {
        /// What is wrong, in small letters.
        what: String,
        /// Where.
        at: Span,
        /// What to do, where that is known.
        help: Option<&'static str>,
    },
    /// Keys stand twice. Never empty, at most 16 told.
    #[error("{} twice in one mapping", keys(.0))]
    DuplicateKeys(Vec<Duplicate>),
    /// The text is longer than [`MOST_BYTES`].
    #[error("the text has {bytes} bytes; at most {MOST_BYTES} are read")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Lists and mappings are nested deeper than [`MOST_DEPTH`].
    #[error("lists and mappings are nested deeper than {MOST_DEPTH} levels")]
    TooDeep {
        /// Where the bound is passed.
        at: Span,
    },
    /// More values than [`MOST_NODES`], aliases counted as often as they are used.
    #[error("the text unfolds to more than {MOST_NODES} values")]
    TooManyNodes {
        /// Where the bound is passed.
        at: Span,
    },
}

fn keys(duplicates: &[Duplicate]) -> String {
    match duplicates {
        [one] => format!("the key `{}` stands", one.key),
        many => format!("{} keys stand", many.len()),
    }
}

impl TreeError {
    /// The error as text with a place: one diagnostic, or one per key that stands twice.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let one = |code, at: Span| Diagnostic::error(code, self.to_string(), at);
        match self {
            Self::Syntax { at, help, .. } => {
                let fault = one("TEXT-001", *at);
                vec![match help {
                    Some(help) => fault.help(*help),
                    None => fault,
                }]
            }
            Self::DuplicateKeys(duplicates) => duplicates
                .iter()
                .map(|twin| {
                    let message = format!("the key `{}` stands twice in one mapping", twin.key);
                    Diagnostic::error("TEXT-002", message, twin.again)
                        .label("it stands here again")
                        .also(twin.first, "first here")
                        .help("keep one of them: readers differ on which one counts")
                })
                .collect(),
            Self::TooLarge { .. } => {
                vec![one("TEXT-003", Span::START).help("split the document, or leave out generated examples")]
            }
            Self::TooDeep { at } => vec![one("TEXT-004", *at).help("flatten the document")],
            Self::TooManyNodes { at } => {
                vec![one("TEXT-005", *at).help("use fewer aliases: each use counts as a copy of its anchor")]
            }
        }
    }
}
