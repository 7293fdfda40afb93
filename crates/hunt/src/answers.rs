//! What answers say of their endpoint: whether it asks for names, whether it ignores endings, how it fares.

use domain::{Method, Timestamp};
use events::Event;

use crate::download;
use crate::hunt::Hunt;
use crate::matter::{Ending, Matter, is_about_people};
use crate::routes::Routes;

/// Endpoints that stopped asking, storms, and unusual hours: as many of each.
const MOST_NOTES: usize = 1000;

impl Hunt {
    /// Whether what ends like an asset behind an id is one: an endpoint that answers without the ending too
    /// ignores it. A picture beside a record (`/users/7` and `/users/7.png`) is told from it by its size; of
    /// a style, the words tell before anybody asked without it.
    pub(crate) fn only_shows(
        &mut self,
        ending: Ending,
        method: &Method,
        segments: &[&str],
        sent: Option<u64>,
    ) -> bool {
        let at = self.routes.find(method, segments, false, 0, |_, _| {});
        match self.routes.door(at).filter(|_| at != Routes::UNSEEN) {
            Some(door) if door.matter() > Matter::Data => true,
            Some(door) if ending == Ending::PictureAfterId => !door.answers.are_like(sent),
            Some(_) => false,
            None => ending == Ending::PictureAfterId || !segments.iter().any(|part| is_about_people(part)),
        }
    }

    /// Whether an answer of this size counts there, whatever its request says.
    pub(crate) fn is_download(&self, door: u32, sent: Option<u64>) -> bool {
        sent.is_some_and(|sent| sent >= download::LARGE)
            && self.routes.door(door).is_some_and(|door| door.downloads.is_some())
    }

    /// Notes whether an exchange was let in, with a name or without.
    pub(crate) fn asked(&mut self, door: u32, event: &Event<'_>) {
        let is_named = event.user.as_deref().is_some_and(|user| !user.is_empty());
        if let Some(known) = self.routes.door_mut(door) {
            known.gate.take(event.status.unwrap_or(0), is_named || event.authorization.is_some());
        }
    }

    /// Notes what an endpoint answered.
    pub(crate) fn answered(
        &mut self,
        door: u32,
        status: u16,
        sent: Option<u64>,
        network: u64,
        at: Timestamp,
    ) {
        let Some(known) = self.routes.door_mut(door) else { return };
        known.count.take(status, sent.unwrap_or(0), at);
        if let Some(storm) = known.storms.take(status, at)
            && self.storms.len() < MOST_NOTES
        {
            self.storms.push((door, storm));
        }
        if door != Routes::UNSEEN
            && known.matter() < Matter::Page
            && (200..300).contains(&status)
            && let Some(hour) = self.weeks.take(door, at)
            && self.unusual.len() < MOST_NOTES
        {
            self.unusual.push((door, hour));
        }
        if door != Routes::UNSEEN
            && known.matter() < Matter::Page
            && let Some(stopped) = known.asks.take(status, network, at)
            && self.stopped.len() < MOST_NOTES
        {
            self.stopped.push((door, stopped));
        }
    }
}
