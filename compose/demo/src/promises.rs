//! The promises of the product to people, and the steps of the story that have kept them.
//!
//! It knows the promises in a few words, and nothing of how a step is played.

use std::collections::BTreeMap;

/// Number and words of every promise.
pub const PROMISES: [(u8, &str); 20] = [
    (
        1,
        "Any authenticator app works: scan the picture, read the code",
    ),
    (2, "Or a code by text message, after e-mail and password"),
    (3, "Where it is on, a password alone lets nobody in"),
    (
        4,
        "Each method is set up step by step; nothing counts before it is confirmed",
    ),
    (
        5,
        "Codes by text are all lower case; capitals get a hint about caps lock",
    ),
    (6, "The mobile number is hidden from everyone but its owner"),
    (7, "It may differ from the number on the profile card"),
    (8, "These texts use no SMS credit"),
    (9, "Both methods may be set up; either one serves"),
    (
        10,
        "A wrong app code: the page says so and asks for another",
    ),
    (
        11,
        "A wrong code by text: the page says so, and to request another",
    ),
    (
        12,
        "One text in any 5 minutes, and the page says how long to wait",
    ),
    (13, "Ten backup codes at the set-up, each good once"),
    (
        14,
        "A user administrator resets people who lost everything, in the trail",
    ),
    (15, "A user resets one method and starts it again"),
    (16, "Administrators see since when, never the details"),
    (
        17,
        "Remember me: no code for 30 days, but from another address",
    ),
    (18, "A mobile number serves one person of an institution"),
    (19, "Every code is accepted once, ever"),
    (20, "A password never crosses the broker"),
];

/// The steps that showed each promise, and whether all of them came out as expected.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    shown: BTreeMap<u8, Vec<usize>>,
    broken: BTreeMap<u8, bool>,
}

impl Ledger {
    /// A step that shows these promises has been played.
    pub fn note(&mut self, promises: &[u8], step: usize, is_good: bool) {
        for promise in promises {
            self.shown.entry(*promise).or_default().push(step);
            *self.broken.entry(*promise).or_default() |= !is_good;
        }
    }

    /// Returns the steps that showed a promise.
    pub fn steps(&self, promise: u8) -> &[usize] {
        self.shown.get(&promise).map_or(&[], Vec::as_slice)
    }

    /// Was a promise shown, and kept in each step that shows it?
    pub fn is_kept(&self, promise: u8) -> bool {
        self.broken.get(&promise) == Some(&false)
    }

    /// Was every promise kept?
    pub fn all_kept(&self) -> bool {
        PROMISES.iter().all(|(promise, _)| self.is_kept(*promise))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_kept_where_every_step_that_shows_it_went_well() {
        let mut ledger = Ledger::default();
        assert!(!ledger.is_kept(1), "it was never shown");
        ledger.note(&[1, 2], 1, true);
        ledger.note(&[2], 2, false);
        ledger.note(&[2], 3, true);
        assert!(ledger.is_kept(1));
        assert!(!ledger.is_kept(2));
        assert_eq!(ledger.steps(2), [1, 2, 3]);
        assert!(!ledger.all_kept());
    }

    #[test]
    fn promises_are_numbered_in_order() {
        let promises = PROMISES.iter().map(|(promise, _)| *promise);
        assert!(promises.eq(1..=20));
    }
}
