//! Setting methods up, step by step, and giving them up. Nothing counts before it is confirmed.
//!
//! The second factor guards itself: who has a method must have logged in with a code to change
//! any. The two methods have a file each; what they share, and the rest, stands here.

pub mod sms;
pub mod totp;

use jiff::Timestamp;
use twofactor_contract::enrollment::{
    BackupCodesIssued, BackupCodesRequested, BrowsersForgotten, BrowsersForgottenDone,
    EnrollmentCompleted, EnrollmentRejected, EnrollmentRemoved, Exempted, ExemptionSet,
    MethodReset,
};
use twofactor_contract::{Method, Outcome, Reason, Secret, SessionId, TenantId, UserId, UserKey};

use crate::blank::blank_numbers;
use crate::decision::{Decision, Noted};
use crate::limits::seconds_until;
use crate::trail::Notes;
use crate::user::{CodeEnd, TextPurpose};
use crate::words::No;
use crate::{Change, Limits, Moment, User, backup_code, lateness};

/// Whom an enrollment event is about.
#[derive(Clone, Copy)]
pub(crate) struct Person<'a> {
    tenant: &'a TenantId,
    user: &'a UserId,
    session: Option<&'a SessionId>,
}

impl<'a> Person<'a> {
    pub(crate) fn of(
        tenant: &'a TenantId,
        user: &'a UserId,
        session: Option<&'a SessionId>,
    ) -> Self {
        Self {
            tenant,
            user,
            session,
        }
    }

    fn key(self) -> UserKey {
        UserKey {
            tenant: self.tenant.clone(),
            user: self.user.clone(),
        }
    }
}

/// `enrollment.backup_codes.requested.v1`: a new set; the old one is void.
pub fn backup_codes_requested(
    user: &User,
    event: &BackupCodesRequested,
    time: Timestamp,
    moment: &mut Moment<'_>,
) -> Decision {
    let person = Person::of(&event.tenant_id, &event.user_id, Some(&event.session_id));
    if let Some(reason) = not_let_in(user, &event.session_id, time, moment) {
        return rejected(person, None, No::new(reason, None));
    }
    if !user.has_method() {
        return rejected(person, None, No::new(Reason::MethodNotSetUp, None));
    }
    let (set, codes) = backup_code::issue(moment.keys, moment.rng);
    let outcome = BackupCodesIssued {
        tenant_id: event.tenant_id.clone(),
        user_id: event.user_id.clone(),
        session_id: event.session_id.clone(),
        backup_codes: codes,
    };
    let notes = Notes {
        method: Some(Method::Backup),
        ..Notes::default()
    };
    answered(
        Outcome::of(&outcome),
        vec![Change::IssueBackupCodes { set }],
        notes,
    )
}

/// `enrollment.method.reset.v1`: the owner gives a method up, or cancels its set-up.
pub fn method_reset(
    user: &User,
    event: &MethodReset,
    time: Timestamp,
    moment: &Moment<'_>,
) -> Decision {
    let person = Person::of(&event.tenant_id, &event.user_id, Some(&event.session_id));
    let method = event.method;
    if let Some(reason) = not_let_in(user, &event.session_id, time, moment) {
        return rejected(person, Some(method), No::new(reason, Some(method)));
    }
    let is_pending = user.is_pending(method, moment.now);
    if !user.has(method) && !is_pending {
        return rejected(
            person,
            Some(method),
            No::new(Reason::MethodNotSetUp, Some(method)),
        );
    }
    let outcome = EnrollmentRemoved {
        tenant_id: event.tenant_id.clone(),
        user_id: event.user_id.clone(),
        session_id: event.session_id.clone(),
        method,
    };
    let notes = Notes {
        method: Some(method),
        ..Notes::default()
    };
    answered(
        Outcome::of(&outcome),
        removal(user, method, is_pending),
        notes,
    )
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
    let count = user
        .browsers
        .values()
        .filter(|browser| browser.until > moment.now)
        .count();
    let outcome = BrowsersForgottenDone {
        tenant_id: event.tenant_id.clone(),
        user_id: event.user_id.clone(),
        count,
    };
    answered(
        Outcome::of(&outcome),
        vec![Change::ForgetBrowsers],
        Notes::default(),
    )
}

/// `enrollment.exempted.v1`: for a user who can use neither method.
pub fn exempted(user: &User, event: &Exempted, moment: &Moment<'_>) -> Decision {
    let admin_reason = Some(blank_numbers(event.reason.as_str()));
    if user.has_method() {
        let person = Person::of(&event.tenant_id, &event.user_id, None);
        let no = No::new(Reason::AlreadySetUp, None)
            .saying("This user has set a method up, so there is nothing to be exempted from.");
        let (outcome, notes) = rejection(person, None, no);
        return answered(
            outcome,
            Vec::new(),
            Notes {
                admin_reason,
                ..notes
            },
        );
    }
    let outcome = ExemptionSet {
        tenant_id: event.tenant_id.clone(),
        user_id: event.user_id.clone(),
        until: event.until,
    };
    let until = (event.until > moment.now).then_some(event.until);
    let notes = Notes {
        admin_reason,
        ..Notes::default()
    };
    answered(Outcome::of(&outcome), vec![Change::Exempt { until }], notes)
}

/// The first checks of every event with a session: not too late, and let in by a second factor
/// where there is one.
fn not_let_in(
    user: &User,
    session: &SessionId,
    time: Timestamp,
    moment: &Moment<'_>,
) -> Option<Reason> {
    let guarded = user.has_method() && !user.is_accepted(session, moment.now);
    lateness::too_late(user, time, moment).or(guarded.then_some(Reason::LoginRequired))
}

/// The checks that starting and confirming a method share.
fn cannot_set_up(
    user: &User,
    method: Method,
    session: &SessionId,
    time: Timestamp,
    moment: &Moment<'_>,
) -> Option<Reason> {
    let limits = moment.limits;
    let locked = user.login_failures.is_locked(limits) || user.confirm_failures.is_locked(limits);
    not_let_in(user, session, time, moment)
        .or(locked.then_some(Reason::Locked))
        .or(user.has(method).then_some(Reason::AlreadySetUp))
}

/// The checks of a confirmation before its code is looked at.
fn cannot_confirm(
    user: &User,
    method: Method,
    session: &SessionId,
    time: Timestamp,
    moment: &Moment<'_>,
) -> Option<No> {
    if let Some(reason) = cannot_set_up(user, method, session, time, moment) {
        return Some(No::new(reason, Some(method)));
    }
    let until = user
        .confirm_failures
        .waits_until(moment.now, moment.limits)?;
    let no = No::new(Reason::TooManyFailures, Some(method));
    Some(no.retry_after(seconds_until(moment.now, until)))
}

/// A wrong confirmation: counted, with a wait of its own.
fn wrong_confirmation(
    user: &User,
    person: Person<'_>,
    method: Method,
    no: No,
    mut changes: Vec<Change>,
    moment: &Moment<'_>,
) -> Decision {
    changes.push(Change::CountConfirmFailure { at: moment.now });
    let waits = user
        .confirm_failures
        .counted(moment.now)
        .waits_until(moment.now, moment.limits);
    let no = no.waiting_until(waits, moment.now);
    let (outcome, notes) = rejection(person, Some(method), no);
    answered(outcome, changes, notes)
}

/// A method is confirmed. The first one brings the backup codes.
fn completed(
    user: &User,
    person: Person<'_>,
    session: &SessionId,
    method: Method,
    mut changes: Vec<Change>,
    notes: Notes,
    moment: &mut Moment<'_>,
) -> Decision {
    changes.push(Change::MarkSetUp {
        session: session.clone(),
        at: moment.now,
    });
    if user.confirm_failures.count > 0 {
        changes.push(Change::ClearConfirmFailures);
    }
    let backup_codes: Option<Secret<Vec<String>>> = (!user.has_method()).then(|| {
        let (set, codes) = backup_code::issue(moment.keys, moment.rng);
        changes.push(Change::IssueBackupCodes { set });
        codes
    });
    let outcome = EnrollmentCompleted {
        tenant_id: person.tenant.clone(),
        user_id: person.user.clone(),
        session_id: session.clone(),
        method,
        set_up_at: moment.now,
        backup_codes,
    };
    answered(
        Outcome::of(&outcome),
        changes,
        Notes {
            method: Some(method),
            ..notes
        },
    )
}

/// `enrollment.rejected.v1`, without a change.
pub(crate) fn rejected(person: Person<'_>, method: Option<Method>, no: No) -> Decision {
    let (outcome, notes) = rejection(person, method, no);
    answered(outcome, Vec::new(), notes)
}

fn rejection(person: Person<'_>, method: Option<Method>, no: No) -> Noted {
    let notes = Notes {
        method,
        reason: Some(no.reason),
        ..Notes::default()
    };
    let outcome = EnrollmentRejected {
        tenant_id: person.tenant.clone(),
        user_id: person.user.clone(),
        session_id: person.session.cloned(),
        method,
        reason: no.reason,
        message: no.message,
        next: no.next,
        retry_after_seconds: no.retry_after_seconds,
    };
    (Outcome::of(&outcome), notes)
}

fn answered(outcome: Outcome, changes: Vec<Change>, notes: Notes) -> Decision {
    Decision::Answered {
        outcome,
        changes,
        notes: Box::new(notes),
    }
}

/// How long a set-up by app may take.
fn totp_pends_until(moment: &Moment<'_>) -> Timestamp {
    moment.now + Limits::TOTP_PENDING
}
