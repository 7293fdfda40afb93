//! What is remembered of one source that was seen more than once.

use smallvec::SmallVec;

use crate::codec::{Reader, Writer};
use crate::detectors::{automation, bulk, foreign, miss_storm, new_objects, page_walk, sequential_ids};
use crate::detectors::{session_minting, spent_budget, surface_scan};
use crate::event::Event;
use crate::ring::Ring;
use crate::settings::Standing;
use crate::signal::{DetectorId, Severity, bit};
use crate::trial::{Purse, Trial};
use crate::usual::Usual;

/// What every step of a detector is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ctx {
    pub(crate) purse: Purse,
    pub(crate) standing: Standing,
    /// Detectors that are listened to, by [`DetectorId::bit`].
    pub(crate) on: u16,
    /// The second since which something would have been seen.
    pub(crate) began: u32,
}

/// What a detector found in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) detector: DetectorId,
    pub(crate) case: &'static str,
    pub(crate) severity: Severity,
    pub(crate) stride: Option<u64>,
    pub(crate) trial: Trial,
}

impl Finding {
    pub(crate) fn new(
        detector: DetectorId,
        case: &'static str,
        severity: Severity,
        trial: &Trial,
    ) -> Option<Self> {
        Some(Self { detector, case, severity, stride: None, trial: *trial })
    }
}

/// Findings of one exchange and source.
pub(crate) type Findings = SmallVec<[Finding; 2]>;

/// One source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Track {
    pub(crate) fast: Trial,
    pub(crate) slow: Trial,
    pub(crate) walk: Trial,
    pub(crate) paging: Trial,
    pub(crate) bulk: Trial,
    pub(crate) misses: Trial,
    pub(crate) foreign: Trial,
    pub(crate) lost: Trial,
    pub(crate) issued: Trial,
    pub(crate) spread: Trial,
    pub(crate) rhythm: Trial,
    pub(crate) spent: Trial,
    /// Object numbers, and the strides found between them, the newest first.
    pub(crate) numbers: Ring<u64, 16>,
    pub(crate) strides: [u64; 2],
    /// Objects, paths and principals that counted.
    pub(crate) abouts: Ring<u32, 16>,
    pub(crate) pages: Ring<u32, 4>,
    /// When it was last told of strangers, after a pause; and the length of the pause.
    pub(crate) told: u64,
    pub(crate) pause: u64,
    /// Strangers that it was told of since its slow test was last empty.
    pub(crate) strangers: u32,
    /// Of a network: what its sessions usually meet.
    usual: Option<Box<Usual>>,
}

/// Strangers of a source that an endpoint does not count: people read one or two records.
const FIRST: u32 = 2;

impl Track {
    /// Takes `event` in; what the detectors say, and how many strangers are beyond the first two.
    pub(crate) fn feed(&mut self, event: &Event, ctx: Ctx, found: &mut Findings) -> u32 {
        let is_new = event.about().is_none_or(|about| self.abouts.add(about));
        let steps = [
            (DetectorId::SequentialIds, sequential_ids::step(self, event, ctx)),
            (DetectorId::NewObjects, new_objects::step(self, event, ctx)),
            (DetectorId::PageWalk, page_walk::step(self, event, ctx)),
            (DetectorId::Bulk, bulk::step(self, event, ctx)),
            (DetectorId::MissStorm, miss_storm::step(self, event, is_new, ctx)),
            (DetectorId::Foreign, foreign::step(self, event, is_new, ctx)),
            (DetectorId::SurfaceScan, surface_scan::step(self, event, is_new, ctx)),
            (DetectorId::SessionMinting, session_minting::step(self, event, is_new, ctx)),
            (DetectorId::Automation, automation::step(self, event, ctx)),
            (DetectorId::SpentBudget, spent_budget::step(self, event, ctx)),
        ];
        found.extend(steps.into_iter().filter(|(id, _)| bit(*id) & ctx.on != 0).filter_map(|(_, said)| said));
        self.count(event)
    }

    /// Counts strangers; how many of them are beyond the first two.
    fn count(&mut self, event: &Event) -> u32 {
        if event.strangers() == 0 {
            return 0;
        }
        if self.slow.steps == 1 {
            self.strangers = 0;
        }
        let before = self.strangers.max(FIRST);
        self.strangers = self.strangers.saturating_add(event.strangers());
        self.strangers.max(FIRST) - before
    }

    /// What sessions of this network usually meet.
    pub(crate) fn usual(&mut self, ctx: Ctx) -> &mut Usual {
        self.usual.get_or_insert_with(|| Box::new(Usual::new(ctx.standing, ctx.began)))
    }

    fn trials(&self) -> [&Trial; 12] {
        let Self {
            fast, slow, walk, paging, bulk, misses, foreign, lost, issued, spread, rhythm, spent, ..
        } = self;
        [fast, slow, walk, paging, bulk, misses, foreign, lost, issued, spread, rhythm, spent]
    }

    fn trials_mut(&mut self) -> [&mut Trial; 12] {
        let Self {
            fast, slow, walk, paging, bulk, misses, foreign, lost, issued, spread, rhythm, spent, ..
        } = self;
        [fast, slow, walk, paging, bulk, misses, foreign, lost, issued, spread, rhythm, spent]
    }

    /// Whether a signal was said of it, and it was not quiet for a day since.
    pub(crate) fn is_speaking(&self, now: u32) -> bool {
        self.trials().iter().any(|trial| trial.is_speaking(now))
    }

    /// How far each test is.
    pub(crate) fn parts(&self, purse: Purse) -> [u8; 12] {
        self.trials().map(|trial| trial.part(purse))
    }

    /// How many excursions of the test that began most of them began on the day of `now`.
    pub(crate) fn begun(&self, now: u32) -> u8 {
        self.trials().iter().map(|trial| trial.begun(now)).max().unwrap_or(0)
    }

    /// A source that comes back.
    pub(crate) fn resumed(parts: [u8; 12], begun: u8, at: u32, purse: Purse) -> Self {
        let mut track = Self::default();
        for (trial, part) in track.trials_mut().into_iter().zip(parts) {
            trial.resume(part, begun, at, purse);
        }
        track
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        for trial in self.trials() {
            trial.save(out);
        }
        // The trials stand above.
        let Self { numbers, strides, abouts, pages, told, pause, strangers, usual, .. } = self;
        numbers.save(out);
        strides.iter().for_each(|stride| out.u64(*stride));
        abouts.save(out);
        pages.save(out);
        out.u64(*told);
        out.u64(*pause);
        out.u32(*strangers);
        out.u8(u8::from(usual.is_some()));
        usual.iter().for_each(|usual| usual.save(out));
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Option<Self> {
        let mut track = Self::default();
        for trial in track.trials_mut() {
            *trial = Trial::load(from)?;
        }
        track.numbers = Ring::load(from)?;
        track.strides = [from.u64()?, from.u64()?];
        track.abouts = Ring::load(from)?;
        track.pages = Ring::load(from)?;
        track.told = from.u64()?;
        track.pause = from.u64()?;
        track.strangers = from.u32()?;
        track.usual = if from.u8()? == 0 { None } else { Some(Box::new(Usual::load(from)?)) };
        Some(track)
    }
}
