//! An ordered list of rules (HAProxy, Caddy) to routes of which the first that matches answers.
//!
//! Rules act one after the other: guards and limits on what passes, a rule that answers ends the walk.
//! Every rule that acts on some requests only splits those off, and they are written first; so the
//! list of routes says the same as the list of rules. A rule whose condition is not followed guards and
//! refuses nobody, but may let somebody through.

use std::collections::HashMap;
use std::sync::Arc;

use super::condition::{Condition, View};
use super::guard::{both, both_rates, both_reaches};
use crate::inventory::{Auth, PathMatch, Place, Rate, Reach, Route, Upstream};

/// Most routes of one front.
pub(super) const MOST_ROUTES: usize = 2_000;
/// Most steps of the walk over the rules of one front.
const MOST_STEPS: usize = 200_000;
/// Most conditions that one route can have met.
const MOST_SPLITS: usize = 100;
/// Earlier routes of one rule that a route is compared with.
const MOST_COMPARED: usize = 64;
/// Deepest nesting of lists of rules.
const MOST_NESTING: usize = 24;

/// The name of a route for requests that no rule answers.
pub(super) const NOTHING: &str = "nothing";

/// A rule.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// Any of these; none: never.
    pub(super) when: Vec<Condition>,
    pub(super) does: Does,
    pub(super) at: Place,
}

/// What a rule does.
#[derive(Clone, Debug)]
pub(super) enum Does {
    Guard(Auth),
    Limit(Rate),
    Reach(Reach),
    /// Changes how later rules see the path; the text is what the upstream sees.
    View(View, Option<Arc<str>>),
    /// Goes on behind the rule at this position of the same list.
    Skip(usize),
    /// Walks these rules, then goes on at this position of the list.
    Within(Arc<[Rule]>, usize),
    /// Answers: a refusal.
    Refuse(Arc<str>),
    /// Answers by itself.
    Answer(Arc<str>),
    /// Answers from elsewhere.
    Pass(Arc<str>, Upstream),
    /// Answers from elsewhere, behind these rules.
    Hand(Arc<[Rule]>),
}

#[derive(Clone)]
struct State {
    condition: Condition,
    auth: Auth,
    rate: Rate,
    reach: Reach,
    view: View,
    rewrite: Option<Arc<str>>,
}

/// The routes of `rules`, and whether there are more than is followed.
pub(super) fn routes(
    rules: &Arc<[Rule]>,
    hosts: Option<Vec<Arc<str>>>,
    guard: Auth,
    at: Place,
) -> (Vec<Route>, bool) {
    let mut walk = Walk { routes: Vec::new(), steps: 0, cut: false, at };
    let state = State {
        condition: Condition { hosts, ..Condition::default() },
        auth: guard,
        rate: Rate::Unlimited,
        reach: Reach::World,
        view: View::Sent,
        rewrite: None,
    };
    walk.walk(vec![(Arc::clone(rules), 0)], state, 0);
    (reached(walk.routes), walk.cut)
}

/// The routes without those that nothing reaches, because an earlier one of the same rule takes all
/// that they match: rules that divide one condition twice leave such.
fn reached(routes: Vec<Route>) -> Vec<Route> {
    let mut kept: Vec<Route> = Vec::with_capacity(routes.len());
    let mut by_place: HashMap<Place, Vec<usize>> = HashMap::new();
    for route in routes {
        let of_rule = by_place.entry(route.at).or_default();
        let covered = of_rule.iter().take(MOST_COMPARED).filter_map(|at| kept.get(*at)).any(|known| {
            !known.conditional
                && within(&route.hosts, &known.hosts)
                && within(&route.methods, &known.methods)
                && (known.path == PathMatch::Any || known.path == route.path)
        });
        if !covered {
            of_rule.push(kept.len());
            kept.push(route);
        }
    }
    kept
}

/// Whether every entry of `narrow` is in `wide`; an empty list is everything.
fn within(narrow: &[Arc<str>], wide: &[Arc<str>]) -> bool {
    wide.is_empty() || !narrow.is_empty() && narrow.iter().all(|entry| wide.contains(entry))
}

struct Walk {
    routes: Vec<Route>,
    steps: usize,
    cut: bool,
    /// Where the rules begin.
    at: Place,
}

type Frames = Vec<(Arc<[Rule]>, usize)>;

impl Walk {
    /// Walks on for the requests of `state`; what is split off is walked one deeper.
    fn walk(&mut self, mut frames: Frames, mut state: State, depth: usize) {
        'rules: loop {
            self.steps += 1;
            if self.steps > MOST_STEPS
                || self.routes.len() >= MOST_ROUTES
                || frames.len() > MOST_NESTING
                || depth > MOST_SPLITS
            {
                self.cut = true;
                return;
            }
            let Some((rules, at)) = frames.pop() else {
                // What was split off must not come to the routes behind it.
                if depth > 0 {
                    self.route(&NOTHING.into(), None, self.at, state);
                }
                return;
            };
            let Some(rule) = rules.get(at).cloned() else { continue };
            frames.push((rules, at + 1));
            // A guard under a condition that is not followed guards nobody.
            let closes =
                matches!(rule.does, Does::Guard(_) | Does::Limit(_) | Does::Reach(_) | Does::Refuse(_));
            for when in &rule.when {
                let Some(when) = when.through(&state.view) else { continue };
                if when.perhaps && closes {
                    continue;
                }
                let Some(condition) = state.condition.and(&when) else { continue };
                if condition == state.condition && !when.perhaps {
                    if !self.act(&rule, &mut frames, &mut state) {
                        return;
                    }
                    continue 'rules;
                }
                let mut split = (frames.clone(), State { condition, ..state.clone() });
                if self.act(&rule, &mut split.0, &mut split.1) {
                    self.walk(split.0, split.1, depth + 1);
                }
                if self.cut {
                    return;
                }
            }
        }
    }

    /// Does what `rule` does to the requests of `state`; whether they go on.
    fn act(&mut self, rule: &Rule, frames: &mut Frames, state: &mut State) -> bool {
        match &rule.does {
            Does::Guard(auth) => state.auth = both(state.auth.clone(), auth.clone()),
            Does::Limit(rate) => state.rate = both_rates(state.rate.clone(), rate.clone()),
            Does::Reach(reach) => state.reach = both_reaches(state.reach.clone(), reach.clone()),
            Does::View(view, rewrite) => {
                state.view = match (&state.view, view) {
                    (View::Stripped(outer), View::Stripped(inner)) => {
                        View::Stripped(format!("{}{inner}", outer.trim_end_matches('/')).into())
                    }
                    (View::Sent, view) | (_, view @ View::Fixed(_)) => view.clone(),
                    _ => View::Unknown,
                };
                if rewrite.is_some() {
                    state.rewrite = rewrite.clone();
                }
            }
            Does::Skip(to) => {
                if let Some(last) = frames.last_mut() {
                    last.1 = *to;
                }
            }
            Does::Within(rules, then) => {
                if let Some(last) = frames.last_mut() {
                    last.1 = *then;
                }
                frames.push((Arc::clone(rules), 0));
            }
            Does::Hand(rules) => *frames = vec![(Arc::clone(rules), 0)],
            Does::Refuse(name) => {
                state.auth = Auth::Denied { at: rule.at };
                self.route(name, None, rule.at, state.clone());
                return false;
            }
            Does::Answer(name) => {
                self.route(name, None, rule.at, state.clone());
                return false;
            }
            Does::Pass(name, upstream) => {
                self.route(name, Some(upstream.clone()), rule.at, state.clone());
                return false;
            }
        }
        true
    }

    fn route(&mut self, name: &Arc<str>, upstream: Option<Upstream>, at: Place, state: State) {
        let path: PathMatch = state.condition.path_match();
        self.routes.push(Route {
            name: name.clone(),
            hosts: state.condition.hosts.unwrap_or_default(),
            path,
            methods: state.condition.methods.unwrap_or_default(),
            conditional: state.condition.perhaps,
            priority: 0,
            auth: state.auth,
            rate: state.rate,
            reach: state.reach,
            upstream,
            rewrite: state.rewrite,
            at,
        });
    }
}
