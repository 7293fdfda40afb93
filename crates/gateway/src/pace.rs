//! When a body begins to leave: once it is whole, or as it comes.
//!
//! A whole body is judged best: what is refused is refused cleanly. But a stream that waits for its
//! end never begins. So three kinds leave as they come, each part judged and accounted before it does:
//! streams by their type (server-sent events, lines of JSON), operations that declare `stream`, and
//! texts and binaries that take longer than [`PATIENCE`]. Everything else (JSON, rows, pages) waits.

use std::time::Duration;

use meter::Shape;

/// How long the head of a stream waits for its first part, and a slow text or binary for its end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// How long a part of a stream waits for more before it leaves: an entry in the ledger is dear.
pub(crate) const LULL: Duration = Duration::from_millis(20);

/// What has to be there of a slow body before anybody can say what it is.
pub(crate) const SAMPLE: usize = 512;

/// When a body begins to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Once it is whole, or larger than the buffer.
    Whole,
    /// Once it is whole; as it comes, if that takes longer than [`PATIENCE`].
    Patient,
    /// As it comes.
    Live,
}

impl Pace {
    /// Of a body of this content type. `streams`: its operation says so; `strips`: foreign records may
    /// have to be cut out, which is possible in a whole only.
    pub(crate) fn of(content_type: Option<&str>, streams: bool, strips: bool) -> Self {
        match (content_type, content_type.map(|named| Shape::of(Some(named), b""))) {
            _ if streams => Self::Live,
            _ if strips => Self::Whole,
            (_, Some(Shape::Ndjson)) => Self::Live,
            (_, Some(Shape::Text | Shape::Opaque)) => Self::Patient,
            _ => Self::Whole,
        }
    }
}

/// Whether the content type is that of server-sent events (HTML standard, section 9.2).
pub(crate) fn is_events(content_type: Option<&str>) -> bool {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("text/event-stream")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_leave_as_they_come_and_records_wait_for_their_end() {
        for (content_type, streams, strips, pace) in [
            (Some("text/event-stream"), false, false, Pace::Live),
            (Some("Text/Event-Stream; charset=utf-8"), false, false, Pace::Live),
            (Some("application/x-ndjson"), false, false, Pace::Live),
            (Some("application/x-ndjson"), false, true, Pace::Whole),
            (Some("application/json"), false, false, Pace::Whole),
            (Some("application/json"), true, false, Pace::Live),
            (Some("text/csv"), false, false, Pace::Whole),
            (Some("text/html"), false, false, Pace::Whole),
            (Some("text/plain"), false, false, Pace::Patient),
            (Some("video/mp4"), false, false, Pace::Patient),
            (Some("video/mp4"), false, true, Pace::Whole),
            (None, false, false, Pace::Whole),
        ] {
            assert_eq!(Pace::of(content_type, streams, strips), pace, "{content_type:?} {streams} {strips}");
        }
        assert!(is_events(Some("text/event-stream; charset=utf-8")) && !is_events(Some("text/plain")));
    }
}
