//! `login.attempted.v1`: whether a login is accepted after a correct password.
//!
//! The rules are in the contract's order, one early return each. For a user who has a method, only
//! a factor that is valid now leads to `login.accepted.v1`.

use jiff::Timestamp;
use twofactor_contract::declaration::EventData;
use twofactor_contract::login::{
    EnteredCode, LoginAccepted, LoginAttempted, LoginChallenged, LoginRejected, TokenVerdict,
};
use twofactor_contract::subject::SessionSubject;
use twofactor_contract::{Method, Next, Outcome, Reason, UserKey, Via};

use crate::catalogue::Sentence;
use crate::decider::{Case, Decider};
use crate::decision::{Decision, Undecidable};
use crate::failures::Failures;
use crate::limits::seconds_until;
use crate::needs::Needs;
use crate::policy::Policy;
use crate::purpose::Purpose;
use crate::rejection::Rejection;
use crate::trail::Notes;
use crate::user::CodeEnd;
use crate::{
    Change, Keys, Limits, Moment, State, User, backup_code, browser, lateness, session_texts,
    sms_code, totp,
};

impl Decider for LoginAttempted {
    fn needs(&self, _: &Keys, _: &Limits, needs: &mut Needs) {
        let key = || UserKey::of(&self.tenant_id, &self.user_id);
        if self
            .code
            .as_ref()
            .is_some_and(|code| code.method == Method::Sms)
        {
            needs.texts.insert(key());
        }
        if self.remember_token.is_some() || self.remember_me {
            needs.browsers.insert(key());
        }
    }

    fn failures(&self, user: &User, _: &Limits) -> Option<Failures> {
        Some(user.login_failures)
    }

    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        attempted(case.state, case.user, self, case.time, moment)
    }
}

/// Decides a login.
fn attempted(
    state: &State,
    user: &User,
    event: &LoginAttempted,
    time: Timestamp,
    moment: &mut Moment<'_>,
) -> Result<Decision, Undecidable> {
    let policy = state.policies.get(&event.tenant_id);
    let mut login = Login {
        user,
        event,
        policy,
        key: UserKey::of(&event.tenant_id, &event.user_id),
        time,
        changes: Vec::new(),
    };
    if let Some(reason) = lateness::too_late(user, time, moment) {
        return Ok(login.rejected(&Rejection::new(reason, None), Notes::default()));
    }
    if user.first_login_at.is_none() {
        login
            .changes
            .push(Change::RecordFirstLogin { at: moment.now });
    }
    if !user.has_method() {
        return Ok(login.without_method(moment));
    }
    match &event.code {
        None => Ok(login.without_code(moment)),
        Some(code) => login.with_code(code, moment),
    }
}

/// One login while it is decided.
struct Login<'a> {
    user: &'a User,
    event: &'a LoginAttempted,
    policy: Option<&'a Policy>,
    key: UserKey,
    time: Timestamp,
    changes: Vec<Change>,
}

impl Login<'_> {
    /// Applies rule 2: a user without a method is not asked for a code.
    fn without_method(self, moment: &mut Moment<'_>) -> Decision {
        let now = moment.now;
        if self.user.exempt_until.is_some_and(|until| until > now) {
            return self.accepted(Via::Exempt, Notes::default(), moment);
        }
        if self.policy.is_some_and(|policy| !policy.required) {
            return self.accepted(Via::NotRequired, Notes::default(), moment);
        }
        if self.set_up_by(now).is_some_and(|by| by > now) {
            return self.accepted(Via::Grace, Notes::default(), moment);
        }
        self.challenged(Next::SetUp, None, moment)
    }

    /// Applies rule 3: accepts the session without a code where possible, else challenges.
    fn without_code(mut self, moment: &mut Moment<'_>) -> Decision {
        let now = moment.now;
        let user = self.user;
        let event = self.event;
        let session = user.sessions.get(&event.session_id);
        let set_up_at = session.and_then(|session| session.set_up_at);
        if set_up_at.is_some_and(|at| at + Limits::ENROLLED > now) {
            self.changes.push(Change::UseSetUp {
                session: event.session_id.clone(),
            });
            return self.accepted(Via::Enrolled, Notes::default(), moment);
        }
        let token = event.remember_token.as_ref().map(|token| {
            let hash = browser::token_hash(token.expose(), moment.keys, &self.key);
            browser::judge(user, hash, event.ip, now)
        });
        if let Some(Ok(())) = token {
            return self.accepted(Via::Remembered, Notes::default(), moment);
        }
        if user.login_failures.is_locked(moment.limits) {
            return self.rejected(&Rejection::new(Reason::Locked, None), Notes::default());
        }
        self.challenged(Next::EnterCode, token.and_then(Result::err), moment)
    }

    /// Applies rule 4: judges a code, whether or not a token came with it.
    fn with_code(
        self,
        code: &EnteredCode,
        moment: &mut Moment<'_>,
    ) -> Result<Decision, Undecidable> {
        let method = code.method;
        let user = self.user;
        let notes = Notes {
            method: Some(method),
            ..Notes::default()
        };
        if !user.has(method) {
            return Ok(self.rejected(&Rejection::new(Reason::MethodNotSetUp, Some(method)), notes));
        }
        if method != Method::Backup {
            if user.login_failures.is_locked(moment.limits) {
                return Ok(self.rejected(&Rejection::new(Reason::Locked, Some(method)), notes));
            }
            let waits = user.login_failures.waits_until(moment.now, moment.limits);
            if waits.is_some() {
                let rejection = Rejection::new(Reason::TooManyFailures, Some(method));
                return Ok(self.rejected(&rejection.waiting_until(waits, moment.now), notes));
            }
        }
        match method {
            Method::Totp => self.with_totp(code.value.expose(), notes, moment),
            Method::Sms => Ok(self.with_sms(code.value.expose(), notes, moment)),
            Method::Backup => Ok(self.with_backup_code(code.value.expose(), notes, moment)),
        }
    }

    fn with_totp(
        mut self,
        entered: &str,
        mut notes: Notes,
        moment: &mut Moment<'_>,
    ) -> Result<Decision, Undecidable> {
        let because = |reason| Rejection::new(reason, Some(Method::Totp));
        let Some(app) = &self.user.totp else {
            return Ok(self.rejected(&because(Reason::MethodNotSetUp), notes));
        };
        let Some(code) = totp::Code::parse(entered) else {
            return Ok(self.rejected(&because(Reason::MalformedCode), notes));
        };
        let secret = moment
            .keys
            .open(Purpose::TotpSecret, &self.key, &app.secret)?;
        let at = self.time.min(moment.now);
        let judged = totp::judge(&secret, &code, at, &app.spent_steps);
        match judged {
            totp::Judgement::Holds { step, offset } => {
                notes.facts.totp_offset = Some(offset);
                let forget_before =
                    totp::oldest_worth_keeping(moment.now, moment.limits.event_max_age);
                self.changes.push(Change::SpendTotpStep {
                    step,
                    forget_before,
                });
                Ok(self.accepted(Via::Totp, notes, moment))
            }
            totp::Judgement::Used { offset } => {
                notes.facts.totp_offset = Some(offset);
                Ok(self.rejected(&because(Reason::CodeUsed), notes))
            }
            totp::Judgement::Off { offset } => {
                notes.facts.totp_offset = Some(offset);
                let clock = because(Reason::WrongCode).saying(Sentence::clock_off(offset));
                Ok(self.failed(clock, notes, moment))
            }
            totp::Judgement::Wrong => Ok(self.failed(because(Reason::WrongCode), notes, moment)),
        }
    }

    fn with_sms(mut self, entered: &str, notes: Notes, moment: &mut Moment<'_>) -> Decision {
        let because = |reason| Rejection::new(reason, Some(Method::Sms));
        let code = match sms_code::Code::parse(entered) {
            sms_code::Entry::Code(code) => code,
            sms_code::Entry::UpperCase => {
                return self.rejected(
                    &because(Reason::MalformedCode).saying(Sentence::MalformedCodeCapitals),
                    notes,
                );
            }
            sms_code::Entry::Malformed => {
                return self.rejected(&because(Reason::MalformedCode), notes);
            }
        };
        let hash = code.hash(moment.keys, &self.key, &self.event.session_id);
        let sent = session_texts::SessionTexts::of(self.user, &self.event.session_id);
        match sent.judge(&hash, moment.now) {
            session_texts::Judgement::Holds { text } => {
                self.changes.push(Change::EndCode {
                    text,
                    end: CodeEnd::Used,
                });
                self.accepted(Via::Sms, notes, moment)
            }
            session_texts::Judgement::Used => self.rejected(&because(Reason::CodeUsed), notes),
            session_texts::Judgement::Expired => {
                self.rejected(&because(Reason::CodeExpired), notes)
            }
            session_texts::Judgement::NoneSent => {
                self.rejected(&because(Reason::NoCodeSent), notes)
            }
            session_texts::Judgement::Wrong { spends } => {
                let end = CodeEnd::WrongEntry;
                self.changes
                    .extend(spends.into_iter().map(|text| Change::EndCode { text, end }));
                self.failed(because(Reason::WrongCode), notes, moment)
            }
        }
    }

    fn with_backup_code(
        mut self,
        entered: &str,
        notes: Notes,
        moment: &mut Moment<'_>,
    ) -> Decision {
        let because = |reason| Rejection::new(reason, Some(Method::Backup));
        let Some(set) = &self.user.backup else {
            return self.rejected(&because(Reason::MethodNotSetUp), notes);
        };
        let Some(code) = backup_code::Code::parse(entered) else {
            return self.rejected(&because(Reason::MalformedCode), notes);
        };
        match backup_code::judge(set, &code, moment.keys) {
            backup_code::Judgement::Holds { index } => {
                self.changes.push(Change::SpendBackupCode { index });
                self.accepted(Via::Backup, notes, moment)
            }
            backup_code::Judgement::Used => self.rejected(&because(Reason::CodeUsed), notes),
            backup_code::Judgement::Wrong => self.rejected(&because(Reason::WrongCode), notes),
        }
    }

    fn subject(&self) -> SessionSubject {
        let event = self.event;
        SessionSubject::of(&event.tenant_id, &event.user_id, &event.session_id)
    }

    fn set_up_by(&self, now: Timestamp) -> Option<Timestamp> {
        let first_login_at = self.user.first_login_at.unwrap_or(now);
        self.policy
            .filter(|_| !self.user.ever_set_up)?
            .set_up_by(first_login_at)
    }

    fn accepted(mut self, via: Via, notes: Notes, moment: &mut Moment<'_>) -> Decision {
        let event = self.event;
        let now = moment.now;
        let session = event.session_id.clone();
        let has_code = matches!(via, Via::Totp | Via::Sms | Via::Backup);
        let proved = has_code || via == Via::Enrolled;
        if proved {
            self.changes
                .push(Change::AcceptSession { session, at: now });
        } else if via == Via::Remembered {
            self.changes
                .push(Change::RememberSession { session, at: now });
        }
        if has_code && self.user.login_failures.count > 0 {
            self.changes.push(Change::ClearLoginFailures);
        }
        // A lock of set-ups asks for a backup code, too.
        if via == Via::Backup && self.user.confirm_failures.count > 0 {
            self.changes.push(Change::ClearConfirmFailures);
        }
        let remembered = (event.remember_me && proved)
            .then(|| browser::remember(self.user, &self.key, event.ip, moment))
            .flatten();
        let remembered = remembered.map(|(token, until, changes)| {
            self.changes.extend(changes);
            (token, until)
        });
        let accepted = LoginAccepted {
            subject: self.subject(),
            via,
            backup_codes_left: (via == Via::Backup)
                .then(|| self.user.backup_codes_left().saturating_sub(1)),
            set_up_by: (via == Via::Grace)
                .then(|| self.set_up_by(now))
                .flatten()
                .map(Into::into),
            notice: (via == Via::Backup)
                .then(|| Sentence::NoticeBackupCodeUsed.in_language(event.language())),
            remembered_until: remembered.as_ref().map(|(_, until)| (*until).into()),
        };
        let outcome = match remembered {
            Some((token, _)) => Outcome::with_secrets(&accepted, &token),
            None => Outcome::of(&accepted),
        };
        let notes = Notes {
            via: Some(via),
            ..notes
        };
        self.answered(outcome, notes)
    }

    fn challenged(
        self,
        next: Next,
        remembered: Option<TokenVerdict>,
        moment: &Moment<'_>,
    ) -> Decision {
        let waits = self
            .user
            .login_failures
            .waits_until(moment.now, moment.limits);
        let outcome = LoginChallenged {
            subject: self.subject(),
            methods: self.user.methods(),
            next,
            message: Sentence::challenge(next).in_language(self.event.language()),
            retry_after_seconds: waits.map(|until| seconds_until(moment.now, until)),
            remembered,
        };
        self.answered(Outcome::of(&outcome), Notes::default())
    }

    /// Rejects a wrong code of `totp` or `sms`, and counts it.
    fn failed(mut self, rejection: Rejection, notes: Notes, moment: &Moment<'_>) -> Decision {
        self.changes
            .push(Change::CountLoginFailure { at: moment.now });
        let failures = self.user.login_failures.counted(moment.now);
        let waits = failures.waits_until(moment.now, moment.limits);
        self.rejected(&rejection.waiting_until(waits, moment.now), notes)
    }

    fn rejected(self, rejection: &Rejection, notes: Notes) -> Decision {
        let outcome = LoginRejected {
            subject: self.subject(),
            reason: rejection.reason,
            next: rejection.next,
            message: rejection.message(self.event.language()),
            methods: self.user.methods(),
            retry_after_seconds: rejection.retry_after_seconds,
        };
        self.answered(
            Outcome::of(&outcome),
            Notes {
                reason: Some(rejection.reason),
                ..notes
            },
        )
    }

    fn answered(self, outcome: Outcome, notes: Notes) -> Decision {
        let notes = Notes {
            ip: Some(self.event.ip.address()),
            policy_required: self.policy.map(|policy| policy.required),
            ..notes
        };
        Decision::answered(outcome, self.changes, notes)
    }
}
