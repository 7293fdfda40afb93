//! The query: pairs in order, decoded once, `+` read as a space, written with `%20`.
//!
//! Values are decoded once only: a URL inside a value is honestly encoded twice.

use smallvec::SmallVec;

use super::fault::{Fault, Faults, TargetError};
use super::text::{self, Met, QUERY_NAME, QUERY_VALUE, is_plain};
use super::{Draft, Pair, Part, Target};

/// Whether `query` is its own canonical form.
pub(super) fn is_canonical(query: &str) -> bool {
    let mut last = b'&';
    for byte in query.bytes() {
        let fine = match byte {
            b'&' => last != b'&',
            other => is_plain(&QUERY_VALUE, other),
        };
        if !fine {
            return false;
        }
        last = byte;
    }
    last != b'&'
}

/// The pairs of a canonical `query` that starts at `offset` of its target.
pub(super) fn split(
    query: &str,
    offset: usize,
    faults: &mut Faults,
) -> Result<SmallVec<[Pair; 4]>, TargetError> {
    let mut pairs: SmallVec<[Pair; 4]> = SmallVec::new();
    let mut names: SmallVec<[&str; 8]> = SmallVec::new();
    let mut start = offset;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let end = start + pair.len();
        let (name, assigned) = match pair.split_once('=') {
            Some((name, _)) => (name, true),
            None => (pair, false),
        };
        let name_end = start + name.len();
        let value_start = if assigned { name_end + 1 } else { end };
        pairs.push(Pair {
            name: Part::new(false, start, name_end),
            value: Part::new(false, value_start, end),
            assigned,
        });
        names.push(name);
        start = end + 1;
    }
    note_duplicates(names, faults)?;
    Ok(pairs)
}

/// Writes the canonical form of any `query` behind the path, and says where its pairs stand.
pub(super) fn rebuild(
    query: &str,
    draft: &mut Draft,
    faults: &mut Faults,
) -> Result<SmallVec<[Pair; 4]>, TargetError> {
    if query.contains(';') {
        faults.note(Fault::QuerySemicolon);
    }
    let mut pairs = SmallVec::new();
    let mut names = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value, assigned) = match pair.split_once('=') {
            Some((name, value)) => (name, value, true),
            None => (pair, "", false),
        };
        let name = decode_once(name, faults)?;
        let value = decode_once(value, faults)?;
        if name.chars().any(char::is_control) || value.chars().any(is_forbidden_in_value) {
            return Err(TargetError::Control);
        }
        if name
            .match_indices('%')
            .any(|(at, _)| text::escape(name.as_bytes().get(at..).unwrap_or_default()).is_some())
        {
            faults.note(Fault::DoubleEncoding);
        }
        pairs.push(write(&name, &value, assigned, pairs.is_empty(), draft));
        names.push(name);
    }
    note_duplicates(names.iter().map(String::as_str).collect(), faults)?;
    Ok(pairs)
}

/// Appends one pair.
pub(super) fn write(name: &str, value: &str, assigned: bool, first: bool, draft: &mut Draft) -> Pair {
    draft.text.push(if first { '?' } else { '&' });
    let name = draft.push(name, &QUERY_NAME);
    if assigned {
        draft.text.push('=');
    }
    Pair { name, value: draft.push(value, &QUERY_VALUE), assigned }
}

/// A line break or a tab is text that a person typed; other control characters are not.
fn is_forbidden_in_value(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\r' | '\n')
}

fn decode_once(raw: &str, faults: &mut Faults) -> Result<String, TargetError> {
    let mut met = Met::default();
    let spaced = if raw.contains('+') {
        faults.note(Fault::PlusForSpace);
        raw.replace('+', " ")
    } else {
        raw.to_owned()
    };
    let bytes = text::decode(spaced.as_bytes(), true, &mut met)?;
    if met.needless {
        faults.note(Fault::NeedlessEncoding);
    }
    if met.lowercase {
        faults.note(Fault::LowercaseEncoding);
    }
    String::from_utf8(bytes).map_err(|_| TargetError::InvalidUtf8)
}

fn note_duplicates(mut names: SmallVec<[&str; 8]>, faults: &mut Faults) -> Result<(), TargetError> {
    if names.len() > Target::MOST_PAIRS {
        return Err(TargetError::TooLong);
    }
    if names.len() < 2 {
        return Ok(());
    }
    names.sort_unstable();
    if names.windows(2).any(|two| matches!(two, [one, other] if one == other)) {
        faults.note(Fault::DuplicateQueryKey);
    }
    Ok(())
}
