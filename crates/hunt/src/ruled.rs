//! Sigma rules beside the detectors: asked once per exchange, told as one entry per rule.
//!
//! Rules see what the line says, the client that the hunt worked out, and the template that it learned.
//!
//! Bound: [`MOST`] rules are told with clients, groups and lines, each with at most [`MOST_CLIENTS`],
//! [`MOST_GROUPS`] (of texts of at most [`LONGEST`] characters) and twice as many lines as
//! [`crate::Settings::lines`]; of others matches are counted. What correlations remember is bounded by
//! `sigma`.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;

use domain::{PageRef, Timestamp};
use events::{Dialect, Event};
use sigma::logged::{self, Given};
use sigma::{Field, Fields, Match, Rule, RuleIndex, Rules};

use crate::hash;
use crate::moment::LineRef;
use crate::request::client_of;

const MOST: usize = 1024;
const MOST_CLIENTS: usize = 16;
const MOST_GROUPS: usize = 8;
const MOST_ENDPOINTS: usize = 8;
/// Lines that a correlation counted, kept where they were asked for.
const MOST_COUNTED: usize = 1 << 20;
const LONGEST: usize = 120;

/// What the hunt worked out of an exchange.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// Place among the doors.
    pub(crate) door: Option<u32>,
    /// The number of the first object, how many there are, and the page; `None` where nobody looked.
    pub(crate) objects: Option<(Option<u64>, usize, Option<PageRef>)>,
}

/// A group of a correlation: what it groups by, and the values.
pub type Group = Vec<(String, String)>;

/// A rule that matched.
#[derive(Clone, Debug)]
pub struct Ruling {
    /// The same whenever the same rule matches: `R-` and eight hexadecimal digits.
    pub id: String,
    /// The rule.
    pub rule: Rule,
    /// How often: exchanges, or for a correlation how often its condition began to hold.
    pub times: u64,
    /// The first match.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
    /// Clients with their matches, the busiest first, at most 16.
    pub clients: Vec<(IpAddr, u64)>,
    /// Matches of clients beyond those.
    pub more_clients: u64,
    /// Endpoints with their matches, the busiest first, at most 8; empty where none is known.
    pub endpoints: Vec<(String, u64)>,
    /// For a correlation, the first groups with what was counted, at most 8.
    pub groups: Vec<(Group, u64)>,
    /// The first lines.
    pub lines: Vec<LineRef>,
    /// The last lines, where there are more.
    pub last_lines: Vec<LineRef>,
}

/// Rules that see nothing in an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blind {
    /// The input.
    pub input: u32,
    /// Id, name or title of each rule, and the fields that the input does not tell.
    pub rules: Vec<(String, Vec<&'static str>)>,
}

#[derive(Debug, Default)]
struct Hit {
    times: u64,
    first: Timestamp,
    last: Timestamp,
    clients: Vec<(IpAddr, u64)>,
    more_clients: u64,
    endpoints: Vec<(String, u64)>,
    groups: Vec<(Group, u64)>,
    lines: Vec<LineRef>,
    last_lines: VecDeque<LineRef>,
}

/// Rules, and what they said.
#[derive(Debug)]
pub(crate) struct Ruled {
    rules: Rules,
    given: Given,
    /// What each input tells, and the product that wrote it.
    inputs: Vec<(Fields, String)>,
    hits: HashMap<RuleIndex, Hit>,
    /// Matches of rules beyond [`MOST`].
    pub(crate) untold: u64,
    /// The rule whose lines are asked for; all of a correlation's that it counted.
    wanted: Option<RuleIndex>,
    counted: Vec<(LineRef, u64)>,
    fired: HashSet<u64>,
    lines: usize,
    at: Timestamp,
}

impl Ruled {
    /// `explained`: an id as in [`Ruling::id`], or a rule's own, whose lines are kept in full.
    pub(crate) fn new(rules: Rules, lines: usize, explained: Option<&str>) -> Self {
        let places = rules.all().iter().zip(rules.indices());
        let is_wanted = |rule: &Rule, id: &str| {
            id_of(rule).eq_ignore_ascii_case(id) || rule.id.as_deref() == Some(id) || rule.title == id
        };
        let mut found = places.filter(|(rule, _)| explained.is_some_and(|id| is_wanted(rule, id)));
        let wanted = found.next().map(|(_, index)| index);
        Self {
            rules,
            given: Given::default(),
            inputs: Vec::new(),
            hits: HashMap::new(),
            untold: 0,
            wanted,
            counted: Vec::new(),
            fired: HashSet::new(),
            lines,
            at: Timestamp::default(),
        }
    }

    /// Says what wrote the lines of `input`. Of an input of which nothing is said no rule holds.
    pub(crate) fn reads(&mut self, input: u32, dialect: Dialect) {
        let Ok(input) = usize::try_from(input) else { return };
        if self.inputs.len() <= input {
            self.inputs.resize(input + 1, (Fields::NONE, String::new()));
        }
        let product = dialect.word().split('-').next().unwrap_or_default().to_owned();
        if let Some(place) = self.inputs.get_mut(input) {
            *place = (self.given.of(dialect), product);
        }
    }

    /// Puts an exchange to the rules. `template` is that of its endpoint, where one is known.
    pub(crate) fn take(&mut self, event: &Event<'_>, line: LineRef, seen: &Seen, template: Option<&str>) {
        let Some((given, product)) = usize::try_from(line.input).ok().and_then(|nth| self.inputs.get(nth))
        else {
            return;
        };
        self.at = event.exchange.as_ref().map(|one| one.at).or(event.at).unwrap_or(self.at);
        let mut asked = logged::event(event, *given, product);
        let client = event.exchange.as_ref().map(|one| one.client).or_else(|| client_of(event));
        asked.client = client.or(asked.client);
        if let (Some(template), None) = (template, asked.endpoint) {
            asked.endpoint = Some(template);
            asked.given = asked.given.with(Field::Endpoint);
        }
        if let (Some((number, count, page)), None) = (seen.objects, &asked.exchange) {
            asked.object = number;
            asked.objects = u64::try_from(count).ok();
            asked.page = match page {
                Some(PageRef::Number(number)) => Some(number),
                _ => None,
            };
            asked.given = asked.given.with(Field::ObjectNumber).with(Field::Objects).with(Field::Page);
        }
        let matches = self.rules.matches(&asked, self.at);
        let counted = match self.wanted {
            Some(wanted) => self.rules.counted_by(wanted, &asked),
            None => Vec::new(),
        };
        for group in counted {
            if self.counted.len() < MOST_COUNTED {
                self.counted.push((line, group_key(&group)));
            }
        }
        for one in matches {
            self.keep(one, line, client, template);
        }
    }

    fn keep(&mut self, found: Match, line: LineRef, client: Option<IpAddr>, template: Option<&str>) {
        let is_wanted = self.wanted == Some(found.rule);
        if is_wanted && found.count.is_some() {
            self.fired.insert(group_key(&found.group));
        }
        if self.hits.len() >= MOST && !self.hits.contains_key(&found.rule) {
            self.untold += 1;
            return;
        }
        let hit = self.hits.entry(found.rule).or_insert_with(|| Hit {
            first: self.at,
            last: self.at,
            ..Hit::default()
        });
        hit.times += 1;
        (hit.first, hit.last) = (hit.first.min(self.at), hit.last.max(self.at));
        if let Some(client) = client
            && !bump(&mut hit.clients, |known| *known == client, || client, MOST_CLIENTS)
        {
            hit.more_clients += 1;
        }
        if let Some(template) = template {
            let shown = cut(template);
            bump(&mut hit.endpoints, |known| *known == shown, || shown.clone(), MOST_ENDPOINTS);
        }
        if let (Some(count), true) = (found.count, hit.groups.len() < MOST_GROUPS) {
            let group = found.group.iter().map(|(name, value)| (cut(name), cut(value)));
            hit.groups.push((group.collect(), count));
        }
        let lines = if is_wanted { self.lines } else { self.lines.min(64) };
        if hit.lines.len() < lines {
            hit.lines.push(line);
        } else if hit.lines.last() != Some(&line) {
            if hit.last_lines.len() >= lines {
                hit.last_lines.pop_front();
            }
            hit.last_lines.push_back(line);
        }
    }

    /// How often something matched.
    pub(crate) fn matches(&self) -> u64 {
        self.hits.values().map(|hit| hit.times).sum::<u64>() + self.untold
    }

    /// What matched, the gravest first.
    pub(crate) fn told(&self) -> Vec<Ruling> {
        let mut told: Vec<Ruling> =
            self.hits.iter().filter_map(|(index, hit)| self.one(*index, hit)).collect();
        told.sort_by(|a, b| {
            let rank = |one: &Ruling| (one.rule.gravity(), one.times);
            rank(b).cmp(&rank(a)).then_with(|| a.id.cmp(&b.id))
        });
        told
    }

    fn one(&self, index: RuleIndex, hit: &Hit) -> Option<Ruling> {
        let rule = self.rules.get(index)?.clone();
        let mut clients = hit.clients.clone();
        clients.sort_by_key(|(client, times)| (std::cmp::Reverse(*times), *client));
        let mut endpoints = hit.endpoints.clone();
        endpoints.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        // Who asks for the lines of a correlation wants those that it counted.
        let mut lines = hit.lines.clone();
        if self.wanted == Some(index) && rule.is_correlation {
            let of_fired = self.counted.iter().filter(|(_, group)| self.fired.contains(group));
            lines.extend(of_fired.map(|(line, _)| *line));
            lines.sort_unstable();
            lines.dedup();
        }
        Some(Ruling {
            id: id_of(&rule),
            rule,
            times: hit.times,
            first: hit.first,
            last: hit.last,
            clients,
            more_clients: hit.more_clients,
            endpoints,
            groups: hit.groups.clone(),
            lines,
            last_lines: hit.last_lines.iter().copied().collect(),
        })
    }

    /// Rules that can see nothing in an input, for what it does not tell.
    pub(crate) fn blind(&self) -> Vec<Blind> {
        let inputs = self.inputs.iter().zip(0..).filter(|((given, _), _)| !given.is_empty());
        let each = inputs.map(|((given, _), input)| {
            let learned = Fields::of(&[Field::Endpoint, Field::ObjectNumber, Field::Objects, Field::Page]);
            let blind = self.rules.blind(given.union(learned));
            let told = blind.into_iter().filter_map(|(index, lacks)| {
                let rule = self.rules.get(index).filter(|rule| rule.is_told)?;
                Some((rule.word().to_owned(), lacks.iter().map(Field::name).collect()))
            });
            Blind { input, rules: told.collect() }
        });
        each.collect()
    }

    /// Groups that correlations forgot while they still counted.
    pub(crate) fn forgotten(&self) -> u64 {
        self.rules.forgotten()
    }
}

/// Of the id, or of file and title where it has none.
fn id_of(rule: &Rule) -> String {
    let words = [rule.id.as_deref().unwrap_or(&rule.file), &rule.title];
    let key = words.into_iter().fold(hash::SEED, |key, word| hash::bytes(key, word.as_bytes()));
    format!("R-{:08x}", crate::upper(key))
}

fn group_key(group: &Group) -> u64 {
    group.iter().fold(hash::SEED, |key, (_, value)| hash::bytes(hash::mix(key, 1), value.as_bytes()))
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

fn bump<K>(list: &mut Vec<(K, u64)>, is: impl Fn(&K) -> bool, key: impl FnOnce() -> K, most: usize) -> bool {
    if let Some((_, times)) = list.iter_mut().find(|(known, _)| is(known)) {
        *times += 1;
        return true;
    }
    let has_room = list.len() < most;
    if has_room {
        list.push((key(), 1));
    }
    has_room
}
