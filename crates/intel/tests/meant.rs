//! What sentences say, one by one: who reads them as a careful analyst must not claim more, nor less.
//!
//! Each sentence stands in a story that makes it one of an incident and that tells of nothing else.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use intel::{Amount, Intel, NumberRole, ObservableRole, Status};

/// A sentence between two that tell of an incident.
fn told(sentence: &str) -> Intel {
    let report = format!(
        "In May 2031 an intruder called an API that asked for no log-in.\n\n{sentence}\n\nThe door is shut now."
    );
    intel::understand(report.as_bytes(), "a.txt").unwrap()
}

/// The sentences of a table that say something else than they should.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn differ<T: std::fmt::Debug + PartialEq>(&mut self, sentence: &str, said: &T, expected: &T) {
        if said != expected {
            self.0.push(format!("{sentence}\n    said     {said:?}\n    expected {expected:?}"));
        }
    }
}

impl Drop for Faults {
    /// The assertion of every table here: a test fails at its end with all that differs.
    fn drop(&mut self) {
        assert!(self.0.is_empty() || std::thread::panicking(), "\n{}", self.0.join("\n"));
    }
}

fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

fn set(words: &str) -> BTreeSet<String> {
    words.split(", ").filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Techniques that stand in the report by their id or name, with their status.
fn techniques(intel: &Intel) -> BTreeSet<String> {
    let shown = intel.techniques.iter().filter(|claim| claim.origin != intel::Origin::Frame);
    shown.map(|claim| format!("{} {}", claim.id, word(&claim.status))).collect()
}

fn classes(claims: &[intel::ClassClaim]) -> BTreeSet<String> {
    let shown = claims.iter().map(|claim| match claim.status {
        Status::Hypothetical => format!("{}?", claim.class.word()),
        _ => claim.class.word().to_owned(),
    });
    shown.collect()
}

fn numbers(intel: &Intel) -> BTreeSet<String> {
    let told = intel.numbers.iter().filter(|number| number.role != NumberRole::Other);
    told.map(|number| {
        let value = match number.value {
            Amount::Whole(value) => value.to_string(),
            Amount::Decimal(value) => value.to_string(),
        };
        let doubt = if number.status == Status::Hypothetical { "?" } else { "" };
        format!("{value} {}{doubt}", word(&number.role))
    })
    .collect()
}

#[test]
fn an_id_stands_as_its_clause_means_it() {
    let mut faults = Faults::default();
    for (sentence, expected) in [
        // Labels and lists have no verb: they map what stands there.
        ("ATT&CK: T1190", "T1190 stated"),
        ("Techniques: T1190, T1119 and T1078.", "T1190 stated, T1119 stated, T1078 stated"),
        ("T1190 - Exploit Public-Facing Application", "T1190 stated"),
        ("The intruder used T1190.", "T1190 stated"),
        ("The door was entered through the hole (T1190).", "T1190 stated"),
        ("According to the vendor, T1190 was used.", "T1190 claimed"),
        ("The company said that the intruder used T1190.", "T1190 claimed"),
        // Denied.
        ("T1566 was not used.", ""),
        ("Phishing (T1566) played no part.", ""),
        ("T1566 played no role in it.", ""),
        ("We found no evidence of T1078.", ""),
        ("There was no sign of T1078 or T1110.", ""),
        ("There is no indication that T1078 was used.", ""),
        ("No use of T1486 was seen.", ""),
        ("The intruder did not use T1566 or T1078.", ""),
        ("Neither T1566 nor T1078 was used.", ""),
        ("The intruder never used T1078.", ""),
        ("T1486 has been ruled out.", ""),
        ("Investigators ruled out T1486.", ""),
        ("T1486 can be excluded.", ""),
        ("The way in was T1190, not T1566.", "T1190 stated"),
        ("The intruder used T1190 rather than T1566.", "T1190 stated"),
        ("T1566 was not used, but T1190 was.", "T1190 stated"),
        ("T1566 was not used and the intruder came in through T1190.", "T1190 stated"),
        ("The company denied that T1078 was used.", ""),
        // Advised, or spoken of in general.
        ("Teams should watch for T1110.", ""),
        ("Watch for T1110 in your logs.", ""),
        ("We recommend detections for T1110 and T1078.", ""),
        ("Defenders are advised to hunt for T1110.", ""),
        ("A rule for T1110 would have raised an alarm.", ""),
        ("T1110 is often used by other groups.", ""),
        // Possible.
        ("T1190 could have been used.", "T1190 hypothetical"),
        ("The intruder may have used T1190.", "T1190 hypothetical"),
        ("It is possible that T1190 was used.", "T1190 hypothetical"),
        ("It is unclear whether T1078 was used.", "T1078 hypothetical"),
        ("We suspect T1078.", "T1078 hypothetical"),
        ("T1078 cannot be ruled out.", "T1078 hypothetical"),
        ("T1078 has not been ruled out.", "T1078 hypothetical"),
        ("If T1078 was used, the logs do not show it.", "T1078 hypothetical"),
        ("At no point was T1566 involved.", ""),
        ("T1078 is not believed to have been used.", ""),
        ("We do not believe that T1078 was used.", ""),
        ("Our analysis excludes T1486 and T1490.", ""),
        ("The use of T1055 could not be confirmed.", "T1055 hypothetical"),
        ("There is nothing to suggest T1133.", ""),
        ("No evidence points to T1133.", ""),
        ("T1190 was used; T1133 was not.", "T1190 stated"),
        ("The intruder relied on T1190, never on T1133.", "T1190 stated"),
        ("Unlike in other cases, T1133 was not observed.", ""),
        ("An alert on T1110 is advisable.", ""),
        ("Consider blocking T1110 with a lockout.", ""),
        ("To mitigate T1110, limit log-ins.", ""),
        ("The report maps to T1190.", "T1190 stated"),
        ("Tactic: TA0010. Technique: T1020.", "T1020 stated"),
        ("Investigators believe T1078 was used.", "T1078 claimed"),
        ("It remains open whether T1078 was used.", "T1078 hypothetical"),
        ("T1078 was suspected at first but later ruled out.", ""),
        ("Analysts mapped the behaviour to T1190 and T1119.", "T1119 stated, T1190 stated"),
        (
            "T1190 (Exploit Public-Facing Application) was the way in; T1566 (Phishing) was not.",
            "T1190 stated",
        ),
    ] {
        faults.differ(sentence, &techniques(&told(sentence)), &set(expected));
    }
}

#[test]
fn a_defence_in_advice_stays_a_defence() {
    let intel = told("Teams should adopt D3-NTA and M1036 against T1110.");
    let of = |claims: &[intel::Claim]| claims.iter().map(|claim| claim.id.clone()).collect::<Vec<_>>();
    assert_eq!((of(&intel.d3fend), of(&intel.mitigations)), (vec!["D3-NTA".into()], vec!["M1036".into()]));
    assert!(techniques(&intel).is_empty());
}

#[test]
fn a_denial_ends_where_something_else_is_told() {
    let mut faults = Faults::default();
    for (sentence, out, kept, counted) in [
        (
            "An intruder reached the API without authentication and downloaded 5,000 records with names.",
            "name",
            "",
            "5000 accessed",
        ),
        (
            "The intruder called it without a token and copied 5,000 records with names.",
            "name",
            "",
            "5000 accessed",
        ),
        ("The data was not encrypted, and the intruder read names.", "name", "", ""),
        ("The data was not encrypted and the intruder read names.", "name", "", ""),
        ("The bucket was not protected and 700 records with names were copied.", "name", "", "700 accessed"),
        ("The API did not ask for a token and returned names and phone numbers.", "name, phone", "", ""),
        ("Names were copied and card numbers were not exposed.", "name", "payment", ""),
        ("Names were exposed, while passwords were not.", "name", "credential", ""),
        ("Passwords were not exposed and names were.", "name", "credential", ""),
        ("The intruder copied names but did not read passwords.", "name", "credential", ""),
        ("The intruder did not read passwords but copied names.", "name", "credential", ""),
        ("Nobody noticed and the intruder copied 5,000 records with names.", "name", "", "5000 accessed"),
        ("No alarm was raised and 5,000 records with names were copied.", "name", "", "5000 accessed"),
        // The whole of a list is denied.
        (
            "The intruder did not access or copy names, addresses or dates of birth.",
            "",
            "name, postal-address, birth-date",
            "",
        ),
        ("Neither names nor emails were exposed.", "", "name, email", ""),
        ("No names, addresses or phone numbers were exposed.", "", "name, postal-address, phone", ""),
        ("Names, emails and phone numbers were not exposed.", "", "name, email, phone", ""),
        ("None of the names, emails or passwords were exposed.", "", "name, email, credential", ""),
        ("The intruder saw no passwords and no card numbers.", "", "credential, payment", ""),
        (
            "The records did not contain passwords, card numbers or dates of birth.",
            "",
            "credential, payment, birth-date",
            "",
        ),
        (
            "The exposed data includes names, but not passwords or card numbers.",
            "name",
            "credential, payment",
            "",
        ),
        (
            "The exposed data includes names and emails, without passwords or card numbers.",
            "name, email",
            "credential, payment",
            "",
        ),
    ] {
        let intel = told(sentence);
        faults.differ(sentence, &classes(&intel.data_classes_exposed), &set(out));
        faults.differ(sentence, &classes(&intel.data_classes_not_exposed), &set(kept));
        faults.differ(sentence, &numbers(&intel), &set(counted));
    }
}

#[test]
fn what_failed_or_was_stopped_did_not_happen_and_what_cannot_be_excluded_may_have() {
    let mut faults = Faults::default();
    for (sentence, out, kept, counted) in [
        ("The intruder was unable to download the 5,000 records with names.", "", "name", ""),
        ("The intruder failed to download names.", "", "name", ""),
        ("The attempt to download 5,000 records with names failed.", "", "name", ""),
        ("An attempt to copy passwords was blocked.", "", "credential", ""),
        ("The firewall blocked the download of passwords.", "", "credential", ""),
        ("The gateway stopped the intruder from reading passwords.", "", "credential", ""),
        ("The gateway prevented the intruder from reading passwords.", "", "credential", ""),
        ("No records were downloaded.", "", "", ""),
        ("None of the 5,000 records was downloaded.", "", "", ""),
        ("Not one of the 5,000 records was downloaded.", "", "", ""),
        ("The intruder tried to download 5,000 records with names.", "name?", "", "5000 accessed?"),
        ("The intruder attempted to copy passwords.", "credential?", "", ""),
        ("The company could not rule out that names were accessed.", "name?", "", ""),
        ("We cannot exclude that names and emails were copied.", "name?, email?", "", ""),
        ("It cannot be excluded that names were copied.", "name?", "", ""),
        ("The company has not ruled out that passwords were read.", "credential?", "", ""),
        ("It is not known whether names were copied.", "name?", "", ""),
        ("The company was unable to rule out that passwords were read.", "credential?", "", ""),
        ("The company ruled out that passwords were read.", "", "credential", ""),
        ("The company has excluded that passwords were read.", "", "credential", ""),
    ] {
        let intel = told(sentence);
        faults.differ(sentence, &classes(&intel.data_classes_exposed), &set(out));
        faults.differ(sentence, &classes(&intel.data_classes_not_exposed), &set(kept));
        faults.differ(sentence, &numbers(&intel), &set(counted));
    }
}

#[test]
fn a_kind_of_data_stands_as_its_verb_does() {
    let mut faults = Faults::default();
    for (sentence, out, kept) in [
        (
            "The intruder got hold of names, but neither passwords nor card numbers.",
            "name",
            "credential, payment",
        ),
        ("Names and addresses leaked; phone numbers did not.", "name, postal-address", "phone"),
        ("Nothing but names was exposed.", "name", ""),
        ("Only names were exposed.", "name", ""),
        ("It is not true that passwords were exposed.", "", "credential"),
        ("Contrary to reports, no passwords were stolen.", "", "credential"),
        ("The company denies that passwords were stolen.", "", "credential"),
        ("There was no access to passwords or card numbers.", "", "credential, payment"),
        ("At no time were passwords accessible.", "", "credential"),
        ("Passwords were never at risk.", "", "credential"),
        ("Passwords were not affected, and neither were card numbers.", "", "credential, payment"),
        ("The exposed records contained names and emails but no passwords.", "name, email", "credential"),
        ("The intruder could not read passwords because they are hashed.", "", "credential"),
        ("Emails may have been copied.", "email?", ""),
        ("We believe that no passwords were copied.", "", "credential"),
        ("It is possible that passwords were copied.", "credential?", ""),
        ("We have no reason to believe that passwords were copied.", "", "credential"),
        ("The company would not say whether passwords were copied.", "credential?", ""),
        ("Although passwords were not taken, names and emails were.", "name, email", "credential"),
        ("The firewall kept the intruder from downloading names.", "", "name"),
        ("Names were about to be downloaded when the connection was cut.", "", ""),
        ("The download of names was interrupted.", "", ""),
        ("Names could not be retrieved.", "", "name"),
        ("The intruder did not only read names but also passwords.", "name, credential", ""),
        ("Not only names but also emails were exposed.", "name, email", ""),
        ("All data except passwords was copied.", "", "credential"),
        ("Emails were stolen, not passwords.", "email", "credential"),
        ("The leak affected names rather than passwords.", "name", "credential"),
        ("Passwords, although stored in the same table, were not returned.", "", "credential"),
        ("No one other than the researcher saw the names.", "name", ""),
        ("The researcher saw names and did not download them.", "name", ""),
    ] {
        let intel = told(sentence);
        faults.differ(sentence, &classes(&intel.data_classes_exposed), &set(out));
        faults.differ(sentence, &classes(&intel.data_classes_not_exposed), &set(kept));
    }
}

#[test]
fn a_number_counts_what_its_verb_says_was_done() {
    let mut faults = Faults::default();
    for (sentence, expected) in [
        (
            "An attacker without credentials sent 12,000 requests and copied 3,000 records.",
            "12000 requests, 3000 accessed",
        ),
        ("No customer noticed while 4,000 records were copied.", "4000 accessed"),
        ("The API did not limit callers, so the attacker copied 9,000 records.", "9000 accessed"),
        ("Of 9,000 records none was copied.", "9000 exist"),
        ("Fewer than 300 records were copied.", "300 accessed"),
        ("Two hundred and fifty thousand records were downloaded.", "250000 accessed"),
        ("A quarter of a million records were downloaded.", "250000 accessed"),
        ("The script would have needed 40 hours to copy 1,000,000 records.", ""),
    ] {
        faults.differ(sentence, &numbers(&told(sentence)), &set(expected));
    }
}

#[test]
fn an_act_that_failed_is_no_act() {
    use intel::FrameKind::{Automated, CredentialStuffing, Enumerated, Published, Retrieved};
    let mut faults = Faults::default();
    for (sentence, kind, is_fact) in [
        ("The intruder enumerated customer ids.", Enumerated, true),
        ("The attempt to enumerate customer ids failed.", Enumerated, false),
        ("Attempts to enumerate customer ids were blocked.", Enumerated, false),
        ("An enumeration of customer ids was stopped before it began.", Enumerated, false),
        ("The intruder tried to enumerate customer ids.", Enumerated, false),
        ("The intruder tried to enumerate customer ids, but the firewall blocked it.", Enumerated, false),
        ("The intruder wanted to enumerate customer ids.", Enumerated, false),
        ("The intruder did not enumerate customer ids.", Enumerated, false),
        ("Enumeration of customer ids was ruled out.", Enumerated, false),
        ("The intruder was unable to download records.", Retrieved, false),
        ("No records were downloaded.", Retrieved, false),
        ("The download of records was prevented.", Retrieved, false),
        ("The intruder managed to download records.", Retrieved, true),
        ("The intruder was able to download records.", Retrieved, true),
        ("The intruder was blocked after downloading records.", Retrieved, true),
        ("The company blocked the address after the intruder had downloaded records.", Retrieved, true),
        ("The intruder did not stop and downloaded records.", Retrieved, true),
        ("The company did not block the intruder, who downloaded records.", Retrieved, true),
        ("The company failed to stop the intruder from downloading records.", Retrieved, true),
        ("A script downloaded records.", Automated, true),
        ("A script failed to download records.", Automated, false),
        ("A credential stuffing attack on the shop was unsuccessful.", CredentialStuffing, false),
        ("The data was not offered for sale on a forum.", Published, false),
        ("An attempt to sell the data on a forum failed.", Published, false),
    ] {
        let intel = told(sentence);
        let mut facts = intel.frames.iter().filter(|one| one.kind == kind && !one.is_negated);
        faults.differ(sentence, &facts.any(|one| one.status.is_asserted()), &is_fact);
    }
}

#[test]
fn what_is_denied_or_benign_is_no_indicator() {
    use ObservableRole::{Example, Hunting, Indicator, Reference};
    let mut faults = Faults::default();
    for (sentence, value, role) in [
        ("The requests came from 198.51.100.7.", "198.51.100.7", Indicator),
        ("The intruder used 198.51.100.7 and 203.0.113.9.", "203.0.113.9", Indicator),
        ("The intruder sent the data to evil.example.", "evil.example", Indicator),
        ("198.51.100.7 is our own monitoring and was not involved.", "198.51.100.7", Reference),
        ("198.51.100.7 was not involved.", "198.51.100.7", Reference),
        ("Traffic from 192.0.2.4 was legitimate.", "192.0.2.4", Reference),
        ("The requests from 192.0.2.4 turned out to be benign.", "192.0.2.4", Reference),
        ("192.0.2.4 belongs to our monitoring.", "192.0.2.4", Reference),
        ("192.0.2.4 is a scanner of a partner and harmless.", "192.0.2.4", Reference),
        ("The alert about 192.0.2.4 was a false positive.", "192.0.2.4", Reference),
        ("The intruder did not use evil.example.", "evil.example", Reference),
        ("The intruder did not use evil[.]example.", "evil.example", Reference),
        ("No requests came from 192.0.2.4.", "192.0.2.4", Reference),
        ("We found no evidence of traffic to 192.0.2.4.", "192.0.2.4", Reference),
        ("192.0.2.4 was ruled out as a source.", "192.0.2.4", Reference),
        ("The requests came from 198.51.100.7, not from 192.0.2.4.", "192.0.2.4", Reference),
        ("The requests came from 198.51.100.7, not from 192.0.2.4.", "198.51.100.7", Indicator),
        ("192.0.2.4 was not the source, 198.51.100.7 was.", "198.51.100.7", Indicator),
        ("The intruder did not hide and came from 198.51.100.7.", "198.51.100.7", Indicator),
        ("The path /api/v1/health was not touched.", "/api/v1/health", Reference),
        ("The intruder read /api/v1/orders.", "/api/v1/orders", Indicator),
        ("The intruder may have come from 192.0.2.4.", "192.0.2.4", Example),
        ("Hunt for requests from 192.0.2.4 in your logs.", "192.0.2.4", Hunting),
        ("203.0.113.5 is not related to the incident.", "203.0.113.5", Reference),
        ("The traffic to cdn.example turned out to be normal.", "cdn.example", Reference),
        ("The intruder connected from 203.0.113.5, which is a proxy.", "203.0.113.5", Indicator),
        ("We first suspected 203.0.113.5, but it belongs to a customer.", "203.0.113.5", Reference),
        ("Requests from 203.0.113.5 were part of an authorised penetration test.", "203.0.113.5", Reference),
        ("203.0.113.5 had nothing to do with the intrusion.", "203.0.113.5", Reference),
        ("Nobody called /api/v1/keys.", "/api/v1/keys", Reference),
        ("The attack did not come from 203.0.113.5 but from 198.51.100.9.", "198.51.100.9", Indicator),
        ("The attack did not come from 203.0.113.5 but from 198.51.100.9.", "203.0.113.5", Reference),
        ("An attempt from 203.0.113.5 was blocked.", "203.0.113.5", Indicator),
        ("The unauthorised requests came from 203.0.113.5.", "203.0.113.5", Indicator),
        ("No alarm was raised for 198.51.100.7.", "198.51.100.7", Indicator),
        ("The API did not ask for a token at /api/v1/orders.", "/api/v1/orders", Indicator),
        ("The endpoint /api/v1/orders did not check who owns the order.", "/api/v1/orders", Indicator),
        ("The server evil.example is the intruder's own server.", "evil.example", Indicator),
    ] {
        let intel = told(sentence);
        let found: Vec<_> =
            intel.observables.iter().filter(|one| one.value == value).map(|one| one.role).collect();
        faults.differ(sentence, &found, &vec![role]);
    }
}

#[test]
fn a_version_is_no_address() {
    let intel = told("The vendor fixed it in 11.10.0.2 and 11.9.1.1.");
    assert!(intel.observables.is_empty(), "{:?}", intel.observables);
}

#[test]
fn a_section_of_indicators_lists_no_address_that_it_calls_harmless() {
    let intel =
        told("Indicators of compromise\n\n198.51.100.7\n\n192.0.2.4 (our own scanner, not malicious)");
    let roles: Vec<_> = intel.observables.iter().map(|one| (one.value.as_str(), one.role)).collect();
    assert_eq!(
        roles,
        [("198.51.100.7", ObservableRole::Indicator), ("192.0.2.4", ObservableRole::Reference)]
    );
}

#[test]
fn a_span_of_time_keeps_both_of_its_ends() {
    let mut faults = Faults::default();
    for (sentence, expected) in [
        ("Records were copied between 3 and 9 March 2026.", "2026-03-03, 2026-03-09"),
        ("Records were copied from 3 to 9 March 2026.", "2026-03-03, 2026-03-09"),
        ("Records were copied from 28 February to 9 March 2026.", "2026-02-28, 2026-03-09"),
        ("Records were copied from March to May 2025.", "2025-03, 2025-05"),
        ("Records were copied between March and May 2025.", "2025-03, 2025-05"),
        ("Records were copied from December 2025 to May 2026.", "2025-12, 2026-05"),
        ("Records were copied on 3-9 March 2026.", "2026-03-03, 2026-03-09"),
        ("Records were copied on 3–9 March 2026.", "2026-03-03, 2026-03-09"),
        ("Records were copied on March 3-9, 2026.", "2026-03-03, 2026-03-09"),
        ("Records were copied between March 3 and March 9, 2026.", "2026-03-03, 2026-03-09"),
        ("Records were copied between March 3 and 9, 2026.", "2026-03-03, 2026-03-09"),
        ("Records were copied between 2024 and 2026.", "2024, 2026"),
        ("Records were copied from 2026-03-03 to 2026-03-09.", "2026-03-03, 2026-03-09"),
        ("Records were copied on 3, 5 and 9 March 2026.", "2026-03-03, 2026-03-05, 2026-03-09"),
        ("Between 28 December 2025 and 3 January 2026 records were copied.", "2025-12-28, 2026-01-03"),
        ("The hole was open from the 3rd to the 9th of March 2026.", "2026-03-03, 2026-03-09"),
        (
            "Records were copied on 3 and 4 March 2026 and sold on 9 April 2026.",
            "2026-03-03, 2026-03-04, 2026-04-09",
        ),
        ("Records were copied between March and 9 April 2026.", "2026-03, 2026-04-09"),
        ("Records were copied in March and April 2026.", "2026-03, 2026-04"),
        ("Records were copied from 2024 until May 2026.", "2024, 2026-05"),
        ("Records were copied 3 Mar - 9 Mar 2026.", "2026-03-03, 2026-03-09"),
        // Numbers beside a date are none.
        ("Between 3 and 9 records were copied in March 2026.", "2026-03"),
        ("On March 9 and 12 people later records were copied.", "2031-03-09"),
    ] {
        let intel = told(sentence);
        let found: BTreeSet<String> =
            intel.dates.iter().map(|date| date.value.clone()).filter(|date| date != "2031-05").collect();
        faults.differ(sentence, &found, &set(expected));
    }
}

#[test]
fn how_an_api_is_reached_is_the_reports_fact_where_it_says_so() {
    let said = intel::understand(
        b"An API that was open to the internet asked for no log-in. In May 2031 an intruder downloaded 5,000 records.",
        "a.txt",
    );
    let factor = said.unwrap().risk.unwrap().likelihood_factors.remove(0);
    assert!(!factor.spans.is_empty(), "{factor:?}");
    let silent = intel::understand(
        b"The API asked for no log-in. In May 2031 an intruder downloaded 5,000 records.",
        "a.txt",
    );
    let factor = silent.unwrap().risk.unwrap().likelihood_factors.remove(0);
    assert!(factor.spans.is_empty(), "assumed: {factor:?}");
}
