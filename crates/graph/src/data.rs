//! What the script of the page reads: nodes with their places, edges, and which statements belong to which.

use intel::{Graph, Intel, Node, Span};
use serde::Serialize;

use crate::layout::{BOX_WIDTH, Layout, layout};
use crate::pane::{Pane, shown};
use crate::texts::{heading, provenance, status};

/// Most statements that a node or an edge points to.
const MOST_STATEMENTS: usize = 64;
/// Most bytes of the report that a quotation has.
const QUOTE_BYTES_MAX: usize = 400;

/// Everything of the picture.
#[derive(Serialize)]
pub(crate) struct Data<'a> {
    width: i32,
    headings: Vec<Words>,
    nodes: Vec<Shown<'a>>,
    edges: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Words {
    text: &'static str,
    x: i32,
    y: i32,
}

#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    kind: intel::NodeKind,
    heading: &'static str,
    label: String,
    detail: String,
    status: &'static str,
    because: &'a str,
    x: i32,
    y: i32,
    /// Indices of statements.
    said: Vec<usize>,
    /// Places in the text of the pane, in UTF-16 units.
    marks: Vec<(usize, usize)>,
    /// The bytes of the report, where no statement has them.
    quotes: Vec<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    from: usize,
    to: usize,
    relation: &'static str,
    provenance: &'static str,
    status: &'static str,
    because: &'a str,
    said: Vec<usize>,
    marks: Vec<(usize, usize)>,
}

/// The data of the page.
pub(crate) fn data<'a>(intel: &'a Intel, graph: &'a Graph, pane: &Pane, bytes: &[u8]) -> Data<'a> {
    let Layout { places, headings } = layout(graph);
    let words = headings.iter().map(|one| Words { text: heading(one.kind), x: one.place.x, y: one.place.y });
    let nodes = graph.nodes.iter().zip(places).map(|(node, place)| {
        let said = statements(intel, &node.spans);
        Shown {
            id: &node.id,
            kind: node.kind,
            heading: heading(node.kind),
            label: shown(&node.label),
            detail: shown(&node.detail),
            status: status(node.status),
            because: &node.because,
            x: place.x,
            y: place.y,
            marks: marks(pane, &node.spans),
            quotes: unsaid(intel, node, bytes),
            said,
        }
    });
    let lines = graph.edges.iter().map(|edge| Line {
        from: edge.from,
        to: edge.to,
        relation: edge.relation.word(),
        provenance: provenance(edge.provenance),
        status: status(edge.status),
        because: &edge.because,
        said: statements(intel, &edge.spans),
        marks: marks(pane, &edge.spans),
    });
    Data { width: BOX_WIDTH, headings: words.collect(), nodes: nodes.collect(), edges: lines.collect() }
}

fn marks(pane: &Pane, spans: &[Span]) -> Vec<(usize, usize)> {
    spans.iter().filter_map(|span| pane.mark(*span)).take(MOST_STATEMENTS).collect()
}

/// The statements that share a byte with one of `spans`, in the order of the report.
pub(crate) fn statements(intel: &Intel, spans: &[Span]) -> Vec<usize> {
    let mut found: Vec<usize> = spans
        .iter()
        .flat_map(|span| {
            // Statements do not overlap and stand in the order of the report.
            let from = intel.statements.partition_point(|one| one.span.end <= span.start);
            let rest = intel.statements.iter().enumerate().skip(from);
            rest.take_while(|(_, one)| one.span.start < span.end).map(|(nth, _)| nth)
        })
        .take(MOST_STATEMENTS)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The bytes of those spans that no statement has: headings, ids in tables, indicators.
fn unsaid(intel: &Intel, node: &Node, bytes: &[u8]) -> Vec<String> {
    let spans = node.spans.iter().filter(|span| statements(intel, &[**span]).is_empty());
    let quotes = spans.take(8).filter_map(|span| {
        let end = span.end.min(span.start.saturating_add(QUOTE_BYTES_MAX));
        bytes.get(span.start..end).map(|part| shown(&String::from_utf8_lossy(part)))
    });
    quotes.collect()
}
