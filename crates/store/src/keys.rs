//! The keys below the digests: one per period, readable by their owner only.

use std::io;
use std::path::{Path, PathBuf};

use domain::{Timestamp, Window};
use ledger::{ChainKey, DigestKey};
use serde::{Deserialize, Serialize};

use crate::disk::{Disk, put_small, read_small};
use crate::layout::Layout;

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The disk refused.
    #[error("cannot read or write the ledger's key `{path}`")]
    Disk {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// Others can read it.
    #[error(
        "the ledger's key `{path}` can be read by others; run `chmod 600` on it, and think about who may have read it"
    )]
    Exposed {
        /// Which file.
        path: PathBuf,
    },
    /// It is no key file.
    #[error(
        "`{path}` is no ledger key: {why}; restore it from a backup, or remove it and lose the links to people of its period"
    )]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes for a new key")]
    Random,
    /// The period's key is in use.
    #[error(
        "period {period} is the current one; its key can be erased when the next period has begun, at {until}"
    )]
    Current {
        /// Which period.
        period: u32,
        /// When it ends.
        until: Timestamp,
    },
    /// There is no such period.
    #[error("there is no key for period {period}; it was erased, or never was")]
    NoSuchPeriod {
        /// Which period.
        period: u32,
    },
}

/// The life of one period's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Its number, from 1.
    pub period: u32,
    /// When its key came into use.
    pub from: Timestamp,
    /// When the next key comes into use.
    pub until: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct PeriodFile {
    #[serde(flatten)]
    period: Period,
    key: HexKey,
}

#[derive(Serialize, Deserialize)]
struct KeyFile {
    key: HexKey,
}

/// 32 secret bytes; written as hexadecimal into key files only.
#[derive(Clone, Copy)]
struct HexKey([u8; 32]);

impl Serialize for HexKey {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }
}

impl<'de> Deserialize<'de> for HexKey {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        // A head and a key have the same form: 64 hexadecimal digits.
        let text = String::deserialize(input)?;
        text.parse::<ledger::Head>()
            .map(|bytes| Self(*bytes.bytes()))
            .map_err(|_| serde::de::Error::custom("a key is 64 hexadecimal digits"))
    }
}

/// Every key of a ledger.
pub(crate) struct KeyRing {
    periods: Vec<(Period, HexKey)>,
    callers: HexKey,
    chain: HexKey,
}

impl KeyRing {
    /// Reads the keys for looking things up; makes none. Without any key nothing can be looked up.
    pub(crate) fn read(disk: &dyn Disk, layout: &Layout) -> Result<Option<Self>, KeyError> {
        let dir = layout.keys();
        let callers = named(disk, &dir, "callers.key")?;
        let chain = named(disk, &dir, "chain.key")?;
        let (Some(callers), Some(chain)) = (callers, chain) else { return Ok(None) };
        let names = disk.list(&dir).map_err(|cause| KeyError::Disk { path: dir.clone(), cause })?;
        let mut periods = Vec::new();
        for name in names.iter().filter(|n| n.starts_with("period-") && n.ends_with(".key")) {
            let PeriodFile { period, key } = parse(disk, &dir.join(name))?;
            periods.push((period, key));
        }
        periods.sort_by_key(|(period, _)| period.period);
        Ok(Some(Self { periods, callers, chain }))
    }

    /// Reads the keys, and makes those that are missing for writing at `now`. Keys of periods that
    /// ended longer than `retention` ago are erased.
    pub(crate) fn open(
        disk: &dyn Disk,
        layout: &Layout,
        now: Timestamp,
        length: Window,
        retention: Window,
    ) -> Result<Self, KeyError> {
        let dir = layout.keys();
        disk.create_dir(&dir).map_err(|cause| KeyError::Disk { path: dir.clone(), cause })?;
        for name in ["callers.key", "chain.key"] {
            if named(disk, &dir, name)?.is_none() {
                write(disk, &dir, name, &KeyFile { key: random()? })?;
            }
        }
        let mut ring = Self::read(disk, layout)?.ok_or(KeyError::Random)?;
        ring.turn(disk, layout, now, length)?;
        ring.expire(disk, layout, now, retention)?;
        Ok(ring)
    }

    /// Begins the next period when the current one is over; whether it did.
    pub(crate) fn turn(
        &mut self,
        disk: &dyn Disk,
        layout: &Layout,
        now: Timestamp,
        length: Window,
    ) -> Result<bool, KeyError> {
        let last = self.periods.last().map(|(period, _)| *period);
        if last.is_some_and(|last| now < last.until) {
            return Ok(false);
        }
        let period = last.map_or(1, |last| last.period.saturating_add(1));
        let fresh = Period { period, from: now, until: now.plus(length) };
        let key = random()?;
        write(disk, &layout.keys(), &file_name(period), &PeriodFile { period: fresh, key })?;
        self.periods.push((fresh, key));
        Ok(true)
    }

    fn expire(
        &mut self,
        disk: &dyn Disk,
        layout: &Layout,
        now: Timestamp,
        retention: Window,
    ) -> Result<(), KeyError> {
        let dead: Vec<u32> = self
            .periods
            .iter()
            .filter(|(period, _)| period.until.plus(retention) < now)
            .map(|(period, _)| period.period)
            .collect();
        for period in dead {
            remove(disk, layout, period)?;
            self.periods.retain(|(known, _)| known.period != period);
        }
        Ok(())
    }

    /// The key that new digests are made with.
    pub(crate) fn current(&self) -> DigestKey {
        let subjects = self.periods.last().map_or(self.callers, |(_, key)| *key);
        DigestKey::with_callers(subjects.0, self.callers.0)
    }

    /// Every period's key, for looking a value up.
    pub(crate) fn all(&self) -> impl Iterator<Item = DigestKey> {
        self.periods.iter().map(|(_, key)| DigestKey::with_callers(key.0, self.callers.0))
    }

    pub(crate) fn chain(&self) -> ChainKey {
        ChainKey::new(self.chain.0)
    }

    /// No entry is older: when the first period of all began, as far as that is known. A first key
    /// that was made just now tells nothing of a ledger that lost its keys.
    pub(crate) fn begun(&self, now: Timestamp) -> Timestamp {
        let first = self.periods.first().map(|(period, _)| period);
        let first = first.filter(|period| period.period == 1 && period.from < now);
        first.map_or(Timestamp::from_millis(0), |period| period.from)
    }

    pub(crate) fn periods(&self) -> Vec<Period> {
        self.periods.iter().map(|(period, _)| *period).collect()
    }
}

/// Erases the key of a past period: its digests can no longer be linked to anybody.
///
/// The file is removed and the removal made durable. Copies in backups, and blocks that the medium
/// has not reused, are beyond this: say so where it matters.
///
/// # Errors
/// When the period is the last one, is not there, or the disk refuses.
pub fn erase_period(disk: &dyn Disk, dir: &Path, period: u32) -> Result<(), KeyError> {
    let layout = Layout::new(dir);
    let periods = KeyRing::read(disk, &layout)?.map(|ring| ring.periods()).unwrap_or_default();
    let known = periods.iter().find(|known| known.period == period);
    let known = known.ok_or(KeyError::NoSuchPeriod { period })?;
    if periods.last() == Some(known) {
        return Err(KeyError::Current { period, until: known.until });
    }
    remove(disk, &layout, period)
}

fn file_name(period: u32) -> String {
    format!("period-{period:08}.key")
}

fn remove(disk: &dyn Disk, layout: &Layout, period: u32) -> Result<(), KeyError> {
    let path = layout.keys().join(file_name(period));
    disk.remove(&path)
        .and_then(|()| disk.sync_dir(&layout.keys()))
        .map_err(|cause| KeyError::Disk { path, cause })
}

fn named(disk: &dyn Disk, dir: &Path, name: &str) -> Result<Option<HexKey>, KeyError> {
    match parse::<KeyFile>(disk, &dir.join(name)) {
        Ok(file) => Ok(Some(file.key)),
        Err(KeyError::Disk { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn parse<T: serde::de::DeserializeOwned>(disk: &dyn Disk, path: &Path) -> Result<T, KeyError> {
    let wrong = |cause| KeyError::Disk { path: path.to_owned(), cause };
    if !disk.is_private(path).map_err(wrong)? {
        return Err(KeyError::Exposed { path: path.to_owned() });
    }
    let bytes = read_small(disk, path).map_err(wrong)?;
    serde_json::from_slice(&bytes).map_err(|error| KeyError::Malformed {
        path: path.to_owned(),
        // The position only: serde's own text may quote the secret.
        why: format!("line {}, column {} is not as expected", error.line(), error.column()),
    })
}

fn write<T: Serialize>(disk: &dyn Disk, dir: &Path, name: &str, file: &T) -> Result<(), KeyError> {
    let path = dir.join(name);
    let bytes = serde_json::to_vec(file)
        .map_err(|error| KeyError::Malformed { path: path.clone(), why: error.to_string() })?;
    put_small(disk, dir, name, &bytes).map_err(|cause| KeyError::Disk { path, cause })
}

fn random() -> Result<HexKey, KeyError> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|_| KeyError::Random)?;
    Ok(HexKey(key))
}
