//! Parts of a ledger that are missing or damaged, and the search for them while a server runs.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::Timestamp;

use crate::handle::Ledger;
use crate::layout::Layout;
use crate::segment::{Chain, Link, Scan};

/// A part of the ledger that cannot be read any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The segment's number.
    pub segment: u64,
    /// The segment's file within the ledger.
    pub file: String,
    /// What is wrong with it.
    pub why: &'static str,
    /// Nothing of what is lost is older.
    pub from: Timestamp,
    /// Nothing of what is lost is younger.
    pub until: Timestamp,
    /// Bytes that are lost, where that is known.
    pub bytes: Option<u64>,
    /// Whether budgets are whole all the same, because the segment's summary is.
    pub budgets_known: bool,
}

impl Loss {
    /// What is lost of `link`, of which only the bytes before `end` can be read.
    pub(crate) fn of(link: &Link, next: &Link, end: u64, why: &'static str, budgets_known: bool) -> Self {
        Self {
            segment: link.header.number,
            file: Layout::segment_name(link.header.number),
            why,
            from: link.header.created,
            until: next.header.created,
            bytes: link.sealed.map(|sealed| sealed.length.saturating_sub(end)),
            budgets_known,
        }
    }
}

/// Nobody waits for an examination: it reads a third of the time.
const PAUSES: u32 = 2;

impl Ledger {
    /// Reads every sealed segment once and tells of those that are not what was written, but for those
    /// that opening told of. Blocks as
    /// long as that takes, in pauses for two thirds of it; raise `stop` to end it. Opening reads only
    /// what budgets need, so a byte that turned in an old segment is found here.
    ///
    /// # Errors
    /// When the disk refuses to list the ledger or to read a segment.
    pub fn examine(&self, stop: &AtomicBool, tell: &mut dyn FnMut(&Loss)) -> io::Result<()> {
        let chain = Chain::read(&*self.disk, &self.layout)?;
        for (link, next) in chain.links.iter().zip(chain.links.iter().skip(1)) {
            let number = link.header.number;
            let Some(sealed) = link.sealed.filter(|_| !self.lost.contains(&number)) else { continue };
            let begun = Instant::now();
            let mut scan = match Scan::open(&*self.disk, link) {
                Ok(scan) => scan,
                // Retention was faster than we.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            while scan.next()?.is_some() {
                if stop.load(Ordering::Relaxed) {
                    return Ok(());
                }
            }
            if scan.mark() != sealed {
                let why = scan.torn().map_or("it is not what its successor continues", |why| why.0);
                tell(&Loss::of(link, next, scan.mark().length, why, true));
            }
            let rest = Instant::now() + begun.elapsed() * PAUSES;
            while Instant::now() < rest && !stop.load(Ordering::Relaxed) {
                std::thread::sleep(
                    Duration::from_millis(20).min(rest.saturating_duration_since(Instant::now())),
                );
            }
        }
        Ok(())
    }
}
