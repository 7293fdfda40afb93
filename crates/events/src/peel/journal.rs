//! `journalctl -o json`: one object a line, the program's line in `MESSAGE`.
//!
//! Source: <https://systemd.io/JOURNAL_EXPORT_FORMATS/>.

use std::borrow::Cow;

use domain::Timestamp;
use serde::Deserialize;

use super::{Peeled, whole};
use crate::scan;

#[derive(Deserialize)]
struct Entry<'l> {
    #[serde(borrow, rename = "MESSAGE")]
    message: Message<'l>,
    #[serde(borrow, rename = "__REALTIME_TIMESTAMP", default)]
    micros: Option<Cow<'l, str>>,
}

/// Text; its bytes as numbers where it is not UTF-8; nothing where it was too long to be printed.
#[derive(Deserialize)]
#[serde(untagged)]
enum Message<'l> {
    #[serde(borrow)]
    Text(Cow<'l, str>),
    Bytes(Vec<u8>),
    Nothing(()),
}

pub(super) fn json(line: &[u8]) -> Option<Peeled<'_>> {
    if !line.starts_with(b"{") {
        return None;
    }
    let entry: Entry<'_> = serde_json::from_slice(line).ok()?;
    let micros = entry.micros.and_then(|micros| scan::number(micros.as_bytes()));
    let at = micros.map(|micros| Timestamp::from_millis(micros / 1000));
    let text = match entry.message {
        Message::Text(Cow::Borrowed(text)) => Cow::Borrowed(text.as_bytes()),
        Message::Text(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
        Message::Bytes(bytes) => Cow::Owned(bytes),
        Message::Nothing(()) => Cow::Borrowed(&b""[..]),
    };
    Some(Peeled { text, ..whole(b"", at) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_the_journal_are_text_or_bytes() {
        for (line, expected) in [
            (r#"{"MESSAGE":"GET \"/\"","__REALTIME_TIMESTAMP":"1764157326123456"}"#, Some(&b"GET \"/\""[..])),
            (
                r#"{"_PID":"1","MESSAGE":[71,255,10],"__REALTIME_TIMESTAMP":"1764157326123456"}"#,
                Some(b"G\xff\n"),
            ),
            (r#"{"MESSAGE":null,"__REALTIME_TIMESTAMP":"1764157326123456"}"#, Some(b"")),
            (r#"{"MESSAGE":[256]}"#, None),
            (r#"{"message":"x"}"#, None),
        ] {
            let peeled = json(line.as_bytes());
            assert_eq!(peeled.as_ref().map(|peeled| &*peeled.text), expected, "{line}");
            let at = peeled.and_then(|peeled| peeled.at).map(|at| at.to_string());
            assert_eq!(at.as_deref(), expected.map(|_| "2025-11-26T11:42:06.123Z"), "{line}");
        }
    }
}
