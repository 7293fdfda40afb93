//! What is remembered of one endpoint: all sources together.

use crate::codec::{Reader, Writer};
use crate::detectors::anonymous_data::Told;
use crate::detectors::endpoint_sweep::Tiles;
use crate::detectors::volume::Baseline;
use crate::event::Event;
use crate::hash::mix;
use crate::settings::Settings;
use crate::signal::{DetectorId, Evidence, Severity};
use crate::trial::{DAY_SECS, Purse, Trial};

/// A baseline remembers 35 days, what was said of it 30.
const SILENT_SECS: u32 = 36 * DAY_SECS;

/// One endpoint: about a kilobyte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Door {
    volume: Trial,
    beyond: Trial,
    usual: Baseline,
    usual_beyond: Baseline,
    tiles: Tiles,
    pub(crate) told: Told,
    /// One bit per source, by hash, since the volume test was last empty.
    sources: [u64; 4],
    /// When it last told of strangers.
    last: u32,
}

/// What an endpoint's detectors found: detector, evidence, severity, when it began.
pub(crate) type DoorFinding = (DetectorId, Evidence, Severity, u32);

impl Door {
    /// An endpoint that told nobody anything since `since`.
    pub(crate) fn new(settings: &Settings, since: u32) -> Self {
        Self {
            volume: Trial::default(),
            beyond: Trial::default(),
            usual: Baseline::new(settings.endpoint_per_hour, since),
            usual_beyond: Baseline::new(settings.endpoint_beyond_per_hour, since),
            tiles: Tiles::default(),
            told: Told::default(),
            sources: [0; 4],
            last: since,
        }
    }

    /// Whether it was silent for longer than any of its memory reaches back: one that comes anew stands
    /// where this one does.
    pub(crate) fn is_forgotten(&self, now: u32) -> bool {
        now.saturating_sub(self.last) >= SILENT_SECS
    }

    /// Lets both baselines begin anew, and their tests with them; the strangers an hour that were borne.
    pub(crate) fn reset(&mut self, settings: &Settings, now: u32) -> [u32; 2] {
        self.volume.fall(now, u32::MAX);
        self.beyond.fall(now, u32::MAX);
        [
            self.usual.reset(settings.endpoint_per_hour, now),
            self.usual_beyond.reset(settings.endpoint_beyond_per_hour, now),
        ]
    }

    /// Takes in that `source` was told of the event's strangers, `beyond` of them after its first two.
    pub(crate) fn feed(
        &mut self,
        event: &Event,
        source: u64,
        beyond: u32,
        speaking: bool,
        purse: Purse,
        mut found: impl FnMut(DoorFinding),
    ) {
        let (now, people) = (event.secs(), event.strangers());
        self.last = self.last.max(now);
        self.usual.roll(now);
        self.usual_beyond.roll(now);
        if self.volume.level == 0 {
            self.sources = [0; 4];
        }
        let bit = mix(source, 1) & 0xff;
        if let Some(word) = self.sources.get_mut(usize::try_from(bit >> 6).unwrap_or(0)) {
            *word |= 1 << (bit & 63);
        }
        let is_rare = self.usual.is_rare();
        let spiked = self.usual.bucket().pour(&mut self.volume, now, people, people, purse);
        // A source that was spoken of already is no part of a crowd.
        let swept = beyond > 0
            && !speaking
            && self.usual_beyond.bucket().pour(&mut self.beyond, now, beyond, beyond, purse);
        let tiled = self.tiles.step(event, source, purse);

        let sources = Some(self.seen_sources());
        let evidence = |case: &'static str, trial: &Trial, stride: Option<u64>| Evidence {
            case,
            people: trial.people,
            steps: trial.steps,
            stride,
            sources,
            millinats: trial.level / 1000,
        };
        if spiked {
            let (case, severity) =
                if is_rare { ("rarely-used", Severity::Low) } else { ("spike", Severity::Medium) };
            found((DetectorId::Volume, evidence(case, &self.volume, None), severity, self.volume.since));
        }
        if swept {
            let evidence = evidence("beyond", &self.beyond, None);
            found((DetectorId::EndpointSweep, evidence, Severity::High, self.beyond.since));
        }
        if let Some(stride) = tiled {
            let trial = &self.tiles.trial;
            let evidence = evidence("tiles", trial, Some(stride));
            found((DetectorId::EndpointSweep, evidence, Severity::High, trial.since));
        }
        if self.volume.is_speaking(now) || self.beyond.is_speaking(now) || self.tiles.trial.is_speaking(now) {
            self.usual.taint();
            self.usual_beyond.taint();
        } else if !speaking {
            self.usual.learn(people);
            self.usual_beyond.learn(beyond);
        }
    }

    /// About how many sources there were, by linear counting over 256 bits; 1,400 at most.
    fn seen_sources(&self) -> u32 {
        let taken: u32 = self.sources.iter().map(|word| word.count_ones()).sum();
        let free = u64::from(256u32.saturating_sub(taken)).max(1);
        let nats = u64::from(crate::nats::ratio(256, free));
        crate::nats::narrow((256 * nats + 500_000) / 1_000_000).max(1)
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        let Self { volume, beyond, usual, usual_beyond, tiles, told, sources, last } = self;
        volume.save(out);
        beyond.save(out);
        usual.save(out);
        usual_beyond.save(out);
        tiles.save(out);
        told.save(out);
        sources.iter().for_each(|word| out.u64(*word));
        out.u32(*last);
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            volume: Trial::load(from)?,
            beyond: Trial::load(from)?,
            usual: Baseline::load(from)?,
            usual_beyond: Baseline::load(from)?,
            tiles: Tiles::load(from)?,
            told: Told::load(from)?,
            sources: [from.u64()?, from.u64()?, from.u64()?, from.u64()?],
            last: from.u32()?,
        })
    }
}
