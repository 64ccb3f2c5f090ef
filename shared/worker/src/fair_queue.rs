//! Fair queueing (RFC 970): a queue for each sender, and one item of each in turn.
//!
//! A sender of many items delays each other sender by one item at a time. Within a queue the oldest is
//! first, and a round begins where the last one ended. A queue that is empty takes no
//! memory. It knows neither what an item is nor who sends it.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Items that wait, by their sender.
#[derive(Debug)]
pub struct FairQueue<K, T> {
    /// Items whose sender was not asked for yet, in order of arrival.
    unsorted: VecDeque<T>,
    queues: HashMap<K, VecDeque<T>>,
    /// Senders that have a queue, each once; the first one is next.
    turns: VecDeque<K>,
    /// Count of the items in the queues.
    sorted: usize,
}

impl<K, T> Default for FairQueue<K, T> {
    fn default() -> Self {
        Self {
            unsorted: VecDeque::new(),
            queues: HashMap::new(),
            turns: VecDeque::new(),
            sorted: 0,
        }
    }
}

impl<K: Clone + Eq + Hash, T> FairQueue<K, T> {
    /// Adds an item that arrived.
    pub fn push(&mut self, item: T) {
        self.unsorted.push_back(item);
    }

    /// Returns `true` if nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many wait.
    pub fn len(&self) -> usize {
        self.unsorted.len() + self.sorted
    }

    /// Drops everything that waits.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes out `most` items at most, in turn, and hands each to `take`. The senders are asked for
    /// only if not everything can be taken.
    pub fn take(&mut self, most: usize, sender: impl Fn(&T) -> K, mut take: impl FnMut(T)) {
        if self.turns.is_empty() && self.unsorted.len() <= most {
            self.unsorted.drain(..).for_each(take);
            return;
        }
        self.sort(sender);
        for _ in 0..most {
            let Some(item) = self.next() else { return };
            take(item);
        }
    }

    fn sort(&mut self, sender: impl Fn(&T) -> K) {
        self.sorted = self.len();
        for item in self.unsorted.drain(..) {
            let sender = sender(&item);
            if let Some(queue) = self.queues.get_mut(&sender) {
                queue.push_back(item);
            } else {
                self.turns.push_back(sender.clone());
                self.queues.insert(sender, VecDeque::from([item]));
            }
        }
    }

    fn next(&mut self) -> Option<T> {
        let sender = self.turns.pop_front()?;
        let queue = self.queues.get_mut(&sender)?;
        let item = queue.pop_front()?;
        self.sorted -= 1;
        if queue.is_empty() {
            self.queues.remove(&sender);
        } else {
            self.turns.push_back(sender);
        }
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Items are two characters: their sender, and their place with it.
    type Item = &'static str;

    fn waiting(items: &[Item]) -> FairQueue<char, Item> {
        let mut queue = FairQueue::default();
        for item in items {
            queue.push(*item);
        }
        queue
    }

    fn sender(item: &Item) -> char {
        item.chars().next().expect("an item names its sender")
    }

    fn taken(queue: &mut FairQueue<char, Item>, most: usize) -> Vec<Item> {
        let mut items = Vec::new();
        queue.take(most, sender, |item| items.push(item));
        items
    }

    #[test]
    fn each_sender_is_next_in_turn_and_its_oldest_is_first() {
        let mut queue = waiting(&["a1", "a2", "a3", "a4", "b1", "b2", "c1"]);
        assert_eq!(taken(&mut queue, 5), ["a1", "b1", "c1", "a2", "b2"]);
        assert_eq!(taken(&mut queue, 5), ["a3", "a4"]);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_round_begins_where_the_last_one_ended() {
        let mut queue = waiting(&["a1", "a2", "b1", "b2", "c1", "c2"]);
        assert_eq!(taken(&mut queue, 2), ["a1", "b1"]);
        assert_eq!(taken(&mut queue, 2), ["c1", "a2"]);
        assert_eq!(taken(&mut queue, 2), ["b2", "c2"]);
    }

    #[test]
    fn who_comes_later_has_its_turn_after_those_who_wait() {
        let mut queue = waiting(&["a1", "a2", "a3", "b1", "b2"]);
        assert_eq!(taken(&mut queue, 1), ["a1"]);
        queue.push("c1");
        queue.push("b3");
        assert_eq!(queue.len(), 6);
        assert_eq!(taken(&mut queue, 4), ["b1", "a2", "c1", "b2"]);
        assert_eq!(taken(&mut queue, 4), ["a3", "b3"]);
    }

    #[test]
    fn ten_behind_ten_thousand_wait_for_ten_others() {
        let mut queue = waiting(&vec!["a1"; 10_000]);
        (0..10).for_each(|_| queue.push("b1"));
        let batch = taken(&mut queue, 20);
        assert_eq!(batch.iter().filter(|item| **item == "b1").count(), 10);
    }

    #[test]
    fn what_fits_is_taken_as_it_came_and_no_sender_is_asked_for() {
        let mut queue = waiting(&["a1", "a2", "b1"]);
        let asked = Cell::new(0);
        let mut items = Vec::new();
        let sender = |item: &Item| {
            asked.set(asked.get() + 1);
            sender(item)
        };
        queue.take(3, sender, |item| items.push(item));
        assert_eq!(items, ["a1", "a2", "b1"]);
        assert_eq!(asked.get(), 0);
        assert!(queue.is_empty());
    }

    #[test]
    fn what_comes_behind_others_does_not_overtake_them() {
        let mut queue = waiting(&["a1", "a2", "a3"]);
        assert_eq!(taken(&mut queue, 1), ["a1"]);
        queue.push("a4");
        assert_eq!(taken(&mut queue, 9), ["a2", "a3", "a4"]);
    }

    #[test]
    fn nothing_is_taken_of_nothing_and_nothing_is_left_of_what_was_dropped() {
        let mut queue = waiting(&[]);
        assert!(queue.is_empty());
        assert_eq!(taken(&mut queue, 3), [""; 0]);
        let mut queue = waiting(&["a1", "a2", "b1"]);
        assert_eq!(taken(&mut queue, 0), [""; 0]);
        assert!(!queue.is_empty());
        queue.clear();
        assert!(queue.is_empty());
        assert_eq!(taken(&mut queue, 3), [""; 0]);
    }
}
