//! What people do by hand.

use domain::Window;
use respond::{
    ActError, ActionId, By, ByHand, Callers, Ended, Party, Response, Rung, Settings, Target, Turn, What,
};

use crate::world::{at, before, digest, door, is_refused, read, read_by};

fn asked(rung: Rung, target: Target) -> ByHand {
    ByHand {
        rung,
        target,
        named: None,
        span: Window::from_secs(600),
        who: "ops@example.com".into(),
        reason: "a hunch".into(),
        incident: None,
    }
}

fn response() -> Response {
    let mut response = Response::new(Settings::default(), 7);
    before(&mut response, 0, 2, 3);
    response
}

const QUARANTINE: fn() -> ByHand = || asked(Rung::Quarantine, Target::Endpoint(door(0)));

#[test]
fn a_quarantine_by_hand_closes_for_everybody_and_says_whom_it_hits() {
    let mut response = response();
    response.saw(&respond::Seen { strangers: 0, ..read_by(0, "192.0.2.4", 0, 1) });
    assert_eq!(response.predict(&QUARANTINE(), at(1)).people, 6, "who came lately, own records or not");
    let id = response.act(QUARANTINE(), at(1)).unwrap();
    let own = read_by(2, "192.0.2.4", 0, 1).facts;
    assert!(is_refused(&response, &own, 0, at(2)), "a person decided it, with the innocents before them");
    assert!(!is_refused(&response, &read(2, "192.0.2.4", 1).facts, 1, at(2)));
    let action = response.actions().find(id).unwrap();
    assert_eq!(action.innocents.people, 6);
    assert_eq!(action.by, By::Hand { who: "ops@example.com".into() });
    assert_eq!((action.taken, action.until, action.ends), (at(1), at(601), at(601)));
    assert_eq!(action.reason, "a hunch");
}

#[test]
fn it_ends_when_it_was_said_to_end_and_is_not_half_open() {
    let mut response = response();
    let id = response.act(QUARANTINE(), at(0)).unwrap();
    let anybody = read(0, "203.0.113.1", 0).facts;
    assert!(is_refused(&response, &anybody, 0, at(599)) && !is_refused(&response, &anybody, 1, at(600)));
    assert_eq!(response.tick(at(600)).turns.as_slice(), [Turn::Ended(id, Ended::Expired)]);
}

#[test]
fn what_cannot_be_meant_is_not_done() {
    let mut response = response();
    let taken = response.act(QUARANTINE(), at(0)).unwrap();
    let network = Party::Network("192.0.2.0/24".parse().unwrap());
    let span = |secs| ByHand { span: Window::from_secs(secs), ..asked(Rung::Isolate, Target::Upstream(1)) };
    let most = Window::DAY;
    let source = Target::Source { party: network, door: None, what: What::Any };
    for (asked, expected) in [
        (ByHand { reason: "  ".into(), ..QUARANTINE() }, ActError::Nameless),
        (ByHand { who: String::new(), ..asked(Rung::Isolate, Target::Upstream(1)) }, ActError::Nameless),
        (span(0), ActError::Span { span: Window::from_secs(0), most }),
        (span(86_401), ActError::Span { span: Window::from_secs(86_401), most }),
        (asked(Rung::Quarantine, source), ActError::Mismatch { rung: Rung::Quarantine }),
        (
            asked(Rung::RefuseSource, Target::Endpoint(door(0))),
            ActError::Mismatch { rung: Rung::RefuseSource },
        ),
        (asked(Rung::Slow, Target::Upstream(1)), ActError::Mismatch { rung: Rung::Slow }),
        (QUARANTINE(), ActError::Same(taken)),
    ] {
        assert_eq!(response.act(asked.clone(), at(1)), Err(expected), "{asked:?}");
    }
    let mut texts = vec![
        ActError::Nameless,
        ActError::Full,
        ActError::Same(taken),
        ActError::Mismatch { rung: Rung::Slow },
    ];
    texts.push(ActError::Span { span: Window::from_secs(0), most });
    for text in texts.iter().map(ToString::to_string) {
        assert!(!text.ends_with('.') && !text.contains("::"), "{text}");
    }
}

#[test]
fn networks_of_any_length_can_be_refused_by_hand() {
    for (network, inside, outside) in [
        ("192.0.0.0/16", "192.0.99.1", "192.1.0.1"),
        ("192.0.2.0/24", "192.0.2.99", "192.0.3.1"),
        ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
        ("2001:db8:1:2::/64", "2001:db8:1:2::9", "2001:db8:1:3::9"),
        ("192.0.2.7/32", "192.0.2.7", "192.0.2.8"),
        ("0.0.0.0/0", "203.0.113.1", "2001:db8::1"),
    ] {
        let mut response = response();
        let party = Party::Network(network.parse().unwrap());
        let target = Target::Source { party, door: None, what: What::Any };
        response.act(asked(Rung::RefuseSource, target), at(0)).unwrap();
        let refused = |client| is_refused(&response, &read(1, client, 1).facts, 0, at(1));
        assert!(refused(inside) && !refused(outside), "{network}");
    }
}

#[test]
fn by_hand_each_step_does_what_it_says() {
    let kind = |what| Target::Kind { door: door(0), callers: Callers::Unidentified, what };
    let principal = Target::Source { party: Party::Principal(digest(4)), door: None, what: What::Any };
    for (rung, target, refused) in [
        (Rung::RefuseKind, kind(What::Any), [true, false, false]),
        (Rung::RefuseKind, kind(What::Strangers), [false, false, false]),
        (Rung::RefuseSource, principal, [false, true, false]),
        (Rung::Isolate, Target::Upstream(0), [true, true, true]),
        (Rung::Isolate, Target::Upstream(9), [false, false, false]),
    ] {
        let mut response = response();
        response.act(asked(rung, target), at(0)).unwrap();
        let all = [read(1, "192.0.2.1", 0), read_by(1, "192.0.2.1", 0, 4), read_by(1, "192.0.2.1", 3, 5)];
        let found = all.map(|seen| is_refused(&response, &seen.facts, 0, at(1)));
        assert_eq!(found, refused, "{target:?}");
    }
}

#[test]
fn by_hand_whom_a_network_holds_is_counted_before() {
    let mut response = response();
    for n in 1..=9 {
        response.saw(&respond::Seen { at: at(0), ..read(0, &format!("198.51.100.{n}"), 0) });
    }
    let network = |text: &str| {
        let party = Party::Network(text.parse().unwrap());
        asked(Rung::RefuseSource, Target::Source { party, door: None, what: What::Any })
    };
    for (text, people) in [("198.51.100.0/24", 9), ("0.0.0.0/0", 9 + 5), ("198.51.100.1/32", 0)] {
        assert_eq!(response.predict(&network(text), at(20)).people, people, "{text}");
    }
}

#[test]
fn a_kind_of_traffic_is_slowed_by_hand_and_nobody_else() {
    for (callers, slowed) in
        [(Callers::Unidentified, [true, false, false]), (Callers::Anyone, [true, true, false])]
    {
        let mut response = response();
        let target = Target::Kind { door: door(0), callers, what: What::Any };
        response.act(asked(Rung::Slow, target), at(0)).unwrap();
        let all = [read(1, "192.0.2.1", 0), read_by(1, "192.0.2.1", 0, 4), read(1, "192.0.2.1", 3)];
        let found = all.map(|seen| {
            matches!(response.in_force().judge(&seen.facts, at(1)), respond::Verdict::Slow { .. })
        });
        assert_eq!(found, slowed, "{callers:?}");
    }
    let strangers = Target::Kind { door: door(0), callers: Callers::Anyone, what: What::Strangers };
    let slow = asked(Rung::Slow, strangers);
    assert_eq!(response().act(slow, at(0)), Err(ActError::Mismatch { rung: Rung::Slow }), "after the answer");
}

#[test]
fn what_people_write_is_one_bounded_line() {
    let mut response = response();
    let long = format!("first\nsecond{}", "x".repeat(900));
    let id = response.act(ByHand { reason: long.clone(), who: long, ..QUARANTINE() }, at(0)).unwrap();
    let action = response.actions().find(id).unwrap();
    assert_eq!(action.reason.chars().count(), 200);
    assert!(action.reason.starts_with("first second"));
}

#[test]
fn an_action_reads_back_what_it_prints() {
    let mut response = response();
    let id = response.act(QUARANTINE(), at(0)).unwrap();
    assert_eq!(id.to_string(), "ACT-1");
    assert_eq!("ACT-1".parse::<ActionId>(), Ok(id));
    for text in ["", "ACT-", "ACT-x", "act-1", "ACT-+1", "ACT-99999999999999999999999"] {
        assert!(text.parse::<ActionId>().is_err(), "{text}");
    }
}
