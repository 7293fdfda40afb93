//! Rules of the grammar, compiled once, and their matching.

use std::ops::Range;
use std::sync::OnceLock;

use super::grammar::RULES;
use crate::lexicon::{Concept, Lexicon, stem};
use crate::model::FrameKind;
use crate::reading::Reading;

/// Farthest that a rule looks.
const REACH_MAX: usize = 40;

enum Element {
    Means(Concept),
    /// Stems of the alternatives.
    Says(Vec<String>),
}

/// A way of saying `what`.
pub(crate) struct Rule<K> {
    what: K,
    /// The elements, each with how many tokens may stand before it.
    elements: Vec<(usize, Element)>,
    /// A bit for each meaning that it needs: most rules are left out of most sentences by it.
    needs: u128,
    /// For each element that is words, the bits of its words: a sentence without any of them is left out too.
    says: Vec<u128>,
}

fn rules() -> &'static [Rule<FrameKind>] {
    static COMPILED: OnceLock<Vec<Rule<FrameKind>>> = OnceLock::new();
    COMPILED.get_or_init(|| compiled(RULES))
}

/// The rules of a table, each with its ways between `|`.
pub(crate) fn compiled<K: Copy>(table: &[(K, &str)]) -> Vec<Rule<K>> {
    let ways = table.iter().flat_map(|(what, ways)| ways.split('|').map(move |way| (*what, way)));
    ways.map(|(what, way)| compile(what, way)).collect()
}

fn compile<K>(what: K, way: &str) -> Rule<K> {
    let mut elements = Vec::new();
    let mut gap = 1;
    for word in way.split_whitespace() {
        if let Some(number) = word.strip_prefix('~') {
            gap = number.parse().unwrap_or(1);
            continue;
        }
        let element = match Lexicon::concept(word) {
            Some(concept) => Element::Means(concept),
            None => Element::Says(word.split('/').map(stem).collect()),
        };
        elements.push((gap, element));
        gap = 1;
    }
    let needs = elements.iter().fold(0, |needs, (_, element)| match element {
        Element::Means(concept) => needs | bit(*concept),
        Element::Says(_) => needs,
    });
    let says = elements.iter().filter_map(|(_, element)| match element {
        Element::Says(words) => Some(words.iter().fold(0, |bits, word| bits | bit_of(word))),
        Element::Means(_) => None,
    });
    let says = says.collect();
    Rule { what, elements, needs, says }
}

/// The bit of a meaning.
fn bit(concept: Concept) -> u128 {
    1_u128.checked_shl(concept.number()).unwrap_or_default()
}

/// One of 128 bits for a stem. Two stems may share one: it only tells what cannot be there.
fn bit_of(stem: &str) -> u128 {
    let hash = stem.bytes().fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
    1_u128 << (hash % 128)
}

/// Every way of the grammar in `tokens`: what it says, and which tokens say so.
pub(super) fn matches(reading: &Reading, tokens: Range<usize>) -> Vec<(FrameKind, Range<usize>)> {
    matching(rules(), reading, tokens)
}

/// Every way of a table in `tokens`, the first place of each.
pub(crate) fn matching<K: Copy>(
    rules: &[Rule<K>],
    reading: &Reading,
    tokens: Range<usize>,
) -> Vec<(K, Range<usize>)> {
    let stems: Vec<String> = tokens.clone().map(|at| stem(reading.word(at))).collect();
    let there = reading.hits(tokens.clone()).iter().fold(0, |there, hit| there | bit(hit.concept));
    let words = stems.iter().fold(0, |bits, stem| bits | bit_of(stem));
    let may_be =
        |rule: &&Rule<K>| rule.needs & there == rule.needs && rule.says.iter().all(|bits| bits & words != 0);
    let mut found = Vec::new();
    for rule in rules.iter().filter(may_be) {
        let Some((_, first)) = rule.elements.first() else { continue };
        for (from, to) in starts(reading, &stems, tokens.clone(), first) {
            let mut end = to;
            let is_whole = rule.elements.iter().skip(1).all(|(gap, element)| {
                let window = end..(end + gap + 1).min(tokens.end);
                match starts(reading, &stems, tokens.clone(), element)
                    .into_iter()
                    .find(|(from, _)| window.contains(from))
                {
                    Some((_, to)) => {
                        end = to;
                        end - from < REACH_MAX
                    }
                    None => false,
                }
            });
            if is_whole {
                found.push((rule.what, from..end));
                break;
            }
        }
    }
    found
}

/// Where an element stands.
fn starts(
    reading: &Reading,
    stems: &[String],
    tokens: Range<usize>,
    element: &Element,
) -> Vec<(usize, usize)> {
    match element {
        Element::Means(concept) => reading.of(tokens, &[*concept]).map(|hit| (hit.from, hit.to)).collect(),
        Element::Says(words) => {
            let says = stems.iter().enumerate().filter(|(_, stem)| words.contains(stem));
            says.map(|(nth, _)| (tokens.start + nth, tokens.start + nth + 1)).collect()
        }
    }
}
