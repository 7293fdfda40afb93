//! What a line was found to tell, before it is read: the best value of each role.

use std::borrow::Cow;

use super::keys::{Known, Role, Shape};
use super::text::Leaf;
use super::value;
use super::walk::Step;
use crate::scan::{self, Raw};
use crate::{Event, MOST_RULES, Text};

/// Rank of what stands in a header, and behind every row of a table.
const HEADER: u8 = 200;

/// Further values of a forwarding header that are kept.
const MOST_FORWARDED: usize = 32;

/// A value and its rank.
type Slot<'l> = Option<(u8, Leaf<'l>)>;

macro_rules! slots {
    ($($field:ident $role:ident;)+) => {
        /// The best value of each role, still as the line has it: only what is taken is read.
        #[derive(Debug, Default)]
        pub(crate) struct Draft<'l> {
            $($field: Slot<'l>,)+
            rules: Vec<Leaf<'l>>,
            more_forwarded: Vec<Leaf<'l>>,
            header: Header<'l>,
            known: u32,
        }

        impl<'l> Draft<'l> {
            /// The best value of `role`; roles of which there may be many have none.
            fn slot(&self, role: Role) -> Slot<'l> {
                match role {
                    $(Role::$role => self.$field,)+
                    _ => None,
                }
            }

            fn slot_mut(&mut self, role: Role) -> Option<&mut Slot<'l>> {
                match role {
                    $(Role::$role => Some(&mut self.$field),)+
                    _ => None,
                }
            }
        }
    };
}

slots! {
    at At;
    client Client;
    forwarded Forwarded;
    user User;
    method Method;
    request_line RequestLine;
    target Target;
    url Url;
    path Path;
    query Query;
    protocol Protocol;
    scheme Scheme;
    tls Tls;
    host Host;
    status Status;
    sent Sent;
    received Received;
    seconds Seconds;
    millis Millis;
    micros Micros;
    nanos Nanos;
    span Span;
    agent Agent;
    referer Referer;
    authorization Authorization;
    cookie Cookie;
    request_type RequestType;
    request_body RequestBody;
    response_type ResponseType;
    response_body ResponseBody;
    upstream Upstream;
    id Id;
    kind Kind;
    action Action;
}

/// A header of a list of objects, until its object ends.
#[derive(Clone, Copy, Debug, Default)]
struct Header<'l> {
    name: Option<Leaf<'l>>,
    value: Option<(Side, Leaf<'l>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Request,
    Response,
}

impl<'l> Draft<'l> {
    /// Whether a row of the table, or a header, had a value for `role`.
    pub(crate) fn has(&self, role: Role) -> bool {
        match role {
            Role::Rule => !self.rules.is_empty(),
            role => self.slot(role).is_some(),
        }
    }

    /// Whether the value of `role` stands there and is one of `words`, whatever their case.
    pub(crate) fn is(&self, role: Role, words: &[&str]) -> bool {
        self.slot(role).is_some_and(|(_, leaf)| {
            words.iter().any(|word| leaf.raw().eq_ignore_ascii_case(word.as_bytes()))
        })
    }

    /// The text of `role`.
    pub(crate) fn text(&self, role: Role) -> Option<Text<'l>> {
        self.slot(role).map(|(_, leaf)| leaf.text())
    }

    /// How many values stand at paths that the table knows, those that hold nothing among them.
    pub(crate) fn known(&self) -> u32 {
        self.known
    }

    pub(super) fn take(&mut self, shape: &Shape, step: Step<'_, 'l>) {
        match step {
            Step::Leaf(path, leaf) => {
                if let Some(known) = shape.look_up(path) {
                    self.put(known, leaf);
                }
            }
            Step::End => self.end_header(),
        }
    }

    fn put(&mut self, known: Known<'_>, leaf: Leaf<'l>) {
        self.known += 1;
        if leaf.is_nothing() {
            return;
        }
        match known.role {
            Role::RequestHeaders => self.put_header(Side::Request, known.name, leaf),
            Role::ResponseHeaders => self.put_header(Side::Response, known.name, leaf),
            Role::HeaderName => self.header.name = self.header.name.or(Some(leaf)),
            Role::RequestHeader => self.header.value = self.header.value.or(Some((Side::Request, leaf))),
            Role::ResponseHeader => self.header.value = self.header.value.or(Some((Side::Response, leaf))),
            Role::Rule => {
                if self.rules.len() < MOST_RULES && !self.rules.contains(&leaf) {
                    self.rules.push(leaf);
                }
            }
            role => self.put_ranked(role, known.rank, leaf),
        }
    }

    fn put_ranked(&mut self, role: Role, rank: u8, leaf: Leaf<'l>) {
        let before = self.slot(role).map(|(before, _)| before);
        if before.is_none_or(|before| rank < before) {
            if let Some(slot) = self.slot_mut(role) {
                *slot = Some((rank, leaf));
            }
            if role == Role::Forwarded {
                self.more_forwarded.clear();
            }
        } else if role == Role::Forwarded
            && before == Some(rank)
            && self.more_forwarded.len() < MOST_FORWARDED
        {
            self.more_forwarded.push(leaf);
        }
    }

    fn end_header(&mut self) {
        if let Header { name: Some(name), value: Some((side, leaf)) } = std::mem::take(&mut self.header) {
            self.put_header(side, &name.text(), leaf);
        }
    }

    fn put_header(&mut self, side: Side, name: &[u8], leaf: Leaf<'l>) {
        // The longest name below has 15 letters.
        let mut small = [0; 16];
        let Some(small) = small.get_mut(..name.len()) else { return };
        small.copy_from_slice(name);
        small.make_ascii_lowercase();
        let (role, rank) = match (side, &*small) {
            (Side::Request, b"host" | b":authority") => (Role::Host, HEADER),
            (Side::Request, b"user-agent") => (Role::Agent, HEADER),
            (Side::Request, b"referer") => (Role::Referer, HEADER),
            (Side::Request, b"authorization") => (Role::Authorization, HEADER),
            (Side::Request, b"cookie") => (Role::Cookie, HEADER),
            (Side::Request, b"content-type") => (Role::RequestType, HEADER),
            (Side::Request, b"content-length") => (Role::Received, HEADER),
            (Side::Request, b"x-forwarded-for") => (Role::Forwarded, HEADER),
            (Side::Request, b"forwarded") => (Role::Forwarded, HEADER + 1),
            (Side::Response, b"content-type") => (Role::ResponseType, HEADER),
            (Side::Response, b"content-length") => (Role::Sent, HEADER),
            _ => return,
        };
        self.put_ranked(role, rank, leaf);
    }

    /// The event of what was found. What cannot be read is left unsaid.
    pub(super) fn event(&self) -> Event<'l> {
        let mut event = Event {
            at: self.at.and_then(|(_, leaf)| value::time(leaf.raw())),
            is_zone_assumed: self.at.is_some_and(|(_, leaf)| scan::lacks_zone(leaf.raw())),
            user: text(self.user),
            host: text(self.host),
            status: self.status.and_then(|(_, leaf)| scan::status(leaf.raw())),
            sent: number(self.sent),
            received: number(self.received),
            micros: self.micros(),
            agent: text(self.agent),
            referer: text(self.referer),
            authorization: text(self.authorization),
            cookie: text(self.cookie),
            request_type: text(self.request_type),
            request_body: text(self.request_body),
            response_type: text(self.response_type),
            response_body: text(self.response_body),
            upstream: text(self.upstream),
            rules: self.rules.iter().map(|rule| rule.text()).collect(),
            id: text(self.id),
            forwarded: self.forwarded(),
            ..Event::default()
        };
        if let Some((_, leaf)) = self.client {
            event.client = scan::address(leaf.raw()).or_else(|| scan::address_of_pair(leaf.raw()));
        }
        self.request(&mut event);
        self.scheme(&mut event);
        // A response to HEAD says the length of a body that it has not.
        if self.sent.is_some_and(|(rank, _)| rank >= HEADER) && event.method.as_deref() == Some(b"HEAD") {
            event.sent = None;
        }
        event
    }

    fn forwarded(&self) -> Option<Text<'l>> {
        let (_, first) = self.forwarded?;
        let first = first.text();
        if self.more_forwarded.is_empty() {
            return Some(first);
        }
        // RFC 9110 section 5.3: lines of one header are one list.
        let mut list = first.into_owned();
        for more in &self.more_forwarded {
            list.extend_from_slice(b", ");
            list.extend_from_slice(&more.text());
        }
        Some(Cow::Owned(list))
    }

    /// Method, target, protocol, and what a URL tells besides.
    fn request(&self, event: &mut Event<'l>) {
        match self.request_line.map(|(_, leaf)| leaf.text()) {
            Some(Cow::Borrowed(line)) => scan::request(Raw { bytes: line, escaped: false }, event),
            Some(Cow::Owned(line)) => {
                let mut read = Event::default();
                scan::request(Raw { bytes: &line, escaped: false }, &mut read);
                let read = read.into_owned();
                (event.method, event.target, event.protocol) = (read.method, read.target, read.protocol);
            }
            None => {}
        }
        if let Some(method) = text(self.method) {
            event.method = Some(method);
        }
        if let Some((_, leaf)) = self.protocol {
            event.protocol = Some(value::protocol(leaf.text()));
        }
        if let Some(target) = text(self.target) {
            event.target = Some(target);
        } else if let Some(url) = text(self.url) {
            let parts = value::url(url);
            event.target = Some(parts.target);
            event.scheme = parts.scheme;
            event.host = event.host.take().or(parts.host);
        } else if let Some(path) = text(self.path).filter(|_| event.target.is_none()) {
            event.target = Some(value::target(path, text(self.query)));
        }
    }

    fn scheme(&self, event: &mut Event<'l>) {
        if let Some(scheme) = text(self.scheme) {
            event.scheme = Some(scheme);
        } else if let Some((_, leaf)) = self.tls {
            let off =
                [&b"off"[..], b"false", b"none"].iter().any(|word| leaf.raw().eq_ignore_ascii_case(word));
            event.scheme = Some(Cow::Borrowed(if off { b"http" } else { b"https" }));
        }
    }

    fn micros(&self) -> Option<u64> {
        let of = |slot: Slot<'l>, places| slot.and_then(|(_, leaf)| value::decimal(leaf.raw(), places));
        of(self.seconds, 6)
            .or_else(|| of(self.millis, 3))
            .or_else(|| of(self.micros, 0))
            .or_else(|| of(self.nanos, -3))
            // Some products can be told to write a unit where a bare number of seconds is the default.
            .or_else(|| self.span.or(self.seconds).and_then(|(_, leaf)| value::span(leaf.raw())))
    }
}

fn text(slot: Slot<'_>) -> Option<Text<'_>> {
    slot.map(|(_, leaf)| leaf.text())
}

fn number(slot: Slot<'_>) -> Option<u64> {
    slot.and_then(|(_, leaf)| value::decimal(leaf.raw(), 0))
}
