//! One reader per shape: each turns bytes into calls of the builder.

pub(crate) mod form;
pub(crate) mod hidden;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod rows;
pub(crate) mod script;
pub(crate) mod text;
pub(crate) mod xml;
