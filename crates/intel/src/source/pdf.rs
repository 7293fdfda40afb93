//! The text layer of a PDF: what its pages show as letters, page after page.
//!
//! No picture is looked at, and nothing is decrypted. The file is outside bytes like any other report: pages,
//! bytes that streams unpack to, operations and letters are bounded for the whole file, and nothing is read
//! twice without being counted twice (ADR 23 says why no library does it).
//!
//! `object` reads values, `file` finds them by number, `filter` unpacks, `font`, `meaning` and `glyphs` say
//! what codes mean, `content` walks the operations of a page, `lines` makes paragraphs.

mod content;
mod file;
mod filter;
mod font;
mod glyphs;
mod lines;
mod meaning;
mod object;

/// Pages that are read of one file.
const PAGES_MAX: usize = 2_000;
/// Letters of all pages, in bytes; more than is understood of one report.
const TEXT_MAX: usize = 4 * 1024 * 1024;

/// Why a PDF cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// It needs a password, or says that it does.
    #[error("the PDF is encrypted{HELP}")]
    Encrypted,
    /// Its pages show no letters.
    #[error(
        "the PDF has no text layer: its {0} pages show no letters, only pictures or nothing\n  = help: a program that recognises letters gives it one, such as `ocrmypdf REPORT.pdf OUT.pdf`"
    )]
    NoText(usize),
    /// It shows letters, and does not say which.
    #[error("the PDF's text layer cannot be read: its fonts do not say which letters they show{HELP}")]
    NoMeaning,
    /// No pages can be found in it.
    #[error("the PDF is broken: no page can be found in it{HELP}")]
    Broken,
    /// The file is larger than what is read of one report.
    #[error("the PDF is larger than 16 MiB, and a PDF is read whole or not at all{HELP}")]
    TooLong,
    /// It holds more than a report does.
    #[error("the PDF holds more than is read of one report{HELP}")]
    TooMuch,
    /// A stream is packed in a way that is not read here.
    #[error("the PDF's text is packed with {0}, which is not read{HELP}")]
    Filter(String),
}

/// What helps where another program can read it.
const HELP: &str =
    "\n  = help: `pdftotext REPORT.pdf - | tidegate intel -` reads what another program makes of it";

/// The text of a PDF.
#[derive(Debug)]
pub(crate) struct Layer {
    /// A paragraph in each line, running heads last behind a form feed.
    pub(crate) text: String,
    /// Where the running heads begin.
    pub(crate) body_bytes: usize,
    /// Pages that were read.
    pub(crate) pages: usize,
    /// Pages, or ends of pages, that were not: too many, or too much in them.
    pub(crate) pages_unread: usize,
}

/// Whether these are the first bytes of a PDF.
pub(crate) fn is_one(bytes: &[u8]) -> bool {
    // Some writers put a mark or a line before it.
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    head.starts_with(b"%PDF-")
        || head
            .trim_ascii_start()
            .strip_prefix(b"\xEF\xBB\xBF")
            .unwrap_or(head)
            .trim_ascii_start()
            .starts_with(b"%PDF-")
}

/// Reads the text layer.
///
/// # Errors
/// [`Fault`]: there is none, or it cannot be read.
pub(crate) fn text_layer(bytes: &[u8]) -> Result<Layer, Fault> {
    let mut file = file::File::open(bytes)?;
    let (pages, more) = file.pages(PAGES_MAX)?;
    if pages.is_empty() {
        return Err(Fault::Broken);
    }
    let mut walk = content::Walk::default();
    let (mut read, mut unread, mut letters, mut unknown) = (Vec::new(), more, 0, 0);
    let mut fault = None;
    for page in &pages {
        if letters > TEXT_MAX {
            unread += 1;
            continue;
        }
        let (pieces, stopped) = walk.page(&mut file, &page.node, &page.resources);
        unread += usize::from(stopped.is_some());
        fault = fault.or(stopped);
        unknown += pieces.iter().map(|piece| piece.unknown).sum::<usize>();
        letters += pieces.iter().map(|piece| piece.text.len()).sum::<usize>();
        read.push(lines::lines(pieces));
    }
    if unknown > letters {
        return Err(Fault::NoMeaning);
    }
    let count = read.len();
    let (text, body_bytes) = lines::text(&read);
    if text.trim().is_empty() {
        return Err(fault.unwrap_or(Fault::NoText(pages.len())));
    }
    Ok(Layer { text, body_bytes, pages: count, pages_unread: unread })
}
