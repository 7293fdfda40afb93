//! Parsed documents to rules for people and correlations for counting.

use std::sync::Arc;

use rsigma_parser::{CorrelationCondition, CorrelationRule, CorrelationType, SigmaRule, WindowMode};
use spec::diagnostic::Diagnostic;
use spec::tree::{Node, Span};

use crate::applies;
use crate::correlate::{Correlation, MOST_THRESHOLD, Wanted};
use crate::field::{Field, Kind};
use crate::line::field_called;
use crate::load::{Document, Fault};
use crate::place;
use crate::rule::{Reason, Rule};

/// The custom field `name`: a word or a list of words.
fn words(node: &Node, name: &str) -> Vec<String> {
    let Some(value) = node.get(name) else { return Vec::new() };
    let one = value.text().into_iter();
    one.chain(value.items().iter().filter_map(Node::text)).map(str::to_owned).collect()
}

/// `document` for people.
pub(crate) fn rule(document: &Document<SigmaRule>, file: Arc<str>, reasons: Vec<(Reason, Span)>) -> Rule {
    let rule = &document.rule;
    Rule {
        file,
        at: place::of_path(&document.node, "/title"),
        title: rule.title.clone(),
        id: rule.id.clone(),
        name: rule.name.clone(),
        level: rule.level,
        tags: rule.tags.clone(),
        references: rule.references.clone(),
        d3fend: words(&document.node, "d3fend"),
        owasp: words(&document.node, "owasp"),
        description: rule.description.clone().unwrap_or_default(),
        is_correlation: false,
        is_told: true,
        reasons,
    }
}

/// A correlation that can be counted, and the rules that it refers to by their places.
pub(crate) struct Counted {
    pub(crate) correlation: Correlation,
    pub(crate) refers: Vec<usize>,
}

/// Adds correlations to `all`, and gives those that can be counted.
pub(crate) fn correlations(
    documents: Vec<Document<CorrelationRule>>,
    name: &dyn Fn(usize) -> Arc<str>,
    all: &mut Vec<Rule>,
    faults: &mut Vec<Fault>,
) -> Vec<Counted> {
    let first = all.len();
    all.extend(documents.iter().map(|document| for_people(document, name(document.file))));
    let mut linked: Vec<Option<Vec<usize>>> = Vec::new();
    for document in &documents {
        let refers = document.rule.rules.iter().map(|word| {
            let found = all
                .iter()
                .position(|rule| rule.id.as_deref() == Some(word) || rule.name.as_deref() == Some(word));
            if found.is_none() {
                let fault = Diagnostic::error(
                    "SIGMA-004",
                    format!("no rule has the id or name `{word}`"),
                    place::of_field(&document.node, word),
                )
                .help("name a rule of the files that are given together");
                faults.push(Fault { file: document.file, diagnostic: fault });
            }
            found
        });
        linked.push(refers.collect());
    }
    for nth in 0..documents.len() {
        if let Some(document) = documents.get(nth)
            && reaches(&linked, first, nth, nth, documents.len())
        {
            let fault = Diagnostic::error(
                "SIGMA-004",
                "this correlation builds on itself",
                place::of_path(&document.node, "/correlation/rules"),
            )
            .help("a correlation counts rules, or correlations that do not lead back to it");
            faults.push(Fault { file: document.file, diagnostic: fault });
            linked.get_mut(nth).into_iter().for_each(|links| *links = None);
        }
    }
    let mut counted = Vec::new();
    for (nth, (document, links)) in documents.iter().zip(linked).enumerate() {
        let Some(refers) = links else {
            all.get_mut(first + nth).into_iter().for_each(|rule| {
                rule.reasons.push((Reason::Builds(document.rule.rules.join(", ")), Span::default()))
            });
            continue;
        };
        if !document.rule.generate {
            for place in &refers {
                all.get_mut(*place).into_iter().for_each(|rule| rule.is_told = false);
            }
        }
        match counting(document, first + nth) {
            Ok(correlation) => counted.push(Counted { correlation, refers }),
            Err(reasons) => {
                all.get_mut(first + nth).into_iter().for_each(|rule| rule.reasons.extend(reasons.clone()))
            }
        }
    }
    // What builds on a rule that is not applicable is not either: as often as one can build on another.
    for _ in 0..=documents.len() {
        for (document, one) in documents.iter().enumerate() {
            let missing = one.rule.rules.iter().find(|word| {
                all.iter().any(|rule| {
                    !rule.is_applicable()
                        && (rule.id.as_deref() == Some(word) || rule.name.as_deref() == Some(word))
                })
            });
            if let (Some(word), Some(rule)) = (missing, all.get_mut(first + document))
                && rule.is_applicable()
            {
                rule.reasons.push((Reason::Builds(word.clone()), place::of_field(&one.node, word)));
            }
        }
    }
    counted.retain(|one| all.get(one.correlation.rule).is_some_and(Rule::is_applicable));
    counted
}

/// Whether `to` is reached from what `from` refers to, in at most `steps`.
fn reaches(linked: &[Option<Vec<usize>>], first: usize, from: usize, to: usize, steps: usize) -> bool {
    let mut seen = vec![false; linked.len()];
    let mut next = vec![from];
    for _ in 0..=steps.saturating_mul(2) {
        let Some(here) = next.pop() else { return false };
        let links = linked.get(here).and_then(Option::as_ref).into_iter().flatten();
        for place in links.filter_map(|place| place.checked_sub(first)) {
            if place == to {
                return true;
            }
            if let Some(known) = seen.get_mut(place)
                && !*known
            {
                *known = true;
                next.push(place);
            }
        }
    }
    false
}

fn for_people(document: &Document<CorrelationRule>, file: Arc<str>) -> Rule {
    let rule = &document.rule;
    Rule {
        file,
        at: place::of_path(&document.node, "/title"),
        title: rule.title.clone(),
        id: rule.id.clone(),
        name: rule.name.clone(),
        level: rule.level,
        tags: rule.tags.clone(),
        references: rule.references.clone(),
        d3fend: words(&document.node, "d3fend"),
        owasp: words(&document.node, "owasp"),
        description: rule.description.clone().unwrap_or_default(),
        is_correlation: true,
        is_told: true,
        reasons: Vec::new(),
    }
}

/// The correlation as it is counted, or why it is not.
fn counting(
    document: &Document<CorrelationRule>,
    place_of: usize,
) -> Result<Correlation, Vec<(Reason, Span)>> {
    let (rule, node) = (&document.rule, &document.node);
    let mut reasons = Vec::new();
    let at = |part: &str| place::of_path(node, &format!("/correlation/{part}"));
    let mut refuse = |how: String, part: &str| reasons.push((Reason::Counting(how), at(part)));
    let temporal =
        matches!(rule.correlation_type, CorrelationType::Temporal | CorrelationType::TemporalOrdered);
    if matches!(rule.correlation_type, CorrelationType::ValuePercentile | CorrelationType::ValueMedian) {
        refuse(format!("`{}`", rule.correlation_type.as_str()), "type");
    }
    if rule.window != WindowMode::Sliding {
        refuse(format!("a `{}` window", rule.window.as_str()), "window");
    }
    let mut wanted = None;
    let (mut thresholds, mut counted) = (Vec::new(), Vec::new());
    match &rule.condition {
        CorrelationCondition::Threshold { predicates, field, .. } if !temporal => {
            thresholds.clone_from(predicates);
            counted.clone_from(field.as_ref().unwrap_or(&Vec::new()));
            let sums = matches!(rule.correlation_type, CorrelationType::ValueSum | CorrelationType::ValueAvg);
            if !sums && predicates.iter().any(|(_, threshold)| *threshold > MOST_THRESHOLD) {
                refuse(format!("a threshold above {MOST_THRESHOLD}"), "condition");
            }
            let needs = !matches!(rule.correlation_type, CorrelationType::EventCount);
            if needs && counted.is_empty() {
                refuse("a condition without `field`".into(), "condition");
            }
        }
        CorrelationCondition::Threshold { .. } => {
            if node.get("correlation").and_then(|below| below.get("condition")).is_some() {
                refuse("a number of rules that matched".into(), "condition");
            }
        }
        CorrelationCondition::Extended(expression) => {
            wanted = Wanted::of(expression, &rule.rules);
            if wanted.is_none() || rule.correlation_type != CorrelationType::Temporal {
                refuse("this condition".into(), "condition");
            }
        }
    }
    let field = |name: &str, kinds: &[Kind]| match field_called(name) {
        Some(field) if kinds.contains(&field.kind()) => Ok(field),
        Some(_) => Err((Reason::Counting(format!("the field `{name}`")), place::of_field(node, name))),
        None => Err((applies::unknown(name).unwrap_or(Reason::NoCategory), place::of_field(node, name))),
    };
    let one_value = [Kind::Text, Kind::Address, Kind::Number, Kind::Flag];
    let sums = matches!(rule.correlation_type, CorrelationType::ValueSum | CorrelationType::ValueAvg);
    let kinds: &[Kind] = if sums { &[Kind::Number] } else { &one_value };
    let mut fields: Vec<Field> = Vec::new();
    for name in &counted {
        match field(name, kinds) {
            Ok(field) => fields.push(field),
            Err(reason) => reasons.push(reason),
        }
    }
    let mut group_by = Vec::new();
    for name in &rule.group_by {
        let alias = rule.aliases.iter().find(|alias| alias.alias == *name);
        let names =
            rule.rules.iter().map(|refer| alias.and_then(|alias| alias.mapping.get(refer)).unwrap_or(name));
        match names.map(|name| field(name, &one_value)).collect::<Result<Vec<_>, _>>() {
            Ok(fields) => group_by.push((name.clone(), fields)),
            Err(reason) => reasons.push(reason),
        }
    }
    if !reasons.is_empty() {
        return Err(reasons);
    }
    Ok(Correlation {
        rule: place_of,
        kind: rule.correlation_type,
        refers: rule.rules.len(),
        group_by,
        window_millis: rule.timespan.seconds.saturating_mul(1000),
        thresholds,
        counted: fields,
        wanted,
    })
}
