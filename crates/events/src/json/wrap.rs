//! Wrappers: objects that carry the lines of others.
//!
//! `{"records":[…]}` (Azure's diagnostic settings, Event Hubs), `{"logEvents":[{"message":"…"}]}`
//! (Amazon CloudWatch's subscriptions), and `{"message":"<line>"}` (Logstash, Filebeat, Fluent Bit), where
//! the line within is JSON. A wrapper in a wrapper in a wrapper is opened no more. What Docker and the
//! journal wrap around a line, and collectors around one of text, is taken off before, by [`crate::Prefix`].

use domain::Timestamp;

use super::text::{Leaf, unescape};
use super::{Shape, read_within, value, walk};
use crate::{Event, Reject};

/// Wrappers around a line that are opened.
const MOST_WRAPPERS: u8 = 2;

/// Keys of wrappers whose array holds the objects of others.
const LISTS: [&[u8]; 3] = [b"records", b"logevents", b"logs"];

/// Keys of wrappers whose string holds the line of another.
const LINES: [&[u8]; 2] = [b"message", b"event.original"];

/// A key of the journal's objects, which have a `MESSAGE` too.
const JOURNAL: &[u8] = b"__realtime_timestamp";

/// Reads what `object` carries, when it is a wrapper.
///
/// # Errors
/// [`Reject::Shape`] when it is none, or carries nothing of this shape.
pub(super) fn read<'l>(
    shape: &Shape,
    object: &'l [u8],
    wrappers: u8,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    if wrappers >= MOST_WRAPPERS {
        return Err(Reject::Shape);
    }
    if let Some(list) = walk::list(object, &LISTS) {
        return read_within(shape, list, wrappers + 1, each);
    }
    // A line of JSON within a string has quotes, and these are escaped.
    match carried(object) {
        Some(Carried { line: Leaf::Escaped(raw), .. }) => {
            read_within(shape, &unescape(raw), wrappers + 1, &mut |event| each(event.into_owned()))
        }
        _ => Err(Reject::Shape),
    }
}

/// A line that an object carries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carried<'l> {
    /// The line.
    pub line: Leaf<'l>,
    /// `@timestamp`: when the collector read it.
    pub at: Option<Timestamp>,
}

/// The line that a collector put into `object`; `None` where it carries none, or is the journal's.
pub(crate) fn carried(object: &[u8]) -> Option<Carried<'_>> {
    let (mut line, mut at, mut journal) = (None, None, false);
    walk::walk(object, &mut |step| match step {
        walk::Step::Leaf(path, leaf) if LINES.contains(&path) => line = line.or(Some(leaf)),
        walk::Step::Leaf(b"@timestamp", leaf) => at = at.or(Some(leaf)),
        walk::Step::Leaf(path, _) => journal |= path == JOURNAL,
        walk::Step::End => {}
    })?;
    let line = line.filter(|line| !journal && !matches!(line, Leaf::Bare(_)))?;
    Some(Carried { line, at: at.and_then(|at| value::time(at.raw())) })
}

#[cfg(test)]
mod tests {
    use super::super::{Judged, Role, Row, read};
    use super::*;

    const ROWS: &[Row] = &[("path", Role::Target)];
    static SHAPE: Shape = Shape::new(ROWS, |draft, _| Judged::exchange_if(draft.has(Role::Target)));

    /// The targets of the exchanges of `line`, and whether all of it was read.
    fn targets(line: &str) -> (Vec<String>, bool) {
        let mut all = Vec::new();
        let result = read(&SHAPE, line.as_bytes(), &mut |event| {
            all.push(String::from_utf8(event.target.unwrap().into_owned()).unwrap());
        });
        (all, result.is_ok())
    }

    #[test]
    fn a_line_may_hold_several_exchanges() {
        for (line, expected, whole) in [
            (r#"{"path":"/1"}"#, &["/1"][..], true),
            (r#"{"path":"/1"}{"path":"/2"} {"path":"/3"}"#, &["/1", "/2", "/3"], true),
            (r#"[{"path":"/1"}, {"path":"/2"}]"#, &["/1", "/2"], true),
            (r#"{"path":"/1"}{"other":1}{"path":"/3"}"#, &["/1", "/3"], false),
            (r#"{"path":"/1"}{"path":"/2"#, &["/1"], false),
            ("[]", &[], false),
            ("[1]", &[], false),
            ("", &[], false),
        ] {
            assert_eq!(targets(line), (expected.iter().map(|&text| text.into()).collect(), whole), "{line}");
        }
    }

    #[test]
    fn wrappers_are_opened() {
        let quoted = |line: &str| serde_json::to_string(line).unwrap();
        let line = quoted(r#"{"path":"/1"}"#);
        for (wrapped, expected) in [
            (r#"{"records":[{"path":"/1"},{"path":"/2"}]}"#.to_owned(), &["/1", "/2"][..]),
            (r#"{ "x":{"records":[]}, "Records" : [ {"path":"/1"} ] , "y":1 }"#.to_owned(), &["/1"]),
            (format!(r#"{{"message":{line},"host":"h"}}"#), &["/1"]),
            (format!(r#"{{"MESSAGE":{line},"__REALTIME_TIMESTAMP":"1"}}"#), &[]),
            (format!(r#"{{"owner":"1","logEvents":[{{"id":"1","message":{line}}}]}}"#), &["/1"]),
            (format!(r#"{{"message":{}}}"#, quoted(&format!(r#"{{"message":{line}}}"#))), &["/1"]),
            (r#"{"records":[]}"#.to_owned(), &[]),
            (r#"{"records":1}"#.to_owned(), &[]),
            (r#"{"message":"GET /1"}"#.to_owned(), &[]),
            (r#"{"message":"say "GET /1""}"#.to_owned(), &[]),
        ] {
            let (all, whole) = targets(&wrapped);
            assert_eq!(all, expected, "{wrapped}");
            assert_eq!(whole, !expected.is_empty(), "{wrapped}");
        }
    }

    #[test]
    fn a_third_wrapper_is_not_opened() {
        let wrap = |line: &str| format!(r#"{{"message":{}}}"#, serde_json::to_string(line).unwrap());
        let twice = wrap(&wrap(r#"{"path":"/1"}"#));
        assert_eq!(targets(&twice).0, ["/1"]);
        assert_eq!(targets(&wrap(&twice)), (Vec::new(), false));
        let nested = format!("{}1{}", r#"{"records":["#.repeat(30), "]}".repeat(30));
        assert_eq!(targets(&nested), (Vec::new(), false));
    }
}
