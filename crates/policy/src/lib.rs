//! Intent, authorization, limits and budgets: facts in, permit or refusal out
