//! Bodies: what comes in, read within bounds, and what goes out, with a receipt.
//!
//! An outgoing [`Body`] is empty, whole, fed through a channel with backpressure, or passed through.
//! A fed body that is not [finished](Feeder::finish) ends in a reset: the client never takes a part
//! for the whole. Its receipt tells whether the bytes reached the client's connection. Trailers are
//! dropped in both directions: nothing leaves beside what was metered.

mod read;
mod receipt;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use domain::Completion;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::mpsc;

pub use self::read::{BodyError, Incoming, ReadError, read_all};
use self::receipt::Receipt;
pub(crate) use self::receipt::Told;
use crate::listener::Wire;
use crate::upstream::UpstreamBody;

/// An outgoing body.
pub struct Body {
    kind: Kind,
    receipt: Option<Receipt>,
}

enum Kind {
    Empty,
    Full(Bytes),
    Fed(mpsc::Receiver<Part>),
    Incoming(Incoming),
    Upstream(Box<UpstreamBody>),
    /// An error was given out: nothing may follow.
    Failed,
}

enum Part {
    Data(Bytes),
    End,
}

impl Body {
    /// No bytes.
    #[must_use]
    pub const fn empty() -> Self {
        Self { kind: Kind::Empty, receipt: None }
    }

    /// All bytes at once; sent with `Content-Length`.
    #[must_use]
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { kind: if bytes.is_empty() { Kind::Empty } else { Kind::Full(bytes) }, receipt: None }
    }

    /// A body fed piece by piece; `pieces` may wait before [`Feeder::send`] waits in turn.
    ///
    /// Sent in chunks, unless the response has a `Content-Length`.
    #[must_use]
    pub fn channel(pieces: usize) -> (Feeder, Self) {
        let (sender, receiver) = mpsc::channel(pieces.max(1));
        (Feeder { sender }, Self { kind: Kind::Fed(receiver), receipt: None })
    }

    /// The same body; `told` hears once how it ended, from the connection's task: it must not block.
    ///
    /// `Sent`: the whole response, head included, was handed to the client's socket. `Partly`: a part
    /// of it may have been. `Nothing`: no byte of it was. A body that never reached a connection
    /// tells `Nothing` when it is dropped.
    #[must_use]
    pub fn on_completion(mut self, told: impl FnOnce(Completion) + Send + 'static) -> Self {
        self.receipt.get_or_insert_default().told = Some(Box::new(told));
        self
    }

    /// Whether it is known to have no bytes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(self.kind, Kind::Empty)
    }

    /// The same body again, where it is whole.
    pub(crate) fn copy_of_whole(&self) -> Option<Self> {
        match &self.kind {
            Kind::Empty => Some(Self::empty()),
            Kind::Full(bytes) => Some(Self::full(bytes.clone())),
            Kind::Fed(_) | Kind::Incoming(_) | Kind::Upstream(_) | Kind::Failed => None,
        }
    }

    /// Removes framing headers that would contradict this body; hyper writes its own. A message
    /// that is `bodiless` by its nature may state the length that it would have.
    pub(crate) fn frame(&self, headers: &mut HeaderMap, bodiless: bool) {
        headers.remove(TRANSFER_ENCODING);
        let whole = matches!(self.kind, Kind::Empty | Kind::Full(_));
        if whole && !bodiless {
            headers.remove(CONTENT_LENGTH);
        }
    }

    /// Ties the body to the connection that it leaves by.
    pub(crate) fn attach(&mut self, wire: &Arc<Wire>) {
        let whole = matches!(self.kind, Kind::Empty | Kind::Full(_));
        if whole {
            wire.answered();
        }
        // A body that may fail midway needs the connection in order to reset it.
        if !whole || self.receipt.is_some() {
            let receipt = self.receipt.get_or_insert_default();
            receipt.mark = wire.written();
            receipt.wire = Some(Arc::clone(wire));
        }
    }

    fn poll_kind(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.kind {
            Kind::Empty => Poll::Ready(None),
            Kind::Failed => Poll::Ready(Some(Err(BodyError::Aborted))),
            Kind::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                self.kind = Kind::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Kind::Fed(receiver) => Poll::Ready(match ready!(receiver.poll_recv(cx)) {
                Some(Part::Data(bytes)) => Some(Ok(Frame::data(bytes))),
                Some(Part::End) => {
                    self.kind = Kind::Empty;
                    None
                }
                None => Some(Err(BodyError::Aborted)),
            }),
            Kind::Incoming(incoming) => Pin::new(incoming).poll_frame(cx),
            Kind::Upstream(upstream) => Pin::new(&mut **upstream).poll_frame(cx),
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let item = ready!(self.poll_kind(cx));
        let ended = match &item {
            Some(Ok(_)) => self.is_end_stream(),
            Some(Err(_)) => {
                self.kind = Kind::Failed;
                false
            }
            None => true,
        };
        if let Some(receipt) = &mut self.receipt {
            match &item {
                Some(Ok(_)) => receipt.taken = true,
                Some(Err(_)) => receipt.fail(),
                None => {}
            }
            if ended {
                receipt.taken = true;
                receipt.park();
            }
        }
        Poll::Ready(item)
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Empty => true,
            Kind::Full(_) | Kind::Fed(_) | Kind::Failed => false,
            Kind::Incoming(incoming) => incoming.is_end_stream(),
            Kind::Upstream(upstream) => upstream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        let exact = |length: usize| SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX));
        match &self.kind {
            Kind::Empty => exact(0),
            Kind::Full(bytes) => exact(bytes.len()),
            Kind::Fed(_) | Kind::Failed => SizeHint::default(),
            Kind::Incoming(incoming) => incoming.size_hint(),
            Kind::Upstream(upstream) => upstream.size_hint(),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::full(bytes)
    }
}

impl From<Incoming> for Body {
    /// A request body passed through as it arrives.
    fn from(incoming: Incoming) -> Self {
        if incoming.is_end_stream() {
            return Self::empty();
        }
        Self { kind: Kind::Incoming(incoming), receipt: None }
    }
}

impl From<UpstreamBody> for Body {
    /// A response body passed through as it arrives.
    fn from(upstream: UpstreamBody) -> Self {
        if upstream.is_end_stream() {
            return Self::empty();
        }
        Self { kind: Kind::Upstream(Box::new(upstream)), receipt: None }
    }
}

impl fmt::Debug for Body {
    /// Its kind only: bodies hold personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Empty => "Body(empty)",
            Kind::Full(_) => "Body(full)",
            Kind::Fed(_) => "Body(fed)",
            Kind::Incoming(_) => "Body(incoming)",
            Kind::Upstream(_) => "Body(upstream)",
            Kind::Failed => "Body(failed)",
        })
    }
}

/// The writing end of [`Body::channel`]. Dropped without [`Feeder::finish`], it aborts the body.
#[derive(Debug)]
pub struct Feeder {
    sender: mpsc::Sender<Part>,
}

/// The client is gone: nobody reads the body any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client is gone")]
pub struct ClientGone;

impl Feeder {
    /// Hands over one piece; waits while the client is slow. May be dropped midway: then nothing of
    /// `piece` was handed over.
    ///
    /// # Errors
    /// [`ClientGone`] when nobody reads any more.
    pub async fn send(&self, piece: Bytes) -> Result<(), ClientGone> {
        self.sender.send(Part::Data(piece)).await.map_err(|_| ClientGone)
    }

    /// Ends the body cleanly. Without it the client sees a reset.
    ///
    /// # Errors
    /// [`ClientGone`] when nobody reads any more.
    pub async fn finish(self) -> Result<(), ClientGone> {
        self.sender.send(Part::End).await.map_err(|_| ClientGone)
    }

    /// Breaks the body off: the connection is reset, never cleanly ended. The same as dropping it.
    pub fn abort(self) {}

    /// Resolves when nobody reads any more.
    pub async fn gone(&self) {
        self.sender.closed().await;
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Data(_) => "Data",
            Self::End => "End",
        })
    }
}
