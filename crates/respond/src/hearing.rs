//! What an exchange does to incidents and actions, in the one order that there is.
//!
//! The gateway's desk does this beside the exchanges and a simulation in their row: both run this code.

use detect::Signal;
use domain::Timestamp;

use crate::response::{Response, Told};
use crate::seen::Seen;

/// How an exchange ended, as far as actions had to do with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// An action refused it: then it is no traffic from which innocents are predicted.
    pub refused: bool,
    /// A half-open action let it through.
    pub trickled: bool,
}

/// Takes an exchange in after its answer, and what was said of it. `changed` is called with what each
/// step changed, and with the place of the signal that changed it, before the next step: whoever puts
/// actions into force does it there.
pub fn hear<'s, D: AsMut<Response>>(
    desk: &mut D,
    seen: &Seen<'_>,
    ended: Ended,
    said: impl IntoIterator<Item = &'s Signal>,
    now: Timestamp,
    mut changed: impl FnMut(&mut D, &Told, Option<usize>),
) {
    if !ended.refused {
        desk.as_mut().saw(seen);
    }
    if ended.trickled {
        let told = desk.as_mut().showed(seen, now);
        changed(desk, &told, None);
    }
    for (nth, signal) in said.into_iter().enumerate() {
        let told = desk.as_mut().observe(std::slice::from_ref(signal), seen, now);
        changed(desk, &told, Some(nth));
    }
}
