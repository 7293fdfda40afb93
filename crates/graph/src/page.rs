//! The page.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use intel::{Discourse, Graph, Intel, NodeKind, Provenance};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::data::{data, statements};
use crate::pane::{Pane, shown};
use crate::texts::{heading, provenance, status};

/// Cytoscape.js: draws, zooms, finds what is under the pointer.
const LIBRARY: &str = include_str!("../vendor/cytoscape.min.js");
/// What is ours: filters, search, from a node to its sentence and back.
const SCRIPT: &str = include_str!("page.js");
const STYLE: &str = include_str!("page.css");

/// The graph of a report as a page that stands alone: some 500 KB, of which most is the library.
///
/// Lists of nodes and edges are complete, whatever is filtered in the picture. `bytes` are the report's.
///
/// # Security
/// Every text of the report is escaped by `maud`, or is JSON without `<`, `>` and `&`; the policy in the
/// page allows two scripts and one style by hash, and nothing else: no network, no frame, no form.
#[must_use]
pub fn page(intel: &Intel, graph: &Graph, bytes: &[u8]) -> String {
    let spans = graph.nodes.iter().map(|node| &node.spans).chain(graph.edges.iter().map(|edge| &edge.spans));
    let pane = Pane::new(intel, spans.flatten().copied(), bytes);
    let title = shown(intel.title.as_ref().map_or("Incident report", |claim| claim.id.as_str()));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width";
                title { (title) }
                // The id is what the library looks for before it would add a style of its own.
                style id="__________cytoscape_stylesheet" { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    p { (summary(intel, graph)) }
                    p { "Read: " (intel.how_much_was_read()) "." }
                }
                (controls(graph))
                main {
                    div #picture role="img" aria-label="Graph of the claims. The tables below have the same content." {
                        noscript { "The picture needs scripts. The tables and the text below have the same content." }
                    }
                    div #beside {
                        section #detail aria-live="polite" aria-label="What was chosen" { p { "Choose a node or a link in the picture, in a table, or by a sentence of the report." } }
                        (text(intel, graph, &pane))
                    }
                }
                (timeline(graph))
                (nodes(graph))
                (edges(graph))
                footer {
                    p {
                        @for base in &intel.knowledge { (base.name) " " (base.version) ". " }
                        "Report SHA-256 " code { (intel.source.sha256) } ". Drawn by Cytoscape.js (MIT)."
                    }
                }
                script #data type="application/json" { (PreEscaped(json(intel, graph, &pane, bytes))) }
                script { (PreEscaped(LIBRARY)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn policy() -> String {
    let [library, script, style] = [LIBRARY, SCRIPT, STYLE].map(|text| STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; script-src 'sha256-{library}' 'sha256-{script}'; style-src 'sha256-{style}'; \
         img-src data:; base-uri 'none'; form-action 'none'"
    )
}

/// The data as JSON that no parser of HTML can leave: only inside strings do these characters occur.
fn json(intel: &Intel, graph: &Graph, pane: &Pane, bytes: &[u8]) -> String {
    // Texts and whole numbers only: it cannot fail.
    let plain = serde_json::to_string(&data(intel, graph, pane, bytes)).unwrap_or_default();
    let mut safe = String::with_capacity(plain.len());
    for letter in plain.chars() {
        match letter {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            // Within strings only: what stands between them is ASCII on one line.
            _ if intel::is_obeyed(letter) => {
                // Writing to a String cannot fail.
                let _ = write!(safe, "\\u{:04x}", u32::from(letter));
            }
            _ => safe.push(letter),
        }
    }
    safe
}

fn summary(intel: &Intel, graph: &Graph) -> Markup {
    html! {
        (graph.nodes.len()) " claims and " (graph.edges.len()) " links of one report"
        @if !intel.is_incident { ", which tells of no incident" }
        ". Each claim points to its sentences, each link says where it comes from."
        @if graph.left_out > 0 { " " (graph.left_out) " claims are left out: only so many are drawn." }
    }
}

fn controls(graph: &Graph) -> Markup {
    let mut kinds: Vec<NodeKind> = graph.nodes.iter().map(|node| node.kind).collect();
    kinds.dedup();
    html! {
        form #controls autocomplete="off" {
            label { "Search " input #search type="search"; }
            output #found {}
            button #fit type="button" { "Whole picture" }
            fieldset {
                legend { "Where a link comes from" }
                @for of in [Provenance::Report, Provenance::Knowledge, Provenance::Inferred] {
                    label { input type="checkbox" name="provenance" value=(provenance(of)) checked; span.line.(class_of(of)) {} (provenance(of)) }
                }
            }
            fieldset {
                legend { "How it stands in the report" }
                @for of in ["stated", "claimed", "hypothetical", "suggested"] {
                    label { input type="checkbox" name="status" value=(of) checked; (of) }
                }
            }
            details {
                summary { "Kinds" }
                @for kind in kinds {
                    label { input type="checkbox" name="kind" value=(heading(kind)) checked; (heading(kind)) }
                }
            }
        }
    }
}

fn class_of(of: Provenance) -> &'static str {
    match of {
        Provenance::Report => "report",
        Provenance::Knowledge => "knowledge",
        Provenance::Inferred => "inferred",
    }
}

fn timeline(graph: &Graph) -> Markup {
    let mut events: Vec<(usize, &intel::Node)> =
        graph.nodes.iter().enumerate().filter(|(_, node)| node.at.is_some()).collect();
    events.sort_by_key(|(nth, node)| (node.at.as_ref().map_or(0, |when| when.order), *nth));
    html! {
        section {
            h2 { "Timeline" }
            @if events.is_empty() { p { "The report orders nothing." } }
            ol #timeline {
                @for (nth, node) in events {
                    li { (choose(nth, &shown(&node.label))) " " (date(node)) " " small { (status(node.status)) } }
                }
            }
        }
    }
}

fn date(node: &intel::Node) -> &str {
    node.at.as_ref().and_then(|when| when.date.as_deref()).unwrap_or_default()
}

/// A button that chooses a node.
fn choose(nth: usize, label: &str) -> Markup {
    html! { button.node type="button" data-node=(nth) { (label) } }
}

/// The report's own words; each statement from which nodes come is a link to them.
fn text(intel: &Intel, graph: &Graph, pane: &Pane) -> Markup {
    let mut of: Vec<Vec<usize>> = vec![Vec::new(); intel.statements.len()];
    for (nth, node) in graph.nodes.iter().enumerate() {
        for statement in statements(intel, &node.spans) {
            if let Some(list) = of.get_mut(statement) {
                list.push(nth);
            }
        }
    }
    let role = |nth: usize| intel.statements.get(nth).map_or("", |one| word(one.role));
    html! {
        section #report {
            h2 { "The report" }
            div #text tabindex="0" {
                @for piece in &pane.pieces {
                    @match piece.statement {
                        Some(nth) => @match of.get(nth).filter(|nodes| !nodes.is_empty()) {
                            Some(nodes) => a.said.(role(nth)) id=(format!("s{nth}")) href=(format!("#s{nth}")) data-nodes=(joined(nodes)) title=(role(nth)) { (piece.text) },
                            None => span.(role(nth)) id=(format!("s{nth}")) title=(role(nth)) { (piece.text) },
                        },
                        None => (piece.text),
                    }
                }
            }
            @if pane.is_cut { p { "The report is longer: only its beginning is shown." } }
        }
    }
}

fn joined(nodes: &[usize]) -> String {
    nodes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

const fn word(role: Discourse) -> &'static str {
    match role {
        Discourse::Stated => "stated",
        Discourse::Claimed => "claimed",
        Discourse::Hypothetical => "hypothetical",
        Discourse::Negated => "negated",
        Discourse::Recommended => "recommended",
        Discourse::Consequence => "consequence",
        Discourse::Boilerplate => "boilerplate",
    }
}

fn nodes(graph: &Graph) -> Markup {
    html! {
        section {
            h2 { "Claims" }
            table #nodes {
                thead { tr { th { "Claim" } th { "Kind" } th { "Status" } th { "Why" } th { "More" } } }
                tbody {
                    @for (nth, node) in graph.nodes.iter().enumerate() {
                        tr data-row=(nth) {
                            td { (choose(nth, &shown(&node.label))) }
                            td { (heading(node.kind)) }
                            td { (status(node.status)) }
                            td { (shown(&node.because)) }
                            td { (shown(&node.detail)) }
                        }
                    }
                }
            }
        }
    }
}

fn edges(graph: &Graph) -> Markup {
    let end = |nth: usize| {
        html! { @if let Some(node) = graph.nodes.get(nth) { (choose(nth, &shown(&node.label))) } }
    };
    html! {
        section {
            h2 { "Links" }
            table #edges {
                thead { tr { th { "From" } th { "Link" } th { "To" } th { "Comes from" } th { "Status" } th { "Why" } } }
                tbody {
                    @for (nth, edge) in graph.edges.iter().enumerate() {
                        tr data-row=(nth) {
                            td { (end(edge.from)) }
                            td { button.link type="button" data-edge=(nth) { (edge.relation.word()) } }
                            td { (end(edge.to)) }
                            td { (provenance(edge.provenance)) }
                            td { @if edge.provenance != Provenance::Knowledge { (status(edge.status)) } }
                            td { (shown(&edge.because)) }
                        }
                    }
                }
            }
        }
    }
}
