//! Makes incidents of what exchanges leave, alone and beside them.
//!
//! One task on a thread of its own, ended by its stop signal: it owns the engine and the file, so there is
//! no lock that an exchange could wait for. The disk is written on another thread: while it hangs, signals
//! are still heard and acted upon.
//!
//! INVARIANT (said is kept): a person is told that an action is in force only when it is on disk too, or
//! told that it is not.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::{Timestamp, Window};
use respond::{Change, Ended, IncidentId, Phase, Response, State, Told};
use store::{FoundIncidents, IncidentFile, IncidentFileError, SetAside};
use telemetry::{Configured, DecidedWord, Occurrence};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::by_hand::{Answer, Ask, NAMED, Sentence, unknown};
use super::concerned;
use super::tell::{self, Scene};
use super::{IncidentHook, News, Passed, RespondMode, RespondSettings, Spoken};
use crate::{Gateway, clock};

/// How often traffic is taken in. Exchanges do not wake the desk for it.
const BEAT: Duration = Duration::from_millis(100);
/// Beats between two looks at what time alone does, and between two writes that nobody waits for.
const BEATS_PER_TICK: u32 = 10;

type Reply = oneshot::Sender<Result<Answer, Sentence>>;

/// A question, and where its answer goes.
pub(super) struct Asked {
    pub(super) ask: Ask,
    pub(super) answer: Reply,
}

type Queues = (mpsc::Receiver<Spoken>, mpsc::Receiver<Passed>, mpsc::Receiver<Asked>);
type Put = JoinHandle<(IncidentFile, Result<(), IncidentFileError>)>;

/// What the task owns.
pub(crate) struct Desk {
    response: Response,
    settings: Option<Arc<RespondSettings>>,
    hook: Option<IncidentHook>,
    /// Gone while it is written.
    file: Option<IncidentFile>,
    /// Counts changes: what is on disk is the state after so many.
    changes: u64,
    written: u64,
    /// Whether somebody waits for the next write.
    urgent: bool,
    is_kept: bool,
    /// Answers that wait for the disk, with the change that they tell of. Bound: those asked at a time.
    waiting: Vec<(u64, Answer, Reply)>,
    spoken: mpsc::Receiver<Spoken>,
    traffic: mpsc::Receiver<Passed>,
    asked: mpsc::Receiver<Asked>,
}

/// The engine as the state folder has it; what cannot be read is told.
pub(super) fn restored(
    settings: respond::Settings,
    seed: u64,
    found: FoundIncidents,
    now: Timestamp,
) -> Response {
    let FoundIncidents { kept, unreadable, aside } = found;
    if let Some(SetAside { path, why }) = aside {
        telemetry::IncidentsSetAside {
            file: Configured(&path.display().to_string()),
            cause: Configured(&why),
        }
        .emit();
    }
    if unreadable > 0 {
        telemetry::IncidentsUnreadable { rows: u64::from(unreadable) }.emit();
    }
    let Some(kept) = kept else { return Response::new(settings, seed) };
    match Response::restore(settings.clone(), seed, kept, now) {
        Ok(response) => {
            telemetry::IncidentsRestored {
                open: wide(open(&response)),
                actions: wide(response.in_force().len()),
            }
            .emit();
            response
        }
        Err(error) => {
            telemetry::IncidentsNotKept { cause: Configured(&error.to_string()) }.emit();
            Response::new(settings, seed)
        }
    }
}

/// Incidents that are not closed.
pub(super) fn open(response: &Response) -> usize {
    response.incidents().iter().filter(|incident| incident.state != State::Closed).count()
}

/// Attends to incidents until `stop` resolves; then what is known is on disk.
pub async fn attend(gateway: Arc<Gateway>, stop: impl Future<Output = ()> + Send + 'static) {
    let Some(desk) = gateway.incidents.take_desk() else { return };
    let handle = Handle::current();
    // A thread of its own: with many incidents one signal may take longer than a worker may be held up.
    // A panic of it leaves what is in force as it is, until it expires.
    let _ = tokio::task::spawn_blocking(move || handle.block_on(desk.run(&gateway, stop))).await;
}

impl AsMut<Response> for Desk {
    fn as_mut(&mut self) -> &mut Response {
        &mut self.response
    }
}

impl Desk {
    pub(super) fn new(
        response: Response,
        file: IncidentFile,
        hook: Option<IncidentHook>,
        queues: Queues,
    ) -> Self {
        let (spoken, traffic, asked) = queues;
        Self {
            response,
            settings: None,
            hook,
            file: Some(file),
            changes: 0,
            written: 0,
            urgent: false,
            is_kept: true,
            waiting: Vec::new(),
            spoken,
            traffic,
            asked,
        }
    }

    async fn run(mut self, gateway: &Gateway, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut beats = 0_u32;
        let mut put: Option<Put> = None;
        self.begin();
        loop {
            let writing = async {
                match put.as_mut() {
                    Some(put) => put.await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => break,
                ended = writing => {
                    put = None;
                    self.put_ended(ended);
                }
                Some(asked) = self.asked.recv() => self.answer(gateway, asked),
                Some(spoken) = self.spoken.recv() => self.hear(gateway, &spoken),
                _ = beat.tick() => {
                    beats = beats.wrapping_add(1);
                    self.beat(gateway, beats.is_multiple_of(BEATS_PER_TICK));
                    self.urgent |= beats.is_multiple_of(BEATS_PER_TICK);
                }
            }
            if put.is_none() && self.urgent {
                put = self.put();
            }
        }
        while let Ok(spoken) = self.spoken.try_recv() {
            self.hear(gateway, &spoken);
        }
        self.beat(gateway, true);
        if let Some(put) = put.take() {
            let ended = put.await;
            self.put_ended(ended);
        }
        if let Some(put) = self.put() {
            let ended = put.await;
            self.put_ended(ended);
        }
    }

    /// At a start whoever wants to hear of incidents hears of those that are open, and of those whose end a
    /// kill may have kept from them: it came in the last hour that is known of, and within a day.
    fn begin(&self) {
        let Some(hook) = &self.hook else { return };
        let incidents = || self.response.incidents().iter();
        let latest = incidents().map(|one| one.closed.unwrap_or(one.last).max(one.last)).max();
        let now = clock::now();
        let is_news = |closed: Timestamp| {
            now < closed.plus(Window::DAY) && latest.is_none_or(|latest| latest <= closed.plus(Window::HOUR))
        };
        let told = incidents().filter(|one| one.state != State::Closed || one.closed.is_some_and(is_news));
        told.for_each(|incident| hook(incident, News::Goes));
    }

    /// Takes in traffic; at a tick also what time alone does.
    fn beat(&mut self, gateway: &Gateway, is_tick: bool) {
        let key = gateway.ledger.digest_key();
        while let Ok(passed) = self.traffic.try_recv() {
            self.response.saw(&passed.seen(&key));
        }
        self.follow(gateway);
        if is_tick {
            let told = self.response.tick(clock::now());
            self.changed(gateway, &told, None);
        }
    }

    /// Puts other settings into force.
    fn follow(&mut self, gateway: &Gateway) {
        let settings = gateway.incidents.settings.load_full();
        if !self.settings.as_ref().is_some_and(|known| Arc::ptr_eq(known, &settings)) {
            self.response.reload(settings.engine());
            self.settings = Some(settings);
        }
    }

    fn hear(&mut self, gateway: &Gateway, Spoken { passed, said }: &Spoken) {
        self.follow(gateway);
        let seen = passed.seen(&gateway.ledger.digest_key());
        let now = clock::now();
        let ended = respond::HowEnded { refused: passed.refused, trickled: passed.trickled };
        let is_off = gateway.incidents.settings.load().mode == RespondMode::Off;
        let heard = said.iter().filter(|_| !is_off).map(|(signal, _)| signal);
        respond::hear(self, &seen, ended, heard, now, |desk, told, nth| {
            // What a signal adds to an incident is to be kept, also where nobody need hear of it.
            desk.changes += u64::from(nth.is_some());
            let group = nth.and_then(|nth| said.get(nth)).map(|(_, group)| *group);
            desk.changed(gateway, told, group);
        });
    }

    /// Tells what changed, and puts it into force.
    fn changed(&mut self, gateway: &Gateway, told: &Told, group: Option<detect::Grouped>) {
        if told.is_empty() {
            return;
        }
        self.changes += 1;
        if told.moves() {
            self.urgent = true;
            self.publish(gateway);
        }
        Scene { response: &self.response, group, mode: gateway.rules().mode }.tell(told);
        gateway.incidents.open.store(open(&self.response), Ordering::Relaxed);
        let worth = concerned::at_once(told, &self.response);
        // Whoever is told of an incident is told again after a kill: it must be on disk by then. What one more
        // signal adds is told later, if at all.
        self.urgent |= !worth.is_empty();
        let concerned: BTreeSet<_> = concerned::later(told, &self.response).chain(worth).collect();
        let is_new = |id: &IncidentId| told.changes.contains(&Change::Opened(*id));
        let (opened, others): (BTreeSet<_>, BTreeSet<_>) = concerned.into_iter().partition(is_new);
        self.pass_on(&opened, News::Opened);
        self.pass_on(&others, News::Goes);
    }

    fn pass_on(&self, concerned: &BTreeSet<IncidentId>, news: News) {
        if let Some(hook) = &self.hook {
            concerned
                .iter()
                .filter_map(|id| self.response.incidents().find(*id))
                .for_each(|one| hook(one, news));
        }
    }

    fn publish(&self, gateway: &Gateway) {
        gateway.incidents.in_force.store(Arc::new(self.response.in_force()));
    }

    /// Begins to write what changed; `None` where nothing did.
    fn put(&mut self) -> Option<Put> {
        self.urgent = false;
        if self.changes == self.written && self.is_kept {
            return None;
        }
        let mut file = self.file.take()?;
        let kept = self.response.kept();
        self.written = self.changes;
        Some(tokio::task::spawn_blocking(move || {
            let put = file.put(&kept);
            (file, put)
        }))
    }

    fn put_ended(
        &mut self,
        ended: Result<(IncidentFile, Result<(), IncidentFileError>), tokio::task::JoinError>,
    ) {
        let put = match ended {
            Ok((file, put)) => {
                self.file = Some(file);
                put.map_err(|error| chain(&error))
            }
            Err(error) => Err(error.to_string()),
        };
        match put {
            Ok(()) => {
                if !self.is_kept {
                    telemetry::IncidentsKeptAgain {}.emit();
                }
                self.is_kept = true;
            }
            Err(cause) => {
                telemetry::IncidentsNotKept { cause: Configured(&cause) }.emit();
                self.is_kept = false;
            }
        }
        let (kept, written) = (self.is_kept, self.written);
        let waiting = std::mem::take(&mut self.waiting);
        for (change, mut told, answer) in waiting {
            if change > written {
                self.urgent = true;
                self.waiting.push((change, told, answer));
                continue;
            }
            if let Answer::Action { kept: on_disk, .. } | Answer::Incident { kept: on_disk, .. } = &mut told {
                *on_disk = kept;
            }
            // Whoever does not listen any more asked all the same.
            let _ = answer.send(Ok(told));
        }
    }

    fn answer(&mut self, gateway: &Gateway, asked: Asked) {
        let Asked { ask, answer } = asked;
        let before = self.changes;
        match self.decide(gateway, ask) {
            Ok(told) if self.changes > before => {
                self.urgent = true;
                self.waiting.push((self.changes, told, answer));
            }
            // Whoever does not listen any more asked all the same.
            told => drop(answer.send(told)),
        }
    }

    fn decide(&mut self, gateway: &Gateway, ask: Ask) -> Result<Answer, Sentence> {
        let now = clock::now();
        self.beat(gateway, true);
        match ask {
            Ask::Read => {
                let acts = gateway.rules().mode.acts();
                Ok(Answer::State { state: Box::new(self.response.kept()), acts })
            }
            Ask::Predict(wanted) => {
                let (by_hand, remark) = wanted.read(gateway)?;
                if let Some(id) = by_hand.incident {
                    self.known(id)?;
                }
                self.response.judge(&by_hand, now)?;
                Ok(Answer::Predicted { innocents: self.response.predict(&by_hand, now), remark })
            }
            Ask::Act(wanted) => {
                let (by_hand, _) = wanted.read(gateway)?;
                if let Some(id) = by_hand.incident {
                    self.known(id)?;
                }
                let id = self.response.act(by_hand, now)?;
                self.by_hand(gateway, id);
                self.action(gateway, id)
            }
            Ask::Accept { action, who } => {
                self.response.accept(action, &who, now)?;
                self.by_hand(gateway, action);
                self.action(gateway, action)
            }
            Ask::Undo { action, who } => {
                self.response.undo(action, &who, now)?;
                self.moved(gateway);
                if let Some(Phase::Ended { how, .. }) =
                    self.response.actions().find(action).map(|one| &one.phase)
                {
                    tell::ended(action, how);
                }
                self.pass_on_action(action);
                self.action(gateway, action)
            }
            Ask::Note { incident, who, text } => {
                let chars = text.trim().chars().count();
                if chars > respond::MOST_NOTE {
                    let most = respond::MOST_NOTE;
                    let text = format!("a note has at most {most} characters, and this has {chars}");
                    return Err(Sentence::of(text).help("write several"));
                }
                if !self.response.note(incident, &who, &text, now) {
                    return Err(unknown(incident));
                }
                self.changes += 1;
                self.incident(incident)
            }
            // It waits for the disk, and changes no incident: it is answered where it arrives.
            Ask::Baseline { .. } => Err(Sentence::of("a baseline is no incident")),
            Ask::Close { incident, who } => {
                let id = self.known(incident)?;
                let about: Vec<_> = self
                    .response
                    .actions()
                    .iter()
                    .filter(|action| {
                        action.incident == Some(id) && !matches!(action.phase, Phase::Ended { .. })
                    })
                    .map(|action| action.id)
                    .collect();
                if !self.response.close(id, &who, now) {
                    let help =
                        format!("`tidegate incident show {id}` says since when; it opens again by itself");
                    return Err(Sentence::of(format!("{id} is closed already")).help(help));
                }
                self.moved(gateway);
                for action in about {
                    if let Some(Phase::Ended { how: how @ Ended::Undone { .. }, .. }) =
                        self.response.actions().find(action).map(|one| &one.phase)
                    {
                        tell::ended(action, how);
                    }
                }
                tell::closed(id, DecidedWord::Hand);
                self.pass_on(&[id].into(), News::Goes);
                self.incident(id)
            }
        }
    }

    /// A person put an action into force.
    fn by_hand(&mut self, gateway: &Gateway, id: respond::ActionId) {
        self.moved(gateway);
        Scene { response: &self.response, group: None, mode: gateway.rules().mode }.acted(id);
        self.pass_on_action(id);
    }

    fn moved(&mut self, gateway: &Gateway) {
        self.changes += 1;
        self.publish(gateway);
        gateway.incidents.open.store(open(&self.response), Ordering::Relaxed);
    }

    fn pass_on_action(&self, id: respond::ActionId) {
        let about = self.response.actions().find(id).and_then(|action| action.incident);
        self.pass_on(&about.into_iter().collect(), News::Goes);
    }

    fn known(&self, id: IncidentId) -> Result<IncidentId, Sentence> {
        self.response.incidents().find(id).map(|incident| incident.id).ok_or_else(|| unknown(id))
    }

    fn action(&self, gateway: &Gateway, id: respond::ActionId) -> Result<Answer, Sentence> {
        let action = self.response.actions().find(id).cloned();
        let acts = gateway.rules().mode.acts();
        action
            .map(|action| Answer::Action { action: Box::new(action), kept: false, acts })
            .ok_or_else(|| Sentence::of(format!("there is no {id}")).help(NAMED))
    }

    fn incident(&self, id: IncidentId) -> Result<Answer, Sentence> {
        let incident = self.response.incidents().find(id).cloned();
        incident
            .map(|incident| Answer::Incident { incident: Box::new(incident), kept: false })
            .ok_or_else(|| unknown(id))
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
