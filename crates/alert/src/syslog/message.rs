//! One message of RFC 5424, of bounded length.
//!
//! ```text
//! <130>1 2026-11-26T09:00:00.250Z - tidegate 4711 ALERT [tidegate@32473 group="inc-7" sequence="2" severity="high" records="40"] a scrape of customers
//! ```
//! 32473 is the enterprise number that RFC 5612 keeps for examples: Tidegate has none of its own.

use domain::Severity;
use serde::{Deserialize, Serialize};
use store::Spooled;

use super::time;
use crate::notice::severity;

/// What stands in the message behind the structured data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// The line for people.
    #[default]
    Title,
    /// The OCSF finding, or the line for people and `finding="too-long"` where it would have to be cut.
    Finding,
}

/// What every message of this gateway begins with.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    facility: u8,
    hostname: String,
    process: u32,
}

impl Header {
    /// For `facility`, 0 to 23. Of `hostname` the printable ASCII characters are kept, at most 255;
    /// none is `-`.
    #[must_use]
    pub(crate) fn new(facility: u8, hostname: &str) -> Option<Self> {
        let hostname: String = hostname.chars().filter(char::is_ascii_graphic).take(255).collect();
        let hostname = if hostname.is_empty() { "-".to_owned() } else { hostname };
        (facility <= 23).then_some(Self { facility, hostname, process: std::process::id() })
    }
}

/// RFC 5424 section 6.2.1: 1 alert, 2 critical, 4 warning, 5 notice.
const fn level(severity: Severity) -> u8 {
    match severity {
        Severity::Critical => 1,
        Severity::High => 2,
        Severity::Medium => 4,
        Severity::Low => 5,
    }
}

/// Ends the structured data.
const END: &str = "] ";

/// Writes `notice` in at most `most_bytes`, which are at least 1,024.
#[must_use]
pub(crate) fn write(header: &Header, notice: &Spooled, content: Content, most_bytes: usize) -> Vec<u8> {
    let Header { facility, hostname, process } = header;
    let Spooled { group, sequence, rank, title, records, at, body } = notice;
    let severity = severity(*rank);
    let priority = facility * 8 + level(severity);
    let mut out = format!("<{priority}>1 {} {hostname} tidegate {process} ALERT [tidegate@32473", time(*at));
    for (name, value) in [
        ("group", &**group),
        ("sequence", &sequence.to_string()),
        ("severity", severity.word()),
        ("records", &records.to_string()),
    ] {
        param(&mut out, name, value);
    }
    let room = most_bytes.saturating_sub(out.len() + END.len());
    let finding = (content == Content::Finding).then(|| std::str::from_utf8(body).ok());
    let whole = finding.flatten().filter(|body| marked(body) <= room);
    if finding.is_some() && whole.is_none() {
        param(&mut out, "finding", "too-long");
    }
    out.push_str(END);
    let text = whole.unwrap_or(title);
    if !text.is_ascii() {
        // MSG-UTF8 begins with a mark; ASCII goes without, for many readers show it.
        out.push('\u{feff}');
    }
    for char in text.chars() {
        let char = if char.is_control() { ' ' } else { char };
        if out.len() + char.len_utf8() > most_bytes {
            break;
        }
        out.push(char);
    }
    out.into_bytes()
}

fn marked(text: &str) -> usize {
    text.len() + if text.is_ascii() { 0 } else { 3 }
}

/// RFC 5424 section 6.3.3: `"`, `\` and `]` are escaped. Control characters become spaces.
fn param(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    for char in value.chars() {
        match char {
            '"' | '\\' | ']' => {
                out.push('\\');
                out.push(char);
            }
            char if char.is_control() => out.push(' '),
            char => out.push(char),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use domain::{Severity, Timestamp};
    use proptest::prelude::*;

    use super::*;
    use crate::notice::rank;

    fn notice(group: &str, title: &str, body: &str) -> Spooled {
        Spooled {
            group: group.into(),
            sequence: 2,
            rank: rank(Severity::High),
            title: title.into(),
            records: 40,
            at: Timestamp::from_millis(1_795_000_000_250),
            body: body.as_bytes().into(),
        }
    }

    fn written(group: &str, title: &str, body: &str, content: Content, most: usize) -> String {
        let header = Header { process: 4711, ..Header::new(16, "gate.example.com").unwrap() };
        String::from_utf8(write(&header, &notice(group, title, body), content, most)).unwrap()
    }

    /// Head, parameters, message.
    type Parts = (Vec<String>, Vec<(String, String)>, String);

    /// A reader of RFC 5424, written from its grammar.
    fn read(text: &str) -> Option<Parts> {
        let mut rest = text.strip_prefix('<')?;
        let mut head = Vec::new();
        for _ in 0..6 {
            let (word, after) = rest.split_once(' ')?;
            if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_graphic()) {
                return None;
            }
            head.push(word.to_owned());
            rest = after;
        }
        rest = rest.strip_prefix("[tidegate@32473")?;
        let mut params = Vec::new();
        while let Some(after) = rest.strip_prefix(' ') {
            let (name, after) = after.split_once("=\"")?;
            let mut value = String::new();
            let mut chars = after.char_indices();
            let end = loop {
                match chars.next()? {
                    (_, '\\') => match chars.next()? {
                        (_, char @ ('"' | '\\' | ']')) => value.push(char),
                        (_, char) => value.extend(['\\', char]),
                    },
                    (at, '"') => break at,
                    (_, ']') => return None,
                    (_, char) => value.push(char),
                }
            };
            params.push((name.to_owned(), value));
            rest = after.get(end + 1..)?;
        }
        let message = rest.strip_prefix("] ")?;
        Some((head, params, message.to_owned()))
    }

    #[test]
    fn a_message_has_the_form_of_the_rfc() {
        let expected = "<130>1 2026-11-18T11:06:40.25Z gate.example.com tidegate 4711 ALERT [tidegate@32473 group=\"inc-7\" sequence=\"2\" severity=\"high\" records=\"40\"] a scrape";
        assert_eq!(written("inc-7", "a scrape", "{}", Content::Title, 2048), expected);
        for (text, message) in [("Brüche", "\u{feff}Brüche"), ("a\r\n<0>1 b", "a  <0>1 b"), ("", "")] {
            assert_eq!(read(&written("g", text, "", Content::Title, 2048)).unwrap().2, message);
        }
    }

    #[test]
    fn a_finding_goes_whole_or_not_at_all() {
        let finding = format!("{{\"x\":\"{}\"}}", "y".repeat(900));
        let read = |text: String| read(&text).map(|(_, params, message)| (params, message)).unwrap();
        let (params, message) = read(written("g", "title", &finding, Content::Finding, 2048));
        assert_eq!((params.len(), message), (4, finding.clone()));
        let (params, message) = read(written("g", "title", &finding, Content::Finding, 1024));
        assert_eq!(params.last(), Some(&("finding".to_owned(), "too-long".to_owned())), "and it says so");
        assert_eq!(message, "title");
        assert_eq!(read(written("g", "title", &finding, Content::Title, 2048)).1, "title");
    }

    #[test]
    fn a_priority_is_facility_and_level() {
        for (facility, priority) in [(0, Some("2>1")), (16, Some("130>1")), (23, Some("186>1")), (24, None)] {
            let header = Header::new(facility, "");
            let text = header.map(|header| write(&header, &notice("g", "t", ""), Content::Title, 1024));
            let text = text.map(|text| read(&String::from_utf8(text).unwrap()).unwrap().0[0].clone());
            assert_eq!(text.as_deref(), priority);
        }
    }

    proptest! {
        #[test]
        fn whatever_the_texts_a_reader_gets_them_back(
            host in ".*", group in ".{0,80}", title in ".*", body in ".*", finding: bool, most in 1024_usize..4096,
        ) {
            let header = Header::new(16, &host).unwrap();
            let content = if finding { Content::Finding } else { Content::Title };
            let bytes = write(&header, &notice(&group, &title, &body), content, most);
            prop_assert!(bytes.len() <= most);
            let text = String::from_utf8(bytes.clone()).unwrap();
            prop_assert!(!text.contains(char::is_control));
            let (head, params, message) = read(&text).expect("the grammar of RFC 5424");
            prop_assert_eq!(head.len(), 6);
            let plain = |text: &str| text.replace(|char: char| char.is_control(), " ");
            prop_assert_eq!(&params[0], &("group".to_owned(), plain(&group)));
            let marked = |text: &str| format!("{}{}", if text.is_ascii() { "" } else { "\u{feff}" }, plain(text));
            let whole = finding && message == marked(&body);
            let cut = marked(&title).starts_with(&message) && (bytes.len() + 4 > most || message == marked(&title));
            prop_assert!(whole || cut, "{:?}", message);
            prop_assert!(params.len() == 4 || params.len() == 5 && finding && cut);
            prop_assert!(params.len() == 5 || !finding || whole, "what was left out is said");
        }
    }
}
