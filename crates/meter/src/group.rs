//! From records to subjects: which records are about the same person, and how many persons there are.
//!
//! Records with the same preferred key are one group, and so are records whose contact values are
//! all equal. A record known only by an e-mail or phone joins the one group that has it as an alias.
//! Then the largest dimension decides how many subjects there are (DESIGN.md section 3), and groups
//! that hold several people of that dimension are parted.

mod keys;
mod subjects;
mod tables;

use domain::ClassSet;

pub(crate) use tables::Tables;

use crate::builder::Builder;
use crate::disclosure::{Dimensions, Disclosure, OwnerValue, Record};
use crate::fact::{NONE, Owned};
use tables::Tag;

/// Everything the records of a finished builder disclose.
pub(crate) fn disclose<'b>(builder: &mut Builder<'_>, body: &'b [u8]) -> Disclosure<'b> {
    if builder.scattered {
        gather(builder);
    }
    let mut all = ClassSet::EMPTY;
    for nth in 0..builder.scratch.records.len() {
        let classes = keys::add_record(builder, nth);
        all = all.union(classes);
    }
    keys::join_twins(builder);
    builder.scratch.tables.join_by_alias();
    let groups = builder.scratch.tables.groups();
    let dimensions = Dimensions {
        groups,
        emails: builder.scratch.tables.count(Tag::Email),
        phones: builder.scratch.tables.count(Tag::Phone),
        name_addresses: keys::distinct_pairs(builder, groups),
        keys: keys::distinct(builder, groups),
    };
    let (subjects, of_record) = subjects::make(builder, body, dimensions);
    let records = records(builder, body, &of_record);
    let arena = &builder.scratch.arena;
    let issued = builder.scratch.issued.iter().map(|text| text.resolve(body, arena)).collect();
    Disclosure { subjects, records, classes: all, dimensions, issued }
}

/// Puts the values of each record side by side: rows of columns stand across each other.
fn gather(builder: &mut Builder<'_>) {
    let scratch = &mut *builder.scratch;
    // `above` names facts by their place; those stay findable by moving them with their fact.
    let aboves: Vec<_> = scratch.records.iter().map(|record| at(&scratch.facts, record.above)).collect();
    scratch.facts.sort_by_key(|fact| fact.record);
    let mut start = 0_usize;
    for (nth, record) in scratch.records.iter_mut().enumerate() {
        let number = u32::try_from(nth).unwrap_or(NONE);
        let rest = scratch.facts.get(start..).unwrap_or_default();
        let end = start.saturating_add(rest.iter().take_while(|fact| fact.record == number).count());
        record.facts = start..end;
        start = end;
    }
    for (record, above) in scratch.records.iter_mut().zip(aboves) {
        let Some(above) = above else { continue };
        record.above = u32::try_from(scratch.facts.len()).unwrap_or(NONE);
        scratch.facts.push(above);
    }
}

fn at(facts: &[crate::fact::Fact], index: u32) -> Option<crate::fact::Fact> {
    facts.get(usize::try_from(index).ok()?).copied()
}

fn records<'b>(builder: &Builder<'_>, body: &'b [u8], of_record: &[u32]) -> Vec<Record<'b>> {
    let scratch = &*builder.scratch;
    let stride = builder.paths.len();
    let owners = stride.saturating_sub(usize::from(builder.has_subject_path));
    let mut out = Vec::with_capacity(scratch.records.len());
    for ((nth, raw), subject) in scratch.records.iter().enumerate().zip(of_record) {
        let start = nth.saturating_mul(stride);
        let owned = scratch.owned.get(start..start.saturating_add(owners)).unwrap_or_default();
        let mut values: smallvec::SmallVec<[OwnerValue<'b>; 1]> = owned
            .iter()
            .map(|owned| match owned {
                Owned::Unset | Owned::Absent => OwnerValue::Missing,
                Owned::Null => OwnerValue::Null,
                Owned::Text(text) => OwnerValue::Text(text.resolve(body, &scratch.arena)),
                Owned::Unusable => OwnerValue::Unusable,
            })
            .collect();
        values.resize(builder.owners, OwnerValue::Missing);
        out.push(Record {
            span: raw.span.clone(),
            owners: values,
            subject: *subject,
            classes: scratch.tables.classes(nth),
        });
    }
    out
}
