//! Times of which the ledger is lost: what was charged then is not known, and must not be free again.

use smallvec::SmallVec;

/// Spans kept apart. Beyond, the two nearest become one that covers both: more counts as lost, never
/// less.
pub(crate) const MOST_SPANS: usize = 16;

/// Spans of time in seconds, in order, none touching another. At most [`MOST_SPANS`]; they come from
/// the disk and no client can make one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lost {
    spans: SmallVec<[(u32, u32); 2]>,
}

impl Lost {
    /// Adds a span.
    pub(crate) fn note(&mut self, from: u32, until: u32) {
        let (mut from, mut until) = (from.min(until), until);
        self.spans.retain(|&mut (other_from, other_until)| {
            let apart = other_until < from || other_from > until;
            if !apart {
                (from, until) = (from.min(other_from), until.max(other_until));
            }
            apart
        });
        let place = self.spans.partition_point(|&(other, _)| other < from);
        self.spans.insert(place, (from, until));
        if self.spans.len() > MOST_SPANS {
            self.join_nearest();
        }
    }

    fn join_nearest(&mut self) {
        let gaps = self.spans.windows(2).map(|pair| match pair {
            [(_, until), (from, _)] => from.saturating_sub(*until),
            _ => u32::MAX,
        });
        let Some((place, _)) = gaps.enumerate().min_by_key(|&(_, gap)| gap) else { return };
        if place.saturating_add(1) < self.spans.len() {
            let (_, until) = self.spans.remove(place.saturating_add(1));
            if let Some(span) = self.spans.get_mut(place) {
                span.1 = until;
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The seconds of each span that a window which began at `since` still sees.
    pub(crate) fn reaching(&self, since: u32) -> impl Iterator<Item = u32> {
        let seen = self.spans.iter().filter(move |&&(_, until)| until >= since);
        seen.map(move |&(from, until)| until.saturating_sub(from.max(since)))
    }

    /// Seconds until a window of `secs` seconds sees nothing of them any more.
    pub(crate) fn leaves_in(&self, now: u32, secs: u32) -> u32 {
        let last = self.spans.last().map_or(0, |&(_, until)| until);
        last.saturating_add(secs).saturating_add(1).saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The slow model is the list of all spans: no second of them may be forgotten.
        #[test]
        fn no_second_is_forgotten_however_many_spans_come(
            spans in prop::collection::vec((0_u32..5000, 0_u32..200), 1..60)
        ) {
            let mut lost = Lost::default();
            for &(from, length) in &spans {
                lost.note(from, from + length);
            }
            prop_assert!(lost.spans.len() <= MOST_SPANS);
            prop_assert!(lost.spans.windows(2).all(|pair| pair[0].1 < pair[1].0), "{:?}", lost.spans);
            for &(from, length) in &spans {
                prop_assert!(lost.spans.iter().any(|&(f, u)| f <= from && from + length <= u));
            }
        }
    }
}
