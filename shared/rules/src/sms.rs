//! `sms.requested.v1`: a code by text for a login.
//!
//! [`requested`] takes the slot and makes the code; [`settled`] says what became of it, once the
//! provider answered, or once it is clear that it never will.

use jiff::Timestamp;
use twofactor_contract::sms::{BilledTo, Delivery, SmsFailed, SmsRequested, SmsSent, SmsThrottled};
use twofactor_contract::{Language, Method, Next, Outcome, Reason, Secret, UserKey};
use uuid::Uuid;

use crate::decision::{Decision, Noted, Undecidable};
use crate::facts::Facts;
use crate::keys::Purpose;
use crate::limits::seconds_until;
use crate::text::{ProviderAnswer, TextOrder};
use crate::throttle::{self, Throttled};
use crate::trail::Notes;
use crate::user::{CodeEnd, SentText, Sms, TextFate, TextPurpose};
use crate::words::{self, No};
use crate::{Change, Moment, User, lateness, number, sms_code};

/// Decides whether a text goes out.
pub fn requested(
    user: &User,
    event: &SmsRequested,
    time: Timestamp,
    id: Uuid,
    moment: &mut Moment<'_>,
) -> Result<Decision, Undecidable> {
    let no = |reason| No::new(reason, Some(Method::Sms));
    if let Some(reason) = lateness::too_late(user, time, moment) {
        return Ok(failed(event, no(reason)));
    }
    let Some(sms) = &user.sms else {
        return Ok(failed(event, no(Reason::MethodNotSetUp)));
    };
    if user.login_failures.is_locked(moment.limits) {
        return Ok(failed(event, no(Reason::Locked)));
    }
    if let Some(until) = user.login_failures.waits_until(moment.now, moment.limits) {
        let seconds = seconds_until(moment.now, until);
        return Ok(failed(
            event,
            no(Reason::TooManyFailures).retry_after(seconds),
        ));
    }
    if let Some(by) = throttle::user_waits(user, moment.now, moment.limits) {
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
    let key = UserKey {
        tenant: event.tenant_id.clone(),
        user: event.user_id.clone(),
    };
    let number = moment.keys.open(Purpose::MobileNumber, &key, &sms.number)?;
    let number = Secret::new(String::from_utf8_lossy(&number).into_owned());
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
        body: code.text(moment.limits, Language::En),
        purpose: TextPurpose::Login,
        country: sms.country.clone(),
    };
    Ok(Decision::Held {
        order: Box::new(order),
        changes: vec![Change::HoldText { id, text }],
        facts: Facts::default(),
    })
}

/// What became of a text.
pub(crate) fn settled(
    user: &User,
    event: &SmsRequested,
    text: &SentText,
    answer: &ProviderAnswer,
    moment: &Moment<'_>,
) -> Noted {
    if text.end == Some(CodeEnd::Void) {
        return noted_no(event, No::new(Reason::ResetSince, Some(Method::Sms)));
    }
    if let Some(reason) = answer.refusal() {
        let no = No::new(reason, Some(Method::Sms));
        return noted_no(event, with_wait(no, user, moment));
    }
    let delivery = delivery(answer);
    let sent = SmsSent {
        tenant_id: event.tenant_id.clone(),
        user_id: event.user_id.clone(),
        session_id: event.session_id.clone(),
        expires_at: text.expires_at,
        next_request_at: text.taken_at + moment.limits.sms_throttle,
        billed_to: BilledTo::System,
        delivery,
        next: Next::EnterCode,
        message: message(delivery).to_owned(),
    };
    (
        Outcome::of(&sent),
        Notes {
            method: Some(Method::Sms),
            ..Notes::default()
        },
    )
}

/// What is known of a text that counts as sent.
pub(crate) fn delivery(answer: &ProviderAnswer) -> Delivery {
    match answer {
        ProviderAnswer::Accepted { .. } => Delivery::Accepted,
        ProviderAnswer::Unknown | ProviderAnswer::NumberRejected | ProviderAnswer::Unavailable => {
            Delivery::Unknown
        }
    }
}

/// The slot was given back; the wait is that of five calls in five minutes, if it runs.
pub(crate) fn with_wait(no: No, user: &User, moment: &Moment<'_>) -> No {
    let refused = |mut text: SentText| {
        if text.fate == TextFate::Held {
            text.fate = TextFate::Refused;
        }
        text
    };
    let texts = user
        .texts
        .iter()
        .map(|(id, text)| (*id, refused(text.clone())))
        .collect();
    let user = User {
        texts,
        ..User::default()
    };
    let throttled = throttle::user_waits(&user, moment.now, moment.limits);
    no.waiting_until(throttled.map(|by| by.until), moment.now)
}

fn message(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Accepted => words::SENT,
        Delivery::Unknown => words::PERHAPS_SENT,
    }
}

fn throttled(event: &SmsRequested, by: Throttled, moment: &Moment<'_>) -> Decision {
    let seconds = seconds_until(moment.now, by.until);
    let no = No::new(Reason::Throttled, Some(Method::Sms)).retry_after(seconds);
    let outcome = SmsThrottled {
        tenant_id: event.tenant_id.clone(),
        user_id: event.user_id.clone(),
        session_id: event.session_id.clone(),
        retry_after_seconds: seconds,
        next: no.next,
        message: no.message,
    };
    let notes = Notes {
        method: Some(Method::Sms),
        reason: Some(Reason::Throttled),
        facts: Facts {
            throttled: Some(by),
            ..Facts::default()
        },
        ..Notes::default()
    };
    Decision::Answered {
        outcome: Outcome::of(&outcome),
        changes: Vec::new(),
        notes: Box::new(notes),
    }
}

fn failed(event: &SmsRequested, no: No) -> Decision {
    let (outcome, notes) = noted_no(event, no);
    Decision::Answered {
        outcome,
        changes: Vec::new(),
        notes: Box::new(notes),
    }
}

fn noted_no(event: &SmsRequested, no: No) -> Noted {
    let reason = no.reason;
    let outcome = SmsFailed {
        tenant_id: event.tenant_id.clone(),
        user_id: event.user_id.clone(),
        session_id: event.session_id.clone(),
        reason,
        retry_after_seconds: no.retry_after_seconds,
        next: no.next,
        message: no.message,
    };
    let notes = Notes {
        method: Some(Method::Sms),
        reason: Some(reason),
        ..Notes::default()
    };
    (Outcome::of(&outcome), notes)
}
