//! Leak budgets as their callers see them: against a slow model, at tiny capacities, and at the
//! marks that the product promises.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tests"
)]

mod full;
mod holders;
mod look_up;
mod look_up_model;
mod lost;
mod marks;
mod model;
mod property;
mod world;
