//! What survives a restart.

use detect::DetectorId;
use domain::Window;
use respond::{ByHand, Kept, Phase, Response, RestoreError, Rung, Settings, Target, VERSION};

use crate::world::{at, before, crowd, door, is_refused, lines, read, read_by, said};

const WALK: DetectorId = DetectorId::SequentialIds;

/// A source is refused, a kind is proposed, an endpoint is closed by hand.
fn busy() -> Response {
    let mut response = Response::new(Settings::default(), 7);
    before(&mut response, 1, 40, 0);
    let seen = read(0, "192.0.2.1", 0);
    response.observe(&[said(WALK, 11, &seen)], &seen, at(0));
    let swept = read(5, "198.51.100.1", 1);
    response.observe(&[crowd(206, 50, &swept)], &swept, at(5));
    let by_hand = ByHand {
        rung: Rung::Quarantine,
        target: Target::Endpoint(door(2)),
        named: None,
        span: Window::HOUR,
        who: "ops@example.com".into(),
        reason: "a hunch".into(),
        incident: None,
    };
    response.act(by_hand, at(10)).unwrap();
    response
}

/// As a store would: to text and back.
fn through_text(kept: &Kept) -> Kept {
    serde_json::from_str(&serde_json::to_string(kept).unwrap()).unwrap()
}

fn restored(response: &Response, secs: u64) -> Response {
    Response::restore(Settings::default(), 9, through_text(&response.kept()), at(secs)).unwrap()
}

#[test]
fn everything_is_in_force_again_after_a_restart() {
    let before = busy();
    let after = restored(&before, 60);
    assert_eq!(after.kept(), before.kept());
    assert_eq!(lines(&after).len(), 3);
    for (nth, client) in [(0, "192.0.2.1"), (0, "192.0.2.2"), (1, "203.0.113.1"), (2, "203.0.113.1")] {
        let facts = read(60, client, nth).facts;
        let refused = [&before, &after].map(|response| is_refused(response, &facts, 1, at(60)));
        assert_eq!(refused[0], refused[1], "{nth} {client}");
    }
}

#[test]
fn an_incident_goes_on_growing_after_a_restart() {
    let mut after = restored(&busy(), 60);
    let first = after.incidents().iter().next().unwrap().id;
    let seen = read(61, "192.0.2.9", 3);
    after.observe(&[said(WALK, 12, &seen)], &seen, at(61));
    assert_eq!(after.incidents().find(first).unwrap().signals, 2);
    let action = after.actions().iter().last().unwrap();
    assert_eq!(action.id.to_string(), "ACT-4", "no number is given twice");
}

#[test]
fn nothing_past_its_expiry_comes_back() {
    for (secs, expected) in [(899, 2), (1199, 2), (1200, 1), (3609, 1), (3610, 0), (1_000_000, 0)] {
        let after = restored(&busy(), secs);
        assert_eq!(after.in_force().len(), expected, "{secs}");
        let over = after.actions().iter().filter(|action| matches!(action.phase, Phase::Ended { .. }));
        let proposals = usize::from(secs >= 3605);
        assert_eq!(over.count(), 2 - expected + proposals, "{secs}");
    }
}

#[test]
fn a_clock_that_was_wrong_keeps_nobody_out_for_long() {
    let mut kept = busy().kept();
    for action in &mut kept.actions {
        action.taken = at(400_000_000);
        action.until = at(400_000_900);
        action.ends = at(400_001_200);
    }
    let after = Response::restore(Settings::default(), 9, kept, at(60)).unwrap();
    for action in after.actions().iter() {
        let most = if action.by.is_automatic() { 3600 + 300 } else { 86_400 };
        assert!(action.until <= action.ends && action.ends <= at(60 + most), "{action:?}");
        if action.phase == Phase::InForce && action.by.is_automatic() {
            assert_eq!((action.until, action.ends), (at(960), at(1260)));
        }
    }
}

#[test]
fn an_end_before_its_expiry_is_the_end() {
    let mut kept = busy().kept();
    kept.actions.iter_mut().for_each(|action| (action.until, action.ends) = (at(900), at(30)));
    let after = Response::restore(Settings::default(), 9, kept, at(20)).unwrap();
    assert!(after.actions().iter().all(|action| action.until <= action.ends && action.ends == at(30)));
}

#[test]
fn what_another_version_wrote_is_not_guessed_at() {
    let mut kept = busy().kept();
    assert_eq!(kept.version, VERSION);
    kept.version = 99;
    let refused = Response::restore(Settings::default(), 9, kept, at(60)).unwrap_err();
    assert_eq!(refused, RestoreError::Version { found: 99 });
    assert_eq!(refused.to_string(), "incidents were kept in version 99, and this program reads 1");
}

#[test]
fn what_was_kept_twice_or_too_often_is_taken_once_and_bounded() {
    let mut kept = busy().kept();
    let (actions, incidents) = (kept.actions.clone(), kept.incidents.clone());
    for n in 0..500u64 {
        kept.actions.extend(actions.iter().cloned().map(|mut action| {
            action.id = format!("ACT-{}", 100 + n * 3).parse().unwrap();
            action
        }));
    }
    kept.incidents.extend(incidents);
    let after = Response::restore(Settings::default(), 9, kept, at(60)).unwrap();
    assert_eq!((after.actions().iter().count(), after.incidents().iter().count()), (3, 2));
}

#[test]
fn own_records_pass_after_a_restart_too() {
    let mut response = busy();
    let id = response.actions().iter().find(|action| action.phase == Phase::Proposed).unwrap().id;
    response.accept(id, "ops@example.com", at(20)).unwrap();
    let after = restored(&response, 60);
    for nth in [0, 1] {
        assert!(!is_refused(&after, &read_by(60, "192.0.2.1", nth, 4).facts, 0, at(60)));
    }
}

#[test]
fn a_clock_that_was_ahead_does_not_renew_for_ever() {
    let mut response = Response::new(Settings::default(), 7);
    let seen = read(0, "192.0.2.1", 0);
    response.observe(&[said(WALK, 11, &seen)], &seen, at(0));
    let mut kept = response.kept();
    kept.actions[0].taken = at(400_000_000);
    let mut after = Response::restore(Settings::default(), 9, through_text(&kept), at(60)).unwrap();
    // The walk goes on: each time the action half-opens, a signal renews it.
    let renewed = |secs: &u64| {
        let seen = read(*secs, "192.0.2.1", 0);
        let told = after.observe(&[said(WALK, 11, &seen)], &seen, at(*secs));
        told.turns.iter().any(|turn| matches!(turn, respond::Turn::Renewed(_)))
    };
    let last = (960..3 * 86_400).step_by(960).take_while(renewed).last().unwrap();
    assert!(last <= 60 + 86_400, "renewed for {last} seconds");
}
