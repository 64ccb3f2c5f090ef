//! How each [`Change`] alters a user in memory, and nothing besides.
//!
//! The store's `dirty.rs` says which rows the same change touches. Both match every change.

use jiff::Timestamp;
use twofactor_contract::Method;

use crate::Change;
use crate::failures::Failures;
use crate::user::{CodeEnd, User};

impl User {
    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::RecordFirstLogin { at } => self.first_login_at = Some(*at),
            Change::SpendTotpStep {
                step,
                forget_before,
            } => {
                if let Some(totp) = &mut self.totp {
                    totp.spent_steps.retain(|spent| spent >= forget_before);
                    totp.spent_steps.insert(*step);
                }
            }
            Change::SpendBackupCode { index } => {
                if let Some(code) = self
                    .backup
                    .as_mut()
                    .and_then(|set| set.codes.get_mut(*index))
                {
                    code.spent = true;
                }
            }
            Change::EndCode { text, end } => {
                if let Some(text) = self.texts.get_mut(text) {
                    text.end = Some(*end);
                }
            }
            Change::CountLoginFailure { at } => {
                self.login_failures = self.login_failures.counted(*at);
            }
            Change::ClearLoginFailures => self.login_failures = Failures::default(),
            Change::CountConfirmFailure { at } => {
                self.confirm_failures = self.confirm_failures.counted(*at);
            }
            Change::ClearConfirmFailures => self.confirm_failures = Failures::default(),
            Change::AcceptSession { session, at } => {
                let session = self.sessions.entry(session.clone()).or_default();
                session.accepted_at = Some(*at);
            }
            Change::RememberSession { session, at } => {
                self.sessions
                    .entry(session.clone())
                    .or_default()
                    .remembered_at = Some(*at);
            }
            Change::MarkSetUp { session, at } => {
                self.sessions.entry(session.clone()).or_default().set_up_at = Some(*at);
            }
            Change::UseSetUp { session } => {
                self.sessions.entry(session.clone()).or_default().set_up_at = None;
            }
            Change::RememberBrowser { token, browser } => {
                self.browsers.insert(*token, *browser);
            }
            Change::ForgetBrowser { token } => drop(self.browsers.remove(token)),
            Change::ForgetBrowsers => self.browsers.clear(),
            Change::HoldText { id, text } => drop(self.texts.insert(*id, text.clone())),
            Change::SettleText { id, fate } => {
                if let Some(text) = self.texts.get_mut(id) {
                    text.fate = *fate;
                }
            }
            Change::StartTotp { pending } => self.pending_totp = Some(pending.clone()),
            Change::StartSms { pending } => self.pending_sms = Some(pending.clone()),
            Change::CancelPending { method } => match method {
                Method::Totp => self.pending_totp = None,
                Method::Sms => self.pending_sms = None,
                Method::Backup => {}
            },
            Change::SetUpTotp { totp } => {
                self.totp = Some(totp.clone());
                self.pending_totp = None;
                self.ever_set_up = true;
                self.exempt_until = None;
            }
            Change::SetUpSms { sms } => {
                self.sms = Some(sms.clone());
                self.pending_sms = None;
                self.ever_set_up = true;
                self.exempt_until = None;
            }
            Change::RemoveMethod { method } => match method {
                Method::Totp => self.totp = None,
                Method::Sms => self.sms = None,
                Method::Backup => self.backup = None,
            },
            Change::IssueBackupCodes { set } => self.backup = Some(set.clone()),
            Change::Exempt { until } => self.exempt_until = *until,
            Change::Reset { since } => self.reset(*since),
            Change::Erase { since } => {
                let texts = std::mem::take(&mut self.texts);
                *self = Self {
                    texts,
                    ..Self::default()
                };
                self.reset(*since);
            }
            Change::SetPolicy { .. } => {}
        }
    }

    /// Everything goes but what was before, the first login, and the throttle's clock.
    fn reset(&mut self, since: Timestamp) {
        for text in self.texts.values_mut() {
            text.end.get_or_insert(CodeEnd::Void);
        }
        *self = Self {
            first_login_at: self.first_login_at,
            ever_set_up: self.ever_set_up,
            reset_since: Some(self.reset_since.map_or(since, |before| before.max(since))),
            exempt_until: self.exempt_until,
            texts: std::mem::take(&mut self.texts),
            ..Self::default()
        };
    }
}
