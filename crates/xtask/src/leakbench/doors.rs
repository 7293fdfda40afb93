//! What the shop of the bench declares: the least that an owner would, everything else is default.

use detect::Allowance;
use domain::{BudgetDecl, Endpoint, RoleName, Window};
use testkit::days::Door;

/// The role of the shop's staff.
pub(crate) const STAFF: &str = "staff";

/// A door as the gateway knows it.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub(crate) endpoint: Endpoint,
    pub(crate) key: u64,
    pub(crate) number: u32,
    /// Declared public.
    pub(crate) public: bool,
    /// The operation's own budget for one caller.
    pub(crate) budget: Vec<BudgetDecl>,
    /// What it lets a partner read.
    pub(crate) allowed: Option<[u32; 2]>,
}

/// All doors, in the order of their numbers.
pub(crate) fn doors() -> anyhow::Result<Vec<Declared>> {
    let numbered = (0u32..).zip(Door::ALL);
    numbered
        .map(|(number, door)| {
            let endpoint = super::gate::endpoint(door)?;
            let budget = match door {
                // Whoever publishes its sellers says how many one visitor may read.
                Door::Seller => vec![per_day(1000)],
                Door::Shipments => vec![per_day(PARTNER_A_DAY)],
                _ => Vec::new(),
            };
            Ok(Declared {
                key: detect::endpoint_key(&endpoint),
                endpoint,
                number,
                public: matches!(door, Door::Catalogue | Door::Seller),
                allowed: within(&budget).map(|allowed| [allowed.per_hour, allowed.per_day]),
                budget,
            })
        })
        .collect()
}

/// Twice of what the busiest partner of the town reads in a day.
const PARTNER_A_DAY: u32 = 4000;
/// Twice of what the busiest of the town's staff read in an hour and a day.
const STAFF_AN_HOUR: u32 = 220;
const STAFF_A_DAY: u32 = 500;

/// Budgets: the defaults, and the role of the staff with head-room of a factor of two.
pub(crate) fn budgets() -> policy::budget::Settings {
    policy::budget::Settings { roles: [(RoleName::new(STAFF), staff())].into(), ..Default::default() }
}

fn staff() -> Vec<BudgetDecl> {
    vec![BudgetDecl { subjects: STAFF_AN_HOUR, per: Window::HOUR }, per_day(STAFF_A_DAY)]
}

/// Detectors: the defaults, and the role may read what its budget lets it, as in the gateway.
pub(crate) fn detect() -> detect::Settings {
    let allowed = within(&staff()).map(|allowed| (RoleName::new(STAFF), allowed));
    detect::Settings { roles: allowed.into_iter().collect(), ..Default::default() }
}

fn per_day(subjects: u32) -> BudgetDecl {
    BudgetDecl { subjects, per: Window::DAY }
}

fn within(budgets: &[BudgetDecl]) -> Option<Allowance> {
    detect::Settings::within(budgets.iter().map(|budget| (budget.subjects, budget.per.secs_ceil())))
}
