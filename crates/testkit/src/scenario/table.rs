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

/// What else is special about the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Nothing.
    Usual,
    /// It believes the proxy at [`crate::places::EDGE`], behind which the attacker and a third of the
    /// people are.
    BehindProxy,
    /// Three customers are configured as canaries: [`CANARIES`].
    Canaries,
    /// Its clock runs [`HASTE`] times as fast.
    Hurried,
}

/// Positions in the directory of the customers who do not exist in `canary`.
pub const CANARIES: [usize; 3] = [4, 1_204, 20_004];

/// Seconds of the gateway's clock in one second, in `slow`.
pub const HASTE: u32 = 720;

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
    /// What else the gateway is told.
    pub setting: Setting,
    /// In guard without any configuration; `None` when it does not run there.
    pub guard: Option<Expected>,
    /// In enforce; `None` when it does not run there.
    pub enforce: Option<Expected>,
    /// Records at the attacker's addresses before a detector speaks, at most, in guard; `None` where it
    /// is not for detectors.
    pub told_within: Option<u64>,
}

impl Scenario {
    /// What is expected in `mode`; `None` when the scenario does not run in it.
    #[must_use]
    pub const fn expected(&self, mode: Mode) -> Option<Expected> {
        match mode {
            Mode::Guard => self.guard,
            Mode::Enforce => self.enforce,
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
                | Self::ManyAddresses50
                | Self::ManyAddresses500
                | Self::ManyTokens50
                | Self::Ipv6Block
                | Self::Adaptive
                | Self::InducedQuarantine
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

const EVERYBODY_AT_ONE_DOOR: Option<Expected> =
    Some(Expected { at_most: 400, why: "the endpoint's budget over all unknown sources: 400 people" });

const AFTER_CANARY: Option<Expected> = Some(Expected {
    at_most: 12,
    why: "the fifth record is a canary: one touch is an incident, and its source is refused; what is under \
          way meanwhile still leaves",
});

const fn plain(name: &'static str, about: &'static str, attack: Attack) -> Scenario {
    Scenario {
        name,
        about,
        attack,
        declared: Declared::Shop,
        setting: Setting::Usual,
        guard: ONE_SOURCE,
        enforce: Some(FORBIDDEN),
        told_within: None,
    }
}

/// Every scenario, the incident first.
pub const SCENARIOS: [Scenario; 32] = [
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
        enforce: Some(Expected {
            at_most: DISTINCT_OBJECTS,
            why: "the door's own limit: 20 distinct objects an hour and caller; no budget is near",
        }),
        ..plain("distinct-objects", "ids upwards in the query, where only a limit stands", Attack::QueryIds)
    },
    Scenario {
        declared: Declared::AllPublic,
        guard: None,
        enforce: Some(Expected {
            at_most: 20,
            why: "declared public by mistake: the anonymous budget holds",
        }),
        ..plain("misdeclared", "the incident, with every door wrongly declared public", Attack::PostBatches)
    },
    Scenario {
        guard: None,
        enforce: Some(Expected {
            at_most: STAFF_BUDGET + PARTNER_BUDGET,
            why: "the day's budget of the role (500) and of the partner (3,000), whoever holds the papers",
        }),
        ..plain("stolen", "a valid staff token and a valid partner key", Attack::Stolen)
    },
    Scenario {
        guard: Some(LOOK_UPS),
        enforce: Some(LOOK_UPS),
        ..plain("guest-harvest", "20,000 guessed e-mails at the guest look-up", Attack::GuestHarvest)
    },
    Scenario {
        guard: EVERYBODY_AT_ONE_DOOR,
        told_within: Some(20),
        ..plain("many-addresses-50", "ids upwards from 50 addresses in turn", Attack::ManyAddresses50)
    },
    Scenario {
        guard: EVERYBODY_AT_ONE_DOOR,
        told_within: Some(20),
        ..plain("many-addresses-500", "ids in random order from 500 addresses", Attack::ManyAddresses500)
    },
    Scenario {
        guard: Some(Expected {
            at_most: 400,
            why: "what all confirmed principals together are told of at one operation: 300 people, and one \
                  free for each session whose own record nobody knows",
        }),
        told_within: Some(100),
        ..plain("many-tokens-50", "orders upwards with 50 tokens, 50 addresses", Attack::ManyTokens50)
    },
    Scenario {
        setting: Setting::BehindProxy,
        guard: Some(Expected {
            at_most: 100,
            why: "the budget of one network, an IPv6 /48: 100 people an hour",
        }),
        enforce: None,
        told_within: Some(20),
        ..plain("ipv6-48", "500 networks of one IPv6 /48, by a trusted proxy", Attack::Ipv6Block)
    },
    Scenario {
        told_within: Some(20),
        ..plain("diluted", "nine innocent requests beside each new record", Attack::Diluted)
    },
    Scenario {
        setting: Setting::Hurried,
        guard: Some(Expected {
            at_most: 40,
            why: "the day's budget of one anonymous source: 40 people; the gateway's clock runs 720 times \
                  as fast, so that four hours pass in 20 seconds",
        }),
        enforce: None,
        told_within: Some(20),
        ..plain("slow", "one record a minute for four hours, in random order", Attack::Slow)
    },
    Scenario {
        guard: Some(Expected {
            at_most: 1_000,
            why: "the budget of everybody without identity over all operations: 1,000 people an hour; no \
                  source is told of more than two",
        }),
        told_within: Some(30),
        ..plain(
            "adaptive",
            "knows the defaults: 500 addresses, two people each, every door",
            Attack::Adaptive,
        )
    },
    Scenario {
        guard: Some(Expected {
            at_most: 1_300,
            why: "the budgets of everybody without identity (1,000) and of confirmed principals at one \
                  operation (300); the mark is that no own record of others is refused",
        }),
        told_within: Some(30),
        ..plain(
            "induced-quarantine",
            "trips every alarm on purpose, so that others are refused",
            Attack::InducedQuarantine,
        )
    },
    Scenario {
        declared: Declared::AllPublic,
        setting: Setting::Canaries,
        guard: AFTER_CANARY,
        enforce: AFTER_CANARY,
        told_within: Some(12),
        ..plain("canary", "ids upwards; the fifth customer does not exist", Attack::Canary)
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
            "many-addresses-50",
            "many-addresses-500",
            "many-tokens-50",
            "ipv6-48",
            "diluted",
            "slow",
            "adaptive",
            "induced-quarantine",
            "canary",
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
