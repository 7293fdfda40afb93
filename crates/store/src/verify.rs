//! Whether a ledger is whole: every frame, every link, every head that is known from elsewhere.

use std::io;

use domain::Timestamp;
use ledger::{Checkpoint, Entry, Head, Mark};
use serde::Serialize;

use crate::disk::Disk;
use crate::keys::KeyRing;
use crate::layout::Layout;
use crate::retain::{self, Found};
use crate::segment::{Chain, Link, Scan};

/// What a ledger is found to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Segments read.
    pub segments: usize,
    /// Entries read.
    pub entries: u64,
    /// Bytes of whole entries and headers.
    pub bytes: u64,
    /// When the oldest segment was begun.
    pub since: Option<Timestamp>,
    /// Time of the last entry.
    pub until: Option<Timestamp>,
    /// The head after the last entry.
    pub head: Head,
    /// What retention removed, if anything.
    pub checkpoint: Option<Checkpoint>,
    /// Bytes after the last whole entry: a write under way, or one that was never acknowledged.
    pub torn_bytes: u64,
    /// Where the anchor that was asked for stands; `None` when none was asked for or found.
    pub anchor: Option<Anchor>,
    /// Times at which an opening found and cut a torn tail.
    pub cuts: Vec<Timestamp>,
    /// What is wrong. Empty: nothing in the ledger was removed, changed or added since the anchor.
    pub faults: Vec<Fault>,
}

/// Where a known head stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Anchor {
    /// In this segment.
    pub segment: u64,
    /// After so many of its bytes.
    pub length: u64,
    /// Time of the entry that it closes.
    pub at: Option<Timestamp>,
}

/// What is wrong with a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "fault")]
#[non_exhaustive]
pub enum Fault {
    /// A segment that another continues is not there.
    Missing {
        /// Its number.
        segment: u64,
    },
    /// Bytes in a sealed segment are not what was written.
    Damaged {
        /// Its number.
        segment: u64,
        /// Where the first wrong frame begins.
        at_byte: u64,
        /// What is wrong there.
        why: &'static str,
    },
    /// The segment is whole, but its successor continues another one.
    Exchanged {
        /// Its number.
        segment: u64,
    },
    /// The ledger begins in the middle, and no checkpoint says that retention did that.
    NoCheckpoint {
        /// The first segment that is there.
        segment: u64,
    },
    /// The checkpoint is not signed by this ledger's chain key.
    ForgedCheckpoint,
    /// The ledger was known to reach a place that is not there any more.
    TailLost {
        /// The place.
        known: Mark,
    },
    /// An opening found entries missing at the end.
    TailLostBefore {
        /// The opening.
        at: Timestamp,
    },
    /// No entry has the head that was asked for: its tail was lost or rewritten, or it was pruned.
    AnchorNotFound {
        /// The head.
        anchor: Head,
    },
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no ledger.
    #[error("there is no ledger in `{dir}`; name its directory with `--state`")]
    NoLedger {
        /// Where it was looked for.
        dir: std::path::PathBuf,
    },
    /// The disk refused.
    #[error("cannot read the ledger `{dir}`")]
    Disk {
        /// The ledger.
        dir: std::path::PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The keys cannot be read.
    #[error(transparent)]
    Keys(#[from] crate::keys::KeyError),
}

/// Reads the whole ledger and compares it with itself, its checkpoint, the last head it noted, and
/// `anchor`. Works while a server writes: what is under way counts as torn and not as a fault.
pub(crate) fn verify(
    disk: &dyn Disk,
    layout: &Layout,
    keys: Option<&KeyRing>,
    anchor: Option<Head>,
) -> io::Result<Verification> {
    let known = retain::known_head(disk, layout)?;
    let chain_key = keys.map(KeyRing::chain);
    let found = retain::checkpoint(disk, layout, chain_key.as_ref())?;
    let chain = Chain::read(disk, layout)?;
    let checkpoint = match found {
        Found::Signed(checkpoint) => Some(checkpoint),
        Found::None | Found::Forged => None,
    };
    let begins = checkpoint.map_or(Mark::GENESIS, |checkpoint| checkpoint.through);
    let mut report = Verification {
        segments: 0,
        entries: 0,
        bytes: 0,
        since: chain.links.first().map(|link| link.header.created),
        until: None,
        head: begins.head,
        checkpoint,
        torn_bytes: 0,
        anchor: None,
        cuts: Vec::new(),
        faults: Vec::new(),
    };
    if found == Found::Forged {
        report.faults.push(Fault::ForgedCheckpoint);
    }
    let missing = chain.missing.iter().filter(|number| **number > begins.segment);
    report.faults.extend(missing.map(|segment| Fault::Missing { segment: *segment }));

    let mut watch = Watch { anchor, known, known_seen: known.is_none_or(|k| k.segment <= begins.segment) };
    watch.pass(begins, None, &mut report);
    let live = chain.links.iter().filter(|link| link.header.number > begins.segment);
    for (nth, link) in live.enumerate() {
        if nth == 0
            && link.header.previous != begins
            && !chain.missing.contains(&link.header.previous.segment)
        {
            report.faults.push(Fault::NoCheckpoint { segment: link.header.number });
        }
        verify_segment(disk, link, &mut watch, &mut report)?;
    }
    if let Some(known) = known.filter(|_| !watch.known_seen) {
        report.faults.push(Fault::TailLost { known });
    }
    if let Some(anchor) = anchor.filter(|_| report.anchor.is_none()) {
        report.faults.push(Fault::AnchorNotFound { anchor });
    }
    Ok(report)
}

/// Heads known from elsewhere, looked for at every entry.
struct Watch {
    anchor: Option<Head>,
    known: Option<Mark>,
    known_seen: bool,
}

impl Watch {
    fn pass(&mut self, mark: Mark, at: Option<Timestamp>, report: &mut Verification) {
        self.known_seen |= self.known == Some(mark);
        if self.anchor == Some(mark.head) {
            report.anchor = Some(Anchor { segment: mark.segment, length: mark.length, at });
        }
    }
}

fn verify_segment(
    disk: &dyn Disk,
    link: &Link,
    watch: &mut Watch,
    report: &mut Verification,
) -> io::Result<()> {
    let segment = link.header.number;
    let mut scan = Scan::open(disk, link)?;
    report.segments = report.segments.saturating_add(1);
    watch.pass(scan.mark(), None, report);
    while let Some(entry) = scan.next()? {
        report.entries = report.entries.saturating_add(1);
        report.until = report.until.max(Some(entry.at()));
        watch.pass(scan.mark(), Some(entry.at()), report);
        if let Entry::Started(started) = entry {
            if started.cut_bytes > 0 {
                report.cuts.push(started.at);
            }
            if started.tail_lost {
                report.faults.push(Fault::TailLostBefore { at: started.at });
            }
        }
    }
    let end = scan.mark();
    report.bytes = report.bytes.saturating_add(end.length);
    report.head = end.head;
    match link.sealed {
        None => {
            report.torn_bytes =
                report.torn_bytes.saturating_add(disk.len(&link.path)?.saturating_sub(end.length));
        }
        Some(sealed) if sealed == end => {}
        Some(sealed) if sealed.length == end.length => report.faults.push(Fault::Exchanged { segment }),
        Some(_) => report.faults.push(Fault::Damaged {
            segment,
            at_byte: end.length,
            why: scan.torn().map_or("the segment is shorter than its successor says", |why| why.0),
        }),
    }
    Ok(())
}
