//! The page: complete, inert, and laid out so that nothing covers anything.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use std::collections::BTreeSet;

use base64::Engine;
use graph::layout::{BOX_WIDTH, layout};
use intel::{Edge, Graph, Intel, Node, NodeKind, Provenance, Relation, Status};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const REPORT: &str = "# A shop's API\n\nThe API asked for no authentication (CWE-306). In May 2031 a researcher \
     sent POST requests to the API and downloaded 5,000 of 27,000 customer records with names and email \
     addresses. ATT&CK: T1190. Inbound Traffic Filtering (D3-ITF) is recommended.";

fn made(report: &str) -> (Intel, Graph, String) {
    let intel = intel::understand(report.as_bytes(), "report.md").unwrap();
    let graph = intel::graph(&intel);
    let page = graph::page(&intel, &graph, report.as_bytes());
    (intel, graph, page)
}

/// What stands between `<NAME ...>` and its end, each.
fn elements<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    page.split(&open)
        .skip(1)
        .filter_map(|rest| rest.split_once('>').map(|(_, rest)| rest.split(&close).next().unwrap()))
        .collect()
}

fn data(page: &str) -> serde_json::Value {
    let start = page.find("id=\"data\"").unwrap();
    let (_, rest) = page[start..].split_once('>').unwrap();
    serde_json::from_str(rest.split("</script>").next().unwrap()).unwrap()
}

#[test]
fn every_claim_and_every_link_stands_in_the_picture_and_in_a_table() {
    let (_, graph, page) = made(REPORT);
    let data = data(&page);
    assert_eq!(data["nodes"].as_array().unwrap().len(), graph.nodes.len());
    assert_eq!(data["edges"].as_array().unwrap().len(), graph.edges.len());
    let tables = elements(&page, "tbody");
    assert_eq!(tables[0].matches("<tr data-row=").count(), graph.nodes.len());
    assert_eq!(tables[1].matches("<tr data-row=").count(), graph.edges.len());
}

#[test]
fn a_technique_leads_to_its_sentence_and_the_sentence_back() {
    let (intel, graph, page) = made(REPORT);
    let data = data(&page);
    let nth = graph.nodes.iter().position(|node| node.id == "technique:T1190").unwrap();
    let said = data["nodes"][nth]["said"][0].as_u64().unwrap();
    let statement = &intel.statements[usize::try_from(said).unwrap()];
    assert!(statement.text.contains("T1190"), "{}", statement.text);
    let line = page.split("<a ").find(|link| link.contains(&format!("id=\"s{said}\""))).unwrap();
    let nodes = line.split("data-nodes=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(nodes.split(' ').any(|node| node == nth.to_string()), "{nodes}");
}

#[test]
fn the_policy_allows_what_stands_in_the_page_and_nothing_else() {
    let (_, _, page) = made(REPORT);
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).unwrap();
    let policy = policy.split('"').next().unwrap().replace("&#39;", "'");
    let hash = |text: &str| {
        format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text)))
    };
    let scripts = elements(&page, "script");
    assert_eq!(scripts.len(), 3, "data, library, ours");
    for script in &scripts[1..] {
        assert!(policy.contains(&hash(script)), "a script is not allowed");
    }
    for style in elements(&page, "style") {
        assert!(policy.contains(&hash(style)), "a style is not allowed");
    }
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.contains(" onclick=") && !page.contains("javascript:"), "behaviour in mark-up");
}

#[test]
fn what_is_in_the_tree_of_the_library_is_what_its_sum_says() {
    let library = include_str!("../vendor/cytoscape.min.js");
    let sum: String = Sha256::digest(library).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(include_str!("../vendor/SHA256SUMS").starts_with(&sum));
    assert!(!library.contains("</script"), "it would end its element");
}

#[test]
fn a_hostile_report_stays_text() {
    for payload in [
        "<script>alert(1)</script>",
        "</script><img src=x onerror=alert(1)>",
        "\"><svg onload=alert(1)>",
        "<!--<script>",
        "\u{2028}alert(1)\u{2029}",
        "=HYPERLINK(\"http://h.example\")",
        "'-alert(1)-'",
        "{{constructor.constructor('alert(1)')()}}",
    ] {
        let report = format!(
            "{payload} API leak\n\nThe company {payload} Shop confirmed that a researcher downloaded 5,000 \
             records with names. He used the path /api/{payload}/customers and {payload}.\n"
        );
        let intel = intel::understand(report.as_bytes(), "report.txt").unwrap();
        let mut graph = intel::graph(&intel);
        // Whatever the reading makes of it: the payload is in every text that a graph can have.
        for node in &mut graph.nodes {
            node.id.push_str(payload);
            node.label.push_str(payload);
            node.detail.push_str(payload);
            node.because.push_str(payload);
        }
        for edge in &mut graph.edges {
            edge.because.push_str(payload);
        }
        let page = graph::page(&intel, &graph, report.as_bytes());
        let (before, rest) = page.split_once("<script").unwrap();
        assert!(
            !before.contains("<img") && !before.contains("<svg") && !before.contains("<!--"),
            "{payload}"
        );
        assert_eq!(elements(&page, "script").len(), 3, "{payload}");
        let data_text = rest.split_once('>').unwrap().1.split("</script>").next().unwrap();
        assert!(!data_text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{payload}");
        let value: serde_json::Value = serde_json::from_str(data_text).unwrap();
        // What a browser obeys and does not show has a sign in its place.
        let shown = payload.replace(['\u{2028}', '\u{2029}'], "\u{fffd}");
        assert!(value["nodes"][0]["label"].as_str().unwrap().ends_with(&shown), "it is shown as it stands");
    }
}

fn any_graph() -> impl Strategy<Value = Graph> {
    let kinds = [
        NodeKind::Report,
        NodeKind::Incident,
        NodeKind::Identity,
        NodeKind::Frame,
        NodeKind::Technique,
        NodeKind::Consequence,
        NodeKind::Tactic,
        NodeKind::Owasp,
        NodeKind::Defence,
        NodeKind::Data,
        NodeKind::Number,
        NodeKind::Event,
        NodeKind::Observable,
        NodeKind::Erratum,
    ];
    let nodes = proptest::collection::vec(proptest::sample::select(kinds.to_vec()), 1..200);
    (nodes, proptest::collection::vec((any::<u16>(), any::<u16>()), 0..300)).prop_map(|(mut kinds, ends)| {
        kinds.sort();
        let nodes: Vec<Node> = kinds.into_iter().enumerate().map(|(nth, kind)| node(nth, kind)).collect();
        let count = nodes.len();
        let edges = ends
            .into_iter()
            .map(|(from, to)| (usize::from(from) % count, usize::from(to) % count))
            .filter(|(from, to)| from != to)
            .map(|(from, to)| Edge {
                from,
                to,
                relation: Relation::RelatedTo,
                provenance: Provenance::Inferred,
                status: Status::Suggested,
                because: "test".to_owned(),
                spans: Vec::new(),
            })
            .collect();
        Graph { nodes, edges, left_out: 0 }
    })
}

fn node(nth: usize, kind: NodeKind) -> Node {
    Node {
        id: format!("node:{nth:05}"),
        kind,
        label: format!("node {nth}"),
        detail: String::new(),
        status: Status::Stated,
        because: "test".to_owned(),
        spans: Vec::new(),
        at: None,
    }
}

fn apart(graph: &Graph) {
    let laid = layout(graph);
    assert_eq!(laid.places.len(), graph.nodes.len());
    let mut boxes: Vec<(i32, i32)> = laid.places.iter().map(|place| (place.x, place.y)).collect();
    boxes.extend(laid.headings.iter().map(|heading| (heading.place.x, heading.place.y)));
    let distinct: BTreeSet<(i32, i32)> = boxes.iter().copied().collect();
    assert_eq!(distinct.len(), boxes.len(), "two at one place");
    boxes.sort_unstable();
    for (nth, one) in boxes.iter().enumerate() {
        for other in boxes[nth + 1..].iter().take_while(|other| other.0 - one.0 < BOX_WIDTH) {
            assert!((other.1 - one.1).abs() >= 36, "{one:?} covers {other:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_box_covers_another_and_the_same_graph_has_the_same_picture(graph in any_graph()) {
        apart(&graph);
        prop_assert_eq!(layout(&graph), layout(&graph));
    }
}

#[test]
fn five_thousand_nodes_have_a_picture_that_is_wider_than_high() {
    let nodes: Vec<Node> = (0..5_000)
        .map(|nth| node(nth, if nth < 1_000 { NodeKind::Technique } else { NodeKind::Observable }))
        .collect();
    let graph = Graph { nodes, edges: Vec::new(), left_out: 0 };
    apart(&graph);
    let laid = layout(&graph);
    let (wide, high) = (laid.places.iter().map(|p| p.x).max(), laid.places.iter().map(|p| p.y).max());
    assert!(wide > high && high.unwrap() < 7_000, "{wide:?} x {high:?}");
}
