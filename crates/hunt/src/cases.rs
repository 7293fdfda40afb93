//! Signals that one hand caused, told as one case: who, since when, at which doors, in which lines.
//!
//! A case is what stands behind one principal, one address, one network (/24, /48) of many addresses or, where
//! many sources share a sweep, one endpoint; however often it comes back within the log.
//!
//! Bound: [`MOST`] cases of at most about 15 KB, most of them far smaller. Eviction rule: when there are as
//! many, a graver signal takes the place of the least grave case (of equals, of the one that let out the
//! least, then of the one that is silent longest). What is not told is counted ([`Cases::untold`]); the
//! detectors' verdict does not depend on it.
// long: a case, what is added to it, and which of them are kept

use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use detect::{DetectorId, Evidence, Grouped, Severity, Signal, Source};
use domain::{IpPrefix, SubjectDigest, Timestamp, networks_of};

use crate::frequent::Frequent;
use crate::habit::Habit;
use crate::hash;
use crate::moment::{Basis, LineRef, Moment, Recent};

const MOST: usize = 2048;
const MOST_AGENTS: usize = 16;
const MOST_DOORS: usize = 32;
const MOST_POINTS: usize = 256;
/// Strangers, and times as many as the members of a crowd were told of, with which one stands out from it.
const OUTSTANDING: u32 = 30;
const OUTDONE: u64 = 4;
/// What a source did that counts, so long before a test began to weigh, belongs to its case.
const BEFORE_SECS: u64 = 86_400;
/// Lines from the beginning of a case, and from its end, that are kept of each that nobody asks for.
const FEW_LINES: usize = 64;

/// Who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// A principal, by digest.
    Principal(SubjectDigest),
    /// A network, or an address of it.
    Network(IpPrefix),
    /// Many sources at one endpoint, by its key.
    Crowd(u64),
}

/// What one detector said in a case, at its last word.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The detector.
    pub detector: DetectorId,
    /// How grave, at worst.
    pub severity: Severity,
    /// Its evidence when it spoke last.
    pub evidence: Evidence,
    /// Strangers of all its excursions.
    pub people: u64,
    /// When it began.
    pub first: Timestamp,
    /// When it spoke for the first time.
    pub spoke: Timestamp,
    /// When it spoke last.
    pub last: Timestamp,
    /// How often.
    pub times: u32,
    /// Where it spoke last, among the doors.
    pub(crate) door: u32,
    /// People of the excursion that is open.
    open: u32,
}

/// A point of the picture of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// When.
    pub at: Timestamp,
    /// The object's number or the page.
    pub number: u64,
    /// Whether it was answered with success.
    pub served: bool,
    /// What the number is.
    pub basis: Basis,
    pub(crate) door: u32,
}

/// One case.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) who: Who,
    /// Whether it began with somebody who has a name: then what other names do at the address belongs to it.
    is_of_names: bool,
    pub(crate) said: Vec<Said>,
    pub(crate) addresses: Frequent<IpAddr>,
    pub(crate) agents: Frequent<u64>,
    sources: Frequent<u64>,
    pub(crate) doors: Vec<(u32, u64, u64)>,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) exchanges: u64,
    pub(crate) strangers: u64,
    pub(crate) least: u64,
    pub(crate) most: Option<u64>,
    pub(crate) missed: u64,
    pub(crate) bases: Vec<Basis>,
    /// Smallest and largest answer with success, where the log has sizes.
    pub(crate) sizes: Option<(u64, u64)>,
    /// Answers of the smallest size, and records that left with them at least.
    pub(crate) smallest: (u64, u64),
    /// Pages by cursor that counted.
    pub(crate) cursors: u64,
    /// Objects that would have passed as its own, but for a crowd.
    pub(crate) crowded: u64,
    pub(crate) habit: Habit,
    pub(crate) points: Vec<Point>,
    /// Every so many points one is kept.
    every: u64,
    seen_points: u64,
    pub(crate) lines: Vec<LineRef>,
    pub(crate) last_lines: VecDeque<LineRef>,
    /// Whether its lines are asked for: then all are kept that may be.
    is_wanted: bool,
}

impl Case {
    fn new(who: Who, first: Timestamp) -> Self {
        Self {
            who,
            is_of_names: false,
            said: Vec::new(),
            addresses: Frequent::default(),
            agents: Frequent::default(),
            sources: Frequent::default(),
            doors: Vec::new(),
            first,
            last: first,
            exchanges: 0,
            strangers: 0,
            least: 0,
            most: Some(0),
            missed: 0,
            bases: Vec::new(),
            sizes: None,
            smallest: (0, 0),
            cursors: 0,
            crowded: 0,
            habit: Habit::default(),
            points: Vec::new(),
            every: 1,
            seen_points: 0,
            lines: Vec::new(),
            last_lines: VecDeque::new(),
            is_wanted: true,
        }
    }

    /// `H-` and eight digits, of who it is, what was said first, by `detector`, and when it began.
    pub(crate) fn id(&self, detector: &str) -> String {
        let who = match self.who {
            Who::Principal(digest) => digest.short(),
            Who::Network(network) => {
                hash::mix(hash::address(hash::SEED, network.base()), u64::from(network.length()))
            }
            Who::Crowd(key) => key,
        };
        let id = hash::mix(hash::bytes(who, detector.as_bytes()), self.first.secs());
        format!("H-{:08x}", crate::upper(id))
    }

    /// Nobody asks for its lines: a few are enough.
    fn keep_few(&mut self) {
        self.is_wanted = false;
        let more = self.lines.split_off(self.lines.len().min(FEW_LINES));
        let from = more.len().saturating_sub(FEW_LINES);
        // What was kept from its end, if anything was, came after all of them.
        self.last_lines = more.into_iter().skip(from).chain(self.last_lines.drain(..)).collect();
        let over = self.last_lines.len().saturating_sub(FEW_LINES);
        self.last_lines.drain(..over);
        self.lines.shrink_to_fit();
        self.last_lines.shrink_to_fit();
    }

    /// Takes an exchange in; so many lines from its beginning are kept and from its end, and so many addresses.
    fn take(&mut self, moment: &Moment, [lines, addresses]: [usize; 2]) {
        self.first = self.first.min(moment.at);
        self.last = self.last.max(moment.at);
        self.exchanges += 1;
        self.addresses.count(moment.address, addresses);
        self.agents.count(moment.agent, MOST_AGENTS);
        self.sources.count(moment.source, MOST_AGENTS);
        let served = u64::from(moment.strangers > 0);
        if let Some((_, times, good)) = self.doors.iter_mut().find(|(door, _, _)| *door == moment.door) {
            (*times, *good) = (*times + 1, *good + served);
        } else if self.doors.len() < MOST_DOORS {
            self.doors.push((moment.door, 1, served));
        }
        self.strangers += u64::from(moment.strangers);
        self.least += u64::from(moment.least);
        self.most = self.most.zip(moment.most).map(|(sum, most)| sum.saturating_add(u64::from(most)));
        self.missed += u64::from(moment.strangers == 0);
        if !self.bases.contains(&moment.basis) {
            self.bases.push(moment.basis);
        }
        if let (Some(sent), true) = (moment.sent, moment.strangers > 0) {
            let (low, high) = self.sizes.unwrap_or((sent, sent));
            self.sizes = Some((low.min(sent), high.max(sent)));
            let (times, least) = self.smallest;
            match sent.cmp(&low) {
                Ordering::Less => self.smallest = (1, u64::from(moment.least)),
                Ordering::Equal => self.smallest = (times + 1, least + u64::from(moment.least)),
                Ordering::Greater => {}
            }
        }
        self.crowded += u64::from(moment.is_crowded);
        self.habit.note(moment.at, moment.strangers > 0);
        self.cursors += u64::from(moment.basis == Basis::Page && moment.number.is_none());
        if let Some(number) = moment.number {
            let (at, served) = (moment.at, moment.strangers > 0);
            self.point(Point { at, number, served, basis: moment.basis, door: moment.door });
        }
        let lines = if self.is_wanted { lines } else { lines.min(FEW_LINES) };
        if self.lines.len() < lines {
            self.lines.push(moment.line);
        } else {
            if self.last_lines.len() >= lines {
                self.last_lines.pop_front();
            }
            self.last_lines.push_back(moment.line);
        }
    }

    /// Whether a crowd is still there: nothing was said of it for as long as half of what it took until then,
    /// or half an hour. Whoever comes later is no part of it.
    fn goes_on(&self, at: Timestamp) -> bool {
        let last = self.said.iter().map(|said| said.last.secs()).max().unwrap_or(u64::MAX);
        let first = self.said.iter().map(|said| said.first.secs()).min().unwrap_or(last);
        at.secs().saturating_sub(last) <= (last.saturating_sub(first) / 2).max(1800)
    }

    /// Whether a source that was told of so many stands out from the crowd that this is: it has its own case.
    fn is_outdone_by(&self, people: u32) -> bool {
        let sources = self.said.iter().filter_map(|said| said.evidence.sources).max().unwrap_or(0);
        let sources = u64::from(sources).max(u64::try_from(self.addresses.len()).unwrap_or(0)).max(1);
        people >= OUTSTANDING && u64::from(people) * sources >= self.strangers * OUTDONE
    }

    fn point(&mut self, point: Point) {
        self.seen_points += 1;
        if !self.seen_points.is_multiple_of(self.every) {
            return;
        }
        if self.points.len() >= MOST_POINTS {
            let mut nth = 0;
            self.points.retain(|_| {
                nth += 1;
                nth % 2 == 0
            });
            self.every *= 2;
        }
        self.points.push(point);
    }

    fn says(&mut self, signal: &Signal, door: u32) {
        let is_same =
            |said: &&mut Said| said.detector == signal.detector && said.evidence.case == signal.evidence.case;
        let Some(said) = self.said.iter_mut().find(is_same) else {
            self.said.push(Said {
                detector: signal.detector,
                severity: signal.severity,
                evidence: signal.evidence,
                people: u64::from(signal.evidence.people),
                first: signal.first,
                spoke: signal.last,
                last: signal.last,
                times: 1,
                door,
                open: signal.evidence.people,
            });
            return;
        };
        // An excursion that goes on tells all of its people again; a new one begins anew.
        let goes_on = signal.evidence.people >= said.open && signal.first <= said.last;
        let before = if goes_on { said.open } else { 0 };
        said.people += u64::from(signal.evidence.people.saturating_sub(before));
        said.open = signal.evidence.people;
        said.severity = said.severity.max(signal.severity);
        said.first = said.first.min(signal.first);
        (said.evidence, said.last, said.door) = (signal.evidence, signal.last, door);
        said.times = said.times.saturating_add(1);
    }
}

/// All cases.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cases {
    pub(crate) list: Vec<Case>,
    /// By principal's or network's hash, and by door for crowds.
    by_source: HashMap<u64, usize>,
    by_door: HashMap<u32, usize>,
    /// By group of signals; those of the last hour matter. Cleared when it is full: a group that goes on
    /// is found by its source then.
    by_group: HashMap<u64, usize>,
    recent: Recent,
    /// Lines of a case that are kept, from its beginning and from its end; and addresses.
    kept: [usize; 2],
    /// The id of the case whose lines are kept; of all others a few are.
    wanted: Option<String>,
    /// Signals of cases beyond [`MOST`].
    pub(crate) untold: u64,
}

impl Cases {
    /// Each with what 13 detectors said, and every list full, but for the lines of the one that is asked for.
    pub(crate) const MOST_BYTES: usize = MOST
        * (size_of::<Case>()
            + 13 * size_of::<Said>()
            + 64 * size_of::<(IpAddr, u64)>()
            + MOST_AGENTS * size_of::<(u64, u64)>()
            + MOST_DOORS * size_of::<(u32, u64, u64)>()
            + MOST_POINTS * size_of::<Point>()
            + 2 * FEW_LINES * size_of::<LineRef>());

    /// No case yet; so many first and last lines are kept of the one that is `wanted`, and so many addresses
    /// of each.
    pub(crate) fn new(kept: [usize; 2], wanted: Option<&str>) -> Self {
        Self { kept, wanted: wanted.map(str::to_owned), ..Self::default() }
    }

    /// Remembers an exchange that counted.
    pub(crate) fn note(&mut self, moment: &Moment) {
        if !self.list.is_empty() {
            let address = hash::address(hash::SEED, moment.address);
            let of = |key: &u64| self.by_source.get(key);
            // What a name does is no part of what nobody's name does at the same address.
            let of_names = |at: &&usize| self.list.get(**at).is_some_and(|case| case.is_of_names);
            let found =
                of(&moment.source).or_else(|| of(&address).filter(of_names)).or_else(|| of(&moment.network));
            let crowd = || self.by_door.get(&moment.door).filter(|_| moment.strangers > 0);
            let goes_on = |at: &&usize| self.list.get(**at).is_some_and(|case| case.goes_on(moment.at));
            let found = found.or_else(|| crowd().filter(goes_on));
            if let Some(case) = found.and_then(|at| self.list.get_mut(*at)) {
                case.take(moment, self.kept);
            }
        }
        self.recent.push(*moment);
    }

    /// Notes that a source asked for what it asked for before.
    pub(crate) fn again(&mut self, source: u64, at: Timestamp) {
        let case = self.by_source.get(&source).and_then(|case| self.list.get_mut(*case));
        if let Some(case) = case {
            case.habit.note(at, false);
        }
    }

    /// Whether a network's case is that of a few sources in it, each of which has a case of its own.
    pub(crate) fn is_told_elsewhere(&self, case: &Case) -> bool {
        let has_own = |source: u64| {
            let own = self.by_source.get(&source).and_then(|at| self.list.get(*at));
            own.is_some_and(|own| own.who != case.who)
        };
        let is_wide = matches!(case.who, Who::Network(network) if matches!(network.length(), 24 | 48));
        is_wide && !case.sources.has_more() && case.sources.keys().all(has_own)
    }

    /// Takes a signal in that was said of `moment`, which was noted.
    pub(crate) fn hear(&mut self, signal: &Signal, group: Grouped, moment: &Moment) {
        let Some(at) = self.place(signal, group, moment) else {
            self.untold += 1;
            return;
        };
        if self.by_group.len() >= MOST * 4 {
            self.by_group.clear();
        }
        self.by_group.entry(group.id).or_insert(at);
        if let Some(case) = self.list.get_mut(at) {
            case.says(signal, moment.door);
        }
    }

    /// The case of a signal, opened if need be: its source's own; else that of the crowd with which its
    /// source goes; else, for a network, that of the address or the name in it that did it. What is said of
    /// an endpoint belongs to the source that did it, unless many share it.
    fn place(&mut self, signal: &Signal, group: Grouped, moment: &Moment) -> Option<usize> {
        let of_group = self.by_group.get(&group.id).copied();
        let is_of_crowd =
            |case: &Case| matches!(case.who, Who::Crowd(_)) && !case.is_outdone_by(signal.evidence.people);
        let crowd = of_group.filter(|at| self.list.get(*at).is_some_and(is_of_crowd));
        let address = hash::address(hash::SEED, moment.address);
        let (who, key) = match signal.source {
            Source::Principal(digest) => (Who::Principal(digest), moment.source),
            Source::Network(network) => {
                let is_one = networks_of(moment.address).first() == Some(&network);
                (Who::Network(network), if is_one { address } else { moment.network })
            }
            Source::Endpoint(key) => {
                let of = |key: &u64| self.by_source.get(key);
                let is_one = signal.evidence.sources == Some(1);
                let own = (is_one || signal.detector != DetectorId::EndpointSweep)
                    .then(|| of(&moment.source).or_else(|| of(&moment.network)));
                let known = self.by_door.get(&moment.door).or(own.flatten()).copied();
                let one = networks_of(moment.address).first().copied();
                let who = one.filter(|_| is_one && moment.source == address);
                let who = who.map(|one| (Who::Network(one), address));
                let (who, key) = who.unwrap_or((Who::Crowd(key), u64::from(moment.door)));
                return known.or_else(|| self.open(who, key, signal, moment));
            }
        };
        let known = self.by_source.get(&key).copied().or(crowd);
        let of_one = || {
            let one = [address, moment.source].into_iter().find_map(|one| self.by_source.get(&one));
            one.copied().filter(|_| key == moment.network)
        };
        let known = known.or_else(of_one);
        known.or_else(|| self.open(who, key, signal, moment))
    }

    fn open(&mut self, who: Who, key: u64, signal: &Signal, moment: &Moment) -> Option<usize> {
        let at = if self.list.len() < MOST { self.list.len() } else { self.displaced(signal)? };
        let is_crowd = matches!(who, Who::Crowd(_));
        let is_of_names = moment.source != hash::address(hash::SEED, moment.address);
        let mut case = Case { is_of_names, ..Case::new(who, signal.first) };
        // A walk begins before the first step that fits: with the two that show its stride.
        let begun = signal.first.secs().saturating_sub(if is_crowd { 0 } else { BEFORE_SECS });
        let of_case = |one: &&Moment| {
            one.at.secs() >= begun
                && if is_crowd {
                    one.door == moment.door && one.strangers > 0
                } else {
                    let is_there = || is_of_names && key == hash::address(hash::SEED, one.address);
                    key == one.source || key == one.network || is_there()
                }
        };
        self.recent.iter().filter(of_case).for_each(|one| case.take(one, self.kept));
        let id = case.id(signal.detector.word());
        if !self.wanted.as_deref().is_some_and(|wanted| wanted.eq_ignore_ascii_case(&id)) {
            case.keep_few();
        }
        match self.list.get_mut(at) {
            Some(place) => *place = case,
            None => self.list.push(case),
        }
        if is_crowd {
            self.by_door.insert(moment.door, at);
        } else {
            self.by_source.insert(key, at);
        }
        Some(at)
    }

    /// The place of the least grave case, if `signal` is graver: nothing leads to it any more.
    fn displaced(&mut self, signal: &Signal) -> Option<usize> {
        let severity = |case: &Case| case.said.iter().map(|said| said.severity).max();
        let rank = |(_, case): &(usize, &Case)| (severity(case), case.strangers, case.last);
        let (at, weakest) = self.list.iter().enumerate().min_by_key(rank)?;
        if severity(weakest) >= Some(signal.severity) {
            return None;
        }
        self.untold += weakest.said.iter().map(|said| u64::from(said.times)).sum::<u64>();
        self.by_source.retain(|_, place| *place != at);
        self.by_door.retain(|_, place| *place != at);
        self.by_group.retain(|_, place| *place != at);
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use domain::SubjectDigest;

    use super::*;

    fn moment(source: u64, strangers: u32) -> Moment {
        let address = std::net::Ipv4Addr::from_bits(u32::try_from(source).unwrap() << 8).into();
        Moment {
            source,
            network: hash::network(address),
            address,
            door: 1,
            at: Timestamp::from_secs(1_800_000_000 + source),
            number: Some(source),
            strangers,
            least: strangers,
            most: Some(strangers),
            basis: Basis::Object,
            is_crowded: false,
            sent: None,
            agent: 0,
            line: LineRef::default(),
        }
    }

    fn hear(cases: &mut Cases, source: u64, severity: Severity) {
        let moment = moment(source, u32::from(severity > Severity::Low));
        let signal = Signal {
            detector: DetectorId::NewObjects,
            source: Source::Principal(SubjectDigest::default()),
            endpoint: 1,
            severity,
            evidence: Evidence { case: "burst", people: 1, steps: 1, ..Evidence::default() },
            error: detect::ErrorBudget::Fact,
            first: moment.at,
            last: moment.at,
        };
        let group = Grouped { id: source, joining: detect::Joining::Opened, signals: 1, detectors: 1 };
        cases.note(&moment);
        cases.hear(&signal, group, &moment);
    }

    #[test]
    fn a_full_table_gives_up_who_looked_around_for_who_took_records_and_counts_it() {
        let mut cases = Cases::new([4, 64], None);
        let most = u64::try_from(MOST).unwrap();
        (1..=most).for_each(|source| hear(&mut cases, source, Severity::Low));
        hear(&mut cases, most + 1, Severity::Low);
        assert_eq!((cases.list.len(), cases.untold), (MOST, 1), "a peer takes nobody's place");
        hear(&mut cases, most + 2, Severity::High);
        hear(&mut cases, most + 2, Severity::High);
        assert_eq!((cases.list.len(), cases.untold), (MOST, 2));
        let thief = cases.list.iter().find(|case| case.strangers > 0).unwrap();
        assert_eq!((thief.exchanges, thief.said[0].times), (2, 2));
        assert!(
            cases.list.iter().all(|case| case.first != Timestamp::from_secs(1_800_000_001)),
            "the oldest went"
        );
    }

    #[test]
    fn all_lines_are_kept_of_the_case_that_is_wanted_and_few_of_others() {
        let told = |wanted: Option<&str>| {
            let mut cases = Cases::new([50_000, 64], wanted);
            for source in [1, 2] {
                for nth in 0..1000 {
                    let line = LineRef { input: 0, line: nth };
                    cases.note(&Moment { line, ..moment(source, 1) });
                    if nth == 500 {
                        hear(&mut cases, source, Severity::High);
                    }
                }
            }
            let kept = |case: &Case| (case.id("new-objects"), case.lines.len(), case.last_lines.len());
            cases.list.iter().map(kept).collect::<Vec<_>>()
        };
        let few = told(None);
        assert!(few.len() == 2 && few.iter().all(|(_, lines, last)| (*lines, *last) == (64, 64)), "{few:?}");
        let wanted = told(Some(&few[1].0));
        assert_eq!((wanted[0].1, wanted[0].2), (64, 64));
        assert_eq!((&wanted[1].0, wanted[1].1, wanted[1].2), (&few[1].0, 1001, 0));
    }
}
