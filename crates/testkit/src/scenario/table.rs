//! The scenarios, each with what may leave at most, and why.

use std::fmt::Write as _;

use domain::Mode;

use crate::attacker::Attack;
use crate::shop::{DOORS, Door};

/// Distinct customers that the role `staff` may read a day in the demo's declarations.
pub const STAFF_BUDGET: usize = 500;

/// Distinct customers that one partner may fetch a day in the demo's declarations.
pub const PARTNER_BUDGET: usize = 3_000;

/// Distinct objects an hour that one caller may name at the customers' door in `distinct-objects`.
pub const DISTINCT_OBJECTS: usize = 20;

/// What the gateway is told about the shop where it enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared {
    /// `examples/shop.openapi.yaml`: every door with its intent.
    Shop,
    /// Every door wrongly declared public: [`everything_public`].
    AllPublic,
    /// The same, with a budget for everyone and a limit on distinct objects at the customers' door:
    /// [`objects_limited`]. Only the limit stands between the attacker and the customers.
    ObjectsLimited,
}

/// The most that may leave in one mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Different customers.
    pub at_most: usize,
    /// The rule that sets the figure.
    pub why: &'static str,
}

/// One scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its name on the command line and in output.
    pub name: &'static str,
    /// What the attacker does, in one line.
    pub about: &'static str,
    /// The attack.
    pub attack: Attack,
    /// What is declared in enforce.
    pub declared: Declared,
    /// In guard without any configuration; `None` when it does not run there.
    pub guard: Option<Expected>,
    /// In enforce.
    pub enforce: Expected,
}

impl Scenario {
    /// What is expected in `mode`; `None` when the scenario does not run in it.
    #[must_use]
    pub const fn expected(&self, mode: Mode) -> Option<Expected> {
        match mode {
            Mode::Guard => self.guard,
            Mode::Enforce => Some(self.enforce),
            Mode::Observe => None,
        }
    }

    /// The modes it runs in.
    pub fn modes(&self) -> impl Iterator<Item = Mode> {
        [Mode::Guard, Mode::Enforce].into_iter().filter(|mode| self.expected(*mode).is_some())
    }
}

impl Attack {
    /// Whether the attacker may carry papers of its own beside. Those that live on other people's
    /// papers, or on none, stay without.
    #[must_use]
    pub const fn may_sign_up(self) -> bool {
        !matches!(
            self,
            Self::FreshTokenEach
                | Self::FreshLoginEach
                | Self::FreshNameEach
                | Self::EvictFlood
                | Self::AliasedFlood
                | Self::RangeSlivers
                | Self::Stolen
                | Self::GuestHarvest
        )
    }
}

const ONE_SOURCE: Option<Expected> =
    Some(Expected { at_most: 20, why: "the budget of one anonymous source: 20 people" });

const FORBIDDEN: Expected =
    Expected { at_most: 0, why: "declared for its owner only: no foreign record leaves" };

const LOOK_UPS: Expected = Expected {
    at_most: 20,
    why: "20 look-ups an hour and address once most of them miss; one guess in ten hits",
};

const fn plain(name: &'static str, about: &'static str, attack: Attack) -> Scenario {
    Scenario { name, about, attack, declared: Declared::Shop, guard: ONE_SOURCE, enforce: FORBIDDEN }
}

/// Every scenario, the incident first.
pub const SCENARIOS: [Scenario; 23] = [
    plain("post-batches", "the incident: ten records a POST, page after page", Attack::PostBatches),
    plain("query-ids", "one record a GET, ids upwards in the query", Attack::QueryIds),
    Scenario {
        guard: Some(Expected {
            at_most: 50,
            why: "the budget of one confirmed principal: 50 people; its token came from its own sign-up",
        }),
        ..plain("path-ids-bola", "anybody's order with one's own valid token", Attack::PathIdsBola)
    },
    plain("shuffled", "ids in random order, every third request innocent", Attack::Shuffled),
    plain("uuid", "ids that cannot be guessed, but were collected", Attack::Uuid),
    plain("bulk", "a hundred ids in a JSON body, then fewer", Attack::Bulk),
    plain("cursor", "fifty a page, following the cursor, forging it when refused", Attack::Cursor),
    plain("parallel-200", "two hundred connections fire at once", Attack::Parallel200),
    plain("fresh-token-each", "another made-up credential on every request", Attack::FreshTokenEach),
    Scenario {
        guard: Some(Expected {
            at_most: 50,
            why: "what all confirmed principals of one address are told of beyond themselves: 50 people; \
                  a record that shows another's e-mail or number is not the session's own",
        }),
        ..plain(
            "fresh-login-each",
            "another sign-up or log-in for every record, over six doors",
            Attack::FreshLoginEach,
        )
    },
    Scenario {
        guard: Some(Expected {
            at_most: 150,
            why: "50 as above, and 100 people an hour and address for whom sessions are taken on no \
                  evidence: as many honest people may sign in by name from there",
        }),
        ..plain(
            "fresh-name-each",
            "another log-in by customer number for every record, over six doors",
            Attack::FreshNameEach,
        )
    },
    plain("aliased-paths", "sixteen spellings of one path", Attack::AliasedPaths),
    plain("range-and-csv", "the CSV export in byte ranges, then whole", Attack::RangeAndCsv),
    plain("range-slivers", "the export in ranges of twelve bytes, put together again", Attack::RangeSlivers),
    plain("oversize-page", "size=100000, then smaller and smaller", Attack::OversizePage),
    plain("many-endpoints", "the same people by twelve doors in turn", Attack::ManyEndpoints),
    plain("restart", "the gateway is killed after the first batch and after containment", Attack::Restart),
    Scenario {
        guard: Some(Expected {
            at_most: 400,
            why: "the endpoint's budget over all unknown sources: 400 people",
        }),
        ..plain("evict-flood", "thousands of addresses and tokens, to be forgotten", Attack::EvictFlood)
    },
    Scenario {
        guard: Some(Expected {
            at_most: 400,
            why: "the endpoint's budget over all unknown sources: 400 people, by whatever spelling",
        }),
        ..plain("aliased-flood", "hundreds of addresses, sixteen spellings of one path", Attack::AliasedFlood)
    },
    Scenario {
        declared: Declared::ObjectsLimited,
        guard: None,
        enforce: Expected {
            at_most: DISTINCT_OBJECTS,
            why: "the door's own limit: 20 distinct objects an hour and caller; no budget is near",
        },
        ..plain("distinct-objects", "ids upwards in the query, where only a limit stands", Attack::QueryIds)
    },
    Scenario {
        declared: Declared::AllPublic,
        guard: None,
        enforce: Expected { at_most: 20, why: "declared public by mistake: the anonymous budget holds" },
        ..plain("misdeclared", "the incident, with every door wrongly declared public", Attack::PostBatches)
    },
    Scenario {
        guard: None,
        enforce: Expected {
            at_most: STAFF_BUDGET + PARTNER_BUDGET,
            why: "the day's budget of the role (500) and of the partner (3,000), whoever holds the papers",
        },
        ..plain("stolen", "a valid staff token and a valid partner key", Attack::Stolen)
    },
    Scenario {
        guard: Some(LOOK_UPS),
        enforce: LOOK_UPS,
        ..plain("guest-harvest", "20,000 guessed e-mails at the guest look-up", Attack::GuestHarvest)
    },
];

/// The scenario called `name`.
#[must_use]
pub fn named(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}

/// An OpenAPI document that declares every door of the shop public: the mistake of `misdeclared`.
#[must_use]
pub fn everything_public() -> String {
    public_with(|_| "")
}

/// [`everything_public`] with a budget that nobody spends and a limit of [`DISTINCT_OBJECTS`] at
/// `GET /api/customers`: the declarations of `distinct-objects`.
#[must_use]
pub fn objects_limited() -> String {
    public_with(|door| match door {
        Door::CustomerQuery => {
            "        budget: [{subjects: 30000, per: 24h}]\n        limit: [{distinct: 20, per: 1h}]\n"
        }
        _ => "",
    })
}

/// Every door public, and what `more` says of it beside.
fn public_with(more: impl Fn(Door) -> &'static str) -> String {
    let mut out =
        String::from("openapi: 3.1.0\ninfo: {title: Everything is public, version: 1.0.0}\npaths:\n");
    let mut paths: Vec<&str> = DOORS.iter().map(|(_, _, path)| *path).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        // Writing into a String cannot fail.
        let _written = writeln!(out, "  \"{path}\":");
        if let Some((name, _)) = path.split_once('{').and_then(|(_, rest)| rest.split_once('}')) {
            let _written = writeln!(
                out,
                "    parameters: [{{name: {name}, in: path, required: true, schema: {{type: string}}}}]"
            );
        }
        for (door, method, _) in DOORS.iter().filter(|(_, _, other)| *other == path) {
            let _written = writeln!(
                out,
                "    {}:\n      x-tidegate:\n        audience: {{public: {{reason: by mistake, owner: nobody, expires: 2031-12-31}}}}\n{}      responses: {{\"200\": {{description: anything}}}}",
                method.to_ascii_lowercase(),
                more(*door)
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_scenario_of_the_contract_is_there_once_with_a_reason() {
        let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        for name in [
            "post-batches",
            "query-ids",
            "path-ids-bola",
            "shuffled",
            "uuid",
            "bulk",
            "cursor",
            "parallel-200",
            "fresh-token-each",
            "fresh-login-each",
            "fresh-name-each",
            "aliased-paths",
            "range-and-csv",
            "range-slivers",
            "aliased-flood",
            "distinct-objects",
            "oversize-page",
            "many-endpoints",
            "restart",
            "evict-flood",
            "misdeclared",
            "stolen",
            "guest-harvest",
        ] {
            let scenario = named(name).unwrap();
            assert!(scenario.modes().all(|mode| !scenario.expected(mode).unwrap().why.is_empty()));
        }
        assert_eq!(named("nonsense"), None);
        assert_eq!(SCENARIOS[0].modes().collect::<Vec<_>>(), [Mode::Guard, Mode::Enforce]);
    }

    #[test]
    fn the_mistaken_document_names_every_door() {
        let text = everything_public();
        assert_eq!(text.matches("reason: by mistake").count(), DOORS.len());
        let limited = objects_limited();
        assert_eq!(limited.matches(&format!("distinct: {DISTINCT_OBJECTS},")).count(), 1);
        assert_eq!(limited.lines().count(), text.lines().count() + 2);
    }
}
