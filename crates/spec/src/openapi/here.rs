//! A value of a document, with the file in which it stands.
//!
//! File 0 is the document itself; others are the files that it refers to ([`super::library`]).

use crate::tree::{Key, Mapping, Node, Span};

/// A value, and its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Here<'t> {
    pub(super) file: usize,
    pub(super) node: &'t Node,
}

/// A stretch of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct At {
    pub(super) file: usize,
    pub(super) span: Span,
}

impl<'t> Here<'t> {
    pub(super) const fn new(file: usize, node: &'t Node) -> Self {
        Self { file, node }
    }

    /// Another value of the same file.
    pub(super) const fn with(self, node: &'t Node) -> Self {
        Self { file: self.file, node }
    }

    /// Where it stands.
    pub(super) const fn at(self) -> At {
        At { file: self.file, span: self.node.span }
    }

    /// A stretch of its file.
    pub(super) const fn spot(self, span: Span) -> At {
        At { file: self.file, span }
    }

    pub(super) fn get(self, key: &str) -> Option<Self> {
        self.node.get(key).map(|node| self.with(node))
    }

    pub(super) const fn mapping(self) -> Option<&'t Mapping> {
        self.node.mapping()
    }

    pub(super) fn text(self) -> Option<&'t str> {
        self.node.text()
    }

    pub(super) fn entries(self) -> impl Iterator<Item = (&'t Key, Self)> {
        self.node.entries().map(move |(key, node)| (key, self.with(node)))
    }

    pub(super) fn items(self) -> impl Iterator<Item = Self> {
        self.node.items().iter().map(move |node| self.with(node))
    }

    /// Whether both are the same value at the same place of the same tree.
    pub(super) fn is(self, other: Self) -> bool {
        std::ptr::eq(self.node, other.node)
    }
}
