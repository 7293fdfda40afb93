//! The fields of an event by name: what a dialect can tell, and what a line told.

use crate::Event;

macro_rules! fields {
    ($($name:ident $word:literal $told:expr;)+) => {
        /// A field of an [`Event`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Field {
            $(#[doc = concat!("`", $word, "`")] $name,)+
        }

        impl Field {
            /// All, in the order of the event's own fields.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The word for it, as tables and reports write it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }

            /// Whether `event` tells it.
            #[must_use]
            pub fn is_told(self, event: &Event<'_>) -> bool {
                let told: fn(&Event<'_>) -> bool = match self {
                    $(Self::$name => $told,)+
                };
                told(event)
            }
        }
    };
}

fields! {
    At "time" |event| event.at.is_some();
    Client "client" |event| event.client.is_some();
    ClientName "client-name" |event| event.client_name.is_some();
    Forwarded "forwarded" |event| event.forwarded.is_some();
    User "user" |event| event.user.is_some();
    Method "method" |event| event.method.is_some();
    Target "target" |event| event.target.is_some();
    Protocol "protocol" |event| event.protocol.is_some();
    Scheme "scheme" |event| event.scheme.is_some();
    Host "host" |event| event.host.is_some();
    Status "status" |event| event.status.is_some();
    Sent "bytes-sent" |event| event.sent.is_some();
    Received "bytes-received" |event| event.received.is_some();
    Micros "duration" |event| event.micros.is_some();
    Agent "user-agent" |event| event.agent.is_some();
    Referer "referer" |event| event.referer.is_some();
    Authorization "authorization" |event| event.authorization.is_some();
    Cookie "cookie" |event| event.cookie.is_some();
    RequestType "request-type" |event| event.request_type.is_some();
    RequestBody "request-body" |event| event.request_body.is_some();
    ResponseType "response-type" |event| event.response_type.is_some();
    ResponseBody "response-body" |event| event.response_body.is_some();
    Upstream "upstream" |event| event.upstream.is_some();
    Rules "rules" |event| !event.rules.is_empty();
    Blocked "blocked" |event| event.blocked.is_some();
    Id "id" |event| event.id.is_some();
    Exchange "exchange" |event| event.exchange.is_some();
}
