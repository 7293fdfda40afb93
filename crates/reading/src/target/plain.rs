//! The reading of a target that is canonical as it stands, without a copy: what nearly every line of a log
//! has.

use smallvec::SmallVec;

use super::fault::Faults;
use super::{Pair, Part, Target, path, query};

/// A target that is its own canonical form, and its parts: those of [`Target::parse`], which reads all
/// others.
///
/// ```
/// use reading::target::Plain;
/// let plain = Plain::read("/orders/17?page=3").unwrap();
/// assert_eq!(plain.segments().as_slice(), ["orders", "17"]);
/// assert_eq!(plain.query().collect::<Vec<_>>(), [("page", "3")]);
/// assert!(Plain::read("/orders/%31").is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Plain<'r> {
    raw: &'r str,
    path: &'r str,
    segments: SmallVec<[Part; 8]>,
    query: SmallVec<[Pair; 4]>,
}

impl<'r> Plain<'r> {
    /// `None` where the target is not its own canonical form, or has no reading.
    #[must_use]
    pub fn read(raw: &'r str) -> Option<Self> {
        if raw.len() > Target::MOST_BYTES || !raw.starts_with('/') {
            return None;
        }
        let (path, query) = raw.split_once('?').map_or((raw, None), |(path, query)| (path, Some(query)));
        if !path::is_canonical(path) || !query.is_none_or(query::is_canonical) {
            return None;
        }
        let mut faults = Faults::default();
        let segments = path::split(path, &mut faults).ok()?;
        let query = match query {
            Some(query) => query::split(query, path.len() + 1, &mut faults).ok()?,
            None => SmallVec::new(),
        };
        Some(Self { raw, path, segments, query })
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &'r str {
        self.path
    }

    /// As [`Target::segments`].
    #[must_use]
    pub fn segments(&self) -> SmallVec<[&'r str; 8]> {
        self.segments.iter().map(|part| self.text(*part)).collect()
    }

    /// As [`Target::query`].
    pub fn query(&self) -> impl Iterator<Item = (&'r str, &'r str)> + '_ {
        self.query.iter().map(|pair| (self.text(pair.name), self.text(pair.value)))
    }

    fn text(&self, part: Part) -> &'r str {
        self.raw.get(usize::from(part.start)..usize::from(part.end)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn it_reads_as_the_target_itself_does(raw in "/[a-c/.%?&=;+ 12\\\\é]{0,24}") {
            if let Some(plain) = Plain::read(&raw) {
                let target = Target::parse(&raw).unwrap();
                proptest::prop_assert_eq!(plain.segments(), target.segments());
                proptest::prop_assert_eq!(plain.query().collect::<Vec<_>>(), target.query().collect::<Vec<_>>());
                proptest::prop_assert_eq!(plain.path(), target.path());
            }
        }

        #[test]
        fn a_canonical_target_without_escapes_is_plain(raw in "/[a-c/.?&=12]{0,24}") {
            if let Ok(target) = Target::parse(&raw) {
                let canonical = target.path_and_query().as_str();
                proptest::prop_assert!(Plain::read(canonical).is_some(), "{raw}");
            }
        }
    }
}
