//! What is remembered of each door while the program runs, over reloads.
//!
//! Declared doors and learned ones share the numbers that budgets, limits and hints are keyed by.
//! A door keeps its number for as long as the program runs: a reload must not hand out fresh budgets.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::ArcSwapOption;
use domain::{Endpoint, Method, PathTemplate};
use http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use http::{HeaderMap, HeaderValue};

use crate::problem::CORS;

/// Most doors with a number of their own. Doors beyond it share one, so that they share budgets.
///
/// Learned doors are bounded by the learner and declared ones by the specification, far below this;
/// the bound is for what nobody thought of. Nothing is ever removed.
pub(crate) const MOST: usize = 65_536;

/// One door, as it was found to be.
#[derive(Debug)]
pub(crate) struct Door {
    /// The number that tables are keyed by.
    pub(crate) number: u32,
    /// The door.
    pub(crate) endpoint: Endpoint,
    personal: AtomicBool,
    looks_up: AtomicBool,
    cors: ArcSwapOption<HeaderMap>,
}

impl Door {
    fn new(number: u32, endpoint: Endpoint) -> Self {
        Self {
            number,
            endpoint,
            personal: AtomicBool::new(false),
            looks_up: AtomicBool::new(false),
            cors: ArcSwapOption::empty(),
        }
    }

    /// Whether personal data was seen to leave by this door, now or in the ledger.
    #[must_use]
    pub(crate) fn is_personal(&self) -> bool {
        self.personal.load(Ordering::Relaxed)
    }

    /// Notes that this door holds personal data. It is never un-noted.
    pub(crate) fn note_personal(&self) {
        if !self.is_personal() {
            self.personal.store(true, Ordering::Relaxed);
        }
    }

    /// Whether this door was seen to answer with the person whom a request brought.
    #[must_use]
    pub(crate) fn looks_up(&self) -> bool {
        self.looks_up.load(Ordering::Relaxed)
    }

    /// Notes that this door answers look-ups.
    pub(crate) fn note_look_up(&self) {
        if !self.looks_up() {
            self.looks_up.store(true, Ordering::Relaxed);
        }
    }

    /// Remembers the CORS headers of an upstream's answer, for refusals that never reach it.
    pub(crate) fn note_cors(&self, headers: &HeaderMap) {
        let Some(origin) = headers.get(ACCESS_CONTROL_ALLOW_ORIGIN) else { return };
        let known = self.cors.load();
        if known.as_ref().is_some_and(|known| known.get(ACCESS_CONTROL_ALLOW_ORIGIN) == Some(origin)) {
            return;
        }
        let kept = CORS.iter().filter_map(|name| Some((name.clone(), headers.get(name)?.clone()))).collect();
        self.cors.store(Some(Arc::new(kept)));
    }

    /// The CORS headers that a refusal to `origin` carries: the route's own, if they name it or `*`.
    #[must_use]
    pub(crate) fn cors(&self, origin: Option<&HeaderValue>) -> HeaderMap {
        match (self.cors.load().as_deref(), origin) {
            (Some(known), Some(origin))
                if known
                    .get(ACCESS_CONTROL_ALLOW_ORIGIN)
                    .is_some_and(|allowed| allowed == origin || allowed == "*") =>
            {
                known.clone()
            }
            _ => HeaderMap::new(),
        }
    }
}

/// All doors that have a number.
#[derive(Debug)]
pub(crate) struct Doors {
    known: RwLock<HashMap<Endpoint, Arc<Door>>>,
    elsewhere: Arc<Door>,
}

impl Default for Doors {
    fn default() -> Self {
        let elsewhere = Endpoint::new(Method::Get, PathTemplate::elsewhere());
        Self { known: RwLock::default(), elsewhere: Arc::new(Door::new(0, elsewhere)) }
    }
}

impl Doors {
    /// The door that stands for every door beyond [`MOST`], and for requests that nobody can read.
    #[must_use]
    pub(crate) fn elsewhere(&self) -> Arc<Door> {
        Arc::clone(&self.elsewhere)
    }

    /// The door of `endpoint`, with a number of its own from the first time on.
    #[must_use]
    pub(crate) fn of(&self, endpoint: &Endpoint) -> Arc<Door> {
        if let Some(door) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(endpoint) {
            return Arc::clone(door);
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(door) = known.get(endpoint) {
            return Arc::clone(door);
        }
        match u32::try_from(known.len() + 1) {
            Ok(number) if known.len() < MOST => {
                let door = Arc::new(Door::new(number, endpoint.clone()));
                known.insert(endpoint.clone(), Arc::clone(&door));
                door
            }
            _ => Arc::clone(&self.elsewhere),
        }
    }

    /// Whether `door`, or one above it whose upstream may ignore the rest of the path, was seen to
    /// answer with the person whom a request brought. Asked only where an answer names nobody.
    #[must_use]
    pub(crate) fn looks_up(&self, door: &Door) -> bool {
        if door.looks_up() {
            return true;
        }
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut path = door.endpoint.template().as_str();
        while let Some((above, _)) = path.rsplit_once('/').filter(|(above, _)| !above.is_empty()) {
            path = above;
            let Ok(template) = PathTemplate::parse(path) else { continue };
            let above = Endpoint::new(door.endpoint.method().clone(), template);
            if known.get(&above).is_some_and(|above| above.looks_up()) {
                return true;
            }
        }
        false
    }

    /// How many doors have a number of their own.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.known.read().unwrap_or_else(PoisonError::into_inner).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(text: &str) -> Endpoint {
        text.parse().unwrap()
    }

    #[test]
    fn a_door_keeps_its_number_and_what_was_seen_of_it() {
        let doors = Doors::default();
        let first = doors.of(&door("GET /a"));
        first.note_personal();
        let other = doors.of(&door("GET /b"));
        assert_ne!(first.number, other.number);
        assert!(doors.of(&door("GET /a")).is_personal() && !other.is_personal());
        assert_eq!(doors.of(&door("GET /a")).number, first.number);
    }

    #[test]
    fn a_path_below_a_door_that_looks_up_looks_up_too() {
        let doors = Doors::default();
        doors.of(&door("POST /api/orders")).note_look_up();
        for (text, looks_up) in [
            ("POST /api/orders", true),
            ("POST /api/orders/x", true),
            ("POST /api/orders/{id}/y", true),
            ("GET /api/orders/x", false),
            ("POST /api/other", false),
            ("POST /api", false),
        ] {
            assert_eq!(doors.looks_up(&doors.of(&door(text))), looks_up, "{text}");
        }
    }

    #[test]
    fn doors_beyond_the_bound_share_one_number() {
        let doors = Doors::default();
        for nth in 0..MOST {
            let _ = doors.of(&door(&format!("GET /{nth}")));
        }
        assert_eq!(doors.of(&door("GET /one-more")).number, 0);
        assert_eq!(doors.of(&door("GET /and-another")).number, 0);
        assert_eq!(doors.len(), MOST);
    }

    #[test]
    fn a_refusal_repeats_cors_only_for_the_origin_that_the_route_allowed() {
        let doors = Doors::default();
        let door = doors.of(&door("GET /a"));
        let mut headers = HeaderMap::new();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("https://shop.example"));
        door.note_cors(&headers);
        assert_eq!(door.cors(Some(&HeaderValue::from_static("https://shop.example"))).len(), 1);
        assert!(door.cors(Some(&HeaderValue::from_static("https://other.example"))).is_empty());
        assert!(door.cors(None).is_empty());
    }
}
