//! The hunt itself: one event after the other, in the order of the log.
// long: one event takes one way through all parts, and this is the way

use std::borrow::Cow;
use std::cell::Cell;
use std::net::IpAddr;

use detect::{DetectorId, Detectors, Observed, Page, Watched};
use domain::{Endpoint, Exchange, Method, Timestamp};
use events::Event;
use reading::attributes::Attributes;
use reading::target::{Plain, Target};
use smallvec::SmallVec;
use spec::router::Router;

use crate::agents::AgentKind;
use crate::asks::Stopped;
use crate::callers::Callers;
use crate::cases::Cases;
use crate::clients::Clients;
use crate::doors::Count;
use crate::fields::Fields;
use crate::foreign::{Asking, Evidence, Memory, page_size};
use crate::hash::{self, SEED};
use crate::heads::Heads;
use crate::matter::{Ending, Matter, bare};
use crate::moment::{Basis, LineRef, Moment};
use crate::names::Names;
use crate::own::Own;
use crate::request::{client_of, mended, method_of, origin_form, read_body};
use crate::routes::Routes;
use crate::ruled::{Ruled, Seen};
use crate::settings::{Settings, Totals};
use crate::storms::Storm;
use crate::unfold;
use crate::weeks::{UnusualHour, Weeks};

/// Sources that detectors hold for foreign logs: most of what a hunt holds at the very worst
/// ([`crate::most_bytes`]).
const SOURCES: u32 = 86_000;
/// Longest body that is read for objects.
const MOST_BODY: usize = 256 * 1024;

/// A hunt.
#[derive(Debug)]
pub struct Hunt {
    settings: Settings,
    only: Option<Router>,
    pub(crate) routes: Routes,
    memory: Memory,
    callers: Callers,
    own: Option<Box<Own>>,
    foreign: Watched,
    pub(crate) cases: Cases,
    pub(crate) names: Names,
    pub(crate) totals: Totals,
    pub(crate) stopped: Vec<(u32, Stopped)>,
    pub(crate) storms: Vec<(u32, Storm)>,
    pub(crate) weeks: Weeks,
    pub(crate) unusual: Vec<(u32, UnusualHour)>,
    pub(crate) clients: Clients,
    heads: Heads,
    pub(crate) fields: Vec<Fields>,
    pub(crate) ruled: Option<Box<Ruled>>,
    /// Whether the times of foreign lines have parts of a second.
    pub(crate) has_millis: bool,
}

impl Hunt {
    /// A hunt that has read nothing.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let foreign = Self::foreign(&settings.detect);
        Self {
            only: settings.scope.endpoint.clone().map(|endpoint| Router::new([endpoint])),
            routes: Routes::new(settings.declared.clone()),
            memory: Memory::new(),
            callers: Callers::new(),
            own: None,
            foreign: Watched::new(Detectors::new(foreign, SEED)),
            cases: Cases::new([settings.lines, settings.addresses], settings.explained.as_deref()),
            names: Names::default(),
            totals: Totals::default(),
            stopped: Vec::new(),
            storms: Vec::new(),
            weeks: Weeks::default(),
            unusual: Vec::new(),
            clients: Clients::new(),
            heads: Heads::default(),
            fields: Vec::new(),
            ruled: None,
            has_millis: false,
            settings,
        }
    }

    /// Detectors for logs of others.
    pub(crate) fn foreign(settings: &detect::Settings) -> detect::Settings {
        let sources = SOURCES.min(settings.sources);
        let mut foreign = detect::Settings { sources, ..settings.clone() };
        // Whether an answer held personal data, and whether its caller was anonymous, no such log says.
        foreign.off.insert(DetectorId::AnonymousData);
        foreign
    }

    /// The same with Sigma rules beside the detectors.
    #[must_use]
    pub fn with_rules(mut self, rules: sigma::Rules) -> Self {
        let explained = self.settings.explained.as_deref();
        self.ruled = Some(Box::new(Ruled::new(rules, self.settings.lines, explained)));
        self
    }

    /// Says what wrote the lines of `input`; until then no rule holds of them, and sizes are those of bodies.
    pub fn reads(&mut self, input: u32, dialect: events::Dialect) {
        self.heads.reads(input, dialect);
        if let Some(ruled) = &mut self.ruled {
            ruled.reads(input, dialect);
        }
    }

    /// Takes an event in.
    pub fn take(&mut self, event: &Event<'_>, line: LineRef) {
        self.note_fields(event, line);
        let seen = self.look(event, line);
        if let (Some(seen), Some(ruled)) = (seen, &mut self.ruled) {
            let door = seen.door.filter(|door| *door != Routes::UNSEEN);
            let door = door.and_then(|door| self.routes.door(door));
            ruled.take(event, line, &seen, door.map(|door| door.endpoint.template().as_str()));
        }
    }

    /// Shows an event to the detectors; `None` where it is outside of the scope.
    fn look(&mut self, event: &Event<'_>, line: LineRef) -> Option<Seen> {
        if let Some(exchange) = &event.exchange {
            return self.own(exchange.clone(), line).then(Seen::default);
        }
        let (Some(at), Some(client), Some(target)) = (event.at, client_of(event), event.target.as_deref())
        else {
            self.totals.incomplete += 1;
            // A rule may hold of half a line; whether that is inside of a scope, nobody knows.
            return self.settings.scope.is_everything().then(Seen::default);
        };
        if !self.is_inside(at, client) {
            self.totals.outside += 1;
            return None;
        }
        self.has_millis |= at.millis() % 1000 != 0;
        if self.only.is_none() {
            self.count(at);
        }
        let status = event.status.unwrap_or(0);
        let good = matches!(status, 200..=299 | 304);
        let target = origin_form(target);
        let end = memchr::memchr2(b'?', b'#', target).unwrap_or(target.len());
        let path = target.get(..end).unwrap_or_default();
        let ending = if good { Ending::of(path) } else { Ending::None };
        let is_asset = ending != Ending::None;
        self.clients.take(hash::address(SEED, client), is_asset, event.sent, event.received);
        if ending == Ending::Asset {
            return self.shown();
        }
        let method = event.method.as_deref().unwrap_or_default();
        let known = hash::bytes(hash::bytes(2, method), path);
        // What is asked for again and again, names no object and has no hidden body, is told at once.
        if good
            && end == target.len()
            && matches!(method, b"GET" | b"HEAD")
            && let Some(door) = self.routes.remembered(known)
            && !self.is_download(door, event.sent)
        {
            if self.only.is_some() {
                self.count(at);
            }
            self.asked(door, event);
            self.answered(door, status, event.sent, hash::network(client), at);
            return Some(Seen { door: Some(door), objects: None });
        }
        let has_query = end < target.len();
        self.judge(event, Request { at, client, target, status, good, known, ending, has_query }, line)
    }

    /// An asset, of which no endpoint is known.
    fn shown(&mut self) -> Option<Seen> {
        let counter = if self.only.is_some() { &mut self.totals.outside } else { &mut self.totals.idle };
        *counter += 1;
        self.only.is_none().then(Seen::default)
    }

    fn judge(&mut self, event: &Event<'_>, request: Request<'_>, line: LineRef) -> Option<Seen> {
        let Request { at, client, target, status, good, known, ending, has_query } = request;
        let answer = self.heads.body(line.input, event.sent);
        let network = hash::network(client);
        let method = method_of(event.method.as_deref().unwrap_or_default());
        let text =
            std::str::from_utf8(target).map_or_else(|_| String::from_utf8_lossy(target), Cow::Borrowed);
        // One reading: canonical as it stands, else made so; else of what is left without what has none.
        // An object by its number, at an endpoint that was found a moment ago, needs no reading.
        let raw_method = event.method.as_deref().unwrap_or_default();
        let is_by_number = !has_query && ending == Ending::None && self.only.is_none();
        let numbered = text.as_ref().rsplit_once('/').filter(|_| is_by_number);
        let numbered = numbered.and_then(|(path, number)| self.routes.numbered(raw_method, path, number));
        let plain = if numbered.is_none() { Plain::read(&text) } else { None };
        let parse = || Target::parse(&text).or_else(|_| Target::parse(&mended(&text))).ok();
        let parsed = if plain.is_none() && numbered.is_none() { parse() } else { None };
        let segments: SmallVec<[&str; 8]> = match (&plain, &parsed) {
            (Some(plain), _) => plain.segments(),
            (_, Some(target)) => target.segments(),
            _ => SmallVec::new(),
        };
        let is_readable = plain.is_some() || parsed.is_some();
        if ending != Ending::None && self.only_shows(ending, &method, &segments, event.sent) {
            return self.shown();
        }
        if let Some(only) = &self.only {
            let routed: &[&str] = if segments.is_empty() { &[""] } else { &segments };
            if !is_readable || only.route(&method, routed).is_none() {
                self.totals.outside += 1;
                return None;
            }
            self.count(at);
        }
        let mut attributes = Attributes::new();
        let door = if let Some((door, number)) = numbered {
            unfold::path(number, &mut attributes);
            door
        } else if is_readable {
            self.routes.find(&method, &segments, good && status != 304, network, |_, value| {
                unfold::path(bare(value), &mut attributes);
            })
        } else {
            Routes::UNSEEN
        };
        let bait = detect::is_bait(&segments);
        if let Some((path, number)) = text.as_ref().rsplit_once('/').filter(|_| is_by_number && !bait)
            && plain.is_some()
        {
            self.routes.remember_numbered(raw_method, path, number, door);
        }
        self.asked(door, event);
        self.answered(door, status, event.sent, network, at);
        let matter = self.routes.door(door).map_or(Matter::Page, crate::doors::Door::matter);
        let has_parameters = !attributes.list().is_empty();
        let is_idle = matter == Matter::Idle && !has_query;
        if good && (is_idle || matter == Matter::Catalogue && !has_parameters) {
            if !has_parameters && door != Routes::UNSEEN {
                self.routes.remember(known, door);
            }
            self.totals.idle += u64::from(is_idle);
            return Some(Seen { door: Some(door), objects: None });
        }
        match (&plain, &parsed) {
            (Some(plain), _) => unfold::query(plain.query(), &mut attributes),
            (_, Some(target)) => unfold::query(target.query(), &mut attributes),
            _ => {}
        }
        let body = event.request_body.as_deref().filter(|body| !body.is_empty() && body.len() <= MOST_BODY);
        if let Some(body) = body {
            read_body(event.request_type.as_deref(), body, &mut attributes);
        }
        let digest = |value: &str| hash::digest(SEED, value.as_bytes());
        let mails = Cell::new(0);
        let objects = reading::objects::objects(&attributes, false, |value| {
            mails.set(mails.get() + usize::from(value.contains('@')));
            digest(value)
        });
        let page = reading::paging::page(&attributes, digest);
        let of_request = (number_of(&objects), objects.len(), page);
        let looked = Some(Seen { door: Some(door), objects: Some(of_request) });
        let has_hidden_body =
            body.is_none() && !matches!(method, Method::Get | Method::Head | Method::Options);
        let is_silent = objects.is_empty() && page.is_none() && !has_hidden_body;
        if good && is_silent && !self.is_download(door, event.sent) {
            if !has_parameters && door != Routes::UNSEEN {
                self.routes.remember(known, door);
            }
            return looked;
        }
        let agent = event.agent.as_deref().unwrap_or_default();
        let agent_hash = hash::bytes(3, agent);
        let address = hash::address(SEED, client);
        let day = u16::try_from(at.secs() / 86_400).unwrap_or(0);
        let asked = self.routes.door(door).map(|door| (door.gate, door.count.refused > 0));
        let (gate, refuses) = asked.unwrap_or_default();
        let (caller, principal) = self.callers.of(event, gate, refuses, address, day);
        let source = principal.filter(|_| caller.is_principal()).map_or(address, |digest| digest.short());
        let evidence =
            if matches!(status, 200..=203 | 206..=299) && !matches!(method, Method::Head | Method::Options) {
                let session = [event.cookie.as_deref(), event.authorization.as_deref()]
                    .into_iter()
                    .flatten()
                    .fold(hash::mix(source, agent_hash), hash::bytes);
                // Of what is read by its object at an endpoint about data nobody asks by which program.
                let is_asked = has_hidden_body || matter >= Matter::Page;
                let kind = if is_asked { self.names.kind(agent_hash, agent) } else { AgentKind::None };
                let asking = Asking {
                    source,
                    session,
                    network,
                    day,
                    at: at.secs(),
                    since: self.days_since_first(at),
                    objects: &objects,
                    is_look_up: mails.get() == objects.len(),
                    page,
                    page_size: page_size(&attributes),
                    sent: event.sent,
                    body: answer,
                    received: event.received,
                    has_hidden_body,
                    is_judged_by_pace: has_hidden_body
                        && status == 200
                        && !refuses
                        && !caller.is_principal()
                        && self.is_judged_by_pace(client, kind),
                    target: hash::bytes(4, text.as_bytes()),
                    is_crawler: kind == AgentKind::Crawler,
                };
                match self.routes.door_mut(door) {
                    Some(door) => {
                        if !asking.objects.is_empty() && ending == Ending::None {
                            door.answers.take(event.sent);
                        }
                        self.memory.weigh(door, &asking)
                    }
                    None => Evidence::NONE,
                }
            } else {
                Evidence::NONE
            };
        if evidence.is_again {
            self.cases.again(source, at);
        }
        let failed_path = (status >= 400 || bait).then(|| {
            hash::digest(
                hash::bytes(2, method.as_str().as_bytes()),
                text.split(['?', '#']).next().unwrap_or_default().as_bytes(),
            )
        });
        let subjects = [hash::wide(evidence.about)];
        let seen = Observed {
            caller,
            principal,
            numbers: Observed::numbers(&objects),
            object: Observed::object(&objects),
            page: evidence.page.map(Page::Cursor).or(page.map(Page::of)),
            status,
            strangers: evidence.strangers,
            subjects: if evidence.strangers > 0 { &subjects } else { &[] },
            failed_path,
            bait,
            ..Observed::quiet(at, client, self.routes.door(door).map_or(0, |door| door.key))
        };
        if seen.is_free() {
            return looked;
        }
        let said = self.foreign.observe(&seen);
        let [in_path, elsewhere] = seen.numbers;
        let number = in_path.or(elsewhere).or(match page {
            Some(domain::PageRef::Number(number)) => Some(number),
            _ => event.sent.filter(|_| matches!(evidence.basis, Basis::Sizes | Basis::Pace)),
        });
        self.names.see(agent_hash, agent);
        let moment = Moment {
            source,
            network,
            address: client,
            door,
            at,
            number,
            strangers: evidence.strangers,
            least: evidence.least,
            most: evidence.most,
            basis: evidence.basis,
            is_crowded: evidence.is_crowded,
            sent: event.sent,
            agent: agent_hash,
            line,
        };
        self.totals.counted += 1;
        self.cases.note(&moment);
        for (signal, group) in &said {
            self.cases.hear(signal, *group, &moment);
        }
        looked
    }

    /// Takes an exchange of our own log in; whether it is inside of the scope.
    fn own(&mut self, exchange: Box<Exchange>, line: LineRef) -> bool {
        if !self.is_inside(exchange.at, exchange.client)
            || self.settings.scope.endpoint.as_ref().is_some_and(|only| *only != exchange.endpoint)
        {
            self.totals.outside += 1;
            return false;
        }
        let mut own = self.own.take().unwrap_or_else(|| Box::new(Own::new(&self.settings.detect, SEED)));
        own.take(exchange, line, &mut |turn| self.turn(turn));
        self.own = Some(own);
        true
    }

    /// What stands in the order of the gateway until a line that never comes is let go.
    pub fn finish(&mut self) {
        if let Some(mut own) = self.own.take() {
            own.finish(&mut |turn| self.turn(turn));
            self.own = Some(own);
        }
    }

    fn turn(&mut self, (exchange, line, said): crate::own::Turn) {
        let network = hash::network(exchange.client);
        let door = self.routes.recorded(&exchange.endpoint);
        // A later part of an answer is no exchange of its own; its people are seen like any other's.
        if exchange.continues.is_none() {
            self.count(exchange.at);
            self.totals.own += 1;
            self.answered(door, exchange.status, Some(exchange.response_bytes), network, exchange.at);
        }
        let seen = Observed::of(&exchange);
        if seen.is_free() && said.is_empty() {
            return;
        }
        let mut marks: SmallVec<[_; 2]> =
            exchange.signals.iter().map(|mark| (mark.detector, mark.severity)).collect();
        let mut now: SmallVec<[_; 2]> =
            said.iter().map(|(signal, _)| (signal.detector, signal.severity)).collect();
        marks.sort_unstable();
        now.sort_unstable();
        self.totals.marked += u64::from(!marks.is_empty() || !now.is_empty());
        self.totals.agreed += u64::from(!marks.is_empty() && marks == now);
        let agent = exchange.agent.map_or(0, |digest| digest.short());
        let principal = seen.principal.filter(|_| seen.caller.is_principal());
        let told = if seen.public { 0 } else { seen.strangers };
        let moment = Moment {
            source: principal.map_or_else(|| hash::address(SEED, exchange.client), |digest| digest.short()),
            network,
            address: exchange.client,
            door,
            at: exchange.at,
            number: seen.numbers.into_iter().flatten().next().or(match exchange.page {
                Some(domain::PageRef::Number(number)) => Some(number),
                _ => None,
            }),
            strangers: told,
            least: told,
            most: Some(told),
            basis: if told > 0 { Basis::Counted } else { Basis::Nothing },
            is_crowded: false,
            sent: Some(exchange.response_bytes),
            agent,
            line,
        };
        self.totals.counted += 1;
        self.cases.note(&moment);
        for (signal, group) in &said {
            self.cases.hear(signal, *group, &moment);
        }
    }

    /// Whether a quick pace speaks against a client that has no name, at an endpoint that asks nobody for one.
    ///
    /// Not against a monitor, or a browser that fetches what pages consist of. Such words cost an attacker one
    /// header; sizes that are each another speak against it all the same.
    fn is_judged_by_pace(&self, client: IpAddr, kind: AgentKind) -> bool {
        let shows_pages = || self.clients.of(client).is_some_and(|client| client.assets > 0);
        let is_excused = match kind {
            AgentKind::Monitor | AgentKind::Crawler => true,
            AgentKind::Browser => shows_pages(),
            _ => false,
        };
        !is_excused
    }

    fn is_inside(&self, at: Timestamp, client: IpAddr) -> bool {
        let scope = &self.settings.scope;
        scope.since.is_none_or(|since| at >= since)
            && scope.until.is_none_or(|until| at <= until)
            && (scope.clients.is_empty() || scope.clients.iter().any(|one| one.contains(client)))
    }

    fn count(&mut self, at: Timestamp) {
        self.totals.exchanges += 1;
        self.totals.first = Some(self.totals.first.map_or(at, |first| first.min(at)));
        self.totals.last = Some(self.totals.last.map_or(at, |last| last.max(at)));
    }

    /// Whole days of 24 hours since the first exchange.
    fn days_since_first(&self, at: Timestamp) -> u16 {
        let first = self.totals.first.unwrap_or(at);
        u16::try_from(at.secs().saturating_sub(first.secs()) / 86_400).unwrap_or(u16::MAX)
    }

    fn note_fields(&mut self, event: &Event<'_>, line: LineRef) {
        let Ok(input) = usize::try_from(line.input) else { return };
        if self.fields.len() <= input {
            self.fields.resize(input + 1, Fields::default());
        }
        if let Some(fields) = self.fields.get_mut(input) {
            fields.take(event);
        }
    }

    /// Matches of rules so far.
    #[must_use]
    pub fn matched(&self) -> u64 {
        self.ruled.as_deref().map_or(0, Ruled::matches)
    }

    /// What was read so far.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// What every endpoint answered.
    pub fn endpoints(&self) -> impl Iterator<Item = (&Endpoint, Matter, &Count)> {
        self.routes
            .doors
            .iter()
            .filter(|door| door.count.exchanges > 0)
            .map(|door| (&door.endpoint, door.matter(), &door.count))
    }

    /// Which fields the lines of each input had.
    #[must_use]
    pub fn fields(&self) -> &[Fields] {
        &self.fields
    }
}

struct Request<'a> {
    at: Timestamp,
    client: IpAddr,
    target: &'a [u8],
    status: u16,
    good: bool,
    known: u64,
    ending: Ending,
    has_query: bool,
}

/// The number of the first object of a request that has one.
fn number_of(objects: &[domain::ObjectRef]) -> Option<u64> {
    let [in_path, elsewhere] = Observed::numbers(objects);
    in_path.or(elsewhere)
}
