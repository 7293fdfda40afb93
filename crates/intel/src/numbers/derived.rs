//! What follows from the numbers by division.

use crate::model::{Amount, Bound, Derived, Number, NumberRole};

/// What follows from the numbers by division.
pub(crate) fn derived(numbers: &[Number]) -> Vec<Derived> {
    let whole = |role: NumberRole| {
        numbers.iter().filter(move |number| number.role == role).filter_map(|number| match number.value {
            Amount::Whole(value) if value > 0 => Some((value, number)),
            _ => None,
        })
    };
    let per_call = whole(NumberRole::PerCall).next();
    let accessed = whole(NumberRole::Accessed).max_by_key(|(value, _)| *value);
    let there = whole(NumberRole::Exist)
        .max_by_key(|(value, _)| *value)
        .or_else(|| whole(NumberRole::Exposed).max_by_key(|(value, _)| *value));
    let requests = whole(NumberRole::Requests)
        .filter(|(_, number)| !number.unit.contains(" per "))
        .max_by_key(|(value, _)| *value);
    let mut derived = Vec::new();
    let spans =
        |of: &[&Number]| of.iter().flat_map(|number| number.spans.first().copied()).collect::<Vec<_>>();
    for (many, says) in [(accessed, "requests for what was taken"), (there, "requests for all there is")] {
        if let (Some((value, number)), Some((batch, per))) = (many, per_call) {
            derived.push(Derived {
                value: Amount::Whole(value.div_ceil(batch)),
                unit: "requests".into(),
                says: says.into(),
                bound: Bound::AtLeast,
                arithmetic: format!("{value} / {batch}"),
                spans: spans(&[number, per]),
            });
        }
    }
    if let (Some((taken, number)), Some((all, whole))) = (accessed, there)
        && taken <= all
    {
        let tenths = taken.saturating_mul(1_000).saturating_add(all / 2) / all;
        if tenths == 0 {
            return derived;
        }
        let text = format!("{}.{}", tenths / 10, tenths % 10);
        derived.push(Derived {
            value: text.parse().map_or(Amount::Whole(tenths / 10), Amount::Decimal),
            unit: "percent".into(),
            says: "share of all that was taken".into(),
            bound: Bound::About,
            arithmetic: format!("{taken} / {all}"),
            spans: spans(&[number, whole]),
        });
    }
    if let (Some((many, number)), None, Some((taken, records))) = (requests, per_call, accessed)
        && taken > many
        && many > 99
    {
        derived.push(Derived {
            value: Amount::Whole(taken / many),
            unit: "records".into(),
            says: "records for one request".into(),
            bound: Bound::About,
            arithmetic: format!("{taken} / {many}"),
            spans: spans(&[records, number]),
        });
    }
    derived
}
