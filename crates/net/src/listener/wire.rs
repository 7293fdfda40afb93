//! One client connection: what was written, what it waits for, and how it must end.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use domain::Completion;
use smallvec::SmallVec;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::Instant;

use super::Timeouts;
use crate::body::Told;

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The first byte of a request, once the response before it is written.
    Idle,
    /// The rest of a request's head.
    Head,
    /// The handler, or the feeder of its body; both have time limits of their own.
    Handling,
}

/// The state of one connection, shared by its socket, its service and its bodies. All of them live
/// in one task, so the lock is never contended.
pub(crate) struct Wire {
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    since: Instant,
    /// Since when the client has taken nothing although something waits.
    stalled: Option<Instant>,
    written: u64,
    reset: bool,
    requests: u64,
    /// Completions that wait for a flush, with the mark of their response; one unless responses queue up.
    parked: SmallVec<[(Told, u64); 1]>,
}

impl Wire {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            state: Mutex::new(State {
                phase: Phase::Idle,
                since: now,
                stalled: None,
                written: 0,
                reset: false,
                requests: 0,
                parked: SmallVec::new(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A poisoned lock means that a completion hook panicked: the numbers are still right.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Bytes that the socket took so far.
    pub(crate) fn written(&self) -> u64 {
        self.state().written
    }

    /// From now on the connection may only end in a reset.
    pub(crate) fn reset(&self) {
        self.state().reset = true;
    }

    /// Tells `told` once everything buffered so far is flushed, or the connection has ended.
    pub(crate) fn park(&self, told: Told, mark: u64) {
        self.state().parked.push((told, mark));
    }

    /// A request's head is complete. Says how many there were before.
    pub(super) fn head_complete(&self) -> u64 {
        let mut state = self.state();
        state.phase = Phase::Handling;
        state.requests += 1;
        state.requests - 1
    }

    /// The connection has the whole response: once it is written it is the client's turn again.
    pub(crate) fn answered(&self) {
        let mut state = self.state();
        state.phase = Phase::Idle;
        state.since = Instant::now();
    }

    /// Whether a time limit has passed, or when to look again.
    pub(super) fn overdue(&self, now: Instant, limits: &Timeouts) -> Overdue {
        let state = self.state();
        let waits = match state.phase {
            _ if state.stalled.is_some() => None,
            Phase::Idle => Some((state.since, limits.idle, Overdue::Close)),
            Phase::Head => Some((state.since, limits.head, Overdue::Close)),
            Phase::Handling => None,
        };
        let stalled = state.stalled.map(|since| (since, limits.write, Overdue::Reset));
        let mut again = now + limits.shortest();
        for (since, limit, verdict) in stalled.into_iter().chain(waits) {
            let due = since + limit;
            if due <= now {
                return verdict;
            }
            again = again.min(due);
        }
        Overdue::Look(again)
    }

    fn read(&self, bytes: usize) {
        let mut state = self.state();
        if bytes > 0 && state.phase == Phase::Idle {
            state.phase = Phase::Head;
            state.since = Instant::now();
        }
    }

    fn wrote(&self, result: &Poll<io::Result<usize>>) {
        let mut state = self.state();
        match result {
            Poll::Ready(Ok(bytes)) => {
                state.written += u64::try_from(*bytes).unwrap_or(0);
                state.stalled = None;
                if state.phase == Phase::Idle {
                    // The rest of a long response, taken slowly: the client is not idle.
                    state.since = Instant::now();
                }
            }
            Poll::Ready(Err(_)) => {}
            Poll::Pending => {
                state.stalled.get_or_insert_with(Instant::now);
            }
        }
    }

    fn flushed(&self) {
        let parked = {
            let mut state = self.state();
            if state.parked.is_empty() {
                return;
            }
            std::mem::take(&mut state.parked)
        };
        for (told, _) in parked {
            told(Completion::Sent);
        }
    }

    fn ended(&self) -> bool {
        let (parked, written, reset) = {
            let mut state = self.state();
            (std::mem::take(&mut state.parked), state.written, state.reset)
        };
        for (told, mark) in parked {
            told(if written > mark { Completion::Partly } else { Completion::Nothing });
        }
        reset
    }
}

/// What a look at the clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    /// Nothing is late; look again then.
    Look(Instant),
    /// The client sent nothing, or no whole head: close.
    Close,
    /// The client takes nothing: reset.
    Reset,
}

impl Timeouts {
    /// The shortest limit: how often the clock is looked at. One timer per connection serves all
    /// limits, and is touched once per period instead of several times per request.
    pub(super) fn shortest(&self) -> Duration {
        self.head.min(self.idle).min(self.write).max(Duration::from_millis(1))
    }
}

/// A client's socket.
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// A client's socket that keeps its [`Wire`] informed.
pub(super) struct Socket {
    stream: Stream,
    wire: Arc<Wire>,
}

impl Socket {
    pub(super) fn new(stream: Stream, wire: Arc<Wire>) -> Self {
        Self { stream, wire }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(match &mut self.stream {
            Stream::Tcp(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Stream::Unix(unix) => Pin::new(unix).poll_read(cx, buffer),
        })?;
        self.wire.read(buffer.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = match &mut self.stream {
            Stream::Tcp(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Stream::Unix(unix) => Pin::new(unix).poll_write(cx, bytes),
        };
        self.wire.wrote(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = match &mut self.stream {
            Stream::Tcp(tcp) => Pin::new(tcp).poll_write_vectored(cx, slices),
            Stream::Unix(unix) => Pin::new(unix).poll_write_vectored(cx, slices),
        };
        self.wire.wrote(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Called by hyper only when its own buffer is empty: everything handed over was written.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Tcp(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Stream::Unix(unix) => Pin::new(unix).poll_shutdown(cx),
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let reset = self.wire.ended();
        if let Stream::Tcp(tcp) = &self.stream
            && reset
        {
            // Without lingering the kernel sends a reset, which no client takes for an end.
            // If it fails, the connection closes inside a chunk, which is no clean end either.
            let _ = tcp.set_zero_linger();
        }
    }
}
