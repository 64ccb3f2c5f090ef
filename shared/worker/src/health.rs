//! Whether an event that is published now would be answered, and the pages that say so.
//!
//! Whose trouble it is stands in the answer: the first thing that is missing, as a sentence. The
//! rest of the worker reports to [`Status`]; only the database is asked by this module itself. It
//! knows nothing of events.

mod pages;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};
use twofactor_store::Store;

pub use pages::serve;

use crate::in_hand::InHand;
use crate::metrics::Metrics;

/// How long the database may take before it counts as away.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two questions to the database.
const LOOK: Duration = Duration::from_secs(2);
/// How long an event may be in hand before the worker counts as standing still.
const STANDSTILL: Duration = Duration::from_secs(30);

/// A connection to the broker without which no event is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Takes deliveries.
    Consuming,
    /// Publishes replies.
    Replies,
    /// Publishes broadcasts, dead letters and seals.
    Outcomes,
    /// Publishes one copy at a time; nothing waits for it but that copy.
    Apart,
}

impl Part {
    /// The name of its connection at the broker and in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consuming => "consuming",
            Self::Replies => "replies",
            Self::Outcomes => "outcomes",
            Self::Apart => "apart",
        }
    }
}

/// What the worker says of itself.
#[derive(Debug, Default)]
pub struct Status {
    inner: Mutex<Inner>,
    /// What it has taken and not finished.
    pub in_hand: InHand,
}

#[derive(Debug, Default)]
struct Inner {
    /// What is wrong with each connection to the broker; a connection that is well has no text.
    parts: BTreeMap<Part, Option<String>>,
    blocked: BTreeMap<Part, bool>,
    /// What is wrong with the database; none where it answered last.
    database: Option<String>,
    is_stopping: bool,
}

impl Status {
    /// A connection is there.
    pub fn is_well(&self, part: Part) {
        self.inner().parts.insert(part, None);
    }

    /// A connection is not there, and why.
    pub fn is_down(&self, part: Part, why: String) {
        let mut inner = self.inner();
        inner.parts.insert(part, Some(why));
        inner.blocked.remove(&part);
    }

    /// Whether the broker blocks publishing on a connection.
    pub fn is_blocked(&self, part: Part, is: bool) {
        self.inner().blocked.insert(part, is);
    }

    /// Whether a connection is not there or blocked, so that nobody can publish on it.
    pub fn stands_still(&self, part: Part) -> bool {
        let inner = self.inner();
        let is_down = inner.parts.get(&part).is_some_and(Option::is_some);
        is_down || inner.blocked.get(&part).is_some_and(|blocked| *blocked)
    }

    /// Whether the broker blocks any connection.
    pub fn has_blocked(&self) -> bool {
        self.inner().blocked.values().any(|blocked| *blocked)
    }

    /// The database answered, or why it cannot be used.
    pub fn set_database(&self, problem: Option<String>) {
        self.inner().database = problem;
    }

    /// The process is asked to stop.
    pub fn is_stopping(&self) {
        self.inner().is_stopping = true;
    }

    /// All that keeps an event that is published now from being answered, if anything does.
    pub fn problem(&self) -> Option<String> {
        let inner = self.inner();
        if inner.is_stopping {
            return Some("the worker is stopping".to_owned());
        }
        let needed = [Part::Replies, Part::Outcomes, Part::Consuming];
        let states = needed.iter().map(|part| inner.parts.get(part));
        let mut problems: Vec<String> = states.clone().flatten().flatten().cloned().collect();
        // One broker says the same of each connection.
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

/// Asks the database what keeps it from being used.
pub async fn ask(store: &Store, status: &Status) {
    let answer = tokio::time::timeout(PATIENCE, store.standing()).await;
    let problem = match answer {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some("the database does not answer".to_owned()),
    };
    status.set_database(problem);
}

/// Keeps what is known of the database, and what operators read of it, up to date.
pub async fn keep_watching(store: Store, status: Arc<Status>, metrics: Metrics) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        ask(&store, &status).await;
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

    fn well() -> Status {
        let status = Status::default();
        for part in [Part::Consuming, Part::Replies, Part::Outcomes] {
            status.is_well(part);
        }
        status
    }

    #[test]
    fn it_is_ready_only_where_everything_is_there() {
        let status = Status::default();
        assert!(status.problem().is_some(), "nothing is there yet");
        assert_eq!(well().problem(), None);
        for part in [Part::Consuming, Part::Replies, Part::Outcomes] {
            let status = well();
            status.is_down(part, "gone".to_owned());
            assert_eq!(status.problem().as_deref(), Some("gone"), "{part:?}");
            status.is_well(part);
            assert_eq!(status.problem(), None);
        }
        let status = well();
        status.is_down(Part::Apart, "gone".to_owned());
        assert_eq!(status.problem(), None, "nothing waits for it");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let status = well();
        status.is_blocked(Part::Replies, true);
        assert!(
            status
                .problem()
                .is_some_and(|why| why.contains("blocks publishing"))
        );
        status.is_blocked(Part::Replies, false);
        status.set_database(Some("the database is a standby".to_owned()));
        assert_eq!(
            status.problem().as_deref(),
            Some("the database is a standby")
        );
        status.set_database(None);
        let long_ago = Instant::now().checked_sub(STANDSTILL + LOOK);
        status.set_database(Some("the database is a standby".to_owned()));
        status.is_down(Part::Replies, "gone".to_owned());
        let both = status.problem().expect("two problems");
        assert_eq!(both, "gone; the database is a standby");
        status.set_database(None);
        status.is_well(Part::Replies);
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
        status.is_stopping();
        assert!(status.problem().is_some());
    }
}
