//! A set of rules, asked once per exchange.

use domain::Timestamp;
use rsigma_eval::CompiledRule;
use smallvec::SmallVec;

use crate::ask::Ask;
use crate::build::Counted;
use crate::correlate::{Counting, Fired};
use crate::event::Event;
use crate::field::Fields;
use crate::needs;
use crate::rule::{Rule, RuleIndex};
use crate::select::{self, Scratch, Selector};

/// Correlations that count correlations: so many above each other.
const MOST_ABOVE: usize = 8;

/// A rule that rsigma compiled.
#[derive(Debug)]
pub(crate) struct Ready {
    /// Its place among all rules.
    pub(crate) rule: usize,
    /// What a source must tell.
    pub(crate) needs: Fields,
    /// What it names.
    pub(crate) fields: Fields,
    /// Its condition; `None` where only rsigma can ask it.
    pub(crate) ask: Option<Ask>,
    pub(crate) compiled: CompiledRule,
}

/// A rule that holds of an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Which.
    pub rule: RuleIndex,
    /// For a correlation how many were counted; one above its largest threshold stands for more.
    pub count: Option<u64>,
    /// For a correlation the group: the names it groups by, with their values.
    pub group: Vec<(String, String)>,
}

/// Matches of one exchange: seldom any, hardly ever more than two.
pub type Matches = SmallVec<[Match; 2]>;

/// Rules, with what their correlations remember.
#[derive(Debug)]
pub struct Rules {
    all: Vec<Rule>,
    ready: Vec<Ready>,
    selector: Selector,
    scratch: Scratch,
    /// Of each rule, the correlations that count it, and as which of their rules.
    feeds: Vec<SmallVec<[(usize, usize); 1]>>,
    counting: Counting,
    seed: u64,
}

impl Rules {
    pub(crate) fn new(all: Vec<Rule>, ready: Vec<Ready>, counted: Vec<Counted>, seed: u64) -> Self {
        let mut feeds = vec![SmallVec::new(); all.len()];
        let mut correlations = Vec::new();
        for (nth, Counted { correlation, refers }) in counted.into_iter().enumerate() {
            for (refer, place) in refers.into_iter().enumerate() {
                feeds.get_mut(place).into_iter().for_each(|feeds: &mut SmallVec<_>| feeds.push((nth, refer)));
            }
            correlations.push(correlation);
        }
        let selector = select::of(ready.iter().map(|one| &one.compiled));
        Self {
            all,
            ready,
            selector,
            scratch: Scratch::default(),
            feeds,
            counting: Counting::new(correlations),
            seed,
        }
    }

    /// The rules that hold of `event`, which happened at `at`: rules that are told by themselves, and
    /// correlations whose condition begins to hold with it.
    ///
    /// Events come in the order of time. One that is earlier than the last of its group counts as of
    /// the last one's time.
    pub fn matches(&mut self, event: &Event<'_>, at: Timestamp) -> Matches {
        let Self { all, ready, selector, scratch, feeds, counting, seed } = self;
        let mut matches = Matches::new();
        selector.select(event, scratch);
        for candidate in &scratch.candidates {
            let one = usize::try_from(*candidate).ok().and_then(|nth| ready.get(nth));
            let Some(one) = one.filter(|one| holds(one, event)) else { continue };
            if all.get(one.rule).is_some_and(|rule| rule.is_told) {
                matches.push(Match { rule: RuleIndex(one.rule), count: None, group: Vec::new() });
            }
            let mut next: SmallVec<[(usize, usize); 4]> = SmallVec::from_elem((one.rule, 0), 1);
            while let Some((rule, above)) = next.pop() {
                for (nth, refer) in feeds.get(rule).into_iter().flatten() {
                    let fired = counting.feed(*nth, *refer, event, at.millis(), *seed);
                    let (Some(Fired { count, group }), Some(correlation)) = (fired, counting.get(*nth))
                    else {
                        continue;
                    };
                    let place = correlation.rule;
                    if all.get(place).is_some_and(|rule| rule.is_told) {
                        matches.push(Match { rule: RuleIndex(place), count: Some(count), group });
                    }
                    if above < MOST_ABOVE {
                        next.push((place, above + 1));
                    }
                }
            }
        }
        matches
    }

    /// The same without pre-selection: every rule is put to rsigma. For tests and measurements.
    #[must_use]
    pub fn matching_slowly(&self, event: &Event<'_>) -> Vec<RuleIndex> {
        let matching = self.ready.iter().filter(|one| {
            one.needs.is_within(event.given)
                && is_of_product(&one.compiled, event)
                && rsigma_eval::evaluate_rule(&one.compiled, event).is_some()
        });
        matching.map(|one| RuleIndex(one.rule)).collect()
    }

    /// The same with pre-selection, and without counting.
    pub fn matching(&mut self, event: &Event<'_>) -> Vec<RuleIndex> {
        let Self { ready, selector, scratch, .. } = self;
        selector.select(event, scratch);
        let ones = scratch.candidates.iter().filter_map(|nth| ready.get(usize::try_from(*nth).ok()?));
        ones.filter(|one| holds(one, event)).map(|one| RuleIndex(one.rule)).collect()
    }

    /// The groups of the correlation `index` in which `event` counts, by the rules that it counts itself;
    /// nothing is counted. For whoever wants to see what made a correlation speak.
    pub fn counted_by(&mut self, index: RuleIndex, event: &Event<'_>) -> Vec<Vec<(String, String)>> {
        let found = self.counting.all().position(|correlation| correlation.rule == index.0);
        let Some(nth) = found else { return Vec::new() };
        let matching = self.matching(event);
        let feeds = matching.iter().filter_map(|rule| self.feeds.get(rule.0)).flatten();
        let refers = feeds.filter(|(one, _)| *one == nth).map(|(_, refer)| *refer);
        let Some(correlation) = self.counting.get(nth) else { return Vec::new() };
        refers.filter_map(|refer| correlation.group(refer, event)).collect()
    }

    /// The places of [`Rules::all`], in their order.
    pub fn indices(&self) -> impl Iterator<Item = RuleIndex> + use<> {
        (0..self.all.len()).map(RuleIndex)
    }

    /// All rules, those that are not applicable too.
    #[must_use]
    pub fn all(&self) -> &[Rule] {
        &self.all
    }

    /// The rule at `index`.
    #[must_use]
    pub fn get(&self, index: RuleIndex) -> Option<&Rule> {
        self.all.get(index.0)
    }

    /// Applicable rules that cannot match in a source that tells only `given`, and what they lack.
    #[must_use]
    pub fn blind(&self, given: Fields) -> Vec<(RuleIndex, Fields)> {
        let mut blind: Vec<(RuleIndex, Fields)> = self
            .ready
            .iter()
            .filter(|one| !needs::can_match(&one.compiled, given))
            .map(|one| (RuleIndex(one.rule), one.fields.without(given)))
            .collect();
        // A correlation lacks what it groups by and counts, and what its rules lack.
        for _ in 0..=MOST_ABOVE {
            for (nth, correlation) in self.counting.all().enumerate() {
                let index = RuleIndex(correlation.rule);
                if blind.iter().any(|(known, _)| *known == index) {
                    continue;
                }
                let grouped = correlation.group_by.iter().flat_map(|(_, fields)| fields);
                let own: Vec<_> = grouped.chain(&correlation.counted).copied().collect();
                let mut lacks = Fields::of(&own).without(given);
                let feeds = self.feeds.iter().enumerate();
                let rules = feeds.filter(|(_, feeds)| feeds.iter().any(|(one, _)| *one == nth));
                let missing: Vec<Option<Fields>> = rules
                    .map(|(rule, _)| blind.iter().find(|(known, _)| known.0 == rule).map(|(_, lacks)| *lacks))
                    .collect();
                // Temporal kinds need every rule, counts one.
                if correlation.needs_all() || missing.iter().all(Option::is_some) {
                    lacks = missing.into_iter().flatten().fold(lacks, Fields::union);
                }
                if !lacks.is_empty() {
                    blind.push((index, lacks));
                }
            }
        }
        blind.sort_by_key(|(index, _)| *index);
        blind
    }

    /// How many groups of correlations had to leave while they still counted, because too many others came.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.counting.forgotten()
    }
}

fn is_of_product(rule: &CompiledRule, event: &Event<'_>) -> bool {
    rule.logsource.product.as_ref().is_none_or(|product| product.eq_ignore_ascii_case(event.product))
}

fn holds(one: &Ready, event: &Event<'_>) -> bool {
    let Ready { needs, compiled, ask, .. } = one;
    needs.is_within(event.given)
        && is_of_product(compiled, event)
        && match ask {
            Some(ask) => ask.holds(event),
            None => rsigma_eval::evaluate_rule(compiled, event).is_some(),
        }
}
