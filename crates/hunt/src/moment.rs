//! What is remembered of an exchange that counted: enough to say later who, what and in which line.

use std::net::IpAddr;

use domain::Timestamp;

/// The place of a line: which input, which line of it, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineRef {
    /// The input, as the caller numbers them.
    pub input: u32,
    /// The line.
    pub line: u64,
}

/// What the statement that a record left rests upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// Nothing left: a miss, a refusal, a door that is not there.
    Nothing,
    /// Our own log: the body was counted.
    Counted,
    /// The request names the object, and it was answered with success.
    Object,
    /// The request names a page.
    Page,
    /// Nothing in the request says of what; the answer is large.
    Bytes,
    /// The request's body is not in the log; answers of nearly one size, each another, to one address.
    Sizes,
    /// Nor are the sizes each another; but there are a hundred and more at a pace that no person has.
    Pace,
}

impl Basis {
    /// The word for output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Counted => "counted",
            Self::Object => "object",
            Self::Page => "page",
            Self::Bytes => "bytes",
            Self::Sizes => "sizes",
            Self::Pace => "pace",
        }
    }
}

/// One exchange that counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Hash of the principal, or of the address.
    pub(crate) source: u64,
    pub(crate) network: u64,
    pub(crate) address: IpAddr,
    /// Place among the doors.
    pub(crate) door: u32,
    pub(crate) at: Timestamp,
    /// The number that walks, or the page.
    pub(crate) number: Option<u64>,
    /// Records that left: as the detectors counted them, at least, at most.
    pub(crate) strangers: u32,
    pub(crate) least: u32,
    pub(crate) most: Option<u32>,
    pub(crate) basis: Basis,
    /// Whether it would have passed as the caller's own, but for a crowd.
    pub(crate) is_crowded: bool,
    pub(crate) sent: Option<u64>,
    /// Hash of the user agent.
    pub(crate) agent: u64,
    pub(crate) line: LineRef,
}

/// The last moments, so that a case can be told from its beginning.
///
/// Bound: [`Recent::MOST`] of about 130 bytes. Eviction rule: the oldest leaves; what is low and slow
/// among many others is told from its first signal on, with the figures of its evidence.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent {
    held: Vec<Moment>,
    next: usize,
}

impl Recent {
    const MOST: usize = 1 << 16;
    pub(crate) const MOST_BYTES: usize = Self::MOST * size_of::<Moment>();

    pub(crate) fn push(&mut self, moment: Moment) {
        if self.held.len() < Self::MOST {
            self.held.push(moment);
            return;
        }
        if let Some(place) = self.held.get_mut(self.next) {
            *place = moment;
        }
        self.next = (self.next + 1) % Self::MOST;
    }

    /// All of them, the oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Moment> {
        let (newer, older) = self.held.split_at(self.next.min(self.held.len()));
        older.iter().chain(newer)
    }
}
