//! Who waits for which answer.
//!
//! It knows ids and bytes, and neither events nor the broker.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The requests of a client that wait, by the id of their event; `None` once it is closed.
#[derive(Clone)]
pub(crate) struct Waiting(Arc<Mutex<Option<Waiters>>>);

/// One event may be asked twice at a time, and both get its answer.
type Waiters = HashMap<String, Vec<oneshot::Sender<Vec<u8>>>>;

/// An answer that is waited for. Dropping it ends the wait.
pub(crate) struct Expected {
    id: String,
    answer: oneshot::Receiver<Vec<u8>>,
    waiting: Waiting,
}

impl Waiting {
    /// Nobody waits yet.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Some(HashMap::new()))))
    }

    /// Waits for the answer to that event; `None` where the client is closed.
    pub fn expect(&self, id: &str) -> Option<Expected> {
        let (waiter, answer) = oneshot::channel();
        let mut waiters = self.lock();
        let same = waiters.as_mut()?.entry(id.to_owned()).or_default();
        same.push(waiter);
        Some(Expected {
            id: id.to_owned(),
            answer,
            waiting: self.clone(),
        })
    }

    /// Hands an answer to who waits for it. A second one finds nobody and is dropped.
    pub fn answer(&self, id: &str, answer: &[u8]) {
        let waiters = self.lock().as_mut().and_then(|waiters| waiters.remove(id));
        for waiter in waiters.into_iter().flatten() {
            // Who does not wait any more needs none.
            let _ = waiter.send(answer.to_vec());
        }
    }

    /// Ends every wait, and those to come.
    pub fn close(&self) {
        self.lock().take();
    }

    fn lock(&self) -> MutexGuard<'_, Option<Waiters>> {
        // Every change of the map is one call, so it is whole after a panic too.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Expected {
    /// The answer; `None` once the client is closed.
    pub async fn comes(&mut self) -> Option<Vec<u8>> {
        (&mut self.answer).await.ok()
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.answer.close();
        if let Some(waiters) = self.waiting.lock().as_mut()
            && let Some(same) = waiters.get_mut(&self.id)
        {
            same.retain(|waiter| !waiter.is_closed());
            if same.is_empty() {
                waiters.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(waiting: &Waiting) -> usize {
        waiting.lock().as_ref().map_or(0, HashMap::len)
    }

    #[tokio::test]
    async fn the_first_answer_counts_and_nothing_is_left_behind() {
        let waiting = Waiting::new();
        let mut one = waiting.expect("a").expect("open");
        let mut same = waiting.expect("a").expect("open");
        let gone = waiting.expect("b").expect("open");
        waiting.answer("a", b"first");
        waiting.answer("a", b"second");
        assert_eq!(one.comes().await.expect("an answer"), b"first");
        assert_eq!(same.comes().await.expect("an answer"), b"first");
        assert_eq!(count(&waiting), 1);
        drop(gone);
        assert_eq!(count(&waiting), 0);
        waiting.answer("b", b"late");
    }

    #[tokio::test]
    async fn who_stops_waiting_takes_nothing_from_the_other() {
        let waiting = Waiting::new();
        let gone = waiting.expect("a").expect("open");
        let mut stays = waiting.expect("a").expect("open");
        drop(gone);
        waiting.answer("a", b"it");
        assert_eq!(stays.comes().await.expect("an answer"), b"it");
    }

    #[tokio::test]
    async fn closing_ends_every_wait() {
        let waiting = Waiting::new();
        let mut one = waiting.expect("a").expect("open");
        waiting.close();
        assert_eq!(one.comes().await, None);
        assert!(waiting.expect("b").is_none());
    }
}
