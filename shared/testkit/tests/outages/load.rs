//! A CRM under load that never gives up: it connects again, and sends an event again under the
//! same id until the outcome is there, as the contract's page advises.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use twofactor_testkit::authenticator::STEP;
use twofactor_testkit::person::ADMIN;
use twofactor_testkit::{Authenticator, Crm, CrmEvent, Institution, Outcome, Person};

/// The time that a reply may take before the event is sent once more.
const PATIENCE: Duration = Duration::from_secs(5);
/// The wait before the CRM tries again what could not be sent.
const PAUSE: Duration = Duration::from_millis(200);
/// 50 events a second.
const PERIOD: Duration = Duration::from_millis(20);
/// People with an app.
const PEOPLE: usize = 24;

/// A connection to the broker that is made anew whenever it is lost.
pub struct Line {
    url: String,
    crm: Mutex<Option<Arc<Crm>>>,
    /// Count of events that were sent again.
    pub resent: AtomicUsize,
}

impl Line {
    /// Connects to the broker at that URL.
    pub fn to(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            crm: Mutex::new(None),
            resent: AtomicUsize::new(0),
        }
    }

    async fn crm(&self) -> Arc<Crm> {
        let mut kept = self.crm.lock().await;
        loop {
            if let Some(crm) = kept.as_ref().filter(|crm| crm.is_connected()) {
                return Arc::clone(crm);
            }
            let connecting = tokio::time::timeout(PATIENCE, Crm::connect(&self.url));
            match connecting.await {
                Ok(Ok(crm)) => *kept = Some(Arc::new(crm.patient_for(PATIENCE))),
                // A broker that is away cannot be awaited.
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Returns the outcome, however often the event must be sent.
    pub async fn ask(&self, event: &CrmEvent) -> Outcome {
        loop {
            let crm = self.crm().await;
            if let Ok(outcome) = crm.ask(&event.again()).await {
                return outcome;
            }
            self.resent.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// One event that was answered.
pub struct Answered {
    /// The event.
    pub event: CrmEvent,
    /// Its outcome.
    pub outcome: Outcome,
}

/// A load: a mix of everything that a CRM sends all day.
pub struct Load {
    line: Arc<Line>,
    institution: Institution,
    people: Vec<(Person, Authenticator)>,
    last_step: HashMap<String, i64>,
    sent: JoinSet<Vec<Answered>>,
}

impl Load {
    /// Sets up an institution and people with an app.
    pub async fn prepare(line: &Arc<Line>) -> Self {
        let crm = line.crm().await;
        let institution = Institution::strict(&crm).await.expect("a policy");
        let set_ups = (0..PEOPLE).map(async |_| {
            let person = institution.person().in_session("set-up");
            let (app, _) = person.set_up_totp(&crm).await.expect("an app");
            (person, app)
        });
        let people = join_all(set_ups).await;
        let step = Timestamp::now().as_second().div_euclid(STEP);
        let last_step = people.iter().map(|(person, _)| (person.user.clone(), step));
        let last_step = last_step.collect();
        Self {
            line: Arc::clone(line),
            institution,
            people,
            last_step,
            sent: JoinSet::new(),
        }
    }

    /// Sends 50 events a second until that has happened.
    pub async fn run_until(&mut self, happened: impl Future<Output = ()>) {
        let mut ticks = tokio::time::interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut happened = std::pin::pin!(happened);
        for at in 0.. {
            tokio::select! {
                () = &mut happened => return,
                _ = ticks.tick() => self.send(at),
            }
        }
    }

    /// Waits until everything that was sent is answered.
    pub async fn finish(mut self) -> Vec<Answered> {
        let mut all = Vec::new();
        while let Some(answered) = self.sent.join_next().await {
            all.extend(answered.expect("no task fails"));
        }
        all
    }

    fn send(&mut self, at: usize) {
        let events = self.events(at);
        let line = Arc::clone(&self.line);
        self.sent.spawn(async move {
            let asked = events.iter().map(|event| line.ask(event));
            let outcomes = join_all(asked).await;
            let pairs = events.into_iter().zip(outcomes);
            pairs
                .map(|(event, outcome)| Answered { event, outcome })
                .collect()
        });
    }

    fn events(&mut self, at: usize) -> Vec<CrmEvent> {
        let fresh = self.institution.person();
        let (person, app) = self.people[at % PEOPLE].clone();
        match at % 10 {
            0 => self.one_code_twice(&person, &app),
            1..=4 => vec![person.anew().login()],
            5 | 6 => vec![fresh.login()],
            7 => vec![person.profile_for(ADMIN)],
            8 => vec![fresh.reset("a drill")],
            _ => vec![fresh.start_sms()],
        }
    }

    /// Returns two logins with the same unused code; a login without one if no code is
    /// left.
    fn one_code_twice(&mut self, person: &Person, app: &Authenticator) -> Vec<CrmEvent> {
        let now = Timestamp::now();
        let current = now.as_second().div_euclid(STEP);
        let last = self.last_step.get_mut(&person.user);
        let last = last.expect("a known person");
        let next = (*last + 1).max(current);
        if next > current + 1 {
            return vec![person.anew().login()];
        }
        *last = next;
        let code = app.code_steps_from(now, next - current);
        let login = || person.anew().login_by("totp", &code).at(now);
        vec![login(), login()]
    }
}
