//! What a container turns out to be when it ends.

use std::ops::Range;

use super::scalar::reference_rank;
use super::{Builder, Deferred, Form, Open, Raw};
use crate::disclosure::Unmeterable;
use crate::fact::{Fact, Have, Kind, NONE, Owned};
use crate::key::Flags;
use crate::key_table::Key;

impl Builder<'_> {
    /// Closes the innermost container, whose last byte stands before `end`.
    pub(crate) fn close(&mut self, end: usize) {
        if self.scratch.open.len() < 2 {
            return;
        }
        let Some(mut closed) = self.scratch.open.pop() else { return };
        let Some(outer) =
            self.scratch.open.last().map(|open| Outer { form: open.form, flags: open.key.flags })
        else {
            return;
        };
        if closed.form == Form::Object || outer.form != Form::Object {
            self.settle(&mut closed);
        }
        let span = if closed.foreign { 0..0 } else { closed.start..end };
        let personal = is_personal(closed.have, closed.noun);
        if closed.form == Form::Array {
            self.close_array(&closed, outer, span, personal);
            self.pass_down(&closed, outer.makes_facet(&closed));
        } else if personal {
            let is_person = self.close_personal(&closed, outer, span);
            self.pass_down(&closed, outer.makes_facet(&closed));
            if is_person
                && outer.form == Form::Object
                && let Some(id) = self.own_id(&closed)
            {
                self.refer(&closed, id);
            }
        } else {
            self.pass_down(&closed, outer.makes_facet(&closed));
            self.close_impersonal(&closed, outer);
        }
        let needed = self.scratch.open.last().map_or(0, |open| open.header.1);
        self.scratch.headers.truncate(needed.max(closed.header_mark));
    }

    /// What lies directly in the body, outside of any container, is one record.
    pub(super) fn close_root(&mut self) {
        let Some(mut root) = self.scratch.open.pop() else { return };
        self.settle(&mut root);
        if is_personal(root.have, Flags::default()) {
            let all = root.fact..self.scratch.facts.len();
            self.seal(&root_part(&root, all));
        }
        self.pass_down(&root, false);
    }

    /// Decides about the parts of `closed` that waited for its end.
    fn settle(&mut self, closed: &mut Open) {
        if self.scratch.deferred.len() > closed.deferred {
            let parts = self.scratch.deferred.split_off(closed.deferred);
            let mut collides = false;
            let mut seen = closed.have;
            for part in parts.iter().filter(|part| !part.facet) {
                collides |= part.have.and(Have::COLLIDES).any(seen);
                seen = seen.with(part.have.and(Have::COLLIDES));
            }
            let known = Have::CONTACT.with(Have::IDS).with(Kind::Reference.bit());
            let is_someone = closed.have.any(known);
            let entity = is_someone || closed.have.any(Have::PERSONAL.with(Kind::Name.bit()));
            let joins = !collides && (entity || parts.len() > 1);
            for part in parts {
                let joins = if part.facet { is_someone } else { joins };
                if joins && closed.form == Form::Object {
                    closed.have = closed.have.with(part.have.without(Have::NAMING));
                    self.spend(part.facts, Have::NAMING);
                    closed.signal |= part.signal;
                } else {
                    self.seal(&part);
                }
            }
        }
        let lone = Have::PERSONAL.with(Have::IDS).with(Kind::Reference.bit()).with(Kind::Name.bit());
        if closed.form == Form::Object
            && closed.columns >= 2
            && !closed.ragged
            && !closed.direct.any(lone)
            && closed.have.any(Have::PERSONAL)
        {
            self.seal_columns(closed);
        }
    }

    fn close_array(&mut self, closed: &Open, outer: Outer, span: Range<usize>, personal: bool) {
        let is_row = matches!(outer.form, Form::Array | Form::Root) && closed.scalars > 0;
        if closed.first_row && self.is_header(closed, personal) {
            let header = (closed.header_mark, self.scratch.headers.len());
            self.outermost(|open| open.header = header);
            self.scratch.facts.truncate(closed.fact);
            return;
        }
        if closed.key.flags.has(Flags::COLUMNS) && self.is_header(closed, personal) {
            let header = (closed.header_mark, self.scratch.headers.len());
            self.outermost(|open| open.header = header);
            return;
        }
        if is_row && personal {
            self.seal(&Deferred {
                facts: closed.fact..self.scratch.facts.len(),
                span,
                have: closed.have,
                word: closed.word,
                noun: closed.noun,
                signal: closed.signal,
                facet: false,
            });
            return;
        }
        // Elements speak for what the array stands in, but their references and ids do not.
        if closed.have.any(Have::NAMING) {
            // Those of parts that wait for the object around the array are still needed.
            let mut from = closed.fact;
            for nth in closed.deferred..self.scratch.deferred.len() {
                let Some(part) = self.scratch.deferred.get(nth).map(|part| part.facts.clone()) else { break };
                self.spend(from..part.start, Have::NAMING);
                from = part.end;
            }
            self.spend(from..self.scratch.facts.len(), Have::NAMING);
        }
        let passes = closed.have.without(Have::NAMING);
        let is_column =
            closed.scalars == closed.count && closed.count >= 2 && self.scratch.facts.len() > closed.fact;
        let (length, signal) = (closed.count, closed.signal);
        self.outermost(|open| {
            open.have = open.have.with(passes);
            open.signal |= signal;
            if is_column {
                open.ragged |= open.columns > 0 && open.rows != length;
                open.rows = length;
                open.columns = open.columns.saturating_add(1);
            }
        });
    }

    /// Whether the texts of `closed` name columns, and are no values themselves.
    fn is_header(&self, closed: &Open, personal: bool) -> bool {
        let names = self.scratch.headers.get(closed.header_mark..).unwrap_or_default();
        let tells = |key: &Key| {
            key.named
                && !matches!(key.meaning, crate::key::Meaning::Unknown | crate::key::Meaning::Plain)
                && !key.flags.has(Flags::ID)
        };
        !personal
            && closed.count > 0
            && closed.scalars == closed.count
            && names.iter().any(tells)
            && names.iter().all(|key| key.named && !key.flags.has(Flags::ID.with(Flags::CONTACT)))
    }

    fn outermost(&mut self, change: impl FnOnce(&mut Open)) {
        if let Some(open) = self.scratch.open.last_mut() {
            change(open);
        }
    }

    /// An object that carries personal values: a part of what is around it, or a record. Whether it is a
    /// record of the person that what is around it belongs to.
    fn close_personal(&mut self, closed: &Open, outer: Outer, span: Range<usize>) -> bool {
        let mut part = Deferred {
            facts: closed.fact..self.scratch.facts.len(),
            span,
            have: closed.have,
            word: closed.word,
            noun: closed.noun,
            signal: closed.signal,
            facet: false,
        };
        let in_array = outer.form == Form::Array;
        let facet = outer.makes_facet(closed);
        let named = closed.have.any(Have::NAMES.with(Kind::Name.bit()));
        if facet && outer.form != Form::Root {
            match (in_array && named, closed.have.any(Have::CONTACT)) {
                (false, _) => {
                    self.join(closed, part.facts);
                    return false;
                }
                // A list of names with addresses: of the person around it, if there is one.
                (true, false) => {
                    part.facet = true;
                    self.scratch.deferred.push(part);
                    return false;
                }
                (true, true) => {}
            }
        }
        let its_own = closed.have.any(Have::IDS.with(Kind::Reference.bit()))
            || closed.key.flags.has(Flags::PERSON.with(Flags::BUSINESS).with(Flags::THING));
        if outer.form != Form::Object || its_own {
            self.seal(&part);
            closed.key.flags.has(Flags::PERSON)
        } else {
            self.scratch.deferred.push(part);
            false
        }
    }

    /// `address`, `contact`: its values are those of the object around it, its id is not.
    fn join(&mut self, closed: &Open, facts: Range<usize>) {
        self.spend(facts, Have::IDS);
        let (passes, signal) = (closed.have.without(Have::IDS), closed.signal);
        self.outermost(|open| {
            open.have = open.have.with(passes);
            open.signal |= signal;
        });
    }

    /// Ids of parts are no ids of the whole.
    fn spend(&mut self, facts: Range<usize>, kinds: Have) {
        for fact in self.scratch.facts.get_mut(facts).unwrap_or_default() {
            if fact.record == NONE && fact.index == NONE && fact.kind.bit().any(kinds) {
                fact.record = SPENT;
            }
        }
    }

    /// An object without personal values: at most it names a person.
    fn close_impersonal(&mut self, closed: &Open, outer: Outer) {
        let mut passes = Have::NOTHING;
        let mut person = None;
        if outer.form == Form::Object {
            passes = closed.have.and(PLACE_PARTS);
            if closed.noun.has(Flags::PERSON) {
                person = self.own_id(closed);
            }
            if !closed.have.any(Have::IDS) {
                passes = passes.with(closed.have.and(Kind::Reference.bit()));
            }
        }
        if passes == Have::NOTHING && self.scratch.records.len() == closed.record {
            self.scratch.facts.truncate(closed.fact);
        } else {
            for fact in self.scratch.facts.get_mut(closed.fact..).unwrap_or_default() {
                if fact.record == NONE && !fact.kind.bit().any(passes) {
                    fact.record = SPENT;
                }
            }
            self.outermost(|open| open.have = open.have.with(passes));
        }
        if let Some(id) = person {
            self.refer(closed, id);
        }
    }

    /// The object around `closed` is about, or belongs to, the person that `closed` describes.
    fn refer(&mut self, closed: &Open, id: Fact) {
        let key = Key { flags: closed.noun, ..Key::default() };
        let rank = reference_rank(key);
        self.scratch.facts.push(Fact { record: NONE, kind: Kind::Reference, word: closed.word, rank, ..id });
        self.outermost(|open| {
            if open.form == Form::Object {
                open.have = open.have.with(Kind::Reference.bit());
                open.direct = open.direct.with(Kind::Reference.bit());
            }
        });
    }

    /// The id of `closed` itself, whose values are sealed in the last record or in none.
    fn own_id(&self, closed: &Open) -> Option<Fact> {
        if !closed.have.any(Have::IDS) {
            return None;
        }
        let facts = self.scratch.facts.get(closed.fact..).unwrap_or_default();
        let of = |record: u32, kind: Kind| {
            facts
                .iter()
                .find(|fact| fact.index == NONE && fact.record == record && fact.kind == kind)
                .copied()
        };
        let last = self.last_record();
        of(NONE, Kind::Id)
            .or_else(|| of(NONE, Kind::MapId))
            .or_else(|| of(last, Kind::Id))
            .or_else(|| of(last, Kind::MapId))
    }

    /// What `closed` says about the records in it: whom it refers to, and what its paths hold.
    fn pass_down(&mut self, closed: &Open, is_facet: bool) {
        let at = self.scratch.open.len();
        self.apply_hits(at, closed.hit.min(self.scratch.hits.len()), closed.record);
        if self.scratch.records.len() == closed.record || closed.form != Form::Object {
            return;
        }
        if closed.have.has(Kind::Reference) {
            self.pass_reference(closed);
        }
        if closed.noun.has(Flags::PERSON) && !is_facet {
            self.pass_own_id(closed);
        }
    }

    /// What lies in a person's object and names nobody by itself (an order's address) is that person's.
    fn pass_own_id(&mut self, closed: &Open) {
        let nobody = |record: &Raw| {
            record.above == NONE && !record.have.any(Have::CONTACT.with(Have::HEAVY).with(Have::NAMING))
        };
        let inner = self.scratch.records.get(closed.record..).unwrap_or_default();
        if !inner.iter().any(nobody) {
            return;
        }
        let Some(id) = self.own_id(closed) else { return };
        let above = u32::try_from(self.scratch.facts.len()).unwrap_or(NONE);
        self.scratch.facts.push(Fact { record: SPENT, kind: Kind::Reference, word: closed.word, ..id });
        for record in self.scratch.records.get_mut(closed.record..).unwrap_or_default() {
            if nobody(record) {
                record.above = above;
            }
        }
    }

    fn pass_reference(&mut self, closed: &Open) {
        let own = self.last_record();
        let best = self
            .scratch
            .facts
            .iter()
            .enumerate()
            .skip(closed.fact)
            .filter(|(_, fact)| fact.kind == Kind::Reference && fact.index == NONE)
            .filter(|(_, fact)| fact.record == NONE || fact.record == own)
            .min_by_key(|(_, fact)| (fact.record != NONE, fact.rank));
        let Some((above, _)) = best else { return };
        let above = u32::try_from(above).unwrap_or(NONE);
        for record in self.scratch.records.get_mut(closed.record..).unwrap_or_default() {
            if record.above == NONE {
                record.above = above;
            }
        }
    }

    /// Makes a record of the values of `part` that belong to none yet.
    fn seal(&mut self, part: &Deferred) {
        let Some(number) = self.next_record() else { return };
        let end = part.facts.end.min(self.scratch.facts.len());
        for fact in self.scratch.facts.get_mut(part.facts.start..end).unwrap_or_default() {
            if fact.record == NONE {
                fact.record = number;
            }
        }
        self.push(Raw {
            span: part.span.clone(),
            facts: part.facts.clone(),
            have: part.have,
            word: part.word,
            noun: part.noun,
            signal: part.signal,
            above: NONE,
        });
    }

    /// Makes a record of each row of an object of columns that has personal values.
    fn seal_columns(&mut self, closed: &mut Open) {
        let facts = closed.fact..self.scratch.facts.len();
        let mut rows = vec![(Have::NOTHING, NONE); usize::try_from(closed.rows).unwrap_or(0)];
        for fact in self.scratch.facts.get(facts.clone()).unwrap_or_default() {
            if fact.record == NONE
                && let Some((have, _)) =
                    usize::try_from(fact.index).ok().and_then(|index| rows.get_mut(index))
            {
                *have = have.with(fact.kind.bit());
            }
        }
        for (have, number) in rows.iter_mut().filter(|(have, _)| is_personal(*have, closed.noun)) {
            let Some(next) = self.next_record() else { return };
            *number = next;
            self.push(Raw {
                span: 0..0,
                facts: facts.clone(),
                have: *have,
                word: closed.word,
                noun: closed.noun,
                signal: closed.signal,
                above: NONE,
            });
        }
        for fact in self.scratch.facts.get_mut(facts).unwrap_or_default() {
            let row = usize::try_from(fact.index).ok().and_then(|index| rows.get(index));
            if let Some((_, number)) = row.filter(|(_, number)| fact.record == NONE && *number != NONE) {
                fact.record = *number;
                fact.index = NONE;
            }
        }
        self.scattered = true;
        closed.have = closed.have.without(Have::PERSONAL).without(Kind::Name.bit());
        closed.columns = 0;
    }

    /// The number of the record that was made last.
    fn last_record(&self) -> u32 {
        self.scratch.records.len().checked_sub(1).and_then(|n| u32::try_from(n).ok()).unwrap_or(NONE)
    }

    fn next_record(&mut self) -> Option<u32> {
        let number = self.scratch.records.len();
        if number >= self.bounds.records {
            self.error = Some(Unmeterable::TooManyRecords { most: self.bounds.records });
            return None;
        }
        u32::try_from(number).ok()
    }

    fn push(&mut self, raw: Raw) {
        self.scratch.records.push(raw);
        for _ in 0..self.paths.len() {
            self.scratch.owned.push(Owned::Unset);
        }
    }
}

/// What must be known of the container around one that closes.
#[derive(Clone, Copy)]
struct Outer {
    form: Form,
    flags: Flags,
}

impl Outer {
    /// Whether `closed` is a part of what is around it by its name, or by that of the list it is in.
    const fn makes_facet(self, closed: &Open) -> bool {
        let flags = if matches!(self.form, Form::Array) { self.flags } else { closed.key.flags };
        flags.has(Flags::FACET)
    }
}

/// The record of values that belong to none: they were looked at and say nothing.
const SPENT: u32 = NONE - 1;

/// Kinds that are personal only beside others: they wait for what is around them.
const PLACE_PARTS: Have = Kind::PostCode.bit().with(Kind::City.bit());

fn is_personal(have: Have, noun: Flags) -> bool {
    have.any(Have::PERSONAL) || have.has(Kind::Name) && noun.has(Flags::PERSON)
}

fn root_part(root: &Open, facts: Range<usize>) -> Deferred {
    Deferred {
        facts,
        span: 0..0,
        have: root.have,
        word: root.word,
        noun: root.noun,
        signal: root.signal,
        facet: false,
    }
}
