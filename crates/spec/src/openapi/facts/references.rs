//! Inputs that name a record.
//!
//! What a name means is in the lexicon of [`meter`]; here is what an API adds to it: a parameter
//! after a collection in the path names one of its elements, and many ids name no record at all.

use std::collections::HashSet;

use domain::{DataClass, Endpoint, Segment};
use meter::{Described, Fields, Naming};

use super::inputs::Inputs;
use super::nouns::{is_called_so, one_of};
use crate::inventory::{ObjectRef, Parameter};
use crate::pattern::Pattern;

/// Ids, keys and path parameters with such a word name no record: they are about the call, the
/// software, the calendar, or a short public list.
const NO_RECORDS: [&str; 61] = [
    "request",
    "correlation",
    "trace",
    "span",
    "idempotency",
    "locale",
    "language",
    "lang",
    "currency",
    "currencies",
    "country",
    "countries",
    "timezone",
    "tz",
    "version",
    "format",
    "page",
    "cursor",
    "offset",
    "limit",
    "sort",
    "api",
    "app",
    "application",
    "session",
    "csrf",
    "nonce",
    "year",
    "month",
    "week",
    "day",
    "date",
    "time",
    "hour",
    "from",
    "to",
    "since",
    "until",
    "interval",
    "period",
    "unit",
    "latitude",
    "longitude",
    "lat",
    "lon",
    "lng",
    "zoom",
    "width",
    "height",
    "action",
    "command",
    "operation",
    "extension",
    "ext",
    "culture",
    "region",
    "continent",
    "analytics",
    "build",
    "measurement",
    "etag",
];
/// Of these, what a path that ends in its id does name.
const OF_PATHS: [&str; 7] = ["version", "build", "session", "app", "application", "operation", "request"];
/// Things of a catalogue, which everybody may see: in a query or body they are a choice.
const CATALOGUE: [&str; 36] = [
    "product",
    "products",
    "article",
    "articles",
    "item",
    "items",
    "sku",
    "variant",
    "variants",
    "category",
    "categories",
    "brand",
    "plan",
    "plans",
    "price",
    "template",
    "templates",
    "tag",
    "tags",
    "type",
    "types",
    "status",
    "role",
    "roles",
    "permission",
    "permissions",
    "shop",
    "store",
    "stores",
    "branch",
    "warehouse",
    "channel",
    "tax",
    "shipping",
    "model",
    "parent",
];
/// Words of operations that look something up by what its body holds.
const LOOKS_UP: [&str; 13] = [
    "search", "lookup", "find", "query", "check", "track", "tracking", "status", "retrieve", "get", "fetch",
    "filter", "list",
];

/// Words of paths below which `reference` names one record.
const BY_REFERENCE: [&str; 9] =
    ["by", "ref", "reference", "lookup", "find", "track", "tracking", "status", "retrieve"];

/// The operation whose references are sought.
pub(super) struct Subject<'s> {
    pub(super) endpoint: &'s Endpoint,
    pub(super) id: &'s str,
    pub(super) inputs: &'s Inputs,
    /// What one element of each collection of the document is called ([`super::nouns::one_of`]).
    pub(super) nouns: &'s HashSet<String>,
}

/// The inputs of `subject` that name a record: path, query, header, cookie, then body.
pub(super) fn find(fields: &mut Fields, subject: &Subject<'_>) -> Vec<ObjectRef> {
    let parameters = &subject.inputs.parameters;
    let collections = collections(subject.endpoint);
    let last = match subject.endpoint.template().segments().last() {
        Some(Segment::Parameter(name) | Segment::Rest(name)) => Some(name),
        _ => None,
    };
    let any = |wanted: fn(&Parameter) -> bool| parameters.iter().any(wanted);
    let authorizes =
        any(|one| matches!(&*one.name, "grant_type" | "response_type" | "redirect_uri" | "client_secret"));
    let signs_in = parameters.iter().any(|one| fields.is_credential(&one.name));
    let looks_up = !signs_in
        && words(&subject.endpoint.template().to_string())
            .into_iter()
            .chain(words(subject.id))
            .any(|word| LOOKS_UP.contains(&&*word));
    let mut found: Vec<ObjectRef> = Vec::new();
    let mut by_path = false;
    let path = words(&subject.endpoint.template().to_string());
    // What a query of GraphQL asks for stands in its text.
    let graphql = path.last().is_some_and(|word| word == "graphql");
    let by_reference = path.iter().any(|word| BY_REFERENCE.contains(&&**word));
    for place in ["path", "query", "header", "cookie", "body", "form"] {
        for parameter in parameters.iter().filter(|one| &*one.place == place) {
            let names = match place {
                "path" => in_path(fields, parameter, &collections, last.as_deref()),
                "query" | "body" if graphql && &*parameter.name == "query" => Some(Naming::Thing),
                "query" if authorizes => None,
                "query" if by_reference && &*parameter.name == "reference" => Some(Naming::Thing),
                "query" => in_query(fields, parameter).or_else(|| {
                    (!parameter.is_enum && is_called_so(subject, parameter)).then_some(Naming::Thing)
                }),
                "header" => in_header(fields, parameter),
                "cookie" => in_cookie(fields, parameter),
                _ if authorizes => None,
                _ => in_body(fields, parameter, looks_up, by_path || signs_in).or_else(|| {
                    let free = !parameter.is_enum && !by_path && !signs_in;
                    (free && is_called_so(subject, parameter)).then_some(Naming::Thing)
                }),
            };
            let Some(naming) = names else { continue };
            by_path |= place == "path";
            let list = subject.inputs.lists.iter().find(|list| list.path == parameter.name);
            let element = list.and_then(|list| list.element.clone());
            found.push(ObjectRef {
                name: parameter.name.clone(),
                place: parameter.place.clone(),
                enumerable: enumerable(parameter, naming, element.as_deref()).map(Into::into),
                at: parameter.at,
            });
        }
    }
    found
}

/// Path parameters with the fixed segment before them.
fn collections(endpoint: &Endpoint) -> Vec<(String, Option<String>)> {
    let mut all = Vec::new();
    let mut before: Option<String> = None;
    for segment in endpoint.template().segments() {
        match segment {
            Segment::Literal(text) => before = (!is_version(&text)).then(|| text.to_string()),
            Segment::Parameter(name) | Segment::Rest(name) => match Pattern::of_name(&name) {
                Some(pattern) => {
                    all.extend(pattern.names().map(|name| (name.to_string(), before.clone())));
                }
                None => all.push((name.to_string(), before.clone())),
            },
        }
    }
    all
}

fn is_version(segment: &str) -> bool {
    let digits = segment.trim_start_matches(['v', 'V']);
    segment == "api" || !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn in_path(
    fields: &mut Fields,
    parameter: &Parameter,
    collections: &[(String, Option<String>)],
    last: Option<&str>,
) -> Option<Naming> {
    let name = parameter.name.trim_matches(['+', '*']);
    if parameter.is_enum || parameter.kind.as_deref() == Some("boolean") {
        return None;
    }
    // `/builds/{build_id}` names a build, `/apps/{version}` no version.
    let is_id = words(name).len() > 1 && fields.naming(name).is_some();
    if words(name).iter().any(|word| NO_RECORDS.contains(&&**word) && !(is_id && OF_PATHS.contains(&&**word)))
    {
        return None;
    }
    if matches!(parameter.format.as_deref(), Some("date" | "date-time" | "time")) {
        return None;
    }
    let collection =
        collections.iter().find(|(known, _)| known == name).and_then(|(_, before)| before.clone());
    let own = fields.naming(name);
    if own.is_some() {
        return own;
    }
    let collection = collection?;
    if is_no_record(&collection) {
        return None;
    }
    let of_person = fields.holds_persons(&collection);
    if of_person && words(name).last().is_some_and(|word| word == "name") {
        return Some(Naming::UserName);
    }
    // `/reports/{kind}`: a word that chooses, not one that names.
    let chooses = [
        "kind",
        "type",
        "status",
        "state",
        "name_format",
        "mode",
        "scope",
        "level",
        "category",
        "tag",
        "query",
        "q",
        "term",
        "keyword",
        "provider",
        "platform",
        "path",
        "file",
        "filename",
        "proxy",
    ];
    // `/files/{filename}`: what has no other name, unless it belongs to a page.
    let of_page = ["assets", "images", "fonts", "docs", "icons", "styles", "scripts", "templates"];
    let file = matches!(name, "file" | "filename") && last == Some(name) && one_of(&collection).is_some();
    (!chooses.contains(&name) || file && !of_page.contains(&&*collection)).then_some(Naming::Own)
}

fn in_query(fields: &mut Fields, parameter: &Parameter) -> Option<Naming> {
    let name = &parameter.name;
    if parameter.is_enum || is_no_record(name) || is_count(name) {
        return None;
    }
    if matches!(parameter.kind.as_deref(), Some("boolean" | "object")) {
        return None;
    }
    let named = fields.naming(name).filter(|naming| *naming != Naming::Thing || !is_of_catalogue(name));
    named.or_else(|| is_of_state(fields, parameter).then_some(Naming::Thing))
}

/// Whether it is a number that a state gave to a person: `ssn`.
fn is_of_state(fields: &mut Fields, parameter: &Parameter) -> bool {
    let described = Described {
        path: &parameter.name,
        kind: parameter.kind.as_deref(),
        format: parameter.format.as_deref(),
        ..Described::default()
    };
    fields.class(&described) == Some(DataClass::GovernmentId)
}

fn in_header(fields: &mut Fields, parameter: &Parameter) -> Option<Naming> {
    const TECHNICAL: [&str; 9] =
        ["client", "device", "transaction", "message", "event", "delivery", "amz", "api", "conversation"];
    let parts = words(&parameter.name);
    let technical = parts.iter().any(|word| TECHNICAL.contains(&&**word));
    if parameter.is_enum || technical || is_no_record(&parameter.name) || parts.len() < 2 {
        return None;
    }
    let name = parameter.name.strip_prefix("X-").or_else(|| parameter.name.strip_prefix("x-"));
    fields.naming(name.unwrap_or(&parameter.name)).filter(|naming| *naming != Naming::Own)
}

/// `userId=7`: a cookie is written by the caller like every other header.
fn in_cookie(fields: &mut Fields, parameter: &Parameter) -> Option<Naming> {
    let plain = words(&parameter.name).len() < 2 && !is_compound(&parameter.name);
    if parameter.is_enum || plain || is_no_record(&parameter.name) {
        return None;
    }
    fields.naming(&parameter.name).filter(|naming| matches!(naming, Naming::Person | Naming::Thing))
}

/// `kundennummer`, `userid`: one word that ends in what makes a name of it.
fn is_compound(name: &str) -> bool {
    let leaf = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    ["nummer", "number", "nr", "numero", "id"]
        .iter()
        .any(|end| leaf.strip_suffix(end).is_some_and(|start| start.len() > 2))
}

fn in_body(fields: &mut Fields, parameter: &Parameter, looks_up: bool, settled: bool) -> Option<Naming> {
    let name = &*parameter.name;
    let depth = name.matches('.').count();
    if parameter.is_enum || depth > 2 || is_no_record(name) || is_count(name) {
        return None;
    }
    if matches!(parameter.kind.as_deref(), Some("boolean" | "object")) {
        return None;
    }
    // The body is a list of ids.
    let id = parameter.kind.as_deref() == Some("integer")
        || matches!(parameter.format.as_deref(), Some("uuid" | "guid"));
    if name == "[]" {
        return (id && !settled).then_some(Naming::Own);
    }
    let of_list = name.contains("[].");
    let Some(naming) = fields.naming(name) else {
        let looked_up = looks_up && !settled && depth <= 1 && is_of_state(fields, parameter);
        return looked_up.then_some(Naming::Thing);
    };
    match naming {
        // The body of `PUT /orders/{id}` says again which one it is.
        Naming::Own if depth == 0 => (!settled).then_some(Naming::Own),
        Naming::Own => {
            let container = name.rsplit_once('.').map_or("", |(container, _)| container);
            let person = fields.naming(container) == Some(Naming::Person);
            (person && !of_list).then_some(Naming::Person)
        }
        // `owner: Ann` is a text; `owner: 7` names somebody.
        Naming::Person => {
            let plain = parameter.kind.as_deref() == Some("integer")
                || parameter.format.as_deref() == Some("uuid")
                || words(name).len() > 1
                || is_compound(name);
            (plain && !is_payment(name)).then_some(Naming::Person)
        }
        Naming::Thing => (depth <= 1 && !of_list && !is_of_catalogue(name)).then_some(Naming::Thing),
        naming => (looks_up && !settled && depth <= 1).then_some(naming),
    }
}

/// Account numbers of banks are data of a record, not its name.
fn is_payment(name: &str) -> bool {
    words(name).iter().any(|word| matches!(&**word, "bank" | "iban" | "routing"))
}

pub(super) fn is_no_record(name: &str) -> bool {
    words(name).iter().any(|word| NO_RECORDS.contains(&&**word))
}

pub(super) fn is_of_catalogue(name: &str) -> bool {
    let leaf = name.rsplit('.').next().unwrap_or(name);
    words(leaf).iter().any(|word| CATALOGUE.contains(&&**word))
}

/// `number` of a page, `ref` of a branch: outside of a path these name no record.
fn is_count(name: &str) -> bool {
    let leaf = name.rsplit('.').next().unwrap_or(name);
    matches!(
        &*leaf.to_ascii_lowercase(),
        "number" | "num" | "no" | "nr" | "ref" | "reference" | "key" | "hash"
    )
}

/// Whether a list holds ids: `ids`, `order_ids`, `userIds`.
pub(super) fn is_id_list(fields: &mut Fields, name: &str) -> bool {
    let leaf = name.rsplit('.').next().unwrap_or(name);
    let plural = words(leaf)
        .last()
        .is_some_and(|word| matches!(&**word, "ids" | "uuids" | "guids" | "numbers" | "nummern" | "id"));
    plural && !is_no_record(leaf) && fields.naming(leaf).is_some()
}

/// Why the values of an input can be guessed one after the other.
fn enumerable(parameter: &Parameter, naming: Naming, element: Option<&str>) -> Option<&'static str> {
    match naming {
        Naming::Email => return Some("email"),
        Naming::Phone => return Some("phone"),
        Naming::UserName => return Some("user-name"),
        Naming::Own | Naming::Person | Naming::Thing => {}
    }
    if matches!(element.or(parameter.kind.as_deref()), Some("integer" | "number")) {
        return Some("integer");
    }
    if matches!(parameter.format.as_deref(), Some("uuid" | "guid" | "ulid" | "byte" | "binary")) {
        return None;
    }
    if matches!(parameter.format.as_deref(), Some("int32" | "int64" | "integer")) {
        return Some("integer");
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let by_pattern = parameter.pattern.as_deref().and_then(digits_of);
    let short = match (by_pattern, parameter.max_length, parameter.example.as_deref()) {
        (Some(most), _, _) => most <= 10,
        (None, most, Some(example)) => {
            digits(example) && most.is_none_or(|most| most <= 12) && example.len() <= 10
        }
        (None, ..) => false,
    };
    short.then_some("short-digits")
}

/// How many digits a pattern of nothing but digits allows: `^[0-9]{6}$`, `^\d{1,8}$`.
fn digits_of(pattern: &str) -> Option<u32> {
    let inner = pattern.trim_start_matches('^').trim_end_matches('$');
    let rest = ["[0-9]", "\\d", "[\\d]"].iter().find_map(|digit| inner.strip_prefix(digit))?;
    match rest {
        "" => Some(1),
        // Without an end it is at most as long as anybody likes, and counts from 1.
        "+" | "*" => Some(10),
        _ => {
            let bounds = rest.strip_prefix('{')?.strip_suffix('}')?;
            bounds.rsplit(',').next()?.parse().ok()
        }
    }
}

/// The words of a name in small letters: `X-Customer-Id`, `orderIds[]`, `/v1/orders/search`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut small = false;
    let mut fresh = true;
    for c in name.chars().take(400) {
        if !c.is_alphanumeric() {
            (fresh, small) = (true, false);
            continue;
        }
        if fresh || c.is_uppercase() && small {
            all.push(String::new());
        }
        (fresh, small) = (false, c.is_lowercase());
        if let Some(word) = all.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        assert_eq!(words("X-Customer-Id"), ["x", "customer", "id"]);
        assert_eq!(words("orderIds[]"), ["order", "ids"]);
        assert_eq!(words("orderID"), ["order", "id"]);
        assert_eq!(words(""), [""; 0]);
    }

    #[test]
    fn patterns_of_digits_say_how_many() {
        for (pattern, most) in [
            ("^[0-9]{6}$", Some(6)),
            ("^\\d{1,8}$", Some(8)),
            ("\\d+", Some(10)),
            ("^[0-9]$", Some(1)),
            ("^[0-9a-f]{32}$", None),
            ("^[A-Z]{2}[0-9]{6}$", None),
            ("", None),
        ] {
            assert_eq!(digits_of(pattern), most, "{pattern}");
        }
    }
}
