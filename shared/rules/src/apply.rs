//! The effect of each [`Change`] on a user in memory.
//!
//! The store's `dirty.rs` says which rows the same change touches. Both match every change.

use jiff::Timestamp;
use twofactor_contract::{Method, SessionId};
use uuid::Uuid;

use crate::Change;
use crate::failures::Failures;
use crate::user::{CodeEnd, SentText, Session, User};

impl User {
    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::RecordFirstLogin { at } => self.first_login_at = Some(*at),
            Change::SpendTotpStep {
                step,
                forget_before,
            } => self.spend_totp_step(*step, *forget_before),
            Change::SpendBackupCode { index } => self.spend_backup_code(*index),
            Change::EndCode { text, end } => self.with_text(text, |text| text.end = Some(*end)),
            Change::CountLoginFailure { at } => {
                self.login_failures = self.login_failures.counted(*at);
            }
            Change::ClearLoginFailures => self.login_failures = Failures::default(),
            Change::CountConfirmFailure { at } => {
                self.confirm_failures = self.confirm_failures.counted(*at);
            }
            Change::ClearConfirmFailures => self.confirm_failures = Failures::default(),
            Change::AcceptSession { session, at } => self.session(session).accepted_at = Some(*at),
            Change::RememberSession { session, at } => {
                self.session(session).remembered_at = Some(*at);
            }
            Change::MarkSetUp { session, at } => self.session(session).set_up_at = Some(*at),
            Change::UseSetUp { session } => self.session(session).set_up_at = None,
            Change::RememberBrowser { token, browser } => {
                self.browsers.insert(*token, *browser);
            }
            Change::ForgetBrowser { token } => drop(self.browsers.remove(token)),
            Change::ForgetBrowsers => self.browsers.clear(),
            Change::HoldText { id, text } => drop(self.texts.insert(*id, text.clone())),
            Change::SettleText { id, fate } => self.with_text(id, |text| text.fate = *fate),
            Change::StartTotp { pending } => self.pending_totp = Some(pending.clone()),
            Change::StartSms { pending } => self.pending_sms = Some(pending.clone()),
            Change::CancelPending { method } => self.cancel_pending(*method),
            Change::SetUpTotp { totp } => {
                self.totp = Some(totp.clone());
                self.mark_set_up(Method::Totp);
            }
            Change::SetUpSms { sms } => {
                self.sms = Some(sms.clone());
                self.mark_set_up(Method::Sms);
            }
            Change::RemoveMethod { method } => match method {
                Method::Totp => self.totp = None,
                Method::Sms => self.sms = None,
                Method::Backup => self.backup = None,
            },
            Change::IssueBackupCodes { set } => self.backup = Some(set.clone()),
            Change::Exempt { until } => self.exempt_until = *until,
            Change::Reset { since } => self.reset(*since),
            Change::Erase { since } => self.erase(*since),
            Change::SetPolicy { .. } => {}
        }
    }

    fn session(&mut self, id: &SessionId) -> &mut Session {
        self.sessions.entry(id.clone()).or_default()
    }

    fn with_text(&mut self, id: &Uuid, change: impl FnOnce(&mut SentText)) {
        if let Some(text) = self.texts.get_mut(id) {
            change(text);
        }
    }

    fn spend_totp_step(&mut self, step: i64, forget_before: i64) {
        if let Some(totp) = &mut self.totp {
            totp.spent_steps.retain(|spent| *spent >= forget_before);
            totp.spent_steps.insert(step);
        }
    }

    fn spend_backup_code(&mut self, index: usize) {
        let codes = self.backup.as_mut().map(|set| &mut set.codes);
        if let Some(code) = codes.and_then(|codes| codes.get_mut(index)) {
            code.spent = true;
        }
    }

    fn cancel_pending(&mut self, method: Method) {
        match method {
            Method::Totp => self.pending_totp = None,
            Method::Sms => self.pending_sms = None,
            Method::Backup => {}
        }
    }

    /// Records that a method is set up: its set-up is no longer pending, and grace and an exemption
    /// end.
    fn mark_set_up(&mut self, method: Method) {
        self.cancel_pending(method);
        self.ever_set_up = true;
        self.exempt_until = None;
    }

    /// Removes everything except the throttle's clock. The time of a reset stays if it is later than
    /// that of the erasure, so that an event from before the reset still counts as late. Nothing is
    /// known any more of what became of a code.
    fn erase(&mut self, since: Timestamp) {
        for text in self.texts.values_mut() {
            text.end = Some(CodeEnd::Void);
        }
        *self = Self {
            reset_since: self.reset_since,
            texts: std::mem::take(&mut self.texts),
            ..Self::default()
        };
        self.reset(since);
    }

    /// Removes everything except the first login, the exemption, whether a method was ever set up,
    /// and the throttle's clock.
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
