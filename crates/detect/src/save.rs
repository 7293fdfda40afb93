//! What is remembered, as bytes and back.
//!
//! A state can have tens of megabytes, and whoever saves it holds the lock that exchanges wait for.
//! So it is made part by part, each a fraction of a millisecond of work. What changes between two
//! parts is in one of its states: every source, cell and endpoint is whole by itself.

use crate::codec::{Reader, Writer};
use crate::door::Door;
use crate::hash::mix;
use crate::observe::Detectors;
use crate::settings::Settings;

/// Begins a saved state; the last byte is its version.
const MAGIC: u64 = 0x7469_6465_6465_7405;
/// Sets of sources in one part, 8 sources each on average.
const SETS: usize = 32;
/// Cells in one part.
const CELLS: usize = 4096;
/// Endpoints in one part.
const DOORS: usize = 128;

/// How far a saving is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saving(Part);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Head,
    Sources(usize),
    Cells(usize),
    /// The endpoints after this key.
    Doors(Option<u64>),
    People(usize),
    Paths(usize),
    Done,
}

/// Why a saved state cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no state of detectors, or of another version")]
pub struct RestoreError;

impl Detectors {
    /// Everything that is remembered: give it to [`Detectors::restore`] after a restart, or each
    /// restart would hand out a fresh error budget and forget every slow scrape.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let (mut saving, mut bytes) = (Saving::default(), Vec::new());
        while let Some(part) = self.save_part(&mut saving) {
            bytes.extend_from_slice(&part);
        }
        bytes
    }

    /// The next part of a saved state; `None` when all are written. Exchanges may come between parts.
    pub fn save_part(&self, saving: &mut Saving) -> Option<Vec<u8>> {
        let mut out = Writer::default();
        saving.0 = match saving.0 {
            Part::Head => {
                out.u64(MAGIC);
                out.u64(self.seed);
                out.u8(u8::from(self.began.is_some()));
                out.u32(self.began.unwrap_or_default());
                out.u32(self.swept);
                Part::Sources(0)
            }
            Part::Sources(from) if from < self.sources.sets() => {
                self.sources.save_sets(from, from + SETS, &mut out);
                Part::Sources(from + SETS)
            }
            Part::Sources(_) => {
                out.count(0);
                Part::Cells(0)
            }
            Part::Cells(from) if from < self.sources.cells() => {
                self.sources.save_cells(from, from + CELLS, &mut out);
                Part::Cells(from + CELLS)
            }
            Part::Cells(_) => {
                out.count(0);
                Part::Doors(None)
            }
            Part::Doors(after) => {
                let later = |key: &u64| after.is_none_or(|after| *key > after);
                let doors: Vec<_> = match after {
                    None => self.doors.iter().take(DOORS).collect(),
                    Some(key) => self.doors.range(key..).filter(|(key, _)| later(key)).take(DOORS).collect(),
                };
                out.count(doors.len());
                for (key, door) in &doors {
                    out.u64(**key);
                    door.save(&mut out);
                }
                doors.last().map_or(Part::People(0), |(key, _)| Part::Doors(Some(**key)))
            }
            Part::People(from) if from < self.people.cells() => {
                self.people.save(from, from + CELLS, &mut out);
                Part::People(from + CELLS)
            }
            Part::People(_) => {
                out.count(0);
                Part::Paths(0)
            }
            Part::Paths(from) if from < self.paths.cells() => {
                self.paths.save(from, from + CELLS, &mut out);
                Part::Paths(from + CELLS)
            }
            Part::Paths(_) => {
                out.count(0);
                out.u64(mix(MAGIC, self.seed));
                Part::Done
            }
            Part::Done => return None,
        };
        Some(out.done())
    }

    /// Detectors as they were when [`Detectors::save`] was called, under `settings` that may be others.
    ///
    /// # Errors
    /// When `bytes` are not of this version. Never panics.
    pub fn restore(settings: Settings, bytes: &[u8]) -> Result<Self, RestoreError> {
        let mut from = Reader::new(bytes);
        Self::read(settings, &mut from).filter(|_| from.is_empty()).ok_or(RestoreError)
    }

    fn read(settings: Settings, from: &mut Reader<'_>) -> Option<Self> {
        if from.u64()? != MAGIC {
            return None;
        }
        let mut detectors = Self::new(settings, from.u64()?);
        let (has_begun, began) = (from.u8()? != 0, from.u32()?);
        detectors.began = has_begun.then_some(began);
        detectors.swept = from.u32()?;
        while detectors.sources.load_sets(from)? {}
        while detectors.sources.load_cells(from)? {}
        let most = usize::try_from(detectors.settings.endpoints).unwrap_or(usize::MAX).max(1);
        loop {
            let count = from.count()?;
            for _ in 0..count {
                let (key, door) = (from.u64()?, Door::load(from)?);
                // One more is the one that is shared.
                if detectors.doors.len() <= most {
                    detectors.doors.insert(key, Box::new(door));
                }
            }
            if count == 0 {
                break;
            }
        }
        while detectors.people.load(from)? {}
        while detectors.paths.load(from)? {}
        (from.u64()? == mix(MAGIC, detectors.seed)).then_some(detectors)
    }
}
