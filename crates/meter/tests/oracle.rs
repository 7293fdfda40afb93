//! The meter beside a slow, obvious walk over `serde_json::Value`, on random documents.
//!
//! The walk knows a small vocabulary, recurses, copies, and compares all records with each other. It
//! shares no code with the meter; both follow the same written rules (DESIGN.md section 3).

// long: the slow walk repeats in one file what the meter has in many, so that nothing is shared with it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use std::collections::BTreeSet;

use common::sound;
use meter::{Plan, Shape};
use proptest::prelude::*;
use serde_json::{Map, Value};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Noun {
    Person,
    Thing,
    Unknown,
}

/// What a container's name says: its own noun, a part of what is around it, or nothing.
enum Name {
    Noun(Noun, &'static str),
    Facet,
    Wrapper,
    Id(String),
}

fn name_of(key: &str) -> Name {
    match key {
        "customer" | "customers" => Name::Noun(Noun::Person, "customer"),
        "order" | "orders" => Name::Noun(Noun::Thing, "order"),
        "widget" | "widgets" => Name::Noun(Noun::Unknown, "widget"),
        "contact" | "email" => Name::Facet,
        "data" | "items" => Name::Wrapper,
        id => Name::Id(id.to_owned()),
    }
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Fact {
    Email(String),
    Phone(String),
    First(String),
    Name(String),
    Street(String),
    Id(String),
    MapId(String),
    Reference(u8, &'static str, String),
    Price,
}

impl Fact {
    fn is_personal(&self) -> bool {
        matches!(self, Self::Email(_) | Self::Phone(_) | Self::First(_) | Self::Street(_))
    }

    fn is_id(&self) -> bool {
        matches!(self, Self::Id(_) | Self::MapId(_))
    }

    fn is_reference(&self) -> bool {
        matches!(self, Self::Reference(..))
    }

    fn is_contact(&self) -> bool {
        matches!(self, Self::Email(_) | Self::Phone(_))
    }
}

#[derive(Clone, Debug)]
struct Record {
    facts: Vec<Fact>,
    noun: Noun,
    word: &'static str,
    above: Option<Fact>,
}

/// A part that waits for the end of the object around it.
#[derive(Clone)]
struct Part {
    record: Record,
    listed: bool,
}

/// Where a container stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Root,
    Object,
    Array { facet: bool },
}

#[derive(Default)]
struct Walk {
    records: Vec<Record>,
}

/// What an object hands to the one around it.
#[derive(Default)]
struct Handed {
    facts: Vec<Fact>,
    parts: Vec<Part>,
}

impl Walk {
    fn value(
        &mut self,
        key: Option<&str>,
        value: &Value,
        noun: (Noun, &'static str),
        around: Around,
    ) -> Handed {
        match value {
            Value::Object(members) => self.object(key, members, noun, around),
            Value::Array(elements) => self.array(key, elements, noun, around),
            scalar => Handed { facts: facts_of(key.unwrap_or(""), scalar), parts: Vec::new() },
        }
    }

    fn array(
        &mut self,
        key: Option<&str>,
        elements: &[Value],
        noun: (Noun, &'static str),
        around: Around,
    ) -> Handed {
        let (noun, facet) = match key.map(name_of) {
            Some(Name::Noun(noun, word)) => ((noun, word), false),
            Some(Name::Facet) => (noun, true),
            _ => (noun, false),
        };
        let mut handed = Handed::default();
        if let Some(Name::Id(id)) = key.map(name_of) {
            handed.facts.push(Fact::MapId(id));
        }
        let mut scalars = 0;
        for element in elements {
            match element {
                Value::Object(members) => {
                    let inner = self.object(None, members, noun, Around::Array { facet });
                    handed.facts.extend(inner.facts);
                    handed.parts.extend(inner.parts);
                }
                Value::Array(_) => unreachable!("no rows are written here"),
                scalar => {
                    scalars += 1;
                    handed.facts.extend(facts_of(key.unwrap_or(""), scalar));
                }
            }
        }
        if around == Around::Root {
            for part in handed.parts.drain(..) {
                self.records.push(part.record);
            }
            if scalars > 0 && handed.facts.iter().any(Fact::is_personal) {
                self.records.push(Record {
                    facts: std::mem::take(&mut handed.facts),
                    noun: noun.0,
                    word: noun.1,
                    above: None,
                });
            }
        }
        // Elements speak for what the array stands in, but their ids and references do not.
        handed.facts.retain(|fact| !fact.is_id() && !fact.is_reference());
        handed
    }

    fn object(
        &mut self,
        key: Option<&str>,
        members: &Map<String, Value>,
        noun: (Noun, &'static str),
        around: Around,
    ) -> Handed {
        let mut its_facet = false;
        let mut its_noun = None;
        let mut noun = noun;
        let first = self.records.len();
        let mut facts = Vec::new();
        match key.map(name_of) {
            Some(Name::Noun(own, word)) => {
                noun = (own, word);
                its_noun = Some(own);
            }
            Some(Name::Facet) => its_facet = true,
            Some(Name::Id(id)) => facts.push(Fact::MapId(id)),
            Some(Name::Wrapper) | None => {}
        }
        let mut parts: Vec<Part> = Vec::new();
        for (name, value) in members {
            let handed = self.value(Some(name), value, noun, Around::Object);
            facts.extend(handed.facts);
            parts.extend(handed.parts);
        }
        self.settle(&mut facts, parts);
        let personal = facts.iter().any(Fact::is_personal)
            || noun.0 == Noun::Person && facts.iter().any(|f| matches!(f, Fact::Name(_)));
        let id = facts
            .iter()
            .find(|f| matches!(f, Fact::Id(_)))
            .or_else(|| facts.iter().find(|f| f.is_id()))
            .cloned();
        let refers = match &id {
            Some(Fact::Id(id) | Fact::MapId(id)) => Some(Fact::Reference(0, noun.1, id.clone())),
            _ => None,
        };
        let is_facet = its_facet || around == Around::Array { facet: true };
        let own = refers.clone().filter(|_| !is_facet);
        let mut handed = Handed::default();
        let best = facts.iter().filter(|f| f.is_reference()).min_by_key(|f| rank(f)).cloned();
        if personal {
            let record = Record { facts: facts.clone(), noun: noun.0, word: noun.1, above: None };
            let named = facts.iter().any(|f| matches!(f, Fact::First(_) | Fact::Name(_)));
            let reached = facts.iter().any(Fact::is_contact);
            match around {
                Around::Array { facet: true } if !named => handed.facts = without_ids(facts),
                Around::Array { facet: true } if !reached => handed.parts.push(Part { record, listed: true }),
                Around::Object if its_facet => handed.facts = without_ids(facts),
                Around::Object
                    if id.is_none()
                        && best.is_none()
                        && !matches!(its_noun, Some(Noun::Person | Noun::Thing)) =>
                {
                    handed.parts.push(Part { record, listed: false });
                }
                _ => {
                    self.records.push(record);
                    if its_noun == Some(Noun::Person) && around == Around::Object {
                        handed.facts.extend(refers);
                    }
                }
            }
        } else if around == Around::Object {
            if noun.0 == Noun::Person && refers.is_some() {
                handed.facts.extend(refers);
            } else if id.is_none() {
                handed.facts = facts.iter().filter(|f| f.is_reference()).cloned().collect();
            }
        }
        for record in &mut self.records[first..] {
            let nobody = !record.facts.iter().any(|f| f.is_contact() || f.is_id() || f.is_reference());
            if record.above.is_none() {
                record.above = best.clone().or(own.clone().filter(|_| noun.0 == Noun::Person && nobody));
            }
        }
        handed
    }

    /// Parts join the object if it is somebody, or if they do not contradict each other.
    fn settle(&mut self, facts: &mut Vec<Fact>, parts: Vec<Part>) {
        let kinds = |facts: &[Fact]| {
            let kind = |f: &Fact| match f {
                Fact::Email(_) => Some(0),
                Fact::Phone(_) => Some(1),
                Fact::First(_) => Some(2),
                Fact::Street(_) => Some(3),
                _ => None,
            };
            facts.iter().filter_map(kind).collect::<BTreeSet<_>>()
        };
        let mut seen = kinds(facts);
        let mut collide = false;
        for part in parts.iter().filter(|part| !part.listed) {
            let mine = kinds(&part.record.facts);
            collide |= !mine.is_disjoint(&seen);
            seen.extend(mine);
        }
        let someone = facts.iter().any(|f| f.is_contact() || f.is_id() || f.is_reference());
        let entity = someone || facts.iter().any(|f| f.is_personal() || matches!(f, Fact::Name(_)));
        let together = !collide && (entity || parts.len() > 1);
        for part in parts {
            if if part.listed { someone } else { together } {
                facts.extend(without_ids(part.record.facts).into_iter().filter(|f| !f.is_reference()));
            } else {
                self.records.push(part.record);
            }
        }
    }
}

fn rank(fact: &Fact) -> u8 {
    if let Fact::Reference(rank, ..) = fact { *rank } else { u8::MAX }
}

fn without_ids(facts: Vec<Fact>) -> Vec<Fact> {
    facts.into_iter().filter(|f| !f.is_id()).collect()
}

fn facts_of(key: &str, scalar: &Value) -> Vec<Fact> {
    let text = match scalar {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return if key == "price" { vec![Fact::Price] } else { Vec::new() },
    };
    match key {
        "id" => vec![Fact::Id(text)],
        "customer_id" => vec![Fact::Reference(0, "customer", text)],
        "user_id" => vec![Fact::Reference(1, "user", text)],
        "price" => vec![Fact::Price],
        "phone" => vec![Fact::Phone(text)],
        "first_name" => vec![Fact::First(text)],
        "name" => vec![Fact::Name(text)],
        "street" => vec![Fact::Street(text)],
        _ => text
            .split([' ', ','])
            .filter(|word| word.contains('@'))
            .map(|word| Fact::Email(word.to_lowercase()))
            .collect(),
    }
}

/// A key: its tag and text.
type Key = (char, String);

struct Told {
    keys: Vec<Key>,
    own: Option<Key>,
    contacts: BTreeSet<Key>,
    pair: Option<(BTreeSet<Fact>, BTreeSet<Fact>)>,
    values: Vec<Fact>,
}

fn told(record: &Record) -> Told {
    let facts = &record.facts;
    let has = |wanted: fn(&Fact) -> bool| facts.iter().any(wanted);
    let email = has(|f| matches!(f, Fact::Email(_)));
    let first = has(|f| matches!(f, Fact::First(_)));
    let street = has(|f| matches!(f, Fact::Street(_)));
    let price = has(|f| *f == Fact::Price);
    let bare = has(|f| matches!(f, Fact::Name(_)));
    let named = record.noun == Noun::Person || !price && (email || street);
    let person = match record.noun {
        Noun::Person => true,
        Noun::Thing => false,
        Noun::Unknown => !price && (first || email && bare && named),
    };
    let id = facts.iter().find(|f| matches!(f, Fact::Id(_))).or_else(|| facts.iter().find(|f| f.is_id()));
    let own = id.filter(|_| person).map(|id| match id {
        Fact::Id(id) | Fact::MapId(id) => ('i', format!("{}/{id}", record.word)),
        _ => unreachable!(),
    });
    let inner = facts.iter().filter(|f| f.is_reference()).min_by_key(|f| rank(f));
    let reference = inner.or(record.above.as_ref().filter(|_| own.is_none())).map(|f| match f {
        Fact::Reference(_, word, id) => ('i', format!("{word}/{id}")),
        _ => unreachable!(),
    });
    let contact = |f: &Fact| match f {
        Fact::Email(text) => Some(('e', text.clone())),
        Fact::Phone(text) => Some(('p', text.clone())),
        _ => None,
    };
    let mut contacts: Vec<Key> = Vec::new();
    for contact in facts.iter().filter_map(contact) {
        if !contacts.contains(&contact) {
            contacts.push(contact);
        }
    }
    let emails = contacts.iter().filter(|c| c.0 == 'e').cloned();
    let phones = contacts.iter().filter(|c| c.0 == 'p').cloned();
    let own_key = own.clone().filter(|own| reference.as_ref() != Some(own));
    let mut keys: Vec<Key> = reference.into_iter().chain(own_key).chain(emails).chain(phones).collect();
    let mut values: Vec<Fact> =
        facts.iter().filter(|f| f.is_personal() || matches!(f, Fact::Name(_))).cloned().collect();
    values.sort();
    values.dedup();
    if keys.is_empty() {
        keys.push(('v', format!("{values:?}").to_lowercase()));
    }
    let names: BTreeSet<_> =
        facts.iter().filter(|f| matches!(f, Fact::First(_) | Fact::Name(_))).cloned().collect();
    let places: BTreeSet<_> = facts.iter().filter(|f| matches!(f, Fact::Street(_))).cloned().collect();
    let pair = (!places.is_empty() && (first || bare && named)).then_some((names, places));
    Told { keys, own, contacts: contacts.into_iter().collect(), pair, values }
}

/// How many people the records are about.
fn disclosed(records: &[Record]) -> usize {
    let all: Vec<Told> = records.iter().map(told).collect();
    let mut group: Vec<usize> = (0..all.len()).collect();
    fn join(group: &mut [usize], a: usize, b: usize) {
        let (from, to) = (group[a].max(group[b]), group[a].min(group[b]));
        group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
    }
    for a in 0..all.len() {
        for b in 0..a {
            let same = all[a].keys[0] == all[b].keys[0];
            let twins = !all[a].contacts.is_empty() && all[a].contacts == all[b].contacts;
            if same || twins {
                join(&mut group, a, b);
            }
        }
    }
    // A record known only by a contact joins the one group that has it as an alias.
    let before = group.clone();
    let mut joins = Vec::new();
    for a in 0..all.len() {
        if !matches!(all[a].keys[0].0, 'e' | 'p') {
            continue;
        }
        let holders: BTreeSet<usize> = (0..all.len())
            .filter(|b| all[*b].keys[1..].contains(&all[a].keys[0]))
            .map(|b| before[b])
            .collect();
        if holders.len() == 1 {
            joins.push((a, *holders.iter().next().unwrap()));
        }
    }
    for (a, holder) in joins {
        let b = (0..all.len()).find(|b| before[*b] == holder).unwrap();
        join(&mut group, a, b);
    }
    let groups = group.iter().collect::<BTreeSet<_>>().len();
    let count = |tag: char| {
        all.iter().flat_map(|t| &t.contacts).filter(|c| c.0 == tag).collect::<BTreeSet<_>>().len()
    };
    let pairs = all.iter().filter_map(|t| t.pair.clone()).collect::<BTreeSet<_>>().len();
    // Own ids of one group with the same values are one person with several records.
    let mut kept: Vec<(usize, Vec<Fact>, Key)> = Vec::new();
    for (nth, t) in all.iter().enumerate() {
        if let Some(own) = &t.own
            && !kept.iter().any(|(g, values, _)| *g == group[nth] && *values == t.values)
        {
            kept.push((group[nth], t.values.clone(), own.clone()));
        }
    }
    let is_kept = |key: &Key| kept.iter().any(|(.., own)| own == key);
    let repeated: BTreeSet<Key> =
        all.iter().filter_map(|t| t.own.clone()).filter(|own| !is_kept(own)).collect();
    let ids = |keys: Vec<&Key>| {
        keys.into_iter().filter(|k| k.0 == 'i' && !repeated.contains(*k)).collect::<BTreeSet<_>>().len()
    };
    let preferred = ids(all.iter().map(|t| &t.keys[0]).collect());
    let own = ids(all.iter().filter_map(|t| t.own.as_ref()).collect());
    groups.max(count('e')).max(count('p')).max(pairs).max(preferred).max(own)
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = (0_usize..10, 0_u32..4).prop_map(|(kind, n)| {
        let text = |text: String| Value::String(text);
        match kind {
            0 => ("id", Value::from(n)),
            1 => ("customer_id", Value::from(n)),
            2 => ("user_id", text(format!("u{n}"))),
            3 => ("email", text(format!("P{n}@Example.com"))),
            4 => ("phone", text(format!("+4915112345{n}7{n}"))),
            5 => ("first_name", text(["Ann", "Bob", "Cem", "Dé"][n as usize].into())),
            6 => ("name", text(["Ann M", "Bob M", "Cem M", "Dé M"][n as usize].into())),
            7 => ("street", text(format!("Weg {n}"))),
            8 => ("price", Value::from(n)),
            _ => ("note", text(format!("see p{n}@example.com, please"))),
        }
    });
    let leaves = prop::collection::vec(leaf, 0..6)
        .prop_map(|members| Value::Object(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()));
    leaves.prop_recursive(5, 60, 5, |inner| {
        let name = prop::sample::select(vec![
            "customer",
            "customers",
            "order",
            "orders",
            "widget",
            "contact",
            "data",
            "items",
            "1001",
            "1002",
            "2001",
        ]);
        let child =
            prop_oneof![inner.clone(), prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),];
        (inner, prop::collection::vec((name, child), 0..4)).prop_map(|(own, members)| {
            let mut own = own;
            if let Value::Object(map) = &mut own {
                map.extend(members.into_iter().map(|(k, v)| (k.to_owned(), v)));
            }
            own
        })
    })
}

/// The document in a script of a page, in an attribute, and in base64. Short ones carry nobody.
fn carriers(text: &str) -> Vec<(Shape, String)> {
    if text.len() < 20 {
        return Vec::new();
    }
    vec![
        (Shape::Html, format!("<p>x</p><script type='application/json'>{text}</script>")),
        (Shape::Html, format!("<script>var a=[1],b={{c:2}};window.S = {text};a(b)</script>")),
        (Shape::Html, format!("<i data-s='{}'>x</i>", text.replace('@', "&#64;"))),
        (Shape::Script, format!("!function(){{}}();x({text})")),
        (Shape::Text, base64(text.as_bytes())),
    ]
}

fn base64(bytes: &[u8]) -> String {
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let ones: Vec<u8> = bytes.iter().flat_map(|b| (0..8).rev().map(move |n| b >> n & 1)).collect();
    let six = |six: &[u8]| (0..6).fold(0, |n, at| n * 2 + usize::from(six.get(at).copied().unwrap_or(0)));
    ones.chunks(6).map(|chunk| alphabet[six(chunk)]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn the_meter_counts_what_the_slow_walk_counts(document in prop_oneof![document(), prop::collection::vec(document(), 0..5).prop_map(Value::Array)]) {
        let text = serde_json::to_string(&document).unwrap();
        let plan = Plan { resource: Some("gadget".into()), ..Plan::default() };
        let found = sound(text.as_bytes(), Shape::Json, &plan).unwrap();
        let mut walk = Walk::default();
        walk.value(None, &document, (Noun::Unknown, "gadget"), Around::Root);
        let slow = disclosed(&walk.records);
        prop_assert_eq!(found.records.len(), walk.records.len(), "{} {:#?}", text, walk.records);
        prop_assert_eq!(found.disclosed(), slow, "{:?} {}\n{:#?}", found.dimensions, text, walk.records);
        // The same document where a page or an encoding carries it.
        for (shape, carrier) in carriers(&text) {
            let found = sound(carrier.as_bytes(), shape, &plan).unwrap();
            prop_assert_eq!(found.records.len(), walk.records.len(), "{}", carrier);
            prop_assert_eq!(found.disclosed(), slow, "{:?} {}", found.dimensions, carrier);
        }
    }
}
