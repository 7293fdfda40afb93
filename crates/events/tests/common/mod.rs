//! What the tests of lines have in common: an event as one line of text.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests; each uses some")]

use std::path::PathBuf;

use events::{Event, Field, Reader};

/// What an event says, by the words of its fields: `client=192.0.2.7 method=GET`.
pub(crate) fn shown(event: &Event<'_>) -> String {
    let said =
        |field: &Field| field.is_told(event).then(|| format!("{}={}", field.word(), value(event, *field)));
    Field::ALL.iter().filter_map(said).collect::<Vec<_>>().join(" ")
}

/// One field of an event as text.
pub(crate) fn value(event: &Event<'_>, field: Field) -> String {
    let text = match field {
        Field::At => return event.at.unwrap().to_string(),
        Field::Client => return event.client.unwrap().to_string(),
        Field::Status => return event.status.unwrap().to_string(),
        Field::Sent => return event.sent.unwrap().to_string(),
        Field::Received => return event.received.unwrap().to_string(),
        Field::Micros => return event.micros.unwrap().to_string(),
        Field::Blocked => return event.blocked.unwrap().to_string(),
        Field::Rules => {
            return event
                .rules
                .iter()
                .map(|rule| rule.escape_ascii().to_string())
                .collect::<Vec<_>>()
                .join(",");
        }
        Field::Exchange => return "...".to_owned(),
        Field::ClientName => &event.client_name,
        Field::Forwarded => &event.forwarded,
        Field::User => &event.user,
        Field::Method => &event.method,
        Field::Target => &event.target,
        Field::Protocol => &event.protocol,
        Field::Scheme => &event.scheme,
        Field::Host => &event.host,
        Field::Agent => &event.agent,
        Field::Referer => &event.referer,
        Field::Authorization => &event.authorization,
        Field::Cookie => &event.cookie,
        Field::RequestType => &event.request_type,
        Field::RequestBody => &event.request_body,
        Field::ResponseType => &event.response_type,
        Field::ResponseBody => &event.response_body,
        Field::Upstream => &event.upstream,
        Field::Id => &event.id,
    };
    text.as_deref().unwrap().escape_ascii().to_string()
}

/// What a line is to a reader: its events, `(nothing)`, or why it is rejected.
pub(crate) fn read(reader: &mut Reader, line: &[u8]) -> String {
    let mut said = Vec::new();
    match reader.read(line, &mut |event| said.push(shown(&event))) {
        Ok(()) if said.is_empty() => "(nothing)".to_owned(),
        Ok(()) => said.join(" | "),
        Err(reject) => format!("({reject})"),
    }
}

/// A file of real lines beside the project; `None`, said aloud, where there is none.
pub(crate) fn real(path: &str) -> Option<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/logs").join(path);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        // Not by `println!`, which a test that passes keeps to itself.
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "LEFT OUT: no real lines at {}", path.display());
    }
    bytes
}

/// The lines of a file, without empty ones.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}
