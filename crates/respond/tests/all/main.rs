//! Signals in; incidents and actions out.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod bounds;
mod hand;
mod innocents;
mod joins;
mod judged;
mod kept;
mod ladder;
mod manual;
mod model;
mod properties;
mod together;
mod turns;
mod world;
