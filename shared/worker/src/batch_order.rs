//! The order of two batches that are at work at once: the one behind is loaded and decided meanwhile, and
//! writes nothing before the one ahead has.
//!
//! So all is written as if they had come one after the other. If the one ahead must be decided again, the
//! one behind gives back its locks, waits for the end of the one ahead, and begins anew. It knows neither
//! what a batch is nor where it is written.

use tokio::sync::watch;

/// How far a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Begun,
    Locked,
    Written,
    /// Some of it must be decided again, so the one behind waits for its end.
    DecideAgain,
}

/// Place of a batch behind the one ahead, if there is one. Dropped at its end.
#[derive(Debug)]
pub struct Place {
    ahead: Option<Ahead>,
    stage: watch::Sender<Stage>,
}

/// What can be seen of a batch from behind.
#[derive(Debug)]
pub struct Ahead(watch::Receiver<Stage>);

impl Place {
    /// Takes the place behind a batch; returns what the next one sees.
    pub fn behind(ahead: Option<Ahead>) -> (Self, Ahead) {
        let (stage, seen) = watch::channel(Stage::Begun);
        (Self { ahead, stage }, Ahead(seen))
    }

    /// Tells that it holds its locks.
    pub fn locked(&self) {
        self.reach(Stage::Locked);
    }

    /// Tells that all of it is written.
    pub fn written(&self) {
        self.reach(Stage::Written);
    }

    /// Tells that some of it must be decided again.
    pub fn decide_again(&self) {
        self.reach(Stage::DecideAgain);
    }

    /// Waits until the one ahead is written; `false` if it must be decided again.
    pub async fn ahead_is_written(&mut self) -> bool {
        match &mut self.ahead {
            Some(ahead) => ahead.is_written().await,
            None => true,
        }
    }

    /// Waits until the one ahead has ended.
    pub async fn until_ahead_ended(&mut self) {
        if let Some(mut ahead) = self.ahead.take() {
            // An error says that it has ended.
            while ahead.0.changed().await.is_ok() {}
        }
    }

    /// A batch that must be decided again stays so until its end.
    fn reach(&self, next: Stage) {
        self.stage.send_if_modified(|stage| {
            let goes_on = *stage != Stage::DecideAgain;
            if goes_on {
                *stage = next;
            }
            goes_on
        });
    }
}

impl Ahead {
    /// Waits until it holds its locks, or has ended.
    pub async fn until_locked(&mut self) {
        let is_locked = |stage: &Stage| matches!(stage, Stage::Locked | Stage::Written);
        // An error says that it has ended.
        let _ = self.0.wait_for(is_locked).await;
    }

    async fn is_written(&mut self) -> bool {
        let is_decided = |stage: &Stage| matches!(stage, Stage::Written | Stage::DecideAgain);
        let stage = self.0.wait_for(is_decided).await;
        stage.is_ok_and(|stage| *stage == Stage::Written) || self.0.has_changed().is_err()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn one_behind_begins_when_the_one_ahead_holds_its_locks() {
        let (first, mut seen) = Place::behind(None);
        assert!(seen.until_locked().now_or_never().is_none());
        first.locked();
        assert!(seen.until_locked().now_or_never().is_some());
    }

    #[test]
    fn one_behind_writes_when_the_one_ahead_has_written_or_ended() {
        let (first, seen) = Place::behind(None);
        let (mut second, _) = Place::behind(Some(seen));
        first.locked();
        assert_eq!(second.ahead_is_written().now_or_never(), None);
        first.written();
        assert_eq!(second.ahead_is_written().now_or_never(), Some(true));

        let (first, seen) = Place::behind(None);
        let (mut second, _) = Place::behind(Some(seen));
        drop(first);
        assert_eq!(second.ahead_is_written().now_or_never(), Some(true));
    }

    #[test]
    fn one_behind_waits_for_the_end_of_one_that_must_be_decided_again() {
        let (first, seen) = Place::behind(None);
        let (mut second, mut seen_behind) = Place::behind(Some(seen));
        first.locked();
        first.decide_again();
        assert_eq!(second.ahead_is_written().now_or_never(), Some(false));
        // What it writes of itself meanwhile is not all of it.
        first.written();
        assert_eq!(second.ahead_is_written().now_or_never(), Some(false));
        assert!(second.until_ahead_ended().now_or_never().is_none());
        drop(first);
        assert_eq!(second.ahead_is_written().now_or_never(), Some(true));
        assert!(seen_behind.until_locked().now_or_never().is_none());
        drop(second);
        assert!(seen_behind.until_locked().now_or_never().is_some());
    }

    #[test]
    fn the_first_one_waits_for_nobody() {
        let (mut first, _) = Place::behind(None);
        assert_eq!(first.ahead_is_written().now_or_never(), Some(true));
        assert!(first.until_ahead_ended().now_or_never().is_some());
    }
}
