//! Where each node lies: columns from who to what can be done about it, so that labels never overlap and
//! edges mostly run from left to right.
//!
//! A layered drawing with fixed layers. Within a column nodes of one kind stay together, each kind under
//! its own heading; their order follows their neighbours (barycentre, [`SWEEPS`] sweeps), which takes most
//! crossings out. A kind that would be taller than the picture should be goes on beside itself.
//! Deterministic; O(sweeps x (edges + nodes log nodes)).

use intel::{Graph, NodeKind};
use serde::Serialize;

/// Sweeps over the columns. More change little.
const SWEEPS: usize = 4;
/// Width of a node's box, in the units of the picture (pixels at zoom 1).
pub const BOX_WIDTH: i32 = 220;
/// From the left edge of one box to that of the next beside it.
const STEP_X: i32 = 236;
/// From one box to the next below it.
const STEP_Y: i32 = 42;
/// Between columns.
const GAP_X: i32 = 90;
/// Rows of a kind before it goes on beside itself, at least.
const FEWEST_ROWS: usize = 24;

/// The columns, from left to right.
const COLUMNS: &[&[NodeKind]] = &[
    &[NodeKind::Identity, NodeKind::Infrastructure, NodeKind::Tool],
    &[NodeKind::Report, NodeKind::Incident, NodeKind::Data, NodeKind::Number],
    &[NodeKind::Frame, NodeKind::Event],
    &[NodeKind::Owasp, NodeKind::Weakness, NodeKind::AttackPattern, NodeKind::Vulnerability],
    &[NodeKind::Technique, NodeKind::Consequence],
    &[NodeKind::Tactic, NodeKind::Defence],
    &[NodeKind::Erratum, NodeKind::Observable],
];

/// A place in the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// From the left.
    pub x: i32,
    /// From above.
    pub y: i32,
}

/// The words over the nodes of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Heading {
    /// The kind.
    pub kind: NodeKind,
    /// Where the words stand.
    pub place: Place,
}

/// A picture without its colours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Layout {
    /// A place for each node of the graph, in its order.
    pub places: Vec<Place>,
    /// One for each kind that occurs.
    pub headings: Vec<Heading>,
}

/// Lays `graph` out.
#[must_use]
pub fn layout(graph: &Graph) -> Layout {
    let mut order: Vec<Vec<Vec<usize>>> = COLUMNS.iter().map(|kinds| groups(graph, kinds)).collect();
    let neighbours = neighbours(graph);
    let rows = rows(graph.nodes.len());
    let mut laid = place(graph, &order, rows);
    for _ in 0..SWEEPS {
        for group in order.iter_mut().flatten() {
            group.sort_by_key(|&node| (pull(node, &neighbours, &laid.places), node));
        }
        laid = place(graph, &order, rows);
    }
    laid
}

/// The nodes of each kind.
fn groups(graph: &Graph, kinds: &[NodeKind]) -> Vec<Vec<usize>> {
    let of = |kind: NodeKind| {
        let nodes = graph.nodes.iter().enumerate();
        nodes.filter(|(_, node)| node.kind == kind).map(|(nth, _)| nth).collect()
    };
    kinds.iter().map(|&kind| of(kind)).collect()
}

fn neighbours(graph: &Graph) -> Vec<Vec<usize>> {
    let mut neighbours = vec![Vec::new(); graph.nodes.len()];
    for edge in &graph.edges {
        for (one, other) in [(edge.from, edge.to), (edge.to, edge.from)] {
            if let Some(list) = neighbours.get_mut(one) {
                list.push(other);
            }
        }
    }
    neighbours
}

/// The mean height of a node's neighbours, itself where it has none. What everything hangs at pulls all
/// alike, so it changes no order.
fn pull(node: usize, neighbours: &[Vec<usize>], places: &[Place]) -> i64 {
    let around = neighbours.get(node).map(Vec::as_slice).unwrap_or_default();
    let heights = around.iter().filter_map(|&other| places.get(other)).map(|place| i64::from(place.y));
    let count = i64::try_from(around.len()).unwrap_or(i64::MAX);
    let own = places.get(node).map_or(0, |place| i64::from(place.y));
    heights.sum::<i64>().checked_div(count).unwrap_or(own)
}

/// Rows of one kind before it goes on beside itself: about as many as make a big picture two thirds as high as wide.
fn rows(nodes: usize) -> usize {
    nodes.saturating_mul(4).isqrt().max(FEWEST_ROWS)
}

fn place(graph: &Graph, order: &[Vec<Vec<usize>>], rows: usize) -> Layout {
    let mut laid = Layout { places: vec![Place::default(); graph.nodes.len()], headings: Vec::new() };
    let mut left = 0;
    for (column, kinds) in order.iter().zip(COLUMNS) {
        let mut top = 0;
        let mut beside = 0;
        for (group, &kind) in column.iter().zip(*kinds) {
            if group.is_empty() {
                continue;
            }
            laid.headings.push(Heading { kind, place: Place { x: left, y: top } });
            for (nth, &node) in group.iter().enumerate() {
                let (across, down) = (steps(nth / rows), steps(nth % rows));
                beside = beside.max(across);
                if let Some(place) = laid.places.get_mut(node) {
                    *place = Place {
                        x: left.saturating_add(across.saturating_mul(STEP_X)),
                        y: top.saturating_add(down.saturating_add(1).saturating_mul(STEP_Y)),
                    };
                }
            }
            let high = steps(group.len().min(rows)).saturating_add(2);
            top = top.saturating_add(high.saturating_mul(STEP_Y));
        }
        if top > 0 {
            left = left.saturating_add(beside.saturating_add(1).saturating_mul(STEP_X)).saturating_add(GAP_X);
        }
    }
    centre(&mut laid, order);
    laid
}

/// Moves each column down to the middle of the highest.
fn centre(laid: &mut Layout, order: &[Vec<Vec<usize>>]) {
    let bottom_of = |column: &Vec<Vec<usize>>, places: &[Place]| {
        column.iter().flatten().filter_map(|&node| places.get(node)).map(|place| place.y).max()
    };
    let highest = order.iter().filter_map(|column| bottom_of(column, &laid.places)).max().unwrap_or(0);
    let mut moved = Vec::new();
    for (column, kinds) in order.iter().zip(COLUMNS) {
        let Some(bottom) = bottom_of(column, &laid.places) else { continue };
        let down = highest.saturating_sub(bottom) / 2;
        moved.push((kinds, down));
        for &node in column.iter().flatten() {
            if let Some(place) = laid.places.get_mut(node) {
                place.y = place.y.saturating_add(down);
            }
        }
    }
    for heading in &mut laid.headings {
        if let Some((_, down)) = moved.iter().find(|(kinds, _)| kinds.contains(&heading.kind)) {
            heading.place.y = heading.place.y.saturating_add(*down);
        }
    }
}

fn steps(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX / 1_000)
}
