//! Bodies that come in, read whole within bounds of size and time.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Instant;

use crate::upstream::UpstreamError;

/// The body of a request as a client sends it.
#[derive(Debug)]
pub struct Incoming(pub(crate) hyper::body::Incoming);

impl HttpBody for Incoming {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            return Poll::Ready(match ready!(Pin::new(&mut self.0).poll_frame(cx)) {
                Some(Ok(frame)) if frame.is_trailers() => continue,
                Some(Ok(frame)) => Some(Ok(frame)),
                Some(Err(_)) => Some(Err(BodyError::ClientGone)),
                None => None,
            });
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// Why a body ended before its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The client broke off or its framing is malformed.
    #[error("the client's body broke off")]
    ClientGone,
    /// The upstream broke off.
    #[error("the upstream's body broke off")]
    Upstream(#[source] UpstreamError),
    /// Its feeder gave up, or was dropped without a word.
    #[error("the body was aborted")]
    Aborted,
}

/// Why a body could not be read whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// More bytes than the limit.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The deadline passed.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// It broke off.
    #[error("the body broke off")]
    Broken(#[source] BodyError),
}

/// Reads `body` whole: at most `limit` bytes, all of them before `deadline`.
///
/// A body that arrives in one piece is not copied. May be dropped midway.
///
/// # Errors
/// See [`ReadError`]. What was read by then is lost.
pub async fn read_all<B>(body: B, limit: usize, deadline: Instant) -> Result<Bytes, ReadError>
where
    B: HttpBody<Data = Bytes, Error = BodyError> + Unpin,
{
    match tokio::time::timeout_at(deadline, collect(body, limit)).await {
        Ok(done) => done,
        Err(_) => Err(ReadError::TooSlow),
    }
}

async fn collect<B>(mut body: B, limit: usize) -> Result<Bytes, ReadError>
where
    B: HttpBody<Data = Bytes, Error = BodyError> + Unpin,
{
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(ReadError::TooLarge { limit });
    }
    let Some(first) = next_data(&mut body).await? else { return Ok(Bytes::new()) };
    if first.len() > limit {
        return Err(ReadError::TooLarge { limit });
    }
    if body.is_end_stream() {
        return Ok(first);
    }
    let Some(second) = next_data(&mut body).await? else { return Ok(first) };
    // The announced length is a client's word: reserve a little of it at a time.
    let mut whole = BytesMut::with_capacity(announced.min(64 * 1024).max(first.len() + second.len()));
    whole.extend_from_slice(&first);
    let mut next = Some(second);
    while let Some(data) = next {
        if whole.len() + data.len() > limit {
            return Err(ReadError::TooLarge { limit });
        }
        whole.extend_from_slice(&data);
        next = if body.is_end_stream() { None } else { next_data(&mut body).await? };
    }
    Ok(whole.freeze())
}

async fn next_data<B>(body: &mut B) -> Result<Option<Bytes>, ReadError>
where
    B: HttpBody<Data = Bytes, Error = BodyError> + Unpin,
{
    loop {
        match std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await {
            None => return Ok(None),
            Some(Err(cause)) => return Err(ReadError::Broken(cause)),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data()
                    && !data.is_empty()
                {
                    return Ok(Some(data));
                }
            }
        }
    }
}
