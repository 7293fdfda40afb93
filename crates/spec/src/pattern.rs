//! A path segment in which parameters stand between fixed text: `{id}.json`, `{owner}-{repo}`.
//!
//! A [`PathTemplate`](domain::PathTemplate) knows only parameters that fill their segment. Reading
//! `{id}.json` as a whole parameter would let the operation cover its neighbours, in enforce mode
//! undeclared ones. So such a segment becomes a parameter whose name spells the pattern, with the
//! names in `<...>`: `/files/{<id>.json}`. The text of the template alone says what it matches, is
//! unique, and reads back; the [`router`](crate::router) returns the inner names and values.

use std::sync::Arc;

use smallvec::SmallVec;

/// A segment with fixed text and at least one parameter beside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Pattern {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Piece {
    Fixed(Arc<str>),
    /// The value is at least one character, and ends where the next fixed text first stands.
    Parameter(Arc<str>),
}

impl Pattern {
    /// The pattern that a parameter's name spells; `None` where it is a plain name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        if !name.contains(['<', '>']) {
            return None;
        }
        let mut pieces = Vec::new();
        let mut rest = name;
        while let Some((fixed, after)) = rest.split_once('<') {
            let (parameter, after) = after.split_once('>')?;
            if !fixed.is_empty() {
                pieces.push(Piece::Fixed(fixed.into()));
            }
            pieces.push(Piece::Parameter(parameter.into()));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Fixed(rest.into()));
        }
        Self::new(pieces)
    }

    /// `None` where two parameters touch, a name is empty or an inner sign stands in a text.
    pub(crate) fn new(pieces: Vec<Piece>) -> Option<Self> {
        let touching = pieces.windows(2).any(|pair| {
            matches!(pair, [Piece::Parameter(_), Piece::Parameter(_)] | [Piece::Fixed(_), Piece::Fixed(_)])
        });
        let fine = |piece: &Piece| match piece {
            Piece::Fixed(text) | Piece::Parameter(text) => {
                !text.is_empty() && !text.contains(['<', '>', '{', '}', '*'])
            }
        };
        let names = pieces.iter().filter(|piece| matches!(piece, Piece::Parameter(_))).count();
        (!touching && names > 0 && pieces.iter().all(fine)).then_some(Self { pieces })
    }

    /// The name that spells the pattern in a template.
    pub(crate) fn name(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Fixed(text) => text.to_string(),
                Piece::Parameter(name) => format!("<{name}>"),
            })
            .collect()
    }

    /// The names of its parameters from left to right.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Parameter(name) => Some(name),
            Piece::Fixed(_) => None,
        })
    }

    /// How much text is fixed: of two patterns, the one with more is asked first.
    pub(crate) fn fixed_bytes(&self) -> usize {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Fixed(text) => text.len(),
                Piece::Parameter(_) => 0,
            })
            .sum()
    }

    /// The pattern without its names: equal for patterns that match the same segments.
    pub(crate) fn shape(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Fixed(text) => text,
                Piece::Parameter(_) => "<>",
            })
            .collect()
    }

    /// The values of the parameters in `segment`; `None` where it does not match.
    pub(crate) fn capture<'s>(&self, segment: &'s str) -> Option<SmallVec<[&'s str; 2]>> {
        let mut values = SmallVec::new();
        let mut rest = segment;
        let mut pieces = self.pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Fixed(text) => rest = rest.strip_prefix(&**text)?,
                Piece::Parameter(_) => {
                    let first = rest.chars().next()?.len_utf8();
                    let value = match pieces.next() {
                        None => std::mem::take(&mut rest),
                        Some(Piece::Fixed(text)) if pieces.peek().is_none() => {
                            let value = rest.strip_suffix(&**text).filter(|value| !value.is_empty())?;
                            rest = "";
                            value
                        }
                        Some(Piece::Fixed(text)) => {
                            let at = first + rest.get(first..)?.find(&**text)?;
                            let (value, after) = rest.split_at_checked(at)?;
                            rest = after.strip_prefix(&**text)?;
                            value
                        }
                        Some(Piece::Parameter(_)) => return None,
                    };
                    values.push(value);
                }
            }
        }
        rest.is_empty().then_some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_reads_back_its_name_and_captures_between_fixed_text() {
        for (name, segment, values) in [
            ("<id>.json", "7.json", Some(vec!["7"])),
            ("<id>.json", ".json", None),
            ("<id>.json", "7.csv", None),
            ("<id>.json", "a.json.json", Some(vec!["a.json"])),
            ("a<id>", "a7", Some(vec!["7"])),
            ("a<id>", "b7", None),
            ("<owner>-<repo>", "x-y-z", Some(vec!["x", "y-z"])),
            ("<owner>-<repo>", "-y", None),
            ("<a>-<b>.gz", "--1.gz", Some(vec!["-", "1"])),
            ("Products(<key>)", "Products(5)", Some(vec!["5"])),
            ("<ü>é", "éé", Some(vec!["é"])),
        ] {
            let pattern = Pattern::of_name(name).unwrap();
            assert_eq!(pattern.name(), name);
            assert_eq!(pattern.capture(segment).map(|found| found.to_vec()), values, "{name} {segment}");
        }
        for name in ["id", "<a><b>", "<>x", "<a", "a>", "x<a<b>"] {
            assert!(Pattern::of_name(name).is_none(), "{name}");
        }
    }
}
