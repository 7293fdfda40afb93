//! What a source must tell, so that a rule says nothing which is not known.
//!
//! Where a field is not told, rsigma takes it for absent, and what is absent does not match: harmless in
//! `selection`, but under `not`, or with `exists: false` or `null`, the rule would hold *because* nothing
//! is known. The fields of such places are the rule's *needs*; over a source that does not tell them it
//! never matches. Under `not`, a field is needed even where another part would have decided.

use std::collections::HashMap;

use rsigma_eval::{CompiledDetection, CompiledDetectionItem, CompiledMatcher, CompiledRule};
use rsigma_parser::{ConditionExpr, Quantifier};

use crate::event::SEARCHED;
use crate::field::{Field, Fields};

type Named = HashMap<String, CompiledDetection>;

/// The fields that a source must tell.
pub(crate) fn of(rule: &CompiledRule) -> Fields {
    let each = rule.conditions.iter().map(|condition| needed(condition, &rule.detections, true));
    each.fold(Fields::NONE, Fields::union)
}

/// Every field that the rule names.
pub(crate) fn named(rule: &CompiledRule) -> Fields {
    let mut all = Fields::NONE;
    for detection in rule.detections.values() {
        items(detection, &mut |item| all = all.union(fields(item)));
    }
    all
}

/// Whether the rule can match an exchange of a source that tells `given`.
pub(crate) fn can_match(rule: &CompiledRule, given: Fields) -> bool {
    of(rule).is_within(given) && rule.conditions.iter().any(|one| can(one, &rule.detections, given).0)
}

fn needed(condition: &ConditionExpr, named: &Named, asserted: bool) -> Fields {
    let each = |parts: &[ConditionExpr]| {
        parts.iter().map(|part| needed(part, named, asserted)).fold(Fields::NONE, Fields::union)
    };
    let of = |detection: &CompiledDetection| {
        let mut all = Fields::NONE;
        items(detection, &mut |item| {
            if holds_when_absent(item) == asserted {
                all = all.union(fields(item));
            }
        });
        all
    };
    match condition {
        ConditionExpr::Identifier(name) => named.get(name).map(of).unwrap_or_default(),
        ConditionExpr::And(parts) | ConditionExpr::Or(parts) => each(parts),
        ConditionExpr::Not(part) => needed(part, named, !asserted),
        ConditionExpr::Selector { pattern, .. } => {
            let chosen = named.iter().filter(|(name, _)| pattern.matches_detection_name(name));
            chosen.map(|(_, detection)| of(detection)).fold(Fields::NONE, Fields::union)
        }
    }
}

/// Calls `with` for every item; a keyword is an item without a field.
fn items(detection: &CompiledDetection, with: &mut dyn FnMut(&CompiledDetectionItem)) {
    match detection {
        CompiledDetection::AllOf(all) => all.iter().for_each(with),
        CompiledDetection::AnyOf(parts) | CompiledDetection::And(parts) => {
            parts.iter().for_each(|part| items(part, with));
        }
        CompiledDetection::Keywords(matcher) => {
            with(&CompiledDetectionItem {
                field: None,
                matcher: matcher.clone(),
                exists: None,
                bloom_eligible: false,
            });
        }
        // A rule with these is not applicable.
        CompiledDetection::ArrayMatch { .. } | CompiledDetection::Conditional { .. } => {}
    }
}

const fn holds_when_absent(item: &CompiledDetectionItem) -> bool {
    match item.exists {
        Some(wanted) => !wanted,
        None => matches!(item.matcher, CompiledMatcher::Null),
    }
}

fn fields(item: &CompiledDetectionItem) -> Fields {
    let mut all = match &item.field {
        Some(name) => Field::named(name).map(|field| Fields::of(&[field])).unwrap_or_default(),
        // A keyword is looked for in what there is; without the target there is nothing worth it.
        None => Fields::of(&[Field::Uri]),
    };
    refers(&item.matcher, &mut |name| {
        if let Some(field) = Field::named(name) {
            all = all.with(field);
        }
    });
    all
}

/// Calls `with` for every other field that a matcher reads.
pub(crate) fn refers(matcher: &CompiledMatcher, with: &mut dyn FnMut(&str)) {
    match matcher {
        CompiledMatcher::FieldRef { field, .. } => with(field),
        CompiledMatcher::Expand { template, .. } => {
            for part in template {
                if let rsigma_eval::matcher::ExpandPart::Placeholder(field) = part {
                    with(field);
                }
            }
        }
        CompiledMatcher::Not(inner) | CompiledMatcher::TimestampPart { inner, .. } => refers(inner, with),
        CompiledMatcher::AnyOf(parts)
        | CompiledMatcher::AllOf(parts)
        | CompiledMatcher::CaseInsensitiveGroup { children: parts, .. } => {
            parts.iter().for_each(|part| refers(part, with));
        }
        _ => {}
    }
}

/// Whether a condition can be true, and whether it can be false.
fn can(condition: &ConditionExpr, named: &Named, given: Fields) -> (bool, bool) {
    match condition {
        ConditionExpr::Identifier(name) => {
            named.get(name).map_or((false, true), |detection| can_detect(detection, given))
        }
        ConditionExpr::And(parts) => all(parts.iter().map(|part| can(part, named, given))),
        ConditionExpr::Or(parts) => any(parts.iter().map(|part| can(part, named, given))),
        ConditionExpr::Not(part) => {
            let (yes, no) = can(part, named, given);
            (no, yes)
        }
        ConditionExpr::Selector { quantifier, pattern } => {
            let chosen = named.iter().filter(|(name, _)| pattern.matches_detection_name(name));
            let parts = chosen.map(|(_, detection)| can_detect(detection, given));
            match quantifier {
                Quantifier::All => all(parts),
                Quantifier::Any => any(parts),
                Quantifier::Count(_) => (true, true),
            }
        }
    }
}

fn all(parts: impl Iterator<Item = (bool, bool)>) -> (bool, bool) {
    parts.fold((true, false), |(yes, no), (y, n)| (yes && y, no || n))
}

fn any(parts: impl Iterator<Item = (bool, bool)>) -> (bool, bool) {
    parts.fold((false, true), |(yes, no), (y, n)| (yes || y, no && n))
}

fn can_detect(detection: &CompiledDetection, given: Fields) -> (bool, bool) {
    match detection {
        CompiledDetection::AllOf(items) => all(items.iter().map(|item| {
            if item.field.is_none() {
                return (SEARCHED.iter().any(|field| given.has(*field)), true);
            }
            let absent = holds_when_absent(item);
            if fields(item).is_within(given) { (true, true) } else { (absent, !absent) }
        })),
        CompiledDetection::AnyOf(parts) => any(parts.iter().map(|part| can_detect(part, given))),
        CompiledDetection::And(parts) => all(parts.iter().map(|part| can_detect(part, given))),
        CompiledDetection::Keywords(_) => (SEARCHED.iter().any(|field| given.has(*field)), true),
        CompiledDetection::ArrayMatch { .. } | CompiledDetection::Conditional { .. } => (false, false),
    }
}
