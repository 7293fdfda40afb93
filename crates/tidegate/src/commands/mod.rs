//! One module per command.

mod admin;
pub mod check;
pub mod config;
pub mod demo;
mod exchange_log;
pub mod explain;
pub mod incident;
pub mod inventory;
pub mod ledger;
mod look_up;
pub mod serve;
pub mod sigma;
