//! Straight at the shop every attack gets everyone it is after: the holes are real.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use testkit::attacker::{Attack, Bounds, Field, Harvest, no_restart, run};
use testkit::client::Address;
use testkit::shop::Shop;
use testkit::truth::Truth;

async fn straight(attack: Attack, signs_up: bool) -> Harvest {
    let shop = Shop::start(7).await.unwrap();
    let field = Field {
        server: Address::new(shop.address()),
        directory: Arc::clone(shop.directory()),
        truth: Arc::new(Truth::of(shop.directory())),
        signs_up,
        seed: 7,
        // A busy machine is no reason to fail.
        bounds: Bounds { guesses: 5_000, time: Duration::from_secs(300), ..Bounds::default() },
        restart: no_restart(),
        minute: None,
    };
    let harvest = run(attack, &field).await.unwrap();
    assert_eq!(shop.counters().requests() + harvest.unreachable, harvest.requests, "{attack:?}");
    harvest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_attack_straight_at_the_shop_gets_its_full_harvest() {
    for (attack, customers) in [
        (Attack::PostBatches, 27_000),
        (Attack::QueryIds, 27_000),
        (Attack::PathIdsBola, 27_000),
        (Attack::Shuffled, 27_000),
        (Attack::Uuid, 27_000),
        (Attack::Bulk, 27_000),
        (Attack::Cursor, 27_000),
        (Attack::Parallel200, 27_000),
        (Attack::FreshTokenEach, 27_000),
        (Attack::AliasedPaths, 27_000),
        (Attack::RangeAndCsv, 27_000),
        (Attack::AliasedFlood, 4_000),
        (Attack::OversizePage, 27_000),
        (Attack::ManyEndpoints, 27_000),
        (Attack::Restart, 27_000),
        (Attack::EvictFlood, 27_000),
        (Attack::Stolen, 27_000),
        (Attack::GuestHarvest, 500),
        (Attack::ManyAddresses50, 2_000),
        (Attack::ManyAddresses500, 5_000),
        (Attack::ManyTokens50, 3_000),
        (Attack::Ipv6Block, 3_000),
        (Attack::Diluted, 1_000),
        (Attack::Slow, 240),
        (Attack::Adaptive, 1_000),
        (Attack::Canary, 27_000),
    ] {
        let harvest = straight(attack, false).await;
        assert_eq!(harvest.customers, customers, "{attack:?} {harvest:?}");
        assert_eq!(harvest.unreachable, 0, "{attack:?} {harvest:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attacker_who_also_signs_up_is_never_counted_among_its_victims() {
    let harvest = straight(Attack::PostBatches, true).await;
    assert_eq!((harvest.customers, harvest.requests), (27_000, 2_701));
}
