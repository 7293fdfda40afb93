//! Occurrences as structs: one log line and one metric each
