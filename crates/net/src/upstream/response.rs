//! The body of a response, which gives its connection back.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use super::link::Link;
use super::{Inner, UpstreamError};
use crate::body::BodyError;

/// The body of an upstream's response. Read to its end, its connection rests for the next exchange;
/// dropped before, the connection is closed.
pub struct UpstreamBody {
    incoming: hyper::body::Incoming,
    link: Option<Box<Link>>,
    upstream: Arc<Inner>,
    /// Held until the exchange is over.
    place: Option<OwnedSemaphorePermit>,
}

impl UpstreamBody {
    pub(super) fn new(
        incoming: hyper::body::Incoming,
        mut link: Box<Link>,
        upstream: Arc<Inner>,
        place: OwnedSemaphorePermit,
    ) -> Self {
        link.allow(upstream.settings.body_idle_timeout.duration());
        Self { incoming, link: Some(link), upstream, place: Some(place) }
    }

    /// The exchange is over: the connection rests, if it can carry another one.
    fn settle(&mut self, cx: &mut Context<'_>) {
        if let Some(mut link) = self.link.take()
            && link.poll_alive(cx)
        {
            self.upstream.pool.put(link);
        }
        self.place = None;
    }
}

impl HttpBody for UpstreamBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let mut driven = false;
        loop {
            match Pin::new(&mut this.incoming).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) if frame.is_trailers() => continue,
                Poll::Ready(Some(Ok(frame))) => {
                    if this.incoming.is_end_stream() {
                        this.settle(cx);
                    } else if let Some(link) = &mut this.link {
                        link.allow(this.upstream.settings.body_idle_timeout.duration());
                    }
                    return Poll::Ready(Some(Ok(frame)));
                }
                Poll::Ready(Some(Err(cause))) => {
                    this.link = None;
                    this.place = None;
                    return Poll::Ready(Some(Err(BodyError::Upstream(UpstreamError::Broken(cause)))));
                }
                Poll::Ready(None) => {
                    this.settle(cx);
                    return Poll::Ready(None);
                }
                Poll::Pending if driven => break,
                Poll::Pending => {
                    driven = true;
                    if let Some(link) = &mut this.link {
                        link.poll_drive(cx);
                    }
                }
            }
        }
        if this.link.as_mut().is_some_and(|link| link.poll_late(cx)) {
            this.link = None;
            this.place = None;
            return Poll::Ready(Some(Err(BodyError::Upstream(UpstreamError::BodyTimeout))));
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for UpstreamBody {
    /// A response without a body is never polled: its connection rests from here.
    fn drop(&mut self) {
        if self.incoming.is_end_stream() {
            self.settle(&mut Context::from_waker(std::task::Waker::noop()));
        }
    }
}

impl std::fmt::Debug for UpstreamBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UpstreamBody").field("ended", &self.is_end_stream()).finish_non_exhaustive()
    }
}
