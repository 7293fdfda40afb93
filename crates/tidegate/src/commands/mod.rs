//! One module per command.

mod admin;
pub mod check;
pub mod config;
pub mod demo;
mod exchange_log;
pub mod explain;
pub mod hunt;
pub mod incident;
pub mod intel;
pub mod inventory;
pub mod ledger;
mod logs;
mod look_up;
pub mod serve;
pub mod sigma;
