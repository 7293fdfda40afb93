//! Who the caller of a line is: the product's word, a token that the endpoint was seen to need, or an address.
//!
//! A caller of its own has records of its own and a budget of its own, so that it must cost something to
//! become one. Servers also write names that nobody checked, and a token may be made up: whoever sends
//! another one with each request would be nobody twice. So an address brings [`NEW_NAMES`] of them in a day,
//! half as many as it brought before if that is more, and [`NEW_CHECKED`] where the endpoint was seen to
//! check them ([`Gate`]). Whoever comes beyond them is its address, as somebody without a name is.
//!
//! Bound: [`ADDRESSES`] addresses of 16 bytes and [`NAMES`] names of 8. Eviction rule: an address takes the
//! place of one that brought fewer today; of names, see [`Asked`].

use detect::CallerKind;
use domain::SubjectDigest;
use events::Event;

use crate::hash::{self, SEED};
use crate::tables::Asked;

/// Names that an address may bring in a day where nobody is seen to check them.
const NEW_NAMES: u16 = 16;
/// Names that it may bring where somebody is: as many as the gateway confirms in an hour (ADR 8).
const NEW_CHECKED: u16 = 400;
const ADDRESSES: usize = 1 << 14;
const NAMES: usize = 1 << 18;

/// Whether an endpoint asks who somebody is, by what it answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gate {
    /// Successes and refusals (log-ins that it was sent to among them) without name and token.
    open: u32,
    shut: u32,
    /// Refusals of a name or token.
    doubted: u32,
}

impl Gate {
    /// Takes an answer in.
    pub(crate) fn take(&mut self, status: u16, is_named: bool) {
        let counter = match (status, is_named) {
            (200..=299, false) => &mut self.open,
            (401 | 403 | 302 | 303 | 307, false) => &mut self.shut,
            (401, true) => &mut self.doubted,
            _ => return,
        };
        *counter = counter.saturating_add(1);
    }

    /// Whether nobody without name or token came in.
    pub(crate) fn is_named(self) -> bool {
        self.open == 0
    }

    /// Whether it was seen to want a name: without one hardly anybody comes in.
    fn wants_name(self) -> bool {
        self.shut > 0 && self.open <= self.shut
    }

    /// Whether it was seen to look at tokens: it wants one, and not any.
    fn checks_token(self) -> bool {
        self.wants_name() && self.doubted > 0
    }
}

/// What one address brought.
#[derive(Clone, Copy, Debug, Default)]
struct Brought {
    key: u64,
    day: u16,
    today: u16,
    before: u16,
}

/// All callers who have names.
#[derive(Debug)]
pub(crate) struct Callers {
    brought: Vec<Brought>,
    known: Asked,
}

impl Callers {
    pub(crate) const MOST_BYTES: usize = ADDRESSES * size_of::<Brought>() + NAMES * size_of::<u64>();

    pub(crate) fn new() -> Self {
        Self { brought: vec![Brought::default(); ADDRESSES], known: Asked::new(NAMES) }
    }

    /// How the caller of a line stands, and who it is, where it is somebody. `refuses`: the endpoint was
    /// seen to refuse somebody.
    pub(crate) fn of(
        &mut self,
        event: &Event<'_>,
        gate: Gate,
        refuses: bool,
        address: u64,
        day: u16,
    ) -> (CallerKind, Option<SubjectDigest>) {
        let status = event.status.unwrap_or(0);
        let named = event.user.as_deref().filter(|user| !user.is_empty());
        let (digest, kind, is_checked) = match (named, event.authorization.as_deref()) {
            (Some(user), _) => {
                // What is refused is not known to be true.
                let kind = if status == 401 { CallerKind::Unverified } else { CallerKind::Verified };
                (hash::digest(SEED ^ 1, user), kind, gate.wants_name())
            }
            (None, Some(token)) => {
                let is_needed = refuses && (200..300).contains(&status);
                let kind = if is_needed { CallerKind::Confirmed } else { CallerKind::Unverified };
                (hash::digest(SEED ^ 2, token), kind, gate.checks_token())
            }
            (None, None) => return (CallerKind::Anonymous, None),
        };
        let most = if is_checked { NEW_CHECKED } else { NEW_NAMES };
        let is_somebody = kind.is_principal() && self.admits(address, digest.short(), day, most);
        (if is_somebody { kind } else { CallerKind::Unverified }, Some(digest))
    }

    /// Whether `name` is one that `address` brought before, or may bring today.
    fn admits(&mut self, address: u64, name: u64, day: u16, most: u16) -> bool {
        if self.known.has(address, name, day) {
            return true;
        }
        let places = u64::try_from(ADDRESSES).unwrap_or(1);
        let at = usize::try_from((address >> 32) % places).unwrap_or(0);
        let Some(place) = self.brought.get_mut(at) else { return false };
        if place.key != address {
            if place.day == day && place.today > 1 {
                // It wears the other down, and counts as one that brought as many.
                place.today -= 1;
                return false;
            }
            *place = Brought { key: address, day, ..Brought::default() };
        }
        if place.day != day {
            place.before = place.before.saturating_add(place.today);
            (place.day, place.today) = (day, 0);
        }
        if place.today >= most.max(place.before / 2) {
            return false;
        }
        place.today += 1;
        self.known.is_new(address, name, day);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(user: &str, status: u16) -> Event<'_> {
        Event { user: Some(user.as_bytes().into()), status: Some(status), ..Event::default() }
    }

    fn somebodies(callers: &mut Callers, gate: Gate, names: std::ops::Range<u32>, day: u16) -> usize {
        let kind = |n: u32| callers.of(&named(&format!("user-{n}"), 200), gate, false, 7 << 40, day).0;
        names.map(kind).filter(|kind| kind.is_principal()).count()
    }

    #[test]
    fn names_that_nobody_checks_are_few_and_those_of_yesterday_stay() {
        let mut callers = Callers::new();
        let gate = Gate::default();
        assert_eq!(somebodies(&mut callers, gate, 0..100, 10), 16);
        assert_eq!(somebodies(&mut callers, gate, 0..100, 10), 16, "the same ones");
        assert_eq!(somebodies(&mut callers, gate, 0..100, 11), 32, "and as many of another day");
        assert_eq!(somebodies(&mut callers, gate, 0..100, 12), 48);
        assert_eq!(callers.of(&named("user-0", 401), gate, false, 7 << 40, 12).0, CallerKind::Unverified);
    }

    #[test]
    fn an_endpoint_that_asks_everybody_for_a_name_has_many_callers() {
        let mut gate = Gate::default();
        gate.take(401, false);
        assert!(gate.wants_name() && !gate.checks_token());
        assert_eq!(somebodies(&mut Callers::new(), gate, 0..500, 10), 400);
        gate.take(401, true);
        assert!(gate.checks_token());
        (0..2).for_each(|_| gate.take(200, false));
        assert!(!gate.wants_name(), "it lets in whoever has none");
    }

    #[test]
    fn tokens_count_where_one_was_needed_and_few_of_them() {
        let mut callers = Callers::new();
        let tokens: Vec<String> = (0..50).map(|n| format!("Bearer {n}")).collect();
        let mut of = |refuses| {
            let event = |token: &str| Event {
                authorization: Some(token.as_bytes().to_vec().into()),
                status: Some(200),
                ..Event::default()
            };
            let kinds =
                tokens.iter().map(|token| callers.of(&event(token), Gate::default(), refuses, 9 << 40, 3).0);
            kinds.filter(|kind| *kind == CallerKind::Confirmed).count()
        };
        assert_eq!((of(false), of(true)), (0, 16));
    }
}
