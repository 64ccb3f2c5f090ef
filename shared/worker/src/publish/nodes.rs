//! Nodes of the broker that direct replies can be sent to.
//!
//! RabbitMQ closes the connection on which a reply is published to a direct reply-to address of a
//! node that it does not know: one of another name, or of a form that an older release wrote. The
//! address does not show that. So the first reply to a node is published on trial, where it can
//! harm no other one, and the result is remembered. The node that the worker is connected to is asked
//! for with each new channel ([`own_node`](super::own_node)), so that replies there do not wait behind
//! such trials.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Time for which a node that cannot be reached is avoided.
const AVOIDED: Duration = Duration::from_mins(1);
/// Maximum count of nodes of each kind that are remembered: a cluster has few, invented addresses
/// many.
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
pub struct Nodes(Mutex<Memory>);

/// Kept apart, so that invented nodes never make those be forgotten that replies reach.
#[derive(Debug, Default)]
struct Memory {
    /// The node that the worker is connected to.
    own: Option<Vec<u8>>,
    reached: HashSet<Vec<u8>>,
    avoided_until: HashMap<Vec<u8>, Instant>,
}

impl Nodes {
    /// Returns what is known of a node at `now`.
    pub fn known(&self, node: &[u8], now: Instant) -> Known {
        let memory = self.memory();
        if memory.own.as_deref() == Some(node) || memory.reached.contains(node) {
            return Known::Reached;
        }
        match memory.avoided_until.get(node) {
            Some(until) if now < *until => Known::Avoided,
            Some(_) | None => Known::Nothing,
        }
    }

    /// Notes the node that the worker is connected to, in the place of an earlier one.
    pub fn set_own(&self, node: Vec<u8>) {
        self.memory().own = Some(node);
    }

    /// Notes that a reply reached it.
    pub fn was_reached(&self, node: Vec<u8>) {
        let mut memory = self.memory();
        memory.avoided_until.remove(&node);
        if memory.reached.len() >= MOST && !memory.reached.contains(&node) {
            // A broker that takes replies to invented nodes; real ones are soon known again.
            memory.reached.clear();
        }
        memory.reached.insert(node);
    }

    /// Notes that a reply to it closed the connection.
    pub fn broke(&self, node: Vec<u8>, now: Instant) {
        let mut memory = self.memory();
        memory.reached.remove(&node);
        if memory.avoided_until.len() >= MOST && !memory.avoided_until.contains_key(&node) {
            memory.avoided_until.clear();
        }
        memory.avoided_until.insert(node, now + AVOIDED);
    }

    /// Forgets what is known of it, unless the worker is connected to it.
    pub fn forget(&self, node: &[u8]) {
        let mut memory = self.memory();
        memory.reached.remove(node);
        memory.avoided_until.remove(node);
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // It is never half changed.
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
    fn invented_nodes_take_no_memory_and_displace_no_real_one() {
        let nodes = Nodes::default();
        let now = Instant::now();
        nodes.was_reached(b"a".to_vec());
        let invented = |n: usize| n.to_be_bytes().to_vec();
        (0..10 * MOST).for_each(|n| nodes.broke(invented(n), now));
        assert_eq!(nodes.known(b"a", now), Known::Reached);
        nodes.set_own(b"own".to_vec());
        assert!(nodes.memory().avoided_until.len() <= MOST);
        (0..10 * MOST).for_each(|n| nodes.was_reached(invented(n)));
        assert!(nodes.memory().reached.len() <= MOST);
        nodes.forget(b"own");
        assert_eq!(nodes.known(b"own", now), Known::Reached);
        nodes.set_own(b"next".to_vec());
        assert_eq!(nodes.known(b"own", now), Known::Nothing);
    }
}
