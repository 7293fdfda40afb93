//! How much of a report was read, and what it was held against, as sentences for people.

use super::{DroppedAs, Intel, Span};

impl Intel {
    /// What was too long to be read, in order; none lies within another.
    #[must_use]
    pub fn unread(&self) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        let too_long = self.dropped.iter().filter(|dropped| dropped.reason == DroppedAs::TooLong);
        for span in too_long.map(|dropped| dropped.span) {
            match spans.last_mut().filter(|last| span.start <= last.end) {
                Some(last) => last.end = last.end.max(span.end),
                None => spans.push(span),
            }
        }
        spans
    }

    /// What ids were held against, as it stands in every output: `ATT&CK 18.1, D3FEND 1.2.0, ...`.
    #[must_use]
    pub fn held_against(&self) -> String {
        let bases = self.knowledge.iter().map(|base| format!("{} {}", base.name, base.version));
        bases.collect::<Vec<_>>().join(", ")
    }

    /// `all of its 512 bytes`, or what was not read, with its place.
    #[must_use]
    pub fn how_much_was_read(&self) -> String {
        let (what, bytes, pages, pages_unread) = match &self.source.text_layer {
            Some(layer) => {
                let noun = if layer.pages == 1 { "page" } else { "pages" };
                let pages = format!(", from {} {noun}", layer.pages);
                (" of the text layer", layer.bytes, pages, layer.pages_unread)
            }
            None => ("", self.source.bytes, String::new(), 0),
        };
        let spans = self.unread();
        let unread: usize = spans.iter().map(|span| span.end - span.start).sum();
        let places: Vec<String> =
            spans.iter().map(|span| format!("bytes {} to {}", span.start, span.end)).collect();
        let mut lacks = Vec::new();
        if pages_unread > 0 {
            let noun = if pages_unread == 1 { "page was" } else { "pages were" };
            lacks.push(format!("{pages_unread} {noun} not read, or not to their end"));
        }
        if unread > 0 {
            let places = places.join(", ");
            lacks.push(format!("{unread} of {bytes} bytes{what} were too long to be understood ({places})"));
        }
        if lacks.is_empty() {
            return format!("all {bytes} bytes{what}{pages}");
        }
        format!("not all of it: {}{pages}", lacks.join("; "))
    }
}
