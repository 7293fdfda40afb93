//! Whether a ledger is whole: every frame, every link, every head that is known from elsewhere.

use std::io;

use domain::Timestamp;
use ledger::{Anchor, Entry, Fault, Head, Mark, Verification};

use crate::disk::Disk;
use crate::keys::KeyRing;
use crate::layout::Layout;
use crate::retain::{self, Found};
use crate::segment::{Chain, Link, Scan};

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
    let missing = chain.missing.iter().map(|missing| missing.end.segment);
    let missing = missing.filter(|segment| *segment > begins.segment);
    report.faults.extend(missing.map(|segment| Fault::Missing { segment }));
    report.faults.extend(chain.strays.iter().map(|segment| Fault::Stray { segment: *segment }));

    let mut watch = Watch { anchor, known, known_seen: known.is_none_or(|k| k.segment <= begins.segment) };
    // Where nothing was ever pruned the ledger begins with no hash at all, which is nobody's anchor.
    if begins != Mark::GENESIS {
        watch.pass(begins, None, &mut report);
    }
    let successors = chain.links.iter().skip(1).map(Some).chain([None]);
    let live = chain.links.iter().zip(successors).filter(|(link, _)| link.header.number > begins.segment);
    for (nth, (link, next)) in live.enumerate() {
        if nth == 0 && link.header.previous != begins && chain.missing_before(link).is_none() {
            report.faults.push(Fault::NoCheckpoint { segment: link.header.number });
        }
        verify_segment(disk, link, next, &mut watch, &mut report)?;
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
    next: Option<&Link>,
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
        Some(sealed) if sealed == end => {
            let bytes = disk.len(&link.path)?.saturating_sub(end.length);
            if bytes > 0 && !was_written(disk, link, next, bytes)? {
                report.faults.push(Fault::Appended { segment, at_byte: end.length, bytes });
            } else {
                report.torn_bytes = report.torn_bytes.saturating_add(bytes);
            }
        }
        Some(sealed) if sealed.length == end.length => report.faults.push(Fault::Exchanged { segment }),
        Some(_) => report.faults.push(Fault::Damaged {
            segment,
            at_byte: end.length,
            why: scan.torn().map_or("the segment is shorter than its successor says", |why| why.0),
        }),
    }
    Ok(())
}

/// Whether the `bytes` behind the end of a sealed segment may be from a write that was never
/// acknowledged: a torn tail that the next opening cut and noted, or the group whose write or sync
/// failed, after which the same process began the next segment.
fn was_written(disk: &dyn Disk, link: &Link, next: Option<&Link>, bytes: u64) -> io::Result<bool> {
    let Some(next) = next else { return Ok(true) };
    match Scan::open(disk, next)?.next()? {
        Some(Entry::Started(started)) => Ok(bytes <= started.cut_bytes),
        // The opening broke off after the header: nobody noted what it cut.
        None => Ok(true),
        Some(_) => {
            let mut scan = Scan::of(disk.open(&link.path)?, &link.header, u64::MAX)?;
            while scan.next()?.is_some() {}
            Ok(scan.is_unfinished())
        }
    }
}
