//! Cuts records out of a body so that what remains is still valid.

use std::ops::Range;

use crate::disclosure::Record;
use crate::shape::Shape;

/// `body` without the records that `keep` does not keep; `None` where that cannot be done.
///
/// An element of an array goes with its comma, the value of a member goes with its key (in a map
/// keyed by e-mail addresses the key is personal too), a row or line goes whole, and so does an XML
/// element. Values of a kept record that lies within a record that goes, go too.
///
/// It cannot be done in HTML, forms and plain text, nor for records without bytes of their own:
/// columns, and JSON in a string. Then the whole response must be refused.
///
/// ```
/// use meter::{Bounds, Plan, Scratch, Shape, meter, strip::strip};
/// let body = br#"[{"id":1,"email":"a@x.de"},{"id":2,"email":"b@x.de"}]"#;
/// let disclosure = meter(body, Shape::Json, &Plan::default(), &Bounds::default(), &mut Scratch::default())?;
/// let kept = strip(body, Shape::Json, &disclosure.records, |record| record.span.start == 1).unwrap();
/// assert_eq!(kept, br#"[{"id":1,"email":"a@x.de"}]"#);
/// # Ok::<(), meter::Unmeterable>(())
/// ```
pub fn strip(
    body: &[u8],
    shape: Shape,
    records: &[Record<'_>],
    keep: impl Fn(&Record<'_>) -> bool,
) -> Option<Vec<u8>> {
    let mut cuts: Vec<Range<usize>> = Vec::new();
    for record in records.iter().filter(|record| !keep(record)) {
        if record.span.is_empty() || record.span.end > body.len() {
            return None;
        }
        cuts.push(record.span.clone());
    }
    if cuts.is_empty() {
        return Some(body.to_vec());
    }
    cuts.sort_unstable_by_key(|cut| (cut.start, std::cmp::Reverse(cut.end)));
    match shape {
        Shape::Json | Shape::Ndjson => json(body, &cuts, shape),
        Shape::Csv | Shape::Tsv => Some(whole(body, &cuts)),
        Shape::Xml => elements(body, &cuts),
        Shape::Html | Shape::Text | Shape::Form | Shape::Script | Shape::Opaque => None,
    }
}

/// Without the cuts, outer ones first.
fn whole(body: &[u8], cuts: &[Range<usize>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0_usize;
    for cut in cuts.iter().filter(|cut| !cut.is_empty()) {
        out.extend_from_slice(body.get(at..cut.start).unwrap_or_default());
        at = at.max(cut.end);
    }
    out.extend_from_slice(body.get(at..).unwrap_or_default());
    out
}

/// An XML document needs its root.
fn elements(body: &[u8], cuts: &[Range<usize>]) -> Option<Vec<u8>> {
    let outer = cuts.first()?;
    let before = body.get(..outer.start)?;
    let is_root = !before
        .windows(2)
        .any(|pair| matches!(pair, [b'<', next] if next.is_ascii_alphabetic() || *next == b'_'));
    (!is_root).then(|| whole(body, cuts))
}

fn json(body: &[u8], cuts: &[Range<usize>], shape: Shape) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::with_capacity(body.len());
    let mut at = 0_usize;
    for cut in cuts {
        if cut.start < at {
            continue;
        }
        out.extend_from_slice(body.get(at..cut.start)?);
        at = cut.end;
        trim_end(&mut out);
        match out.last() {
            // A member goes with its key.
            Some(b':') => {
                out.pop();
                trim_end(&mut out);
                cut_key(&mut out)?;
                trim_end(&mut out);
                at = cut_comma(body, at, &mut out);
            }
            Some(b',' | b'[') => at = cut_comma(body, at, &mut out),
            // A value on its own: a line of NDJSON with the end of the line.
            _ => at = cut_line(body, at, &mut out),
        }
    }
    out.extend_from_slice(body.get(at..)?);
    if shape == Shape::Json && out.trim_ascii().is_empty() {
        out = b"null".to_vec();
    }
    Some(out)
}

/// Takes one comma with the value that went: the one behind it, else the one before it.
fn cut_comma(body: &[u8], at: usize, out: &mut Vec<u8>) -> usize {
    let behind = skip_blank(body, at);
    if body.get(behind) == Some(&b',') {
        return behind.saturating_add(1);
    }
    trim_end(out);
    if out.last() == Some(&b',') {
        out.pop();
    }
    at
}

fn cut_line(body: &[u8], at: usize, out: &mut Vec<u8>) -> usize {
    if !out.is_empty() {
        out.push(b'\n');
    }
    skip_blank(body, at)
}

fn skip_blank(body: &[u8], at: usize) -> usize {
    let rest = body.get(at..).unwrap_or_default();
    at.saturating_add(rest.iter().take_while(|b| b.is_ascii_whitespace()).count())
}

fn trim_end(out: &mut Vec<u8>) {
    out.truncate(out.trim_ascii_end().len());
}

/// Removes the string at the end of `out`.
fn cut_key(out: &mut Vec<u8>) -> Option<()> {
    let inside = out.strip_suffix(b"\"")?;
    let mut end = inside.len();
    loop {
        let quote = memchr::memrchr(b'"', inside.get(..end)?)?;
        let slashes = inside.get(..quote)?.iter().rev().take_while(|b| **b == b'\\').count();
        if slashes.checked_rem(2) == Some(0) {
            out.truncate(quote);
            return Some(());
        }
        end = quote;
    }
}
