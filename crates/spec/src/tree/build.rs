//! Events to a tree, within the bounds.
//!
//! INVARIANT (bounded-tree): no tree is deeper than `MOST_DEPTH` nor has more nodes than
//! `MOST_NODES`, whatever aliases it uses. So walks over a tree may recurse.

use std::collections::HashMap;

use crate::tree::error::{Duplicate, TreeError};
use crate::tree::node::{Entry, Key, Mapping, Node, Span, Value};
use crate::tree::{MOST_DEPTH, MOST_NODES};

/// Most duplicate keys that one error tells.
const MOST_DUPLICATES: usize = 16;

/// Takes values in the order of the text and puts them in their places.
#[derive(Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    anchors: HashMap<usize, Anchored>,
    duplicates: Vec<Duplicate>,
}

/// A sequence or mapping whose end has not been seen.
struct Open {
    start: Span,
    anchor: usize,
    inside: Inside,
}

enum Inside {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<Entry>, key: Option<Key>, merging: Option<Span>, merged: Vec<Node> },
}

/// A finished anchored node, and what one more copy of it costs.
struct Anchored {
    node: Node,
    nodes: usize,
    height: usize,
}

/// Why a copy of an anchored node could not be placed.
pub(super) enum AliasFault {
    Unfinished,
    Bound(TreeError),
    Merge(Span),
}

impl From<TreeError> for AliasFault {
    fn from(error: TreeError) -> Self {
        Self::Bound(error)
    }
}

impl Builder {
    /// A builder that has `nodes` already: those of the documents before this one.
    pub(super) fn after(nodes: usize) -> Self {
        Self { nodes, ..Self::default() }
    }

    /// How many nodes there are so far.
    pub(super) const fn nodes(&self) -> usize {
        self.nodes
    }

    /// Whether the next value is a mapping's key.
    pub(super) fn wants_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open { inside: Inside::Mapping { key: None, merging: None, .. }, .. })
        )
    }

    /// Sets the key of the next value. Only where [`Self::wants_key`].
    pub(super) fn key(&mut self, new: Key) {
        if let Some(Open { inside: Inside::Mapping { key, .. }, .. }) = self.open.last_mut() {
            *key = Some(new);
        }
    }

    /// Makes the next value of this mapping one to merge (`<<`). Only where [`Self::wants_key`].
    pub(super) fn merge_key(&mut self, at: Span) {
        if let Some(Open { inside: Inside::Mapping { merging, .. }, .. }) = self.open.last_mut() {
            *merging = Some(at);
        }
    }

    pub(super) fn open_sequence(&mut self, start: Span, anchor: usize) -> Result<(), TreeError> {
        self.push_open(Open { start, anchor, inside: Inside::Sequence(Vec::new()) })
    }

    pub(super) fn open_mapping(&mut self, start: Span, anchor: usize) -> Result<(), TreeError> {
        let inside = Inside::Mapping { entries: Vec::new(), key: None, merging: None, merged: Vec::new() };
        self.push_open(Open { start, anchor, inside })
    }

    fn push_open(&mut self, open: Open) -> Result<(), TreeError> {
        if self.open.len() >= MOST_DEPTH {
            return Err(TreeError::TooDeep { at: open.start });
        }
        self.count(1, open.start)?;
        self.open.push(open);
        Ok(())
    }

    fn count(&mut self, nodes: usize, at: Span) -> Result<(), TreeError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MOST_NODES {
            return Err(TreeError::TooManyNodes { at });
        }
        Ok(())
    }

    /// Ends the innermost sequence or mapping at byte `end`.
    ///
    /// Returns the place of a merge value that is no mapping, if there is one.
    pub(super) fn close(&mut self, end: u32) -> Result<(), Span> {
        let Some(Open { start, anchor, inside }) = self.open.pop() else { return Ok(()) };
        let span = Span { end: end.max(start.start), ..start };
        let value = match inside {
            Inside::Sequence(items) => Value::Sequence(items),
            Inside::Mapping { mut entries, merged, .. } => {
                merge(&mut entries, merged)?;
                let duplicates = &mut self.duplicates;
                Value::Mapping(Mapping::new(entries, |first, again| {
                    if duplicates.len() < MOST_DUPLICATES {
                        duplicates.push(Duplicate {
                            key: first.text.chars().take(80).collect(),
                            first: first.span,
                            again: again.span,
                        });
                    }
                }))
            }
        };
        let node = Node { value, span };
        if anchor > 0 {
            self.remember(anchor, &node);
        }
        self.place(node);
        Ok(())
    }

    /// Places a scalar.
    pub(super) fn scalar(&mut self, node: Node, anchor: usize) -> Result<(), TreeError> {
        self.count(1, node.span)?;
        if anchor > 0 {
            self.remember(anchor, &node);
        }
        self.place(node);
        Ok(())
    }

    /// Places a copy of the node that `anchor` names, used at `at`.
    pub(super) fn alias(&mut self, anchor: usize, at: Span) -> Result<(), AliasFault> {
        let Some(anchored) = self.anchors.get(&anchor) else { return Err(AliasFault::Unfinished) };
        let node = if self.wants_key() {
            // A key must be text; the reader says so.
            match anchored.node.text() {
                Some(text) => {
                    let key = Key { text: text.into(), span: at };
                    self.key(key);
                    return Ok(());
                }
                None => return Err(AliasFault::Merge(at)),
            }
        } else {
            let (nodes, height) = (anchored.nodes, anchored.height);
            if self.open.len() + height > MOST_DEPTH {
                return Err(TreeError::TooDeep { at }.into());
            }
            // Counted before it is copied: a bomb is refused before it costs memory.
            self.nodes = self.nodes.saturating_add(nodes);
            if self.nodes > MOST_NODES {
                return Err(TreeError::TooManyNodes { at }.into());
            }
            self.anchors.get(&anchor).map(|anchored| anchored.node.clone())
        };
        if let Some(node) = node {
            self.place(node);
        }
        Ok(())
    }

    fn remember(&mut self, anchor: usize, node: &Node) {
        let (nodes, height) = measure(node);
        // The remembered copy is memory too.
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= MOST_NODES {
            self.anchors.insert(anchor, Anchored { node: node.clone(), nodes, height });
        }
    }

    fn place(&mut self, node: Node) {
        match self.open.last_mut().map(|open| &mut open.inside) {
            None => self.root = Some(node),
            Some(Inside::Sequence(items)) => items.push(node),
            Some(Inside::Mapping { entries, key, merging, merged }) => {
                if merging.take().is_some() {
                    merged.push(node);
                } else if let Some(key) = key.take() {
                    entries.push(Entry { key, value: node });
                }
            }
        }
    }

    /// The whole tree.
    pub(super) fn finish(self) -> Result<Node, TreeError> {
        if !self.duplicates.is_empty() {
            return Err(TreeError::DuplicateKeys(self.duplicates));
        }
        if self.nodes > MOST_NODES {
            return Err(TreeError::TooManyNodes { at: Span::START });
        }
        Ok(self.root.unwrap_or(Node { value: Value::Null, span: Span::START }))
    }
}

/// Adds the entries of merged mappings whose keys `entries` does not have; earlier ones win.
fn merge(entries: &mut Vec<Entry>, merged: Vec<Node>) -> Result<(), Span> {
    if merged.is_empty() {
        return Ok(());
    }
    let mut seen: std::collections::HashSet<std::sync::Arc<str>> =
        entries.iter().map(|entry| entry.key.text.clone()).collect();
    for node in merged {
        let span = node.span;
        let mappings = match node.value {
            Value::Mapping(_) => vec![node],
            Value::Sequence(items) => items,
            _ => return Err(span),
        };
        for mapping in mappings {
            let span = mapping.span;
            let Value::Mapping(mapping) = mapping.value else { return Err(span) };
            for entry in mapping.entries() {
                if seen.insert(entry.key.text.clone()) {
                    entries.push(entry.clone());
                }
            }
        }
    }
    Ok(())
}

/// How many nodes, and how many levels of lists and mappings. Recurses at most `MOST_DEPTH` deep.
fn measure(node: &Node) -> (usize, usize) {
    let inner = |(nodes, height): (usize, usize), child: &Node| {
        let (more, high) = measure(child);
        (nodes + more, height.max(high))
    };
    let (nodes, height) = match &node.value {
        Value::Sequence(items) => items.iter().fold((0, 0), inner),
        Value::Mapping(mapping) => mapping.entries().iter().map(|entry| &entry.value).fold((0, 0), inner),
        _ => return (1, 0),
    };
    (nodes + 1, height + 1)
}
