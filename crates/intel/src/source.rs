//! A report's bytes into a document: lines of text in blocks, each byte with its place in the original.
//!
//! Which format it is, is read from the bytes (a name helps). Mark-up is left out, hidden parts are
//! dropped and said so. Nothing here judges what the text says.

mod encoding;
mod feed;
mod html;
pub(crate) mod mapped;
mod markdown;
pub(crate) mod pdf;
mod plain;
mod seams;

use std::ops::Range;

use crate::given::Given;
use crate::model::{Dropped, DroppedAs, RepairKind, ReportFormat, Span};
use mapped::Mapped;

/// The most bytes that are read of one report.
pub const REPORT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The most text that is understood of one report, mark-up not counted. Reports have some kilobytes.
const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// The most sentences of one report, and the most blocks, lines of code and hidden parts that are kept. A
/// long report has some hundreds.
const SENTENCES_MAX: usize = 20_000;

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// No bytes, or nothing but space and mark-up.
    #[error("the report is empty: it has no text")]
    Empty,
    /// An image, a program, an archive.
    #[error("the report is no text: it holds bytes that only binary files have")]
    Binary,
    /// A feed with several items.
    #[error("the feed has {0} items, and one report is read at a time; give the item")]
    ManyItems(usize),
    /// A PDF whose text layer cannot be read.
    #[error("{0}")]
    Pdf(#[from] pdf::Fault),
}

/// What kind of lines a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockKind {
    /// Running text.
    Paragraph,
    /// A heading.
    Heading,
    /// An item of a list.
    Item,
    /// A row of a table.
    Row,
    /// Code, as it stands.
    Code,
}

/// A block of text.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) range: Range<usize>,
    pub(crate) kind: BlockKind,
}

/// A report as text.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) text: Mapped,
    pub(crate) blocks: Vec<Block>,
    /// In bytes of the report.
    pub(crate) dropped: Vec<Dropped>,
    /// In bytes of `text`.
    pub(crate) repairs: Vec<(RepairKind, Range<usize>)>,
    pub(crate) format: ReportFormat,
    pub(crate) undecodable_bytes: usize,
    pub(crate) read_only: Option<usize>,
}

/// What a format makes of a text: the same with its mark-up left out.
#[derive(Debug, Default)]
struct Shown {
    text: Mapped,
    blocks: Vec<Block>,
    /// In bytes of what the format was given.
    dropped: Vec<(Range<usize>, DroppedAs)>,
}

impl Shown {
    /// Whether more would be more than is kept of one report.
    fn is_full(&self) -> bool {
        self.blocks.len() >= SENTENCES_MAX
            || self.dropped.len() >= SENTENCES_MAX
            || self.text.text.len() > TEXT_BYTES_MAX
    }
}

/// Reads a report.
pub(crate) fn read(given: &Given<'_>, name: &str) -> Result<Document, ReadError> {
    let bytes = given.body();
    let whole = given.whole.bytes;
    let read_only = (!given.is_layer() && whole > bytes.len()).then_some(bytes.len());
    if bytes.trim_ascii().is_empty() {
        return Err(ReadError::Empty);
    }
    let text = bytes.get(..given.body_bytes).unwrap_or(bytes);
    let (decoded, undecodable_bytes) = encoding::decode(text)?;
    let format = if given.is_layer() { ReportFormat::Pdf } else { detect(&decoded.text, name) };
    let (decoded, inner) = match format {
        ReportFormat::JsonFeed => {
            let (content, inner) = feed::content(&decoded.text)?;
            (content.onto(&decoded), inner)
        }
        other => (decoded, other),
    };
    let shown = match inner {
        ReportFormat::Html => html::shown(&decoded.text),
        ReportFormat::Markdown => markdown::shown(&decoded.text),
        _ => plain::shown(&decoded.text),
    };
    let mut dropped: Vec<Dropped> = shown
        .dropped
        .iter()
        .filter_map(|(range, reason)| Some(Dropped { span: decoded.span(range.clone())?, reason: *reason }))
        .collect();
    if text.len() < bytes.len() {
        // Running heads and page numbers.
        let span = Span { start: text.len(), end: bytes.len() };
        dropped.push(Dropped { span, reason: DroppedAs::Navigation });
    }
    if read_only.is_some() {
        let span = Span { start: bytes.len(), end: whole };
        dropped.push(Dropped { span, reason: DroppedAs::TooLong });
    }
    let (text, blocks, mut repairs) = seams::open(&shown.text.text, &shown.blocks);
    let mut text = text.onto(&shown.text).onto(&decoded);
    let mut blocks = blocks;
    let cut = kept(&text.text, &blocks);
    if cut < text.text.len() {
        dropped
            .extend(text.span(cut..text.text.len()).map(|span| Dropped { span, reason: DroppedAs::TooLong }));
        text.text.truncate(cut);
        repairs.retain(|(_, range)| range.end <= cut);
        blocks.retain_mut(|block| {
            block.range.end = block.range.end.min(cut);
            block.range.start < cut
        });
    }
    if text.text.trim().is_empty() {
        return Err(ReadError::Empty);
    }
    Ok(Document { text, blocks, dropped, repairs, format, undecodable_bytes, read_only })
}

/// How many bytes of `text` are understood. Every sign that may end a sentence counts, and every block.
fn kept(text: &str, blocks: &[Block]) -> usize {
    let most = text.floor_char_boundary(TEXT_BYTES_MAX);
    let mut sentences = 0;
    for block in blocks {
        sentences += 1;
        if sentences > SENTENCES_MAX {
            return block.range.start.min(most);
        }
        let body = mapped::cut(text, block.range.clone());
        for (at, sign) in body.match_indices(['.', '!', '?', '…', '\n']) {
            let end = at + sign.len();
            let is_line = sign == "\n" && block.kind == BlockKind::Code;
            if is_line || sign != "\n" && mapped::cut(body, end..body.len()).starts_with(char::is_whitespace)
            {
                sentences += 1;
            }
            if sentences > SENTENCES_MAX {
                return (block.range.start + end).min(most);
            }
        }
    }
    most
}

fn detect(text: &str, name: &str) -> ReportFormat {
    let head: String = text.chars().take(4_096).collect::<String>().to_ascii_lowercase();
    let start = head.trim_start();
    let name = name.to_ascii_lowercase();
    if start.starts_with(['{', '[']) && (head.contains("content_html") || head.contains("content_text")) {
        return ReportFormat::JsonFeed;
    }
    let tags = ["<html", "<body", "<p>", "<p ", "<div", "<article", "<h1", "<h2", "<ul", "<table", "<head"];
    let seen = tags.iter().filter(|tag| head.contains(**tag)).count();
    if start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || (start.starts_with('<') && seen > 0)
        || seen > 2
    {
        return ReportFormat::Html;
    }
    if name.ends_with(".md") || name.ends_with(".markdown") || markdown::looks_so(text) {
        return ReportFormat::Markdown;
    }
    ReportFormat::Text
}
