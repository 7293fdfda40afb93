//! What the gateway learns from answers: doors that nobody declared, parents shown to their owners.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use domain::{Endpoint, Method, Recipient, SubjectDigest, Timestamp, networks_of};
use ledger::DigestKey;
use spec::learn::{Bounds, Learner};

use crate::Gateway;
use crate::doors::{Door, Seen};
use crate::locked;

/// Path templates learned from traffic. Bounded by [`spec::learn::Bounds`].
#[derive(Debug)]
pub struct LearnedDoors(Mutex<Learner>);

impl Default for LearnedDoors {
    fn default() -> Self {
        Self(Mutex::new(Learner::new(Bounds::default())))
    }
}

impl LearnedDoors {
    /// The door of a request, as far as it was learned; creates nothing.
    pub(crate) fn peek(&self, method: &Method, segments: &[&str]) -> Seen {
        let learned = locked(&self.0).peek(method, segments);
        Seen { endpoint: learned.endpoint, shown: learned.shown }
    }

    /// How the door of a request is written, where it was learned.
    pub(crate) fn known(&self, method: &Method, segments: &[&str]) -> Option<Endpoint> {
        let learner = locked(&self.0);
        let learned = learner.peek(method, segments);
        learned.known.then_some(learned.shown)
    }

    /// The door of a request that the upstream answered with success.
    pub(crate) fn confirm(&self, method: &Method, segments: &[&str], client: IpAddr) -> Confirmed {
        let mut learner = locked(&self.0);
        let is_new = !learner.peek(method, segments).known;
        let learned = learner.confirm(method, segments, neighbourhood(client));
        let door = Seen { endpoint: learned.endpoint, shown: learned.shown };
        let moves = learner.take_moves();
        let named = |id: u32| {
            let (endpoint, shown) = learner.named(id)?;
            Some(Seen { endpoint: endpoint.clone(), shown: shown.clone() })
        };
        let merged = moves.iter().filter_map(|moved| Some((named(moved.from)?.endpoint, named(moved.to)?)));
        Confirmed { door, is_new, merged: merged.collect() }
    }

    /// Learns a door of the ledger again.
    pub(crate) fn restore(&self, shown: &Endpoint) {
        // Where there is no room for it, or it hides a word, it is learned when it is next asked for.
        let _known = locked(&self.0).restore(shown);
    }
}

/// What a success taught.
pub(crate) struct Confirmed {
    pub(crate) door: Seen,
    pub(crate) is_new: bool,
    /// Doors that are part of others from now on.
    pub(crate) merged: Vec<(Endpoint, Seen)>,
}

/// The widest network around a client, as a number: people behind one are no different callers.
fn neighbourhood(client: IpAddr) -> u64 {
    match networks_of(client).last().map(domain::IpPrefix::base) {
        Some(IpAddr::V4(base)) => u64::from(base.to_bits()),
        // At most 48 bits of it are set, the upper ones.
        Some(IpAddr::V6(base)) => u64::try_from(base.to_bits() >> 64).unwrap_or_default(),
        None => 0,
    }
}

impl Gateway {
    /// Learns an undeclared door from an answer that succeeded.
    pub(crate) fn learn(&self, method: &Method, segments: &[&str], client: IpAddr) -> Arc<Door> {
        let Confirmed { door: seen, is_new, merged } = self.learned.confirm(method, segments, client);
        let door = self.doors.learned(&seen);
        for (from, to) in &merged {
            self.doors.merge(from, to);
        }
        if is_new {
            self.told.shadow(&seen.shown);
        }
        door
    }

    /// Notes that a verified caller was shown the objects that the path names, as its own.
    pub(crate) fn note_parent(
        &self,
        door: &Endpoint,
        segments: &[&str],
        recipient: &Recipient,
        digests: &DigestKey,
        now: Timestamp,
    ) {
        let Some(principal) = recipient.principal else { return };
        if let Some(object) = object_of(door, segments, digests) {
            locked(&self.parents).note(principal, digests.object(&door.to_string()), object, now);
        }
    }

    /// Objects remembered as shown to their owners.
    pub(crate) fn parents_shown(&self) -> usize {
        locked(&self.parents).len()
    }

    /// Whether the caller was shown, at `parent`, the object that this request's path begins with.
    pub(crate) fn parent_shown(
        &self,
        parent: &Endpoint,
        segments: &[&str],
        recipient: &Recipient,
        digests: &DigestKey,
        now: Timestamp,
    ) -> bool {
        let Some(principal) = recipient.principal else { return false };
        object_of(parent, segments, digests).is_some_and(|object| {
            locked(&self.parents).was_shown(principal, digests.object(&parent.to_string()), object, now)
        })
    }
}

/// The object that the first segments of a path name at `door`: the values of its parameters.
///
/// `None` where the path does not begin like the door, or the door has no parameter.
fn object_of(door: &Endpoint, segments: &[&str], digests: &DigestKey) -> Option<SubjectDigest> {
    let mut named = String::new();
    for (nth, part) in door.template().segments().enumerate() {
        let segment = segments.get(nth)?;
        match part {
            domain::Segment::Literal(literal) if *literal == **segment => {}
            domain::Segment::Literal(_) => return None,
            domain::Segment::Parameter(_) => {
                named.push_str(segment);
                named.push('\u{1f}');
            }
            domain::Segment::Rest(_) => return None,
        }
    }
    (!named.is_empty()).then(|| digests.object(&named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_of_a_parent_is_told_by_the_beginning_of_the_path() {
        let key = DigestKey::new([1; 32]);
        let door: Endpoint = "GET /orders/{id}".parse().unwrap();
        let parent = object_of(&door, &["orders", "7"], &key);
        assert!(parent.is_some());
        assert_eq!(parent, object_of(&door, &["orders", "7", "items"], &key));
        assert_ne!(parent, object_of(&door, &["orders", "8", "items"], &key));
        assert_eq!(None, object_of(&door, &["carts", "7"], &key));
        assert_eq!(None, object_of(&door, &["orders"], &key));
    }
}
