//! The graph of a report: every edge has two ends and a reason, every node its place.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;

use intel::{Graph, NODES_MAX, NodeKind, Provenance, Relation, Status};

const REPORT: &str = "# A shop's API\n\nThe API asked for no authentication (CWE-306). In May 2031 a researcher \
     sent POST requests to the API and downloaded 5,000 of 27,000 customer records with names and email \
     addresses, ten per request. He stopped by himself and deleted the data. No passwords were exposed. \
     ATT&CK: T1190. The company fixed the endpoint. Inbound Traffic Filtering (D3-ITF) is recommended.";

fn of(report: &str) -> Graph {
    intel::graph(&intel::understand(report.as_bytes(), "report.md").unwrap())
}

fn edge<'a>(graph: &'a Graph, from: &str, to: &str) -> Option<&'a intel::Edge> {
    graph.edges.iter().find(|edge| graph.nodes[edge.from].id == from && graph.nodes[edge.to].id == to)
}

#[test]
fn what_the_report_says_and_what_a_knowledge_base_has_are_told_apart() {
    let graph = of(REPORT);
    let uses = edge(&graph, "incident", "technique:T1190").unwrap();
    assert_eq!((uses.relation, uses.provenance), (Relation::Uses, Provenance::Report));
    let filters = edge(&graph, "defence:D3-ITF", "technique:T1190").unwrap();
    assert_eq!((filters.relation, filters.provenance), (Relation::Mitigates, Provenance::Knowledge));
    assert!(filters.because.starts_with("D3FEND 1.2.0: "), "{}", filters.because);
    let exposes = edge(&graph, "incident", "data:email").unwrap();
    assert_eq!((exposes.relation, exposes.provenance), (Relation::Exposes, Provenance::Report));
    let spares = edge(&graph, "incident", "data:not-credential").unwrap();
    assert_eq!(spares.relation, Relation::Spares);
}

#[test]
fn what_did_not_get_out_and_what_a_number_counts_is_seen_on_the_node() {
    let graph = of(REPORT);
    let labels: Vec<&str> = graph.nodes.iter().map(|node| node.label.as_str()).collect();
    for label in ["email", "credential: not exposed", "5000 records, accessed"] {
        assert!(labels.contains(&label), "{label} {labels:?}");
    }
}

#[test]
fn a_weakness_by_definition_hangs_at_the_frame_that_it_follows_from() {
    let graph = of(REPORT);
    let follows = edge(&graph, "frame:no-authentication", "owasp:API5:2023").unwrap();
    assert_eq!((follows.relation, follows.provenance), (Relation::Indicates, Provenance::Inferred));
}

#[test]
fn a_report_without_an_incident_has_no_incident() {
    let graph = of("Rate limits are advised for every API. Teams should ask for authentication.");
    assert!(graph.nodes.iter().all(|node| node.kind != NodeKind::Incident));
}

#[test]
fn a_graph_is_bounded_and_counts_what_it_leaves_out() {
    let bytes = b"Indicators of compromise\n\nhxxp://h[.]example/\n";
    let mut intel = intel::understand(bytes, "report.txt").unwrap();
    let observable = intel.observables[0].clone();
    intel.observables = (0..NODES_MAX + 500)
        .map(|nth| {
            let value = format!("http://h{nth}.example/");
            intel::Observable { value, ..observable.clone() }
        })
        .collect();
    let graph = intel::graph(&intel);
    assert_eq!(graph.nodes.len(), NODES_MAX);
    assert!(graph.left_out >= 500, "{}", graph.left_out);
    sound(&graph);
}

#[test]
fn every_report_of_the_corpus_has_a_sound_graph() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut waiting = vec![std::path::PathBuf::from(corpus)];
    let mut read = 0;
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let Ok(intel) = intel::understand(&bytes, &path.to_string_lossy()) else { continue };
            let graph = intel::graph(&intel);
            sound(&graph);
            assert_eq!(graph, intel::graph(&intel), "the same report, the same graph");
            for node in &graph.nodes {
                assert!(node.spans.iter().all(|span| span.start < span.end && span.end <= bytes.len()));
            }
            read += 1;
        }
    }
    assert!(read >= 41, "{read} reports");
}

fn sound(graph: &Graph) {
    let ids: BTreeSet<&str> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
    assert_eq!(ids.len(), graph.nodes.len(), "two nodes of one id");
    for node in &graph.nodes {
        assert!(!node.spans.is_empty() || node.kind == NodeKind::Report, "{} has no place", node.id);
    }
    let sorted = graph.edges.is_sorted_by_key(|edge| (edge.from, edge.to, edge.relation));
    assert!(sorted && graph.nodes.is_sorted_by_key(|node| (node.kind, node.id.clone())));
    for edge in &graph.edges {
        assert!(edge.from < graph.nodes.len() && edge.to < graph.nodes.len() && edge.from != edge.to);
        match edge.provenance {
            Provenance::Report => {
                assert!(!edge.spans.is_empty() && edge.status != Status::Suggested, "{edge:?}");
            }
            Provenance::Knowledge | Provenance::Inferred => assert!(!edge.because.is_empty(), "{edge:?}"),
        }
    }
}
