//! A disk that forgets, tears, reorders and fails, and remembers in what order it was asked.
//!
//! What is promised is what POSIX promises and no more: bytes survive a crash when `sync_data`
//! returned after they were appended, names when `sync_dir` did. Of everything else any part may
//! survive. After a `sync_data` that failed, the bytes before it are never made durable by a later
//! one (Linux marks the pages clean), though they can be read until the crash.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::disk::{Disk, DiskFile};

/// What the disk was asked, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// So many bytes were appended to a file.
    Append(PathBuf, usize),
    /// A file was made durable.
    Synced(PathBuf),
    /// What the test said with [`FaultyDisk::remark`].
    Remark(String),
}

/// A disk in memory with the faults of real ones, as one process sees it. Clones are the same disk
/// in the same process; after [`FaultyDisk::crash`] or [`FaultyDisk::kill`] that process can do
/// nothing any more, and [`FaultyDisk::next_process`] is the one that comes after.
#[derive(Clone, Default)]
pub struct FaultyDisk {
    state: Arc<Mutex<State>>,
    boot: u64,
}

#[derive(Default)]
struct State {
    files: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    /// Names changed since their directory was last synced, in order.
    changes: Vec<(PathBuf, Option<usize>)>,
    locks: BTreeSet<PathBuf>,
    asked: Vec<Asked>,
    /// Counts crashes and kills: what was opened before the last one is dead.
    boots: u64,
    appends_until_full: Option<usize>,
    failing_syncs: usize,
    sync_takes: Duration,
}

#[derive(Clone, Default)]
struct Inode {
    durable: Vec<u8>,
    /// Appends since the last good sync, with their place; `true` when a sync over them failed.
    pending: Vec<(usize, Vec<u8>, bool)>,
}

impl Inode {
    fn visible(&self) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for (at, part, _) in &self.pending {
            write_at(&mut bytes, *at, part);
        }
        bytes
    }
}

fn write_at(bytes: &mut Vec<u8>, at: usize, part: &[u8]) {
    let end = at.saturating_add(part.len());
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    if let Some(place) = bytes.get_mut(at..end) {
        place.copy_from_slice(part);
    }
}

impl FaultyDisk {
    /// An empty disk without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Power fails. What was promised stays; of the rest, whatever `seed` picks: each append and each
    /// change of a name survives or not, and one append may survive in part.
    pub fn crash(&self, seed: u64) {
        let mut dice = Dice(seed);
        let mut state = self.lock();
        let state = &mut *state;
        for file in &mut state.files {
            let pending = std::mem::take(&mut file.pending);
            for (at, part, _) in pending {
                match dice.roll(4) {
                    0 => write_at(&mut file.durable, at, &part),
                    1 => {
                        let kept = dice.roll(part.len().saturating_add(1));
                        write_at(&mut file.durable, at, part.get(..kept).unwrap_or_default());
                    }
                    _ => {}
                }
            }
        }
        for (path, change) in std::mem::take(&mut state.changes) {
            if dice.roll(2) == 0 {
                apply(&mut state.durable_names, path, change);
            }
        }
        state.names = state.durable_names.clone();
        state.locks.clear();
        state.boots = state.boots.saturating_add(1);
        state.appends_until_full = None;
        state.failing_syncs = 0;
    }

    /// The process dies and the machine does not: everything written stays, locks are free.
    pub fn kill(&self) {
        let mut state = self.lock();
        state.locks.clear();
        state.boots = state.boots.saturating_add(1);
    }

    /// The same disk as the process sees it that starts now.
    #[must_use]
    pub fn next_process(&self) -> Self {
        let boot = self.lock().boots;
        Self { state: Arc::clone(&self.state), boot }
    }

    /// The append after `appends` further ones, and all after it, fail with `StorageFull`, half
    /// written; until [`FaultyDisk::make_room`].
    pub fn fill_after(&self, appends: usize) {
        self.lock().appends_until_full = Some(appends);
    }

    /// Ends what [`FaultyDisk::fill_after`] began.
    pub fn make_room(&self) {
        self.lock().appends_until_full = None;
    }

    /// The next `count` syncs of file contents fail with an input/output error.
    pub fn fail_syncs(&self, count: usize) {
        self.lock().failing_syncs = count;
    }

    /// Every sync of file contents takes `time` from now on, as on a disk that turns.
    pub fn slow_syncs(&self, time: Duration) {
        self.lock().sync_takes = time;
    }

    /// Adds a line of the test's own to the record.
    pub fn remark(&self, text: impl Into<String>) {
        self.lock().asked.push(Asked::Remark(text.into()));
    }

    /// What was asked so far, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.lock().asked.clone()
    }

    /// Changes the bytes of a file, as somebody with an editor would; false when there is no such file.
    pub fn edit(&self, path: &Path, edit: impl FnOnce(&mut Vec<u8>)) -> bool {
        let mut state = self.lock();
        let Some(nth) = state.names.get(path).copied() else { return false };
        state.files.get_mut(nth).is_some_and(|file| {
            let mut bytes = file.visible();
            edit(&mut bytes);
            *file = Inode { durable: bytes, pending: Vec::new() };
            true
        })
    }

    /// A copy of the disk as it is, for looking at two futures.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        let state = self.lock();
        let copy = State {
            files: state.files.clone(),
            names: state.names.clone(),
            durable_names: state.durable_names.clone(),
            changes: state.changes.clone(),
            boots: state.boots,
            ..State::default()
        };
        Self { boot: copy.boots, state: Arc::new(Mutex::new(copy)) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A process that is dead does nothing more.
    fn alive(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.lock();
        if state.boots == self.boot { Ok(state) } else { Err(io::Error::other("the process is dead")) }
    }
}

fn apply(names: &mut BTreeMap<PathBuf, usize>, path: PathBuf, change: Option<usize>) {
    match change {
        Some(file) => names.insert(path, file),
        None => names.remove(&path),
    };
}

impl State {
    fn rename_to(&mut self, path: &Path, change: Option<usize>) {
        self.changes.push((path.to_owned(), change));
        apply(&mut self.names, path.to_owned(), change);
    }

    fn file(&self, path: &Path) -> io::Result<usize> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn append(&mut self, file: usize, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.asked.push(Asked::Append(path.to_owned(), bytes.len()));
        let (fits, full) = match &mut self.appends_until_full {
            Some(0) => (bytes.get(..bytes.len() / 2).unwrap_or_default(), true),
            Some(left) => {
                *left = left.saturating_sub(1);
                (bytes, false)
            }
            None => (bytes, false),
        };
        if let Some(inode) = self.files.get_mut(file) {
            let at = inode.visible().len();
            inode.pending.push((at, fits.to_vec(), false));
        }
        if full { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&mut self, file: usize, path: &Path) -> io::Result<()> {
        let Some(inode) = self.files.get_mut(file) else { return Ok(()) };
        if self.failing_syncs > 0 {
            self.failing_syncs = self.failing_syncs.saturating_sub(1);
            inode.pending.iter_mut().for_each(|(_, _, doomed)| *doomed = true);
            return Err(io::Error::other("input/output error"));
        }
        let Inode { durable, pending } = inode;
        pending.retain(|(at, part, doomed)| {
            if !doomed {
                write_at(durable, *at, part);
            }
            *doomed
        });
        self.asked.push(Asked::Synced(path.to_owned()));
        Ok(())
    }
}

struct OpenFile {
    disk: FaultyDisk,
    file: usize,
    path: PathBuf,
}

impl DiskFile for OpenFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk.alive()?.append(self.file, &self.path, bytes)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        let takes = self.disk.alive()?.sync_takes;
        std::thread::sleep(takes);
        self.disk.alive()?.sync(self.file, &self.path)
    }
}

struct HeldLock {
    disk: FaultyDisk,
    path: PathBuf,
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        // The locks of a dead process were given back when it died.
        if let Ok(mut state) = self.disk.alive() {
            state.locks.remove(&self.path);
        }
    }
}

impl Disk for FaultyDisk {
    fn create_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.alive()?;
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = state.files.len();
        state.files.push(Inode::default());
        state.rename_to(path, Some(file));
        Ok(Box::new(OpenFile { disk: self.clone(), file, path: path.to_owned() }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        let state = self.alive()?;
        let bytes = state.files.get(state.file(path)?).map(Inode::visible).unwrap_or_default();
        Ok(Box::new(Cursor::new(bytes)))
    }

    fn sync_data(&self, path: &Path) -> io::Result<()> {
        let mut state = self.alive()?;
        let file = state.file(path)?;
        state.sync(file, path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.alive()?;
        let (here, elsewhere): (Vec<_>, Vec<_>) = std::mem::take(&mut state.changes)
            .into_iter()
            .partition(|(changed, _)| changed.parent() == Some(path));
        state.changes = elsewhere;
        for (path, change) in here {
            apply(&mut state.durable_names, path, change);
        }
        Ok(())
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        let state = self.alive()?;
        let length = state.files.get(state.file(path)?).map_or(0, |file| file.visible().len());
        Ok(u64::try_from(length).unwrap_or(u64::MAX))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.alive()?;
        let here = state.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(here.filter_map(|path| path.file_name()?.to_str().map(str::to_owned)).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.alive()?;
        let file = state.file(from)?;
        state.rename_to(to, Some(file));
        state.rename_to(from, None);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.alive()?;
        state.file(path)?;
        state.rename_to(path, None);
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Send + Sync>>> {
        let mut state = self.alive()?;
        if !state.locks.insert(path.to_owned()) {
            return Ok(None);
        }
        Ok(Some(Box::new(HeldLock { disk: self.clone(), path: path.to_owned() })))
    }

    fn is_private(&self, path: &Path) -> io::Result<bool> {
        self.alive()?.file(path).map(|_| true)
    }
}

/// Numbers without pattern from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let sides = u64::try_from(sides.max(1)).unwrap_or(1);
        usize::try_from((mixed ^ (mixed >> 31)) % sides).unwrap_or(0)
    }
}
