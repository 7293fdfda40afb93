//! Incident reports into claims, each bound to the bytes of the report that say so.
//!
//! The model ([`Intel`]) is what `tidegate intel REPORT --format json` prints; `docs/intel.md` is its
//! manual. This crate reads and judges text; it knows no file, clock or network, and writes no STIX,
//! rule or page.

#![allow(dead_code)]

mod model;
mod source;

pub use model::*;
pub use source::{REPORT_BYTES_MAX, ReadError};
