//! All detectors behind one call.

use std::collections::BTreeMap;

use domain::{IpPrefix, SubjectDigest, Timestamp, networks_of};
use smallvec::SmallVec;

use crate::common::Common;
use crate::detectors::canary;
use crate::detectors::new_objects::MOST_UNITS;
use crate::door::Door;
use crate::event::Event;
use crate::hash::wide;
use crate::observed::{CallerKind, Observed};
use crate::settings::{Allowance, MOST_CANARIES, Settings, Standing};
use crate::signal::{DetectorId, ErrorBudget, Evidence, Severity, Signal, Source, bit};
use crate::table::Table;
use crate::track::{Ctx, Finding, Findings};
use crate::trial::Purse;

/// Cells that remember whom many networks were told of: 512 KB.
const PEOPLE_CELLS: usize = 1 << 16;
/// Cells that remember what many networks asked for in vain: 32 KB.
const PATH_CELLS: usize = 1 << 12;
/// People of one answer that are held against those many networks know.
const MOST_COMMON: usize = 256;

/// All detectors and what they remember.
///
/// Memory is bounded by [`Settings::sources`] and [`Settings::endpoints`], see there for bytes. An
/// exchange that is free costs nothing and needs no lock; for one that counts, one to three sources
/// and one endpoint are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detectors {
    pub(crate) settings: Settings,
    pub(crate) seed: u64,
    purse: Purse,
    endpoint_purse: Purse,
    canaries: Vec<SubjectDigest>,
    pub(crate) sources: Table,
    /// At most [`Settings::endpoints`]. Eviction rule: when it is full and another endpoint tells somebody,
    /// those that were silent for 36 days leave, for nothing of their memory is that old (looked at once an
    /// hour); nobody can push out one that is in use by asking for others. Where none was silent, those
    /// beyond share the one called 0: one baseline and one walk for all of them, and what is said of
    /// anonymous callers is said once for all.
    pub(crate) doors: BTreeMap<u64, Box<Door>>,
    /// The hour in which silent endpoints were last looked for.
    pub(crate) swept: u32,
    pub(crate) people: Common,
    pub(crate) paths: Common,
    /// The second of the first exchange that counted: no endpoint told anyone anything since.
    pub(crate) began: Option<u32>,
    /// Detectors that are listened to.
    on: u16,
}

impl Detectors {
    /// Detectors that have seen nothing. `seed` must be secret, random and kept with the state, else
    /// clients can choose addresses whose sources meet in the table.
    #[must_use]
    pub fn new(settings: Settings, seed: u64) -> Self {
        Self {
            seed,
            purse: settings.purse(),
            endpoint_purse: settings.endpoint_purse(),
            canaries: Vec::new(),
            on: settings.on(),
            sources: Table::new(settings.sources),
            doors: BTreeMap::new(),
            swept: 0,
            people: Common::new(PEOPLE_CELLS),
            paths: Common::new(PATH_CELLS),
            began: None,
            settings,
        }
    }

    /// Listens to these detectors only: to see what each finds by itself. All go on remembering.
    #[must_use]
    pub fn only(mut self, detectors: &[DetectorId]) -> Self {
        self.on = detectors.iter().fold(0, |on, id| on | bit(*id));
        self
    }

    /// Puts other settings into force. What is remembered stays, and so do the sizes of tables: those
    /// are for a start. A baseline that is below a new cap stays there.
    pub fn reload(&mut self, settings: Settings) {
        (self.purse, self.endpoint_purse) = (settings.purse(), settings.endpoint_purse());
        self.on = settings.on();
        self.settings = settings;
    }

    /// The digests of canaries, by which they are found; the first 1,024 count. They are no part of the
    /// settings, for they change with the key that makes them.
    pub fn watch_for(&mut self, canaries: &[SubjectDigest]) {
        self.canaries = canaries.iter().copied().take(MOST_CANARIES).collect();
        self.canaries.sort_unstable();
    }

    /// Whether an endpoint has baselines of its own: it told somebody of strangers.
    #[must_use]
    pub fn has_baseline(&self, endpoint: u64) -> bool {
        self.doors.contains_key(&endpoint)
    }

    /// Lets the baselines of an endpoint begin anew at their caps, because a person says that what is usual
    /// there has changed: strangers an hour, and those beyond two of a source, that were borne until then.
    /// `None` where it has none of its own. It stands in no exchange log: who replays one sees the old
    /// baseline.
    pub fn reset_baseline(&mut self, endpoint: u64, now: Timestamp) -> Option<[u32; 2]> {
        let door = self.doors.get_mut(&endpoint)?;
        Some(door.reset(&self.settings, crate::nats::narrow(now.secs())))
    }

    /// Takes one exchange in; what it completes.
    ///
    /// Exchanges come in the order of the exchange log ([`domain::Exchange::order`]). The time is the
    /// exchange's own: a second one would differ between the gateway and its log. One that lies
    /// before what a source already showed counts as at the same time.
    pub fn observe(&mut self, seen: &Observed<'_>) -> SmallVec<[Signal; 2]> {
        let mut signals = SmallVec::new();
        if let Some(evidence) = canary::look(&self.canaries, seen) {
            let source = self.who(seen).1;
            let severity = Severity::Critical;
            self.say(&mut signals, seen, DetectorId::Canary, source, evidence, severity, seen.at);
        }
        if !seen.is_free() {
            self.count(seen, &mut signals);
        }
        signals
    }

    fn count(&mut self, seen: &Observed<'_>, signals: &mut SmallVec<[Signal; 2]>) {
        let networks = networks_of(seen.client);
        let (Some(address), Some(network)) = (networks.first().copied(), networks.last().copied()) else {
            return;
        };
        let network_key = self.network_key(network);
        let unseeded = prefix_key(0, network);
        let strangers = self.strangers(seen, unseeded);
        let path = seen.failed_path.map(|path| path.short());
        let lost = seen.is_lost() && !path.is_some_and(|path| self.paths.meet(path, unseeded) && !seen.bait);
        let Some(event) = Event::of(seen, strangers, lost) else { return };
        self.began.get_or_insert(event.secs());

        let (key, source) = self.who(seen);
        let standing = self.standing(seen);
        let fed = self.feed(key, source, standing, &event, seen, signals);
        if standing.works() {
            return;
        }
        self.feed(network_key, Source::Network(network), Standing::Network, &event, seen, signals);
        let spread = Event::spread(seen.at, key).filter(|_| strangers > 0 && seen.caller.is_principal());
        if let Some(spread) = spread {
            let address_key = self.network_key(address);
            self.feed(address_key, Source::Network(address), Standing::Address, &spread, seen, signals);
            self.feed(network_key, Source::Network(network), Standing::Network, &spread, seen, signals);
        }
        if strangers > 0 {
            self.feed_door(seen, &event, key, strangers, fed, signals);
        }
    }

    fn feed_door(
        &mut self,
        seen: &Observed<'_>,
        event: &Event,
        key: u64,
        strangers: u32,
        fed: crate::table::Fed,
        signals: &mut SmallVec<[Signal; 2]>,
    ) {
        let most = usize::try_from(self.settings.endpoints).unwrap_or(usize::MAX).max(1);
        let is_known = self.doors.contains_key(&seen.endpoint);
        let hour = event.secs() / 3600;
        if !is_known && self.doors.len() >= most && hour > self.swept {
            self.swept = hour;
            self.doors.retain(|_, door| !door.is_forgotten(event.secs()));
        }
        let place = if is_known || self.doors.len() < most { seen.endpoint } else { 0 };
        let began = self.began.unwrap_or_else(|| event.secs());
        let settings = &self.settings;
        let door = self.doors.entry(place).or_insert_with(|| Box::new(Door::new(settings, began)));
        let mut found: SmallVec<[_; 2]> = SmallVec::new();
        if !seen.caller.is_principal()
            && let Some((evidence, severity, first)) = door.told.step(seen, strangers, event.secs())
        {
            found.push((DetectorId::AnonymousData, evidence, severity, first));
        }
        // A principal's page is for page walk and bulk: a firm's directory is one answer to one person.
        let beyond = if seen.caller.is_principal() { fed.beyond.min(MOST_UNITS) } else { fed.beyond };
        door.feed(event, key, beyond, fed.speaking, self.endpoint_purse, |one| found.push(one));
        for (detector, evidence, severity, first) in found {
            if bit(detector) & self.on != 0 {
                let first = Timestamp::from_secs(u64::from(first));
                self.say(signals, seen, detector, Source::Endpoint(seen.endpoint), evidence, severity, first);
            }
        }
    }

    fn feed(
        &mut self,
        key: u64,
        source: Source,
        standing: Standing,
        event: &Event,
        seen: &Observed<'_>,
        signals: &mut SmallVec<[Signal; 2]>,
    ) -> crate::table::Fed {
        let mut found = Findings::new();
        let began = self.began.unwrap_or_else(|| event.secs());
        let ctx = Ctx { purse: self.purse, standing, on: self.on, began };
        let fed = self.sources.feed(key, event, ctx, &mut found);
        for Finding { detector, case, severity, stride, trial } in found {
            let evidence = Evidence {
                case,
                people: trial.people,
                steps: trial.steps,
                stride,
                sources: None,
                millinats: trial.level / 1000,
            };
            let first = Timestamp::from_secs(u64::from(trial.since));
            self.say(signals, seen, detector, source, evidence, severity, first);
        }
        fed
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of a signal, in one place")]
    fn say(
        &self,
        signals: &mut SmallVec<[Signal; 2]>,
        seen: &Observed<'_>,
        detector: DetectorId,
        source: Source,
        evidence: Evidence,
        severity: Severity,
        first: Timestamp,
    ) {
        let error = match detector {
            DetectorId::Canary | DetectorId::AnonymousData | DetectorId::SpentBudget => ErrorBudget::Fact,
            DetectorId::Volume | DetectorId::EndpointSweep => {
                ErrorBudget::OneInEndpointDays(self.settings.false_alarm_in_endpoint_days)
            }
            _ => ErrorBudget::OneInClientDays(self.settings.false_alarm_in_client_days),
        };
        if bit(detector) & self.on != 0 {
            let (endpoint, last) = (seen.endpoint, seen.at);
            signals.push(Signal { detector, source, endpoint, severity, evidence, error, first, last });
        }
    }

    /// Strangers without those whom many networks know.
    fn strangers(&mut self, seen: &Observed<'_>, network: u64) -> u32 {
        if !seen.is_fresh() {
            return 0;
        }
        let most = usize::try_from(seen.strangers).unwrap_or(usize::MAX).min(MOST_COMMON);
        let met = seen.subjects.iter().take(most);
        let common = met.filter(|subject| self.people.meet(subject.short(), network)).count();
        seen.strangers.saturating_sub(u32::try_from(common).unwrap_or(u32::MAX))
    }

    /// The source that an exchange is held against, and its key.
    fn who(&self, seen: &Observed<'_>) -> (u64, Source) {
        match seen.principal {
            Some(digest) if seen.caller.is_principal() => {
                let kind = if seen.caller == CallerKind::Confirmed { 1 } else { 2 };
                (wide(self.seed, u128::from_be_bytes(*digest.bytes()), kind << 8), Source::Principal(digest))
            }
            _ => {
                let address = networks_of(seen.client).first().copied();
                let address = address.unwrap_or_else(|| IpPrefix::of(seen.client, 128));
                (self.network_key(address), Source::Network(address))
            }
        }
    }

    fn network_key(&self, prefix: IpPrefix) -> u64 {
        prefix_key(self.seed, prefix)
    }

    fn standing(&self, seen: &Observed<'_>) -> Standing {
        let of_role = seen.role.and_then(|role| {
            self.settings.roles.iter().find(|(name, _)| name.as_str() == role).map(|(_, allowed)| *allowed)
        });
        let declared = seen.allowed.map(|[per_hour, per_day]| Allowance { per_hour, per_day });
        let allowed = match seen.caller {
            CallerKind::Partner => self.settings.partner.or(declared),
            CallerKind::Verified => of_role,
            _ => None,
        };
        match allowed {
            Some(allowed) => Standing::Allowed(allowed),
            None if seen.caller.is_principal() => Standing::Principal,
            None => Standing::Address,
        }
    }

    /// Sources held, of [`Settings::sources`].
    #[must_use]
    pub fn sources(&self) -> usize {
        self.sources.len()
    }

    /// What [`Detectors::bytes`] comes to where every table is full, and each source did so much that it has a
    /// track of its own.
    #[must_use]
    pub fn most_bytes(settings: &Settings) -> usize {
        let doors = usize::try_from(settings.endpoints).unwrap_or(usize::MAX) * (size_of::<Door>() + 32);
        Table::most_bytes(settings.sources) + doors + (PEOPLE_CELLS + PATH_CELLS) * size_of::<u64>()
    }

    /// Bytes on the heap.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let doors = self.doors.len() * (size_of::<Door>() + 32);
        self.sources.bytes() + doors + (PEOPLE_CELLS + PATH_CELLS) * size_of::<u64>()
    }
}

fn prefix_key(seed: u64, prefix: IpPrefix) -> u64 {
    let (bits, family) = match prefix.base() {
        std::net::IpAddr::V4(v4) => (u128::from(v4.to_bits()), 4),
        std::net::IpAddr::V6(v6) => (v6.to_bits(), 6),
    };
    wide(seed, bits, u64::from(prefix.length()) << 16 | family)
}
