//! The upstream's body as it arrives: decoded, bounded, and timed to its end.

use std::time::Instant;

use bytes::{Bytes, BytesMut};
use domain::{Refusal, RefusalKind};
use http::HeaderMap;
use net::encoding;
use net::upstream::UpstreamBody;
use tokio::time::{timeout, timeout_at};

use crate::pace::{PATIENCE, Pace, SAMPLE};
use crate::walk::Walk;

/// The upstream's body, decoded as it arrives.
pub(crate) struct Incoming {
    body: UpstreamBody,
    /// In a box: it is large, and most bodies have none.
    decoder: Option<Box<encoding::Decoder>>,
    total: u64,
    most: u64,
    /// When the upstream was asked, until its answer is complete.
    asked: Option<Instant>,
}

/// How far a body was read.
pub(crate) enum Filled {
    /// To its end.
    Whole(Bytes),
    /// To the bound, or as far as it came; there is more.
    More(Bytes),
}

impl Incoming {
    /// `streams`: its operation says so, and it may go on for as long as it likes.
    pub(crate) fn new(
        body: UpstreamBody,
        headers: &HeaderMap,
        walk: &Walk<'_>,
        streams: bool,
        asked: Instant,
    ) -> Result<Self, Refusal> {
        let most = walk.rules.bounds.response_body;
        let most_streamed = if streams { u64::MAX } else { most.bytes() };
        let codings = encoding::codings(headers).map_err(unreadable)?;
        let decoder = match codings.as_slice() {
            [] => None,
            codings => Some(Box::new(encoding::Decoder::new(codings, most.len()).map_err(unreadable)?)),
        };
        Ok(Self { body, decoder, total: 0, most: most_streamed, asked: Some(asked) })
    }

    /// The answer is complete: how long the upstream took is known.
    pub(crate) fn ended(&mut self) {
        if let Some(asked) = self.asked.take() {
            telemetry::metrics().upstream_latency.observe(asked.elapsed());
        }
    }

    /// The next decoded piece; `None` at the end. Nothing is lost where the caller stops waiting.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        loop {
            let frame = std::future::poll_fn(|cx| {
                http_body::Body::poll_frame(std::pin::Pin::new(&mut self.body), cx)
            })
            .await;
            if frame.is_none() || http_body::Body::is_end_stream(&self.body) {
                self.ended();
            }
            let piece = match frame {
                None => match self.decoder.take() {
                    None => return Ok(None),
                    Some(decoder) => {
                        let rest = decoder.finish().map_err(unreadable)?;
                        if rest.is_empty() {
                            return Ok(None);
                        }
                        Bytes::from(rest)
                    }
                },
                Some(Err(error)) => return Err(broken(&error)),
                Some(Ok(frame)) => match frame.into_data() {
                    Err(_) => continue,
                    Ok(data) => match &mut self.decoder {
                        None => data,
                        Some(decoder) => {
                            decoder.push(&data).map_err(unreadable)?;
                            Bytes::from(decoder.take())
                        }
                    },
                },
            };
            if piece.is_empty() {
                continue;
            }
            self.total = self.total.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if self.total > self.most {
                return Err(Refusal::new(
                    RefusalKind::Unmeterable,
                    "the response is larger than `response_body`",
                ));
            }
            return Ok(Some(piece));
        }
    }

    /// Reads to the end, or until more than `bound` bytes are there, or as far as its pace says.
    pub(crate) async fn fill(&mut self, bound: usize, pace: Pace) -> Result<Filled, Refusal> {
        let first = match pace {
            Pace::Live => match timeout(PATIENCE, self.next()).await {
                Err(_) => return Ok(Filled::More(Bytes::new())),
                Ok(first) => first?,
            },
            Pace::Whole | Pace::Patient => self.next().await?,
        };
        let Some(first) = first else { return Ok(Filled::Whole(Bytes::new())) };
        if first.len() > bound {
            return Ok(Filled::More(first));
        }
        if self.decoder.is_none() && http_body::Body::is_end_stream(&self.body) {
            return Ok(Filled::Whole(first));
        }
        if pace == Pace::Live {
            return Ok(Filled::More(first));
        }
        let deadline = (pace == Pace::Patient).then(|| tokio::time::Instant::now() + PATIENCE);
        let Some(second) = self.next().await? else { return Ok(Filled::Whole(first)) };
        let mut whole = BytesMut::with_capacity((first.len() + second.len()).max(16 * 1024));
        whole.extend_from_slice(&first);
        whole.extend_from_slice(&second);
        while whole.len() <= bound {
            let piece = match deadline.filter(|_| whole.len() >= SAMPLE) {
                None => self.next().await,
                Some(deadline) if tokio::time::Instant::now() >= deadline => break,
                Some(deadline) => match timeout_at(deadline, self.next()).await {
                    Err(_) => break,
                    Ok(piece) => piece,
                },
            };
            match piece? {
                None => return Ok(Filled::Whole(whole.freeze())),
                Some(piece) => whole.extend_from_slice(&piece),
            }
        }
        Ok(Filled::More(whole.freeze()))
    }
}

/// Takes the error by value so that it fits `map_err`.
#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn unreadable(error: encoding::DecodeError) -> Refusal {
    Refusal::new(RefusalKind::Unmeterable, error.to_string())
}

fn broken(error: &net::body::BodyError) -> Refusal {
    let kind = match error {
        net::body::BodyError::Upstream(cause) => cause.refusal(),
        _ => RefusalKind::UpstreamUnavailable,
    };
    Refusal::new(kind, error.to_string())
}
