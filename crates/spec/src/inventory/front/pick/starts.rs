//! Which of many path matches can match a path at all, without asking each.
//!
//! A filter: it never leaves out one that matches, and what it names must still be asked. Costs one
//! look-up for each length that the texts have, not one comparison for each text.

use std::collections::{BTreeSet, HashMap};

use crate::inventory::PathMatch;

/// Path matches by the text with which each path that they match begins. Bounded by them.
#[derive(Debug, Default)]
pub(super) struct Starts {
    /// Positions by text, in their order; of those that name no text by the empty one.
    texts: HashMap<Box<str>, Vec<usize>>,
    lengths: BTreeSet<usize>,
    known: usize,
}

impl Starts {
    pub(super) fn new<'p>(paths: impl Iterator<Item = &'p PathMatch>) -> Self {
        let mut starts = Self::default();
        paths.for_each(|path| starts.push(path));
        starts
    }

    /// Adds the next one.
    pub(super) fn push(&mut self, path: &PathMatch) {
        let text = start(path);
        self.lengths.insert(text.len());
        self.texts.entry(text.into()).or_default().push(self.known);
        self.known += 1;
    }

    /// Positions of those that can match `path`, in their order.
    pub(super) fn find(&self, path: &str) -> Vec<usize> {
        let lengths = self.lengths.range(..=path.len());
        let beginnings = lengths.filter_map(|length| self.texts.get(path.get(..*length)?));
        let mut found: Vec<usize> = beginnings.flatten().copied().collect();
        found.sort_unstable();
        found
    }
}

/// A text with which every path begins that `path` matches.
fn start(path: &PathMatch) -> &str {
    match path {
        PathMatch::Exact(text) | PathMatch::Prefix(text) | PathMatch::FirmPrefix(text) => text,
        PathMatch::Segments(text) => text.trim_end_matches('/'),
        PathMatch::Template(text) => text.split('{').next().unwrap_or_default(),
        PathMatch::Within { outer, inner } => longer(start(outer), start(inner)),
        PathMatch::All(parts) => parts.iter().map(start).fold("", longer),
        PathMatch::Any | PathMatch::Regex { .. } | PathMatch::Not(_) => "",
    }
}

fn longer<'t>(one: &'t str, other: &'t str) -> &'t str {
    if other.len() > one.len() { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::super::fit::{Fit, Fitter};
    use super::*;
    use proptest::prelude::*;

    fn path() -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(vec!["/", "a", "b", "/a", "/ab", "é", "{id}"]), 0..6)
            .prop_map(|parts| parts.concat())
    }

    fn matching() -> impl Strategy<Value = PathMatch> {
        let leaf = (0_u8..7, path()).prop_map(|(kind, text)| match kind {
            0 => PathMatch::Any,
            1 => PathMatch::Exact(text.as_str().into()),
            2 => PathMatch::Prefix(text.as_str().into()),
            3 => PathMatch::FirmPrefix(text.as_str().into()),
            4 => PathMatch::Segments(text.as_str().into()),
            5 => PathMatch::Template(text.as_str().into()),
            _ => PathMatch::Regex { pattern: "^/a".into(), ignore_case: false, whole: false },
        });
        leaf.prop_recursive(3, 8, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(PathMatch::All),
                inner.clone().prop_map(|part| PathMatch::Not(Box::new(part))),
                (inner.clone(), inner).prop_map(|(outer, inner)| PathMatch::Within {
                    outer: Box::new(outer),
                    inner: Box::new(inner)
                }),
            ]
        })
    }

    proptest! {
        /// The fast way against asking each.
        #[test]
        fn none_that_matches_is_left_out(all in prop::collection::vec(matching(), 0..12), asked in path()) {
            let found = Starts::new(all.iter()).find(&asked);
            prop_assert!(found.is_sorted());
            for (at, one) in all.iter().enumerate() {
                if Fitter::new(one).fit(&asked) != Fit::No {
                    prop_assert!(found.contains(&at), "{one:?} matches {asked:?}");
                }
            }
        }
    }
}
