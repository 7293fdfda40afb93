//! What became of a response: told once, when it is known.

use std::sync::Arc;

use domain::Completion;

use crate::listener::Wire;

/// A hook that hears how a body ended.
pub(crate) type Told = Box<dyn FnOnce(Completion) + Send>;

/// Follows one response to the client's socket.
#[derive(Default)]
pub(super) struct Receipt {
    pub(super) told: Option<Told>,
    pub(super) wire: Option<Arc<Wire>>,
    /// Bytes that the connection had written when it took the response.
    pub(super) mark: u64,
    /// Whether any byte of the body was taken, or its end reached.
    pub(super) taken: bool,
    broken: bool,
}

impl Receipt {
    /// The body broke off: the connection may only end in a reset.
    pub(super) fn fail(&mut self) {
        self.broken = true;
        if let Some(wire) = &self.wire {
            wire.reset();
        }
    }

    /// The connection has the rest: the next flush decides.
    pub(super) fn park(&mut self) {
        let Some(told) = self.told.take() else { return };
        match &self.wire {
            Some(wire) => wire.park(told, self.mark),
            None => told(Completion::Sent),
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if let Some(wire) = &self.wire {
            wire.answered();
        }
        // A response without a body (HEAD, 204, empty) is never asked for frames: its head decides.
        if !self.taken && !self.broken && self.wire.is_some() {
            self.park();
            return;
        }
        let Some(told) = self.told.take() else { return };
        let left = match &self.wire {
            Some(wire) => wire.written() > self.mark,
            None => self.taken,
        };
        told(if left { Completion::Partly } else { Completion::Nothing });
    }
}
