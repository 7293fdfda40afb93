//! What Filebeat, Logstash and Fluent Bit put around a line of text: an object with the line in `message`,
//! or in `event.original`. One of JSON is opened by the dialects of JSON themselves, so that an object
//! which tells the exchange and carries its line too is read for what it tells.
//!
//! Source: <https://www.elastic.co/docs/reference/ecs/ecs-base>.

use super::{Peeled, whole};
use crate::json;

/// The line within the object that `line` is.
pub(super) fn peel(line: &[u8]) -> Option<Peeled<'_>> {
    let carried = json::carried(line.trim_ascii())?;
    let text = carried.line.text();
    if matches!(text.trim_ascii_start().first(), None | Some(b'{' | b'[')) {
        return None;
    }
    Some(Peeled { text, ..whole(b"", carried.at) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_text_are_taken_out_of_their_objects() {
        for (line, expected) in [
            (r#"{"message":"GET /"}"#, Some(("GET /", None))),
            (
                r#"{"@timestamp":"2026-11-26T11:46:42.123Z","log":{"offset":1},"message":"say \"x\""}"#,
                Some(("say \"x\"", Some("2026-11-26T11:46:42.123Z"))),
            ),
            (r#"{"event":{"original":"GET /"}}"#, Some(("GET /", None))),
            (r#"{"message":"{\"a\":1}"}"#, None),
            (r#"{"message":""}"#, None),
            (r#"{"message":1}"#, None),
            (r#"{"message":"x","#, None),
            (r#"{"MESSAGE":"x","__REALTIME_TIMESTAMP":"1"}"#, None),
            ("GET /", None),
        ] {
            let peeled = peel(line.as_bytes()).map(|peeled| {
                (String::from_utf8_lossy(&peeled.text).into_owned(), peeled.at.map(|at| at.to_string()))
            });
            let expected = expected.map(|(text, at)| (text.to_owned(), at.map(str::to_owned)));
            assert_eq!(peeled, expected, "{line}");
        }
    }

    #[test]
    fn a_collected_log_is_recognised_and_read() {
        use crate::{Dialect, Prefix, Reader};
        let line = br#"{"@timestamp":"2026-11-26T11:46:42.123Z","message":"192.0.2.7 - - [26/Nov/2026:11:46:40 +0000] \"GET /v1/orders/7 HTTP/1.1\" 200 803 \"-\" \"curl/8\""}"#;
        let verdict = Reader::recognise(std::iter::once(line.as_slice())).expect("a dialect");
        assert_eq!((verdict.dialect, verdict.prefixes[0]), (Dialect::Combined, Prefix::Collector));
        let mut targets = Vec::new();
        let read = verdict
            .reader()
            .read(line, &mut |event| targets.push(event.target.map(|text| text.into_owned())));
        assert_eq!((read, targets), (Ok(()), vec![Some(b"/v1/orders/7".to_vec())]));
    }
}
