//! CWE: weaknesses, categories, their parents, and the attack patterns of CAPEC they name.
//!
//! Of CAPEC only the ids are known, and only those that a weakness names.

use std::sync::LazyLock;

use crate::table::{self, find, list, number};

/// What kind of entry it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A weakness, which a finding or a vulnerability may be mapped to.
    Weakness,
    /// A category: a shelf for weaknesses, which CWE asks not to map to.
    Category,
    /// Withdrawn by CWE.
    Deprecated,
}

/// A weakness or category.
#[derive(Debug)]
pub struct Weakness {
    /// 639 for CWE-639.
    pub number: u16,
    /// Its name.
    pub name: &'static str,
    /// What kind of entry it is.
    pub kind: Kind,
    parents: &'static str,
    patterns: &'static str,
}

impl Weakness {
    /// `CWE-639`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("CWE-{}", self.number)
    }

    /// The more general weaknesses right above it.
    pub fn parents(&self) -> impl Iterator<Item = &'static Weakness> + use<> {
        list(self.parents).filter_map(number).filter_map(weakness)
    }

    /// Numbers of the attack patterns (62 for CAPEC-62) that CWE links to it.
    pub fn patterns(&self) -> impl Iterator<Item = u16> + use<> {
        list(self.patterns).filter_map(number)
    }

    /// Whether it is `other` or a special case of it.
    #[must_use]
    pub fn is_within(&self, other: u16) -> bool {
        let mut above = vec![self.number];
        // Each weakness is visited once, so that the walk ends whatever the table says.
        let mut at = 0;
        while let Some(&next) = above.get(at) {
            if next == other {
                return true;
            }
            for parent in weakness(next).into_iter().flat_map(Weakness::parents) {
                if !above.contains(&parent.number) {
                    above.push(parent.number);
                }
            }
            at += 1;
        }
        false
    }
}

/// All entries, sorted by number.
#[must_use]
pub fn weaknesses() -> &'static [Weakness] {
    static TABLE: LazyLock<Vec<Weakness>> = LazyLock::new(|| {
        table::rows(include_str!("../data/cwe.tsv"), |mut cells| {
            let (id, kind, name) = (cells.next(), cells.next(), cells.next());
            let kind = match kind {
                "category" => Kind::Category,
                "deprecated" => Kind::Deprecated,
                _ => Kind::Weakness,
            };
            let number = number(id).unwrap_or_default();
            Weakness { number, name, kind, parents: cells.next(), patterns: cells.next() }
        })
    });
    &TABLE
}

/// The entry with this number.
#[must_use]
pub fn weakness(number: u16) -> Option<&'static Weakness> {
    find(weaknesses(), &number, |weakness| weakness.number)
}

/// The entry with this name, whatever the case.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Weakness> {
    weaknesses().iter().find(|weakness| weakness.name.eq_ignore_ascii_case(name))
}

/// Weaknesses that name this attack pattern.
pub fn exploited_by(pattern: u16) -> impl Iterator<Item = &'static Weakness> {
    weaknesses().iter().filter(move |weakness| weakness.patterns().any(|named| named == pattern))
}

/// Whether any weakness names this attack pattern.
#[must_use]
pub fn is_pattern(pattern: u16) -> bool {
    exploited_by(pattern).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weakness_has_its_name_its_parents_and_its_patterns() {
        let bypass = weakness(639).unwrap();
        assert_eq!(bypass.id(), "CWE-639");
        assert_eq!(bypass.parents().map(|parent| parent.number).collect::<Vec<_>>(), [863]);
        assert!(weakness(306).unwrap().patterns().any(|pattern| pattern == 62));
        assert!(exploited_by(62).any(|weakness| weakness.number == 306));
        assert_eq!(by_name("missing authorization").unwrap().number, 862);
    }

    #[test]
    fn a_special_case_is_within_what_is_above_it_and_not_the_other_way() {
        for (number, other, within) in
            [(639, 639, true), (639, 863, true), (639, 284, true), (863, 639, false), (306, 862, false)]
        {
            assert_eq!(weakness(number).unwrap().is_within(other), within, "{number} in {other}");
        }
    }

    #[test]
    fn categories_are_told_from_weaknesses() {
        assert_eq!(weakness(16).unwrap().kind, Kind::Category);
        assert_eq!(weakness(862).unwrap().kind, Kind::Weakness);
    }
}
