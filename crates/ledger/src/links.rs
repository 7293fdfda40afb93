//! Which digests belong to one person: disjoint sets, joined by the records that showed both keys.

use domain::SubjectDigest;

use crate::mix::DigestMap;

/// Disjoint sets of digests. At most `most` digests; a new one beyond that is not taken in.
#[derive(Debug)]
pub struct Links {
    nodes: DigestMap<u32>,
    parents: Vec<u32>,
    most: usize,
}

impl Links {
    /// Empty sets for at most `most` digests (24 bytes and a little each).
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { nodes: DigestMap::default(), parents: Vec::new(), most }
    }

    /// Joins the digests of one record into one person; a node of theirs, or `None` when full.
    pub fn join(&mut self, digests: &[SubjectDigest]) -> Option<u32> {
        let (first, aliases) = digests.split_first()?;
        let mut root = self.node(*first)?;
        for alias in aliases {
            if let Some(other) = self.node(*alias) {
                root = self.union(root, other);
            }
        }
        Some(root)
    }

    /// The node that stands for the person behind `node`. Equal for all that were joined.
    pub fn root(&mut self, node: u32) -> u32 {
        let mut at = node;
        while let Some(parent) = self.parent(at).filter(|parent| *parent != at) {
            // Halving the path keeps look-ups near constant without recursion.
            let above = self.parent(parent).unwrap_or(parent);
            self.point(at, above);
            at = above;
        }
        at
    }

    /// The digests known so far.
    pub fn digests(&self) -> impl Iterator<Item = (SubjectDigest, u32)> {
        self.nodes.iter().map(|(digest, node)| (*digest, *node))
    }

    fn node(&mut self, digest: SubjectDigest) -> Option<u32> {
        if let Some(node) = self.nodes.get(&digest) {
            return Some(*node);
        }
        if self.nodes.len() >= self.most {
            return None;
        }
        let node = u32::try_from(self.parents.len()).ok()?;
        self.parents.push(node);
        self.nodes.insert(digest, node);
        Some(node)
    }

    fn union(&mut self, one: u32, other: u32) -> u32 {
        let (one, other) = (self.root(one), self.root(other));
        // The older node stands for both, so the outcome does not depend on chance.
        let (root, child) = (one.min(other), one.max(other));
        self.point(child, root);
        root
    }

    fn parent(&self, node: u32) -> Option<u32> {
        self.parents.get(usize::try_from(node).ok()?).copied()
    }

    fn point(&mut self, node: u32, to: u32) {
        if let Some(parent) = usize::try_from(node).ok().and_then(|node| self.parents.get_mut(node)) {
            *parent = to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    use proptest::prelude::*;

    fn digest(n: u8) -> SubjectDigest {
        SubjectDigest::new([n; 16])
    }

    proptest! {
        /// The slow, obvious way: repaint whole groups until nothing changes.
        #[test]
        fn the_same_persons_as_by_repainting(
            records in prop::collection::vec(prop::collection::vec(0_u8..30, 1..4), 0..40)
        ) {
            let mut links = Links::new(1000);
            let mut colours: HashMap<u8, usize> = HashMap::new();
            for (nth, record) in records.iter().enumerate() {
                links.join(&record.iter().map(|n| digest(*n)).collect::<Vec<_>>());
                let old: Vec<usize> = record.iter().filter_map(|n| colours.get(n).copied()).collect();
                colours.values_mut().filter(|c| old.contains(c)).for_each(|c| *c = nth + 100);
                record.iter().for_each(|n| { colours.insert(*n, nth + 100); });
            }
            let roots: HashMap<_, _> = links.digests().collect();
            for (a, colour_a) in &colours {
                for (b, colour_b) in &colours {
                    let same = links.root(roots[&digest(*a)]) == links.root(roots[&digest(*b)]);
                    prop_assert_eq!(same, colour_a == colour_b);
                }
            }
        }
    }

    #[test]
    fn a_full_table_takes_no_new_digest_and_keeps_the_old() {
        let mut links = Links::new(2);
        assert!(links.join(&[digest(1), digest(2)]).is_some());
        assert_eq!(links.join(&[digest(3)]), None);
        let node = links.join(&[digest(2), digest(4)]).unwrap();
        assert_eq!(links.root(node), 0);
    }
}
