//! Connections at rest, the freshest taken first.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::task::Context;
use std::time::Duration;

use tokio::time::Instant;

use super::UpstreamSettings;
use super::link::Link;

/// At most `most` connections, each for at most `longest`; the stalest leaves first.
pub(super) struct Pool {
    /// In boxes: a connection is moved at both ends of every exchange, and is large.
    resting: Mutex<VecDeque<Box<Link>>>,
    most: usize,
    longest: Duration,
}

impl Pool {
    pub(super) fn new(settings: &UpstreamSettings) -> Self {
        Self {
            resting: Mutex::new(VecDeque::new()),
            most: settings.resting,
            longest: settings.rest_timeout.duration(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Box<Link>>> {
        self.resting.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// The freshest connection that is still open.
    pub(super) fn take(&self, cx: &mut Context<'_>) -> Option<Box<Link>> {
        loop {
            // Looked at outside the lock: it reads from the socket.
            let mut link = self.lock().pop_back()?;
            if link.rests_since.elapsed() < self.longest && link.poll_alive(cx) {
                return Some(link);
            }
        }
    }

    /// Lays `link` to rest, and closes what has rested too long.
    pub(super) fn put(&self, mut link: Box<Link>) {
        link.rests_since = Instant::now();
        let closing = {
            let mut resting = self.lock();
            let stale = resting.front().is_some_and(|oldest| {
                link.rests_since.duration_since(oldest.rests_since) >= self.longest
                    || resting.len() >= self.most
            });
            let closing = if stale { resting.pop_front() } else { None };
            if resting.len() < self.most {
                resting.push_back(link);
            }
            closing
        };
        drop(closing);
    }
}
