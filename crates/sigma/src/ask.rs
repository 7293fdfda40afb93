//! A rule's condition with its names and fields looked up once, asked as rsigma asks it.
//!
//! rsigma looks a detection up by its name and a field by its own for every event, and makes small letters of
//! a text for every value that it compares. Most candidates of the pre-selection are ordinary reads, so that
//! it is this which a hunt's time goes to. Here names are places, what is cheap is asked first, and texts of
//! ASCII and numbers are compared where they lie; everything else is rsigma's own matcher.
//!
//! INVARIANT (the same verdict): a rule holds of an event exactly when rsigma says so. The property test in
//! `tests/equal.rs` holds both against each other.

use rsigma_eval::matcher::GroupMode;
use rsigma_eval::{CompiledDetection, CompiledDetectionItem, CompiledMatcher, CompiledRule};
use rsigma_parser::{ConditionExpr, Quantifier};

use crate::cover::Compare;
use crate::event::{Event, Value};
use crate::field::{Field, Kind};

/// A rule's condition, ready to be asked.
#[derive(Debug)]
pub(crate) enum Ask {
    Known(bool),
    Item(Box<Item>),
    Keyword(Box<CompiledMatcher>),
    All(Vec<Self>),
    Any(Vec<Self>),
    /// So many of them.
    Many(u64, Vec<Self>),
    Not(Box<Self>),
}

/// A test of a field.
#[derive(Debug)]
pub(crate) struct Item {
    field: Field,
    /// Only whether it is there.
    exists: Option<bool>,
    quick: Option<Quick>,
    matcher: CompiledMatcher,
}

/// A test of a text of ASCII, or of a number, without rsigma.
#[derive(Debug)]
enum Quick {
    /// Whether letters must have the case of the text.
    Exact(String, bool),
    Start(String, bool),
    End(String, bool),
    Number(Compare),
    Any(Vec<Self>),
    /// One of several endings, and a bit for each byte that may be the last: most texts have another.
    Endings(u128, Vec<Self>),
    All(Vec<Self>),
}

impl Ask {
    /// Of a rule; `None` where it has parts that no event here can have.
    pub(crate) fn of(rule: &CompiledRule) -> Option<Self> {
        let each = rule.conditions.iter().map(|condition| Self::condition(condition, rule));
        Some(any(each.collect::<Option<_>>()?))
    }

    fn condition(condition: &ConditionExpr, rule: &CompiledRule) -> Option<Self> {
        let each = |parts: &[ConditionExpr]| {
            parts.iter().map(|part| Self::condition(part, rule)).collect::<Option<Vec<_>>>()
        };
        Some(match condition {
            ConditionExpr::Identifier(name) => match rule.detections.get(name) {
                Some(detection) => Self::detection(detection)?,
                None => Self::Known(false),
            },
            ConditionExpr::And(parts) => all(each(parts)?),
            ConditionExpr::Or(parts) => any(each(parts)?),
            ConditionExpr::Not(part) => Self::Not(Box::new(Self::condition(part, rule)?)),
            ConditionExpr::Selector { quantifier, pattern } => {
                let chosen = rule.detections.iter().filter(|(name, _)| pattern.matches_detection_name(name));
                let parts = chosen.map(|(_, one)| Self::detection(one)).collect::<Option<Vec<_>>>()?;
                match quantifier {
                    Quantifier::Any => any(parts),
                    Quantifier::All => all(parts),
                    Quantifier::Count(least) => Self::Many(*least, parts),
                }
            }
        })
    }

    fn detection(detection: &CompiledDetection) -> Option<Self> {
        let each =
            |parts: &[CompiledDetection]| parts.iter().map(Self::detection).collect::<Option<Vec<_>>>();
        Some(match detection {
            CompiledDetection::AllOf(items) => all(items.iter().map(Self::item).collect()),
            CompiledDetection::AnyOf(parts) => any(each(parts)?),
            CompiledDetection::And(parts) => all(each(parts)?),
            CompiledDetection::Keywords(matcher) => Self::Keyword(Box::new(matcher.clone())),
            CompiledDetection::ArrayMatch { .. } | CompiledDetection::Conditional { .. } => return None,
        })
    }

    fn item(item: &CompiledDetectionItem) -> Self {
        let Some(name) = &item.field else {
            return match item.exists {
                Some(exists) => Self::Known(!exists),
                None => Self::Keyword(Box::new(item.matcher.clone())),
            };
        };
        let Some(field) = Field::named(name) else {
            // It is never there.
            let holds = item.exists.map_or(matches!(item.matcher, CompiledMatcher::Null), |exists| !exists);
            return Self::Known(holds);
        };
        let quick = Quick::of(&item.matcher, field.kind());
        Self::Item(Box::new(Item { field, exists: item.exists, quick, matcher: item.matcher.clone() }))
    }

    /// Whether it holds of `event`.
    pub(crate) fn holds(&self, event: &Event<'_>) -> bool {
        match self {
            Self::Known(holds) => *holds,
            Self::Item(item) => item.holds(event),
            Self::Keyword(matcher) => matcher.matches_keyword(event),
            Self::All(parts) => parts.iter().all(|part| part.holds(event)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(event)),
            Self::Many(least, parts) => {
                let least = usize::try_from(*least).unwrap_or(usize::MAX);
                parts.iter().filter(|part| part.holds(event)).take(least).count() >= least
            }
            Self::Not(part) => !part.holds(event),
        }
    }

    /// What it costs to ask, roughly: only to ask what is cheap first.
    fn cost(&self) -> usize {
        match self {
            Self::Known(_) => 0,
            Self::Item(item) => match (item.exists, &item.quick) {
                (Some(_), _) => 1,
                (None, Some(quick)) => quick.cost(),
                (None, None) => 100,
            },
            Self::Keyword(_) => 1000,
            Self::All(parts) | Self::Any(parts) | Self::Many(_, parts) => parts.iter().map(Self::cost).sum(),
            Self::Not(part) => part.cost(),
        }
    }
}

fn all(parts: Vec<Ask>) -> Ask {
    Ask::All(cheapest_first(parts))
}

fn any(parts: Vec<Ask>) -> Ask {
    Ask::Any(cheapest_first(parts))
}

/// Nothing that is asked changes anything, so that the order only decides what it costs.
fn cheapest_first(mut parts: Vec<Ask>) -> Vec<Ask> {
    parts.sort_by_key(Ask::cost);
    parts
}

impl Item {
    fn holds(&self, event: &Event<'_>) -> bool {
        let value = event.value(self.field);
        if let Some(exists) = self.exists {
            return value.is_some() == exists;
        }
        let Some(value) = value else { return matches!(self.matcher, CompiledMatcher::Null) };
        let quick = self.quick.as_ref().and_then(|quick| match (value, self.field.kind()) {
            (Value::Text(text), Kind::Text) if text.is_ascii() => Some(quick.holds_of_text(text)),
            (Value::Number(number), Kind::Number) => Some(quick.holds_of_number(number)),
            _ => None,
        });
        quick.unwrap_or_else(|| self.matcher.matches(&value.for_rsigma(), event))
    }
}

impl Quick {
    fn of(matcher: &CompiledMatcher, kind: Kind) -> Option<Self> {
        let each = |parts: &[CompiledMatcher]| {
            parts.iter().map(|part| Self::of(part, kind)).collect::<Option<Vec<_>>>()
        };
        match (matcher, kind) {
            (CompiledMatcher::Exact { value, case_insensitive }, Kind::Text) => {
                Self::text(value, *case_insensitive, Self::Exact)
            }
            (CompiledMatcher::StartsWith { value, case_insensitive }, Kind::Text) => {
                Self::text(value, *case_insensitive, Self::Start)
            }
            (CompiledMatcher::EndsWith { value, case_insensitive }, Kind::Text) => {
                Self::text(value, *case_insensitive, Self::End)
            }
            (CompiledMatcher::NumericEq(value), Kind::Number) => Some(Self::Number(Compare::Eq(*value))),
            (CompiledMatcher::NumericGt(value), Kind::Number) => Some(Self::Number(Compare::Gt(*value))),
            (CompiledMatcher::NumericGte(value), Kind::Number) => Some(Self::Number(Compare::Gte(*value))),
            (CompiledMatcher::NumericLt(value), Kind::Number) => Some(Self::Number(Compare::Lt(*value))),
            (CompiledMatcher::NumericLte(value), Kind::Number) => Some(Self::Number(Compare::Lte(*value))),
            (
                CompiledMatcher::AnyOf(parts)
                | CompiledMatcher::CaseInsensitiveGroup { children: parts, mode: GroupMode::Any },
                _,
            ) => each(parts).map(Self::any),
            (
                CompiledMatcher::AllOf(parts)
                | CompiledMatcher::CaseInsensitiveGroup { children: parts, mode: GroupMode::All },
                _,
            ) => each(parts).map(Self::All),
            _ => None,
        }
    }

    /// One of them.
    fn any(parts: Vec<Self>) -> Self {
        let last = |part: &Self| match part {
            Self::End(value, _) => value.bytes().last(),
            _ => None,
        };
        match parts.iter().map(last).collect::<Option<Vec<u8>>>() {
            Some(lasts) => Self::Endings(lasts.into_iter().fold(0, |bits, last| bits | bit(last)), parts),
            None => Self::Any(parts),
        }
    }

    /// rsigma makes small letters of the text alone: a value with others, or beyond ASCII, is left to it.
    fn text(value: &str, is_folded: bool, quick: fn(String, bool) -> Self) -> Option<Self> {
        let is_fine = value.is_ascii() && !(is_folded && value.bytes().any(|byte| byte.is_ascii_uppercase()));
        is_fine.then(|| quick(value.to_owned(), !is_folded))
    }

    fn holds_of_text(&self, text: &[u8]) -> bool {
        let same = |part: Option<&[u8]>, value: &str, is_cased: bool| {
            part.is_some_and(|part| match is_cased {
                true => part == value.as_bytes(),
                false => part.eq_ignore_ascii_case(value.as_bytes()),
            })
        };
        match self {
            Self::Exact(value, is_cased) => same(Some(text), value, *is_cased),
            Self::Start(value, is_cased) => same(text.get(..value.len()), value, *is_cased),
            Self::End(value, is_cased) => {
                // Of many endings nearly all are told apart by their last byte.
                let last = text.last().map(u8::to_ascii_lowercase);
                let may_be = value.bytes().last().is_none_or(|end| Some(end.to_ascii_lowercase()) == last);
                let from = text.len().checked_sub(value.len()).filter(|_| may_be);
                same(from.and_then(|from| text.get(from..)), value, *is_cased)
            }
            // No number stands among the tests of a text.
            Self::Number(_) => false,
            Self::Any(parts) => parts.iter().any(|part| part.holds_of_text(text)),
            Self::Endings(lasts, parts) => {
                let may_be = text.last().is_some_and(|last| lasts & bit(*last) != 0);
                may_be && parts.iter().any(|part| part.holds_of_text(text))
            }
            Self::All(parts) => parts.iter().all(|part| part.holds_of_text(text)),
        }
    }

    fn holds_of_number(&self, number: u64) -> bool {
        match self {
            Self::Number(compare) => compare.holds(crate::select::as_rsigma_sees(number)),
            Self::Any(parts) => parts.iter().any(|part| part.holds_of_number(number)),
            Self::All(parts) => parts.iter().all(|part| part.holds_of_number(number)),
            Self::Exact(..) | Self::Start(..) | Self::End(..) | Self::Endings(..) => false,
        }
    }

    fn cost(&self) -> usize {
        match self {
            Self::Number(_) => 1,
            Self::Exact(..) | Self::Start(..) | Self::End(..) => 2,
            Self::Endings(..) => 3,
            Self::Any(parts) | Self::All(parts) => parts.iter().map(Self::cost).sum(),
        }
    }
}

/// The bit of a byte of ASCII, whatever its case.
fn bit(byte: u8) -> u128 {
    1 << (byte.to_ascii_lowercase() & 127)
}
