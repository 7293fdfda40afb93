//! The claims of a report as one graph: what pages draw and bundles carry.
//!
//! [`graph`] makes it of [`Intel`] alone: nothing is read again, and nothing is added but links that a
//! knowledge base has between two claims of the report. Each edge says where it comes from
//! ([`Provenance`]). It knows no format, no layout and no colour.
//!
//! Nodes are sorted by kind and id, edges by their ends: the same report gives the same graph. It has at
//! most [`NODES_MAX`] nodes; what is left out is counted in [`Graph::left_out`].
//!
//! ```
//! let report = b"The API asked for no authentication. A researcher downloaded 5,000 records with names and email addresses.";
//! let intel = intel::understand(report, "report.txt").unwrap();
//! let graph = intel::graph(&intel);
//! assert!(graph.nodes.iter().any(|node| node.id == "data:email"));
//! ```

mod build;
mod edges;
mod nodes;

use serde::{Deserialize, Serialize};

use crate::model::{Intel, Span, Status};

/// The most nodes of one graph. Observables, numbers and events of a report that is nothing but a list
/// are what is left out beyond it, from the end of their lists.
pub const NODES_MAX: usize = 5_000;

/// The claims of a report and what links them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graph {
    /// By kind, then id.
    pub nodes: Vec<Node>,
    /// By `from`, `to`, relation. Ends are indices of `nodes`.
    pub edges: Vec<Edge>,
    /// Nodes beyond [`NODES_MAX`], with their edges.
    pub left_out: usize,
}

/// A claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Stable within and across reports: `technique:T1190`, `data:email`.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// A few words to show.
    pub label: String,
    /// What else there is to say of it, in one sentence; may be empty.
    pub detail: String,
    /// How it stands in the report.
    pub status: Status,
    /// The rule that made it.
    pub because: String,
    /// Where the report says so. Empty only for [`NodeKind::Report`], which is the whole of it.
    pub spans: Vec<Span>,
    /// When, for an event: its place in the order, and its date where there is one.
    pub at: Option<When>,
}

/// The moment of an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct When {
    /// Events of equal order are not ordered by the report.
    pub order: usize,
    /// As exact as the report: `2031`, `2031-05`, `2031-05-17`.
    pub date: Option<String>,
}

/// What a node is. In the order of [`Graph::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    /// The report itself.
    Report,
    /// What it tells of.
    Incident,
    /// A person or an organisation.
    Identity,
    /// A system or product that was the target, or belongs to it.
    Infrastructure,
    /// A program that was used.
    Tool,
    /// What was done, or made it possible, in the words of the frames.
    Frame,
    /// A technique of ATT&CK.
    Technique,
    /// A technique that is only feared to follow.
    Consequence,
    /// A tactic of ATT&CK.
    Tactic,
    /// An entry of the OWASP API Security Top 10.
    Owasp,
    /// A weakness (CWE).
    Weakness,
    /// An attack pattern (CAPEC).
    AttackPattern,
    /// A vulnerability (CVE).
    Vulnerability,
    /// A defence (D3FEND, mitigation of ATT&CK).
    Defence,
    /// A kind of data.
    Data,
    /// A number with what it counts.
    Number,
    /// An event of the timeline.
    Event,
    /// An address, a path, a pattern.
    Observable,
    /// Where the report is wrong.
    Erratum,
}

/// How one claim belongs to another. Words of STIX 2.1 where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// A report tells of an incident.
    Describes,
    /// An incident has a technique in it, or a tool.
    Uses,
    /// An incident hit somebody or something.
    Targets,
    /// Somebody found, reported or did it, or is concerned.
    Involves,
    /// A technique belongs to a tactic.
    PartOf,
    /// A weakness was used, or is what an entry of OWASP's list refers to.
    Exploits,
    /// A defence acts against a technique.
    Mitigates,
    /// Advice of the report.
    Recommends,
    /// Data got out.
    Exposes,
    /// Data is said not to have got out.
    Spares,
    /// A number counts something of it.
    Counts,
    /// An observable shows it, or a frame is what a technique follows from.
    Indicates,
    /// One event came before another.
    Precedes,
    /// An event or a frame of an incident.
    Has,
    /// What may follow.
    LeadsTo,
    /// The report is wrong there.
    Contradicts,
    /// Any other link.
    RelatedTo,
}

impl Relation {
    /// Its word, as in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Describes => "describes",
            Self::Uses => "uses",
            Self::Targets => "targets",
            Self::Involves => "involves",
            Self::PartOf => "part-of",
            Self::Exploits => "exploits",
            Self::Mitigates => "mitigates",
            Self::Recommends => "recommends",
            Self::Exposes => "exposes",
            Self::Spares => "spares",
            Self::Counts => "counts",
            Self::Indicates => "indicates",
            Self::Precedes => "precedes",
            Self::Has => "has",
            Self::LeadsTo => "leads-to",
            Self::Contradicts => "contradicts",
            Self::RelatedTo => "related-to",
        }
    }
}

/// Where an edge comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// The report says so: there is a span.
    Report,
    /// A knowledge base links the two: `because` names it with its version.
    Knowledge,
    /// A rule of Tidegate infers it from what the report says: `because` names the rule.
    Inferred,
}

/// A link between two claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Index of a node.
    pub from: usize,
    /// Index of a node, another one.
    pub to: usize,
    /// How they belong together.
    pub relation: Relation,
    /// Who says so.
    pub provenance: Provenance,
    /// How it stands in the report; `suggested` where the report is silent.
    pub status: Status,
    /// The rule, or the knowledge base with its version.
    pub because: String,
    /// Where the report says so; never empty where `provenance` is `report`.
    pub spans: Vec<Span>,
}

/// The graph of a report's claims. Linear in the claims but for techniques x defences, which are tens.
#[must_use]
pub fn graph(intel: &Intel) -> Graph {
    let mut build = build::Build::default();
    nodes::add(&mut build, intel);
    edges::add(&mut build, intel);
    build.finish()
}
