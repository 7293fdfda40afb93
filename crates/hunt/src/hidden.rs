//! Pages whose number stands in a body that the log does not have: the incident itself, in an access log.
//!
//! What is left of such a walk is its trace: one address asked again and again by one client with `POST`,
//! answers of nearly one size that are each another (ten records make about the same length, and never the
//! same), and, where the log has it, a request that grows by one byte when the page number gets a digit.
//!
//! Bound: [`Hidden::MOST`] clients at an endpoint of 48 bytes. Eviction rule: the newcomer takes the place
//! of whoever has fewer answers, else wears it down by one.

/// Smallest answer that can be a page of records.
const SMALLEST: u64 = 200;
/// Bytes of the leanest record that tells of a person: a name and a contact, in JSON.
const LEAN_RECORD: u64 = 48;
/// Records that a page holds by habit, where nothing says another number.
pub(crate) const PAGE: u32 = 10;

#[derive(Clone, Copy, Debug, Default)]
struct Trace {
    key: u64,
    answers: u32,
    smallest: u64,
    largest: u64,
    /// One bit for each size, by hash.
    sizes: u64,
    /// The last request's length, and how often it grew by one and never fell.
    asked: u64,
    grew: u8,
    fell: bool,
}

/// Clients that ask one endpoint again and again.
#[derive(Clone, Debug)]
pub(crate) struct Hidden {
    places: Vec<Trace>,
}

/// What an answer adds to a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trail {
    /// Answers so far whose sizes were each another.
    pub(crate) distinct: u16,
    /// Whether all sizes lie within a factor of two.
    pub(crate) narrow: bool,
    /// Whether the requests grew with the digits of a number.
    pub(crate) digits: bool,
}

impl Hidden {
    const MOST: usize = 1 << 14;
    pub(crate) const MOST_BYTES: usize = Self::MOST * size_of::<Trace>();

    pub(crate) fn new() -> Self {
        Self { places: vec![Trace::default(); Self::MOST] }
    }

    /// Takes an answer of `sent` bytes to a request of `asked` bytes in. `None`: it adds nothing.
    pub(crate) fn take(&mut self, key: u64, sent: u64, asked: Option<u64>) -> Option<Trail> {
        if sent < SMALLEST {
            return None;
        }
        let at = usize::try_from(key % u64::try_from(Self::MOST).unwrap_or(1)).unwrap_or(0);
        let trace = self.places.get_mut(at)?;
        if trace.key != key {
            if trace.answers > 1 {
                trace.answers -= 1;
                return None;
            }
            *trace = Trace { key, smallest: sent, largest: sent, ..Trace::default() };
        }
        trace.answers = trace.answers.saturating_add(1);
        (trace.smallest, trace.largest) = (trace.smallest.min(sent), trace.largest.max(sent));
        if let Some(asked) = asked {
            match asked.checked_sub(trace.asked) {
                _ if trace.asked == 0 => {}
                Some(1) => trace.grew = trace.grew.saturating_add(1),
                Some(0) => {}
                _ => trace.fell = true,
            }
            trace.asked = asked;
        }
        let bit = 1u64 << (crate::hash::mix(sent, 3) & 63);
        // In 64 places, a full half says nothing any more: then each answer counts as another.
        let is_new = trace.sizes & bit == 0 || trace.sizes.count_ones() >= 32;
        trace.sizes |= bit;
        if !is_new {
            return None;
        }
        let distinct =
            trace.sizes.count_ones().max(if trace.sizes.count_ones() >= 32 { trace.answers / 2 } else { 0 });
        Some(Trail {
            distinct: u16::try_from(distinct).unwrap_or(u16::MAX),
            narrow: trace.largest <= trace.smallest.saturating_mul(2),
            digits: trace.grew > 0 && !trace.fell,
        })
    }
}

/// How many records an answer can hold at most.
pub(crate) fn most_records(sent: Option<u64>) -> Option<u32> {
    sent.map(|sent| u32::try_from((sent / LEAN_RECORD).max(1)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail(answers: impl Iterator<Item = (u64, u64)>) -> Option<Trail> {
        let mut hidden = Hidden::new();
        answers.filter_map(|(sent, asked)| hidden.take(9, sent, Some(asked))).last()
    }

    #[test]
    fn pages_behind_one_address_leave_a_trail() {
        let digits = |page: u64| if page < 10 { 11 } else { 12 };
        let trail = trail((1..=30).map(|page| (1500 + page * 7919 % 97, digits(page)))).unwrap();
        assert!(trail.distinct >= 20 && trail.narrow && trail.digits, "{trail:?}");
    }

    #[test]
    fn a_poller_and_a_search_leave_none() {
        assert_eq!(trail((0..200).map(|nth| (if nth == 0 { 100 } else { 150 }, 11))), None, "too small");
        let poller = trail((0..200).map(|_| (900, 11))).unwrap();
        assert_eq!(poller.distinct, 1);
        let search = trail((0..30).map(|nth| (300 + nth * 400, 20 + nth % 7))).unwrap();
        assert!(!search.narrow && !search.digits);
    }
}
