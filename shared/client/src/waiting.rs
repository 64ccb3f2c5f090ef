//! Who waits for which answer.
//!
//! It knows ids and bytes, and neither events nor the broker.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The requests of a client that wait, by their correlation ids; `None` once it is closed.
#[derive(Clone)]
pub(crate) struct Waiting(Arc<Mutex<Option<Waiters>>>);

type Waiters = HashMap<String, oneshot::Sender<Vec<u8>>>;

/// An answer that is waited for. Dropping it ends the wait.
pub(crate) struct Expected {
    correlation_id: String,
    answer: oneshot::Receiver<Vec<u8>>,
    waiting: Waiting,
}

impl Waiting {
    /// Nobody waits yet.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Some(HashMap::new()))))
    }

    /// Waits for the answer with that id, which no other request has; `None` where the client is
    /// closed.
    pub fn expect(&self, correlation_id: &str) -> Option<Expected> {
        let (waiter, answer) = oneshot::channel();
        let correlation_id = correlation_id.to_owned();
        self.lock().as_mut()?.insert(correlation_id.clone(), waiter);
        Some(Expected {
            correlation_id,
            answer,
            waiting: self.clone(),
        })
    }

    /// Hands an answer to who waits for it. A second one finds nobody and is dropped.
    pub fn answer(&self, correlation_id: &str, answer: Vec<u8>) {
        let mut waiters = self.lock();
        let waiter = waiters
            .as_mut()
            .and_then(|waiters| waiters.remove(correlation_id));
        if let Some(waiter) = waiter {
            // Who does not wait any more needs none.
            let _ = waiter.send(answer);
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
        if let Some(waiters) = self.waiting.lock().as_mut() {
            waiters.remove(&self.correlation_id);
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
        let gone = waiting.expect("b").expect("open");
        waiting.answer("a", b"first".to_vec());
        waiting.answer("a", b"second".to_vec());
        assert_eq!(one.comes().await.expect("an answer"), b"first");
        assert_eq!(count(&waiting), 1);
        drop(gone);
        assert_eq!(count(&waiting), 0);
        waiting.answer("b", b"late".to_vec());
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
