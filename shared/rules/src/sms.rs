//! `sms.requested.v1`: a code by text for a login.
//!
//! `requested` takes the slot and makes the code. `settled` decides the outcome once the provider
//! answered, or once it is clear that it never will.

use jiff::Timestamp;
use twofactor_contract::declaration::EventData;
use twofactor_contract::sms::{BilledTo, SmsFailed, SmsRequested, SmsSent, SmsThrottled};
use twofactor_contract::subject::SessionSubject;
use twofactor_contract::{Method, Next, Outcome, Reason, UserKey};
use uuid::Uuid;

use crate::catalogue::Sentence;
use crate::decider::{Case, Decider};
use crate::decision::{Decision, OutcomeAndNotes, Undecidable};
use crate::facts::Facts;
use crate::failures::Failures;
use crate::limits::seconds_until;
use crate::needs::Needs;
use crate::purpose::Purpose;
use crate::rejection::Rejection;
use crate::text::{ProviderAnswer, TextOrder};
use crate::throttle::{self, Throttled};
use crate::trail::Notes;
use crate::user::{CodeEnd, SentText, Sms, TextFate, TextPurpose};
use crate::{Change, Keys, Limits, Moment, User, lateness, number, sms_code};

impl Decider for SmsRequested {
    fn needs(&self, _: &Keys, _: &Limits, needs: &mut Needs) {
        let key = UserKey::of(&self.tenant_id, &self.user_id);
        needs.texts.insert(key);
    }

    fn failures(&self, user: &User, _: &Limits) -> Option<Failures> {
        Some(user.login_failures)
    }

    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        requested(case.user, self, case.time, case.id, moment)
    }

    fn settle(
        &self,
        case: &Case<'_>,
        sent: &SentText,
        answer: &ProviderAnswer,
        moment: &Moment<'_>,
    ) -> Option<(OutcomeAndNotes, Vec<Change>)> {
        let settled = settled(case.user, self, sent, answer, moment);
        Some((settled, Vec::new()))
    }
}

/// Decides whether a text is sent.
fn requested(
    user: &User,
    event: &SmsRequested,
    time: Timestamp,
    id: Uuid,
    moment: &mut Moment<'_>,
) -> Result<Decision, Undecidable> {
    let because = |reason| Rejection::new(reason, Some(Method::Sms));
    if let Some(reason) = lateness::too_late(user, time, moment) {
        return Ok(failed(event, &because(reason)));
    }
    let Some(sms) = &user.sms else {
        return Ok(failed(event, &because(Reason::MethodNotSetUp)));
    };
    if user.login_failures.is_locked(moment.limits) {
        return Ok(failed(event, &because(Reason::Locked)));
    }
    if let Some(until) = user.login_failures.waits_until(moment.now, moment.limits) {
        let seconds = seconds_until(moment.now, until);
        let rejection = because(Reason::TooManyFailures).retry_after(seconds);
        return Ok(failed(event, &rejection));
    }
    if let Some(by) = throttle::user_waits(&user.texts, moment.now, moment.limits) {
        return Ok(throttled(event, by, moment));
    }
    hold(sms, event, id, moment)
}

/// Takes the slot and makes the code.
fn hold(
    sms: &Sms,
    event: &SmsRequested,
    id: Uuid,
    moment: &mut Moment<'_>,
) -> Result<Decision, Undecidable> {
    let key = UserKey::of(&event.tenant_id, &event.user_id);
    let number = moment
        .keys
        .open_string(Purpose::MobileNumber, &key, &sms.number)?;
    let code = sms_code::Code::generate(moment.rng);
    let text = SentText {
        session: event.session_id.clone(),
        purpose: TextPurpose::Login,
        code: code.hash(moment.keys, &key, &event.session_id),
        taken_at: moment.now,
        expires_at: moment.now + moment.limits.sms_code_ttl,
        fate: TextFate::Held,
        end: None,
        lookup: sms.lookup,
        number_ref: number::trail_ref(number.expose(), moment.keys),
        country: sms.country.clone(),
    };
    let order = TextOrder {
        id,
        to: number,
        body: code.text_body(moment.limits, event.language()),
    };
    Ok(Decision::Held {
        order: Box::new(order),
        changes: vec![Change::HoldText { id, text }],
        facts: Facts::default(),
    })
}

/// Decides the outcome once a text is settled.
fn settled(
    user: &User,
    event: &SmsRequested,
    text: &SentText,
    answer: &ProviderAnswer,
    moment: &Moment<'_>,
) -> OutcomeAndNotes {
    if text.end == Some(CodeEnd::Void) {
        let rejection = Rejection::new(Reason::ResetSince, Some(Method::Sms));
        return outcome_of(&rejection, event);
    }
    if let Some(reason) = answer.refusal() {
        let rejection = Rejection::new(reason, Some(Method::Sms));
        let waits = throttle::waits_after_refusal(&user.texts, moment.now, moment.limits);
        let rejection = rejection.waiting_until(waits.map(|by| by.until), moment.now);
        return outcome_of(&rejection, event);
    }
    let delivery = answer.delivery();
    let next = throttle::next_request_at(text, &user.texts, moment.now, moment.limits);
    let sent = SmsSent {
        subject: subject(event),
        expires_at: text.expires_at.into(),
        next_request_at: next.into(),
        billed_to: BilledTo::System,
        delivery,
        next: Next::EnterCode,
        message: Sentence::sent(delivery).in_language(event.language()),
    };
    (
        Outcome::of(&sent),
        Notes {
            method: Some(Method::Sms),
            ..Notes::default()
        },
    )
}

fn throttled(event: &SmsRequested, by: Throttled, moment: &Moment<'_>) -> Decision {
    let rejection = Rejection::throttled(by, moment.now, moment.limits);
    let outcome = SmsThrottled {
        subject: subject(event),
        retry_after_seconds: seconds_until(moment.now, by.until),
        next: rejection.next,
        message: rejection.message(event.language()),
    };
    let notes = Notes {
        method: Some(Method::Sms),
        reason: Some(rejection.reason),
        facts: Facts {
            throttled: Some(by),
            ..Facts::default()
        },
        ..Notes::default()
    };
    Decision::answered(Outcome::of(&outcome), Vec::new(), notes)
}

fn failed(event: &SmsRequested, rejection: &Rejection) -> Decision {
    let (outcome, notes) = outcome_of(rejection, event);
    Decision::answered(outcome, Vec::new(), notes)
}

fn subject(event: &SmsRequested) -> SessionSubject {
    SessionSubject::of(&event.tenant_id, &event.user_id, &event.session_id)
}

fn outcome_of(rejection: &Rejection, event: &SmsRequested) -> OutcomeAndNotes {
    let outcome = SmsFailed {
        subject: subject(event),
        reason: rejection.reason,
        retry_after_seconds: rejection.retry_after_seconds,
        next: rejection.next,
        message: rejection.message(event.language()),
    };
    let notes = Notes {
        method: Some(Method::Sms),
        reason: Some(rejection.reason),
        ..Notes::default()
    };
    (Outcome::of(&outcome), notes)
}
