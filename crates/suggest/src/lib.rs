//! Suggests techniques of ATT&CK for a report, each with its strongest sentence, and abstains where it does
//! not know.
//!
//! A sparse linear classifier over hashed words, pairs of words and short runs of bytes scores each
//! sentence; a logistic curve over a few figures of the whole report ([`Tally`]) decides. It knows the
//! techniques that it was trained on, no others (`Model::techniques`), and most sentences of a report
//! speak of none. What it says is a suggestion with a probability, never an assertion; it reads no
//! negation and no advice (see `intel`). Linear time, no allocation per token.
//!
//! The weights are made by `cargo xtask intel-train`, and hold figures only: hashes, no text.
//!
//! ```
//! let model = suggest::Model::embedded();
//! let mut reader = suggest::Reader::new(model);
//! let found = reader.report([
//!     "The attackers dumped credentials from the memory of LSASS with Mimikatz.",
//!     "The company was founded in the spring.",
//! ]);
//! assert_eq!(found.first().map(|one| (one.technique, one.sentence)), Some(("T1003.001", 0)));
//! assert!(reader.report(["The company was founded in the spring."]).is_empty());
//! ```

mod features;
mod model;
mod reader;
mod sentences;
mod tally;

pub use features::{BUCKETS, Bag, Block};
pub use model::{Figures, Model};
pub use reader::{Reader, Suggestion};
pub use sentences::sentences;
pub use tally::{SIGNS, Tally};
