//! One scrape is one alert that grows, not 2,700.
//!
//! [`Grouping`] takes every state of every incident and gives out those worth a person's attention:
//! the first of a group at once; a graver one at once; one that came back after its end was told at once.
//! After a pause: one with [`GroupingSettings::growth`] times the records or sources, one that another source
//! took up after it had been contained, and the end. Anything else after pauses that double from twice that
//! one to a long one, so that the last figure of a scrape is told minutes after its end, and what goes on for
//! hours some ten times. What waits is always the newest state only. A cap per minute bounds what people
//! receive altogether; what it holds back goes out later, the gravest first, and a [`Summary`] says meanwhile
//! how much waits.
//!
//! Plain and synchronous: `now` is an argument, any clock that does not step back. Bound:
//! [`GroupingSettings::groups`] groups. When the table is full, the group that was told longest ago
//! and has nothing waiting is forgotten (it would be told anew, as a first one); when all have
//! something waiting, the oldest of the least grave is lost, and the summary says how many were.
//!
//! ```
//! use alert::{Grouping, GroupingSettings, Notice, Severity};
//! use domain::Timestamp;
//! let mut grouping = Grouping::new(GroupingSettings::default());
//! for sequence in 1..=2700 {
//!     let at = Timestamp::from_millis(sequence);
//!     let group = "inc-1".parse().unwrap();
//!     let (severity, title, body) = (Severity::High, "a scrape".to_owned(), "{}".into());
//!     let (records, sources, resumed, over) = (10, 1, 0, false);
//!     let notice = Notice { group, sequence, severity, records, sources, resumed, over, title, body, at };
//!     grouping.offer(notice, at);
//! }
//! let told = grouping.take_due(Timestamp::from_millis(2700));
//! assert_eq!(told.notices.len(), 1);
//! ```

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use domain::{Severity, Timestamp, Window};
use serde::{Deserialize, Serialize};

use crate::notice::{GroupId, Notice, rank};

/// When an update is worth telling, and how much may be told altogether.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GroupingSettings {
    /// How many times the records or sources last told make an update worth telling. At least 2. Default 2.
    pub growth: u64,
    /// Shortest time between two updates of one incident, unless the later is graver, or the incident
    /// came back. Default `60s`.
    pub pause: Window,
    /// An update that grew less is told after a pause that doubles with each, up to this time. Default `1h`.
    pub settle: Window,
    /// Most alerts a minute that are high or critical, and as many again of the others. A third of the former
    /// is kept for critical ones. At least 1. Default 30.
    pub per_minute: usize,
    /// Most incidents remembered, about 1 KiB each and their newest alert. At least 1. Default 1024.
    pub groups: usize,
}

impl Default for GroupingSettings {
    fn default() -> Self {
        Self { growth: 2, pause: Window::MINUTE, settle: Window::HOUR, per_minute: 30, groups: 1024 }
    }
}

impl GroupingSettings {
    /// How long an update that grew little waits after so many of them: twice the pause, four times, eight times.
    fn patience(&self, updates: u32) -> Window {
        let doubled = 2_u64.saturating_pow(updates.saturating_add(1));
        let millis = self.pause.millis().max(1).saturating_mul(doubled);
        Window::from_millis(millis.min(self.settle.millis()))
    }
}

/// What is due.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// To be delivered, in this order.
    pub notices: Vec<Notice>,
    /// What is held back or lost, when it is time to say so: at most once a minute.
    pub summary: Option<Summary>,
}

/// What people do not see yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Incidents held back by the cap, by [`Severity::ALL`].
    pub held_back: [u64; 4],
    /// Up to ten of them, the gravest first.
    pub groups: Vec<GroupId>,
    /// Incidents lost since the last summary, because the table was full.
    pub lost: u64,
}

impl Summary {
    /// How many are held back.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.held_back.iter().sum()
    }

    /// The gravest of them; of lost ones nobody knows, they count as low.
    #[must_use]
    pub fn severity(&self) -> Severity {
        let gravest = Severity::ALL.into_iter().zip(self.held_back).rfind(|(_, waiting)| *waiting > 0);
        gravest.map_or(Severity::Low, |(severity, _)| severity)
    }
}

/// What came in and what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupingCounts {
    /// Notices offered.
    pub offered: u64,
    /// Not above an earlier one of their group.
    pub stale: u64,
    /// Gave way to a newer one of their group.
    pub coalesced: u64,
    /// Given out.
    pub released: u64,
    /// Lost, because the table was full.
    pub lost: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Grouping {
    settings: GroupingSettings,
    groups: BTreeMap<GroupId, Group>,
    /// When notices were given out within the last minute.
    given: Given,
    summary_due: Option<Timestamp>,
    summary_last: Option<Timestamp>,
    lost_untold: u64,
    counts: GroupingCounts,
}

#[derive(Debug)]
struct Group {
    newest: u64,
    told: Option<Told>,
    held: Option<Held>,
}

#[derive(Debug)]
struct Told {
    severity: Severity,
    records: u64,
    sources: u64,
    resumed: u32,
    over: bool,
    at: Timestamp,
    /// Updates that grew little, since the last that was worth more.
    updates: u32,
}

#[derive(Debug)]
struct Held {
    notice: Notice,
    since: Timestamp,
}

/// Why an update is worth telling.
enum Worth {
    AtOnce,
    AfterPause,
    InTheEnd,
}

impl Group {
    fn worth(&self, notice: &Notice, growth: u64) -> Worth {
        let Some(told) = &self.told else { return Worth::AtOnce };
        let grew = |now: u64, told: u64| now >= told.max(1).saturating_mul(growth);
        let is_taken_up = notice.resumed > told.resumed && notice.sources > told.sources;
        if notice.severity > told.severity || (told.over && !notice.over) {
            Worth::AtOnce
        } else if grew(notice.records, told.records)
            || grew(notice.sources, told.sources)
            || is_taken_up
            || (notice.over && !told.over)
        {
            Worth::AfterPause
        } else {
            Worth::InTheEnd
        }
    }

    /// When what is held may go.
    fn due(&self, settings: &GroupingSettings) -> Option<Timestamp> {
        let held = self.held.as_ref()?;
        let (told, updates) = self.told.as_ref().map_or((held.since, 0), |told| (told.at, told.updates));
        Some(match self.worth(&held.notice, settings.growth) {
            Worth::AtOnce => held.since,
            Worth::AfterPause => told.plus(settings.pause),
            Worth::InTheEnd => told.plus(settings.patience(updates)),
        })
    }
}

/// When notices were given out within the last minute. Bound: twice [`GroupingSettings::per_minute`].
#[derive(Debug, Default)]
struct Given {
    others: VecDeque<Timestamp>,
    high: VecDeque<Timestamp>,
    critical: VecDeque<Timestamp>,
}

impl Given {
    fn forget(&mut self, now: Timestamp) {
        for lane in [&mut self.others, &mut self.high, &mut self.critical] {
            while lane.front().is_some_and(|at| at.plus(Window::MINUTE) <= now) {
                lane.pop_front();
            }
        }
    }

    fn add(&mut self, severity: Severity, now: Timestamp) {
        let lane = match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium | Severity::Low => &mut self.others,
        };
        lane.push_back(now);
    }

    /// When there is room for one more again; `None` where there is. What is high leaves a third of the
    /// places to what is critical: a flood of the one must not hold the other back.
    fn full_until(&self, severity: Severity, per_minute: usize) -> Option<Timestamp> {
        let again = |front: Option<&Timestamp>| front.map(|at| at.plus(Window::MINUTE));
        if severity < Severity::High {
            return again(self.others.front().filter(|_| self.others.len() >= per_minute));
        }
        let all = self.high.len() + self.critical.len() >= per_minute;
        let all = again(self.high.front().into_iter().chain(self.critical.front()).min().filter(|_| all));
        let crowded = severity == Severity::High && self.high.len() >= per_minute - per_minute / 3;
        all.max(again(self.high.front().filter(|_| crowded)))
    }
}

impl Grouping {
    /// Nothing was told yet.
    #[must_use]
    pub fn new(settings: GroupingSettings) -> Self {
        let GroupingSettings { growth, pause, settle, per_minute, groups } = settings;
        let settings = GroupingSettings {
            growth: growth.max(2),
            pause,
            settle: settle.max(pause),
            per_minute: per_minute.max(1),
            groups: groups.max(1),
        };
        Self {
            settings,
            groups: BTreeMap::new(),
            given: Given::default(),
            summary_due: None,
            summary_last: None,
            lost_untold: 0,
            counts: GroupingCounts::default(),
        }
    }

    /// Takes a notice in.
    pub fn offer(&mut self, notice: Notice, now: Timestamp) {
        self.counts.offered += 1;
        if !self.groups.contains_key(&notice.group) && !self.make_room(notice.severity, now) {
            self.lose(now);
            return;
        }
        let group = self.groups.entry(notice.group.clone());
        let group = group.or_insert(Group { newest: 0, told: None, held: None });
        if notice.sequence <= group.newest {
            self.counts.stale += 1;
            return;
        }
        group.newest = notice.sequence;
        match &mut group.held {
            Some(held) => {
                self.counts.coalesced += 1;
                held.notice = notice;
            }
            None => group.held = Some(Held { notice, since: now }),
        }
    }

    /// Makes room for one more group of this severity; whether there is some.
    fn make_room(&mut self, severity: Severity, now: Timestamp) -> bool {
        if self.groups.len() < self.settings.groups {
            return true;
        }
        let quiet = self.groups.iter().filter(|(_, group)| group.held.is_none());
        let quiet = quiet.min_by_key(|(_, group)| group.told.as_ref().map(|told| told.at));
        if let Some((id, _)) = quiet {
            let id = id.clone();
            self.groups.remove(&id);
            return true;
        }
        let held = self.groups.iter().filter_map(|(id, group)| Some((id, group.held.as_ref()?)));
        let least = held.min_by_key(|(_, held)| (held.notice.severity, held.since));
        let Some((id, held)) = least else { return false };
        if held.notice.severity > severity {
            return false;
        }
        let id = id.clone();
        self.groups.remove(&id);
        self.lose(now);
        true
    }

    fn lose(&mut self, now: Timestamp) {
        self.counts.lost += 1;
        self.lost_untold = self.lost_untold.saturating_add(1);
        self.plan_summary(now, false);
    }

    /// A summary is due soon, but not twice a minute.
    fn plan_summary(&mut self, now: Timestamp, grave: bool) {
        let soon = now.plus(Window::from_secs(if grave { 1 } else { 10 }));
        let soon = self.summary_last.map_or(soon, |last| soon.max(last.plus(Window::MINUTE)));
        self.summary_due = Some(self.summary_due.map_or(soon, |due| due.min(soon)));
    }

    /// What is to be told by now.
    #[must_use]
    pub fn take_due(&mut self, now: Timestamp) -> Due {
        let mut due: Vec<(Reverse<Severity>, Timestamp, GroupId)> = Vec::new();
        for (id, group) in &self.groups {
            if let (Some(at), Some(held)) = (group.due(&self.settings), &group.held)
                && at <= now
            {
                due.push((Reverse(held.notice.severity), at, id.clone()));
            }
        }
        let (notices, summary) = self.give_out(due, now);
        let mut out = Due { notices, summary: None };
        if summary.waiting() == 0 && summary.lost == 0 {
            self.summary_due = None;
        } else {
            self.plan_summary(now, summary.severity() >= Severity::High);
            if self.summary_due.is_some_and(|at| at <= now) {
                (self.summary_due, self.summary_last, self.lost_untold) = (None, Some(now), 0);
                out.summary = Some(summary);
            }
        }
        out
    }

    /// When [`Grouping::take_due`] has something again, if nothing further is offered.
    #[must_use]
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let groups = self.groups.values().filter_map(|group| {
            let due = group.due(&self.settings)?;
            let severity = group.held.as_ref()?.notice.severity;
            let full = self.given.full_until(severity, self.settings.per_minute);
            Some(full.filter(|_| due <= now).unwrap_or(due))
        });
        groups.chain(self.summary_due).min()
    }

    /// What is worth telling before an end: everything held but small growth, without its pauses, but
    /// within the cap; of the others the summary tells. Whoever tells of incidents tells again of those
    /// that are open at the next start.
    #[must_use]
    pub fn take_last(&mut self, now: Timestamp) -> Due {
        let growth = self.settings.growth;
        let mut worth: Vec<(Reverse<Severity>, Timestamp, GroupId)> = Vec::new();
        for (id, group) in &self.groups {
            if let Some(held) = &group.held
                && !matches!(group.worth(&held.notice, growth), Worth::InTheEnd)
            {
                worth.push((Reverse(held.notice.severity), held.since, id.clone()));
            }
        }
        let (notices, summary) = self.give_out(worth, now);
        let summary = (summary.waiting() > 0 || summary.lost > 0).then_some(summary);
        Due { notices, summary }
    }

    /// Gives out what the cap allows, in order; of the others a summary.
    fn give_out(
        &mut self,
        mut due: Vec<(Reverse<Severity>, Timestamp, GroupId)>,
        now: Timestamp,
    ) -> (Vec<Notice>, Summary) {
        due.sort();
        self.given.forget(now);
        let mut notices = Vec::new();
        let mut summary = Summary { lost: self.lost_untold, ..Summary::default() };
        let growth = self.settings.growth;
        for (Reverse(severity), _, id) in due {
            if self.given.full_until(severity, self.settings.per_minute).is_none() {
                self.given.add(severity, now);
                notices.extend(self.groups.get_mut(&id).and_then(|group| group.tell(now, growth)));
                self.counts.released += 1;
                continue;
            }
            if let Some(count) = summary.held_back.get_mut(usize::from(rank(severity))) {
                *count += 1;
            }
            if summary.groups.len() < 10 {
                summary.groups.push(id);
            }
        }
        (notices, summary)
    }

    /// What came in and what became of it.
    #[must_use]
    pub const fn counts(&self) -> GroupingCounts {
        self.counts
    }

    /// Incidents remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

impl Group {
    fn tell(&mut self, now: Timestamp, growth: u64) -> Option<Notice> {
        let Held { notice, since: _ } = self.held.take()?;
        let is_small = matches!(self.worth(&notice, growth), Worth::InTheEnd);
        let Notice { severity, records, sources, resumed, over, .. } = notice;
        let before = self.told.as_ref().filter(|_| is_small);
        let updates = before.map_or(0, |told| told.updates.saturating_add(1));
        self.told = Some(Told { severity, records, sources, resumed, over, at: now, updates });
        Some(notice)
    }
}
