//! What changes without a part that no scenario of the demo misses (`xtask ablate`): the same attack with it
//! and without it.
//!
//! In the demo budgets end these attacks, or another part speaks as well. So the first rows look at a gateway
//! that observes, where nothing ends them, and the others at what an action does and budgets do not.

use std::collections::HashSet;
use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use detect::{DetectorId, ErrorBudget};
use domain::Timestamp;
use respond::Rung;
use serde::Serialize;
use testkit::days::{Ask, Door, Tells, Who};

use super::alone::{Attack, attacks};
use super::attackers::{Attacker, CUSTOMERS, OWN, Order, Plan, Sources};
use super::gate::{Gate, Switches};
use super::quiet::at;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Figure {
    /// People told of when a detector first spoke, in a gateway that observes.
    PeopleToldOf,
    /// People told of at the first refusal.
    PeopleRefusedAt,
    /// People told of to the attacker, of all its requests.
    PeopleLeft,
    /// Requests until one had to wait.
    RequestsSlowedAt,
}

/// One part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Missing {
    pub(crate) part: String,
    pub(crate) attack: &'static str,
    pub(crate) figure: Figure,
    /// With all parts and without this one; nothing where it never happened in [`MOST`] requests.
    pub(crate) with: Option<u64>,
    pub(crate) without: Option<u64>,
}

/// Most requests of one attack.
const MOST: u64 = 4000;
/// Requests of the staff before [`DESK`] begins, five minutes apart: twenty-five hours.
const DESK_WORK: u64 = 300;

#[derive(Clone, Copy)]
enum Part {
    Detector(DetectorId),
    Step(Rung),
}

/// Batches of ten, by somebody who signed in.
const PAGES: &str = "ten a page, signed in";

/// By fifty addresses, at a door that the staff used all the day before and nobody else did: there is nobody
/// to hit beside the attacker, and that is known.
const DESK: &str = "50 addresses at the staff's desk";

/// Plays every part's attack twice.
pub(crate) fn play(seed: u64) -> Result<Vec<Missing>> {
    use DetectorId::{Automation, Bulk, MissStorm, NewObjects, PageWalk, SequentialIds, SurfaceScan, Volume};
    use Figure::{PeopleLeft, PeopleRefusedAt, PeopleToldOf, RequestsSlowedAt};
    let rows = [
        (Part::Detector(SequentialIds), "upwards", PeopleToldOf),
        (Part::Detector(NewObjects), "shuffled, one a second", PeopleToldOf),
        (Part::Detector(PageWalk), PAGES, PeopleToldOf),
        (Part::Detector(Bulk), "fifty at a time", PeopleToldOf),
        (Part::Detector(Volume), "500 addresses", PeopleToldOf),
        (Part::Detector(Automation), "one every 40 minutes", PeopleToldOf),
        (Part::Detector(MissStorm), "guesses", RequestsSlowedAt),
        (Part::Detector(SurfaceScan), "a word list", RequestsSlowedAt),
        (Part::Step(Rung::Slow), "guesses", RequestsSlowedAt),
        (Part::Step(Rung::RefuseSource), "upwards", PeopleRefusedAt),
        (Part::Step(Rung::RefuseKind), DESK, PeopleLeft),
    ];
    let row = |(part, attack, figure): (Part, &'static str, Figure)| -> Result<Missing> {
        let name = match part {
            Part::Detector(id) => id.word().to_owned(),
            Part::Step(rung) => rung.word().to_owned(),
        };
        let with = count(None, attack, figure, seed)?;
        let without = count(Some(part), attack, figure, seed)?;
        Ok(Missing { part: name, attack, figure, with, without })
    };
    rows.into_iter().map(row).collect()
}

/// The attack by its name.
fn attack(name: &str) -> Result<Attack> {
    let plan = Plan {
        name: "",
        sources: Sources::Tokens(1, 1),
        order: Order::Upwards,
        every: 1000,
        door: Door::Batch,
        diluted: false,
        office: false,
        hour: 0,
        day: 0,
    };
    if name == PAGES {
        let mut attacker = Attacker::new(plan, 7);
        return Ok(Box::new(move |_| (attacker.uneven(1000), attacker.next())));
    }
    if name == DESK {
        let crowd =
            Plan { sources: Sources::Addresses(50), order: Order::Shuffled, door: Door::Customer, ..plan };
        let mut attacker = Attacker::new(crowd, 7);
        return Ok(Box::new(move |nth| {
            if nth < DESK_WORK {
                let staff = Who::Staff(nth % 4);
                let ask = Ask::of(Ipv4Addr::new(203, 0, 113, 9).into(), staff, Door::Desk);
                return (300_000, Ask { object: Some(nth), tells: Tells::One(CUSTOMERS + nth), ..ask });
            }
            (attacker.uneven(1000), Ask { door: Door::Desk, ..attacker.next() })
        }));
    }
    let found = attacks().into_iter().find(|(_, one, _)| *one == name);
    found.map(|(_, _, attack)| attack).context("find the attack")
}

fn count(without: Option<Part>, name: &str, figure: Figure, seed: u64) -> Result<Option<u64>> {
    let mut switches = Switches { acts: figure != Figure::PeopleToldOf, ..Switches::default() };
    match without {
        Some(Part::Detector(id)) => {
            switches.only = Some(DetectorId::ALL.into_iter().filter(|one| *one != id).collect());
        }
        Some(Part::Step(rung)) => switches.off.push(rung),
        None => {}
    }
    let (mut gate, mut next) = (Gate::new(switches, seed)?, attack(name)?);
    let (mut had, mut clock) = (HashSet::new(), at(0, 0).millis());
    for nth in 0..MOST {
        let (pause, ask) = next(nth);
        clock += pause;
        let outcome = gate.exchange(&ask, Timestamp::from_millis(clock));
        clock += outcome.delay_millis;
        if outcome.refusal.is_none() {
            let to_attacker = !matches!(ask.who, Who::Staff(_));
            had.extend(ask.tells.people().filter(|person| to_attacker && *person < OWN));
        }
        let spoke = outcome.said.iter().any(|(signal, _)| signal.error != ErrorBudget::Fact);
        let people = u64::try_from(had.len())?;
        match figure {
            Figure::PeopleToldOf if spoke => return Ok(Some(people)),
            Figure::PeopleRefusedAt if outcome.refusal.is_some() => return Ok(Some(people)),
            Figure::RequestsSlowedAt if outcome.delay_millis > 0 => return Ok(Some(nth + 1)),
            _ => {}
        }
    }
    Ok(if figure == Figure::PeopleLeft { Some(u64::try_from(had.len())?) } else { None })
}
