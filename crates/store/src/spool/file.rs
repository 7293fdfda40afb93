//! One waiting notice as a file: a line of JSON, its check sum before it, then the body.
//!
//! ```text
//! tidegate-alert/1 9c1d2e3f
//! {"since":7,"group":"inc-7","sequence":2,"rank":2,"title":"…","records":40,"at":1795000000000,"length":3}
//! {…}
//! ```
//! The sum (CRC-32) is over everything after the first line. A file is put in place whole.

use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::Spooled;
use crate::disk::{Disk, put_small};

const MAGIC: &str = "tidegate-alert/1";
/// Largest file that is read.
const MOST_BYTES: u64 = 64 << 20;

#[derive(Serialize, Deserialize)]
struct Head {
    since: u64,
    group: Arc<str>,
    sequence: u64,
    rank: u8,
    title: Arc<str>,
    records: u64,
    at: Timestamp,
    length: usize,
}

/// The name of the file of notice `id`.
pub(super) fn name(id: u64) -> String {
    format!("{id:020}.alert")
}

fn id_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".alert").filter(|digits| digits.len() == 20)?;
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

/// Puts a notice in place, durably.
pub(super) fn write(disk: &dyn Disk, dir: &Path, id: u64, since: u64, notice: &Spooled) -> io::Result<()> {
    let Spooled { group, sequence, rank, title, records, at, body } = notice;
    let head = Head {
        since,
        group: Arc::clone(group),
        sequence: *sequence,
        rank: *rank,
        title: Arc::clone(title),
        records: *records,
        at: *at,
        length: body.len(),
    };
    let mut rest = serde_json::to_vec(&head)?;
    rest.push(b'\n');
    rest.extend_from_slice(body);
    let mut bytes = format!("{MAGIC} {:08x}\n", crc32fast::hash(&rest)).into_bytes();
    bytes.extend_from_slice(&rest);
    put_small(disk, dir, &name(id), &bytes)
}

fn parse(bytes: &[u8]) -> Option<(u64, Spooled)> {
    let (first, rest) = cut_line(bytes)?;
    let sum = first.strip_prefix(MAGIC.as_bytes())?.strip_prefix(b" ")?;
    if sum != format!("{:08x}", crc32fast::hash(rest)).as_bytes() {
        return None;
    }
    let (head, body) = cut_line(rest)?;
    let Head { since, group, sequence, rank, title, records, at, length } =
        serde_json::from_slice(head).ok()?;
    if body.len() != length {
        return None;
    }
    Some((since, Spooled { group, sequence, rank, title, records, at, body: body.into() }))
}

fn cut_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((bytes.get(..end)?, bytes.get(end + 1..)?))
}

/// What was found in a folder: id, since when its group waits, and the notice.
pub(super) type Found = Vec<(u64, u64, Spooled)>;

/// Every whole notice in `dir` in order of its id, with since when its group waits; and how many files
/// were none, which are removed. Files of other names are left alone.
pub(super) fn read_all(disk: &dyn Disk, dir: &Path) -> io::Result<(Found, u64)> {
    let mut found = Vec::new();
    let mut damaged = 0;
    for name in disk.list(dir)? {
        let path = dir.join(&name);
        // What a kill left of `put_small`: it was never acknowledged.
        if name.ends_with(".alert.new") {
            disk.remove(&path)?;
            continue;
        }
        let Some(id) = id_of(&name) else { continue };
        let mut bytes = Vec::new();
        disk.open(&path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
        match parse(&bytes) {
            Some((since, notice)) => found.push((id, since, notice)),
            None => {
                damaged += 1;
                disk.remove(&path)?;
            }
        }
    }
    found.sort_by_key(|(id, ..)| *id);
    Ok((found, damaged))
}
