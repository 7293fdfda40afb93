//! Which rules may match an event, without asking any of them.
//!
//! Made of the clauses of [`crate::cover`]. All rules stand in bit sets, one for each clause that a rule
//! may have; a test that holds sets the bits of the rules whose clause it is in. What has all its bits
//! is put to rsigma. Fields are searched for words only where a rule with a word in that field
//! passed its cheap tests.
//!
//! INVARIANT (no rule is lost): a rule that matches an event is among the candidates. The property test
//! in `tests/equal.rs` holds it against rsigma alone.

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::cover::{self, Clause, Compare, KEPT, Test, is_cheap};
use crate::event::{Event, Value};
use crate::field::Field;

/// Clauses of a rule: [`KEPT`] cheap ones, then as many that search.
const SLOTS: usize = 2 * KEPT;

/// Bits that a test sets: which word of all sets, which bits. The sets stand one behind the other.
type Effects = Vec<(usize, u64)>;

/// Two bytes at an end of a text, the outer one first.
type Outer = fn(&[u8]) -> Option<[u8; 2]>;

/// Texts that begin or end in the same way.
#[derive(Debug, Default)]
struct Ends {
    /// Of each bucket, the first of its texts in `texts` and the one after its last.
    buckets: Vec<(usize, usize)>,
    texts: Vec<(Vec<u8>, bool, Effects)>,
}

/// Buckets by two bytes, and one for texts that are shorter.
const BUCKETS: usize = 257;

fn bucket(outer: Option<[u8; 2]>) -> usize {
    let [a, b] = match outer {
        Some(outer) => outer.map(|byte| byte.to_ascii_lowercase()),
        None => return BUCKETS - 1,
    };
    // Paths begin with the same mark, and words with letters.
    usize::from(a.wrapping_mul(31) ^ b)
}

impl Ends {
    /// Of texts, whether each is the whole value, and what it sets; they are sorted by `outer`.
    fn new(mut texts: Vec<(Vec<u8>, bool, Effects)>, outer: Outer) -> Self {
        texts.sort_by_key(|(text, _, _)| bucket(outer(text)));
        let mut buckets = vec![(0, 0); BUCKETS];
        for (nth, (text, _, _)) in texts.iter().enumerate() {
            if let Some((start, end)) = buckets.get_mut(bucket(outer(text))) {
                if *end == 0 {
                    *start = nth;
                }
                *end = nth + 1;
            }
        }
        Self { buckets, texts }
    }

    /// The texts that may stand at the end of a value whose `outer` bytes are these.
    fn of(&self, outer: Option<[u8; 2]>) -> impl Iterator<Item = &(Vec<u8>, bool, Effects)> {
        let held = |bucket: usize| {
            let bucket = self.buckets.get(bucket);
            bucket.and_then(|(start, end)| self.texts.get(*start..*end)).unwrap_or_default()
        };
        let longer = outer.map_or(&[][..], |_| held(bucket(outer)));
        longer.iter().chain(held(BUCKETS - 1))
    }
}

fn first_two(text: &[u8]) -> Option<[u8; 2]> {
    text.first_chunk().copied()
}

fn last_two(text: &[u8]) -> Option<[u8; 2]> {
    text.last_chunk().map(|[before, last]| [*last, *before])
}

/// Which bytes below 128 stand in a text; `None` where others do.
fn bytes_of(text: &[u8]) -> Option<u128> {
    if !text.is_ascii() {
        return None;
    }
    let [mut low, mut high] = [0u64; 2];
    for byte in text {
        let half = if byte & 64 == 0 { &mut low } else { &mut high };
        *half |= 1 << (byte & 63);
    }
    Some(u128::from(high) << 64 | u128::from(low))
}

/// The tests of one field.
#[derive(Debug)]
struct Tests {
    field: Field,
    present: Effects,
    numbers: Vec<(Compare, Effects)>,
    starts: Option<Ends>,
    ends: Option<Ends>,
    bytes: Vec<(u128, Effects)>,
    words: Option<(AhoCorasick, Vec<Effects>)>,
    /// What all cheap tests, and all words, set together: for values that are not ASCII.
    cheap: Effects,
    dear: Effects,
    /// Rules that have a word in this field.
    searchers: Vec<u64>,
}

/// The pre-selection of a set of rules.
#[derive(Debug, Default)]
pub(crate) struct Selector {
    rules: usize,
    /// Words of one set.
    words: usize,
    /// Bits that are set from the beginning: of rules without a clause in that slot.
    base: Vec<u64>,
    /// Those of fields that only our own log tells come last.
    tests: Vec<Tests>,
    /// How many come before them.
    common: usize,
}

/// Texts of a field whose tests are remembered: a client sends the same user agent with every request, and
/// half of all requests are for a few paths. An entry is replaced by any other of its place; one that is
/// longer than [`MOST_REMEMBERED`] is not kept.
const REMEMBERED: usize = 256;
const MOST_REMEMBERED: usize = 1024;

/// What the tests of one text set.
#[derive(Clone, Debug, Default)]
struct Remembered {
    text: Vec<u8>,
    hits: Vec<u64>,
}

/// Bit sets that are used again for every event.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// By the place of their field among [`Selector::tests`], and their own.
    remembered: Vec<Remembered>,
    hits: Vec<u64>,
    /// The candidates after [`Selector::select`].
    pub(crate) candidates: Vec<u32>,
}

/// Longest automaton that is a table of all transitions, in words; beyond it a slower, smaller one.
const MOST_FAST_WORDS: usize = 1000;

impl Selector {
    /// Of the clauses of each rule.
    pub(crate) fn new(rules: &[Vec<Clause>]) -> Self {
        let words = rules.len().div_ceil(64);
        let mut base = vec![0u64; words * SLOTS];
        let mut atoms: Vec<(Field, Test, Effects)> = Vec::new();
        for (nth, clauses) in rules.iter().enumerate() {
            let (word, bit) = (nth / 64, 1u64 << (nth % 64));
            let (cheap, dear): (Vec<_>, Vec<_>) = clauses.iter().partition(|clause| is_cheap(clause));
            let slotted = |from: usize, clauses: Vec<&'_ Clause>| {
                (0..KEPT).map(|n| (from + n, clauses.get(n).map(|c| (*c).clone()))).collect::<Vec<_>>()
            };
            for (slot, clause) in [slotted(0, cheap), slotted(KEPT, dear)].concat() {
                let at = slot * words + word;
                match clause {
                    None => base.get_mut(at).into_iter().for_each(|held| *held |= bit),
                    Some(clause) => {
                        atoms.extend(clause.into_iter().map(|atom| (atom.field, atom.test, vec![(at, bit)])))
                    }
                }
            }
        }
        let tests = Field::ALL.iter().filter_map(|field| {
            let mine: Vec<(Test, Effects)> = atoms
                .iter()
                .filter(|(f, _, _)| f == field)
                .map(|(_, test, effects)| (test.clone(), effects.clone()))
                .collect();
            (!mine.is_empty()).then(|| Tests::new(*field, mine, words))
        });
        let (mut tests, last): (Vec<Tests>, Vec<Tests>) =
            tests.partition(|tests| !tests.field.is_of_exchange());
        let common = tests.len();
        tests.extend(last);
        Self { rules: rules.len(), words, base, tests, common }
    }

    /// Fills `scratch.candidates` with the rules that may match `event`.
    pub(crate) fn select(&self, event: &Event<'_>, scratch: &mut Scratch) {
        scratch.candidates.clear();
        scratch.hits.clone_from(&self.base);
        let told = if event.tells_exchange() { self.tests.len() } else { self.common };
        for (nth, tests) in self.tests.iter().enumerate().take(told) {
            match event.value(tests.field) {
                Some(Value::Text(text)) if is_remembered(tests.field, text) => {
                    self.remembered(nth, tests, text, scratch);
                }
                Some(value) => tests.cheap(value, &mut scratch.hits),
                None => {}
            }
        }
        let words = self.words;
        for tests in self.tests.iter().take(told).filter(|tests| !tests.searchers.is_empty()) {
            let hits = &scratch.hits;
            let cheap = |nth: usize| (0..KEPT).filter_map(move |slot| hits.get(slot * words + nth));
            let mut searchers = tests.searchers.iter().enumerate();
            let alive = searchers.any(|(nth, mine)| cheap(nth).fold(*mine, |alive, set| alive & set) != 0);
            if alive
                && let Some(Value::Text(text)) = event.value(tests.field)
                && !is_remembered(tests.field, text)
            {
                tests.search(text, &mut scratch.hits);
            }
        }
        let Scratch { hits, candidates, .. } = scratch;
        for nth in 0..words {
            let sets = (0..SLOTS).map(|slot| hits.get(slot * words + nth).copied().unwrap_or(0));
            let mut rest = sets.fold(u64::MAX, |rest, set| rest & set);
            while rest != 0 {
                let rule = nth * 64 + usize::try_from(rest.trailing_zeros()).unwrap_or(0);
                if rule < self.rules {
                    candidates.push(u32::try_from(rule).unwrap_or(u32::MAX));
                }
                rest &= rest - 1;
            }
        }
    }
}

/// Whether what the tests of this text set is remembered. A path with digits is asked for once.
fn is_remembered(field: Field, text: &[u8]) -> bool {
    match field {
        Field::Agent => text.len() <= MOST_REMEMBERED,
        Field::Stem | Field::Uri => text.len() <= MOST_PATH && !text.iter().any(u8::is_ascii_digit),
        _ => false,
    }
}

/// Longest path that is looked through for digits.
const MOST_PATH: usize = 64;

impl Selector {
    /// Sets what all tests of `text` set, worked out only where it was not met lately.
    fn remembered(&self, nth: usize, tests: &Tests, text: &[u8], scratch: &mut Scratch) {
        let Scratch { remembered, hits, .. } = scratch;
        let from = nth * REMEMBERED;
        if remembered.len() < from + REMEMBERED {
            remembered.resize_with(from + REMEMBERED, Remembered::default);
        }
        let Some(held) = remembered.get_mut(from + place(text)) else { return };
        if held.text != text || held.hits.len() != self.base.len() {
            held.text.clear();
            held.text.extend_from_slice(text);
            held.hits.clear();
            held.hits.resize(self.base.len(), 0);
            tests.cheap(Value::Text(text), &mut held.hits);
            tests.search(text, &mut held.hits);
        }
        for (bits, held) in hits.iter_mut().zip(&held.hits) {
            *bits |= held;
        }
    }
}

/// A place for `text`, from its length and three pieces of it: the whole is compared then.
fn place(text: &[u8]) -> usize {
    let piece = |from: usize| {
        let piece = text.get(from..).and_then(<[u8]>::first_chunk::<8>);
        piece.map_or(0, |piece| u64::from_le_bytes(*piece))
    };
    let len = text.len();
    let mixed =
        piece(len.saturating_sub(8)) ^ piece(len / 2).rotate_left(21) ^ piece(len / 4).rotate_left(42);
    let mixed = (mixed ^ u64::try_from(len).unwrap_or(0)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 56).unwrap_or(0)
}

fn set(effects: &Effects, hits: &mut [u64]) {
    for (at, bits) in effects {
        if let Some(held) = hits.get_mut(*at) {
            *held |= bits;
        }
    }
}

/// Effects of equal tests as one, and bits of one word together.
fn together(mut effects: Effects) -> Effects {
    effects.sort_unstable();
    let mut merged: Effects = Vec::with_capacity(effects.len());
    for (at, bits) in effects {
        match merged.last_mut() {
            Some((known, held)) if *known == at => *held |= bits,
            _ => merged.push((at, bits)),
        }
    }
    merged
}

fn unique<K: PartialEq>(tests: Vec<(K, Effects)>) -> Vec<(K, Effects)> {
    let mut all: Vec<(K, Effects)> = Vec::new();
    for (key, effects) in tests {
        match all.iter_mut().find(|(known, _)| *known == key) {
            Some((_, held)) => held.extend(effects),
            None => all.push((key, effects)),
        }
    }
    all.into_iter().map(|(key, effects)| (key, together(effects))).collect()
}

impl Tests {
    fn new(field: Field, mine: Vec<(Test, Effects)>, rule_words: usize) -> Self {
        let (mut present, mut numbers, mut starts, mut ends, mut found, mut bytes) =
            (Effects::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (test, effects) in mine {
            match test {
                Test::Present => present.extend(effects),
                Test::Number(compare) => numbers.push((compare, effects)),
                Test::Exact(text) => starts.push(((text, true), effects)),
                Test::Prefix(text) => starts.push(((text, false), effects)),
                Test::Suffix(text) => ends.push(((text, false), effects)),
                Test::Word(text) => found.push((text, effects)),
                Test::Byte(set) => bytes.push((set, effects)),
            }
        }
        let flat = |texts: Vec<((Vec<u8>, bool), Effects)>| {
            unique(texts)
                .into_iter()
                .map(|((text, whole), effects)| (text, whole, effects))
                .collect::<Vec<_>>()
        };
        let numbers = unique(numbers);
        let bytes = unique(bytes);
        let starts = flat(starts);
        let ends = flat(ends);
        let found = unique(found);
        let all = |lists: Vec<&Effects>| together(lists.into_iter().flatten().copied().collect());
        let cheap = all(starts
            .iter()
            .chain(&ends)
            .map(|(_, _, effects)| effects)
            .chain(bytes.iter().map(|(_, effects)| effects))
            .collect());
        let dear = all(found.iter().map(|(_, effects)| effects).collect());
        let mut searchers = if dear.is_empty() { Vec::new() } else { vec![0; rule_words] };
        for (at, bits) in &dear {
            if let Some(held) = searchers.get_mut(at % rule_words.max(1)) {
                *held |= bits;
            }
        }
        let (texts, effects): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let kind = if texts.len() <= MOST_FAST_WORDS {
            AhoCorasickKind::DFA
        } else {
            AhoCorasickKind::ContiguousNFA
        };
        let built = AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(kind)).build(&texts).ok();
        let words = built.filter(|_| !texts.is_empty()).map(|words| (words, effects));
        Self {
            field,
            present: together(present),
            numbers,
            starts: (!starts.is_empty()).then(|| Ends::new(starts, first_two)),
            ends: (!ends.is_empty()).then(|| Ends::new(ends, last_two)),
            bytes,
            words,
            cheap,
            dear,
            searchers,
        }
    }

    fn cheap(&self, value: Value<'_>, hits: &mut [u64]) {
        set(&self.present, hits);
        match value {
            Value::Number(number) => {
                let number = as_rsigma_sees(number);
                for (_, effects) in self.numbers.iter().filter(|(compare, _)| compare.holds(number)) {
                    set(effects, hits);
                }
            }
            Value::Text(text) if !self.cheap.is_empty() => {
                let bytes = if self.bytes.is_empty() { text.is_ascii().then_some(0) } else { bytes_of(text) };
                let Some(bytes) = bytes else {
                    set(&self.cheap, hits);
                    return;
                };
                for (_, effects) in self.bytes.iter().filter(|(wanted, _)| wanted & bytes != 0) {
                    set(effects, hits);
                }
                if let Some(starts) = &self.starts {
                    for (start, whole, effects) in starts.of(first_two(text)) {
                        let head = text.get(..start.len());
                        let long_enough = !whole || text.len() == start.len();
                        if long_enough && head.is_some_and(|head| head.eq_ignore_ascii_case(start)) {
                            set(effects, hits);
                        }
                    }
                }
                if let Some(ends) = &self.ends {
                    for (end, _, effects) in ends.of(last_two(text)) {
                        let from = text.len().checked_sub(end.len());
                        let tail = from.and_then(|from| text.get(from..));
                        if tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end)) {
                            set(effects, hits);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn search(&self, text: &[u8], hits: &mut [u64]) {
        if !text.is_ascii() {
            set(&self.dear, hits);
            return;
        }
        if let Some((words, effects)) = &self.words {
            for found in words.find_overlapping_iter(text) {
                effects.get(found.pattern().as_usize()).into_iter().for_each(|effects| set(effects, hits));
            }
        } else {
            // No automaton could be built: every rule is asked.
            set(&self.dear, hits);
        }
    }
}

/// A number as rsigma compares it: within 63 bits, as a float.
pub(crate) fn as_rsigma_sees(number: u64) -> f64 {
    #[expect(clippy::as_conversions, reason = "nearest float, as rsigma does it; there is no `From`")]
    {
        i64::try_from(number).unwrap_or(i64::MAX) as f64
    }
}

/// The pre-selection of compiled rules, in order.
pub(crate) fn of<'r>(rules: impl Iterator<Item = &'r rsigma_eval::CompiledRule>) -> Selector {
    Selector::new(&rules.map(cover::of).collect::<Vec<_>>())
}
