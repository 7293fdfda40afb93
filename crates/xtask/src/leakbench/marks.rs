//! The marks, and which of them are known to be missed.

use serde::Serialize;
use testkit::days::Habit;

use super::Figures;
use super::bound::{float, per_million};
use super::cost::MOST_BYTES;

/// A mark that was missed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Missed {
    pub(crate) mark: String,
    pub(crate) measured: String,
    /// Why it is known to be missed.
    pub(crate) known: Option<&'static str>,
}

/// People of whom nothing may be said: the groups that the mark is held for.
pub(crate) const MARKED: [(&str, &[Habit]); 3] = [
    ("confirmed tokens", &[Habit::SignedIn, Habit::SignedInOffice, Habit::Mobile, Habit::FlashSignedIn]),
    ("own e-mail", &[Habit::OwnMail, Habit::OwnMailOffice, Habit::FlashOwnMail]),
    ("declared roles", &[Habit::Staff, Habit::Partner, Habit::Poller]),
];

/// Client-days from which on the marks of honest people are held.
const ENOUGH: u64 = 10_000_000;

/// A mark that is known to be missed.
struct Known {
    /// How its text begins.
    mark: &'static str,
    /// Beyond this it is worse than known: events in a million client-days, or megabytes.
    most: f64,
    /// Why, and what would mend it (`docs/benchmarks.md` has it at length).
    why: &'static str,
}

/// A mark that is none of these and missed makes the command fail.
const KNOWN: [Known; 3] = [
    Known {
        mark: "a million keys under 250 MB",
        most: 520.0,
        why: "an account that was seen once takes the room of one that was seen often; next: keep it as its \
              one entry, as the detectors' table does",
    },
    Known {
        mark: "confirmed tokens: false alarms",
        most: 100.0,
        why: "behind an address of a thousand people more than 24 sessions a day meet a stranger, and a rarely \
              used endpoint is used by many in a flash sale; next: bear as many sessions as an address is known \
              to have",
    },
    Known { mark: "confirmed tokens: false refusals", most: 200.0, why: "what is refused for those alarms" },
];

/// All marks that these figures miss.
pub(crate) fn missed(figures: &Figures) -> Vec<Missed> {
    let mut missed = Vec::new();
    let mut miss = |mark: String, value: f64, measured: String| {
        let known = KNOWN.iter().find(|known| mark.starts_with(known.mark) && value <= known.most);
        let known = known.map(|known| known.why);
        missed.push(Missed { mark, measured, known });
    };
    for row in figures.attackers.iter().filter(|row| !row.holds()) {
        let [hour, day] = row.marks;
        let mark = format!("{}: at most {hour} people after an hour, {day} after a day", row.name);
        miss(mark, float(row.day), format!("{} and {}", row.hour, row.day));
    }
    for seen in figures.alone.iter().filter(|seen| seen.spoke.is_none()) {
        miss(format!("{} sees its own attack: {}", seen.detector, seen.attack), 1.0, "silent".into());
    }
    if let Some(quiet) = &figures.quiet {
        for (group, habits) in MARKED {
            let counts = quiet.of(habits);
            for (what, events) in [("false alarms", counts.alarms), ("false refusals", counts.refusals)] {
                let (rate, upper) = per_million(events, counts.client_days);
                // Fewer days cannot show it; what they can show is that nothing happened.
                let holds = if quiet.client_days() >= ENOUGH { upper < 1.0 } else { events == 0 };
                if !holds {
                    let measured =
                        format!("{events} in {} client-days, upper bound {upper:.2}", counts.client_days);
                    miss(format!("{group}: {what} below 1 in a million client-days"), rate, measured);
                }
            }
        }
    }
    let full = figures.cost.as_ref().filter(|cost| cost.keys == 1_000_000 && cost.resident > MOST_BYTES);
    if let Some(cost) = full {
        let megabytes = cost.resident / 1_000_000;
        miss("a million keys under 250 MB".into(), float(megabytes), format!("{megabytes} MB"));
    }
    missed
}
