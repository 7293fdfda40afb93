//! Pages whose number stands in a body that the log does not have: the incident itself, in an access log.
//!
//! What is left of such a walk is its trace: one address asked again and again by one client with `POST`,
//! answers of nearly one size that are each another (ten records make about the same length, and never the
//! same), and, where the log has it, a request that grows by one byte when the page number gets a digit.
//!
//! Other answers among them (a search, a log-in, one odd size) take nothing away: what counts are the sizes
//! within a factor of about two in which most *different* sizes lie, and the odd ones must be a fourth of
//! all different sizes before they say that no list is read.
//!
//! Where the sizes repeat (records of one length), the pace is left: answers that could hold a page each, one
//! after the other without a pause that a person makes.
//!
//! Bound: [`Hidden::MOST`] clients at an endpoint of 112 bytes. Eviction rule: the newcomer takes the place
//! of whoever has fewer answers, else wears it down by one.

/// Smallest answer that can be a page of records.
const SMALLEST: u64 = 200;
/// Bytes of the leanest record that tells of a person: a name and a contact, in JSON.
pub(crate) const LEAN_RECORD: u64 = 48;
/// Records that a page holds by habit, where nothing says another number.
pub(crate) const PAGE: u32 = 10;
/// Half octaves of sizes that are told apart, from 128 bytes on: up to half a megabyte.
const BANDS: usize = 24;
/// So many of them beside each other hold sizes within a factor of two, wherever it begins.
const TOGETHER: usize = 3;
/// A pause of so many seconds ends a row of answers, ...
const PAUSE_SECS: u64 = 10;
/// ... and on average there are no more than so many from one answer of a row to the next.
const PACE_SECS: u64 = 3;

#[derive(Clone, Copy, Debug, Default)]
struct Trace {
    key: u64,
    answers: u32,
    /// One bit for each size, by hash.
    sizes: [u64; 4],
    /// Different sizes by half octaves; all are halved when one is full.
    bands: [u8; BANDS],
    /// The last request's length, and how often it grew by one and never fell.
    asked: u64,
    grew: u8,
    fell: bool,
    /// The row: answers without a long pause, the seconds of its first and its last.
    row: u32,
    since: u64,
    at: u64,
    /// Bytes of answers that were not counted yet.
    uncounted: u64,
}

impl Trace {
    /// Notes a size, of a body and in all; whether no answer had it before. In 256 places, a full half says
    /// nothing any more: then each answer counts as another.
    fn is_new(&mut self, [body, sent]: [u64; 2]) -> bool {
        let hash = crate::hash::mix(sent, 3);
        let is_full = self.distinct() >= 128;
        let Some(word) = self.sizes.get_mut(usize::try_from(hash >> 6 & 3).unwrap_or(0)) else {
            return false;
        };
        let bit = 1u64 << (hash & 63);
        let is_new = *word & bit == 0 || is_full;
        *word |= bit;
        if is_new && let Some(band) = self.bands.get_mut(band(body)) {
            *band = band.saturating_add(1);
            if *band == u8::MAX {
                self.bands.iter_mut().for_each(|band| *band /= 2);
            }
        }
        is_new
    }

    /// Adds an answer of second `at` to the row; how many answers it has, where they come at a quick pace.
    fn row(&mut self, at: u64) -> u32 {
        if self.row == 0 || at.saturating_sub(self.at) > PAUSE_SECS {
            (self.row, self.since) = (0, at);
        }
        (self.row, self.at) = (self.row.saturating_add(1), at.max(self.at));
        let is_quick = self.at - self.since.min(self.at) <= u64::from(self.row) * PACE_SECS;
        if is_quick { self.row } else { 0 }
    }

    /// Different sizes.
    fn distinct(&self) -> u32 {
        self.sizes.iter().map(|word| word.count_ones()).sum()
    }

    /// The first of the bands in which most sizes lie together, and how many do and how many in all.
    fn densest(&self) -> (usize, u32, u32) {
        let sum = |bands: &[u8]| bands.iter().map(|band| u32::from(*band)).sum::<u32>();
        let (mut first, mut most) = (0, 0);
        for (nth, bands) in self.bands.windows(TOGETHER).enumerate() {
            if sum(bands) > most {
                (first, most) = (nth, sum(bands));
            }
        }
        (first, most, sum(&self.bands))
    }
}

/// The half octave of a size.
fn band(sent: u64) -> usize {
    let sent = sent.clamp(128, 1 << 30);
    let octave = sent.ilog2();
    let is_upper = sent * sent >= 1 << (2 * octave + 1);
    let band = usize::try_from((octave - 7) * 2).unwrap_or(0) + usize::from(is_upper);
    band.min(BANDS - 1)
}

/// Clients that ask one endpoint again and again.
#[derive(Clone, Debug)]
pub(crate) struct Hidden {
    places: Vec<Trace>,
}

/// What an answer adds to a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trail {
    /// Answers so far whose sizes were each another, within a factor of about two.
    pub(crate) distinct: u16,
    /// Whether three in four different sizes are among them.
    pub(crate) narrow: bool,
    /// Whether the requests grew with the digits of a number.
    pub(crate) digits: bool,
    /// Whether no answer had this size before.
    pub(crate) is_another: bool,
    /// Answers in a row at a quick pace.
    pub(crate) row: u32,
    /// Bytes of this answer and of those before it that were not counted ([`Hidden::counts`]).
    pub(crate) uncounted: u64,
}

impl Hidden {
    const MOST: usize = 1 << 14;
    pub(crate) const MOST_BYTES: usize = Self::MOST * size_of::<Trace>();

    pub(crate) fn new() -> Self {
        Self { places: vec![Trace::default(); Self::MOST] }
    }

    /// Takes an answer at second `at` to a request of `asked` bytes in: the bytes of its body, and all of them.
    /// `None`: it adds nothing.
    pub(crate) fn take(
        &mut self,
        key: u64,
        [body, sent]: [u64; 2],
        asked: Option<u64>,
        at: u64,
    ) -> Option<Trail> {
        if body < SMALLEST {
            return None;
        }
        let trace = self.place(key)?;
        if trace.key != key {
            if trace.answers > 1 {
                trace.answers -= 1;
                return None;
            }
            *trace = Trace { key, ..Trace::default() };
        }
        trace.answers = trace.answers.saturating_add(1);
        if let Some(asked) = asked {
            match asked.checked_sub(trace.asked) {
                _ if trace.asked == 0 => {}
                Some(1) => trace.grew = trace.grew.saturating_add(1),
                Some(0) => {}
                _ => trace.fell = true,
            }
            trace.asked = asked;
        }
        let row = trace.row(at);
        trace.uncounted = trace.uncounted.saturating_add(sent);
        let is_another = trace.is_new([body, sent]);
        let (first, together, all) = trace.densest();
        if !(first..first + TOGETHER).contains(&band(body)) {
            return None;
        }
        let many = if trace.distinct() >= 128 { trace.answers / 2 } else { 0 };
        Some(Trail {
            distinct: u16::try_from(together.max(many)).unwrap_or(u16::MAX),
            narrow: together * 4 >= all * 3,
            digits: trace.grew > 0 && !trace.fell,
            is_another,
            row,
            uncounted: trace.uncounted,
        })
    }

    /// Notes that all answers so far are counted.
    pub(crate) fn counts(&mut self, key: u64) {
        if let Some(trace) = self.place(key).filter(|trace| trace.key == key) {
            trace.uncounted = 0;
        }
    }

    fn place(&mut self, key: u64) -> Option<&mut Trace> {
        let at = usize::try_from(key % u64::try_from(Self::MOST).unwrap_or(1)).unwrap_or(0);
        self.places.get_mut(at)
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
        answers.zip(0..).filter_map(|((sent, asked), at)| hidden.take(9, [sent; 2], Some(asked), at)).last()
    }

    #[test]
    fn a_row_is_as_long_as_there_is_no_long_pause_and_has_a_pace() {
        let row = |at: fn(u64) -> u64| {
            let mut hidden = Hidden::new();
            (0..200).filter_map(|nth| hidden.take(9, [900; 2], None, at(nth))).last().unwrap().row
        };
        assert_eq!(row(|nth| nth / 5), 200, "five a second");
        assert_eq!(row(|nth| nth * 3), 200);
        assert_eq!(row(|nth| nth * 4), 0, "too slow on average");
        assert_eq!(row(|nth| nth + nth / 50 * 11), 50, "a pause after each fifty");
        assert_eq!(row(|nth| 500 - nth), 200, "lines out of order");
    }

    #[test]
    fn what_was_not_counted_is_known_until_it_is() {
        let mut hidden = Hidden::new();
        let mut take = |counts: bool| {
            let uncounted = hidden.take(9, [900; 2], None, 7).unwrap().uncounted;
            if counts {
                hidden.counts(9);
            }
            uncounted
        };
        assert_eq!([false, true, false, false].map(&mut take), [900, 1800, 900, 1800]);
        hidden.counts(8 + (1 << 14));
        assert_eq!(
            hidden.take(9, [900; 2], None, 7).unwrap().uncounted,
            2700,
            "another's place is not touched"
        );
    }

    #[test]
    fn pages_behind_one_address_leave_a_trail() {
        let digits = |page: u64| if page < 10 { 11 } else { 12 };
        let trail = trail((1..=30).map(|page| (1500 + page * 7919 % 97, digits(page)))).unwrap();
        assert!(trail.distinct >= 20 && trail.narrow && trail.digits, "{trail:?}");
    }

    #[test]
    fn odd_sizes_among_pages_hide_none() {
        for odd in [1, 5, 9] {
            let sent = |page: u64| {
                if page % 40 < odd { 20_000 + page * 700 } else { 1500 + page * 7919 % 697 }
            };
            let trail = trail((0..40).map(|page| (sent(page), 11))).unwrap();
            assert!(trail.distinct >= 20 && trail.narrow, "{odd}: {trail:?}");
        }
        // The same odd answer, however often, is one odd size.
        let sent = |nth: u64| if nth.is_multiple_of(2) { 20_000 } else { 1500 + nth * 7919 % 697 };
        let trail = trail((0..40).map(|nth| (sent(nth), 11))).unwrap();
        assert!(trail.distinct >= 18 && trail.narrow, "{trail:?}");
    }

    #[test]
    fn sizes_within_a_factor_of_two_lie_in_three_bands() {
        for low in (200..20_000).step_by(37) {
            assert!(band(low * 2) - band(low) < TOGETHER, "{low}");
            assert!(band(low) <= band(low + 1));
        }
        assert_eq!((band(0), band(u64::MAX)), (0, BANDS - 1));
    }

    #[test]
    fn a_poller_and_a_search_leave_none() {
        assert_eq!(trail((0..200).map(|nth| (if nth == 0 { 100 } else { 150 }, 11))), None, "too small");
        let poller = trail((0..200).map(|_| (900, 11))).unwrap();
        assert!(poller.distinct == 1 && !poller.is_another);
        let search = trail((0..30).map(|nth| (300 + nth * 400, 20 + nth % 7))).unwrap();
        assert!(!search.narrow && !search.digits);
    }
}
