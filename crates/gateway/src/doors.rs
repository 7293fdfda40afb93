//! What is remembered of each door while the program runs, over reloads.
//!
//! Declared doors and learned ones share the numbers that budgets, limits and hints are keyed by.
//! A door keeps its number for as long as the program runs: a reload must not hand out fresh budgets.
//!
//! INVARIANT (accounts by shape): a learned door has the number of its shape ([`spec::learn::shape`]),
//! which does not depend on what was learned when. So a collapse, a word that is shown from now on, a
//! parameter that is named otherwise after a restart: none of them hands out a fresh account, and
//! nobody is counted twice. Doors that differ only in words that are not plain share their accounts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use arc_swap::{ArcSwap, ArcSwapOption};
use domain::{Endpoint, IpPrefix, Method, PathTemplate};
use http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use http::{HeaderMap, HeaderValue};

use crate::problem::CORS;
use crate::tally::{Counted, DoorState, Tally};

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
    /// The door. Of a learned one it may hold somebody's name: [`Door::shown`] is for what is written.
    pub(crate) endpoint: Endpoint,
    shown: ArcSwap<Endpoint>,
    notes: Notes,
    askers: Askers,
    shape: Arc<Shape>,
    cors: ArcSwapOption<HeaderMap>,
    tally: Tally,
}

/// What was seen of a door. Never un-noted.
#[derive(Debug, Default)]
struct Notes {
    personal: AtomicBool,
    looks_up: AtomicBool,
}

/// From where a door was asked for somebody, as far as it tells a real door from a made-up path.
#[derive(Debug, Default)]
struct Askers {
    first: OnceLock<IpPrefix>,
    several: AtomicBool,
}

impl Askers {
    fn note(&self, network: IpPrefix) {
        if *self.first.get_or_init(|| network) != network {
            note(&self.several);
        }
    }
}

/// What doors of one shape share: their number, and what the ledger knows of doors whose word it hides.
#[derive(Debug)]
struct Shape {
    number: u32,
    notes: Notes,
    /// Whether one of its doors answers look-ups.
    one_looks_up: AtomicBool,
}

impl Shape {
    fn numbered(number: u32) -> Arc<Self> {
        Arc::new(Self { number, notes: Notes::default(), one_looks_up: AtomicBool::new(false) })
    }
}

/// A learned door: as it is told from others, and as it may be written.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) endpoint: Endpoint,
    pub(crate) shown: Endpoint,
}

impl Door {
    fn new(shape: Arc<Shape>, endpoint: Endpoint, shown: Endpoint) -> Self {
        Self {
            number: shape.number,
            endpoint,
            shown: ArcSwap::from_pointee(shown),
            notes: Notes::default(),
            askers: Askers::default(),
            shape,
            cors: ArcSwapOption::empty(),
            tally: Tally::default(),
        }
    }

    /// The door as it may be written: words that may be names are `{word}`.
    #[must_use]
    pub(crate) fn shown(&self) -> Arc<Endpoint> {
        self.shown.load_full()
    }

    /// Counts an exchange for the inventory.
    pub(crate) fn count(&self, counted: &Counted) {
        self.tally.count(counted);
    }

    /// Whether personal data was seen to leave by this door, now or in the ledger.
    #[must_use]
    pub(crate) fn is_personal(&self) -> bool {
        self.notes.personal.load(Ordering::Relaxed) || self.shape.notes.personal.load(Ordering::Relaxed)
    }

    /// Notes that this door holds personal data. It is never un-noted.
    pub(crate) fn note_personal(&self) {
        note(&self.notes.personal);
    }

    /// Whether this door was seen to answer with the person whom a request brought.
    #[must_use]
    pub(crate) fn looks_up(&self) -> bool {
        self.notes.looks_up.load(Ordering::Relaxed) || self.shape.notes.looks_up.load(Ordering::Relaxed)
    }

    /// Notes that this door answers look-ups.
    pub(crate) fn note_look_up(&self) {
        note(&self.notes.looks_up);
        note(&self.shape.one_looks_up);
    }

    /// Notes that somebody of `network` asked for somebody here.
    pub(crate) fn note_asker(&self, network: IpPrefix) {
        self.askers.note(network);
    }

    /// Whether it may be a path that somebody made up, beside a door of its shape that answers look-ups:
    /// an upstream that ignores the path answers there as well. People of one network only asked here.
    fn may_look_up(&self) -> bool {
        self.shape.one_looks_up.load(Ordering::Relaxed) && !self.askers.several.load(Ordering::Relaxed)
    }

    /// Notes everything that was seen of a door that is part of this one from now on.
    fn absorb(&self, merged: &Self) {
        if merged.is_personal() {
            self.note_personal();
        }
        if merged.looks_up() {
            self.note_look_up();
        }
        if let Some(network) = merged.askers.first.get() {
            self.note_asker(*network);
        }
        if merged.askers.several.load(Ordering::Relaxed) {
            note(&self.askers.several);
        }
        if self.cors.load().is_none() {
            self.cors.store(merged.cors.load_full());
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

fn note(flag: &AtomicBool) {
    // Read first: the flag is set once and read by every exchange.
    if !flag.load(Ordering::Relaxed) {
        flag.store(true, Ordering::Relaxed);
    }
}

/// All doors that have a number.
#[derive(Debug)]
pub(crate) struct Doors {
    known: RwLock<Known>,
    elsewhere: Arc<Door>,
}

/// Bound: [`MOST`] doors, and no more shapes than doors.
#[derive(Debug, Default)]
struct Known {
    doors: HashMap<Endpoint, Arc<Door>>,
    shapes: HashMap<Endpoint, Arc<Shape>>,
    /// The last number that was given.
    numbers: u32,
}

impl Known {
    fn fresh_shape(&mut self) -> Arc<Shape> {
        self.numbers = self.numbers.saturating_add(1);
        Shape::numbered(self.numbers)
    }

    fn shape_of(&mut self, endpoint: &Endpoint) -> Arc<Shape> {
        let shape = spec::learn::shape(endpoint);
        if let Some(known) = self.shapes.get(&shape) {
            return Arc::clone(known);
        }
        let fresh = self.fresh_shape();
        self.shapes.insert(shape, Arc::clone(&fresh));
        fresh
    }
}

impl Default for Doors {
    fn default() -> Self {
        let elsewhere = Endpoint::new(Method::Get, PathTemplate::elsewhere());
        let shape = Shape::numbered(0);
        let elsewhere = Arc::new(Door::new(shape, elsewhere.clone(), elsewhere));
        Self { known: RwLock::default(), elsewhere }
    }
}

impl Doors {
    /// The door that stands for every door beyond [`MOST`], and for requests that nobody can read.
    #[must_use]
    pub(crate) fn elsewhere(&self) -> Arc<Door> {
        Arc::clone(&self.elsewhere)
    }

    /// The declared door `endpoint`, with a number of its own from the first time on.
    #[must_use]
    pub(crate) fn of(&self, endpoint: &Endpoint) -> Arc<Door> {
        self.door(endpoint, endpoint, Known::fresh_shape)
    }

    /// A learned door, with the number of its shape. What may be written of it is what the learner says
    /// now, for doors that exist already too.
    #[must_use]
    pub(crate) fn learned(&self, seen: &Seen) -> Arc<Door> {
        let door = self.door(&seen.endpoint, &seen.shown, |known| known.shape_of(&seen.endpoint));
        if !Arc::ptr_eq(&door, &self.elsewhere) && **door.shown.load() != seen.shown {
            door.shown.store(Arc::new(seen.shown.clone()));
        }
        door
    }

    /// An undeclared door that the ledger knows under the name `shown`, and whether it has to be learned
    /// again. Where the name hides a word, nobody can tell which of its shape it was: what is noted of
    /// it is noted of all of them.
    pub(crate) fn restored(&self, shown: &Endpoint, looks_up: bool) -> (u32, bool) {
        let is_new = !self.read().doors.contains_key(shown);
        let door = self.door(shown, shown, |known| known.shape_of(shown));
        let notes = if shown.template().hides_words() { &door.shape.notes } else { &door.notes };
        note(&notes.personal);
        if looks_up {
            note(&notes.looks_up);
            note(&door.shape.one_looks_up);
        }
        (door.number, is_new)
    }

    /// What was seen of the learned door `from` is known of `to`, which it is part of from now on.
    pub(crate) fn merge(&self, from: &Endpoint, to: &Seen) {
        let merged = self.read().doors.get(from).cloned();
        if let Some(merged) = merged {
            self.learned(to).absorb(&merged);
        }
    }

    fn door(
        &self,
        endpoint: &Endpoint,
        shown: &Endpoint,
        shape: impl FnOnce(&mut Known) -> Arc<Shape>,
    ) -> Arc<Door> {
        if let Some(door) = self.read().doors.get(endpoint) {
            return Arc::clone(door);
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(door) = known.doors.get(endpoint) {
            return Arc::clone(door);
        }
        if known.doors.len() >= MOST {
            return Arc::clone(&self.elsewhere);
        }
        let door = Arc::new(Door::new(shape(&mut known), endpoint.clone(), shown.clone()));
        known.doors.insert(endpoint.clone(), Arc::clone(&door));
        door
    }

    /// What went through each door that somebody used.
    pub(crate) fn states(&self) -> Vec<DoorState> {
        self.read().doors.values().filter_map(|door| door.tally.state(&door.shown())).collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `door`, or one above it whose upstream may ignore the rest of the path, was seen to
    /// answer with the person whom a request brought; or one of its shape, while people of one network
    /// only asked at `door` itself. Asked only where an answer names nobody.
    #[must_use]
    pub(crate) fn looks_up(&self, door: &Door) -> bool {
        if door.looks_up() || door.may_look_up() {
            return true;
        }
        let known = self.read();
        let mut path = door.endpoint.template().as_str();
        while let Some((above, _)) = path.rsplit_once('/').filter(|(above, _)| !above.is_empty()) {
            path = above;
            let Ok(template) = PathTemplate::parse(path) else { continue };
            let above = Endpoint::new(door.endpoint.method().clone(), template);
            if known.doors.get(&above).is_some_and(|above| above.looks_up()) {
                return true;
            }
        }
        false
    }

    /// Whether a door is written like this. Looks at each: for people, never for exchanges.
    #[must_use]
    pub(crate) fn shows(&self, shown: &Endpoint) -> bool {
        self.read().doors.values().any(|door| *door.shown() == *shown)
    }

    /// How many doors are known.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.read().doors.len()
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

    fn seen(endpoint: &str, shown: &str) -> Seen {
        Seen { endpoint: door(endpoint), shown: door(shown) }
    }

    #[test]
    fn doors_that_collapse_have_had_one_account_all_along_and_lose_no_note() {
        let doors = Doors::default();
        let one = doors.learned(&seen("GET /tarife/gruen", "GET /{word}/{word2}"));
        let other = doors.learned(&seen("GET /tarife/blau", "GET /{word}/{word2}"));
        assert_eq!(one.number, other.number);
        assert_ne!(one.number, doors.learned(&seen("GET /tarife/search", "GET /{word}/search")).number);
        one.note_personal();
        other.note_look_up();
        let mut headers = HeaderMap::new();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        other.note_cors(&headers);
        assert!(!other.is_personal() && !one.looks_up(), "what is seen of one is not seen of the other");

        let slug = seen("GET /tarife/{slug}", "GET /{word}/{slug}");
        for merged in ["GET /tarife/gruen", "GET /tarife/blau", "GET /tarife/unheard-of"] {
            doors.merge(&door(merged), &slug);
        }
        let into = doors.learned(&slug);
        assert_eq!(into.number, one.number);
        assert!(into.is_personal() && into.looks_up());
        assert_eq!(into.cors(Some(&HeaderValue::from_static("https://shop.example"))).len(), 1);
    }

    #[test]
    fn what_the_ledger_knows_of_a_hidden_word_is_known_of_every_word_there() {
        let doors = Doors::default();
        let (number, is_new) = doors.restored(&door("GET /users/{word}"), true);
        assert!(is_new && !doors.restored(&door("GET /users/{word}"), false).1);
        let anna = doors.learned(&seen("GET /users/anna", "GET /users/{word}"));
        assert!(anna.number == number && anna.is_personal() && anna.looks_up());
        assert!(!doors.learned(&seen("GET /users/search", "GET /users/search")).is_personal());

        let (number, _) = doors.restored(&door("GET /zugaenge"), false);
        let other = doors.learned(&seen("GET /waren-zeichen", "GET /{word}"));
        assert!(other.number == number && !other.is_personal(), "its name tells it from others");
        assert!(doors.learned(&seen("GET /zugaenge", "GET /zugaenge")).is_personal());
    }

    #[test]
    fn a_door_is_written_as_the_learner_last_said() {
        let doors = Doors::default();
        let early = doors.learned(&seen("GET /zugaenge", "GET /{word}"));
        assert_eq!(*early.shown(), door("GET /{word}"));
        let late = doors.learned(&seen("GET /zugaenge", "GET /zugaenge"));
        assert!(Arc::ptr_eq(&early, &late));
        assert_eq!(*early.shown(), door("GET /zugaenge"));
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
    fn beside_a_door_that_looks_up_those_of_its_shape_do_until_a_second_network_asks_there() {
        let doors = Doors::default();
        let network = |text: &str| text.parse::<IpPrefix>().unwrap();
        let learned = |word: &str| doors.learned(&seen(&format!("POST /{word}"), "POST /{word}"));
        let newsletter = learned("rundbrief");
        newsletter.note_asker(network("192.0.2.0/24"));
        assert!(!doors.looks_up(&newsletter), "no door of the shape does");
        learned("zugaenge").note_look_up();
        assert!(doors.looks_up(&newsletter) && doors.looks_up(&learned("ausgedacht")));
        newsletter.note_asker(network("192.0.2.0/24"));
        assert!(doors.looks_up(&newsletter));
        newsletter.note_asker(network("198.51.100.0/24"));
        assert!(!doors.looks_up(&newsletter) && doors.looks_up(&learned("ausgedacht")));
        assert!(!doors.looks_up(&doors.learned(&seen("POST /newsletter", "POST /newsletter"))));

        doors.merge(&door("POST /rundbrief"), &seen("POST /{slug}", "POST /{slug}"));
        let slug = doors.learned(&seen("POST /{slug}", "POST /{slug}"));
        assert!(!slug.may_look_up(), "several networks asked at what it is made of");
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
