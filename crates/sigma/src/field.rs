//! The fields that a rule may name here, as a closed set.
//!
//! Names are those of Sigma's taxonomy for `webserver`; what other categories call them is mapped
//! by the processing pipeline (`rules/pipeline.yml`). What is not in this list cannot be given, and a
//! rule that names it is not applicable (see [`crate::Reason`]).

use std::fmt;

/// What kind of value a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text as the client or the product wrote it.
    Text,
    /// An IP address.
    Address,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// Several words; a rule matches when one of them does.
    List,
}

macro_rules! fields {
    ($($(#[doc = $doc:literal])+ $variant:ident $name:literal $kind:ident;)+) => {
        /// A field of an event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Field {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Field {
            /// Every field, in the order of its bits.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name that rules use.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The kind of its values.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)+ }
            }

            /// The field called `name`.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }

            /// Its page in docs/sigma.md: one sentence.
            #[must_use]
            pub fn doc(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}
fields! {
    /// The method as sent.
    Method "cs-method" Text;
    /// The path as sent, still percent-encoded, without the query.
    Stem "cs-uri-stem" Text;
    /// What follows the first `?`, as sent; absent where there is no `?`.
    Query "cs-uri-query" Text;
    /// Path and query as sent.
    Uri "cs-uri" Text;
    /// The protocol as written, such as `HTTP/1.1`.
    Version "cs-version" Text;
    /// The host that was asked for.
    Host "cs-host" Text;
    /// `User-Agent` as sent.
    Agent "cs-user-agent" Text;
    /// `Referer` as sent.
    Referer "cs-referer" Text;
    /// `Cookie` as sent. A secret: it is matched and never shown.
    Cookie "cs-cookie" Text;
    /// The user that the product authenticated.
    User "cs-username" Text;
    /// `X-Forwarded-For` or `Forwarded` as sent.
    Forwarded "cs-forwarded" Text;
    /// `Content-Type` of the request.
    RequestType "cs-content-type" Text;
    /// The body of the request, where the product logs it. Matched and never shown.
    RequestBody "cs-body" Text;
    /// `Content-Type` of the response.
    ResponseType "sc-content-type" Text;
    /// The body of the response, where the product logs it. Matched and never shown.
    ResponseBody "sc-body" Text;
    /// Upstream, backend, service or route that the product sent it on to.
    Upstream "upstream" Text;
    /// The client's address, as the product has it.
    Client "c-ip" Address;
    /// The status that the client got.
    Status "sc-status" Number;
    /// Bytes of the response.
    Sent "sc-bytes" Number;
    /// Bytes of the request.
    Received "cs-bytes" Number;
    /// How long it took, in milliseconds.
    Taken "time-taken" Number;
    /// Ids of the rules of a firewall that spoke.
    WafRules "waf-rule" List;
    /// Whether the product itself refused it: a firewall's block, an authorizer's deny.
    WafBlocked "waf-blocked" Flag;
    /// The path template, such as `/orders/{id}`: declared, or learned from the log.
    Endpoint "endpoint" Text;
    /// The number of the first object that the request names, where it is one.
    ObjectNumber "object-number" Number;
    /// How many objects the request names.
    Objects "objects" Number;
    /// The page or offset that the request asks for.
    Page "page" Number;
    /// Records with personal data in the upstream's answer.
    Records "records" Number;
    /// Disclosed subjects in the upstream's answer (the people whose data it holds).
    Subjects "subjects" Number;
    /// How many of those whose data left are strangers to the caller.
    Strangers "strangers" Number;
    /// Kinds of personal data in the answer: `email`, `phone`, `postal-address` and so on.
    Classes "data-class" List;
    /// What the caller is: `anonymous`, `unverified`, `confirmed`, `verified`, `partner`.
    Caller "caller" Text;
    /// Keyed digest of the principal or hint, in hexadecimal digits.
    Principal "principal" Text;
    /// The role whose budget counted for the caller.
    Role "role" Text;
    /// The name of the partner.
    Partner "partner" Text;
    /// Whether the operation was declared.
    Declared "declared" Flag;
    /// Whether it was declared public.
    Public "public" Flag;
    /// Whether the path is one that only scanners ask for.
    Bait "bait" Flag;
    /// How it ended: `served`, `refused`, `would-refuse`, `client-gone`.
    Outcome "outcome" Text;
    /// Why it was refused, or would have been: a word such as `budget-spent`.
    Refusal "refusal" Text;
    /// Sessions and tokens that the answer issued.
    Issued "issued" Number;
}

impl Field {
    /// Its place in [`Field::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        #[expect(clippy::as_conversions, reason = "a field without data of `repr(u8)` is its own number")]
        {
            self as usize
        }
    }

    /// Whether only our own log tells it.
    pub(crate) const fn is_of_exchange(self) -> bool {
        matches!(
            self,
            Self::Records
                | Self::Subjects
                | Self::Strangers
                | Self::Classes
                | Self::Caller
                | Self::Role
                | Self::Partner
                | Self::Declared
                | Self::Public
                | Self::Bait
                | Self::Outcome
                | Self::Refusal
                | Self::Issued
        )
    }

    /// Whether what stands in it may be shown in a result.
    #[must_use]
    pub const fn may_be_shown(self) -> bool {
        !matches!(self, Self::Cookie | Self::RequestBody | Self::ResponseBody)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fields(u64);

impl Fields {
    /// No field.
    pub const NONE: Self = Self(0);
    /// Every field.
    pub const ALL: Self = Self(u64::MAX >> (64 - Field::ALL.len()));
    /// What the exchange log of the gateway can tell.
    pub const EXCHANGE: Self = Self::of(&[
        Field::Method,
        Field::Client,
        Field::Status,
        Field::Sent,
        Field::Received,
        Field::Taken,
        Field::Endpoint,
        Field::ObjectNumber,
        Field::Objects,
        Field::Page,
        Field::Records,
        Field::Subjects,
        Field::Strangers,
        Field::Classes,
        Field::Caller,
        Field::Principal,
        Field::Role,
        Field::Partner,
        Field::Declared,
        Field::Public,
        Field::Bait,
        Field::Outcome,
        Field::Refusal,
        Field::Issued,
    ]);

    /// The set of `fields`.
    #[must_use]
    pub const fn of(fields: &[Field]) -> Self {
        let mut bits = 0;
        let mut rest = fields;
        while let [field, after @ ..] = rest {
            bits |= 1 << field.index();
            rest = after;
        }
        Self(bits)
    }

    /// Whether `field` is in it.
    #[must_use]
    pub const fn has(self, field: Field) -> bool {
        self.0 & (1 << field.index()) != 0
    }

    /// This set and `field`.
    #[must_use]
    pub const fn with(self, field: Field) -> Self {
        Self(self.0 | 1 << field.index())
    }

    /// What is in one of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in this and not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether everything in it is also in `other`.
    #[must_use]
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The fields in it, in order.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.iter().copied().filter(move |field| self.has(*field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found_by_its_name_and_has_a_bit_of_its_own() {
        assert!(Field::ALL.len() <= 64);
        for (nth, field) in Field::ALL.iter().enumerate() {
            assert_eq!(Field::named(field.name()), Some(*field));
            assert_eq!(field.index(), nth);
            assert!(Fields::ALL.has(*field));
            assert!(field.doc().ends_with('.'), "{field}");
        }
        assert_eq!(Fields::ALL.iter().count(), Field::ALL.len());
        assert_eq!(Field::named("CommandLine"), None);
    }
}
