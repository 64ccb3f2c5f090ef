//! What a decision changes, one imperative each. [`crate::State`] and the store both obey them.

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
    /// Grace is counted from here.
    RecordFirstLogin {
        /// The moment, by the database's clock.
        at: Timestamp,
    },
    /// A TOTP step was accepted; steps before `forget_before` can no longer be judged.
    SpendTotpStep {
        /// Unix time / 30 s.
        step: i64,
        /// The oldest step worth keeping.
        forget_before: i64,
    },
    /// A backup code was accepted.
    SpendBackupCode {
        /// Its place in the set.
        index: usize,
    },
    /// A texted code ended before its time.
    EndCode {
        /// The text.
        text: Uuid,
        /// What ended the code.
        end: CodeEnd,
    },
    /// A wrong code at login.
    CountLoginFailure {
        /// When it was decided.
        at: Timestamp,
    },
    /// A code was accepted.
    ClearLoginFailures,
    /// A wrong code at set-up.
    CountConfirmFailure {
        /// When it was decided.
        at: Timestamp,
    },
    /// A set-up was completed.
    ClearConfirmFailures,
    /// A second factor, or a set-up, let the session in.
    AcceptSession {
        /// The login.
        session: SessionId,
        /// The moment, by the database's clock.
        at: Timestamp,
    },
    /// A remembered browser let the session in.
    RememberSession {
        /// The login.
        session: SessionId,
        /// The moment, by the database's clock.
        at: Timestamp,
    },
    /// The session set a method up, and may be let in for it once.
    MarkSetUp {
        /// The login.
        session: SessionId,
        /// The moment, by the database's clock.
        at: Timestamp,
    },
    /// The session was let in for its set-up.
    UseSetUp {
        /// The login.
        session: SessionId,
    },
    /// A browser needs no code for a time.
    RememberBrowser {
        /// The hash of its token.
        token: Hash,
        /// Where and how long.
        browser: Browser,
    },
    /// A browser too many.
    ForgetBrowser {
        /// The hash of its token.
        token: Hash,
    },
    /// No browser of the user is remembered any more.
    ForgetBrowsers,
    /// The slot is taken before the provider is called.
    HoldText {
        /// The outcome id of the event that asked.
        id: Uuid,
        /// Slot and code.
        text: SentText,
    },
    /// What became of a held text.
    SettleText {
        /// The text.
        id: Uuid,
        /// What the provider said.
        fate: TextFate,
    },
    /// An app is being set up; an earlier start is replaced.
    StartTotp {
        /// The new one.
        pending: PendingTotp,
    },
    /// A number is being set up; an earlier start is replaced.
    StartSms {
        /// The new one.
        pending: PendingSms,
    },
    /// A set-up is given up.
    CancelPending {
        /// Of which method.
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
    /// A method is given up; `backup` is the set of codes.
    RemoveMethod {
        /// The method.
        method: Method,
    },
    /// A new set of backup codes; the old one is void.
    IssueBackupCodes {
        /// The set.
        set: BackupSet,
    },
    /// An administrator excuses the user, or ends it.
    Exempt {
        /// The moment at which it ends.
        until: Option<Timestamp>,
    },
    /// Every method, code, browser, session and failure goes.
    Reset {
        /// Events of before are void.
        since: Timestamp,
    },
    /// Every state of the user goes but this moment and the throttle's clock.
    Erase {
        /// Events of before are void.
        since: Timestamp,
    },
    /// The policy of the tenant.
    SetPolicy {
        /// The new one.
        policy: Policy,
    },
}

/// The changes of one decision, and whom they are about.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The institution.
    pub tenant: TenantId,
    /// The user, but for a policy.
    pub user: Option<UserId>,
    /// In this order.
    pub changes: Vec<Change>,
}

impl Changed {
    /// The user's key.
    pub fn user_key(&self) -> Option<UserKey> {
        let user = self.user.clone()?;
        Some(UserKey {
            tenant: self.tenant.clone(),
            user,
        })
    }
}
