//! The broker's own limit: consume, publish both copies, confirm, acknowledge, with no database and
//! never an empty pipe. No worker that publishes both copies of an outcome is faster.
//!
//! There are two, since the rate depends on how copies are handed to the client library.

use std::collections::VecDeque;

use anyhow::Result;
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use lapin::Acker;
use lapin::message::Delivery;
use lapin::options::BasicAckOptions;

use super::wire::{Copies, Wire, confirmed};

/// As many as the worker has in hand.
const PREFETCH: u16 = 1_024;
/// Events that one acknowledgement is for, at most.
const AT_ONCE: usize = 64;

/// Both copies of an outcome, until the broker has them.
type Ended = BoxFuture<'static, Result<()>>;

/// How copies are handed to the client library.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Handing {
    /// Many before the first is waited for, so that it writes them together, as the worker does.
    Together,
    /// Each waited for until it is written, as the examples of the library show it.
    Plain,
}

/// Runs with so many confirms in flight.
pub async fn run(in_flight: usize, handing: Handing) -> Result<()> {
    let mut wire = Wire::connect(PREFETCH).await?;
    let mut publishing: VecDeque<(Acker, Ended)> = VecDeque::new();
    let mut last_confirmed = None;
    let mut confirmed_events = 0;
    let mut is_over = false;
    while !(is_over && publishing.is_empty()) {
        let there = if is_over {
            None
        } else {
            match wire.next().now_or_never() {
                None if publishing.is_empty() => Some(wire.next().await?),
                there => there.transpose()?,
            }
        };
        is_over |= matches!(there, Some(None));
        if let Some(delivery) = there.flatten() {
            let acker = delivery.acker.clone();
            publishing.push_back((acker, hand_over(&wire, delivery, handing).await?));
            if publishing.len() * 2 < in_flight {
                continue;
            }
        }
        if let Some((acker, ended)) = publishing.pop_front() {
            ended.await?;
            last_confirmed = Some(acker);
            confirmed_events += 1;
        }
        if (confirmed_events >= AT_ONCE || publishing.is_empty())
            && let Some(acker) = last_confirmed.take()
        {
            acker.ack(BasicAckOptions { multiple: true }).await?;
            confirmed_events = 0;
        }
    }
    wire.close().await
}

async fn hand_over(wire: &Wire, delivery: Delivery, handing: Handing) -> Result<Ended> {
    if handing == Handing::Plain {
        let confirms = wire.outlet.publish(&delivery, &Copies::undecided()).await?;
        return Ok(confirmed(confirms).boxed());
    }
    let mut copies = Box::pin(wire.outlet.clone().publish_and_confirm(delivery));
    // The first poll hands both to the client library.
    Ok(match copies.as_mut().now_or_never() {
        Some(ended) => ready(ended).boxed(),
        None => copies,
    })
}
