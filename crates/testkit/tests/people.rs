//! With no gateway in between every honest request gets what it asked for.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use testkit::client::Address;
use testkit::people::{Counts, Crowd, Kind, PATIENCE, Progress, Tally, Town, live};
use testkit::shop::Shop;
use testkit::truth::Truth;

async fn straight(shop: &Shop, identified: bool) -> Tally {
    let crowd = Crowd {
        town: Town::Harbour,
        server: Address::new(shop.address()),
        directory: Arc::clone(shop.directory()),
        truth: Arc::new(Truth::of(shop.directory())),
        seed: 7,
        identified,
        with_staff: identified,
        patience: PATIENCE,
        beside: Vec::new(),
        nobody: Vec::new(),
    };
    let progress = Progress::default();
    let tally = live(&crowd, &progress).await;
    assert_eq!(progress.done(), progress.planned(), "{:?}", tally.complaints);
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_people_and_five_thousand_requests_meet_no_refusal_at_the_shop() {
    for identified in [false, true] {
        let shop = Shop::start(7).await.unwrap();
        let tally = straight(&shop, identified).await;
        let Counts { sent, refused, unreachable, wrong_content } = tally.benign();
        assert!(sent >= 5_000, "{sent}");
        assert_eq!((refused, unreachable, wrong_content), (0, 0, 0), "{:?}", tally.complaints);
        assert_eq!(shop.counters().requests(), sent + tally.of(Kind::Shared).sent);
        for kind in [Kind::Staff, Kind::Partner] {
            assert_eq!(tally.of(kind).sent > 0, identified, "{kind:?}");
        }
        assert!(tally.of(Kind::Office).sent > 300 && tally.of(Kind::Neighbour).sent > 100);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_sends_the_same_people() {
    let shop = Shop::start(7).await.unwrap();
    assert_eq!(straight(&shop, false).await, straight(&shop, false).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_else_s_record_is_wrong_content_and_a_closed_door_is_unreachable() {
    let (shop, other) = (Shop::start(7).await.unwrap(), Shop::start(8).await.unwrap());
    let mut crowd = Crowd {
        town: Town::Harbour,
        server: Address::new(other.address()),
        directory: Arc::clone(shop.directory()),
        truth: Arc::new(Truth::of(shop.directory())),
        seed: 7,
        identified: false,
        with_staff: false,
        patience: PATIENCE,
        beside: Vec::new(),
        nobody: Vec::new(),
    };
    // The other shop knows none of these people: log-ins fail, look-ups find nothing.
    let strange = live(&crowd, &Progress::default()).await;
    assert!(strange.of(Kind::Customer).refused > 0 && strange.of(Kind::Guest).refused > 0);
    assert!(strange.of(Kind::OwnMail).wrong_content > 0);
    assert_eq!(strange.of(Kind::Visitor).refused, 0);
    let gone = Address::new(shop.address());
    drop(shop);
    crowd.server = gone.clone();
    let returns = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        gone.move_to(Shop::start(7).await.map(|shop| Box::leak(Box::new(shop)).address()).unwrap());
    };
    let (tally, ()) = tokio::join!(async { live(&crowd, &Progress::default()).await }, returns);
    let all = tally.benign();
    assert!(all.unreachable > 0, "{all:?}");
    assert_eq!((all.refused, all.wrong_content), (0, 0), "{:?}", tally.complaints);
}
