//! The D3FEND ontology -> defensive techniques, artifacts, links of ATT&CK, and CWE.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::row;
use super::turtle::{Graph, Node, objects, read};
use crate::data;

const NAMESPACE: &str = "http://d3fend.mitre.org/ontologies/d3fend.owl#";
/// Tactics of D3FEND, which a technique right below `DefensiveTechnique` enables.
const TACTICS: [&str; 7] = ["Model", "Harden", "Detect", "Isolate", "Deceive", "Evict", "Restore"];

/// A weakness as the ontology has it.
pub(super) struct Weakness {
    pub(super) number: u16,
    pub(super) name: String,
    pub(super) parents: Vec<u16>,
}

pub(super) struct Ontology {
    graph: Graph,
}

impl Ontology {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let graph =
            read(&data::text(path)?, NAMESPACE).with_context(|| format!("read {}", path.display()))?;
        Ok(Self { graph })
    }

    fn text(&self, class: &str, predicate: &'static str) -> Option<&str> {
        self.graph.objects(class, predicate).find_map(Node::text)
    }

    fn parents(&self, class: &str) -> impl Iterator<Item = &str> {
        self.graph.objects(class, "rdfs:subClassOf").filter_map(Node::name)
    }

    /// The class and everything above it.
    fn above<'a>(&'a self, class: &'a str) -> Vec<&'a str> {
        let mut seen = vec![class];
        let mut at = 0;
        while let Some(next) = seen.get(at) {
            let parents: Vec<&str> = self.parents(next).filter(|parent| !seen.contains(parent)).collect();
            seen.extend(parents);
            at += 1;
        }
        seen
    }

    /// Verb and class of every restriction on a class: `subClassOf [ onProperty V; someValuesFrom C ]`.
    fn restrictions(&self, class: &str) -> Vec<(&str, &str)> {
        self.graph
            .objects(class, "rdfs:subClassOf")
            .filter_map(|node| match node {
                Node::Blank(number) => self.graph.blanks.get(*number),
                _ => None,
            })
            .filter_map(|facts| {
                let verb = objects(facts, "owl:onProperty").find_map(Node::name)?;
                Some((verb, objects(facts, "owl:someValuesFrom").find_map(Node::name)?))
            })
            .collect()
    }

    /// Restrictions on things: not on tactics, and not on other techniques.
    fn links(&self, class: &str) -> Vec<(&str, &str)> {
        let abstracts = ["DefensiveTactic", "OffensiveTactic", "DefensiveTechnique", "OffensiveTechnique"];
        let mut links = self.restrictions(class);
        links.retain(|(_, thing)| !self.above(thing).iter().any(|above| abstracts.contains(above)));
        links.sort_unstable();
        links.dedup();
        links
    }

    fn link_cell(&self, class: &str) -> String {
        let links = self.links(class);
        links.iter().map(|(verb, thing)| format!("{verb} {thing}")).collect::<Vec<_>>().join(",")
    }

    /// Classes with an id of this kind below this class: id -> class.
    fn numbered(&self, predicate: &'static str, below: &str) -> BTreeMap<&str, &str> {
        self.graph
            .subjects
            .keys()
            .filter(|class| self.above(class).contains(&below))
            .filter_map(|class| Some((self.text(class, predicate)?, class.as_str())))
            .collect()
    }

    fn tactic(&self, class: &str) -> Result<&str> {
        let enabled = self
            .above(class)
            .into_iter()
            .flat_map(|above| self.restrictions(above))
            .find(|(verb, thing)| *verb == "enables" && TACTICS.contains(thing));
        Ok(enabled.with_context(|| format!("{class} enables no tactic"))?.1)
    }

    pub(super) fn tables(&self) -> Result<BTreeMap<&'static str, String>> {
        let defences = self.numbered("d3fend-id", "DefensiveTechnique");
        let attacks = self.numbered("attack-id", "OffensiveTechnique");
        let id_of: BTreeMap<&str, &str> = defences.iter().map(|(id, class)| (*class, *id)).collect();
        let mut things = BTreeSet::new();
        let mut techniques = String::new();
        for (id, class) in &defences {
            things.extend(self.links(class).into_iter().flat_map(|(_, thing)| self.above(thing)));
            let parents: Vec<&str> =
                self.parents(class).filter_map(|parent| id_of.get(parent).copied()).collect();
            let label = self.text(class, "rdfs:label").with_context(|| format!("{class} has no label"))?;
            let (tactic, parents, links) = (self.tactic(class)?, parents.join(","), self.link_cell(class));
            techniques.push_str(&row(&[id, class, label, tactic, &parents, &links])?);
        }
        let mut offences = String::new();
        for (id, class) in &attacks {
            if id != class {
                bail!("the class of {id} is {class}");
            }
            things.extend(self.links(class).into_iter().flat_map(|(_, thing)| self.above(thing)));
            offences.push_str(&row(&[id, &self.link_cell(class)])?);
        }
        let mut artifacts = String::new();
        for thing in things {
            let label = self.text(thing, "rdfs:label").unwrap_or(thing);
            let parents: Vec<&str> = self.parents(thing).collect();
            artifacts.push_str(&row(&[thing, label, &parents.join(",")])?);
        }
        Ok(BTreeMap::from([
            ("d3fend-techniques.tsv", techniques),
            ("d3fend-attack.tsv", offences),
            ("d3fend-artifacts.tsv", artifacts),
        ]))
    }

    /// The ontology's copy of CWE, sorted by number.
    pub(super) fn weaknesses(&self) -> Vec<Weakness> {
        let number = |id: &str| id.strip_prefix("CWE-").and_then(|digits| digits.parse().ok());
        let mut found: Vec<Weakness> = self
            .graph
            .subjects
            .keys()
            .filter_map(|class| {
                let mut parents: Vec<u16> = self.parents(class).filter_map(number).collect();
                parents.sort_unstable();
                Some(Weakness {
                    number: number(self.text(class, "cwe-id")?)?,
                    name: self.text(class, "rdfs:label")?.to_owned(),
                    parents,
                })
            })
            .collect();
        found.sort_by_key(|weakness| weakness.number);
        found
    }
}
