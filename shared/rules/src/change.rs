//! The changes that a decision makes, each named by an imperative. [`crate::State`] and the store
//! both carry them out.

use jiff::Timestamp;
use twofactor_contract::{Method, SessionId, TenantId, UserId, UserKey};
use uuid::Uuid;

use crate::keys::Hash;
use crate::policy::Policy;
use crate::user::{
    BackupSet, Browser, CodeEnd, PendingSms, PendingTotp, SentText, Sms, TextFate, Totp,
};

/// One change to a user, or to the policy of a tenant.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The user logs in for the first time; grace may count from here.
    RecordFirstLogin {
        /// Time, by the database's clock.
        at: Timestamp,
    },
    /// A TOTP step was accepted. Steps before `forget_before` can no longer be judged.
    SpendTotpStep {
        /// The step: Unix time divided by 30 s.
        step: i64,
        /// The oldest step to keep.
        forget_before: i64,
    },
    /// A backup code was accepted.
    SpendBackupCode {
        /// Index in the set.
        index: usize,
    },
    /// A texted code ended before its time.
    EndCode {
        /// The text.
        text: Uuid,
        /// The way in which the code ended.
        end: CodeEnd,
    },
    /// A wrong code at login.
    CountLoginFailure {
        /// Time of the decision.
        at: Timestamp,
    },
    /// A code was accepted.
    ClearLoginFailures,
    /// A wrong code at set-up.
    CountConfirmFailure {
        /// Time of the decision.
        at: Timestamp,
    },
    /// A set-up was completed.
    ClearConfirmFailures,
    /// The login session was accepted by a second factor, or after a set-up.
    AcceptSession {
        /// The login session.
        session: SessionId,
        /// Time, by the database's clock.
        at: Timestamp,
    },
    /// The login session was accepted by a remembered browser.
    RememberSession {
        /// The login session.
        session: SessionId,
        /// Time, by the database's clock.
        at: Timestamp,
    },
    /// The login session set up a method, which may be used once to accept a login.
    MarkSetUp {
        /// The login session.
        session: SessionId,
        /// Time, by the database's clock.
        at: Timestamp,
    },
    /// The login session was accepted for its set-up.
    UseSetUp {
        /// The login session.
        session: SessionId,
    },
    /// A browser is remembered.
    RememberBrowser {
        /// The hash of its token.
        token: Hash,
        /// The network that it is bound to, and how long it is remembered.
        browser: Browser,
    },
    /// A remembered browser is forgotten.
    ForgetBrowser {
        /// The hash of its token.
        token: Hash,
    },
    /// Every remembered browser of the user is forgotten.
    ForgetBrowsers,
    /// A text is held: its slot is taken before the provider is called.
    HoldText {
        /// The outcome id of the event that asked.
        id: Uuid,
        /// The slot and the code.
        text: SentText,
    },
    /// A held text is settled.
    SettleText {
        /// The text.
        id: Uuid,
        /// The result of the provider's answer.
        fate: TextFate,
    },
    /// The set-up of an app is started; it replaces an earlier one.
    StartTotp {
        /// The new value.
        pending: PendingTotp,
    },
    /// The set-up of a number is started; it replaces an earlier one.
    StartSms {
        /// The new value.
        pending: PendingSms,
    },
    /// A pending set-up is cancelled.
    CancelPending {
        /// The method.
        method: Method,
    },
    /// The app is confirmed. Ends an exemption.
    SetUpTotp {
        /// The app, with the step that confirmed it spent.
        totp: Totp,
    },
    /// The number is confirmed. Ends an exemption.
    SetUpSms {
        /// The number.
        sms: Sms,
    },
    /// A method is removed; `backup` stands for the set of backup codes.
    RemoveMethod {
        /// The method.
        method: Method,
    },
    /// A new set of backup codes; the old one is void.
    IssueBackupCodes {
        /// The set.
        set: BackupSet,
    },
    /// An administrator exempts the user, or ends the exemption.
    Exempt {
        /// End of the exemption; `None` if there is none any more.
        until: Option<Timestamp>,
    },
    /// Every method, code, browser, session and failure count is removed.
    Reset {
        /// Events with a `time` up to this one are void.
        since: Timestamp,
    },
    /// All state of the user is removed, except this time and the throttle's clock.
    Erase {
        /// Events with a `time` up to this one are void.
        since: Timestamp,
    },
    /// The policy of the tenant is set.
    SetPolicy {
        /// The new value.
        policy: Policy,
    },
}

/// The changes of one decision, with their institution and user.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The institution.
    pub tenant: TenantId,
    /// The user; `None` for a policy.
    pub user: Option<UserId>,
    /// The changes, in the order in which they apply.
    pub changes: Vec<Change>,
}

impl Changed {
    /// Returns the user's key.
    pub fn user_key(&self) -> Option<UserKey> {
        let user = self.user.clone()?;
        Some(UserKey {
            tenant: self.tenant.clone(),
            user,
        })
    }
}
