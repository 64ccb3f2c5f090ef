//! The state of one user, as the rules know it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ipnet::IpNet;
use jiff::Timestamp;
use twofactor_contract::{Method, SessionId};
use uuid::Uuid;

use crate::Limits;
use crate::failures::Failures;
use crate::keys::{Hash, Sealed};

/// The state of one user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct User {
    /// Time of the user's first login.
    pub first_login_at: Option<Timestamp>,
    /// `true` once a method was set up; such a user has no grace.
    pub ever_set_up: bool,
    /// Events with a `time` up to this one are void.
    pub reset_since: Option<Timestamp>,
    /// End of the user's exemption.
    pub exempt_until: Option<Timestamp>,
    /// Consecutive wrong codes at login, over `totp` and `sms`.
    pub login_failures: Failures,
    /// Consecutive wrong codes at set-up, over both methods.
    pub confirm_failures: Failures,
    /// The authenticator app.
    pub totp: Option<Totp>,
    /// The mobile number.
    pub sms: Option<Sms>,
    /// The set of backup codes.
    pub backup: Option<BackupSet>,
    /// An app that is being set up.
    pub pending_totp: Option<PendingTotp>,
    /// A number that is being set up.
    pub pending_sms: Option<PendingSms>,
    /// Texts of the last days, by the outcome id of the event that asked for each.
    pub texts: BTreeMap<Uuid, SentText>,
    /// Remembered browsers by the hash of their token, including recently expired ones.
    pub browsers: BTreeMap<Hash, Browser>,
    /// Login sessions of the last hours, as far as the batch names them.
    pub sessions: HashMap<SessionId, Session>,
}

/// An authenticator app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totp {
    /// The shared secret.
    pub secret: Sealed,
    /// Time of the set-up.
    pub set_up_at: Timestamp,
    /// The steps (Unix time divided by 30 s) that were accepted and could still match a code.
    pub spent_steps: BTreeSet<i64>,
}

/// A mobile number that gets codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sms {
    /// The number, E.164.
    pub number: Sealed,
    /// The keyed hash of the number, to find it again.
    pub lookup: Hash,
    /// The number's country, as an ISO 3166 code.
    pub country: String,
    /// Time of the set-up.
    pub set_up_at: Timestamp,
}

/// A set of backup codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupSet {
    /// The salt of all its hashes.
    pub salt: [u8; 16],
    /// The codes, including spent ones, so that a used code can be told from a wrong one.
    pub codes: Vec<BackupCode>,
}

/// A backup code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupCode {
    /// Its keyed and salted password hash.
    pub hash: Hash,
    /// `true` once accepted.
    pub spent: bool,
}

/// An app that is being set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingTotp {
    /// The shared secret.
    pub secret: Sealed,
    /// Time until which it can be confirmed.
    pub expires_at: Timestamp,
}

/// A number that is being set up; it is pending as long as the code of its text is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSms {
    /// The number, E.164.
    pub number: Sealed,
    /// The keyed hash of the number, to find it again.
    pub lookup: Hash,
    /// The number's country, as an ISO 3166 code.
    pub country: String,
    /// The text with the code.
    pub text: Uuid,
    /// Time until which it can be confirmed.
    pub expires_at: Timestamp,
}

/// The purpose of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextPurpose {
    /// A code for a login.
    Login,
    /// A code that confirms a number.
    Enrollment,
}

impl TextPurpose {
    /// Returns the name in metrics and in the trail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Enrollment => "enrollment",
        }
    }
}

/// The fate of a text: the result of a call of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFate {
    /// The slot is taken, the provider is being called.
    Held,
    /// The provider accepted it.
    Accepted,
    /// It is not known whether it was sent; it counts as sent.
    Unknown,
    /// The provider refused it; the slot was given back.
    Refused,
}

/// The way in which a texted code ended before it expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeEnd {
    /// It was accepted.
    Used,
    /// A wrong entry spent it.
    WrongEntry,
    /// A reset, or giving up the method, voided it.
    Void,
}

/// One call of the provider: a slot of the throttle and the code that was texted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentText {
    /// The login session of the login or the set-up.
    pub session: SessionId,
    /// The purpose of the text.
    pub purpose: TextPurpose,
    /// The hash of the code.
    pub code: Hash,
    /// Time at which the slot was taken.
    pub taken_at: Timestamp,
    /// Time until which the code is valid.
    pub expires_at: Timestamp,
    /// The fate of the text.
    pub fate: TextFate,
    /// The way in which the code ended, if it did.
    pub end: Option<CodeEnd>,
    /// The keyed hash of the number, to find it again.
    pub lookup: Hash,
    /// The keyed hash of the number, as auditors see it.
    pub number_ref: Hash,
    /// The number's country, as an ISO 3166 code.
    pub country: String,
}

/// A remembered browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Browser {
    /// The network that it is bound to: an exact address, or the /64 of an IPv6 address.
    pub net: IpNet,
    /// Time since which it is remembered.
    pub since: Timestamp,
    /// Time until which it is remembered.
    pub until: Timestamp,
}

/// The proofs of a login session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Time at which a code, or a set-up, let it in.
    pub accepted_at: Option<Timestamp>,
    /// Time at which a remembered browser let it in.
    pub remembered_at: Option<Timestamp>,
    /// Time at which it set up a method; `None` once a login used that.
    pub set_up_at: Option<Timestamp>,
}

impl User {
    /// Returns whether any method is set up; pending ones do not count.
    pub fn has_method(&self) -> bool {
        self.totp.is_some() || self.sms.is_some()
    }

    /// Returns whether a method is set up.
    pub fn has(&self, method: Method) -> bool {
        match method {
            Method::Totp => self.totp.is_some(),
            Method::Sms => self.sms.is_some(),
            Method::Backup => self.backup.is_some(),
        }
    }

    /// Returns whether the set-up of a method is pending; an expired one is not.
    pub fn is_pending(&self, method: Method, now: Timestamp) -> bool {
        let expires_at = match method {
            Method::Totp => self.pending_totp.as_ref().map(|pending| pending.expires_at),
            Method::Sms => self.pending_sms.as_ref().map(|pending| pending.expires_at),
            Method::Backup => None,
        };
        expires_at.is_some_and(|at| at > now)
    }

    /// Returns the methods that a challenge names: those that are set up, and `backup` while a code
    /// is left.
    pub fn methods(&self) -> Vec<Method> {
        let left = self.backup_codes_left() > 0;
        let offered = [
            (Method::Totp, self.totp.is_some()),
            (Method::Sms, self.sms.is_some()),
            (Method::Backup, left),
        ];
        offered
            .into_iter()
            .filter_map(|(method, is)| is.then_some(method))
            .collect()
    }

    /// Returns the count of unspent backup codes.
    pub fn backup_codes_left(&self) -> usize {
        self.backup
            .iter()
            .flat_map(|set| &set.codes)
            .filter(|code| !code.spent)
            .count()
    }

    /// Returns whether the session was accepted by a second factor within the last 12 hours.
    pub fn is_accepted(&self, session: &SessionId, now: Timestamp) -> bool {
        let at = self
            .sessions
            .get(session)
            .and_then(|session| session.accepted_at);
        at.is_some_and(|at| at + Limits::SESSION > now)
    }

    /// Returns whether the session was accepted by a second factor or a remembered browser within
    /// the last 12 hours: enough to look, but not to change.
    pub fn is_accepted_or_remembered(&self, session: &SessionId, now: Timestamp) -> bool {
        let at = self
            .sessions
            .get(session)
            .and_then(|session| session.remembered_at);
        self.is_accepted(session, now) || at.is_some_and(|at| at + Limits::SESSION > now)
    }
}
