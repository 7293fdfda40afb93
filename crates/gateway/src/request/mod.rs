//! What a request says, read once: attributes, object references, and the people it brings.

pub mod attributes;
pub mod graphql;
pub mod objects;
