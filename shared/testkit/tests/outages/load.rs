//! A CRM under load that never gives up: it connects again, and sends an event again under the
//! same id until the outcome is there, as integrators are told to.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use twofactor_testkit::authenticator::STEP;
use twofactor_testkit::user::institution;
use twofactor_testkit::{Crm, CrmEvent, Outcome, User};

/// How long a reply may take before the event is sent once more.
const PATIENCE: Duration = Duration::from_secs(5);
/// Before the CRM tries again what could not be sent.
const PAUSE: Duration = Duration::from_millis(200);
/// 50 events a second.
const PERIOD: Duration = Duration::from_millis(20);
/// Users with an app.
const USERS: usize = 24;

/// A connection to the broker that is made anew whenever it is lost.
pub struct Line {
    url: String,
    crm: Mutex<Option<Arc<Crm>>>,
    /// How often an event was sent again.
    pub resent: AtomicUsize,
}

impl Line {
    /// To the broker at that URL.
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
                // A broker that is away has nothing to wait on.
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// The outcome, however often the event must be sent.
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
    /// What was sent.
    pub event: CrmEvent,
    /// What came back.
    pub outcome: Outcome,
}

/// What is sent: a mix of everything that a CRM sends all day.
pub struct Load {
    line: Arc<Line>,
    tenant: String,
    users: Vec<User>,
    last_step: HashMap<String, i64>,
    sent: JoinSet<Vec<Answered>>,
}

impl Load {
    /// Sets up an institution and users with an app.
    pub async fn prepare(line: &Arc<Line>) -> Self {
        let crm = line.crm().await;
        let tenant = institution(&crm, true).await.expect("a policy");
        let mut users: Vec<User> = (0..USERS).map(|_| User::of(&tenant)).collect();
        let set_ups = users.iter_mut().map(|user| user.set_up_app(&crm, "set-up"));
        for done in join_all(set_ups).await {
            done.expect("an app");
        }
        let step = Timestamp::now().as_second().div_euclid(STEP);
        let last_step = users.iter().map(|user| (user.user.clone(), step)).collect();
        Self {
            line: Arc::clone(line),
            tenant,
            users,
            last_step,
            sent: JoinSet::new(),
        }
    }

    /// Sends 50 events a second until that has happened.
    pub async fn run_until(&mut self, happened: impl Future<Output = ()>) {
        let mut ticks = tokio::time::interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut happened = std::pin::pin!(happened);
        for number in 0.. {
            tokio::select! {
                () = &mut happened => return,
                _ = ticks.tick() => self.send(number),
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

    fn send(&mut self, number: usize) {
        let events = self.events(number);
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

    fn events(&mut self, number: usize) -> Vec<CrmEvent> {
        let fresh = User::of(&self.tenant);
        let user = self.users[number % USERS].clone();
        let session = User::session();
        match number % 10 {
            0 => self.one_code_twice(&user),
            1..=4 => vec![user.login(&session)],
            5 | 6 => vec![fresh.login(&session)],
            7 => vec![user.event("profile.requested.v1", json!({"viewer_id": "admin"}))],
            8 => {
                let data = json!({"admin_id": "admin", "reason": "a drill"});
                vec![fresh.event("reset.requested.v1", data)]
            }
            _ => {
                let number = User::some_number();
                let data = json!({"session_id": session, "mobile_number": number});
                vec![fresh.event("enrollment.sms.started.v1", data)]
            }
        }
    }

    /// A code that was never used, in two events at once; a login without one where none is left.
    fn one_code_twice(&mut self, user: &User) -> Vec<CrmEvent> {
        let now = Timestamp::now();
        let current = now.as_second().div_euclid(STEP);
        let last = self.last_step.get_mut(&user.user).expect("a known user");
        let next = (*last + 1).max(current);
        if next > current + 1 {
            return vec![user.login(&User::session())];
        }
        *last = next;
        let login = || {
            let app = user.app.as_ref().expect("an app");
            let code = app.code_steps_from(now, next - current);
            user.login_with(&User::session(), "totp", &code).at(now)
        };
        vec![login(), login()]
    }
}
