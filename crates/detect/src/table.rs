//! The sources by key, bounded in number.
//!
//! Bound: `sources` entries. A key belongs to one of many small sets; a source seen once is its one
//! event (48 bytes), a source seen again a [`Track`]. Eviction rule: when the table is full, the
//! weakest of the newcomer's set leaves (of the next set that holds any, where it holds none): one
//! that was seen once before one that was seen again, then by how far its furthest test is, then the
//! oldest.
//!
//! INVARIANT (no forgetting for free): how far each test of an evicted track was is kept in a cell
//! under the source's tag, and a source that comes back begins there. Every event was also taken in
//! by the network around the source and by the endpoint, and those hold it on: eviction folds upward.
//! A cell is written over only by a stronger track, or after 30 days.

use crate::codec::{Reader, Writer};
use crate::event::Event;
use crate::hash::upper;
use crate::track::{Ctx, Findings, Track};
use crate::trial::{DAY_SECS, Purse};

/// Entries of a set on average when the table is full.
const SET: usize = 8;
/// Tracks below this part of the way, of 255, leave nothing behind but what their network holds.
const FAINT: u8 = 8;
/// Cells are kept this long.
const CELL_SECS: u32 = 30 * DAY_SECS;
/// Strangers in a first exchange that are worth a track at once.
const MANY_AT_ONCE: u32 = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Once(Event),
    Again(Box<Track>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Slot {
    key: u64,
    source: Source,
}

/// How far the tests of an evicted source were: 20 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cell {
    tag: u32,
    at: u32,
    parts: [u8; 11],
}

impl Cell {
    fn strength(&self) -> u8 {
        self.parts.iter().copied().max().unwrap_or(0)
    }
}

/// What came of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fed {
    /// Strangers beyond the source's first two.
    pub(crate) beyond: u32,
    /// Whether the source is under signal.
    pub(crate) speaking: bool,
}

/// All sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    sets: Vec<Vec<Slot>>,
    cells: Vec<Cell>,
    len: usize,
    most: usize,
}

impl Table {
    pub(crate) fn new(sources: u32) -> Self {
        let most = usize::try_from(sources).unwrap_or(usize::MAX).max(64);
        Self {
            sets: vec![Vec::new(); (most / SET).max(1)],
            cells: vec![Cell::default(); most / 4],
            len: 0,
            most,
        }
    }

    /// Sources held.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Takes `event` in for the source `key`.
    pub(crate) fn feed(&mut self, key: u64, event: &Event, ctx: Ctx, found: &mut Findings) -> Fed {
        let place = place(key, self.sets.len());
        let known = self.sets.get_mut(place).and_then(|set| set.iter_mut().find(|slot| slot.key == key));
        if let Some(slot) = known {
            if let Source::Once(first) = &slot.source {
                let mut track = Box::<Track>::default();
                track.feed(first, ctx, &mut Findings::new());
                slot.source = Source::Again(track);
            }
            let Source::Again(track) = &mut slot.source else { return Fed::default() };
            return feed(track, event, ctx, found);
        }
        let cell = self.recall(key, event.secs());
        let (source, fed) = if cell.is_none() && event.strangers() <= MANY_AT_ONCE {
            // As a track would say of its first event, without one.
            (Source::Once(*event), Fed { beyond: event.strangers().saturating_sub(2), speaking: false })
        } else {
            let mut track = Box::new(
                cell.map_or_else(Track::default, |cell| Track::resumed(cell.parts, cell.at, ctx.purse)),
            );
            let fed = feed(&mut track, event, ctx, found);
            (Source::Again(track), fed)
        };
        if self.len >= self.most {
            self.evict(place, event.secs(), ctx.purse);
        }
        if let Some(set) = self.sets.get_mut(place) {
            if set.len() == set.capacity() {
                set.reserve_exact(2);
            }
            set.push(Slot { key, source });
            self.len += 1;
        }
        fed
    }

    fn evict(&mut self, place: usize, now: u32, purse: Purse) {
        let sets = self.sets.len();
        let full =
            (place..sets).chain(0..place).find(|set| self.sets.get(*set).is_some_and(|set| !set.is_empty()));
        let Some(set) = full.and_then(|set| self.sets.get_mut(set)) else { return };
        let rank = |slot: &Slot| match &slot.source {
            Source::Once(event) => (false, 0, event.millis()),
            Source::Again(track) => (true, track.parts(purse).into_iter().max().unwrap_or(0), track.told),
        };
        let Some(weakest) = set.iter().enumerate().min_by_key(|(_, slot)| rank(slot)).map(|(nth, _)| nth)
        else {
            return;
        };
        let slot = set.swap_remove(weakest);
        self.len -= 1;
        if let Source::Again(track) = slot.source {
            self.remember(Cell { tag: tag(slot.key), at: now, parts: track.parts(purse) }, slot.key);
        }
    }

    fn remember(&mut self, cell: Cell, key: u64) {
        let place = place(key, self.cells.len());
        if cell.strength() < FAINT {
            return;
        }
        if let Some(held) = self.cells.get_mut(place) {
            let is_old = cell.at.saturating_sub(held.at) > CELL_SECS;
            if held.tag == cell.tag || is_old || held.strength() < cell.strength() {
                *held = cell;
            }
        }
    }

    fn recall(&self, key: u64, now: u32) -> Option<Cell> {
        let cell = self.cells.get(place(key, self.cells.len()))?;
        (cell.tag == tag(key) && now.saturating_sub(cell.at) <= CELL_SECS).then_some(*cell)
    }

    /// Bytes on the heap: what one source costs is this divided by [`Table::len`].
    pub(crate) fn bytes(&self) -> usize {
        let slots: usize = self.sets.iter().map(|set| set.capacity() * size_of::<Slot>()).sum();
        let again = self.sets.iter().flatten().filter(|slot| matches!(slot.source, Source::Again(_))).count();
        slots
            + again * size_of::<Track>()
            + self.sets.capacity() * size_of::<Vec<Slot>>()
            + self.cells.capacity() * size_of::<Cell>()
    }

    pub(crate) fn sets(&self) -> usize {
        self.sets.len()
    }

    pub(crate) fn cells(&self) -> usize {
        self.cells.len()
    }

    /// The sources of some sets; nothing where there are none.
    pub(crate) fn save_sets(&self, from: usize, to: usize, out: &mut Writer) {
        let sets = self.sets.get(from..to.min(self.sets.len())).unwrap_or_default();
        let count = sets.iter().map(Vec::len).sum();
        if count > 0 {
            out.count(count);
        }
        for slot in sets.iter().flatten() {
            out.u64(slot.key);
            match &slot.source {
                Source::Once(event) => {
                    out.u8(0);
                    event.save(out);
                }
                Source::Again(track) => {
                    out.u8(1);
                    track.save(out);
                }
            }
        }
    }

    /// Some cells; nothing where none is taken.
    pub(crate) fn save_cells(&self, from: usize, to: usize, out: &mut Writer) {
        let taken = self.cells.iter().enumerate().take(to).skip(from).filter(|(_, cell)| cell.tag != 0);
        let count = taken.clone().count();
        if count > 0 {
            out.count(count);
        }
        for (place, Cell { tag, at, parts }) in taken {
            out.count(place);
            out.u32(*tag);
            out.u32(*at);
            parts.iter().for_each(|part| out.u8(*part));
        }
    }

    /// Reads what [`Table::save_sets`] wrote; whether more may follow.
    pub(crate) fn load_sets(&mut self, from: &mut Reader<'_>) -> Option<bool> {
        let count = from.count()?;
        for _ in 0..count {
            let key = from.u64()?;
            let source = match from.u8()? {
                0 => Source::Once(Event::load(from)?),
                1 => Source::Again(Box::new(Track::load(from)?)),
                _ => return None,
            };
            let place = place(key, self.sets.len());
            if self.len < self.most {
                self.sets.get_mut(place)?.push(Slot { key, source });
                self.len += 1;
            }
        }
        Some(count > 0)
    }

    /// Reads what [`Table::save_cells`] wrote; whether more may follow.
    pub(crate) fn load_cells(&mut self, from: &mut Reader<'_>) -> Option<bool> {
        let count = from.count()?;
        for _ in 0..count {
            let place = usize::try_from(from.u32()?).ok()?;
            let mut cell = Cell { tag: from.u32()?, at: from.u32()?, ..Cell::default() };
            for part in &mut cell.parts {
                *part = from.u8()?;
            }
            if let Some(held) = self.cells.get_mut(place) {
                *held = cell;
            }
        }
        Some(count > 0)
    }
}

fn feed(track: &mut Track, event: &Event, ctx: Ctx, found: &mut Findings) -> Fed {
    let beyond = track.feed(event, ctx, found);
    Fed { beyond, speaking: track.is_speaking(event.secs()) }
}

fn tag(key: u64) -> u32 {
    upper(key).max(1)
}

fn place(key: u64, places: usize) -> usize {
    let places = u64::try_from(places).unwrap_or(u64::MAX);
    // The lower half chooses the place, the upper half is the tag.
    usize::try_from(((key & 0xffff_ffff) * places) >> 32).unwrap_or(0)
}
