//! The table that is asked for every exchange, held against a slow obvious reading of the same actions.

use std::collections::BTreeMap;

use detect::CallerKind;
use domain::Timestamp;
use proptest::prelude::*;
use respond::{
    Action, ActionId, By, Callers, Facts, Measure, Party, Phase, Response, Settings, Target, Verdict, What,
};

use crate::properties::{Step, play, steps};
use crate::world::{at, digest, door, ip};

/// A verdict without what cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Pass { trickled: bool },
    Slow { millis: u64, trickled: bool },
    Refuse { status: u16, secs: u64 },
}

fn told(verdict: &Verdict) -> Told {
    match verdict {
        Verdict::Pass { trickled } => Told::Pass { trickled: *trickled },
        Verdict::Slow { delay, trickled, .. } => Told::Slow { millis: delay.millis(), trickled: *trickled },
        Verdict::Refuse { status, retry_after, .. } => {
            Told::Refuse { status: *status, secs: retry_after.secs_ceil() }
        }
    }
}

/// Ten-second spans in which an action let somebody through.
type Spent = BTreeMap<ActionId, u64>;

fn is_about(action: &Action, facts: &Facts) -> bool {
    let known = facts.caller.is_principal();
    let by_party = |party: Party| match party {
        Party::Principal(who) => known && facts.identity == Some(who),
        Party::Network(network) => network.contains(facts.client),
    };
    let by_what = |what| match what {
        What::Any | What::Strangers => true,
        What::FromPage(from) => facts.page >= Some(from),
    };
    match action.target {
        Target::Source { party, door, what } => {
            by_party(party) && (door.is_none() || door == Some(facts.door)) && by_what(what)
        }
        Target::Kind { door, callers, what } => {
            let by_caller = match callers {
                Callers::Anyone => true,
                Callers::Unnamed => !facts.works,
                Callers::Unidentified => !known,
            };
            door == facts.door && by_caller && by_what(what)
        }
        Target::Endpoint(door) => door == facts.door,
        Target::Upstream(upstream) => upstream == facts.upstream,
    }
}

/// Every action, one after the other, by the words of the manual.
fn obvious(
    response: &Response,
    spent: &mut Spent,
    facts: &Facts,
    strangers: Option<u32>,
    now: Timestamp,
) -> Told {
    let known = facts.caller.is_principal();
    let (mut full, mut trickles, mut slow) = (Vec::new(), Vec::new(), None::<u64>);
    for action in response.actions().iter() {
        if action.phase != Phase::InForce || now >= action.ends || !is_about(action, facts) {
            continue;
        }
        let automatic = action.by == By::Rule;
        if let Measure::Slow { delay_millis, .. } = action.measure {
            let is_own = matches!(action.target, Target::Source { party: Party::Principal(_), .. });
            if strangers.is_none() && (!automatic || !known || is_own) {
                slow = slow.max(Some(u64::from(delay_millis)));
            }
            continue;
        }
        let of_strangers = matches!(
            action.target,
            Target::Source { what: What::Strangers, .. } | Target::Kind { what: What::Strangers, .. }
        );
        let waits_for_answer = of_strangers || automatic && known;
        let is_now = match strangers {
            None => !waits_for_answer,
            Some(strangers) => waits_for_answer && strangers > 0,
        };
        if !is_now {
            continue;
        }
        let status = if action.measure == Measure::Close { 503 } else { 429 };
        if now < action.until {
            full.push((action.until, status));
        } else {
            trickles.push((action.id, status));
        }
    }
    if let Some((until, status)) = full.into_iter().max() {
        let millis = until.millis() - now.millis();
        return Told::Refuse { status, secs: millis.div_ceil(1000).max(1) };
    }
    let span = now.millis() / 10_000;
    let stopped = trickles.iter().filter(|(id, _)| spent.insert(*id, span) == Some(span));
    if let Some(status) = stopped.map(|(_, status)| *status).max() {
        return Told::Refuse { status, secs: 10 };
    }
    let trickled = !trickles.is_empty();
    slow.map_or(Told::Pass { trickled }, |millis| Told::Slow { millis, trickled })
}

fn facts() -> impl Strategy<Value = (u64, Facts, u32)> {
    let caller = prop::sample::select(vec![
        CallerKind::Anonymous,
        CallerKind::Unverified,
        CallerKind::Confirmed,
        CallerKind::Verified,
        CallerKind::Partner,
    ]);
    let client = prop::sample::select(crate::properties::CLIENTS.to_vec());
    let one = (0u64..400_000, client, caller, 0u64..4, 0usize..4, 0u64..3);
    (one, prop::option::of(0u64..6), 0u32..3).prop_map(
        |((millis, client, caller, who, nth, upstream), page, strangers)| {
            let facts = Facts {
                client: ip(client),
                caller,
                identity: (caller != CallerKind::Anonymous).then(|| digest(who)),
                works: caller == CallerKind::Partner,
                door: door(nth),
                upstream,
                page,
            };
            (millis, facts, strangers)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn the_table_says_what_every_action_in_turn_says(
        list in steps(24),
        asked in prop::collection::vec(facts(), 1..40),
        begins in 0u64..1500,
    ) {
        let mut response = Response::new(Settings::default(), 7);
        let last = list.iter().map(Step::secs).max().unwrap_or(0);
        list.iter().for_each(|step| play(&mut response, step));
        let (in_force, mut spent) = (response.in_force(), Spent::new());
        let mut now = at(last + begins).millis();
        for (millis, facts, strangers) in asked {
            now += millis / 20;
            let now = Timestamp::from_millis(now);
            let fast = told(&in_force.judge(&facts, now));
            prop_assert_eq!(fast, obvious(&response, &mut spent, &facts, None, now), "{:?}", facts);
            let fast = told(&in_force.judge_answer(&facts, strangers, now));
            let slow = obvious(&response, &mut spent, &facts, Some(strangers), now);
            prop_assert_eq!(fast, slow, "{:?} {}", facts, strangers);
        }
    }
}
