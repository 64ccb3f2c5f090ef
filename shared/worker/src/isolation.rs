//! Finding the delivery that breaks connections in a way that was not foreseen.
//!
//! A broker that goes away breaks connections too, and then no delivery is at fault. So a delivery
//! is suspected only if it was unacknowledged each time and nothing else was acknowledged, and if no
//! batch took it: what waits for a database, or for a broker that blocks publishing, is not at fault.
//!
//! ```text
//! full width ──2 connections broke, each with deliveries and no acknowledgement──▶ one at a time
//! one at a time ──the same delivery not taken in 2 that broke──▶ that one is isolated
//! isolated ──it was set aside──▶ one at a time ──512 acknowledged, or none left──▶ full width
//! ```
//!
//! Pure: it knows digests and counts, and neither a connection nor a clock.

use crate::inbound::{Digest, Width};

/// Count of connections at full width that break in a row before deliveries are taken one at a
/// time.
const BARREN: u8 = 2;
/// Count of deliveries that are acknowledged one at a time before full width is used again: a part of
/// what is taken at full width that is large enough to reach the one at fault in a few rounds.
const ENOUGH: u64 = 512;

/// Deliveries of a connection that broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Count of deliveries that began to arrive.
    pub deliveries: u64,
    /// Count of deliveries that batches took: the client library could read those.
    pub taken: u64,
    /// Count of deliveries that were acknowledged.
    pub acknowledged: u64,
    /// Digest of the last delivery, if they were taken one at a time.
    pub last: Option<Digest>,
}

/// State of the search.
#[derive(Debug)]
pub struct Isolation {
    barren: u8,
    width: Width,
    suspect: Option<Digest>,
}

impl Default for Isolation {
    fn default() -> Self {
        Self {
            barren: 0,
            width: Width::Full,
            suspect: None,
        }
    }
}

impl Isolation {
    /// Returns how many deliveries the next connection takes at once.
    pub fn width(&self) -> Width {
        self.width
    }

    /// Takes a connection into account that broke.
    pub fn broke(&mut self, report: Report) {
        let at_hand = report.deliveries > report.acknowledged;
        match self.width {
            Width::Full if at_hand && report.acknowledged == 0 => {
                self.barren += 1;
                if self.barren == BARREN {
                    *self = Self::one_at_a_time();
                }
            }
            Width::Full => self.barren = 0,
            // Nothing arrived, so no delivery can have broken it.
            Width::One { .. } if report.deliveries == 0 => {}
            Width::One { isolated: None } => {
                let last = report
                    .last
                    .filter(|_| at_hand && report.taken < report.deliveries);
                let is_same = last.is_some() && last == self.suspect && report.acknowledged == 0;
                self.suspect = last;
                if is_same {
                    self.width = Width::One { isolated: last };
                }
            }
            // It was set aside, or holding it back did not help: search again.
            Width::One { isolated: Some(_) } => *self = Self::one_at_a_time(),
        }
    }

    /// Returns `true` if a connection that takes one delivery at a time has found nothing more; the
    /// next one then takes them at full width.
    pub fn is_over(&self, acknowledged: u64, deliveries: u64) -> bool {
        let has_moved = acknowledged > 0 || self.suspect.is_none();
        self.width != Width::Full
            && (acknowledged >= ENOUGH || (deliveries == acknowledged && has_moved))
    }

    /// Ends the search, and returns to full width.
    pub fn end(&mut self) {
        *self = Self::default();
    }

    fn one_at_a_time() -> Self {
        Self {
            barren: 0,
            width: Width::One { isolated: None },
            suspect: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(of: u8) -> Digest {
        Digest {
            length: 1,
            sha256: [of; 32],
        }
    }

    fn broke(deliveries: u64, acknowledged: u64, last: Option<u8>) -> Report {
        Report {
            deliveries,
            taken: acknowledged,
            acknowledged,
            last: last.map(digest),
        }
    }

    /// Returns the state after these connections broke.
    fn after(reports: &[Report]) -> Isolation {
        let mut isolation = Isolation::default();
        for report in reports {
            isolation.broke(*report);
        }
        isolation
    }

    #[test]
    fn a_broker_that_goes_away_makes_no_delivery_suspect() {
        for reports in [
            &[broke(0, 0, None); 9][..],
            &[broke(9, 0, None)],
            &[broke(9, 0, None), broke(9, 4, None), broke(9, 0, None)],
            &[broke(9, 0, None), broke(9, 9, None), broke(9, 0, None)],
        ] {
            assert_eq!(after(reports).width(), Width::Full, "{reports:?}");
        }
    }

    #[test]
    fn the_delivery_at_fault_is_isolated_after_four_connections() {
        let mut isolation = after(&[broke(9, 0, None), broke(9, 0, None)]);
        assert_eq!(isolation.width(), Width::One { isolated: None });
        isolation.broke(broke(4, 3, Some(7)));
        assert_eq!(
            isolation.width(),
            Width::One { isolated: None },
            "once is chance"
        );
        isolation.broke(broke(1, 0, Some(7)));
        let seven = Some(digest(7));
        assert_eq!(isolation.width(), Width::One { isolated: seven });
        assert!(!isolation.is_over(0, 1));
        assert!(
            isolation.is_over(1, 1),
            "it is set aside, and nothing else is at hand"
        );
        isolation.end();
        assert_eq!(isolation.width(), Width::Full);
    }

    #[test]
    fn another_delivery_or_an_acknowledgement_clears_the_suspect() {
        let alone = [broke(9, 0, None), broke(9, 0, None), broke(1, 0, Some(7))];
        for next in [
            broke(1, 0, Some(8)),
            broke(2, 1, Some(7)),
            broke(1, 1, Some(7)),
        ] {
            let mut isolation = after(&alone);
            isolation.broke(next);
            assert_eq!(isolation.width(), Width::One { isolated: None }, "{next:?}");
        }
        let mut isolation = after(&alone);
        isolation.broke(broke(0, 0, None));
        isolation.broke(broke(1, 0, Some(7)));
        let seven = Some(digest(7));
        assert_eq!(
            isolation.width(),
            Width::One { isolated: seven },
            "nothing came in between"
        );
    }

    #[test]
    fn a_delivery_that_a_batch_took_is_not_suspected() {
        let taken = Report {
            taken: 1,
            ..broke(1, 0, Some(7))
        };
        let isolation = after(&[broke(9, 0, None), broke(9, 0, None), taken, taken, taken]);
        assert_eq!(isolation.width(), Width::One { isolated: None });
    }

    #[test]
    fn one_at_a_time_ends_once_enough_moved_or_nothing_is_there() {
        let isolation = after(&[broke(9, 0, None), broke(9, 0, None)]);
        assert!(isolation.is_over(0, 0), "the queue is empty");
        assert!(!isolation.is_over(5, 6));
        assert!(isolation.is_over(ENOUGH, ENOUGH + 1));
        assert!(!Isolation::default().is_over(ENOUGH, ENOUGH));
    }
}
