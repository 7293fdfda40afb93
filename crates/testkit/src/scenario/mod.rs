//! The incident and its relatives: attack, honest people, expected figure, verdict.
//!
//! A [`Scenario`] is data. [`run`] first sends its attack straight at the shop, then attack and
//! honest people together through the gateway that the caller started, and fills a [`Row`] of the
//! demo's table. Starting, configuring, killing and restarting the gateway is the caller's part:
//! see [`Target`] and [`Hooks`].
//!
//! ```
//! use domain::Mode;
//! use testkit::scenario::named;
//! let incident = named("post-batches").unwrap();
//! assert_eq!(incident.expected(Mode::Guard).unwrap().at_most, 20);
//! assert_eq!(incident.expected(Mode::Enforce).unwrap().at_most, 0);
//! ```

mod row;
mod table;
mod told;

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::Mode;

pub use row::{Fault, Row};
pub use table::{
    CANARIES, DISTINCT_OBJECTS, Declared, Expected, HASTE, PARTNER_BUDGET, SCENARIOS, STAFF_BUDGET, Scenario,
    Setting, everything_public, named, objects_limited,
};
pub use told::{Spoken, Told};

use crate::attacker::{self, Bounds, Field, Harvest, Restart, no_restart};
use crate::client::Address;
use crate::people::{Crowd, Kind, PATIENCE, Progress, Town, live};
use crate::shop::Shop;
use crate::truth::Truth;

/// What a scenario is run against.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// The shop.
    pub shop: &'a Shop,
    /// The gateway before it; its address may change when it is restarted.
    pub gateway: Address,
}

/// What the caller does in the middle, and how hard the attacker tries.
#[derive(Clone)]
pub struct Hooks {
    /// Kills the gateway without warning and starts it again on the same state. It moves
    /// [`Target::gateway`] when the new one listens elsewhere.
    pub restart: Restart,
    /// When the attacker gives up.
    pub bounds: Bounds,
    /// How long honest people try to reach a gateway that does not listen.
    pub patience: Duration,
    /// How far the honest people are, for a progress bar.
    pub progress: Progress,
}

impl Default for Hooks {
    /// No restart, the defaults, a progress nobody looks at.
    fn default() -> Self {
        Self {
            restart: no_restart(),
            bounds: Bounds::default(),
            patience: PATIENCE,
            progress: Progress::default(),
        }
    }
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks").field("bounds", &self.bounds).finish_non_exhaustive()
    }
}

/// The attack of `scenario` straight at the shop, with nobody else there.
///
/// # Errors
/// The machinery failed, not the attack.
pub async fn straight(
    scenario: &Scenario,
    shop: &Shop,
    seed: u64,
    bounds: Bounds,
) -> anyhow::Result<Harvest> {
    let truth = Arc::new(Truth::of(shop.directory()));
    let field = Field {
        server: Address::new(shop.address()),
        directory: Arc::clone(shop.directory()),
        truth,
        signs_up: false,
        seed,
        bounds,
        restart: no_restart(),
        minute: None,
    };
    attacker::run(scenario.attack, &field).await
}

/// Runs `scenario` in `mode`: straight first, then through the gateway.
///
/// # Errors
/// `scenario` does not run in `mode`, or the machinery failed (a restart, say). A leak is no error:
/// see [`Row::faults`].
pub async fn run(
    scenario: &Scenario,
    target: &Target<'_>,
    mode: Mode,
    seed: u64,
    hooks: &Hooks,
) -> anyhow::Result<Row> {
    let without = straight(scenario, target.shop, seed, hooks.bounds).await?;
    run_through(scenario, target, mode, seed, hooks, without).await
}

/// Runs `scenario` in `mode` through the gateway; `without` is what [`straight`] gave.
///
/// The attack begins when one honest request in ten has been answered. Where it is made to shut people
/// out, others come when it is over.
///
/// # Errors
/// As [`run`].
pub async fn run_through(
    scenario: &Scenario,
    target: &Target<'_>,
    mode: Mode,
    seed: u64,
    hooks: &Hooks,
    without: Harvest,
) -> anyhow::Result<Row> {
    let Some(expected) = scenario.expected(mode) else {
        anyhow::bail!("scenario `{}` does not run in mode `{mode}`", scenario.name);
    };
    let started = Instant::now();
    let truth = Arc::new(Truth::of(target.shop.directory()));
    let identified = mode == Mode::Enforce;
    let as_declared = identified && scenario.declared == Declared::Shop;
    let crowd = Crowd {
        town: Town::Harbour,
        server: target.gateway.clone(),
        directory: Arc::clone(target.shop.directory()),
        truth: Arc::clone(&truth),
        seed,
        identified,
        with_staff: as_declared,
        patience: hooks.patience,
        beside: scenario.attack.beside(),
        nobody: if scenario.setting == Setting::Canaries { CANARIES.to_vec() } else { Vec::new() },
    };
    let field = Field {
        server: target.gateway.clone(),
        directory: Arc::clone(target.shop.directory()),
        truth,
        signs_up: as_declared && scenario.attack.may_sign_up(),
        seed,
        bounds: hooks.bounds,
        restart: Arc::clone(&hooks.restart),
        minute: (scenario.setting == Setting::Hurried).then(|| Duration::from_secs(60) / HASTE),
    };
    let before = target.shop.counters().requests();
    let attack = async {
        hooks.progress.reached(10).await;
        attacker::run(scenario.attack, &field).await
    };
    let (mut tally, harvest) = tokio::join!(live(&crowd, &hooks.progress), attack);
    if scenario.attack == attacker::Attack::InducedQuarantine {
        // Whoever comes now meets everything that the attack brought about, and it lasts for minutes.
        tally.join(live(&Crowd { seed: seed.wrapping_add(1), ..crowd }, &hooks.progress).await);
    }
    let reached = target.shop.counters().requests() - before;
    let benign = tally.benign();
    let shared = tally.of(Kind::Shared);
    let harvest = harvest?;
    Ok(Row {
        name: scenario.name,
        mode,
        records_without: without.customers,
        records_with: harvest.customers,
        expected_at_most: expected.at_most,
        requests_until_contained: harvest.requests_until_contained,
        benign_requests: benign.sent,
        benign_refused: benign.refused,
        seconds: started.elapsed().as_secs_f64(),
        why: expected.why,
        attack_requests: harvest.requests,
        attack_unreachable: harvest.unreachable,
        upstream_requests: reached
            .saturating_sub(benign.sent - benign.refused + shared.sent - shared.refused),
        benign_unreachable: benign.unreachable,
        benign_wrong: benign.wrong_content,
        shared_requests: shared.sent,
        shared_refused: shared.refused,
        people: tally,
        restarts: scenario.attack == attacker::Attack::Restart,
        told: None,
        told_within: scenario.told_within.filter(|_| mode == Mode::Guard),
    })
}
