//! Docker's `json-file`, the Kubernetes container runtime interface, and what `docker` and `kubectl`
//! print before each line.
//!
//! Sources: <https://docs.docker.com/engine/logging/drivers/json-file/>,
//! <https://kubernetes.io/docs/concepts/cluster-administration/logging/>.

use std::borrow::Cow;

use serde::Deserialize;

use super::{Peeled, Piece, Stream, whole};
use crate::scan;

#[derive(Deserialize)]
struct Docker<'l> {
    #[serde(borrow)]
    log: Cow<'l, str>,
    #[serde(borrow)]
    stream: Cow<'l, str>,
    #[serde(borrow)]
    time: Cow<'l, str>,
}

/// `{"log":"...\n","stream":"stdout","time":"2026-11-26T11:42:06.123456789Z"}`. A piece has no line feed.
pub(super) fn docker(line: &[u8]) -> Option<Peeled<'_>> {
    if !line.starts_with(b"{") {
        return None;
    }
    let docker: Docker<'_> = serde_json::from_slice(line).ok()?;
    let stream = if docker.stream == "stderr" { Stream::Err } else { Stream::Out };
    let text = match docker.log {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    };
    let ends = text.ends_with(b"\n");
    let text = match text {
        Cow::Owned(mut text) if ends => {
            text.pop();
            Cow::Owned(text)
        }
        text => text,
    };
    let piece = if ends { Piece::End(stream) } else { Piece::More(stream) };
    Some(Peeled { text, at: scan::civil(docker.time.as_bytes()), piece })
}

/// `2026-11-26T11:42:06.123456789Z stdout F the line`; `P` marks a piece.
pub(super) fn cri(line: &[u8]) -> Option<Peeled<'_>> {
    let (time, rest) = scan::cut(line, b' ')?;
    let at = scan::civil(time)?;
    let (stream, rest) = scan::cut(rest, b' ')?;
    let stream = match stream {
        b"stdout" => Stream::Out,
        b"stderr" => Stream::Err,
        _ => return None,
    };
    // Tags are separated by colons; the first says whether it is partial or full.
    let (tags, text) = scan::word(rest);
    let piece = match tags.split(|byte| *byte == b':').next()? {
        b"P" => Piece::More(stream),
        b"F" => Piece::End(stream),
        _ => return None,
    };
    Some(Peeled { text: Cow::Borrowed(text), at: Some(at), piece })
}

/// `web-1  | the line`, `[pod/web-6f/web] the line`.
pub(super) fn compose(line: &[u8]) -> Option<Peeled<'_>> {
    if let Some(inner) = line.strip_prefix(b"[pod/") {
        let (name, text) = scan::cut(inner, b']')?;
        let text = text.strip_prefix(b" ")?;
        return name.contains(&b'/').then(|| whole(text, None));
    }
    let (name, text) = scan::cut(line, b'|')?;
    let named = name.trim_ascii_end();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let fits = named.len() < name.len() && named.len() <= 128 && !named.is_empty();
    (fits && named.iter().all(is_name)).then(|| whole(text.strip_prefix(b" ").unwrap_or(text), None))
}

/// `2026-11-26T11:42:06.123456789Z the line`.
pub(super) fn stamp(line: &[u8]) -> Option<Peeled<'_>> {
    let (time, text) = scan::cut(line, b' ')?;
    Some(whole(text, Some(scan::civil(time)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn container_lines_are_peeled() {
        type Peel = fn(&[u8]) -> Option<Peeled<'_>>;
        type Expected = Option<(&'static str, Piece)>;
        let out = Stream::Out;
        let table: [(Peel, &str, Expected); 13] = [
            (
                docker,
                r#"{"log":"a \"b\"\n","stream":"stdout","time":"2026-11-26T11:42:06.1Z"}"#,
                Some(("a \"b\"", Piece::End(out))),
            ),
            (
                docker,
                r#"{"log":"a","stream":"stdout","attrs":{"tag":"x"},"time":"2026-11-26T11:42:06.1Z"}"#,
                Some(("a", Piece::More(out))),
            ),
            (
                docker,
                r#"{"log":"\u003c\n","stream":"stderr","time":"2026-11-26T11:42:06.1Z"}"#,
                Some(("<", Piece::End(Stream::Err))),
            ),
            (docker, r#"{"log":"a","stream":"stdout"}"#, None),
            (docker, r#"{"log":7,"stream":"stdout","time":""}"#, None),
            (cri, "2026-11-26T11:42:06.123456789Z stdout F GET / x", Some(("GET / x", Piece::End(out)))),
            (cri, "2026-11-26T11:42:06.1+01:00 stderr P:x half", Some(("half", Piece::More(Stream::Err)))),
            (cri, "2026-11-26T11:42:06.1Z stdout F", Some(("", Piece::End(out)))),
            (cri, "2026-11-26T11:42:06.1Z stdin F x", None),
            (compose, "web-1  | GET / | x", Some(("GET / | x", Piece::Whole))),
            (compose, "[pod/web-6f/web] GET /", Some(("GET /", Piece::Whole))),
            (compose, r#"{"a":1} | x"#, None),
            (stamp, "2026-11-26T11:42:06.123Z GET /", Some(("GET /", Piece::Whole))),
        ];
        for (peel, line, expected) in table {
            let peeled = peel(line.as_bytes());
            let read = peeled.as_ref().map(|peeled| (&*peeled.text, peeled.piece));
            assert_eq!(read, expected.map(|(text, piece)| (text.as_bytes(), piece)), "{line}");
        }
    }
}
