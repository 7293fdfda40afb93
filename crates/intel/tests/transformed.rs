//! A report changed in one respect changes the object in that respect, and in no other.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    clippy::print_stderr,
    reason = "tests"
)]

use std::collections::BTreeSet;

use intel::{Amount, Class, EntityRole, Intel, NumberRole as R};
use proptest::prelude::*;

/// What a report is made of here: sentences in any order, with their variable parts.
#[derive(Clone, Debug)]
struct Story {
    company: String,
    all: u64,
    taken: u64,
    batch: u64,
    denied: usize,
    order: Vec<usize>,
    method: &'static str,
    script_is_advice: bool,
}

const CLASSES: &[(Class, &str)] = &[
    (Class::Email, "email addresses"),
    (Class::Phone, "phone numbers"),
    (Class::BirthDate, "dates of birth"),
    (Class::Payment, "credit card numbers"),
    (Class::GovernmentId, "passport numbers"),
];

impl Story {
    fn text(&self) -> String {
        let spared = CLASSES[self.denied].1;
        let open: Vec<&str> =
            CLASSES.iter().map(|(_, words)| *words).filter(|words| *words != spared).collect();
        let script = if self.script_is_advice {
            "Defenders should alert when a script downloads records.".to_owned()
        } else {
            "The attacker wrote a script that downloaded the records.".to_owned()
        };
        let parts = [
            format!(
                "{} has confirmed a data leak that exposed the personal information of {} customers.",
                self.company,
                grouped(self.all)
            ),
            format!(
                "An attacker sent HTTP {} requests to an API that did not require authentication.",
                self.method
            ),
            format!("The API returned data in batches of {} records.", self.batch),
            format!("The attacker collected around {} records.", grouped(self.taken)),
            format!("The exposed data includes {}.", open.join(", ")),
            format!("The company said that {spared} were not exposed."),
            script,
        ];
        self.order.iter().map(|nth| parts[*nth].as_str()).collect::<Vec<_>>().join("\n\n")
    }

    fn read(&self) -> Intel {
        intel::understand(self.text().as_bytes(), "story.txt").unwrap()
    }
}

fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn stories() -> impl Strategy<Value = Story> {
    let names = prop::sample::select(vec![
        "Examplia",
        "Trump Mobile",
        "Northwind Sample",
        "Optus",
        "Acme Demo Telecom",
        "Zyxia",
    ]);
    let method = prop::sample::select(vec!["POST", "GET"]);
    (
        names,
        20_000_u64..90_000_000,
        1_001_u64..20_000,
        2_u64..900,
        0..CLASSES.len(),
        Just((0..7).collect::<Vec<_>>()).prop_shuffle(),
        method,
        any::<bool>(),
    )
        .prop_map(|(company, all, taken, batch, denied, order, method, script_is_advice)| Story {
            company: company.into(),
            all,
            taken,
            batch,
            denied,
            order,
            method,
            script_is_advice,
        })
}

fn numbers(intel: &Intel) -> BTreeSet<(u64, R)> {
    let whole = intel.numbers.iter().filter_map(|number| match number.value {
        Amount::Whole(value) => Some((value, number.role)),
        Amount::Decimal(_) => None,
    });
    whole.filter(|(_, role)| *role != R::Other).collect()
}

fn asserted(intel: &Intel) -> Vec<&str> {
    intel
        .techniques
        .iter()
        .filter(|claim| claim.status.is_asserted())
        .map(|claim| claim.id.as_str())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_object_says_what_the_story_says(story in stories()) {
        let intel = story.read();
        prop_assert!(intel.is_incident);
        prop_assert_eq!(numbers(&intel), BTreeSet::from([(story.all, R::Exposed), (story.taken, R::Accessed), (story.batch, R::PerCall)]), "{}", story.text());
        let spared: Vec<Class> = intel.data_classes_not_exposed.iter().map(|claim| claim.class).collect();
        prop_assert_eq!(spared, vec![CLASSES[story.denied].0]);
        let exposed: BTreeSet<Class> = intel.data_classes_exposed.iter().map(|claim| claim.class).collect();
        let open: BTreeSet<Class> = CLASSES.iter().map(|(class, _)| *class).filter(|class| *class != CLASSES[story.denied].0).collect();
        prop_assert_eq!(exposed, open);
        let victim = intel.entities.iter().find(|entity| entity.role == EntityRole::Victim).map(|entity| entity.name.clone());
        prop_assert_eq!(victim, Some(story.company.clone()));
        // An attack that is turned into advice is no technique any more.
        let techniques: &[&str] = if story.script_is_advice { &["T1190"] } else { &["T1119", "T1190"] };
        prop_assert_eq!(asserted(&intel), techniques, "{}", story.text());
    }

    #[test]
    fn order_and_method_change_nothing_that_is_said(story in stories()) {
        let sorted = Story { order: (0..7).collect(), method: "POST", ..story.clone() };
        let (one, other) = (story.read(), sorted.read());
        prop_assert_eq!(numbers(&one), numbers(&other));
        prop_assert_eq!(asserted(&one), asserted(&other));
        let ids = |intel: &Intel| intel.owasp.iter().filter(|claim| claim.status.is_asserted()).map(|claim| claim.id.clone()).collect::<Vec<_>>();
        prop_assert_eq!(ids(&one), ids(&other));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(intel) = intel::understand(&bytes, "") {
            prop_assert!(intel.statements.iter().all(|one| one.span.start < one.span.end && one.span.end <= bytes.len()));
        }
    }

    #[test]
    fn any_text_keeps_its_places(text in "(?s)[ -~\\n<>&;|#*\\[\\].,T0-9]{0,400}", name in prop::sample::select(vec!["a.txt", "a.md", "a.html"])) {
        let text = if name == "a.html" { format!("<html><p>{text}</p>") } else { text };
        if let Ok(intel) = intel::understand(text.as_bytes(), name) {
            for one in &intel.statements {
                prop_assert!(one.span.end <= text.len() && text.is_char_boundary(one.span.start) && text.is_char_boundary(one.span.end));
            }
        }
    }
}
