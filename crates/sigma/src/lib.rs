//! Sigma rules over exchanges: parsed and matched by rsigma, pre-selected and counted by us.
//!
//! - [`load`]: files to rules, with every fault at its line, and what is not applicable here and why;
//! - [`Rules::matches`]: one exchange in, the rules that hold of it out; correlations count along;
//! - [`Event`]: what of an exchange rules see, and what its source can tell at all;
//! - [`Rules::blind`]: which rules can see nothing in a log, and what it lacks.
//!
//! It opens no file, reads no clock and decides nothing about a request. What is not known matches
//! nothing: neither an unknown field or category, nor `not` over what the log does not tell.

mod applies;
mod ask;
mod build;
mod correlate;
mod cover;
mod event;
mod field;
mod hash;
mod line;
mod load;
pub mod logged;
mod needs;
mod place;
mod rule;
mod rules;
pub mod sample;
mod select;
mod shipped;

pub use applies::CATEGORIES;
pub use event::Event;
pub use field::{Field, Fields, Kind};
pub use line::{Line, LineError};
pub use load::{Fault, File, Loaded, MOST_BYTES, MOST_RULES, PIPELINE, load};
pub use rsigma_parser::Level;
pub use rule::{Reason, Rule, RuleIndex};
pub use rules::{Match, Matches, Rules};
pub use shipped::{PACK, Shipped, shipped};
