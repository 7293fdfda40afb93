//! The only crate that writes a file format to disk
