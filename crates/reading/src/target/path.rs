//! The path: decoded, split, resolved, encoded again.

use smallvec::SmallVec;

use super::fault::{Fault, Faults, TargetError};
use super::text::{self, Met, SEGMENT, is_plain};
use super::{Draft, Part, Target};

/// Whether `path` is its own canonical form. Never true for a path that is not.
pub(super) fn is_canonical(path: &str) -> bool {
    let mut last = b' ';
    for byte in path.bytes() {
        let fine = match byte {
            // After a slash an empty segment; after a dot a segment that ends in one.
            b'/' => last != b'/' && last != b'.',
            other => is_plain(&SEGMENT, other),
        };
        if !fine {
            return false;
        }
        last = byte;
    }
    last != b'.'
}

/// The segments of a canonical `path`.
pub(super) fn split(path: &str, faults: &mut Faults) -> Result<SmallVec<[Part; 8]>, TargetError> {
    let mut segments = SmallVec::new();
    let mut start = 1;
    for part in path.split('/').skip(1) {
        let end = start + part.len();
        if part.is_empty() && !segments.is_empty() {
            faults.note(Fault::TrailingSlash);
        } else if !part.is_empty() {
            segments.push(Part::new(false, start, end));
        }
        start = end + 1;
    }
    if segments.len() > Target::MOST_SEGMENTS {
        return Err(TargetError::TooLong);
    }
    Ok(segments)
}

/// Writes the canonical form of any `path` and says where its segments stand.
pub(super) fn rebuild(
    path: &str,
    draft: &mut Draft,
    faults: &mut Faults,
) -> Result<SmallVec<[Part; 8]>, TargetError> {
    let decoded = decode_fully(path, faults)?;
    let (kept, trailing) = resolve(&decoded, faults);
    if kept.len() > Target::MOST_SEGMENTS {
        return Err(TargetError::TooLong);
    }
    let segments = kept
        .iter()
        .map(|segment| {
            draft.text.push('/');
            draft.push(segment, &SEGMENT)
        })
        .collect();
    if trailing || kept.is_empty() {
        draft.text.push('/');
    }
    if trailing {
        faults.note(Fault::TrailingSlash);
    }
    Ok(segments)
}

/// Decodes until nothing is left to decode, at most three rounds.
///
/// Escapes never overlap, so the order of rounds does not matter and the result is unique.
fn decode_fully(path: &str, faults: &mut Faults) -> Result<String, TargetError> {
    if path.contains('\\') {
        faults.note(Fault::Backslash);
    }
    let mut met = Met::default();
    let mut bytes = text::decode(path.as_bytes(), true, &mut met)?;
    for round in 1.. {
        let mut again = Met::default();
        let next = text::decode(&bytes, false, &mut again)?;
        if !again.any {
            break;
        }
        if round == 3 {
            return Err(TargetError::TooManyEncodings);
        }
        faults.note(Fault::DoubleEncoding);
        met.slash |= again.slash;
        met.backslash |= again.backslash;
        met.dot |= again.dot;
        bytes = next;
    }
    for (seen, fault) in [
        (met.slash, Fault::EncodedSlash),
        (met.backslash, Fault::EncodedBackslash),
        (met.needless, Fault::NeedlessEncoding),
        (met.lowercase, Fault::LowercaseEncoding),
    ] {
        if seen {
            faults.note(fault);
        }
    }
    let decoded = String::from_utf8(bytes).map_err(|_| TargetError::InvalidUtf8)?;
    if decoded.chars().any(char::is_control) {
        return Err(TargetError::Control);
    }
    if met.dot && has_dot_segment(&decoded) {
        faults.note(Fault::EncodedDotSegment);
    }
    Ok(decoded)
}

fn has_dot_segment(decoded: &str) -> bool {
    decoded.split(['/', '\\']).any(|part| matches!(without_parameters(part), "." | ".."))
}

fn without_parameters(part: &str) -> &str {
    part.split(';').next().unwrap_or_default()
}

/// The segments that remain, and whether the path ends in a slash after one.
fn resolve<'a>(decoded: &'a str, faults: &mut Faults) -> (Vec<&'a str>, bool) {
    let mut kept: Vec<&str> = Vec::new();
    let mut trailing = false;
    let mut parts = decoded.split(['/', '\\']).skip(1).peekable();
    while let Some(part) = parts.next() {
        let name = without_parameters(part);
        if name.len() < part.len() {
            faults.note(Fault::PathParameters);
        }
        let bare = name.trim_end_matches([' ', '.']);
        trailing = false;
        if !bare.is_empty() {
            if bare.len() < name.len() {
                faults.note(Fault::TrailingDot);
            }
            kept.push(bare);
            continue;
        }
        match name {
            "" if parts.peek().is_none() => trailing = !kept.is_empty(),
            "" => faults.note(Fault::EmptySegment),
            "." => faults.note(Fault::DotSegment),
            ".." => {
                faults.note(Fault::DotSegment);
                kept.pop();
            }
            // Dots and spaces in another mixture: file systems that drop trailing ones see `.` or `..`.
            other => {
                faults.note(Fault::TrailingDot);
                if other.bytes().filter(|byte| *byte == b'.').count() == 2 {
                    kept.pop();
                }
            }
        }
    }
    (kept, trailing)
}
