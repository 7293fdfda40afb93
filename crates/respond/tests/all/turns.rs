//! What time, trickles and people do to actions.

use detect::DetectorId;
use domain::Window;
use respond::{ActionId, Ended, Happened, Phase, Response, Settings, State, Turn, UndoError, Verdict};

use crate::world::{at, before, is_refused, lines, only, read, refuses, said};

const WALK: DetectorId = DetectorId::SequentialIds;
/// When an automatic action half-opens.
const HALF: u64 = 900;
/// When that ends.
const END: u64 = 1200;

/// The source 192.0.2.1 is refused at endpoint 0 from [`at`]`(0)` on.
fn refused() -> (Response, ActionId) {
    let mut response = Response::new(Settings::default(), 7);
    before(&mut response, 0, 0, 0);
    let seen = read(0, "192.0.2.1", 0);
    let told = response.observe(&[said(WALK, 11, &seen)], &seen, at(0));
    assert!(told.moves());
    let id = only(&told);
    (response, id)
}

fn passes(response: &Response, secs: u64) -> bool {
    matches!(response.in_force().judge(&read(secs, "192.0.2.1", 0).facts, at(secs)), Verdict::Pass { .. })
}

#[test]
fn it_is_in_full_force_for_a_quarter_of_an_hour_then_lets_one_through_every_ten_seconds() {
    let (response, _) = refused();
    assert!((0..HALF).all(|secs| !passes(&response, secs)));
    let through: Vec<u64> = (HALF..END).filter(|secs| passes(&response, *secs)).collect();
    assert_eq!(through, (HALF..END).step_by(10).collect::<Vec<_>>());
    assert!((END..END + 60).all(|secs| passes(&response, secs)), "it is over, ticked or not");
}

#[test]
fn a_half_open_action_is_lifted_by_what_shows_nothing_and_renewed_by_what_shows_the_leak() {
    for (shown, expected) in [
        (vec![0, 0, 0, 0, 0], Some(true)),
        (vec![0, 0, 0, 0], None),
        (vec![1, 1, 1], Some(false)),
        (vec![1, 1], None),
        (vec![1, 0, 0, 0, 0, 0, 0], None),
        (vec![0, 0, 1, 0, 1, 1], Some(false)),
    ] {
        let (mut response, id) = refused();
        response.tick(at(HALF));
        let mut turned = Vec::new();
        for (secs, strangers) in (HALF..).step_by(10).zip(&shown) {
            let mut seen = read(secs, "192.0.2.1", 0);
            seen.strangers = *strangers;
            turned.extend(response.showed(&seen, at(secs)).turns);
        }
        let last = HALF + 10 * (u64::try_from(shown.len()).unwrap() - 1);
        match expected {
            Some(true) => assert_eq!(turned, [Turn::Ended(id, Ended::Lifted)], "{shown:?}"),
            Some(false) => {
                assert_eq!(turned, [Turn::Renewed(id)], "{shown:?}");
                let action = response.actions().find(id).unwrap();
                assert_eq!((action.until, action.ends), (at(last + HALF), at(last + END)), "{shown:?}");
                assert_eq!(action.renewals, 1);
                assert!((last + 1..last + HALF).all(|secs| !passes(&response, secs)));
            }
            None => assert_eq!(turned, [], "{shown:?}"),
        }
    }
}

/// A kind of traffic is refused at endpoint 0 from [`at`]`(0)` on, at which so many innocents were told of
/// a stranger in the ten minutes before.
fn refused_kind(innocents: u32) -> (Response, ActionId) {
    let mut response = Response::new(Settings::default(), 7);
    before(&mut response, 0, innocents, 0);
    let seen = read(0, "192.0.2.1", 0);
    let told = response.observe(&[crate::world::crowd(206, 50, &seen)], &seen, at(0));
    assert!(told.moves(), "it is taken");
    let id = only(&told);
    (response, id)
}

#[test]
fn a_half_open_door_that_only_innocents_visit_is_not_renewed_by_them() {
    // In ten minutes as many as before; each of them is told of a stranger, as before.
    for innocents in [1, 2, 5, 8, 20] {
        let (mut response, id) = refused_kind(innocents);
        response.tick(at(HALF));
        for n in 0..u64::from(innocents.div_ceil(2)) {
            let seen = read(HALF + 10 * n, &format!("10.1.0.{n}"), 0);
            assert!(response.showed(&seen, seen.at).turns.is_empty(), "{innocents}");
        }
        response.tick(at(END));
        assert!(response.in_force().is_empty(), "{innocents}");
        let ended = Phase::Ended { at: at(END), how: Ended::Lifted };
        assert_eq!(response.actions().find(id).unwrap().phase, ended);
    }
    // One visitor who comes again and again is one.
    let (mut response, id) = refused_kind(0);
    response.tick(at(HALF));
    for n in 0..30 {
        let seen = read(HALF + 10 * n, "10.1.0.1", 0);
        assert!(response.showed(&seen, seen.at).turns.is_empty());
    }
    // A crowd is more.
    let turned: Vec<_> = (0..3)
        .flat_map(|n| {
            let seen = read(HALF + 290 + n, &format!("203.0.113.{n}"), 0);
            response.showed(&seen, seen.at).turns
        })
        .collect();
    assert_eq!(turned, [Turn::Renewed(id)]);
}

#[test]
fn what_is_against_more_than_a_source_is_renewed_for_an_hour_and_then_a_person_must_look() {
    let (mut response, _) = refused_kind(0);
    let in_force =
        |response: &Response, secs| is_refused(response, &read(secs, "192.0.2.1", 0).facts, 1, at(secs));
    // A crowd that never ends, or honest people who are more than they were: nobody can tell.
    let mut last = 0;
    for secs in (0..6 * 3600).step_by(10) {
        response.tick(at(secs));
        if in_force(&response, secs) {
            last = secs;
        }
        let seen = read(secs, &format!("203.0.113.{}", secs / 10 % 250), 0);
        response.showed(&seen, at(secs));
    }
    assert!((3600..=4800).contains(&last), "{last}");
}

#[test]
fn what_is_renewed_or_taken_by_a_person_lasts_as_long_as_was_set() {
    let settings = Settings { action_span: Window::from_secs(20), ..Settings::default() };
    let mut response = Response::new(settings.clone(), 7);
    let seen = read(0, "192.0.2.1", 0);
    let id = only(&response.observe(&[said(WALK, 11, &seen)], &seen, at(0)));
    for n in 0..3 {
        let seen = read(20 + n, "192.0.2.1", 0);
        response.showed(&seen, seen.at);
    }
    let action = response.actions().find(id).unwrap();
    assert_eq!((action.renewals, action.until), (1, at(22 + 20)));

    let mut response = Response::new(Settings { automatic: false, ..settings }, 7);
    let id = only(&response.observe(&[said(WALK, 11, &seen)], &seen, at(0)));
    response.accept(id, "ops@example.com", at(100)).unwrap();
    assert_eq!(response.actions().find(id).unwrap().until, at(100 + 20));
}

#[test]
fn what_never_was_is_told_from_what_is_over() {
    let (mut response, id) = refused();
    response.undo(id, "ops@example.com", at(1)).unwrap();
    let error = response.undo(id, "ops@example.com", at(2)).unwrap_err();
    assert_eq!(error.to_string(), "ACT-1 is over: it is not in force and not proposed");
    let error = response.undo("ACT-99".parse().unwrap(), "ops@example.com", at(2)).unwrap_err();
    assert_eq!(error.to_string(), "there is no ACT-99, or it ended long ago and is forgotten");
}

#[test]
fn what_an_exchange_shows_in_full_force_changes_nothing() {
    let (mut response, id) = refused();
    for secs in 0..20 {
        let seen = read(secs, "192.0.2.1", 0);
        assert!(response.showed(&seen, at(secs)).turns.is_empty());
    }
    assert_eq!(response.actions().find(id).unwrap().until, at(HALF));
}

#[test]
fn a_signal_while_it_is_half_open_renews_it_and_is_no_reason_to_climb() {
    let (mut response, id) = refused();
    let seen = read(HALF + 20, "192.0.2.1", 0);
    let told = response.observe(&[said(WALK, 44, &seen)], &seen, seen.at);
    assert!(told.turns.contains(&Turn::Renewed(id)), "{told:?}");
    assert_eq!(lines(&response), ["refuse-source 192.0.2.1/32 at 0 any"]);
}

#[test]
fn time_alone_ends_it_and_the_incident_tells_the_story() {
    let (mut response, id) = refused();
    let incident = response.actions().find(id).unwrap().incident.unwrap();
    assert!(!response.tick(at(60)).is_empty());
    assert_eq!(response.incidents().find(incident).unwrap().state, State::Contained);
    assert_eq!(response.tick(at(HALF)).turns.as_slice(), [Turn::HalfOpened(id)]);
    assert!(response.tick(at(HALF + 5)).is_empty(), "told once");
    assert_eq!(response.tick(at(END)).turns.as_slice(), [Turn::Ended(id, Ended::Lifted)]);
    response.tick(at(3600));
    let incident = response.incidents().find(incident).unwrap();
    let story: Vec<_> = incident.timeline.moments().iter().map(|moment| &moment.what).collect();
    let expected = [
        Happened::Said { detector: WALK, case: "case".into() },
        Happened::Went(State::Open),
        Happened::Became(domain::Severity::High),
        Happened::Taken(id),
        Happened::Went(State::Contained),
        Happened::HalfOpened(id),
        Happened::Ended(id),
        Happened::Went(State::Closed),
    ];
    assert_eq!(story, expected.iter().collect::<Vec<_>>());
}

#[test]
fn who_undoes_an_action_is_heard_for_an_hour() {
    let (mut response, id) = refused();
    response.undo(id, "ops@example.com", at(10)).unwrap();
    assert!(response.in_force().is_empty());
    assert_eq!(response.undo(id, "ops@example.com", at(11)), Err(UndoError::Over(id)));

    let signal = |response: &mut Response, secs| {
        let seen = read(secs, "192.0.2.1", 0);
        response.observe(&[said(WALK, 20, &seen)], &seen, seen.at).acted.len()
    };
    assert_eq!(signal(&mut response, 20), 1);
    assert_eq!(lines(&response)[1], "refuse-source 192.0.2.1/32 at 0 any (proposed)");
    let proposal = response.actions().iter().last().unwrap().id;
    response.undo(proposal, "ops@example.com", at(30)).unwrap();
    assert_eq!(signal(&mut response, 40), 0, "it was turned down");
    assert_eq!(signal(&mut response, 3629), 0);
    // It is taken again, as narrowly as the forgotten time before demands.
    assert_eq!(signal(&mut response, 3630), 1, "and an hour later that is forgotten");
    assert_eq!(lines(&response).last().unwrap(), "refuse-source 192.0.2.1/32 at 0 strangers");
}

#[test]
fn a_proposal_that_is_taken_acts_as_an_automatic_action_and_one_that_is_not_lapses() {
    let proposed = || {
        let mut response = Response::new(Settings { automatic: false, ..Settings::default() }, 7);
        before(&mut response, 0, 0, 0);
        let seen = read(0, "192.0.2.1", 0);
        let told = response.observe(&[said(WALK, 11, &seen)], &seen, at(0));
        assert!(!told.moves());
        (only(&told), response)
    };
    let (id, mut response) = proposed();
    response.accept(id, "ops@example.com", at(100)).unwrap();
    assert!(is_refused(&response, &read(101, "192.0.2.1", 0).facts, 1, at(101)));
    assert!(!is_refused(&response, &crate::world::read_by(101, "192.0.2.1", 0, 3).facts, 0, at(101)));
    let action = response.actions().find(id).unwrap();
    assert_eq!(action.ends, at(100 + END));
    assert!(action.reason.starts_with("taken by ops@example.com: "), "{}", action.reason);
    assert!(response.accept(id, "ops@example.com", at(102)).is_err(), "it is taken");

    let (id, mut response) = proposed();
    let told = response.tick(at(3600));
    assert_eq!(told.turns.as_slice(), [Turn::Ended(id, Ended::Lapsed)]);
    assert!(!told.moves());
    assert!(response.accept(id, "ops@example.com", at(3601)).is_err());
}

#[test]
fn who_closes_an_incident_ends_what_was_done_about_it_by_itself() {
    let (mut response, id) = refused();
    let incident = response.actions().find(id).unwrap().incident.unwrap();
    assert!(response.note(incident, "ops@example.com", "our own test", at(5)));
    assert!(response.close(incident, "ops@example.com", at(10)));
    assert!(!response.close(incident, "ops@example.com", at(11)));
    assert!(response.in_force().is_empty());
    let known = response.incidents().find(incident).unwrap();
    assert_eq!((known.state, known.closed, known.notes.len()), (State::Closed, Some(at(10)), 1));
    let last = known.timeline.moments().last().unwrap();
    assert_eq!((last.first, &last.what), (at(10), &Happened::ClosedBy("ops@example.com".into())));
    let ended = Phase::Ended { at: at(10), how: Ended::Undone { who: "ops@example.com".into() } };
    assert_eq!(response.actions().find(id).unwrap().phase, ended);
}

#[test]
fn the_actions_of_an_incident_that_turns_out_to_be_another_are_the_others() {
    let (mut response, id) = refused();
    let second = read(5, "198.51.100.1", 0);
    let told = response.observe(&[said(WALK, 11, &second)], &second, second.at);
    let other = only(&told);
    let third = read(9, "203.0.113.9", 0);
    response.observe(&[crate::world::crowd(206, 50, &third)], &third, third.at);
    let incident_of = |id| response.actions().find(id).unwrap().incident;
    assert_eq!(incident_of(id), incident_of(other));
}

#[test]
fn an_action_is_never_longer_than_was_set_nor_than_a_quarter_of_an_hour() {
    for (set, expected) in [("1m", 60), ("15m", 900), ("3h", 900), ("1s", 10)] {
        let settings = Settings { action_span: set.parse::<Window>().unwrap(), ..Settings::default() };
        let mut response = Response::new(settings, 7);
        let seen = read(0, "192.0.2.1", 0);
        let id = only(&response.observe(&[said(WALK, 11, &seen)], &seen, at(0)));
        assert_eq!(response.actions().find(id).unwrap().until, at(expected), "{set}");
        assert!(refuses(&response.in_force().judge_answer(&seen.facts, 1, at(expected - 1))));
    }
}
