//! Duties that a leak of personal data may bring, with their clocks.
//!
//! A checklist and no legal advice: which law holds, and when somebody is *aware* in its sense, is for a
//! lawyer. The clocks run from the first signal, the earliest moment at which anybody could have known.
//! Where nothing of others left, none of them runs.

use domain::{ClassSet, DataClass, Timestamp, Window};
use serde::Serialize;

/// One thing that somebody may have to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Duty {
    /// Whom to tell, or what to do.
    pub what: &'static str,
    /// Whom it concerns.
    pub holds_for: &'static str,
    /// Where it stands.
    pub source: &'static str,
    /// How long there is, in words.
    pub clock: &'static str,
    /// The end of that time, counted from the first signal; `None` where the law names no hours.
    #[serde(rename = "due_millis")]
    pub due: Option<Timestamp>,
}

/// A row of the table: when it applies, and how long there is.
struct Row {
    what: &'static str,
    holds_for: &'static str,
    source: &'static str,
    clock: &'static str,
    within: Option<Window>,
    of: Option<DataClass>,
}

const HOUR: u64 = 3600;

/// What may have to be done once data of others has left.
const AFTER_A_LEAK: [Row; 8] = [
    Row {
        what: "notify the national authority of electronic communications or data protection",
        holds_for: "providers of public electronic communications services in the EU",
        source: "Regulation (EU) 611/2013, article 2(2)",
        clock: "24 hours after detection, where feasible; the rest within three days",
        within: Some(Window::from_secs(24 * HOUR)),
        of: None,
    },
    Row {
        what: "give the computer security response team an early warning of a significant incident",
        holds_for: "essential and important entities in the EU",
        source: "Directive (EU) 2022/2555 (NIS 2), article 23(4)(a)",
        clock: "24 hours after becoming aware; a notification within 72 hours, a report within a month",
        within: Some(Window::from_secs(24 * HOUR)),
        of: None,
    },
    Row {
        what: "tell the controller, when the data is processed on another's behalf",
        holds_for: "processors under the GDPR",
        source: "Regulation (EU) 2016/679 (GDPR), article 33(2)",
        clock: "without undue delay",
        within: None,
        of: None,
    },
    Row {
        what: "notify the supervisory authority, unless a risk to people is unlikely",
        holds_for: "controllers under the GDPR or the UK GDPR",
        source: "Regulation (EU) 2016/679 (GDPR), article 33(1); UK GDPR, article 33(1)",
        clock: "72 hours after becoming aware",
        within: Some(Window::from_secs(72 * HOUR)),
        of: None,
    },
    Row {
        what: "tell the people concerned, when the risk to them is likely high",
        holds_for: "controllers under the GDPR or the UK GDPR",
        source: "Regulation (EU) 2016/679 (GDPR), article 34(1); UK GDPR, article 34(1)",
        clock: "without undue delay",
        within: None,
        of: None,
    },
    Row {
        what: "tell the acquirer and the card schemes",
        holds_for: "those who store, process or transmit card data",
        source: "PCI DSS 4.0.1, requirement 12.10.1, and the rules of the card schemes",
        clock: "at once, by the incident response plan",
        within: None,
        of: Some(DataClass::Payment),
    },
    Row {
        what: "look up the breach laws of the states and countries where the people concerned live",
        holds_for: "everybody",
        source: "the law of each place; among others all states of the USA have one",
        clock: "differs: some name 30 days, some name none",
        within: None,
        of: None,
    },
    Row {
        what: "document the breach, its effects and what was done",
        holds_for: "controllers under the GDPR or the UK GDPR",
        source: "Regulation (EU) 2016/679 (GDPR), article 33(5); UK GDPR, article 33(5)",
        clock: "always, notified or not; this dossier is a beginning",
        within: None,
        of: None,
    },
];

/// The duties that a leak may bring which was first noticed at `first`; the shortest clock first.
///
/// `people` are those others whose data left at most, `exposed` the classes that left.
#[must_use]
pub fn duties(people: u64, exposed: ClassSet, first: Timestamp) -> Vec<Duty> {
    if people == 0 {
        return Vec::new();
    }
    let applies = |row: &&Row| row.of.is_none_or(|class| exposed.contains(class));
    let rows = AFTER_A_LEAK.iter().filter(applies);
    rows.map(|row| {
        let Row { what, holds_for, source, clock, within, of: _ } = *row;
        Duty { what, holds_for, source, clock, due: within.map(|within| first.plus(within)) }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_run_from_the_first_signal_and_the_shortest_stands_first() {
        let first = Timestamp::from_secs(1_800_000_000);
        let duties = duties(1, ClassSet::EMPTY, first);
        let due: Vec<u64> = duties
            .iter()
            .filter_map(|duty| duty.due)
            .map(|due| (due.millis() - first.millis()) / 3_600_000)
            .collect();
        assert_eq!(due, [24, 24, 72]);
    }

    #[test]
    fn nothing_that_left_starts_no_clock_and_card_data_brings_the_duties_of_cards() {
        let first = Timestamp::from_secs(1_800_000_000);
        let cards = ClassSet::from_iter([DataClass::Payment]);
        let of_cards =
            |classes| duties(1, classes, first).iter().filter(|duty| duty.source.starts_with("PCI")).count();
        assert_eq!(duties(0, cards, first), []);
        assert_eq!((of_cards(cards), of_cards(ClassSet::EMPTY)), (1, 0));
    }
}
