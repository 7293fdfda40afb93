//! Questions to a ledger: of the command line, while a server may be writing.

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use domain::{Completion, Endpoint, Exposure, PrincipalId, SubjectDigest, SubjectKey, Timestamp, Window};
use ledger::{
    Account, AccountBounds, Dossier, Entry, Filter, Fold, Gap, Head, Mark, Resolved, Resolver, Verification,
    Withheld,
};

use crate::disk::Disk;
use crate::keys::{KeyRing, Period};
use crate::layout::Layout;
use crate::segment::{Chain, Link, Scan};
use crate::verify::{ReadError, verify};

/// Exposures, and subjects in them, that may wait for their completion.
const WAITING: (usize, usize) = (1_000_000, 8_000_000);
/// Digests followed from one value over the records that link them.
const MOST_LINKED: usize = 256;
/// Doors that a question remembers.
const MOST_DOORS: usize = 4096;
/// An entry may be this much older or younger than its segment says: a repeat is written late.
const SLACK: Window = Window::from_secs(2 * 3600);

/// A ledger opened for reading; takes no lock.
pub struct LedgerReader<'d> {
    disk: &'d dyn Disk,
    layout: Layout,
    keys: Option<KeyRing>,
}

/// What a question finds, in the order in which it happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum FoundEntry<'a> {
    /// An exposure, narrowed to what was asked for, and how it ended.
    Exposure(&'a Exposure, Completion),
    /// Further reads of the recipient's own record.
    Repeated(&'a Exposure, u32),
    /// Refusals.
    Refused(&'a Withheld),
}

/// What a reading meets.
enum Met<'a> {
    Found(FoundEntry<'a>),
    /// Every refusal before this time is on record.
    Counted(Timestamp),
    /// The program was started.
    Started,
}

/// How a reading went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Where the ledger is not whole, in scope.
    pub gaps: Vec<Gap>,
    /// Whether retention removed part of the scope.
    pub pruned: bool,
    /// The head after the last entry read.
    pub head: Head,
}

impl<'d> LedgerReader<'d> {
    /// Opens the ledger in `dir`.
    ///
    /// # Errors
    /// When there is none, or its keys cannot be read. Without any keys (all erased) it opens, and
    /// values cannot be looked up.
    pub fn open(dir: &Path, disk: &'d dyn Disk) -> Result<Self, ReadError> {
        let layout = Layout::new(dir);
        let keys = KeyRing::read(disk, &layout)?;
        // Keys or a head without segments are a ledger that somebody emptied: that is for `verify`.
        let known = crate::retain::known_head(disk, &layout).map_err(on(dir))?;
        if keys.is_none() && known.is_none() && layout.numbers(disk).map_err(on(dir))?.is_empty() {
            return Err(ReadError::NoLedger { dir: dir.to_owned() });
        }
        Ok(Self { disk, layout, keys })
    }

    /// The periods whose keys are still there.
    #[must_use]
    pub fn periods(&self) -> Vec<Period> {
        self.keys.as_ref().map(KeyRing::periods).unwrap_or_default()
    }

    /// Times in which this ledger was written with a key that is not there any more: erased by somebody
    /// or lost. Nothing that was written then can be looked up by a value. The second time is `None`
    /// where it goes on to the end.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn without_key(&self) -> Result<Vec<(Timestamp, Option<Timestamp>)>, ReadError> {
        let chain = Chain::read(self.disk, &self.layout).map_err(on(&self.layout.dir))?;
        let created = |link: Option<&Link>| link.map(|link| link.header.created);
        let (Some(begun), Some(last)) = (created(chain.links.first()), created(chain.links.last())) else {
            return Ok(Vec::new());
        };
        let mut spans = Vec::new();
        let mut readable: Option<Period> = None;
        for period in self.periods() {
            let from = match readable {
                None => begun,
                Some(before) if before.period.saturating_add(1) < period.period => before.until,
                // A key stays in use until the next is made.
                Some(_) => period.from,
            };
            if from < period.from && begun < period.from {
                spans.push((from.max(begun), Some(period.from)));
            }
            readable = Some(period);
        }
        match readable {
            None => spans.push((begun, None)),
            // A segment that was begun after the last key's time had another key.
            Some(period) if last >= period.until => spans.push((period.until, None)),
            Some(_) => {}
        }
        Ok(spans)
    }

    /// Whether the key is there under which principals and hints stand.
    #[must_use]
    pub fn knows_callers(&self) -> bool {
        self.keys.is_some()
    }

    /// The doors on record, at most 4,096 of them: their words name the resources of bare ids.
    ///
    /// # Errors
    /// As [`LedgerReader::scan`].
    pub fn endpoints(&self) -> Result<BTreeSet<Endpoint>, ReadError> {
        let mut doors = BTreeSet::new();
        self.scan(&Filter::default(), &mut |found| {
            if let FoundEntry::Exposure(exposure, _) | FoundEntry::Repeated(exposure, _) = found
                && doors.len() < MOST_DOORS
                && !doors.contains(&exposure.endpoint)
            {
                doors.insert(exposure.endpoint.clone());
            }
        })?;
        Ok(doors)
    }

    /// Whether any entry is about `endpoint`.
    ///
    /// # Errors
    /// As [`LedgerReader::scan`].
    pub fn has_endpoint(&self, endpoint: &Endpoint) -> Result<bool, ReadError> {
        let filter = Filter { endpoints: vec![endpoint.clone()], ..Filter::default() };
        let mut has = false;
        self.scan(&filter, &mut |_| has = true)?;
        Ok(has)
    }

    /// The digests of `keys` under every period's key: whichever the value was written with.
    #[must_use]
    pub fn subject_digests(&self, keys: &[SubjectKey<'_>]) -> HashSet<SubjectDigest> {
        let rings = self.keys.iter().flat_map(KeyRing::all);
        rings.flat_map(|ring| keys.iter().map(move |key| ring.subject(key))).collect()
    }

    /// The digests under which `id` may stand as a recipient: as a verified principal (the subject of
    /// a token as `ISSUER|SUBJECT`), as an API key's name, and as the exact value of a hint (a token
    /// or cookie).
    #[must_use]
    pub fn principal_digests(&self, id: &str) -> HashSet<SubjectDigest> {
        // Their key outlives periods: erased ones do not matter.
        let rings = self.keys.iter().map(KeyRing::current);
        let names = [PrincipalId::new(id), PrincipalId::new(&format!("key|{id}"))];
        rings
            .flat_map(|ring| {
                let [own, api_key] = names.each_ref().map(|name| ring.principal(name));
                [own, api_key, ring.credential(id)]
            })
            .collect()
    }

    /// `digests` and every digest that a record showed together with one of them, followed until
    /// nothing new is found: the same person under other keys. At most 256; a number shared by many
    /// (an office's telephone) is not followed to everyone.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn linked(&self, digests: HashSet<SubjectDigest>) -> Result<HashSet<SubjectDigest>, ReadError> {
        let mut known = digests;
        loop {
            let before = known.len();
            let filter = Filter { subjects: Some(known.clone()), ..Filter::default() };
            self.scan(&filter, &mut |found| {
                if let FoundEntry::Exposure(exposure, _) = found {
                    for digest in exposure.subjects.iter().flat_map(|subject| &subject.digests) {
                        if known.len() < MOST_LINKED {
                            known.insert(*digest);
                        }
                    }
                }
            })?;
            if known.len() == before {
                return Ok(known);
            }
        }
    }

    /// Everything that `filter` asks for, in order. Memory is bounded by what waits for its end.
    ///
    /// # Errors
    /// When the disk refuses. Damage in the ledger is no error: it is in [`Reading::gaps`].
    pub fn scan(&self, filter: &Filter, found: &mut dyn FnMut(FoundEntry<'_>)) -> Result<Reading, ReadError> {
        let mut only_found = |met: Met<'_>| {
            if let Met::Found(entry) = met {
                found(entry);
            }
        };
        self.try_scan(filter, &mut only_found).map_err(on(&self.layout.dir))
    }

    fn try_scan(&self, filter: &Filter, met: &mut dyn FnMut(Met<'_>)) -> io::Result<Reading> {
        // The head first: a server that writes meanwhile only makes the ledger longer.
        let known = crate::retain::known_head(self.disk, &self.layout)?;
        let chain = Chain::read(self.disk, &self.layout)?;
        let mut reading = Reading::default();
        let chain_key = self.keys.as_ref().map(KeyRing::chain);
        let checkpoint = crate::retain::checkpoint(self.disk, &self.layout, chain_key.as_ref())?;
        let pruned_through = match checkpoint {
            crate::retain::Found::Signed(checkpoint) => checkpoint.through,
            _ => Mark::GENESIS,
        };
        // Only what the checkpoint vouches for was pruned; anything else that is gone is a gap.
        reading.pruned = chain.links.first().is_some_and(|first| {
            first.header.previous.segment <= pruned_through.segment
                && pruned_through.segment > 0
                && filter.since.is_none_or(|since| since < first.header.created)
        });
        for missing in &chain.missing {
            let asked = filter.since.is_none_or(|since| since <= missing.until.plus(SLACK))
                && filter.until.is_none_or(|until| until.plus(SLACK) >= missing.from);
            if missing.end.segment > pruned_through.segment && asked {
                let (segment, why) = (missing.end.segment, missing.why().to_owned());
                reading.gaps.push(Gap::Damaged { segment, why });
            }
        }
        for segment in &chain.strays {
            let why = "the file is no segment of this ledger, or its header is damaged".to_owned();
            reading.gaps.push(Gap::Damaged { segment: *segment, why });
        }
        let mut resolver = Resolver::new(WAITING.0, WAITING.1);
        let mut give = |resolved: Resolved| match resolved {
            Resolved::Exposure(exposure, end) => {
                if let Some(part) = filter.narrow(&exposure) {
                    met(Met::Found(FoundEntry::Exposure(&part, end.unwrap_or(Completion::Unknown))));
                }
            }
            Resolved::Other(Entry::Repeated { exposure, count }) => {
                if let Some(part) = filter.narrow(&exposure) {
                    met(Met::Found(FoundEntry::Repeated(&part, count)));
                }
            }
            Resolved::Other(Entry::Refused(withheld)) if filter.asks_for(&withheld) => {
                met(Met::Found(FoundEntry::Refused(&withheld)));
            }
            Resolved::Other(Entry::Counted { at }) => met(Met::Counted(at)),
            Resolved::Other(Entry::Started(_)) => met(Met::Started),
            _ => {}
        };
        let successors = chain.links.iter().skip(1).map(Some).chain([None]);
        for (link, next) in chain.links.iter().zip(successors) {
            if !overlaps(filter, link, next) {
                continue;
            }
            let mut scan = match Scan::open(self.disk, link) {
                Ok(scan) => scan,
                // Gone since the chain was read: by retention, or by somebody else.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let segment = link.header.number;
                    let checkpoint = crate::retain::checkpoint(self.disk, &self.layout, chain_key.as_ref())?;
                    match checkpoint {
                        crate::retain::Found::Signed(now) if now.through.segment >= segment => {
                            reading.pruned = true;
                        }
                        _ => {
                            let why = "the file is missing".to_owned();
                            reading.gaps.push(Gap::Damaged { segment, why });
                        }
                    }
                    continue;
                }
                Err(error) => return Err(error),
            };
            while let Some(entry) = scan.next()? {
                if let Entry::Started(started) = &entry
                    && started.tail_lost
                {
                    reading.gaps.push(Gap::TailLost { at: started.at });
                }
                resolver.push(entry, &mut give);
            }
            reading.head = scan.mark().head;
            if link.sealed.is_some_and(|sealed| sealed != scan.mark()) {
                let why = scan.torn().map_or("it is not what its successor continues", |why| why.0);
                reading.gaps.push(Gap::Damaged { segment: link.header.number, why: why.to_owned() });
            }
        }
        resolver.finish(&mut give);
        if let Some(known) = known
            && !crate::opening::holds(self.disk, &chain, pruned_through, known)?
        {
            reading.gaps.push(Gap::TailMissing { segment: known.segment, at_byte: known.length });
        }
        Ok(reading)
    }

    /// Who received whose data, of what `filter` asks for.
    ///
    /// # Errors
    /// As [`LedgerReader::scan`].
    pub fn account(&self, filter: &Filter) -> Result<(Account, Reading), ReadError> {
        let starts = self.periods().iter().map(|period| period.from).collect();
        let mut fold = Fold::new(AccountBounds::default(), starts);
        let reading = self.try_scan(filter, &mut |met| match met {
            Met::Found(FoundEntry::Exposure(exposure, end)) => fold.exposure(exposure, end),
            Met::Found(FoundEntry::Repeated(exposure, count)) => fold.repeated(exposure, count),
            Met::Found(FoundEntry::Refused(withheld)) => fold.refusal(withheld),
            Met::Counted(at) => fold.counted(at),
            Met::Started => fold.started(),
        });
        Ok((fold.finish(), reading.map_err(on(&self.layout.dir))?))
    }

    /// The facts for a breach officer about what `filter` asks for. `scope`: the question in words.
    ///
    /// # Errors
    /// As [`LedgerReader::scan`].
    pub fn dossier(&self, filter: &Filter, scope: Vec<String>, now: Timestamp) -> Result<Dossier, ReadError> {
        let (account, reading) = self.account(filter)?;
        let in_scope = |period: &&Period| {
            account.first.is_some_and(|first| period.until >= first)
                && account.last.is_some_and(|last| period.from <= last)
        };
        let periods = self.periods().iter().filter(in_scope).count();
        Ok(Dossier::new(now, scope, account, periods, reading.pruned, reading.gaps, reading.head))
    }

    /// Whether the ledger is whole, and still holds `anchor`.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn verify(&self, anchor: Option<Head>) -> Result<Verification, ReadError> {
        verify(self.disk, &self.layout, self.keys.as_ref(), anchor).map_err(on(&self.layout.dir))
    }
}

fn overlaps(filter: &Filter, link: &Link, next: Option<&Link>) -> bool {
    let ended_before =
        filter.since.is_some_and(|since| next.is_some_and(|n| n.header.created.plus(SLACK) < since));
    let began_after = filter.until.is_some_and(|until| link.header.created > until.plus(SLACK));
    !ended_before && !began_after
}

fn on(dir: &Path) -> impl Fn(io::Error) -> ReadError {
    let dir: PathBuf = dir.to_owned();
    move |cause| ReadError::Disk { dir: dir.clone(), cause }
}
