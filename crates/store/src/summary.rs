//! The part of a sealed segment that budgets need, so that start-up need not read the rest.
//!
//! A summary has the form of a segment. Its header carries the segment's number and, as `previous`,
//! the end of the segment that it sums up: a summary of anything else is not used. It keeps what went
//! to others than the people themselves, how it ended, confirmed hints and restarts, in order; own
//! reads and their repeats, which are free, stay out. It is made after the segment is sealed, and
//! losing it costs time only.

use std::io::{self, Cursor};

use domain::{Basis, Completion, Exposure};
use ledger::{Entry, Header, Malformed, Mark, Resolved, Resolver, Writer};

use crate::disk::{Disk, put_small};
use crate::layout::Layout;
use crate::segment::{Link, Scan, header_of};

/// Exposures, and subjects in them, that may wait for their completion.
pub(crate) const WAITING: (usize, usize) = (65_536, 1_000_000);

/// What was found in a segment while it was summed up.
pub(crate) struct Summary {
    pub(crate) header: Header,
    pub(crate) bytes: Vec<u8>,
    /// Where the segment's last whole entry ends.
    pub(crate) end: Mark,
    /// Why reading ended there, if the segment does not end with a whole entry.
    pub(crate) torn: Option<Malformed>,
}

/// Sums up one segment. Memory: as much as the summary has, at most the segment.
pub(crate) fn make(disk: &dyn Disk, link: &Link) -> io::Result<Summary> {
    let mut scan = Scan::open(disk, link)?;
    let mut kept = Vec::new();
    let mut resolver = Resolver::new(WAITING.0, WAITING.1);
    while let Some(entry) = scan.next()? {
        resolver.push(entry, &mut |resolved| keep(resolved, &mut kept));
    }
    resolver.finish(&mut |resolved| keep(resolved, &mut kept));
    let (end, torn) = (scan.mark(), scan.torn());
    let header = Header { number: link.header.number, created: link.header.created, previous: end };
    let mut bytes = header.encode().to_vec();
    let mut writer = Writer::after(&header);
    for entry in &kept {
        // What was read from a segment fits a segment.
        let _ = writer.push(entry, &mut bytes);
    }
    Ok(Summary { header, bytes, end, torn })
}

/// Puts the summary beside its segment.
pub(crate) fn save(disk: &dyn Disk, layout: &Layout, summary: &Summary) -> io::Result<()> {
    put_small(disk, &layout.segments(), &Layout::summary_name(summary.header.number), &summary.bytes)
}

/// A whole summary of exactly the segment `link`, if there is one.
pub(crate) fn find(disk: &dyn Disk, layout: &Layout, link: &Link) -> Option<Scan> {
    of(disk, layout, link.header.number, Some(link.sealed?))
}

/// A whole summary of segment `number`, which ended at `end` where that is known. It serves where
/// the segment itself is gone, too.
pub(crate) fn of(disk: &dyn Disk, layout: &Layout, number: u64, end: Option<Mark>) -> Option<Scan> {
    let path = layout.summary(number);
    let header = header_of(disk, &path).ok()??;
    if header.number != number || end.is_some_and(|end| header.previous != end) {
        return None;
    }
    let scan = || Scan::of(disk.open(&path).ok()?, &header, u64::MAX).ok();
    let mut check = scan()?;
    while check.next().ok()?.is_some() {}
    if check.torn().is_some() {
        return None;
    }
    scan()
}

impl Summary {
    /// Reads it back.
    pub(crate) fn scan(self) -> io::Result<Scan> {
        let header = self.header;
        Scan::of(Box::new(Cursor::new(self.bytes)), &header, u64::MAX)
    }
}

fn keep(resolved: Resolved, kept: &mut Vec<Entry>) {
    match resolved {
        Resolved::Exposure(_, Some(Completion::Nothing)) => {}
        Resolved::Exposure(exposure, end) => {
            let (exchange, at) = (exposure.exchange, exposure.at);
            if let Some(foreign) = foreign_part(exposure) {
                kept.push(Entry::Intended(foreign));
                if let Some(completion) = end {
                    kept.push(Entry::Completed { exchange, completion, at });
                }
            }
        }
        Resolved::Late(entry) => kept.push(entry),
        Resolved::Other(entry @ (Entry::Confirmed { .. } | Entry::Started(_))) => kept.push(entry),
        Resolved::Other(_) => {}
    }
}

/// The exposure without what was the recipient's own; `None` when nothing is left.
pub(crate) fn foreign_part(mut exposure: Exposure) -> Option<Exposure> {
    exposure.subjects.retain(|subject| subject.basis != Basis::Own);
    (!exposure.subjects.is_empty()).then_some(exposure)
}
