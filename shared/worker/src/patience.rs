//! Waits before another try: longer each time, and random, so that workers do not try at once.
//!
//! The only user of the `backoff` crate.

use std::time::Duration;

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff;

/// Waits between tries, from a tenth of a second to a few seconds.
pub struct Patience(ExponentialBackoff);

impl Patience {
    /// Begins with the shortest wait.
    pub fn new() -> Self {
        Self(ExponentialBackoff {
            current_interval: Duration::from_millis(100),
            initial_interval: Duration::from_millis(100),
            multiplier: 2.0,
            max_interval: Duration::from_secs(5),
            max_elapsed_time: None,
            ..ExponentialBackoff::default()
        })
    }

    /// Returns the next wait. There is always one: a queue can wait without end.
    pub fn next_wait(&mut self) -> Duration {
        self.0.next_backoff().unwrap_or(self.0.max_interval)
    }

    /// Waits until the next try.
    pub async fn wait(&mut self) {
        tokio::time::sleep(self.next_wait()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_bounded() {
        let mut patience = Patience::new();
        let waits: Vec<Duration> = (0..30).map(|_| patience.next_wait()).collect();
        assert!(waits[0] <= Duration::from_millis(150));
        assert!(waits[29] >= Duration::from_millis(2500));
        assert!(
            waits
                .iter()
                .all(|wait| *wait <= Duration::from_millis(7500))
        );
    }
}
