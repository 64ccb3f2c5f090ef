//! The broker's own limit: consume, publish both copies, confirm, acknowledge, with no database and
//! never an empty pipe. No worker that publishes both copies of an outcome is faster.

use std::collections::VecDeque;

use anyhow::Result;
use futures::FutureExt;
use lapin::options::BasicAckOptions;
use lapin::{Acker, PublisherConfirm};

use super::wire::{Copies, Wire, confirmed};

/// As many as the worker takes.
const PREFETCH: u16 = 1_024;
/// Events that one acknowledgement is for, at most.
const AT_ONCE: usize = 64;

/// Runs with so many confirms in flight.
pub async fn run(in_flight: usize) -> Result<()> {
    let mut wire = Wire::connect(PREFETCH).await?;
    let mut published: VecDeque<(Acker, [PublisherConfirm; 2])> = VecDeque::new();
    let mut last_confirmed = None;
    let mut confirmed_events = 0;
    let mut is_over = false;
    while !(is_over && published.is_empty()) {
        let there = if is_over {
            None
        } else {
            match wire.next().now_or_never() {
                None if published.is_empty() => Some(wire.next().await?),
                there => there.transpose()?,
            }
        };
        is_over |= matches!(there, Some(None));
        if let Some(delivery) = there.flatten() {
            let copies = Copies::undecided();
            let confirms = wire.outlet.publish(&delivery, &copies).await?;
            published.push_back((delivery.acker, confirms));
            if published.len() * 2 < in_flight {
                continue;
            }
        }
        if let Some((acker, confirms)) = published.pop_front() {
            confirmed(confirms).await?;
            last_confirmed = Some(acker);
            confirmed_events += 1;
        }
        if (confirmed_events >= AT_ONCE || published.is_empty())
            && let Some(acker) = last_confirmed.take()
        {
            acker.ack(BasicAckOptions { multiple: true }).await?;
            confirmed_events = 0;
        }
    }
    wire.close().await
}
