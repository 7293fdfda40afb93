//! One check, one file. The file's doc comment is its page in the catalogue.

pub(crate) mod missing_ownership;
