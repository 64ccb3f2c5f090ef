//! Setting a mobile number up: a code is texted to it, then the code confirms that it is there.
//!
//! Whether another user of the tenant has the number is decided at the confirmation, so that
//! starting tells nobody whether a number is known.

use jiff::Timestamp;
use twofactor_contract::enrollment::{EnrollmentPending, SmsConfirmed, SmsStarted};
use twofactor_contract::sms::BilledTo;
use twofactor_contract::{Language, Method, Outcome, Reason};
use uuid::Uuid;

use super::{
    Person, answered, cannot_confirm, cannot_set_up, completed, rejected, wrong_confirmation,
};
use crate::decision::{Decision, Noted};
use crate::facts::Facts;
use crate::keys::Purpose;
use crate::limits::seconds_until;
use crate::number::Mobile;
use crate::text::{ProviderAnswer, TextOrder};
use crate::trail::Notes;
use crate::user::{CodeEnd, PendingSms, SentText, Sms, TextFate, TextPurpose};
use crate::words::{self, No};
use crate::{Change, Moment, State, User, sms as login_sms, sms_code, throttle};

const METHOD: Method = Method::Sms;

/// `enrollment.sms.started.v1`.
pub fn started(
    state: &State,
    user: &User,
    event: &SmsStarted,
    time: Timestamp,
    id: Uuid,
    moment: &mut Moment<'_>,
) -> Decision {
    let person = Person::of(&event.tenant_id, &event.user_id, Some(&event.session_id));
    let no = |reason| No::new(reason, Some(METHOD));
    if let Some(reason) = cannot_set_up(user, METHOD, &event.session_id, time, moment) {
        return rejected(person, Some(METHOD), no(reason));
    }
    let Ok(mobile) = Mobile::of(event, moment.limits) else {
        return rejected(person, Some(METHOD), no(Reason::InvalidNumber));
    };
    let lookup = mobile.lookup(moment.keys);
    let of_number = state
        .number_texts
        .get(&lookup)
        .and_then(|texts| throttle::number_waits(texts, moment.now, moment.limits));
    let of_user = throttle::user_waits(user, moment.now, moment.limits);
    if let Some(by) = of_user.max(of_number) {
        let no = no(Reason::Throttled).retry_after(seconds_until(moment.now, by.until));
        let mut throttled = rejected(person, Some(METHOD), no);
        throttled.facts().throttled = Some(by);
        return throttled;
    }
    hold(person, event, &mobile, id, moment)
}

/// Takes the slot, makes the code, and lets the number pend as long as the code.
fn hold(
    person: Person<'_>,
    event: &SmsStarted,
    mobile: &Mobile,
    id: Uuid,
    moment: &mut Moment<'_>,
) -> Decision {
    let (key, now) = (person.key(), moment.now);
    let code = sms_code::Code::generate(moment.rng);
    let lookup = mobile.lookup(moment.keys);
    let expires_at = now + moment.limits.sms_code_ttl;
    let text = SentText {
        session: event.session_id.clone(),
        purpose: TextPurpose::Enrollment,
        code: code.hash(moment.keys, &key, &event.session_id),
        taken_at: now,
        expires_at,
        fate: TextFate::Held,
        end: None,
        lookup,
        number_ref: mobile.trail_ref(moment.keys),
        country: mobile.country.clone(),
    };
    let number = mobile.e164.expose().as_bytes();
    let pending = PendingSms {
        number: moment
            .keys
            .seal(Purpose::MobileNumber, &key, number, moment.rng),
        lookup,
        country: mobile.country.clone(),
        text: id,
        expires_at,
    };
    let order = TextOrder {
        id,
        to: mobile.e164.clone(),
        body: code.text(moment.limits, Language::En),
        purpose: TextPurpose::Enrollment,
        country: mobile.country.clone(),
    };
    let changes = vec![Change::HoldText { id, text }, Change::StartSms { pending }];
    Decision::Held {
        order: Box::new(order),
        changes,
        facts: Facts::default(),
    }
}

/// What became of the text of a set-up.
pub(crate) fn settled(
    user: &User,
    event: &SmsStarted,
    id: Uuid,
    text: &SentText,
    answer: &ProviderAnswer,
    moment: &Moment<'_>,
    changes: &mut Vec<Change>,
) -> Noted {
    let no = |reason| No::new(reason, Some(METHOD));
    let is_pending = user
        .pending_sms
        .as_ref()
        .is_some_and(|pending| pending.text == id);
    if let Some(reason) = answer.refusal() {
        if is_pending {
            changes.push(Change::CancelPending { method: METHOD });
        }
        return noted_no(event, login_sms::with_wait(no(reason), user, moment));
    }
    if !is_pending && text.end == Some(CodeEnd::Void) {
        return noted_no(event, no(Reason::ResetSince));
    }
    let outcome = EnrollmentPending {
        tenant_id: event.tenant_id.clone(),
        user_id: event.user_id.clone(),
        session_id: event.session_id.clone(),
        method: METHOD,
        expires_at: text.expires_at,
        otpauth_uri: None,
        secret: None,
        qr_png: None,
        next_request_at: Some(text.taken_at + moment.limits.sms_throttle),
        billed_to: Some(BilledTo::System),
        delivery: Some(login_sms::delivery(answer)),
    };
    (
        Outcome::of(&outcome),
        Notes {
            method: Some(METHOD),
            ..Notes::default()
        },
    )
}

fn noted_no(event: &SmsStarted, no: No) -> Noted {
    let person = Person::of(&event.tenant_id, &event.user_id, Some(&event.session_id));
    super::rejection(person, Some(METHOD), no)
}

/// `enrollment.sms.confirmed.v1`. A wrong entry spends the code, and with it the set-up.
pub fn confirmed(
    state: &State,
    user: &User,
    event: &SmsConfirmed,
    time: Timestamp,
    moment: &mut Moment<'_>,
) -> Decision {
    let person = Person::of(&event.tenant_id, &event.user_id, Some(&event.session_id));
    let no = |reason| No::new(reason, Some(METHOD));
    if let Some(no) = cannot_confirm(user, METHOD, &event.session_id, time, moment) {
        return rejected(person, Some(METHOD), no);
    }
    let Some(pending) = &user.pending_sms else {
        return rejected(person, Some(METHOD), no(Reason::NotStarted));
    };
    let code = match sms_code::Code::parse(event.code.expose()) {
        sms_code::Entry::Code(code) => code,
        sms_code::Entry::UpperCase => {
            return rejected(
                person,
                Some(METHOD),
                no(Reason::MalformedCode).saying(words::CAPS_LOCK),
            );
        }
        sms_code::Entry::Malformed => {
            return rejected(person, Some(METHOD), no(Reason::MalformedCode));
        }
    };
    let is_right =
        |text: &SentText| text.code == code.hash(moment.keys, &person.key(), &text.session);
    let holds = user
        .texts
        .get(&pending.text)
        .is_some_and(|text| text.end.is_none() && is_right(text));
    let replaced = user.texts.iter().any(|(id, text)| {
        text.purpose == TextPurpose::Enrollment && *id != pending.text && is_right(text)
    });
    if pending.expires_at <= moment.now || replaced {
        return rejected(person, Some(METHOD), no(Reason::CodeExpired));
    }
    let end_code = |end| Change::EndCode {
        text: pending.text,
        end,
    };
    let cancel = Change::CancelPending { method: METHOD };
    if !holds {
        let changes = vec![end_code(CodeEnd::WrongEntry), cancel];
        return wrong_confirmation(user, person, METHOD, no(Reason::WrongCode), changes, moment);
    }
    let owner = state
        .number_owners
        .get(&(event.tenant_id.clone(), pending.lookup));
    if owner.is_some_and(|owner| *owner != event.user_id) {
        let (outcome, notes) =
            super::rejection(person, Some(METHOD), no(Reason::NumberNotAccepted));
        return answered(outcome, vec![end_code(CodeEnd::Used), cancel], notes);
    }
    let sms = Sms {
        number: pending.number.clone(),
        lookup: pending.lookup,
        country: pending.country.clone(),
        set_up_at: moment.now,
    };
    let changes = vec![end_code(CodeEnd::Used), Change::SetUpSms { sms }];
    completed(
        user,
        person,
        &event.session_id,
        METHOD,
        changes,
        Notes::default(),
        moment,
    )
}
