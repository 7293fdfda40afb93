//! What a request says beside its one reading (the crate `reading`): attributes as policies see them,
//! and what an answer could give back.

pub(crate) mod facts;
pub(crate) mod sent;
