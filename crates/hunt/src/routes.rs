//! From a target to a door: declared, learned, or remembered from a moment ago.

use std::borrow::Cow;
use std::collections::HashMap;

use domain::{Endpoint, Method};
use spec::learn::{Bounds, Learner};
use spec::router::Router;

use crate::doors::Door;

/// Successes of a door after which the learner knows it well enough: it keeps its place in a collapse
/// ([`Bounds::established`] is 64), and the networks of all of them were heard.
const CONFIRMED: u8 = 200;
/// What is learned: of ids three quarters of what a gateway gives.
const LEARNED: Bounds = Bounds { nodes: 8192, literals: 64, depth: 12, ids: 49_152, established: 64 };
/// Paths without parameters that are remembered.
const REMEMBERED: usize = 1 << 14;
/// Paths before numbers that are remembered, and the most digits of such a number.
const NUMBERED: usize = 1 << 12;
const MOST_DIGITS: usize = 18;
/// Endpoints of our own log.
const RECORDED: usize = 1 << 16;

/// All doors, and the ways to them.
#[derive(Debug)]
pub(crate) struct Routes {
    pub(crate) doors: Vec<Door>,
    declared: Router,
    declared_nothing: bool,
    learner: Learner,
    /// Door of each id of the learner, one more; 0 is none.
    learned: Vec<u32>,
    /// Doors of our own log, by key. Bound: [`RECORDED`]; those beyond are the one that nobody saw.
    recorded: HashMap<u64, u32>,
    /// Hash of method and path, and the door. Eviction rule: the newcomer takes the place.
    remembered: Vec<(u64, u32)>,
    /// Hash of method and of the path before a number, and the door of numbers there. Eviction as above.
    numbered: Vec<(u64, u32)>,
}

/// Bytes of an endpoint's template, under its own name and as it may be shown; of a node of the learner.
const TEMPLATES: usize = 2 * 80;
const NODE: usize = 512;

impl Routes {
    /// Doors with their endpoints, as many as the learner gives ids; its nodes; paths that are remembered.
    pub(crate) const MOST_BYTES: usize = LEARNED.ids
        * (size_of::<Door>() + TEMPLATES + size_of::<Endpoint>())
        + LEARNED.nodes * NODE
        + (REMEMBERED + NUMBERED) * size_of::<(u64, u32)>();

    /// Doors that are declared come first.
    pub(crate) fn new(declared: Vec<Endpoint>) -> Self {
        // The door of whatever no success showed to be there.
        let unseen = Endpoint::new(Method::Other("ANY".into()), domain::PathTemplate::elsewhere());
        let mut doors = vec![Door::unseen(unseen)];
        doors.extend(declared.iter().cloned().map(Door::new));
        Self {
            doors,
            declared_nothing: declared.is_empty(),
            declared: Router::new(declared),
            learner: Learner::new(LEARNED),
            learned: Vec::new(),
            recorded: HashMap::new(),
            remembered: vec![(0, 0); REMEMBERED],
            numbered: vec![(0, 0); NUMBERED],
        }
    }

    /// The door of whatever no success showed to be there.
    pub(crate) const UNSEEN: u32 = 0;

    pub(crate) fn door(&self, at: u32) -> Option<&Door> {
        self.doors.get(usize::try_from(at).ok()?)
    }

    pub(crate) fn door_mut(&mut self, at: u32) -> Option<&mut Door> {
        self.doors.get_mut(usize::try_from(at).ok()?)
    }

    /// The door of a path that was asked for a moment ago and has no parameters.
    pub(crate) fn remembered(&self, key: u64) -> Option<u32> {
        let (held, door) = self.remembered.get(Self::place(key))?;
        (*held == key && *door != Self::UNSEEN).then_some(*door)
    }

    pub(crate) fn remember(&mut self, key: u64, door: u32) {
        if let Some(place) = self.remembered.get_mut(Self::place(key)) {
            *place = (key, door);
        }
    }

    /// The door of `path` with `number` behind it, as [`Routes::find`] would find it, and the number: where
    /// [`Routes::remember_numbered`] was told of another number there. Nothing for what is no number.
    pub(crate) fn numbered<'s>(&self, method: &[u8], path: &str, number: &'s str) -> Option<(u32, &'s str)> {
        let key = Self::key_of_numbered(method, path, number)?;
        let (held, door) = self.numbered.get(Self::place_of_numbered(key))?;
        (*held == key).then_some((*door, number))
    }

    /// Remembers where `path`, which is canonical, leads with `number` behind it.
    ///
    /// Digits are a parameter wherever they stand, so that any others lead to the same door, as long as
    /// nothing is declared. It must have been confirmed often enough for the learner to know it.
    pub(crate) fn remember_numbered(&mut self, method: &[u8], path: &str, number: &str, door: u32) {
        let is_settled = self.declared_nothing
            && self.door(door).is_some_and(|door| door.confirmed >= CONFIRMED && door.has_one_parameter());
        let key = Self::key_of_numbered(method, path, number).filter(|_| is_settled);
        let place = key.and_then(|key| Some((key, self.numbered.get_mut(Self::place_of_numbered(key))?)));
        if let Some((key, place)) = place {
            *place = (key, door);
        }
    }

    fn key_of_numbered(method: &[u8], path: &str, number: &str) -> Option<u64> {
        let is_number =
            (1..=MOST_DIGITS).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| crate::hash::bytes(crate::hash::bytes(5, method), path.as_bytes()).max(1))
    }

    fn place_of_numbered(key: u64) -> usize {
        usize::try_from(key).unwrap_or(0) % NUMBERED
    }

    fn place(key: u64) -> usize {
        usize::try_from(key).unwrap_or(0) % REMEMBERED
    }

    /// The door of a request; values of its parameters go to `each` from left to right. `good`: it was
    /// answered with success, which shows that the path exists.
    pub(crate) fn find<'s>(
        &mut self,
        method: &Method,
        segments: &'s [&'s str],
        good: bool,
        network: u64,
        mut each: impl FnMut(&str, &'s str),
    ) -> u32 {
        let routed: &'s [&'s str] = if segments.is_empty() { &[""] } else { segments };
        if let Some(found) = self.declared.route(method, routed) {
            let door = u32::try_from(found.index + 1).unwrap_or(Self::UNSEEN);
            for parameter in found.parameters {
                // What a `{*rest}` holds is no single object.
                if let Cow::Borrowed(value) = parameter.value {
                    each(parameter.name, value);
                }
            }
            return door;
        }
        let found = self.learner.find(method, segments, |name, value| each(name, value));
        let known = found.map(|id| self.of_learned(id));
        if !good || known.and_then(|door| self.door(door)).is_some_and(|door| door.confirmed >= CONFIRMED) {
            return known.unwrap_or(Self::UNSEEN);
        }
        let learned = self.learner.confirm(method, segments, network);
        let (id, is_known) = (learned.id, learned.known);
        if found.is_none() {
            learned.parameters.iter().for_each(|(name, value)| each(name, value));
        }
        self.follow_moves();
        if !is_known {
            return Self::UNSEEN;
        }
        let door = self.of_learned(id);
        if let Some(door) = self.door_mut(door) {
            door.confirmed = door.confirmed.saturating_add(1);
        }
        door
    }

    /// The door of an exchange that our own log tells of.
    pub(crate) fn recorded(&mut self, endpoint: &Endpoint) -> u32 {
        let key = detect::endpoint_key(endpoint);
        if let Some(door) = self.recorded.get(&key) {
            return *door;
        }
        let Ok(door) = u32::try_from(self.doors.len()) else { return Self::UNSEEN };
        if self.recorded.len() >= RECORDED {
            return Self::UNSEEN;
        }
        self.doors.push(Door::new(endpoint.clone()));
        self.recorded.insert(key, door);
        door
    }

    /// What is remembered of paths that merged is forgotten.
    fn follow_moves(&mut self) {
        let moves = self.learner.take_moves();
        if !moves.is_empty() {
            self.remembered.fill((0, 0));
            self.numbered.fill((0, 0));
        }
    }

    fn of_learned(&mut self, id: u32) -> u32 {
        let Ok(at) = usize::try_from(id) else { return Self::UNSEEN };
        if let Some(door) = self.learned.get(at).filter(|door| **door > 0) {
            return door - 1;
        }
        let Some((endpoint, _)) = self.learner.named(id) else { return Self::UNSEEN };
        let new = Door::new(endpoint.clone());
        let Ok(door) = u32::try_from(self.doors.len()) else { return Self::UNSEEN };
        self.doors.push(new);
        if self.learned.len() <= at {
            self.learned.resize(at + 1, 0);
        }
        if let Some(place) = self.learned.get_mut(at) {
            *place = door + 1;
        }
        door
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The door of a path of the routes, and its values, with what is remembered of numbers or without.
    fn found(routes: &mut Routes, path: &str, good: bool, remembers: bool) -> (u32, Vec<String>) {
        let (before, number) = path.rsplit_once('/').unwrap();
        if remembers && let Some((door, number)) = routes.numbered(b"GET", before, number) {
            return (door, vec![number.to_owned()]);
        }
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let mut values = Vec::new();
        let door = routes.find(&Method::Get, &segments, good, 7, |_, value| values.push(value.to_owned()));
        if remembers {
            routes.remember_numbered(b"GET", before, number, door);
        }
        (door, values)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_number_leads_where_it_leads_without_memory(
            steps in prop::collection::vec((0u32..6, 0u64..2000, any::<bool>()), 1..60),
            many in 150u64..260,
        ) {
            let (mut slow, mut quick) = (Routes::new(Vec::new()), Routes::new(Vec::new()));
            let mut doors = Vec::new();
            let mut step = |path: &str, good: bool| {
                let of_quick = found(&mut quick, path, good, true);
                doors.push((found(&mut slow, path, good, false), of_quick, path.to_owned()));
            };
            // Often enough to be known, and now and then as many words as make a place collapse.
            for (nth, letter) in (0..many).zip("abcdefgh".chars().cycle()) {
                step(&format!("/api/orders/{nth}"), true);
                step(&format!("/w{letter}x/{nth}"), true);
            }
            for (kind, number, good) in steps {
                match kind {
                    0 => step(&format!("/api/orders/{number}"), good),
                    1 => step(&format!("/API/orders/{number}"), good),
                    2 => step(&format!("/api/orders/{number}/items/{number}"), good),
                    3 => step(&format!("/wax/{number}"), good),
                    4 => step("/api/orders/new", good),
                    _ => (0..70u64).for_each(|nth| {
                        let letter = |n: u64| char::from(b'a' + u8::try_from(n % 26).unwrap());
                        step(&format!("/q{}{}/{nth}", letter(nth), letter(nth / 26 + number)), true);
                    }),
                }
            }
            for (slow, quick, path) in doors {
                prop_assert_eq!(slow, quick, "{}", path);
            }
        }
    }
}
