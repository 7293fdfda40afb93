//! A shop that the gateway was not made for: every shape of its lists is held to the same budget.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use testkit::attacker::{Bounds, Field, harvest_of, no_restart};
use testkit::client::{Address, Ask};
use testkit::people::{Crowd, PATIENCE, Progress, Town, live};
use testkit::second_shop::{SHAPES, SecondShop, empty_out};
use testkit::truth::Truth;

use common::Gate;

fn attacker(shop: &SecondShop, gate: &Gate) -> Field {
    Field {
        server: Address::new(gate.address),
        directory: Arc::clone(shop.directory()),
        truth: Arc::new(Truth::of(shop.directory())),
        signs_up: false,
        seed: 7,
        bounds: Bounds { patience: 60, time: Duration::from_secs(20), ..Bounds::default() },
        restart: no_restart(),
        minute: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_shape_leaks_at_most_twenty() {
    let shop = SecondShop::start(7).await.unwrap();
    for shape in SHAPES {
        let mut gate = Gate::guard(shop.address()).await;
        let harvest = empty_out(shape, &attacker(&shop, &gate)).await;
        assert!(harvest.customers <= 20, "{shape:?}: {harvest:?}");
        // A gateway that refused everything would pass too.
        assert!(harvest.customers >= 10 && harvest.unreachable == 0, "{shape:?}: {harvest:?}");
        gate.stop().await;
        let (_, at_most) = gate.accounted();
        assert!(at_most >= harvest.customers as u64, "{shape:?}: {at_most} accounted, {harvest:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_shapes_in_turn_and_one_by_one_leak_no_more() {
    let shop = SecondShop::start(7).await.unwrap();
    let gate = Gate::guard(shop.address()).await;
    let field = attacker(&shop, &gate);
    let first = shop.directory().customers()[0].id;
    let harvest = harvest_of(&field, 1000, 4, move |turn| match turn % 11 {
        10 => Ask::get(format!("/akte/K-{}", first + turn as u64)),
        nth => Ask::get(format!("{}?seite={}", SHAPES[nth].path(), turn + 1)),
    })
    .await;
    assert!((10..=20).contains(&harvest.customers), "{harvest:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_honest_people_are_not_refused_while_it_is_attacked() {
    let shop = SecondShop::start(7).await.unwrap();
    let gate = Gate::guard(shop.address()).await;
    let crowd = Crowd {
        town: Town::Second,
        server: Address::new(gate.address),
        directory: Arc::clone(shop.directory()),
        truth: Arc::new(Truth::of(shop.directory())),
        seed: 7,
        identified: false,
        with_staff: false,
        patience: PATIENCE,
        beside: Vec::new(),
        nobody: Vec::new(),
    };
    let field = attacker(&shop, &gate);
    let progress = Progress::default();
    let attack = async {
        progress.reached(10).await;
        empty_out(SHAPES[0], &field).await
    };
    let (tally, harvest) = tokio::join!(live(&crowd, &progress), attack);
    let all = tally.benign();
    assert!(all.sent >= 5_000, "{all:?}");
    assert_eq!((all.refused, all.unreachable, all.wrong_content), (0, 0, 0), "{:?}", tally.complaints);
    assert!(harvest.customers <= 20, "{harvest:?}");
}
