//! Specifications and configuration text to an inventory of operations with line and column
