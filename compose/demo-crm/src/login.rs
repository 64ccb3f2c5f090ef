//! A login whose password was right, until it is let in: what the workers last said of it.
//!
//! What the code page shows is read from here. It decides nothing: `next` and `methods` do.

use jiff::{SignedDuration, Timestamp};
use twofactor_client::types::{LoginChallenged, LoginRejected, Method, Next};

use crate::second_factor::Who;

/// A login on its way.
pub struct Login {
    /// The person and the login session.
    pub who: Who,
    /// The methods that are set up.
    pub methods: Vec<Method>,
    /// What the page offers.
    pub next: Next,
    /// The sentence of the last outcome.
    pub message: String,
    /// Until when no code is looked at.
    pub wait_until: Option<Timestamp>,
    /// Whether a text was sent in this login.
    pub text_sent: bool,
    /// From when another text can be requested.
    pub next_text_at: Option<Timestamp>,
    /// Whether "remember this browser" was ticked.
    pub remember: bool,
}

impl Login {
    /// A login that needs a code, or a set-up.
    pub fn challenged(who: Who, outcome: LoginChallenged, now: Timestamp) -> Self {
        Self {
            who,
            methods: outcome.methods,
            next: outcome.next,
            message: outcome.message,
            wait_until: later(now, outcome.retry_after_seconds),
            text_sent: false,
            next_text_at: None,
            remember: false,
        }
    }

    /// A login that was rejected before a code was asked for: the person is locked, say.
    pub fn rejected(who: Who, outcome: LoginRejected, now: Timestamp) -> Self {
        let mut login = Self {
            who,
            methods: Vec::new(),
            next: Next::TryAgain,
            message: String::new(),
            wait_until: None,
            text_sent: false,
            next_text_at: None,
            remember: false,
        };
        login.reject(outcome, now);
        login
    }

    /// Takes what a rejection says. `retry_after_seconds` counts from now: the person's clock has no
    /// say in it.
    pub fn reject(&mut self, outcome: LoginRejected, now: Timestamp) {
        self.methods = outcome.methods;
        self.next = outcome.next;
        self.message = outcome.message;
        self.wait_until = later(now, outcome.retry_after_seconds);
    }

    /// Takes what a challenge says.
    pub fn challenge(&mut self, outcome: LoginChallenged, now: Timestamp) {
        self.methods = outcome.methods;
        self.next = outcome.next;
        self.message = outcome.message;
        self.wait_until = later(now, outcome.retry_after_seconds);
    }

    /// The method of the page: the one that was asked for, if it is set up; else the first.
    pub fn method(&self, asked: Option<&str>) -> Option<Method> {
        let wanted = self
            .methods
            .iter()
            .find(|method| asked == Some(method.as_str()));
        let backup = (self.next == Next::AskAdmin).then_some(&Method::Backup);
        let backup = backup.filter(|backup| self.methods.contains(backup));
        wanted.or(backup).or(self.methods.first()).cloned()
    }
}

/// The time so many seconds later.
pub fn later(now: Timestamp, seconds: Option<i64>) -> Option<Timestamp> {
    now.checked_add(SignedDuration::from_secs(seconds?)).ok()
}

/// Seconds until then, rounded up; `None` where it is over.
pub fn seconds_until(then: Option<Timestamp>, now: Timestamp) -> Option<i64> {
    let left = then?.duration_since(now);
    let seconds = left.as_secs() + i64::from(left.subsec_nanos() > 0);
    (seconds > 0).then_some(seconds)
}
