//! Acknowledging deliveries together, so that one frame serves a whole batch.
//!
//! Delivery tags of a channel count up from 1. Tags that are complete without a gap are
//! acknowledged by one multiple acknowledgement, the others one by one. A multiple acknowledgement
//! must name a tag that was not acknowledged before: older brokers take one that was as one for all
//! tags.

use std::collections::BTreeSet;

/// Acknowledgement to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    /// Delivery tag.
    pub tag: u64,
    /// `true` if it is for every earlier tag too.
    pub multiple: bool,
}

/// Complete deliveries of one channel.
#[derive(Debug, Default)]
pub struct Acks {
    /// Highest tag up to which all are complete.
    complete: u64,
    /// Complete tags beyond that.
    ahead: BTreeSet<u64>,
}

impl Acks {
    /// Returns the acknowledgements for tags that are complete now. Each tag is given once.
    pub fn complete(&mut self, tags: &[u64]) -> Vec<Ack> {
        self.ahead.extend(tags);
        while self.ahead.remove(&(self.complete + 1)) {
            self.complete += 1;
        }
        let (within, beyond): (Vec<u64>, Vec<u64>) =
            tags.iter().partition(|tag| **tag <= self.complete);
        // Every tag below the highest of these was acknowledged before, or is among them.
        let highest = within.iter().max().map(|tag| Ack {
            tag: *tag,
            multiple: within.len() > 1,
        });
        let singly = beyond.into_iter().map(|tag| Ack {
            tag,
            multiple: false,
        });
        highest.into_iter().chain(singly).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn all_up_to(tag: u64) -> Ack {
        Ack {
            tag,
            multiple: true,
        }
    }

    const fn only(tag: u64) -> Ack {
        Ack {
            tag,
            multiple: false,
        }
    }

    #[test]
    fn a_batch_without_a_gap_is_one_acknowledgement() {
        let mut acks = Acks::default();
        assert_eq!(acks.complete(&[1, 2, 3]), [all_up_to(3)]);
        assert_eq!(acks.complete(&[4]), [only(4)]);
        assert_eq!(acks.complete(&[6, 5]), [all_up_to(6)]);
        assert_eq!(acks.complete(&[]), []);
    }

    #[test]
    fn what_lies_behind_a_gap_goes_singly_and_is_never_named_again() {
        let mut acks = Acks::default();
        assert_eq!(
            acks.complete(&[1, 2, 4, 5]),
            [all_up_to(2), only(4), only(5)]
        );
        assert_eq!(acks.complete(&[6]), [only(6)]);
        assert_eq!(acks.complete(&[3]), [only(3)]);
        assert_eq!(acks.complete(&[7, 8]), [all_up_to(8)]);
    }

    #[test]
    fn batches_that_overtake_each_other_are_both_acknowledged() {
        let mut acks = Acks::default();
        assert_eq!(acks.complete(&[3, 4]), [only(3), only(4)]);
        assert_eq!(acks.complete(&[1, 2]), [all_up_to(2)]);
        assert_eq!(acks.complete(&[5, 7]), [only(5), only(7)]);
    }
}
