//! From evidence to a proposal.
//!
//! | a door that | gets |
//! |---|---|
//! | only partners use | `audience: {partner: [...]}`, and a budget where they read more than the default |
//! | only verified callers use | `audience: authenticated`, the `owner` that held, the `roles` that read others |
//! | anybody uses, and that told of nobody | `audience: public` until 90 days after the log, for somebody to answer for |
//! | told callers of others whom nobody verified | nothing: a person decides |
//! | hides a word, or begins with a parameter | nothing: it would let in paths that nobody asked for |
//!
//! A role that reads many gets a budget over all operations. What it reads is taken of its caller-days
//! without those above four times the median, where there are five to compare.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::{
    Audience, BudgetDecl, ClassSet, Endpoint, Intent, Method, Ownership, PublicDecl, Segment, Timestamp,
    Window,
};
use policy::budget::Settings;

use crate::evidence::{Door, Evidence, Named};
use crate::headroom::{MOST_A_DAY, MOST_AN_HOUR, with_headroom};
use crate::spent::{Busiest, Days};
use crate::suspects::Suspects;

/// Caller-days that are needed to say that one of them is not like the others.
const ENOUGH_DAYS: usize = 5;
/// Above so many times the median a caller-day is left out.
const UNLIKE: u32 = 4;
/// Answers and callers before it can be said that a door tells of nobody.
const ENOUGH_ANSWERS: u64 = 20;
const ENOUGH_CALLERS: usize = 5;
/// How long a proposed public declaration holds after the last exchange.
const PUBLIC_DAYS: u64 = 90;

/// Everything that is proposed, and what is not.
#[derive(Clone, Debug, Default)]
pub struct Proposal {
    /// The first exchange.
    pub from: Timestamp,
    /// The last exchange.
    pub until: Timestamp,
    /// Exchanges of the log.
    pub exchanges: u64,
    /// Of these, exchanges of suspects.
    pub aside: u64,
    /// Doors that are given an intent.
    pub doors: Vec<DoorProposal>,
    /// Roles that are given a budget.
    pub roles: Vec<RoleProposal>,
    /// Doors for a person to decide.
    pub undecided: Vec<Undecided>,
    /// Doors that are declared already.
    pub declared: usize,
}

/// An intent for a door.
#[derive(Clone, Debug)]
pub struct DoorProposal {
    /// The door.
    pub endpoint: Endpoint,
    /// What is proposed.
    pub intent: Intent,
    /// What speaks for it.
    pub seen: Seen,
    /// Of callers who received records, for how many the owner rule held.
    pub owner: Option<[usize; 2]>,
    /// What partners read in their busiest hour and day, where a budget is proposed.
    pub busiest: Option<Busiest>,
    /// Whether the budget is the absolute cap, and below what was read with head-room.
    pub is_capped: bool,
    /// Whether verified callers without a name read of others here, within the default budget.
    pub strangers: u64,
}

/// A budget for a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleProposal {
    /// The role.
    pub role: Arc<str>,
    /// People in an hour.
    pub per_hour: u32,
    /// People in a day.
    pub per_day: u32,
    /// What was read in the busiest hour and day that count.
    pub busiest: Busiest,
    /// Whether a number is the absolute cap, and below what was read with head-room.
    pub is_capped: bool,
    /// Exchanges of the role.
    pub exchanges: u64,
    /// Callers in the role.
    pub callers: usize,
    /// Caller-days on which somebody was read.
    pub caller_days: usize,
    /// Of these, those that are unlike the others and are left out.
    pub unlike: usize,
    /// Readers under a signal that the role explains, and all readers.
    pub signalled: (usize, usize),
}

/// A door for which a person must decide.
#[derive(Clone, Debug)]
pub struct Undecided {
    /// The door.
    pub endpoint: Endpoint,
    /// Why.
    pub why: &'static str,
    /// What was seen.
    pub seen: Seen,
    /// Partners who read more here than their default budget lets them.
    pub partners: Vec<Arc<str>>,
    /// An owner rule that held for so many of so many verified callers.
    pub owner: Option<(Ownership, [usize; 2])>,
    /// Roles that read others here.
    pub roles: Vec<Arc<str>>,
}

/// What was seen at a door.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Answers that are learned from.
    pub exchanges: u64,
    /// To so many callers.
    pub callers: usize,
    /// Whether there were more callers than can be told apart.
    pub more_callers: bool,
    /// On so many days.
    pub days: usize,
    /// Answers by kind of caller: anonymous, unverified, confirmed, verified, partner.
    pub kinds: [u64; 5],
    /// Data classes of these answers.
    pub classes: ClassSet,
    /// Exchanges of suspects.
    pub aside: u64,
    /// Of so many callers.
    pub aside_callers: usize,
    /// What suspects were told.
    pub aside_classes: ClassSet,
    /// Roles and partners of whom only suspects were seen here.
    pub aside_names: Vec<Arc<str>>,
}

/// Proposes what `evidence` speaks for. `budgets` are those in force: what they let everybody read needs
/// no declaration.
#[must_use]
pub fn propose(evidence: &Evidence, suspects: &Suspects, budgets: &Settings) -> Proposal {
    let mut proposal = Proposal {
        from: evidence.from.min(evidence.until),
        until: evidence.until,
        exchanges: evidence.exchanges,
        aside: evidence.aside,
        ..Proposal::default()
    };
    for (name, named) in evidence.names.iter().filter(|(_, named)| !named.is_partner) {
        if !budgets.roles.keys().any(|known| known.as_str() == &**name) {
            proposal.roles.extend(role(name, named, suspects, budgets));
        }
    }
    for (endpoint, door) in &evidence.doors {
        if door.declared {
            proposal.declared += 1;
            continue;
        }
        if matches!(endpoint.method(), Method::Head | Method::Options) {
            continue;
        }
        match decide(endpoint, door, evidence, suspects, budgets) {
            Decision::Intent(proposed) => proposal.doors.push(*proposed),
            Decision::Undecided(undecided) => proposal.undecided.push(*undecided),
            Decision::Nothing => {}
        }
    }
    proposal
}

enum Decision {
    Intent(Box<DoorProposal>),
    Undecided(Box<Undecided>),
    Nothing,
}

fn decide(
    endpoint: &Endpoint,
    door: &Door,
    evidence: &Evidence,
    suspects: &Suspects,
    budgets: &Settings,
) -> Decision {
    let [anonymous, unverified, confirmed, verified, partner] = door.kinds;
    let seen = seen(door);
    let partners = busy_partners(door, evidence, budgets);
    let undecided = |why| {
        Decision::Undecided(Box::new(Undecided {
            endpoint: endpoint.clone(),
            why,
            seen: seen.clone(),
            partners: partners.iter().map(|(name, _)| Arc::clone(name)).collect(),
            owner: door.owners.best().map(|held| (held.rule, [held.callers, held.of])),
            roles: roles_here(door, evidence),
        }))
    };
    if door.exchanges == 0 {
        return if door.aside > 0 && !door.aside_classes.is_empty() {
            undecided("only callers under signal were served here")
        } else {
            Decision::Nothing
        };
    }
    // Whoever declares such a template declares every path that it matches, asked for or not.
    if endpoint.template().hides_words() {
        return undecided(
            "which paths these were is not written down, for their words may be names: declare those that you know",
        );
    }
    if !matches!(endpoint.template().segments().next(), Some(Segment::Literal(_))) {
        return undecided("it would hold for every path of its length");
    }
    let unverified_answers = anonymous.exchanges + unverified.exchanges + confirmed.exchanges;
    if unverified_answers == 0 {
        let roles = roles_here(door, evidence);
        if verified.exchanges == 0 {
            let names = door.names.keys().cloned().collect();
            return intent(endpoint, door, Audience::Partner(names), Vec::new(), &partners);
        }
        if partner.others > 0 && !partners.is_empty() {
            return undecided("a partner reads many here, and others read here too");
        }
        return intent(endpoint, door, Audience::Authenticated, roles, &[]);
    }
    if suspects.is_suspect_door(endpoint) {
        return undecided("detectors say that it tells nobody in particular of people, or is being emptied");
    }
    if anonymous.others + unverified.others + confirmed.others > 0 {
        return undecided(
            "callers whom nobody verified were told of people who are not known to be themselves",
        );
    }
    if door.issued > 0 {
        return undecided("it gives out sessions");
    }
    if !door.classes.is_empty() {
        return undecided("callers whom nobody verified were told of themselves");
    }
    if !door.aside_classes.is_empty() {
        return undecided("callers under signal were told of people here");
    }
    if anonymous.exchanges == 0 {
        return undecided("only callers with a credential use it, and nobody verified these");
    }
    if door.exchanges < ENOUGH_ANSWERS || door.callers.len() < ENOUGH_CALLERS {
        return undecided("too little was seen of it");
    }
    let public = PublicDecl {
        reason: format!(
            "no personal data in {} answers to {} callers, {} to {}",
            door.exchanges,
            door.callers.len(),
            day(evidence.from),
            day(evidence.until)
        ),
        owner: "nobody yet, name who answers for it".into(),
        expires: end_of_day(evidence.until.plus(Window::from_secs(PUBLIC_DAYS * 86_400))),
    };
    intent(endpoint, door, Audience::Public(public), Vec::new(), &[])
}

fn intent(
    endpoint: &Endpoint,
    door: &Door,
    audience: Audience,
    roles: Vec<Arc<str>>,
    partners: &[(Arc<str>, Busiest)],
) -> Decision {
    let held = matches!(audience, Audience::Authenticated).then(|| door.owners.best()).flatten();
    let is_open = held.is_none() && roles.is_empty();
    let mut intent = Intent::new(audience);
    let busiest = partners.iter().map(|(_, busiest)| *busiest).reduce(Busiest::most);
    let mut is_capped = false;
    if let Some(busiest) = busiest {
        let (budget, capped) = budget(busiest);
        (intent.budget, is_capped) = (budget, capped);
    }
    intent.owner = held.as_ref().map(|held| held.rule.clone());
    intent.roles = roles;
    intent.classes = door.classes;
    let [.., verified, _] = door.kinds;
    Decision::Intent(Box::new(DoorProposal {
        endpoint: endpoint.clone(),
        intent,
        seen: seen(door),
        owner: held.map(|held| [held.callers, held.of]),
        busiest,
        is_capped,
        strangers: if is_open { verified.others } else { 0 },
    }))
}

fn seen(door: &Door) -> Seen {
    Seen {
        exchanges: door.exchanges,
        callers: door.callers.len(),
        more_callers: door.callers.has_more(),
        days: door.days.len(),
        kinds: door.kinds.map(|kind| kind.exchanges),
        classes: door.classes,
        aside: door.aside,
        aside_callers: door.aside_callers.len(),
        aside_classes: door.aside_classes,
        aside_names: door
            .aside_names
            .iter()
            .filter(|name| !door.names.contains_key(*name))
            .cloned()
            .collect(),
    }
}

/// Roles that read others here on a day that is like their others.
fn roles_here(door: &Door, evidence: &Evidence) -> Vec<Arc<str>> {
    let reads = |(name, here): &(&Arc<str>, &crate::evidence::NameHere)| {
        let Some(named) = evidence.names.get(*name).filter(|named| !named.is_partner) else { return false };
        let unlike = unlike(&named.spent);
        here.caller_days.iter().any(|caller_day| !unlike.contains(caller_day))
    };
    door.names.iter().filter(reads).map(|(name, _)| Arc::clone(name)).collect()
}

/// Partners that read more here than the default lets them, with head-room.
fn busy_partners(door: &Door, evidence: &Evidence, budgets: &Settings) -> Vec<(Arc<str>, Busiest)> {
    let allowed = allowed(&budgets.partner);
    let busy = |(name, here): (&Arc<str>, &crate::evidence::NameHere)| {
        let named = evidence.names.get(name).filter(|named| named.is_partner)?;
        let busiest = busiest(&here.spent, &unlike(&named.spent))?;
        needs(busiest, allowed).then(|| (Arc::clone(name), busiest))
    };
    door.names.iter().filter_map(busy).collect()
}

fn role(name: &Arc<str>, named: &Named, suspects: &Suspects, budgets: &Settings) -> Option<RoleProposal> {
    let unlike = unlike(&named.spent);
    let busiest = busiest(&named.spent, &unlike)?;
    if named.has_budget || !needs(busiest, allowed(&budgets.verified)) {
        return None;
    }
    let (per_hour, per_day) =
        (with_headroom(busiest.hour, MOST_AN_HOUR), with_headroom(busiest.day, MOST_A_DAY));
    Some(RoleProposal {
        role: Arc::clone(name),
        per_hour,
        per_day,
        busiest,
        is_capped: capped(busiest),
        exchanges: named.exchanges,
        callers: named.callers.len(),
        caller_days: named.spent.each().count(),
        unlike: unlike.len(),
        signalled: suspects.signalled(name),
    })
}

fn budget(busiest: Busiest) -> (Vec<BudgetDecl>, bool) {
    let windows = [
        BudgetDecl { subjects: with_headroom(busiest.hour, MOST_AN_HOUR), per: Window::HOUR },
        BudgetDecl { subjects: with_headroom(busiest.day, MOST_A_DAY), per: Window::DAY },
    ];
    (windows.to_vec(), capped(busiest))
}

fn capped(busiest: Busiest) -> bool {
    busiest.hour.saturating_mul(2) > MOST_AN_HOUR || busiest.day.saturating_mul(2) > MOST_A_DAY
}

/// People in an hour and a day that `budgets` let one caller read.
fn allowed(budgets: &[BudgetDecl]) -> [u32; 2] {
    let windows = budgets.iter().map(|budget| (budget.subjects, budget.per.secs_ceil()));
    detect::Settings::within(windows).map_or([0; 2], |allowed| [allowed.per_hour, allowed.per_day])
}

/// Whether the default leaves too little room.
fn needs(busiest: Busiest, [per_hour, per_day]: [u32; 2]) -> bool {
    with_headroom(busiest.hour, u32::MAX) > per_hour || with_headroom(busiest.day, u32::MAX) > per_day
}

/// Caller-days that read more than four times the median, where there are enough to compare.
fn unlike(days: &Days) -> BTreeSet<(u64, u64)> {
    let mut read: Vec<u32> = days.each().map(|(_, _, busiest)| busiest.day).collect();
    if read.len() < ENOUGH_DAYS {
        return BTreeSet::new();
    }
    read.sort_unstable();
    let median = read.get((read.len() - 1) / 2).copied().unwrap_or(0);
    let bound = median.saturating_mul(UNLIKE);
    days.each().filter(|(_, _, busiest)| busiest.day > bound).map(|(caller, day, _)| (caller, day)).collect()
}

fn busiest(days: &Days, unlike: &BTreeSet<(u64, u64)>) -> Option<Busiest> {
    let like = days.each().filter(|(caller, day, _)| !unlike.contains(&(*caller, *day)));
    like.map(|(_, _, busiest)| busiest).reduce(Busiest::most)
}

/// The day of a time, as it is written.
fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

fn end_of_day(at: Timestamp) -> Timestamp {
    let days = at.millis() / 86_400_000;
    Timestamp::from_millis(days.saturating_add(1).saturating_mul(86_400_000).saturating_sub(1))
}

impl RoleProposal {
    /// The budget, as it is written.
    #[must_use]
    pub fn budget(&self) -> Vec<BudgetDecl> {
        vec![
            BudgetDecl { subjects: self.per_hour, per: Window::HOUR },
            BudgetDecl { subjects: self.per_day, per: Window::DAY },
        ]
    }
}
