//! The only home of output formats

pub mod exchange;
