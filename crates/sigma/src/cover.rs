//! What must hold of an event whenever a rule matches it, in words that are cheap to test.
//!
//! A rule's condition is weakened to a few *clauses*, each an "or" of *atoms* over single fields, so that
//! the rule implies every clause. `not` gives no clause, an unknown matcher only that its field is there.
//! It never decides that a rule matches: who passes all clauses is put to rsigma.
//!
//! Atoms speak of ASCII. A field with other bytes passes all its atoms (letters such as U+212A fold to
//! ASCII ones, and bytes that are no UTF-8 reach rsigma as replacement characters).

use std::collections::HashMap;

use regex_syntax::hir::{Class, Hir, HirKind};
use rsigma_eval::matcher::GroupMode;
use rsigma_eval::{CompiledDetection, CompiledDetectionItem, CompiledMatcher, CompiledRule};
use rsigma_parser::{ConditionExpr, Quantifier};

use crate::event::SEARCHED;
use crate::field::{Field, Kind};

/// Most atoms of a clause; a longer one is weakened to the presence of its fields.
const MOST_ATOMS: usize = 512;
/// Most clauses that are kept of each kind: tests that are cheap, and those that search a text.
pub(crate) const KEPT: usize = 3;

/// A comparison of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Compare {
    Eq(f64),
    Gt(f64),
    Gte(f64),
    Lt(f64),
    Lte(f64),
}

impl Compare {
    /// As rsigma compares.
    pub(crate) fn holds(self, value: f64) -> bool {
        match self {
            Self::Eq(other) => (value - other).abs() < f64::EPSILON,
            Self::Gt(other) => value > other,
            Self::Gte(other) => value >= other,
            Self::Lt(other) => value < other,
            Self::Lte(other) => value <= other,
        }
    }
}

/// What is tested of a field. Texts are ASCII in small letters, and never empty.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    Present,
    Number(Compare),
    Exact(Vec<u8>),
    Prefix(Vec<u8>),
    Suffix(Vec<u8>),
    Word(Vec<u8>),
    /// One of these bytes stands in it: a bit for each byte below 128.
    Byte(u128),
}

/// One test of one field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Atom {
    pub(crate) field: Field,
    pub(crate) test: Test,
}

impl Atom {
    /// How much an atom is expected to sort out.
    fn rank(&self) -> usize {
        match &self.test {
            Test::Present => 0,
            Test::Number(Compare::Eq(_)) => 3,
            Test::Number(_) => 2,
            Test::Byte(_) => 4,
            Test::Exact(text) => 2 + text.len().min(8),
            Test::Prefix(text) | Test::Suffix(text) | Test::Word(text) => text.len().min(10),
        }
    }
}

/// One of these atoms holds whenever the rule matches.
pub(crate) type Clause = Vec<Atom>;

pub(crate) fn is_cheap(clause: &Clause) -> bool {
    !clause.iter().any(|atom| matches!(atom.test, Test::Word(_)))
}

fn rank(clause: &Clause) -> (usize, usize) {
    let weakest = clause.iter().map(Atom::rank).min().unwrap_or(0);
    (weakest, MOST_ATOMS.saturating_sub(clause.len()))
}

/// The clauses of `rule`, the best of each kind. None: it must always be put to rsigma.
pub(crate) fn of(rule: &CompiledRule) -> Vec<Clause> {
    // Of several conditions one suffices.
    let each = rule.conditions.iter().map(|condition| of_condition(condition, &rule.detections));
    kept(or(each.collect()))
}

/// The best clauses: at most [`KEPT`] that are cheap, and as many that search.
fn kept(mut clauses: Vec<Clause>) -> Vec<Clause> {
    clauses.sort_by_key(|clause| std::cmp::Reverse(rank(clause)));
    clauses.dedup();
    let (cheap, dear): (Vec<_>, Vec<_>) = clauses.into_iter().partition(is_cheap);
    cheap.into_iter().take(KEPT).chain(dear.into_iter().take(KEPT)).collect()
}

/// Clauses that hold when one of the parts does: the best of each together, the best cheap ones, and the
/// best that search.
fn or(parts: Vec<Vec<Clause>>) -> Vec<Clause> {
    match <[Vec<Clause>; 1]>::try_from(parts) {
        Ok([only]) => only,
        Err(parts) if parts.is_empty() => Vec::new(),
        Err(parts) => {
            let kinds: [fn(&Clause) -> bool; 3] = [|_| true, is_cheap, |clause| !is_cheap(clause)];
            kinds.into_iter().filter_map(|wanted| together(&parts, wanted)).collect()
        }
    }
}

/// The best clause of each part that is wanted, as one; `None` where a part has none.
fn together(parts: &[Vec<Clause>], wanted: fn(&Clause) -> bool) -> Option<Clause> {
    let best =
        |part: &Vec<Clause>| part.iter().filter(|clause| wanted(clause)).max_by_key(|one| rank(one)).cloned();
    let clauses: Option<Vec<Clause>> = parts.iter().map(best).collect();
    clauses.map(|clauses| bounded(clauses.into_iter().flatten().collect()))
}

fn bounded(clause: Clause) -> Clause {
    if clause.len() <= MOST_ATOMS {
        return clause;
    }
    let mut fields: Vec<Field> = clause.into_iter().map(|atom| atom.field).collect();
    fields.sort_unstable();
    fields.dedup();
    fields.into_iter().map(|field| Atom { field, test: Test::Present }).collect()
}

fn of_condition(condition: &ConditionExpr, named: &HashMap<String, CompiledDetection>) -> Vec<Clause> {
    match condition {
        ConditionExpr::Identifier(name) => named.get(name).map(of_detection).unwrap_or_default(),
        ConditionExpr::And(parts) => kept(parts.iter().flat_map(|part| of_condition(part, named)).collect()),
        ConditionExpr::Or(parts) => or(parts.iter().map(|part| of_condition(part, named)).collect()),
        ConditionExpr::Not(_) => Vec::new(),
        ConditionExpr::Selector { quantifier, pattern } => {
            let chosen = named.iter().filter(|(name, _)| pattern.matches_detection_name(name));
            let parts = chosen.map(|(_, detection)| of_detection(detection)).collect::<Vec<_>>();
            match quantifier {
                Quantifier::Count(0) => Vec::new(),
                Quantifier::Any | Quantifier::Count(_) => or(parts),
                Quantifier::All => kept(parts.into_iter().flatten().collect()),
            }
        }
    }
}

fn of_detection(detection: &CompiledDetection) -> Vec<Clause> {
    match detection {
        CompiledDetection::AllOf(items) => kept(items.iter().flat_map(of_item).collect()),
        CompiledDetection::AnyOf(parts) => or(parts.iter().map(of_detection).collect()),
        CompiledDetection::And(parts) => kept(parts.iter().flat_map(of_detection).collect()),
        CompiledDetection::Keywords(matcher) => anywhere(matcher),
        CompiledDetection::ArrayMatch { .. } | CompiledDetection::Conditional { .. } => Vec::new(),
    }
}

fn of_item(item: &CompiledDetectionItem) -> Vec<Clause> {
    let Some(name) = &item.field else {
        return if item.exists.is_some() { Vec::new() } else { anywhere(&item.matcher) };
    };
    let Some(field) = Field::named(name) else { return Vec::new() };
    match (item.exists, &item.matcher) {
        (Some(true), _) => present(field),
        (Some(false), _) | (None, CompiledMatcher::Null) => Vec::new(),
        (None, matcher) => of_matcher(field, matcher),
    }
}

/// A matcher without a field looks into several.
fn anywhere(matcher: &CompiledMatcher) -> Vec<Clause> {
    or(SEARCHED.iter().map(|field| of_matcher(*field, matcher)).collect())
}

fn present(field: Field) -> Vec<Clause> {
    vec![vec![Atom { field, test: Test::Present }]]
}

fn one(field: Field, text: &str, test: fn(Vec<u8>) -> Test) -> Vec<Clause> {
    if field.kind() != Kind::Text || text.is_empty() || !text.is_ascii() {
        return present(field);
    }
    vec![vec![Atom { field, test: test(text.to_ascii_lowercase().into_bytes()) }]]
}

/// What holds whenever `matcher` matches the value of `field`, which is there then.
fn of_matcher(field: Field, matcher: &CompiledMatcher) -> Vec<Clause> {
    let number = |compare| match field.kind() {
        Kind::Number => vec![vec![Atom { field, test: Test::Number(compare) }]],
        _ => present(field),
    };
    let any = |matchers: &[CompiledMatcher]| or(matchers.iter().map(|one| of_matcher(field, one)).collect());
    let all =
        |matchers: &[CompiledMatcher]| kept(matchers.iter().flat_map(|one| of_matcher(field, one)).collect());
    let clauses = match matcher {
        CompiledMatcher::Exact { value, .. } => match (field.kind(), value.parse::<u32>()) {
            // Only a number written as rsigma writes it is equal as a text.
            (Kind::Number, Ok(number_of)) => number(Compare::Eq(f64::from(number_of))),
            _ => one(field, value, Test::Exact),
        },
        CompiledMatcher::Contains { value, .. } => one(field, value, Test::Word),
        CompiledMatcher::StartsWith { value, .. } => one(field, value, Test::Prefix),
        CompiledMatcher::EndsWith { value, .. } => one(field, value, Test::Suffix),
        CompiledMatcher::AhoCorasickSet { needles, .. } => {
            or(needles.iter().map(|needle| one(field, needle, Test::Word)).collect())
        }
        CompiledMatcher::Regex(regex) => of_pattern(field, regex.as_str()),
        CompiledMatcher::RegexSetMatch { set, mode } => {
            let parts = set.patterns().iter().map(|pattern| of_pattern(field, pattern)).collect();
            of_mode(*mode, parts)
        }
        CompiledMatcher::NumericEq(value) => number(Compare::Eq(*value)),
        CompiledMatcher::NumericGt(value) => number(Compare::Gt(*value)),
        CompiledMatcher::NumericGte(value) => number(Compare::Gte(*value)),
        CompiledMatcher::NumericLt(value) => number(Compare::Lt(*value)),
        CompiledMatcher::NumericLte(value) => number(Compare::Lte(*value)),
        CompiledMatcher::AnyOf(matchers) => any(matchers),
        CompiledMatcher::AllOf(matchers) => all(matchers),
        CompiledMatcher::CaseInsensitiveGroup { children, mode: GroupMode::Any } => any(children),
        CompiledMatcher::CaseInsensitiveGroup { children, mode: GroupMode::All } => all(children),
        CompiledMatcher::Cidr(_)
        | CompiledMatcher::Exists(_)
        | CompiledMatcher::FieldRef { .. }
        | CompiledMatcher::Null
        | CompiledMatcher::BoolEq(_)
        | CompiledMatcher::Expand { .. }
        | CompiledMatcher::TimestampPart { .. }
        | CompiledMatcher::Not(_) => Vec::new(),
    };
    if clauses.is_empty() { present(field) } else { clauses }
}

fn of_mode(mode: GroupMode, parts: Vec<Vec<Clause>>) -> Vec<Clause> {
    match mode {
        GroupMode::Any => or(parts),
        GroupMode::All => kept(parts.into_iter().flatten().collect()),
    }
}

fn of_pattern(field: Field, pattern: &str) -> Vec<Clause> {
    let hir = (field.kind() == Kind::Text).then(|| regex_syntax::parse(pattern).ok()).flatten();
    let Some(hir) = hir else { return present(field) };
    let words = words(&hir)
        .map(|words| words.into_iter().map(|word| Atom { field, test: Test::Word(word) }).collect());
    let bytes = needed(&hir).filter(|bytes| frequency(*bytes) <= MOST_FREQUENT);
    let bytes = bytes.map(|bytes| vec![Atom { field, test: Test::Byte(bytes) }]);
    let clauses: Vec<Clause> = words.into_iter().chain(bytes).collect();
    if clauses.is_empty() { present(field) } else { clauses }
}

/// How often one of the bytes is met in paths and queries, roughly: only to choose between clauses.
fn frequency(bytes: u128) -> u32 {
    let of = |byte: u8| match byte {
        b'/' | b'=' | b'&' => 100,
        b'0'..=b'9' => 3,
        byte if byte.is_ascii_alphabetic() => 25,
        _ => 5,
    };
    (0..128).filter(|byte| bytes & (1 << byte) != 0).map(of).sum()
}

/// Bytes that are met more often than this sort out too little.
const MOST_FREQUENT: u32 = 40;

/// Bytes of which one stands in every ASCII text that the pattern matches.
fn needed(hir: &Hir) -> Option<u128> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let byte =
                literal.0.iter().filter(|byte| byte.is_ascii()).min_by_key(|byte| frequency(1 << **byte));
            byte.map(|byte| 1 << byte)
        }
        HirKind::Class(class) => {
            let ranges: Vec<(u32, u32)> = ranges(class);
            let ascii =
                ranges.into_iter().flat_map(|(start, end)| start..=end.min(127)).filter(|byte| *byte < 128);
            Some(ascii.fold(0, |bytes, byte| bytes | 1 << byte))
        }
        HirKind::Capture(capture) => needed(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => needed(&repetition.sub),
        HirKind::Alternation(branches) => {
            branches.iter().map(needed).try_fold(0, |all, one| Some(all | one?))
        }
        HirKind::Concat(parts) => parts.iter().filter_map(needed).min_by_key(|bytes| frequency(*bytes)),
        _ => None,
    }
}

fn ranges(class: &Class) -> Vec<(u32, u32)> {
    match class {
        Class::Unicode(class) => {
            class.iter().map(|range| (u32::from(range.start()), u32::from(range.end()))).collect()
        }
        Class::Bytes(class) => {
            class.iter().map(|range| (u32::from(range.start()), u32::from(range.end()))).collect()
        }
    }
}

/// Shortest word that is worth a search.
const SHORTEST: usize = 3;
/// Most words that a pattern is unfolded to.
const MOST_WORDS: usize = 64;

/// Words of which one stands in every ASCII text that the pattern matches.
fn words(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Capture(capture) => words(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => words(&repetition.sub),
        HirKind::Alternation(branches) => {
            let each: Option<Vec<_>> = branches.iter().map(words).collect();
            let all: Vec<Vec<u8>> = each?.into_iter().flatten().collect();
            (all.len() <= MOST_WORDS).then_some(all)
        }
        HirKind::Concat(parts) => {
            let mut candidates: Vec<Vec<Vec<u8>>> = Vec::new();
            let mut run = Vec::new();
            for part in parts {
                if let Some(text) = plain(part) {
                    run.extend(text);
                } else if !matches!(part.kind(), HirKind::Look(_) | HirKind::Empty) {
                    candidates.push(vec![std::mem::take(&mut run)]);
                    candidates.extend(words(part));
                }
            }
            candidates.push(vec![run]);
            let shortest = |words: &Vec<Vec<u8>>| words.iter().map(Vec::len).min().unwrap_or(0);
            candidates.into_iter().max_by_key(shortest).filter(|words| shortest(words) >= SHORTEST)
        }
        _ => plain(hir).filter(|text| text.len() >= SHORTEST).map(|text| vec![text]),
    }
}

/// The ASCII text in small letters that `hir` stands for, whatever the case; `None` where it is not one.
fn plain(hir: &Hir) -> Option<Vec<u8>> {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.is_ascii().then(|| literal.0.to_ascii_lowercase()),
        HirKind::Class(class) => {
            let ranges = ranges(class);
            // Letters beyond ASCII do not stand in an ASCII text.
            let ascii = ranges.into_iter().filter(|(start, _)| *start < 0x80);
            let mut letter = None;
            for (start, end) in ascii {
                let byte = u8::try_from(start).ok()?.to_ascii_lowercase();
                if start != end || letter.is_some_and(|known| known != byte) {
                    return None;
                }
                letter = Some(byte);
            }
            letter.map(|letter| vec![letter])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_gives_the_words_that_it_cannot_do_without() {
        let cases: [(&str, &[&str]); 10] = [
            ("(?i)^/api/v.*/users", &["/users"]),
            ("/api/v[1-9]/(users|orders)", &["/api/v"]),
            ("^(curl|wget|python-requests)/", &["curl", "wget", "python-requests"]),
            ("(?i)kiss", &["kiss"]),
            ("[a-z]+", &[]),
            ("(abc)?def", &["def"]),
            ("(abc)+d", &["abc"]),
            ("ab|cde", &[]),
            ("münchen/hof", &[]),
            ("\\.env$", &[".env"]),
        ];
        for (pattern, expected) in cases {
            let found = words(&regex_syntax::parse(pattern).unwrap()).unwrap_or_default();
            let found: Vec<&str> = found.iter().map(|word| std::str::from_utf8(word).unwrap()).collect();
            assert_eq!(found, expected, "{pattern}");
        }
    }
}
