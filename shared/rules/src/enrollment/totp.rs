//! Setting up an authenticator app: a secret and its QR picture, then the first code of the app.

use std::collections::BTreeSet;

use jiff::Timestamp;
use twofactor_contract::declaration::EventData;
use twofactor_contract::enrollment::{EnrollmentPending, Label, TotpConfirmed, TotpStarted};
use twofactor_contract::{Method, Outcome, Reason, Refusal};

use super::{Enrollment, confirm_failures};
use crate::catalogue::Sentence;
use crate::decider::{Case, Decider};
use crate::decision::{Decision, Undecidable};
use crate::facts::Facts;
use crate::failures::Failures;
use crate::needs::Needs;
use crate::purpose::Purpose;
use crate::trail::Notes;
use crate::user::{PendingTotp, Totp};
use crate::{Change, Keys, Limits, Moment, User, totp};

const METHOD: Method = Method::Totp;

impl Decider for TotpStarted {
    fn needs(&self, _: &Keys, _: &Limits, _: &mut Needs) {}

    fn out_of_range(&self, _: Timestamp, limits: &Limits) -> Option<Refusal> {
        refuse_long_names(self, limits)
    }

    fn failures(&self, user: &User, limits: &Limits) -> Option<Failures> {
        Some(confirm_failures(user, limits))
    }

    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        Ok(started(case.user, self, case.time, moment))
    }
}

impl Decider for TotpConfirmed {
    fn needs(&self, _: &Keys, _: &Limits, _: &mut Needs) {}

    fn failures(&self, user: &User, limits: &Limits) -> Option<Failures> {
        Some(confirm_failures(user, limits))
    }

    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        confirmed(case.user, self, case.time, moment)
    }
}

/// Decides `enrollment.totp.started.v1`.
fn started(user: &User, event: &TotpStarted, time: Timestamp, moment: &mut Moment<'_>) -> Decision {
    let enrollment = Enrollment {
        user,
        tenant_id: &event.tenant_id,
        user_id: &event.user_id,
        session_id: &event.session_id,
        method: Some(METHOD),
        language: event.language(),
        time,
    };
    if let Some(reason) = enrollment.cannot_set_up(METHOD, moment) {
        return enrollment.rejected(&enrollment.because(reason));
    }
    let key = totp::new_secret(moment.rng);
    let issuer = issuer(event, moment.limits);
    let secrets = totp::provision(&key, issuer, event.account.as_str());
    let expires_at = moment.now + Limits::TOTP_PENDING;
    let user = enrollment.key();
    let sealed = moment
        .keys
        .seal(Purpose::TotpSecret, &user, &key, moment.rng);
    let outcome = EnrollmentPending {
        subject: enrollment.subject(),
        method: METHOD,
        expires_at: expires_at.into(),
        next_request_at: None,
        billed_to: None,
        delivery: None,
    };
    let pending = PendingTotp {
        secret: sealed,
        expires_at,
    };
    Decision::answered(
        Outcome::with_secrets(&outcome, &secrets),
        vec![Change::StartTotp { pending }],
        enrollment.notes(),
    )
}

/// Returns the name that the app shows for the institution.
fn issuer<'a>(event: &'a TotpStarted, limits: &'a Limits) -> &'a str {
    let own = event.issuer.as_ref().map(Label::as_str);
    own.unwrap_or(&limits.issuer)
}

/// Refuses names that are too long for the QR picture. The refusal points to the member to shorten:
/// the issuer if the event has one, since the picture holds it twice.
fn refuse_long_names(event: &TotpStarted, limits: &Limits) -> Option<Refusal> {
    if totp::fits_a_picture(issuer(event, limits), event.account.as_str()) {
        return None;
    }
    let sentence = "issuer and account together are too long for a QR picture; shorten one, or \
                    use fewer letters other than a to z.";
    let field = match event.issuer {
        Some(_) => "/data/issuer",
        None => "/data/account",
    };
    Some(Refusal::field(field, sentence))
}

/// Decides `enrollment.totp.confirmed.v1`. The confirmation spends its code.
fn confirmed(
    user: &User,
    event: &TotpConfirmed,
    time: Timestamp,
    moment: &mut Moment<'_>,
) -> Result<Decision, Undecidable> {
    let enrollment = Enrollment {
        user,
        tenant_id: &event.tenant_id,
        user_id: &event.user_id,
        session_id: &event.session_id,
        method: Some(METHOD),
        language: event.language(),
        time,
    };
    if let Some(rejection) = enrollment.cannot_confirm(METHOD, moment) {
        return Ok(enrollment.rejected(&rejection));
    }
    let pending = user
        .pending_totp
        .as_ref()
        .filter(|pending| pending.expires_at > moment.now);
    let Some(pending) = pending else {
        return Ok(enrollment.rejected(&enrollment.because(Reason::NotStarted)));
    };
    let Some(code) = totp::Code::parse(event.code.expose()) else {
        return Ok(enrollment.rejected(&enrollment.because(Reason::MalformedCode)));
    };
    let key = enrollment.key();
    let secret = moment
        .keys
        .open(Purpose::TotpSecret, &key, &pending.secret)?;
    let wrong = enrollment.because(Reason::WrongCode);
    let (step, offset) = match totp::judge(&secret, &code, time.min(moment.now), &BTreeSet::new()) {
        totp::Judgement::Holds { step, offset } => (step, offset),
        totp::Judgement::Off { offset } => {
            let clock = wrong.saying(Sentence::clock_off(offset));
            let mut wrong = enrollment.wrong_confirmation(clock, Vec::new(), moment);
            wrong.facts().totp_offset = Some(offset);
            return Ok(wrong);
        }
        totp::Judgement::Used { .. } | totp::Judgement::Wrong => {
            return Ok(enrollment.wrong_confirmation(wrong, Vec::new(), moment));
        }
    };
    let app = Totp {
        secret: pending.secret.clone(),
        set_up_at: moment.now,
        spent_steps: BTreeSet::from([step]),
    };
    let notes = Notes {
        facts: Facts {
            totp_offset: Some(offset),
            ..Facts::default()
        },
        ..enrollment.notes()
    };
    let changes = vec![Change::SetUpTotp { totp: app }];
    Ok(enrollment.completed(METHOD, changes, notes, moment))
}
