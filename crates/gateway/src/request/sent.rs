//! What the client sent, to tell an echo from what the upstream made up.

use http::request;
use smallvec::SmallVec;

/// Everything of a request that an answer could give back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent<'q> {
    /// The canonical target: path and query.
    pub(crate) target: &'q str,
    /// The head, with every header.
    pub(crate) head: &'q request::Parts,
    /// The body, where it was read.
    pub(crate) body: Option<&'q [u8]>,
    /// Whether there was a body that nobody read: then nobody can say what is an echo of it.
    pub(crate) unread: bool,
}

impl<'q> Sent<'q> {
    /// Its pieces; `None` where a part of it is not known.
    pub(crate) fn pieces(&self) -> Option<SmallVec<[&'q [u8]; 16]>> {
        if self.unread {
            return None;
        }
        let mut pieces: SmallVec<[&[u8]; 16]> = SmallVec::new();
        pieces.push(self.target.as_bytes());
        pieces.extend(self.head.headers.values().map(|value| value.as_bytes()));
        pieces.extend(self.body);
        Some(pieces)
    }
}
