//! Changes to methods that are set up: new backup codes, giving up a method, forgetting browsers.

use jiff::Timestamp;
use twofactor_contract::declaration::EventData;
use twofactor_contract::enrollment::{
    BackupCodesIssued, BackupCodesRequested, BrowsersForgotten, BrowsersForgottenDone,
    EnrollmentRemoved, MethodReset,
};
use twofactor_contract::subject::Subject;
use twofactor_contract::{Method, Outcome, Reason, UserKey};

use super::Enrollment;
use crate::catalogue::Sentence;
use crate::decider::{Case, Decider};
use crate::decision::{Decision, Undecidable};
use crate::failures::Failures;
use crate::needs::Needs;
use crate::trail::Notes;
use crate::user::{CodeEnd, TextPurpose};
use crate::{Change, Keys, Limits, Moment, User, backup_code, browser};

impl Decider for BackupCodesRequested {
    fn needs(&self, _: &Keys, _: &Limits, _: &mut Needs) {}

    fn failures(&self, _: &User, _: &Limits) -> Option<Failures> {
        None
    }

    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        Ok(backup_codes_requested(case.user, self, case.time, moment))
    }
}

impl Decider for MethodReset {
    fn needs(&self, _: &Keys, _: &Limits, needs: &mut Needs) {
        if self.method == Method::Sms {
            let key = UserKey::of(&self.tenant_id, &self.user_id);
            needs.texts.insert(key);
        }
    }

    fn failures(&self, _: &User, _: &Limits) -> Option<Failures> {
        None
    }

    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        Ok(method_reset(case.user, self, case.time, moment))
    }
}

impl Decider for BrowsersForgotten {
    fn needs(&self, _: &Keys, _: &Limits, needs: &mut Needs) {
        let key = UserKey::of(&self.tenant_id, &self.user_id);
        needs.browsers.insert(key);
    }

    fn failures(&self, _: &User, _: &Limits) -> Option<Failures> {
        None
    }

    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        Ok(browsers_forgotten(case.user, self, moment))
    }
}

/// Decides `enrollment.backup_codes.requested.v1`: a new set, which voids the old one.
fn backup_codes_requested(
    user: &User,
    event: &BackupCodesRequested,
    time: Timestamp,
    moment: &mut Moment<'_>,
) -> Decision {
    let enrollment = Enrollment {
        user,
        tenant_id: &event.tenant_id,
        user_id: &event.user_id,
        session_id: &event.session_id,
        method: None,
        language: event.language(),
        time,
    };
    if let Some(reason) = enrollment.not_let_in(moment) {
        return enrollment.rejected(&enrollment.because(reason));
    }
    if !user.has_method() {
        return enrollment.rejected(&enrollment.because(Reason::MethodNotSetUp));
    }
    let (set, codes) = backup_code::issue(moment.keys, moment.rng);
    let issued = BackupCodesIssued {
        subject: enrollment.subject(),
        notice: Sentence::NoticeBackupCodes.in_language(enrollment.language),
    };
    let outcome = Outcome::with_secrets(&issued, &codes);
    let notes = Notes {
        method: Some(Method::Backup),
        ..Notes::default()
    };
    Decision::answered(outcome, vec![Change::IssueBackupCodes { set }], notes)
}

/// Decides `enrollment.method.reset.v1`: the owner gives up a method, or cancels its set-up.
fn method_reset(
    user: &User,
    event: &MethodReset,
    time: Timestamp,
    moment: &Moment<'_>,
) -> Decision {
    let method = event.method;
    let enrollment = Enrollment {
        user,
        tenant_id: &event.tenant_id,
        user_id: &event.user_id,
        session_id: &event.session_id,
        method: Some(method),
        language: event.language(),
        time,
    };
    if let Some(reason) = enrollment.not_let_in(moment) {
        return enrollment.rejected(&enrollment.because(reason));
    }
    let is_pending = user.is_pending(method, moment.now);
    if !user.has(method) && !is_pending {
        return enrollment.rejected(&enrollment.because(Reason::MethodNotSetUp));
    }
    let notice = Sentence::notice_of_removal(method, user.has(method));
    let removed = EnrollmentRemoved {
        subject: enrollment.subject(),
        method,
        notice: notice.in_language(enrollment.language),
    };
    let changes = removal(user, method, is_pending);
    Decision::answered(Outcome::of(&removed), changes, enrollment.notes())
}

/// Returns the changes that remove a method: its codes and the remembered browsers go with it, and
/// the backup codes with the last method.
fn removal(user: &User, method: Method, is_pending: bool) -> Vec<Change> {
    let mut changes = Vec::new();
    if is_pending {
        changes.push(Change::CancelPending { method });
    }
    if method == Method::Sms {
        let void = |purpose| purpose == TextPurpose::Enrollment || user.sms.is_some();
        let unspent = user
            .texts
            .iter()
            .filter(|(_, text)| text.end.is_none() && void(text.purpose));
        changes.extend(unspent.map(|(id, _)| Change::EndCode {
            text: *id,
            end: CodeEnd::Void,
        }));
    }
    if user.has(method) {
        changes.push(Change::RemoveMethod { method });
        changes.push(Change::ForgetBrowsers);
        let is_last = user.totp.is_none() || user.sms.is_none();
        if is_last && user.backup.is_some() {
            changes.push(Change::RemoveMethod {
                method: Method::Backup,
            });
        }
    }
    changes
}

/// Decides `enrollment.browsers.forgotten.v1`: one browser, or all. An unknown browser counts as
/// none.
fn browsers_forgotten(user: &User, event: &BrowsersForgotten, moment: &Moment<'_>) -> Decision {
    let is_meant = |token| match &event.browser_id {
        Some(id) => browser::id(token) == *id,
        None => true,
    };
    let meant = user.browsers.iter().filter(|(token, _)| is_meant(token));
    let live = meant
        .clone()
        .filter(|(_, browser)| browser.until > moment.now);
    let forgotten = BrowsersForgottenDone {
        subject: Subject::of(&event.tenant_id, &event.user_id),
        count: live.count(),
    };
    let changes = match event.browser_id {
        Some(_) => meant
            .map(|(token, _)| Change::ForgetBrowser { token: *token })
            .collect(),
        None => vec![Change::ForgetBrowsers],
    };
    Decision::answered(Outcome::of(&forgotten), changes, Notes::default())
}
