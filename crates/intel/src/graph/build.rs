//! A graph in the making: nodes by id, edges by the ids of their ends.

use std::collections::{BTreeMap, BTreeSet};

use super::{Edge, Graph, NODES_MAX, Node, NodeKind, Provenance, Relation};
use crate::model::{Span, Status};

/// An edge whose ends are named.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) relation: Relation,
    pub(super) provenance: Provenance,
    pub(super) status: Status,
    pub(super) because: String,
    pub(super) spans: Vec<Span>,
}

/// The nodes and edges so far.
#[derive(Default)]
pub(super) struct Build {
    nodes: BTreeMap<String, Node>,
    links: Vec<Link>,
    left_out: BTreeSet<String>,
}

impl Build {
    /// Adds a node; one of the same id keeps its words, gains spans, and takes the stronger status.
    pub(super) fn node(&mut self, node: Node) {
        if let Some(known) = self.nodes.get_mut(&node.id) {
            known.status = known.status.min(node.status);
            for span in node.spans {
                if !known.spans.contains(&span) {
                    known.spans.push(span);
                }
            }
        } else if self.nodes.len() < NODES_MAX {
            self.nodes.insert(node.id.clone(), node);
        } else {
            self.left_out.insert(node.id);
        }
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.nodes.contains_key(id)
    }

    pub(super) fn link(&mut self, link: Link) {
        self.links.push(link);
    }

    /// Sorted, each pair of ends and relation once; edges without both ends fall away.
    pub(super) fn finish(self) -> Graph {
        let mut nodes: Vec<Node> = self.nodes.into_values().collect();
        nodes.sort_by(|one, other| (one.kind, &one.id).cmp(&(other.kind, &other.id)));
        let index: BTreeMap<&str, usize> =
            nodes.iter().enumerate().map(|(nth, node)| (node.id.as_str(), nth)).collect();
        let mut edges: BTreeMap<(usize, usize, Relation), Edge> = BTreeMap::new();
        for link in self.links {
            let (Some(&from), Some(&to)) = (index.get(link.from.as_str()), index.get(link.to.as_str()))
            else {
                continue;
            };
            if from == to {
                continue;
            }
            // Two reasons for one edge: what the report says comes before what a knowledge base has.
            edges
                .entry((from, to, link.relation))
                .and_modify(|edge| {
                    if link.provenance < edge.provenance {
                        edge.provenance = link.provenance;
                        edge.because.clone_from(&link.because);
                        edge.spans.clone_from(&link.spans);
                    }
                    edge.status = edge.status.min(link.status);
                })
                .or_insert(Edge {
                    from,
                    to,
                    relation: link.relation,
                    provenance: link.provenance,
                    status: link.status,
                    because: link.because,
                    spans: link.spans,
                });
        }
        Graph { edges: edges.into_values().collect(), nodes, left_out: self.left_out.len() }
    }
}

/// A node without a moment.
pub(super) fn node(
    id: String,
    kind: NodeKind,
    label: &str,
    status: Status,
    because: &str,
    spans: &[Span],
) -> Node {
    Node {
        id,
        kind,
        label: label.to_owned(),
        detail: String::new(),
        status,
        because: because.to_owned(),
        spans: spans.to_vec(),
        at: None,
    }
}
