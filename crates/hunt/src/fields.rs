//! Which fields the lines of an input had: what can be seen in it, and what cannot.

use events::{Event, Field};

/// The fields that were there at least once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    seen: u64,
    looked: u32,
    has_millis: bool,
    is_zone_assumed: bool,
}

/// So many lines are looked at, and then one in sixty-four.
const FIRST: u32 = 4096;

impl Fields {
    pub(crate) fn take(&mut self, event: &Event<'_>) {
        self.looked = self.looked.wrapping_add(1);
        if self.looked > FIRST && !self.looked.is_multiple_of(64) {
            return;
        }
        for (nth, field) in Field::ALL.iter().enumerate() {
            self.seen |= u64::from(field.is_told(event)) << nth;
        }
        self.is_zone_assumed |= event.is_zone_assumed;
        self.has_millis |= event.at.is_some_and(|at| !at.millis().is_multiple_of(1000));
    }

    /// Whether some line told it.
    #[must_use]
    pub fn has(&self, field: Field) -> bool {
        Field::ALL.iter().zip(0..).any(|(known, nth)| *known == field && self.seen >> nth & 1 == 1)
    }

    /// Whether times have parts of a second.
    #[must_use]
    pub fn has_millis(&self) -> bool {
        self.has_millis
    }

    /// Whether times stand there without a zone, and were read as UTC.
    #[must_use]
    pub fn is_zone_assumed(&self) -> bool {
        self.is_zone_assumed
    }

    /// Whether no line gave an event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.looked == 0
    }
}
