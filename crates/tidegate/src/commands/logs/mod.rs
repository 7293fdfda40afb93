//! Logs as files: which are read and in which order, unpacked, line by line, recognised, counted.
//!
//! `hunt` and `sigma match` read by it. It judges nothing: who hears the events is given ([`Hears`]).

mod ahead;
mod growing;
mod inputs;
mod lines;
mod open;
mod rejects;
mod source;

pub(super) use growing::Change;
pub(super) use inputs::{Log, logs};
pub(super) use rejects::Rejects;
pub(super) use source::{Hears, Read, Source, all};
