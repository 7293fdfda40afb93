//! What is proposed from which traffic, and that an attack is none.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tests"
)]

use std::sync::Arc;

use domain::{
    Audience, ClassSet, DataClass, DetectorId, Exchange, ExchangeId, Outcome, OwnerSeen, RefusalKind,
    Severity, SignalMark, SubjectDigest, Timestamp,
};
use learn::{Evidence, Proposal, Replay, Suspects, propose};
use policy::budget::Settings;

/// A log under construction.
#[derive(Default)]
struct Log(Vec<Exchange>);

const NOON: u64 = 1_795_000_000_000 / 86_400_000 * 86_400_000 + 43_200_000;

fn digest(number: u64) -> SubjectDigest {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    SubjectDigest::new((u128::from(mixed) << 64 | u128::from(number)).to_be_bytes())
}

impl Log {
    /// An anonymous answer that tells of nobody.
    fn ask(&mut self, endpoint: &str, second: u64) -> &mut Exchange {
        let mut exchange = report::exchange::parse(&report::exchange::EXAMPLE.replace('\n', "")).unwrap();
        let nth = self.0.len() as u64;
        exchange.id = ExchangeId::new(u128::from(nth) + 1);
        exchange.order = nth;
        exchange.at = Timestamp::from_millis(NOON + second * 1000);
        exchange.endpoint = endpoint.parse().unwrap();
        exchange.status = 200;
        exchange.outcome = Outcome::Served;
        (exchange.records, exchange.disclosed, exchange.new_subjects) = (0, 0, 0);
        exchange.classes = ClassSet::EMPTY;
        (exchange.page, exchange.failed_path) = (None, None);
        self.0.push(exchange);
        self.0.last_mut().unwrap()
    }

    fn visit(&mut self, endpoint: &str, second: u64, home: u8) -> &mut Exchange {
        let exchange = self.ask(endpoint, second);
        exchange.client = [192, 0, 2, home].into();
        exchange
    }

    fn staff(
        &mut self,
        endpoint: &str,
        second: u64,
        who: u64,
        people: std::ops::Range<u64>,
    ) -> &mut Exchange {
        let exchange = self.ask(endpoint, second);
        (exchange.caller, exchange.principal) = ("verified".into(), Some(digest(who)));
        exchange.roles = std::iter::once(Arc::from("staff")).collect();
        told(exchange, people);
        exchange
    }

    fn partner(&mut self, endpoint: &str, second: u64, name: &str, people: std::ops::Range<u64>) {
        let exchange = self.ask(endpoint, second);
        (exchange.caller, exchange.principal) = ("partner".into(), Some(digest(name.len() as u64)));
        exchange.partner = Some(name.into());
        told(exchange, people);
    }

    /// A customer with a verified token reads an order of `owner`.
    fn customer(&mut self, endpoint: &str, second: u64, who: u64, owner: u64) -> &mut Exchange {
        let exchange = self.ask(endpoint, second);
        (exchange.caller, exchange.principal) = ("verified".into(), Some(digest(who)));
        told(exchange, owner..owner + 1);
        if who == owner {
            let (field, claim) = ("$.customer_id".into(), "sub".into());
            exchange.owned.push(OwnerSeen { field, claim, equal: 1, of: 1 });
        }
        exchange
    }

    fn proposal(&self) -> (Proposal, Replay, Suspects) {
        let (mut suspects, mut evidence) = (Suspects::default(), Evidence::default());
        self.0.iter().for_each(|exchange| suspects.take(exchange));
        self.0.iter().for_each(|exchange| evidence.take(exchange, &suspects));
        let proposal = propose(&evidence, &suspects, &Settings::default());
        let mut replay = Replay::new(&proposal, &Settings::default());
        self.0.iter().for_each(|exchange| replay.take(exchange, &suspects));
        (proposal, replay, suspects)
    }

    /// The proposal in a few words.
    fn words(&self) -> Vec<String> {
        let (proposal, replay, _) = self.proposal();
        let roles = proposal.roles.iter().map(|role| {
            let refused = replay.of_role(&role.role);
            format!("{} {}/h {}/d refused {}", role.role, role.per_hour, role.per_day, refused.learned)
        });
        let doors = proposal.doors.iter().map(|door| {
            let audience = match &door.intent.audience {
                Audience::Public(_) => "public".to_owned(),
                Audience::Authenticated => "authenticated".to_owned(),
                Audience::Partner(names) => format!("partner {}", names.join(",")),
                Audience::Internal(_) => "internal".to_owned(),
            };
            let owner = door.intent.owner.as_ref().map_or(String::new(), |owner| format!(" owner {owner}"));
            let roles = if door.intent.roles.is_empty() {
                String::new()
            } else {
                format!(" roles {}", door.intent.roles.join(","))
            };
            let budget: Vec<String> = door
                .intent
                .budget
                .iter()
                .map(|budget| format!(" {}/{}", budget.subjects, budget.per))
                .collect();
            let refused = replay.at(&door.endpoint);
            format!(
                "{}: {audience}{owner}{roles}{} refused {}+{}",
                door.endpoint,
                budget.concat(),
                refused.learned,
                refused.aside
            )
        });
        let undecided = proposal.undecided.iter().map(|undecided| format!("{}: decide", undecided.endpoint));
        roles.chain(doors).chain(undecided).collect()
    }
}

fn told(exchange: &mut Exchange, people: std::ops::Range<u64>) {
    let many = u32::try_from(people.end - people.start).unwrap();
    (exchange.records, exchange.disclosed, exchange.new_subjects) = (many, many, many);
    exchange.strangers = many;
    exchange.subjects = people.take(256).map(digest).collect();
    exchange.classes = [DataClass::Email].into_iter().collect();
}

fn signal(exchange: &mut Exchange, detector: DetectorId) {
    exchange.signals.push(SignalMark { detector, severity: Severity::High, group: 1 });
}

#[test]
fn a_door_that_told_many_visitors_of_nobody_is_proposed_public_for_somebody_to_answer_for() {
    let mut log = Log::default();
    for nth in 0..30 {
        log.visit("GET /catalogue", nth, nth as u8 % 6);
    }
    assert_eq!(log.words(), ["GET /catalogue: public refused 0+0"]);
    let (proposal, ..) = log.proposal();
    let Audience::Public(public) = &proposal.doors[0].intent.audience else { panic!("public expected") };
    assert!(public.owner.starts_with("nobody yet") && public.reason.contains("30 answers to 6 callers"));
    let days = public.expires.millis_since(proposal.until) / 86_400_000;
    assert_eq!(days, 90);
}

#[test]
fn too_little_or_too_few_is_for_a_person_to_decide() {
    for (answers, homes) in [(19, 6), (40, 4)] {
        let mut log = Log::default();
        for nth in 0..answers {
            log.visit("GET /catalogue", nth, (nth % homes) as u8);
        }
        assert_eq!(log.words(), ["GET /catalogue: decide"], "{answers} answers to {homes}");
    }
}

#[test]
fn a_door_whose_words_are_hidden_or_that_begins_with_a_parameter_is_never_proposed() {
    let doors =
        ["GET /{word}", "GET /{word}/orders", "GET /users/{word}/{word2}", "GET /{slug}", "GET /{id}/bills"];
    let mut log = Log::default();
    for (nth, who) in (0..doors.len()).flat_map(|nth| (1..40).map(move |who| (nth, who))) {
        log.customer(doors[nth], who * 60, who, who);
    }
    for who in 1..40 {
        log.customer("GET /orders/{id}", who * 60, who, who);
    }
    let words = log.words();
    assert_eq!(words.iter().filter(|line| line.ends_with(": decide")).count(), doors.len(), "{words:?}");
    assert_eq!(words.len(), doors.len() + 1, "{words:?}");
}

#[test]
fn the_incident_is_never_proposed_as_normal() {
    // Five batches to somebody without a name: with and without a detector that says so.
    for detector in
        [None, Some(DetectorId::PageWalk), Some(DetectorId::AnonymousData), Some(DetectorId::Volume)]
    {
        let mut log = Log::default();
        for nth in 0..30 {
            let exchange = log.visit("POST /api/customers", nth, 7);
            told(exchange, nth * 10..nth * 10 + 10);
            if let Some(detector) = detector.filter(|_| nth == 4) {
                signal(exchange, detector);
            }
        }
        assert_eq!(log.words(), ["POST /api/customers: decide"], "{detector:?}");
    }
}

#[test]
fn who_met_the_end_of_a_budget_is_set_aside_with_all_it_did_before() {
    let mut log = Log::default();
    for nth in 0..60 {
        log.visit("GET /catalogue", nth, nth as u8 % 3);
    }
    assert_eq!(log.words(), ["GET /catalogue: decide"], "three callers are too few");
    for nth in 0..3 {
        log.visit("GET /catalogue", 100 + nth, 10 + nth as u8);
    }
    assert_eq!(log.words(), ["GET /catalogue: public refused 0+0"]);
    let exchange = log.visit("GET /people/{id}", 200, 10);
    exchange.outcome = Outcome::WouldRefuse(RefusalKind::BudgetSpent);
    told(exchange, 0..1);
    let (proposal, ..) = log.proposal();
    assert_eq!(proposal.aside, 2, "the answer of the catalogue too");
}

#[test]
fn staff_who_read_many_get_twice_their_busiest_hour_and_day_though_detectors_spoke() {
    let mut log = Log::default();
    for who in 0..3 {
        for page in 0..4 {
            let first = who * 1000 + page * 25;
            let exchange = log.staff("GET /staff/customers", page * 60, 900 + who, first..first + 25);
            signal(exchange, DetectorId::PageWalk);
        }
    }
    assert_eq!(
        log.words(),
        ["staff 200/h 200/d refused 0", "GET /staff/customers: authenticated roles staff refused 0+0"]
    );
}

#[test]
fn who_reads_the_same_people_again_needs_no_more_and_who_reads_little_needs_no_role_budget() {
    let mut log = Log::default();
    for round in 0..50 {
        log.staff("GET /staff/customers", round * 60, 901, 0..25);
    }
    assert_eq!(log.words(), ["GET /staff/customers: authenticated roles staff refused 0+0"]);
}

#[test]
fn a_stolen_staff_token_is_left_out_and_would_have_been_refused() {
    let mut log = Log::default();
    for who in 0..6 {
        for page in 0..4 {
            let first = who * 1000 + page * 25;
            signal(
                log.staff("GET /staff/customers", page, 900 + who, first..first + 25),
                DetectorId::PageWalk,
            );
        }
    }
    for page in 0..100 {
        let first = 100_000 + page * 25;
        let exchange = log.staff("GET /staff/customers", 10 + page, 999, first..first + 25);
        signal(exchange, DetectorId::PageWalk);
        let first = 200_000 + page;
        log.staff("GET /vault/{id}", 10 + page, 999, first..first + 1);
    }
    let (proposal, replay, _) = log.proposal();
    let role = &proposal.roles[0];
    assert_eq!((role.per_hour, role.per_day, role.unlike), (200, 200, 1));
    // Eight pages fit, ninety-two do not.
    assert!(replay.of_role("staff").learned >= 92);
    let vault = proposal.doors.iter().find(|door| door.endpoint.to_string().contains("vault")).unwrap();
    assert!(vault.intent.roles.is_empty(), "what only the thief read is no work of staff");
}

#[test]
fn a_role_that_everybody_has_explains_no_signal() {
    let mut log = Log::default();
    for who in 0..20 {
        let exchange = log.staff("GET /orders/{id}", who, who, who..who + 1);
        exchange.roles = std::iter::once(Arc::from("customer")).collect();
    }
    for nth in 0..200 {
        let exchange = log.staff("GET /orders/{id}", 100 + nth, 777, 1000 + nth..1001 + nth);
        exchange.roles = std::iter::once(Arc::from("customer")).collect();
        if nth == 30 {
            signal(exchange, DetectorId::SequentialIds);
        }
    }
    let (proposal, _, suspects) = log.proposal();
    assert_eq!(proposal.aside, 200);
    assert_eq!(suspects.signalled("customer"), (1, 21));
    assert!(proposal.roles.is_empty());
}

#[test]
fn a_named_caller_who_guesses_or_meets_a_canary_is_set_aside() {
    for detector in [DetectorId::MissStorm, DetectorId::Canary, DetectorId::SurfaceScan, DetectorId::Foreign]
    {
        let mut log = Log::default();
        signal(log.staff("GET /staff/customers", 0, 901, 0..100), detector);
        let (proposal, ..) = log.proposal();
        assert_eq!((proposal.aside, proposal.roles.len()), (1, 0), "{detector}");
    }
}

#[test]
fn a_partner_that_was_set_aside_is_named_beside_the_door_that_it_may_not_use() {
    let mut log = Log::default();
    log.partner("GET /partner/shipments", 0, "courier", 0..100);
    log.partner("GET /partner/shipments", 1, "lockers-2", 0..100);
    signal(log.0.last_mut().unwrap(), DetectorId::Canary);
    assert_eq!(log.words(), ["GET /partner/shipments: partner courier 200/1h 200/24h refused 0+1"]);
    let aside = &log.proposal().0.doors[0].seen.aside_names;
    assert_eq!(aside.iter().map(|name| &**name).collect::<Vec<_>>(), ["lockers-2"]);
}

#[test]
fn a_partner_s_batch_gets_its_own_budget_never_above_the_cap() {
    let mut log = Log::default();
    for page in 0..20 {
        log.partner("GET /partner/shipments", page, "courier", page * 100..page * 100 + 100);
    }
    assert_eq!(log.words(), ["GET /partner/shipments: partner courier 4000/1h 4000/24h refused 0+0"]);
    for page in 20..90 {
        log.partner("GET /partner/shipments", page, "courier", page * 100..page * 100 + 100);
    }
    // 9,000 were read: the cap allows 5,000 an hour, and says what it would have refused.
    assert_eq!(log.words(), ["GET /partner/shipments: partner courier 5000/1h 10000/24h refused 40+0"]);
    assert!(log.proposal().0.doors[0].is_capped);
}

#[test]
fn more_people_than_the_log_names_count_all_the_same() {
    let mut log = Log::default();
    log.partner("GET /partner/all", 0, "courier", 0..1000);
    assert_eq!(log.words(), ["GET /partner/all: partner courier 2000/1h 2000/24h refused 0+0"]);
}

#[test]
fn an_owner_is_proposed_where_the_rule_held_for_nine_in_ten_callers() {
    let mut log = Log::default();
    for who in 0..10 {
        log.customer("GET /orders/{id}", who, who, who);
    }
    assert_eq!(log.words(), ["GET /orders/{id}: authenticated owner $.customer_id = claim.sub refused 0+0"]);
    // One in eleven reads somebody else's: the rule stands, and would have refused it.
    log.customer("GET /orders/{id}", 100, 50, 3);
    assert_eq!(log.words(), ["GET /orders/{id}: authenticated owner $.customer_id = claim.sub refused 1+0"]);
    for who in 60..70 {
        log.customer("GET /orders/{id}", 200, who, 3);
    }
    assert_eq!(log.words(), ["GET /orders/{id}: authenticated refused 0+0"]);
}

#[test]
fn a_sweep_at_a_door_says_nothing_against_those_who_read_their_own() {
    let mut log = Log::default();
    for who in 0..10 {
        let exchange = log.customer("GET /orders/{id}", who, who, who);
        if who == 5 {
            signal(exchange, DetectorId::EndpointSweep);
        }
    }
    assert_eq!(log.words(), ["GET /orders/{id}: authenticated owner $.customer_id = claim.sub refused 0+0"]);
    let strangers = log.customer("GET /orders/{id}", 100, 20, 3).clone();
    assert!(log.proposal().2.set_aside(&strangers), "who reads others' there is set aside");
}

#[test]
fn a_field_that_makes_one_person_two_callers_own_is_no_owner() {
    let mut log = Log::default();
    for who in 0..10 {
        let exchange = log.customer("GET /team", who, who, 500);
        let (field, claim) = ("$.tenant_id".into(), "tenant".into());
        exchange.owned.push(OwnerSeen { field, claim, equal: 1, of: 1 });
    }
    assert_eq!(log.words(), ["GET /team: authenticated refused 0+0"]);
}

#[test]
fn customers_and_staff_at_one_door_get_owner_and_role() {
    let mut log = Log::default();
    for who in 0..10 {
        log.customer("GET /orders/{id}", who, who, who);
    }
    for nth in 0..80 {
        log.staff("GET /orders/{id}", 100 + nth, 901, 2000 + nth..2001 + nth);
    }
    assert_eq!(
        log.words(),
        [
            "staff 160/h 160/d refused 0",
            "GET /orders/{id}: authenticated owner $.customer_id = claim.sub roles staff refused 0+0"
        ]
    );
}

#[test]
fn log_ins_own_look_ups_and_what_is_declared_are_left_alone() {
    let mut log = Log::default();
    for nth in 0..40 {
        let exchange = log.visit("POST /login", nth, nth as u8);
        exchange.issued = 1;
        let exchange = log.visit("POST /guest", nth, nth as u8);
        told(exchange, nth..nth + 1);
        exchange.looked_up = 1;
        log.visit("GET /known", nth, nth as u8).declared = true;
    }
    assert_eq!(log.words(), ["POST /guest: decide", "POST /login: decide"]);
    assert_eq!(log.proposal().0.declared, 1);
}

#[test]
fn a_full_table_of_suspects_sets_everybody_without_a_name_aside() {
    let mut suspects = Suspects::default();
    let mut log = Log::default();
    let exchange = log.visit("GET /catalogue", 0, 1).clone();
    assert!(!suspects.set_aside(&exchange));
    let mut attack = exchange.clone();
    attack.outcome = Outcome::WouldRefuse(RefusalKind::BudgetSpent);
    for nth in 0..300_000_u32 {
        attack.client = (0x0a00_0000 + nth).to_be_bytes().into();
        suspects.take(&attack);
    }
    assert!(suspects.set_aside(&exchange));
    let staff = log.staff("GET /staff", 0, 901, 0..1).clone();
    assert!(!suspects.set_aside(&staff));
}

#[test]
fn hours_are_told_apart_and_days_are_not() {
    let mut log = Log::default();
    for hour in 0..4 {
        log.staff("GET /staff/customers", hour * 3600, 901, hour * 60..hour * 60 + 60);
    }
    assert_eq!(log.words()[0], "staff 120/h 480/d refused 0");
}

#[test]
fn later_parts_of_an_answer_are_no_further_answers() {
    let mut log = Log::default();
    for nth in 0..19 {
        let first = log.visit("GET /catalogue", nth, nth as u8 % 6).id;
        log.visit("GET /catalogue", nth, nth as u8 % 6).continues = Some(first);
    }
    assert_eq!(log.words(), ["GET /catalogue: decide"], "19 answers are too few");
}
