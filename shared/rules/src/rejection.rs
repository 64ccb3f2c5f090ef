//! A rejection: its reason, the next step that the page should offer, and the message to the
//! person.
//!
//! The same reason has the same `next` everywhere. The words stand in [`crate::catalogue`].

use jiff::Timestamp;
use twofactor_contract::{Language, Method, Next, Reason};

use crate::Limits;
use crate::catalogue::{Duration, Sentence};
use crate::limits::seconds_until;
use crate::next::next;
use crate::throttle::Throttled;

/// A rejection, before it is put into the words of a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The reason.
    pub reason: Reason,
    /// The next step that the page should offer.
    pub next: Next,
    /// Seconds until trying again can help, if waiting helps.
    pub retry_after_seconds: Option<i64>,
    /// The sentence that explains it.
    pub sentence: Sentence,
}

impl Rejection {
    /// Makes the rejection for a reason; `method` is the one that the person tried.
    pub const fn new(reason: Reason, method: Option<Method>) -> Self {
        Self {
            reason,
            next: next(reason, method),
            retry_after_seconds: None,
            sentence: Sentence::of(reason, method),
        }
    }

    /// Makes the rejection of a text that a limit holds back.
    pub fn throttled(by: Throttled, now: Timestamp, limits: &Limits) -> Self {
        Self::new(Reason::Throttled, Some(Method::Sms))
            .saying(Sentence::throttled(by.by, limits))
            .retry_after(seconds_until(now, by.until))
    }

    /// Sets the seconds to wait.
    #[must_use]
    pub fn retry_after(mut self, seconds: i64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// Sets the seconds to wait, if a wait runs.
    #[must_use]
    pub fn waiting_until(self, until: Option<Timestamp>, now: Timestamp) -> Self {
        match until {
            Some(until) => self.retry_after(seconds_until(now, until)),
            None => self,
        }
    }

    /// Replaces the usual sentence.
    #[must_use]
    pub fn saying(mut self, sentence: Sentence) -> Self {
        self.sentence = sentence;
        self
    }

    /// Returns the message to the person: the sentence, and how long to wait if waiting helps.
    pub fn message(&self, language: Language) -> String {
        let sentence = self.sentence.in_language(language);
        let Some(seconds) = self.retry_after_seconds else {
            return sentence;
        };
        let wait = Duration::rounded_up(seconds);
        let wait = Sentence::Wait { wait }.in_language(language);
        format!("{sentence} {wait}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::throttle::Pace;

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(second)
    }

    #[test]
    fn a_wait_follows_the_sentence_whichever_is_set_first() {
        let rejection = Rejection::new(Reason::WrongCode, Some(Method::Totp));
        let clock = Sentence::clock_off(2);
        let waits_first = rejection.clone().retry_after(120).saying(clock.clone());
        assert_eq!(rejection.saying(clock).retry_after(120), waits_first);
        let english = waits_first.message(Language::En);
        assert!(english.ends_with("try the next code. Please wait 2 minutes."));
        let welsh = waits_first.message(Language::Cy);
        assert!(welsh.ends_with("y cod nesaf. Arhoswch 2 funud, os gwelwch yn dda."));
    }

    #[test]
    fn without_a_wait_none_is_mentioned() {
        let rejection = Rejection::new(Reason::TooManyFailures, Some(Method::Sms));
        let unhindered = rejection.clone().waiting_until(None, at(0));
        assert_eq!(unhindered, rejection);
        assert_eq!(
            rejection.message(Language::Cy),
            "Rhoddwyd gormod o godau anghywir."
        );
    }

    #[test]
    fn a_text_that_is_held_back_says_why_and_until_when() {
        let by = Throttled {
            until: at(298),
            by: Pace::UserPeriod,
        };
        let rejection = Rejection::throttled(by, at(0), &Limits::default());
        assert_eq!(rejection.reason, Reason::Throttled);
        assert_eq!(rejection.next, Next::Wait);
        assert_eq!(rejection.retry_after_seconds, Some(298));
        assert_eq!(
            rejection.message(Language::En),
            "We send you at most one text in 5 minutes. Please wait 5 minutes."
        );
    }
}
