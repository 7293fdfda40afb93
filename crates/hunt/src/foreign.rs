//! What a line of somebody else's log shows of an exchange, as the detectors see it.
//!
//! Objects, pages and templates are read by the gateway's own code. Who an answer tells of is not in such a
//! log, so that this stands for it, and nothing more:
//!
//! - a success at an endpoint that is about people or data, for an object that this client did not ask for
//!   within thirty days, counts as one stranger for each object named, *at most*;
//! - a page that it did not ask for counts as many as the request says that a page has, else as ten;
//! - where the page stands in a body that the log lacks, the trail that it leaves ([`crate::hidden`]) does,
//!   and where the sizes of answers repeat, a hundred at a quick pace do, of somebody without a name;
//! - where nothing says of what an answer is, its size does, if it is large ([`crate::download`]).
//!
//! Not counted: what a session reads that is no more than twice what nine in ten of its peers do (its own
//! records, and before peers are known the first two objects); endpoints whose objects are everybody's;
//! pages for browsers that name no object; assets and health checks.

use domain::{ObjectRef, ObjectRefPlace, PageRef};
use reading::attributes::Attributes;
use smallvec::SmallVec;

use crate::doors::Door;
use crate::download;
use crate::hash::mix;
use crate::hidden::{self, Hidden};
use crate::matter::Matter;
use crate::moment::Basis;
use crate::passes::Passes;
use crate::tables::{Asked, Pair, Pairs, Shared};

/// Objects that are let pass as its own of one address in a month before any peer is known.
const OWN_PER_ADDRESS: u16 = 10;
/// Sessions' worth of own objects of one address at one door.
const SESSIONS_PER_ADDRESS: u16 = 3;
/// Answers of a trail before it counts.
const TRAIL: u16 = 8;
/// Answers in a row, at a pace that no person has, before they count whatever their sizes.
const ROW: u32 = 100;
/// Places of the tables: objects that clients asked for, sessions at doors, objects of several networks.
const ASKED: usize = 1 << 21;
const PAIRS: usize = 1 << 20;
const SHARED: usize = 1 << 18;
/// Most that one page is said to hold.
const MOST_PAGE: u32 = 100_000;

/// Tables that say what is new to whom.
#[derive(Debug)]
pub(crate) struct Memory {
    asked: Asked,
    pairs: Pairs,
    shared: Shared,
    hidden: Hidden,
    passes: Passes,
}

/// A request, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking<'a> {
    /// Hash of principal or address.
    pub(crate) source: u64,
    /// Hash of address, user agent, cookie and token.
    pub(crate) session: u64,
    pub(crate) network: u64,
    pub(crate) day: u16,
    /// Seconds since 1970.
    pub(crate) at: u64,
    /// Days since the log began.
    pub(crate) since: u16,
    pub(crate) objects: &'a [ObjectRef],
    /// Whether it names all of them by e-mail.
    pub(crate) is_look_up: bool,
    pub(crate) page: Option<PageRef>,
    pub(crate) page_size: Option<u32>,
    pub(crate) sent: Option<u64>,
    /// Bytes of the answer without its headers, as far as that is known.
    pub(crate) body: Option<u64>,
    pub(crate) received: Option<u64>,
    /// Whether it can have a body that the log does not have.
    pub(crate) has_hidden_body: bool,
    /// Whether a quick pace speaks against it: see [`crate::hunt::Hunt::is_judged_by_pace`].
    pub(crate) is_judged_by_pace: bool,
    /// Hash of the target.
    pub(crate) target: u64,
    /// Whether its user agent announces a crawler.
    pub(crate) is_crawler: bool,
}

/// What an answer told, as far as can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// For the detectors.
    pub(crate) strangers: u32,
    pub(crate) least: u32,
    pub(crate) most: Option<u32>,
    pub(crate) basis: Basis,
    /// What the answer was about, so that what many networks read counts as published.
    pub(crate) about: u64,
    /// The page, where it is a hidden one.
    pub(crate) page: Option<u64>,
    /// Whether the caller asked for it before.
    pub(crate) is_again: bool,
    /// Whether it would have passed as the caller's own, but for a crowd.
    pub(crate) is_crowded: bool,
}

/// Whether there is room for an object among a session's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Own,
    /// Not at this endpoint: too many others came today.
    Crowded,
    None,
}

impl Evidence {
    pub(crate) const NONE: Self = Self {
        strangers: 0,
        least: 0,
        most: Some(0),
        basis: Basis::Nothing,
        about: 0,
        page: None,
        is_again: false,
        is_crowded: false,
    };
    const AGAIN: Self = Self { is_again: true, ..Self::NONE };
}

impl Memory {
    pub(crate) const MOST_BYTES: usize = ASKED * size_of::<u64>()
        + PAIRS * size_of::<Pair>()
        + SHARED * size_of::<u64>()
        + Hidden::MOST_BYTES
        + Passes::MOST_BYTES;

    pub(crate) fn new() -> Self {
        Self {
            asked: Asked::new(ASKED),
            pairs: Pairs::new(PAIRS),
            shared: Shared::new(SHARED),
            hidden: Hidden::new(),
            passes: Passes::new(),
        }
    }

    /// Weighs a success.
    pub(crate) fn weigh(&mut self, door: &mut Door, asking: &Asking<'_>) -> Evidence {
        // A health check names no object: one that does is a page like any other.
        let matter = Some(door.matter()).filter(|matter| *matter != Matter::Idle).unwrap_or(Matter::Page);
        if matter >= Matter::Catalogue
            || matter == Matter::Page && (asking.objects.is_empty() || asking.is_crawler)
        {
            return Evidence::NONE;
        }
        if !asking.objects.is_empty() {
            return self.objects(door, asking);
        }
        if let Some(page) = asking.page {
            return self.page(door, asking, page);
        }
        let trail = if asking.has_hidden_body { self.hidden(door, asking) } else { Evidence::NONE };
        if trail == Evidence::NONE { self.download(door, asking) } else { trail }
    }

    fn download(&mut self, door: &mut Door, asking: &Asking<'_>) -> Evidence {
        let sent = asking.sent.filter(|sent| *sent >= download::LARGE);
        let (Some(sent), Some(downloads)) = (sent, &mut door.downloads) else { return Evidence::NONE };
        let about = mix(door.key ^ 4, asking.target);
        if !self.asked.is_new(asking.source, about, asking.day) {
            return Evidence::AGAIN;
        }
        downloads.note(asking.network);
        let (pair, _) = self.pairs.of(asking.session, door.key ^ 4, asking.day);
        if downloads.is_usual(&mut pair.distinct, sent, asking.day) || downloads.are_public() {
            return Evidence::NONE;
        }
        let strangers = download::records(sent).clamp(1, MOST_PAGE);
        // What is the same for another caller may be other records.
        let about = mix(about, asking.source);
        let most = hidden::most_records(Some(sent));
        Evidence { strangers, least: 0, most, basis: Basis::Bytes, about, ..Evidence::NONE }
    }

    fn objects(&mut self, door: &mut Door, asking: &Asking<'_>) -> Evidence {
        let Asking { source, session, day, .. } = *asking;
        let values = asking.objects.iter().map(|object| object.digest.short()).fold(0, mix);
        let about = mix(door.resource, values);
        if !self.asked.is_new(source, about, day) {
            return Evidence::AGAIN;
        }
        let is_shared = self.shared.meet(about, asking.network);
        let (pair, is_new) = self.pairs.of(session, door.key, day);
        pair.distinct = pair.distinct.saturating_add(1);
        let distinct = pair.distinct;
        if is_new {
            door.vote(is_shared);
        }
        door.objects.note(distinct, day);
        // `/users/7/orders/9` is one record; `?ids=7,8,9` with a name each are three.
        let listed = asking.objects.iter().filter(|one| one.place != ObjectRefPlace::Path).count();
        let count = u32::try_from(listed).unwrap_or(1).max(1);
        let at_once = u16::try_from(count).unwrap_or(u16::MAX);
        let room = self.room(door, asking, distinct.max(at_once));
        if room == Room::Own {
            return Evidence::NONE;
        }
        let most = hidden::most_records(asking.sent).map(|most| most.max(count));
        let is_crowded = room == Room::Crowded;
        Evidence {
            strangers: count,
            least: 1,
            most,
            basis: Basis::Object,
            about,
            is_crowded,
            ..Evidence::NONE
        }
    }

    /// Whether an object passes as the session's own: see the module's head.
    fn room(&mut self, door: &mut Door, asking: &Asking<'_>, distinct: u16) -> Room {
        let Asking { source, day, .. } = *asking;
        let allowance = door.objects.allowance();
        if asking.is_look_up {
            let passes = self.passes.look_up(mix(source, door.key ^ 5), asking.since, allowance);
            return if passes { Room::Own } else { Room::None };
        }
        if distinct > allowance {
            return Room::None;
        }
        let (pair, _) = self.pairs.of(source, door.key ^ 1, day);
        if pair.own >= allowance.saturating_mul(SESSIONS_PER_ADDRESS) {
            return Room::None;
        }
        pair.own = pair.own.saturating_add(1);
        if !door.objects.is_known() {
            let (all, _) = self.pairs.of(source, 1, day);
            all.own = all.own.saturating_add(1);
            if all.own > OWN_PER_ADDRESS {
                return Room::None;
            }
        }
        let network = mix(asking.network, door.key);
        match self.passes.pass(network, asking.since, allowance) {
            None => Room::None,
            // On the first day everybody is new.
            Some(is_known) if is_known || door.own.pass_of_all(asking.since) => Room::Own,
            Some(_) => Room::Crowded,
        }
    }

    fn page(&mut self, door: &mut Door, asking: &Asking<'_>, page: PageRef) -> Evidence {
        let number = match page {
            PageRef::Number(number) => number,
            PageRef::Cursor(digest) => digest.short(),
        };
        let about = mix(door.key, number);
        if !self.asked.is_new(asking.source, about, asking.day) {
            return Evidence::AGAIN;
        }
        let (pair, _) = self.pairs.of(asking.session, door.key ^ 2, asking.day);
        pair.distinct = pair.distinct.saturating_add(1);
        let distinct = pair.distinct;
        door.pages.note(distinct, asking.day);
        let allowance = door.pages.allowance();
        if distinct <= allowance {
            // Another token each time is no other session each time.
            let (pair, _) = self.pairs.of(asking.source, door.key ^ 3, asking.day);
            pair.own = pair.own.saturating_add(1);
            if pair.own <= allowance.saturating_mul(SESSIONS_PER_ADDRESS) {
                return Evidence::NONE;
            }
        }
        let by_size = hidden::most_records(asking.sent);
        let most = match (asking.page_size, by_size) {
            (Some(size), Some(most)) => Some(size.min(most)),
            (size, most) => size.or(most),
        };
        let usual = asking.page_size.unwrap_or(hidden::PAGE);
        let strangers = most.map_or(usual, |most| usual.min(most)).clamp(1, MOST_PAGE);
        // What is shorter than a record holds none, and nobody says so where the log has no sizes.
        let least = u32::from(asking.body.is_some_and(|body| body >= hidden::LEAN_RECORD));
        Evidence { strangers, least, most, basis: Basis::Page, about, ..Evidence::NONE }
    }

    fn hidden(&mut self, door: &mut Door, asking: &Asking<'_>) -> Evidence {
        let key = mix(asking.source, door.key);
        let (Some(sent), Some(body)) = (asking.sent, asking.body) else { return Evidence::NONE };
        let Some(trail) = self.hidden.take(key, [body, sent], asking.received, asking.at) else {
            return Evidence::NONE;
        };
        if trail.is_another {
            door.hidden.note(trail.distinct, asking.day);
        }
        let least = if trail.digits { TRAIL / 2 } else { TRAIL };
        let usual = if door.hidden.is_known() { door.hidden.usual().saturating_mul(3) } else { 0 };
        let can_hold_page = body >= hidden::LEAN_RECORD * u64::from(hidden::PAGE);
        // What cannot hold a page tells of a walk only where the requests count.
        let of_sizes = trail.is_another
            && trail.narrow
            && trail.distinct >= least.max(usual)
            && (trail.digits || can_hold_page);
        let of_pace = asking.is_judged_by_pace && trail.narrow && trail.row > ROW && can_hold_page;
        let (basis, nth) = match (of_sizes, of_pace) {
            (true, _) => (Basis::Sizes, u64::from(trail.distinct)),
            (_, true) => (Basis::Pace, u64::from(trail.row) << 32),
            _ => return Evidence::NONE,
        };
        self.hidden.counts(key);
        Evidence {
            strangers: hidden::most_records(Some(body)).map_or(hidden::PAGE, |most| most.min(hidden::PAGE)),
            // Neither proves anything.
            least: 0,
            most: hidden::most_records(Some(trail.uncounted)),
            basis,
            about: mix(door.key, mix(asking.source, nth)),
            page: Some(mix(sent, asking.received.unwrap_or(0) ^ if of_sizes { 0 } else { nth })),
            ..Evidence::NONE
        }
    }
}

/// The number of records that a request wants on a page, where it says so.
pub(crate) fn page_size(attributes: &Attributes<'_>) -> Option<u32> {
    let named = attributes.list().iter().filter_map(|attribute| {
        let name = attribute.name.rsplit('.').next().unwrap_or(&attribute.name);
        let name: SmallVec<[u8; 16]> = name
            .bytes()
            .filter(u8::is_ascii_alphanumeric)
            .take(16)
            .map(|byte| byte.to_ascii_lowercase())
            .collect();
        let is_size = matches!(
            name.as_slice(),
            b"limit"
                | b"pagesize"
                | b"perpage"
                | b"size"
                | b"count"
                | b"take"
                | b"first"
                | b"top"
                | b"maxresults"
                | b"num"
                | b"rows"
                | b"pagelimit"
        );
        attribute.value.text().filter(|_| is_size)?.parse::<u32>().ok()
    });
    named.max().map(|size| size.clamp(1, MOST_PAGE))
}
