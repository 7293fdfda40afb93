//! Whether a rule can match here at all.
//!
//! Closed by default: a category, service or field that is not known makes the whole rule not
//! applicable, wherever in its condition it stands.

use rsigma_parser::{Detection, DetectionItem, Detections, Modifier, SigmaRule, SigmaValue};
use spec::tree::{Node, Span};

use crate::field::Field;
use crate::line::{ALSO_CALLED, field_called};
use crate::place;
use crate::rule::Reason;

/// Categories of which every exchange is one.
pub const CATEGORIES: [&str; 4] = ["webserver", "proxy", "waf", "api_activity"];

/// Services whose logs hold exchanges.
const SERVICES: [&str; 1] = ["access"];

/// Why `rule`, with its fields mapped, cannot match here.
pub(crate) fn rule(rule: &SigmaRule, node: &Node) -> Vec<(Reason, Span)> {
    let mut reasons = Vec::new();
    let of_source = |part: &str| place::of_path(node, &format!("/logsource/{part}"));
    match rule.logsource.category.as_deref() {
        None => reasons.push((Reason::NoCategory, of_source(""))),
        Some(category) if !CATEGORIES.iter().any(|one| one.eq_ignore_ascii_case(category)) => {
            reasons.push((Reason::Category(category.to_owned()), of_source("category")));
        }
        Some(_) => {}
    }
    if let Some(service) = &rule.logsource.service
        && !SERVICES.iter().any(|one| one.eq_ignore_ascii_case(service))
    {
        reasons.push((Reason::Service(service.clone()), of_source("service")));
    }
    reasons.extend(detections(&rule.detection, node));
    reasons
}

/// What of `detections` cannot be given here.
pub(crate) fn detections(detections: &Detections, node: &Node) -> Vec<(Reason, Span)> {
    let mut reasons: Vec<(Reason, Span)> = Vec::new();
    for detection in detections.named.values() {
        walk(detection, &mut |reason, word| {
            if !reasons.iter().any(|(known, _)| *known == reason) {
                reasons.push((reason, place::of_field(node, word)));
            }
        });
    }
    reasons.sort_by_key(|(_, at)| (at.line, at.column));
    reasons
}

/// Why `name` is no field, or `None` where it is one.
pub(crate) fn unknown(name: &str) -> Option<Reason> {
    if field_called(name).is_some() {
        return None;
    }
    let known = Field::ALL.iter().map(|field| field.name()).chain(ALSO_CALLED.iter().map(|(name, _)| *name));
    let near = known.map(|known| (strsim::damerau_levenshtein(&name.to_ascii_lowercase(), known), known));
    let nearest = near.min().filter(|(distance, _)| *distance <= 2 + name.len() / 8).map(|(_, known)| known);
    Some(Reason::Field { name: name.to_owned(), nearest })
}

fn walk(detection: &Detection, found: &mut dyn FnMut(Reason, &str)) {
    match detection {
        Detection::AllOf(items) => items.iter().for_each(|one| item(one, found)),
        Detection::AnyOf(parts) | Detection::And(parts) => parts.iter().for_each(|part| walk(part, found)),
        Detection::Keywords(_) => {}
        Detection::ArrayMatch { field, .. } => found(Reason::Members, field),
        Detection::Conditional { .. } => found(Reason::Members, ""),
    }
}

fn item(item: &DetectionItem, found: &mut dyn FnMut(Reason, &str)) {
    let mut look = |name: &str, at: &str| {
        // After the pipeline a field has the name that it has here.
        if Field::named(name).is_none() {
            let reason =
                unknown(name).unwrap_or_else(|| Reason::Field { name: name.to_owned(), nearest: None });
            found(reason, at);
        }
    };
    if let Some(name) = &item.field.name {
        look(name, name);
    }
    let refers = item.field.has_modifier(Modifier::FieldRef);
    let expands = item.field.has_modifier(Modifier::Expand);
    for value in item.values.iter().filter(|_| refers || expands) {
        let SigmaValue::String(text) = value else { continue };
        if refers {
            look(&text.original, &text.original);
        } else {
            text.original.split('%').skip(1).step_by(2).for_each(|name| look(name, &text.original));
        }
    }
}
