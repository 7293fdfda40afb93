//! One pass over an object: every value that holds nothing, with the path of its key.

use std::borrow::Cow;

use super::text::{Leaf, unescape};

/// Levels of objects and arrays in one line, beyond which it is none that a product writes.
pub(super) const MOST_DEEP: u8 = 64;

/// Bytes of a path, beyond which it is one that no row knows.
const LONGEST_PATH: usize = 128;

/// What the walk meets.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'p, 'l> {
    /// A value at the path of its keys, with dots between, in small letters.
    Leaf(&'p [u8], Leaf<'l>),
    /// The end of an object within.
    End,
}

/// Walks over the object that `line` begins with, and answers with what follows it; `None` where it
/// is no object or does not end.
pub(super) fn walk<'l>(line: &'l [u8], each: &mut dyn FnMut(Step<'_, 'l>)) -> Option<&'l [u8]> {
    let mut path = Path { bytes: [0; LONGEST_PATH], length: 0, lost: 0 };
    object(line.strip_prefix(b"{")?, &mut path, 0, each)
}

/// The inside of the array that `object` has under one of `keys` (in small letters) on its first level.
pub(super) fn list<'l>(object: &'l [u8], keys: &[&[u8]]) -> Option<&'l [u8]> {
    let mut rest = object.strip_prefix(b"{")?;
    loop {
        rest = after_blanks(rest);
        let (key, after) = string(rest.strip_prefix(b"\"")?)?;
        let found = keys.iter().any(|known| key.raw().eq_ignore_ascii_case(known));
        let text = after.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        let mut path = Path { bytes: [0; LONGEST_PATH], length: 0, lost: 0 };
        rest = value(text, &mut path, 0, b'}', &mut |_| ())?;
        if let Some(inside) = text.strip_prefix(b"[").filter(|_| found) {
            return inside.get(..inside.len().checked_sub(rest.len() + 1)?);
        }
    }
}

/// The members of an object after its brace, to the other brace.
fn object<'l>(
    mut rest: &'l [u8],
    path: &mut Path,
    deep: u8,
    each: &mut dyn FnMut(Step<'_, 'l>),
) -> Option<&'l [u8]> {
    loop {
        rest = after_blanks(rest);
        match rest.split_first()? {
            (b'}', rest) => return Some(rest),
            (b'"', inside) => {
                let (key, after) = string(inside)?;
                let key = match key {
                    Leaf::Escaped(raw) => Cow::Owned(unescape(raw)),
                    key => Cow::Borrowed(key.raw()),
                };
                let before = path.enter(&key);
                let after = after.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
                rest = value(after, path, deep, b'}', each)?;
                path.leave(before);
            }
            _ => return None,
        }
    }
}

/// The items of an array after its bracket, to the other bracket.
fn array<'l>(
    mut rest: &'l [u8],
    path: &mut Path,
    deep: u8,
    each: &mut dyn FnMut(Step<'_, 'l>),
) -> Option<&'l [u8]> {
    loop {
        rest = after_blanks(rest);
        match rest.first()? {
            b']' => return rest.get(1..),
            b'}' | b':' => return None,
            _ => rest = value(rest, path, deep, b']', each)?,
        }
    }
}

/// One value within what `close` closes.
fn value<'l>(
    text: &'l [u8],
    path: &mut Path,
    deep: u8,
    close: u8,
    each: &mut dyn FnMut(Step<'_, 'l>),
) -> Option<&'l [u8]> {
    match text.split_first()? {
        (b'"', inside) => {
            let (leaf, rest) = string(inside)?;
            each(Step::Leaf(path.bytes(), leaf));
            Some(rest)
        }
        (b'{' | b'[', _) if deep >= MOST_DEEP => None,
        (b'{', inside) => {
            let rest = object(inside, path, deep + 1, each)?;
            each(Step::End);
            Some(rest)
        }
        (b'[', inside) => array(inside, path, deep + 1, each),
        _ => {
            let (leaf, rest) = bare(text, close)?;
            each(Step::Leaf(path.bytes(), leaf));
            Some(rest)
        }
    }
}

/// The inside of a string after its quote, and what follows the other quote. What may follow is for the
/// caller to see: a quote that a client sent through a format that does not escape fits nowhere.
fn string(inside: &[u8]) -> Option<(Leaf<'_>, &[u8])> {
    let (mut from, mut escaped) = (0, false);
    loop {
        let at = from + memchr::memchr2(b'"', b'\\', inside.get(from..)?)?;
        if inside.get(at) == Some(&b'\\') {
            escaped = true;
            from = at + 2;
            continue;
        }
        let (raw, after) = (inside.get(..at)?, inside.get(at + 1..)?);
        return Some((if escaped { Leaf::Escaped(raw) } else { Leaf::Plain(raw) }, after));
    }
}

/// What stands without quotes: a number, a word, nothing, or (in an object) numbers with commas
/// between, which nginx writes for several upstreams.
fn bare(text: &[u8], close: u8) -> Option<(Leaf<'_>, &[u8])> {
    let mut end = 0;
    loop {
        let byte = *text.get(end)?;
        let ends = byte == close
            || byte == b','
                && (close == b']'
                    || matches!(text.get(end + 1..)?.trim_ascii_start().first(), Some(b'"' | b'}')));
        if ends {
            let (leaf, rest) = text.split_at_checked(end)?;
            return Some((Leaf::Bare(leaf.trim_ascii()), rest));
        }
        if matches!(byte, b'"' | b'{' | b'[' | b'}' | b']') {
            return None;
        }
        end += 1;
    }
}

fn after_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',')).count();
    text.get(blanks..).unwrap_or_default()
}

/// The keys from the outermost object to a value.
struct Path {
    bytes: [u8; LONGEST_PATH],
    length: usize,
    /// Keys that had no room: below them every path is unknown.
    lost: usize,
}

impl Path {
    /// Appends `key`, and answers with what [`Path::leave`] needs.
    fn enter(&mut self, key: &[u8]) -> (usize, usize) {
        let before = (self.length, self.lost);
        let dot = usize::from(self.length > 0);
        let room = self.bytes.get_mut(self.length..).and_then(|room| room.get_mut(..dot + key.len()));
        match room {
            Some(room) if self.lost == 0 => {
                let (point, name) = room.split_at_mut(dot);
                point.fill(b'.');
                name.copy_from_slice(key);
                name.make_ascii_lowercase();
                self.length += dot + key.len();
            }
            _ => self.lost += 1,
        }
        before
    }

    fn leave(&mut self, (length, lost): (usize, usize)) {
        (self.length, self.lost) = (length, lost);
    }

    /// The path; nothing where a key had no room.
    fn bytes(&self) -> &[u8] {
        if self.lost > 0 { b"" } else { self.bytes.get(..self.length).unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every value of `line` as `path=text`, and what follows the object.
    fn leaves(line: &[u8]) -> Option<(Vec<String>, &[u8])> {
        let mut all = Vec::new();
        let rest = walk(line, &mut |step| {
            if let Step::Leaf(path, leaf) = step {
                all.push(format!(
                    "{}={}",
                    String::from_utf8_lossy(path),
                    String::from_utf8_lossy(&leaf.text())
                ));
            }
        })?;
        Some((all, rest))
    }

    #[test]
    fn values_are_met_at_their_paths() {
        for (line, expected) in [
            (r#"{}"#, Some(vec![])),
            (r#" {"a":1}"#, None),
            (r#"{"a":1,"B":"x","c":null,"d":true}"#, Some(vec!["a=1", "b=x", "c=null", "d=true"])),
            (
                r#"{ "a" : { "b.C" : [ "x" , { "d" : 2 } , 3 ] } , "e" : [ ] }"#,
                Some(vec!["a.b.c=x", "a.b.c.d=2", "a.b.c=3"]),
            ),
            (r#"{"a\u002eb":"\"q\""}"#, Some(vec![r#"a.b="q""#])),
            // What hand-written formats do.
            (r#"{"a":,"b":-,"c":0.1, 0.2,"d":1}"#, Some(vec!["a=", "b=-", "c=0.1, 0.2", "d=1"])),
            (r#"{"a":"x" "b":"y",}"#, Some(vec!["a=x", "b=y"])),
            (r#"{"a":"say \x22hi\x22"}"#, Some(vec![r#"a=say "hi""#])),
            // What no product writes.
            (r#"{"a":"x"y"}"#, None),
            (r#"{"a":"x"#, None),
            (r#"{"a":"x\"#, None),
            (r#"{"a":"x\""#, None),
            (r#"{"a""#, None),
            (r#"{"a":"#, None),
            (r#"{"a":1"#, None),
            (r#"{"a":[1"#, None),
            (r#"{"a":[1}"#, None),
            (r#"{"a":[}]}"#, None),
            (r#"{"a":1]"#, None),
            (r#"{a:1}"#, None),
            ("", None),
            ("[1]", None),
        ] {
            let read = leaves(line.as_bytes()).map(|(all, rest)| {
                assert!(rest.is_empty(), "{line}");
                all
            });
            assert_eq!(read, expected.map(|all| all.into_iter().map(str::to_owned).collect()), "{line}");
        }
    }

    #[test]
    fn what_follows_the_object_is_left() {
        assert_eq!(leaves(br#"{"a":1}{"b":2}"#).unwrap().1, br#"{"b":2}"#);
    }

    #[test]
    fn a_path_without_room_is_no_path_and_those_after_it_are() {
        let long = "k".repeat(200);
        let line = format!(r#"{{"{long}":{{"a":1}},"b":2}}"#);
        assert_eq!(leaves(line.as_bytes()).unwrap().0, ["=1", "b=2"]);
    }

    #[test]
    fn levels_are_bounded() {
        let nested = |levels: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
        assert!(leaves(nested(64).as_bytes()).is_some());
        assert!(leaves(nested(65).as_bytes()).is_none());
        assert!(leaves("{\"a\":".repeat(1_000_000).as_bytes()).is_none());
    }

    /// The same by the JSON library.
    fn slow(path: &str, value: &serde_json::Value, all: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(members) => {
                for (key, value) in members {
                    let dot = if path.is_empty() { "" } else { "." };
                    slow(&format!("{path}{dot}{}", key.to_ascii_lowercase()), value, all);
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| slow(path, item, all)),
            serde_json::Value::String(text) => all.push(format!("{path}={text}")),
            other => all.push(format!("{path}={other}")),
        }
    }

    fn values() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            ".{0,12}".prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::vec(("[a-zA-Z\"\\\\é]{1,6}", inner), 0..5)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_is_met_as_the_json_library_reads_it(value in values(), pretty in any::<bool>()) {
            let object = serde_json::json!({ "x": value });
            let line = if pretty { serde_json::to_string_pretty(&object) } else { serde_json::to_string(&object) };
            let line = line.unwrap();
            let mut expected = Vec::new();
            slow("", &object, &mut expected);
            prop_assert_eq!(leaves(line.as_bytes()).unwrap().0, expected, "{}", line);
        }

        #[test]
        fn no_bytes_make_the_walk_panic(line in prop::collection::vec(prop::sample::select(&b"{}[]\",:\\ux0a-. \n\xff"[..]), 0..80)) {
            let _ = leaves(&line);
            let _ = leaves(&[b"{\"a\":".as_slice(), &line].concat());
        }
    }
}
