//! Setting up methods, step by step, and giving them up. A method is set up only once it is
//! confirmed.
//!
//! The second factor protects itself: a user with a method must have logged in with a code to
//! change any. This file has what all events about methods share; each decider has its own file.

mod exemption;
mod policy;
mod sms;
mod totp;
mod upkeep;

use jiff::Timestamp;
use twofactor_contract::enrollment::{EnrollmentCompleted, EnrollmentRejected};
use twofactor_contract::subject::{PerhapsInSession, SessionSubject};
use twofactor_contract::{Language, Method, Outcome, Reason, SessionId, TenantId, UserId, UserKey};

use crate::catalogue::Sentence;
use crate::decision::{Decision, OutcomeAndNotes};
use crate::failures::Failures;
use crate::limits::seconds_until;
use crate::rejection::Rejection;
use crate::trail::Notes;
use crate::{Change, Limits, Moment, User, backup_code, lateness};

/// An event of a person in a login session, about one method or all of them, while it is decided.
#[derive(Clone, Copy)]
pub(crate) struct Enrollment<'a> {
    /// The person's state.
    pub(crate) user: &'a User,
    /// The institution.
    pub(crate) tenant_id: &'a TenantId,
    /// The person.
    pub(crate) user_id: &'a UserId,
    /// The person's login session.
    pub(crate) session_id: &'a SessionId,
    /// The method that it is about, if a single one.
    pub(crate) method: Option<Method>,
    /// The language of the answer.
    pub(crate) language: Language,
    /// Time at which the CRM received it from the person.
    pub(crate) time: Timestamp,
}

impl Enrollment<'_> {
    fn key(&self) -> UserKey {
        UserKey::of(self.tenant_id, self.user_id)
    }

    fn subject(&self) -> SessionSubject {
        SessionSubject::of(self.tenant_id, self.user_id, self.session_id)
    }

    fn notes(&self) -> Notes {
        Notes {
            method: self.method,
            ..Notes::default()
        }
    }

    /// Makes the rejection for a reason.
    fn because(&self, reason: Reason) -> Rejection {
        Rejection::new(reason, self.method)
    }

    /// Runs the first checks of every event with a login session: it is not too late, and the
    /// session was accepted by a second factor if the user has one.
    fn not_let_in(&self, moment: &Moment<'_>) -> Option<Reason> {
        let is_accepted = self.user.is_accepted(self.session_id, moment.now);
        let guarded = self.user.has_method() && !is_accepted;
        lateness::too_late(self.user, self.time, moment)
            .or(guarded.then_some(Reason::LoginRequired))
    }

    /// Runs the checks that starting and confirming a method share.
    fn cannot_set_up(&self, method: Method, moment: &Moment<'_>) -> Option<Reason> {
        let user = self.user;
        let limits = moment.limits;
        let locked =
            user.login_failures.is_locked(limits) || user.confirm_failures.is_locked(limits);
        self.not_let_in(moment)
            .or(locked.then_some(Reason::Locked))
            .or(user.has(method).then_some(Reason::AlreadySetUp))
    }

    /// Runs the checks of a confirmation before its code is judged.
    fn cannot_confirm(&self, method: Method, moment: &Moment<'_>) -> Option<Rejection> {
        if let Some(reason) = self.cannot_set_up(method, moment) {
            return Some(self.because(reason));
        }
        let failures = &self.user.confirm_failures;
        let until = failures.waits_until(moment.now, moment.limits)?;
        let rejection = self.because(Reason::TooManyFailures);
        Some(rejection.retry_after(seconds_until(moment.now, until)))
    }

    /// Rejects a wrong confirmation and counts it: set-ups have their own count and wait.
    fn wrong_confirmation(
        &self,
        rejection: Rejection,
        mut changes: Vec<Change>,
        moment: &Moment<'_>,
    ) -> Decision {
        changes.push(Change::CountConfirmFailure { at: moment.now });
        let failures = self.user.confirm_failures.counted(moment.now);
        let waits = failures.waits_until(moment.now, moment.limits);
        let (outcome, notes) = self.outcome_of(&rejection.waiting_until(waits, moment.now));
        Decision::answered(outcome, changes, notes)
    }

    /// Completes the set-up of a method. The first method brings the backup codes.
    fn completed(
        &self,
        method: Method,
        mut changes: Vec<Change>,
        notes: Notes,
        moment: &mut Moment<'_>,
    ) -> Decision {
        changes.push(Change::MarkSetUp {
            session: self.session_id.clone(),
            at: moment.now,
        });
        if self.user.confirm_failures.count > 0 {
            changes.push(Change::ClearConfirmFailures);
        }
        let completed = EnrollmentCompleted {
            subject: self.subject(),
            method,
            set_up_at: moment.now.into(),
            notice: Sentence::notice_of_set_up(method).in_language(self.language),
        };
        let outcome = if self.user.has_method() {
            Outcome::of(&completed)
        } else {
            let (set, codes) = backup_code::issue(moment.keys, moment.rng);
            changes.push(Change::IssueBackupCodes { set });
            Outcome::with_secrets(&completed, &codes)
        };
        Decision::answered(outcome, changes, notes)
    }

    /// Answers with `enrollment.rejected.v1` and without a change.
    fn rejected(&self, rejection: &Rejection) -> Decision {
        let (outcome, notes) = self.outcome_of(rejection);
        Decision::answered(outcome, Vec::new(), notes)
    }

    fn outcome_of(&self, rejection: &Rejection) -> OutcomeAndNotes {
        let subject = PerhapsInSession::of(self.tenant_id, self.user_id, Some(self.session_id));
        outcome_of(rejection, subject, self.method, self.language)
    }
}

/// Returns the failures that count for a set-up: its own, or those at login if they lock, which
/// locks set-ups too.
fn confirm_failures(user: &User, limits: &Limits) -> Failures {
    if user.login_failures.is_locked(limits) {
        user.login_failures
    } else {
        user.confirm_failures
    }
}

/// Makes `enrollment.rejected.v1`, with its notes for the trail.
pub(crate) fn outcome_of(
    rejection: &Rejection,
    subject: PerhapsInSession,
    method: Option<Method>,
    language: Language,
) -> OutcomeAndNotes {
    let notes = Notes {
        method,
        reason: Some(rejection.reason),
        ..Notes::default()
    };
    let outcome = EnrollmentRejected {
        subject,
        method,
        reason: rejection.reason,
        message: rejection.message(language),
        next: rejection.next,
        retry_after_seconds: rejection.retry_after_seconds,
    };
    (Outcome::of(&outcome), notes)
}
