//! The state that the rules decide by: users, policies and numbers, as loaded for one batch.
//!
//! [`State::apply`] applies a decision in memory, so that the next event of the same batch sees it;
//! `apply.rs` has its effect on a user. The store writes the same changes, and a test checks that
//! both agree.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use twofactor_contract::{Method, TenantId, UserId, UserKey};
use uuid::Uuid;

use crate::keys::Hash;
use crate::policy::Policy;
pub use crate::user::{
    BackupCode, BackupSet, Browser, CodeEnd, PendingSms, PendingTotp, SentText, Session, Sms,
    TextFate, TextPurpose, Totp, User,
};
use crate::{Change, Changed};

/// The state that one batch needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Policies of the tenants that have one.
    pub policies: HashMap<TenantId, Policy>,
    /// Users; unknown ones are empty.
    pub users: HashMap<UserKey, User>,
    /// The owner of each number, for the numbers of pending set-ups.
    pub number_owners: HashMap<(TenantId, Hash), UserId>,
    /// Enrollment texts to each number in the last 24 hours, over all institutions.
    pub number_texts: HashMap<Hash, BTreeMap<Uuid, Timestamp>>,
}

impl State {
    /// Applies the changes of a decision.
    pub fn apply(&mut self, changed: &Changed) {
        for change in &changed.changes {
            match change {
                Change::SetPolicy { policy } => {
                    self.policies.insert(changed.tenant.clone(), policy.clone());
                }
                Change::HoldText { id, text } if text.purpose == TextPurpose::Enrollment => {
                    self.number_texts
                        .entry(text.lookup)
                        .or_default()
                        .insert(*id, text.taken_at);
                }
                Change::SettleText {
                    id,
                    fate: TextFate::Refused,
                } => {
                    for texts in self.number_texts.values_mut() {
                        texts.remove(id);
                    }
                }
                Change::SetUpSms { sms } => {
                    if let Some(user) = &changed.user {
                        let number = (changed.tenant.clone(), sms.lookup);
                        self.number_owners.insert(number, user.clone());
                    }
                }
                Change::RemoveMethod {
                    method: Method::Sms,
                }
                | Change::Reset { .. }
                | Change::Erase { .. } => {
                    self.number_owners.retain(|(tenant, _), owner| {
                        *tenant != changed.tenant || Some(&*owner) != changed.user.as_ref()
                    });
                }
                Change::HoldText { .. }
                | Change::SettleText { .. }
                | Change::RemoveMethod { .. }
                | Change::RecordFirstLogin { .. }
                | Change::SpendTotpStep { .. }
                | Change::SpendBackupCode { .. }
                | Change::EndCode { .. }
                | Change::CountLoginFailure { .. }
                | Change::ClearLoginFailures
                | Change::CountConfirmFailure { .. }
                | Change::ClearConfirmFailures
                | Change::AcceptSession { .. }
                | Change::RememberSession { .. }
                | Change::MarkSetUp { .. }
                | Change::UseSetUp { .. }
                | Change::RememberBrowser { .. }
                | Change::ForgetBrowser { .. }
                | Change::ForgetBrowsers
                | Change::StartTotp { .. }
                | Change::StartSms { .. }
                | Change::CancelPending { .. }
                | Change::SetUpTotp { .. }
                | Change::IssueBackupCodes { .. }
                | Change::Exempt { .. } => {}
            }
            if let Some(key) = changed.user_key() {
                self.users.entry(key).or_default().apply(change);
            }
        }
    }
}
