//! Intent, authorization, limits and budgets: facts in, permit or refusal out

pub mod audience;
pub mod authorize;
pub mod budget;
pub mod limit;
mod nearest;
pub mod own;
pub mod patch;
