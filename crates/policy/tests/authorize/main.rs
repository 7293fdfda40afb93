//! Authorization as its users see it: files and requests in, decisions and errors out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod decisions;
mod examples;
mod explain;
mod load;
mod owners;
mod world;
