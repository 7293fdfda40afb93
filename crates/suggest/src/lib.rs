//! Suggests techniques of ATT&CK for sentences of a report, and abstains where it does not know.
//!
//! A sparse linear classifier over hashed words, pairs of words and short runs of bytes. It knows the
//! techniques that it was trained on, no others (`Model::techniques`), and most sentences of a report
//! speak of none. What it says is a suggestion with a probability, never an assertion; it reads no
//! negation and no advice (see `intel`). Linear time, no allocation per token.
//!
//! The weights are made by `cargo xtask intel-train`, and hold figures only: hashes, no text.
//!
//! ```
//! let model = suggest::Model::embedded();
//! let mut reader = suggest::Reader::new(model);
//! let found = reader.suggest("The attackers dumped credentials from the memory of LSASS with Mimikatz.");
//! assert_eq!(found.first().map(|suggestion| suggestion.technique), Some("T1003.001"));
//! assert!(reader.suggest("The company was founded in the spring.").is_empty());
//! ```

mod features;
mod model;
mod sentences;

pub use features::{BUCKETS, Bag, Block};
pub use model::{Figures, Model, Reader, Suggestion};
pub use sentences::sentences;
