//! Values at the plan's paths: the owner of a record, and its declared subject.
//!
//! `$` is the record, or the nearest object around it that has the path's first name. So a value is
//! noted with the object that has the first name, and when that object closes it goes to all records
//! within that have found none nearer.

use smallvec::SmallVec;

use super::scalar::Literal;
use super::{Builder, Form};
use crate::fact::{Owned, Value};
use crate::key_table::{Key, KeyTable};
use crate::plan::Plan;

/// Something at, or on the way of, one of the plan's paths.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    path: usize,
    /// Which open container has the path's first name.
    base: usize,
    owned: Owned,
}

/// The plan's paths as ids of names, owners first, the subject's last; marks their first and last names.
pub(super) fn ids(plan: &Plan, keys: &mut KeyTable) -> SmallVec<[SmallVec<[u32; 4]>; 2]> {
    let owners = plan.owners.iter().take(Plan::MOST_OWNERS);
    let mut paths = SmallVec::new();
    for (nth, path) in (0_u32..).zip(owners.chain(plan.subject.iter())) {
        let last = path.names().len().saturating_sub(1);
        let names = path.names().iter().enumerate();
        paths.push(names.map(|(at, name)| keys.want(name, nth, at == 0, at == last)).collect());
    }
    paths
}

impl Builder<'_> {
    pub(super) fn note_text(&mut self, key: Key, value: Value<'_>) {
        let fits = (1..=512).contains(&value.bytes.len());
        let owned = if fits { Owned::Text(self.text(value)) } else { Owned::Unusable };
        self.note(key, owned);
    }

    /// Integers are texts in decimal; a fraction or an exponent is unusable.
    pub(super) fn note_number(&mut self, key: Key, value: Value<'_>) {
        let digits = value.bytes.strip_prefix(b"-").unwrap_or(value.bytes);
        let plain = digits.iter().all(u8::is_ascii_digit) && (digits.len() == 1 || !digits.starts_with(b"0"));
        let fits = plain && !digits.is_empty() && value.bytes != b"-0";
        let owned = if fits { Owned::Text(self.text(value)) } else { Owned::Unusable };
        self.note(key, owned);
    }

    pub(super) fn note_literal(&mut self, key: Key, literal: Literal) {
        self.note(key, if literal == Literal::Null { Owned::Null } else { Owned::Unusable });
    }

    /// A container under a wanted name: the way goes on in it, but it is no value itself.
    pub(super) fn note_container(&mut self, key: Key, form: Form) {
        self.note(key, if form == Form::Array { Owned::Absent } else { Owned::Unusable });
    }

    fn note(&mut self, key: Key, owned: Owned) {
        for path in 0..self.paths.len() {
            let bit = u32::try_from(path).ok().and_then(|nth| 1_u16.checked_shl(nth)).unwrap_or(0);
            if key.last & bit != 0
                && let Some(base) = self.base_of(path)
            {
                self.push_hit(Hit { path, base, owned });
            } else if key.first & bit != 0
                && let Some(base) = self.object_at(self.scratch.open.len().saturating_sub(1))
            {
                // A null where the way should go on makes the whole path null.
                let owned = if owned == Owned::Null { Owned::Null } else { Owned::Absent };
                self.push_hit(Hit { path, base, owned });
            }
        }
    }

    /// Keeps one hit for a run of them at the same path of the same object, however long the list.
    fn push_hit(&mut self, hit: Hit) {
        if let Some(last) = self.scratch.hits.last().copied()
            && (last.path, last.base) == (hit.path, hit.base)
        {
            let owned = self.both(last.owned, hit.owned);
            if let Some(last) = self.scratch.hits.last_mut() {
                last.owned = owned;
            }
            return;
        }
        self.scratch.hits.push(hit);
    }

    /// The open container that has the path's first name, if the way down to here is the path's.
    fn base_of(&self, path: usize) -> Option<usize> {
        let names = self.paths.get(path)?;
        let mut at = self.object_at(self.scratch.open.len().checked_sub(1)?)?;
        for name in names.iter().rev().skip(1) {
            // Unnamed containers on the way are elements of arrays.
            let named = loop {
                let open = self.scratch.open.get(at)?;
                if open.key.named {
                    break open;
                }
                at = at.checked_sub(1)?;
            };
            if named.key.id != *name {
                return None;
            }
            at = self.object_at(at.checked_sub(1)?)?;
        }
        Some(at)
    }

    /// The innermost object at or above `at`; rows count as objects.
    fn object_at(&self, at: usize) -> Option<usize> {
        let mut at = at;
        loop {
            let open = self.scratch.open.get(at)?;
            let is_row = open.form == Form::Array && open.header.1 > open.header.0;
            if open.form != Form::Array || is_row {
                return Some(at);
            }
            at = at.checked_sub(1)?;
        }
    }

    /// Gives what was noted for the container `at` to the records in it. `from` is its first hit.
    pub(super) fn apply_hits(&mut self, at: usize, from: usize, first_record: usize) {
        let stride = self.paths.len();
        if stride == 0 || self.scratch.hits.len() == from {
            return;
        }
        for path in 0..stride {
            let hits = self.scratch.hits.get(from..).unwrap_or_default();
            let mine = hits.iter().filter(|hit| hit.path == path && hit.base == at);
            let Some(owned) = mine.map(|hit| hit.owned).reduce(|a, b| self.both(a, b)) else { continue };
            for record in first_record..self.scratch.records.len() {
                let slot = record.saturating_mul(stride).saturating_add(path);
                if let Some(slot) = self.scratch.owned.get_mut(slot)
                    && *slot == Owned::Unset
                {
                    *slot = owned;
                }
            }
        }
        // Hits of deeper containers are spent; those of outer ones wait.
        let mut kept = from;
        for n in from..self.scratch.hits.len() {
            if let Some(hit) = self.scratch.hits.get(n).copied()
                && hit.base < at
                && let Some(slot) = self.scratch.hits.get_mut(kept)
            {
                *slot = hit;
                kept = kept.saturating_add(1);
            }
        }
        self.scratch.hits.truncate(kept);
    }

    /// Two values at one path of one object: the same, or unusable.
    fn both(&self, a: Owned, b: Owned) -> Owned {
        match (a, b) {
            (Owned::Absent, other) | (other, Owned::Absent) => other,
            (Owned::Text(a), Owned::Text(b)) if self.same(a, b) => Owned::Text(a),
            (Owned::Null, Owned::Null) => Owned::Null,
            _ => Owned::Unusable,
        }
    }
}
