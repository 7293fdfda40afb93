//! Opening a ledger for writing: what was found, and what budgets must remember.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use domain::{Completion, Exposure, Holder, IpPrefix, SubjectDigest, Timestamp, Window};
use ledger::{Entry, Mark, Started};

use crate::disk::Disk;
use crate::handle::{Ledger, Shared};
use crate::keys::{KeyError, KeyRing};
use crate::layout::Layout;
use crate::loss::Loss;
use crate::replay::Replay;
use crate::retain::{self, Found};
use crate::segment::{Chain, Missing, Scan};
use crate::settings::{Clock, LedgerSettings};
use crate::writer::{LedgerThread, OpenSegment};

/// Why a ledger cannot be opened for writing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Somebody else writes it.
    #[error(
        "the ledger `{dir}` is being written by another process; one ledger has one writer, so give this one its own `--state`"
    )]
    Locked {
        /// The ledger.
        dir: PathBuf,
    },
    /// The disk refused.
    #[error("cannot {doing} the ledger `{dir}`")]
    Disk {
        /// The ledger.
        dir: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Retention is shorter than budgets look back.
    #[error("`retention: {retention}` is shorter than budgets look back; the least is {least}")]
    Retention {
        /// What was asked for.
        retention: Window,
        /// The least.
        least: Window,
    },
}

/// What budgets and hints must remember, in the order in which it happened.
#[derive(Debug, PartialEq)]
#[non_exhaustive]
pub enum Restored<'a> {
    /// Data of others than the recipient, which left or may have left: sent, partly or unknown.
    /// What did not leave was refunded and is not handed out.
    Exposure(&'a Exposure, Completion),
    /// A hint that the upstream vouched for.
    Confirmed {
        /// Keyed digest of its value.
        digest: SubjectDigest,
        /// The network that it was confirmed for.
        network: IpPrefix,
        /// Whom it was issued for, as far as that was written down.
        holder: Holder,
        /// When.
        at: Timestamp,
    },
    /// What was charged between these times is not known: a part of the ledger is lost, and so is its
    /// summary. Whoever was charged then must not find a fresh budget.
    Lost {
        /// The segment that held it.
        segment: u64,
        /// Nothing of it is older.
        from: Timestamp,
        /// Nothing of it is younger.
        until: Timestamp,
    },
}

/// What was found at opening.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Segments in the ledger before the new one.
    pub segments: usize,
    /// Segments read in full, for want of a summary; the last one always is.
    pub segments_read: usize,
    /// Exposures handed to `restore`.
    pub exposures: u64,
    /// Confirmed hints handed to `restore`.
    pub hints: u64,
    /// Bytes of a torn tail that were cut: a write that was never acknowledged.
    pub cut_bytes: u64,
    /// Where the ledger was known to end, if that place is not there any more: somebody removed or
    /// rewrote its tail, or the disk lost what it had promised.
    pub lost_tail: Option<Mark>,
    /// Parts of the ledger that are missing or damaged, as far as opening had to look: segments that
    /// have a summary are not read ([`Ledger::examine`] reads them).
    pub losses: Vec<Loss>,
    /// The checkpoint that pruning left is not signed by this ledger's key.
    pub forged_checkpoint: bool,
    /// Segments that retention removed just now.
    pub pruned: u64,
    /// How long it all took.
    pub took: Duration,
}

impl Ledger {
    /// Opens the ledger in `dir`, creating it when there is none, and begins a new segment.
    ///
    /// `restore` receives what budgets need of the last 30 days, from summaries of sealed segments
    /// and the last segment's entries, in bounded memory.
    ///
    /// # Errors
    /// When another process writes it, the keys are unusable, or the disk refuses. A torn, altered or
    /// missing tail is no error: it is in [`Opening`] and in the ledger's next entry. Nor is a damaged
    /// or missing segment: it is in [`Opening::losses`], at every opening.
    pub fn open(
        dir: &Path,
        settings: LedgerSettings,
        disk: Arc<dyn Disk>,
        now: Timestamp,
        restore: &mut dyn FnMut(Restored<'_>),
    ) -> Result<(Self, Opening), OpenError> {
        let begun = Instant::now();
        let layout = Layout::new(dir);
        let on = |doing: &'static str| {
            move |cause: io::Error| OpenError::Disk { dir: dir.to_owned(), doing, cause }
        };
        if settings.retention < LedgerSettings::LEAST_RETENTION {
            let LedgerSettings { retention, .. } = settings;
            return Err(OpenError::Retention { retention, least: LedgerSettings::LEAST_RETENTION });
        }
        disk.create_dir(&layout.segments()).map_err(on("create"))?;
        let lock = disk.lock(&layout.lock()).map_err(on("lock"))?;
        let lock = lock.ok_or_else(|| OpenError::Locked { dir: dir.to_owned() })?;
        let keys = KeyRing::open(&*disk, &layout, now, settings.key_period, settings.retention)?;
        let chain_key = keys.chain();

        let mut opening = Opening::default();
        let known = retain::known_head(&*disk, &layout).map_err(on("read the head of"))?;
        let found =
            retain::checkpoint(&*disk, &layout, Some(&chain_key)).map_err(on("read the checkpoint of"))?;
        opening.forged_checkpoint = found == Found::Forged;
        opening.pruned =
            retain::prune(&*disk, &layout, &chain_key, now, settings.retention).map_err(on("prune"))?;
        let found =
            retain::checkpoint(&*disk, &layout, Some(&chain_key)).map_err(on("read the checkpoint of"))?;
        let pruned_through = match found {
            Found::Signed(checkpoint) => checkpoint.through,
            Found::None | Found::Forged => Mark::GENESIS,
        };

        let chain = Chain::read(&*disk, &layout).map_err(on("list the segments of"))?;
        opening.segments = chain.links.len();
        if let Some(known) = known {
            opening.lost_tail =
                (!holds(&*disk, &chain, pruned_through, known).map_err(on("read"))?).then_some(known);
        }
        if let Some(last) = chain.links.last() {
            // The new segment will say where this one ends: what was read must not vanish later.
            disk.sync_data(&last.path).map_err(on("sync"))?;
        }
        let replay = Replay {
            disk: &*disk,
            layout: &layout,
            chain: &chain,
            pruned_through,
            since: now.minus(settings.look_back),
            begun: keys.begun(now),
            now,
        };
        let end = replay.run(&mut opening, restore).map_err(on("read"))?.unwrap_or(pruned_through);

        let highest = chain.numbers.last().copied().unwrap_or(0);
        let highest = highest.max(known.map_or(0, |mark| mark.segment)).max(pruned_through.segment);
        let tail_lost = opening.lost_tail.is_some();
        let started = Entry::Started(Started { at: now, cut_bytes: opening.cut_bytes, tail_lost });
        let number = highest.saturating_add(1);
        let segment = OpenSegment::begin(&*disk, &layout, number, now, end, Some(&started))
            .map_err(on("begin a segment of"))?;

        let shared = Arc::new(Shared::new(settings, keys.current(), segment.writer.mark()));
        let thread = LedgerThread {
            shared: Arc::clone(&shared),
            disk,
            layout,
            keys,
            clock: Clock::new(now),
            segment: Some(segment),
            next_number: number.saturating_add(1),
            lock,
        };
        let (disk, layout) = (Arc::clone(&thread.disk), thread.layout.clone());
        let thread = thread.start().map_err(on("start the thread of"))?;
        opening.took = begun.elapsed();
        let lost = opening.losses.iter().map(|loss| loss.segment).collect();
        Ok((Self { shared, disk, layout, lost, thread: Mutex::new(Some(thread)) }, opening))
    }
}

/// Whether the ledger still holds the place where it was known to end.
pub(crate) fn holds(disk: &dyn Disk, chain: &Chain, pruned_through: Mark, known: Mark) -> io::Result<bool> {
    // A place in a segment that is missing is lost with it, and told with it.
    let is_missing = |missing: &Missing| (missing.after + 1..=missing.end.segment).contains(&known.segment);
    if known.segment <= pruned_through.segment || chain.missing.iter().any(is_missing) {
        return Ok(true);
    }
    let Some(link) = chain.links.iter().find(|link| link.header.number == known.segment) else {
        return Ok(false);
    };
    if link.sealed == Some(known) {
        return Ok(true);
    }
    let mut scan = Scan::open(disk, link)?;
    while scan.mark().length < known.length && scan.next()?.is_some() {}
    Ok(scan.mark() == known)
}
