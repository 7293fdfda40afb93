//! Words of the page for what the model has as values.

use intel::{NodeKind, Provenance, Status};

/// A heading for nodes of a kind.
pub(crate) const fn heading(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Report => "Report",
        NodeKind::Incident => "Incident",
        NodeKind::Identity => "Persons and organisations",
        NodeKind::Infrastructure => "Systems",
        NodeKind::Tool => "Tools",
        NodeKind::Frame => "What was done, and why it could be",
        NodeKind::Technique => "ATT&CK techniques",
        NodeKind::Consequence => "Feared to follow",
        NodeKind::Tactic => "ATT&CK tactics",
        NodeKind::Owasp => "OWASP API Top 10",
        NodeKind::Weakness => "Weaknesses (CWE)",
        NodeKind::AttackPattern => "Attack patterns (CAPEC)",
        NodeKind::Vulnerability => "Vulnerabilities (CVE)",
        NodeKind::Defence => "Defences",
        NodeKind::Data => "Data",
        NodeKind::Number => "Numbers",
        NodeKind::Event => "Events",
        NodeKind::Observable => "Observables",
        NodeKind::Erratum => "Errata",
    }
}

/// Who says so.
pub(crate) const fn provenance(of: Provenance) -> &'static str {
    match of {
        Provenance::Report => "the report",
        Provenance::Knowledge => "a knowledge base",
        Provenance::Inferred => "inferred",
    }
}

/// How it stands in the report.
pub(crate) const fn status(of: Status) -> &'static str {
    match of {
        Status::Stated => "stated",
        Status::Claimed => "claimed",
        Status::Hypothetical => "hypothetical",
        Status::Suggested => "suggested",
    }
}
