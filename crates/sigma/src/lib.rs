//! Sigma rules over exchanges.
mod correlate;
mod cover;
mod event;
mod field;
mod hash;
mod line;
mod select;
pub use event::Event;
pub use field::{Field, Fields, Kind};
pub use line::{Line, LineError};
