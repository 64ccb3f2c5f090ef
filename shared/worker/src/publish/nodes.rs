//! Nodes of the broker that direct replies can be sent to.
//!
//! RabbitMQ closes the connection on which a reply is published to a direct reply-to address of a
//! node that it does not know: one of another name, or of a form that an older release wrote. The
//! address does not show that. So the first reply to a node is published on trial, where it can
//! harm no other one, and the result is remembered.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Time for which a node that cannot be reached is avoided.
const AVOIDED: Duration = Duration::from_mins(1);
/// Maximum count of nodes that are remembered: a cluster has few, invented addresses many.
const MOST: usize = 256;

/// Knowledge about a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Replies reach it.
    Reached,
    /// A reply to it closed the connection a moment ago.
    Avoided,
    /// Nothing.
    Nothing,
}

/// Nodes that are known so far.
#[derive(Debug, Default)]
pub struct Nodes(Mutex<HashMap<Vec<u8>, Option<Instant>>>);

impl Nodes {
    /// Returns what is known of a node at `now`.
    pub fn known(&self, node: &[u8], now: Instant) -> Known {
        match self.map().get(node) {
            Some(None) => Known::Reached,
            Some(Some(until)) if now < *until => Known::Avoided,
            Some(Some(_)) | None => Known::Nothing,
        }
    }

    /// Notes that a reply reached it.
    pub fn was_reached(&self, node: Vec<u8>) {
        self.learn(node, None);
    }

    /// Notes that a reply to it closed the connection.
    pub fn broke(&self, node: Vec<u8>, now: Instant) {
        self.learn(node, Some(now + AVOIDED));
    }

    /// Forgets what is known of it.
    pub fn forget(&self, node: &[u8]) {
        self.map().remove(node);
    }

    fn learn(&self, node: Vec<u8>, until: Option<Instant>) {
        let mut map = self.map();
        if map.len() >= MOST && !map.contains_key(&node) {
            // Nodes that replies reach are soon known again.
            map.clear();
        }
        map.insert(node, until);
    }

    fn map(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Option<Instant>>> {
        // A map is never half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_reached_for_good_and_avoided_for_a_minute() {
        let nodes = Nodes::default();
        let now = Instant::now();
        assert_eq!(nodes.known(b"a", now), Known::Nothing);
        nodes.was_reached(b"a".to_vec());
        assert_eq!(nodes.known(b"a", now + AVOIDED), Known::Reached);
        nodes.broke(b"b".to_vec(), now);
        assert_eq!(nodes.known(b"b", now), Known::Avoided);
        assert_eq!(nodes.known(b"b", now + AVOIDED), Known::Nothing);
        nodes.forget(b"a");
        assert_eq!(nodes.known(b"a", now), Known::Nothing);
    }

    #[test]
    fn invented_nodes_take_no_memory() {
        let nodes = Nodes::default();
        let now = Instant::now();
        for invented in 0..10 * MOST {
            nodes.broke(invented.to_be_bytes().to_vec(), now);
        }
        assert!(nodes.map().len() <= MOST);
    }
}
