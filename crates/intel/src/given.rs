//! A report as it was given: the bytes that are read of it, which every place points into, and what is
//! known of the rest.

use std::borrow::Cow;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::model::TextLayer;
use crate::source::{REPORT_BYTES_MAX, ReadError, pdf};

/// Size and digest of all of a report, of which perhaps only the beginning is at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// Its size in bytes.
    pub bytes: usize,
    /// SHA-256 of all its bytes in hexadecimal.
    pub sha256: String,
}

impl Whole {
    /// The report that `bytes` are all of.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut sha256 = String::with_capacity(64);
        for byte in Sha256::digest(bytes) {
            // Writing to a String cannot fail.
            let _ = write!(sha256, "{byte:02x}");
        }
        Self { bytes: bytes.len(), sha256 }
    }
}

/// A report that is to be understood.
///
/// INVARIANT (one body): every span of what is understood points into [`Given::body`], and into nothing
/// else. It is the report itself; of a PDF, whose bytes no person reads, it is the text layer.
#[derive(Clone, Debug)]
pub struct Given<'b> {
    body: Cow<'b, [u8]>,
    pub(crate) whole: Whole,
    pub(crate) text_layer: Option<TextLayer>,
    /// Bytes of `body` that are the report's text; what follows is told apart and left out.
    pub(crate) body_bytes: usize,
}

impl<'b> Given<'b> {
    /// The report that `bytes` are all of.
    ///
    /// # Errors
    /// When it is a PDF whose text layer cannot be read.
    pub fn all(bytes: &'b [u8]) -> Result<Self, ReadError> {
        Self::beginning(bytes, Whole::of(bytes))
    }

    /// The report `whole`, whose first [`REPORT_BYTES_MAX`] bytes, or all, are `bytes`.
    ///
    /// # Errors
    /// When it is a PDF that is longer, or whose text layer cannot be read.
    pub fn beginning(bytes: &'b [u8], whole: Whole) -> Result<Self, ReadError> {
        if !pdf::is_one(bytes) {
            let body = bytes.get(..REPORT_BYTES_MAX).unwrap_or(bytes);
            return Ok(Self { body_bytes: body.len(), body: Cow::Borrowed(body), whole, text_layer: None });
        }
        if whole.bytes > REPORT_BYTES_MAX {
            return Err(pdf::Fault::TooLong.into());
        }
        let pdf::Layer { text, body_bytes, pages, pages_unread } = pdf::text_layer(bytes)?;
        let Whole { bytes, sha256 } = Whole::of(text.as_bytes());
        let text_layer = Some(TextLayer { bytes, sha256, pages, pages_unread });
        Ok(Self { body: Cow::Owned(text.into_bytes()), whole, text_layer, body_bytes })
    }

    /// What is read, and what every span points into: the report's bytes, at most [`REPORT_BYTES_MAX`]; of a
    /// PDF its text layer, which is UTF-8.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Whether [`Given::body`] is a text layer, and no part of the report's own bytes.
    #[must_use]
    pub const fn is_layer(&self) -> bool {
        self.text_layer.is_some()
    }
}
