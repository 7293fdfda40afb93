//! Retention: whole old segments go, and a signed checkpoint says where the rest begins.

use std::io;

use domain::{Timestamp, Window};
use ledger::{ChainKey, Checkpoint, Mark};
use serde::{Deserialize, Serialize};

use crate::disk::{Disk, put_small, read_small};
use crate::layout::{CHECKPOINT, HEAD, Layout};
use crate::segment::Chain;

#[derive(Serialize, Deserialize)]
struct SignedCheckpoint {
    #[serde(flatten)]
    checkpoint: Checkpoint,
    signature: String,
}

/// A checkpoint as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing was ever pruned.
    None,
    /// Signed by this ledger's chain key.
    Signed(Checkpoint),
    /// Not signed by it, or not readable as a checkpoint: nobody knows what was removed.
    Forged,
}

/// Reads the checkpoint; without a chain key none can be told from a forged one.
pub(crate) fn checkpoint(disk: &dyn Disk, layout: &Layout, key: Option<&ChainKey>) -> io::Result<Found> {
    let bytes = match read_small(disk, &layout.dir.join(CHECKPOINT)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::None),
        Err(error) => return Err(error),
    };
    Ok(match (serde_json::from_slice::<SignedCheckpoint>(&bytes), key) {
        (Ok(signed), Some(key)) if key.signed(&signed.checkpoint, &signed.signature) => {
            Found::Signed(signed.checkpoint)
        }
        _ => Found::Forged,
    })
}

/// Removes segments of which everything is older than `retention`; how many.
///
/// INVARIANT (checkpoint before removal): the checkpoint is durable before the first file goes, so
/// a crash in between leaves files too many, which the next pruning removes, never a gap.
pub(crate) fn prune(
    disk: &dyn Disk,
    layout: &Layout,
    key: &ChainKey,
    now: Timestamp,
    retention: Window,
) -> io::Result<u64> {
    let before = match checkpoint(disk, layout, Some(key))? {
        Found::None => Checkpoint { through: Mark::GENESIS, at: now, segments: 0, bytes: 0 },
        Found::Signed(checkpoint) => checkpoint,
        // Signing over what cannot be trusted would launder it.
        Found::Forged => return Ok(0),
    };
    let chain = Chain::read(disk, layout)?;
    let horizon = now.minus(retention);
    let mut after = before;
    // A segment is over when the next one was begun.
    for (link, next) in chain.links.iter().zip(chain.links.iter().skip(1)) {
        let Some(sealed) = link.sealed else { break };
        if next.header.created >= horizon || link.header.previous != after.through {
            break;
        }
        after = Checkpoint {
            through: sealed,
            at: now,
            segments: after.segments.saturating_add(1),
            bytes: after.bytes.saturating_add(sealed.length),
        };
    }
    if after.through != before.through {
        let signed = SignedCheckpoint { checkpoint: after, signature: key.sign(&after) };
        let bytes = serde_json::to_vec(&signed).map_err(io::Error::other)?;
        put_small(disk, &layout.dir, CHECKPOINT, &bytes)?;
    }
    let dead = chain.numbers.iter().filter(|number| **number <= after.through.segment);
    let mut removed = false;
    for number in dead {
        for path in [layout.segment(*number), layout.summary(*number)] {
            match disk.remove(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => removed = true,
            }
        }
    }
    if removed {
        disk.sync_dir(&layout.segments())?;
    }
    Ok(after.segments.saturating_sub(before.segments))
}

/// Notes where the ledger ends, for the next opening to compare with.
pub(crate) fn put_head(disk: &dyn Disk, layout: &Layout, mark: Mark) -> io::Result<()> {
    let bytes = serde_json::to_vec(&mark).map_err(io::Error::other)?;
    put_small(disk, &layout.dir, HEAD, &bytes)
}

/// Where the ledger was known to end. A file that cannot be read as such says nothing.
pub(crate) fn known_head(disk: &dyn Disk, layout: &Layout) -> io::Result<Option<Mark>> {
    match read_small(disk, &layout.dir.join(HEAD)) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
