//! What a person does with methods that are set up: new backup codes, giving a method up, forgetting
//! browsers.

use jiff::Timestamp;
use twofactor_contract::enrollment::{
    BackupCodesIssued, BackupCodesRequested, BrowsersForgotten, BrowsersForgottenDone,
    EnrollmentRemoved, MethodReset,
};
use twofactor_contract::subject::Subject;
use twofactor_contract::{Method, Outcome, Reason};

use super::Enrollment;
use crate::decision::Decision;
use crate::trail::Notes;
use crate::user::{CodeEnd, TextPurpose};
use crate::{Change, Moment, User, backup_code};

/// `enrollment.backup_codes.requested.v1`: a new set; the old one is void.
pub fn backup_codes_requested(
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
        time,
    };
    if let Some(reason) = enrollment.not_let_in(moment) {
        return enrollment.rejected(enrollment.no(reason));
    }
    if !user.has_method() {
        return enrollment.rejected(enrollment.no(Reason::MethodNotSetUp));
    }
    let (set, codes) = backup_code::issue(moment.keys, moment.rng);
    let issued = BackupCodesIssued {
        subject: enrollment.subject(),
    };
    let outcome = Outcome::with_secrets(&issued, &codes);
    let notes = Notes {
        method: Some(Method::Backup),
        ..Notes::default()
    };
    Decision::answered(outcome, vec![Change::IssueBackupCodes { set }], notes)
}

/// `enrollment.method.reset.v1`: the owner gives a method up, or cancels its set-up.
pub fn method_reset(
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
        time,
    };
    if let Some(reason) = enrollment.not_let_in(moment) {
        return enrollment.rejected(enrollment.no(reason));
    }
    let is_pending = user.is_pending(method, moment.now);
    if !user.has(method) && !is_pending {
        return enrollment.rejected(enrollment.no(Reason::MethodNotSetUp));
    }
    let removed = EnrollmentRemoved {
        subject: enrollment.subject(),
        method,
    };
    let changes = removal(user, method, is_pending);
    Decision::answered(Outcome::of(&removed), changes, enrollment.notes())
}

/// What goes with a method: its codes, the remembered browsers, and the backup codes with the last.
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

/// `enrollment.browsers.forgotten.v1`.
pub fn browsers_forgotten(user: &User, event: &BrowsersForgotten, moment: &Moment<'_>) -> Decision {
    let live = user
        .browsers
        .values()
        .filter(|browser| browser.until > moment.now);
    let forgotten = BrowsersForgottenDone {
        subject: Subject::of(&event.tenant_id, &event.user_id),
        count: live.count(),
    };
    Decision::answered(
        Outcome::of(&forgotten),
        vec![Change::ForgetBrowsers],
        Notes::default(),
    )
}
