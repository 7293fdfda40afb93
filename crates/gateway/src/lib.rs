//! The live walk of one exchange
