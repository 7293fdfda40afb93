//! What a hunt found, as data for every format.

use std::net::IpAddr;

use detect::{DetectorId, Severity};
use domain::{Endpoint, Timestamp};
use events::Field;

use crate::agents::AgentKind;
use crate::asks::Stopped;
use crate::cases::{Case, Point, Said, Who};
use crate::clients::Client;
use crate::doors::{Count, Door};
use crate::hash;
use crate::hunt::Hunt;
use crate::matter::Matter;
use crate::moment::{Basis, LineRef};
use crate::ruled::{Blind, Ruled, Ruling};
use crate::settings::Totals;
use crate::storms::Storm;
use crate::weeks::UnusualHour;

/// Pauses below this are no rhythm in a log of whole seconds: of small numbers too many are equal.
const RHYTHM_SECS: u64 = 20;
/// Exchanges without an asset from which a browser is none.
const FEWEST: u32 = 20;
/// Answers of the smallest size from which it is asked whether they hold anything.
const SAME_SIZE: u64 = 3;
/// Browsers of one address that are taken for as many people, and seconds between what they read.
const BROWSERS: u64 = 8;
const APART_SECS: u64 = 300;
/// Seconds of a pace from which it is a program's work, and networks at one endpoint that make it usual.
const A_DAY_SECS: u64 = 86_400;
const AT_PACE: usize = 3;
/// Seconds from one page by cursor to the next, on average, from which it may be one that looks for news.
const POLLING_SECS: u64 = 30;

/// Everything that a hunt has to tell.
#[derive(Clone, Debug)]
pub struct Told {
    /// What was read.
    pub totals: Totals,
    /// Who did it, the gravest first.
    pub findings: Vec<Finding>,
    /// Signals that a second look explained.
    pub aside: Vec<Aside>,
    /// Endpoints that stopped asking for credentials.
    pub stopped: Vec<(Endpoint, Stopped)>,
    /// Hours in which an endpoint answered with errors as it never did: notes, no findings.
    pub storms: Vec<(Endpoint, Storm)>,
    /// Hours in which an endpoint answered as it never did at that hour of a week: notes as well.
    pub unusual: Vec<(Endpoint, UnusualHour)>,
    /// Signals of cases beyond those that are told.
    pub untold: u64,
    /// Sigma rules that matched, the gravest first.
    pub rules: Vec<Ruling>,
    /// Matches of rules beyond those that are told.
    pub untold_matches: u64,
    /// Groups of correlations that were forgotten while they still counted.
    pub forgotten_groups: u64,
    /// Rules that see nothing in an input.
    pub blind: Vec<Blind>,
    /// Endpoints, the busiest first.
    pub doors: Vec<(Endpoint, Matter, Count)>,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// A trace that has an innocent reading.
    Low,
    /// The log shows what was asked, not what was answered.
    Medium,
    /// The log shows it.
    High,
}

impl Confidence {
    /// The word for output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One hand.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The same whenever the same log is read: `H-` and eight hexadecimal digits.
    pub id: String,
    /// Who it is.
    pub who: Who,
    /// Addresses with exchanges that counted, the busiest first, at most [`crate::Settings::addresses`].
    pub addresses: Vec<(IpAddr, u64)>,
    /// Exchanges from addresses beyond those.
    pub more_addresses: u64,
    /// What it called itself, the most frequent first, at most 16; texts are the client's own, raw.
    pub agents: Vec<(Vec<u8>, AgentKind, u64)>,
    /// Where, with exchanges and successes that counted, the busiest first, at most 32.
    pub doors: Vec<(Endpoint, Matter, u64, u64)>,
    /// What detectors said, the gravest first.
    pub signals: Vec<Said>,
    /// How grave, at worst.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// An innocent reading of it, for which it is called no graver than medium.
    pub innocent: Option<&'static str>,
    /// What the numbers rest upon.
    pub bases: Vec<Basis>,
    /// The first exchange that counted.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
    /// Exchanges that counted.
    pub exchanges: u64,
    /// Exchanges that counted and let nothing out: misses, refusals, doors that are not there.
    pub missed: u64,
    /// Records that left at least.
    pub at_least: u64,
    /// Records that left at most, where that is bounded.
    pub at_most: Option<u64>,
    /// Smallest and largest answer.
    pub sizes: Option<(u64, u64)>,
    /// What its busiest address did in all, counted or not.
    pub client: Option<Client>,
    /// Whether that address calls itself a browser and behaves as none: it never asked for a style, a
    /// script or a picture.
    pub is_no_browser: bool,
    /// Numbers over time by endpoint, the most points first; at most 256 together, evenly thinned.
    pub plots: Vec<(Endpoint, Vec<Point>)>,
    /// The first lines of it, at most [`crate::Settings::lines`].
    pub lines: Vec<LineRef>,
    /// The last lines of it, as many, where there are more.
    pub last_lines: Vec<LineRef>,
}

/// A finding that a second look explained.
#[derive(Clone, Debug)]
pub struct Aside {
    /// The finding.
    pub finding: Finding,
    /// Why it is none.
    pub because: &'static str,
}

impl Hunt {
    /// What was found so far; to be asked after [`Hunt::finish`], or at any time of a log that grows.
    ///
    /// Each case is looked at again with what is known by now: what everybody turned out to read, and what
    /// peers do, explains a signal of the first hour.
    #[must_use]
    pub fn told(&self) -> Told {
        let (mut findings, mut aside) = (Vec::new(), Vec::new());
        for case in &self.cases.list {
            let mut said = case.said.clone();
            said.retain(|one| !self.is_chance(one, case));
            let because = self.explained(case, &said);
            let finding = self.finding(case, if said.is_empty() { case.said.clone() } else { said });
            match because {
                Some(because) => aside.push(Aside { finding, because }),
                None => findings.push(finding),
            }
        }
        findings.sort_by(|a, b| {
            let rank = |one: &Finding| {
                (one.severity, one.confidence, one.at_most.unwrap_or(u64::MAX), one.exchanges)
            };
            rank(b).cmp(&rank(a)).then_with(|| a.first.cmp(&b.first))
        });
        let stopped = self.stopped.iter();
        let stopped =
            stopped.filter_map(|(door, one)| Some((self.routes.door(*door)?.endpoint.clone(), *one)));
        let storms = self.storms.iter();
        let storms = storms.filter_map(|(door, one)| Some((self.routes.door(*door)?.endpoint.clone(), *one)));
        let unusual = self.unusual.iter();
        let unusual =
            unusual.filter_map(|(door, one)| Some((self.routes.door(*door)?.endpoint.clone(), *one)));
        let mut doors: Vec<_> =
            self.endpoints().map(|(endpoint, matter, count)| (endpoint.clone(), matter, *count)).collect();
        doors.sort_by_key(|(_, _, count)| std::cmp::Reverse(count.exchanges));
        Told {
            totals: self.totals,
            findings,
            aside,
            stopped: stopped.collect(),
            storms: storms.collect(),
            unusual: unusual.collect(),
            untold: self.cases.untold,
            rules: self.ruled.as_deref().map(Ruled::told).unwrap_or_default(),
            untold_matches: self.ruled.as_deref().map_or(0, |ruled| ruled.untold),
            forgotten_groups: self.ruled.as_deref().map_or(0, Ruled::forgotten),
            blind: self.ruled.as_deref().map(Ruled::blind).unwrap_or_default(),
            doors,
        }
    }

    /// How many endpoints stopped asking, how many error storms and how many unusual hours there were, so far.
    #[must_use]
    pub fn notes(&self) -> [usize; 3] {
        [self.stopped.len(), self.storms.len(), self.unusual.len()]
    }

    /// Whether a rhythm is one of a clock that only shows seconds.
    fn is_chance(&self, said: &Said, case: &Case) -> bool {
        let steps = u64::from(said.evidence.steps).max(1);
        said.detector == DetectorId::Automation
            && !self.has_millis
            && !case.bases.contains(&Basis::Counted)
            && said.last.secs().saturating_sub(said.first.secs()) / steps < RHYTHM_SECS
    }

    fn explained(&self, case: &Case, said: &[Said]) -> Option<&'static str> {
        if said.is_empty() {
            return Some("pauses of a few seconds, in a log of whole seconds");
        }
        if self.cases.is_told_elsewhere(case) {
            return Some("each of the sources in this network has a case of its own");
        }
        let of_records = |one: &Said| {
            !matches!(
                one.detector,
                DetectorId::MissStorm | DetectorId::SurfaceScan | DetectorId::Foreign | DetectorId::Canary
            )
        };
        if case.bases.contains(&Basis::Counted) || !said.iter().all(of_records) {
            return None;
        }
        let mut told = case
            .doors
            .iter()
            .filter(|(_, _, good)| *good > 0)
            .filter_map(|(door, _, good)| Some((self.routes.door(*door)?, *good)))
            .peekable();
        told.peek()?;
        let told: Vec<(&Door, u64)> = told.collect();
        if told.iter().all(|(door, _)| door.matter() == Matter::Catalogue) {
            return Some(
                "what it read, everybody reads: the endpoint shows the same objects to many networks",
            );
        }
        let of_bytes = case.bases.contains(&Basis::Bytes);
        let is_public = |door: &Door| door.downloads.as_ref().is_some_and(|downloads| downloads.are_public());
        if of_bytes && told.iter().all(|(door, _)| is_public(door)) {
            return Some("what it fetched, five networks and more fetch");
        }
        if case.bases.iter().all(|basis| matches!(basis, Basis::Pace | Basis::Nothing)) {
            if case.last.secs().saturating_sub(case.first.secs()) >= A_DAY_SECS {
                return Some("at one pace day and night: a program at its work");
            }
            if self.networks_at_pace(case) >= AT_PACE {
                return Some("three networks and more ask there at such a pace: it is what its programs do");
            }
        }
        let usual = |door: &Door| {
            let known = [&door.objects, &door.pages].into_iter().filter(|peers| peers.is_known());
            known.map(|peers| u64::from(peers.allowance())).max().unwrap_or(0)
        };
        let many = u64::try_from(case.addresses.len()).unwrap_or(1).max(1);
        // Whoever comes to an endpoint with a crowd is no part of it for that.
        let crowded = match case.who {
            Who::Principal(_) => case.crowded,
            Who::Network(network) if matches!(network.length(), 32 | 64) => case.crowded,
            Who::Network(_) | Who::Crowd(_) => 0,
        };
        let is_usual =
            |(door, good): &(&Door, u64)| good.saturating_sub(crowded) <= usual(door).saturating_mul(many);
        if !of_bytes && told.iter().all(is_usual) {
            return Some("no more than its peers read there");
        }
        if self.says_crawler(case) && told.iter().all(|(door, _)| door.matter() > Matter::People) {
            return Some(
                "it calls itself a crawler, as anybody can, and read nothing that is about people by its words",
            );
        }
        if self.may_be_several(case, said, &told) {
            return Some(
                "slow, and no more than its peers read there for as many browsers as came from this address",
            );
        }
        if self.is_shared(case, said) && self.totals.last.is_some_and(|last| case.habit.comes_back(last)) {
            return Some(
                "several browsers at one address come back to the same objects on other days, and read no more than \
                 on the first: many people behind it, each what is theirs",
            );
        }
        self.is_of_a_name(case, &told).then(|| case.habit.holds(self.totals.last?)).flatten()
    }

    /// Networks of which a case rests upon their pace at an endpoint of `case`.
    fn networks_at_pace(&self, case: &Case) -> usize {
        let is_there = |door: u32| case.doors.iter().any(|(one, _, good)| *one == door && *good > 0);
        let mut networks: Vec<u64> = self
            .cases
            .list
            .iter()
            .filter(|one| one.bases.contains(&Basis::Pace))
            .filter(|one| one.doors.iter().any(|(door, ..)| is_there(*door)))
            .flat_map(|one| one.addresses.keys().map(hash::network))
            .collect();
        networks.sort_unstable();
        networks.dedup();
        networks.len()
    }

    fn kinds(&self, case: &Case) -> impl Iterator<Item = AgentKind> {
        case.agents.keys().map(|agent| AgentKind::of(self.names.text(agent).unwrap_or_default()))
    }

    fn says_crawler(&self, case: &Case) -> bool {
        self.kinds(case).all(|kind| kind == AgentKind::Crawler)
    }

    /// Whether a case may be some people behind one address, who each read what peers do: minutes apart, in
    /// no order, from several browsers. So many count, whatever else their names are.
    fn may_be_several(&self, case: &Case, said: &[Said], told: &[(&Door, u64)]) -> bool {
        let span = case.last.secs().saturating_sub(case.first.secs());
        let served = case.exchanges - case.missed;
        let browsers = u64::try_from(case.agents.len()).unwrap_or(1).min(BROWSERS);
        let days = span / 86_400 + 1;
        matches!(case.who, Who::Network(network) if matches!(network.length(), 32 | 64))
            && said.iter().all(|one| one.detector == DetectorId::NewObjects)
            && case.bases.iter().all(|basis| matches!(basis, Basis::Nothing | Basis::Object))
            && browsers > 1
            && self.kinds(case).all(|kind| kind == AgentKind::Browser)
            && served.saturating_mul(APART_SECS) <= span
            && told.iter().all(|(door, good)| {
                let each = u64::from(door.objects.allowance());
                door.objects.is_known() && *good <= each * browsers * days
            })
    }

    /// Whether a case is one address's, from which several browsers read objects in no order. Where no log
    /// tells programs, nobody knows which they are.
    fn is_shared(&self, case: &Case, said: &[Said]) -> bool {
        matches!(case.who, Who::Network(network) if matches!(network.length(), 32 | 64))
            && said.iter().all(|one| one.detector == DetectorId::NewObjects)
            && case.bases.iter().all(|basis| matches!(basis, Basis::Nothing | Basis::Object))
            && (case.agents.len() > 2 && self.kinds(case).all(|kind| kind == AgentKind::Browser)
                || self.fields.iter().all(|fields| !fields.has(Field::Agent)))
    }

    /// Whether a case is one name's, from one network and by one program, where nobody without a name reads.
    fn is_of_a_name(&self, case: &Case, told: &[(&Door, u64)]) -> bool {
        let mut networks = case.addresses.keys().map(hash::network);
        let first = networks.next();
        matches!(case.who, Who::Principal(_))
            && !case.addresses.has_more()
            && networks.all(|network| Some(network) == first)
            && case.agents.len() == 1
            && told.iter().all(|(door, _)| door.gate.is_named())
    }

    fn finding(&self, case: &Case, mut signals: Vec<Said>) -> Finding {
        // Any source that reads much reads new objects: what else it did tells more.
        signals.sort_by_key(|one| {
            (std::cmp::Reverse(one.severity), one.detector == DetectorId::NewObjects, one.detector)
        });
        let innocent = innocent(case, &signals);
        let worst = signals.iter().map(|one| one.severity).max().unwrap_or(Severity::Low);
        let severity = if innocent.is_some() { worst.min(Severity::Medium) } else { worst };
        let addresses = case.addresses.listed();
        let listed: u64 = addresses.iter().map(|(_, times)| times).sum();
        let named = |(hash, times)| {
            let text = self.names.text(hash).unwrap_or_default();
            (text.to_vec(), AgentKind::of(text), times)
        };
        let agents: Vec<_> = case.agents.listed().into_iter().map(named).collect();
        let mut doors: Vec<_> = case
            .doors
            .iter()
            .filter_map(|(door, times, good)| {
                let door = self.routes.door(*door)?;
                Some((door.endpoint.clone(), door.matter(), *times, *good))
            })
            .collect();
        doors.sort_by_key(|(_, _, times, _)| std::cmp::Reverse(*times));
        let client = addresses.first().and_then(|(address, _)| self.clients.of(*address));
        let is_no_browser = agents.first().is_some_and(|(_, kind, _)| *kind == AgentKind::Browser)
            && client.is_some_and(|client| client.assets == 0 && client.exchanges >= FEWEST);
        // Answers of the smallest size may all say that there is nothing.
        let (times, of_smallest) = case.smallest;
        let are_empty = times >= SAME_SIZE && !case.bases.contains(&Basis::Counted);
        let at_least = if are_empty { case.least.saturating_sub(of_smallest) } else { case.least };
        Finding {
            id: case.id(case.said.first().map_or("", |said| said.detector.word())),
            who: case.who,
            addresses,
            more_addresses: case.exchanges.saturating_sub(listed),
            confidence: confidence(case, &signals, &doors, &agents),
            agents,
            doors,
            signals,
            severity,
            innocent,
            bases: case.bases.iter().copied().filter(|basis| *basis != Basis::Nothing).collect(),
            first: case.first,
            last: case.last,
            exchanges: case.exchanges,
            missed: case.missed,
            at_least,
            at_most: case.most,
            sizes: case.sizes,
            client,
            is_no_browser,
            plots: self.plots(case),
            lines: case.lines.clone(),
            last_lines: case.last_lines.iter().copied().collect(),
        }
    }

    fn plots(&self, case: &Case) -> Vec<(Endpoint, Vec<Point>)> {
        let mut by_door: Vec<(u32, Vec<Point>)> = Vec::new();
        for point in &case.points {
            match by_door.iter_mut().find(|(door, _)| *door == point.door) {
                Some((_, points)) => points.push(*point),
                None => by_door.push((point.door, vec![*point])),
            }
        }
        by_door.sort_by_key(|(_, points)| std::cmp::Reverse(points.len()));
        let named = |(door, points)| Some((self.routes.door(door)?.endpoint.clone(), points));
        by_door.into_iter().filter_map(named).collect()
    }
}

/// An innocent reading of what a case rests upon, where there is one.
fn innocent(case: &Case, signals: &[Said]) -> Option<&'static str> {
    let rests_on = |allowed: &[Basis]| case.bases.iter().all(|basis| allowed.contains(basis));
    if case.strangers == 0 {
        // What left nothing is told by statuses.
        return None;
    }
    let served = case.exchanges - case.missed;
    let between = case.last.secs().saturating_sub(case.first.secs()) / served.max(1);
    let is_unordered = signals.iter().all(|one| one.detector == DetectorId::NewObjects);
    if is_unordered
        && between >= APART_SECS
        && case.agents.len() > 2
        && rests_on(&[Basis::Nothing, Basis::Object])
    {
        return Some("many people behind one address read so too, each what is theirs");
    }
    if rests_on(&[Basis::Nothing, Basis::Sizes, Basis::Pace]) {
        return Some("a program that reports or signs in for many sends and gets such sizes too");
    }
    if rests_on(&[Basis::Nothing, Basis::Sizes, Basis::Pace, Basis::Bytes]) {
        return Some("an export may be the work of this caller, or hold nobody");
    }
    if !rests_on(&[Basis::Nothing, Basis::Sizes, Basis::Pace, Basis::Page]) {
        return None;
    }
    if case.cursors * 2 >= served && between >= POLLING_SECS {
        Some("a program that looks for news moves its cursor so too")
    } else if matches!(case.who, Who::Principal(_)) {
        Some("turning the pages of a list may be the work of this caller")
    } else {
        None
    }
}

fn confidence(
    case: &Case,
    signals: &[Said],
    doors: &[(Endpoint, Matter, u64, u64)],
    agents: &[(Vec<u8>, AgentKind, u64)],
) -> Confidence {
    if case.bases.contains(&Basis::Counted) || case.strangers == 0 {
        // Counted bodies, or statuses: both are facts of the log.
        return Confidence::High;
    }
    let says = |id: DetectorId| signals.iter().any(|said| said.detector == id);
    let is_script = agents.iter().any(|(_, kind, _)| matches!(kind, AgentKind::Script | AgentKind::Scanner));
    let matter = doors.iter().filter(|(_, _, _, good)| *good > 0).map(|(_, matter, _, _)| *matter).min();
    let is_weak = |basis: &Basis| matches!(basis, Basis::Sizes | Basis::Pace | Basis::Bytes | Basis::Nothing);
    if case.bases.iter().all(is_weak) {
        return if is_script || says(DetectorId::Automation) { Confidence::Medium } else { Confidence::Low };
    }
    match matter {
        Some(Matter::People) if says(DetectorId::SequentialIds) || says(DetectorId::PageWalk) => {
            Confidence::High
        }
        Some(Matter::People | Matter::Data) => Confidence::Medium,
        _ => Confidence::Low,
    }
}
