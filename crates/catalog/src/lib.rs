//! What MITRE and OWASP have given numbers to, as tables of facts.
//!
//! ATT&CK Enterprise (techniques, tactics, mitigations, and which groups and campaigns are known to
//! use a technique), D3FEND (defensive techniques and the artifacts through which they meet
//! techniques of ATT&CK), the OWASP API Security Top 10, CWE, and the ids of CAPEC that CWE names.
//! Ids, names and links only: no description, no sentence of theirs is in here.
//!
//! It recognises and links ids; it does not read text (see `intel`) and does not judge. Nothing is
//! parsed before the first question, and a program that asks none pays for the bytes alone.
//! The tables below `data/` are made by `cargo xtask catalog`, which also writes [`MANIFEST`].
//!
//! ```
//! use catalog::{attack, d3fend, Entry};
//!
//! let exploit = attack::technique("T1190").unwrap();
//! assert_eq!(exploit.name, "Exploit Public-Facing Application");
//! assert!(d3fend::is_pair("T1190", "D3-ITF"));
//! assert!(!d3fend::is_pair("T1190", "D3-WSAA"));
//!
//! // A revoked id leads to the one that took its place.
//! assert_eq!(attack::current("T1002").unwrap().id, "T1560");
//! assert!(matches!(catalog::entry("CWE-639"), Some(Entry::Weakness(_))));
//! ```
//!
//! Licences: `NOTICE` in this crate, and the terms of each source below `data/`.

pub mod attack;
pub mod cwe;
pub mod d3fend;
pub mod owasp;
mod table;

/// Version of ATT&CK Enterprise that the tables are made from.
pub const ATTACK_VERSION: &str = "18.1";
/// Version of the D3FEND ontology that the tables are made from.
pub const D3FEND_VERSION: &str = "1.2.0";
/// Where ids, names and parents of CWE come from: the copy of CWE inside the D3FEND ontology, which
/// does not state a version of its own.
pub const CWE_VERSION: &str = "as in D3FEND 1.2.0";
/// Version of CWE whose links to CAPEC and whose categories are in the tables.
pub const CAPEC_LINKS_VERSION: &str = "CWE 4.15";
/// Edition of the OWASP API Security Top 10 that is current; 2019 is known for recognition.
pub const OWASP_API_EDITION: &str = "2023";

/// The table of the tables: for each, its rows, bytes and SHA-256; for each source, its SHA-256.
pub const MANIFEST: &str = include_str!("../data/MANIFEST.tsv");

/// SHA-256 over all tables, in hexadecimal: the edition of the knowledge that a report was made with.
#[must_use]
pub fn digest() -> &'static str {
    MANIFEST
        .lines()
        .find_map(|line| line.strip_prefix("all\t"))
        .and_then(|rest| rest.split('\t').nth(2))
        .unwrap_or_default()
}

/// One numbered thing.
#[derive(Clone, Copy, Debug)]
pub enum Entry {
    /// A technique of ATT&CK (`T1190`, `T1213.006`), also a revoked or deprecated one.
    Technique(&'static attack::Technique),
    /// A tactic of ATT&CK (`TA0009`).
    Tactic(&'static attack::Tactic),
    /// A mitigation of ATT&CK (`M1054`).
    Mitigation(&'static attack::Mitigation),
    /// A group or campaign of ATT&CK (`G0016`, `C0024`).
    Actor(&'static attack::Actor),
    /// A defensive technique of D3FEND (`D3-ITF`).
    Defence(&'static d3fend::Technique),
    /// A risk of the OWASP API Security Top 10 (`API1:2023`).
    Risk(&'static owasp::Risk),
    /// A weakness or category of CWE (`CWE-639`).
    Weakness(&'static cwe::Weakness),
    /// An attack pattern of CAPEC that a weakness names (`CAPEC-62`).
    Pattern(u16),
}

impl Entry {
    /// Whether the source has withdrawn it (revoked, deprecated, or an edition that was replaced).
    #[must_use]
    pub fn is_withdrawn(&self) -> bool {
        match self {
            Self::Technique(technique) => technique.status != attack::Status::Current,
            Self::Weakness(weakness) => weakness.kind == cwe::Kind::Deprecated,
            Self::Risk(risk) => risk.edition != 2023,
            Self::Tactic(_) | Self::Mitigation(_) | Self::Actor(_) | Self::Defence(_) | Self::Pattern(_) => {
                false
            }
        }
    }

    /// Its name; empty for a pattern of CAPEC, of which only the id is known.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Technique(technique) => technique.name,
            Self::Tactic(tactic) => tactic.name,
            Self::Mitigation(mitigation) => mitigation.name,
            Self::Actor(actor) => actor.name,
            Self::Defence(defence) => defence.label,
            Self::Risk(risk) => risk.name,
            Self::Weakness(weakness) => weakness.name,
            Self::Pattern(_) => "",
        }
    }
}

/// Finds what an id names, whatever catalogue it belongs to. Ids are as their owners write them
/// (`T1213.006`, `D3-ITF`, `CWE-639`, `API1:2023`); any other text is `None`.
#[must_use]
pub fn entry(id: &str) -> Option<Entry> {
    if let Some(number) = id.strip_prefix("CWE-") {
        return cwe::weakness(table::number(number)?).map(Entry::Weakness);
    }
    if let Some(number) = id.strip_prefix("CAPEC-") {
        let number = table::number(number)?;
        return cwe::is_pattern(number).then_some(Entry::Pattern(number));
    }
    if id.starts_with("API") {
        return owasp::risk(id).map(Entry::Risk);
    }
    if id.starts_with("D3-") {
        return d3fend::technique(id).map(Entry::Defence);
    }
    if id.starts_with("TA") {
        return attack::tactic(id).map(Entry::Tactic);
    }
    match id.as_bytes().first()? {
        b'T' => attack::technique(id).map(Entry::Technique),
        b'M' => attack::mitigation(id).map(Entry::Mitigation),
        b'G' | b'C' => attack::actor(id).map(Entry::Actor),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_in_the_catalogue_it_belongs_to_and_nothing_else_is() {
        for (id, name) in [
            ("T1190", Some("Exploit Public-Facing Application")),
            ("T1213.006", Some("Databases")),
            ("TA0009", Some("Collection")),
            ("M1054", Some("Software Configuration")),
            ("G0016", Some("APT29")),
            ("C0024", Some("SolarWinds Compromise")),
            ("D3-ITF", Some("Inbound Traffic Filtering")),
            ("API1:2023", Some("Broken Object Level Authorization")),
            ("API10:2019", Some("Insufficient Logging & Monitoring")),
            ("CWE-639", Some("Authorization Bypass Through User-Controlled Key")),
            ("CWE-16", Some("Configuration")),
            ("CAPEC-62", Some("")),
            ("CAPEC-64000", None),
            ("T0001", None),
            ("T1", None),
            ("t1190", None),
            ("T1190 ", None),
            ("CWE-0639", None),
            ("CWE-+639", None),
            ("CWE-", None),
            ("D3-ACHX", None),
            ("API11:2023", None),
            ("", None),
            ("\u{e9}", None),
        ] {
            assert_eq!(entry(id).map(|entry| entry.name()), name, "{id}");
        }
    }

    #[test]
    fn what_its_owner_has_withdrawn_is_known_and_said_to_be_withdrawn() {
        for (id, withdrawn) in [
            ("T1190", false),
            ("T1002", true),
            ("T1026", true),
            ("CWE-639", false),
            ("API6:2023", false),
            ("API6:2019", true),
        ] {
            assert_eq!(entry(id).unwrap().is_withdrawn(), withdrawn, "{id}");
        }
    }

    #[test]
    fn the_edition_of_the_knowledge_has_a_digest() {
        assert_eq!(digest().len(), 64);
        assert!(digest().bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
