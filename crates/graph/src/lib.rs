//! The claims of a report as one page that stands alone: graph, timeline, tables, and the report's text.
//!
//! [`page`] takes the graph of `intel` and gives HTML with everything in it: it loads nothing. Cytoscape.js
//! (MIT, `vendor/`) draws; where each node lies is computed here ([`layout`]), so that the picture stands
//! at once. Without scripts the tables and the text still say all of it.
//!
//! It decides nothing about the report, reads no file and knows no clock.
//!
//! ```
//! let report = b"The API asked for no authentication. A researcher downloaded 5,000 records with names and email addresses.";
//! let intel = intel::understand(report, "report.txt").unwrap();
//! let page = graph::page(&intel, &intel::graph(&intel), report);
//! assert!(page.starts_with("<!DOCTYPE html>"));
//! ```

mod data;
pub mod layout;
mod page;
mod pane;
mod texts;

pub use page::page;
