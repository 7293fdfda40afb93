//! Inputs that are called what one element of a collection is: `?order=7` beside `/orders`.
//!
//! English plurals only, and whole names: what names by an ending (`order_id`) is in the lexicon of [`meter`].

use domain::Segment;

use super::references::{Subject, is_no_record, is_of_catalogue};
use crate::inventory::Parameter;

/// What one element of a collection is called, in small letters: `Invoices` holds each `invoice`; `None`:
/// the word is no plural.
pub(super) fn one_of(collection: &str) -> Option<String> {
    let small: String = collection.chars().filter(char::is_ascii_alphanumeric).collect();
    let small = small.to_ascii_lowercase();
    let one = if let Some(stem) = small.strip_suffix("ies") {
        format!("{stem}y")
    } else if let Some(stem) = ["sses", "xes", "ches", "shes"]
        .iter()
        .find_map(|end| small.ends_with(end).then(|| small.strip_suffix("es")).flatten())
    {
        stem.to_owned()
    } else {
        small.strip_suffix('s').filter(|stem| !stem.ends_with(['s', 'u', 'i']))?.to_owned()
    };
    (one.len() > 2).then_some(one)
}

/// Words of measures: `rating: 5` names no element of `/ratings`.
const MEASURES: [&str; 26] = [
    "rating", "score", "point", "level", "rate", "credit", "vote", "amount", "quantity", "size", "age",
    "weight", "minute", "second", "position", "rank", "priority", "stat", "metric", "total", "port",
    "result", "row", "setting", "option", "value",
];

/// Whether an input is called what one element of a collection is: `?order=7`. A text only names one of
/// the operation's own path, for elsewhere it is as often a word to look for.
pub(super) fn is_called_so(subject: &Subject<'_>, parameter: &Parameter) -> bool {
    let name = &*parameter.name;
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    if name.contains(['.', '[']) || MEASURES.contains(&&*plain) || is_no_record(name) || is_of_catalogue(name)
    {
        return false;
    }
    let number = parameter.kind.as_deref() == Some("integer")
        || matches!(parameter.format.as_deref(), Some("uuid" | "guid"));
    let own = |segment: Segment| {
        let Segment::Literal(text) = segment else { return false };
        one_of(&text).is_some_and(|one| one == plain) || text.eq_ignore_ascii_case(&plain)
    };
    let text = &*parameter.place == "query"
        && parameter.kind.as_deref() == Some("string")
        && parameter.format.is_none();
    number && subject.nouns.contains(&plain)
        || (number || text) && subject.endpoint.template().segments().any(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_many_is_called_without_its_ending() {
        for (collection, one) in [
            ("Invoices", Some("invoice")),
            ("companies", Some("company")),
            ("addresses", Some("address")),
            ("boxes", Some("box")),
            ("bank-accounts", Some("bankaccount")),
            ("status", None),
            ("analysis", None),
            ("access", None),
            ("contract", None),
            ("ids", None),
        ] {
            assert_eq!(one_of(collection).as_deref(), one, "{collection}");
        }
    }
}
