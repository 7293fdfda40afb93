//! What the gateway learns from answers: doors that nobody declared, parents shown to their owners.

use std::sync::{Mutex, PoisonError};

use domain::{Endpoint, Method, Recipient, SubjectDigest, Timestamp};
use ledger::DigestKey;
use spec::learn::{Bounds, Learner};

use crate::Gateway;
use crate::doors::Door;
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
    /// Learned endpoints, for people.
    #[must_use]
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let learner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        learner.endpoints().map(|(_, endpoint)| endpoint.clone()).collect()
    }

    /// The door of a request, as far as it was learned; creates nothing.
    pub(crate) fn peek(&self, method: &Method, segments: &[&str]) -> Endpoint {
        locked(&self.0).peek(method, segments).endpoint.clone()
    }

    /// The door of a request that the upstream answered with success, and whether it is new.
    pub(crate) fn confirm(&self, method: &Method, segments: &[&str]) -> (Endpoint, bool) {
        let mut learner = locked(&self.0);
        let known = learner.peek(method, segments).known;
        (learner.confirm(method, segments).endpoint.clone(), !known)
    }
}

impl Gateway {
    /// Learns an undeclared door from an answer that succeeded.
    pub(crate) fn learn(&self, method: &Method, segments: &[&str]) -> std::sync::Arc<Door> {
        let (endpoint, new) = self.learned.confirm(method, segments);
        let door = self.doors.of(&endpoint);
        if new {
            use telemetry::Occurrence;
            telemetry::ShadowEndpointSeen { endpoint: &endpoint }.emit();
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
