//! Everything that the rules know of one user.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use jiff::Timestamp;
use twofactor_contract::{Method, SessionId};
use uuid::Uuid;

use crate::Limits;
use crate::failures::Failures;
use crate::keys::{Hash, Sealed};

/// Everything about one user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct User {
    /// When the user first logged in.
    pub first_login_at: Option<Timestamp>,
    /// Whether a method was ever set up; such a user has no grace.
    pub ever_set_up: bool,
    /// Events of before are void.
    pub reset_since: Option<Timestamp>,
    /// Until when an administrator excuses the user.
    pub exempt_until: Option<Timestamp>,
    /// Wrong codes in a row at login, over totp and sms.
    pub login_failures: Failures,
    /// Wrong codes in a row at set-up, over both methods.
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
    /// Remembered browsers by the hash of their token, expired ones too for a while.
    pub browsers: BTreeMap<Hash, Browser>,
    /// Sessions of the last hours, as far as the batch names them.
    pub sessions: BTreeMap<SessionId, Session>,
}

/// An authenticator app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totp {
    /// The shared secret.
    pub secret: Sealed,
    /// The moment of the set-up.
    pub set_up_at: Timestamp,
    /// The steps (Unix time / 30 s) that were accepted and could still be judged.
    pub spent_steps: BTreeSet<i64>,
}

/// A mobile number that gets codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sms {
    /// The number, E.164.
    pub number: Sealed,
    /// Its hash, to find it again.
    pub lookup: Hash,
    /// Its country, ISO 3166.
    pub country: String,
    /// The moment of the set-up.
    pub set_up_at: Timestamp,
}

/// A set of backup codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupSet {
    /// The salt of all its hashes.
    pub salt: [u8; 16],
    /// The codes, spent ones too, so that a repeat is told from a wrong one.
    pub codes: Vec<BackupCode>,
}

/// A backup code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupCode {
    /// Its keyed and salted password hash.
    pub hash: Hash,
    /// Whether it was accepted.
    pub spent: bool,
}

/// An app that is being set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingTotp {
    /// The shared secret.
    pub secret: Sealed,
    /// Until when it can be confirmed.
    pub expires_at: Timestamp,
}

/// A number that is being set up; it pends as long as the code of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSms {
    /// The number, E.164.
    pub number: Sealed,
    /// Its hash, to find it again.
    pub lookup: Hash,
    /// Its country, ISO 3166.
    pub country: String,
    /// The text with the code.
    pub text: Uuid,
    /// Until when it can be confirmed.
    pub expires_at: Timestamp,
}

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextPurpose {
    /// A code for a login.
    Login,
    /// A code that confirms a number.
    Enrollment,
}

impl TextPurpose {
    /// The name in metrics and in the trail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Enrollment => "enrollment",
        }
    }
}

/// What became of a call of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFate {
    /// The slot is taken, the provider is being called.
    Held,
    /// The provider took it.
    Accepted,
    /// Nobody knows; it counts as sent.
    Unknown,
    /// The provider refused it; the slot was given back.
    Refused,
}

/// How a texted code ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeEnd {
    /// It was accepted.
    Used,
    /// A wrong entry spent it.
    WrongEntry,
    /// A reset, or the removal of the method, voided it.
    Void,
}

/// One call of the provider: a slot of the throttle and the code that was texted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentText {
    /// The login, or the session of the set-up.
    pub session: SessionId,
    /// What it is for.
    pub purpose: TextPurpose,
    /// The hash of the code.
    pub code: Hash,
    /// When the slot was taken.
    pub taken_at: Timestamp,
    /// Until when the code is good.
    pub expires_at: Timestamp,
    /// What became of it.
    pub fate: TextFate,
    /// How the code ended, if it did.
    pub end: Option<CodeEnd>,
    /// The hash of the number, to find it again.
    pub lookup: Hash,
    /// The hash of the number, as auditors see it.
    pub number_ref: Hash,
    /// The number's country, ISO 3166.
    pub country: String,
}

/// A remembered browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Browser {
    /// The address it is bound to: IPv4 exact, IPv6 by /64 or exact.
    pub net: IpNet,
    /// The moment from which it holds.
    pub since: Timestamp,
    /// The moment at which it ends.
    pub until: Timestamp,
}

/// What a login proved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// When a code, or a set-up, let it in.
    pub accepted_at: Option<Timestamp>,
    /// When a remembered browser let it in.
    pub remembered_at: Option<Timestamp>,
    /// When it set a method up, until a login used that.
    pub set_up_at: Option<Timestamp>,
}

impl User {
    /// Whether any method is set up; pending ones do not count.
    pub fn has_method(&self) -> bool {
        self.totp.is_some() || self.sms.is_some()
    }

    /// Whether that method is set up.
    pub fn has(&self, method: Method) -> bool {
        match method {
            Method::Totp => self.totp.is_some(),
            Method::Sms => self.sms.is_some(),
            Method::Backup => self.backup.is_some(),
        }
    }

    /// Whether a set-up of that method is under way; one that expired is none.
    pub fn is_pending(&self, method: Method, now: Timestamp) -> bool {
        let expires_at = match method {
            Method::Totp => self.pending_totp.as_ref().map(|pending| pending.expires_at),
            Method::Sms => self.pending_sms.as_ref().map(|pending| pending.expires_at),
            Method::Backup => None,
        };
        expires_at.is_some_and(|at| at > now)
    }

    /// The methods that a challenge names: set up, and `backup` while a code is left.
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

    /// How many backup codes were not accepted yet.
    pub fn backup_codes_left(&self) -> usize {
        self.backup
            .iter()
            .flat_map(|set| &set.codes)
            .filter(|code| !code.spent)
            .count()
    }

    /// Whether the session was let in by a second factor within the last 12 hours.
    pub fn is_accepted(&self, session: &SessionId, now: Timestamp) -> bool {
        let at = self
            .sessions
            .get(session)
            .and_then(|session| session.accepted_at);
        at.is_some_and(|at| at + Limits::SESSION > now)
    }

    /// The same, or by a remembered browser: enough to look, not to change.
    pub fn is_accepted_or_remembered(&self, session: &SessionId, now: Timestamp) -> bool {
        let at = self
            .sessions
            .get(session)
            .and_then(|session| session.remembered_at);
        self.is_accepted(session, now) || at.is_some_and(|at| at + Limits::SESSION > now)
    }
}
