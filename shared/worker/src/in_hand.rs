//! Events that a worker has taken into a batch and not finished, and the age of the oldest.
//!
//! It distinguishes a worker that is stuck from one that has nothing to do. A delivery that waits for
//! its turn is not among them: that it waits shows that there is much to do, and not that nothing is
//! done.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Unacknowledged events, by the time at which a batch took them.
#[derive(Clone, Debug, Default)]
pub struct InHand(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    since: Mutex<BTreeSet<(Instant, u64)>>,
    next: AtomicU64,
}

/// Entry of one delivery in hand; dropping it removes the entry.
#[derive(Debug)]
pub struct Held {
    inner: Arc<Inner>,
    key: (Instant, u64),
}

impl InHand {
    /// Adds an event that a batch took at `at`.
    pub fn hold(&self, at: Instant) -> Held {
        let counter = self.0.next.fetch_add(1, Ordering::Relaxed);
        let key = (at, counter);
        self.0.since().insert(key);
        let inner = self.0.clone();
        Held { inner, key }
    }

    /// Returns the age of the oldest one at `now`; zero if there is none.
    pub fn oldest(&self, now: Instant) -> Duration {
        let since = self.0.since();
        let first = since.first().map(|(at, _)| *at);
        first.map_or(Duration::ZERO, |at| now.saturating_duration_since(at))
    }
}

impl Inner {
    fn since(&self) -> MutexGuard<'_, BTreeSet<(Instant, u64)>> {
        // A set is never half changed.
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.inner.since().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_counts_until_it_is_done() {
        let in_hand = InHand::default();
        let start = Instant::now();
        let later = start + Duration::from_mins(1);
        assert_eq!(in_hand.oldest(later), Duration::ZERO);
        let first = in_hand.hold(start);
        let same_moment = in_hand.hold(start);
        let _second = in_hand.hold(start + Duration::from_secs(20));
        assert_eq!(in_hand.oldest(later), Duration::from_mins(1));
        drop(first);
        assert_eq!(
            in_hand.oldest(later),
            Duration::from_mins(1),
            "another of that moment"
        );
        drop(same_moment);
        assert_eq!(in_hand.oldest(later), Duration::from_secs(40));
    }
}
