//! How many records one call may ask for: the page size, and lists in the request.

use meter::{Fields, Naming};

use super::inputs::Inputs;
use super::references::{Subject, is_id_list, words};
use crate::inventory::{Bulk, PageSize, Parameter, Place};
use crate::openapi::here::At;

/// Names of page sizes without signs, the plainest first.
const SIZES: [&str; 33] = [
    "pagesize",
    "perpage",
    "limit",
    "maxresults",
    "pagelimit",
    "itemsperpage",
    "resultsperpage",
    "recordsperpage",
    "hitsperpage",
    "rowsperpage",
    "maxitems",
    "maxrecords",
    "maxrows",
    "maxpagesize",
    "numresults",
    "maxcount",
    "numberofresults",
    "resultcount",
    "fetchsize",
    "batchsize",
    "querylimit",
    "limite",
    "top",
    "take",
    "rows",
    "size",
    "count",
    "first",
    "last",
    "max",
    "num",
    "n",
    "pagecount",
];
/// From here on a name means other things as well: only an integer in the query is a page size.
const VAGUE: usize = 22;

/// Names by which one asks for a part of many, by themselves or after `page`.
const PAGED: [&str; 11] = [
    "page",
    "offset",
    "cursor",
    "skip",
    "start",
    "after",
    "before",
    "pagetoken",
    "pagenumber",
    "nexttoken",
    "marker",
];

/// The parameter that says how many records one call returns.
pub(super) fn size(parameters: &[Parameter]) -> Option<PageSize> {
    let paged = parameters.iter().any(|parameter| {
        let name = plain(&parameter.name);
        let after_page = name.strip_prefix("page").unwrap_or(&name);
        PAGED.contains(&&*name) || PAGED.contains(&after_page) || name.ends_with("cursor")
    });
    let rank = |parameter: &Parameter| -> Option<usize> {
        if !matches!(&*parameter.place, "query" | "body" | "form") {
            return None;
        }
        if !matches!(parameter.kind.as_deref(), None | Some("integer" | "number" | "string")) {
            return None;
        }
        let depth = parameter.name.matches('.').count();
        let name = plain(&parameter.name);
        // `page[size]`, `pagination.limit`.
        let inner = name.strip_prefix("pagination").or_else(|| name.strip_prefix("paging")).unwrap_or(&name);
        let inner = if inner.is_empty() { &*name } else { inner };
        let nth = SIZES.iter().position(|known| *known == inner)?;
        let number = matches!(parameter.kind.as_deref(), Some("integer" | "number"));
        let vague = nth >= VAGUE;
        let fits = match &*parameter.place {
            "query" => depth <= 1 && (!vague || number && (paged || nth < VAGUE + 5)),
            _ => depth <= 1 && (number || parameter.kind.is_none()) && (!vague || paged && number),
        };
        fits.then_some(nth)
    };
    let (_, found) =
        parameters.iter().filter_map(|one| Some((rank(one)?, one))).min_by_key(|(nth, _)| *nth)?;
    Some(PageSize {
        name: found.name.clone(),
        place: found.place.clone(),
        most: found.maximum.and_then(whole),
        at: found.at,
    })
}

/// Letters and digits in small letters.
fn plain(name: &str) -> String {
    let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
    letters.map(|letter| char::from(letter.to_ascii_lowercase())).collect()
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "within the range"
)]
fn whole(number: f64) -> Option<u64> {
    (0.0..1e18).contains(&number).then_some(number as u64)
}

/// Lists in the request of which every element names or makes a record.
///
/// A list that is a part of one record (the lines of an order) is none: the body must be the list,
/// or hardly anything but the list, or the operation must call itself a bulk one.
pub(super) fn bulk(fields: &mut Fields, subject: &Subject<'_>, place: impl Fn(At) -> Place) -> Vec<Bulk> {
    const WORDS: [&str; 8] = ["bulk", "batch", "multi", "mass", "import", "many", "upload", "multiple"];
    let Inputs { parameters, lists, .. } = subject.inputs;
    let named_so = words(&subject.endpoint.template().to_string())
        .into_iter()
        .chain(words(subject.id))
        .any(|word| WORDS.contains(&&*word));
    let reads = matches!(subject.endpoint.method().as_str(), "GET" | "HEAD" | "OPTIONS");
    let top: Vec<&str> = parameters
        .iter()
        .filter(|one| matches!(&*one.place, "body" | "form"))
        .map(|one| one.name.split(['.', '[']).next().unwrap_or_default())
        .collect();
    let alone = top.iter().all(|name| Some(name) == top.first());
    let mut found = Vec::new();
    for list in lists {
        if found.len() >= 16 {
            break;
        }
        let of_ids = is_id_list(fields, &list.path)
            || matches!(fields.naming(&list.path), Some(Naming::Email | Naming::Phone))
                && list.path.ends_with('s');
        let depth = list.path.matches(['.', '[']).count();
        let root = list.path.is_empty();
        let of_records = list.objects && !reads && (root || depth == 0 && (alone || named_so));
        // A body that is nothing but a list: each element is asked for or changed by itself.
        // Numbers are measurements, not names.
        let names = list.element.as_deref().is_some_and(|kind| matches!(kind, "string" | "integer"));
        let bare = root && !reads && names;
        let elements = parameters.iter().any(|one| {
            one.is_enum && (one.name.strip_prefix(&*list.path) == Some("[]") || one.name == list.path)
        });
        if !elements && (of_records || bare || of_ids && depth <= 1) {
            let name = if root { "[]".into() } else { list.path.clone() };
            found.push(Bulk { name, most: list.most, at: place(list.at) });
        }
    }
    found
}
