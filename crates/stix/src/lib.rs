//! Claims of a report as STIX 2.1 ([`bundle`]), as a layer of the ATT&CK Navigator ([`navigator`]) and as
//! an Attack Flow ([`attack_flow`]): what other programs import, with the evidence of each statement in it.
//!
//! Every object and relationship that says something about the report carries the places it was read from,
//! by byte and in the report's own words ([`EVIDENCE_EXTENSION`]); [`unproven`] finds those that do not.
//! Ids follow from what is named, objects are sorted, times come from the report: the same report and
//! options give the same bytes. Each bundle is parsed by `rstix` before it is given out. What an earlier
//! bundle and this report have in common is told by [`correlate`], as a count of shared facts.
//!
//! It reads no report (see `intel`), no file and no clock, sends nothing, and names nobody as an attacker
//! whom the report does not name.
//!
//! ```
//! let report = b"The API asked for no authentication. A researcher downloaded 5,000 records with names and email addresses.";
//! let intel = intel::understand(report, "report.txt").unwrap();
//! let bundle = stix::bundle(&intel, report, &stix::Options::default()).unwrap();
//! assert!(stix::unproven(&bundle, report).is_empty());
//! assert!(bundle.contains("\"type\": \"incident\""));
//! ```

mod bundle;
mod evidence;
mod facts;
mod flow;
mod ids;
mod library;
mod making;
mod navigator;
mod options;
mod pattern;
mod prove;

pub use bundle::{BundleError, bundle};
pub use evidence::EVIDENCE_EXTENSION;
pub use flow::attack_flow;
pub use library::{Correlation, Known, Nearest, correlate};
pub use navigator::navigator;
pub use options::{Options, PublishedError, SigmaRule, Tlp, UNDATED, published};
pub use prove::{Unproven, unproven};
