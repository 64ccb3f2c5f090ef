//! Filling a batch with the deliveries that are there, without waiting for more.
//!
//! It knows neither what a delivery is nor where it comes from.

use futures::{FutureExt, Stream, StreamExt};
use tokio::sync::mpsc::UnboundedReceiver;

/// Adds the items that are there to a batch that has its first item, up to `max` items in all:
/// first those of `again`, then those of `deliveries`. Stops at an error of the latter.
pub fn fill<T, D, E>(
    batch: &mut Vec<T>,
    max: usize,
    again: &mut UnboundedReceiver<T>,
    deliveries: Option<&mut (impl Stream<Item = Result<D, E>> + Unpin)>,
    mut read: impl FnMut(D) -> T,
) -> Result<(), E> {
    while batch.len() < max {
        let Ok(item) = again.try_recv() else { break };
        batch.push(item);
    }
    let Some(deliveries) = deliveries else {
        return Ok(());
    };
    while batch.len() < max {
        match deliveries.next().now_or_never() {
            Some(Some(delivery)) => batch.push(read(delivery?)),
            // Nothing is there now, or the stream has ended, which the next call sees again.
            Some(None) | None => break,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use futures::channel::mpsc;
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    #[test]
    fn a_batch_takes_what_is_there_and_does_not_wait() {
        let (more, mut deliveries) = mpsc::unbounded::<Result<u32, ()>>();
        let (again_sender, mut again) = unbounded_channel();
        for item in 1..=5 {
            more.unbounded_send(Ok(item)).expect("sent");
        }
        again_sender.send(100).expect("sent");

        let mut batch = vec![0];
        fill(&mut batch, 4, &mut again, Some(&mut deliveries), |n| n).expect("a batch");
        assert_eq!(batch, [0, 100, 1, 2]);
        let mut batch = vec![0];
        fill(&mut batch, 128, &mut again, Some(&mut deliveries), |n| n).expect("a batch");
        assert_eq!(batch, [0, 3, 4, 5]);
    }

    #[test]
    fn an_error_ends_a_batch_and_keeps_what_was_taken() {
        let (more, mut deliveries) = mpsc::unbounded::<Result<u32, ()>>();
        more.unbounded_send(Ok(1)).expect("sent");
        more.unbounded_send(Err(())).expect("sent");
        let (_again, mut again) = unbounded_channel();
        let mut batch = vec![0];
        assert!(fill(&mut batch, 9, &mut again, Some(&mut deliveries), |n| n).is_err());
        assert_eq!(batch, [0, 1]);
    }
}
