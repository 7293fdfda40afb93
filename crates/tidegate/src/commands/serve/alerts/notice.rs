//! One state of an incident as an alert: figures, classes, endpoints and sources; nothing of a person.

use alert::Notice;
use domain::{DetectorId, Endpoint, IpPrefix, Timestamp};
use report::attack::techniques;
use report::finding::{Activity, Finding, Source, Status, Technique, line};
use respond::{Happened, Incident, IncidentId, Party, PartyTally, State, Tally};

/// What the receivers know of an incident already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing.
    First,
    /// An earlier state, or maybe this one.
    Known,
    /// That it is one of its own, and it turned out to be this one.
    Merged(IncidentId),
}

/// The alert; `None` never, as long as the name of an incident may name a group.
pub(super) fn notice(incident: &Incident, standing: Standing, now: Timestamp) -> Option<Notice> {
    let uid = incident.id.to_string();
    let group = uid.parse().ok()?;
    // Its end as one of its own is a state that its timeline does not have.
    let sequence = sequence(incident) + u64::from(matches!(standing, Standing::Merged(_)));
    let title = title(incident, standing);
    let records = u64::from(incident.people());

    let mut tallies: Vec<&Tally> = incident.tallies.iter().collect();
    tallies.sort_by_key(|tally| std::cmp::Reverse((tally.severity, tally.people, tally.signals)));
    let detectors: Vec<&str> = tallies.iter().map(|tally| tally.detector.word()).collect();
    let mut attack: Vec<Technique<'_>> = Vec::new();
    for technique in tallies.iter().flat_map(|tally| techniques(tally.detector)) {
        if !attack.contains(technique) {
            attack.push(*technique);
        }
    }
    let mut parties: Vec<&PartyTally> = incident.parties.iter().collect();
    // A network is named after those in it: whoever acts begins with the narrowest.
    parties.sort_by_key(|tally| std::cmp::Reverse((is_single(tally.party), tally.people, tally.signals)));
    let name = |party: Party| match party {
        Party::Principal(digest) => digest.to_string(),
        Party::Network(_) => String::new(),
    };
    let names: Vec<String> = parties.iter().map(|tally| name(tally.party)).collect();
    let sources: Vec<Source<'_>> =
        parties.iter().zip(&names).map(|(tally, name)| source(tally.party, name)).collect();
    let figures = figures(incident, &tallies);
    let evidence: Vec<(&str, &str)> = figures.iter().map(|(name, value)| (*name, value.as_str())).collect();

    let finding = Finding {
        uid: &uid,
        sequence,
        title: &title,
        text: "People are counted at least: whoever was told of twice counts once.",
        activity: match (incident.state, standing) {
            (State::Closed, _) => Activity::Closed,
            (_, Standing::First) => Activity::Created,
            _ => Activity::Updated,
        },
        severity: incident.severity,
        status: match incident.state {
            State::Closed => Status::Resolved,
            State::Contained => Status::InProgress,
            State::Open if happened(incident, |what| matches!(what, Happened::Taken(_))) > 0 => {
                Status::InProgress
            }
            State::Open => Status::New,
        },
        at: now,
        first: incident.began,
        last: incident.last,
        count: u64::from(incident.signals),
        sources: &sources,
        endpoints: &doors(incident),
        detectors: &detectors,
        evidence: &evidence,
        techniques: &attack,
        records_at_least: records,
        records_at_most: None,
        classes: incident.classes,
    };
    let body = line(&finding).into_bytes().into();
    let over = incident.state == State::Closed;
    let (severity, sources) = (incident.severity, u64::from(incident.sources()));
    let resumed = incident.resumed.saturating_add(incident.reopened);
    Some(Notice { group, sequence, severity, records, sources, resumed, over, title, body, at: now })
}

/// How much happened in it, and how many milliseconds that took. It rises with every state, for something
/// happened, and is the same for the same state. It goes on rising after a restart, also after a kill that
/// came before the last happenings were on disk: what happens then happens later.
fn sequence(incident: &Incident) -> u64 {
    let times = happened(incident, |_| true).saturating_add(u64::from(incident.timeline.dropped()));
    let latest = incident.timeline.moments().iter().map(|moment| moment.last).max();
    let took = latest.map_or(0, |latest| latest.millis_since(incident.first));
    times.saturating_add(took).max(1)
}

/// How often something that `fits` happened.
fn happened(incident: &Incident, fits: impl Fn(&Happened) -> bool) -> u64 {
    let moments = incident.timeline.moments().iter().filter(|moment| fits(&moment.what));
    moments.map(|moment| u64::from(moment.count)).sum()
}

/// One line. Templates of endpoints hold no word that may be somebody's name.
fn title(incident: &Incident, standing: Standing) -> String {
    let chief = incident.tallies.iter().max_by_key(|tally| (tally.severity, tally.people, tally.signals));
    let mut title = match (standing, incident.state) {
        (Standing::Merged(into), _) => format!("part of {into}: "),
        (_, State::Closed) => "over: ".to_owned(),
        (_, State::Contained) => "contained: ".to_owned(),
        (_, State::Open) if incident.reopened > 0 => "again: ".to_owned(),
        (_, State::Open) => String::new(),
    };
    title.push_str(chief.map_or("an incident", |tally| said(tally.detector)));
    let doors = doors(incident);
    if let Some((first, others)) = doors.split_first() {
        title.push_str(&format!(" at {first}"));
        if !others.is_empty() {
            title.push_str(&format!(" and {} more", others.len()));
        }
    }
    title
}

/// The endpoints, the one with the most signals first.
fn doors(incident: &Incident) -> Vec<&Endpoint> {
    let mut doors: Vec<_> = incident.doors.iter().collect();
    doors.sort_by_key(|door| std::cmp::Reverse((door.signals, door.people)));
    doors.into_iter().map(|door| &door.shown).collect()
}

fn figures(incident: &Incident, tallies: &[&Tally]) -> Vec<(&'static str, String)> {
    let cases: Vec<String> =
        tallies.iter().map(|tally| format!("{} {}", tally.detector, tally.case)).collect();
    let mut figures = vec![
        ("people", incident.people().to_string()),
        ("signals", incident.signals.to_string()),
        ("sources", incident.sources().to_string()),
        ("cases", cases.join(", ")),
    ];
    for (name, many) in [
        ("actions taken", happened(incident, |what| matches!(what, Happened::Taken(_)))),
        ("actions proposed", happened(incident, |what| matches!(what, Happened::Proposed(_)))),
        ("came back", u64::from(incident.reopened)),
    ] {
        if many > 0 {
            figures.push((name, many.to_string()));
        }
    }
    if !incident.merged.is_empty() {
        let was: Vec<String> = incident.merged.iter().map(ToString::to_string).collect();
        figures.push(("was also", was.join(" ")));
    }
    figures
}

fn source(party: Party, name: &str) -> Source<'_> {
    match party {
        Party::Principal(_) => Source::Principal(name),
        Party::Network(prefix) if is_address(prefix) => Source::Address(prefix.base()),
        Party::Network(prefix) => Source::Network(prefix),
    }
}

fn is_address(prefix: IpPrefix) -> bool {
    prefix.length() == if prefix.base().is_ipv4() { 32 } else { 128 }
}

/// One caller, or what stands for one: an IPv6 client has a /64.
fn is_single(party: Party) -> bool {
    match party {
        Party::Principal(_) => true,
        Party::Network(prefix) => prefix.length() >= if prefix.base().is_ipv4() { 32 } else { 64 },
    }
}

/// What a detector's signal says, for a line that a person reads first.
const fn said(detector: DetectorId) -> &'static str {
    match detector {
        DetectorId::SequentialIds => "a walk through ids",
        DetectorId::NewObjects => "people read one after the other",
        DetectorId::PageWalk => "a walk through pages",
        DetectorId::Bulk => "many people at one request",
        DetectorId::MissStorm => "guessing of objects",
        DetectorId::AnonymousData => "personal data to anonymous callers",
        DetectorId::Foreign => "attempts at others' records",
        DetectorId::Volume => "more people told of than ever",
        DetectorId::EndpointSweep => "a sweep by many sources",
        DetectorId::SurfaceScan => "a search for open doors",
        DetectorId::SessionMinting => "many sessions of one hand",
        DetectorId::Automation => "reading by the clock",
        DetectorId::Canary => "a canary record was touched",
        DetectorId::SpentBudget => "a budget of people read to its end",
    }
}
