//! The keys of the rows that the changes of a batch touch. One exhaustive match: a new change does
//! not compile until its rows are named here.
//!
//! Rows are written once, from the state after all changes; this only knows their keys.

use std::collections::BTreeSet;

use twofactor_contract::{SessionId, TenantId, UserKey};
use twofactor_rules::keys::Hash;
use twofactor_rules::{Change, Changed};
use uuid::Uuid;

/// Keys of the rows to write.
#[derive(Debug, Default)]
pub(crate) struct Dirty {
    pub policies: BTreeSet<TenantId>,
    pub users: BTreeSet<UserKey>,
    /// Users whose row changes in nothing but what a login changes.
    pub logins: BTreeSet<UserKey>,
    pub texts: BTreeSet<(UserKey, Uuid)>,
    pub sessions: BTreeSet<(UserKey, SessionId)>,
    pub browsers: BTreeSet<(UserKey, Hash)>,
    /// Users whose browsers were all forgotten.
    pub forgotten: BTreeSet<UserKey>,
    /// Users that were reset or erased: every text is written again, every login session is
    /// deleted.
    pub wiped: BTreeSet<UserKey>,
    /// Users that were erased: texts that are not loaded are void, too.
    pub erased: BTreeSet<UserKey>,
}

impl Dirty {
    /// Marks the rows that the changes of a decision touch; returns the user if it was reset.
    pub(crate) fn mark(&mut self, changed: &Changed) -> Option<UserKey> {
        let user = changed.user_key();
        let mut reset = false;
        for change in &changed.changes {
            match &user {
                Some(user) => reset |= self.mark_of_user(changed, user, change),
                None => self.mark_of_tenant(&changed.tenant, change),
            }
        }
        user.filter(|_| reset)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.policies.is_empty()
            && self.users.is_empty()
            && self.logins.is_empty()
            && self.texts.is_empty()
            && self.sessions.is_empty()
            && self.browsers.is_empty()
            && self.forgotten.is_empty()
    }

    fn mark_of_tenant(&mut self, tenant: &TenantId, change: &Change) {
        if matches!(change, Change::SetPolicy { .. }) {
            self.policies.insert(tenant.clone());
        }
    }

    /// Marks one change; returns `true` if it was a reset or an erasure.
    fn mark_of_user(&mut self, changed: &Changed, user: &UserKey, change: &Change) -> bool {
        match change {
            Change::RecordFirstLogin { .. }
            | Change::SpendTotpStep { .. }
            | Change::SpendBackupCode { .. }
            | Change::CountLoginFailure { .. }
            | Change::ClearLoginFailures => drop(self.logins.insert(user.clone())),
            Change::CountConfirmFailure { .. }
            | Change::ClearConfirmFailures
            | Change::StartTotp { .. }
            | Change::StartSms { .. }
            | Change::CancelPending { .. }
            | Change::SetUpTotp { .. }
            | Change::SetUpSms { .. }
            | Change::RemoveMethod { .. }
            | Change::IssueBackupCodes { .. }
            | Change::Exempt { .. } => drop(self.users.insert(user.clone())),
            Change::EndCode { text: id, .. }
            | Change::HoldText { id, .. }
            | Change::SettleText { id, .. } => drop(self.texts.insert((user.clone(), *id))),
            Change::AcceptSession { session, .. }
            | Change::RememberSession { session, .. }
            | Change::MarkSetUp { session, .. }
            | Change::UseSetUp { session } => {
                self.sessions.insert((user.clone(), session.clone()));
            }
            Change::RememberBrowser { token, .. } | Change::ForgetBrowser { token } => {
                self.browsers.insert((user.clone(), *token));
            }
            Change::ForgetBrowsers => drop(self.forgotten.insert(user.clone())),
            Change::Reset { .. } => return self.wipe(user),
            Change::Erase { .. } => {
                self.erased.insert(user.clone());
                return self.wipe(user);
            }
            Change::SetPolicy { .. } => self.mark_of_tenant(&changed.tenant, change),
        }
        false
    }

    /// Marks what a reset and an erasure have in common; returns `true`.
    fn wipe(&mut self, user: &UserKey) -> bool {
        self.users.insert(user.clone());
        self.forgotten.insert(user.clone());
        self.wiped.insert(user.clone());
        true
    }
}
