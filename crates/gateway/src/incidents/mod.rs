//! Between the walk and `respond`: what is in force is asked on the way of an exchange, and everything
//! else happens beside it.
//!
//! An exchange asks [`Incidents::in_force`], a snapshot without locks, and afterwards leaves what it was
//! in one of two queues. The [`desk`] takes it from there, alone: it makes incidents, decides on actions,
//! writes them to the state folder, and puts a new snapshot into force. No exchange waits for it.
//!
//! Bounds: 1,024 exchanges of which something is to be said, 8,192 others, 16 questions of people. What
//! finds no room is counted: of the others it makes a prediction coarser, a lost signal is an ERROR.

mod by_hand;
mod concerned;
mod desk;
mod settings;
mod tell;

use std::path::Path;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use detect::{CallerKind, Said};
use domain::{ClassSet, Endpoint, ExchangeId, Timestamp};
use http::HeaderValue;
use ledger::DigestKey;
use respond::{Facts, InForce, Incident, Seen};
use smallvec::SmallVec;
use store::{IncidentFile, IncidentFileError};
use telemetry::{HeardWord, Occurrence};
use tokio::sync::mpsc;

use self::desk::Desk;
use crate::settle::Acting;
use crate::{clock, locked};

pub use self::by_hand::{Answer, Ask, Sentence, Step, Wanted};
pub use self::desk::attend;
pub use self::settings::{Mode as RespondMode, Settings as RespondSettings};

/// Who wants to hear of incidents: called beside the exchanges for every state of one (opened, grew,
/// acted upon, contained, closed), and at a start for each that is not closed. It should not wait.
pub type IncidentHook = Arc<dyn Fn(&Incident, News) + Send + Sync>;

/// What a state of an incident is to whoever hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It was opened just now: nobody can have heard of it.
    Opened,
    /// It was told before, by this process or by an earlier one.
    Goes,
}

/// Exchanges that wait with signals, or with what a half-open action learns from them.
const MOST_SPOKEN: usize = 1024;
/// Other exchanges that wait.
const MOST_TRAFFIC: usize = 8192;
/// Questions of people that wait.
const MOST_ASKED: usize = 16;

/// The side of the exchanges.
pub(crate) struct Incidents {
    in_force: ArcSwap<InForce>,
    settings: ArcSwap<RespondSettings>,
    spoken: mpsc::Sender<Spoken>,
    traffic: mpsc::Sender<Passed>,
    asked: mpsc::Sender<desk::Asked>,
    /// Incidents that are not closed.
    open: std::sync::atomic::AtomicUsize,
    /// Until somebody attends to it.
    desk: Mutex<Option<Desk>>,
}

/// An exchange after its answer, without what nobody needs of it.
#[derive(Debug)]
pub(crate) struct Passed {
    pub(crate) exchange: ExchangeId,
    pub(crate) at: Timestamp,
    pub(crate) facts: Facts,
    pub(crate) endpoint: Arc<Endpoint>,
    /// `User-Agent`, digested beside the exchange.
    pub(crate) agent: Option<HeaderValue>,
    pub(crate) ids: SmallVec<[u64; 8]>,
    pub(crate) strangers: u32,
    pub(crate) public: bool,
    pub(crate) declared: bool,
    pub(crate) classes: ClassSet,
    pub(crate) missed: bool,
    /// Whether an action refused it: then it is no traffic from which innocents are predicted.
    pub(crate) refused: bool,
    /// Whether a half-open action let it through.
    pub(crate) trickled: bool,
}

/// An exchange of which something is to be said.
#[derive(Debug)]
struct Spoken {
    passed: Passed,
    said: Said,
}

impl Passed {
    fn seen(&self, key: &DigestKey) -> Seen<'_> {
        let agent = self.agent.as_ref().and_then(|agent| agent.to_str().ok());
        Seen {
            at: self.at,
            facts: self.facts,
            endpoint: &self.endpoint,
            agent: agent.map(|agent| key.agent(agent)),
            ids: self.ids.clone(),
            strangers: self.strangers,
            public: self.public,
            declared: self.declared,
            classes: self.classes,
            missed: self.missed,
        }
    }
}

impl Incidents {
    /// What was kept in the state folder, in force again.
    ///
    /// # Errors
    /// When the file cannot be opened or made: what a person closed would be open.
    pub(crate) fn open(
        settings: RespondSettings,
        folder: &Path,
        seed: u64,
        hook: Option<IncidentHook>,
    ) -> Result<Self, IncidentFileError> {
        let now = clock::now();
        let (file, found) = IncidentFile::open(folder, now)?;
        let response = desk::restored(settings.engine(), seed, found, now);
        let in_force = response.in_force();
        let open = desk::open(&response);
        let (spoken, from_spoken) = mpsc::channel(MOST_SPOKEN);
        let (traffic, from_traffic) = mpsc::channel(MOST_TRAFFIC);
        let (asked, from_asked) = mpsc::channel(MOST_ASKED);
        let desk = Desk::new(response, file, hook, (from_spoken, from_traffic, from_asked));
        Ok(Self {
            in_force: ArcSwap::from_pointee(in_force),
            settings: ArcSwap::from_pointee(settings),
            spoken,
            traffic,
            asked,
            open: open.into(),
            desk: Mutex::new(Some(desk)),
        })
    }

    pub(crate) fn reload(&self, settings: RespondSettings) {
        self.settings.store(Arc::new(settings));
    }

    /// Whether anything is or may come into force by itself.
    pub(crate) fn is_on(&self) -> bool {
        self.settings.load().mode != RespondMode::Off || !self.in_force.load().is_empty()
    }

    /// Actions in force, and incidents that are not closed.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        (self.in_force.load().len(), self.open.load(std::sync::atomic::Ordering::Relaxed))
    }

    /// Judges a request, before the upstream is asked.
    pub(crate) fn judge(&self, facts: impl FnOnce() -> Facts) -> Acting {
        Acting::on_request(&self.in_force.load(), facts, clock::now())
    }

    /// Judges an answer that tells of so many strangers, before its first byte leaves.
    pub(crate) fn judge_answer(&self, facts: Option<&Facts>, strangers: u32) -> Acting {
        Acting::on_answer(&self.in_force.load(), facts, strangers, clock::now())
    }

    /// Takes in what an exchange was. It never waits: what finds no room is counted.
    pub(crate) fn hear(&self, passed: Passed, said: &Said) {
        let heard = &telemetry::metrics().heard;
        if said.is_empty() && !passed.trickled {
            if !passed.refused {
                let taken = self.traffic.try_send(passed).is_ok();
                heard.add(if taken { HeardWord::Taken } else { HeardWord::Dropped }, 1);
            }
            return;
        }
        let exchange = passed.exchange;
        match self.spoken.try_send(Spoken { passed, said: said.clone() }) {
            Ok(()) => heard.add(HeardWord::Taken, 1),
            Err(_) => telemetry::SignalsDropped { exchange }.emit(),
        }
    }

    /// Asks what a person asks.
    pub(crate) async fn ask(&self, ask: Ask) -> Result<Answer, Sentence> {
        let (answer, answered) = tokio::sync::oneshot::channel();
        let busy = || Sentence::of("the gateway is busy with other questions, or stops").help("ask again");
        self.asked.try_send(desk::Asked { ask, answer }).map_err(|_| busy())?;
        answered.await.map_err(|_| busy())?
    }

    fn take_desk(&self) -> Option<Desk> {
        locked(&self.desk).take()
    }
}

/// Whether reading of strangers is the caller's work: a partner, or a role with a budget of its own.
pub(crate) fn works(caller: CallerKind, has_role: bool) -> bool {
    caller == CallerKind::Partner || has_role
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(trickled: bool) -> Passed {
        let endpoint: Endpoint = "GET /orders/{id}".parse().unwrap();
        let client = "192.0.2.7".parse().unwrap();
        Passed {
            exchange: ExchangeId::new(1),
            at: Timestamp::from_secs(1_800_000_000),
            facts: Seen::quiet(Timestamp::from_secs(1_800_000_000), client, &endpoint).facts,
            endpoint: Arc::new(endpoint),
            agent: None,
            ids: SmallVec::new(),
            strangers: 0,
            public: false,
            declared: false,
            classes: ClassSet::EMPTY,
            missed: false,
            refused: false,
            trickled,
        }
    }

    #[test]
    fn a_flood_of_traffic_takes_no_room_from_what_is_to_be_said_and_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let incidents = Incidents::open(RespondSettings::default(), folder.path(), 7, None).unwrap();
        let heard = &telemetry::metrics().heard;
        for _ in 0..MOST_TRAFFIC + 5 {
            incidents.hear(passed(false), &Said::new());
        }
        assert_eq!(heard.of(HeardWord::Dropped), 5);
        incidents.hear(passed(true), &Said::new());
        assert_eq!(heard.of(HeardWord::SignalsDropped), 0, "there is room for what is to be said");
        for _ in 0..MOST_SPOKEN {
            incidents.hear(passed(true), &Said::new());
        }
        assert_eq!(heard.of(HeardWord::SignalsDropped), 1);
    }
}
