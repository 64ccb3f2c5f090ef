//! What is there for a batch, without waiting for more.
//!
//! It knows neither what a delivery is nor where it comes from.

use futures::{FutureExt, Stream, StreamExt};
use tokio::sync::mpsc::UnboundedReceiver;

/// Adds the items that came back to a batch, up to `max` items in all.
pub fn add_returned<T>(batch: &mut Vec<T>, max: usize, again: &mut UnboundedReceiver<T>) {
    while batch.len() < max {
        let Ok(item) = again.try_recv() else { return };
        batch.push(item);
    }
}

/// Hands the deliveries that are there to `keep`, `most` at most. Stops at an error.
pub fn read<D, E>(
    deliveries: &mut (impl Stream<Item = Result<D, E>> + Unpin),
    most: usize,
    mut keep: impl FnMut(D),
) -> Result<(), E> {
    for _ in 0..most {
        match deliveries.next().now_or_never() {
            Some(Some(delivery)) => keep(delivery?),
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
    fn a_batch_takes_what_came_back_and_no_more_than_fits() {
        let (sender, mut again) = unbounded_channel();
        for item in 1..=3 {
            sender.send(item).expect("sent");
        }
        let mut batch = vec![0];
        add_returned(&mut batch, 3, &mut again);
        assert_eq!(batch, [0, 1, 2]);
        add_returned(&mut batch, 9, &mut again);
        assert_eq!(batch, [0, 1, 2, 3]);
    }

    #[test]
    fn what_is_there_is_read_and_nothing_is_waited_for() {
        let (more, mut deliveries) = mpsc::unbounded::<Result<u32, ()>>();
        for item in 1..=5 {
            more.unbounded_send(Ok(item)).expect("sent");
        }
        let mut kept = Vec::new();
        read(&mut deliveries, 3, |item| kept.push(item)).expect("no error");
        assert_eq!(kept, [1, 2, 3]);
        read(&mut deliveries, 3, |item| kept.push(item)).expect("no error");
        assert_eq!(kept, [1, 2, 3, 4, 5]);
    }

    #[test]
    fn an_error_ends_the_reading_and_what_was_read_is_kept() {
        let (more, mut deliveries) = mpsc::unbounded::<Result<u32, ()>>();
        more.unbounded_send(Ok(1)).expect("sent");
        more.unbounded_send(Err(())).expect("sent");
        let mut kept = Vec::new();
        assert!(read(&mut deliveries, 9, |item| kept.push(item)).is_err());
        assert_eq!(kept, [1]);
    }
}
