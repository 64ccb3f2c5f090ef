//! Events at a steady pace, whatever the outcomes do: an open loop.
//!
//! A latency is counted from the moment at which an event was due, not from that at which it was
//! published: who is held up by a slow answer waits too (no coordinated omission).

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::runtime::Handle;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::{JoinHandle, spawn_blocking};
use twofactor_stack::interrupt;

use super::load::{Load, Message, Publisher, confirmed};

/// Between the call and the first event.
const LEAD: Duration = Duration::from_millis(20);

/// A pace.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Events a second.
    pub per_second: u32,
    /// For how long.
    pub time: Duration,
}

/// When an event was due, from the first, and how long its outcome took from then, in ms.
pub struct Timed {
    /// From the first event.
    pub due: Duration,
    /// In milliseconds.
    pub latency: f64,
}

impl Pace {
    /// How many events that are.
    pub fn count(self) -> usize {
        let seconds = self.time.as_secs_f64();
        // Paces and times are small and positive.
        let count = (f64::from(self.per_second) * seconds).round().max(1.0);
        format!("{count:.0}").parse().unwrap_or(1)
    }

    fn due(self, number: usize) -> Duration {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        Duration::from_secs(1) * number / self.per_second
    }
}

impl Load {
    /// Publishes at a pace; returns when every outcome has come, each of one of these kinds.
    pub async fn pace(
        &mut self,
        pace: Pace,
        kinds: &[&str],
        message: impl FnMut() -> Result<Message> + Send + 'static,
    ) -> Result<Vec<Timed>> {
        let first = self.sent;
        let begun = Instant::now() + LEAD;
        let publishing = keep(pace, self.publisher(), first, begun, message);
        self.sent += pace.count();
        let mut timed = Vec::with_capacity(pace.count());
        for _ in 0..pace.count() {
            let answer = self.next().await;
            if answer.is_err() && publishing.is_finished() {
                break;
            }
            let answer = answer?;
            ensure!(
                kinds.iter().any(|kind| answer.is(kind)),
                "an outcome is none of {kinds:?}: {}",
                String::from_utf8_lossy(&answer.body)
            );
            let number = answer.number.checked_sub(first);
            let due = pace.due(number.context("an outcome of an earlier event came")?);
            let latency = answer.at.saturating_duration_since(begun + due);
            let latency = latency.as_secs_f64() * 1000.0;
            timed.push(Timed { due, latency });
        }
        publishing.await.context("the pace was not kept")??;
        ensure!(
            timed.len() == pace.count(),
            "not every event has an outcome"
        );
        Ok(timed)
    }
}

/// Publishes each event when it is due. A thread of its own, which sleeps to a tenth of a
/// millisecond where the runtime's clock has a whole one.
fn keep(
    pace: Pace,
    publisher: Publisher,
    first: usize,
    begun: Instant,
    mut message: impl FnMut() -> Result<Message> + Send + 'static,
) -> JoinHandle<Result<()>> {
    let runtime = Handle::current();
    spawn_blocking(move || {
        let (on_its_way, mut confirms) = unbounded_channel();
        let confirming = runtime.spawn(async move {
            while let Some(confirm) = confirms.recv().await {
                confirmed(Some(confirm)).await?;
            }
            anyhow::Ok(())
        });
        for number in 0..pace.count() {
            interrupt::check()?;
            let next = message()?;
            thread::sleep((begun + pace.due(number)).saturating_duration_since(Instant::now()));
            let confirm = runtime.block_on(publisher.publish(first + number, &next))?;
            on_its_way.send(confirm)?;
        }
        drop(on_its_way);
        runtime.block_on(confirming)?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_spreads_its_events_evenly() {
        let pace = Pace {
            per_second: 200,
            time: Duration::from_secs(3),
        };
        assert_eq!(pace.count(), 600);
        assert_eq!(pace.due(0), Duration::ZERO);
        assert_eq!(pace.due(1), Duration::from_millis(5));
        assert_eq!(pace.due(400), Duration::from_secs(2));
    }
}
