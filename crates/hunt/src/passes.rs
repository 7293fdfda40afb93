//! How much passes as somebody's own: of a network, and of all callers of an endpoint together.
//!
//! One or two objects pass as the own ones of each address, so that thousands of addresses, or one IPv6 /48
//! with a new /64 each time, would pass with as many. What passes on a day is bounded by what passed on the
//! busiest day before: four times as much, and a number that small shops do not reach. The first day of a
//! log has no day before it: there an endpoint has no bound, and a network a wide one. Networks that were at
//! an endpoint on an earlier day take nothing from what is left there for new ones: a crowd shuts nobody out.
//!
//! Whoever asks by an e-mail brought it: an address looks thirty sessions' worth of people up, as many share
//! it.
//!
//! Bound: [`Passes::MOST`] networks and addresses at endpoints, of 24 bytes. Eviction rule: the newcomer takes
//! the place of one that is not of today or had fewer today.

/// As much as on the busiest day before.
const TIMES: u32 = 4;
/// Objects that pass at an endpoint on any day.
const LEAST: u32 = 200;
/// Sessions' worth that passes of a network, and on the first day of a log.
const SESSIONS: u32 = 64;
const FIRST_DAY: u32 = 256;
/// Sessions' worth of people that one address looks up by their e-mail.
const LOOK_UPS: u32 = 30;

/// What passed on a day, and on the busiest before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Daily {
    day: u16,
    today: u32,
    before: u32,
}

impl Daily {
    fn roll(&mut self, day: u16) {
        if day != self.day {
            self.before = self.before.max(self.today);
            (self.day, self.today) = (day, 0);
        }
    }

    /// Lets one more pass, where no more than so many did, or than four times those of the busiest day.
    fn pass(&mut self, day: u16, least: u32) -> bool {
        self.roll(day);
        let passes = self.today < least.max(self.before.saturating_mul(TIMES));
        self.today += u32::from(passes);
        passes
    }

    /// One of an endpoint; days are counted from the beginning of the log.
    pub(crate) fn pass_of_all(&mut self, day: u16) -> bool {
        self.pass(day, if day == 0 { u32::MAX } else { LEAST })
    }
}

/// Networks at endpoints.
#[derive(Clone, Debug)]
pub(crate) struct Passes {
    places: Vec<(u64, Daily)>,
}

impl Passes {
    const MOST: usize = 1 << 16;
    pub(crate) const MOST_BYTES: usize = Self::MOST * size_of::<(u64, Daily)>();

    pub(crate) fn new() -> Self {
        Self { places: vec![(0, Daily::default()); Self::MOST] }
    }

    /// Lets one object more of a network pass at an endpoint where a session may read `allowance`; whether
    /// the network was there on an earlier day.
    pub(crate) fn pass(&mut self, key: u64, day: u16, allowance: u16) -> Option<bool> {
        let sessions = if day == 0 { FIRST_DAY } else { SESSIONS };
        self.take(key, day, u32::from(allowance).saturating_mul(sessions))
    }

    /// Lets one person more pass whom an address looks up.
    pub(crate) fn look_up(&mut self, key: u64, day: u16, allowance: u16) -> bool {
        self.take(key, day, u32::from(allowance).saturating_mul(LOOK_UPS)).is_some()
    }

    fn take(&mut self, key: u64, day: u16, least: u32) -> Option<bool> {
        let at = usize::try_from(key >> 40).unwrap_or(0) % Self::MOST;
        let (held, daily) = self.places.get_mut(at)?;
        if *held != key {
            if daily.day == day && daily.today > 1 {
                // The other is worn down; of this one nothing is known, and nothing said.
                daily.today -= 1;
                return Some(false);
            }
            (*held, *daily) = (key, Daily { day, ..Daily::default() });
        }
        daily.pass(day, least).then_some(daily.before > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_passes_as_on_four_of_the_busiest_days() {
        let mut daily = Daily::default();
        let mut of_day = |day: u16, asked: u32| (0..asked).filter(|_| daily.pass_of_all(day)).count();
        assert_eq!(of_day(0, 1000), 1000, "the first day");
        assert_eq!(of_day(1, 5000), 4000);
        assert_eq!(of_day(9, 20_000), 16_000);
        let mut quiet = Daily::default();
        assert_eq!((0..500).filter(|_| quiet.pass_of_all(3)).count(), 200);
    }

    #[test]
    fn a_network_has_sessions_worth_and_a_wide_bound_on_the_first_day() {
        let passed = |day: u16| {
            let mut passes = Passes::new();
            (0..2000).filter(|_| passes.pass(7 << 40, day, 2).is_some()).count()
        };
        assert_eq!((passed(0), passed(1)), (512, 128));
        let mut passes = Passes::new();
        assert_eq!((0..500).filter(|_| passes.look_up(9 << 40, 3, 2)).count(), 60);
        let days = [0, 0, 1].map(|day| passes.pass(7 << 40, day, 2));
        assert_eq!(days, [Some(false), Some(false), Some(true)]);
    }
}
