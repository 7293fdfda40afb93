//! An answer of the shop, and what HTTP makes of it: byte ranges and gzip.

use std::io::Write;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;

/// Bodies below this many bytes are not worth packing.
const PACK_FROM: usize = 512;

/// What a door answers.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
    /// Value of `Set-Cookie`.
    pub(crate) cookie: Option<String>,
    /// Whether byte ranges of it may be asked for.
    pub(crate) ranges: bool,
}

impl Reply {
    pub(crate) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status: StatusCode::OK, content_type, body: body.into(), cookie: None, ranges: false }
    }

    pub(crate) fn json(body: impl Into<Bytes>) -> Self {
        Self::new("application/json", body)
    }

    /// A refusal or absence; the text never repeats what the request said.
    pub(crate) fn error(status: StatusCode, text: &str) -> Self {
        Self { status, ..Self::json(format!("{{\"error\":\"{text}\"}}")) }
    }

    pub(crate) fn not_found() -> Self {
        Self::error(StatusCode::NOT_FOUND, "nothing here")
    }

    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The response to the request with `head`.
    pub(crate) fn finish(self, head: &Parts) -> Response<Full<Bytes>> {
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        let whole = self.body.len();
        let range = header("range").filter(|_| self.ranges && self.status == StatusCode::OK);
        let part = range.and_then(|text| byte_range(text, whole));
        let packs = header("accept-encoding").is_some_and(|accepted| accepted.contains("gzip"));

        let mut response = Response::builder()
            .status(if part.is_some() { StatusCode::PARTIAL_CONTENT } else { self.status })
            .header("content-type", HeaderValue::from_static(self.content_type));
        if self.ranges {
            response = response.header("accept-ranges", "bytes");
        }
        if let Some(cookie) = self.cookie {
            response = response.header("set-cookie", cookie);
        }
        let body = match part {
            Some((first, last)) => {
                response = response.header("content-range", format!("bytes {first}-{last}/{whole}"));
                self.body.slice(first..=last)
            }
            None if packs && whole >= PACK_FROM => match packed(&self.body) {
                Some(small) => {
                    response = response.header("content-encoding", "gzip").header("vary", "accept-encoding");
                    small
                }
                None => self.body,
            },
            None => self.body,
        };
        response.body(Full::new(body)).unwrap_or_default()
    }
}

/// First and last position of `bytes=A-B` or `bytes=A-` (RFC 9110 section 14.1.2), cut to `whole`.
fn byte_range(text: &str, whole: usize) -> Option<(usize, usize)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let first: usize = first.parse().ok()?;
    let end = whole.checked_sub(1)?;
    let last = if last.is_empty() { end } else { last.parse::<usize>().ok()?.min(end) };
    (first <= last).then_some((first, last))
}

fn packed(body: &[u8]) -> Option<Bytes> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(body).ok()?;
    packer.finish().ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_range_is_cut_to_what_exists() {
        for (text, expected) in [
            ("bytes=0-9", Some((0, 9))),
            ("bytes=90-", Some((90, 99))),
            ("bytes=90-500", Some((90, 99))),
            ("bytes=100-", None),
            ("bytes=5-4", None),
            ("bytes=-5", None),
            ("lines=0-1", None),
        ] {
            assert_eq!(byte_range(text, 100), expected, "{text}");
        }
    }
}
