//! D3FEND: defensive techniques, and the artifacts through which they meet techniques of ATT&CK.
//!
//! A pair (technique of ATT&CK, defence) is in the ontology when both are linked to artifacts, and
//! the artifact of the attack is the defence's own or a special case of it. That is the rule of
//! D3FEND's own mapping; events such as an authentication count as artifacts here. A sub-technique has
//! also what its parent is linked to. A defence has only its own links, for a special case of it may
//! act on less: one without any is in no pair, however often reports name it beside a technique.
//!
//! ```
//! let counters = catalog::d3fend::counters("T1190");
//! let filtering = counters.iter().find(|counter| counter.defence.id == "D3-ITF").unwrap();
//! assert_eq!(
//!     filtering.paths[0].to_string(),
//!     "T1190 produces Inbound Internet Network Traffic, a kind of Inbound Network Traffic, which D3-ITF filters"
//! );
//! ```

use std::fmt;
use std::sync::LazyLock;

use crate::attack;
use crate::table::{self, find, list};

const NAMESPACE: &str = "http://d3fend.mitre.org/ontologies/d3fend.owl#";

/// A defensive technique.
#[derive(Debug)]
pub struct Technique {
    /// `D3-ITF`.
    pub id: &'static str,
    /// `Inbound Traffic Filtering`.
    pub label: &'static str,
    /// `Isolate`: one of D3FEND's tactics.
    pub tactic: &'static str,
    name: &'static str,
    parents: &'static str,
    links: &'static str,
}

impl Technique {
    /// The identifier of its class in the ontology.
    #[must_use]
    pub fn iri(&self) -> String {
        format!("{NAMESPACE}{}", self.name)
    }

    /// The more general techniques right above it; none for a technique right below a tactic.
    pub fn parents(&self) -> impl Iterator<Item = &'static Technique> + use<> {
        list(self.parents).filter_map(technique)
    }

    /// The artifacts it is linked to itself.
    pub fn links(&self) -> impl Iterator<Item = Link> + use<> {
        links(self.links)
    }

    /// Whether it is a heading over other techniques: some stand below it, and it has no link of its own.
    #[must_use]
    pub fn is_category(&self) -> bool {
        self.links.is_empty() && techniques().iter().any(|other| list(other.parents).any(|id| id == self.id))
    }
}

/// A class of things that techniques act on: artifacts, and a few events and persons.
#[derive(Debug)]
pub struct Artifact {
    /// Name of its class in the ontology, `InboundNetworkTraffic`.
    pub name: &'static str,
    /// `Inbound Network Traffic`.
    pub label: &'static str,
    parents: &'static str,
}

impl Artifact {
    /// The more general artifacts right above it.
    pub fn parents(&self) -> impl Iterator<Item = &'static Artifact> + use<> {
        list(self.parents).filter_map(artifact)
    }

    /// The chain of special cases from this artifact up to `general`, both included; the shortest, and
    /// of equally short ones the first by the order of the ontology. `None` if it is no such case.
    fn chain_to(&'static self, general: &str) -> Option<Vec<&'static Artifact>> {
        let mut waiting: Vec<(usize, &'static Artifact)> = vec![(usize::MAX, self)];
        let mut at = 0;
        while let Some(&(_, next)) = waiting.get(at) {
            if next.name == general {
                let mut chain = Vec::new();
                let mut from = at;
                while let Some(&(before, artifact)) = waiting.get(from) {
                    chain.push(artifact);
                    from = before;
                }
                chain.reverse();
                return Some(chain);
            }
            for parent in next.parents() {
                // Each artifact waits once, so that the walk ends whatever the table says.
                if !waiting.iter().any(|(_, known)| known.name == parent.name) {
                    waiting.push((at, parent));
                }
            }
            at += 1;
        }
        None
    }
}

/// What a technique does with an artifact.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// The property of the ontology: `filters`, `may-modify`.
    pub verb: &'static str,
    /// The artifact.
    pub artifact: &'static Artifact,
}

/// A defence that meets a technique of ATT&CK, and how.
#[derive(Debug)]
pub struct Counter {
    /// The defence.
    pub defence: &'static Technique,
    /// Every way through artifacts, at least one.
    pub paths: Vec<Path>,
}

/// One way from a technique of ATT&CK through artifacts to a defence.
#[derive(Debug)]
pub struct Path {
    /// The technique of ATT&CK whose link it is: the one asked for, or its parent.
    pub attack: &'static str,
    /// What the attack does with the first artifact.
    pub attack_verb: &'static str,
    /// From the attack's artifact to the defence's, each a special case of the next; one if they are
    /// the same.
    pub artifacts: Vec<&'static Artifact>,
    /// What the defence does with the last artifact.
    pub defence_verb: &'static str,
    /// The defence.
    pub defence: &'static str,
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.attack, self.attack_verb)?;
        for (nth, artifact) in self.artifacts.iter().enumerate() {
            let joint = if nth == 0 { " " } else { ", a kind of " };
            write!(out, "{joint}{}", artifact.label)?;
        }
        write!(out, ", which {} {}", self.defence, self.defence_verb)
    }
}

/// A technique of ATT&CK as the ontology links it.
struct Offence {
    id: &'static str,
    links: &'static str,
}

/// All defensive techniques, sorted by id.
#[must_use]
pub fn techniques() -> &'static [Technique] {
    static TABLE: LazyLock<Vec<Technique>> = LazyLock::new(|| {
        table::rows(include_str!("../data/d3fend-techniques.tsv"), |mut cells| {
            let (id, name, label) = (cells.next(), cells.next(), cells.next());
            let (tactic, parents) = (cells.next(), cells.next());
            Technique { id, label, tactic, name, parents, links: cells.next() }
        })
    });
    &TABLE
}

fn artifacts() -> &'static [Artifact] {
    static TABLE: LazyLock<Vec<Artifact>> = LazyLock::new(|| {
        table::rows(include_str!("../data/d3fend-artifacts.tsv"), |mut cells| {
            let (name, label) = (cells.next(), cells.next());
            Artifact { name, label, parents: cells.next() }
        })
    });
    &TABLE
}

fn offences() -> &'static [Offence] {
    static TABLE: LazyLock<Vec<Offence>> = LazyLock::new(|| {
        table::rows(include_str!("../data/d3fend-attack.tsv"), |mut cells| {
            let id = cells.next();
            Offence { id, links: cells.next() }
        })
    });
    &TABLE
}

/// The defensive technique with this id.
#[must_use]
pub fn technique(id: &str) -> Option<&'static Technique> {
    find(techniques(), &id, |technique| technique.id)
}

/// The defensive technique with this label, whatever the case.
#[must_use]
pub fn by_name(label: &str) -> Option<&'static Technique> {
    techniques().iter().find(|technique| technique.label.eq_ignore_ascii_case(label))
}

/// The artifact with this name of a class.
#[must_use]
pub fn artifact(name: &str) -> Option<&'static Artifact> {
    find(artifacts(), &name, |artifact| artifact.name)
}

fn links(cell: &'static str) -> impl Iterator<Item = Link> {
    list(cell)
        .filter_map(|link| link.split_once(' '))
        .filter_map(|(verb, name)| Some(Link { verb, artifact: artifact(name)? }))
}

/// Whether the ontology knows the technique of ATT&CK at all; it lags behind ATT&CK.
#[must_use]
pub fn knows(attack_id: &str) -> bool {
    find(offences(), &attack_id, |offence| offence.id).is_some()
}

/// What the ontology says a technique of ATT&CK does with artifacts, its parent's links last. A
/// revoked id is read as its replacement.
pub fn attack_links(attack_id: &str) -> impl Iterator<Item = (&'static str, Link)> + use<> {
    let today = attack::current(attack_id);
    let parent = today.and_then(attack::Technique::parent);
    [today, parent]
        .into_iter()
        .flatten()
        .filter_map(|technique| find(offences(), &technique.id, |offence| offence.id))
        .flat_map(|offence| links(offence.links).map(|link| (offence.id, link)))
}

fn paths(attack_id: &str, defence: &'static Technique) -> Vec<Path> {
    let mut paths = Vec::new();
    for (attack, offensive) in attack_links(attack_id) {
        for defensive in defence.links() {
            if let Some(chain) = offensive.artifact.chain_to(defensive.artifact.name) {
                paths.push(Path {
                    attack,
                    attack_verb: offensive.verb,
                    artifacts: chain,
                    defence_verb: defensive.verb,
                    defence: defence.id,
                });
            }
        }
    }
    paths
}

/// The defences that meet a technique of ATT&CK through artifacts, sorted by id. A revoked id is read
/// as its replacement; an unknown one has none.
#[must_use]
pub fn counters(attack_id: &str) -> Vec<Counter> {
    techniques()
        .iter()
        .map(|defence| Counter { defence, paths: paths(attack_id, defence) })
        .filter(|counter| !counter.paths.is_empty())
        .collect()
}

/// Ids of the current techniques of ATT&CK that a defence meets, sorted. Costs some milliseconds.
#[must_use]
pub fn countered_by(defence_id: &str) -> Vec<&'static str> {
    attack::techniques()
        .iter()
        .filter(|technique| technique.status == attack::Status::Current)
        .map(|technique| technique.id)
        .filter(|id| is_pair(id, defence_id))
        .collect()
}

/// Whether the ontology links the technique of ATT&CK and the defence through an artifact.
#[must_use]
pub fn is_pair(attack_id: &str, defence_id: &str) -> bool {
    technique(defence_id).is_some_and(|defence| !paths(attack_id, defence).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_ontology_links_through_an_artifact_is_a_pair() {
        for (attack, defence, pair) in [
            // The four defences of the founding report beside its techniques.
            ("T1190", "D3-ITF", true),
            ("T1190", "D3-ACH", false),
            ("T1190", "D3-WSAA", false),
            ("T1190", "D3-NTA", false),
            ("T1020", "D3-ITF", false),
            ("T1595.002", "D3-ITF", false),
            ("T1190", "D3-ISVA", true),
            // More general than what the attack does, so a defence against it; not the reverse.
            ("T1190", "D3-NTF", true),
            ("T1020", "D3-ISVA", false),
            ("T9999", "D3-ITF", false),
            ("T1190", "D3-NONE", false),
        ] {
            assert_eq!(is_pair(attack, defence), pair, "{attack} {defence}");
        }
    }

    #[test]
    fn a_part_has_what_its_parent_is_linked_to_and_the_path_says_so() {
        let counters = counters("T1003.001");
        let own =
            counters.iter().flat_map(|counter| &counter.paths).filter(|path| path.attack == "T1003.001");
        assert!(own.count() > 0);
        let parts: Vec<_> = super::counters("T1567.002");
        assert!(parts.iter().flat_map(|counter| &counter.paths).any(|path| path.attack == "T1567"));
    }

    #[test]
    fn a_category_has_no_links_and_meets_nothing() {
        let analysis = technique("D3-NTA").unwrap();
        assert!(analysis.is_category());
        assert!(!technique("D3-ACA").unwrap().is_category(), "it has no links, and nothing below it either");
        assert_eq!(analysis.tactic, "Detect");
        assert!(countered_by("D3-NTA").is_empty());
        assert!(!technique("D3-ITF").unwrap().is_category());
    }

    #[test]
    fn a_technique_has_its_iri_its_parents_and_its_tactic() {
        let filtering = by_name("inbound traffic filtering").unwrap();
        assert_eq!(filtering.iri(), "http://d3fend.mitre.org/ontologies/d3fend.owl#InboundTrafficFiltering");
        assert_eq!(filtering.parents().map(|parent| parent.id).collect::<Vec<_>>(), ["D3-NTF"]);
        assert_eq!(filtering.tactic, "Isolate");
    }

    #[test]
    fn both_directions_say_the_same() {
        for defence in ["D3-ITF", "D3-ISVA", "D3-MFA"] {
            let attacks = countered_by(defence);
            assert!(!attacks.is_empty(), "{defence}");
            for attack in attacks {
                assert!(counters(attack).iter().any(|counter| counter.defence.id == defence));
            }
        }
    }
}
