//! The price of a network budget: false refusals behind a shared address, against what one attacker has
//! there.
//!
//! Of the thousand people behind one address so many read one profile without identity on a day. Each
//! cell is three days of a town: once by budgets alone, once with detectors and actions.

use anyhow::Result;
use domain::{BudgetDecl, Window};
use serde::Serialize;
use testkit::days::{Habit, Town};

use super::gate::Switches;
use super::quiet;

/// People an hour from one address without identity; a day bears twice as many, thirty days ten times.
pub(crate) const BUDGETS: [u32; 6] = [10, 20, 50, 100, 200, 1000];
/// How many of the thousand read a profile on a day.
pub(crate) const READERS: [u64; 6] = [10, 20, 50, 100, 300, 1000];
const DAYS: u32 = 3;

/// One cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Cell {
    pub(crate) budget: u32,
    pub(crate) readers: u64,
    /// Of a thousand who read: refused by budgets alone, and with detectors and actions.
    pub(crate) refused: u64,
    pub(crate) refused_with_detectors: u64,
    /// The same of those who read profiles from homes of their own.
    pub(crate) homes: u64,
    /// Of a thousand who read: spoken of.
    pub(crate) alarms: u64,
}

/// Plays the curve.
pub(crate) fn play(seed: u64) -> Result<Vec<Cell>> {
    let cells: Vec<_> = BUDGETS.iter().flat_map(|budget| READERS.map(|readers| (*budget, readers))).collect();
    super::in_two(&cells, |(budget, readers)| cell(*budget, *readers, seed))
}

/// One cell.
pub(crate) fn cell(budget: u32, readers: u64, seed: u64) -> Result<Cell> {
    let lived = |only: Option<Vec<detect::DetectorId>>| {
        let mut town = Town::of(seed, &[(Habit::BrowserOffice, readers), (Habit::Browser, 100)]);
        let budgets = scaled(budget);
        quiet::days(&mut town, DAYS, Switches { only, budgets, ..Switches::default() }, seed)
    };
    let (alone, with) = (lived(Some(Vec::new()))?, lived(None)?);
    let of_thousand = |part: u64, all: u64| (part * 1000).checked_div(all).unwrap_or(0);
    let (by_budget, all) = (alone.of(&[Habit::BrowserOffice]), with.of(&[Habit::BrowserOffice]));
    let homes = with.of(&[Habit::Browser]);
    Ok(Cell {
        budget,
        readers,
        refused: of_thousand(by_budget.refusals, by_budget.client_days),
        refused_with_detectors: of_thousand(all.refusals, all.client_days),
        homes: of_thousand(homes.refusals, homes.client_days),
        alarms: of_thousand(all.alarms, all.client_days),
    })
}

/// The defaults with other budgets of an address and the networks around it.
fn scaled(per_hour: u32) -> policy::budget::Settings {
    let windows = |hour: u32| {
        [(hour, Window::HOUR), (hour * 2, Window::DAY), (hour * 10, Window::MONTH)]
            .map(|(subjects, per)| BudgetDecl { subjects, per })
            .to_vec()
    };
    policy::budget::Settings {
        address: windows(per_hour),
        network: windows(per_hour * 5),
        ..super::doors::budgets()
    }
}
