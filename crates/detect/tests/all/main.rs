//! What the detectors say of attacks, and that they are silent on honest people.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::print_stdout,
    reason = "tests"
)]

mod attacks;
mod catalogue;
mod groups;
mod honest;
mod memory;
mod nulls;
mod power;
mod properties;
mod spent;
mod world;
