//! How sentences are meant, one by one.
#![allow(clippy::unwrap_used, reason = "tests")]

use intel::Discourse::{self, *};

fn role(sentence: &str) -> (Discourse, Option<String>) {
    let intel = intel::understand(sentence.as_bytes(), "a.txt").unwrap();
    let last = intel.statements.last().unwrap();
    (last.role, last.by.clone())
}

#[test]
fn each_way_of_speaking_is_told_from_the_others() {
    for (sentence, expected, by) in [
        ("An attacker downloaded 5,000 records.", Stated, None),
        ("The company said that names were taken.", Claimed, Some("The company")),
        ("According to the regulator, the API was open for a year.", Claimed, Some("the regulator")),
        ("The attacker reportedly downloaded 5,000 records.", Claimed, None),
        ("The attacker may have downloaded the records.", Hypothetical, None),
        ("The researcher likely found the endpoint by scanning.", Hypothetical, None),
        ("She could have downloaded the whole table.", Hypothetical, None),
        ("Passwords were not exposed.", Negated, None),
        ("There is no evidence that records were accessed.", Negated, None),
        ("No card numbers were taken.", Negated, None),
        ("Operators should require authentication on every endpoint.", Recommended, None),
        ("Enforce object-level authorization.", Recommended, None),
        ("A firewall rule could have blocked the requests.", Recommended, None),
        ("Rate limiting is crucial for detecting such abuse.", Recommended, None),
        ("The leaked addresses could be used for phishing.", Consequence, None),
        ("Customers face a higher risk of identity theft.", Consequence, None),
        ("Jo is a reporter with over 10 years of experience.", Boilerplate, None),
        ("Subscribe to our newsletter.", Boilerplate, None),
        ("In May 2031 an attacker downloaded 5,000 records.", Stated, None),
        ("The API failed to check whether the caller owned the order.", Stated, None),
        ("He found that he could view the orders of other customers.", Stated, None),
    ] {
        assert_eq!(role(sentence), (expected, by.map(str::to_owned)), "{sentence}");
    }
}

#[test]
fn what_was_not_asked_does_not_deny_what_was_taken() {
    let report = "An attacker used an API that did not require authentication and downloaded 5,000 records.";
    let intel = intel::understand(report.as_bytes(), "a.txt").unwrap();
    assert_eq!(intel.numbers.first().map(|number| number.role), Some(intel::NumberRole::Accessed));
}

#[test]
fn what_is_advised_feared_denied_or_about_the_page_is_no_fact() {
    for sentence in [
        "Defenders should alert when a script enumerates customer ids and downloads records without authentication.",
        "The data could be used for phishing by an attacker who scrapes records.",
        "No attacker downloaded records.",
        "Our platform has mapped every technique such as T1190 and extracted all indicators.",
    ] {
        let intel = intel::understand(sentence.as_bytes(), "a.txt").unwrap();
        assert!(!intel.is_incident, "{sentence}");
        assert!(intel.techniques.iter().all(|claim| !claim.status.is_asserted()), "{sentence}");
        assert!(intel.owasp.iter().all(|claim| !claim.status.is_asserted()), "{sentence}");
        assert!(intel.numbers.is_empty(), "{sentence}");
    }
}
