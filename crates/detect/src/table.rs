//! The sources by key, bounded in number.
//!
//! Bound: `sources` sources. A key belongs to one of many small sets. A source seen up to [`FEW`] times is its
//! events, in their order, 32 bytes each: what its tests make of them is computed anew when it is seen again.
//! After that, or where one of its tests spoke, it is a [`Track`]. Eviction rule: when the table is full, the
//! weakest of the newcomer's set leaves (of the next set that holds any, where it holds none): one that was
//! seen once before one that was seen again, then by how far its furthest test is, then the oldest.
//!
//! INVARIANT (no forgetting for free): how far each test of an evicted track was is kept in a cell
//! under the source's tag, with the excursions that it began on that day, and a source that comes back
//! begins there: eviction buys no fresh error budget. Every event was also taken in
//! by the network around the source and by the endpoint, and those hold it on: eviction folds upward.
//! A cell is written over only by a stronger track, or after 30 days.

use smallvec::SmallVec;

use crate::codec::{Reader, Writer};
use crate::event::{Brief, Event, kind};
use crate::hash::upper;
use crate::settings::Standing;
use crate::track::{Ctx, Findings, Track};
use crate::trial::DAY_SECS;
use crate::usual::Usual;

/// Entries of a set on average when the table is full.
const SET: usize = 8;
/// Tracks below this part of the way, of 255, leave nothing behind but what their network holds.
const FAINT: u8 = 8;
/// Cells are kept this long.
const CELL_SECS: u32 = 30 * DAY_SECS;
/// Strangers in a first exchange that are worth a track at once.
const MANY_AT_ONCE: u32 = 4;

/// Most events of a source without a track.
const FEW: usize = 6;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    /// One event; a source has as many of them as it has slots.
    Once(Brief),
    Again(Box<Track>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Slot {
    key: u64,
    source: Source,
}

/// Slots of a set; those of one source in the order of its events.
type Set = Vec<Slot>;

/// The track that the events of a source without one come to.
fn replayed(set: &Set, key: u64, ctx: Ctx) -> Track {
    let mut track = Track::default();
    for slot in set.iter().filter(|slot| slot.key == key) {
        if let Source::Once(brief) = &slot.source {
            track.feed(&brief.event(), ctx, &mut Findings::new());
        }
    }
    track
}

fn events(set: &Set, key: u64) -> usize {
    set.iter().filter(|slot| slot.key == key).count()
}

fn push(set: &mut Set, slot: Slot) {
    if set.len() == set.capacity() {
        set.reserve_exact(2);
    }
    set.push(slot);
}

/// How far the tests of an evicted source were: 24 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cell {
    tag: u32,
    at: u32,
    parts: [u8; 12],
    /// Excursions of the test that began most of them, on the day of `at`.
    begun: u8,
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
    sets: Vec<Set>,
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
        let few = match self.sets.get_mut(place).and_then(|set| set.iter_mut().find(|slot| slot.key == key)) {
            Some(Slot { source: Source::Again(track), .. }) => return feed(track, event, ctx, found),
            Some(_) => true,
            None => false,
        };
        let needs_track = event.strangers() > MANY_AT_ONCE || event.is(kind::SPENT);
        let brief = event.brief(ctx.standing.code()).filter(|_| !needs_track);
        if few {
            let Some(set) = self.sets.get_mut(place) else { return Fed::default() };
            return again(set, key, event, brief, ctx, found);
        }
        let cell = self.recall(key, event.secs());
        let (source, fed) = match (cell, brief) {
            // As a track would say of its first event, without one.
            (None, Some(brief)) => {
                let beyond = event.strangers().saturating_sub(2);
                (Source::Once(brief), Fed { beyond, speaking: false })
            }
            (cell, _) => {
                let mut track = Box::new(cell.map_or_else(Track::default, |cell| {
                    Track::resumed(cell.parts, cell.begun, cell.at, ctx.purse)
                }));
                let fed = feed(&mut track, event, ctx, found);
                (Source::Again(track), fed)
            }
        };
        if self.len >= self.most {
            self.evict(place, event.secs(), ctx);
        }
        if let Some(set) = self.sets.get_mut(place) {
            push(set, Slot { key, source });
            self.len += 1;
        }
        fed
    }

    fn evict(&mut self, place: usize, now: u32, ctx: Ctx) {
        let sets = self.sets.len();
        let full =
            (place..sets).chain(0..place).find(|set| self.sets.get(*set).is_some_and(|set| !set.is_empty()));
        let Some(set) = full.and_then(|set| self.sets.get_mut(set)) else { return };
        let mut keys: SmallVec<[u64; SET]> = SmallVec::new();
        for slot in &*set {
            if !keys.contains(&slot.key) {
                keys.push(slot.key);
            }
        }
        // How far the tests of a source are, where it has any, and what it is worth to be kept.
        let of_track = |track: &Track| {
            let parts = track.parts(ctx.purse);
            ((true, parts.into_iter().max().unwrap_or(0), track.told), Some((parts, track.begun(now))))
        };
        let rank = |key: u64| match set.iter().find(|slot| slot.key == key).map(|slot| &slot.source) {
            Some(Source::Again(track)) => of_track(track),
            Some(Source::Once(brief)) if events(set, key) == 1 => ((false, 0, brief.event().millis()), None),
            Some(Source::Once(brief)) => {
                let standing = Standing::of_code(brief.standing());
                of_track(&replayed(set, key, Ctx { standing, ..ctx }))
            }
            None => ((false, 0, 0), None),
        };
        let ranked = keys.into_iter().map(|key| (rank(key), key));
        let Some(((_, parts), key)) = ranked.min_by_key(|((rank, _), _)| *rank) else { return };
        set.retain(|slot| slot.key != key);
        self.len -= 1;
        if let Some((parts, begun)) = parts {
            self.remember(Cell { tag: tag(key), at: now, parts, begun }, key);
        }
    }

    fn remember(&mut self, cell: Cell, key: u64) {
        let place = place(key, self.cells.len());
        if cell.strength() < FAINT && cell.begun < 2 {
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

    /// What [`Table::bytes`] comes to where each of so many sources has a track, and each second one is a
    /// network with sessions.
    pub(crate) fn most_bytes(sources: u32) -> usize {
        let most = usize::try_from(sources).unwrap_or(usize::MAX).max(64);
        // A set may have one slot more than it needs.
        let of_each = size_of::<Track>() + size_of::<Slot>();
        most * of_each
            + most / 2 * size_of::<Usual>()
            + most / SET * (size_of::<Set>() + size_of::<Slot>())
            + most / 4 * size_of::<Cell>()
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
                Source::Once(brief) => {
                    out.u8(0);
                    out.u8(brief.standing());
                    brief.event().save(out);
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
        for (place, Cell { tag, at, parts, begun }) in taken {
            out.count(place);
            out.u32(*tag);
            out.u32(*at);
            parts.iter().for_each(|part| out.u8(*part));
            out.u8(*begun);
        }
    }

    /// Reads what [`Table::save_sets`] wrote; whether more may follow.
    pub(crate) fn load_sets(&mut self, from: &mut Reader<'_>) -> Option<bool> {
        let count = from.count()?;
        for _ in 0..count {
            let key = from.u64()?;
            let source = match from.u8()? {
                0 => {
                    let (standing, event) = (from.u8()?, Event::load(from)?);
                    Source::Once(event.brief(standing)?)
                }
                1 => Source::Again(Box::new(Track::load(from)?)),
                _ => return None,
            };
            let place = place(key, self.sets.len());
            let set = self.sets.get_mut(place)?;
            let mut held = set.iter().filter(|slot| slot.key == key);
            let is_new = held.clone().next().is_none();
            // A track is all there is of its source, and few events are few.
            let fits = held.all(|slot| matches!(slot.source, Source::Once(_)))
                && matches!(source, Source::Once(_))
                && events(set, key) < FEW;
            if is_new && self.len < self.most || !is_new && fits {
                push(set, Slot { key, source });
                self.len += usize::from(is_new);
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
            cell.begun = from.u8()?;
            if let Some(held) = self.cells.get_mut(place) {
                *held = cell;
            }
        }
        Some(count > 0)
    }
}

/// Takes in another event of a source that has no track, and gives it one where a test spoke or there are too
/// many events.
fn again(
    set: &mut Set,
    key: u64,
    event: &Event,
    brief: Option<Brief>,
    ctx: Ctx,
    found: &mut Findings,
) -> Fed {
    let (before, mut track) = (found.len(), replayed(set, key, ctx));
    let fed = feed(&mut track, event, ctx, found);
    let is_quiet = found.len() == before && !fed.speaking;
    match brief.filter(|_| is_quiet && events(set, key) < FEW) {
        Some(brief) => push(set, Slot { key, source: Source::Once(brief) }),
        None => {
            set.retain(|slot| slot.key != key);
            push(set, Slot { key, source: Source::Again(Box::new(track)) });
        }
    }
    fed
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::observed::{Observed, Page};
    use crate::trial::Purse;

    #[test]
    fn a_source_that_was_seen_once_takes_32_bytes() {
        assert_eq!((size_of::<Brief>(), size_of::<Slot>()), (24, 32));
    }

    fn ctx(key: u64) -> Ctx {
        let standing = [Standing::Address, Standing::Network, Standing::Principal];
        let standing = standing[usize::try_from(key % 3).unwrap()];
        // One false alarm in a hundred days, so that short runs have something to say.
        Ctx { purse: Purse::one_in(100, 1), standing, on: u16::MAX, began: 1_800_000_000 }
    }

    proptest! {
        /// The slow model keeps a track of every source from its first event on.
        #[test]
        fn a_few_events_say_what_a_track_says(
            list in prop::collection::vec((0u64..5, 0u64..200, 0u64..40, 0u8..9), 1..120),
            cut in any::<prop::sample::Index>(),
        ) {
            let (mut table, mut model) = (Table::new(1000), BTreeMap::<u64, Track>::new());
            let (mut millis, cut) = (1_800_000_000_000, cut.index(list.len()));
            for (nth, (key, pause, number, what)) in list.into_iter().enumerate() {
                millis += pause * pause * pause;
                let quiet = Observed::quiet(Timestamp::from_millis(millis), [10, 0, 0, 1].into(), 1);
                let seen = match what {
                    0..=4 => Observed { strangers: u32::from(what) + 1, object: Some(number << 40), ..quiet },
                    5 => Observed { strangers: 1, page: Some(Page::Number(number)), ..quiet },
                    6 => Observed { status: 404, object: Some(number << 40), ..quiet },
                    7 => Observed { issued: 1, ..quiet },
                    _ => Observed { strangers: 1, numbers: [Some(4), Some(number)], ..quiet },
                };
                let seen = Observed { numbers: [seen.numbers[0].or(Some(number)), seen.numbers[1]], ..seen };
                let event = Event::of(&seen, seen.strangers, false).unwrap();
                let (mut ours, mut theirs) = (Findings::new(), Findings::new());
                let told = table.feed(key, &event, ctx(key), &mut ours);
                let expected = feed(model.entry(key).or_default(), &event, ctx(key), &mut theirs);
                prop_assert_eq!((told.beyond, told.speaking), (expected.beyond, expected.speaking));
                prop_assert_eq!(ours, theirs);
                prop_assert_eq!(table.len(), model.len());
                if nth == cut {
                    let mut out = Writer::default();
                    table.save_sets(0, table.sets(), &mut out);
                    let (bytes, mut restored) = (out.done(), Table::new(1000));
                    prop_assert_eq!(restored.load_sets(&mut Reader::new(&bytes)), Some(true));
                    prop_assert_eq!(&restored, &table);
                    table = restored;
                }
            }
        }
    }
}
