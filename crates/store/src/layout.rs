//! Where things stand in a ledger's directory.
//!
//! ```text
//! lock                       held by the one process that writes
//! head.json                  where the ledger ended when it was last closed, or a minute ago
//! checkpoint.json            what retention removed, signed
//! keys/period-00000001.key   one per period; erasing it erases the period's links to people
//! keys/callers.key           digests of principals and hints, as long as the ledger lives
//! keys/chain.key             signs the checkpoint
//! segments/0000000001.seg    the ledger
//! segments/0000000001.sum    the part of a sealed segment that budgets need: start-up reads this
//! ```

use std::io;
use std::path::{Path, PathBuf};

use crate::disk::Disk;

/// The paths of one ledger.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) dir: PathBuf,
}

pub(crate) const HEAD: &str = "head.json";
pub(crate) const CHECKPOINT: &str = "checkpoint.json";

impl Layout {
    pub(crate) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.dir.join("lock")
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.dir.join("keys")
    }

    pub(crate) fn segments(&self) -> PathBuf {
        self.dir.join("segments")
    }

    pub(crate) fn segment(&self, number: u64) -> PathBuf {
        self.segments().join(format!("{number:010}.seg"))
    }

    pub(crate) fn summary_name(number: u64) -> String {
        format!("{number:010}.sum")
    }

    pub(crate) fn summary(&self, number: u64) -> PathBuf {
        self.segments().join(Self::summary_name(number))
    }

    /// The name of a segment's file within the ledger, as it is told to people.
    pub(crate) fn segment_name(number: u64) -> String {
        format!("segments/{number:010}.seg")
    }

    /// Numbers of the segment files, in order.
    pub(crate) fn numbers(&self, disk: &dyn Disk) -> io::Result<Vec<u64>> {
        self.numbered(disk, ".seg")
    }

    /// Numbers of the summaries, in order.
    pub(crate) fn summaries(&self, disk: &dyn Disk) -> io::Result<Vec<u64>> {
        self.numbered(disk, ".sum")
    }

    fn numbered(&self, disk: &dyn Disk, ending: &str) -> io::Result<Vec<u64>> {
        let names = disk.list(&self.segments())?;
        let mut numbers: Vec<u64> =
            names.iter().filter_map(|name| name.strip_suffix(ending)?.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }
}
