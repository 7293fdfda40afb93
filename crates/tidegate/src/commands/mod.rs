//! One module per command.

pub mod check;
pub mod config;
pub mod demo;
pub mod explain;
pub mod incident;
pub mod ledger;
mod look_up;
pub mod serve;
