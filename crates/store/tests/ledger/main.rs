//! The ledger on disks that work, and on disks that do not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tests"
)]

mod coalescing;
mod crash;
mod keeping;
mod kill;
mod losses;
mod order;
mod questions;
mod support;
