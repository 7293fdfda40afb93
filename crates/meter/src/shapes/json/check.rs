//! Whether bytes are JSON, for places where something else is likelier: scripts, decoded texts.

use super::scan;

/// How many bytes the JSON value at the start of `doc` has.
///
/// Strict about what stands between tokens, lenient within them: a string may hold any bytes, a number
/// any of its signs. Linear, with one byte of memory per open container.
///
/// # Errors
/// How far the reading went before it failed: what was spent on it.
pub(crate) fn length(doc: &[u8]) -> Result<usize, usize> {
    let mut open: Vec<u8> = Vec::new();
    let mut at = 0_usize;
    loop {
        at = blank(doc, at);
        let mark = doc.get(at).copied().ok_or(at)?;
        let after = at.saturating_add(1);
        at = match mark {
            b'{' | b'[' => {
                let inside = blank(doc, after);
                let end = if mark == b'{' { b'}' } else { b']' };
                if doc.get(inside) != Some(&end) {
                    open.push(end);
                    at = if mark == b'{' { name(doc, inside)? } else { inside };
                    continue;
                }
                inside.saturating_add(1)
            }
            b'"' => string(doc, at)?,
            b'-' | b'0'..=b'9' => {
                let rest = doc.get(after..).unwrap_or_default();
                let is_part = |b: &&u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-');
                after.saturating_add(rest.iter().take_while(is_part).count())
            }
            _ => {
                let rest = doc.get(at..).unwrap_or_default();
                let word = [&b"true"[..], b"false", b"null"].into_iter().find(|word| rest.starts_with(word));
                at.saturating_add(word.ok_or(at)?.len())
            }
        };
        loop {
            let Some(end) = open.last().copied() else { return Ok(at) };
            at = blank(doc, at);
            let mark = doc.get(at).copied().ok_or(at)?;
            at = at.saturating_add(1);
            if mark == end {
                open.pop();
            } else if mark == b',' {
                if end == b'}' {
                    at = name(doc, blank(doc, at))?;
                }
                break;
            } else {
                return Err(at);
            }
        }
    }
}

/// Whether the whole of `doc` is one JSON object or array.
pub(crate) fn is_document(doc: &[u8]) -> bool {
    matches!(doc.first(), Some(b'{' | b'['))
        && length(doc).is_ok_and(|end| doc.get(end..).is_some_and(|rest| rest.trim_ascii().is_empty()))
}

fn blank(doc: &[u8], at: usize) -> usize {
    let rest = doc.get(at..).unwrap_or_default();
    at.saturating_add(rest.iter().take_while(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t')).count())
}

/// Behind the string at `at`.
fn string(doc: &[u8], at: usize) -> Result<usize, usize> {
    let end = scan(doc, at.saturating_add(1)).end;
    if doc.get(at) == Some(&b'"') && doc.get(end) == Some(&b'"') {
        Ok(end.saturating_add(1))
    } else {
        Err(end)
    }
}

/// Behind the name and the colon at `at`.
fn name(doc: &[u8], at: usize) -> Result<usize, usize> {
    if doc.get(at) != Some(&b'"') {
        return Err(at);
    }
    let colon = blank(doc, string(doc, at)?);
    if doc.get(colon) == Some(&b':') { Ok(colon.saturating_add(1)) } else { Err(colon) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_ends_where_it_ends_and_what_is_no_json_has_no_length() {
        for (doc, length_) in [
            ("{}", Some(2)),
            ("[]x", Some(2)),
            ("{\"a\":[1,-2.5e3,true,null,\"\\\"}\"]};", Some(32)),
            (" [ { \"a\" : { } } ] ", Some(18)),
            ("{a:1}", None),
            ("[1,]", None),
            ("{\"a\"}", None),
            ("[1", None),
            ("[\"a", None),
            ("[1 2]", None),
            ("{\"a\":1]", None),
            ("", None),
        ] {
            assert_eq!(length(doc.as_bytes()).ok(), length_, "{doc}");
        }
    }

    proptest! {
        #[test]
        fn what_serde_reads_has_its_whole_length(doc in r#"([\{\}\[\],: ]|"a":|"b\\""|1|null|true|\{"a":1\}|\[1,2\]){0,12}"#) {
            match serde_json::from_str::<serde_json::Value>(&doc) {
                Ok(_) => prop_assert_eq!(length(doc.as_bytes()), Ok(doc.trim_ascii_end().len()), "{}", doc),
                Err(_) => prop_assert!(!is_document(doc.as_bytes()), "{}", doc),
            }
        }
    }
}
