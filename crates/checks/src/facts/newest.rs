//! Versions of what operations' paths begin with.

use std::collections::HashMap;

use super::path;

/// For every beginning of the operations' paths, without their version, the operations by which the
/// version grew. A tree of segments; at most one node for each segment of each operation.
#[derive(Debug, Default)]
pub(super) struct Newest {
    /// From a node (0 is the root) and a segment to the node below.
    below: HashMap<(usize, String), usize>,
    /// By node less one the operations that have a higher version than all before them; the root's
    /// stand alone.
    root: Vec<(u64, usize)>,
    nodes: Vec<Vec<(u64, usize)>>,
}

impl Newest {
    /// Adds the operation `at`, whose path is `shape`. Operations come in their order.
    pub(super) fn push(&mut self, at: usize, shape: Vec<String>) {
        let (Some(version), rest) = path::unversioned(shape) else { return };
        grow(&mut self.root, version, at);
        let mut node = 0;
        for segment in rest {
            let next = self.nodes.len() + 1;
            node = *self.below.entry((node, segment)).or_insert(next);
            if node == next {
                self.nodes.push(Vec::new());
            }
            if let Some(grown) = self.nodes.get_mut(node - 1) {
                grow(grown, version, at);
            }
        }
    }

    /// The first operation above `version` whose path without its version begins with `rest`.
    pub(super) fn first_newer(&self, version: u64, rest: &[String]) -> Option<usize> {
        let mut node = 0;
        for segment in rest {
            node = *self.below.get(&(node, segment.clone()))?;
        }
        let grown = node.checked_sub(1).map_or(Some(&self.root), |node| self.nodes.get(node))?;
        grown.iter().find(|(other, _)| *other > version).map(|(_, at)| *at)
    }
}

/// Keeps only what is above all before it: the first above any version is among these.
fn grow(grown: &mut Vec<(u64, usize)>, version: u64, at: usize) {
    if grown.last().is_none_or(|(last, _)| version > *last) {
        grown.push((version, at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape() -> impl Strategy<Value = Vec<String>> {
        let segments = prop::sample::select(vec!["v1", "v2", "v3", "a", "b", "{}", ""]);
        prop::collection::vec(segments.prop_map(str::to_owned), 0..5)
    }

    proptest! {
        /// The tree against a walk over all operations.
        #[test]
        fn the_tree_finds_what_a_walk_over_all_operations_finds(
            shapes in prop::collection::vec(shape(), 0..20), version in 0_u64..4, rest in shape(),
        ) {
            let version = version * 1000;
            let mut newest = Newest::default();
            shapes.iter().enumerate().for_each(|(at, shape)| newest.push(at, shape.clone()));
            let slow = shapes.iter().position(|shape| {
                let (other, path) = path::unversioned(shape.clone());
                other.is_some_and(|other| other > version) && path.starts_with(&rest)
            });
            prop_assert_eq!(newest.first_newer(version, &rest), slow);
        }
    }
}
