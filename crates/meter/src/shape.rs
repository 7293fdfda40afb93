//! In which form a body is written.

/// The forms that the meter tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// One JSON text.
    Json,
    /// One JSON text per line, JSON text sequences, or server-sent events.
    Ndjson,
    /// Comma- or semicolon-separated rows.
    Csv,
    /// Tab-separated rows.
    Tsv,
    /// XML elements.
    Xml,
    /// HTML pages.
    Html,
    /// Any other text.
    Text,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// Scripts, style sheets.
    Script,
    /// Images, archives, fonts and every binary format.
    Opaque,
}

impl Shape {
    /// Decides by the first bytes where they are unmistakable, else by the content type.
    ///
    /// JSON labelled `text/html` is still JSON; a PNG labelled `application/json` is still opaque.
    ///
    /// ```
    /// use meter::Shape;
    /// assert_eq!(Shape::of(Some("text/html"), b" [{\"id\":1}]"), Shape::Json);
    /// assert_eq!(Shape::of(Some("application/vnd.api+json; charset=utf-8"), b""), Shape::Json);
    /// assert_eq!(Shape::of(None, b"id,email\n1,ann@example.com\n"), Shape::Csv);
    /// ```
    #[must_use]
    pub fn of(content_type: Option<&str>, first_bytes: &[u8]) -> Self {
        let declared = content_type.and_then(declared);
        if is_binary_magic(first_bytes) {
            return Self::Opaque;
        }
        let first = after_blank(first_bytes);
        match declared {
            Some(Self::Ndjson) => Self::Ndjson,
            _ if looks_like_json(first) => Self::Json,
            Some(Self::Script | Self::Text | Self::Html) | None if looks_like_jsonp(first) => Self::Json,
            _ if starts_with_ignoring_case(first, b"<?xml") => match declared {
                Some(Self::Html) => Self::Html,
                _ => Self::Xml,
            },
            _ if starts_with_ignoring_case(first, b"<!doctype html")
                || starts_with_ignoring_case(first, b"<html") =>
            {
                Self::Html
            }
            Some(Self::Json) if first.first() == Some(&b'<') => Self::Xml,
            Some(Self::Opaque) if is_text(first_bytes) && !first_bytes.is_empty() => guess(first_bytes),
            Some(shape) => shape,
            None if first_bytes.is_empty() => Self::Text,
            None if is_text(first_bytes) => guess(first_bytes),
            None => Self::Opaque,
        }
    }
}

fn declared(content_type: &str) -> Option<Shape> {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (kind, name) = essence.split_once('/')?;
    Some(match (kind, name) {
        (
            "application",
            "x-ndjson" | "ndjson" | "jsonl" | "x-jsonl" | "jsonlines" | "x-jsonlines" | "json-seq",
        )
        | ("text", "event-stream" | "jsonl" | "ndjson") => Shape::Ndjson,
        (_, "json" | "graphql-response+json" | "x-json" | "hal+json" | "json5") => Shape::Json,
        (_, name) if name.ends_with("+json") => Shape::Json,
        (_, "csv" | "x-csv" | "comma-separated-values" | "x-comma-separated-values") => Shape::Csv,
        (_, "tab-separated-values" | "tsv") => Shape::Tsv,
        (_, "xhtml+xml" | "html") => Shape::Html,
        (_, "xml" | "x-xml") => Shape::Xml,
        (_, name) if name.ends_with("+xml") => Shape::Xml,
        (_, "x-www-form-urlencoded") => Shape::Form,
        (_, "javascript" | "x-javascript" | "ecmascript" | "css") => Shape::Script,
        ("text" | "multipart", _) => Shape::Text,
        ("application", "yaml" | "x-yaml" | "toml" | "sql" | "ld-json" | "graphql" | "rtf" | "vcard") => {
            Shape::Text
        }
        _ => Shape::Opaque,
    })
}

/// Skips a byte order mark, white space and the prefixes that keep JSON from being run as a script.
pub(crate) fn after_blank(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    for guard in [&b")]}',"[..], b")]}'", b"while(1);", b"for(;;);", b"{}&&"] {
        if let Some(rest) = bytes.strip_prefix(guard) {
            return rest.trim_ascii_start();
        }
    }
    bytes
}

/// Whether the bytes begin like JSON, and like no literal of a script.
pub(crate) fn looks_like_json(first: &[u8]) -> bool {
    let rest = |n: usize| first.get(n..).unwrap_or_default().trim_ascii_start().first().copied();
    match first.first() {
        Some(b'{') => matches!(rest(1), Some(b'"' | b'}')) || (first.len() == 1),
        Some(b'[') => {
            matches!(rest(1), Some(b'{' | b'[' | b']' | b'"' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n'))
        }
        Some(b'"') => first.get(1).is_some_and(|b| matches!(b, b'{' | b'[' | b'\\')),
        _ => false,
    }
}

/// `callback({...})`.
fn looks_like_jsonp(first: &[u8]) -> bool {
    let first = first.strip_prefix(b"/**/").unwrap_or(first).trim_ascii_start();
    let name =
        first.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'.')).count();
    let Some(rest) = first.get(name..).and_then(|rest| rest.strip_prefix(b"(")) else { return false };
    (1..=128).contains(&name) && !first.starts_with(b"function") && looks_like_json(rest.trim_ascii_start())
}

fn starts_with_ignoring_case(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn is_binary_magic(bytes: &[u8]) -> bool {
    const MAGIC: [&[u8]; 22] = [
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"GIF8",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\x1f\x8b",
        b"%PDF",
        b"RIFF",
        b"wOFF",
        b"wOF2",
        b"OTTO",
        b"\x28\xb5\x2f\xfd",
        b"BZh",
        b"\xfd7zXZ",
        b"7z\xbc\xaf",
        b"PAR1",
        b"SQLite format 3",
        b"\x7fELF",
        b"ID3",
        b"OggS",
        b"\xd0\xcf\x11\xe0",
        b"Obj\x01",
    ];
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

/// Whether `bytes` are text: no NUL, and hardly any control characters. UTF-16 counts as text.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    if is_binary_magic(bytes) {
        return false;
    }
    if utf16(bytes).is_some() {
        return true;
    }
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    let odd =
        sample.iter().filter(|b| b.is_ascii_control() && !b.is_ascii_whitespace() && **b != 0x1e).count();
    memchr::memchr(0, bytes).is_none() && odd * 32 <= sample.len()
}

/// How many first bytes tell whether a body is text.
const SAMPLE: usize = 256;

/// Which UTF-16 the bytes are written in, by their byte order mark or by the NUL beside their first character.
pub(crate) fn utf16(bytes: &[u8]) -> Option<Utf16> {
    match bytes {
        [0xff, 0xfe, ..] => Some(Utf16::Little),
        [0xfe, 0xff, ..] => Some(Utf16::Big),
        [b'{' | b'[' | b'<' | b'"', 0, second, 0, ..] if *second != 0 => Some(Utf16::Little),
        [0, b'{' | b'[' | b'<' | b'"', 0, second, ..] if *second != 0 => Some(Utf16::Big),
        _ => None,
    }
}

/// A byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Utf16 {
    Little,
    Big,
}

impl Utf16 {
    /// The text as UTF-8; what is no character becomes U+FFFD.
    pub(crate) fn decode(self, bytes: &[u8]) -> Vec<u8> {
        let units = bytes.chunks_exact(2).map(|pair| {
            let pair = <[u8; 2]>::try_from(pair).unwrap_or_default();
            match self {
                Self::Little => u16::from_le_bytes(pair),
                Self::Big => u16::from_be_bytes(pair),
            }
        });
        let text: String =
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        text.trim_start_matches('\u{feff}').to_owned().into_bytes()
    }
}

/// Rows, elements or plain text, told by the first lines.
fn guess(bytes: &[u8]) -> Shape {
    let first = after_blank(bytes);
    if first.first() == Some(&b'<') {
        return Shape::Xml;
    }
    let mut lines = first.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty());
    let (Some(head), Some(row)) = (lines.next(), lines.next()) else { return Shape::Text };
    let count = |line: &[u8], mark: u8| memchr::memchr_iter(mark, line).count();
    let rows_of = |mark: u8| count(head, mark) > 0 && count(row, mark) >= count(head, mark);
    if rows_of(b'\t') {
        Shape::Tsv
    } else if (rows_of(b',') || rows_of(b';')) && !head.contains(&b'{') && head.len() < 1024 {
        Shape::Csv
    } else {
        Shape::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_decide_where_they_are_unmistakable_else_the_label() {
        for (label, bytes, shape) in [
            (Some("application/json"), "{\"a\":1}", Shape::Json),
            (Some("text/html; charset=utf-8"), "[{\"a\":1}]", Shape::Json),
            (Some("image/png"), "{\"a\":1}", Shape::Json),
            (Some("text/csv"), "{\"a\":1}", Shape::Json),
            (None, " \u{feff}{\"a\":1}".trim_start(), Shape::Json),
            (None, "{}", Shape::Json),
            (Some("application/problem+json"), "x", Shape::Json),
            (Some("application/json"), "<html><body>", Shape::Html),
            (Some("application/json"), "<error/>", Shape::Xml),
            (Some("application/x-ndjson"), "{\"a\":1}\n{\"a\":2}", Shape::Ndjson),
            (Some("text/event-stream"), "data: {}", Shape::Ndjson),
            (Some("text/csv"), "a,b\n1,2", Shape::Csv),
            (None, "a;b\n1;2\n", Shape::Csv),
            (None, "a\tb\n1\t2\n", Shape::Tsv),
            (None, "Dear Ann,\nhow are you", Shape::Text),
            (Some("image/svg+xml"), "<svg/>", Shape::Xml),
            (Some("application/octet-stream"), "a,b\n1,2\n", Shape::Csv),
            (Some("text/javascript"), "cb({\"a\":1})", Shape::Json),
            (Some("text/javascript"), "function(){}", Shape::Script),
            (Some("text/css"), "a{color:red}", Shape::Script),
            (Some("font/woff2"), "wOF2....", Shape::Opaque),
            (Some("application/json"), "\u{1f}", Shape::Json),
            (Some("video/mp4"), "\0\0\0 ftyp", Shape::Opaque),
            (Some("application/grpc"), "\0\0\0\0\u{5}", Shape::Opaque),
            (Some("nonsense"), "hello", Shape::Text),
            (Some("application/x-www-form-urlencoded"), "a=1", Shape::Form),
        ] {
            assert_eq!(Shape::of(label, bytes.as_bytes()), shape, "{label:?} {bytes}");
        }
        assert_eq!(Shape::of(Some("application/json"), b"\x1f\x8b\x08"), Shape::Opaque);
    }
}
