//! Hours that are unusual for their place in the week: much more than that hour of the weeks before.
//!
//! What an endpoint answers goes by the hour of the week: much on a Monday morning, little in the night.
//! The detector of volume knows its busiest hour alone, so that as much as on Monday morning passes on a Sunday
//! at three. Where the log shows four weeks of an endpoint, each hour is held against the same hour of the
//! weeks before, and against those beside it (a change of the clock moves a habit by one).
//!
//! It says that something was different there, not what: a note, no finding.
//!
//! Bound: [`MOST`] endpoints of about 700 bytes, the first that were asked; others have no such baseline.

use std::collections::HashMap;

use domain::Timestamp;

/// Endpoints.
const MOST: usize = 4096;
/// Hours of a week.
const HOURS: usize = 168;
/// Hours before anything is said: four weeks.
const KNOWN: u32 = 4 * 168;
/// Answers in an hour that are worth a note.
const LEAST: u32 = 50;
/// How many times what is usual.
const TIMES: u32 = 5;

/// An hour in which an endpoint answered as it never did at that hour of a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnusualHour {
    /// The hour.
    pub at: Timestamp,
    /// Answers with success in it when it was noted.
    pub answers: u32,
    /// The most in that hour of the weeks before, and in those beside it.
    pub usual: u32,
    /// Weeks before.
    pub weeks: u32,
}

/// The weeks of all endpoints.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weeks {
    /// By place among the doors.
    of: HashMap<u32, Box<Week>>,
}

/// The week of one endpoint. Hours are counted from 1970.
#[derive(Clone, Debug)]
struct Week {
    first: u32,
    hour: u32,
    answers: u32,
    said: bool,
    /// The most of each hour of the week: a busy one is forgotten by an eighth each time it comes again.
    most: [u32; HOURS],
}

impl Weeks {
    /// Weeks, and the places of the map, which may be twice as many as are taken.
    pub(crate) const MOST_BYTES: usize = MOST * (size_of::<Week>() + 2 * size_of::<(u32, Box<Week>)>());

    /// Takes an answer with success at `door` in; the hour when it is noted, once.
    pub(crate) fn take(&mut self, door: u32, at: Timestamp) -> Option<UnusualHour> {
        let hour = u32::try_from(at.secs() / 3600).ok()?;
        let is_full = self.of.len() >= MOST;
        let week = match self.of.entry(door) {
            std::collections::hash_map::Entry::Occupied(held) => held.into_mut(),
            std::collections::hash_map::Entry::Vacant(_) if is_full => return None,
            std::collections::hash_map::Entry::Vacant(free) => free.insert(Box::new(Week::new(hour))),
        };
        week.take(hour)
    }
}

impl Week {
    fn new(hour: u32) -> Self {
        Self { first: hour, hour, answers: 0, said: false, most: [0; HOURS] }
    }

    fn take(&mut self, hour: u32) -> Option<UnusualHour> {
        // What comes late belongs to an hour that is told already.
        if hour < self.hour {
            return None;
        }
        if hour > self.hour {
            if let Some(most) = self.most.get_mut(place(self.hour)) {
                *most = self.answers.max(*most - *most / 8);
            }
            (self.hour, self.answers, self.said) = (hour, 0, false);
        }
        self.answers = self.answers.saturating_add(1);
        let known = hour - self.first;
        if self.said || known < KNOWN || self.answers < LEAST {
            return None;
        }
        let around = [hour.saturating_sub(1), hour, hour.saturating_add(1)];
        let usual =
            around.into_iter().filter_map(|hour| self.most.get(place(hour))).max().copied().unwrap_or(0);
        if self.answers < usual.saturating_mul(TIMES) {
            return None;
        }
        self.said = true;
        let at = Timestamp::from_secs(u64::from(hour) * 3600);
        Some(UnusualHour { at, answers: self.answers, usual, weeks: known / 168 })
    }
}

fn place(hour: u32) -> usize {
    usize::try_from(hour).unwrap_or(0) % HOURS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Monday, at midnight.
    const START: u64 = 1_795_392_000;

    /// Weeks of an office: busy by day, next to nothing in the night, nobody on Sundays, and a batch on
    /// Mondays at two. `more` are asked for besides, at an hour of the last week.
    fn noted(weeks: u64, at: u64, more: u32) -> Vec<UnusualHour> {
        let mut all = Weeks::default();
        let mut said = Vec::new();
        for hour in 0..weeks * 168 {
            let (day, clock) = (hour / 24 % 7, hour % 24);
            let usual = match (day, clock) {
                (0, 2) => 500,
                (6, _) => 0,
                (_, 8..18) => 60 + u32::try_from(hour * 7919 % 40).unwrap(),
                _ => 3,
            };
            let answers = usual + if hour == (weeks - 1) * 168 + at { more } else { 0 };
            for nth in 0..u64::from(answers) {
                said.extend(all.take(1, Timestamp::from_secs(START + hour * 3600 + nth % 3600)));
            }
        }
        said
    }

    #[test]
    fn as_much_as_by_day_is_unusual_in_the_night_and_a_batch_of_every_week_is_not() {
        // Thursday at three, Sunday at noon, Wednesday at noon, Monday at two.
        for (at, more, usual) in
            [(75, 120, Some(3)), (156, 60, Some(0)), (60, 120, None), (2, 100, None), (75, 20, None)]
        {
            let said = noted(6, at, more);
            assert_eq!(
                said.iter().map(|one| one.usual).collect::<Vec<_>>(),
                Vec::from_iter(usual),
                "{at} {more}: {said:?}"
            );
            assert!(said.iter().all(|one| one.weeks == 5 && one.answers >= LEAST), "{said:?}");
        }
        assert_eq!(noted(4, 75, 1000), [], "three weeks are no habit");
    }

    #[test]
    fn endpoints_beyond_the_bound_have_no_week_and_cost_nothing() {
        let mut all = Weeks::default();
        let most = u32::try_from(MOST).unwrap();
        (0..most + 10).for_each(|door| assert_eq!(all.take(door, Timestamp::from_secs(START)), None));
        assert_eq!(all.of.len(), MOST);
        assert!(size_of::<Week>() <= 700);
    }
}
