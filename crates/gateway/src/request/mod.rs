//! What a request says, read once: attributes, object references, and the people it brings.

pub(crate) mod attributes;
pub(crate) mod facts;
pub(crate) mod graphql;
pub(crate) mod objects;
pub(crate) mod paging;
pub(crate) mod sent;
