//! How many sessions of one address or network usually meet strangers: of a household one in a month, of an
//! office of a thousand people a hundred on the first day of a gateway, while nobody is known yet.
//!
//! It begins at a cap and only falls, like the baseline of an endpoint (see `volume`); a network that
//! appears later was silent since the gateway began, so it starts tight. What sessions meet within it is no
//! evidence against the network around them in the slow test of new objects; whoever has no session is
//! counted as ever.

use crate::codec::{Reader, Writer};
use crate::detectors::volume::Baseline;
use crate::settings::Standing;

const HOUR_SECS: u64 = 3600;

/// What is usual of one network. About 200 bytes; only networks with sessions that met strangers have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Usual {
    pub(crate) sessions: Baseline,
    /// Units that sessions met lately, times the seconds of an hour, and when that was.
    met: u64,
    at: u32,
    least: u32,
}

impl Usual {
    /// Of a network in which nothing was seen since `since`.
    pub(crate) fn new(standing: Standing, since: u32) -> Self {
        let [least, cap] = standing.sessions_per_hour();
        Self { sessions: Baseline::from(cap, least, since), met: 0, at: since, least }
    }

    /// Takes in that a session met strangers worth `units`; how many of them are beyond what is usual.
    pub(crate) fn beyond(&mut self, now: u32, units: u32) -> u32 {
        self.sessions.roll(now);
        // What every network bears is in the tests themselves.
        let extra = u64::from(self.sessions.rate().saturating_sub(self.least));
        let gone = u64::from(now.saturating_sub(self.at)).saturating_mul(extra);
        self.met = self.met.saturating_sub(gone);
        self.at = self.at.max(now);
        let after = self.met.saturating_add(u64::from(units).saturating_mul(HOUR_SECS));
        if after > extra.saturating_mul(HOUR_SECS) {
            return units;
        }
        self.met = after;
        0
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        let Self { sessions, met, at, least } = self;
        sessions.save(out);
        out.u64(*met);
        out.u32(*at);
        out.u32(*least);
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self { sessions: Baseline::load(from)?, met: from.u64()?, at: from.u32()?, least: from.u32()? })
    }
}
