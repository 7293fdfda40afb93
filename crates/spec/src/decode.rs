//! A tree to a typed struct, with errors that point at the line.
//!
//! Any `Deserialize` type decodes. Unknown keys are refused in every struct, whether it says
//! `deny_unknown_fields` or not, each with its line and a near match. A section that is written
//! but empty (`limits:`) is an empty mapping or list. It checks nothing that the type itself does not.
//!
//! More than one fault is told: after a fault the value at fault is left out and the rest is read
//! again, so that a person mends a file in one round.
//!
//! ```
//! use spec::tree::{Format, read};
//! #[derive(serde::Deserialize, Debug)]
//! #[serde(default)]
//! struct Config { listen: String, workers: u8 }
//! impl Default for Config {
//!     fn default() -> Self { Self { listen: "127.0.0.1:8080".into(), workers: 2 } }
//! }
//! let root = read("lisen: x\nworkers: many\n", Format::Yaml).unwrap();
//! let faults = spec::decode::decode::<Config>(&root).unwrap_err();
//! let said: Vec<_> = faults.iter().map(ToString::to_string).collect();
//! assert_eq!(said, [
//!     "unknown key `lisen`; did you mean `listen`?",
//!     "expected a whole number from 0 to 255, found text `many`",
//! ]);
//! ```

mod de;
mod error;
mod spanned;

use std::cell::RefCell;

use serde::de::DeserializeOwned;

use crate::tree::{Node, Span};

pub use error::Fault;
pub use error::nearest;
pub use spanned::Spanned;

/// Most faults that one decoding tells.
pub const MOST_FAULTS: usize = 20;

/// Decodes `root`.
///
/// # Errors
/// Every fault that could be found, in the order of the text, at most [`MOST_FAULTS`].
pub fn decode<T: DeserializeOwned>(root: &Node) -> Result<T, Vec<Fault>> {
    let (value, faults) = decode_what_can_be(root);
    match value {
        Some(value) if faults.is_empty() => Ok(value),
        _ => Err(faults),
    }
}

/// Decodes `root` without the values at fault, where what is left makes a `T`; and the faults.
///
/// The value is for looking further only: a document with faults must not be put in force.
pub fn decode_what_can_be<T: DeserializeOwned>(root: &Node) -> (Option<T>, Vec<Fault>) {
    let state = State::default();
    let mut value = None;
    // Every round leaves out one more value, and the last round decodes or finds nothing to leave out.
    while state.faults.borrow().len() < MOST_FAULTS {
        match T::deserialize(de::Place { node: root, key: None, state: &state }) {
            Ok(decoded) => {
                value = Some(decoded);
                break;
            }
            Err(error) => {
                if !state.leave_out(error, root.span) {
                    break;
                }
            }
        }
    }
    let mut faults = state.faults.into_inner();
    faults.sort_by_key(|fault| (fault.at.start, fault.at.end));
    (value, faults)
}

/// What all places of one decoding share.
#[derive(Debug, Default)]
pub(crate) struct State {
    faults: RefCell<Vec<Fault>>,
    /// Entries at fault by their key, elements by themselves; later rounds leave them out.
    left_out: RefCell<Vec<Span>>,
}

impl State {
    fn is_left_out(&self, part: Span) -> bool {
        self.left_out.borrow().contains(&part)
    }

    fn tell(&self, fault: Fault) {
        let mut faults = self.faults.borrow_mut();
        if faults.len() < MOST_FAULTS && !faults.contains(&fault) {
            faults.push(fault);
        }
    }

    /// Notes the fault and leaves its part out from now on; `false` where nothing is left to do.
    fn leave_out(&self, error: error::Error, root: Span) -> bool {
        let (part, within) = (error.part, error.within.unwrap_or(root));
        // A key that is missing only because its entry was left out is no fault of its own.
        let follows = error.missing_key && self.left_out.borrow().iter().any(|out| inside(*out, within));
        if !follows {
            self.tell(error.into_fault(root));
        }
        match part {
            Some(part) if !self.is_left_out(part) => {
                self.left_out.borrow_mut().push(part);
                true
            }
            _ => false,
        }
    }
}

const fn inside(inner: Span, outer: Span) -> bool {
    inner.start >= outer.start && inner.end <= outer.end
}
