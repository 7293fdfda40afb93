//! What an upstream says that a body is, where nobody can read it.
//!
//! A body that cannot be metered passes where nothing personal is known of its door. Two kinds are
//! judged by themselves: a text in an alphabet that the meter cannot read never passes, for its
//! client could have asked for that alphabet; a picture passes everywhere, for what is written in
//! pictures is out of scope, and a page's contact address must not close its door to them.

use bytes::Bytes;
use http::HeaderValue;
use meter::Shape;
use net::encoding;

/// What an unreadable body is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// A text: JSON, XML, rows, or anything that names its alphabet.
    Text,
    /// A picture, a sound, a film or a font, and its first bytes say so too.
    Media,
    /// Anything else.
    Other,
}

impl Label {
    /// The label of a body that begins with `first`.
    pub(crate) fn of(content_type: Option<&str>, first: &[u8]) -> Self {
        let Some(content_type) = content_type else { return Self::Other };
        if content_type == "application/json" {
            // What nearly every API says, told at a glance.
            return Self::Text;
        }
        let kind = content_type.split('/').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_text = charset(content_type).is_some()
            || matches!(
                Shape::of(Some(content_type), b""),
                Shape::Json | Shape::Ndjson | Shape::Csv | Shape::Tsv | Shape::Xml | Shape::Form
            );
        if matches!(&*kind, "image" | "audio" | "video" | "font") && is_media(first) {
            Self::Media
        } else if is_text {
            Self::Text
        } else {
            Self::Other
        }
    }
}

/// The shape of a body, opaque where its alphabet is one that the meter does not read.
pub(crate) fn shape(content_type: Option<&str>, first: &[u8]) -> Shape {
    let shape = Shape::of(content_type, first);
    let strange = content_type.and_then(charset).is_some_and(|charset| is_strange(&charset));
    if shape != Shape::Opaque && (strange || is_utf32(first)) { Shape::Opaque } else { shape }
}

/// What is inside of a gzip file, up to `most` bytes: a format of files as well as a coding, and one that
/// can be read. `None` where it is none, breaks off, or holds more.
pub(crate) fn unpacked(body: &Bytes, most: usize) -> Option<Bytes> {
    let is_gzip = body.starts_with(b"\x1f\x8b\x08");
    is_gzip.then(|| encoding::decode_all(body, &[encoding::Coding::Gzip], most).ok()).flatten()
}

/// A list of media types without their `charset` parameters; `None` where it has none.
pub(crate) fn without_charset(accept: &HeaderValue) -> Option<HeaderValue> {
    let text = String::from_utf8_lossy(accept.as_bytes());
    if !text.to_ascii_lowercase().contains("charset") {
        return None;
    }
    let types = text.split(',').map(|one| {
        let kept = one.split(';').filter(|part| !is_charset(part)).map(str::trim);
        kept.collect::<Vec<_>>().join(";")
    });
    let kept = types.collect::<Vec<_>>().join(", ");
    HeaderValue::try_from(kept).ok().or_else(|| Some(HeaderValue::from_static("*/*")))
}

fn is_charset(parameter: &str) -> bool {
    parameter.split('=').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("charset"))
}

fn charset(content_type: &str) -> Option<String> {
    let parameter = content_type.split(';').skip(1).find(|part| is_charset(part))?;
    let value = parameter.split_once('=')?.1;
    Some(value.trim().trim_matches(['"', '\'']).to_ascii_lowercase())
}

/// Alphabets in which an ASCII letter is not its ASCII byte. UTF-16 is not among them: the meter
/// reads it, and tells where it cannot.
fn is_strange(charset: &str) -> bool {
    let name: String = charset.chars().filter(char::is_ascii_alphanumeric).collect();
    let name = name.strip_prefix("cs").or_else(|| name.strip_prefix('x')).unwrap_or(&name);
    let wide =
        ["utf32", "utf7", "ucs4", "iso10646ucs4", "unicode11utf7", "utfebcdic", "ebcdic", "scsu", "bocu"];
    let page = name.strip_prefix("ibm").or_else(|| name.strip_prefix("cp"));
    wide.iter().any(|strange| name.starts_with(strange)) || page.is_some_and(|page| !is_ascii_page(page))
}

/// IBM's and Microsoft's code pages for personal computers; the others are EBCDIC.
fn is_ascii_page(page: &str) -> bool {
    matches!(
        page,
        "437"
            | "708"
            | "720"
            | "737"
            | "775"
            | "819"
            | "850"
            | "852"
            | "855"
            | "857"
            | "858"
            | "874"
            | "932"
            | "936"
            | "949"
            | "950"
            | "1125"
            | "1361"
            | "65001"
            | "367"
            | "866u"
    ) || matches!(page.parse(), Ok(860..=869_u32 | 1250..=1258))
}

/// Whether three of the first four bytes are NUL, or a mark of byte order stands with two.
fn is_utf32(first: &[u8]) -> bool {
    match first {
        [0, 0, 0xfe, 0xff, ..] | [0xff, 0xfe, 0, 0, ..] => true,
        [0, 0, 0, letter, ..] | [letter, 0, 0, 0, ..] => *letter != 0,
        _ => false,
    }
}

fn is_media(first: &[u8]) -> bool {
    const MAGIC: [&[u8]; 14] = [
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"GIF8",
        b"RIFF",
        b"wOFF",
        b"wOF2",
        b"OTTO",
        b"ID3",
        b"OggS",
        b"\x1a\x45\xdf\xa3",
        b"\x00\x00\x01\x00",
        b"\x00\x01\x00\x00",
        b"BM",
        b"II*\x00",
    ];
    MAGIC.iter().any(|magic| first.starts_with(magic)) || first.get(4..8) == Some(b"ftyp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_a_strange_alphabet_is_not_taken_for_read() {
        for charset in
            ["utf-32", "UTF-32BE", "\"utf-7\"", "ibm037", "cp500", "x-IBM1047", "csUCS4", "EBCDIC-US"]
        {
            let content_type = format!("application/json; charset={charset}");
            assert_eq!(shape(Some(&content_type), b"{}"), Shape::Opaque, "{charset}");
            assert_eq!(Label::of(Some(&content_type), b"{}"), Label::Text, "{charset}");
        }
        for charset in [
            "utf-8",
            "UTF8",
            "iso-8859-1",
            "windows-1252",
            "cp1252",
            "ibm866",
            "utf-16",
            "shift_jis",
            "cp437",
        ] {
            let content_type = format!("application/json; charset={charset}");
            assert_eq!(shape(Some(&content_type), b"{}"), Shape::Json, "{charset}");
        }
        for first in [&b"\0\0\0{\0\0\0\"\0\0\0e"[..], b"{\0\0\0\"\0\0\0e", b"\xff\xfe\0\0{\0\0\0"] {
            assert_eq!(shape(Some("application/json"), first), Shape::Opaque);
            assert_eq!(Label::of(Some("application/json"), first), Label::Text);
        }
    }

    #[test]
    fn a_picture_must_look_like_one() {
        assert_eq!(Label::of(Some("image/png"), b"\x89PNG\r\n"), Label::Media);
        assert_eq!(Label::of(Some("image/png"), b"[{\"id\":1}]"), Label::Other);
        assert_eq!(Label::of(Some("application/zip"), b"PK\x03\x04"), Label::Other);
        assert_eq!(Label::of(Some("application/json"), b"\x89PNG\r\n"), Label::Text);
        assert_eq!(Label::of(None, b"\x89PNG\r\n"), Label::Other);
    }

    #[test]
    fn a_gzip_file_is_read_to_its_end_or_not_at_all() {
        use std::io::Write as _;
        let packed = |text: &str| {
            let mut file = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            file.write_all(text.as_bytes()).unwrap();
            file.finish().unwrap()
        };
        let read = |file: Vec<u8>| unpacked(&Bytes::from(file), 20);
        assert_eq!(read(packed("id;email")).unwrap(), "id;email");
        assert_eq!(read([packed("one "), packed("two")].concat()).unwrap(), "one two", "every member");
        for (file, why) in [
            (packed(&"x".repeat(21)), "above the bound"),
            (packed("id;email")[..12].to_vec(), "breaks off"),
            ([packed("a"), b"more".to_vec()].concat(), "something follows"),
            (b"PK\x03\x04".to_vec(), "another format"),
        ] {
            assert_eq!(read(file), None, "{why}");
        }
    }

    #[test]
    fn nobody_can_ask_for_an_alphabet() {
        let kept = |text: &'static str| without_charset(&HeaderValue::from_static(text));
        assert_eq!(
            kept("application/json;charset=utf-32 ; q=0.5, text/*; CharSet = \"x\",*/*").unwrap(),
            "application/json;q=0.5, text/*, */*"
        );
        assert_eq!(kept("application/json;q=0.5, */*"), None);
    }
}
