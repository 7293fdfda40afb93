//! What headers add to the sizes of answers, in logs whose sizes count them.
//!
//! An answer is as long as its headers and its body together; how long the headers are, no such log says.
//! No more than its smallest answer so far, and it is taken for no more than [`MOST`]: where a log holds
//! large answers only, little is taken off.
//!
//! Bound: a number for each input.

use events::Dialect;

/// Headers of a small answer: status, date, type, length, and what servers and proxies add.
const MOST: u64 = 512;

/// Headers of answers, by input.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heads {
    /// The smallest answer so far; `None` where sizes are those of bodies.
    smallest: Vec<Option<u64>>,
}

impl Heads {
    /// Says what wrote the lines of `input`. Where nothing is said sizes are those of bodies.
    pub(crate) fn reads(&mut self, input: u32, dialect: Dialect) {
        let Ok(input) = usize::try_from(input) else { return };
        if self.smallest.len() <= input {
            self.smallest.resize(input + 1, None);
        }
        if let Some(place) = self.smallest.get_mut(input) {
            *place = dialect.counts_headers().then_some(MOST);
        }
    }

    /// Bytes of the body of an answer of `sent` bytes in all, about.
    pub(crate) fn body(&mut self, input: u32, sent: Option<u64>) -> Option<u64> {
        let sent = sent?;
        let place = usize::try_from(input).ok().and_then(|input| self.smallest.get_mut(input));
        let Some(Some(smallest)) = place else { return Some(sent) };
        // What ended before its headers says nothing of them.
        if sent > 0 {
            *smallest = sent.min(*smallest);
        }
        Some(sent.saturating_sub(*smallest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(dialect: Dialect, sent: &[u64]) -> Vec<u64> {
        let mut heads = Heads::default();
        heads.reads(1, dialect);
        sent.iter().filter_map(|sent| heads.body(1, Some(*sent))).collect()
    }

    #[test]
    fn headers_are_as_long_as_the_smallest_answer_and_no_longer_than_headers_are() {
        let sent = [2400, 0, 190, 2400, 600, 180];
        assert_eq!(bodies(Dialect::AwsAlb, &sent), [1888, 0, 0, 2210, 410, 0]);
        assert_eq!(bodies(Dialect::Combined, &sent), sent, "sizes of bodies stay");
        assert_eq!(Heads::default().body(3, Some(900)), Some(900), "of an input of which nothing is said");
    }
}
