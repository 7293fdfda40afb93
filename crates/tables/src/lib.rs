//! Makes committed tables from the data that may not be committed.
//!
//! [`catalog`] writes the tables of facts of the crate `catalog`, [`intel`] the weights of `suggest`, and
//! [`labelled`] scores what `intel` reads. It is a library so that its tests can
//! make everything anew and compare, and so that `cargo xtask` and the examples share one way; it is
//! no part of the program.
//!
//! The data lies at `../shared/data` from the root of the tree. It holds sentences that are not ours:
//! nothing here may write one of them anywhere.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "chores for developers talk to them")]

pub mod catalog;
pub mod data;
pub mod intel;
pub mod labelled;
