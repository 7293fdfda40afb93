//! Which fields the lines of an input had: what can be seen in it, and what cannot.

use events::Event;

/// A field that some attack can only be seen with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Length of the response.
    Sent,
    /// Length of the request.
    Received,
    /// How long it took.
    Duration,
    /// `User-Agent`.
    Agent,
    /// The user that the product authenticated.
    User,
    /// A token or a cookie, or what stands for it.
    Credential,
    /// The body of the request.
    RequestBody,
    /// The body of the response.
    ResponseBody,
    /// Parts of a second.
    Millis,
    /// Our own log's counts.
    Counts,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Sent,
        Self::Received,
        Self::Duration,
        Self::Agent,
        Self::User,
        Self::Credential,
        Self::RequestBody,
        Self::ResponseBody,
        Self::Millis,
        Self::Counts,
    ];

    fn bit(self) -> u16 {
        1 << Self::ALL.iter().position(|field| *field == self).unwrap_or(15)
    }
}

/// The fields that were there at least once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    seen: u16,
    looked: u32,
}

/// Every line is looked at so often, and then one in sixty-four.
const FIRST: u32 = 4096;

impl Fields {
    pub(crate) fn take(&mut self, event: &Event<'_>) {
        self.looked = self.looked.wrapping_add(1);
        if self.looked > FIRST && !self.looked.is_multiple_of(64) {
            return;
        }
        let held = [
            (Field::Sent, event.sent.is_some()),
            (Field::Received, event.received.is_some()),
            (Field::Duration, event.micros.is_some()),
            (Field::Agent, event.agent.is_some()),
            (Field::User, event.user.is_some()),
            (Field::Credential, event.authorization.is_some() || event.cookie.is_some()),
            (Field::RequestBody, event.request_body.is_some()),
            (Field::ResponseBody, event.response_body.is_some()),
            (Field::Millis, event.at.is_some_and(|at| !at.millis().is_multiple_of(1000))),
            (Field::Counts, event.exchange.is_some()),
        ];
        for (field, is) in held {
            self.seen |= if is { field.bit() } else { 0 };
        }
    }

    /// Whether some line had it.
    #[must_use]
    pub fn has(&self, field: Field) -> bool {
        self.seen & field.bit() != 0
    }

    /// Whether any line was looked at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.looked == 0
    }
}
