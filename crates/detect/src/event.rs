//! What of an exchange counts, in 40 bytes; in 24 as a source keeps it that was seen a few times.

use std::num::NonZeroU16;

use domain::Timestamp;

use crate::codec::{Reader, Writer};
use crate::hash::upper;
use crate::observed::{Observed, Page};

/// What happened; several at once.
pub(crate) mod kind {
    /// Strangers were told of.
    pub(crate) const FRESH: u16 = 1;
    /// An object was guessed.
    pub(crate) const MISS: u16 = 1 << 1;
    /// A door was guessed.
    pub(crate) const LOST: u16 = 1 << 2;
    /// It was one that only scanners ask for.
    pub(crate) const BAIT: u16 = 1 << 3;
    /// Others' records were asked for.
    pub(crate) const FOREIGN: u16 = 1 << 4;
    /// Sessions were issued.
    pub(crate) const ISSUED: u16 = 1 << 5;
    /// A session of this address told of strangers.
    pub(crate) const SPREAD: u16 = 1 << 6;
    /// Page by page.
    pub(crate) const PAGED: u16 = 1 << 7;
    /// The first number is one.
    pub(crate) const PATH: u16 = 1 << 8;
    /// The second number is one.
    pub(crate) const OTHER: u16 = 1 << 9;
    /// By an anonymous or unverified caller.
    pub(crate) const NOBODY: u16 = 1 << 10;
    /// A later part of an answer.
    pub(crate) const CONTINUED: u16 = 1 << 11;
    /// The caller's own budget is spent.
    pub(crate) const SPENT: u16 = 1 << 12;
}

/// One exchange that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    millis: u64,
    /// Numbers of the path and elsewhere. Where there is no number in the path: digest of the object.
    numbers: [u64; 2],
    page: u32,
    /// Strangers told of, sessions issued.
    count: u16,
    /// Never empty, so that a source seen once needs no further word in the table.
    kinds: NonZeroU16,
    /// What the event is about, so that the same again does not count: see [`Event::about`].
    about: u32,
}

/// An event without a page and without a second number, as most are: 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Brief {
    number: u64,
    secs: u32,
    about: u32,
    millis: u16,
    count: u16,
    kinds: NonZeroU16,
    /// [`Standing::code`] of the source.
    standing: u8,
}

impl Event {
    /// The same in fewer bytes, where nothing is lost by it.
    pub(crate) fn brief(&self, standing: u8) -> Option<Brief> {
        let Self { millis, numbers: [number, other], page, count, kinds, about } = *self;
        let secs = u32::try_from(millis / 1000).ok()?;
        let millis = u16::try_from(millis % 1000).ok()?;
        (other == 0 && page == 0).then_some(Brief { number, secs, about, millis, count, kinds, standing })
    }

    /// The event of an exchange that is not free; `strangers` are those who count, `lost` whether its
    /// door counts as one that is not there.
    pub(crate) fn of(seen: &Observed<'_>, strangers: u32, lost: bool) -> Option<Self> {
        let mut kinds = 0;
        let mut set = |kind: u16, is: bool| kinds |= if is { kind } else { 0 };
        set(kind::FRESH, strangers > 0);
        set(kind::MISS, seen.is_miss());
        set(kind::LOST, lost);
        set(kind::BAIT, seen.bait);
        set(kind::FOREIGN, seen.is_foreign());
        set(kind::ISSUED, seen.issued > 0);
        set(kind::SPENT, seen.is_spent());
        if kinds == 0 {
            return None;
        }
        let mut set = |kind: u16, is: bool| kinds |= if is { kind } else { 0 };
        // What the request named was counted with the first part.
        let begins = !seen.continues;
        set(kind::CONTINUED, !begins);
        set(kind::PAGED, begins && seen.page.is_some() && strangers > 0);
        set(kind::PATH, begins && seen.numbers[0].is_some());
        set(kind::OTHER, begins && seen.numbers[1].is_some());
        set(kind::NOBODY, !seen.caller.is_principal());
        let path = seen.failed_path.map(|path| path.short());
        let about = if lost { path.or(seen.object) } else { seen.object };
        Some(Self {
            millis: seen.at.millis(),
            // One more each: 0 stands for nothing in what is remembered.
            numbers: seen.numbers.map(|number| number.map_or(0, |number| number.saturating_add(1))),
            page: match seen.page {
                // The lowest bit keeps pages and cursors apart.
                Some(Page::Number(page)) => {
                    crate::nats::narrow(page.saturating_add(1).min(u64::from(u32::MAX >> 1)) << 1)
                }
                Some(Page::Cursor(digest)) => upper(digest) | 1,
                None => 0,
            },
            count: u16::try_from(strangers.max(seen.issued)).unwrap_or(u16::MAX),
            kinds: NonZeroU16::new(kinds)?,
            about: about.map_or(0, |digest| upper(digest).max(1)),
        })
    }

    /// The event that a session of an address told of strangers.
    pub(crate) fn spread(at: Timestamp, principal: u64) -> Option<Self> {
        Some(Self {
            millis: at.millis(),
            numbers: [0; 2],
            page: 0,
            count: 0,
            kinds: NonZeroU16::new(kind::SPREAD)?,
            about: upper(principal).max(1),
        })
    }

    pub(crate) fn is(&self, kind: u16) -> bool {
        self.kinds.get() & kind != 0
    }

    pub(crate) fn millis(&self) -> u64 {
        self.millis
    }

    pub(crate) fn secs(&self) -> u32 {
        crate::nats::narrow(self.millis / 1000)
    }

    /// Strangers told of.
    pub(crate) fn strangers(&self) -> u32 {
        if self.is(kind::FRESH) { u32::from(self.count) } else { 0 }
    }

    /// Strangers told of, or sessions issued where there are none.
    pub(crate) fn count(&self) -> u32 {
        u32::from(self.count)
    }

    /// Numbers that may walk, the path's first.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u64> {
        let held = [self.is(kind::PATH), self.is(kind::OTHER)];
        self.numbers.into_iter().zip(held).filter_map(|(number, held)| held.then_some(number))
    }

    pub(crate) fn page(&self) -> Option<u64> {
        self.is(kind::PAGED).then_some(u64::from(self.page))
    }

    /// 32 bits of the object or path that the event is about; `None` where nothing tells.
    pub(crate) fn about(&self) -> Option<u32> {
        (self.about != 0).then_some(self.about)
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        let Self { millis, numbers, page, count, kinds, about } = *self;
        out.u64(millis);
        numbers.into_iter().for_each(|number| out.u64(number));
        out.u32(page);
        out.u16(count);
        out.u16(kinds.get());
        out.u32(about);
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            millis: from.u64()?,
            numbers: [from.u64()?, from.u64()?],
            page: from.u32()?,
            count: from.u16()?,
            kinds: NonZeroU16::new(from.u16()?)?,
            about: from.u32()?,
        })
    }
}

impl Brief {
    pub(crate) fn event(&self) -> Event {
        let Self { number, secs, about, millis, count, kinds, standing: _ } = *self;
        let millis = u64::from(secs) * 1000 + u64::from(millis);
        Event { millis, numbers: [number, 0], page: 0, count, kinds, about }
    }

    pub(crate) fn standing(&self) -> u8 {
        self.standing
    }
}
