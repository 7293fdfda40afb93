//! The marks. One that is missed makes the command fail.

use serde::Serialize;
use testkit::days::Habit;

use super::Figures;
use super::bound::per_million;
use super::cost::MOST_BYTES;

/// A mark that was missed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Missed {
    pub(crate) mark: String,
    pub(crate) measured: String,
}

/// People of whom nothing may be said: the groups that the mark is held for.
pub(crate) const MARKED: [(&str, &[Habit]); 3] = [
    ("confirmed tokens", &[Habit::SignedIn, Habit::SignedInOffice, Habit::Mobile, Habit::FlashSignedIn]),
    ("own e-mail", &[Habit::OwnMail, Habit::OwnMailOffice, Habit::FlashOwnMail]),
    ("declared roles", &[Habit::Staff, Habit::Partner, Habit::Poller]),
];

/// Client-days from which on the marks of honest people are held.
const ENOUGH: u64 = 10_000_000;

/// All marks that these figures miss.
pub(crate) fn missed(figures: &Figures) -> Vec<Missed> {
    let mut missed = Vec::new();
    let mut miss = |mark: String, measured: String| missed.push(Missed { mark, measured });
    for row in figures.attackers.iter().filter(|row| !row.holds()) {
        let [hour, day] = row.marks;
        let mark = format!("{}: at most {hour} people after an hour, {day} after a day", row.name);
        miss(mark, format!("{} and {}", row.hour, row.day));
    }
    for seen in figures.alone.iter().filter(|seen| seen.spoke.is_none()) {
        miss(format!("{} sees its own attack: {}", seen.detector, seen.attack), "silent".into());
    }
    if let Some(quiet) = &figures.quiet {
        for (group, habits) in MARKED {
            let counts = quiet.of(habits);
            for (what, events) in [("false alarms", counts.alarms), ("false refusals", counts.refusals)] {
                let (_, upper) = per_million(events, counts.client_days);
                // Fewer days cannot show it; what they can show is that nothing happened.
                let holds = if quiet.client_days() >= ENOUGH { upper < 1.0 } else { events == 0 };
                if !holds {
                    let measured =
                        format!("{events} in {} client-days, upper bound {upper:.2}", counts.client_days);
                    miss(format!("{group}: {what} below 1 in a million client-days"), measured);
                }
            }
        }
    }
    let full = figures.cost.as_ref().filter(|cost| cost.keys == 1_000_000 && cost.resident > MOST_BYTES);
    if let Some(cost) = full {
        let megabytes = cost.resident / 1_000_000;
        miss("a million keys under 250 MB".into(), format!("{megabytes} MB"));
    }
    missed
}
