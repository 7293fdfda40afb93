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
/// Endpoints of our own log.
const RECORDED: usize = 1 << 16;

/// All doors, and the ways to them.
#[derive(Debug)]
pub(crate) struct Routes {
    pub(crate) doors: Vec<Door>,
    declared: Router,
    learner: Learner,
    /// Door of each id of the learner, one more; 0 is none.
    learned: Vec<u32>,
    /// Doors of our own log, by key. Bound: [`RECORDED`]; those beyond are the one that nobody saw.
    recorded: HashMap<u64, u32>,
    /// Hash of method and path, and the door. Eviction rule: the newcomer takes the place.
    remembered: Vec<(u64, u32)>,
}

/// Bytes of an endpoint's template, under its own name and as it may be shown; of a node of the learner.
const TEMPLATES: usize = 2 * 80;
const NODE: usize = 512;

impl Routes {
    /// Doors with their endpoints, as many as the learner gives ids; its nodes; paths that are remembered.
    pub(crate) const MOST_BYTES: usize = LEARNED.ids
        * (size_of::<Door>() + TEMPLATES + size_of::<Endpoint>())
        + LEARNED.nodes * NODE
        + REMEMBERED * size_of::<(u64, u32)>();

    /// Doors that are declared come first.
    pub(crate) fn new(declared: Vec<Endpoint>) -> Self {
        // The door of whatever no success showed to be there.
        let unseen = Endpoint::new(Method::Other("ANY".into()), domain::PathTemplate::elsewhere());
        let mut doors = vec![Door::unseen(unseen)];
        doors.extend(declared.iter().cloned().map(Door::new));
        Self {
            doors,
            declared: Router::new(declared),
            learner: Learner::new(LEARNED),
            learned: Vec::new(),
            recorded: HashMap::new(),
            remembered: vec![(0, 0); REMEMBERED],
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
