//! Health of the worker: would an event that is published now be answered? And the pages that say
//! so.
//!
//! The answer names all that is missing, as sentences. The other parts of the worker report to
//! [`Status`]; only the database is queried by this module itself. It knows nothing of events.

mod pages;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};
use twofactor_store::Store;

pub use pages::serve;

use crate::in_hand::InHand;
use crate::metrics::Metrics;

/// Maximum wait for the database before it counts as away.
const PATIENCE: Duration = Duration::from_secs(2);
/// Time between two checks of the database.
const LOOK: Duration = Duration::from_secs(2);
/// Age of an event in hand from which on the worker counts as stuck.
const STANDSTILL: Duration = Duration::from_secs(30);

/// Time after which a connection that cannot be opened counts as refused, if another one is open
/// meanwhile: longer than the wait before another try.
const REFUSED: Duration = Duration::from_secs(10);

/// Connection to the broker, by its purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Takes deliveries.
    Consuming,
    /// Publishes replies.
    Replies,
    /// Publishes broadcasts, dead letters and seals.
    Outcomes,
    /// Publishes single copies that could break a connection; no other copy waits for it.
    Apart,
}

impl Part {
    /// Returns the name of the connection at the broker and in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consuming => "consuming",
            Self::Replies => "replies",
            Self::Outcomes => "outcomes",
            Self::Apart => "apart",
        }
    }
}

/// State of the worker.
#[derive(Debug, Default)]
pub struct Status {
    inner: Mutex<Inner>,
    /// Deliveries that it has taken and not finished.
    pub in_hand: InHand,
}

#[derive(Debug, Default)]
struct Inner {
    /// Each connection to the broker that was tried.
    parts: BTreeMap<Part, State>,
    blocked: BTreeMap<Part, bool>,
    /// Problem of the database; none if it answered last.
    database: Option<String>,
    is_stopping: bool,
}

/// State of a connection.
#[derive(Debug)]
struct State {
    /// Reason why it is down; none if it is open.
    problem: Option<String>,
    /// Time since which it is open, or down.
    since: Instant,
}

impl Inner {
    fn set(&mut self, part: Part, problem: Option<String>) {
        let before = self.parts.get(&part);
        let same = before.filter(|state| state.problem.is_some() == problem.is_some());
        let since = same.map_or_else(Instant::now, |state| state.since);
        self.parts.insert(part, State { problem, since });
    }

    fn is_blocked(&self, part: Part) -> bool {
        self.blocked.get(&part).is_some_and(|blocked| *blocked)
    }
}

impl Status {
    /// Notes that a connection is open.
    pub fn set_open(&self, part: Part) {
        self.inner().set(part, None);
    }

    /// Notes that a connection is down, and why.
    pub fn set_down(&self, part: Part, why: String) {
        let mut inner = self.inner();
        inner.set(part, Some(why));
        inner.blocked.remove(&part);
    }

    /// Notes if the broker blocks publishing on a connection.
    pub fn set_blocked(&self, part: Part, is: bool) {
        self.inner().blocked.insert(part, is);
    }

    /// Returns `true` if a connection is down or blocked, so that nothing can be published on it.
    pub fn is_unusable(&self, part: Part) -> bool {
        let inner = self.inner();
        let state = inner.parts.get(&part);
        state.is_some_and(|state| state.problem.is_some()) || inner.is_blocked(part)
    }

    /// Returns `true` if a connection is down for 10 s while another one is open: it is not the broker
    /// that is away.
    pub fn is_refused(&self, part: Part, beside: Part) -> bool {
        let inner = self.inner();
        let Some((down, open)) = inner.parts.get(&part).zip(inner.parts.get(&beside)) else {
            return false;
        };
        down.problem.is_some()
            && open.problem.is_none()
            && !inner.is_blocked(beside)
            && down.since.max(open.since).elapsed() >= REFUSED
    }

    /// Returns `true` if the broker blocks any connection.
    pub fn has_blocked(&self) -> bool {
        self.inner().blocked.values().any(|blocked| *blocked)
    }

    /// Notes that the database answered, or why it cannot be used.
    pub fn set_database(&self, problem: Option<String>) {
        self.inner().database = problem;
    }

    /// Notes that the process is asked to stop.
    pub fn set_stopping(&self) {
        self.inner().is_stopping = true;
    }

    /// Returns all reasons why an event that is published now would not be answered, if there are
    /// any.
    pub fn problem(&self) -> Option<String> {
        let inner = self.inner();
        if inner.is_stopping {
            return Some("the worker is stopping".to_owned());
        }
        let needed = [Part::Replies, Part::Outcomes, Part::Consuming];
        let states = needed.iter().map(|part| inner.parts.get(part));
        let known = states.clone().flatten();
        let mut problems: Vec<String> = known.filter_map(|state| state.problem.clone()).collect();
        // Each connection to one broker often has the same problem.
        problems.dedup();
        if problems.is_empty() && states.clone().any(|state| state.is_none()) {
            problems.push("the broker was not reached yet".to_owned());
        }
        if inner.blocked.values().any(|blocked| *blocked) {
            let why = "the broker blocks publishing, because its memory or its disk runs out";
            problems.push(why.to_owned());
        }
        problems.extend(inner.database.clone());
        let oldest = self.in_hand.oldest(Instant::now());
        if oldest > STANDSTILL {
            let seconds = oldest.as_secs();
            problems.push(format!(
                "an event was taken {seconds} s ago and is not finished; see the log"
            ));
        }
        (!problems.is_empty()).then(|| problems.join("; "))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each member is set whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks if the database can be used, and notes the answer.
pub async fn check_database(store: &Store, status: &Status) {
    let answer = tokio::time::timeout(PATIENCE, store.standing()).await;
    let problem = match answer {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some("the database does not answer".to_owned()),
    };
    status.set_database(problem);
}

/// Keeps the state of the database, and the metrics of the state, up to date.
pub async fn keep_watching(store: Store, status: Arc<Status>, metrics: Metrics) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        check_database(&store, &status).await;
        show(&status, &metrics);
    }
}

/// Shows the present state in the metrics.
fn show(status: &Status, metrics: &Metrics) {
    metrics.set_consuming(status.problem().is_none());
    metrics.set_oldest_event(status.in_hand.oldest(Instant::now()));
    metrics.set_blocked(status.has_blocked());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Status {
        let status = Status::default();
        for part in [Part::Consuming, Part::Replies, Part::Outcomes] {
            status.set_open(part);
        }
        status
    }

    #[test]
    fn it_is_ready_only_where_everything_is_there() {
        let status = Status::default();
        assert!(status.problem().is_some(), "nothing is there yet");
        assert_eq!(ready().problem(), None);
        for part in [Part::Consuming, Part::Replies, Part::Outcomes] {
            let status = ready();
            status.set_down(part, "gone".to_owned());
            assert_eq!(status.problem().as_deref(), Some("gone"), "{part:?}");
            status.set_open(part);
            assert_eq!(status.problem(), None);
        }
        let status = ready();
        status.set_down(Part::Apart, "gone".to_owned());
        assert_eq!(status.problem(), None, "nothing waits for it");
    }

    #[test]
    fn a_connection_is_refused_that_alone_is_down_for_long() {
        let status = ready();
        let is_refused = || status.is_refused(Part::Apart, Part::Replies);
        let was_long_ago = |part| {
            let long_ago = Instant::now().checked_sub(REFUSED);
            let long_ago = long_ago.expect("the machine is up that long");
            let mut inner = status.inner();
            inner.parts.get_mut(&part).expect("a state").since = long_ago;
        };
        assert!(!is_refused(), "it was not tried yet");
        status.set_down(Part::Apart, "no".to_owned());
        assert!(!is_refused(), "it is down for a moment");
        was_long_ago(Part::Apart);
        assert!(!is_refused(), "the broker itself was away");
        was_long_ago(Part::Replies);
        status.set_down(Part::Apart, "still no".to_owned());
        assert!(is_refused());
        status.set_blocked(Part::Replies, true);
        assert!(!is_refused(), "all wait while publishing is blocked");
        status.set_blocked(Part::Replies, false);
        status.set_down(Part::Replies, "gone".to_owned());
        assert!(!is_refused(), "the broker is away");
        status.set_open(Part::Replies);
        status.set_open(Part::Apart);
        was_long_ago(Part::Replies);
        assert!(!is_refused(), "it is open");
    }

    #[test]
    fn every_problem_is_named() {
        let status = ready();
        status.set_blocked(Part::Replies, true);
        assert!(
            status
                .problem()
                .is_some_and(|why| why.contains("blocks publishing"))
        );
        status.set_blocked(Part::Replies, false);
        status.set_database(Some("the database is a standby".to_owned()));
        assert_eq!(
            status.problem().as_deref(),
            Some("the database is a standby")
        );
        status.set_database(None);
        let long_ago = Instant::now().checked_sub(STANDSTILL + LOOK);
        status.set_database(Some("the database is a standby".to_owned()));
        status.set_down(Part::Replies, "gone".to_owned());
        let both = status.problem().expect("two problems");
        assert_eq!(both, "gone; the database is a standby");
        status.set_database(None);
        status.set_open(Part::Replies);
        let held = status
            .in_hand
            .hold(long_ago.expect("the machine is up that long"));
        assert!(
            status
                .problem()
                .is_some_and(|why| why.contains("not finished"))
        );
        drop(held);
        assert_eq!(status.problem(), None);
        status.set_stopping();
        assert!(status.problem().is_some());
    }
}
