//! Incident reports into claims, each bound to the bytes of the report that say so.
//!
//! [`understand`] reads a report (text, Markdown, HTML, an item of a JSON feed) in steps, one module each:
//! `source` (bytes to text with offsets), `reading` (sentences, tokens, phrases of the `lexicon`), `ids`
//! and [`observables`], `syntax` (verbs with their subjects and objects), `discourse` (how each clause is
//! meant), `frames` (who did what to what), and from
//! these the claims. The model ([`Intel`]) is what `tidegate intel REPORT --format json` prints;
//! `docs/intel.md` is its manual.
//!
//! It knows no file, clock or network, asserts nothing without a place in the report, and writes no STIX,
//! rule or page. Every step is linear in the report.
//!
//! ```
//! let report = b"The API asked for no authentication. A researcher downloaded 5,000 records with names and email addresses.";
//! let intel = intel::understand(report, "report.txt").unwrap();
//! assert!(intel.is_incident);
//! assert!(intel.owasp.iter().any(|claim| claim.id == "API5:2023" && claim.status.is_asserted()));
//! assert_eq!(intel.data_classes_exposed.len(), 2);
//! ```

mod acts;
mod classes;
mod dates;
mod discourse;
mod entities;
mod errata;
mod events;
mod frames;
mod given;
mod graph;
mod ids;
mod inert;
mod lexicon;
mod looked_for;
mod model;
mod notified;
mod numbers;
mod observables;
mod reading;
mod report;
mod risk;
mod source;
mod suggested;
mod syntax;
mod techniques;
mod understand;
mod weaknesses;

pub use given::{Given, Whole};
pub use graph::{Edge, Graph, NODES_MAX, Node, NodeKind, Provenance, Relation, When, graph};
pub use inert::is_obeyed;
pub use model::*;
pub use observables::{Seen, observables};
pub use source::pdf::Fault as PdfFault;
pub use source::{REPORT_BYTES_MAX, ReadError};
pub use understand::{understand, understand_given};
