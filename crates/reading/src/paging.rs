//! The page of a list that a request asks for: a page number, an offset, or a cursor.
//!
//! Told by the name of an attribute, wherever it stands: path, query, JSON or form body, GraphQL
//! argument or variable. A page is no object reference: a page walk is no object walk.

use domain::{PageRef, SubjectDigest};
use smallvec::SmallVec;

use crate::attributes::Attributes;

/// Longest value that is taken for a page or cursor.
const MOST_BYTES: usize = 4096;

/// The page among `attributes`; a cursor is digested by `digest`. Where a request has both, the
/// cursor decides: it says where the page begins, and a number beside it only how long it is.
pub fn page(attributes: &Attributes<'_>, digest: impl Fn(&str) -> SubjectDigest) -> Option<PageRef> {
    let named = attributes.list().iter().filter_map(|attribute| {
        let value = attribute.value.text().filter(|value| (1..=MOST_BYTES).contains(&value.len()))?;
        let name = attribute.name.rsplit('.').next().unwrap_or(&attribute.name);
        let letters = name.bytes().filter(u8::is_ascii_alphanumeric).take(32);
        let name: SmallVec<[u8; 32]> = letters.map(|byte| byte.to_ascii_lowercase()).collect();
        Some((kind(std::str::from_utf8(&name).unwrap_or_default())?, value))
    });
    // The greatest kind decides, the first of its kind.
    let (kind, value) = named.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    match value.parse() {
        Ok(number) if kind == Kind::Number => Some(PageRef::Number(number)),
        _ => Some(PageRef::Cursor(digest(value))),
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Number,
    Cursor,
}

/// What a name, in small letters without separators, says of its value.
fn kind(name: &str) -> Option<Kind> {
    match name {
        "page" | "p" | "pg" | "pageno" | "pagenumber" | "pagenum" | "pageindex" | "offset" | "skip"
        | "start" | "startindex" | "startat" | "startrow" | "from" | "firstresult" => Some(Kind::Number),
        "cursor" | "after" | "before" | "next" | "nextpage" | "nextcursor" | "pagetoken" | "nexttoken"
        | "nextpagetoken" | "continuationtoken" | "continuation" | "continue" | "marker" | "sinceid"
        | "maxid" | "afterid" | "startingafter" | "endingbefore" | "searchafter" | "scrollid"
        | "exclusivestartkey" | "skiptoken" => Some(Kind::Cursor),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::ObjectRefPlace as Place;

    use super::*;
    use crate::attributes::AttributeValue;

    #[test]
    fn pages_are_told_by_name_wherever_they_stand() {
        let cursor = PageRef::Cursor(SubjectDigest::default());
        for (list, expected) in [
            (vec![(Place::Query, "page", "3")], Some(PageRef::Number(3))),
            (vec![(Place::Body, "filter.Page_Number", "3")], Some(PageRef::Number(3))),
            (vec![(Place::Path, "page", "0")], Some(PageRef::Number(0))),
            (vec![(Place::Form, "offset", "40"), (Place::Form, "limit", "10")], Some(PageRef::Number(40))),
            (vec![(Place::Graphql, "customers.after", "Y3Vyc29y")], Some(cursor)),
            (vec![(Place::Query, "page", "3"), (Place::Query, "cursor", "17")], Some(cursor)),
            (vec![(Place::Query, "start", "2026-01-01")], Some(cursor)),
            (vec![(Place::Query, "limit", "10"), (Place::Path, "id", "7")], None),
            (vec![(Place::Query, "page", "")], None),
        ] {
            let mut attributes = Attributes::new();
            for (place, name, value) in &list {
                attributes.push(*place, *name, AttributeValue::Text((*value).into()));
            }
            assert_eq!(page(&attributes, |_| SubjectDigest::default()), expected, "{list:?}");
        }
    }
}
