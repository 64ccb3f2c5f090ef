//! A small independent model of a user: which secrets, codes, tokens and login sessions are valid.
//!
//! It is written from the contract, shares no code with the rules, and keeps everything in clear.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::support::app_code;
use crate::texts::Texts;

/// Count of failures that locks in lives, low enough for some to reach it.
pub const LOCK: u32 = 7;

/// An institution's policy.
#[derive(Clone, Debug)]
pub struct Policy {
    pub required: bool,
    pub grace_days: i64,
    pub since: Option<Timestamp>,
}

/// Consecutive wrong codes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Failures {
    count: u32,
    last: Option<Timestamp>,
}

impl Failures {
    pub fn of(count: u32, last: Option<Timestamp>) -> Self {
        Self { count, last }
    }

    pub fn count(&mut self, now: Timestamp) {
        self.count += 1;
        self.last = Some(now);
    }

    pub fn is_locked(self) -> bool {
        self.count >= LOCK
    }

    fn delays(self, now: Timestamp) -> bool {
        let Some(last) = self.last.filter(|_| self.count >= 5) else {
            return false;
        };
        let wait = 900.min(30 << (self.count - 5));
        last + seconds(wait) > now
    }
}

/// A remembered browser.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    pub network: u8,
    pub until: Timestamp,
}

/// One user.
#[derive(Clone, Debug, Default)]
pub struct User {
    pub app: Option<Vec<u8>>,
    pub pending_app: Option<(Vec<u8>, Timestamp)>,
    pub number: Option<String>,
    pub pending_number: Option<(String, Uuid, Timestamp)>,
    /// Unspent codes.
    pub backup: Vec<String>,
    pub tokens: BTreeMap<String, Token>,
    pub accepted: BTreeMap<String, Timestamp>,
    pub remembered: BTreeMap<String, Timestamp>,
    pub set_up: BTreeMap<String, Timestamp>,
    pub failures: Failures,
    pub confirm_failures: Failures,
    pub reset_since: Option<Timestamp>,
    pub exempt_until: Option<Timestamp>,
    pub first_login: Option<Timestamp>,
    pub had_method: bool,
    /// Every step that was ever accepted, for any app.
    pub spent: BTreeSet<(Vec<u8>, i64)>,
}

pub fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// Returns the network of an address of lives; `None` if it does not identify one.
pub fn network_of(ip: &str) -> Option<u8> {
    match ip {
        "192.0.2.1" => Some(1),
        "192.0.2.2" => Some(2),
        "2001:db8::1" | "2001:db8::2" => Some(3),
        _ => None,
    }
}

impl User {
    pub fn has_method(&self) -> bool {
        self.app.is_some() || self.number.is_some()
    }

    /// Returns the methods that a challenge names.
    pub fn methods(&self) -> Vec<&'static str> {
        let all = [
            ("totp", self.app.is_some()),
            ("sms", self.number.is_some()),
            ("backup", !self.backup.is_empty()),
        ];
        all.into_iter()
            .filter_map(|(name, is)| is.then_some(name))
            .collect()
    }

    /// Returns the reason why an event of this person is too late, if it is.
    pub fn is_late(&self, time: Timestamp, now: Timestamp) -> Option<&'static str> {
        if time + seconds(120) < now {
            return Some("stale_event");
        }
        self.reset_since
            .filter(|since| time <= *since)
            .map(|_| "reset_since")
    }

    /// Returns whether a session may change second factors: the second factor protects itself.
    pub fn may_change(&self, session: &str, now: Timestamp) -> bool {
        !self.has_method() || is_fresh(&self.accepted, session, now)
    }

    pub fn may_look(&self, session: &str, now: Timestamp) -> bool {
        self.may_change(session, now) || is_fresh(&self.remembered, session, now)
    }

    pub fn may_set_up(&self, session: &str, now: Timestamp) -> bool {
        let locked = self.failures.is_locked() || self.confirm_failures.is_locked();
        self.may_change(session, now) && !locked
    }

    pub fn may_confirm(&self, session: &str, now: Timestamp) -> bool {
        self.may_set_up(session, now) && !self.confirm_failures.delays(now)
    }

    pub fn may_get_a_text(&self, now: Timestamp) -> bool {
        self.number.is_some() && !self.failures.is_locked() && !self.failures.delays(now)
    }

    /// Returns the step of an app at which a code is valid and was not accepted before.
    pub fn good_step(&self, app: &[u8], entered: &str, at: Timestamp) -> Option<i64> {
        [0, -1, 1].into_iter().find_map(|offset| {
            let moment = at + seconds(30 * offset);
            let step = moment.as_second() / 30;
            let fresh = !self.spent.contains(&(app.to_vec(), step));
            (fresh && app_code(app, moment) == entered).then_some(step)
        })
    }

    /// Returns the factor or exception by which a login is accepted, if it is.
    pub fn admits(
        &self,
        who: usize,
        login: &Value,
        policy: Option<&Policy>,
        texts: &Texts,
        (time, now): (Timestamp, Timestamp),
    ) -> Option<&'static str> {
        if self.is_late(time, now).is_some() {
            return None;
        }
        if !self.has_method() {
            return self.admits_without_method(policy?, now);
        }
        let session = login["session_id"].as_str().unwrap_or_default();
        let Some(code) = login.get("code") else {
            return self.admits_without_code(login, session, now);
        };
        let entered = code["value"].as_str().unwrap_or_default();
        let shut = self.failures.is_locked() || self.failures.delays(now);
        match code["method"].as_str() {
            Some("totp") => {
                let app = self.app.as_ref().filter(|_| !shut)?;
                self.good_step(app, entered, time.min(now)).map(|_| "totp")
            }
            Some("sms") if shut || self.number.is_none() => None,
            Some("sms") => texts
                .good_login_code(who, session, entered, now)
                .map(|_| "sms"),
            _ => self
                .backup
                .iter()
                .any(|code| code == entered)
                .then_some("backup"),
        }
    }

    fn admits_without_method(&self, policy: &Policy, now: Timestamp) -> Option<&'static str> {
        if self.exempt_until.is_some_and(|until| until > now) {
            return Some("exempt");
        }
        if !policy.required {
            return Some("not_required");
        }
        let from = policy.since?.max(self.first_login.unwrap_or(now));
        let grace = from + seconds(86_400 * policy.grace_days);
        (!self.had_method && grace > now).then_some("grace")
    }

    fn admits_without_code(
        &self,
        login: &Value,
        session: &str,
        now: Timestamp,
    ) -> Option<&'static str> {
        if self
            .set_up
            .get(session)
            .is_some_and(|at| *at + seconds(600) > now)
        {
            return Some("enrolled");
        }
        let token = self.tokens.get(login["remember_token"].as_str()?)?;
        let here = network_of(login["ip"].as_str()?) == Some(token.network);
        (here && token.until > now).then_some("remembered")
    }

    /// Removes everything except what a reset leaves.
    pub fn reset(&mut self, since: Timestamp) {
        *self = Self {
            reset_since: self.reset_since.max(Some(since)),
            exempt_until: self.exempt_until,
            first_login: self.first_login,
            had_method: self.had_method,
            spent: std::mem::take(&mut self.spent),
            ..Self::default()
        };
    }

    /// Removes everything except the time of the erasure and the spent codes.
    pub fn erase(&mut self, since: Timestamp) {
        self.reset(since);
        self.exempt_until = None;
        self.first_login = None;
        self.had_method = false;
    }

    /// Records that a session confirmed a method.
    pub fn set_up(&mut self, session: &str, now: Timestamp) {
        self.set_up.insert(session.to_owned(), now);
        self.exempt_until = None;
        self.had_method = true;
        self.confirm_failures = Failures::default();
    }
}

fn is_fresh(sessions: &BTreeMap<String, Timestamp>, session: &str, now: Timestamp) -> bool {
    sessions
        .get(session)
        .is_some_and(|at| *at + seconds(12 * 3600) > now)
}
