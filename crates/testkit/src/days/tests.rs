//! Days are the same for the same seed, in order, and of everybody.

use std::collections::BTreeSet;

use super::*;

#[test]
fn the_same_seed_lives_the_same_days_in_the_order_of_time() {
    let days = |seed: u64| {
        let mut town = Town::new(seed, 2000);
        let mut day = Vec::new();
        (0..3).map(|nth| (town.day(nth, &mut day), day.clone()).1).collect::<Vec<_>>()
    };
    let lived = days(7);
    assert_eq!(lived, days(7));
    assert_ne!(lived, days(8));
    assert!(lived.iter().all(|day| day.is_sorted_by_key(|moment| moment.at) && day.len() > 10_000));
    assert!(lived.iter().flatten().all(|moment| moment.at < 86_400_000));
}

#[test]
fn everybody_lives_every_day_and_sales_are_on_two_of_thirty() {
    let mut town = Town::new(7, 2000);
    let (mut day, mut seen) = (Vec::new(), BTreeSet::new());
    let mut sale_days = 0;
    for nth in 0..30 {
        town.day(nth, &mut day);
        let clients = town.clients();
        let habits: BTreeSet<Habit> =
            day.iter().map(|moment| clients[usize::try_from(moment.client).unwrap()].habit).collect();
        sale_days += usize::from(habits.contains(&Habit::FlashOwnMail));
        let here: BTreeSet<u32> = day.iter().map(|moment| moment.client).collect();
        let daily = |one: &&Client| one.habit != Habit::Browser && !one.habit.word().starts_with("flash");
        let awake = clients.iter().filter(daily).count();
        assert!(here.len() >= awake);
        seen.extend(habits);
    }
    assert_eq!((sale_days, seen.len()), (2, 12));
}

#[test]
fn a_thousand_people_of_an_office_share_one_address() {
    let mut town = Town::of(7, &[(Habit::SignedInOffice, 1000)]);
    let mut day = Vec::new();
    town.day(0, &mut day);
    let from: BTreeSet<IpAddr> = day.iter().map(|moment| moment.ask.from).collect();
    assert_eq!(from.len(), 1);
}
