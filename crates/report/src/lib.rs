//! The only home of output formats
