//! The text layer of a PDF.

use super::ReadError;
use super::mapped::Mapped;

/// The text of the pages in order. A claim out of it points at the object that the page's text is in.
pub(super) fn text_layer(_bytes: &[u8]) -> Result<Mapped, ReadError> {
    Err(ReadError::Pdf("this version reads text, Markdown, HTML and JSON feeds".into()))
}
