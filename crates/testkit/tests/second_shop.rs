//! The second shop leaks in ten shapes, and serves its honest people.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use testkit::attacker::{Bounds, Field, no_restart};
use testkit::client::{Address, Ask, Client};
use testkit::people::{Crowd, PATIENCE, Progress, Town, live};
use testkit::places::ATTACKER;
use testkit::second_shop::{SHAPES, SecondShop, empty_out};
use testkit::truth::Truth;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_shape_leaks_everyone_and_none_says_email() {
    let shop = SecondShop::start(7).await.unwrap();
    let field = Field {
        server: Address::new(shop.address()),
        directory: Arc::clone(shop.directory()),
        truth: Arc::new(Truth::of(shop.directory())),
        signs_up: false,
        seed: 7,
        bounds: Bounds { time: std::time::Duration::from_secs(300), ..Bounds::default() },
        restart: no_restart(),
        minute: None,
    };
    for shape in SHAPES {
        let page = Client::new(ATTACKER, &field.server).send(&Ask::get(shape.path())).await.unwrap();
        assert!(!page.text().contains("email"), "{}", page.text());
        let harvest = empty_out(shape, &field).await;
        assert_eq!((harvest.customers, harvest.requests), (27_000, 2_700), "{shape:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_honest_people_meet_no_refusal() {
    let shop = SecondShop::start(7).await.unwrap();
    let crowd = Crowd {
        town: Town::Second,
        server: Address::new(shop.address()),
        directory: Arc::clone(shop.directory()),
        truth: Arc::new(Truth::of(shop.directory())),
        seed: 7,
        identified: false,
        with_staff: false,
        patience: PATIENCE,
        beside: Vec::new(),
        nobody: Vec::new(),
    };
    let tally = live(&crowd, &Progress::default()).await;
    let all = tally.benign();
    assert!(all.sent >= 5_000, "{all:?}");
    assert_eq!((all.refused, all.unreachable, all.wrong_content), (0, 0, 0), "{:?}", tally.complaints);
}
